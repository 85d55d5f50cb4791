/* Cells of recurrent networks; element i is that of the state, batch x n. Rows of `at` hold so many times n. */
ELEMENT_FN WIDE T_(logistic)(WIDE x) { return 1 / (1 + exp(-x)); }
ELEMENT_FN WIDE T_(plus)(WIDE x, const element *bias, int64_t i) { return bias ? x + LOAD(bias + i) : x; }

/* gates (in, forget, cell, out: sums, then what comes of them), hidden, the biases, cell; output, outputCell */
ELEMENT_FN void T_(lstm)(const THNN_Cell *c, int64_t i, void *const *at)
{
  int64_t n = c->n, row = QUOTIENT(i, n), j = i - row * n;
  element *gates = (element *)at[0] + row * 4 * n;
  const element *hidden = (const element *)at[1] + row * 4 * n;
  WIDE gate[4];
  for (int k = 0; k < 4; k++) {
    int64_t g = k * n + j;
    WIDE sum = (WIDE)LOAD(gates + g) + LOAD(hidden + g);
    sum = T_(plus)(T_(plus)(sum, (const element *)at[2], g), (const element *)at[3], g);
    gate[k] = k == 2 ? tanh(sum) : T_(logistic)(sum);
  }
  WIDE cell = gate[1] * LOAD((const element *)at[4] + i) + gate[0] * gate[2];
  for (int k = 0; k < 4; k++) STORE(gates + k * n + j, gate[k]);
  STORE((element *)at[6] + i, cell);
  STORE((element *)at[5] + i, gate[3] * tanh(cell));
}

/* gates, their gradients, the cell before and after, gradients of output and of outputCell; that of the cell */
ELEMENT_FN void T_(lstm_grad)(const THNN_Cell *c, int64_t i, void *const *at)
{
  int64_t n = c->n, row = QUOTIENT(i, n), j = row * 4 * n + i - row * n;
  const element *gates = (const element *)at[0] + j;
  element *gg = (element *)at[1] + j;
  WIDE in = LOAD(gates), forget = LOAD(gates + n), cell = LOAD(gates + 2 * n), out = LOAD(gates + 3 * n);
  WIDE before = LOAD((const element *)at[2] + i), squashed = tanh((WIDE)LOAD((const element *)at[3] + i));
  WIDE g = LOAD((const element *)at[4] + i);
  WIDE gc = g * out * (1 - squashed * squashed) + LOAD((const element *)at[5] + i);
  STORE(gg, gc * cell * in * (1 - in));
  STORE(gg + n, gc * before * forget * (1 - forget));
  STORE(gg + 2 * n, gc * in * (1 - cell * cell));
  STORE(gg + 3 * n, g * squashed * out * (1 - out));
  STORE((element *)at[6] + i, gc * forget);
}

/* input, hidden (reset, update, new), the biases, hx; output, storage */
ELEMENT_FN void T_(gru)(const THNN_Cell *c, int64_t i, void *const *at)
{
  int64_t n = c->n, row = QUOTIENT(i, n), j = i - row * n;
  const element *x = (const element *)at[0] + row * 3 * n, *hidden = (const element *)at[1] + row * 3 * n;
  element *kept = (element *)at[6] + row * 5 * n + j;
  WIDE sum[3], own[3], before = LOAD((const element *)at[4] + i);
  for (int k = 0; k < 3; k++) {
    sum[k] = T_(plus)(LOAD(x + k * n + j), (const element *)at[2], k * n + j);
    own[k] = T_(plus)(LOAD(hidden + k * n + j), (const element *)at[3], k * n + j);
  }
  WIDE reset = T_(logistic)(sum[0] + own[0]), update = T_(logistic)(sum[1] + own[1]);
  WIDE fresh = tanh(sum[2] + reset * own[2]);
  STORE((element *)at[5] + i, fresh + update * (before - fresh));
  STORE(kept, reset);
  STORE(kept + n, update);
  STORE(kept + 2 * n, fresh);
  STORE(kept + 3 * n, before);
  STORE(kept + 4 * n, own[2]);
}

/* storage, gradient of output; those of input, of hidden and of hx */
ELEMENT_FN void T_(gru_grad)(const THNN_Cell *c, int64_t i, void *const *at)
{
  int64_t n = c->n, row = QUOTIENT(i, n), j = i - row * n;
  const element *kept = (const element *)at[0] + row * 5 * n + j;
  element *gi = (element *)at[2] + row * 3 * n + j, *gh = (element *)at[3] + row * 3 * n + j;
  WIDE reset = LOAD(kept), update = LOAD(kept + n), fresh = LOAD(kept + 2 * n), before = LOAD(kept + 3 * n);
  WIDE own = LOAD(kept + 4 * n), g = LOAD((const element *)at[1] + i);
  WIDE gnew = g * (1 - update) * (1 - fresh * fresh);
  WIDE greset = gnew * own * reset * (1 - reset), gupdate = g * (before - fresh) * update * (1 - update);
  STORE((element *)at[4] + i, g * update);
  STORE(gi, greset);
  STORE(gh, greset);
  STORE(gi + n, gupdate);
  STORE(gh + n, gupdate);
  STORE(gi + 2 * n, gnew);
  STORE(gh + 2 * n, gnew * reset);
}
