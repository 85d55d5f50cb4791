/* Steps of whole sequences on the GPU (generic/sequence.c has the CPU's); element i is that of the state, batch x n. Products
   with the weights come before. Where the mask is not 0 the state becomes 0 and lets no gradient through. */

ELEMENT_FN bool T_(masked)(const void *mask, int64_t row) { return mask && ((const unsigned char *)mask)[row]; }

/* gates (in, forget, out, cell: sums without the bias, then what comes of them), bias, the cell before; cell, output, where the
   output lies beside the next input or NULL; mask */
ELEMENT_FN void T_(lstm_step)(const THNN_Step *s, int64_t i, void *const *at)
{
  int64_t n = s->n, row = QUOTIENT(i, n), j = i - row * n;
  element *gates = (element *)at[0] + row * 4 * n + j, *next = (element *)at[5];
  WIDE gate[4], cell = 0, output = 0;
  bool off = T_(masked)(at[6], row);
  for (int k = 0; k < 4; k++) {
    WIDE sum = (WIDE)LOAD(gates + k * n) + LOAD((const element *)at[1] + k * n + j);
    gate[k] = off ? 0 : k == 3 ? tanh(sum) : T_(logistic)(sum);
    STORE(gates + k * n, gate[k]);
  }
  if (!off) {
    cell = gate[1] * LOAD((const element *)at[2] + i) + gate[0] * gate[3];
    output = gate[2] * tanh(cell);
  }
  STORE((element *)at[3] + i, cell);
  STORE((element *)at[4] + i, output);
  if (next) STORE(next + row * s->next + j, output);
}

/* gates, their gradients, the cell before and after, gradient of output, that of the step after, and of the cell, which becomes
   that of the cell before */
ELEMENT_FN void T_(lstm_step_grad)(const THNN_Step *s, int64_t i, void *const *at)
{
  int64_t n = s->n, row = QUOTIENT(i, n), j = row * 4 * n + i - row * n;
  const element *gates = (const element *)at[0] + j;
  element *gg = (element *)at[1] + j, *dc = (element *)at[6] + i;
  WIDE in = LOAD(gates), forget = LOAD(gates + n), out = LOAD(gates + 2 * n), fresh = LOAD(gates + 3 * n);
  WIDE before = LOAD((const element *)at[2] + i), squashed = tanh((WIDE)LOAD((const element *)at[3] + i));
  WIDE h = (WIDE)LOAD((const element *)at[4] + i) + LOAD((const element *)at[5] + i);
  WIDE d = LOAD(dc) + h * out * (1 - squashed * squashed);
  STORE(gg, d * fresh * in * (1 - in));
  STORE(gg + n, d * before * forget * (1 - forget));
  STORE(gg + 2 * n, h * squashed * out * (1 - out));
  STORE(gg + 3 * n, d * in * (1 - fresh * fresh));
  STORE(dc, d * forget);
}

/* gates (update, reset, new), the state before; kept, what the product for `new` is made of */
ELEMENT_FN void T_(gru_step_reset)(const THNN_Step *s, int64_t i, void *const *at)
{
  int64_t n = s->n, row = QUOTIENT(i, n);
  element *gates = (element *)at[0] + row * 3 * n + i - row * n;
  WIDE reset = T_(logistic)(LOAD(gates + n));
  STORE(gates, T_(logistic)(LOAD(gates)));
  STORE(gates + n, reset);
  STORE((element *)at[2] + i, reset * LOAD((const element *)at[1] + i));
}

/* gates, the state before; kept (the product, with the reset gate after it), bias of that; output; mask */
ELEMENT_FN void T_(gru_step)(const THNN_Step *s, int64_t i, void *const *at)
{
  int64_t n = s->n, row = QUOTIENT(i, n), j = i - row * n;
  element *gates = (element *)at[0] + row * 3 * n + j, *kept = (element *)at[2] + i;
  WIDE before = LOAD((const element *)at[1] + i), sum = LOAD(gates + 2 * n), update = LOAD(gates);
  if (s->afterProduct) {
    WIDE reset = T_(logistic)(LOAD(gates + n)), product = (WIDE)LOAD(kept) + LOAD((const element *)at[3] + j);
    update = T_(logistic)(update);
    sum += reset * product;
    STORE(kept, product);
    STORE(gates, update);
    STORE(gates + n, reset);
  }
  WIDE fresh = tanh(sum), output = before + update * (fresh - before);
  if (T_(masked)(at[5], row)) {
    fresh = 1, output = 0;
    STORE(gates, 1);
    STORE(gates + n, 0);
  }
  STORE(gates + 2 * n, fresh);
  STORE((element *)at[4] + i, output);
}

/* gates, their gradients, the state before, kept, gradients of output, of the step after, which becomes what goes to the state
   before past the gates, and of kept */
ELEMENT_FN void T_(gru_step_grad)(const THNN_Step *s, int64_t i, void *const *at)
{
  int64_t n = s->n, row = QUOTIENT(i, n), j = row * 3 * n + i - row * n;
  const element *gates = (const element *)at[0] + j;
  element *gg = (element *)at[1] + j, *dh = (element *)at[5] + i;
  WIDE update = LOAD(gates), fresh = LOAD(gates + 2 * n), before = LOAD((const element *)at[2] + i);
  WIDE h = (WIDE)LOAD((const element *)at[4] + i) + LOAD(dh), d = h * update * (1 - fresh * fresh);
  STORE(gg, h * (fresh - before) * update * (1 - update));
  STORE(gg + 2 * n, d);
  STORE(dh, h * (1 - update));
  if (s->afterProduct) {
    WIDE reset = LOAD(gates + n);
    STORE(gg + n, d * LOAD((const element *)at[3] + i) * reset * (1 - reset));
    STORE((element *)at[6] + i, d * reset);
  }
}

/* gates, their gradients, the state before, gradient of reset times that, gradient of the state before */
ELEMENT_FN void T_(gru_step_reset_grad)(const THNN_Step *s, int64_t i, void *const *at)
{
  int64_t n = s->n, row = QUOTIENT(i, n), j = row * 3 * n + i - row * n;
  WIDE reset = LOAD((const element *)at[0] + j + n), g = LOAD((const element *)at[3] + i);
  element *dh = (element *)at[4] + i;
  STORE((element *)at[1] + j + n, g * LOAD((const element *)at[2] + i) * reset * (1 - reset));
  STORE(dh, LOAD(dh) + g * reset);
}
