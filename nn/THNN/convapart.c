/* Images with dilated windows come apart: every dil-th row and column make an image of their own, whose windows are not
   dilated, so that the ways for those apply, minimal filtering above all. */
#include "convapart.h"

enum {
  TOGETHER = 1 << 20,   /* elements of samples that are apart at once */
  MOST_ELEMENTS = 1 << 22 /* ... of one sample */
};

static int64_t parts_of(const THNN_Window *g) { return g->dil[WINDOW_H] * g->dil[WINDOW_W]; }

static int64_t elements_of(const THNN_Window *g) { return g->planes * g->inSize + g->outputs * g->outSize; }

bool THApart_window(const THNN_Window *g, THType type, THNN_Window *one)
{
  if (type != TH_FLOAT || parts_of(g) == 1 || g->groups > 1 || g->in[WINDOW_T] != 1 || g->k[WINDOW_T] != 1) return false;
  if (elements_of(g) > MOST_ELEMENTS) return false;
  *one = *g;
  for (int i = WINDOW_H; i <= WINDOW_W; i++) {
    const int64_t l = g->dil[i];
    if (g->d[i] != 1 || g->pad[i] % l || g->more[i] % l || g->in[i] % l) return false;
    one->in[i] /= l, one->pad[i] /= l, one->more[i] /= l, one->dil[i] = 1, one->adj[i] = 0;
  }
  THNN_Window_slide(one);
  for (int i = WINDOW_H; i <= WINDOW_W; i++)
    if (one->out[i] * g->dil[i] != g->out[i]) return false;
  return one->outSize > 0;
}

double THApart_cost(const THNN_Window *g, double one)
{
  enum { MOVE = 2 }; /* an element */
  return (double)parts_of(g) * one + MOVE * (double)elements_of(g);
}

/* Planes of images between their place and the parts' one. */
typedef struct Moving {
  const int64_t *size, *dil; /* of an image: T, H, W */
  int64_t planes, step;      /* step: from a sample to the next */
  float *whole, *apart;      /* samples; parts of the first sample, of the second... */
  bool back;
} Moving;

static void move_row(float *whole, int64_t step, float *apart, int64_t n, bool back)
{
  if (back)
    for (int64_t i = 0; i < n; i++) whole[i * step] = apart[i];
  else
    for (int64_t i = 0; i < n; i++) apart[i] = whole[i * step];
}

static void move_part(const Moving *m, float *whole, float *apart)
{
  const int64_t dH = m->dil[WINDOW_H], dW = m->dil[WINDOW_W], h = m->size[WINDOW_H] / dH, w = m->size[WINDOW_W] / dW;
  for (int64_t y = 0; y < h; y++) move_row(whole + y * dH * m->size[WINDOW_W], dW, apart + y * w, w, m->back);
}

static void move_planes(const void *arg, int64_t first, int64_t last, int worker)
{
  const Moving *m = arg;
  const int64_t dH = m->dil[WINDOW_H], dW = m->dil[WINDOW_W], all = m->size[WINDOW_H] * m->size[WINDOW_W];
  (void)worker;
  for (int64_t i = first; i < last; i++) {
    const int64_t sample = i / m->planes, plane = i % m->planes;
    float *whole = m->whole + sample * m->step + plane * all;
    for (int64_t r = 0; r < dH * dW; r++)
      move_part(m, whole + r / dW * m->size[WINDOW_W] + r % dW,
                m->apart + ((sample * dH * dW + r) * m->planes + plane) * (all / (dH * dW)));
  }
}

static void move(const Moving *m, int64_t n)
{
  const int64_t tasks = n * m->planes;
  TH_parallel(tasks, TH_pieceFor(tasks, (double)(m->size[WINDOW_H] * m->size[WINDOW_W])), move_planes, m);
}

void THApart_run(const THNN_Window *g, const THNN_Window *one, int64_t n, const float *x, const float *w, const float *bias,
               const float *y, ConvPass pass, double scale)
{
  const int64_t each = elements_of(g), parts = parts_of(g), together = THMax(1, THMin(n, TOGETHER / THMax(each, 1)));
  TH_AUTO_SCRATCH float *apart = THScratch_alloc((ptrdiff_t)(together * each * (int64_t)sizeof *apart));
  for (int64_t i = 0; i < n; i += together) {
    const int64_t some = THMin(together, n - i);
    float *xs = apart, *ys = apart + some * g->planes * g->inSize;
    Moving in = {g->in, g->dil, g->planes, g->inStep, (float *)x + i * g->inStep, xs, false};
    Moving out = {g->out, g->dil, g->outputs, g->outStep, (float *)y + i * g->outStep, ys, false};
    if (pass != CONV_DATA) move(&in, some);
    if (pass != CONV_FORWARD) move(&out, some);
    in.back = out.back = true;
    switch (pass) {
    case CONV_FORWARD:
      THConv_forward(g->op, one, TH_FLOAT, some * parts, xs, w, bias, ys);
      move(&out, some);
      break;
    case CONV_DATA:
      THConv_backwardData(g->op, one, TH_FLOAT, some * parts, ys, w, bias, xs);
      move(&in, some);
      break;
    case CONV_WEIGHT: THConv_backwardWeight(g->op, one, TH_FLOAT, some * parts, xs, ys, (float *)w, scale); break;
    }
  }
}
