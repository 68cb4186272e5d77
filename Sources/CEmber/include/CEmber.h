// The C interface of Ember's kernels and library shims. Swift sees nothing else of CEmber.
#pragma once
#include "ember_runtime.h"
