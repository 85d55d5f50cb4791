/* Chains (THChain.h): a link does one line for eight vectors and jumps to the next one; its arguments are the vectors, so they
   stay in registers. */
#include "THLoops.h"
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

#define TH_LOOP_FILE "chain_types.h"
#define TH_LOOP_DEFINE
#include "THLoopTypes.h"
#undef TH_LOOP_DEFINE

const THChainLoops TH_ISA_(THLoops_chain)[TH_NTYPES] = {
#include "THLoopTypes.h"
};
