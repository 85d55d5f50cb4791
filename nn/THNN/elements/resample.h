/* Planes through three axes (axisrule.h). */

/* Element i of so many planes of size[]: its plane; at: where it is in it. */
ELEMENT_FN int64_t T_(locate)(int64_t i, const int64_t *size, int64_t *at)
{
  int64_t row = QUOTIENT(i, size[2]), slice = QUOTIENT(row, size[1]), plane = QUOTIENT(slice, size[0]);
  at[2] = i - row * size[2];
  at[1] = row - slice * size[1];
  at[0] = slice - plane * size[0];
  return plane;
}

ELEMENT_FN int64_t T_(axes)(const THNN_Resample *r, int64_t *in, int64_t *out)
{
  for (int k = 0; k < 3; k++) in[k] = r->rules[k].in, out[k] = r->rules[k].out;
  return in[0] * in[1] * in[2];
}

/* x; y. An element of y. */
ELEMENT_FN void T_(resample)(const THNN_Resample *r, int64_t i, void *const *at)
{
  int64_t in[3], out[3], o[3], inside = T_(axes)(r, in, out), plane = T_(locate)(i, out, o);
  const element *x = (const element *)at[0] + plane * inside;
  THNN_Span s[3];
  real sum = 0;
  for (int k = 0; k < 3; k++) s[k] = THNN_Rule_span(&r->rules[k], o[k]);
  for (int64_t t = 0; t < s[0].n; t++)
    for (int64_t h = 0; h < s[1].n; h++) {
      const element *row = x + ((s[0].first + t) * in[1] + s[1].first + h) * in[2] + s[2].first;
      double weight = (t ? s[0].rest : s[0].weight) * (h ? s[1].rest : s[1].weight);
      for (int64_t w = 0; w < s[2].n; w++) sum += (real)(weight * (w ? s[2].rest : s[2].weight)) * LOAD(row + w);
    }
  STORE((element *)at[1] + i, sum);
}

/* gradient of y; that of x. An element of x's. */
ELEMENT_FN void T_(resample_grad)(const THNN_Resample *r, int64_t i, void *const *at)
{
  int64_t in[3], out[3], x[3], lo[3], plane, t, h, w;
  T_(axes)(r, in, out);
  plane = T_(locate)(i, in, x);
  for (int k = 0; k < 3; k++) lo[k] = THNN_Rule_seeing(&r->rules[k], x[k]);
  const element *g = (const element *)at[0] + plane * out[0] * out[1] * out[2];
  double wt, wh, ww;
  real sum = 0;
  for (int64_t a = 0; (t = THNN_Rule_seer(&r->rules[0], x[0], lo[0], a, &wt)) >= 0; a++)
    for (int64_t b = 0; (h = THNN_Rule_seer(&r->rules[1], x[1], lo[1], b, &wh)) >= 0; b++)
      for (int64_t c = 0; (w = THNN_Rule_seer(&r->rules[2], x[2], lo[2], c, &ww)) >= 0; c++)
        sum += (real)(wt * wh * ww) * LOAD(g + (t * out[1] + h) * out[2] + w);
  STORE((element *)at[1] + i, sum);
}

/* y, weight, bias or NULL: y = weight[c] y + bias[c] for the channel c */
ELEMENT_FN void T_(scale_shift)(const THNN_Channels *s, int64_t i, void *const *at)
{
  int64_t block = QUOTIENT(i, s->inner), c = block - QUOTIENT(block, s->count) * s->count;
  element *y = (element *)at[0] + i;
  real shift = at[2] ? LOAD((const element *)at[2] + c) : (real)0;
  STORE(y, LOAD((const element *)at[1] + c) * LOAD(y) + shift);
}
