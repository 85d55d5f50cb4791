/* One type's share of chain.c: definitions, or its entry of the table. */
#ifdef TH_FLOATING
#if defined(TH_LOOP_DEFINE)
typedef real T_(vector) __attribute__((vector_size(VECTOR)));
typedef T_(vector) T_(memory) __attribute__((aligned(sizeof(real)), may_alias)); /* in memory */
typedef __typeof__((T_(vector)){0} < (T_(vector)){0}) T_(mask);
typedef void (*T_(Link))(const THLink *link, int64_t at, T_(vector) a0, T_(vector) a1, T_(vector) a2, T_(vector) a3, T_(vector) a4, T_(vector) a5, T_(vector) a6,
                         T_(vector) a7);

/* WORK(k, ...): what to do with register k */
#define DEFINE_LINK(fn, WORK, ...) DEFINE_LINK_(fn, WORK, __VA_ARGS__) /* expands fn */
#define DEFINE_LINK_(fn, WORK, ...) \
  static void fn(const THLink *link, int64_t at, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7) \
  { \
    const real *number = (const real *)link->number; \
    const V s = number[0] - (V){0}, t = number[1] - (V){0}; \
    (void)s, (void)t; \
    WORK(0, __VA_ARGS__) WORK(1, __VA_ARGS__) WORK(2, __VA_ARGS__) WORK(3, __VA_ARGS__) \
    WORK(4, __VA_ARGS__) WORK(5, __VA_ARGS__) WORK(6, __VA_ARGS__) WORK(7, __VA_ARGS__) \
    ((T_(Link))link[1].function)(link + 1, at, a0, a1, a2, a3, a4, a5, a6, a7); \
  }
DEFINE_LINK(T_(load), LOAD, 0)
DEFINE_LINK(T_(store), STORE, 0)
DEFINE_LINK(T_(stream), STREAM, 0)

static void T_(end)(const THLink *link, int64_t at, V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7)
{
  (void)link, (void)at, (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7;
}

static void T_(run)(const THLink *first, int64_t begin, int64_t end)
{
  const V z = {0};
  for (int64_t at = begin; at < end; at += STRIP) ((T_(Link))first->function)(first, at, z, z, z, z, z, z, z, z);
}

#define CHAIN(name, nin, expr) \
  static inline __attribute__((always_inline)) V T_(name##_of)(const V x, const V y, const V s, const V t) \
  { \
    (void)y, (void)s, (void)t; \
    return expr; \
  } \
  CHAIN_##nin(name)
#define CHAIN_1(name) DEFINE_LINK(T_(name##_left), LINE, T_(name##_of), REGISTER, REGISTER)
#define CHAIN_2(name) \
  DEFINE_LINK(T_(name##_left), LINE, T_(name##_of), REGISTER, OPERAND) \
  DEFINE_LINK(T_(name##_right), LINE, T_(name##_of), OPERAND, REGISTER) \
  DEFINE_LINK(T_(name##_both), LINE, T_(name##_of), REGISTER, REGISTER)
#define CHAIN_EACH(name, expr) TH_CONCAT_2(DEFINE_EACH_, R)(T_(name##_left), expr)
#include "chain_list.h"
#undef CHAIN_1
#undef CHAIN_2

static const THChainLine T_(lines)[TH_MAP_COUNT] = {
#define CHAIN(name, nin, expr) [TH_MAP_##name] = CHAIN_##nin(name),
#define CHAIN_EACH(name, expr) TH_CONCAT_2(ENTER_EACH_, R)(TH_MAP_##name, T_(name##_left))
#define CHAIN_1(name) {LINK(T_(name##_left)), NULL, NULL}
#define CHAIN_2(name) {LINK(T_(name##_left)), LINK(T_(name##_right)), LINK(T_(name##_both))}
#include "chain_list.h"
#undef CHAIN_1
#undef CHAIN_2
};
#else
[TH_CONCAT_2(TH_, CODE)] = {STRIP, T_(run), LINK(T_(load)), LINK(T_(store)), LINK(T_(stream)), LINK(T_(end)), T_(lines)},
#endif
#endif
