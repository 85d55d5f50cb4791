/* SparseLinear: a matrix times inputs given by the places and values of their elements. */
#include "common.h"
#include "THTensorMath.h"
#include "THTensorOps.h"
#include "elements/host.h"
#include <math.h>

#define TH_GENERIC_FILE "generic/sparse.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const sparse_forward[TH_NTYPES])(const void *, int64_t, void *, int64_t, const void *,
                                               int64_t) = TH_BY_FLOAT_TYPE(sparse_forward);
static void (*const sparse_grad[TH_NTYPES])(const void *, int64_t, const void *, int64_t, void *, int64_t, double,
                                            int64_t, int64_t) = TH_BY_FLOAT_TYPE(sparse_grad);
static bool (*const sparse_valid[TH_NTYPES])(const void *, int64_t, int64_t, int64_t,
                                             int64_t *) = TH_BY_FLOAT_TYPE(sparse_valid);
static void (*const sparse_features[TH_NTYPES])(const void *, int64_t, char *) = TH_BY_FLOAT_TYPE(sparse_features);
static const THNN_Loop sparse_coordinates[TH_NTYPES] = TH_BY_FLOAT_TYPE(sparse_coordinates_loop);

/* Integers up to here are exact in elements of that type. */
static int64_t exact_numbers(const THAnyTensor *t)
{
  THType element = THType_element((THType)t->type);
  return element == TH_DOUBLE ? (int64_t)1 << 53 : element == TH_FLOAT ? 1 << 24 : 1 << 11;
}

/* Checks of the elements; the GPU leaves out what is out of range. Returns whether all are right, or *bad. */
static bool valid(const THAnyTensor *x, int64_t samples, int64_t features, int64_t *bad)
{
  THArgCheck(features <= exact_numbers(x), THNN_OWN, "SparseLinear: torch.%sTensor cannot number %lld features",
             THType_name((THType)x->type), (long long)features);
  return THNN_onDevice(x) || sparse_valid[x->type](THAnyTensor_data((THAnyTensor *)x), x->size[0], samples, features, bad);
}

/* ---- on the GPU (elements/rows.h): elements of x in the order of their samples or of their features ---- */

static THNN_Sparse sparse_of(const THAnyTensor *x, int key, int64_t samples, const THAnyTensor *weight)
{
  return (THNN_Sparse){.n = x->size[0], .out = weight->size[0], .limit = {samples, weight->size[1]}, .key = key, .scale = 1};
}

static THAnyTensor *new_keys(const THNN_Sparse *s, THAnyTensor *x)
{
  THType type = THType_beside(TH_LONG, (THType)x->type);
  THAnyTensor *key = THAnyTensor_newWithSizeNd(type, 1, &s->n, NULL);
  THNN_AUTO where = THAnyTensor_new(type);
  THNN_EACH(sparse_key, x, s->n, s, THNN_data(x), THNN_data(key));
  THAnyTensor_sort(key, where, key, 0, false);
  return key;
}

static void device_sum(const THNN_Sparse *s, THAnyTensor *x, THAnyTensor *source, THAnyTensor *r)
{
  if (s->n == 0) return;
  THNN_AUTO key = new_keys(s, x);
  THNN_EACH(sparse_sum, x, s->n * s->out, s, THNN_data(key), THNN_data(x), THNN_data(source), THNN_data(r));
}

static void device_forward(THAnyTensor *x, THAnyTensor *w, THAnyTensor *y)
{
  THNN_Sparse s = sparse_of(x, 0, y->size[0], w);
  s.step = s.out, s.next = 1, s.sourceStep = 1, s.sourceNext = s.limit[1];
  device_sum(&s, x, w, y);
}

static void device_grad(THAnyTensor *x, THAnyTensor *g, THAnyTensor *gw, double scale)
{
  THNN_Sparse s = sparse_of(x, 1, g->size[0], gw);
  s.step = 1, s.next = s.limit[1], s.sourceStep = s.out, s.sourceNext = 1, s.scale = scale;
  device_sum(&s, x, g, gw);
}

/* Columns of the features that occur: 0, or with a gradient += scale * that */
static void device_columns(THAnyTensor *x, THAnyTensor *weight, THAnyTensor *gradient, double scale)
{
  THNN_Sparse s = sparse_of(x, 1, INT64_MAX / THMax(x->size[0], 1) - 1, weight);
  s.step = 1, s.next = s.limit[1], s.scale = scale;
  if (s.n == 0) return;
  THNN_AUTO key = new_keys(&s, x);
  THNN_AUTO w = THNN_newInPlace(weight);
  THNN_AUTO g = gradient ? THAnyTensor_newContiguous(gradient) : NULL;
  if (g) THNN_EACH(sparse_update, x, s.n * s.out, &s, THNN_data(key), THNN_data(w), THNN_data(g));
  else THNN_EACH(sparse_zero, x, s.n * s.out, &s, THNN_data(key), THNN_data(w));
  THNN_finish(w, weight);
}

/* y (or its gradient) is samples x outputs, weight outputs x inputs. */
static void check(const THAnyTensor *input, THAnyTensor *x, const THAnyTensor *y, const THAnyTensor *weight,
                  const THAnyTensor *bias)
{
  int64_t bad;
  THArgCheck(input->nDimension == 2 && input->size[1] == 3, 2,
             "SparseLinear: input must be in coo format, nnz x 3, got %s", THAnyTensor_sizeDesc(input).str);
  THArgCheck(weight->nDimension == 2, THNN_OWN, "SparseLinear: weight must be a matrix, got %s",
             THAnyTensor_sizeDesc(weight).str);
  THArgCheck(y->nDimension == 2 && y->size[1] == weight->size[0], 3,
             "SparseLinear: expected output of N x %lld, got %s", (long long)weight->size[0],
             THAnyTensor_sizeDesc(y).str);
  THArgCheck(THAnyTensor_nElement(bias) == weight->size[0], THNN_OWN, "SparseLinear: expected bias of %lld elements, got %s",
             (long long)weight->size[0], THAnyTensor_sizeDesc(bias).str);
  if (!valid(x, y->size[0], weight->size[1], &bad))
    THNN_argError(2, "SparseLinear: index out of bound: row %lld of the input; indices must be within 1 to %lld, "
            "samples within 1 to %lld",
            (long long)bad + TH_INDEX_BASE, (long long)weight->size[1], (long long)y->size[0]);
}

/* output is samples x outputs already. */
void THNN_SparseLinear_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                    THAnyTensor *weight, THAnyTensor *bias)
{
  THNN_TYPES_ANY("SparseLinear", input, output, weight, bias);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  check(input, x, output, weight, bias);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = THAnyTensor_newWithTensor(bias);
  THAnyTensor_unsqueeze1d(b, NULL, 0);
  THAnyTensor_expandNd(b, NULL, 2, output->size);
  THNN_AUTO y = THNN_newInPlace(output);
  THAnyTensor_copy(y, b);
  if (THNN_onDevice(x)) device_forward(x, w, y);
  else sparse_forward[x->type](THNN_data(x), x->size[0], THNN_data(y), y->size[1], THNN_data(w), w->size[1]);
  THNN_finish(y, output);
}

typedef struct SparseGrad {
  THType type;
  const void *x, *g;
  void *gw;
  int64_t n, out, in;
  double scale;
} SparseGrad;

/* Threads share out the outputs. */
static void grad_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const SparseGrad *s = arg;
  (void)worker;
  sparse_grad[s->type](s->x, s->n, s->g, s->out, s->gw, s->in, s->scale, first, last);
}

void THNN_SparseLinear_accGradParameters(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                         THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *weight,
                                         THAnyTensor *bias, double weightDecay, double scale)
{
  (void)bias;
  THNN_TYPES_ANY("SparseLinear", input, gradOutput, gradWeight, gradBias, weight);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  check(input, x, gradOutput, gradWeight, gradBias);
  if (weightDecay != 0) THNN_checkSize("SparseLinear", "weight", weight, 2, gradWeight->size);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  int64_t out = g->size[1], n = x->size[0];
  if (THNN_onDevice(x)) device_grad(x, g, gw, scale);
  else
    TH_parallel(out, TH_pieceFor(out, (double)n), grad_piece,
                &(SparseGrad){(THType)x->type, THNN_data(x), THNN_data(g), THNN_data(gw), n, out,
                              gw->size[1], scale});
  THNN_finish(gw, gradWeight);
  THNN_addPlaneSums(g, g->size[0], out, 1, gradBias, scale);
  if (weightDecay != 0)
    THAnyTensor_cadd(gradWeight, gradWeight, THScalar_fromDouble(weightDecay), weight);
}

/* ---- what only touches the features of the last input ---- */

static void check_last(const THAnyTensor *x, int arg, const THAnyTensor *weight, const THAnyTensor *bias)
{
  int64_t bad;
  THArgCheck(x->nDimension == 2 && x->size[1] == 3, arg,
             "SparseLinear: lastInput must be in coo format, nnz x 3, got %s", THAnyTensor_sizeDesc(x).str);
  THArgCheck(weight->nDimension == 2, 2, "SparseLinear: matrix expected, got %s", THAnyTensor_sizeDesc(weight).str);
  THArgCheck(THAnyTensor_nElement(bias) == weight->size[0], 3, "SparseLinear: expected bias of %lld elements, got %s",
             (long long)weight->size[0], THAnyTensor_sizeDesc(bias).str);
  if (!valid(x, INT64_MAX, weight->size[1], &bad))
    THNN_argError(arg, "SparseLinear: index out of bound: row %lld; indices must be within 1 to %lld",
                  (long long)bad + TH_INDEX_BASE, (long long)weight->size[1]);
}

/* Which features occur, a flag each. */
static char *new_features(const THAnyTensor *x, int64_t n)
{
  char *seen = THAlloc(n);
  memset(seen, 0, (size_t)n);
  sparse_features[x->type](THNN_data(x), x->size[0], seen);
  return seen;
}

/* x: lastInput, contiguous and in coo format, which is C argument 4 */
static void zero_features(THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *x)
{
  check_last(x, 4, gradWeight, gradBias);
  THAnyTensor_fill(gradBias, THScalar_fromInt(0));
  if (THNN_onDevice(x)) {
    device_columns(x, gradWeight, NULL, 0);
    return;
  }
  int64_t n = gradWeight->size[1];
  TH_AUTO_MEM char *seen = new_features(x, n);
  for (int64_t j = 0; j < n; j++) {
    if (!seen[j]) continue;
    THNN_AUTO column = THAnyTensor_newSelect(gradWeight, 1, j);
    THAnyTensor_fill(column, THScalar_fromInt(0));
  }
}

void THNN_SparseLinear_zeroGradParameters(THNN_STATE, THAnyTensor *gradWeight, THAnyTensor *gradBias,
                                          THAnyTensor *lastInput)
{
  THNN_TYPES_ANY("SparseLinear", gradWeight, gradBias, lastInput);
  THNN_AUTO x = THAnyTensor_newContiguous(lastInput);
  zero_features(gradWeight, gradBias, x);
}

static void subtract(THAnyTensor *t, double rate, THAnyTensor *grad)
{
  THAnyTensor_cadd(t, t, THScalar_fromDouble(-rate), grad);
}

/* x as above, C argument 6 */
static void update_features(THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *gradWeight, THAnyTensor *gradBias,
                            THAnyTensor *x, double rate)
{
  check_last(x, 6, weight, bias);
  THNN_checkSize("SparseLinear", "gradWeight", gradWeight, 2, weight->size);
  THNN_checkSize("SparseLinear", "gradBias", gradBias, bias->nDimension, bias->size);
  subtract(bias, rate, gradBias);
  if (THNN_onDevice(x)) {
    device_columns(x, weight, gradWeight, -rate);
    return;
  }
  int64_t n = weight->size[1];
  TH_AUTO_MEM char *seen = new_features(x, n);
  for (int64_t j = 0; j < n; j++) {
    if (!seen[j]) continue;
    THNN_AUTO column = THAnyTensor_newSelect(weight, 1, j);
    THNN_AUTO grad = THAnyTensor_newSelect(gradWeight, 1, j);
    subtract(column, rate, grad);
  }
}

void THNN_SparseLinear_updateParameters(THNN_STATE, THAnyTensor *weight, THAnyTensor *bias,
                                        THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *lastInput,
                                        double learningRate)
{
  THNN_TYPES_ANY("SparseLinear", weight, bias, gradWeight, gradBias, lastInput);
  THNN_AUTO x = THAnyTensor_newContiguous(lastInput);
  update_features(weight, bias, gradWeight, gradBias, x, learningRate);
}

/* ---- inputs of samples x n x 2 ---- */

/* The same in coo format. */
static THAnyTensor *new_coordinates(THAnyTensor *input, int arg)
{
  THArgCheck(input->nDimension == 3 && input->size[2] == 2, arg,
             "SparseLinear: expected input of samples x n x 2, rows of (index, value), got %s",
             THAnyTensor_sizeDesc(input).str);
  THArgCheck(input->size[0] <= exact_numbers(input), arg, "SparseLinear: more samples than torch.%sTensor can number: %lld",
             THType_name((THType)input->type), (long long)input->size[0]);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  int64_t samples = x->size[0], n = x->size[1];
  THAnyTensor *r = THAnyTensor_newWithSizeNd((THType)x->type, 2, (int64_t[]){samples * n, 3}, NULL);
  THNN_Sparse s = {.n = samples * n, .out = THMax(n, 1)};
  THNN_ELEMENTS(sparse_coordinates, x, s.n, 4, &s, THNN_data(x), THNN_data(r));
  return r;
}

void THNN_SparseLinear_legacyUpdateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
                                          THAnyTensor *weight, THAnyTensor *bias)
{
  THNN_TYPES_ANY("SparseLinear", input, output, weight, bias);
  THNN_AUTO x = new_coordinates(input, 2);
  THArgCheck(weight->nDimension == 2, THNN_OWN, "SparseLinear: weight must be a matrix, got %s",
             THAnyTensor_sizeDesc(weight).str);
  THNN_AUTO y = THAnyTensor_newWithSizeNd((THType)x->type, 2, (int64_t[]){input->size[0], weight->size[0]}, NULL);
  THNN_SparseLinear_updateOutput(state, x, y, weight, bias);
  THNN_copyResult(output, y);
}

void THNN_SparseLinear_legacyAccGradParameters(THNNState *state, THAnyTensor *input, THAnyTensor *gradOutput,
                                               THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *weight,
                                               THAnyTensor *bias, double weightDecay, double scale)
{
  THNN_TYPES_ANY("SparseLinear", input, gradOutput, gradWeight, gradBias, weight);
  THNN_AUTO x = new_coordinates(input, 2);
  THArgCheck(gradOutput->nDimension == 2 && gradOutput->size[0] == input->size[0], 3,
             "SparseLinear: expected size %lld x outputs, got %s", (long long)input->size[0],
             THAnyTensor_sizeDesc(gradOutput).str);
  THNN_SparseLinear_accGradParameters(state, x, gradOutput, gradWeight, gradBias, weight, bias, weightDecay, scale);
}

void THNN_SparseLinear_legacyZeroGradParameters(THNN_STATE, THAnyTensor *gradWeight, THAnyTensor *gradBias,
                                                THAnyTensor *lastInput)
{
  THNN_TYPES_ANY("SparseLinear", gradWeight, gradBias, lastInput);
  THNN_AUTO x = new_coordinates(lastInput, 4);
  zero_features(gradWeight, gradBias, x);
}

void THNN_SparseLinear_legacyUpdateParameters(THNN_STATE, THAnyTensor *weight, THAnyTensor *bias,
                                              THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *lastInput,
                                              double learningRate)
{
  THNN_TYPES_ANY("SparseLinear", weight, bias, gradWeight, gradBias, lastInput);
  THNN_AUTO x = new_coordinates(lastInput, 6);
  update_features(weight, bias, gradWeight, gradBias, x, learningRate);
}
