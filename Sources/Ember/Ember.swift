// `import Ember` gives everything.
@_exported import EmberFormats
@_exported import EmberTensor
