/* Rows [first, last) of the batch go through all steps; what is n long lies in rows of n. */

static inline void T_(squash)(int line, real *r, const real *x, int64_t n)
{
  const real arg[2] = {0};
  THLoops_current()->map[line][TH_CODE]((char *[]){(char *)r, (char *)x}, (int64_t[]){sizeof *r, sizeof *x}, n, arg);
}

static inline const real *T_(state_before)(const Sequence *s, const void *all, const void *start, int64_t t, int64_t first)
{
  return t ? (const real *)all + ((t - 1) * s->batch + first) * s->n : (const real *)start + first * s->n;
}

/* ---- LSTM: gates in, forget, out, cell ---- */

TH_KERNEL static void T_(lstm_row)(real *g, const real *before, real *c, real *h, int64_t n)
{
  T_(squash)(TH_MAP_sigmoid, g, g, 3 * n);
  T_(squash)(TH_MAP_tanh, g + 3 * n, g + 3 * n, n);
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) c[j] = g[n + j] * before[j] + g[j] * g[3 * n + j];
  T_(squash)(TH_MAP_tanh, h, c, n);
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) h[j] *= g[2 * n + j];
}

/* Gates of 0 let no gradient through. */
static void T_(lstm_masked)(real *g, real *c, real *h, int64_t n)
{
  memset(g, 0, (size_t)(4 * n) * sizeof *g);
  memset(c, 0, (size_t)n * sizeof *c);
  memset(h, 0, (size_t)n * sizeof *h);
}

/* g = joined W + bias; where inputs have their sums, g += joined, outputs alone, times their weights. Threads that have the products to
   themselves ask for what the next step reads and writes. */
static void T_(lstm_product)(const Sequence *s, int64_t t, int64_t first, int64_t rows, const real *joined, real *g)
{
  const int64_t n = s->n, d = s->d, wide = joined_width(s), at = t * s->batch + first, step = s->batch;
  const int64_t size = rows * (int64_t)sizeof(real);
  const real *weight = (const real *)s->weight + (d + n - wide) * 4 * n;
  const THProduct p = {sizeof(real) == 8, 4 * n, rows, wide, weight, joined, g, s->index ? g : s->bias, 1, 4 * n, 1, wide, 1, 4 * n, 1,
                       s->index ? 4 * n : 0, 1, 1};
  THProductNext next[] = {LINES((const real *)s->cell + at * n, size * n), LINES((const real *)s->output + at * n, size * n),
                          LINES(joined + step * wide, size * wide), LINES(g + step * 4 * n, size * 4 * n),
                          LINES((const real *)s->input + (at + step) * d, size * d)};
  if (rows < s->batch && THProduct_possible()) {
    THProduct_runPacked(&p, s->packed, next, t + 1 == s->steps ? 2 : s->index ? 4 : 5);
    return;
  }
  if (THProduct_run(&p)) return;
  for (int64_t r = 0; r < rows && !s->index; r++) memmove(g + r * 4 * n, s->bias, (size_t)(4 * n) * sizeof *g);
  THNN_gemm(real)(false, false, rows, 4 * n, wide, 1, joined, wide, weight, 4 * n, 1, g, 4 * n);
}

/* One product a step: of inputs and outputs before, side by side, with the weights of both; or of the outputs alone, where inputs
   have their sums. Moved, not copied: a caller of the kernel may give one storage for several tensors. */
static void T_(lstm_sums)(const Sequence *s, int64_t t, int64_t first, int64_t rows, real *g)
{
  const int64_t n = s->n, d = s->d, wide = joined_width(s), at = t * s->batch + first;
  const real *x = (const real *)s->input + at * d, *h = T_(state_before)(s, s->output, s->h0, t, first), *sums = s->sums;
  real *joined = (real *)s->joined + at * wide;
  for (int64_t r = 0; r < rows; r++) {
    if (s->index) memmove(g + r * 4 * n, sums + (s->index[at + r] - TH_INDEX_BASE) * 4 * n, (size_t)(4 * n) * sizeof *g);
    else memmove(joined + r * wide, x + r * d, (size_t)d * sizeof *x);
    memmove(joined + (r + 1) * wide - n, h + r * n, (size_t)n * sizeof *h);
  }
  T_(lstm_product)(s, t, first, rows, joined, g);
}

static void T_(lstm_forward)(const Sequence *s, int64_t first, int64_t last)
{
  const int64_t n = s->n;
  for (int64_t t = 0; t < s->steps; t++) {
    const int64_t at = t * s->batch + first;
    real *g = (real *)s->gates + at * 4 * n, *c = (real *)s->cell + at * n, *h = (real *)s->output + at * n;
    const real *before = T_(state_before)(s, s->cell, s->c0, t, first);
    T_(lstm_sums)(s, t, first, last - first, g);
    for (int64_t r = 0; r < last - first; r++)
      if (s->mask && s->mask[at + r]) T_(lstm_masked)(g + r * 4 * n, c + r * n, h + r * n, n);
      else T_(lstm_row)(g + r * 4 * n, before + r * n, c + r * n, h + r * n, n);
  }
}

/* gy + dh: gradient of the output; dc: of the cell, which becomes that of the cell before; gg: of the gates, which `sum`
   takes in; it may be g */
TH_KERNEL static void T_(lstm_grad_row)(const real *g, const real *before, const real *c, const real *gy, const real *dh,
                                        real *dc, real *gg, double *sum, int64_t n)
{
  enum { PART = 256 };
  real squashed[PART];
  for (int64_t first = 0; first < n; first += PART) {
    const int64_t last = THMin(first + PART, n);
    T_(squash)(TH_MAP_tanh, squashed, c + first, last - first);
    _Pragma("omp simd") for (int64_t j = first; j < last; j++)
    {
      const real in = g[j], forget = g[n + j], out = g[2 * n + j], fresh = g[3 * n + j], tc = squashed[j - first];
      const real h = gy[j] + dh[j], d = dc[j] + h * out * (1 - tc * tc);
      gg[j] = d * fresh * in * (1 - in);
      gg[n + j] = d * before[j] * forget * (1 - forget);
      gg[2 * n + j] = h * tc * out * (1 - out);
      gg[3 * n + j] = d * in * (1 - fresh * fresh);
      dc[j] = d * forget;
    }
  }
  _Pragma("omp simd") for (int64_t j = 0; j < 4 * n; j++) sum[j] += (double)gg[j];
}

/* r += sums of chunks, in their order. */
static void T_(add_gates)(const double *part, int64_t chunks, int64_t width, void *r_)
{
  real *r = r_;
  for (int64_t j = 0; j < width; j++) {
    double sum = 0;
    for (int64_t c = 0; c < chunks; c++) sum += part[c * width + j];
    r[j] += (real)sum;
  }
}

/* gj = gg W'; what the step before reads and writes is asked for meanwhile. */
static void T_(lstm_grad_sums)(const Sequence *s, int64_t t, int64_t first, int64_t rows, const real *gg, real *gj)
{
  const int64_t n = s->n, wide = n + s->d, at = (t - 1) * s->batch + first, bytes = rows * n * (int64_t)sizeof(real);
  const THProduct p = {sizeof(real) == 8, wide, rows, 4 * n, NULL, gg, gj, NULL, 0, 0, 1, 4 * n, 1, wide, 0, 0, 1, 0};
  THProductNext next[] = {LINES((const real *)s->gates + at * 4 * n, 4 * bytes), LINES((const real *)s->gradOutput + at * n, bytes),
                          LINES((const real *)s->cell + (at - s->batch) * n, bytes),
                          LINES((const real *)s->gradGates + at * 4 * n, 4 * bytes)};
  if (s->packed) THProduct_runPacked(&p, s->packed, next, t ? 4 : 0);
  else THNN_gemm(real)(false, true, rows, wide, 4 * n, 1, gg, 4 * n, s->weight, 4 * n, 0, gj, wide);
}

static void T_(lstm_backward)(const Sequence *s, int64_t first, int64_t last)
{
  const int64_t n = s->n, d = s->d, wide = n + d, rows = last - first;
  real *dh = (real *)s->gradHidden + first * n, *dc = (real *)s->gradCell + first * n;
  real *gj = (real *)s->gradJoined + first * wide; /* gradients of an input beside the output before */
  double *sum = s->gateSums + first / chunk_rows(s) * 4 * n;
  for (int64_t j = 0; j < 4 * n; j++) sum[j] = 0;
  for (int64_t r = 0; r < rows; r++) memmove(gj + r * wide + d, dh + r * n, (size_t)n * sizeof *dh);
  for (int64_t t = s->steps - 1; t >= 0; t--) {
    const int64_t at = t * s->batch + first;
    const real *g = (const real *)s->gates + at * 4 * n, *c = (const real *)s->cell + at * n;
    const real *gy = (const real *)s->gradOutput + at * n, *before = T_(state_before)(s, s->cell, s->c0, t, first);
    real *gg = (real *)s->gradGates + at * 4 * n;
    for (int64_t r = 0; r < rows; r++)
      T_(lstm_grad_row)(g + r * 4 * n, before + r * n, c + r * n, gy + r * n, gj + r * wide + d, dc + r * n, gg + r * 4 * n, sum,
                       n);
    T_(lstm_grad_sums)(s, t, first, rows, gg, gj);
    for (int64_t r = 0; r < rows; r++)
      memmove((real *)s->gradInput + (at + r) * d, gj + r * wide, (size_t)d * sizeof *gj);
  }
  for (int64_t r = 0; r < rows; r++) memmove(dh + r * n, gj + r * wide + d, (size_t)n * sizeof *dh);
}

/* ---- GRU: gates u, r, new ---- */

/* u and r of a row, and what the product for `new` is made of */
TH_KERNEL static void T_(gru_gates)(real *g, const real *before, real *kept, int64_t n)
{
  T_(squash)(TH_MAP_sigmoid, g, g, 2 * n);
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) kept[j] = g[n + j] * before[j];
}

/* The same where the product comes first: kept is it already. */
TH_KERNEL static void T_(gru_gates_after)(real *g, real *kept, const real *bias, int64_t n)
{
  T_(squash)(TH_MAP_sigmoid, g, g, 2 * n);
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++)
  {
    kept[j] += bias[j];
    g[2 * n + j] += g[n + j] * kept[j];
  }
}

TH_KERNEL static void T_(gru_row)(real *g, const real *before, real *h, int64_t n)
{
  T_(squash)(TH_MAP_tanh, g + 2 * n, g + 2 * n, n);
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++) h[j] = before[j] + g[j] * (g[2 * n + j] - before[j]);
}

/* u = new = 1 and r = 0 let no gradient through. */
static void T_(gru_masked)(real *g, real *h, int64_t n)
{
  for (int64_t j = 0; j < n; j++) {
    g[j] = g[2 * n + j] = 1;
    g[n + j] = h[j] = 0;
  }
}

static void T_(gru_products)(const Sequence *s, int64_t rows, const real *before, real *g, real *kept)
{
  const int64_t n = s->n;
  const real *w = s->weight, *bias = s->hiddenBias;
  THNN_gemm(real)(false, false, rows, 2 * n, n, 1, before, n, w, 3 * n, 1, g, 3 * n);
  if (s->afterProduct) {
    THNN_gemm(real)(false, false, rows, n, n, 1, before, n, w + 2 * n, 3 * n, 0, kept, n);
    for (int64_t r = 0; r < rows; r++) T_(gru_gates_after)(g + r * 3 * n, kept + r * n, bias, n);
    return;
  }
  for (int64_t r = 0; r < rows; r++) T_(gru_gates)(g + r * 3 * n, before + r * n, kept + r * n, n);
  THNN_gemm(real)(false, false, rows, n, n, 1, kept, n, w + 2 * n, 3 * n, 1, g + 2 * n, 3 * n);
}

static void T_(gru_forward)(const Sequence *s, int64_t first, int64_t last)
{
  const int64_t n = s->n;
  for (int64_t t = 0; t < s->steps; t++) {
    const int64_t at = t * s->batch + first;
    real *g = (real *)s->gates + at * 3 * n, *h = (real *)s->output + at * n;
    const real *before = T_(state_before)(s, s->output, s->h0, t, first);
    T_(gru_products)(s, last - first, before, g, (real *)s->kept + at * n);
    for (int64_t r = 0; r < last - first; r++)
      if (s->mask && s->mask[at + r]) T_(gru_masked)(g + r * 3 * n, h + r * n, n);
      else T_(gru_row)(g + r * 3 * n, before + r * n, h + r * n, n);
  }
}

/* dh becomes what goes to the state before past the gates; gg: of u and new; with `kept`, of r, too, and gk, of kept */
TH_KERNEL static void T_(gru_grad_row)(const real *g, const real *before, const real *kept, const real *gy, real *dh,
                                       real *gg, real *gk, int64_t n)
{
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++)
  {
    const real u = g[j], fresh = g[2 * n + j], h = gy[j] + dh[j];
    gg[j] = h * (fresh - before[j]) * u * (1 - u);
    gg[2 * n + j] = h * u * (1 - fresh * fresh);
    dh[j] = h * (1 - u);
  }
  if (!kept) return;
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++)
  {
    const real r = g[n + j], d = gg[2 * n + j];
    gg[n + j] = d * kept[j] * r * (1 - r);
    gk[j] = d * r;
  }
}

/* The same for r where the product comes after it; gk: gradient of r h */
TH_KERNEL static void T_(gru_grad_reset)(const real *g, const real *before, const real *gk, real *dh, real *gg, int64_t n)
{
  _Pragma("omp simd") for (int64_t j = 0; j < n; j++)
  {
    const real r = g[n + j];
    gg[n + j] = gk[j] * before[j] * r * (1 - r);
    dh[j] += gk[j] * r;
  }
}

static void T_(gru_backward)(const Sequence *s, int64_t first, int64_t last)
{
  const int64_t n = s->n, rows = last - first;
  const real *w = s->weight;
  real *dh = (real *)s->gradHidden + first * n;
  for (int64_t t = s->steps - 1; t >= 0; t--) {
    const int64_t at = t * s->batch + first;
    const real *g = (const real *)s->gates + at * 3 * n, *kept = (const real *)s->kept + at * n;
    const real *gy = (const real *)s->gradOutput + at * n, *before = T_(state_before)(s, s->output, s->h0, t, first);
    real *gg = (real *)s->gradGates + at * 3 * n, *gk = (real *)s->gradKept + at * n;
    for (int64_t r = 0; r < rows; r++)
      T_(gru_grad_row)(g + r * 3 * n, before + r * n, s->afterProduct ? kept + r * n : NULL, gy + r * n, dh + r * n,
                       gg + r * 3 * n, gk + r * n, n);
    if (s->afterProduct) {
      THNN_gemm(real)(false, true, rows, n, n, 1, gk, n, w + 2 * n, 3 * n, 1, dh, n);
    } else {
      THNN_gemm(real)(false, true, rows, n, n, 1, gg + 2 * n, 3 * n, w + 2 * n, 3 * n, 0, gk, n);
      for (int64_t r = 0; r < rows; r++)
        T_(gru_grad_reset)(g + r * 3 * n, before + r * n, gk + r * n, dh + r * n, gg + r * 3 * n, n);
    }
    THNN_gemm(real)(false, true, rows, n, 2 * n, 1, gg, 3 * n, w, 3 * n, 1, dh, n);
  }
}
