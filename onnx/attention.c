/* Attention and what goes with it: turned positions, gates, state that is carried on. In floats. */
#include <math.h>
#include "ops.h"

typedef struct Attention {
  int64_t batch, qHeads, kHeads, qSteps, kSteps, size, vSize, past;
  const float *q, *k, *v;
  const OnnxValue *mask; /* broadcast; or NULL */
  const int64_t *lengths;
  int64_t left, right;
  float scale, softcap;
  bool causal;
  int mode; /* of the scores that are shown */
  float *scores, *r;
} Attention;

/* (batch x heads x steps x size) of a 3-D value with the heads in its last dimension. */
static OnnxValue *new_headed(OnnxValue *x, int64_t heads)
{
  ONNX_AUTO f = THOnnx_newFloats(x);
  if (x->ndim == 4) return THOnnx_retain(f);
  THOnnx_check(x->ndim == 3 && heads > 0 && x->size[2] % heads == 0, "%lld heads of %d dimensions", (long long)heads, x->ndim);
  ONNX_AUTO four = THOnnx_newShaped(f, 4, (int64_t[]){x->size[0], x->size[1], heads, x->size[2] / heads});
  return THOnnx_newTransposed(four, (int[]){0, 2, 1, 3});
}

static OnnxValue *new_after(OnnxValue *past, OnnxValue *x)
{
  if (!past) return THOnnx_retain(x);
  ONNX_AUTO f = THOnnx_newFloats(past);
  THOnnx_check(f->ndim == 4, "the past has four dimensions");
  return THOnnx_newConcatenated(2, (OnnxValue *[]){f, x}, 2);
}

static bool is_seen(const Attention *a, int64_t b, int64_t i, int64_t j)
{
  const int64_t offset = a->past ? a->past : a->lengths ? a->lengths[b] - a->qSteps : 0, p = offset + i;
  if (a->lengths && j >= a->lengths[b]) return false;
  if (a->causal && j > p) return false;
  if (a->left >= 0 && j < p - a->left) return false;
  return a->right < 0 || j <= p + a->right;
}

/* What the mask adds to a score. A mask that ends early hides the rest. */
static float mask_at(const Attention *a, int64_t b, int64_t h, int64_t i, int64_t j)
{
  const OnnxValue *m = a->mask;
  if (!m) return 0;
  const int64_t at[] = {b, h, i, j};
  int64_t offset = 0;
  for (int d = 0; d < m->ndim; d++) {
    const int64_t k = at[4 - m->ndim + d];
    if (m->size[d] != 1 && k >= m->size[d]) return -INFINITY;
    offset = offset * m->size[d] + (m->size[d] == 1 ? 0 : k);
  }
  if (m->type == THONNX_BOOL) return ((uint8_t *)m->data)[offset] ? 0 : -INFINITY;
  return ((float *)m->data)[offset];
}

static void softmax_row(float *x, int64_t n)
{
  float m = -INFINITY;
  for (int64_t j = 0; j < n; j++) m = x[j] > m ? x[j] : m;
  if (m == -INFINITY) { /* nothing is seen */
    memset(x, 0, (size_t)n * sizeof *x);
    return;
  }
  THOnnx_softmaxRows(x, 1, n, false);
}

static void attend_head(const Attention *a, int64_t b, int64_t h, float *s)
{
  const int64_t n = a->kSteps, k = h / (a->qHeads / a->kHeads), kv = b * a->kHeads + k, at = b * a->qHeads + h;
  float *shown = a->scores ? a->scores + at * a->qSteps * n : NULL;
  THOnnx_gemm(false, true, a->qSteps, n, a->size, a->scale, a->q + at * a->qSteps * a->size, a->k + kv * n * a->size, 0, s);
  if (shown && a->mode == 0) memcpy(shown, s, (size_t)(a->qSteps * n) * sizeof *s);
  for (int64_t i = 0; i < a->qSteps; i++)
    for (int64_t j = 0; j < n; j++) {
      float *x = &s[i * n + j];
      if (a->softcap > 0) *x = a->softcap * tanhf(*x / a->softcap);
      if (shown && a->mode == 1) shown[i * n + j] = *x;
      *x = is_seen(a, b, i, j) ? *x + mask_at(a, b, h, i, j) : -INFINITY;
    }
  if (shown && a->mode == 2) memcpy(shown, s, (size_t)(a->qSteps * n) * sizeof *s);
  for (int64_t i = 0; i < a->qSteps; i++) softmax_row(s + i * n, n);
  if (shown && a->mode == 3) memcpy(shown, s, (size_t)(a->qSteps * n) * sizeof *s);
  for (int64_t i = 0; i < a->qSteps; i++)
    for (int64_t j = 0; j < n; j++) /* what is not seen may be NaN */
      if (s[i * n + j] != 0) {
        const float *v = a->v + (kv * n + j) * a->vSize, w = s[i * n + j];
        float *r = a->r + (at * a->qSteps + i) * a->vSize;
        for (int64_t c = 0; c < a->vSize; c++) r[c] += w * v[c];
      }
}

static void op_attention(OnnxCall *c)
{
  const OnnxNode *node = c->node;
  const int64_t qh = THOnnx_int(node, "q_num_heads", 0), kh = THOnnx_int(node, "kv_num_heads", 0);
  OnnxValue *pastK = THOnnx_in(c, 4), *pastV = THOnnx_in(c, 5), *mask = THOnnx_in(c, 3);
  ONNX_AUTO q = new_headed(c->in[0], qh);
  ONNX_AUTO newK = new_headed(c->in[1], kh);
  ONNX_AUTO newV = new_headed(c->in[2], kh);
  ONNX_AUTO k = new_after(pastK, newK);
  ONNX_AUTO v = new_after(pastV, newV);
  ONNX_AUTO m = !mask ? NULL : mask->type == THONNX_BOOL ? THOnnx_retain(mask) : THOnnx_newFloats(mask);
  int nlengths;
  TH_AUTO_MEM int64_t *lengths = THOnnx_newInts(THOnnx_in(c, 6), &nlengths);
  Attention a = {.batch = q->size[0], .qHeads = q->size[1], .kHeads = k->size[1], .qSteps = q->size[2], .kSteps = k->size[2],
                 .size = q->size[3], .vSize = v->size[3], .past = pastK ? pastK->size[2] : 0, .q = q->data, .k = k->data,
                 .v = v->data, .mask = m, .lengths = lengths, .left = THOnnx_int(node, "left_window_size", -1),
                 .right = THOnnx_int(node, "right_window_size", -1), .softcap = (float)THOnnx_float(node, "softcap", 0),
                 .causal = THOnnx_int(node, "is_causal", 0), .mode = (int)THOnnx_int(node, "qk_matmul_output_mode", 0)};
  THOnnx_check(k->size[0] == a.batch && v->size[0] == a.batch && v->size[1] == a.kHeads && v->size[2] == a.kSteps &&
               k->size[3] == a.size && a.kHeads > 0 && a.qHeads % a.kHeads == 0 && (!m || m->ndim <= 4), "shapes of Q, K, V do not go together");
  THOnnx_check(!lengths || nlengths == a.batch, "%d lengths for %lld samples", nlengths, (long long)a.batch);
  a.scale = (float)THOnnx_float(node, "scale", 1 / sqrt((double)a.size));
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){a.batch, a.qHeads, a.qSteps, a.vSize});
  if (r->count) memset(r->data, 0, (size_t)r->count * sizeof(float));
  a.r = r->data;
  if (THOnnx_wants(c, 3)) a.scores = THOnnx_make(c, 3, THONNX_FLOAT, 4, (int64_t[]){a.batch, a.qHeads, a.qSteps, a.kSteps})->data;
  ONNX_AUTO_MEM float *s = THOnnx_scratch((a.qSteps * a.kSteps + 1) * (ptrdiff_t)sizeof(float));
  for (int64_t b = 0; b < a.batch; b++)
    for (int64_t h = 0; h < a.qHeads; h++) attend_head(&a, b, h, s);
  if (c->in[0]->ndim == 3) {
    ONNX_AUTO back = THOnnx_newTransposed(r, (int[]){0, 2, 1, 3});
    THOnnx_give(c, 0, THOnnx_newShaped(back, 3, (int64_t[]){a.batch, a.qSteps, a.qHeads * a.vSize}));
  } else {
    THOnnx_give(c, 0, THOnnx_retain(r));
  }
  if (THOnnx_wants(c, 1)) THOnnx_give(c, 1, THOnnx_retain(k));
  if (THOnnx_wants(c, 2)) THOnnx_give(c, 2, THOnnx_retain(v));
}

/* ---- positions as angles ---- */

static void op_rotary(OnnxCall *c)
{
  OnnxValue *x = c->in[0], *ids = THOnnx_in(c, 3);
  const int64_t heads = THOnnx_int(c->node, "num_heads", 0);
  ONNX_AUTO f = new_headed(x, heads);
  ONNX_AUTO cosines = THOnnx_newFloats(c->in[1]);
  ONNX_AUTO sines = THOnnx_newFloats(c->in[2]);
  const int64_t B = f->size[0], H = f->size[1], S = f->size[2], D = f->size[3], given = THOnnx_int(c->node, "rotary_embedding_dim", 0),
                R = given ? given : D, half = R / 2;
  const bool pairs = THOnnx_int(c->node, "interleaved", 0);
  THOnnx_check(cosines->ndim >= 1 && cosines->size[cosines->ndim - 1] == half && cosines->count == sines->count && R <= D && half > 0,
             "the tables do not fit");
  const int64_t rows = cosines->count / half;
  THOnnx_check(ids ? ids->count == B * S : rows == B * S || rows == S, "positions do not fit");
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, 4, f->size);
  for (int64_t i = 0; i < B * H * S; i++) {
    const int64_t b = i / (H * S), s = i % S, row = ids ? THOnnx_long(ids, b * S + s) : rows == S ? s : b * S + s;
    THOnnx_check(row >= 0 && row < rows, "position %lld of %lld", (long long)row, (long long)rows);
    const float *in = (float *)f->data + i * D, *cs = (float *)cosines->data + row * half, *sn = (float *)sines->data + row * half;
    float *out = (float *)r->data + i * D;
    for (int64_t k = 0; k < half; k++) {
      const int64_t p = pairs ? 2 * k : k, q = pairs ? 2 * k + 1 : k + half;
      out[p] = cs[k] * in[p] - sn[k] * in[q];
      out[q] = sn[k] * in[p] + cs[k] * in[q];
    }
    for (int64_t k = R; k < D; k++) out[k] = in[k];
  }
  if (x->ndim == 4) {
    THOnnx_give(c, 0, THOnnx_retain(r));
    return;
  }
  ONNX_AUTO back = THOnnx_newTransposed(r, (int[]){0, 2, 1, 3});
  THOnnx_give(c, 0, THOnnx_newShaped(back, 3, x->size));
}

static void op_swiglu(OnnxCall *c)
{
  ONNX_AUTO gate = THOnnx_newMapped(ONNX_LINE(swish), c->in[0], THOnnx_float(c->node, "alpha", 1), 0);
  THOnnx_give(c, 0, THOnnx_newPairs(TH_MAP_LINE(cmul), gate, c->in[1]));
}

/* ---- linear attention: a state of d_k x d_v a head, changed step by step ---- */

typedef struct Linear {
  int64_t steps, qHeads, kHeads, dk, dv;
  const float *q, *k, *v, *decay, *beta;
  int64_t decays, betas; /* numbers a step */
  bool gated, delta;
  float scale, *r, *state;
} Linear;

static void linear_step(const Linear *p, int64_t b, int64_t t, int64_t h, float *state)
{
  const int64_t at = b * p->steps + t;
  const float *k = p->k + (at * p->kHeads + h) * p->dk, *v = p->v + (at * p->kHeads + h) * p->dv;
  const float beta = p->beta ? p->beta[at * p->betas + (p->betas == 1 ? 0 : h)] : 1;
  for (int64_t i = 0; i < p->dk && p->gated; i++) {
    const int64_t each = p->decays / p->kHeads, d = each > 1 ? h * each + i : p->decays == 1 ? 0 : h;
    const float g = expf(p->decay[at * p->decays + d]);
    for (int64_t j = 0; j < p->dv; j++) state[i * p->dv + j] *= g;
  }
  for (int64_t j = 0; j < p->dv; j++) {
    float known = 0;
    for (int64_t i = 0; i < p->dk && p->delta; i++) known += state[i * p->dv + j] * k[i];
    const float change = (v[j] - known) * (p->delta ? beta : 1);
    for (int64_t i = 0; i < p->dk; i++) state[i * p->dv + j] += k[i] * change;
  }
  const int64_t group = p->qHeads / p->kHeads;
  for (int64_t qh = h * group; qh < (h + 1) * group; qh++)
    for (int64_t j = 0; j < p->dv; j++) {
      float sum = 0;
      for (int64_t i = 0; i < p->dk; i++) sum += p->q[(at * p->qHeads + qh) * p->dk + i] * state[i * p->dv + j];
      p->r[(at * p->qHeads + qh) * p->dv + j] = p->scale * sum;
    }
}

static void op_linearAttention(OnnxCall *c)
{
  const char *rule = THOnnx_string(c->node, "update_rule", "gated_delta");
  Linear p = {.qHeads = THOnnx_int(c->node, "q_num_heads", 0), .kHeads = THOnnx_int(c->node, "kv_num_heads", 0)};
  p.gated = !strncmp(rule, "gated", 5);
  p.delta = strstr(rule, "delta") != NULL;
  ONNX_AUTO q = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO k = THOnnx_newFloats(c->in[1]);
  ONNX_AUTO v = THOnnx_newFloats(c->in[2]);
  ONNX_AUTO decay = THOnnx_in(c, 4) ? THOnnx_newFloats(c->in[4]) : NULL;
  ONNX_AUTO beta = THOnnx_in(c, 5) ? THOnnx_newFloats(c->in[5]) : NULL;
  THOnnx_check(q->ndim == 3 && k->ndim == 3 && v->ndim == 3 && p.kHeads > 0 && p.qHeads > 0 && p.qHeads % p.kHeads == 0 &&
               q->size[2] % p.qHeads == 0 && k->size[2] % p.kHeads == 0 && v->size[2] % p.kHeads == 0 && q->size[1] == k->size[1] &&
               q->size[1] == v->size[1] && q->size[0] == k->size[0] && q->size[0] == v->size[0] &&
               q->size[2] / p.qHeads == k->size[2] / p.kHeads, "shapes do not go together");
  const int64_t batch = q->size[0], rows = batch * q->size[1];
  p.steps = q->size[1];
  p.dk = k->size[2] / p.kHeads;
  p.dv = v->size[2] / p.kHeads;
  p.q = q->data, p.k = k->data, p.v = v->data;
  THOnnx_check((!p.gated || (decay && rows && decay->count % rows == 0)) && (!beta || (rows && beta->count % rows == 0)), "decay or beta do not fit");
  p.decay = decay ? decay->data : NULL;
  p.beta = beta ? beta->data : NULL;
  p.decays = decay ? decay->count / THMax(1, rows) : 0;
  p.betas = beta ? beta->count / THMax(1, rows) : 0;
  THOnnx_check((!decay || p.decays == 1 || p.decays == p.kHeads || p.decays == p.kHeads * p.dk) && (!beta || p.betas == 1 || p.betas == p.kHeads),
             "decay or beta do not fit");
  const double scale = THOnnx_float(c->node, "scale", 0);
  p.scale = scale ? (float)scale : (float)(1 / sqrt((double)p.dk));
  ONNX_AUTO state = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){batch, p.kHeads, p.dk, p.dv});
  if (state->count) memset(state->data, 0, (size_t)state->count * sizeof(float));
  if (THOnnx_in(c, 3)) {
    THOnnx_check(c->in[3]->count == state->count, "the state has another size");
    THOnnx_convert(THONNX_FLOAT, state->data, c->in[3]->type, c->in[3]->data, state->count);
  }
  p.r = THOnnx_make(c, 0, THONNX_FLOAT, 3, (int64_t[]){batch, p.steps, p.qHeads * p.dv})->data;
  for (int64_t b = 0; b < batch; b++)
    for (int64_t t = 0; t < p.steps; t++)
      for (int64_t h = 0; h < p.kHeads; h++) linear_step(&p, b, t, h, (float *)state->data + (b * p.kHeads + h) * p.dk * p.dv);
  THOnnx_give(c, 1, THOnnx_retain(state));
}

static void op_causalConv(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO w = THOnnx_newFloats(c->in[1]);
  ONNX_AUTO bias = THOnnx_in(c, 2) ? THOnnx_newFloats(c->in[2]) : NULL;
  THOnnx_check(x->ndim == 3 && w->ndim == 3 && w->size[0] == x->size[1] && w->size[1] == 1 && (!bias || bias->count == x->size[1]),
             "shapes do not go together");
  const int64_t B = x->size[0], C = x->size[1], T = x->size[2], K = w->size[2], P = K - 1;
  THOnnx_check(K > 0, "an empty kernel");
  ONNX_AUTO zeros = THOnnx_new(THONNX_FLOAT, 3, (int64_t[]){B, C, P});
  if (zeros->count) memset(zeros->data, 0, (size_t)zeros->count * sizeof(float));
  ONNX_AUTO past = THOnnx_in(c, 3) ? THOnnx_newFloats(c->in[3]) : THOnnx_retain(zeros);
  ONNX_AUTO all = THOnnx_newConcatenated(2, (OnnxValue *[]){past, x}, 2);
  THOnnx_check(all->size[2] == P + T, "the state has another size");
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, 3, x->size);
  for (int64_t i = 0; i < r->count; i++) {
    const int64_t row = i / T, t = i % T, ch = row % C;
    double sum = bias ? ((float *)bias->data)[ch] : 0;
    for (int64_t k = 0; k < K; k++) sum += (double)((float *)w->data)[ch * K + k] * ((float *)all->data)[row * (P + T) + t + k];
    ((float *)r->data)[i] = (float)sum;
  }
  const char *how = THOnnx_string(c->node, "activation", "none");
  const bool gate = !strcmp(how, "silu") || !strcmp(how, "swish");
  THOnnx_check(gate || !strcmp(how, "none") || !*how, "activation '%s' is not known", how);
  THOnnx_give(c, 0, gate ? THOnnx_newMapped(ONNX_LINE(swish), r, 1, 0) : THOnnx_retain(r));
  if (THOnnx_wants(c, 1)) THOnnx_give(c, 1, THOnnx_newPart(all, 2, T, P));
}

/* ---- losses ---- */

/* Of log-probabilities; reduction as in the attribute. */
static OnnxValue *new_loss(const OnnxCall *c, OnnxValue *logs, OnnxValue *target, OnnxValue *weight)
{
  const OnnxAttribute *ignored = THOnnx_attribute(c->node, "ignore_index");
  const char *how = THOnnx_string(c->node, "reduction", "mean");
  THOnnx_check(logs->ndim >= 2, "classes are expected");
  const int64_t classes = logs->size[1], inner = THOnnx_product(logs->size + 2, logs->ndim - 2), all = logs->size[0] * inner;
  THOnnx_check(target->count == all && (!weight || weight->count == classes), "targets or weights do not fit");
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, target->ndim, target->size);
  double sum = 0, weights = 0;
  for (int64_t i = 0; i < all; i++) {
    const int64_t k = THOnnx_long(target, i);
    const bool skip = ignored && k == ignored->i;
    THOnnx_check(skip || (k >= 0 && k < classes), "class %lld of %lld", (long long)k, (long long)classes);
    const double w = skip ? 0 : weight ? THOnnx_double(weight, k) : 1;
    const double v = skip ? 0 : -w * ((float *)logs->data)[(i / inner * classes + k) * inner + i % inner];
    ((float *)r->data)[i] = (float)v;
    sum += v;
    weights += w;
  }
  if (!strcmp(how, "none")) return TH_RELEASE(r);
  OnnxValue *one = THOnnx_new(THONNX_FLOAT, 0, NULL);
  *(float *)one->data = (float)(strcmp(how, "sum") ? sum / weights : sum);
  return one;
}

static void op_nll(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO r = new_loss(c, x, c->in[1], THOnnx_in(c, 2));
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}

static void op_softmaxLoss(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  THOnnx_check(x->ndim >= 2, "classes are expected");
  int order[ONNX_DIMS], back[ONNX_DIMS], n = 0;
  for (int d = 0; d < x->ndim; d++)
    if (d != 1) order[n++] = d;
  order[n++] = 1;
  for (int d = 0; d < x->ndim; d++) back[order[d]] = d;
  ONNX_AUTO f = THOnnx_newFloats(x);
  ONNX_AUTO moved = THOnnx_newTransposed(f, order);
  THOnnx_softmaxRows(moved->data, x->size[1] ? x->count / x->size[1] : 0, x->size[1], true);
  ONNX_AUTO logs = THOnnx_newTransposed(moved, back);
  ONNX_AUTO r = new_loss(c, logs, c->in[1], THOnnx_in(c, 2));
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
  if (THOnnx_wants(c, 1)) THOnnx_give(c, 1, THOnnx_newCast(logs, x->type));
}

const OnnxOp THOnnx_attentionOps[] = {
  {"Attention", op_attention, 23, 0, 3, 7, 0, NULL},
  {"RotaryEmbedding", op_rotary, 23, 0, 3, 4, 0, NULL},
  {"SwiGLU", op_swiglu, 28, 0, 2, 2, 0, NULL},
  {"LinearAttention", op_linearAttention, 27, 0, 3, 6, 0, NULL},
  {"CausalConvWithState", op_causalConv, 27, 0, 2, 4, 0, NULL},
  {"NegativeLogLikelihoodLoss", op_nll, 12, 0, 2, 3, 0, NULL},
  {"SoftmaxCrossEntropyLoss", op_softmaxLoss, 12, 0, 2, 3, 0, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
