/* Planes of images unfolded: a row for every plane and element of the kernel, planes x kH x kW, and a column for every
   output. */

/* x; rows, of which this is an element */
ELEMENT_FN void T_(unfold_image)(const ConvGeometry *g, int64_t i, void *const *at)
{
  int64_t row = QUOTIENT(i, g->outSize), o = i - row * g->outSize, line = QUOTIENT(o, g->out[CONV_W]);
  int64_t pair = QUOTIENT(row, g->k[CONV_W]), plane = QUOTIENT(pair, g->k[CONV_H]);
  int64_t h = line * g->d[CONV_H] - g->pad[CONV_H] + pair - plane * g->k[CONV_H];
  int64_t w = (o - line * g->out[CONV_W]) * g->d[CONV_W] - g->pad[CONV_W] + row - pair * g->k[CONV_W];
  bool inside = h >= 0 && h < g->in[CONV_H] && w >= 0 && w < g->in[CONV_W];
  const element *x = (const element *)at[0] + plane * g->inSize;
  STORE((element *)at[1] + i, inside ? LOAD(x + h * g->in[CONV_W] + w) : (real)0);
}

/* rows; x, to an element of which is added what was made from it */
ELEMENT_FN void T_(fold_image)(const ConvGeometry *g, int64_t i, void *const *at)
{
  int64_t plane = QUOTIENT(i, g->inSize), in = i - plane * g->inSize, h = QUOTIENT(in, g->in[CONV_W]);
  int64_t w = in - h * g->in[CONV_W], oh, ow;
  const element *rows = (const element *)at[0] + plane * g->k[CONV_H] * g->k[CONV_W] * g->outSize;
  element *x = (element *)at[1] + i;
  real sum = LOAD(x);
  for (int64_t u = 0; u < g->k[CONV_H]; u++)
    for (int64_t v = 0; v < g->k[CONV_W]; v++, rows += g->outSize) {
      oh = T_(seeing)(h, u, g->d[CONV_H], g->pad[CONV_H], g->out[CONV_H]);
      ow = T_(seeing)(w, v, g->d[CONV_W], g->pad[CONV_W], g->out[CONV_W]);
      if (oh >= 0 && ow >= 0) sum += LOAD(rows + oh * g->out[CONV_W] + ow);
    }
  STORE(x, sum);
}
