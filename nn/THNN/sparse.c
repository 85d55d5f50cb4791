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
