/* Operators of ai.onnx.ml: linear classifiers. */
#include <math.h>
#include "ops.h"

#define ML "ai.onnx.ml"

static const OnnxAttribute *list(const OnnxCall *c, const char *name)
{
  const OnnxAttribute *a = THOnnx_attribute(c->node, name);
  return a && a->n ? a : NULL;
}

static void post_transform(const char *how, float *x, int64_t rows, int64_t n)
{
  if (!strcmp(how, "SOFTMAX")) THOnnx_softmaxRows(x, rows, n, false);
  else if (!strcmp(how, "LOGISTIC")) THOnnx_mapFloats(TH_MAP_LINE(sigmoid), x, x, rows * n, 0, 0);
  else THOnnx_check(!strcmp(how, "NONE"), "post_transform '%s' is not supported", how);
}

static void op_linearClassifier(OnnxCall *c)
{
  const OnnxAttribute *w = list(c, "coefficients"), *b = list(c, "intercepts"), *labels = list(c, "classlabels_ints"),
                      *texts = list(c, "classlabels_strings");
  OnnxValue *x = c->in[0];
  THOnnx_check(w && w->floats && x->ndim >= 1, "no coefficients");
  const int64_t k = x->size[x->ndim - 1], rows = k ? x->count / k : 0;
  /* as many classes as intercepts; ONNX Runtime reads the coefficients that it needs, whatever follows them */
  const int64_t n = b ? b->n : k ? w->n / k : 0;
  THOnnx_check(k && n && (b ? n <= w->n / k : n * k == w->n), "%lld coefficients for %lld classes and %lld features",
             (long long)w->n, (long long)n, (long long)k);
  THOnnx_check(!b || b->floats, "intercepts that are no floats");
  THOnnx_check((labels && labels->ints) || (texts && texts->strings), "no labels");
  const int64_t nlabels = labels ? labels->n : texts->n;
  const bool binary = n == 1 && nlabels == 2; /* one score for two labels */
  THOnnx_check(binary || nlabels == n, "%lld labels for %lld classes", (long long)nlabels, (long long)n);
  ONNX_AUTO f = THOnnx_newFloats(x);
  ONNX_AUTO raw = THOnnx_new(THONNX_FLOAT, 2, (int64_t[]){rows, n});
  for (int64_t i = 0; i < raw->count; i++) ((float *)raw->data)[i] = b ? b->floats[i % n] : 0;
  THOnnx_gemm(false, true, rows, n, k, 1, f->data, w->floats, 1, raw->data);
  const int64_t m = binary ? 2 : n;
  OnnxValue *scores = THOnnx_make(c, 1, THONNX_FLOAT, 2, (int64_t[]){rows, m});
  float *s = scores->data;
  const char *how = THOnnx_string(c->node, "post_transform", "NONE");
  for (int64_t i = 0; i < scores->count; i++)
    s[i] = binary ? (i % 2 ? 1.0f : -1.0f) * ((float *)raw->data)[i / 2] : ((float *)raw->data)[i];
  OnnxValue *r = labels ? THOnnx_make(c, 0, THONNX_INT64, 1, &rows) : NULL;
  if (!labels) THOnnx_give(c, 0, THOnnx_newStrings(1, &rows));
  for (int64_t i = 0; i < rows; i++) {
    int64_t best = 0;
    for (int64_t j = 1; j < m; j++)
      if (s[i * m + j] > s[i * m + best]) best = j;
    if (labels) ((int64_t *)r->data)[i] = labels->ints[best];
    else THOnnx_setString(c->out[0], i, texts->strings[best]);
  }
  post_transform(how, s, rows, m);
}

static void op_normalizer(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  const char *norm = THOnnx_string(c->node, "norm", "MAX");
  ONNX_AUTO f = THOnnx_newFloats(x);
  OnnxValue *r = THOnnx_make(c, 0, THONNX_FLOAT, x->ndim, x->size);
  const int64_t n = x->ndim ? x->size[x->ndim - 1] : 1;
  for (int64_t i = 0; n && i < x->count / n; i++) {
    const float *v = (float *)f->data + i * n;
    double acc = 0;
    for (int64_t k = 0; k < n; k++)
      acc = !strcmp(norm, "L1") ? acc + fabs(v[k]) : !strcmp(norm, "L2") ? acc + (double)v[k] * v[k] : THMax(acc, fabs(v[k]));
    if (!strcmp(norm, "L2")) acc = sqrt(acc);
    for (int64_t k = 0; k < n; k++) ((float *)r->data)[i * n + k] = acc ? (float)(v[k] / acc) : v[k];
  }
}

/* A list of maps from label to score: its scores as they are, a tensor. */
static void op_zipMap(OnnxCall *c) { THOnnx_give(c, 0, THOnnx_retain(c->in[0])); }

static void op_binarizer(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *r = THOnnx_makeAs(c, 0, x);
  const double threshold = THOnnx_float(c->node, "threshold", 0);
  for (int64_t i = 0; i < r->count; i++) {
    const double v = THOnnx_double(x, i) > threshold;
    THOnnx_convert(x->type, (char *)r->data + (size_t)i * THOnnx_width(x->type), THONNX_DOUBLE, &v, 1);
  }
}

static void op_featureExtractor(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *index = c->in[1];
  const int64_t n = x->ndim ? x->size[x->ndim - 1] : 0, rows = n ? x->count / n : 0;
  THOnnx_check(n > 0, "features are expected");
  int64_t size[ONNX_DIMS] = {1};
  for (int d = 0; d < x->ndim; d++) size[d] = x->size[d];
  size[THMax(0, x->ndim - 1)] = index->count;
  if (x->ndim == 1) size[0] = 1, size[1] = index->count;
  OnnxValue *r = THOnnx_make(c, 0, x->type, THMax(2, x->ndim), size);
  const size_t width = THOnnx_width(x->type);
  for (int64_t i = 0; i < rows * index->count; i++) {
    const int64_t k = THOnnx_long(index, i % index->count);
    THOnnx_check(k >= 0 && k < n, "feature %lld of %lld", (long long)k, (long long)n);
    memcpy((char *)r->data + (size_t)i * width, (char *)x->data + (size_t)(i / index->count * n + k) * width, width);
  }
}

const OnnxOp THOnnx_mlOps[] = {
  {"LinearClassifier", op_linearClassifier, 1, 0, 1, 1, 0, ML},
  {"Normalizer", op_normalizer, 1, 0, 1, 1, 0, ML},
  {"ZipMap", op_zipMap, 1, 0, 1, 1, 0, ML},
  {"Binarizer", op_binarizer, 1, 0, 1, 1, 0, ML},
  {"ArrayFeatureExtractor", op_featureExtractor, 1, 0, 2, 2, ONNX_MOVES, ML},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
