static inline double T_(logistic)(double x) { return 1 / (1 + exp(-x)); }
static inline double T_(plus)(double x, const real *bias, int64_t i) { return bias ? x + bias[i] : x; }

/* gates (in, forget, cell, out: sums, then what comes of them), hidden, the biases, cell; output, outputCell */
static void T_(lstm_row)(int64_t n, void *const *at)
{
  real *gates = at[0], *y = at[5], *cy = at[6];
  const real *hidden = at[1], *b1 = at[2], *b2 = at[3], *cx = at[4];
  for (int64_t j = 0; j < n; j++) {
    double gate[4];
    for (int k = 0; k < 4; k++) {
      int64_t i = k * n + j;
      double sum = T_(plus)(T_(plus)((double)gates[i] + hidden[i], b1, i), b2, i);
      gate[k] = k == 2 ? tanh(sum) : T_(logistic)(sum);
    }
    double cell = gate[1] * cx[j] + gate[0] * gate[2];
    for (int k = 0; k < 4; k++) gates[k * n + j] = (real)gate[k];
    cy[j] = (real)cell;
    y[j] = (real)(gate[3] * tanh(cell));
  }
}

/* gates, their gradients, the cell before and after, gradients of output and of outputCell; that of the cell */
static void T_(lstm_row_grad)(int64_t n, void *const *at)
{
  const real *gates = at[0], *cx = at[2], *cy = at[3], *gy = at[4], *gcy = at[5];
  real *gg = at[1], *gcx = at[6];
  for (int64_t j = 0; j < n; j++) {
    double in = gates[j], forget = gates[n + j], cell = gates[2 * n + j], out = gates[3 * n + j], before = cx[j];
    double squashed = tanh((double)cy[j]), g = gy[j];
    double gc = g * out * (1 - squashed * squashed) + gcy[j];
    gg[j] = (real)(gc * cell * in * (1 - in));
    gg[n + j] = (real)(gc * before * forget * (1 - forget));
    gg[2 * n + j] = (real)(gc * in * (1 - cell * cell));
    gg[3 * n + j] = (real)(g * squashed * out * (1 - out));
    gcx[j] = (real)(gc * forget);
  }
}

/* input, hidden (reset, update, new), the biases, hx; output, storage */
static void T_(gru_row)(int64_t n, void *const *at)
{
  const real *x = at[0], *hidden = at[1], *b1 = at[2], *b2 = at[3], *hx = at[4];
  real *y = at[5], *kept = at[6];
  for (int64_t j = 0; j < n; j++) {
    double sum[3], own[3], before = hx[j];
    for (int k = 0; k < 3; k++) {
      sum[k] = T_(plus)(x[k * n + j], b1, k * n + j);
      own[k] = T_(plus)(hidden[k * n + j], b2, k * n + j);
    }
    double reset = T_(logistic)(sum[0] + own[0]), update = T_(logistic)(sum[1] + own[1]);
    double new = tanh(sum[2] + reset * own[2]);
    y[j] = (real)(new + update * (before - new));
    kept[j] = (real)reset;
    kept[n + j] = (real)update;
    kept[2 * n + j] = (real)new;
    kept[3 * n + j] = (real)before;
    kept[4 * n + j] = (real)own[2];
  }
}

/* storage, gradient of output; those of input, of hidden and of hx */
static void T_(gru_row_grad)(int64_t n, void *const *at)
{
  const real *kept = at[0], *gy = at[1];
  real *gi = at[2], *gh = at[3], *gx = at[4];
  for (int64_t j = 0; j < n; j++) {
    double reset = kept[j], update = kept[n + j], new = kept[2 * n + j], before = kept[3 * n + j];
    double own = kept[4 * n + j], g = gy[j];
    double gnew = g * (1 - update) * (1 - new * new);
    gx[j] = (real)(g * update);
    gi[j] = gh[j] = (real)(gnew * own * reset * (1 - reset));
    gi[n + j] = gh[n + j] = (real)(g * (before - new) * update * (1 - update));
    gi[2 * n + j] = (real)gnew;
    gh[2 * n + j] = (real)(gnew * reset);
  }
}
