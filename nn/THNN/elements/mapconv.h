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
  const THNN_Geometry *g = &m->g;
  const int64_t *list = (const int64_t *)at[3];
  int64_t line = QUOTIENT(i, g->ow), plane = QUOTIENT(line, g->oh), sample = QUOTIENT(plane, m->planes), k;
  int64_t h = (line - plane * g->oh) * g->dH - g->padH, w = (i - line * g->ow) * g->dW - g->padW;
  plane -= sample * m->planes;
  real sum = T_(map_bias)(m, (const element *)at[2], list, plane);
  for (int64_t c = T_(map_first)(m, list, plane); c < T_(map_first)(m, list, plane + 1); c++) {
    int64_t from = sample * m->sources + T_(map_source)(m, list, c, &k);
    const element *x = (const element *)at[0] + from * g->ih * g->iw, *kernel = (const element *)at[1] + k * g->kH * g->kW;
    for (int64_t u = THMax(0, -h); u < g->kH && h + u < g->ih; u++)
      for (int64_t v = THMax(0, -w); v < g->kW && w + v < g->iw; v++)
        sum += LOAD(kernel + u * g->kW + v) * LOAD(x + (h + u) * g->iw + w + v);
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
  const THNN_Geometry *g = &m->g;
  const int64_t *list = (const int64_t *)at[3];
  int64_t line = QUOTIENT(i, g->iw), plane = QUOTIENT(line, g->ih), sample = QUOTIENT(plane, m->planes), k;
  int64_t h = line - plane * g->ih, w = i - line * g->iw;
  plane -= sample * m->planes;
  real sum = T_(map_bias)(m, (const element *)at[2], list, plane);
  for (int64_t c = T_(map_first)(m, list, plane); c < T_(map_first)(m, list, plane + 1); c++) {
    int64_t from = sample * m->sources + T_(map_source)(m, list, c, &k);
    const element *y = (const element *)at[0] + from * g->oh * g->ow, *kernel = (const element *)at[1] + k * g->kH * g->kW;
    for (int64_t u = 0; u < g->kH; u++) {
      int64_t o = T_(seeing)(h, u, g->dH, g->padH, g->oh), p;
      for (int64_t v = 0; v < g->kW && o >= 0; v++)
        if ((p = T_(seeing)(w, v, g->dW, g->padW, g->ow)) >= 0) sum += LOAD(kernel + u * g->kW + v) * LOAD(y + o * g->ow + p);
    }
  }
  STORE((element *)at[4] + i, sum);
}

/* gradient of the kernels, wide planes, narrow planes, list or NULL: (wide, narrow) planes of every kernel. Term i, of sample
   and narrow position, of the sum of kernel element e. m->planes: wide ones, m->sources: narrow ones. */
ELEMENT_FN double T_(map_kernel)(const THNN_Map *m, int64_t e, int64_t i, void *const *at)
{
  const THNN_Geometry *g = &m->g;
  const int64_t *list = (const int64_t *)at[3];
  int64_t line = QUOTIENT(e, g->kW), k = QUOTIENT(line, g->kH), u = line - k * g->kH, v = e - line * g->kW;
  int64_t row = QUOTIENT(i, g->ow), sample = QUOTIENT(row, g->oh), o = row - sample * g->oh, p = i - row * g->ow;
  int64_t turn = QUOTIENT(k, m->in), plane = k - turn * m->in;
  int64_t wide = list ? list[2 * k] : plane, narrow = list ? list[2 * k + 1] : plane * m->each + turn;
  int64_t h = o * g->dH - g->padH + u, w = p * g->dW - g->padW + v;
  if (h < 0 || h >= g->ih || w < 0 || w >= g->iw) return 0;
  const element *x = (const element *)at[1] + ((sample * m->planes + wide) * g->ih + h) * g->iw + w;
  const element *y = (const element *)at[2] + ((sample * m->sources + narrow) * g->oh + o) * g->ow + p;
  return (double)LOAD(x) * LOAD(y);
}

/* ---- a kernel per position: kernels are oh x ow x out x in x kH x kW ---- */

/* input, kernels, bias; output, of which this is an element */
ELEMENT_FN void T_(local_forward)(const THNN_Local *l, int64_t i, void *const *at)
{
  const THNN_Geometry *g = &l->g;
  int64_t line = QUOTIENT(i, g->ow), plane = QUOTIENT(line, g->oh), sample = QUOTIENT(plane, l->out);
  int64_t o = line - plane * g->oh, p = i - line * g->ow, size = g->kH * g->kW;
  int64_t h = o * g->dH - g->padH, w = p * g->dW - g->padW;
  plane -= sample * l->out;
  const element *kernel = (const element *)at[1] + ((o * g->ow + p) * l->out + plane) * l->in * size;
  const element *x = (const element *)at[0] + sample * l->in * g->ih * g->iw;
  real sum = LOAD((const element *)at[2] + (plane * g->oh + o) * g->ow + p);
  for (int64_t c = 0; c < l->in; c++, kernel += size, x += g->ih * g->iw)
    for (int64_t u = THMax(0, -h); u < g->kH && h + u < g->ih; u++)
      for (int64_t v = THMax(0, -w); v < g->kW && w + v < g->iw; v++)
        sum += LOAD(kernel + u * g->kW + v) * LOAD(x + (h + u) * g->iw + w + v);
  STORE((element *)at[3] + i, sum);
}

/* gradient of output, kernels; gradient of input, of which this is an element */
ELEMENT_FN void T_(local_backward)(const THNN_Local *l, int64_t i, void *const *at)
{
  const THNN_Geometry *g = &l->g;
  int64_t line = QUOTIENT(i, g->iw), plane = QUOTIENT(line, g->ih), sample = QUOTIENT(plane, l->in);
  int64_t h = line - plane * g->ih, w = i - line * g->iw, size = g->kH * g->kW, o, p;
  plane -= sample * l->in;
  real sum = 0;
  for (int64_t u = 0; u < g->kH; u++) {
    if ((o = T_(seeing)(h, u, g->dH, g->padH, g->oh)) < 0) continue;
    for (int64_t v = 0; v < g->kW; v++) {
      if ((p = T_(seeing)(w, v, g->dW, g->padW, g->ow)) < 0) continue;
      const element *kernel =
        (const element *)at[1] + ((o * g->ow + p) * l->out * l->in + plane) * size + u * g->kW + v;
      const element *y = (const element *)at[0] + (sample * l->out * g->oh + o) * g->ow + p;
      for (int64_t c = 0; c < l->out; c++) sum += LOAD(kernel + c * l->in * size) * LOAD(y + c * g->oh * g->ow);
    }
  }
  STORE((element *)at[2] + i, sum);
}

/* input, gradient of output; gradient of the kernels, to element i of which is added */
ELEMENT_FN void T_(local_grad)(const THNN_Local *l, int64_t i, void *const *at)
{
  const THNN_Geometry *g = &l->g;
  int64_t line = QUOTIENT(i, g->kW), k = QUOTIENT(line, g->kH), pair = QUOTIENT(k, l->in), where = QUOTIENT(pair, l->out);
  int64_t o = QUOTIENT(where, g->ow), p = where - o * g->ow, in = k - pair * l->in, out = pair - where * l->out;
  int64_t h = o * g->dH - g->padH + line - k * g->kH, w = p * g->dW - g->padW + i - line * g->kW;
  if (h < 0 || h >= g->ih || w < 0 || w >= g->iw) return;
  const element *x = (const element *)at[0] + (in * g->ih + h) * g->iw + w;
  const element *y = (const element *)at[1] + (out * g->oh + o) * g->ow + p;
  element *to = (element *)at[2] + i;
  real sum = 0;
  for (int64_t s = 0; s < l->n; s++, x += l->in * g->ih * g->iw, y += l->out * g->oh * g->ow) sum += LOAD(x) * LOAD(y);
  STORE(to, LOAD(to) + (real)l->scale * sum);
}
