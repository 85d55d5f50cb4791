#ifndef THC_MAP_CUH
#define THC_MAP_CUH
/* Pointwise kernels: r = op(x, y, z). Each element is computed by one thread, so results depend on
   nothing but the operands, and operands may be the result itself.

   Two kernels an operation: map_packs for aligned runs, which moves 16 bytes of the widest operand
   at once (other operands may be one element, repeated), and map_strided for everything else.

   An operation is a plain struct:
     nin                                        number of inputs
     Out, X, Y, Z                               elements as stored
     run(Out (&r)[V], const X (&x)[V], ...)     computes V elements; inputs beyond nin are zero */
#include "THCMath.cuh"
#include "THCPlan.cuh"

/* An operation of one element after the other, by operator()(x, y, z). */
template <class Op, class R, class X_, class Y_ = X_, class Z_ = X_> struct THCEach {
  typedef R Out;
  typedef X_ X;
  typedef Y_ Y;
  typedef Z_ Z;
  template <int V>
  __device__ void run(Out (&r)[V], const X (&x)[V], const Y (&y)[V], const Z (&z)[V]) const
  {
    const Op &op = static_cast<const Op &>(*this);
    THC_UNROLL
    for (int i = 0; i < V; i++)
      r[i] = THCStore<Out>::from(op(THC_load(x[i]), THC_load(y[i]), THC_load(z[i])));
  }
};

template <int N> struct THCFlat {
  char *base[N];
  uint32_t numel;
  unsigned repeated; /* bit k: operand k is one element */
};

template <class Op> struct THCMapShape {
  static constexpr int operands = Op::nin + 1;
  static constexpr size_t sizes[4] = {sizeof(typename Op::Out), sizeof(typename Op::X),
                                      sizeof(typename Op::Y), sizeof(typename Op::Z)};
  static constexpr size_t widest()
  {
    size_t bytes = sizes[0];
    for (int k = 1; k < operands; k++)
      if (sizes[k] > bytes) bytes = sizes[k];
    return bytes;
  }
  static constexpr int pack = (int)(16 / widest());
};

/* Pack i of V elements of operand K. */
template <int K, class T, int V, int N>
__device__ void THC_loadPack(THCPack<T, V> &p, const THCFlat<N> &f, uint32_t i)
{
  if constexpr (K < N) {
    if (f.repeated >> K & 1) {
      const T v = *(const T *)f.base[K];
      THC_UNROLL
      for (int j = 0; j < V; j++) p.at[j] = v;
    } else {
      p = ((const THCPack<T, V> *)f.base[K])[i];
    }
  }
}

template <class Op, int V, int N>
__device__ void THC_mapPack(const THCFlat<N> &f, const Op &op, uint32_t i)
{
  THCPack<typename Op::X, V> x = {};
  THCPack<typename Op::Y, V> y = {};
  THCPack<typename Op::Z, V> z = {};
  THCPack<typename Op::Out, V> r = {};
  THC_loadPack<1>(x, f, i);
  THC_loadPack<2>(y, f, i);
  THC_loadPack<3>(z, f, i);
  op.run(r.at, x.at, y.at, z.at);
  ((THCPack<typename Op::Out, V> *)f.base[0])[i] = r;
}

template <class Op>
__global__ void __launch_bounds__(THC_BLOCK) map_packs(THCFlat<THCMapShape<Op>::operands> f, Op op)
{
  constexpr int V = THCMapShape<Op>::pack;
  const uint32_t thread = blockIdx.x * blockDim.x + threadIdx.x, packs = f.numel / V;
  for (uint32_t i = thread; i < packs; i += gridDim.x * blockDim.x) THC_mapPack<Op, V>(f, op, i);
  if (packs * V + thread < f.numel) THC_mapPack<Op, 1>(f, op, packs * V + thread);
}

template <class Op>
__global__ void __launch_bounds__(THC_BLOCK) map_strided(THCPlan<THCMapShape<Op>::operands> p, Op op)
{
  for (uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < p.numel; i += gridDim.x * blockDim.x) {
    char *at[THCMapShape<Op>::operands];
    p.locate(i, at);
    typename Op::X x[1] = {};
    typename Op::Y y[1] = {};
    typename Op::Z z[1] = {};
    if constexpr (Op::nin >= 1) x[0] = *(const typename Op::X *)at[1];
    if constexpr (Op::nin >= 2) y[0] = *(const typename Op::Y *)at[2];
    if constexpr (Op::nin >= 3) z[0] = *(const typename Op::Z *)at[3];
    op.run(*(typename Op::Out(*)[1])at[0], x, y, z);
  }
}

/* False when the plan is not made of runs that packs can go over. */
template <int N>
bool THC_flatten(THCFlat<N> *f, const THPlan *plan, const size_t *sizes, int pack)
{
  if (plan->ndim != 1) return false;
  f->numel = (uint32_t)plan->numel;
  f->repeated = 0;
  for (int k = 0; k < N; k++) {
    f->base[k] = plan->base[k];
    if (k > 0 && plan->stride[0][k] == 0) f->repeated |= 1u << k;
    else if (plan->stride[0][k] != (int64_t)sizes[k] || (uintptr_t)f->base[k] % (sizes[k] * pack))
      return false;
  }
  return true;
}

/* The plan is a piece (THCPlan_pieces). */
template <class Op> void THC_map(const THPlan *plan, const Op &op)
{
  typedef THCMapShape<Op> Shape;
  static constexpr size_t sizes[4] = {sizeof(typename Op::Out), sizeof(typename Op::X),
                                      sizeof(typename Op::Y), sizeof(typename Op::Z)};
  THCFlat<Shape::operands> flat;
  if (THC_flatten(&flat, plan, sizes, Shape::pack)) {
    const unsigned grid = THC_grid((plan->numel + Shape::pack - 1) / Shape::pack);
    THC_LAUNCH((map_packs<Op>), grid, THC_BLOCK, 0, THC_stream(), flat, op);
  } else {
    const THCPlan<Shape::operands> strided(plan);
    THC_LAUNCH((map_strided<Op>), THC_grid(plan->numel), THC_BLOCK, 0, THC_stream(), strided, op);
  }
}

/* What stands for an operation that a type does not have. */
struct THCAbsent {};

/* Launchers by operation, of each element type; NULL where the operation does not exist. */
typedef void (*THCMapLauncher)(const THPlan *piece, const void *arg);
#define X(Name, real, accreal, CODE) namespace THC##Name { extern const THCMapLauncher maps[]; }
TH_GPU_TYPES(X)
#undef X

/* The other families, defined in files of their own. */
void THC_compare(THCompareOp op, THType type, bool toByte, const THPlan *piece, const void *arg);
void THC_copy(THType to, THType from, const THPlan *piece);
void THC_maskedFill(THType type, const THPlan *piece, const void *arg);

#endif
