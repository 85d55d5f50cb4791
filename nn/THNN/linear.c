/* Linear and LookupTable, and the sums over planes that biases need. */
#include "common.h"
#include "THNNDevice.h"
#include "THTensorBlas.h"
#include "THTensorMath.h"
#include "THTensorOps.h"
#include "blas/gemm/product.h"
#include <math.h>

enum { SUM_COLUMNS = 32 }; /* a multiple of so many is a piece */

#define TH_GENERIC_FILE "generic/linear.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const plane_sums[TH_NTYPES])(const void *, int64_t, int64_t, int64_t, int64_t, int64_t,
                                           double *) = TH_BY_FLOAT_TYPE(plane_sums);
static void (*const add_sums[TH_NTYPES])(void *, int64_t, const double *, int64_t,
                                         double) = TH_BY_FLOAT_TYPE(add_sums);
static void (*const fill_rows[TH_NTYPES])(void *, const void *, int64_t,
                                          int64_t) = TH_BY_FLOAT_TYPE(fill_rows);
static void (*const host_product[TH_NTYPES])(bool, bool, int64_t, int64_t, int64_t, double,
                                             const void *, const void *, double,
                                             void *) = TH_BY_FLOAT_TYPE(product);
static void (*const add_rows[TH_NTYPES])(void *, const void *, const int64_t *, const int *, int64_t,
                                         int64_t, int64_t, int64_t, int64_t,
                                         double) = TH_BY_FLOAT_TYPE(add_rows);

typedef struct PlaneSums {
  THType type;
  const void *x;
  int64_t n, planes, s;
  double *sum;
} PlaneSums;

static void sums_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const PlaneSums *p = arg;
  (void)worker;
  plane_sums[p->type](p->x, p->n, p->planes, p->s, first, last, p->sum);
}

void THNN_addPlaneSums(const THAnyTensor *x, int64_t n, int64_t planes, int64_t s, THAnyTensor *sum,
                       double scale)
{
  THNN_AUTO r = THNN_newInPlace(sum);
  if (THType_onDevice((THType)x->type)) {
    THNN_device->planeSums((THType)x->type, n, planes, s, THNN_data(x), scale, THNN_data(r));
    THNN_finish(r, sum);
    return;
  }
  double stack[512];
  TH_AUTO_MEM double *heap = planes > 512 ? THAlloc(planes * (ptrdiff_t)sizeof *heap) : NULL;
  double *part = heap ? heap : stack;
  int64_t piece = TH_pieceFor(planes, (double)n * (double)s);
  if (s == 1) piece = (piece + SUM_COLUMNS - 1) / SUM_COLUMNS * SUM_COLUMNS;
  TH_parallel(planes, piece, sums_piece,
              &(PlaneSums){(THType)x->type, THNN_data(x), n, planes, s, part});
  add_sums[x->type](THNN_data(r), 1, part, planes, scale);
  THNN_finish(r, sum);
}

/* Row-major C[m x n] = alpha op(A) op(B) + beta C, or, with a bias, + beta times that for every row, all without gaps,
   by TH's own kernels. False: there are none, nothing is done. */
static bool own_product(THType type, bool ta, bool tb, int64_t m, int64_t n, int64_t k, double alpha,
                        const THAnyTensor *a, const THAnyTensor *b, double beta, THAnyTensor *c, const THAnyTensor *bias)
{
  THNN_HELD("Linear", {a, m * k}, {b, k * n}, {c, m * n}, {bias, n});
  if (THType_onDevice(type) || alpha == 0 || k == 0) return false;
  return THProduct_run(&(THProduct){type == TH_DOUBLE, m, n, k, THNN_data(a), THNN_data(b), THNN_data(c),
                                    THNN_data(bias ? bias : c), ta ? 1 : k, ta ? m : 1, tb ? 1 : n, tb ? k : 1, n, 1,
                                    bias ? 0 : n, 1, alpha, beta});
}

/* Row-major C[m x n] = alpha op(A) op(B) + beta C, without gaps. */
static void product(THType type, bool ta, bool tb, int64_t m, int64_t n, int64_t k, double alpha,
                    const THAnyTensor *a, const THAnyTensor *b, double beta, THAnyTensor *c)
{
  if (own_product(type, ta, tb, m, n, k, alpha, a, b, beta, c, NULL)) return;
  if (!THType_onDevice(type)) {
    host_product[type](ta, tb, m, n, k, alpha, THNN_data(a), THNN_data(b), beta, THNN_data(c));
    return;
  }
  THDeviceGemm g = {tb ? 't' : 'n', ta ? 't' : 'n', n, m, k, tb ? k : n, ta ? m : k, n, 1, 0, 0, 0,
                    THScalar_fromDouble(alpha), THScalar_fromDouble(beta)};
  TH_device->gemm("Linear", type, &g, THNN_data(b), THNN_data(a), THNN_data(c));
}

/* Every row of r, a matrix, becomes the vector. */
static void fill_with_rows(THAnyTensor *r, const THAnyTensor *vector, int64_t n, int64_t columns)
{
  THType type = (THType)r->type;
  if (!THType_onDevice(type)) {
    fill_rows[type](THNN_data(r), THNN_data(vector), n, columns);
    return;
  }
  THNN_AUTO rows = THAnyTensor_newWithStorageNd(type, vector->storage, vector->storageOffset, 2,
                                                (int64_t[]){n, columns}, (int64_t[]){0, 1});
  THAnyTensor_copy(r, rows);
}

/* ---- Linear: y = x W' + b, with W of outputs x inputs ---- */

typedef struct Sizes {
  int64_t batch, in, out;
} Sizes;

static Sizes check_linear(const THAnyTensor *input, const THAnyTensor *weight,
                          const THAnyTensor *bias)
{
  THArgCheck(weight->nDimension == 2, THNN_OWN, "Linear: weight must be a matrix, got %s",
             THAnyTensor_sizeDesc(weight).str);
  THArgCheck(input->nDimension == 1 || input->nDimension == 2, 2,
             "Linear: input must be vector or matrix, got %s", THAnyTensor_sizeDesc(input).str);
  Sizes s = {input->nDimension == 1 ? 1 : input->size[0], weight->size[1], weight->size[0]};
  THArgCheck(input->size[input->nDimension - 1] == s.in, 2,
             "Linear: size mismatch: expected input with %lld features (size %s%lld), got %s", (long long)s.in,
             input->nDimension == 2 ? "N x " : "", (long long)s.in, THAnyTensor_sizeDesc(input).str);
  THArgCheck(!bias || THAnyTensor_nElement(bias) == s.out, THNN_OWN,
             "Linear: expected bias of %lld elements, got %s", (long long)s.out,
             bias ? THAnyTensor_sizeDesc(bias).str : "");
  THNN_checkBlasSize("Linear", s.batch, s.in, s.out);
  return s;
}

static void check_gradient(const THAnyTensor *gradOutput, const THAnyTensor *input, const Sizes *s)
{
  int64_t size[] = {s->batch, s->out};
  int first = input->nDimension == 1;
  THNN_checkSize("Linear", "gradOutput", gradOutput, 2 - first, size + first);
}

void THNN_Linear_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                              THAnyTensor *weight, THAnyTensor *bias, THAnyTensor *addBuffer)
{
  (void)addBuffer;
  THNN_TYPES_ANY("Linear", input, output, weight, bias);
  Sizes s = check_linear(input, weight, bias);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = bias ? THAnyTensor_newContiguous(bias) : NULL;
  int first = input->nDimension == 1;
  THNN_AUTO y = THNN_newResult(output, 2 - first, (int64_t[]){s.batch, s.out} + first);
  THType type = (THType)x->type;
  if (own_product(type, false, true, s.batch, s.out, s.in, 1, x, w, b ? 1 : 0, y, b)) {
    THNN_finish(y, output);
    return;
  }
  if (first) { /* W x + b, to the last bit: sums first, the bias last */
    THAnyTensor_addmv(y, THScalar_fromInt(0), y, THScalar_fromInt(1), w, x);
    if (b) THAnyTensor_cadd(y, y, THScalar_fromInt(1), b);
    THNN_finish(y, output);
    return;
  }
  if (b) fill_with_rows(y, b, s.batch, s.out);
  product(type, false, true, s.batch, s.out, s.in, 1, x, w, b ? 1 : 0, y);
  THNN_finish(y, output);
}

void THNN_Linear_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                 THAnyTensor *gradInput, THAnyTensor *weight)
{
  THNN_TYPES_ANY("Linear", input, gradOutput, gradInput, weight);
  Sizes s = check_linear(input, weight, NULL);
  check_gradient(gradOutput, input, &s);
  if (!gradInput) return;
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  product((THType)g->type, false, false, s.batch, s.in, s.out, 1, g, w, 0, gx);
  THNN_finish(gx, gradInput);
}

void THNN_Linear_accGradParameters(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                   THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *bias,
                                   THAnyTensor *gradWeight, THAnyTensor *gradBias,
                                   THAnyTensor *addBuffer, double scale)
{
  (void)gradInput, (void)addBuffer, (void)weight, (void)bias;
  THNN_TYPES_ANY("Linear", input, gradOutput, gradWeight, gradBias);
  Sizes s = check_linear(input, gradWeight, gradBias);
  check_gradient(gradOutput, input, &s);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gw = THNN_newInPlace(gradWeight);
  product((THType)x->type, true, false, s.out, s.in, s.batch, scale, g, x, 1, gw);
  THNN_finish(gw, gradWeight);
  if (gradBias) THNN_addPlaneSums(g, s.batch, s.out, 1, gradBias, scale);
}

/* ---- LookupTable ---- */

static void check_indices(const THAnyTensor *index, int64_t rows)
{
  if (THNN_onDevice(index)) return; /* the GPU leaves out what is out of range */
  const int64_t *p = THNN_data(index);
  int64_t n = THAnyTensor_nElement(index);
  for (int64_t i = 0; i < n; i++)
    if (p[i] < TH_INDEX_BASE || p[i] >= rows + TH_INDEX_BASE)
      THNN_argError(2, "LookupTable: inputs need to be in the range %d <= input < %lld, got %lld at position "
              "%lld",
              TH_INDEX_BASE, (long long)(rows + TH_INDEX_BASE), (long long)p[i], (long long)(i + 1));
}

/* How often every row is used, into `count`, an IntTensor. */
static const int *frequencies(THAnyTensor *count, int64_t rows, const int64_t *index, int64_t n)
{
  if (count->type != TH_INT) THError("LookupTable: count: expected torch.IntTensor");
  TH_resizeResult(count, 1, &rows);
  THAnyTensor_fill(count, THScalar_fromInt(0));
  int *c = THNN_data(count);
  for (int64_t i = 0; i < n; i++) c[index[i] - TH_INDEX_BASE]++;
  return c;
}

/* On the GPU: keys of what the index names, in order (elements/rows.h). */
static THAnyTensor *new_keys(const THNN_Lookup *l, THAnyTensor *index)
{
  THAnyTensor *key = THAnyTensor_newWithSizeNd((THType)index->type, 1, &l->n, NULL);
  THNN_AUTO where = THAnyTensor_new((THType)index->type);
  THNN_device->each((THType)TH_DEVICE, THNN_lookup_key, l->n, l, (void *[THNN_ELEMENT_ARRAYS]){THNN_data(index), THNN_data(key)});
  THAnyTensor_sort(key, where, key, 0, false);
  return key;
}

static void device_grad(const THNN_Lookup *l, THAnyTensor *index, THAnyTensor *g, THAnyTensor *gradWeight)
{
  if (l->n == 0) return;
  THNN_AUTO key = new_keys(l, index);
  THNN_EACH(lookup_grad, g, l->n * l->columns, l, THNN_data(key), THNN_data(g), THNN_data(gradWeight));
}

static void device_renorm(const THNN_Lookup *l, THAnyTensor *index, THAnyTensor *weight)
{
  if (l->n == 0) return;
  THNN_AUTO key = new_keys(l, index);
  THNN_AUTO w = THNN_newInPlace(weight);
  THNN_EACH(lookup_renorm, w, l->n, l, THNN_data(key), THNN_data(w));
  THNN_finish(w, weight);
}

typedef struct LookupGrad {
  THType type;
  void *r;
  const void *g;
  const int64_t *index;
  const int *freq;
  int64_t n, columns, padding;
  double scale;
} LookupGrad;

/* Threads share out the columns: every row is added up in the order of the input. */
static void lookup_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const LookupGrad *l = arg;
  (void)worker;
  add_rows[l->type](l->r, l->g, l->index, l->freq, l->n, l->columns, first, last, l->padding, l->scale);
}

void THNN_LookupTable_accGradParameters(THNN_STATE, THAnyTensor *input,
                                        THAnyTensor *gradOutput, THAnyTensor *gradWeight,
                                        THAnyTensor *count, THAnyTensor *sorted,
                                        THAnyTensor *indices, bool scaleGradByFreq,
                                        int paddingValue, double scale)
{
  (void)sorted, (void)indices;
  THNN_TYPES_ANY("LookupTable", gradOutput, gradWeight);
  THNN_checkLong("LookupTable", "input", input, gradOutput);
  THArgCheck(gradWeight->nDimension == 2 && THAnyTensor_isContiguous(gradWeight), THNN_OWN,
             "LookupTable: gradWeight must be a contiguous matrix");
  int64_t rows = gradWeight->size[0], columns = gradWeight->size[1], n = THAnyTensor_nElement(input);
  THArgCheck(THAnyTensor_nElement(gradOutput) == n * columns, 3,
             "LookupTable: expected gradOutput of %lld x %lld elements, got %s", (long long)n,
             (long long)columns, THAnyTensor_sizeDesc(gradOutput).str);
  THNN_AUTO index = THAnyTensor_newContiguous(input);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  check_indices(index, rows);
  if (THNN_onDevice(g)) {
    THNN_Lookup l = {.n = n, .columns = columns, .rows = rows, .padding = paddingValue,
                     .byFrequency = scaleGradByFreq && count, .scale = scale};
    device_grad(&l, index, g, gradWeight);
    return;
  }
  const int64_t *ix = THNN_data(index);
  const int *freq = scaleGradByFreq && count ? frequencies(count, rows, ix, n) : NULL;
  TH_parallel(columns, THMax(TH_pieceFor(columns, (double)n), 32), lookup_piece,
              &(LookupGrad){(THType)g->type, THNN_data(gradWeight), THNN_data(g), ix, freq, n, columns,
                            paddingValue, scale});
}

void THNN_LookupTable_renorm(THNN_STATE, THAnyTensor *idx, THAnyTensor *weight,
                             double maxNorm, double normType)
{
  THNN_TYPES_ANY("LookupTable", weight);
  THNN_checkLong("LookupTable", "idx", idx, weight);
  THArgCheck(weight->nDimension == 2, 3, "LookupTable: weight must be a matrix");
  THArgCheck(normType > 0, THNN_OWN, "LookupTable: non-positive norm not supported");
  THNN_AUTO index = THAnyTensor_newContiguous(idx);
  check_indices(index, weight->size[0]);
  int64_t n = THAnyTensor_nElement(index);
  if (THNN_onDevice(weight)) {
    THNN_Lookup l = {.n = n, .columns = weight->size[1], .rows = weight->size[0], .padding = TH_INDEX_BASE - 1,
                     .maxNorm = maxNorm, .normType = normType};
    device_renorm(&l, index, weight);
    return;
  }
  const int64_t *ix = THNN_data(index);
  TH_AUTO_MEM char *seen = THAlloc(weight->size[0]);
  memset(seen, 0, (size_t)weight->size[0]);
  for (int64_t i = 0; i < n; i++) {
    int64_t at = ix[i] - TH_INDEX_BASE;
    if (seen[at]) continue;
    seen[at] = 1;
    THNN_AUTO row = THAnyTensor_newSelect(weight, 0, at);
    double norm = THAnyTensor_normall(row, THScalar_fromDouble(normType)).d;
    if (norm > maxNorm)
      THNN_mapInto("LookupTable", TH_MAP_LINE(mul), row, 1, &row, maxNorm / (norm + 1e-7), 0);
  }
}
