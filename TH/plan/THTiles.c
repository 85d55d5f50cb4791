#include "THTiles.h"
#include "loops/THShuffle.h"
#include <stdlib.h>

enum {
  TILE_BYTES = 4096,           /* of the operand of the widest elements */
  LINE = 64,                   /* bytes: as many rows has a transposed tile that lines are used whole */
  SMALL = 128,
  ALIKE_ROWS = 8,              /* times as many rows are a tile where one element stands for each */
  SHORT_ROW = 16,              /* a row below it does not pay for a call */
  LONG_ROW = 256,              /* bytes: from here on a call of memcpy does not count */
};

/* ---- moving elements as they are ---- */

typedef uint8_t __attribute__((may_alias)) Bits8;
typedef uint16_t __attribute__((may_alias)) Bits16;
typedef uint32_t __attribute__((may_alias)) Bits32;
typedef uint64_t __attribute__((may_alias)) Bits64;

/* The same at any address. */
typedef uint16_t __attribute__((may_alias, aligned(1))) Loose16;
typedef uint32_t __attribute__((may_alias, aligned(1))) Loose32;
typedef uint64_t __attribute__((may_alias, aligned(1))) Loose64;
typedef uint8_t Loose128 __attribute__((vector_size(16), aligned(1), may_alias));

/* Rows of one or two T, which then overlap: both are loaded before either is stored. */
#define TWO_ENDS(T) \
  { \
    const int64_t last = bytes - (int64_t)sizeof(T); \
    for (; rows; rows--, to += to_step, from += from_step) { \
      const T a = *(const T *)from, b = *(const T *)(from + last); \
      *(T *)to = a; \
      *(T *)(to + last) = b; \
    } \
  }

void THTiles_moveRows(char *to, int64_t to_step, const char *from, int64_t from_step, int64_t bytes, int64_t rows)
{
  if (bytes >= LONG_ROW) {
    for (; rows; rows--, to += to_step, from += from_step) memcpy(to, from, (size_t)bytes);
  } else if (bytes > 32) {
    for (; rows; rows--, to += to_step, from += from_step) {
      const Loose128 last = *(const Loose128 *)(from + bytes - 16);
      for (int64_t i = 0; i < bytes - 16; i += 16) *(Loose128 *)(to + i) = *(const Loose128 *)(from + i);
      *(Loose128 *)(to + bytes - 16) = last;
    }
  } else if (bytes >= 16) {
    TWO_ENDS(Loose128)
  } else if (bytes >= 8) {
    TWO_ENDS(Loose64)
  } else if (bytes >= 4) {
    TWO_ENDS(Loose32)
  } else if (bytes >= 2) {
    TWO_ENDS(Loose16)
  } else {
    TWO_ENDS(Bits8)
  }
}

/* n0 x n1 elements, with steps in bytes along both. */
typedef struct Side {
  char *data;
  int64_t step[2];
} Side;
typedef void (*Move)(const Side *to, const Side *from, int64_t n0, int64_t n1);

#define DEFINE_MOVE(T) \
  typedef T Same##T __attribute__((vector_size(16), aligned(sizeof(T)), may_alias)); \
  static void move_##T(const Side *to, const Side *from, int64_t n0, int64_t n1) \
  { \
    const int64_t ts = to->step[0], fs = from->step[0]; \
    if (ts == sizeof(T) && fs == sizeof(T)) { \
      THTiles_moveRows(to->data, to->step[1], from->data, from->step[1], n0 * (int64_t)sizeof(T), n1); \
      return; \
    } \
    for (int64_t j = 0; j < n1; j++) { \
      char *r = to->data + j * to->step[1]; \
      const char *x = from->data + j * from->step[1]; \
      if (ts == sizeof(T) && fs == 0) { \
        const T a = *(const T *)x; \
        const Same##T all = a - (Same##T){0}; \
        int64_t i = 0; \
        for (; i + 16 / (int64_t)sizeof(T) <= n0; i += 16 / (int64_t)sizeof(T)) *(Same##T *)((T *)r + i) = all; \
        for (; i < n0; i++) ((T *)r)[i] = a; \
      } else if (ts == sizeof(T)) { \
        int64_t i = 0; \
        for (; i + 4 <= n0; i += 4, x += 4 * fs) { /* loads first: a store may look like what a load waits for */ \
          const T a = *(const T *)x, b = *(const T *)(x + fs), c = *(const T *)(x + 2 * fs), d = *(const T *)(x + 3 * fs); \
          ((T *)r)[i] = a, ((T *)r)[i + 1] = b, ((T *)r)[i + 2] = c, ((T *)r)[i + 3] = d; \
        } \
        for (; i < n0; i++, x += fs) ((T *)r)[i] = *(const T *)x; \
      } else { \
        for (int64_t i = 0; i < n0; i++, r += ts, x += fs) *(T *)r = *(const T *)x; \
      } \
    } \
  }
DEFINE_MOVE(Bits8)
DEFINE_MOVE(Bits16)
DEFINE_MOVE(Bits32)
DEFINE_MOVE(Bits64)

static Move move_of(int width)
{
  return width == 1 ? move_Bits8 : width == 2 ? move_Bits16 : width == 4 ? move_Bits32 : move_Bits64;
}

/* The same where one side lies close along dimension 1, the other along dimension 0: squares of Q x Q, turned by TURN
   in registers, so that lines are read whole. */
#define DEFINE_CROSS(T, Q, TURN) \
  typedef T Vec##T __attribute__((vector_size(16), aligned(sizeof(T)), may_alias)); \
  static void cross_##T(const Side *to, const Side *from, int64_t n0, int64_t n1) \
  { \
    const int64_t whole0 = n0 / Q * Q, whole1 = n1 / Q * Q, ts = to->step[1], fs = from->step[0], w = sizeof(T); \
    for (int64_t i = 0; i < whole0; i += Q) \
      for (int64_t j = 0; j < whole1; j += Q) { \
        const char *x = from->data + i * fs + j * w; \
        char *r = to->data + j * ts + i * w; \
        TURN(Vec##T) \
      } \
    if (whole1 < n1) \
      move_##T(&(Side){to->data + whole1 * ts, {w, ts}}, &(Side){from->data + whole1 * w, {fs, w}}, whole0, n1 - whole1); \
    if (whole0 < n0) \
      move_##T(&(Side){to->data + whole0 * w, {w, ts}}, &(Side){from->data + whole0 * fs, {fs, w}}, n0 - whole0, n1); \
  }
#define LOAD(V, q) *(const V *)(x + (q) * fs)
#define STORE(V, q) *(V *)(r + (q) * ts)
#define TURN_2(V) \
  V a = LOAD(V, 0), b = LOAD(V, 1); \
  STORE(V, 0) = TH_SHUFFLE(a, b, ((V){0, 2})); \
  STORE(V, 1) = TH_SHUFFLE(a, b, ((V){1, 3}));
#define TURN_4(V) \
  V a = LOAD(V, 0), b = LOAD(V, 1), c = LOAD(V, 2), d = LOAD(V, 3); \
  V ac = TH_SHUFFLE(a, c, ((V){0, 4, 1, 5})), AC = TH_SHUFFLE(a, c, ((V){2, 6, 3, 7})); \
  V bd = TH_SHUFFLE(b, d, ((V){0, 4, 1, 5})), BD = TH_SHUFFLE(b, d, ((V){2, 6, 3, 7})); \
  STORE(V, 0) = TH_SHUFFLE(ac, bd, ((V){0, 4, 1, 5})); \
  STORE(V, 1) = TH_SHUFFLE(ac, bd, ((V){2, 6, 3, 7})); \
  STORE(V, 2) = TH_SHUFFLE(AC, BD, ((V){0, 4, 1, 5})); \
  STORE(V, 3) = TH_SHUFFLE(AC, BD, ((V){2, 6, 3, 7}));
/* Eight or sixteen vectors: as many rounds as the square has halves bring lane i of vector j, of the two halves of a list in
   turn, to lane j of vector i. */
#define ROUND(V, n, r, a, low, high) \
  _Pragma("GCC unroll 8") for (int q = 0; q < (n) / 2; q++) \
  { \
    r[2 * q] = TH_SHUFFLE(a[q], a[q + (n) / 2], low); \
    r[2 * q + 1] = TH_SHUFFLE(a[q], a[q + (n) / 2], high); \
  }
#define TURN(V, n, low, high) \
  V a[n], b[n]; \
  _Pragma("GCC unroll 16") for (int q = 0; q < (n); q++) a[q] = LOAD(V, q); \
  ROUND(V, n, b, a, low, high) \
  ROUND(V, n, a, b, low, high) \
  ROUND(V, n, b, a, low, high) \
  if ((n) == 16) { \
    ROUND(V, n, a, b, low, high) \
  } \
  _Pragma("GCC unroll 16") for (int q = 0; q < (n); q++) STORE(V, q) = (n) == 16 ? a[q] : b[q];
#define TURN_8(V) TURN(V, 8, ((V){0, 8, 1, 9, 2, 10, 3, 11}), ((V){4, 12, 5, 13, 6, 14, 7, 15}))
#define TURN_16(V) \
  TURN(V, 16, ((V){0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23}), \
       ((V){8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31}))
DEFINE_CROSS(Bits8, 16, TURN_16)
DEFINE_CROSS(Bits16, 8, TURN_8)
DEFINE_CROSS(Bits32, 4, TURN_4)
DEFINE_CROSS(Bits64, 2, TURN_2)

/* Lines of the n1 rows of the result that come next: what stores miss the processor does not foresee. */
static void ask_for_next(int width, const Side *to, int64_t n0, int64_t n1)
{
  for (int64_t j = n1; j < 2 * n1; j++)
    for (int64_t i = 0; i < n0 * width; i += LINE) __builtin_prefetch(to->data + j * to->step[1] + i, 1);
}

/* Along the dimension in which both sides lie closer, or the longer one where the other is short. */
static void move(int width, const Side *to, const Side *from, int64_t n0, int64_t n1)
{
  const Side to_turned = {to->data, {to->step[1], to->step[0]}}, from_turned = {from->data, {from->step[1], from->step[0]}};
  const bool repeats = from->step[0] == 0 || from->step[1] == 0;
  if (!repeats && n0 >= 16 / width && n1 >= 16 / width && THMin(n0, n1) >= 4) {
    Move cross = width == 1 ? cross_Bits8 : width == 2 ? cross_Bits16 : width == 4 ? cross_Bits32 : cross_Bits64;
    if (to->step[0] == width && from->step[1] == width && from->step[0] != width) {
      ask_for_next(width, to, n0, n1);
      return cross(to, from, n0, n1);
    }
    if (to->step[1] == width && from->step[0] == width && to->step[0] != width) {
      ask_for_next(width, &to_turned, n1, n0);
      return cross(&to_turned, &from_turned, n1, n0);
    }
  }
  Move fn = move_of(width);
  const int64_t along0 = llabs(to->step[0]) + llabs(from->step[0]), along1 = llabs(to->step[1]) + llabs(from->step[1]);
  if (n1 > 1 && (n0 < SHORT_ROW ? n1 > n0 : along1 < along0 && n1 >= SHORT_ROW)) fn(&to_turned, &from_turned, n1, n0);
  else fn(to, from, n0, n1);
}

/* ---- tiles ---- */

typedef struct Tiles Tiles;
struct Tiles {
  const THPlan *plan;
  void (*tile)(const Tiles *t, char *const *base, int64_t columns, int64_t rows);
  THLoop loop;
  const void *arg;
  int nresult;
  bool direct[TH_PLAN_OPS], whole; /* whole: a tile is one call */
  bool alike;                              /* inputs repeat along a row: an element is computed, and repeated, for each */
  int other;                               /* the second dimension of tiles */
  int64_t rows, columns, across, down;     /* of a tile; how many tiles lie beside and below each other */
};

static bool lies_right(const THPlan *plan, int k) { return plan->stride[0][k] == plan->width[k]; }

bool THTiles_needed(const THPlan *plan)
{
  int repeated = 0;
  for (int k = 0; k < plan->nop; k++) {
    if (lies_right(plan, k)) continue;
    if (k == 0 || plan->stride[0][k] != 0 || plan->nop != 3 || repeated++) return true;
  }
  return false;
}

/* The dimension in which the first operand that does not lie right does so, or lies closest; else the next one. */
static int other_dim(const THPlan *plan)
{
  for (int k = plan->nop - 1; k >= 0; k--) {
    if (lies_right(plan, k)) continue;
    int best = 0;
    for (int d = 1; d < plan->ndim; d++) {
      int64_t s = llabs(plan->stride[d][k]);
      if (s && s < llabs(plan->stride[best][k])) best = d;
    }
    if (best) return best;
  }
  return THMin(1, plan->ndim - 1);
}

/* Whether an operand is neither close nor repeated along the first dimension. */
static bool turned(const THPlan *plan)
{
  for (int k = 0; k < plan->nop; k++)
    if (!lies_right(plan, k) && plan->stride[0][k] != 0) return true;
  return false;
}

/* Whether all inputs repeat along it, and no result does. What a loop computes depends on its inputs alone: chance is drawn elsewhere. */
static bool all_repeat(const THPlan *plan, int nresult)
{
  bool all = nresult < plan->nop && plan->size[0] > 1;
  for (int k = 0; k < plan->nop; k++) all &= (plan->stride[0][k] == 0) == (k >= nresult);
  return all;
}

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* Sizes of tiles, and their number. */
static int64_t cut(Tiles *t)
{
  const THPlan *plan = t->plan;
  int64_t width = 1;
  for (int k = 0; k < plan->nop; k++) width = THMax(width, plan->width[k]);
  const int64_t tile = TILE_BYTES / width;
  t->other = other_dim(plan);
  const int64_t n0 = plan->size[0], n1 = t->other ? plan->size[t->other] : 1;
  if (plan->numel <= SMALL && n0 * n1 == plan->numel) { /* one tile, one call, no divisions */
    t->columns = n0;
    t->rows = n1;
    t->whole = true;
    return 1;
  }
  const bool crossed = t->other && turned(plan) && n0 >= SHORT_ROW && n1 >= SHORT_ROW;
  t->columns = THMin(n0, crossed ? THMax(SHORT_ROW, tile * plan->width[plan->nop - 1] / LINE) : tile);
  t->rows = THMin(n1, THMax(1, tile / t->columns));
  if (t->alike) t->rows = THMin(n1, THMin(tile, ALIKE_ROWS * t->rows));
  t->whole = t->alike || (t->columns < SHORT_ROW && t->rows > 1);
  for (int k = 0; k < plan->nop; k++) t->direct[k] = lies_right(plan, k) && !t->whole;
  t->across = ceil_div(n0, t->columns);
  t->down = ceil_div(n1, t->rows);
  return plan->numel / (n0 * n1) * t->across * t->down;
}

/* Every input first, for the result may be one of them. */
static void run_tile(const Tiles *t, char *const *base, int64_t columns, int64_t rows)
{
  const THPlan *plan = t->plan;
  _Alignas(64) char block[TH_PLAN_OPS][TILE_BYTES];
  Side side[TH_PLAN_OPS], in_block[TH_PLAN_OPS];
  char *at[TH_PLAN_OPS];
  int64_t width[TH_PLAN_OPS], down[TH_PLAN_OPS];
  const int64_t computed = t->alike ? 1 : columns;
  for (int k = 0; k < plan->nop; k++) {
    side[k] = (Side){base[k], {plan->stride[0][k], t->other ? plan->stride[t->other][k] : 0}};
    width[k] = plan->width[k];
    in_block[k] = (Side){block[k], {t->alike ? 0 : width[k], computed * width[k]}};
    const Side *s = t->direct[k] ? &side[k] : &in_block[k];
    at[k] = s->data;
    down[k] = s->step[1];
    if (k >= t->nresult && !t->direct[k]) move(plan->width[k], &in_block[k], &side[k], computed, rows);
  }
  if (t->whole) {
    t->loop(at, width, computed * rows, t->arg);
  } else {
    for (int64_t j = 0; j < rows; j++) {
      t->loop(at, width, columns, t->arg);
      for (int k = 0; k < plan->nop; k++) at[k] += down[k];
    }
  }
  for (int k = 0; k < t->nresult; k++)
    if (!t->direct[k]) move(plan->width[k], &side[k], &in_block[k], columns, rows);
}

static void copy_tile(const Tiles *t, char *const *base, int64_t columns, int64_t rows)
{
  Side side[2];
  for (int k = 0; k < 2; k++)
    side[k] = (Side){base[k], {t->plan->stride[0][k], t->other ? t->plan->stride[t->other][k] : 0}};
  move(t->plan->width[0], &side[0], &side[1], columns, rows);
}

static void run_tiles(const void *arg, int64_t first, int64_t last, int worker)
{
  const Tiles *t = arg;
  const THPlan *plan = t->plan;
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    char *base[TH_PLAN_OPS];
    int64_t rest = i, c = rest % t->across * t->columns;
    rest /= t->across;
    int64_t r = rest % t->down * t->rows;
    rest /= t->down;
    for (int k = 0; k < plan->nop; k++) {
      base[k] = plan->base[k] + c * plan->stride[0][k];
      if (t->other) base[k] += r * plan->stride[t->other][k];
    }
    for (int d = 1; d < plan->ndim; d++) {
      if (d == t->other) continue;
      int64_t at = rest % plan->size[d];
      rest /= plan->size[d];
      for (int k = 0; k < plan->nop; k++) base[k] += at * plan->stride[d][k];
    }
    int64_t columns = THMin(t->columns, plan->size[0] - c);
    int64_t rows = t->other ? THMin(t->rows, plan->size[t->other] - r) : 1;
    t->tile(t, base, columns, rows);
  }
}

void THTiles_run(const THPlan *plan, int nresult, THLoop loop, bool copies, int work, const void *arg)
{
  Tiles t = {.plan = plan, .nresult = nresult, .loop = loop, .arg = arg, .tile = copies ? copy_tile : run_tile,
             .alike = !copies && all_repeat(plan, nresult)};
  int64_t tiles = cut(&t);
  if (tiles == 1) t.tile(&t, plan->base, t.columns, t.rows);
  else TH_parallel(tiles, TH_pieceFor(tiles, (1 + work) * (double)plan->numel / (double)tiles), run_tiles, &t);
}
