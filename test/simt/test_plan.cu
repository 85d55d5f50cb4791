/* What the kernels of THC/kernels share: division by multiplication, the cutting of large plans (small
   ones here), Philox, integer powers. */
#define THC_PIECE 100
#include "kernels/THCMath.cuh"
#include "kernels/THCPhilox.cuh"
#include "kernels/THCPlan.cuh"
#include "simt_test.h"

cudaStream_t THC_stream(void) { return nullptr; }

static __global__ void divide(THCDivider d, const uint32_t *n, uint32_t *q, int count)
{
  for (int i = (int)threadIdx.x; i < count; i += (int)blockDim.x) q[i] = d.divide(n[i]);
}

START_TEST(test_divider)
{
  const uint32_t top = 0x7fffffff;
  for (uint32_t d : {1u, 2u, 3u, 5u, 7u, 10u, 641u, 65535u, 65536u, 65537u, 1u << 30, (1u << 30) + 1, top - 1, top}) {
    std::vector<uint32_t> n = {0, 1, 2, 3, top, top - 1, top / 2};
    for (uint64_t k = 1; k <= 1000; k++) /* around multiples, where quotients step */
      for (int64_t near = -1; near <= 1; near++) {
        const int64_t v = (int64_t)(k * (top / d / 1000 + 1) * d) + near;
        if (v >= 0 && v <= top) n.push_back((uint32_t)v);
      }
    DeviceVector<uint32_t> from(n), to(n.size());
    THC_LAUNCH(divide, 1, 64, 0, nullptr, THCDivider(d), from.data, to.data, (int)n.size());
    const std::vector<uint32_t> q = to.get();
    for (size_t i = 0; i < n.size(); i++) ck_assert_uint_eq(q[i], n[i] / d);
  }
}
END_TEST

/* Adds 1 to every element that a plan of one operand names. */
static __global__ void count(THCPlan<1> p)
{
  for (uint32_t i = blockIdx.x * blockDim.x + threadIdx.x; i < p.numel; i += gridDim.x * blockDim.x) {
    char *at[1];
    p.locate(i, at);
    ++*at[0];
  }
}

/* sizes and strides (in bytes) from the innermost dimension on: as many 1s as elements, in their places */
static void check_pieces(const std::vector<int64_t> &size, const std::vector<int64_t> &stride, size_t bytes)
{
  DeviceVector<char> memory(std::vector<char>(bytes, 0));
  THPlan plan;
  plan.nop = 1;
  plan.ndim = (int)size.size();
  plan.numel = 1;
  plan.base[0] = memory.data;
  for (size_t d = 0; d < size.size(); d++) {
    plan.size[d] = size[d];
    plan.stride[d][0] = stride[d];
    plan.numel *= size[d];
  }
  int64_t total = 0;
  int pieces = 0;
  THCPlan_pieces("check", &plan, [&](const THPlan *p) {
    ck_assert_int_lt(p->numel, THC_PIECE);
    total += p->numel;
    pieces++;
    THC_LAUNCH(count, 1, 32, 0, nullptr, THCPlan<1>(p));
  });
  ck_assert_int_eq(total, plan.numel);
  ck_assert_int_ge(pieces, (plan.numel + THC_PIECE - 1) / THC_PIECE);
  std::vector<char> expected(bytes, 0);
  for (int64_t i = 0; i < plan.numel; i++) {
    int64_t rest = i, at = 0;
    for (size_t d = 0; d < size.size(); rest /= size[d++]) at += rest % size[d] * stride[d];
    expected[(size_t)at]++;
  }
  ck_assert(memory.get() == expected);
}

START_TEST(test_pieces)
{
  in_all_orders([] {
    check_pieces({1}, {1}, 1);
    check_pieces({99}, {1}, 99);
    check_pieces({100}, {2}, 200);
    check_pieces({1000}, {1}, 1000);
    check_pieces({7, 3, 11}, {1, 9, 30}, 350);
    check_pieces({150, 2, 3}, {2, 300, 601}, 2000);
    check_pieces({3, 1, 200, 1}, {1, 5, 4, 3}, 900);
  });
}
END_TEST

/* The known answers of the authors' Random123 (kat_vectors). */
START_TEST(test_philox)
{
  const uint32_t ones = 0xffffffff;
  const struct {
    THCPhilox counter;
    uint32_t key[2];
    THCPhilox answer;
  } known[] = {{{{0, 0, 0, 0}}, {0, 0}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
               {{{ones, ones, ones, ones}}, {ones, ones}, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
               {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
                {0xa4093822, 0x299f31d0},
                {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}};
  for (const auto &k : known) {
    const THCPhilox got = THCPhilox_rounds(k.counter, k.key[0], k.key[1]);
    for (int i = 0; i < 4; i++) ck_assert_uint_eq(got.word[i], k.answer.word[i]);
  }
}
END_TEST

START_TEST(test_integer_power)
{
  ck_assert_int_eq(THC_ipow(3, 39), 4052555153018976256); /* 3^39, rounded to a double */
  ck_assert_int_eq(THC_ipow(-3, 5), -243);
  ck_assert_int_eq(THC_ipow(10, 18), 1000000000000000000);
  ck_assert_int_eq(THC_ipow(2, 62), (int64_t)1 << 62);
  ck_assert_int_eq(THC_ipow(-2, 63), INT64_MIN);
  ck_assert_int_eq(THC_ipow(2, 63), INT64_MAX);
  ck_assert_int_eq(THC_ipow(7, 1000), INT64_MAX);
  ck_assert_int_eq(THC_ipow(0, 0), 1);
  ck_assert_int_eq(THC_ipow(0, 3), 0);
  ck_assert_int_eq(THC_ipow(0, -1), INT64_MAX);
  ck_assert_int_eq(THC_ipow(-1, -3), -1);
  ck_assert_int_eq(THC_ipow(2, -1), 0);
  ck_assert_int_eq(THC_ipow(1, INT64_MAX), 1);
}
END_TEST

int main()
{
  return run_suite("plan", {test_divider, test_pieces, test_philox, test_integer_power});
}
