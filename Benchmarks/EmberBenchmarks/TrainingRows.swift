import Ember

/// Training steps and epochs.
let trainingRows: [Row] = []
