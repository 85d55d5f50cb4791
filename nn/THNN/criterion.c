/* Criteria that compare two tensors element by element: a sum of losses, and a gradient that is a
   pointwise map (nn_map_list.h). */
#include "common.h"
#include "THNNDevice.h"
#include "loops/THMath.h"

/* CHUNK: partial sums are joined in order, so threads do not change the result. */
enum { CHUNK = 16384, TERMS = 64, LANES = 16 };

#define TH_GENERIC_FILE "generic/criterion.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

typedef struct Loss {
  Float_Terms f;
  Double_Terms d;
  THNNLoss number;
} Loss;
#define LOSS(name) ((Loss){Float_##name, Double_##name, THNN_LOSS_##name})

static double sum_range(Loss loss, const THAnyTensor *x, const THAnyTensor *y, const THAnyTensor *w,
                        double m, int64_t begin, int64_t n)
{
  if (x->type == TH_FLOAT) {
    const float *wd = w ? (const float *)THNN_data(w) + begin : NULL;
    return Float_sum_terms(loss.f, (const float *)THNN_data(x) + begin,
                           (const float *)THNN_data(y) + begin, wd, n, (float)m);
  }
  const double *wd = w ? (const double *)THNN_data(w) + begin : NULL;
  return Double_sum_terms(loss.d, (const double *)THNN_data(x) + begin,
                          (const double *)THNN_data(y) + begin, wd, n, m);
}

typedef struct Sum {
  Loss loss;
  const THAnyTensor *x, *y, *w;
  double m, *part; /* of each chunk */
  int64_t n;
} Sum;

static void sum_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Sum *s = arg;
  (void)worker;
  for (int64_t c = first; c < last; c++)
    s->part[c] = sum_range(s->loss, s->x, s->y, s->w, s->m, c * CHUNK, THMin(CHUNK, s->n - c * CHUNK));
}

static double sum_losses(Loss loss, THAnyTensor *input, THAnyTensor *target, THAnyTensor *weights,
                         double m)
{
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THAnyTensor_newContiguous(target);
  THNN_AUTO w = weights ? THAnyTensor_newContiguous(weights) : NULL;
  int64_t n = THAnyTensor_nElement(x), chunks = (n + CHUNK - 1) / CHUNK;
  if (n == 0) return 0;
  if (chunks == 1) return sum_range(loss, x, y, w, m, 0, n);
  TH_AUTO_MEM double *part = THAlloc(chunks * (ptrdiff_t)sizeof *part);
  TH_parallel(chunks, TH_pieceFor(chunks, CHUNK), sum_piece, &(Sum){loss, x, y, w, m, part, n});
  double sum = 0;
  for (int64_t c = 0; c < chunks; c++) sum += part[c];
  return sum;
}

/* Stays on the GPU. */
static void sum_on_device(Loss loss, THAnyTensor *input, THAnyTensor *target, THAnyTensor *weights,
                          double m, double scale, THAnyTensor *output)
{
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THAnyTensor_newContiguous(target);
  THNN_AUTO w = weights ? THAnyTensor_newContiguous(weights) : NULL;
  TH_resizeResult(output, 1, (int64_t[]){1});
  THNN_device->lossSum((THType)x->type, loss.number, THAnyTensor_nElement(x), THNN_data(x),
                       THNN_data(y), w ? THNN_data(w) : NULL, m, scale, THNN_data(output));
}

/* s or t of the map is the factor of the gradient: 1/n with sizeAverage */
static double factor(const THAnyTensor *input, bool sizeAverage)
{
  return sizeAverage ? 1.0 / (double)THAnyTensor_nElement(input) : 1.0;
}

static void forward(const char *op, Loss loss, THAnyTensor *input, THAnyTensor *target,
                    THAnyTensor *weights, THAnyTensor *output, bool sizeAverage, double m)
{
  THNN_TYPES_ANY(op, input, target, output, weights);
  THNN_checkNElement(op, "input", input, "target", target);
  if (weights) THNN_checkNElement(op, "weights", weights, "target", target);
  if (THType_onDevice((THType)input->type)) {
    sum_on_device(loss, input, target, weights, m, factor(input, sizeAverage), output);
    return;
  }
  double sum = sum_losses(loss, input, target, weights, m);
  THNN_setNumber(output, sizeAverage ? sum / (double)THAnyTensor_nElement(input) : sum);
}

static void backward(const char *op, THMapLine map, THAnyTensor *input, THAnyTensor *target,
                     THAnyTensor *gradInput, double s, double t)
{
  THNN_TYPES_ANY(op, input, target, gradInput);
  THNN_checkNElement(op, "input", input, "target", target);
  THNN_map(op, map, gradInput, 2, (THAnyTensor *[]){input, target}, s, t);
}

void THNN_MSECriterion_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                    THAnyTensor *output, bool sizeAverage)
{
  forward("MSECriterion", LOSS(mse), input, target, NULL, output, sizeAverage, 0);
}

void THNN_MSECriterion_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                       THAnyTensor *gradInput, bool sizeAverage)
{
  backward("MSECriterion", NN_LINE(mse_grad), input, target, gradInput,
           2 * factor(input, sizeAverage), 0);
}

void THNN_AbsCriterion_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                    THAnyTensor *output, bool sizeAverage)
{
  forward("AbsCriterion", LOSS(absolute), input, target, NULL, output, sizeAverage, 0);
}

void THNN_AbsCriterion_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                       THAnyTensor *gradInput, bool sizeAverage)
{
  backward("AbsCriterion", NN_LINE(absloss_grad), input, target, gradInput,
           factor(input, sizeAverage), 0);
}

void THNN_SmoothL1Criterion_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                         THAnyTensor *output, bool sizeAverage)
{
  forward("SmoothL1Criterion", LOSS(smoothl1), input, target, NULL, output, sizeAverage, 0);
}

void THNN_SmoothL1Criterion_updateGradInput(THNN_STATE, THAnyTensor *input,
                                            THAnyTensor *target, THAnyTensor *gradInput,
                                            bool sizeAverage)
{
  backward("SmoothL1Criterion", NN_LINE(smoothl1_grad), input, target, gradInput,
           factor(input, sizeAverage), 0);
}

void THNN_BCECriterion_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                    THAnyTensor *output, bool sizeAverage, THAnyTensor *weights)
{
  THNN_TYPES_ANY("BCECriterion", input, target);
  /* On the GPU the sum is NaN then: nobody waits for a check. */
  if (!THType_onDevice((THType)input->type) &&
      sum_losses(LOSS(outside01), input, input, NULL, 0) > 0)
    THNN_argError(2, "BCECriterion: input values must lie between 0 and 1");
  forward("BCECriterion", weights ? LOSS(bce_weighted) : LOSS(bce), input, target, weights, output,
          sizeAverage, 0);
}

void THNN_BCECriterion_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                       THAnyTensor *gradInput, bool sizeAverage,
                                       THAnyTensor *weights)
{
  double s = factor(input, sizeAverage);
  if (!weights) {
    backward("BCECriterion", NN_LINE(bce_grad), input, target, gradInput, s, 0);
    return;
  }
  THNN_TYPES_ANY("BCECriterion", input, target, gradInput, weights);
  THNN_checkNElement("BCECriterion", "input", input, "target", target);
  THNN_checkNElement("BCECriterion", "weights", weights, "target", target);
  THNN_map("BCECriterion", NN_LINE(bce_grad_w), gradInput, 3,
           (THAnyTensor *[]){input, target, weights}, s, 0);
}

void THNN_MarginCriterion_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                       THAnyTensor *output, bool sizeAverage, double margin)
{
  forward("MarginCriterion", LOSS(margin), input, target, NULL, output, sizeAverage, margin);
}

void THNN_MarginCriterion_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                          THAnyTensor *gradInput, bool sizeAverage, double margin)
{
  backward("MarginCriterion", NN_LINE(margin_grad), input, target, gradInput, margin,
           factor(input, sizeAverage));
}

void THNN_SoftMarginCriterion_updateOutput(THNN_STATE, THAnyTensor *input,
                                           THAnyTensor *target, THAnyTensor *output,
                                           bool sizeAverage)
{
  forward("SoftMarginCriterion", LOSS(softmargin), input, target, NULL, output, sizeAverage, 0);
}

void THNN_SoftMarginCriterion_updateGradInput(THNN_STATE, THAnyTensor *input,
                                              THAnyTensor *target, THAnyTensor *gradInput,
                                              bool sizeAverage)
{
  backward("SoftMarginCriterion", NN_LINE(softmargin_grad), input, target, gradInput,
           factor(input, sizeAverage), 0);
}

void THNN_DistKLDivCriterion_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                          THAnyTensor *output, bool sizeAverage)
{
  forward("DistKLDivCriterion", LOSS(kldiv), input, target, NULL, output, sizeAverage, 0);
}

void THNN_DistKLDivCriterion_updateGradInput(THNN_STATE, THAnyTensor *input,
                                             THAnyTensor *target, THAnyTensor *gradInput,
                                             bool sizeAverage)
{
  backward("DistKLDivCriterion", NN_LINE(kldiv_grad), input, target, gradInput,
           factor(input, sizeAverage), 0);
}

void THNN_L1Cost_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output)
{
  forward("L1Cost", LOSS(l1), input, input, NULL, output, false, 0);
}

void THNN_L1Cost_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                 THAnyTensor *gradInput)
{
  THNN_TYPES_ANY("L1Cost", input, gradOutput, gradInput);
  THNN_map("L1Cost", TH_MAP_LINE(sign), gradInput, 1, &input, 0, 0);
}
