#ifndef THNN_DEVICE_H
#define THNN_DEVICE_H
/* What THNN asks of the GPU: a function for each of its own loops; whatever is a map or another
   operation of TH goes by way of TH_device. Checks, sizes, results and contiguous copies are made
   in THNN, once for both sides. libTHCUNN fills the table in when it is loaded.

   Every function works on the current GPU and its current stream, and returns before the work is
   done. Types are device types (Float, Double, Half); data is contiguous and on the current GPU. */
#include "core/THDevice.h"
#include "THNNElement.h"
#include "window.h"

/* Scores of `classes` classes, `positions` apart, at every position of every frame. */
typedef struct THNN_Rows {
  int64_t frames, classes, positions;
} THNN_Rows;

/* The same with targets: frames x positions classes, or frames x classes lists. */
typedef struct THNN_Classes {
  int64_t frames, classes, positions;
  const int64_t *target;
  int64_t ignore;
} THNN_Classes;

/* One element per feature, `stride` elements apart; data NULL: absent. */
typedef struct THNN_Vector {
  void *data;
  int64_t stride;
} THNN_Vector;

/* Batch normalisation of n x features x positions; the formulas are those of batchnorm.c. gx, the
   weight, the bias and their gradients may be absent. */
typedef struct THNN_Norm {
  int64_t n, features, positions;
  bool train;
  double momentum, eps, scale;
  THNN_Vector weight, bias, running_mean, running_var, save_mean, save_std, gradWeight, gradBias;
} THNN_Norm;

/* Normalisation within samples: samples x groups groups of channels x positions; the formulas are those of groupnorm.c.
   weight and bias, one element a channel of the sample, may be NULL, and so may gradBias. */
typedef struct THNN_Groups {
  int64_t samples, groups, channels, positions;
  bool centred;
  double eps, scale;
  const void *weight, *bias;
  void *mean, *invstd, *gradWeight, *gradBias;
} THNN_Groups;

/* Samples `step` elements apart, of rows `ld` apart. */
typedef struct THNN_SampleRows {
  void *data;
  int64_t step, ld;
} THNN_SampleRows;

/* Attention as attention.c has it: heads of n columns each. */
typedef struct THNN_Attention {
  THType type;
  int64_t samples, queries, keys, heads, n;
  double scale;
  bool causal;
  const unsigned char *mask; /* samples x keys, or NULL */
  THNN_SampleRows query, key, value, output, gradOutput, gradQuery, gradKey, gradValue;
  void *logsum; /* samples x heads x queries */
} THNN_Attention;

typedef enum THNNLoss {
#define LOSS(name, expr) THNN_LOSS_##name,
#include "loss_list.h"
  THNN_LOSS_COUNT
} THNNLoss;

typedef struct THNNDevice {
  /* elements 0 .. n-1 of a kernel (THNN_EACH) */
  void (*each)(THType type, THNNElement kernel, int64_t n, const void *arguments, void *const *arrays);
  /* array 0[segment] += scale * the sum of the `count` terms of every segment (THNN_SUM_EACH) */
  void (*sumEach)(THType type, THNNSum kernel, int64_t segments, int64_t count, const void *arguments,
                  void *const *arrays, double scale);

  void (*softmax)(THType type, bool log, const THNN_Rows *s, const void *x, void *y);
  void (*softmaxGrad)(THType type, bool log, const THNN_Rows *s, const void *y, const void *gy,
                      void *gx);

  /* *output = scale * sum of the losses of n elements; w may be NULL, m is the margin */
  void (*lossSum)(THType type, THNNLoss loss, int64_t n, const void *x, const void *y,
                  const void *w, double m, double scale, void *output);

  /* Targets are not checked beforehand: one out of range makes the loss NaN and has no gradient.
     gx is zero. */
  void (*nll)(THType type, const THNN_Classes *c, const void *x, const void *w, bool average,
              void *output, void *total);
  void (*nllGrad)(THType type, const THNN_Classes *c, const void *w, bool average,
                  const void *total, void *gx);

  /* `planes` planes; index as on the CPU (generic/pooling.c) */
  void (*maxPool)(THType type, const THNN_Window *p, int64_t planes, const void *x, void *y,
                  int64_t *index);
  void (*maxPoolGrad)(THType type, const THNN_Window *p, int64_t planes, const void *gy,
                      const int64_t *index, void *gx);
  void (*averagePool)(THType type, const THNN_Window *p, int64_t planes, const void *x, void *y);
  void (*averagePoolGrad)(THType type, const THNN_Window *p, int64_t planes, const void *gy,
                          void *gx);

  void (*normalize)(THType type, const THNN_Norm *b, const void *x, void *y);
  void (*normalizeGrad)(THType type, const THNN_Norm *b, const void *x, const void *gy, void *gx);

  /* groupNorm writes mean and invstd, a number a group, the others read them; groupNormParameters adds to gradWeight and
     gradBias */
  void (*groupNorm)(THType type, const THNN_Groups *g, const void *x, void *y);
  void (*groupNormGrad)(THType type, const THNN_Groups *g, const void *x, const void *gy, void *gx);
  void (*groupNormParameters)(THType type, const THNN_Groups *g, const void *x, const void *gy);

  /* writes output and logsum; writes gradQuery, gradKey and gradValue */
  void (*attention)(const THNN_Attention *a);
  void (*attentionGrad)(const THNN_Attention *a);

  /* sum[c] += scale * sum over n and s of x[n][c][s] */
  void (*planeSums)(THType type, int64_t n, int64_t planes, int64_t s, const void *x, double scale,
                    void *sum);

  /* what THConv_forward and its sisters do (convengine.h) */
  void (*convForward)(const char *op, const THNN_Window *g, THType type, int64_t n, const void *x,
                      const void *w, const void *bias, void *y);
  void (*convBackwardData)(const char *op, const THNN_Window *g, THType type, int64_t n,
                           const void *gy, const void *w, const void *bias, void *gx);
  void (*convBackwardWeight)(const char *op, const THNN_Window *g, THType type, int64_t n,
                             const void *x, const void *gy, void *gw, double scale);
} THNNDevice;

/* Set once, by libTHCUNN. */
TH_API const THNNDevice *THNN_device;

#endif
