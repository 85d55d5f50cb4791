// Attention of several heads, blockwise in shared memory, so that no queries x keys matrix is kept (Rabe, Staats, 2021; Dao
// and others, 2022). A block has a tile of queries, or of keys, and 64 columns of its result; it goes along all tiles of the
// other, and sums in that order. The way back computes the scores again: a kernel for keys and values, one for queries.
#include "THCUNN.h"
using namespace thcunn;

enum {
  TILE = 32,    // queries or keys
  SLICE = 32,   // columns of a product's factors at a time
  WIDTH = 64,   // columns of a result
  THREADS = 128 // 16 x 8: a thread has rows 2 r and 2 r + 1, and columns c, c + 8, ...
};

template <class C> struct Room {
  C a[TILE][SLICE + 1], b[TILE][SLICE + 1]; // rows of both factors
  C p[TILE][TILE + 1];                      // what comes of the scores, by query and key
  C v[TILE][WIDTH];
  C max[TILE], factor[TILE];
  double sum[TILE];
};

static __device__ __forceinline__ int row_of(int i) { return (int)threadIdx.x / 8 * 2 + i; }
static __device__ __forceinline__ int column_of(int j) { return (int)threadIdx.x % 8 + 8 * j; }

// A head's rows of one sample.
template <class T> struct HeadRows {
  T *data;
  int64_t ld;
  __device__ HeadRows(const THNN_SampleRows &r, int64_t sample, int64_t head, int64_t n)
      : data((T *)r.data + sample * r.step + head * n), ld(r.ld)
  {
  }
};

// What a block works on: part of one head's queries or keys, and columns of its result.
struct Place {
  int64_t sample, head, first, column;
  __device__ Place(const THNN_Attention &a, int64_t tiles)
  {
    const int64_t at = quotient(blockIdx.x, tiles);
    first = (blockIdx.x - at * tiles) * TILE;
    sample = quotient(at, a.heads);
    head = at - sample * a.heads;
    column = (int64_t)blockIdx.y * WIDTH;
  }
};

static __device__ int tile_rows(int64_t all, int64_t first) { return all - first < TILE ? (int)(all - first) : TILE; }

template <class C, class T>
static __device__ void load_slice(C (*to)[SLICE + 1], const HeadRows<T> &x, int64_t first, int rows, int64_t column, int64_t n)
{
  for (int e = (int)threadIdx.x; e < TILE * SLICE; e += THREADS) {
    const int r = e / SLICE, c = e % SLICE;
    to[r][c] = r < rows && column + c < n ? (C)load(x.data + (first + r) * x.ld + column + c) : (C)0;
  }
}

// Products of rows of x with rows of y, of n columns.
template <class C, class T>
static __device__ void products(Room<C> *room, const HeadRows<T> &x, int64_t first_x, int rows_x, const HeadRows<T> &y,
                                int64_t first_y, int rows_y, int64_t n, C (*r)[4])
{
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 4; j++) r[i][j] = 0;
  for (int64_t column = 0; column < n; column += SLICE) {
    __syncthreads();
    load_slice(room->a, x, first_x, rows_x, column, n);
    load_slice(room->b, y, first_y, rows_y, column, n);
    __syncthreads();
    for (int k = 0; k < SLICE; k++)
      for (int i = 0; i < 2; i++)
        for (int j = 0; j < 4; j++) r[i][j] += room->a[row_of(i)][k] * room->b[column_of(j)][k];
  }
}

// WIDTH columns of a tile, in room->v.
template <class C, class T>
static __device__ void load_columns(Room<C> *room, const HeadRows<T> &x, int64_t first, int rows, int64_t column, int64_t n)
{
  for (int e = (int)threadIdx.x; e < TILE * WIDTH; e += THREADS) {
    const int r = e / WIDTH, c = e % WIDTH;
    room->v[r][c] = r < rows && column + c < n ? (C)load(x.data + (first + r) * x.ld + column + c) : (C)0;
  }
}

// r += p v, or p' v
template <bool TRANSPOSED, class C> static __device__ void add_product(const Room<C> *room, C (*r)[8])
{
  for (int k = 0; k < TILE; k++)
    for (int i = 0; i < 2; i++) {
      const C p = TRANSPOSED ? room->p[k][row_of(i)] : room->p[row_of(i)][k];
      for (int j = 0; j < 8; j++) r[i][j] += p * room->v[k][column_of(j)];
    }
}

template <class C, class T>
static __device__ void store_columns(const HeadRows<T> &y, int64_t first, int rows, int64_t column, int64_t n, C (*r)[8])
{
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 8; j++)
      if (row_of(i) < rows && column + column_of(j) < n)
        store(y.data + (first + row_of(i)) * y.ld + column + column_of(j), r[i][j]);
}

// Whether query q sees key k; both may lie behind the last.
static __device__ bool sees(const THNN_Attention &a, int64_t sample, int64_t q, int64_t k)
{
  if (q >= a.queries || k >= a.keys || (a.causal && k > q + a.keys - a.queries)) return false;
  return !a.mask || !a.mask[sample * a.keys + k];
}

static __device__ int64_t logsum_at(const THNN_Attention &a, const Place &at)
{
  return (at.sample * a.heads + at.head) * a.queries;
}

// Keys that a tile of queries may see.
static __device__ int64_t last_key(const THNN_Attention &a, int64_t q)
{
  const int64_t end = q + TILE + a.keys - a.queries;
  return !a.causal || end > a.keys ? a.keys : end;
}

template <class C> static __device__ void clear(C (*r)[8])
{
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 8; j++) r[i][j] = 0;
}

// ---- forward ----

// Scores in room->p become exponentials of the differences to the greatest so far; factor: what has been summed counts as.
template <class C> static __device__ void soften(Room<C> *room)
{
  const int t = (int)threadIdx.x;
  __syncthreads();
  if (t < TILE) {
    C top = room->max[t];
    for (int k = 0; k < TILE; k++) top = room->p[t][k] > top ? room->p[t][k] : top;
    room->factor[t] = top > room->max[t] ? (C)exp(room->max[t] - top) : (C)1;
    room->max[t] = top;
  }
  __syncthreads();
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 4; j++) {
      C *p = &room->p[row_of(i)][column_of(j)];
      *p = *p == -(C)INFINITY ? (C)0 : (C)exp(*p - room->max[row_of(i)]);
    }
  __syncthreads();
  if (t >= TILE) return;
  double sum = 0;
  for (int k = 0; k < TILE; k++) sum += room->p[t][k];
  room->sum[t] = room->sum[t] * room->factor[t] + sum;
}

template <class T> __global__ void __launch_bounds__(THREADS) attend(THNN_Attention a, int64_t tiles)
{
  typedef Compute<T> C;
  THC_SHARED(Room<C>, room);
  const Place at(a, tiles);
  const HeadRows<T> query(a.query, at.sample, at.head, a.n), key(a.key, at.sample, at.head, a.n),
      value(a.value, at.sample, at.head, a.n), output(a.output, at.sample, at.head, a.n);
  const int rows = tile_rows(a.queries, at.first);
  C score[2][4], y[2][8];
  clear(y);
  if (threadIdx.x < TILE) room->max[threadIdx.x] = -(C)INFINITY, room->sum[threadIdx.x] = 0;
  for (int64_t k = 0, end = last_key(a, at.first); k < end; k += TILE) {
    const int keys = tile_rows(a.keys, k);
    products(room, query, at.first, rows, key, k, keys, a.n, score);
    for (int i = 0; i < 2; i++)
      for (int j = 0; j < 4; j++)
        room->p[row_of(i)][column_of(j)] =
            sees(a, at.sample, at.first + row_of(i), k + column_of(j)) ? score[i][j] * (C)a.scale : -(C)INFINITY;
    load_columns(room, value, k, keys, at.column, a.n);
    soften(room);
    for (int i = 0; i < 2; i++)
      for (int j = 0; j < 8; j++) y[i][j] *= room->factor[row_of(i)];
    add_product<false>(room, y);
  }
  __syncthreads();
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 8; j++) y[i][j] *= room->sum[row_of(i)] > 0 ? (C)(1 / room->sum[row_of(i)]) : (C)0;
  store_columns(output, at.first, rows, at.column, a.n, y);
  const int t = (int)threadIdx.x;
  if (blockIdx.y == 0 && t < rows)
    store((T *)a.logsum + logsum_at(a, at) + at.first + t,
          room->sum[t] > 0 ? (C)(room->max[t] + log(room->sum[t])) : (C)INFINITY);
}

// ---- backward ----

// Products of output and its gradient, a query each.
template <class T> struct OutputTerms {
  THNN_Attention a;
  __device__ void operator()(int64_t row, int64_t i, Sums *s) const
  {
    const int64_t at = quotient(row, a.queries), q = row - at * a.queries, sample = quotient(at, a.heads);
    const HeadRows<T> y(a.output, sample, at - sample * a.heads, a.n), g(a.gradOutput, sample, at - sample * a.heads, a.n);
    s->a += (double)load(y.data + q * y.ld + i) * load(g.data + q * g.ld + i);
  }
};
template <class C> struct KeepSum {
  C *r;
  __device__ void operator()(int64_t row, Sums s) const { r[row] = (C)s.a; }
};

// A tile of queries and one of keys: probabilities, and gradients of the scores before they were scaled.
template <class C, class T>
static __device__ void score_gradients(const THNN_Attention &a, Room<C> *room, const Place &at, int64_t q, int64_t k,
                                       const C *terms, C (*p)[4], C (*g)[4])
{
  const HeadRows<T> query(a.query, at.sample, at.head, a.n), key(a.key, at.sample, at.head, a.n),
      value(a.value, at.sample, at.head, a.n), gradOutput(a.gradOutput, at.sample, at.head, a.n);
  const int rows = tile_rows(a.queries, q), keys = tile_rows(a.keys, k);
  const int64_t first = logsum_at(a, at) + q;
  products(room, query, q, rows, key, k, keys, a.n, p);
  products(room, gradOutput, q, rows, value, k, keys, a.n, g);
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 4; j++) {
      const int r = row_of(i);
      if (sees(a, at.sample, q + r, k + column_of(j))) {
        p[i][j] = (C)exp(p[i][j] * (C)a.scale - (C)load((const T *)a.logsum + first + r));
        g[i][j] = p[i][j] * (g[i][j] - terms[first + r]) * (C)a.scale;
      } else {
        p[i][j] = g[i][j] = 0;
      }
    }
}

// room->p = p, once nobody reads what was there
template <class C> static __device__ void put_tile(Room<C> *room, C (*p)[4])
{
  __syncthreads();
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 4; j++) room->p[row_of(i)][column_of(j)] = p[i][j];
}

template <class T, class C>
__global__ void __launch_bounds__(THREADS) attend_grad_keys(THNN_Attention a, int64_t tiles, const C *terms)
{
  THC_SHARED(Room<C>, room);
  const Place at(a, tiles);
  const HeadRows<T> query(a.query, at.sample, at.head, a.n), gradOutput(a.gradOutput, at.sample, at.head, a.n);
  C p[2][4], g[2][4], gk[2][8], gv[2][8];
  clear(gk);
  clear(gv);
  const int64_t begin = a.causal ? at.first - (a.keys - a.queries) : 0;
  for (int64_t q = begin > 0 ? begin / TILE * TILE : 0; q < a.queries; q += TILE) {
    const int rows = tile_rows(a.queries, q);
    score_gradients<C, T>(a, room, at, q, at.first, terms, p, g);
    put_tile(room, p);
    load_columns(room, gradOutput, q, rows, at.column, a.n);
    __syncthreads();
    add_product<true>(room, gv);
    put_tile(room, g);
    load_columns(room, query, q, rows, at.column, a.n);
    __syncthreads();
    add_product<true>(room, gk);
  }
  const int keys = tile_rows(a.keys, at.first);
  store_columns(HeadRows<T>(a.gradKey, at.sample, at.head, a.n), at.first, keys, at.column, a.n, gk);
  store_columns(HeadRows<T>(a.gradValue, at.sample, at.head, a.n), at.first, keys, at.column, a.n, gv);
}

template <class T, class C>
__global__ void __launch_bounds__(THREADS) attend_grad_queries(THNN_Attention a, int64_t tiles, const C *terms)
{
  THC_SHARED(Room<C>, room);
  const Place at(a, tiles);
  const HeadRows<T> key(a.key, at.sample, at.head, a.n);
  C p[2][4], g[2][4], gq[2][8];
  clear(gq);
  for (int64_t k = 0, end = last_key(a, at.first); k < end; k += TILE) {
    score_gradients<C, T>(a, room, at, at.first, k, terms, p, g);
    put_tile(room, g);
    load_columns(room, key, k, tile_rows(a.keys, k), at.column, a.n);
    __syncthreads();
    add_product<false>(room, gq);
  }
  store_columns(HeadRows<T>(a.gradQuery, at.sample, at.head, a.n), at.first, tile_rows(a.queries, at.first), at.column, a.n, gq);
}

// ---- launches ----

static int64_t tiles_of(int64_t n) { return (n + TILE - 1) / TILE; }

static dim3 grid_of(const THNN_Attention *a, int64_t tiles)
{
  const int64_t blocks = a->samples * a->heads * tiles, slices = (a->n + WIDTH - 1) / WIDTH;
  if (blocks > INT32_MAX || slices > 65535)
    THError("MultiHeadAttention: %lld blocks of %lld columns are too many for one launch", (long long)blocks, (long long)a->n);
  return dim3((unsigned)blocks, (unsigned)slices);
}

static bool is_empty(const THNN_Attention *a) { return a->samples == 0 || a->n == 0; }

template <class T> static void forward(const THNN_Attention *a)
{
  const int64_t tiles = tiles_of(a->queries);
  if (is_empty(a) || tiles == 0) return;
  THC_LAUNCH((attend<T>), grid_of(a, tiles), THREADS, sizeof(Room<Compute<T>>), current_stream(), *a, tiles);
}

template <class T> static void backward(const THNN_Attention *a)
{
  typedef Compute<T> C;
  if (is_empty(a)) return;
  const int64_t queries = tiles_of(a->queries), keys = tiles_of(a->keys), rows = a->samples * a->heads * a->queries;
  Workspace room(THMax(1, rows) * (int64_t)sizeof(C));
  C *terms = (C *)room.data();
  if (rows) sum_segments(rows, a->n, OutputTerms<T>{*a}, KeepSum<C>{terms});
  if (keys)
    THC_LAUNCH((attend_grad_keys<T, C>), grid_of(a, keys), THREADS, sizeof(Room<C>), current_stream(), *a, keys, terms);
  if (queries)
    THC_LAUNCH((attend_grad_queries<T, C>), grid_of(a, queries), THREADS, sizeof(Room<C>), current_stream(), *a, queries, terms);
}

void THCUNN_attention(const THNN_Attention *a) { THCUNN_DISPATCH(a->type, forward, a); }
void THCUNN_attentionGrad(const THNN_Attention *a) { THCUNN_DISPATCH(a->type, backward, a); }
