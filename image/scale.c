/* Scaling: a linear map along each axis, rows first. An axis says which neighbouring positions of
   the source a position of the result adds up, and with which weights. */
#include "common.h"

typedef struct Axis {
  int64_t in, out;
  int64_t *first; /* position o is the sum of weight[start[o] + k] * src[first[o] + k] */
  int64_t *start; /* out + 1 of them */
  void *weight;   /* float, or double for images of Doubles */
} Axis;

#define TH_GENERIC_FILE "generic/scale.c"
#include "generate.h"

typedef void (*AlongFn)(const Axis *, const void *, void *);
typedef void (*AcrossFn)(const Axis *, int64_t, int64_t, const void *, void *);
static const AlongFn along_row[TH_NTYPES] = IMAGE_BY_TYPE(along_row);
static const AcrossFn across_rows[TH_NTYPES] = IMAGE_BY_TYPE(across_rows);
typedef void (*PickFn)(const int64_t *, int64_t, const void *, void *);
static const PickFn pick_row[TH_NTYPES] = IMAGE_BY_TYPE(pick_row);

/* ---- axes ---- */

/* The taps of one position; returns how many, from *first on. */
typedef int TapsFn(int64_t in, int64_t out, int64_t o, int64_t *first, double *weight);

static int same_taps(int64_t in, int64_t out, int64_t o, int64_t *first, double *weight)
{
  (void)in;
  (void)out;
  *first = o;
  *weight = 1;
  return 1;
}

/* Corners on corners: o (in - 1) / (out - 1), its whole part and the rest. */
static double corner_position(int64_t in, int64_t out, int64_t o, int64_t *whole)
{
  int64_t n = THMax(out - 1, 1);
  *whole = o * (in - 1) / n;
  return (double)(o * (in - 1) % n) / (double)n;
}

static int linear_taps(int64_t in, int64_t out, int64_t o, int64_t *first, double *weight)
{
  double rest = corner_position(in, out, o, first);
  weight[0] = 1 - rest;
  weight[1] = rest;
  return rest > 0 ? 2 : 1;
}

/* The mean over [o, o + 1) in / out, where pixels that lie in it in part count in part. */
static int area_taps(int64_t in, int64_t out, int64_t o, int64_t *first, double *weight)
{
  int64_t from = o * in, to = from + in; /* in units of 1 / out pixels */
  int n = 0;
  *first = from / out;
  for (int64_t i = *first; i * out < to; i++) {
    int64_t part = THMin((i + 1) * out, to) - THMax(i * out, from);
    weight[n++] = (double)part / (double)in;
  }
  return n;
}

/* A Catmull-Rom spline; beyond the ends the line through the last two pixels goes on. */
static int cubic_taps(int64_t in, int64_t out, int64_t o, int64_t *first, double *weight)
{
  int64_t at;
  double t = corner_position(in, out, o, &at);
  if (t == 0) return same_taps(in, out, at, first, weight);
  double w[4];
  image_cubicWeights(t, w);
  bool before = at > 0, after = at + 2 < in;
  if (!before) w[1] += 2 * w[0], w[2] -= w[0];
  if (!after) w[2] += 2 * w[3], w[1] -= w[3];
  *first = before ? at - 1 : at;
  int n = 0;
  for (int k = before ? 0 : 1; k < (after ? 4 : 3); k++) weight[n++] = w[k];
  return n;
}

static TapsFn *choose_taps(int mode, int64_t in, int64_t out)
{
  if (in == out) return same_taps;
  if (mode == IMAGE_BICUBIC) return cubic_taps;
  return in < out ? linear_taps : area_taps;
}

static void free_axis(Axis *axis) { THFree(axis->weight); }
#define AUTO_AXIS __attribute__((cleanup(free_axis))) Axis

/* One piece of memory holds all arrays. */
static Axis new_axis(THType type, TapsFn *taps, int64_t in, int64_t out)
{
  int64_t most = taps == area_taps ? in / out + 2 : 4;
  double *memory = THAlloc((ptrdiff_t)sizeof(double) * (out * (most + 2) + 1));
  Axis axis = {in, out, (int64_t *)(memory + out * most), (int64_t *)(memory + out * (most + 1)),
               memory};
  int64_t n = 0;
  for (int64_t o = 0; o < out; o++) {
    axis.start[o] = n;
    n += taps(in, out, o, &axis.first[o], memory + n);
  }
  axis.start[out] = n;
  if (type != TH_DOUBLE)
    for (int64_t k = 0; k < n; k++) ((float *)memory)[k] = (float)memory[k];
  return axis;
}

/* ---- passes; lines of the result are shared out to threads ---- */

typedef struct Pass {
  const Axis *axis;
  size_t element;
  const char *src;
  char *dst;
  AlongFn along;
  AcrossFn across;
  int64_t width;
} Pass;

static void run_along(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pass *p = arg;
  size_t from = (size_t)p->axis->in * p->element, to = (size_t)p->axis->out * p->element;
  (void)worker;
  for (int64_t i = first; i < last; i++)
    p->along(p->axis, p->src + (size_t)i * from, p->dst + (size_t)i * to);
}

static void run_across(const void *arg, int64_t first, int64_t last, int worker)
{
  const Pass *p = arg;
  size_t row = (size_t)p->width * p->element, plane = (size_t)p->axis->in * row;
  (void)worker;
  for (int64_t i = first; i < last; i++)
    p->across(p->axis, i % p->axis->out, p->width, p->src + (size_t)(i / p->axis->out) * plane,
              p->dst + (size_t)i * row);
}

static void scale_rows(THType type, const Axis *axis, int64_t rows, const void *src, void *dst)
{
  Pass pass = {axis, THType_size(type), src, dst, along_row[type], NULL, 0};
  double work = 2 * (double)axis->start[axis->out];
  TH_parallel(rows, TH_pieceFor(rows, work), run_along, &pass);
}

static void scale_columns(THType type, const Axis *axis, int64_t planes, int64_t width,
                          const void *src, void *dst)
{
  Pass pass = {axis, THType_size(type), src, dst, NULL, across_rows[type], width};
  double work = (double)width * (1 + (double)axis->in / (double)axis->out);
  int64_t lines = planes * axis->out;
  TH_parallel(lines, TH_pieceFor(lines, work), run_across, &pass);
}

/* ---- the two kinds ---- */

static void scale_linear(THAnyTensor *y, THAnyTensor *x, int mode)
{
  THType type = (THType)x->type;
  int64_t planes = image_channels(x), h = image_height(x), w = image_width(x),
          height = image_height(y), width = image_width(y);
  AUTO_AXIS across = new_axis(type, choose_taps(mode, w, width), w, width);
  AUTO_AXIS down = new_axis(type, choose_taps(mode, h, height), h, height);
  bool both = width != w && height != h;
  int64_t size[3] = {planes, h, width};
  IMAGE_AUTO between = both ? THAnyTensor_newWithSizeNd(type, 3, size, NULL) : NULL;
  void *rows = both ? between->storage->data : THAnyTensor_data(y);
  if (width != w) scale_rows(type, &across, planes * h, THAnyTensor_data(x), rows);
  if (width == w || both)
    scale_columns(type, &down, planes, width, both ? rows : THAnyTensor_data(x),
                  THAnyTensor_data(y));
}

/* Each pixel of the result is one of the source. */
typedef struct Picking {
  PickFn fn;
  size_t element;
  const int64_t *at; /* columns of the source */
  int64_t h, w, height, width;
  const char *src;
  char *dst;
} Picking;

static void run_picking(const void *arg, int64_t first, int64_t last, int worker)
{
  const Picking *p = arg;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    int64_t row = i / p->height * p->h + i % p->height * p->h / p->height;
    p->fn(p->at, p->width, p->src + (size_t)(row * p->w) * p->element,
          p->dst + (size_t)(i * p->width) * p->element);
  }
}

static void scale_simple(THAnyTensor *y, THAnyTensor *x)
{
  int64_t w = image_width(x), width = image_width(y);
  TH_AUTO_MEM int64_t *at = THAlloc((ptrdiff_t)sizeof *at * width);
  for (int64_t i = 0; i < width; i++) at[i] = i * w / width;
  Picking p = {pick_row[x->type],
               THType_size((THType)x->type),
               at,
               image_height(x),
               w,
               image_height(y),
               width,
               THAnyTensor_data(x),
               THAnyTensor_data(y)};
  int64_t lines = image_channels(x) * p.height;
  TH_parallel(lines, TH_pieceFor(lines, (double)width), run_picking, &p);
}

static void check_size(int64_t n, int arg)
{
  THArgCheck(n >= 1 && n <= INT32_MAX, arg, "expected a size of 1 to %d, got %lld", INT32_MAX,
             (long long)n);
}

void THImage_scale(THAnyTensor *r_, THAnyTensor *src, int64_t height, int64_t width, int mode)
{
  image_check(src, 2);
  image_checkResult(r_, src);
  check_size(image_height(src), 2);
  check_size(image_width(src), 2);
  check_size(height, 3);
  check_size(width, 4);
  THArgCheck(mode >= IMAGE_SIMPLE && mode <= IMAGE_BICUBIC, 5,
             "expected simple, bilinear or bicubic");
  IMAGE_AUTO x = image_newSource(src, r_);
  IMAGE_AUTO y = image_newLike(r_, x, height, width);
  if (mode == IMAGE_SIMPLE) scale_simple(y, x);
  else scale_linear(y, x, mode);
  image_finish(y, r_);
}
