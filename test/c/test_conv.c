/* Convolution functions of C programs, for every type, against their definition: pointers, tensors, maps. */
#include "TH.h"
#include "th_test.h"

/* Of one volume with one kernel. Planes are volumes of depth 1. */
typedef struct Way {
  int nd;
  bool full, flip, reverse;
  int64_t in[3], ker[3], stride[3];
} Way;
#define VF(w) ((w)->full ? "F" : "V")
#define XC(w) ((w)->flip ? "C" : "X")

enum { WAYS = 20, ROOM = 12000 };

/* Planes and volumes; the four ways and the reverse; strides 1, and 2 or 3. */
static Way way(int i)
{
  bool volume = i / 10, strided = i / 5 % 2;
  Way w = {.nd = volume ? 3 : 2, .full = i % 5 & 1, .flip = i % 5 & 2, .reverse = i % 5 == 4};
  memcpy(w.in, (int64_t[]){volume ? 4 : 1, 7, 5}, sizeof w.in);
  memcpy(w.ker, (int64_t[]){volume ? 2 : 1, 3, 2}, sizeof w.ker);
  memcpy(w.stride, (int64_t[]){volume && strided ? 2 : 1, strided ? 2 : 1, strided ? 3 : 1}, sizeof w.stride);
  return w;
}

static int t_at(int i) { return i * 7 % 3; }
static int k_at(int i) { return i * 5 % 4 / 2; }
static int one_at(int i) { return i >= 0; }

static int64_t out_size(const Way *w, int d)
{
  int64_t n = w->in[d], k = w->ker[d], s = w->stride[d];
  return w->full ? (n - 1) * s + k : w->reverse ? n - (k - 1) * s : (n - k) / s + 1;
}
static int64_t count(const int64_t *size) { return size[0] * size[1] * size[2]; }

/* r (one volume) += alpha (t * k), with volume number t_ of t and kernel number k_. In one dimension
     valid     r[p] = sum_q t[p s + q] k[q]
     reverse   r[p] = sum_q t[p + q s] k[q]
     full      r[i s + q] gets t[i] k[n - 1 - q]
   and the kernel is turned round for a convolution. */
static void add_naive(const Way *w, double *r, int64_t t_, int64_t k_, double alpha)
{
  int64_t out[] = {out_size(w, 0), out_size(w, 1), out_size(w, 2)}, from[3], to[3], q[3];
  const int64_t *steps = w->full ? w->in : out;
  for (int64_t p = 0; p < count(steps); p++)
    for (int64_t j = 0; j < count(w->ker); j++) {
      int64_t pos[] = {p / steps[2] / steps[1], p / steps[2] % steps[1], p % steps[2]};
      int64_t tap[] = {j / w->ker[2] / w->ker[1], j / w->ker[2] % w->ker[1], j % w->ker[2]};
      for (int d = 0; d < 3; d++) {
        int64_t s = w->stride[d];
        from[d] = w->full ? pos[d] : w->reverse ? pos[d] + tap[d] * s : pos[d] * s + tap[d];
        to[d] = w->full ? pos[d] * s + tap[d] : pos[d];
        q[d] = w->full != w->flip ? w->ker[d] - 1 - tap[d] : tap[d];
      }
      int64_t ti = t_ * count(w->in) + (from[0] * w->in[1] + from[1]) * w->in[2] + from[2];
      int64_t ki = k_ * count(w->ker) + (q[0] * w->ker[1] + q[1]) * w->ker[2] + q[2];
      r[(to[0] * out[1] + to[1]) * out[2] + to[2]] += alpha * t_at((int)ti) * k_at((int)ki);
    }
}

/* What is multiplied with what: 2 planes of input, 3 of output, batches of 2. */
enum { MUL, CMUL, MV, MM, GER, REVGER, REVGERM, MAP, PAIRINGS };
typedef struct Pairing {
  int64_t t[2], k[2], r[2]; /* sizes before those of the volume */
  int t_lead, k_lead, r_lead;
} Pairing;
static const Pairing pairings[] = {
  [MUL] = {{0}, {0}, {0}, 0, 0, 0},        [CMUL] = {{2}, {2}, {2}, 1, 1, 1},
  [MV] = {{2}, {3, 2}, {3}, 1, 2, 1},      [MM] = {{2, 2}, {3, 2}, {2, 3}, 2, 2, 2},
  [GER] = {{2}, {3}, {3, 2}, 1, 1, 2},     [REVGER] = {{2}, {3}, {3, 2}, 1, 1, 2},
  [REVGERM] = {{2, 2}, {2, 3}, {3, 2}, 2, 2, 2}, [MAP] = {{2}, {3}, {3}, 1, 1, 1},
};
static const int map_rows[] = {2, 1, 1, 3, 2, 3}; /* from plane, to plane, for each of three kernels */

static bool is_offered(const Way *w, int pairing)
{
  bool reverse = pairing == REVGER || pairing == REVGERM;
  return reverse == w->reverse && (w->nd == 2 || (pairing != MM && pairing != REVGERM));
}

static void add_pairing(const Way *w, int pairing, double *r, double alpha)
{
  int64_t n = out_size(w, 0) * out_size(w, 1) * out_size(w, 2);
#define ADD(to, t, k) add_naive(w, r + (to)*n, t, k, alpha)
  if (pairing == MUL) ADD(0, 0, 0);
  for (int i = 0; i < 2; i++) {
    if (pairing == CMUL) ADD(i, i, i);
    for (int o = 0; o < 3; o++) {
      if (pairing == MV) ADD(o, i, 2 * o + i);
      if (pairing == GER || pairing == REVGER) ADD(2 * o + i, i, o);
      for (int b = 0; b < 2; b++) {
        if (pairing == MM) ADD(3 * b + o, 2 * b + i, 2 * o + i);
        if (pairing == REVGERM) ADD(2 * o + i, 2 * b + i, 3 * b + o);
      }
    }
  }
  for (int j = 0; pairing == MAP && j < 3; j++) ADD(map_rows[2 * j + 1] - 1, map_rows[2 * j] - 1, j);
#undef ADD
}

#define conv_(name) TH_CONCAT_4(conv_, Real, _, name)
#include "generic/conv.c"
#include "THGenerateAllTypes.h"

START_TEST(every_type)
{
  static void (*const all[])(void) = {
#define X(Name, real, accreal, CODE) conv_##Name##_all,
    TH_MATH_TYPES(X)
#undef X
  };
  for (int type = 0; type < TH_NMATH; type++) all[type]();
  ck_assert_int_eq(THAllocator_stats().objects, 0);
}
END_TEST

/* ---- refusals ---- */

static void map(void *rows_)
{
  const double *rows = rows_;
  TH_AUTO(THAnyTensor) t = th_new(TH_FLOAT, 3, 2, 4, 4);
  TH_AUTO(THAnyTensor) k = th_new(TH_FLOAT, 3, 1, 2, 2);
  TH_AUTO(THAnyTensor) m = th_new(TH_FLOAT, 2, 1, (int)rows[0]);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
  THAnyTensor_fill(t, THScalar_fromInt(1));
  THAnyTensor_fill(k, THScalar_fromInt(1));
  for (int64_t i = 0; i < (int64_t)rows[0]; i++) THAnyTensor_put(m, 2, (int64_t[]){0, i}, THScalar_fromDouble(rows[1 + i]));
  THFloatTensor_conv2Dmap((THFloatTensor *)r, 0, 1, (THFloatTensor *)t, (THFloatTensor *)k, (THFloatTensor *)m, 1, 1, "V", "X");
}
static void letters(void *vf)
{
  (void)THFloatTensor_convsize(4, 2, 1, vf);
}

START_TEST(refusals)
{
  th_raises(map, (double[]){3, 1, 1, 1}, "a row of two planes for each of the 1 kernels");
  th_raises(map, (double[]){2, 3, 1}, "row 1, (3, 1), is out of range of 2 input and 1 output planes");
  th_raises(map, (double[]){2, 1, 2}, "out of range");
  th_raises(map, (double[]){2, 0, 1}, "out of range");
  th_raises(letters, "A", "can be 'V' or 'F'");
  th_exhaust(map, (double[]){2, 2, 1});
}
END_TEST

TH_MAIN("conv", every_type, refusals)
