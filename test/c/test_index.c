/* Indexing by tensors against double loops. */
#include "th_test.h"

static const int64_t shapes[][3] = {{1, 1, 1},   {5, 1, 3},  {4, 7, 2},
                                    {3, 17, 16}, {2, 9, 33}, {70, 3, 65}};
enum { SHAPES = sizeof shapes / sizeof *shapes, TYPES = TH_NMATH };

/* Row-major number of the element of t at (a, b, c). */
static int64_t number(const THAnyTensor *t, int64_t a, int64_t b, int64_t c)
{
  return (a * t->size[1] + b) * t->size[2] + c;
}
static double get3(const THAnyTensor *t, const int64_t *i)
{
  return th_get(t, number(t, i[0], i[1], i[2]));
}

#define FOR3(size, i)                                                                              \
  for (int64_t i[3] = {0}; i[0] < (size)[0]; i[0]++)                                               \
    for (i[1] = 0; i[1] < (size)[1]; i[1]++)                                                       \
      for (i[2] = 0; i[2] < (size)[2]; i[2]++)

static void with_dim(int64_t *r, const int64_t *size, int dim, int64_t n)
{
  memcpy(r, size, 3 * sizeof *r);
  r[dim] = n;
}

static void fill_index(THAnyTensor *t, int64_t limit) { th_fill(t, 1, (int)limit); }

/* Runs body for every type, layout, shape and dimension. */
typedef struct Case {
  THType type;
  int layout, dim;
  const int64_t *size;
} Case;
static void every_case(void (*body)(const Case *))
{
  for (int type = 0; type < TYPES; type++)
    for (int layout = 0; layout < TH_LAYOUTS; layout++)
      for (int s = 0; s < SHAPES; s++)
        for (int dim = 0; dim < 3; dim++) body(&(Case){(THType)type, layout, dim, shapes[s]});
}

static void gather_case(const Case *c)
{
  int64_t size[3];
  with_dim(size, c->size, c->dim, c->size[c->dim] % 5 + 2);
  TH_AUTO(THAnyTensor) x = th_layout(c->type, c->layout, 3, c->size);
  TH_AUTO(THAnyTensor) index = th_layout(TH_LONG, c->layout, 3, size);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(c->type);
  fill_index(index, c->size[c->dim]);
  THAnyTensor_gather(r, x, c->dim, index);
  th_check(THAnyTensor_isSameSizeAs(r, index));
  FOR3(size, i)
  {
    int64_t from[3];
    with_dim(from, i, c->dim, (int64_t)get3(index, i) - 1);
    th_check(get3(r, i) == get3(x, from));
  }
}
START_TEST(gather) { every_case(gather_case); }
END_TEST

static void scatter_case(const Case *c)
{
  int64_t size[3];
  with_dim(size, c->size, c->dim, c->size[c->dim] % 5 + 2);
  TH_AUTO(THAnyTensor) index = th_layout(TH_LONG, c->layout, 3, size);
  TH_AUTO(THAnyTensor) x = th_layout(c->type, c->layout, 3, size);
  fill_index(index, c->size[c->dim]);
  for (int add = 0; add < 3; add++) {
    TH_AUTO(THAnyTensor) r = th_layout(c->type, c->layout, 3, c->size);
    th_fill(x, 0, 9);
    th_fill(r, 0, 9);
    TH_AUTO(THAnyTensor) want = THAnyTensor_newClone(r);
    FOR3(size, i)
    {
      int64_t to[3];
      with_dim(to, i, c->dim, (int64_t)get3(index, i) - 1);
      int64_t k = number(want, to[0], to[1], to[2]);
      th_set(want, k, add == 2 ? 7 : add ? th_get(want, k) + get3(x, i) : get3(x, i));
    }
    if (add == 2) THAnyTensor_scatterFill(r, c->dim, index, THScalar_fromInt(7));
    else if (add) THAnyTensor_scatterAdd(r, c->dim, index, x);
    else THAnyTensor_scatter(r, c->dim, index, x);
    th_check(THAnyTensor_equal(r, want));
  }
}
START_TEST(scatter) { every_case(scatter_case); }
END_TEST

static void slices_case(const Case *c)
{
  int64_t size[3], n = c->size[c->dim] % 5 + 2;
  with_dim(size, c->size, c->dim, n);
  TH_AUTO(THAnyTensor) x = th_layout(c->type, c->layout, 3, c->size);
  TH_AUTO(THAnyTensor) index = th_layout(TH_LONG, c->layout, 1, &n);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(c->type);
  fill_index(index, c->size[c->dim]);
  THAnyTensor_indexSelect(r, x, c->dim, index);
  FOR3(size, i)
  {
    int64_t from[3];
    with_dim(from, i, c->dim, (int64_t)th_get(index, i[c->dim]) - 1);
    th_check(get3(r, i) == get3(x, from));
  }
  THAnyTensor_indexSelect(x, x, c->dim, index); /* in place */
  th_check(THAnyTensor_equal(r, x));
}
START_TEST(index_select) { every_case(slices_case); }
END_TEST

static void write_slices_case(const Case *c)
{
  int64_t size[3], n = c->size[c->dim] % 5 + 2;
  with_dim(size, c->size, c->dim, n);
  TH_AUTO(THAnyTensor) y = th_layout(c->type, c->layout, 3, size);
  TH_AUTO(THAnyTensor) index = th_layout(TH_LONG, c->layout, 1, &n);
  fill_index(index, c->size[c->dim]);
  for (int how = 0; how < 3; how++) {
    TH_AUTO(THAnyTensor) r = th_layout(c->type, c->layout, 3, c->size);
    th_fill(r, 0, 9);
    th_fill(y, 0, 9);
    TH_AUTO(THAnyTensor) want = THAnyTensor_newClone(r);
    FOR3(size, i)
    {
      int64_t to[3];
      with_dim(to, i, c->dim, (int64_t)th_get(index, i[c->dim]) - 1);
      int64_t k = number(want, to[0], to[1], to[2]);
      th_set(want, k, how == 2 ? 7 : how ? th_get(want, k) + get3(y, i) : get3(y, i));
    }
    if (how == 2) THAnyTensor_indexFill(r, c->dim, index, THScalar_fromInt(7));
    else if (how) THAnyTensor_indexAdd(r, c->dim, index, y);
    else THAnyTensor_indexCopy(r, c->dim, index, y);
    th_check(THAnyTensor_equal(r, want));
  }
}
START_TEST(index_write) { every_case(write_slices_case); }
END_TEST

static void mask_case(const Case *c)
{
  if (c->dim) return;
  TH_AUTO(THAnyTensor) x = th_layout(c->type, c->layout, 3, c->size);
  TH_AUTO(THAnyTensor) mask = th_layout(TH_BYTE, c->layout, 3, c->size);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(c->type);
  th_fill(mask, 0, 2);
  int64_t n = THAnyTensor_nElement(x), taken = 0;
  THAnyTensor_maskedSelect(r, x, mask);
  for (int64_t i = 0; i < n; i++)
    if (th_get(mask, i)) th_check(th_get(r, taken++) == th_get(x, i));
  th_same(THAnyTensor_nElement(r), taken);
  TH_AUTO(THAnyTensor) filled = THAnyTensor_newClone(x);
  TH_AUTO(THAnyTensor) before = THAnyTensor_newClone(x);
  THAnyTensor_maskedFill(x, mask, THScalar_fromInt(3));
  THAnyTensor_maskedFill(filled, mask, THScalar_fromInt(3));
  for (int64_t i = 0; i < n; i++)
    th_check(th_get(x, i) == (th_get(mask, i) ? 3 : th_get(before, i)));
  th_check(THAnyTensor_equal(x, filled));
  if (!taken) return;
  THAnyTensor_maskedCopy(x, mask, r); /* back to what it was */
  th_check(THAnyTensor_equal(x, before));
}
START_TEST(masks) { every_case(mask_case); }
END_TEST

static void nonzero_case(const Case *c)
{
  if (c->dim) return;
  TH_AUTO(THAnyTensor) x = th_layout(c->type, c->layout, 3, c->size);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_LONG);
  th_fill(x, 0, 3);
  THAnyTensor_nonzero(r, x);
  int64_t row = 0;
  FOR3(c->size, i)
  {
    if (get3(x, i) == 0) continue;
    for (int d = 0; d < 3; d++) th_same((int64_t)th_get(r, 3 * row + d), i[d]);
    row++;
  }
  th_same(row, r->nDimension ? r->size[0] : 0);
}
START_TEST(nonzero) { every_case(nonzero_case); }
END_TEST

/* More elements than one chunk or one thread takes; equal for any number of threads. */
START_TEST(large)
{
  TH_AUTO(THAnyTensor) x = th_new(TH_FLOAT, 2, 700, 301);
  TH_AUTO(THAnyTensor) mask = th_new(TH_BYTE, 2, 700, 301);
  TH_AUTO(THAnyTensor) index = th_new(TH_LONG, 2, 900, 301);
  th_fill(x, -2, 5);
  th_fill(mask, 0, 2);
  fill_index(index, 700);
  THAnyTensor *r[3][4];
  static const int threads[3] = {1, 2, 7};
  for (int k = 0; k < 3; k++) {
    THSetNumThreads(threads[k]);
    for (int j = 0; j < 4; j++) r[k][j] = THAnyTensor_new(j == 3 ? TH_LONG : TH_FLOAT);
    THAnyTensor_maskedSelect(r[k][0], x, mask);
    THAnyTensor_gather(r[k][1], x, 0, index);
    THAnyTensor_zerosLike(r[k][2], x);
    THAnyTensor_scatterAdd(r[k][2], 0, index, r[k][1]);
    THAnyTensor_nonzero(r[k][3], x);
    for (int j = 0; j < 4; j++) th_check(THAnyTensor_equal(r[k][j], r[0][j]));
  }
  int64_t taken = 0;
  for (int64_t i = 0; i < 700 * 301; i++)
    if (th_get(mask, i)) th_check(th_get(r[0][0], taken++) == th_get(x, i));
  for (int k = 0; k < 3; k++)
    for (int j = 0; j < 4; j++) THAnyTensor_free(r[k][j]);
}
END_TEST

START_TEST(empty)
{
  TH_AUTO(THAnyTensor) x = THAnyTensor_new(TH_FLOAT);
  TH_AUTO(THAnyTensor) mask = THAnyTensor_new(TH_BYTE);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
  TH_AUTO(THAnyTensor) at = THAnyTensor_new(TH_LONG);
  THAnyTensor_maskedSelect(r, x, mask);
  THAnyTensor_maskedFill(x, mask, THScalar_fromInt(1));
  THAnyTensor_maskedCopy(x, mask, r);
  THAnyTensor_nonzero(at, x);
  th_same(r->nDimension, 0);
  th_same(at->nDimension, 0);
}
END_TEST

START_TEST(expanded)
{
  TH_AUTO(THAnyTensor) x = th_new(TH_FLOAT, 2, 1, 3);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
  TH_AUTO(THAnyTensor) index = th_new(TH_LONG, 2, 4, 1);
  th_fill(x, 1, 50);
  for (int i = 0; i < 4; i++) th_set(index, i, i + 1);
  THAnyTensor_expandNd(x, NULL, 2, (int64_t[]){4, 3});
  THAnyTensor_expandNd(index, NULL, 2, (int64_t[]){4, 3});
  THAnyTensor_gather(r, x, 0, index);
  th_check(THAnyTensor_equal(r, x));
  TH_AUTO(THAnyTensor) mask = th_new(TH_BYTE, 2, 4, 1); /* broadcasts */
  for (int i = 0; i < 4; i++) th_set(mask, i, i % 2);
  THAnyTensor_maskedFill(r, mask, THScalar_fromInt(-1));
  for (int i = 0; i < 12; i++) th_check(th_get(r, i) == (i / 3 % 2 ? -1 : th_get(x, i)));
}
END_TEST

/* ---- errors ---- */

typedef struct Args {
  THAnyTensor *r, *x, *index, *mask, *copy;
  int dim;
} Args;

static void do_select(void *p)
{
  Args *a = p;
  THAnyTensor_indexSelect(a->r, a->x, a->dim, a->index);
}
static void do_copy(void *p)
{
  Args *a = p;
  THAnyTensor_indexCopy(a->x, a->dim, a->index, a->r);
}
static void do_add(void *p)
{
  Args *a = p;
  THAnyTensor_indexAdd(a->x, a->dim, a->index, a->r);
}
static void do_fill(void *p)
{
  Args *a = p;
  THAnyTensor_indexFill(a->x, a->dim, a->index, THScalar_fromInt(1));
}
static void do_gather(void *p)
{
  Args *a = p;
  THAnyTensor_gather(a->r, a->x, a->dim, a->index);
}
static void do_scatter(void *p)
{
  Args *a = p;
  THAnyTensor_scatter(a->x, a->dim, a->index, a->r);
}
static void do_scatter_fill(void *p)
{
  Args *a = p;
  THAnyTensor_scatterFill(a->x, a->dim, a->index, THScalar_fromInt(1));
}
static void do_masked_fill(void *p)
{
  Args *a = p;
  THAnyTensor_maskedFill(a->x, a->mask, THScalar_fromInt(1));
}
static void do_masked_copy(void *p)
{
  Args *a = p;
  THAnyTensor_maskedCopy(a->x, a->mask, a->r);
}
static void do_masked_select(void *p)
{
  Args *a = p;
  THAnyTensor_maskedSelect(a->r, a->x, a->mask);
}
static void do_nonzero(void *p)
{
  Args *a = p;
  THAnyTensor_nonzero(a->index, a->x);
}

START_TEST(errors)
{
  TH_AUTO(THAnyTensor) x = th_new(TH_FLOAT, 2, 3, 4);
  TH_AUTO(THAnyTensor) r = th_new(TH_FLOAT, 2, 2, 4);
  TH_AUTO(THAnyTensor) index = th_new(TH_LONG, 1, 2);
  TH_AUTO(THAnyTensor) wide = th_new(TH_LONG, 2, 2, 4);
  TH_AUTO(THAnyTensor) mask = th_new(TH_BYTE, 2, 3, 4);
  TH_AUTO(THAnyTensor) ints = th_new(TH_INT, 1, 2);
  th_fill(x, 0, 9);
  th_fill(mask, 0, 2);
  TH_AUTO(THAnyTensor) before = THAnyTensor_newClone(x);
  Args a = {r, x, index, mask, NULL, 0};
  static const int bad[] = {0, 4, -1};
  for (int k = 0; k < 3; k++) { /* the first index is fine: nothing may be written for it */
    th_set(index, 0, 1);
    th_set(index, 1, bad[k]);
    th_raises(do_select, &a, "out of range");
    th_raises(do_copy, &a, "out of range");
    th_raises(do_add, &a, "out of range");
    th_raises(do_fill, &a, "out of range");
    th_fill(wide, 1, 3);
    th_set(wide, 7, bad[k]);
    a.index = wide;
    th_raises(do_gather, &a, "gather: index");
    th_raises(do_scatter, &a, "scatter: index");
    th_raises(do_scatter_fill, &a, "scatterFill: index");
    a.index = index;
  }
  th_fill(index, 1, 2);
  a.dim = 2;
  th_raises(do_select, &a, "dimension 3 out of range of 2D tensor");
  th_raises(do_gather, &a, "dimension 3 out of range");
  th_raises(do_scatter, &a, "dimension 3 out of range");
  a.dim = 1;
  th_raises(do_copy, &a, "does not fit [3 x 4]");
  th_raises(do_gather, &a, "must have the sizes of the source [3 x 4]");
  a.dim = 0;
  a.index = wide;
  th_raises(do_select, &a, "supposed to be a vector");
  a.index = ints;
  th_raises(do_select, &a, "expected a LongTensor, got a IntTensor");
  th_raises(do_gather, &a, "expected a LongTensor");
  a.index = index;
  th_set(mask, 5, 2);
  th_raises(do_masked_fill, &a, "0 and 1 values only");
  th_raises(do_masked_copy, &a, "0 and 1 values only");
  th_raises(do_masked_select, &a, "0 and 1 values only");
  THAnyTensor_fill(mask, THScalar_fromInt(1));
  th_raises(do_masked_copy, &a, "src < number of ones in mask: 8 < 12");
  a.mask = THAnyTensor_newNarrow(mask, 1, 0, 3);
  th_raises(do_masked_fill, &a, "inconsistent tensor size");
  th_raises(do_masked_select, &a, "12 and 9 elements");
  THAnyTensor_free(a.mask);
  th_check(THAnyTensor_equal(x, before));
}
END_TEST

/* ---- failing allocations ---- */

static void mem_all(void *p)
{
  void (*fn)(void *) = *(void (**)(void *))p;
  TH_AUTO(THAnyTensor) whole = th_new(TH_FLOAT, 2, 4, 3);
  THAnyTensor_transpose(whole, NULL, 0, 1);
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(TH_FLOAT);
  TH_AUTO(THAnyTensor) index = th_new(TH_LONG, fn == do_gather ? 2 : 1, 3, 4);
  TH_AUTO(THAnyTensor) mask = th_new(TH_BYTE, 2, 4, 3);
  THAnyTensor_transpose(mask, NULL, 0, 1);
  THAnyTensor_fill(mask, THScalar_fromInt(1));
  THAnyTensor_fill(index, THScalar_fromInt(1));
  THAnyTensor_fill(whole, THScalar_fromInt(1));
  bool writes = fn == do_copy || fn == do_add || fn == do_masked_copy;
  Args a = {writes ? whole : r, whole, index, mask, NULL, 0};
  fn(&a); /* the source of a write shares its memory: copied */
}
START_TEST(mem)
{
  void (*fn[])(void *) = {do_select,      do_copy,        do_add,           do_fill,   do_gather,
                          do_masked_fill, do_masked_copy, do_masked_select, do_nonzero};
  for (size_t k = 0; k < sizeof fn / sizeof *fn; k++) th_exhaust(mem_all, &fn[k]);
}
END_TEST

TH_MAIN("index", gather, scatter, index_select, index_write, masks, nonzero, large, empty, expanded,
        errors, mem)
