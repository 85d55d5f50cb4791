/* Cells of recurrent networks: LSTM (Hochreiter, Schmidhuber, 1997, with forget gates) and GRU (Cho and others,
   2014, with the reset gate after the product). */
#include "common.h"
#include "elements/host.h"
#include <math.h>

#define TH_GENERIC_FILE "generic/recurrent.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static const THNN_Loop lstm[TH_NTYPES] = TH_BY_FLOAT_TYPE(lstm_loop);
static const THNN_Loop lstm_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(lstm_grad_loop);
static const THNN_Loop gru[TH_NTYPES] = TH_BY_FLOAT_TYPE(gru_loop);
static const THNN_Loop gru_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(gru_grad_loop);

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

static void *optional_data(THAnyTensor *bias) { return bias ? THNN_data(bias) : NULL; }

enum { GATE_WORK = 40 }; /* an exp and what belongs to it */
#define RUN(c, kernel, t, gates, ...) \
  THNN_ELEMENTS(kernel, t, (c).batch * (c).n, GATE_WORK * (gates), (&(THNN_Cell){(c).n}), __VA_ARGS__)

void THNN_LSTMFused_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *hidden, THAnyTensor *bias1,
                                 THAnyTensor *bias2, THAnyTensor *cell, THAnyTensor *output, THAnyTensor *outputCell)
{
  THNN_TYPES_ANY("LSTMFused", input, hidden, bias1, bias2, cell, output, outputCell);
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
  RUN(c, lstm, gates, 5, THNN_data(gates), THNN_data(h), optional_data(b1), optional_data(b2), THNN_data(cx), THNN_data(y),
      THNN_data(cy));
  THNN_finish(gates, input);
  THNN_finish(y, output);
  THNN_finish(cy, outputCell);
}

void THNN_LSTMFused_updateGradInput(THNN_STATE, THAnyTensor *storage, THAnyTensor *gradInGates, THAnyTensor *cx,
                                    THAnyTensor *cy, THAnyTensor *gradOutput, THAnyTensor *gradOutputCell,
                                    THAnyTensor *gradInputCx)
{
  THNN_TYPES_ANY("LSTMFused", storage, gradInGates, cx, cy, gradOutput, gradOutputCell, gradInputCx);
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
  RUN(c, lstm_grad, gates, 1, THNN_data(gates), THNN_data(gg), THNN_data(before), THNN_data(after), THNN_data(g),
      THNN_data(gc), THNN_data(gx));
  THNN_finish(gg, gradInGates);
  THNN_finish(gx, gradInputCx);
}

void THNN_GRUFused_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *hidden, THAnyTensor *bias1,
                                THAnyTensor *bias2, THAnyTensor *hx, THAnyTensor *output, THAnyTensor *storage)
{
  THNN_TYPES_ANY("GRUFused", input, hidden, bias1, bias2, hx, output, storage);
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
  RUN(c, gru, x, 3, THNN_data(x), THNN_data(h), optional_data(b1), optional_data(b2), THNN_data(before), THNN_data(y),
      THNN_data(kept));
  THNN_finish(y, output);
  THNN_finish(kept, storage);
}

void THNN_GRUFused_updateGradInput(THNN_STATE, THAnyTensor *gradInInput, THAnyTensor *gradInHidden,
                                   THAnyTensor *gradOutput, THAnyTensor *gradInputHx, THAnyTensor *storage)
{
  THNN_TYPES_ANY("GRUFused", storage, gradInInput, gradInHidden, gradOutput, gradInputHx);
  Cell c = cell_of_kept("GRUFused", 6, storage, 5);
  check(&c, "gradOutput", 4, gradOutput, 1);
  THNN_AUTO kept = THAnyTensor_newContiguous(storage);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gi = new_result(&c, gradInInput, 3);
  THNN_AUTO gh = new_result(&c, gradInHidden, 3);
  THNN_AUTO gx = new_result(&c, gradInputHx, 1);
  RUN(c, gru_grad, kept, 1, THNN_data(kept), THNN_data(g), THNN_data(gi), THNN_data(gh), THNN_data(gx));
  THNN_finish(gi, gradInInput);
  THNN_finish(gh, gradInHidden);
  THNN_finish(gx, gradInputHx);
}
