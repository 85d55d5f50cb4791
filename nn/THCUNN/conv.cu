// Convolution of images and volumes: the input is unfolded for several samples at once and
// multiplied by the weight in one product. Unfolded data and gradients of outputs have the samples
// of a group side by side: rows x samples x positions. cuDNN does it where it can (THCDnn.h).
#include "THCDnn.h"
#include "THCUNN.h"
using namespace thcunn;

enum { GROUP_BYTES = 1 << 27 }; // of unfolded data

static bool is_plain(const THNN_Window *g) // 1x1, stride 1, no padding: nothing to unfold
{
  for (int i = 0; i < 3; i++)
    if (g->k[i] != 1 || g->d[i] != 1 || g->pad[i] != 0 || g->more[i] != 0) return false;
  return true;
}

// Samples that are unfolded together.
static int64_t group_size(const THNN_Window *g, THType type, int64_t n)
{
  int64_t most = GROUP_BYTES / (g->K * (int64_t)THType_size(type)) / g->outSize;
  return THMax(1, THMin(n, THMin(most, INT32_MAX / g->outSize)));
}

// ---- kernels ----

// One thread for each plane, sample and output position: fills in what all kernel elements see.
template <class T> __global__ void unfold(THNN_Window g, int64_t samples, const T *x_, T *col_)
{
  int64_t row = samples * g.outSize;
  THCUNN_EACH(n, g.planes * row)
  {
    int64_t w = n, plane = split(&w, row);
    T *col = col_ + plane * g.k[0] * g.k[1] * g.k[2] * row + w;
    int64_t sample = split(&w, g.outSize), h = split(&w, g.out[2]), t = split(&h, g.out[1]);
    const T *x = x_ + (sample * g.planes + plane) * g.inSize;
    for (int64_t kt = 0; kt < g.k[0]; kt++)
      for (int64_t kh = 0; kh < g.k[1]; kh++)
        for (int64_t kw = 0; kw < g.k[2]; kw++, col += row) {
          int64_t it = t * g.d[0] - g.pad[0] + kt * g.dil[0];
          int64_t ih = h * g.d[1] - g.pad[1] + kh * g.dil[1];
          int64_t iw = w * g.d[2] - g.pad[2] + kw * g.dil[2];
          bool inside =
              it >= 0 && it < g.in[0] && ih >= 0 && ih < g.in[1] && iw >= 0 && iw < g.in[2];
          if (inside) *col = x[(it * g.in[1] + ih) * g.in[2] + iw];
          else store(col, 0.f);
        }
  }
}

// The output whose window element `k` sees input `at`, along an axis; -1: there is none.
static __device__ int64_t output_seeing(const THNN_Window &g, int64_t at, int64_t k, int axis)
{
  int64_t from = at + g.pad[axis] - k * g.dil[axis];
  if (from < 0) return -1;
  int64_t o = quotient(from, g.d[axis]);
  return o * g.d[axis] == from && o < g.out[axis] ? o : -1;
}

// The transpose: one thread for each input element gathers what was made from it.
template <class T>
__global__ void fold(THNN_Window g, int64_t samples, const T *col_, const T *bias, T *x)
{
  typedef Compute<T> C;
  int64_t row = samples * g.outSize;
  THCUNN_EACH(n, samples * g.planes * g.inSize)
  {
    int64_t w = n, plane = split(&w, g.inSize), h = split(&w, g.in[2]), t = split(&h, g.in[1]);
    int64_t sample = split(&plane, g.planes);
    const T *col = col_ + plane * g.k[0] * g.k[1] * g.k[2] * row + sample * g.outSize;
    C sum = bias ? load(bias + plane) : (C)0;
    for (int64_t kt = 0; kt < g.k[0]; kt++) {
      int64_t ot = output_seeing(g, t, kt, 0);
      for (int64_t kh = 0; kh < g.k[1]; kh++) {
        int64_t oh = output_seeing(g, h, kh, 1);
        for (int64_t kw = 0; kw < g.k[2]; kw++, col += row) {
          int64_t ow = output_seeing(g, w, kw, 2);
          if (ot >= 0 && oh >= 0 && ow >= 0)
            sum += load(col + (ot * g.out[1] + oh) * g.out[2] + ow);
        }
      }
    }
    store(x + n, sum);
  }
}

// planes x samples x size from samples x planes x size
template <class T>
__global__ void planes_first(int64_t samples, int64_t planes, int64_t size, const T *x, T *y)
{
  THCUNN_EACH(n, samples * planes * size)
  {
    int64_t at = n, sample = split(&at, size), plane = split(&sample, samples);
    y[n] = x[(sample * planes + plane) * size + at];
  }
}

// The way back, and the bias. With one sample x and y may be the same.
template <class T>
__global__ void samples_first(int64_t samples, int64_t planes, int64_t size, const T *x,
                              const T *bias, T *y)
{
  typedef Compute<T> C;
  THCUNN_EACH(n, samples * planes * size)
  {
    int64_t at = n, plane = split(&at, size), sample = split(&plane, planes);
    store(y + n,
          load(x + (plane * samples + sample) * size + at) + (bias ? load(bias + plane) : (C)0));
  }
}

template <class T>
__global__ void add_bias(int64_t n, int64_t planes, int64_t size, const T *bias, T *y)
{
  THCUNN_EACH(i, n)
  {
    int64_t plane = quotient(i, size);
    split(&plane, planes);
    store(y + i, load(y + i) + load(bias + plane));
  }
}

// ---- passes; products are column-major, so a matrix stored by rows is its transpose ----

template <class T> struct Conv {
  const char *op;
  const THNN_Window *g;
  THType type;
  int64_t n, group;
  bool plain;

  Conv(const char *op_, const THNN_Window *g_, THType type_, int64_t n_)
      : op(op_), g(g_), type(type_), n(n_), group(group_size(g_, type_, n_)), plain(is_plain(g_))
  {
  }

  int64_t xSize() const { return g->planes * g->inSize; } // of a sample
  int64_t ySize() const { return g->outputs * g->outSize; }
  int64_t bytes(int64_t count) const { return count * (int64_t)sizeof(T); }

  static THDeviceGemm product(char ta, char tb, int64_t m, int64_t columns, int64_t k)
  {
    THDeviceGemm d = {};
    d.ta = ta, d.tb = tb, d.m = m, d.n = columns, d.k = k;
    return d;
  }

  void gemm(char ta, char tb, int64_t m, int64_t columns, int64_t k, double alpha, const T *a,
            int64_t lda, const T *b, int64_t ldb, double beta, T *c) const
  {
    THDeviceGemm d = product(ta, tb, m, columns, k);
    d.lda = lda, d.ldb = ldb, d.ldc = m, d.batch = 1;
    d.alpha = THScalar_fromDouble(alpha), d.beta = THScalar_fromDouble(beta);
    TH_device->gemm(op, type, &d, a, b, c);
  }

  // to[i] = the weight (transposed with tw) times from[i], samples of `rows` planes
  void gemm_samples(char tw, int64_t rows, const T *from, int64_t fromRows, const T *w, T *to) const
  {
    THDeviceGemm d = product('n', tw, g->outSize, rows, fromRows);
    d.lda = d.ldc = g->outSize, d.ldb = g->K;
    d.batch = n, d.sa = fromRows * g->outSize, d.sc = rows * g->outSize;
    d.alpha = THScalar_fromDouble(1);
    TH_device->gemm(op, type, &d, from, w, to);
  }

  void bias_to(int64_t planes, int64_t size, const T *bias, T *y) const
  {
    if (!bias) return;
    int64_t count = n * planes * size;
    THC_LAUNCH((add_bias<T>), grid_for(count), BLOCK, 0, current_stream(), count, planes, size,
               bias, y);
  }

  void unfold_group(int64_t samples, const T *x, T *col) const
  {
    THC_LAUNCH((unfold<T>), grid_for(g->planes * samples * g->outSize), BLOCK, 0, current_stream(),
               *g, samples, x, col);
  }

  // y with planes first: y itself when there is one sample
  const T *packed(int64_t samples, const T *y, T *room) const
  {
    if (samples == 1) return y;
    THC_LAUNCH((planes_first<T>), grid_for(samples * ySize()), BLOCK, 0, current_stream(), samples,
               g->outputs, g->outSize, y, room);
    return room;
  }

  void forward(const T *x, const T *w, const T *bias, T *y) const
  {
    if (plain) {
      gemm_samples('n', g->outputs, x, g->K, w, y);
      bias_to(g->outputs, g->outSize, bias, y);
      return;
    }
    Workspace col_(bytes(group * g->K * g->outSize)), y_(group > 1 ? bytes(group * ySize()) : 1);
    T *col = (T *)col_.data();
    for (int64_t first = 0; first < n; first += group) {
      int64_t s = THMin(group, n - first), row = s * g->outSize;
      T *to = y + first * ySize(), *product = s > 1 ? (T *)y_.data() : to;
      unfold_group(s, x + first * xSize(), col);
      gemm('n', 'n', row, g->outputs, g->K, 1, col, row, w, g->K, 0, product);
      if (s > 1 || bias)
        THC_LAUNCH((samples_first<T>), grid_for(s * ySize()), BLOCK, 0, current_stream(), s,
                   g->outputs, g->outSize, product, bias, to);
    }
  }

  void backward_data(const T *gy, const T *w, const T *bias, T *gx) const
  {
    if (plain) {
      gemm_samples('t', g->K, gy, g->outputs, w, gx);
      bias_to(g->planes, g->inSize, bias, gx);
      return;
    }
    Workspace col_(bytes(group * g->K * g->outSize)), gy_(group > 1 ? bytes(group * ySize()) : 1);
    T *col = (T *)col_.data();
    for (int64_t first = 0; first < n; first += group) {
      int64_t s = THMin(group, n - first), row = s * g->outSize;
      const T *from = packed(s, gy + first * ySize(), (T *)gy_.data());
      gemm('n', 't', row, g->K, g->outputs, 1, from, row, w, g->K, 0, col);
      THC_LAUNCH((fold<T>), grid_for(s * xSize()), BLOCK, 0, current_stream(), *g, s, col, bias,
                 gx + first * xSize());
    }
  }

  void backward_weight(const T *x, const T *gy, T *gw, double scale) const
  {
    Workspace col_(bytes(group * g->K * g->outSize)), gy_(group > 1 ? bytes(group * ySize()) : 1);
    T *col = (T *)col_.data();
    for (int64_t first = 0; first < n; first += group) {
      int64_t s = THMin(group, n - first), row = s * g->outSize;
      const T *from = packed(s, gy + first * ySize(), (T *)gy_.data());
      unfold_group(s, x + first * xSize(), col);
      gemm('t', 'n', g->K, g->outputs, row, scale, col, row, from, row, 1, gw);
    }
  }
};

template <class T>
static void run_forward(const char *op, const THNN_Window *g, THType type, int64_t n,
                        const void *x, const void *w, const void *bias, void *y)
{
  Conv<T> c(op, g, type, n);
  if (THCDnn_forward(op, g, type, n, x, w, y))
    c.bias_to(g->outputs, g->outSize, (const T *)bias, (T *)y);
  else c.forward((const T *)x, (const T *)w, (const T *)bias, (T *)y);
}

template <class T>
static void run_backward_data(const char *op, const THNN_Window *g, THType type, int64_t n,
                              const void *gy, const void *w, const void *bias, void *gx)
{
  Conv<T> c(op, g, type, n);
  if (THCDnn_backwardData(op, g, type, n, gy, w, gx))
    c.bias_to(g->planes, g->inSize, (const T *)bias, (T *)gx);
  else c.backward_data((const T *)gy, (const T *)w, (const T *)bias, (T *)gx);
}

template <class T>
static void run_backward_weight(const char *op, const THNN_Window *g, THType type, int64_t n,
                                const void *x, const void *gy, void *gw, double scale)
{
  if (!THCDnn_backwardWeight(op, g, type, n, x, gy, gw, scale))
    Conv<T>(op, g, type, n).backward_weight((const T *)x, (const T *)gy, (T *)gw, scale);
}

void THCUNN_convForward(const char *op, const THNN_Window *g, THType type, int64_t n,
                        const void *x, const void *w, const void *bias, void *y)
{
  THCUNN_DISPATCH(type, run_forward, op, g, type, n, x, w, bias, y);
}

void THCUNN_convBackwardData(const char *op, const THNN_Window *g, THType type, int64_t n,
                             const void *gy, const void *w, const void *bias, void *gx)
{
  THCUNN_DISPATCH(type, run_backward_data, op, g, type, n, gy, w, bias, gx);
}

void THCUNN_convBackwardWeight(const char *op, const THNN_Window *g, THType type, int64_t n,
                               const void *x, const void *gy, void *gw, double scale)
{
  THCUNN_DISPATCH(type, run_backward_weight, op, g, type, n, x, gy, gw, scale);
}
