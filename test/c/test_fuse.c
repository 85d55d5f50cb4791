/* Programs of fused operations made in C; what they compute is in test/lua/test_fuse.lua. */
#include "th_test.h"
#include "TH.h"

/* exp(s x + y) and its sum. */
static THFuse *new_program(void)
{
  THFuse *p = THFuse_new();
  int x = THFuse_input(p, TH_FLOAT), y = THFuse_input(p, TH_FLOAT);
  int sum = THFuse_map(p, "add", "cadd", 2, (int[]){y, x}, 0, TH_FUSE_NONE, TH_FUSE_NONE);
  int r = THFuse_map(p, "exp", "exp", 1, &sum, TH_FUSE_NONE, TH_FUSE_NONE, TH_FUSE_NONE);
  THFuse_store(p, r);
  THFuse_reduce(p, "sum", r);
  THFuse_end(p);
  return p;
}

static THAnyTensor *new_vector(int64_t n, float value)
{
  THAnyTensor *t = THAnyTensor_newWithSizeNd(TH_FLOAT, 1, &n, NULL);
  THAnyTensor_fill(t, THScalar_fromDouble(value));
  return t;
}

START_TEST(program_gives_result_and_sum)
{
  const int64_t before = THAllocator_stats().objects;
  {
    THFuse *p = new_program();
    TH_AUTO(THAnyTensor) x = new_vector(1000, 0.25f), *one = new_vector(1, 0.5f);
    TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
    TH_AUTO(THAnyTensor) expected = THAnyTensor_new(TH_FLOAT);
    THScalar total;
    THFuse_run(p, (THAnyTensor *[]){x, one}, (THScalar[]){THScalar_fromDouble(2)}, &r, &total);
    ck_assert(THFuse_inOnePass());
    THAnyTensor_cadd(expected, one, THScalar_fromDouble(2), x);
    THAnyTensor_exp(expected, expected);
    ck_assert_int_eq(memcmp(THAnyTensor_data(r), THAnyTensor_data(expected), 1000 * sizeof(float)), 0);
    ck_assert(total.d == THAnyTensor_sumall(expected).d);
    THFuse_free(p);
  }
  ck_assert_int_eq(THAllocator_stats().objects, before);
}
END_TEST

typedef struct Wrong {
  THFuse *p;
  THAnyTensor *in[2], *r;
} Wrong;
static void run(void *arg)
{
  Wrong *w = arg;
  THScalar total;
  THFuse_run(w->p, w->in, (THScalar[]){THScalar_fromDouble(2)}, &w->r, &total);
}
static void unknown_line(void *arg) { THFuse_map(arg, "nothing", "nothing", 1, (int[]){0}, -1, -1, -1); }
static void unknown_value(void *arg) { THFuse_store(arg, 99); }
static void late_input(void *arg) { THFuse_input(arg, TH_FLOAT); }
static void no_such_type(void *arg) { THFuse_map(arg, "bitand", "bitand", 1, (int[]){0}, 0, -1, -1); }

START_TEST(mistakes_raise)
{
  THFuse *p = new_program();
  TH_AUTO(THAnyTensor) x = new_vector(3, 1), *y = new_vector(4, 1);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT), *d = THAnyTensor_new(TH_DOUBLE);
  th_raises(run, &(Wrong){p, {x, y}, r}, "inconsistent tensor size");
  th_raises(run, &(Wrong){p, {x, d}, r}, "input 1 is a DoubleTensor");
  th_raises(unknown_line, p, "there is no line 'nothing'");
  th_raises(unknown_value, p, "there is no value 99");
  th_raises(late_input, p, "inputs come before operations");
  th_raises(no_such_type, p, "bitand: not defined for FloatTensor");
  THFuse_free(p);
}
END_TEST

TH_MAIN("fuse", program_gives_result_and_sum, mistakes_raise)
