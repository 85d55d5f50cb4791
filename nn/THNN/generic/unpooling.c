/* r = 0, then r[at[i]] = x[i] for the n positions, of which negative ones are left out; r has `size` elements. */
static void T_(scatter)(const void *x_, void *r_, const int64_t *at, int64_t n, int64_t size)
{
  const real *x = x_;
  real *r = r_;
  memset(r, 0, (size_t)size * sizeof(real));
  for (int64_t i = 0; i < n; i++)
    if (at[i] >= 0) r[at[i]] = x[i];
}

/* r[i] = x[at[i]], 0 at a negative position */
static void T_(gather)(const void *x_, void *r_, const int64_t *at, int64_t n)
{
  const real *x = x_;
  real *r = r_;
  for (int64_t i = 0; i < n; i++) r[i] = at[i] >= 0 ? x[at[i]] : 0;
}
