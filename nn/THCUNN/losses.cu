// Sums of losses: element by element, and of class scores. The result stays on the GPU.
#include "THCUNN.h"
using namespace thcunn;

// One functor for each line of the list: adds the loss of element i.
#define F(name) name
#define LOSS_OF(name, weight, expr)                                                                \
  template <class T> struct Loss_##name {                                                          \
    const T *X, *Y, *W;                                                                            \
    Compute<T> m;                                                                                  \
    __device__ void operator()(int64_t, int64_t i, Sums *s) const                                  \
    {                                                                                              \
      typedef Compute<T> real;                                                                     \
      const real x = load(X + i), y = load(Y + i), w = weight;                                     \
      (void)y, (void)w;                                                                            \
      s->a += (double)(expr);                                                                      \
    }                                                                                              \
  };
#define LOSS(name, expr) LOSS_OF(name, 1, expr)
#define LOSS_WEIGHTED(name, expr) LOSS_OF(name, load(W + i), expr)
#include "loss_list.h"

template <class T> struct Scaled {
  T *output;
  double scale;
  __device__ void operator()(int64_t, Sums s) const { store(output, s.a * scale); }
};

template <class T>
static void loss_sum(THNNLoss loss, int64_t n, const void *x_, const void *y_, const void *w_,
                     double m_, double scale, void *output)
{
  const T *x = (const T *)x_, *y = (const T *)y_, *w = (const T *)w_;
  Compute<T> m = (Compute<T>)m_;
  Scaled<T> result = {(T *)output, scale};
  switch (loss) {
#define LOSS(name, expr)                                                                           \
  case THNN_LOSS_##name:                                                                           \
    sum_segments(1, n, Loss_##name<T>{x, y, w, m}, result);                                        \
    break;
#include "loss_list.h"
  case THNN_LOSS_COUNT: break;
  }
}

void THCUNN_lossSum(THType type, THNNLoss loss, int64_t n, const void *x, const void *y,
                    const void *w, double m, double scale, void *output)
{
  THCUNN_DISPATCH(type, loss_sum, loss, n, x, y, w, m, scale, output);
}

// ---- negative log likelihood ----

// The target of frame and position i, from 0; -1 when it is ignored, -2 when it is out of range.
static __device__ int64_t target_of(const THNN_Classes &c, int64_t i)
{
  int64_t t = c.target[i];
  if (t == c.ignore) return -1;
  t -= TH_INDEX_BASE;
  return t >= 0 && t < c.classes ? t : -2;
}

static __device__ int64_t score_of(const THNN_Classes &c, int64_t i, int64_t t)
{
  int64_t position = i, frame = split(&position, c.positions);
  return (frame * c.classes + t) * c.positions + position;
}

template <class T> struct Nll {
  THNN_Classes c;
  const T *x, *w;
  __device__ void operator()(int64_t, int64_t i, Sums *s) const
  {
    int64_t t = target_of(c, i);
    if (t == -1) return;
    double weight = t < 0 || !w ? 1 : (double)load(w + t);
    s->a -= t < 0 ? (double)NAN : (double)load(x + score_of(c, i, t)) * weight;
    s->b += weight;
  }
};

template <class T> struct NllResult {
  T *output, *total;
  bool average;
  __device__ void operator()(int64_t, Sums s) const
  {
    store(output, average && s.b != 0 ? s.a / s.b : s.a);
    store(total, s.b);
  }
};

template <class T>
static void nll(const THNN_Classes *c, const void *x, const void *w, bool average, void *output,
                void *total)
{
  sum_segments(1, c->frames * c->positions, Nll<T>{*c, (const T *)x, (const T *)w},
               NllResult<T>{(T *)output, (T *)total, average});
}

void THCUNN_nll(THType type, const THNN_Classes *c, const void *x, const void *w, bool average,
                void *output, void *total)
{
  THCUNN_DISPATCH(type, nll, c, x, w, average, output, total);
}

template <class T>
__global__ void nll_grad(THNN_Classes c, const T *w, bool average, const T *total_, T *gx)
{
  double total = (double)load(total_);
  if (!(total > 0)) return;
  THCUNN_EACH(i, c.frames * c.positions)
  {
    int64_t t = target_of(c, i);
    if (t >= 0)
      store(gx + score_of(c, i, t), -(w ? (double)load(w + t) : 1) / (average ? total : 1));
  }
}

template <class T>
static void launch_grad(const THNN_Classes *c, const void *w, bool average, const void *total,
                        void *gx)
{
  THC_LAUNCH((nll_grad<T>), grid_for(c->frames * c->positions), BLOCK, 0, current_stream(), *c,
             (const T *)w, average, (const T *)total, (T *)gx);
}

void THCUNN_nllGrad(THType type, const THNN_Classes *c, const void *w, bool average,
                    const void *total, void *gx)
{
  THCUNN_DISPATCH(type, launch_grad, c, w, average, total, gx);
}
