/* Operations along a dimension, order and shape against double loops. */
#include "th_test.h"

static const int64_t shapes[][3] = {{1, 1, 1},  {2, 3, 5},  {4, 17, 3},   {3, 15, 16},
                                    {5, 2, 64}, {3, 65, 9}, {1, 1500, 2}, {1, 4, 1100}};
enum { SHAPES = sizeof shapes / sizeof *shapes, TYPES = TH_NMATH };

typedef struct Case {
  THAnyTensor *x; /* the input, full of small numbers */
  int dim;
  int64_t n, lanes;
} Case;

/* Row-major number of element i of lane `lane` along c->dim of a tensor like t. */
static int64_t lane_at(const THAnyTensor *t, int dim, int64_t lane, int64_t i)
{
  int64_t inner = 1;
  for (int d = dim + 1; d < t->nDimension; d++) inner *= t->size[d];
  return lane / inner * inner * t->size[dim] + i * inner + lane % inner;
}
static double lane_get(const THAnyTensor *t, int dim, int64_t lane, int64_t i)
{
  return th_get(t, lane_at(t, dim, lane, i));
}

static void every_case(void (*body)(const Case *), int first_type)
{
  for (int type = first_type; type < TYPES; type++)
    for (int layout = 0; layout < TH_LAYOUTS; layout++)
      for (int s = 0; s < SHAPES; s++) {
        TH_AUTO(THAnyTensor) x = th_layout((THType)type, layout, 3, shapes[s]);
        th_fill(x, type == TH_BYTE ? 0 : -4, 9);
        for (int dim = 0; dim < 3; dim++) {
          Case c = {x, dim, x->size[dim], THAnyTensor_nElement(x) / x->size[dim]};
          body(&c);
        }
      }
}

/* ---- running sums, extremes, variance ---- */

static void cumulate_case(const Case *c)
{
  TH_AUTO(THAnyTensor) s = THAnyTensor_new((THType)c->x->type);
  TH_AUTO(THAnyTensor) p = THAnyTensor_newClone(c->x);
  THAnyTensor_cumsum(s, c->x, c->dim);
  THAnyTensor_cumsum(p, p, c->dim); /* in place */
  th_check(THAnyTensor_equal(s, p));
  TH_AUTO(THAnyTensor) cell = th_new((THType)c->x->type, 1, 1);
  for (int64_t l = 0; l < c->lanes; l++) {
    double sum = 0;
    for (int64_t i = 0; i < c->n; i++) {
      sum += lane_get(c->x, c->dim, l, i);
      THScalar_store((THType)cell->type, THAnyTensor_data(cell), THScalar_fromDouble(sum));
      th_check(lane_get(s, c->dim, l, i) == th_get(cell, 0));
    }
  }
  if (c->n > 15) return;
  THAnyTensor_cumprod(s, c->x, c->dim);
  for (int64_t l = 0; l < c->lanes; l++) {
    double product = 1;
    for (int64_t i = 0; i < c->n; i++) {
      product *= lane_get(c->x, c->dim, l, i);
      THScalar_store((THType)cell->type, THAnyTensor_data(cell), THScalar_fromDouble(product));
      th_check(lane_get(s, c->dim, l, i) == th_get(cell, 0));
    }
  }
}
START_TEST(cumulate) { every_case(cumulate_case, 0); }
END_TEST

static void extreme_case(const Case *c)
{
  TH_AUTO(THAnyTensor) v = THAnyTensor_new((THType)c->x->type);
  TH_AUTO(THAnyTensor) at = THAnyTensor_new(TH_LONG);
  for (int least = 0; least < 2; least++) {
    (least ? THAnyTensor_min : THAnyTensor_max)(v, at, c->x, c->dim, 1);
    for (int64_t l = 0; l < c->lanes; l++) {
      int64_t best = 0;
      for (int64_t i = 1; i < c->n; i++) {
        double a = lane_get(c->x, c->dim, l, i), b = lane_get(c->x, c->dim, l, best);
        if (b == b && (a != a || (least ? a < b : a > b))) best = i;
      }
      th_same((int64_t)lane_get(at, c->dim, l, 0), best);
      double want = lane_get(c->x, c->dim, l, best), got = lane_get(v, c->dim, l, 0);
      th_check(got == want || (got != got && want != want));
    }
  }
  (c->n % 2 ? THAnyTensor_min : THAnyTensor_max)(v, at, c->x, c->dim, 0);
  th_same(v->nDimension, 2);
}
static void extreme_nan_case(const Case *c)
{
  TH_AUTO(THAnyTensor) x = THAnyTensor_newWithTensor(c->x);
  for (int64_t i = 0; i < THAnyTensor_nElement(x); i++)
    if (th_random() % 40 == 0) th_set(x, i, th_random() % 2 ? NAN : -NAN);
  extreme_case(c);
  THAnyTensor_fill(x, THScalar_fromDouble(-INFINITY));
  extreme_case(c);
}
START_TEST(extremes)
{
  every_case(extreme_case, 0);
  every_case(extreme_nan_case, TH_FLOAT);
}
END_TEST

static void variance_case(const Case *c)
{
  TH_AUTO(THAnyTensor) v = THAnyTensor_new((THType)c->x->type);
  TH_AUTO(THAnyTensor) s = THAnyTensor_new((THType)c->x->type);
  TH_AUTO(THAnyTensor) x = THAnyTensor_newClone(c->x);
  for (int64_t i = 0; i < THAnyTensor_nElement(x); i++) th_set(x, i, th_get(x, i) + 1e6);
  THAnyTensor_var(v, x, c->dim, 0, 1);
  THAnyTensor_std(s, x, c->dim, 1, 1);
  for (int64_t l = 0; l < c->lanes; l++) {
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < c->n; i++) mean += lane_get(x, c->dim, l, i) / (double)c->n;
    for (int64_t i = 0; i < c->n; i++) squares += pow(lane_get(x, c->dim, l, i) - mean, 2);
    double want = squares / (double)(c->n - 1), got = lane_get(v, c->dim, l, 0);
    if (c->n == 1) th_check(got != got);
    else th_at_most(fabs(got - want), 1e-6 * (1 + want));
    th_at_most(fabs(lane_get(s, c->dim, l, 0) - sqrt(squares / (double)c->n)), 1e-6 * 5);
  }
  double n = (double)THAnyTensor_nElement(x), mean = 0, squares = 0;
  for (int64_t i = 0; i < n; i++) mean += th_get(x, i) / n;
  for (int64_t i = 0; i < n; i++) squares += pow(th_get(x, i) - mean, 2);
  th_at_most(fabs(THAnyTensor_varall(x, 1).d - squares / n), 1e-8 * (1 + squares / n));
  th_at_most(fabs(THAnyTensor_stdall(x, 1).d - sqrt(squares / n)), 1e-8 * 5);
}
START_TEST(variance) { every_case(variance_case, TH_FLOAT); }
END_TEST

static void renorm_case(const Case *c)
{
  TH_AUTO(THAnyTensor) r = THAnyTensor_new((THType)c->x->type);
  for (int p = 1; p < 4; p++) {
    THAnyTensor_renorm(r, c->x, THScalar_fromInt(p), c->dim, THScalar_fromInt(5));
    for (int64_t k = 0; k < c->n; k++) {
      double norm = 0;
      for (int64_t l = 0; l < c->lanes; l++) norm += pow(fabs(lane_get(c->x, c->dim, l, k)), p);
      norm = pow(norm, 1.0 / p);
      double scale = norm > 5 ? 5 / (norm + 1e-7) : 1;
      for (int64_t l = 0; l < c->lanes; l++)
        th_at_most(fabs(lane_get(r, c->dim, l, k) - scale * lane_get(c->x, c->dim, l, k)), 1e-5);
    }
  }
}
START_TEST(renorm) { every_case(renorm_case, TH_FLOAT); }
END_TEST

/* ---- order ---- */

static bool before(double a, double b) { return a < b || (a == a && b != b); }

/* Stable insertion of the lane's positions. */
static void naive_order(const Case *c, int64_t l, bool descending, int64_t *at)
{
  for (int64_t i = 0; i < c->n; i++) {
    double v = lane_get(c->x, c->dim, l, i);
    int64_t j = i;
    for (; j > 0; j--) {
      double w = lane_get(c->x, c->dim, l, at[j - 1]);
      if (!(descending ? before(w, v) : before(v, w))) break;
      at[j] = at[j - 1];
    }
    at[j] = i;
  }
}

static bool same(double a, double b) { return a == b || (a != a && b != b); }

static void order_case(const Case *c)
{
  THType type = (THType)c->x->type;
  TH_AUTO(THAnyTensor) v = THAnyTensor_new(type);
  TH_AUTO(THAnyTensor) i_ = THAnyTensor_new(TH_LONG);
  TH_AUTO(THAnyTensor) top = THAnyTensor_new(type);
  TH_AUTO(THAnyTensor) top_i = THAnyTensor_new(TH_LONG);
  TH_AUTO_MEM int64_t *at = THAlloc(c->n * 8);
  int64_t k = (c->n + 1) / 2;
  for (int descending = 0; descending < 2; descending++) {
    THAnyTensor_sort(v, i_, c->x, c->dim, descending);
    THAnyTensor_topk(top, top_i, c->x, k, c->dim, descending, 1);
    for (int64_t l = 0; l < c->lanes; l++) {
      naive_order(c, l, descending, at);
      for (int64_t i = 0; i < c->n; i++) {
        th_same((int64_t)lane_get(i_, c->dim, l, i), at[i]);
        th_check(same(lane_get(v, c->dim, l, i), lane_get(c->x, c->dim, l, at[i])));
        if (i >= k) continue;
        th_same((int64_t)lane_get(top_i, c->dim, l, i), at[i]);
        th_check(same(lane_get(top, c->dim, l, i), lane_get(v, c->dim, l, i)));
      }
    }
  }
  THAnyTensor_sort(v, i_, c->x, c->dim, 0);
  THAnyTensor_kthvalue(top, top_i, c->x, k, c->dim, 1);
  for (int64_t l = 0; l < c->lanes; l++) {
    th_check(same(lane_get(top, c->dim, l, 0), lane_get(v, c->dim, l, k - 1)));
    th_same((int64_t)lane_get(top_i, c->dim, l, 0), (int64_t)lane_get(i_, c->dim, l, k - 1));
  }
  THAnyTensor_median(top, top_i, c->x, c->dim, 1);
  for (int64_t l = 0; l < c->lanes; l++)
    th_check(same(lane_get(top, c->dim, l, 0), lane_get(v, c->dim, l, (c->n - 1) / 2)));
  THAnyTensor_mode(top, top_i, c->x, c->dim, 1);
  for (int64_t l = 0; l < c->lanes; l++) {
    int64_t best = 0, last = 0;
    for (int64_t i = 0, run = 1; i < c->n; i++, run++)
      if (i + 1 == c->n || !same(lane_get(v, c->dim, l, i), lane_get(v, c->dim, l, i + 1))) {
        if (run > best) best = run, last = i;
        run = 0;
      }
    th_check(same(lane_get(top, c->dim, l, 0), lane_get(v, c->dim, l, last)));
    th_same((int64_t)lane_get(top_i, c->dim, l, 0), (int64_t)lane_get(i_, c->dim, l, last));
  }
}
static void order_nan_case(const Case *c)
{
  TH_AUTO(THAnyTensor) x = THAnyTensor_newWithTensor(c->x);
  static const double odd[] = {NAN, -NAN, INFINITY, -INFINITY, 1e-310};
  for (int64_t i = 0; i < THAnyTensor_nElement(x); i++)
    if (th_random() % 3 == 0) th_set(x, i, odd[th_random() % (x->type == TH_FLOAT ? 4 : 5)]);
  order_case(c);
}
START_TEST(order)
{
  every_case(order_case, 0);
  every_case(order_nan_case, TH_FLOAT);
}
END_TEST

/* Patterns that are bad for quicksort; full range of the type; any number of threads. */
START_TEST(order_large)
{
  enum { N = 100000 };
  for (int type = 0; type < TYPES; type++)
    for (int pattern = 0; pattern < 5; pattern++) {
      TH_AUTO(THAnyTensor) x = th_new((THType)type, 1, N);
      TH_AUTO(THAnyTensor) v = THAnyTensor_new((THType)type);
      TH_AUTO(THAnyTensor) at = THAnyTensor_new(TH_LONG);
      for (int64_t i = 0; i < N; i++)
        th_set(x, i,
               pattern == 0   ? (double)i
               : pattern == 1 ? (double)(N - i)
               : pattern == 2 ? (double)THMin(i, N - i)
               : pattern == 3 ? 7
                              : (double)th_random() * 4.0 - 4e9);
      THAnyTensor_sort(v, at, x, 0, 0);
      for (int64_t i = 0; i < N; i++) {
        int64_t k = (int64_t)th_get(at, i);
        th_check(th_get(v, i) == th_get(x, k));
        if (i == 0) continue;
        th_check(th_get(v, i - 1) <= th_get(v, i));
        if (th_get(v, i - 1) == th_get(v, i)) th_check(th_get(at, i - 1) < th_get(at, i));
      }
      th_check(THAnyTensor_medianall(x).d == th_get(v, (N - 1) / 2));
    }
}
END_TEST

START_TEST(threads)
{
  TH_AUTO(THAnyTensor) x = th_new(TH_DOUBLE, 2, 301, 703);
  for (int64_t i = 0; i < 301 * 703; i++) th_set(x, i, th_random() * 1e-7 - 50);
  static const int count[] = {1, 2, 7};
  THAnyTensor *r[3][5] = {{0}};
  for (int dim = 0; dim < 2; dim++) {
    for (int k = 0; k < 3; k++) {
      THSetNumThreads(count[k]);
      for (int j = 0; j < 5; j++) r[k][j] = THAnyTensor_new(j == 1 || j == 4 ? TH_LONG : TH_DOUBLE);
      THAnyTensor_max(r[k][0], r[k][1], x, dim, 1);
      THAnyTensor_var(r[k][2], x, dim, 0, 1);
      THAnyTensor_sort(r[k][3], r[k][4], x, dim, 1);
      for (int j = 0; j < 5; j++) th_check(THAnyTensor_equal(r[k][j], r[0][j]));
      th_check(THAnyTensor_dist(x, r[k][3], THScalar_fromInt(2)).d ==
               THAnyTensor_dist(x, r[0][3], THScalar_fromInt(2)).d);
    }
    for (int k = 0; k < 3; k++)
      for (int j = 0; j < 5; j++) THAnyTensor_free(r[k][j]);
  }
}
END_TEST

/* ---- shape ---- */

static void cat_case(const Case *c)
{
  THType type = (THType)c->x->type;
  TH_AUTO(THAnyTensor) r = THAnyTensor_new(type);
  TH_AUTO(THAnyTensor) none = THAnyTensor_new(type);
  THAnyTensor *in[] = {c->x, none, c->x};
  THAnyTensor_catArray(r, in, 3, c->dim);
  th_same(r->size[c->dim], 2 * c->n);
  for (int64_t l = 0; l < c->lanes; l++)
    for (int64_t i = 0; i < 2 * c->n; i++)
      th_check(lane_get(r, c->dim, l, i) == lane_get(c->x, c->dim, l, i % c->n));
  TH_AUTO(THAnyTensor) y = THAnyTensor_newClone(c->x);
  THAnyTensor_cat(y, y, y, c->dim); /* in place */
  th_check(THAnyTensor_equal(y, r));
  int64_t size[2] = {c->n, c->lanes};
  THAnyTensor_reshape(y, c->x, 2, size);
  for (int64_t i = 0; i < c->n * c->lanes; i++) th_check(th_get(y, i) == th_get(c->x, i));
  THAnyTensor_reshape(y, y, 2, (int64_t[]){-1, c->n});
  th_same(y->size[0], c->lanes);
}
START_TEST(cat) { every_case(cat_case, 0); }
END_TEST

static void matrix_case(const Case *c)
{
  THType type = (THType)c->x->type;
  if (c->x->size[0] == 1) return;
  TH_AUTO(THAnyTensor) m = THAnyTensor_newSelect(c->x, c->dim, c->n - 1);
  TH_AUTO(THAnyTensor) lower = THAnyTensor_new(type);
  TH_AUTO(THAnyTensor) upper = THAnyTensor_newClone(m);
  TH_AUTO(THAnyTensor) diag = THAnyTensor_new(type);
  int64_t rows = m->size[0], columns = m->size[1];
  for (int64_t k = -rows - 1; k <= columns + 1; k++) {
    THAnyTensor_tril(lower, m, k);
    THAnyTensor_copy(upper, m);
    THAnyTensor_triu(upper, upper, k);
    for (int64_t i = 0; i < rows; i++)
      for (int64_t j = 0; j < columns; j++) {
        double v = th_get(m, i * columns + j);
        th_check(th_get(lower, i * columns + j) == (j - i <= k ? v : 0));
        th_check(th_get(upper, i * columns + j) == (j - i >= k ? v : 0));
      }
    if (k <= -rows || k >= columns) continue;
    THAnyTensor_diag(diag, m, k);
    for (int64_t i = 0; i < diag->size[0]; i++)
      th_check(th_get(diag, i) == th_get(m, k >= 0 ? i * columns + i + k : (i - k) * columns + i));
    THAnyTensor_diag(lower, diag, k);
    THAnyTensor_diag(upper, lower, k);
    th_check(THAnyTensor_equal(upper, diag));
    th_same(lower->size[0], diag->size[0] + (k < 0 ? -k : k));
    if (k == 0) {
      double sum = 0;
      for (int64_t i = 0; i < diag->size[0]; i++) sum += th_get(diag, i);
      th_check(THAnyTensor_trace(m).d == sum);
    }
    THAnyTensor_resizeAs(upper, m);
  }
}
START_TEST(matrices) { every_case(matrix_case, 0); }
END_TEST

START_TEST(progressions)
{
  for (int type = 0; type < TYPES; type++) {
    TH_AUTO(THAnyTensor) r = th_new((THType)type, 2, 2, 4);
    THAnyTensor_range(r, THScalar_fromInt(1), THScalar_fromInt(15), THScalar_fromInt(2));
    th_same(r->nDimension, 2); /* as many as it had */
    for (int i = 0; i < 8; i++) th_check(th_get(r, i) == 1 + 2 * i);
    THAnyTensor_range(r, THScalar_fromInt(9), THScalar_fromInt(2), THScalar_fromInt(-2));
    th_check(r->size[0] == 4 && th_get(r, 3) == 3);
    THAnyTensor_arange(r, THScalar_fromInt(0), THScalar_fromInt(6), THScalar_fromInt(2));
    th_check(r->size[0] == 3 && th_get(r, 2) == 4);
    THAnyTensor_arange(r, THScalar_fromInt(3), THScalar_fromInt(3), THScalar_fromInt(2));
    th_same(r->nDimension, 0);
    THAnyTensor_eye(r, 3, 2);
    for (int i = 0; i < 6; i++) th_check(th_get(r, i) == (i / 2 == i % 2));
  }
  for (int type = TH_FLOAT; type < TYPES; type++) {
    TH_AUTO(THAnyTensor) r = THAnyTensor_new((THType)type);
    THAnyTensor_linspace(r, THScalar_fromInt(-1), THScalar_fromInt(3), 17);
    for (int i = 0; i < 17; i++) th_check(th_get(r, i) == -1 + i * 0.25);
    THAnyTensor_logspace(r, THScalar_fromInt(0), THScalar_fromInt(3), 4);
    for (int i = 0; i < 4; i++) th_at_most(fabs(th_get(r, i) / pow(10, i) - 1), 1e-6);
  }
}
END_TEST

START_TEST(pairs)
{
  for (int type = 0; type < TYPES; type++)
    for (int layout = 0; layout < TH_LAYOUTS; layout++) {
      TH_AUTO(THAnyTensor) a = th_layout((THType)type, layout, 2, (int64_t[]){3, 19});
      TH_AUTO(THAnyTensor) b = th_layout((THType)type, layout, 2, (int64_t[]){3, 19});
      TH_AUTO(THAnyTensor) r = THAnyTensor_new((THType)type);
      th_fill(a, 0, 3);
      th_fill(b, 0, 2);
      THAnyTensor_match(r, a, b, THScalar_fromInt(2));
      for (int i = 0; i < 9; i++) {
        double sum = 0;
        for (int k = 0; k < 19; k++)
          sum += pow(th_get(a, i / 3 * 19 + k) - th_get(b, i % 3 * 19 + k), 2);
        th_check(th_get(r, i) == (type == TH_CHAR ? (signed char)(2 * sum) : 2 * sum));
      }
      if (type >= TH_SHORT) {
        THAnyTensor_cross(r, a, b, -1);
        for (int k = 0; k < 19; k++)
          th_check(th_get(r, k) ==
                   th_get(a, 19 + k) * th_get(b, 38 + k) - th_get(a, 38 + k) * th_get(b, 19 + k));
      }
      TH_AUTO(THAnyTensor) copy = THAnyTensor_newClone(a);
      th_check(THAnyTensor_equal(a, copy));
      th_set(copy, 56, 77);
      th_check(!THAnyTensor_equal(a, copy));
      th_check(!THAnyTensor_equal(a, r) || type < TH_SHORT);
      if (type < TH_FLOAT) continue;
      for (int p = 1; p < 4; p++) {
        double sum = 0;
        for (int k = 0; k < 57; k++) sum += pow(fabs(th_get(a, k) - th_get(b, k)), p);
        th_at_most(fabs(THAnyTensor_dist(a, b, THScalar_fromInt(p)).d - pow(sum, 1.0 / p)), 1e-12);
      }
      THAnyTensor_histc(r, a, 3, THScalar_fromInt(0), THScalar_fromInt(0));
      TH_AUTO(THAnyTensor) rows = THAnyTensor_new((THType)type);
      THAnyTensor_bhistc(rows, a, 3, THScalar_fromInt(0), THScalar_fromInt(2));
      double count[3] = {0};
      for (int k = 0; k < 57; k++) count[(int)th_get(a, k)]++;
      for (int k = 0; k < 3; k++) {
        th_check(th_get(r, k) == count[k]);
        th_check(th_get(rows, k) + th_get(rows, 3 + k) + th_get(rows, 6 + k) == count[k]);
      }
    }
}
END_TEST

/* ---- errors and failing allocations ---- */

typedef struct Args {
  THAnyTensor *r, *i, *x;
  int64_t k;
  int dim;
} Args;
#define CALL(name, ...)                                                                            \
  static void do_##name(void *p)                                                                   \
  {                                                                                                \
    Args *a = p;                                                                                   \
    THAnyTensor_##name(__VA_ARGS__);                                                               \
  }
#define NUM(v) THScalar_fromDouble(v)
CALL(sort, a->r, a->i, a->x, a->dim, 0)
CALL(topk, a->r, a->i, a->x, a->k, a->dim, 0, 1)
CALL(kthvalue, a->r, a->i, a->x, a->k, a->dim, 0)
CALL(median, a->r, a->i, a->x, a->dim, 0)
CALL(mode, a->r, a->i, a->x, a->dim, 0)
CALL(max, a->r, a->i, a->x, a->dim, 0)
CALL(cumsum, a->r, a->x, a->dim)
CALL(var, a->r, a->x, a->dim, 0, 0)
CALL(stdall, a->x, 0)
CALL(renorm, a->r, a->x, NUM(a->k), a->dim, NUM(1))
CALL(cat, a->r, a->x, a->r, a->dim)
CALL(reshape, a->r, a->x, 2, ((int64_t[]){2, a->k}))
CALL(diag, a->r, a->x, a->k)
CALL(tril, a->r, a->x, a->k)
CALL(eye, a->r, a->k, 0)
CALL(trace, a->x)
CALL(cross, a->r, a->x, a->x, a->dim)
CALL(range, a->r, NUM(1), NUM(3), NUM(a->k))
CALL(linspace, a->r, NUM(1), NUM(3), a->k)
CALL(histc, a->r, a->x, a->k, NUM(0), NUM(0))
CALL(match, a->r, a->x, a->r, NUM(1))
CALL(dist, a->r, a->x, NUM(2))
CALL(medianall, a->x)

START_TEST(errors)
{
  TH_AUTO(THAnyTensor) x = th_new(TH_FLOAT, 2, 4, 5);
  TH_AUTO(THAnyTensor) r = th_new(TH_FLOAT, 2, 2, 2);
  TH_AUTO(THAnyTensor) i = THAnyTensor_new(TH_LONG);
  TH_AUTO(THAnyTensor) none = THAnyTensor_new(TH_FLOAT);
  TH_AUTO(THAnyTensor) ints = th_new(TH_INT, 1, 4);
  TH_AUTO(THAnyTensor) half = th_new(TH_HALF, 1, 4);
  th_fill(x, 0, 5);
  Args a = {r, i, x, 1, 2};
  th_Fn along[] = {do_sort, do_topk,   do_kthvalue, do_median, do_mode,
                   do_max,  do_cumsum, do_var,      do_renorm, do_cross};
  for (size_t k = 0; k < sizeof along / sizeof *along; k++) {
    a.dim = 2;
    th_raises(along[k], &a, "dimension 3 out of range of 2D tensor");
    a.x = half;
    a.dim = 0;
    th_raises(along[k], &a, k < 6 || k > 8 ? "" : "not defined for HalfTensor");
    a.x = x;
  }
  th_raises(do_cross, &a, "does not have size 3");
  a.k = 0;
  th_raises(do_topk, &a, "k = 0 out of range for dimension 1 of [4 x 5]");
  th_raises(do_kthvalue, &a, "k = 0 out of range");
  th_raises(do_renorm, &a, "non-positive norm");
  th_raises(do_range, &a, "non-null");
  th_raises(do_linspace, &a, "invalid number of points");
  th_raises(do_eye, &a, "must be positive");
  th_raises(do_histc, &a, "number of bins");
  a.k = -1;
  th_raises(do_range, &a, "incoherent");
  a.k = 5;
  th_raises(do_kthvalue, &a, "k = 5 out of range");
  th_raises(do_reshape, &a, "Wrong size for view");
  th_raises(do_diag, &a, "has no diagonal 5");
  th_raises(do_cat, &a, "inconsistent tensor sizes: [4 x 5] and [2 x 2]");
  th_raises(do_match, &a, "same inner vector dim");
  th_raises(do_dist, &a, "inconsistent tensor size");
  a.x = none;
  th_raises(do_max, &a, "out of range of 0D tensor");
  th_raises(do_stdall, &a, "empty");
  th_raises(do_medianall, &a, "");
  th_raises(do_trace, &a, "expected a matrix");
  th_raises(do_tril, &a, "expected a matrix");
  a.x = ints;
  th_raises(do_var, &a, "not defined for IntTensor");
  th_raises(do_max, &a, "expected a IntTensor, got a FloatTensor");
  a.x = x;
  a.i = r;
  th_raises(do_sort, &a, "expected a LongTensor");
  th_check(r->size[0] == 2 && r->nDimension == 2);
}
END_TEST

static void mem_all(void *p)
{
  TH_AUTO(THAnyTensor) x = th_new(TH_FLOAT, 2, 3, 3);
  TH_AUTO(THAnyTensor) i = THAnyTensor_new(TH_LONG);
  THAnyTensor_fill(x, NUM(2));
  THAnyTensor_transpose(x, NULL, 0, 1);
  TH_AUTO(THAnyTensor) r = THAnyTensor_newSelect(x, 0, 0); /* shares: inputs get copied */
  Args a = {r, i, x, 2, 0};
  th_Fn fn = *(th_Fn *)p;
  if (fn == do_cat) a.r = x;
  if (fn == do_match || fn == do_dist) a.r = x;
  if (fn == do_reshape) THAnyTensor_narrow(x, NULL, 0, 0, 2), a.k = 3;
  fn(&a);
}
START_TEST(mem)
{
  th_Fn fn[] = {do_sort,   do_topk,  do_kthvalue, do_median,   do_mode,  do_max,
                do_cumsum, do_var,   do_stdall,   do_renorm,   do_cat,   do_reshape,
                do_diag,   do_tril,  do_eye,      do_cross,    do_range, do_linspace,
                do_histc,  do_match, do_dist,     do_medianall};
  for (size_t k = 0; k < sizeof fn / sizeof *fn; k++) th_exhaust(mem_all, &fn[k]);
}
END_TEST

#undef CALL
TH_MAIN("lanes", cumulate, extremes, variance, renorm, order, order_large, threads, cat, matrices,
        progressions, pairs, errors, mem)
