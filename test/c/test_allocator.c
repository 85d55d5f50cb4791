/* THAlloc and its cache of large blocks. Under a sanitizer nothing is cached, and every block ends
   where it was asked to. */
#include "th_test.h"

#ifdef __has_feature
#define FEATURE(name) __has_feature(name)
#else
#define FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || FEATURE(address_sanitizer)
#define ADDRESS_SANITIZER 1
void *__asan_region_is_poisoned(void *begin, size_t size);
#endif
#if defined(TH_PLAIN_MALLOC) || defined(ADDRESS_SANITIZER) || defined(__SANITIZE_THREAD__) || FEATURE(thread_sanitizer)
#define CACHED 0
#else
#define CACHED 1
#endif

static const ptrdiff_t sizes[] = {1,          100,        TH_CACHE_MIN - 1, TH_CACHE_MIN, TH_CACHE_MIN + 1,
                                  100 * 1000, 1000 * 1000, (1 << 20) + 1,    5 << 20};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void fill(unsigned char *p, ptrdiff_t n)
{
  for (ptrdiff_t i = 0; i < n; i++) p[i] = (unsigned char)(i * 7 + i / 256);
}
static void check_filled(const unsigned char *p, ptrdiff_t n)
{
  for (ptrdiff_t i = 0; i < n; i++) th_same(p[i], (unsigned char)(i * 7 + i / 256));
}

START_TEST(every_byte_is_there)
{
  for (int i = 0; i < SIZES; i++) {
    int64_t before = THAllocator_stats().inUse;
    unsigned char *p = THAlloc(sizes[i]);
    fill(p, sizes[i]);
    check_filled(p, sizes[i]);
    int64_t took = THAllocator_stats().inUse - before;
    if (sizes[i] < TH_CACHE_MIN) ck_assert_int_eq(took, 0);
    else ck_assert_int_ge(took, sizes[i]);
    if (sizes[i] >= TH_CACHE_MIN) ck_assert_int_eq((intptr_t)p % 4096, 0);
    THFree(p);
    ck_assert_int_eq(THAllocator_stats().inUse, before);
  }
}
END_TEST

START_TEST(resized_blocks_keep_their_bytes)
{
  for (int i = 0; i < SIZES; i++)
    for (int j = 0; j < SIZES; j++) {
      unsigned char *p = THAlloc(sizes[i]);
      fill(p, sizes[i]);
      p = THRealloc(p, sizes[j]);
      check_filled(p, THMin(sizes[i], sizes[j]));
      fill(p, sizes[j]);
      check_filled(p, sizes[j]);
      THFree(p);
    }
  ck_assert_int_eq(THAllocator_stats().inUse, 0);
}
END_TEST

START_TEST(large_blocks_are_reused)
{
  THAllocatorStats before = THAllocator_stats();
  for (int i = 0; i < 10; i++) THFree(THAlloc(1 << 20));
  THAllocatorStats after = THAllocator_stats();
  ck_assert_int_eq(after.misses - before.misses, CACHED ? 1 : 10);
  ck_assert_int_eq(after.hits - before.hits, CACHED ? 9 : 0);
  ck_assert_int_eq(after.cached - before.cached, CACHED ? 1 << 20 : 0);
  THAllocator_release();
  ck_assert_int_eq(THAllocator_stats().cached, 0);
}
END_TEST

START_TEST(the_cache_keeps_to_its_limit)
{
  THAllocator_setCacheLimit(2 << 20);
  void *p[5];
  for (int i = 0; i < 5; i++) p[i] = THAlloc(1 << 20);
  for (int i = 0; i < 5; i++) THFree(p[i]);
  ck_assert_int_eq(THAllocator_stats().cached, CACHED ? 2 << 20 : 0);
  THAllocator_setCacheLimit(0);
  THAllocator_release();
  THFree(THAlloc(1 << 20));
  ck_assert_int_eq(THAllocator_stats().cached, 0);
}
END_TEST

/* Enough of them to be cut from several mappings, and given back in another order. */
START_TEST(many_blocks_lie_apart)
{
  enum { MANY = 200 };
  unsigned char *p[MANY];
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < MANY; i++) {
      const ptrdiff_t bytes = sizes[3 + i % 6];
      p[i] = THAlloc(bytes);
      memset(p[i], i, (size_t)bytes);
    }
    for (int i = 0; i < MANY; i++) {
      unsigned char *q = p[i * 7 % MANY];
      const int n = i * 7 % MANY;
      const ptrdiff_t bytes = sizes[3 + n % 6];
      for (ptrdiff_t b = 0; b < bytes; b += 1000) th_same(q[b], n);
      th_same(q[bytes - 1], n);
      THFree(q);
    }
    THAllocator_release();
    ck_assert_int_eq(THAllocator_stats().inUse, 0);
    ck_assert_int_eq(THAllocator_stats().cached, 0);
  }
}
END_TEST

/* A cache full of blocks of sizes that were wanted once would leave none for the size wanted now. */
START_TEST(sizes_no_longer_wanted_make_room)
{
  THAllocator_release();
  THAllocator_setCacheLimit(4 << 20);
  void *p[4];
  for (int i = 0; i < 4; i++) p[i] = THAlloc(1 << 20);
  for (int i = 0; i < 4; i++) THFree(p[i]);
  const THAllocatorStats before = THAllocator_stats();
  for (int i = 0; i < 40; i++) THFree(THAlloc(512 << 10));
  const THAllocatorStats after = THAllocator_stats();
  if (CACHED) {
    ck_assert_int_eq(before.cached, 4 << 20);
    ck_assert_int_eq(after.cached, 512 << 10);
    ck_assert_int_ge(after.hits - before.hits, 5); /* the first 16 MB and one more were the system's */
  }
  for (int i = 0; i < 40; i++) { /* sizes in turn that all are wanted stay, though there is no room for all */
    THFree(THAlloc(3 << 20));
    THFree(THAlloc(2 << 20));
  }
  if (CACHED) ck_assert_int_ge(THAllocator_stats().hits - after.hits, 39);
  THAllocator_setCacheLimit(64 << 20);
  THAllocator_release();
  ck_assert_int_eq(THAllocator_stats().cached, 0);
}
END_TEST

#ifdef ADDRESS_SANITIZER
START_TEST(sanitizers_see_every_block)
{
  for (int i = 0; i < SIZES; i++) {
    char *p = THAlloc(sizes[i]);
    ck_assert(!__asan_region_is_poisoned(p, (size_t)sizes[i]));
    ck_assert(__asan_region_is_poisoned(p + sizes[i], 1) != NULL);
    p = THRealloc(p, 2 * sizes[i]);
    ck_assert(!__asan_region_is_poisoned(p, 2 * (size_t)sizes[i]));
    ck_assert(__asan_region_is_poisoned(p + 2 * sizes[i], 1) != NULL);
    THFree(p);
    ck_assert(__asan_region_is_poisoned(p, 1) != NULL);
  }
}
END_TEST
#else
START_TEST(sanitizers_see_every_block) { printf("skipped: needs a build for AddressSanitizer\n"); }
END_TEST
#endif

TH_MAIN("allocator", every_byte_is_there, resized_blocks_keep_their_bytes, large_blocks_are_reused,
        the_cache_keeps_to_its_limit, many_blocks_lie_apart, sizes_no_longer_wanted_make_room, sanitizers_see_every_block)
