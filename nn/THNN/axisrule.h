#ifndef THNN_AXISRULE_H
#define THNN_AXISRULE_H
/* Layers that are a fixed linear map along every axis: which inputs an output adds up, and which outputs see an input, for
   both sides. */
#include "THNNElement.h"

/* Inputs first, first + 1, ... of them n; the first has its own weight. */
typedef struct THNN_Span {
  int64_t first, n;
  double weight, rest;
} THNN_Span;

THNN_BOTH THNN_Span THNN_span(int64_t first, int64_t n, double weight, double rest)
{
  THNN_Span s = {first, n, weight, rest};
  return s;
}

/* An output is the sum of the inputs of its span, weighted. */
THNN_BOTH THNN_Span THNN_Rule_span(const THNN_Rule *r, int64_t o)
{
  int64_t at, n, rest;
  switch (r->kind) {
  case RULE_REPEAT: return THNN_span(o / r->a, 1, 1, 0);
  case RULE_LINEAR: /* at o (in - 1) / (out - 1), corners on corners, or (o + a / 2) in / out - a / 2: whole part and rest */
    n = r->b ? 2 * r->out : THMax(r->out - 1, 1);
    at = r->b ? THMax((2 * o + r->a) * r->in - r->a * r->out, 0) : o * (r->in - 1);
    rest = at % n;
    at /= n;
    if (at >= r->in - 1) at = r->in - 1, rest = 0; /* the border goes on */
    return THNN_span(at, rest ? 2 : 1, (double)(n - rest) / (double)n, (double)rest / (double)n);
  case RULE_REFLECT:
    at = o < r->a ? r->a - o : o - r->a;
    return THNN_span(at < r->in ? at : 2 * (r->in - 1) - at, 1, 1, 0);
  case RULE_REPLICATE: return THNN_span(THMin(THMax(o - r->a, 0), r->in - 1), 1, 1, 0);
  case RULE_ADAPTIVE:
    at = o * r->in / r->out;
    n = ((o + 1) * r->in + r->out - 1) / r->out - at;
    return THNN_span(at, n, 1. / (double)n, 1. / (double)n);
  case RULE_WINDOW: return THNN_span(o * r->b, r->a, 1, 1);
  default: return THNN_span(o, 1, 1, 0);
  }
}

THNN_BOTH double THNN_Span_weight(const THNN_Span *s, int64_t at)
{
  return at < s->first || at >= s->first + s->n ? 0 : at == s->first ? s->weight : s->rest;
}

/* First output whose span ends after input `at`, for rules whose spans never go back. */
THNN_BOTH int64_t THNN_Rule_seeing(const THNN_Rule *r, int64_t at)
{
  int64_t lo = 0, hi = r->out;
  while (lo < hi) {
    int64_t middle = lo + (hi - lo) / 2;
    THNN_Span s = THNN_Rule_span(r, middle);
    if (s.first + s.n > at) hi = middle;
    else lo = middle + 1;
  }
  return lo;
}

/* The k-th output that sees input `at`, and its weight; -1 after the last. lo: THNN_Rule_seeing of it. */
THNN_BOTH int64_t THNN_Rule_seer(const THNN_Rule *r, int64_t at, int64_t lo, int64_t k, double *weight)
{
  int64_t o = lo + k;
  if (r->kind == RULE_REFLECT) { /* mirrored before the first, itself, mirrored behind the last */
    *weight = 1;
    for (int64_t turn = 0; turn < 3; turn++) {
      if (turn != 1 && at == (turn ? r->in - 1 : 0)) continue;
      o = r->a + (turn == 0 ? -at : turn == 1 ? at : 2 * (r->in - 1) - at);
      if (o >= 0 && o < r->out && k-- == 0) return o;
    }
    return -1;
  }
  if (o >= r->out) return -1;
  THNN_Span s = THNN_Rule_span(r, o);
  *weight = THNN_Span_weight(&s, at);
  return s.first > at ? -1 : o;
}

#endif
