/* Products of rows of GGUF's blocks with floats, in vectors of the instruction set that this file is compiled for. The blocks are those of ggufblocks.c. */
#include "THGeneral.h"
#include "THHalf.h"
#include "rows.h"
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

static void sums(const float *x, int64_t blocks, float *r)
{
  for (int64_t i = 0; i < blocks; i++, x += 32) {
    Lanes s = {0};
    for (int k = 0; k < 32; k += LANES) s += lanes_at(x + k);
    r[i] = total(s);
  }
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

/* 32 numbers of 4 bits: the lower halves of 16 bytes are the first 16. */
static inline Lanes nibbles(const uint8_t *q, const float *x)
{
#ifdef __AVX512F__ /* looked up: of an index, the four lowest bits count */
  const __m512 number = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i b = _mm512_cvtepu8_epi32((__m128i)bytes_at(q));
  const __m512 lower = _mm512_permutexvar_ps(b, number), upper = _mm512_permutexvar_ps(_mm512_srli_epi32(b, 4), number);
  return (Lanes)lower * lanes_at(x) + (Lanes)upper * lanes_at(x + 16);
#else
  Bytes b = bytes_at(q);
  return of_unsigned(b & 15, b >> 4, x);
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

/* What a row has come to: its products, and what the least values of its blocks add. */
typedef struct Row {
  Lanes products;
  float least;
} Row;

static inline float row_total(const Row *r) { return total(r->products) + r->least; }

/* Block by block: p the block, x and s its part of the vector and of the sums. */
static inline __attribute__((always_inline)) void q4_0(Row *r, const uint8_t *p, const float *x, const float *s)
{
  float d = half_at(p);
  r->products += d * nibbles(p + 2, x);
  r->least -= 8 * d * *s;
}

static inline __attribute__((always_inline)) void q4_1(Row *r, const uint8_t *p, const float *x, const float *s)
{
  r->products += half_at(p) * nibbles(p + 4, x);
  r->least += half_at(p + 2) * *s;
}

static inline __attribute__((always_inline)) void q8_0(Row *r, const uint8_t *p, const float *x, const float *s)
{
  (void)s;
  r->products += half_at(p) * signed_bytes(p + 2, x);
}

/* Parts 2k and 2k + 1 of 32 numbers are the lower and the upper halves of the same 32 bytes. */
static inline __attribute__((always_inline)) void q4_k(Row *r, const uint8_t *p, const float *x, const float *s)
{
  float d = half_at(p), dmin = half_at(p + 2);
  for (int j = 0; j < 8; j++) {
    int scale, m;
    scale_and_min(p + 4, j, &scale, &m);
    const uint8_t *q = p + 16 + j / 2 * 32;
    Bytes a = bytes_at(q), b = bytes_at(q + 16);
    a = j % 2 ? a >> 4 : a & 15;
    b = j % 2 ? b >> 4 : b & 15;
    r->products += d * (float)scale * of_unsigned(a, b, x + 32 * j);
    r->least -= dmin * (float)m * s[j];
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
  static void block##_rows(const uint8_t *p, int64_t bytes, int64_t rows, const float *x, const float *s, int64_t blocks, \
                           float *r)                                                                                      \
  {                                                                                                                       \
    for (; rows >= 4; rows -= 4, p += 4 * bytes, r += 4) {                                                                \
      Row row[4] = {{{0}, 0}};                                                                                            \
      for (int64_t i = 0; i < blocks; i++)                                                                                \
        FOUR(block, size, p + i * (size), bytes, p + 4 * (bytes + i * (size)), row, x + i * (values), s + i * ((values) / 32)); \
      for (int k = 0; k < 4; k++) r[k] = row_total(&row[k]);                                                              \
    }                                                                                                                     \
    for (; rows > 0; rows--, p += bytes, r++) {                                                                           \
      Row row = {{0}, 0};                                                                                                 \
      for (int64_t i = 0; i < blocks; i++) block(&row, p + i * (size), x + i * (values), s + i * ((values) / 32));        \
      *r = row_total(&row);                                                                                               \
    }                                                                                                                     \
  }
ROWS(q4_0, 18, 32)
ROWS(q4_1, 20, 32)
ROWS(q8_0, 34, 32)
ROWS(q4_k, 144, 256)

#define NAME_(isa) Rows_##isa
#define NAME(isa) NAME_(isa)
extern const RowKernels NAME(TH_ISA);
const RowKernels NAME(TH_ISA) = {sums, dot, {{"Q4_0", q4_0_rows}, {"Q4_1", q4_1_rows}, {"Q8_0", q8_0_rows}, {"Q4_K", q4_k_rows}, {NULL, NULL}}};
