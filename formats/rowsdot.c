/* Products of rows of GGUF's blocks with vectors, in registers of the instruction set that this file is compiled for. The blocks are those of ggufblocks.c. */
#include "THGeneral.h"
#include "THHalf.h"
#include "rows.h"
#include <math.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

/* As many floats as a register holds. */
#ifdef __AVX512F__
enum { LANES = 16 };
#elif defined __AVX2__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif
typedef float Lanes __attribute__((vector_size(4 * LANES)));
typedef float Four __attribute__((vector_size(16)));
#ifdef __AVX2__ /* what products of whole numbers are summed in */
typedef float Sum __attribute__((vector_size(32)));
#else
typedef Lanes Sum;
#endif
typedef uint8_t Bytes __attribute__((vector_size(16)));

static inline float half_at(const uint8_t *p)
{
  uint16_t bits;
  memcpy(&bits, p, sizeof bits);
#ifdef __AVX2__
  return _cvtsh_ss(bits);
#else
  return TH_half2float((THHalf){bits});
#endif
}

static inline Lanes lanes_at(const float *p)
{
  Lanes v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline Bytes bytes_at(const uint8_t *p)
{
  Bytes v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* Bytes k to k + LANES of 16 as floats. */
#ifdef __AVX512F__
#define PART(b, k) ((void)(k), (__m128i)(b))
static inline Lanes unsigned_floats(Bytes b, int k) { return (Lanes)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(PART(b, k))); }
static inline Lanes signed_floats(Bytes b, int k) { return (Lanes)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(PART(b, k))); }
#elif defined __AVX2__
#define PART(b, k) ((k) ? _mm_srli_si128((__m128i)(b), 8) : (__m128i)(b))
static inline Lanes unsigned_floats(Bytes b, int k) { return (Lanes)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(PART(b, k))); }
static inline Lanes signed_floats(Bytes b, int k) { return (Lanes)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(PART(b, k))); }
#else
#define EACH(type) (Lanes){(type)b[k], (type)b[k + 1], (type)b[k + 2], (type)b[k + 3]}
static inline Lanes unsigned_floats(Bytes b, int k) { return EACH(uint8_t); }
static inline Lanes signed_floats(Bytes b, int k) { return EACH(int8_t); }
#endif

static inline float total(Lanes v)
{
  union {
    Lanes all;
    Four part[LANES / 4];
  } u = {v};
  for (int width = LANES / 8; width > 0; width /= 2)
    for (int j = 0; j < width; j++) u.part[j] += u.part[j + width];
  return (u.part[0][0] + u.part[0][2]) + (u.part[0][1] + u.part[0][3]);
}

static float sum_of(const float *x)
{
  Lanes s = {0};
  for (int k = 0; k < 32; k += LANES) s += lanes_at(x + k);
  return total(s);
}

#ifdef __AVX2__
/* Numbers as 256 high + low, of 16 bits, of which the largest is 127 * 256 + 127. The sum is that of the rounded ones: least values and
   scales of blocks have different signs, and so have their errors. */
static void round_part(const float *x, RowPart *part)
{
  enum { LARGEST = 32639 };
  if (!isfinite(sum_of(x))) { /* infinities and NaN have no whole numbers */
    *part = (RowPart){.scale = NAN, .sum = NAN};
    return;
  }
  float most = 0;
  for (int k = 0; k < 32; k++) most = fmaxf(most, fabsf(x[k]));
  float times = most > 1e-30f ? LARGEST / most : 0;
  int sum = 0;
  for (int k = 0; k < 32; k++) {
    int v = (int)(x[k] * times + (x[k] < 0 ? -0.5f : 0.5f)), high = (v + 128) >> 8;
    part->high[k] = (int8_t)high;
    part->low[k] = (int8_t)(v - high * 256);
    sum += v;
  }
  part->scale = most / LARGEST;
  part->sum = part->scale * (float)sum;
}
#else
static void round_part(const float *x, RowPart *part) { part->sum = sum_of(x); }
#endif

static void parts_of(const float *x, int64_t blocks, RowPart *part)
{
  for (int64_t i = 0; i < blocks; i++) round_part(x + 32 * i, part + i);
}

static float dot(const float *row, const float *x, int64_t n)
{
  Lanes even = {0}, odd = {0};
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    even += lanes_at(row + i) * lanes_at(x + i);
    odd += lanes_at(row + i + LANES) * lanes_at(x + i + LANES);
  }
  float r = total(even + odd);
  for (; i < n; i++) r += row[i] * x[i];
  return r;
}

/* 16 and 16 bytes with 32 floats. */
static inline Lanes of_unsigned(Bytes first, Bytes second, const float *x)
{
  Lanes r = {0};
  for (int k = 0; k < 16; k += LANES)
    r += unsigned_floats(first, k) * lanes_at(x + k) + unsigned_floats(second, k) * lanes_at(x + 16 + k);
  return r;
}

#ifdef __AVX2__
/* 32 numbers of 4 bits with a part of x, in whole numbers, for its scale. */
static inline Sum four_bits(__m256i q, const RowPart *x)
{
  const __m256i one = _mm256_set1_epi16(1), more = _mm256_set1_epi16(256);
  __m256i high = _mm256_maddubs_epi16(q, _mm256_loadu_si256((const __m256i *)x->high));
  __m256i low = _mm256_maddubs_epi16(q, _mm256_loadu_si256((const __m256i *)x->low));
  return (Sum)_mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_madd_epi16(high, more), _mm256_madd_epi16(low, one)));
}
#endif

/* 32 numbers of 4 bits, for the part's scale: the lower halves of 16 bytes are the first 16. */
static inline Sum nibbles(const uint8_t *q, const float *x, const RowPart *part)
{
  Bytes b = bytes_at(q);
#ifdef __AVX2__
  (void)x;
  __m128i lower = (__m128i)b, upper = _mm_srli_epi16(lower, 4);
  return four_bits(_mm256_and_si256(_mm256_set_m128i(upper, lower), _mm256_set1_epi8(15)), part);
#else
  (void)part;
  return of_unsigned(b & 15, b >> 4, x);
#endif
}

/* The lower or the upper halves of 32 bytes. */
static inline Sum half_bytes(const uint8_t *q, int upper, const float *x, const RowPart *part)
{
#ifdef __AVX2__
  (void)x;
  __m256i b = _mm256_loadu_si256((const __m256i *)q);
  return four_bits(_mm256_and_si256(upper ? _mm256_srli_epi16(b, 4) : b, _mm256_set1_epi8(15)), part);
#else
  (void)part;
  Bytes a = bytes_at(q), b = bytes_at(q + 16);
  return upper ? of_unsigned(a >> 4, b >> 4, x) : of_unsigned(a & 15, b & 15, x);
#endif
}

static inline Lanes signed_bytes(const uint8_t *q, const float *x)
{
  Lanes r = {0};
  for (int k = 0; k < 16; k += LANES)
    r += signed_floats(bytes_at(q), k) * lanes_at(x + k) + signed_floats(bytes_at(q + 16), k) * lanes_at(x + 16 + k);
  return r;
}

/* Scale and minimum j of 8, of 6 bits each, in 12 bytes. */
static inline void scale_and_min(const uint8_t *s, int j, int *scale, int *least)
{
  *scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
  *least = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | s[j] >> 6 << 4;
}

#ifdef __AVX2__
static inline float part_scale(const RowPart *part) { return part->scale; }
static inline float sum_total(Sum v) { return (v[0] + v[4]) + (v[1] + v[5]) + ((v[2] + v[6]) + (v[3] + v[7])); }
#else
static inline float part_scale(const RowPart *part) { return (void)part, 1; }
static inline float sum_total(Sum v) { return total(v); }
#endif

/* What a row has come to: its products, and what the least values of its blocks add. */
typedef struct Row {
  Lanes products;
  Sum numbers; /* of products of whole numbers */
  float least;
} Row;

static inline float row_total(const Row *r) { return total(r->products) + sum_total(r->numbers) + r->least; }

/* Block by block: p the block, x and s its part of the vector and of the sums. */
static inline __attribute__((always_inline)) void q4_0(Row *r, const uint8_t *p, const float *x, const RowPart *s)
{
  float d = half_at(p);
  r->numbers += d * part_scale(s) * nibbles(p + 2, x, s);
  r->least -= 8 * d * s->sum;
}

static inline __attribute__((always_inline)) void q4_1(Row *r, const uint8_t *p, const float *x, const RowPart *s)
{
  r->numbers += half_at(p) * part_scale(s) * nibbles(p + 4, x, s);
  r->least += half_at(p + 2) * s->sum;
}

static inline __attribute__((always_inline)) void q8_0(Row *r, const uint8_t *p, const float *x, const RowPart *s)
{
  (void)s;
  r->products += half_at(p) * signed_bytes(p + 2, x);
}

/* Parts 2k and 2k + 1 of 32 numbers are the lower and the upper halves of the same 32 bytes. */
static inline __attribute__((always_inline)) void q4_k(Row *r, const uint8_t *p, const float *x, const RowPart *s)
{
  float d = half_at(p), dmin = half_at(p + 2);
  for (int j = 0; j < 8; j++) {
    int scale, m;
    scale_and_min(p + 4, j, &scale, &m);
    r->numbers += d * (float)scale * part_scale(s + j) * half_bytes(p + 16 + j / 2 * 32, j % 2, x + 32 * j, s + j);
    r->least -= dmin * (float)m * s[j].sum;
  }
}

/* Four blocks, of four rows; the next four rows are fetched meanwhile, for the processor expects no four streams of bytes. */
#define FOUR(block, size, q, bytes, next, row, x, s)                  \
  do {                                                                \
    for (int line = 0; line < 4 * (size); line += 64)                 \
      __builtin_prefetch((next) + line);                              \
    block(&(row)[0], (q), x, s);                                      \
    block(&(row)[1], (q) + (bytes), x, s);                            \
    block(&(row)[2], (q) + 2 * (bytes), x, s);                        \
    block(&(row)[3], (q) + 3 * (bytes), x, s);                        \
  } while (0)

/* Rows four at a time: each part of x is read once for them, and none waits for the sum of another. */
#define ROWS(block, size, values)                                                                                         \
  static void block##_rows(const uint8_t *p, int64_t bytes, int64_t rows, const float *x, const RowPart *s, int64_t blocks, \
                           float *r)                                                                                      \
  {                                                                                                                       \
    for (; rows >= 4; rows -= 4, p += 4 * bytes, r += 4) {                                                                \
      Row row[4] = {{{0}, {0}, 0}};                                                                                            \
      for (int64_t i = 0; i < blocks; i++)                                                                                \
        FOUR(block, size, p + i * (size), bytes, p + 4 * (bytes + i * (size)), row, x + i * (values), s + i * ((values) / 32)); \
      for (int k = 0; k < 4; k++) r[k] = row_total(&row[k]);                                                              \
    }                                                                                                                     \
    for (; rows > 0; rows--, p += bytes, r++) {                                                                           \
      Row row = {{0}, {0}, 0};                                                                                                 \
      for (int64_t i = 0; i < blocks; i++) block(&row, p + i * (size), x + i * (values), s + i * ((values) / 32));        \
      *r = row_total(&row);                                                                                               \
    }                                                                                                                     \
  }
ROWS(q4_0, 18, 32)
ROWS(q4_1, 20, 32)
ROWS(q8_0, 34, 32)
ROWS(q4_k, 144, 256)

/* ---- four rows of blocks that begin with one or two halves: these are widened together ---- */

#ifdef __AVX2__
/* The first two halves of a block in each of four rows, a row beside the other. */
static inline Sum heads(const uint8_t *p, int64_t bytes)
{
  int32_t two[4];
  for (int k = 0; k < 4; k++) memcpy(two + k, p + k * bytes, sizeof *two);
  return (Sum)_mm256_cvtph_ps(_mm_setr_epi32(two[0], two[1], two[2], two[3]));
}

static inline Sum spread(Sum v, int k) { return (Sum)_mm256_permutevar8x32_ps((__m256)v, _mm256_set1_epi32(k)); }

/* p: blocks of `size` bytes, numbers from `at` on; least[2 k + which], times `times`, goes to row k. */
static inline __attribute__((always_inline)) void four_rows(const uint8_t *p, int64_t bytes, const RowPart *part, int64_t blocks, int size, int at,
                                                            int which, float times, float *r)
{
  Sum least = {0}, numbers[4] = {{0}};
  for (int64_t i = 0; i < blocks; i++, p += size, part++) {
    for (int line = 0; line < 4 * size; line += 64) __builtin_prefetch(p + 4 * bytes + 3 * i * size + line);
    Sum head = heads(p, bytes), d = head * part->scale;
    least += head * part->sum;
    for (int k = 0; k < 4; k++) numbers[k] += spread(d, 2 * k) * nibbles(p + k * bytes + at, NULL, part);
  }
  for (int k = 0; k < 4; k++) r[k] = sum_total(numbers[k]) + times * least[2 * k + which];
}

#define FOUR_ROWS(block, size, at, which, times)                                                                        \
  static void block##_fours(const uint8_t *p, int64_t bytes, int64_t rows, const float *x, const RowPart *s,            \
                            int64_t blocks, float *r)                                                                   \
  {                                                                                                                     \
    for (; rows >= 4; rows -= 4, p += 4 * bytes, r += 4) four_rows(p, bytes, s, blocks, size, at, which, times, r);     \
    block##_rows(p, bytes, rows, x, s, blocks, r);                                                                      \
  }
FOUR_ROWS(q4_0, 18, 2, 0, -8)
FOUR_ROWS(q4_1, 20, 4, 1, 1)
#else
#define q4_0_fours q4_0_rows
#define q4_1_fours q4_1_rows
#endif

#define NAME_(isa) Rows_##isa
#define NAME(isa) NAME_(isa)
extern const RowKernels NAME(TH_ISA);
const RowKernels NAME(TH_ISA) = {parts_of, dot, {{"Q4_0", q4_0_fours}, {"Q4_1", q4_1_fours}, {"Q8_0", q8_0_rows}, {"Q4_K", q4_k_rows}, {NULL, NULL}}};
