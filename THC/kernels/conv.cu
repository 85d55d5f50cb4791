/* Convolutions of TH (TH/ops/THTensorConv.c), a thread an output element. nn's are elsewhere
   (nn/THCUNN); these serve torch.conv2 and its sisters, for every type. */
#include "ops/THConv.h"
#include "THCKernels.h"
#include "THCMath.cuh"
#include "THCPlan.cuh"

/* Sums wrap around, as the element type does. */
template <class T, bool floating = THCReal<T>::floating> struct THCWrapping {
  typedef double type;
};
template <class T> struct THCWrapping<T, false> {
  typedef uint64_t type;
};

/* The input position that kernel position q meets at output position p; -1: none. */
static __device__ int64_t met(const THConv &c, int d, int64_t p, int64_t q)
{
  if (!c.full) return p * c.step[d] + q * c.spread[d];
  const int64_t far = p - q, at = far / c.step[d];
  return far >= 0 && at * c.step[d] == far && at < c.in[d] ? at : -1;
}

template <class T>
__device__ typename THCWrapping<T>::type
  meet(const THConv &c, const T *t, const T *k, int64_t z, int64_t y, int64_t x)
{
  typedef typename THCWrapping<T>::type Acc;
  Acc acc = 0;
  for (int64_t q0 = 0; q0 < c.ker[0]; q0++) {
    const int64_t t0 = met(c, 0, z, q0), k0 = c.flip ? c.ker[0] - 1 - q0 : q0;
    if (t0 < 0) continue;
    for (int64_t q1 = 0; q1 < c.ker[1]; q1++) {
      const int64_t t1 = met(c, 1, y, q1), k1 = c.flip ? c.ker[1] - 1 - q1 : q1;
      if (t1 < 0) continue;
      for (int64_t q2 = 0; q2 < c.ker[2]; q2++) {
        const int64_t t2 = met(c, 2, x, q2), k2 = c.flip ? c.ker[2] - 1 - q2 : q2;
        if (t2 >= 0)
          acc += (Acc)THC_load(t[(t0 * c.in[1] + t1) * c.in[2] + t2]) *
                 (Acc)THC_load(k[(k0 * c.ker[1] + k1) * c.ker[2] + k2]);
      }
    }
  }
  return acc;
}

template <class T> __global__ void __launch_bounds__(THC_BLOCK) convolve_volumes(THConv c, int64_t volumes)
{
  typedef typename THCWrapping<T>::type Acc;
  const int64_t out = c.out[0] * c.out[1] * c.out[2], tv = c.in[0] * c.in[1] * c.in[2],
                kv = c.ker[0] * c.ker[1] * c.ker[2];
  for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < volumes * out;
       i += (int64_t)gridDim.x * blockDim.x) {
    const int64_t p = i / out, at = i - p * out, z = at / (c.out[1] * c.out[2]), y = at / c.out[2] % c.out[1],
                  x = at % c.out[2], outer = p / c.inner_count, inner = p % c.inner_count;
    const T *t = (const T *)c.t + outer * c.t_outer + inner * c.t_inner;
    const T *k = (const T *)c.k + outer * c.k_outer + inner * c.k_inner;
    Acc acc = 0;
    if (c.map) {
      for (int64_t j = 0; j < c.kernels; j++)
        if (c.map[2 * j + 1] == p + 1)
          acc += meet(c, (const T *)c.t + (c.map[2 * j] - 1) * tv, (const T *)c.k + j * kv, z, y, x);
    } else {
      for (int64_t j = 0; j < c.terms; j++) acc += meet(c, t + j * c.t_term, k + j * c.k_term, z, y, x);
    }
    const Acc alpha = THCReal<T>::floating ? (Acc)c.alpha.d : (Acc)c.alpha.i,
              beta = THCReal<T>::floating ? (Acc)c.beta.d : (Acc)c.beta.i;
    T *r = (T *)c.r + i;
    acc *= alpha;
    if (!c.clear) acc += beta * (Acc)THC_load(*r);
    *r = THCStore<T>::from(acc);
  }
}

void THC_convolve(const THConv *c, int64_t volumes)
{
  const unsigned grid = THC_grid(volumes * c->out[0] * c->out[1] * c->out[2]);
  switch (THType_element(c->type)) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: \
    THC_LAUNCH((convolve_volumes<real>), grid, THC_BLOCK, 0, THC_stream(), *c, volumes); \
    break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}
