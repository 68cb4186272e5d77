// The C interface of Ember's kernels and library shims. Swift sees nothing else of CEmber.
#pragma once
#include "ember_copy.h"
#include "ember_debug.h"
#include "ember_dnnl.h"
#include "ember_elementwise.h"
#include "ember_images.h"
#include "ember_indexing.h"
#include "ember_matrix_product.h"
#include "ember_random.h"
#include "ember_reduction.h"
#include "ember_runtime.h"
