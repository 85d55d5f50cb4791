#include "elements/resample.h" /* locate */
#include "elements/windows.h"
ELEMENT_LOOP(feature_norm, THNN_FeatureNorm)
ELEMENT_LOOP(feature_norm_grad, THNN_FeatureNorm)
