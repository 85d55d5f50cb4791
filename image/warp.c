/* Warping: every pixel of the result has a position in the source, between whose pixels values are
   interpolated. Rotation, polar maps and fields differ in the positions alone. */
#include "common.h"
#include <math.h>

enum { BLOCK = 128, MOST_TAPS = 6 };

/* What lies outside. */
enum Outside {
  MOVED,  /* the nearest position inside is taken */
  PADDED, /* gives a value */
  BLANK   /* the same, but half a pixel around the image belongs to it */
};

/* An image that is read at positions. */
typedef struct Sampler {
  const char *src;
  int64_t channels, height, width;
  int mode;
  enum Outside outside;
  double pad;
} Sampler;

/* Of a block of pixels. */
typedef struct Positions {
  double y[BLOCK], x[BLOCK];
  int64_t out[BLOCK]; /* whether it is outside */
} Positions;

/* Where pixels [x, x + n) of row y come from. */
typedef void (*PositionsFn)(const void *map, int64_t y, int64_t x, int64_t n, double *py,
                            double *px);

/* ---- positions ---- */

/* Positions along an axis of `size` pixels, brought inside; those that do not count are marked. NaN
   is moved to 0 and counts where nothing lies outside. */
static TH_KERNEL void place(enum Outside outside, int64_t size, int64_t n, double *p, int64_t *out)
{
  double last = (double)(size - 1), low = outside == BLANK ? -.5 : 0;
  double high = outside == BLANK ? nextafter(last + .5, 0) : last;
  for (int64_t i = 0; i < n; i++) {
    double at = p[i];
    out[i] |= !(at >= low) | !(at <= high);
    at = at > 0 ? at : 0;
    p[i] = at < last ? at : last;
  }
}

static double lanczos(double x)
{
  if (x == 0) return 1;
  double a = 3.14159265358979323846 * x;
  return fabs(x) < 3 ? 3 * sin(a) * sin(a / 3) / (a * a) : 0;
}

/* Of the six pixels around, t after the third; their sum is 1. */
static void lanczos_weights(double t, double *weight)
{
  double sum = 0;
  for (int k = 0; k < 6; k++) sum += weight[k] = lanczos(t - (double)(k - 2));
  for (int k = 0; k < 6; k++) weight[k] /= sum;
}

/* Pixels around a position that is inside, those beyond the edge moved to it, and their weights;
   how many. */
static int taps(int mode, int64_t n, double p, int64_t *at, double *weight)
{
  int64_t whole = (int64_t)p;
  int count = mode == IMAGE_BICUBIC ? 4 : 6;
  for (int k = 0; k < count; k++) {
    int64_t i = whole + k - (count / 2 - 1);
    at[k] = i < 0 ? 0 : THMin(i, n - 1);
  }
  if (count == 4) image_cubicWeights(p - (double)whole, weight);
  else lanczos_weights(p - (double)whole, weight);
  return count;
}

#define TH_GENERIC_FILE "generic/warp.c"
#include "generate.h"

typedef void (*SampleFn)(const Sampler *, int64_t n, const Positions *, void *, int64_t);
static const SampleFn sample_simple[TH_NTYPES] = IMAGE_BY_TYPE(sample_simple);
static const SampleFn sample_bilinear[TH_NTYPES] = IMAGE_BY_TYPE(sample_bilinear);
static const SampleFn sample_taps[TH_NTYPES] = IMAGE_BY_TYPE(sample_taps);

/* ---- the driver ---- */

typedef struct Warp {
  Sampler sampler;
  SampleFn sample;
  size_t element;
  PositionsFn positions;
  const void *map;
  char *dst;
  int64_t height, width;
} Warp;

static void place_block(const Sampler *s, int64_t n, Positions *p)
{
  memset(p->out, 0, sizeof p->out);
  place(s->outside, s->height, n, p->y, p->out);
  place(s->outside, s->width, n, p->x, p->out);
  if (s->outside == MOVED) memset(p->out, 0, sizeof p->out);
}

static void run_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Warp *w = arg;
  Positions p;
  (void)worker;
  for (int64_t y = first; y < last; y++)
    for (int64_t x = 0; x < w->width; x += BLOCK) {
      int64_t n = THMin(w->width - x, BLOCK);
      w->positions(w->map, y, x, n, p.y, p.x);
      place_block(&w->sampler, n, &p);
      w->sample(&w->sampler, n, &p, w->dst + (size_t)(y * w->width + x) * w->element,
                w->height * w->width);
    }
}

/* r_ [like src, height x width] from positions in src. */
static void warp(THAnyTensor *r_, THAnyTensor *src, int64_t height, int64_t width, int mode,
                 enum Outside outside, double pad, PositionsFn positions, const void *map)
{
  IMAGE_AUTO x = image_newSource(src, r_);
  IMAGE_AUTO y = image_newLike(r_, x, height, width);
  const SampleFn *sample = mode == IMAGE_SIMPLE     ? sample_simple
                           : mode == IMAGE_BILINEAR ? sample_bilinear
                                                    : sample_taps;
  Sampler s = {
      THAnyTensor_data(x), image_channels(x), image_height(x), image_width(x), mode, outside, pad};
  Warp w = {s,
            sample[x->type],
            THType_size((THType)x->type),
            positions,
            map,
            THAnyTensor_data(y),
            height,
            width};
  static const double work[] = {4, 10, 60, 200};
  TH_parallel(height, TH_pieceFor(height, work[mode] * (double)(width * s.channels)), run_rows, &w);
  image_finish(y, r_);
}

static void check(THAnyTensor *r_, THAnyTensor *src, int mode, int most, int arg)
{
  image_check(src, 2);
  image_checkResult(r_, src);
  THArgCheck(image_height(src) <= INT32_MAX && image_width(src) <= INT32_MAX, 2,
             "at most %d rows and columns, got %s", INT32_MAX, THAnyTensor_sizeDesc(src).str);
  THArgCheck(mode >= IMAGE_SIMPLE && mode <= most, arg, "unknown mode");
}

/* ---- rotation ---- */

typedef struct Rotation {
  double cosine, sine, yc, xc;
} Rotation;

static void rotated(const void *map, int64_t y, int64_t x, int64_t n, double *py, double *px)
{
  const Rotation *r = map;
  double v = (double)y - r->yc;
  for (int64_t i = 0; i < n; i++) {
    double u = (double)(x + i) - r->xc;
    py[i] = r->cosine * v + r->sine * u + r->yc;
    px[i] = r->cosine * u - r->sine * v + r->xc;
  }
}

void THImage_rotate(THAnyTensor *r_, THAnyTensor *src, double theta, int mode)
{
  check(r_, src, mode, IMAGE_BILINEAR, 4);
  int64_t h = image_height(src), w = image_width(src);
  Rotation r = {cos(theta), sin(theta), (double)(h - 1) / 2, (double)(w - 1) / 2};
  warp(r_, src, h, w, mode, BLANK, 0, rotated, &r);
}

/* ---- polar maps ---- */

typedef struct Polar {
  double height, width, reach, yc, xc;
  int logarithmic;
} Polar;

static void polar(const void *map, int64_t y, int64_t x, int64_t n, double *py, double *px)
{
  const Polar *p = map;
  double angle = 2 * 3.14159265358979323846 * (double)y / p->height, c = cos(angle), s = sin(angle);
  for (int64_t i = 0; i < n; i++) {
    double part = (double)(x + i) / p->width;
    double d = p->logarithmic ? pow(p->reach, part) : p->reach * part;
    py[i] = d * c + p->yc;
    px[i] = -d * s + p->xc;
  }
}

void THImage_polar(THAnyTensor *r_, THAnyTensor *src, int64_t height, int64_t width,
                   bool logarithmic, bool full, int mode)
{
  check(r_, src, mode, IMAGE_BILINEAR, 7);
  THArgCheck(height >= 1 && width >= 1, 3, "expected sizes of at least 1, got %lld and %lld",
             (long long)height, (long long)width);
  double yc = (double)image_height(src) / 2, xc = (double)image_width(src) / 2;
  /* a pixel covers the positions from its number to the next: its middle is half further */
  double middle = mode == IMAGE_SIMPLE ? .5 : 0;
  Polar p = {(double)height, (double)width, full ? hypot(yc, xc) : fmin(yc, xc),
             yc - middle,    xc - middle,   logarithmic};
  warp(r_, src, height, width, mode, BLANK, 0, polar, &p);
}

/* ---- fields ---- */

typedef struct Field {
  const void *y, *x;
  THType type;
  int64_t width;
  int offset;
} Field;

static void field_positions(const void *map, int64_t y, int64_t x, int64_t n, double *py,
                            double *px)
{
  const Field *f = map;
  int64_t first = y * f->width + x;
  for (int64_t i = 0; i < n; i++) {
    int64_t at = first + i;
    double fy =
        f->type == TH_FLOAT ? (double)((const float *)f->y)[at] : ((const double *)f->y)[at];
    double fx =
        f->type == TH_FLOAT ? (double)((const float *)f->x)[at] : ((const double *)f->x)[at];
    py[i] = f->offset ? (double)y + fy : fy;
    px[i] = f->offset ? (double)(x + i) + fx : fx;
  }
}

/* Contiguous, Float or Double, not in r_'s memory. */
static THAnyTensor *new_field(THAnyTensor *field, const THAnyTensor *r_)
{
  if (field->type == TH_FLOAT || field->type == TH_DOUBLE) return image_newSource(field, r_);
  THAnyTensor *copy = THAnyTensor_newWithSizeNd(TH_DOUBLE, 3, field->size, NULL);
  THAnyTensor_copy(copy, field);
  return copy;
}

void THImage_warp(THAnyTensor *r_, THAnyTensor *src, THAnyTensor *field, int mode, bool offset,
                  bool padded, double pad)
{
  check(r_, src, mode, IMAGE_LANCZOS, 4);
  THArgCheck(field->nDimension == 3 && field->size[0] == 2, 3,
             "expected a field [2 x height x width], got %s", THAnyTensor_sizeDesc(field).str);
  IMAGE_AUTO f = new_field(field, r_);
  int64_t height = f->size[1], width = f->size[2];
  const char *data = THAnyTensor_data(f);
  Field map = {data, data + (size_t)(height * width) * THType_size((THType)f->type),
               (THType)f->type, width, offset};
  warp(r_, src, height, width, mode, padded ? PADDED : MOVED, pad, field_positions, &map);
}
