/* Copies between any two element types. Equal types, and integers of one width, are moved as bits;
   conversions are those of TH/loops/copy.c: integers keep their low bits, floating to integer is
   TH_wholePart's rule. Two-dimensional
   transpositions of bits go through tiles in shared memory, so that both sides are read and written
   in runs. */
#include "THCMap.cuh"

/* ---- conversions ---- */

template <class To, class From> struct THCConversion {
  typedef To Out;
  typedef From X, Y, Z;
  static constexpr int nin = 1;
  template <int V>
  __device__ void run(To (&r)[V], const From (&x)[V], const From (&)[V], const From (&)[V]) const
  {
    THC_UNROLL
    for (int i = 0; i < V; i++) r[i] = THC_convert<To, From>(x[i]);
  }
};

template <class To> void convert(THType from, const THPlan *piece)
{
  switch (from) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: \
    if constexpr (!std::is_same_v<To, real>) THC_map(piece, THCConversion<To, real>{}); \
    break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}

/* ---- bits ---- */

template <class Bits> struct THCMove : THCEach<THCMove<Bits>, Bits, Bits> {
  static constexpr int nin = 1;
  __device__ Bits operator()(Bits x, Bits, Bits) const { return x; }
};

/* A matrix whose columns are runs of x and whose rows are runs of r, `matrices` times. */
enum { TILE = 32, TILE_ROWS = 8 };
struct THCTranspose {
  char *r;
  const char *x;
  uint32_t width, height, across, tiles; /* tiles side by side; in all, all matrices */
  uint32_t per_matrix;
  int64_t r_row, x_column;               /* bytes from a row of r, a column of x, to the next */
  int64_t r_matrix, x_matrix;
};

template <class Bits> __global__ void __launch_bounds__(TILE * TILE_ROWS) transpose_bits(THCTranspose t)
{
  THC_SHARED(Bits, tile); /* rows of TILE + 1, against bank conflicts */
  const uint32_t lane = threadIdx.x % TILE, row = threadIdx.x / TILE;
  for (uint32_t i = blockIdx.x; i < t.tiles; i += gridDim.x) {
    const uint32_t matrix = i / t.per_matrix, at = i - matrix * t.per_matrix;
    const uint32_t left = at % t.across * TILE, top = at / t.across * TILE;
    const char *x = t.x + matrix * t.x_matrix;
    char *r = t.r + matrix * t.r_matrix;
    for (uint32_t j = row; j < TILE; j += TILE_ROWS)
      if (top + lane < t.height && left + j < t.width)
        tile[j * (TILE + 1) + lane] = ((const Bits *)(x + (left + j) * t.x_column))[top + lane];
    __syncthreads();
    for (uint32_t j = row; j < TILE; j += TILE_ROWS)
      if (left + lane < t.width && top + j < t.height)
        ((Bits *)(r + (top + j) * t.r_row))[left + lane] = tile[lane * (TILE + 1) + j];
    __syncthreads();
  }
}

/* Whether r runs along dimension 0 and x along 1; a dimension 2 counts matrices. */
static bool is_transpose(const THPlan *p, int64_t width)
{
  return (p->ndim == 2 || p->ndim == 3) && p->stride[0][0] == width && p->stride[1][1] == width &&
         p->stride[0][1] != 0 && p->size[0] >= 4 && p->size[1] >= 4;
}

template <class Bits> void transpose(const THPlan *p)
{
  THCTranspose t;
  const int64_t matrices = p->ndim == 3 ? p->size[2] : 1;
  t.r = p->base[0];
  t.x = p->base[1];
  t.width = (uint32_t)p->size[0];
  t.height = (uint32_t)p->size[1];
  t.across = (t.width + TILE - 1) / TILE;
  t.per_matrix = t.across * ((t.height + TILE - 1) / TILE);
  t.tiles = (uint32_t)(t.per_matrix * matrices);
  t.r_row = p->stride[1][0];
  t.x_column = p->stride[0][1];
  t.r_matrix = p->ndim == 3 ? p->stride[2][0] : 0;
  t.x_matrix = p->ndim == 3 ? p->stride[2][1] : 0;
  THC_LAUNCH((transpose_bits<Bits>), THC_grid((int64_t)t.tiles * THC_BLOCK), TILE * TILE_ROWS,
             TILE * (TILE + 1) * sizeof(Bits), THC_stream(), t);
}

template <class Bits> void move(const THPlan *piece)
{
  const int64_t width = (int64_t)sizeof(Bits);
  if (piece->ndim == 1 && piece->stride[0][0] == width && piece->stride[0][1] == width)
    THC_CHECK(cudaMemcpyAsync(piece->base[0], piece->base[1], (size_t)(piece->numel * width),
                              cudaMemcpyDeviceToDevice, THC_stream()));
  else if (is_transpose(piece, width)) transpose<Bits>(piece);
  else THC_map(piece, THCMove<Bits>{});
}

void THC_copy(THType to, THType from, const THPlan *piece)
{
  const size_t width = THType_size(to);
  if (to == from || (to <= TH_CHAR && from <= TH_CHAR)) {
    if (width == 1) move<uint8_t>(piece);
    else if (width == 2) move<uint16_t>(piece);
    else if (width == 4) move<uint32_t>(piece);
    else move<uint64_t>(piece);
    return;
  }
  switch (to) {
#define X(Name, real, accreal, CODE) \
  case TH_##CODE: convert<real>(from, piece); break;
    TH_GPU_TYPES(X)
#undef X
  default: break;
  }
}
