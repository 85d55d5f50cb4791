/* Convolutions between single planes, and with a kernel per position. */

/* ---- between planes; source, kernels, bias or NULL, list or NULL; result, of which this is an element ----
   A list has the connections of every plane of the result, first[plane] .. first[plane + 1] - 1, and then, for each
   connection, the plane that it reads and its kernel. */

ELEMENT_FN int64_t T_(map_first)(const THNN_Map *m, const int64_t *list, int64_t plane)
{
  return list ? list[plane] : m->back ? plane * m->each : plane;
}

ELEMENT_FN int64_t T_(map_source)(const THNN_Map *m, const int64_t *list, int64_t c, int64_t *kernel)
{
  if (list) return *kernel = list[m->planes + 2 + 2 * c], list[m->planes + 1 + 2 * c];
  int64_t in = QUOTIENT(c, m->each); /* connection c is that of output plane c */
  *kernel = (c - in * m->each) * m->in + in;
  return m->back ? c : in;
}

ELEMENT_FN real T_(map_bias)(const THNN_Map *m, const element *bias, const int64_t *list, int64_t plane)
{
  int64_t at = plane;
  if (!bias) return 0;
  if (!list) T_(map_source)(m, list, plane, &at);
  return LOAD(bias + at);
}

/* The result has narrow planes. */
ELEMENT_FN void T_(map_correlate)(const THNN_Map *m, int64_t i, void *const *at)
{
  const THNN_Window *g = &m->g;
  const int64_t *list = (const int64_t *)at[3];
  int64_t line = QUOTIENT(i, g->out[2]), plane = QUOTIENT(line, g->out[1]), sample = QUOTIENT(plane, m->planes), k;
  int64_t h = (line - plane * g->out[1]) * g->d[1] - g->pad[1], w = (i - line * g->out[2]) * g->d[2] - g->pad[2];
  plane -= sample * m->planes;
  real sum = T_(map_bias)(m, (const element *)at[2], list, plane);
  for (int64_t c = T_(map_first)(m, list, plane); c < T_(map_first)(m, list, plane + 1); c++) {
    int64_t from = sample * m->sources + T_(map_source)(m, list, c, &k);
    const element *x = (const element *)at[0] + from * g->inSize;
    const element *kernel = (const element *)at[1] + k * g->k[1] * g->k[2];
    for (int64_t u = THMax(0, -h); u < g->k[1] && h + u < g->in[1]; u++)
      for (int64_t v = THMax(0, -w); v < g->k[2] && w + v < g->in[2]; v++)
        sum += LOAD(kernel + u * g->k[2] + v) * LOAD(x + (h + u) * g->in[2] + w + v);
  }
  STORE((element *)at[4] + i, sum);
}

/* The output whose element k of the kernel sees input `at`; -1: none. */
ELEMENT_FN int64_t T_(seeing)(int64_t at, int64_t k, int64_t d, int64_t pad, int64_t out)
{
  int64_t from = at + pad - k, o = from < 0 ? -1 : QUOTIENT(from, d);
  return o * d == from && o < out ? o : -1;
}

/* The result has wide planes. */
ELEMENT_FN void T_(map_spread)(const THNN_Map *m, int64_t i, void *const *at)
{
  const THNN_Window *g = &m->g;
  const int64_t *list = (const int64_t *)at[3];
  int64_t line = QUOTIENT(i, g->in[2]), plane = QUOTIENT(line, g->in[1]), sample = QUOTIENT(plane, m->planes), k;
  int64_t h = line - plane * g->in[1], w = i - line * g->in[2];
  plane -= sample * m->planes;
  real sum = T_(map_bias)(m, (const element *)at[2], list, plane);
  for (int64_t c = T_(map_first)(m, list, plane); c < T_(map_first)(m, list, plane + 1); c++) {
    int64_t from = sample * m->sources + T_(map_source)(m, list, c, &k);
    const element *y = (const element *)at[0] + from * g->outSize;
    const element *kernel = (const element *)at[1] + k * g->k[1] * g->k[2];
    for (int64_t u = 0; u < g->k[1]; u++) {
      int64_t o = T_(seeing)(h, u, g->d[1], g->pad[1], g->out[1]), p;
      for (int64_t v = 0; v < g->k[2] && o >= 0; v++)
        if ((p = T_(seeing)(w, v, g->d[2], g->pad[2], g->out[2])) >= 0)
          sum += LOAD(kernel + u * g->k[2] + v) * LOAD(y + o * g->out[2] + p);
    }
  }
  STORE((element *)at[4] + i, sum);
}

/* gradient of the kernels, wide planes, narrow planes, list or NULL: (wide, narrow) planes of every kernel. Term i, of sample
   and narrow position, of the sum of kernel element e. m->planes: wide ones, m->sources: narrow ones. */
ELEMENT_FN double T_(map_kernel)(const THNN_Map *m, int64_t e, int64_t i, void *const *at)
{
  const THNN_Window *g = &m->g;
  const int64_t *list = (const int64_t *)at[3];
  int64_t line = QUOTIENT(e, g->k[2]), k = QUOTIENT(line, g->k[1]), u = line - k * g->k[1], v = e - line * g->k[2];
  int64_t row = QUOTIENT(i, g->out[2]), sample = QUOTIENT(row, g->out[1]);
  int64_t o = row - sample * g->out[1], p = i - row * g->out[2];
  int64_t turn = QUOTIENT(k, m->in), plane = k - turn * m->in;
  int64_t wide = list ? list[2 * k] : plane, narrow = list ? list[2 * k + 1] : plane * m->each + turn;
  int64_t h = o * g->d[1] - g->pad[1] + u, w = p * g->d[2] - g->pad[2] + v;
  if (h < 0 || h >= g->in[1] || w < 0 || w >= g->in[2]) return 0;
  const element *x = (const element *)at[1] + ((sample * m->planes + wide) * g->in[1] + h) * g->in[2] + w;
  const element *y = (const element *)at[2] + ((sample * m->sources + narrow) * g->out[1] + o) * g->out[2] + p;
  return (double)LOAD(x) * LOAD(y);
}

/* ---- a kernel per position: kernels are oh x ow x out x in x kH x kW ---- */

/* input, kernels, bias; output, of which this is an element */
ELEMENT_FN void T_(local_forward)(const THNN_Local *l, int64_t i, void *const *at)
{
  const THNN_Window *g = &l->g;
  int64_t line = QUOTIENT(i, g->out[2]), plane = QUOTIENT(line, g->out[1]), sample = QUOTIENT(plane, g->outputs);
  int64_t o = line - plane * g->out[1], p = i - line * g->out[2], size = g->k[1] * g->k[2];
  int64_t h = o * g->d[1] - g->pad[1], w = p * g->d[2] - g->pad[2];
  plane -= sample * g->outputs;
  const element *kernel = (const element *)at[1] + ((o * g->out[2] + p) * g->outputs + plane) * g->planes * size;
  const element *x = (const element *)at[0] + sample * g->planes * g->inSize;
  real sum = LOAD((const element *)at[2] + (plane * g->out[1] + o) * g->out[2] + p);
  for (int64_t c = 0; c < g->planes; c++, kernel += size, x += g->inSize)
    for (int64_t u = THMax(0, -h); u < g->k[1] && h + u < g->in[1]; u++)
      for (int64_t v = THMax(0, -w); v < g->k[2] && w + v < g->in[2]; v++)
        sum += LOAD(kernel + u * g->k[2] + v) * LOAD(x + (h + u) * g->in[2] + w + v);
  STORE((element *)at[3] + i, sum);
}

/* gradient of output, kernels; gradient of input, of which this is an element */
ELEMENT_FN void T_(local_backward)(const THNN_Local *l, int64_t i, void *const *at)
{
  const THNN_Window *g = &l->g;
  int64_t line = QUOTIENT(i, g->in[2]), plane = QUOTIENT(line, g->in[1]), sample = QUOTIENT(plane, g->planes);
  int64_t h = line - plane * g->in[1], w = i - line * g->in[2], size = g->k[1] * g->k[2], o, p;
  plane -= sample * g->planes;
  real sum = 0;
  for (int64_t u = 0; u < g->k[1]; u++) {
    if ((o = T_(seeing)(h, u, g->d[1], g->pad[1], g->out[1])) < 0) continue;
    for (int64_t v = 0; v < g->k[2]; v++) {
      if ((p = T_(seeing)(w, v, g->d[2], g->pad[2], g->out[2])) < 0) continue;
      const element *kernel =
        (const element *)at[1] + ((o * g->out[2] + p) * g->outputs * g->planes + plane) * size + u * g->k[2] + v;
      const element *y = (const element *)at[0] + (sample * g->outputs * g->out[1] + o) * g->out[2] + p;
      for (int64_t c = 0; c < g->outputs; c++) sum += LOAD(kernel + c * g->planes * size) * LOAD(y + c * g->outSize);
    }
  }
  STORE((element *)at[2] + i, sum);
}

/* input, gradient of output; gradient of the kernels, to element i of which is added */
ELEMENT_FN void T_(local_grad)(const THNN_Local *l, int64_t i, void *const *at)
{
  const THNN_Window *g = &l->g;
  int64_t line = QUOTIENT(i, g->k[2]), k = QUOTIENT(line, g->k[1]);
  int64_t pair = QUOTIENT(k, g->planes), where = QUOTIENT(pair, g->outputs);
  int64_t o = QUOTIENT(where, g->out[2]), p = where - o * g->out[2];
  int64_t in = k - pair * g->planes, out = pair - where * g->outputs;
  int64_t h = o * g->d[1] - g->pad[1] + line - k * g->k[1], w = p * g->d[2] - g->pad[2] + i - line * g->k[2];
  if (h < 0 || h >= g->in[1] || w < 0 || w >= g->in[2]) return;
  const element *x = (const element *)at[0] + (in * g->in[1] + h) * g->in[2] + w;
  const element *y = (const element *)at[1] + (out * g->out[1] + o) * g->out[2] + p;
  element *to = (element *)at[2] + i;
  real sum = 0;
  for (int64_t s = 0; s < l->n; s++, x += g->planes * g->inSize, y += g->outputs * g->outSize) sum += LOAD(x) * LOAD(y);
  STORE(to, LOAD(to) + (real)l->scale * sum);
}
