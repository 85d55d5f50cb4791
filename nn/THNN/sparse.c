/* SparseLinear: a matrix times inputs given by the places and values of their elements. */
#include "common.h"
#include "THTensorOps.h"

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
static void (*const sparse_coordinates[TH_NTYPES])(const void *, int64_t, int64_t,
                                                   void *) = TH_BY_FLOAT_TYPE(sparse_coordinates);

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
  if (!sparse_valid[x->type](THNN_data(x), x->size[0], y->size[0], weight->size[1], &bad))
    THNN_argError(2, "SparseLinear: index out of bound: row %lld of the input; indices must be within 1 to %lld, "
            "samples within 1 to %lld",
            (long long)bad + TH_INDEX_BASE, (long long)weight->size[1], (long long)y->size[0]);
}

/* output is samples x outputs already. */
void THNN_SparseLinear_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
                                    THAnyTensor *weight, THAnyTensor *bias)
{
  (void)state;
  THNN_TYPES("SparseLinear", input, output, weight, bias);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  check(input, x, output, weight, bias);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = THAnyTensor_newWithTensor(bias);
  THAnyTensor_unsqueeze1d(b, NULL, 0);
  THAnyTensor_expandNd(b, NULL, 2, output->size);
  THNN_AUTO y = THNN_newInPlace(output);
  THAnyTensor_copy(y, b);
  sparse_forward[x->type](THNN_data(x), x->size[0], THNN_data(y), y->size[1], THNN_data(w), w->size[1]);
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

void THNN_SparseLinear_accGradParameters(THNNState *state, THAnyTensor *input, THAnyTensor *gradOutput,
                                         THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *weight,
                                         THAnyTensor *bias, double weightDecay, double scale)
{
  (void)state, (void)bias;
  THNN_TYPES("SparseLinear", input, gradOutput, gradWeight, gradBias, weight);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  check(input, x, gradOutput, gradWeight, gradBias);
  if (weightDecay != 0) THNN_checkSize("SparseLinear", "weight", weight, 2, gradWeight->size);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  int64_t out = g->size[1], n = x->size[0];
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
  if (!sparse_valid[x->type](THNN_data(x), x->size[0], INT64_MAX, weight->size[1], &bad))
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
  int64_t n = gradWeight->size[1];
  TH_AUTO_MEM char *seen = new_features(x, n);
  THAnyTensor_fill(gradBias, THScalar_fromInt(0));
  for (int64_t j = 0; j < n; j++) {
    if (!seen[j]) continue;
    THNN_AUTO column = THAnyTensor_newSelect(gradWeight, 1, j);
    THAnyTensor_fill(column, THScalar_fromInt(0));
  }
}

void THNN_SparseLinear_zeroGradParameters(THNNState *state, THAnyTensor *gradWeight, THAnyTensor *gradBias,
                                          THAnyTensor *lastInput)
{
  (void)state;
  THNN_TYPES("SparseLinear", gradWeight, gradBias, lastInput);
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
  int64_t n = weight->size[1];
  TH_AUTO_MEM char *seen = new_features(x, n);
  subtract(bias, rate, gradBias);
  for (int64_t j = 0; j < n; j++) {
    if (!seen[j]) continue;
    THNN_AUTO column = THAnyTensor_newSelect(weight, 1, j);
    THNN_AUTO grad = THAnyTensor_newSelect(gradWeight, 1, j);
    subtract(column, rate, grad);
  }
}

void THNN_SparseLinear_updateParameters(THNNState *state, THAnyTensor *weight, THAnyTensor *bias,
                                        THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *lastInput,
                                        double learningRate)
{
  (void)state;
  THNN_TYPES("SparseLinear", weight, bias, gradWeight, gradBias, lastInput);
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
  THArgCheck(input->type == TH_DOUBLE || input->size[0] <= 1 << 24, arg,
             "SparseLinear: more samples than floats can number: %lld", (long long)input->size[0]);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  int64_t samples = x->size[0], n = x->size[1];
  THAnyTensor *r = THAnyTensor_newWithSizeNd((THType)x->type, 2, (int64_t[]){samples * n, 3}, NULL);
  sparse_coordinates[x->type](THNN_data(x), samples, n, THNN_data(r));
  return r;
}

void THNN_SparseLinear_legacyUpdateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *output,
                                          THAnyTensor *weight, THAnyTensor *bias)
{
  THNN_TYPES("SparseLinear", input, output, weight, bias);
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
  THNN_TYPES("SparseLinear", input, gradOutput, gradWeight, gradBias, weight);
  THNN_AUTO x = new_coordinates(input, 2);
  THArgCheck(gradOutput->nDimension == 2 && gradOutput->size[0] == input->size[0], 3,
             "SparseLinear: expected size %lld x outputs, got %s", (long long)input->size[0],
             THAnyTensor_sizeDesc(gradOutput).str);
  THNN_SparseLinear_accGradParameters(state, x, gradOutput, gradWeight, gradBias, weight, bias, weightDecay, scale);
}

void THNN_SparseLinear_legacyZeroGradParameters(THNNState *state, THAnyTensor *gradWeight, THAnyTensor *gradBias,
                                                THAnyTensor *lastInput)
{
  (void)state;
  THNN_TYPES("SparseLinear", gradWeight, gradBias, lastInput);
  THNN_AUTO x = new_coordinates(lastInput, 4);
  zero_features(gradWeight, gradBias, x);
}

void THNN_SparseLinear_legacyUpdateParameters(THNNState *state, THAnyTensor *weight, THAnyTensor *bias,
                                              THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *lastInput,
                                              double learningRate)
{
  (void)state;
  THNN_TYPES("SparseLinear", weight, bias, gradWeight, gradBias, lastInput);
  THNN_AUTO x = new_coordinates(lastInput, 6);
  update_features(weight, bias, gradWeight, gradBias, x, learningRate);
}
