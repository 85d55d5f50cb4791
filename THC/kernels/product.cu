/* Products of matrices of integers, which cuBLAS lacks: a block a tile of the result, the factors by way
   of shared memory. Sums wrap around, as on the CPU. */
#include "THCKernels.h"
#include "THCMath.cuh"
#include "THCPlan.cuh"

namespace {
constexpr int SIDE = 16; /* of a tile: THC_BLOCK elements */

struct Product {
  int64_t m, n, k, batch;
  int64_t a_row, a_column, a_matrix, b_row, b_column, b_matrix, ldc, c_matrix; /* in elements */
  int64_t alpha, beta;
};
} // namespace

/* Element (i, k) of a and (k, j) of b, for column-major c. */
template <class T, class Acc>
__global__ void __launch_bounds__(THC_BLOCK) multiply_integers(Product p, const T *a, const T *b, T *c)
{
  THC_SHARED(Acc, left);
  Acc *right = left + SIDE * SIDE;
  const int x = (int)threadIdx.x % SIDE, y = (int)threadIdx.x / SIDE;
  const int64_t down = (p.m + SIDE - 1) / SIDE, across = (p.n + SIDE - 1) / SIDE;
  for (int64_t tile = blockIdx.x; tile < p.batch * down * across; tile += gridDim.x) {
    const int64_t matrix = tile / (down * across), place = tile - matrix * (down * across);
    const int64_t first_row = place % down * SIDE, first_column = place / down * SIDE;
    const int64_t i = first_row + x, j = first_column + y;
    const T *am = a + matrix * p.a_matrix, *bm = b + matrix * p.b_matrix;
    Acc acc = 0;
    for (int64_t k = 0; k < p.k; k += SIDE) {
      left[y * SIDE + x] = i < p.m && k + y < p.k ? (Acc)am[i * p.a_row + (k + y) * p.a_column] : 0;
      right[y * SIDE + x] = j < p.n && k + x < p.k ? (Acc)bm[(k + x) * p.b_row + j * p.b_column] : 0;
      __syncthreads();
      for (int q = 0; q < SIDE; q++) acc += left[q * SIDE + x] * right[y * SIDE + q];
      __syncthreads();
    }
    if (i >= p.m || j >= p.n) continue;
    T *at = c + matrix * p.c_matrix + j * p.ldc + i;
    acc *= (Acc)p.alpha;
    if (p.beta) acc += (Acc)p.beta * (Acc)*at;
    *at = (T)acc;
  }
}

template <class T> static void multiply(const Product &p, const void *a, const void *b, void *c)
{
  typedef typename std::conditional<(sizeof(T) > 4), uint64_t, uint32_t>::type Acc;
  const int64_t tiles = p.batch * ((p.m + SIDE - 1) / SIDE) * ((p.n + SIDE - 1) / SIDE);
  THC_LAUNCH((multiply_integers<T, Acc>), THC_grid(tiles * THC_BLOCK), THC_BLOCK, 2 * SIDE * SIDE * sizeof(Acc),
             THC_stream(), p, (const T *)a, (const T *)b, (T *)c);
}

void THC_integerGemm(THType type, const THDeviceGemm *g, const void *a, const void *b, void *c)
{
  const bool ta = g->ta != 'n', tb = g->tb != 'n';
  const int64_t k = g->alpha.i == 0 ? 0 : g->k;
  const Product p = {g->m, g->n, k, g->batch, ta ? g->lda : 1, ta ? 1 : g->lda, g->sa, tb ? g->ldb : 1,
                     tb ? 1 : g->ldb, g->sb, g->ldc, g->sc, g->alpha.i, g->beta.i};
  switch (THType_element(type)) {
  case TH_BYTE: multiply<unsigned char>(p, a, b, c); break;
  case TH_CHAR: multiply<THChar>(p, a, b, c); break;
  case TH_SHORT: multiply<short>(p, a, b, c); break;
  case TH_INT: multiply<int>(p, a, b, c); break;
  default: multiply<int64_t>(p, a, b, c); break;
  }
}
