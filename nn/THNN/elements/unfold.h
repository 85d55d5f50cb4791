/* Planes of images unfolded: a row for every plane and element of the kernel, planes x kH x kW, and a column for every
   output. */

/* x; rows, of which this is an element */
ELEMENT_FN void T_(unfold_image)(const THNN_Window *g, int64_t i, void *const *at)
{
  int64_t row = QUOTIENT(i, g->outSize), o = i - row * g->outSize, line = QUOTIENT(o, g->out[WINDOW_W]);
  int64_t pair = QUOTIENT(row, g->k[WINDOW_W]), plane = QUOTIENT(pair, g->k[WINDOW_H]);
  int64_t h = line * g->d[WINDOW_H] - g->pad[WINDOW_H] + pair - plane * g->k[WINDOW_H];
  int64_t w = (o - line * g->out[WINDOW_W]) * g->d[WINDOW_W] - g->pad[WINDOW_W] + row - pair * g->k[WINDOW_W];
  bool inside = h >= 0 && h < g->in[WINDOW_H] && w >= 0 && w < g->in[WINDOW_W];
  const element *x = (const element *)at[0] + plane * g->inSize;
  STORE((element *)at[1] + i, inside ? LOAD(x + h * g->in[WINDOW_W] + w) : (real)0);
}

/* rows; x, to an element of which is added what was made from it */
ELEMENT_FN void T_(fold_image)(const THNN_Window *g, int64_t i, void *const *at)
{
  int64_t plane = QUOTIENT(i, g->inSize), in = i - plane * g->inSize, h = QUOTIENT(in, g->in[WINDOW_W]);
  int64_t w = in - h * g->in[WINDOW_W], oh, ow;
  const element *rows = (const element *)at[0] + plane * g->k[WINDOW_H] * g->k[WINDOW_W] * g->outSize;
  element *x = (element *)at[1] + i;
  real sum = LOAD(x);
  for (int64_t u = 0; u < g->k[WINDOW_H]; u++)
    for (int64_t v = 0; v < g->k[WINDOW_W]; v++, rows += g->outSize) {
      oh = T_(seeing)(h, u, g->d[WINDOW_H], g->pad[WINDOW_H], g->out[WINDOW_H]);
      ow = T_(seeing)(w, v, g->d[WINDOW_W], g->pad[WINDOW_W], g->out[WINDOW_W]);
      if (oh >= 0 && ow >= 0) sum += LOAD(rows + oh * g->out[WINDOW_W] + ow);
    }
  STORE(x, sum);
}
