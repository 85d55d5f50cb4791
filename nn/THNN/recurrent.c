/* Cells of recurrent networks: LSTM (Hochreiter, Schmidhuber, 1997, with forget gates) and GRU (Cho and others,
   2014, with the reset gate after the product). Rows of the batch are shared out to threads. */
#include "common.h"
#include <math.h>

#define TH_GENERIC_FILE "generic/recurrent.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

typedef void (*RowFunction)(int64_t n, void *const *at);
static const RowFunction lstm_row[TH_NTYPES] = TH_BY_FLOAT_TYPE(lstm_row);
static const RowFunction lstm_row_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(lstm_row_grad);
static const RowFunction gru_row[TH_NTYPES] = TH_BY_FLOAT_TYPE(gru_row);
static const RowFunction gru_row_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(gru_row_grad);

/* The state that a cell goes by: size (batch x) n. */
typedef struct Cell {
  const char *op;
  int ndim;
  int64_t size[2], batch, n;
  THType type;
} Cell;

static Cell cell_of(const char *op, int arg, const THAnyTensor *state)
{
  Cell c = {.op = op, .ndim = state->nDimension, .batch = 1, .type = (THType)state->type};
  THArgCheck(c.ndim == 1 || c.ndim == 2, arg, "%s: vector or matrix (batch mode) expected, got %s", op,
             THAnyTensor_sizeDesc(state).str);
  for (int i = 0; i < c.ndim; i++) c.size[i] = state->size[i];
  if (c.ndim == 2) c.batch = c.size[0];
  c.n = c.size[c.ndim - 1];
  return c;
}

/* The same from what is kept for the gradient, `times` n elements a row; it is C argument `arg`. */
static Cell cell_of_kept(const char *op, int arg, const THAnyTensor *kept, int64_t times)
{
  Cell c = cell_of(op, arg, kept);
  THArgCheck(c.n % times == 0, arg, "%s: expected rows of %lld n elements, got %s", op, (long long)times,
             THAnyTensor_sizeDesc(kept).str);
  c.size[c.ndim - 1] = c.n /= times;
  return c;
}

/* The state's size, with `times` as many elements a row. */
static const int64_t *times_state(const Cell *c, int64_t times, int64_t *size)
{
  size[0] = c->size[0];
  size[c->ndim - 1] = times * c->n;
  return size;
}

static void check(const Cell *c, const char *what, int arg, const THAnyTensor *t, int64_t times)
{
  int64_t size[2];
  THNN_checkSizeArg(c->op, what, arg, t, c->ndim, times_state(c, times, size));
}

static void check_bias(const Cell *c, int arg, const THAnyTensor *bias, int64_t times)
{
  THArgCheck(!bias || THAnyTensor_nElement(bias) == times * c->n, arg, "%s: expected bias of %lld elements, got %s",
             c->op, (long long)(times * c->n), bias ? THAnyTensor_sizeDesc(bias).str : "");
}

static THAnyTensor *new_result(const Cell *c, THAnyTensor *r_, int64_t times)
{
  int64_t size[2];
  return THNN_newResult(r_, c->ndim, times_state(c, times, size));
}

static THAnyTensor *new_bias(THAnyTensor *bias) { return bias ? THAnyTensor_newContiguous(bias) : NULL; }

/* Rows of `times` n elements; a bias is the same for all. */
static THNN_Array rows(const Cell *c, const THAnyTensor *t, int64_t times)
{
  return (THNN_Array){THNN_data(t), (size_t)(times * c->n) * THType_size(c->type)};
}
static THNN_Array same(const THAnyTensor *bias) { return (THNN_Array){bias ? THNN_data(bias) : NULL, 0}; }

typedef struct RowTask {
  RowFunction f;
  int64_t n;
} RowTask;

static void run_row(const void *arg, int64_t i, void *const *at)
{
  const RowTask *t = arg;
  (void)i;
  t->f(t->n, at);
}

enum { GATE_WORK = 40 }; /* an exp and what belongs to it */
#define RUN(c, f, gates, ...) \
  THNN_PLANES((c).batch, (double)(c).n * GATE_WORK * (gates), run_row, &((RowTask){f[(c).type], (c).n}), __VA_ARGS__)

void THNN_LSTMFused_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *hidden, THAnyTensor *bias1,
                                 THAnyTensor *bias2, THAnyTensor *cell, THAnyTensor *output, THAnyTensor *outputCell)
{
  (void)state;
  THNN_TYPES("LSTMFused", input, hidden, bias1, bias2, cell, output, outputCell);
  Cell c = cell_of("LSTMFused", 6, cell);
  check(&c, "input", 2, input, 4);
  check(&c, "hidden", 3, hidden, 4);
  check_bias(&c, 4, bias1, 4);
  check_bias(&c, 5, bias2, 4);
  THNN_AUTO h = THAnyTensor_newContiguous(hidden);
  THNN_AUTO b1 = new_bias(bias1);
  THNN_AUTO b2 = new_bias(bias2);
  THNN_AUTO cx = THAnyTensor_newContiguous(cell);
  THNN_AUTO gates = THNN_newInPlace(input);
  THNN_AUTO y = new_result(&c, output, 1);
  THNN_AUTO cy = new_result(&c, outputCell, 1);
  RUN(c, lstm_row, 5, rows(&c, gates, 4), rows(&c, h, 4), same(b1), same(b2), rows(&c, cx, 1), rows(&c, y, 1),
      rows(&c, cy, 1));
  THNN_finish(gates, input);
  THNN_finish(y, output);
  THNN_finish(cy, outputCell);
}

void THNN_LSTMFused_updateGradInput(THNNState *state, THAnyTensor *storage, THAnyTensor *gradInGates, THAnyTensor *cx,
                                    THAnyTensor *cy, THAnyTensor *gradOutput, THAnyTensor *gradOutputCell,
                                    THAnyTensor *gradInputCx)
{
  (void)state;
  THNN_TYPES("LSTMFused", storage, gradInGates, cx, cy, gradOutput, gradOutputCell, gradInputCx);
  Cell c = cell_of_kept("LSTMFused", 2, storage, 4);
  check(&c, "cx", 4, cx, 1);
  check(&c, "cy", 5, cy, 1);
  check(&c, "gradOutput", 6, gradOutput, 1);
  check(&c, "gradOutputCell", 7, gradOutputCell, 1);
  THNN_AUTO gates = THAnyTensor_newContiguous(storage);
  THNN_AUTO before = THAnyTensor_newContiguous(cx);
  THNN_AUTO after = THAnyTensor_newContiguous(cy);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gc = THAnyTensor_newContiguous(gradOutputCell);
  THNN_AUTO gg = new_result(&c, gradInGates, 4);
  THNN_AUTO gx = new_result(&c, gradInputCx, 1);
  RUN(c, lstm_row_grad, 1, rows(&c, gates, 4), rows(&c, gg, 4), rows(&c, before, 1), rows(&c, after, 1),
      rows(&c, g, 1), rows(&c, gc, 1), rows(&c, gx, 1));
  THNN_finish(gg, gradInGates);
  THNN_finish(gx, gradInputCx);
}

void THNN_GRUFused_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *hidden, THAnyTensor *bias1,
                                THAnyTensor *bias2, THAnyTensor *hx, THAnyTensor *output, THAnyTensor *storage)
{
  (void)state;
  THNN_TYPES("GRUFused", input, hidden, bias1, bias2, hx, output, storage);
  Cell c = cell_of("GRUFused", 6, hx);
  check(&c, "input", 2, input, 3);
  check(&c, "hidden", 3, hidden, 3);
  check_bias(&c, 4, bias1, 3);
  check_bias(&c, 5, bias2, 3);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO h = THAnyTensor_newContiguous(hidden);
  THNN_AUTO b1 = new_bias(bias1);
  THNN_AUTO b2 = new_bias(bias2);
  THNN_AUTO before = THAnyTensor_newContiguous(hx);
  THNN_AUTO y = new_result(&c, output, 1);
  THNN_AUTO kept = new_result(&c, storage, 5);
  RUN(c, gru_row, 3, rows(&c, x, 3), rows(&c, h, 3), same(b1), same(b2), rows(&c, before, 1), rows(&c, y, 1),
      rows(&c, kept, 5));
  THNN_finish(y, output);
  THNN_finish(kept, storage);
}

void THNN_GRUFused_updateGradInput(THNNState *state, THAnyTensor *gradInInput, THAnyTensor *gradInHidden,
                                   THAnyTensor *gradOutput, THAnyTensor *gradInputHx, THAnyTensor *storage)
{
  (void)state;
  THNN_TYPES("GRUFused", storage, gradInInput, gradInHidden, gradOutput, gradInputHx);
  Cell c = cell_of_kept("GRUFused", 6, storage, 5);
  check(&c, "gradOutput", 4, gradOutput, 1);
  THNN_AUTO kept = THAnyTensor_newContiguous(storage);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gi = new_result(&c, gradInInput, 3);
  THNN_AUTO gh = new_result(&c, gradInHidden, 3);
  THNN_AUTO gx = new_result(&c, gradInputHx, 1);
  RUN(c, gru_row_grad, 1, rows(&c, kept, 5), rows(&c, g, 1), rows(&c, gi, 3), rows(&c, gh, 3), rows(&c, gx, 1));
  THNN_finish(gi, gradInInput);
  THNN_finish(gh, gradInHidden);
  THNN_finish(gx, gradInputHx);
}
