#include "elements/rows.h"
ELEMENT_LOOP(sparse_coordinates, THNN_Sparse)

/* Rows of x are (sample, index, value), from 1; w is outputs x inputs. */
static void T_(sparse_forward)(const void *x_, int64_t n, void *y_, int64_t out, const void *w_, int64_t in)
{
  const real *x = x_, *w = w_;
  real *y = y_;
  for (int64_t i = 0; i < n; i++, x += 3) {
    real *row = y + ((int64_t)x[0] - TH_INDEX_BASE) * out;
    const real *column = w + (int64_t)x[1] - TH_INDEX_BASE;
    if (x[2] == 0) continue;
    for (int64_t o = 0; o < out; o++) row[o] += x[2] * column[o * in];
  }
}

static void T_(sparse_grad)(const void *x_, int64_t n, const void *g_, int64_t out, void *gw_, int64_t in,
                            double scale, int64_t begin, int64_t end)
{
  const real *x = x_, *g = g_;
  real *gw = gw_;
  for (int64_t i = 0; i < n; i++, x += 3) {
    const real *row = g + ((int64_t)x[0] - TH_INDEX_BASE) * out;
    real *column = gw + (int64_t)x[1] - TH_INDEX_BASE, v = (real)scale * x[2];
    if (v == 0) continue;
    for (int64_t o = begin; o < end; o++) column[o * in] += v * row[o];
  }
}

/* Whether samples and indices are in range; *bad is the first row where they are not. */
static bool T_(sparse_valid)(const void *x_, int64_t n, int64_t samples, int64_t limit, int64_t *bad)
{
  const real *x = x_;
  for (int64_t i = 0; i < n; i++, x += 3)
    if (!(x[0] >= 1 && x[0] <= (real)samples && (x[2] == 0 || (x[1] >= 1 && x[1] <= (real)limit)))) {
      *bad = i;
      return false;
    }
  return true;
}

/* seen[j] = 1 for the features with a value */
static void T_(sparse_features)(const void *x_, int64_t n, char *seen)
{
  const real *x = x_;
  for (int64_t i = 0; i < n; i++, x += 3)
    if (x[2] != 0) seen[(int64_t)x[1] - TH_INDEX_BASE] = 1;
}
