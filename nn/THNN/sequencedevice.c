/* LSTM and GRU over whole sequences on the GPU: a step is a product or two and a kernel. Products that no step waits for, those
   of all inputs with their weights, are one. */
#include "sequence.h"
#include "THNNDevice.h"

static char *at_element(const Sequence *s, const void *data, int64_t i)
{
  return (char *)data + (size_t)i * THType_size(s->type);
}

/* The rows of step t, each of `times` n elements. */
static char *at_step(const Sequence *s, const void *data, int64_t t, int64_t times)
{
  return at_element(s, data, t * s->batch * times * s->n);
}

static const void *state_before(const Sequence *s, const void *all, const void *start, int64_t t)
{
  return t ? at_step(s, all, t - 1, 1) : start;
}

static const unsigned char *mask_at(const Sequence *s, int64_t t) { return s->mask ? s->mask + t * s->batch : NULL; }

/* Rows `ld` elements apart. */
typedef struct Matrix {
  const void *data;
  int64_t ld;
} Matrix;

/* c[rows x columns] = a[rows x k] b (or b', b being columns x k, when tb) + beta c, row by row */
static void product(const Sequence *s, bool tb, int64_t rows, int64_t columns, int64_t k, Matrix a, Matrix b, int beta, Matrix c)
{
  THDeviceGemm g = {.ta = tb ? 't' : 'n', .tb = 'n', .m = columns, .n = rows, .k = k, .lda = b.ld, .ldb = a.ld, .ldc = c.ld,
                    .batch = 1, .alpha = THScalar_fromInt(1), .beta = THScalar_fromInt(beta)};
  TH_device->gemm("sequence", s->type, &g, b.data, a.data, (void *)c.data);
}

#define STEP(s, kernel, step, ...)                                                                                   \
  THNN_device->each((s)->type, THNN_##kernel, (s)->batch *(s)->n, &(step),                                           \
                    (void *[THNN_ELEMENT_ARRAYS]){__VA_ARGS__})

static bool is_empty(const Sequence *s) { return s->steps == 0 || s->batch == 0 || s->n == 0; }

/* ---- LSTM; weight has the d rows of the input, then the n of the output before ---- */

void THNN_device_lstm_forward(const Sequence *s)
{
  if (is_empty(s)) return;
  const int64_t n = s->n, d = s->d, wide = joined_width(s);
  const Matrix hidden_weight = {at_element(s, s->weight, d * 4 * n), 4 * n};
  const THNN_Step step = {.n = n, .next = wide};
  if (!s->index)
    product(s, false, s->steps * s->batch, 4 * n, d, (Matrix){s->input, d}, (Matrix){s->weight, 4 * n}, 0, (Matrix){s->gates, 4 * n});
  for (int64_t t = 0; t < s->steps; t++) {
    char *gates = at_step(s, s->gates, t, 4);
    char *next = t + 1 < s->steps ? at_element(s, s->joined, (t + 1) * s->batch * wide + wide - n) : NULL;
    product(s, false, s->batch, 4 * n, n, (Matrix){state_before(s, s->output, s->h0, t), n}, hidden_weight, 1,
            (Matrix){gates, 4 * n});
    STEP(s, lstm_step, step, gates, (void *)s->bias, (void *)state_before(s, s->cell, s->c0, t), at_step(s, s->cell, t, 1),
         at_step(s, s->output, t, 1), next, (void *)mask_at(s, t));
  }
}

void THNN_device_lstm_backward(const Sequence *s)
{
  if (is_empty(s)) return;
  const int64_t n = s->n, d = s->d;
  const Matrix hidden_weight = {at_element(s, s->weight, d * 4 * n), 4 * n};
  const THNN_Step step = {.n = n};
  for (int64_t t = s->steps - 1; t >= 0; t--) {
    char *gg = at_step(s, s->gradGates, t, 4);
    STEP(s, lstm_step_grad, step, at_step(s, s->gates, t, 4), gg, (void *)state_before(s, s->cell, s->c0, t),
         at_step(s, s->cell, t, 1), at_step(s, s->gradOutput, t, 1), s->gradHidden, s->gradCell);
    product(s, true, s->batch, n, 4 * n, (Matrix){gg, 4 * n}, hidden_weight, 0, (Matrix){s->gradHidden, n});
  }
  product(s, true, s->steps * s->batch, d, 4 * n, (Matrix){s->gradGates, 4 * n}, (Matrix){s->weight, 4 * n}, 0,
          (Matrix){s->gradInput, d});
}

/* ---- GRU; columns of the weight: update, reset, new ---- */

void THNN_device_gru_forward(const Sequence *s)
{
  if (is_empty(s)) return;
  const int64_t n = s->n;
  const Matrix weight = {s->weight, 3 * n}, new_weight = {at_element(s, s->weight, 2 * n), 3 * n};
  const THNN_Step step = {.n = n, .afterProduct = s->afterProduct};
  for (int64_t t = 0; t < s->steps; t++) {
    char *gates = at_step(s, s->gates, t, 3), *kept = at_step(s, s->kept, t, 1);
    const Matrix before = {state_before(s, s->output, s->h0, t), n};
    product(s, false, s->batch, 2 * n, n, before, weight, 1, (Matrix){gates, 3 * n});
    if (s->afterProduct) {
      product(s, false, s->batch, n, n, before, new_weight, 0, (Matrix){kept, n});
    } else {
      STEP(s, gru_step_reset, step, gates, (void *)before.data, kept);
      product(s, false, s->batch, n, n, (Matrix){kept, n}, new_weight, 1, (Matrix){at_element(s, gates, 2 * n), 3 * n});
    }
    STEP(s, gru_step, step, gates, (void *)before.data, kept, (void *)s->hiddenBias, at_step(s, s->output, t, 1),
         (void *)mask_at(s, t));
  }
}

void THNN_device_gru_backward(const Sequence *s)
{
  if (is_empty(s)) return;
  const int64_t n = s->n;
  const Matrix weight = {s->weight, 3 * n}, new_weight = {at_element(s, s->weight, 2 * n), 3 * n}, dh = {s->gradHidden, n};
  const THNN_Step step = {.n = n, .afterProduct = s->afterProduct};
  for (int64_t t = s->steps - 1; t >= 0; t--) {
    char *gates = at_step(s, s->gates, t, 3), *gg = at_step(s, s->gradGates, t, 3), *gk = at_step(s, s->gradKept, t, 1);
    void *before = (void *)state_before(s, s->output, s->h0, t);
    STEP(s, gru_step_grad, step, gates, gg, before, at_step(s, s->kept, t, 1), at_step(s, s->gradOutput, t, 1), s->gradHidden,
         gk);
    if (s->afterProduct) {
      product(s, true, s->batch, n, n, (Matrix){gk, n}, new_weight, 1, dh);
    } else {
      product(s, true, s->batch, n, n, (Matrix){at_element(s, gg, 2 * n), 3 * n}, new_weight, 0, (Matrix){gk, n});
      STEP(s, gru_step_reset_grad, step, gates, gg, before, gk, s->gradHidden);
    }
    product(s, true, s->batch, n, 2 * n, (Matrix){gg, 3 * n}, weight, 1, dh);
  }
}
