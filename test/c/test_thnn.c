/* nn's kernels against naive loops: convolutions and pooling over strides, pads and odd sizes,
   softmax and batch normalisation, errors. */
#include "THNN.h"
#include "ck.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#define AUTO TH_AUTO(THAnyTensor)

static unsigned rng = 12345;
static double uniform(void)
{
  rng = rng * 1664525u + 1013904223u;
  return (double)(rng >> 8) / (1 << 24) * 2 - 1;
}

static double get(const THAnyTensor *t, int64_t i)
{
  return THScalar_load(t->type, (char *)THAnyTensor_data(t) + (size_t)i * THType_size(t->type)).d;
}
static void put(THAnyTensor *t, int64_t i, double v)
{
  THScalar_store(t->type, (char *)THAnyTensor_data(t) + (size_t)i * THType_size(t->type),
                 THScalar_fromDouble(v));
}
static THAnyTensor *filled(THType type, int n, const int64_t *size)
{
  THAnyTensor *t = THAnyTensor_newWithSizeNd(type, n, size, NULL);
  for (int64_t i = 0; i < THAnyTensor_nElement(t); i++) put(t, i, uniform());
  return t;
}
static void near(const char *what, double got, double want, THType type)
{
  if (isnan(want) ? isnan(got) : got == want) return; /* infinities, too */
  double tol = type == TH_FLOAT ? 2e-4 : 1e-10;
  ck_assert_msg(fabs(got - want) <= tol * (1 + fabs(want)), "%s: got %.12g, expected %.12g", what,
                got, want);
}

/* ---- convolution ---- */

typedef struct Case {
  int n, in, out, ih, iw, kh, kw, dh, dw, ph, pw, lh, lw;
} Case;

static const Case cases[] = {
  {1, 1, 1, 5, 5, 3, 3, 1, 1, 0, 0, 1, 1},    {2, 3, 4, 7, 6, 3, 2, 1, 1, 0, 0, 1, 1},
  {3, 2, 5, 8, 9, 5, 3, 2, 1, 1, 0, 1, 1},    {5, 4, 3, 6, 6, 1, 1, 1, 1, 0, 0, 1, 1},
  {2, 4, 3, 7, 7, 1, 1, 2, 2, 0, 0, 1, 1},    {4, 2, 2, 9, 11, 3, 3, 1, 2, 2, 2, 2, 3},
  {17, 16, 17, 12, 13, 3, 3, 1, 1, 1, 1, 1, 1}, {1, 20, 33, 40, 41, 5, 5, 1, 1, 2, 2, 1, 1},
  {2, 1, 3, 2, 2, 2, 2, 3, 3, 3, 3, 1, 1},    {1, 600, 2, 20, 30, 1, 3, 1, 1, 0, 1, 1, 1},
  /* minimal filtering, where the processor has it: tiles and channels that are not full, all paddings, rows in
     pairs, several blocks */
  {1, 16, 16, 9, 7, 3, 3, 1, 1, 1, 1, 1, 1},  {3, 20, 35, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1},
  {9, 18, 33, 13, 6, 5, 5, 1, 1, 2, 1, 1, 1}, {2, 16, 24, 6, 8, 5, 5, 1, 1, 0, 4, 1, 1},
  {1, 17, 16, 4, 70, 3, 3, 1, 1, 2, 0, 1, 1}, {2, 31, 48, 3, 4, 3, 3, 1, 1, 2, 2, 1, 1},
  {5, 70, 64, 8, 4, 3, 3, 1, 1, 0, 1, 1, 1},
};

static int out_size(int i, int k, int d, int p, int l) { return (i + 2 * p - (l * (k - 1) + 1)) / d + 1; }

static void naive_conv(const Case *c, const THAnyTensor *x, const THAnyTensor *w,
                       const THAnyTensor *b, double *y, const double *gy, double *gx, double *gw,
                       double *gb)
{
  int oh = out_size(c->ih, c->kh, c->dh, c->ph, c->lh), ow = out_size(c->iw, c->kw, c->dw, c->pw, c->lw);
  for (int n = 0; n < c->n; n++)
    for (int o = 0; o < c->out; o++)
      for (int i = 0; i < oh; i++)
        for (int j = 0; j < ow; j++) {
          int at = ((n * c->out + o) * oh + i) * ow + j;
          double sum = b ? get(b, o) : 0;
          if (gb) gb[o] += gy[at];
          for (int p = 0; p < c->in; p++)
            for (int u = 0; u < c->kh; u++)
              for (int v = 0; v < c->kw; v++) {
                int h = i * c->dh - c->ph + u * c->lh, q = j * c->dw - c->pw + v * c->lw;
                if (h < 0 || q < 0 || h >= c->ih || q >= c->iw) continue;
                int xi = ((n * c->in + p) * c->ih + h) * c->iw + q;
                int wi = ((o * c->in + p) * c->kh + u) * c->kw + v;
                sum += get(x, xi) * get(w, wi);
                if (gx) gx[xi] += gy[at] * get(w, wi);
                if (gw) gw[wi] += gy[at] * get(x, xi);
              }
          if (y) y[at] = sum;
        }
}

static void check_conv(const Case *c, THType type, bool bias)
{
  int64_t xs[] = {c->n, c->in, c->ih, c->iw}, ws[] = {c->out, c->in, c->kh, c->kw}, bs[] = {c->out};
  AUTO x = filled(type, 4, xs);
  AUTO w = filled(type, 4, ws);
  AUTO b = bias ? filled(type, 1, bs) : NULL;
  AUTO y = THAnyTensor_new(type);
  AUTO gx = THAnyTensor_new(type);
  AUTO gw = THAnyTensor_newWithSizeNd(type, 4, ws, NULL);
  AUTO gb = bias ? THAnyTensor_newWithSizeNd(type, 1, bs, NULL) : NULL;
  THAnyTensor_fill(gw, THScalar_fromInt(1));
  if (gb) THAnyTensor_fill(gb, THScalar_fromInt(1));
  bool plain = c->lh == 1 && c->lw == 1;
  if (plain)
    THNN_SpatialConvolutionMM_updateOutput(NULL, x, y, w, b, NULL, NULL, c->kw, c->kh, c->dw, c->dh,
                                           c->pw, c->ph);
  else
    THNN_SpatialDilatedConvolution_updateOutput(NULL, x, y, w, b, NULL, NULL, c->kw, c->kh, c->dw,
                                                c->dh, c->pw, c->ph, c->lw, c->lh);
  int64_t ny = THAnyTensor_nElement(y), nx = THAnyTensor_nElement(x), nw = THAnyTensor_nElement(w);
  AUTO gy = filled(type, 4, y->size);
  double *ref = calloc((size_t)(2 * ny + nx + nw + c->out), sizeof *ref), *rgy = ref + ny,
         *rgx = rgy + ny, *rgw = rgx + nx, *rgb = rgw + nw;
  for (int64_t i = 0; i < ny; i++) rgy[i] = get(gy, i);
  naive_conv(c, x, w, b, ref, rgy, rgx, rgw, rgb);
  if (plain) {
    THNN_SpatialConvolutionMM_updateGradInput(NULL, x, gy, gx, w, NULL, NULL, c->kw, c->kh, c->dw,
                                              c->dh, c->pw, c->ph);
    THNN_SpatialConvolutionMM_accGradParameters(NULL, x, gy, gw, gb, NULL, NULL, c->kw, c->kh,
                                                c->dw, c->dh, c->pw, c->ph, 0.5);
  } else {
    THNN_SpatialDilatedConvolution_updateGradInput(NULL, x, gy, gx, w, NULL, c->kw, c->kh, c->dw,
                                                   c->dh, c->pw, c->ph, c->lw, c->lh);
    THNN_SpatialDilatedConvolution_accGradParameters(NULL, x, gy, gw, gb, NULL, NULL, c->kw, c->kh,
                                                     c->dw, c->dh, c->pw, c->ph, c->lw, c->lh, 0.5);
  }
  for (int64_t i = 0; i < ny; i++) near("output", get(y, i), ref[i], type);
  for (int64_t i = 0; i < nx; i++) near("gradInput", get(gx, i), rgx[i], type);
  for (int64_t i = 0; i < nw; i++) near("gradWeight", get(gw, i), 1 + 0.5 * rgw[i], type);
  for (int64_t i = 0; gb && i < c->out; i++) near("gradBias", get(gb, i), 1 + 0.5 * rgb[i], type);
  free(ref);
}

START_TEST(convolution)
{
  check_conv(&cases[_i / 4], _i & 1 ? TH_FLOAT : TH_DOUBLE, _i & 2);
}
END_TEST

/* A transposed convolution is the gradient of a convolution of the same weight. */
START_TEST(full_convolution)
{
  for (int adj = 0; adj < 2; adj++) {
    AUTO x = filled(TH_DOUBLE, 4, (int64_t[]){3, 2, 4, 5});
    AUTO w = filled(TH_DOUBLE, 4, (int64_t[]){2, 3, 3, 2});
    AUTO y = THAnyTensor_new(TH_DOUBLE);
    AUTO back = THAnyTensor_new(TH_DOUBLE);
    AUTO grad = THAnyTensor_new(TH_DOUBLE);
    THNN_SpatialFullConvolution_updateOutput(NULL, x, y, w, NULL, NULL, NULL, 2, 3, 2, 2, 1, 0, adj,
                                             adj);
    ck_assert_int_eq(y->size[1], 3);
    ck_assert_int_eq(y->size[2], 3 * 2 + 3 + adj);
    ck_assert_int_eq(y->size[3], 4 * 2 - 2 + 2 + adj);
    THNN_SpatialConvolutionMM_updateGradInput(NULL, y, x, back, w, NULL, NULL, 2, 3, 2, 2, 1, 0);
    for (int64_t i = 0; i < THAnyTensor_nElement(y); i++)
      near("full", get(y, i), get(back, i), TH_DOUBLE);
    AUTO gy = filled(TH_DOUBLE, 4, y->size);
    THNN_SpatialFullConvolution_updateGradInput(NULL, x, gy, grad, w, NULL, 2, 3, 2, 2, 1, 0, adj,
                                                adj);
    double a = 0, b = 0; /* <y, gy> = <x, gx> */
    for (int64_t i = 0; i < THAnyTensor_nElement(y); i++) a += get(y, i) * get(gy, i);
    for (int64_t i = 0; i < THAnyTensor_nElement(x); i++) b += get(x, i) * get(grad, i);
    near("adjoint", a, b, TH_DOUBLE);
  }
}
END_TEST

/* ---- pooling ---- */

static const Case pools[] = {
  /* n, planes, -, ih, iw, kh, kw, dh, dw, ph, pw, lh, lw */
  {2, 3, 0, 8, 8, 2, 2, 2, 2, 0, 0, 1, 1}, {1, 2, 0, 7, 9, 2, 2, 2, 2, 0, 0, 1, 1},
  {2, 2, 0, 9, 8, 3, 2, 2, 1, 1, 1, 1, 1}, {2, 2, 0, 11, 9, 3, 3, 2, 2, 1, 0, 2, 1},
  /* more windows in a row than go together */
  {1, 2, 0, 6, 150, 3, 3, 2, 2, 1, 1, 1, 1}, {1, 2, 0, 7, 80, 2, 3, 1, 1, 0, 1, 2, 2}, {1, 2, 0, 5, 230, 1, 4, 1, 3, 0, 2, 1, 1},
  /* several rows that go together, and those at the edges */
  {2, 3, 0, 16, 16, 3, 3, 2, 2, 0, 0, 1, 1}, {2, 2, 0, 9, 9, 3, 3, 2, 2, 1, 1, 1, 1}, {1, 3, 0, 14, 5, 2, 3, 1, 2, 0, 1, 1, 1},
  {1, 2, 0, 33, 20, 3, 3, 1, 1, 1, 1, 1, 1}, {1, 2, 0, 15, 11, 3, 3, 2, 2, 1, 1, 2, 2}, {1, 2, 0, 40, 3, 5, 3, 1, 1, 0, 0, 1, 1},
  {1, 2, 0, 70, 1, 4, 1, 3, 1, 2, 0, 1, 1}, {2, 2, 0, 6, 33, 5, 2, 1, 1, 2, 1, 1, 1},
};

static void check_pool(const Case *c, THType type, bool ceil)
{
  AUTO x = filled(type, 4, (int64_t[]){c->n, c->in, c->ih, c->iw});
  AUTO y = THAnyTensor_new(type);
  AUTO ix = THAnyTensor_new(TH_LONG);
  AUTO gx = THAnyTensor_new(type);
  for (int i = 0; i < c->ih; i++) put(x, i * c->iw, i % 3 ? -INFINITY : NAN);
  THNN_SpatialDilatedMaxPooling_updateOutput(NULL, x, y, ix, c->kw, c->kh, c->dw, c->dh, c->pw,
                                             c->ph, c->lw, c->lh, ceil);
  AUTO gy = filled(type, 4, y->size);
  THNN_SpatialDilatedMaxPooling_updateGradInput(NULL, x, gy, gx, ix, c->kw, c->kh, c->dw, c->dh,
                                                c->pw, c->ph, c->lw, c->lh, ceil);
  int64_t oh = y->size[2], ow = y->size[3], size = c->ih * c->iw;
  double *ref = calloc((size_t)(c->n * c->in * size), sizeof *ref);
  for (int p = 0; p < c->n * c->in; p++)
    for (int i = 0; i < oh; i++)
      for (int j = 0; j < ow; j++) {
        double max = -INFINITY;
        int at = -1; /* the first of the greatest elements, or the first NaN */
        for (int u = 0; u < c->kh; u++)
          for (int v = 0; v < c->kw; v++) {
            int h = i * c->dh - c->ph + u * c->lh, w = j * c->dw - c->pw + v * c->lw;
            if (h < 0 || w < 0 || h >= c->ih || w >= c->iw) continue;
            double e = get(x, p * size + h * c->iw + w);
            if (at < 0 || e > max || (isnan(e) && !isnan(max))) max = e, at = h * (int)c->iw + w;
          }
        int64_t o = (p * oh + i) * ow + j;
        near("max", get(y, o), max, type);
        ck_assert_int_eq((int)get(ix, o), at + 1);
        ref[p * size + at] += get(gy, o);
      }
  for (int64_t i = 0; i < c->n * c->in * size; i++) near("max grad", get(gx, i), ref[i], type);
  free(ref);
}

START_TEST(max_pooling)
{
  check_pool(&pools[_i / 4], _i & 1 ? TH_FLOAT : TH_DOUBLE, _i & 2);
}
END_TEST

START_TEST(average_pooling)
{
  const Case *c = &pools[_i / 4];
  bool ceil = _i & 1, count = _i & 2;
  AUTO x = filled(TH_DOUBLE, 4, (int64_t[]){c->n, c->in, c->ih, c->iw});
  AUTO y = THAnyTensor_new(TH_DOUBLE);
  AUTO gx = THAnyTensor_new(TH_DOUBLE);
  THNN_SpatialAveragePooling_updateOutput(NULL, x, y, c->kw, c->kh, c->dw, c->dh, c->pw, c->ph, ceil,
                                          count);
  AUTO gy = filled(TH_DOUBLE, 4, y->size);
  THNN_SpatialAveragePooling_updateGradInput(NULL, x, gy, gx, c->kw, c->kh, c->dw, c->dh, c->pw,
                                             c->ph, ceil, count);
  int64_t oh = y->size[2], ow = y->size[3];
  double a = 0, b = 0;
  for (int p = 0; p < c->n * c->in; p++)
    for (int i = 0; i < oh; i++)
      for (int j = 0; j < ow; j++) {
        double sum = 0;
        int inside = 0, padded = 0;
        for (int u = 0; u < c->kh; u++)
          for (int v = 0; v < c->kw; v++) {
            int h = i * c->dh - c->ph + u, w = j * c->dw - c->pw + v;
            padded += h < c->ih + c->ph && w < c->iw + c->pw;
            if (h < 0 || w < 0 || h >= c->ih || w >= c->iw) continue;
            inside++;
            sum += get(x, (p * c->ih + h) * c->iw + w);
          }
        near("mean", get(y, (p * oh + i) * ow + j), sum / (count ? padded : inside), TH_DOUBLE);
      }
  for (int64_t i = 0; i < THAnyTensor_nElement(y); i++) a += get(y, i) * get(gy, i);
  for (int64_t i = 0; i < THAnyTensor_nElement(x); i++) b += get(x, i) * get(gx, i);
  near("adjoint", a, b, TH_DOUBLE);
}
END_TEST

/* ---- the rest ---- */

START_TEST(softmax)
{
  THType type = _i ? TH_FLOAT : TH_DOUBLE;
  int64_t sizes[][4] = {{7, 1, 1, 1}, {5, 33, 1, 1}, {3, 4, 5, 1}, {2, 10, 9, 17}};
  for (int k = 0; k < 4; k++) {
    AUTO x = filled(type, k + 1, sizes[k]);
    AUTO y = THAnyTensor_new(type);
    AUTO p = THAnyTensor_new(type);
    THNN_LogSoftMax_updateOutput(NULL, x, y);
    THNN_SoftMax_updateOutput(NULL, x, p);
    int64_t n = THAnyTensor_nElement(x), dim = k == 0 || k == 2 ? sizes[k][0] : sizes[k][1];
    int64_t step = k == 2 ? 5 * 4 : k == 3 ? 9 * 17 : 1;
    if (k == 2) step = sizes[k][1] * sizes[k][2];
    for (int64_t i = 0; i < n; i++) {
      int64_t first = i / (dim * step) * dim * step + i % step;
      double sum = 0;
      for (int64_t d = 0; d < dim; d++) sum += exp(get(x, first + d * step));
      near("log softmax", get(y, i), get(x, i) - log(sum), type);
      near("softmax", get(p, i), exp(get(x, i)) / sum, type);
    }
  }
}
END_TEST

START_TEST(batch_normalization)
{
  THType type = _i & 1 ? TH_FLOAT : TH_DOUBLE;
  int64_t size[] = {6, 70, 3, 5}, c = 70, s = _i & 2 ? 15 : 1;
  AUTO x = filled(type, _i & 2 ? 4 : 2, size);
  AUTO w = filled(type, 1, &c);
  AUTO b = filled(type, 1, &c);
  AUTO mean = filled(type, 1, &c);
  AUTO var = filled(type, 1, &c);
  AUTO keep_mean = THAnyTensor_newClone(mean);
  AUTO save_mean = THAnyTensor_new(type);
  AUTO save_std = THAnyTensor_new(type);
  AUTO y = THAnyTensor_new(type);
  THNN_BatchNormalization_updateOutput(NULL, x, y, w, b, mean, var, save_mean, save_std, true, 0.1,
                                       1e-5);
  for (int64_t f = 0; f < c; f++) {
    double m = 0, v = 0;
    int64_t n = 6 * s;
    for (int64_t i = 0; i < n; i++) m += get(x, i / s * c * s + f * s + i % s) / (double)n;
    for (int64_t i = 0; i < n; i++) v += pow(get(x, i / s * c * s + f * s + i % s) - m, 2) / (double)n;
    near("running mean", get(mean, f), 0.9 * get(keep_mean, f) + 0.1 * m, type);
    for (int64_t i = 0; i < n; i++) {
      int64_t at = i / s * c * s + f * s + i % s;
      near("normalized", get(y, at), (get(x, at) - m) / sqrt(v + 1e-5) * get(w, f) + get(b, f), type);
    }
  }
}
END_TEST

/* ---- errors come before anything is written, and name the layer ---- */

static jmp_buf escape;
static char message[512];
static void on_error(const char *msg, void *data)
{
  (void)data;
  snprintf(message, sizeof message, "%s", msg);
  longjmp(escape, 1);
}
static void on_arg_error(int arg, const char *msg, void *data)
{
  (void)arg;
  on_error(msg, data);
}

#define RAISES(call, text)                                                                         \
  do {                                                                                             \
    message[0] = 0;                                                                                \
    if (!setjmp(escape)) call;                                                                     \
    ck_assert_msg(strstr(message, text), "expected \"%s\", got \"%s\"", text, message);            \
  } while (0)

START_TEST(errors)
{
  THSetErrorHandler(on_error, NULL);
  THSetArgErrorHandler(on_arg_error, NULL);
  AUTO x = filled(TH_DOUBLE, 4, (int64_t[]){2, 3, 4, 4});
  AUTO w = filled(TH_DOUBLE, 4, (int64_t[]){5, 2, 3, 3});
  AUTO w3 = filled(TH_DOUBLE, 4, (int64_t[]){5, 3, 6, 6});
  AUTO f = filled(TH_FLOAT, 1, (int64_t[]){3});
  AUTO y = THAnyTensor_new(TH_DOUBLE);
  AUTO ix = THAnyTensor_new(TH_LONG);
  RAISES(THNN_SpatialConvolutionMM_updateOutput(NULL, x, y, w, NULL, NULL, NULL, 3, 3, 1, 1, 0, 0),
         "input.size[2] == 2 but got input to be of shape: [2 x 3 x 4 x 4]");
  RAISES(THNN_SpatialConvolutionMM_updateOutput(NULL, x, y, w3, NULL, NULL, NULL, 6, 6, 1, 1, 0, 0),
         "Output size is too small");
  RAISES(THNN_Tanh_updateOutput(NULL, x, f), "types must be equal");
  RAISES(THNN_SpatialMaxPooling_updateOutput(NULL, x, y, ix, 2, 2, 2, 2, 2, 2, false), "pad");
  RAISES(THNN_MSECriterion_updateOutput(NULL, x, w, y, true), "same number of elements");
  ck_assert_int_eq(y->nDimension, 0);
}
END_TEST

/* The names by type are the same kernels; index tensors are LongTensors. */
START_TEST(typed)
{
  AUTO x = filled(TH_DOUBLE, 2, (int64_t[]){4, 3});
  AUTO y = THAnyTensor_new(TH_DOUBLE);
  AUTO z = THAnyTensor_new(TH_DOUBLE);
  AUTO total = THAnyTensor_newWithSizeNd(TH_DOUBLE, 1, (int64_t[]){1}, NULL);
  AUTO target = THAnyTensor_newWithSizeNd(TH_LONG, 1, (int64_t[]){4}, NULL);
  THAnyTensor_fill(target, THScalar_fromInt(2));
  THNN_Tanh_updateOutput(NULL, x, y);
  THNN_DoubleTanh_updateOutput(NULL, (THDoubleTensor *)x, (THDoubleTensor *)z);
  ck_assert_mem_eq(THAnyTensor_data(y), THAnyTensor_data(z), 12 * sizeof(double));
  THNN_ClassNLLCriterion_updateOutput(NULL, x, target, y, true, NULL, total, -100);
  THNN_DoubleClassNLLCriterion_updateOutput(NULL, (THDoubleTensor *)x, (THLongTensor *)target, (THDoubleTensor *)z, true, NULL,
                                            (THDoubleTensor *)total, -100);
  ck_assert(THAnyTensor_nElement(z) == 1);
  ck_assert_mem_eq(THAnyTensor_data(y), THAnyTensor_data(z), sizeof(double));
}
END_TEST

int main(void)
{
  Suite *s = suite_create("THNN");
  TCase *t = tcase_create("kernels");
  tcase_set_timeout(t, 0); /* ctest ends what hangs */
  tcase_add_loop_test(t, convolution, 0, 4 * (int)(sizeof cases / sizeof *cases));
  tcase_add_test(t, full_convolution);
  tcase_add_loop_test(t, max_pooling, 0, 4 * (int)(sizeof pools / sizeof *pools));
  tcase_add_loop_test(t, average_pooling, 0, 4 * (int)(sizeof pools / sizeof *pools));
  tcase_add_loop_test(t, softmax, 0, 2);
  tcase_add_loop_test(t, batch_normalization, 0, 4);
  tcase_add_test(t, typed);
  tcase_add_test(t, errors);
  suite_add_tcase(s, t);
  SRunner *r = srunner_create(s);
  srunner_run_all(r, CK_NORMAL);
  int failed = srunner_ntests_failed(r);
  srunner_free(r);
  return failed != 0;
}
