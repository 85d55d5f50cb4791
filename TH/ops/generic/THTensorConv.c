#ifdef TH_REAL_IS_FLOATING
#define wide real
#define SCALAR(s) ((real)(s).d)
#elif defined(TH_REAL_IS_LONG)
#define wide uint64_t
#define SCALAR(s) ((real)(s).i)
#else
#define wide uint32_t
#define SCALAR(s) ((real)(s).i)
#endif

/* y += a x */
TH_KERNEL static void T_(add_row)(int64_t n, real a_, const real *restrict x, int64_t incx,
                                  real *restrict y, int64_t incy)
{
  wide a = (wide)a_;
  if (incx == 1 && incy == 1)
    for (int64_t i = 0; i < n; i++) y[i] = (real)((wide)y[i] + a * (wide)x[i]);
  else
    for (int64_t i = 0; i < n; i++) y[i * incy] = (real)((wide)y[i * incy] + a * (wide)x[i * incx]);
}

/* One input volume and one kernel, added to one output volume. Output position p takes positions
   p step + q spread of t for every position q of k; in full mode input position p gives to output
   positions p step + q. The innermost loop runs along rows. One copy for all who call it. */
static __attribute__((noinline)) void T_(add_volume)(const Conv *c, const real *t, const real *k, real *r)
{
  const int64_t *n = c->full ? c->in : c->out; /* positions that the row loops run over */
  real alpha = SCALAR(c->alpha);
  for (int64_t z = 0; z < n[0]; z++)
    for (int64_t y = 0; y < n[1]; y++)
      for (int64_t q0 = 0; q0 < c->ker[0]; q0++)
        for (int64_t q1 = 0; q1 < c->ker[1]; q1++) {
          int64_t far0 = z * c->step[0] + q0 * c->spread[0];
          int64_t far1 = y * c->step[1] + q1 * c->spread[1];
          int64_t k0 = c->flip ? c->ker[0] - 1 - q0 : q0, k1 = c->flip ? c->ker[1] - 1 - q1 : q1;
          const real *krow = k + (k0 * c->ker[1] + k1) * c->ker[2];
          for (int64_t q2 = 0; q2 < c->ker[2]; q2++) {
            wide w = (wide)krow[c->flip ? c->ker[2] - 1 - q2 : q2] * (wide)alpha;
            int64_t far2 = q2 * c->spread[2];
            if (c->full)
              T_(add_row)
              (n[2], (real)w, t + (z * c->in[1] + y) * c->in[2], 1,
               r + (far0 * c->out[1] + far1) * c->out[2] + far2, c->step[2]);
            else
              T_(add_row)
              (n[2], (real)w, t + (far0 * c->in[1] + far1) * c->in[2] + far2, c->step[2],
               r + (z * c->out[1] + y) * c->out[2], 1);
          }
        }
}

/* Output volume p before products are added: beta times what it was. */
static real *T_(begin_volume)(const Conv *c, int64_t p)
{
  int64_t out = c->out[0] * c->out[1] * c->out[2];
  real beta = SCALAR(c->beta), *r = (real *)c->r + p * out;
  if (c->clear)
    for (int64_t i = 0; i < out; i++) r[i] = 0;
  else if (beta != 1)
    for (int64_t i = 0; i < out; i++) r[i] = (real)((wide)r[i] * (wide)beta);
  return r;
}

/* Output volumes [first, last), each the sum of c->terms products. */
static void T_(add_volumes)(const Conv *c, int64_t first, int64_t last)
{
  for (int64_t p = first; p < last; p++) {
    int64_t outer = p / c->inner_count, inner = p % c->inner_count;
    real *r = T_(begin_volume)(c, p);
    const real *t = (const real *)c->t + outer * c->t_outer + inner * c->t_inner;
    const real *k = (const real *)c->k + outer * c->k_outer + inner * c->k_inner;
    for (int64_t j = 0; j < c->terms; j++)
      T_(add_volume)(c, t + j * c->t_term, k + j * c->k_term, r);
  }
}

/* Output volumes [first, last), each the sum of the products that the map gives it; as many kernels as volumes. */
static void T_(add_mapped)(const Conv *c, int64_t first, int64_t last)
{
  int64_t tv = c->in[0] * c->in[1] * c->in[2], kv = c->ker[0] * c->ker[1] * c->ker[2];
  for (int64_t p = first; p < last; p++) {
    real *r = T_(begin_volume)(c, p);
    for (int64_t j = 0; j < c->kernels; j++)
      if (c->map[2 * j + 1] == p + 1)
        T_(add_volume)(c, (const real *)c->t + (c->map[2 * j] - 1) * tv, (const real *)c->k + j * kv, r);
  }
}
#undef wide
#undef SCALAR
