/* Unfolding. A tile is a range of output rows (a row is one t and h): `columns` output positions.
   col[r][c] is what kernel element r sees at position c. */

/* One unfolded row of a plane: output rows [begin, end), kernel element (kt, kh, kw). */
static inline void T_(unfold_row)(const THNN_Window *g, const real *x, int64_t begin, int64_t end,
                                  int64_t kt, int64_t kh, int64_t kw, real *col)
{
  const int64_t ow = g->out[WINDOW_W], dw = g->d[WINDOW_W];
  const int64_t first = kw * g->dil[WINDOW_W] - g->pad[WINDOW_W]; /* input column of output column 0 */
  int64_t lo = first >= 0 ? 0 : (-first + dw - 1) / dw;
  int64_t hi = g->in[WINDOW_W] - 1 - first < 0 ? 0 : (g->in[WINDOW_W] - 1 - first) / dw + 1;
  lo = THMin(lo, ow);
  hi = THMax(lo, THMin(hi, ow));
  for (int64_t row = begin; row < end; row++, col += ow) {
    int64_t h = row % g->out[WINDOW_H] * g->d[WINDOW_H] - g->pad[WINDOW_H] + kh * g->dil[WINDOW_H];
    int64_t t = row / g->out[WINDOW_H] * g->d[WINDOW_T] - g->pad[WINDOW_T] + kt * g->dil[WINDOW_T];
    if (h < 0 || h >= g->in[WINDOW_H] || t < 0 || t >= g->in[WINDOW_T]) {
      for (int64_t i = 0; i < ow; i++) col[i] = 0;
      continue;
    }
    const real *p = x + (t * g->in[WINDOW_H] + h) * g->in[WINDOW_W] + first;
    for (int64_t i = 0; i < lo; i++) col[i] = 0;
    if (dw == 1)
      for (int64_t i = lo; i < hi; i++) col[i] = p[i];
    else
      for (int64_t i = lo; i < hi; i++) col[i] = p[i * dw];
    for (int64_t i = hi; i < ow; i++) col[i] = 0;
  }
}

TH_KERNEL static void T_(unfold)(const THNN_Window *g, const real *x, int64_t begin, int64_t end,
                                 real *col)
{
  const int64_t columns = (end - begin) * g->out[WINDOW_W];
  for (int64_t c = 0; c < g->planes; c++, x += g->inSize)
    for (int64_t kt = 0; kt < g->k[WINDOW_T]; kt++)
      for (int64_t kh = 0; kh < g->k[WINDOW_H]; kh++)
        for (int64_t kw = 0; kw < g->k[WINDOW_W]; kw++, col += columns)
          T_(unfold_row)(g, x, begin, end, kt, kh, kw, col);
}

/* The transpose: adds the columns of a tile to the input positions they were read from. */
TH_KERNEL static void T_(fold)(const THNN_Window *g, const real *col, int64_t begin, int64_t end,
                               real *x)
{
  const int64_t ow = g->out[WINDOW_W], dw = g->d[WINDOW_W];
  for (int64_t c = 0; c < g->planes; c++, x += g->inSize)
    for (int64_t kt = 0; kt < g->k[WINDOW_T]; kt++)
      for (int64_t kh = 0; kh < g->k[WINDOW_H]; kh++)
        for (int64_t kw = 0; kw < g->k[WINDOW_W]; kw++) {
          const int64_t first = kw * g->dil[WINDOW_W] - g->pad[WINDOW_W];
          int64_t lo = first >= 0 ? 0 : (-first + dw - 1) / dw;
          int64_t hi = g->in[WINDOW_W] - 1 - first < 0 ? 0 : (g->in[WINDOW_W] - 1 - first) / dw + 1;
          hi = THMin(hi, ow);
          for (int64_t row = begin; row < end; row++, col += ow) {
            int64_t h = row % g->out[WINDOW_H] * g->d[WINDOW_H] - g->pad[WINDOW_H] + kh * g->dil[WINDOW_H];
            int64_t t = row / g->out[WINDOW_H] * g->d[WINDOW_T] - g->pad[WINDOW_T] + kt * g->dil[WINDOW_T];
            if (h < 0 || h >= g->in[WINDOW_H] || t < 0 || t >= g->in[WINDOW_T]) continue;
            real *p = x + (t * g->in[WINDOW_H] + h) * g->in[WINDOW_W] + first;
            if (dw == 1)
              for (int64_t i = lo; i < hi; i++) p[i] += col[i];
            else
              for (int64_t i = lo; i < hi; i++) p[i * dw] += col[i];
          }
        }
}

static void T_(fill_planes)(real *y, const real *bias, int64_t planes, int64_t size)
{
  for (int64_t o = 0; o < planes; o++)
    for (int64_t i = 0; i < size; i++) y[o * size + i] = bias ? bias[o] : 0;
}

/* Output rows [begin, end) of one sample. */
static void T_(forward_tile)(const THNN_Window *g, const void *x_, const void *w, const void *bias_,
                             void *y_, int64_t begin, int64_t end, void *buffer)
{
  const real *x = x_, *bias = bias_;
  real *y = (real *)y_ + begin * g->out[WINDOW_W];
  int64_t columns = (end - begin) * g->out[WINDOW_W], ld = columns;
  const real *col = buffer;
  if (bias)
    for (int64_t o = 0; o < g->outputs; o++)
      for (int64_t i = 0; i < columns; i++) y[o * g->outSize + i] = bias[o];
  if (is_plain(g)) {
    col = x + begin * g->out[WINDOW_W];
    ld = g->inSize;
  } else {
    T_(unfold)(g, x, begin, end, buffer);
  }
  THNN_sampleGemm(real)(false, false, g->outputs, columns, g->K, 1, w, g->K, col, ld, bias ? 1 : 0, y,
                  g->outSize);
}

/* The gradient of one sample. */
static void T_(backward_data)(const THNN_Window *g, const void *gy_, const void *w,
                              const void *bias, void *gx_, int64_t rows, void *buffer)
{
  const real *gy = gy_;
  real *gx = gx_;
  int64_t total = g->out[WINDOW_T] * g->out[WINDOW_H];
  bool plain = is_plain(g);
  if (!plain || bias) T_(fill_planes)(gx, bias, g->planes, g->inSize);
  for (int64_t begin = 0; begin < total; begin += rows) {
    int64_t end = THMin(total, begin + rows), at = begin * g->out[WINDOW_W];
    int64_t columns = (end - begin) * g->out[WINDOW_W];
    THNN_sampleGemm(real)(true, false, g->K, columns, g->outputs, 1, w, g->K, gy + at, g->outSize,
                    plain && bias ? 1 : 0, plain ? gx + at : (real *)buffer,
                    plain ? g->inSize : columns);
    if (!plain) T_(fold)(g, buffer, begin, end, gx);
  }
}

/* gw = beta gw + scale gy x' of one sample. */
static void T_(backward_weight)(const THNN_Window *g, const void *x_, const void *gy_, void *gw,
                                double scale, double beta, int64_t rows, void *buffer)
{
  const real *x = x_, *gy = gy_;
  int64_t total = g->out[WINDOW_T] * g->out[WINDOW_H];
  for (int64_t begin = 0; begin < total; begin += rows) {
    int64_t end = THMin(total, begin + rows), at = begin * g->out[WINDOW_W];
    int64_t columns = (end - begin) * g->out[WINDOW_W], ld = columns;
    const real *col = buffer;
    if (is_plain(g)) {
      col = x + at;
      ld = g->inSize;
    } else {
      T_(unfold)(g, x, begin, end, buffer);
    }
    THNN_gemm(real)(false, true, g->outputs, g->K, columns, (real)scale, gy + at, g->outSize, col,
                    ld, begin ? 1 : (real)beta, gw, g->K);
  }
}

TH_KERNEL static void T_(add_parts)(void *r_, const void *part_, int64_t parts, int64_t n,
                                    int64_t begin, int64_t end)
{
  real *r = r_;
  const real *part = part_;
  for (int64_t p = 0; p < parts; p++)
    for (int64_t i = begin; i < end; i++) r[i] += part[p * n + i];
}

/* Of one plane: unfolded, and folded back. */
static void T_(unfold_plane)(const THNN_Window *g, void *x, void *col) { T_(unfold)(g, x, 0, g->out[WINDOW_H], col); }
static void T_(fold_plane)(const THNN_Window *g, void *x, void *col) { T_(fold)(g, col, 0, g->out[WINDOW_H], x); }
