/* Kernels of THTensorIndex.c for one element type. */

/* Both loops of a block, the closer one inside; BODY sees lane j, element i. */
#define INDEX_LOOPS(b, k, n, BODY)                                                                 \
  if (THLaneBlock_isInner(b, k)) {                                                                 \
    for (int64_t j = 0; j < (b)->lanes; j++)                                                       \
      for (int64_t i = 0; i < (n); i++) BODY                                                       \
  } else {                                                                                         \
    for (int64_t i = 0; i < (n); i++)                                                              \
      for (int64_t j = 0; j < (b)->lanes; j++) BODY                                                \
  }

/* 0 result, 1 index, 2 source */
static void T_(gather)(const THLaneBlock *b)
{
  real *r = (real *)b->data[0];
  const int64_t *at = (const int64_t *)b->data[1];
  const real *x = (const real *)b->data[2] - TH_INDEX_BASE * b->step[2];
  const int64_t rs = b->step[0], is = b->step[1], xs = b->step[2];
  const int64_t ra = b->across[0], ia = b->across[1], xa = b->across[2];
  if (ia == 0 && ra == 1 && xa == 1 && b->lanes > 1) { /* whole rows */
    for (int64_t i = 0; i < b->size[1]; i++)
      memcpy(r + i * rs, x + at[i * is] * xs, (size_t)b->lanes * sizeof(real));
    return;
  }
  INDEX_LOOPS(b, 0, b->size[1], r[i * rs + j * ra] = x[at[i * is + j * ia] * xs + j * xa];)
}

/* 0 index, 1 source, 2 result */
static void T_(scatter)(const THLaneBlock *b)
{
  const int64_t *at = (const int64_t *)b->data[0];
  const real *x = (const real *)b->data[1];
  real *r = (real *)b->data[2] - TH_INDEX_BASE * b->step[2];
  const int64_t is = b->step[0], xs = b->step[1], rs = b->step[2];
  const int64_t ia = b->across[0], xa = b->across[1], ra = b->across[2];
  if (ia == 0 && ra == 1 && xa == 1 && b->lanes > 1) {
    for (int64_t i = 0; i < b->size[0]; i++)
      memcpy(r + at[i * is] * rs, x + i * xs, (size_t)b->lanes * sizeof(real));
    return;
  }
  INDEX_LOOPS(b, 1, b->size[0], r[at[i * is + j * ia] * rs + j * ra] = x[i * xs + j * xa];)
}

static void T_(scatter_add)(const THLaneBlock *b)
{
  const int64_t *at = (const int64_t *)b->data[0];
  const real *x = (const real *)b->data[1];
  real *r = (real *)b->data[2] - TH_INDEX_BASE * b->step[2];
  const int64_t is = b->step[0], xs = b->step[1], rs = b->step[2];
  const int64_t ia = b->across[0], xa = b->across[1], ra = b->across[2];
  if (ia == 0 && ra == 1 && xa == 1 && b->lanes > 1) {
    for (int64_t i = 0; i < b->size[0]; i++) {
      real *restrict to = r + at[i * is] * rs;
      const real *restrict from = x + i * xs;
      for (int64_t j = 0; j < b->lanes; j++) to[j] = (real)(to[j] + from[j]);
    }
    return;
  }
  INDEX_LOOPS(b, 1, b->size[0], {
    real *to = r + at[i * is + j * ia] * rs + j * ra;
    *to = (real)(*to + x[i * xs + j * xa]);
  })
}

/* 0 index, 1 result; arg points to the value */
static void T_(scatter_fill)(const THLaneBlock *b)
{
  const int64_t *at = (const int64_t *)b->data[0];
  real *r = (real *)b->data[1] - TH_INDEX_BASE * b->step[1];
  const real value = *(const real *)b->arg;
  const int64_t is = b->step[0], rs = b->step[1], ia = b->across[0], ra = b->across[1];
  INDEX_LOOPS(b, 1, b->size[0], r[at[i * is + j * ia] * rs + j * ra] = value;)
}

/* 0 result, 1 itself, 2 mask. Every element is written, as plans demand. */
static TH_KERNEL void T_(masked_fill_row)(real *restrict r, const unsigned char *restrict mask,
                                          int64_t n, real value)
{
  for (int64_t i = 0; i < n; i++) r[i] = mask[i] ? value : r[i];
}
static void T_(masked_fill)(char *const *base, const int64_t *stride, int64_t n, const void *arg)
{
  const real value = *(const real *)arg;
  char *r = base[0], *x = base[1], *m = base[2];
  if (r == x && stride[0] == sizeof(real) && stride[1] == sizeof(real) && stride[2] == 1) {
    T_(masked_fill_row)((real *)r, (const unsigned char *)m, n, value);
    return;
  }
  for (int64_t i = 0; i < n; i++, r += stride[0], x += stride[1], m += stride[2])
    *(real *)r = *m ? value : *(const real *)x;
}

/* n elements from *x on; the mask is contiguous. Without branches: masks are rarely regular. */
static void T_(masked_select)(void *r_, const void *x_, const unsigned char *mask, int64_t n)
{
  real *r = r_;
  const real *x = x_;
  int64_t at = 0;
  int64_t taken = 0; /* a store after the last one taken would be out of bounds */
  for (int64_t i = 0; i < n; i++) taken += mask[i];
  for (int64_t i = 0; at < taken; i++) {
    r[at] = x[i];
    at += mask[i];
  }
}

static void T_(masked_copy)(void *r_, const void *x_, const unsigned char *mask, int64_t n)
{
  real *r = r_;
  const real *x = x_;
  for (int64_t i = 0; i < n; i++)
    if (mask[i]) r[i] = *x++;
}

static int64_t T_(count_nonzero)(const void *x_, int64_t n)
{
  const real *x = x_;
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) count += x[i] != 0;
  return count;
}

/* Positions of the non-zero ones among n elements, as offsets from the first. */
static int64_t T_(find_nonzero)(const void *x_, int64_t n, int64_t *at)
{
  const real *x = x_;
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) { /* without branches; at[count] is in bounds as count <= i */
    at[count] = i;
    count += x[i] != 0;
  }
  return count;
}
#undef INDEX_LOOPS
