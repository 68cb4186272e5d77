// `import Ember` gives everything.
@_exported import EmberData
@_exported import EmberDistributions
@_exported import EmberFormats
@_exported import EmberNN
@_exported import EmberTensor
