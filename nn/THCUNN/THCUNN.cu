// The table of nn's kernels, handed to THNN when this library is loaded.
#include "THCUNN.h"

static const THNNDevice table = {
    THCUNN_softmax,         THCUNN_softmaxGrad,      THCUNN_lossSum,           THCUNN_nll,
    THCUNN_nllGrad,         THCUNN_maxPool,          THCUNN_maxPoolGrad,       THCUNN_averagePool,
    THCUNN_averagePoolGrad, THCUNN_normalize,        THCUNN_normalizeGrad,     THCUNN_planeSums,
    THCUNN_convForward,     THCUNN_convBackwardData, THCUNN_convBackwardWeight};

__attribute__((constructor)) static void set_table() { THNN_device = &table; }
