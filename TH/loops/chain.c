/* Chains (THChain.h): a link does one line for eight vectors and jumps to the next one; its arguments are the vectors, so they
   stay in registers. */
#include "THLoops.h"
#include "THFloatMath.h"
#ifdef __SSE2__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { VECTOR = 64 };
#define PAST(to, v) _mm512_stream_si512((__m512i *)(to), (__m512i)(v))
#elif defined(__AVX__)
enum { VECTOR = 32 };
#define PAST(to, v) _mm256_stream_si256((__m256i *)(to), (__m256i)(v))
#else
enum { VECTOR = 16 };
#ifdef __SSE2__
#define PAST(to, v) _mm_stream_si128((__m128i *)(to), (__m128i)(v))
#else
#define PAST(to, v) memcpy(to, &(v), VECTOR)
#endif
#endif
enum { STRIP = 8 * VECTOR };

#define LINK(f) ((THLinkFunction)(f))

/* ---- what links do ---- */
#define V T_(vector)
#define SELECT(c, a, b) ((V)(((c) & (T_(mask))(a)) | (~(c) & (T_(mask))(b))))
#define MAGNITUDE(x) ((V)((T_(mask))(x) & ~(T_(mask))(-(V){0})))
#define OPERAND(k) (*(T_(memory) *)(link->data + at + (k) * VECTOR))
#define REGISTER(k) a##k
#define LOAD(k, _) a##k = OPERAND(k);
#define STORE(k, _) OPERAND(k) = a##k;
#define STREAM(k, _) PAST(link->data + at + (k) * VECTOR, a##k);
#define LINE(k, of, X, Y) a##k = of(X(k), Y(k), s, t);
#define PUT(k) *(T_(memory) *)(e + (k) * (VECTOR / (int)sizeof(real))) = a##k;
#define TAKE(k) a##k = *(T_(memory) *)(e + (k) * (VECTOR / (int)sizeof(real)));

/* A line of one element: the vectors go through the first cache. */
#define DEFINE_EACH_th_f32(fn, expr) DEFINE_EACH_(fn, expr)
#define DEFINE_EACH_th_f64(fn, expr)
#define DEFINE_EACH_(fn, expr) \
  static void fn(const THLink *link, int64_t at, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) \
  { \
    real e[STRIP / sizeof(real)] __attribute__((aligned(VECTOR))); \
    PUT(0) PUT(1) PUT(2) PUT(3) PUT(4) PUT(5) PUT(6) PUT(7) \
    for (int i = 0; i < STRIP / (int)sizeof(real); i++) { \
      const real x = e[i]; \
      e[i] = expr; \
    } \
    TAKE(0) TAKE(1) TAKE(2) TAKE(3) TAKE(4) TAKE(5) TAKE(6) TAKE(7) \
    ((T_(Link))link[1].function)(link + 1, at, a0, a1, a2, a3, a4, a5, a6, a7); \
  }
#define ENTER_EACH_th_f32(op, fn) [op] = {LINK(fn), NULL, NULL},
#define ENTER_EACH_th_f64(op, fn)

#define TH_LOOP_FILE "chain_types.h"
#define TH_LOOP_DEFINE
#include "THLoopTypes.h"
#undef TH_LOOP_DEFINE

const THChainLoops TH_ISA_(THLoops_chain)[TH_NTYPES] = {
#include "THLoopTypes.h"
};
