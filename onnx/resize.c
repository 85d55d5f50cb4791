/* Resize and its ancestor Upsample: along each dimension an output is a weighted sum of inputs. */
#include <math.h>
#include "ops.h"

enum { MAX_TAPS = 4096 };

typedef struct Axis { /* for output i: taps weights from index[i * taps] on */
  int64_t in, out, taps;
  double scale;
  int64_t *index;
  float *weight;
  bool crops;
  char *outside; /* of crops: beyond the picture */
} Axis;

static double coordinate(const char *mode, int64_t i, const Axis *a, double start, double end)
{
  const double x = (double)i, in = (double)a->in, out = a->scale * in;
  if (!strcmp(mode, "asymmetric")) return x / a->scale;
  if (!strcmp(mode, "align_corners")) return out != 1 && a->out > 1 ? x * (in - 1) / (out - 1) : 0;
  if (!strcmp(mode, "pytorch_half_pixel")) return a->out > 1 ? (x + 0.5) / a->scale - 0.5 : 0;
  if (!strcmp(mode, "tf_half_pixel_for_nn")) return (x + 0.5) / a->scale;
  if (!strcmp(mode, "half_pixel_symmetric")) {
    const double adjustment = (double)a->out / out, centre = in / 2;
    return centre * (1 - adjustment) + (x + 0.5) / a->scale - 0.5;
  }
  if (!strcmp(mode, "tf_crop_and_resize"))
    return a->out > 1 ? start * (in - 1) + x * (end - start) * (in - 1) / ((double)a->out - 1) : 0.5 * (start + end) * (in - 1);
  return (x + 0.5) / a->scale - 0.5;
}

static double cubic(double t, double a)
{
  t = fabs(t);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((t - 5) * t + 8) * t * a - 4 * a : 0;
}

static int64_t nearest(const char *mode, double x)
{
  if (!strcmp(mode, "floor")) return (int64_t)floor(x);
  if (!strcmp(mode, "ceil")) return (int64_t)ceil(x);
  if (!strcmp(mode, "round_prefer_ceil")) return (int64_t)floor(x + 0.5);
  return (int64_t)ceil(x - 0.5);
}

typedef struct Ways {
  const char *mode, *coordinates, *rounding;
  double a;
  bool antialias, exclude;
} Ways;

static void weigh(const Ways *w, Axis *a, double x, int64_t *index, float *weight)
{
  const bool is_cubic = !strcmp(w->mode, "cubic");
  if (!strcmp(w->mode, "nearest")) {
    const int64_t k = nearest(w->rounding, x);
    index[0] = THMax(0, THMin(a->in - 1, k));
    weight[0] = 1;
    return;
  }
  const double shrink = w->antialias && a->scale < 1 ? a->scale : 1;
  const double first = floor(x) - (double)(a->taps / 2 - 1);
  double sum = 0;
  for (int64_t k = 0; k < a->taps; k++) {
    const double at = first + (double)k, t = (at - x) * shrink;
    double v = is_cubic ? cubic(t, w->a) : THMax(0, 1 - fabs(t));
    const bool outside = at < 0 || at > (double)a->in - 1;
    if (outside && w->exclude) v = 0;
    index[k] = (int64_t)THMax(0, THMin((double)a->in - 1, at));
    weight[k] = (float)v;
    sum += v;
  }
  for (int64_t k = 0; k < a->taps && sum; k++) weight[k] = (float)(weight[k] / sum);
}

static void Axis_autofree(Axis *a)
{
  THFree(a->index);
  THFree(a->weight);
  THFree(a->outside);
}

static void plan_axis(const Ways *w, Axis *a, double start, double end)
{
  const bool is_nearest = !strcmp(w->mode, "nearest"), is_cubic = !strcmp(w->mode, "cubic");
  const double shrink = w->antialias && a->scale < 1 ? a->scale : 1;
  a->taps = is_nearest ? 1 : 2 * (int64_t)ceil((is_cubic ? 2 : 1) / shrink);
  THOnnx_check(a->taps <= MAX_TAPS, "scale %g is too small", a->scale);
  int64_t total;
  THOnnx_check(TH_mulSize(a->out, a->taps, &total), "too large");
  a->index = THAlloc((total + 1) * (ptrdiff_t)sizeof *a->index);
  a->weight = THAlloc((total + 1) * (ptrdiff_t)sizeof *a->weight);
  a->outside = THAlloc(a->out + 1);
  a->crops = !strcmp(w->coordinates, "tf_crop_and_resize");
  for (int64_t i = 0; i < a->out; i++) {
    const double x = coordinate(w->coordinates, i, a, start, end);
    a->outside[i] = a->crops && (x < 0 || x > (double)a->in - 1);
    weigh(w, a, x, a->index + i * a->taps, a->weight + i * a->taps);
  }
}

typedef struct Along {
  const Axis *a;
  const float *x;
  float *r;
  int64_t inner;
  float outside;
} Along;

/* r = the taps' sum, rows of `inner` */
static void sum_taps(float *restrict r, const float *x, const Along *p, const int64_t *index, const float *weight)
{
  const int64_t n = p->inner, taps = p->a->taps;
  const float *first = x + index[0] * n;
  if (taps == 1) {
    memcpy(r, first, (size_t)n * sizeof *r);
    return;
  }
  const float w = weight[0];
  for (int64_t j = 0; j < n; j++) r[j] = w * first[j];
  for (int64_t k = 1; k < taps; k++) {
    const float *next = x + index[k] * n, v = weight[k];
    for (int64_t j = 0; j < n; j++) r[j] += v * next[j];
  }
}

/* Elements of a row by place. */
static void take_elements(float *restrict r, const float *x, const int64_t *index, int64_t n)
{
  for (int64_t i = 0; i < n; i++) r[i] = x[index[i]];
}

static void resize_slabs(const void *arg, int64_t first, int64_t last, int worker)
{
  const Along *p = arg;
  const Axis *a = p->a;
  (void)worker;
  for (int64_t o = first; o < last; o++) {
    const float *x = p->x + o * a->in * p->inner;
    float *r = p->r + o * a->out * p->inner;
    if (p->inner == 1 && a->taps == 1 && !a->crops) {
      take_elements(r, x, a->index, a->out);
      continue;
    }
    for (int64_t i = 0; i < a->out; i++, r += p->inner) {
      if (!a->outside[i]) sum_taps(r, x, p, a->index + i * a->taps, a->weight + i * a->taps);
      for (int64_t j = 0; j < p->inner && a->outside[i]; j++) r[j] = p->outside;
    }
  }
}

static OnnxValue *new_resized(OnnxValue *x, int d, const Axis *a, float outside)
{
  int64_t size[ONNX_DIMS];
  for (int k = 0; k < x->ndim; k++) size[k] = k == d ? a->out : x->size[k];
  OnnxValue *r = THOnnx_new(THONNX_FLOAT, x->ndim, size);
  Along p = {a, x->data, r->data, THOnnx_product(x->size + d + 1, x->ndim - d - 1), outside};
  const int64_t slabs = THOnnx_product(x->size, d);
  if (r->count) TH_parallel(slabs, TH_pieceFor(slabs, (double)(a->out * p.inner * a->taps)), resize_slabs, &p);
  return r;
}

/* Sizes by policy: all axes keep the ratio of one. */
static void keep_ratio(const char *policy, int n, const int *axes, const OnnxValue *x, const int64_t *wanted, double *scale, int64_t *out)
{
  const bool larger = !strcmp(policy, "not_smaller");
  if (!larger && strcmp(policy, "not_larger")) return;
  double s = 0;
  for (int i = 0; i < n; i++) {
    const double v = (double)wanted[i] / (double)x->size[axes[i]];
    s = i == 0 ? v : larger ? THMax(s, v) : THMin(s, v);
  }
  for (int i = 0; i < n; i++) {
    scale[axes[i]] = s;
    out[axes[i]] = (int64_t)floor(s * (double)x->size[axes[i]] + 0.5);
  }
}

static void resize(OnnxCall *c, OnnxValue *roi, OnnxValue *scales, OnnxValue *sizes, const Ways *w)
{
  OnnxValue *x = c->in[0];
  int naxes, axes[ONNX_DIMS];
  const int64_t *given = THOnnx_ints(c->node, "axes", &naxes);
  const int n = given ? naxes : x->ndim;
  THOnnx_check(n <= x->ndim, "too many axes");
  for (int i = 0; i < n; i++) axes[i] = given ? THOnnx_axis(given[i], x->ndim) : i;
  double scale[ONNX_DIMS];
  int64_t out[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) scale[d] = 1, out[d] = x->size[d];
  int nsizes;
  TH_AUTO_MEM int64_t *wanted = THOnnx_newInts(sizes && sizes->count ? sizes : NULL, &nsizes);
  THOnnx_check(wanted ? nsizes == n : scales && scales->count == n, "%s", "one scale or size for each axis is expected");
  const float *crop = roi && roi->count == 2 * n && roi->type == THONNX_FLOAT ? roi->data : NULL;
  double start[ONNX_DIMS] = {0}, end[ONNX_DIMS];
  for (int i = 0; i < n; i++) {
    const int d = axes[i];
    start[d] = crop ? crop[i] : 0;
    end[d] = crop ? crop[i + n] : 1;
    scale[d] = wanted ? (double)wanted[i] / (double)x->size[d] : THOnnx_double(scales, i);
    THOnnx_check(scale[d] >= 0 && scale[d] < 1e9, "scale %g", scale[d]);
    const bool crops = !strcmp(w->coordinates, "tf_crop_and_resize") && crop;
    if (wanted) out[d] = wanted[i];
    else if (crops) out[d] = (int64_t)floor((end[d] - start[d]) * (double)x->size[d] * scale[d]);
    else out[d] = (int64_t)floorf((float)x->size[d] * (float)scale[d]); /* in floats, as ONNX Runtime: 5 times 1.4f is 7 */
    THOnnx_check(out[d] >= 0 && (x->size[d] || !out[d]), "size %lld", (long long)out[d]);
  }
  if (wanted) keep_ratio(THOnnx_string(c->node, "keep_aspect_ratio_policy", "stretch"), n, axes, x, wanted, scale, out);
  ONNX_AUTO r = THOnnx_newFloats(x);
  for (int d = x->ndim - 1; d >= 0; d--) { /* the last one first: what is copied by element is smaller then */
    if (out[d] == x->size[d] && scale[d] == 1 && !(crop && (start[d] != 0 || end[d] != 1))) continue;
    __attribute__((cleanup(Axis_autofree))) Axis a = {.in = x->size[d], .out = out[d], .scale = scale[d]};
    plan_axis(w, &a, start[d], end[d]);
    OnnxValue *next = new_resized(r, d, &a, (float)THOnnx_float(c->node, "extrapolation_value", 0));
    THOnnx_free(r);
    r = next;
  }
  if (!THOnnx_isFloating(x->type) && strcmp(w->mode, "nearest"))
    for (int64_t i = 0; i < r->count && r != x; i++) ((float *)r->data)[i] = rintf(((float *)r->data)[i]);
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}

static void op_resize(OnnxCall *c)
{
  const bool old = c->node->version < 11;
  const Ways w = {THOnnx_string(c->node, "mode", "nearest"), THOnnx_string(c->node, "coordinate_transformation_mode", old ? "asymmetric" : "half_pixel"),
                  THOnnx_string(c->node, "nearest_mode", old ? "floor" : "round_prefer_floor"), THOnnx_float(c->node, "cubic_coeff_a", -0.75),
                  THOnnx_int(c->node, "antialias", 0), THOnnx_int(c->node, "exclude_outside", 0)};
  if (old) resize(c, NULL, THOnnx_in(c, 1), NULL, &w);
  else resize(c, THOnnx_in(c, 1), THOnnx_in(c, 2), THOnnx_in(c, 3), &w);
}

static void op_upsample(OnnxCall *c)
{
  const Ways w = {THOnnx_string(c->node, "mode", "nearest"), "asymmetric", "floor", -0.75, false, false};
  const OnnxAttribute *a = THOnnx_attribute(c->node, "scales");
  ONNX_AUTO scales = NULL;
  if (c->nin > 1) scales = THOnnx_retain(c->in[1]);
  else {
    THOnnx_check(a && a->floats, "no scales");
    scales = THOnnx_new(THONNX_FLOAT, 1, (int64_t[]){a->n});
    memcpy(scales->data, a->floats, (size_t)a->n * sizeof(float));
  }
  Ways ways = w;
  if (!strcmp(ways.mode, "bilinear")) ways.mode = "linear";
  resize(c, NULL, scales, NULL, &ways);
}

const OnnxOp THOnnx_resizeOps[] = {
  {"Resize", op_resize, 10, 0, 1, 4, 0, NULL},
  {"Upsample", op_upsample, 7, 9, 1, 2, 0, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
