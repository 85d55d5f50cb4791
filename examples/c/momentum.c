/* Descends into a valley by steps of momentum, each in one pass over memory: a program of pointwise operations (THFuse.h).

     momentum [elements [steps]]                                                                               */
#include <stdio.h>
#include <stdlib.h>
#include <TH/TH.h>

enum { X, CENTER, MOMENTUM, INPUTS }; /* tensors */
enum { RATE, KEEP, ONE, NUMBERS };    /* numbers of a run */

static int unary(THFuse *p, const char *line, int x) { return THFuse_map(p, line, line, 1, &x, TH_FUSE_NONE, TH_FUSE_NONE, TH_FUSE_NONE); }

/* x + s y, or x - s y; written over x or y, or a new value */
static int sum(THFuse *p, const char *line, int x, int y, int s, int over)
{
  return THFuse_map(p, line, line, 2, (int[]){x, y}, s, TH_FUSE_NONE, over);
}

/* m = keep m + (x - center); x = x - rate m; and the sum of (x - center)^2 before the step. */
static THFuse *new_step(void)
{
  THFuse *p = THFuse_new();
  for (int k = 0; k < INPUTS; k++) THFuse_input(p, TH_FLOAT);
  int slope = sum(p, "csub", X, CENTER, ONE, TH_FUSE_NONE);
  int m = sum(p, "cadd", slope, MOMENTUM, KEEP, MOMENTUM);
  int x = sum(p, "csub", X, m, RATE, X);
  THFuse_store(p, x); /* r_[0] of a run */
  THFuse_store(p, m); /* r_[1] */
  THFuse_reduce(p, "sum", unary(p, "square", slope));
  THFuse_end(p);
  return p;
}

static THAnyTensor *new_vector(int64_t n, double value)
{
  THAnyTensor *t = THAnyTensor_newWithSizeNd(TH_FLOAT, 1, &n, NULL);
  THAnyTensor_fill(t, THScalar_fromDouble(value));
  return t;
}

int main(int argc, char **argv)
{
  const int64_t n = argc > 1 ? atoll(argv[1]) : 100000;
  const int steps = argc > 2 ? atoi(argv[2]) : 60;
  TH_AUTO(THAnyTensor) x = new_vector(n, 5);
  TH_AUTO(THAnyTensor) center = new_vector(n, 2);
  TH_AUTO(THAnyTensor) m = new_vector(n, 0);
  THFuse *step = new_step();
  const THScalar numbers[NUMBERS] = {[RATE] = THScalar_fromDouble(0.1), [KEEP] = THScalar_fromDouble(0.8), [ONE] = THScalar_fromDouble(1)};
  for (int k = 0; k <= steps; k++) {
    THScalar distance;
    THFuse_run(step, (THAnyTensor *[]){x, center, m}, numbers, (THAnyTensor *[]){x, m}, &distance);
    if (k % 20 == 0) printf("step %d: %.2g\n", k, distance.d / (double)n);
  }
  THFuse_free(step);
  return 0;
}
