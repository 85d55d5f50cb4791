// The table of nn's kernels, handed to THNN when this library is loaded.
#include "THCUNN.h"

#define BY_TYPE(type, name, ...)                                                                   \
  switch (THType_element(type)) {                                                                  \
  case TH_FLOAT: THCUNN_Float_##name(__VA_ARGS__); break;                                          \
  case TH_DOUBLE: THCUNN_Double_##name(__VA_ARGS__); break;                                        \
  default: THCUNN_Half_##name(__VA_ARGS__);                                                        \
  }

static void each(THType type, THNNElement kernel, int64_t n, const void *a, void *const *at)
{
  if (n > 0) BY_TYPE(type, each, kernel, n, a, at)
}

static void sum_each(THType type, THNNSum kernel, int64_t segments, int64_t count, const void *a,
                     void *const *at, double scale)
{
  if (segments > 0 && count > 0) BY_TYPE(type, sumEach, kernel, segments, count, a, at, scale)
}

static const THNNDevice table = {
    each,                   sum_each,
    THCUNN_softmax,         THCUNN_softmaxGrad,      THCUNN_lossSum,           THCUNN_nll,
    THCUNN_nllGrad,         THCUNN_maxPool,          THCUNN_maxPoolGrad,       THCUNN_averagePool,
    THCUNN_averagePoolGrad, THCUNN_normalize,        THCUNN_normalizeGrad,     THCUNN_groupNorm,
    THCUNN_groupNormGrad,   THCUNN_groupNormParameters, THCUNN_attention,      THCUNN_attentionGrad,
    THCUNN_planeSums,
    THCUNN_convForward,     THCUNN_convBackwardData, THCUNN_convBackwardWeight};

__attribute__((constructor)) static void set_table() { THNN_device = &table; }
