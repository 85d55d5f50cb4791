/* Conversions of colours, pixel by pixel, and colour maps. */
#include "common.h"
#include <math.h>

/* ---- one pixel: values of 0 to 1 in, and out ---- */

static inline void matrix(const double m[9], const double *in, double *out)
{
  for (int i = 0; i < 3; i++)
    out[i] = m[3 * i] * in[0] + m[3 * i + 1] * in[1] + m[3 * i + 2] * in[2];
}

static inline void rgb2y(const double *in, double *out)
{
  out[0] = .299 * in[0] + .587 * in[1] + .114 * in[2];
}

static inline void rgb2yuv(const double *in, double *out)
{
  matrix((const double[]){.299, .587, .114, -.14713, -.28886, .436, .615, -.51499, -.10001}, in,
         out);
}

static inline void yuv2rgb(const double *in, double *out)
{
  matrix((const double[]){1, 0, 1.13983, 1, -.39465, -.58060, 1, 2.03211, 0}, in, out);
}

static inline void rgb2nrgb(const double *in, double *out)
{
  double sum = in[0] + in[1] + in[2] + 1e-6;
  for (int i = 0; i < 3; i++) out[i] = in[i] / sum;
}

/* Hue of a colour whose largest value is v and whose smallest lies d below. */
static inline double hue(const double *in, double v, double d)
{
  double h = v == in[0]   ? (in[1] - in[2]) / d + (in[1] < in[2] ? 6 : 0)
             : v == in[1] ? (in[2] - in[0]) / d + 2
                          : (in[0] - in[1]) / d + 4;
  return d == 0 ? 0 : h / 6;
}
static inline double largest(const double *in) { return THMax(THMax(in[0], in[1]), in[2]); }
static inline double smallest(const double *in) { return THMin(THMin(in[0], in[1]), in[2]); }

static inline void rgb2hsv(const double *in, double *out)
{
  double v = largest(in), d = v - smallest(in);
  out[0] = hue(in, v, d);
  out[1] = v == 0 ? 0 : d / v;
  out[2] = v;
}

static inline void rgb2hsl(const double *in, double *out)
{
  double v = largest(in), least = smallest(in), d = v - least, l = (v + least) / 2;
  out[0] = hue(in, v, d);
  out[1] = d == 0 ? 0 : l > .5 ? d / (2 - v - least) : d / (v + least);
  out[2] = l;
}

/* The pure colour of a hue: by how much each of red, green and blue is there. */
static inline void pure(double h, double *out)
{
  h = 6 * (h - floor(h));
  double v[3] = {fabs(h - 3) - 1, 2 - fabs(h - 2), 2 - fabs(h - 4)};
  for (int i = 0; i < 3; i++) out[i] = v[i] > 0 ? v[i] < 1 ? v[i] : 1 : 0;
}

static inline void hsv2rgb(const double *in, double *out)
{
  pure(in[0], out);
  for (int i = 0; i < 3; i++) out[i] = in[2] * (1 - in[1] * (1 - out[i]));
}

static inline void hsl2rgb(const double *in, double *out)
{
  double s = in[1], l = in[2];
  pure(in[0], out);
  for (int i = 0; i < 3; i++) out[i] = l + s * (l < .5 ? l : 1 - l) * (2 * out[i] - 1);
}

/* CIE L*a*b* of sRGB, white D65. */
static const double white[3] = {.950456, 1, 1.088754};
static inline double from_srgb(double v)
{
  return v <= .04045 ? v / 12.92 : pow((v + .055) / 1.055, 2.4);
}
static inline double to_srgb(double v)
{
  return v <= .0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - .055;
}
static const double lab_edge = 216. / 24389, lab_slope = 24389. / 27;

static inline void rgb2lab(const double *in, double *out)
{
  double xyz[3], f[3], linear[3] = {from_srgb(in[0]), from_srgb(in[1]), from_srgb(in[2])};
  matrix((const double[]){.412453, .357580, .180423, .212671, .715160, .072169, .019334, .119193,
                          .950227},
         linear, xyz);
  for (int i = 0; i < 3; i++) {
    double t = xyz[i] / white[i];
    f[i] = t > lab_edge ? cbrt(t) : (lab_slope * t + 16) / 116;
  }
  out[0] = 116 * f[1] - 16;
  out[1] = 500 * (f[0] - f[1]);
  out[2] = 200 * (f[1] - f[2]);
}

static inline void lab2rgb(const double *in, double *out)
{
  double y = (in[0] + 16) / 116, f[3] = {y + in[1] / 500, y, y - in[2] / 200}, xyz[3];
  for (int i = 0; i < 3; i++) {
    double cube = f[i] * f[i] * f[i];
    xyz[i] = white[i] * (cube > lab_edge ? cube : (116 * f[i] - 16) / lab_slope);
  }
  /* the inverse of the matrix above */
  matrix((const double[]){3.240481343200526, -1.5371515162713185, -.4985363261688878,
                          -.9692549499965682, 1.8759900014898907, .04155592655829284,
                          .05564663913517716, -.20404133836651123, 1.0573110696453443},
         xyz, out);
  for (int i = 0; i < 3; i++) out[i] = to_srgb(out[i]);
}

#define TH_GENERIC_FILE "generic/colour.c"
#include "generate.h"

/* ---- images ---- */

typedef void (*ConvertFn)(const void *src, void *dst, int64_t plane, int64_t first, int64_t last);
typedef struct Conversion {
  const char *name;
  int channels; /* of the result */
  double work;
  ConvertFn by_type[TH_NTYPES];
} Conversion;

typedef struct Converting {
  ConvertFn fn;
  const void *src;
  void *dst;
  int64_t plane;
} Converting;

static void run_pixels(const void *arg, int64_t first, int64_t last, int worker)
{
  const Converting *c = arg;
  (void)worker;
  c->fn(c->src, c->dst, c->plane, first, last);
}

static void convert(const Conversion *c, THAnyTensor *r_, THAnyTensor *src)
{
  image_checkType(src, 2);
  image_checkResult(r_, src);
  THArgCheck(src->nDimension == 3 && src->size[0] == 3, 2,
             "expected an image [3 x height x width], got %s", THAnyTensor_sizeDesc(src).str);
  THArgCheck(c->by_type[src->type] != NULL, 2,
             "expected a Float or Double tensor, got a ByteTensor");
  IMAGE_AUTO x = image_newSource(src, r_);
  IMAGE_AUTO y = image_newResult(r_, 3, (int64_t[]){c->channels, x->size[1], x->size[2]});
  int64_t plane = x->size[1] * x->size[2];
  Converting run = {c->by_type[x->type], THAnyTensor_data(x), THAnyTensor_data(y), plane};
  TH_parallel(plane, TH_pieceFor(plane, c->work), run_pixels, &run);
  image_finish(y, r_);
}

#define DEFINE(name, channels, work, ...)                                                          \
  void THImage_##name(THAnyTensor *r_, THAnyTensor *src)                                           \
  {                                                                                                \
    static const Conversion c = {#name, channels, work, __VA_ARGS__};                              \
    convert(&c, r_, src);                                                                          \
  }
#define FLOATS(name)                                                                               \
  {                                                                                                \
    [TH_FLOAT] = Float_##name, [TH_DOUBLE] = Double_##name                                         \
  }
DEFINE(rgb2y, 1, 6, IMAGE_BY_TYPE(rgb2y))
DEFINE(rgb2yuv, 3, 10, IMAGE_BY_TYPE(rgb2yuv))
DEFINE(yuv2rgb, 3, 10, IMAGE_BY_TYPE(yuv2rgb))
DEFINE(rgb2nrgb, 3, 10, IMAGE_BY_TYPE(rgb2nrgb))
DEFINE(rgb2hsv, 3, 20, IMAGE_BY_TYPE(rgb2hsv))
DEFINE(rgb2hsl, 3, 20, IMAGE_BY_TYPE(rgb2hsl))
DEFINE(hsv2rgb, 3, 20, IMAGE_BY_TYPE(hsv2rgb))
DEFINE(hsl2rgb, 3, 20, IMAGE_BY_TYPE(hsl2rgb))
DEFINE(rgb2lab, 3, 150, FLOATS(rgb2lab))
DEFINE(lab2rgb, 3, 150, FLOATS(lab2rgb))

/* ---- colour maps ---- */

static void (*const colorize[TH_NTYPES])(const void *, int64_t, const double *, int64_t, int64_t,
                                         void *) = IMAGE_BY_TYPE(colorize);

void THImage_colorize(THAnyTensor *r_, THAnyTensor *label, THAnyTensor *map)
{
  THArgCheck(label->nDimension == 2, 2, "expected labels [height x width], got %s",
             THAnyTensor_sizeDesc(label).str);
  THArgCheck(map->nDimension == 2, 3, "expected a map [n x channels], got %s",
             THAnyTensor_sizeDesc(map).str);
  image_checkType(r_, 1);
  image_checkResult(r_, map);
  IMAGE_AUTO m = image_newSource(map, r_);
  IMAGE_AUTO labels = THAnyTensor_newWithSizeNd(TH_DOUBLE, 2, label->size, NULL);
  THAnyTensor_copy(labels, label);
  IMAGE_AUTO y = image_newResult(r_, 3, (int64_t[]){m->size[1], label->size[0], label->size[1]});
  colorize[m->type](THAnyTensor_data(m), m->size[0], THAnyTensor_data(labels),
                    THAnyTensor_nElement(labels), m->size[1], THAnyTensor_data(y));
  image_finish(y, r_);
}
