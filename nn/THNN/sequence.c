/* Recurrent networks over whole sequences: LSTM and GRU (recurrent.c has single cells). Chunks of the batch, cut by its size
   alone, go through all steps each in a thread of their own, without waiting for the others. On the GPU the whole batch goes
   through them step by step (sequencedevice.c). */
#include "sequence.h"
#include "blas/gemm/product.h"

/* Products of fewer rows than that are slow. */
enum { CHUNK_ROWS = 24, MAX_CHUNKS = 64 };

static int64_t chunk_rows(const Sequence *s)
{
  const int64_t chunks = THMax(1, THMin(s->batch / CHUNK_ROWS, MAX_CHUNKS));
  return THMax(1, (s->batch + chunks - 1) / chunks);
}
static int64_t chunks_of(const Sequence *s) { return (s->batch + chunk_rows(s) - 1) / chunk_rows(s); }

/* Of memory that comes after a product */
#define LINES(at, bytes) {at, ((bytes) + 63) / 64, 64}

#define TH_GENERIC_FILE "generic/sequence.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

/* What all steps of an LSTM multiply by, packed: the weight's last k rows, or the transpose of all for the steps back; NULL where
   products have no such kernels. */
static void *new_packed(const Sequence *s, bool turned, int64_t k)
{
  const int64_t columns = 4 * s->n, skipped = (s->d + s->n - k) * columns;
  const THProduct p = {.isDouble = s->type == TH_DOUBLE, .m = turned ? k : columns, .k = turned ? columns : k,
                       .a = (const char *)s->weight + skipped * (int64_t)THType_size(s->type),
                       .ai = turned ? columns : 1, .ak = turned ? 1 : columns};
  const int64_t bytes = THType_onDevice(s->type) ? 0 : THProduct_packedBytes(p.isDouble, p.m, p.k);
  if (!bytes) return NULL;
  void *packed = THAlloc((ptrdiff_t)bytes);
  THProduct_pack(&p, packed);
  return packed;
}

typedef void (*Rows)(const Sequence *, int64_t first, int64_t last);
static const Rows lstm_forward[TH_NTYPES] = TH_BY_FLOAT_TYPE(lstm_forward);
static const Rows lstm_backward[TH_NTYPES] = TH_BY_FLOAT_TYPE(lstm_backward);
static void (*const add_gates[TH_NTYPES])(const double *, int64_t, int64_t, void *) = TH_BY_FLOAT_TYPE(add_gates);
static const Rows gru_forward[TH_NTYPES] = TH_BY_FLOAT_TYPE(gru_forward);
static const Rows gru_backward[TH_NTYPES] = TH_BY_FLOAT_TYPE(gru_backward);

typedef struct Run {
  const Sequence *s;
  Rows rows;
} Run;

static void run_rows(const void *arg, int64_t first, int64_t last, int worker)
{
  const Run *r = arg;
  (void)worker;
  r->rows(r->s, first, last);
}

static void run(const Sequence *s, const Rows *rows)
{
  if (s->steps) TH_parallel(s->batch, chunk_rows(s), run_rows, &(Run){s, rows[s->type]});
}

/* r = sums of the gates' gradients over all steps and rows, a number a gate. */
static void sum_gates(const Sequence *s, THAnyTensor *gradGates, THAnyTensor *r)
{
  const int64_t width = 4 * s->n;
  THAnyTensor_fill(r, THScalar_fromInt(0));
  if (s->steps == 0 || s->batch == 0) return;
  if (!s->gateSums) THNN_addPlaneSums(gradGates, s->steps * s->batch, width, 1, r, 1);
  else add_gates[s->type](s->gateSums, chunks_of(s), width, THNN_data(r));
}

static void check_size(const char *op, const char *what, int arg, const THAnyTensor *t, int n, int64_t a, int64_t b, int64_t c)
{
  if (t) THNN_checkSizeArg(op, what, arg, t, n, (int64_t[]){a, b, c});
}

static Sequence sequence_of(const char *op, const THAnyTensor *gates, const THAnyTensor *weight, int64_t times)
{
  THArgCheck(gates->nDimension == 3 && gates->size[2] % times == 0, THNN_OWN,
             "%s: gates: expected steps x batch x %lld n elements, got %s", op, (long long)times,
             THAnyTensor_sizeDesc(gates).str);
  Sequence s = {.type = (THType)gates->type, .steps = gates->size[0], .batch = gates->size[1], .n = gates->size[2] / times};
  check_size(op, "weight", THNN_OWN, weight, 2, s.n, times * s.n, 0);
  THNN_checkBlasSize(op, s.batch, times * s.n, s.n);
  return s;
}

static void check_mask(const char *op, const Sequence *s, const THAnyTensor *mask)
{
  if (!mask) return;
  const THType type = THType_beside(TH_BYTE, s->type);
  THArgCheck(mask->type == type, THNN_OWN, "%s: mask: torch.%sTensor expected, got torch.%sTensor", op, THType_name(type),
             THType_name((THType)mask->type));
  if (THType_onDevice(type)) TH_checkDevice(op, "mask", 0, mask);
  check_size(op, "mask", THNN_OWN, mask, 2, s->steps, s->batch, 0);
}

static THAnyTensor *new_state(const char *op, const char *what, const Sequence *s, THAnyTensor *state)
{
  check_size(op, what, THNN_OWN, state, 2, s->batch, s->n, 0);
  if (state) return THAnyTensor_newContiguous(state);
  THAnyTensor *zero = THAnyTensor_newWithSizeNd(s->type, 2, (int64_t[]){s->batch, s->n}, NULL);
  THAnyTensor_fill(zero, THScalar_fromInt(0));
  return zero;
}

static THAnyTensor *new_steps(const Sequence *s, THAnyTensor *r_, int64_t times)
{
  return THNN_newResult(r_, 3, (int64_t[]){s->steps, s->batch, times * s->n});
}

/* Both or neither are there. Returns how many sums there are. */
static int64_t check_sums(const char *op, const Sequence *s, const THAnyTensor *sums, THAnyTensor *index)
{
  if (!sums && !index) return 0;
  if (!sums || !index) THError("%s: sums come with index", op);
  const int64_t n = s->steps * s->batch, count = sums->nDimension == 2 ? sums->size[0] : 0;
  check_size(op, "sums", THNN_OWN, sums, 2, count, 4 * s->n, 0);
  THNN_checkLong(op, "index", index, sums);
  check_size(op, "index", THNN_OWN, index, 1, n, 0, 0);
  if (THType_onDevice(s->type)) return count; /* its own indexing looks */
  THNN_AUTO ix = THAnyTensor_newContiguous(index);
  const int64_t *p = THNN_data(ix);
  for (int64_t i = 0; i < n; i++)
    if (p[i] < TH_INDEX_BASE || p[i] >= count + TH_INDEX_BASE)
      THError("%s: index: %lld at position %lld is out of range of %lld sums", op, (long long)p[i], (long long)(i + 1), (long long)count);
  return count;
}

static void *optional_data(THAnyTensor *t) { return t ? THNN_data(t) : NULL; }
static THAnyTensor *new_optional(THAnyTensor *t) { return t ? THAnyTensor_newContiguous(t) : NULL; }

/* Of inputs of size d; weight is (d + n) x 4 n. */
static Sequence lstm_of(const char *op, const THAnyTensor *weight, int64_t steps, int64_t batch)
{
  THArgCheck(weight->nDimension == 2 && weight->size[1] % 4 == 0 && weight->size[0] > weight->size[1] / 4, THNN_OWN,
             "%s: weight: expected (d + n) x 4 n, got %s", op, THAnyTensor_sizeDesc(weight).str);
  Sequence s = {.type = (THType)weight->type, .steps = steps, .batch = batch, .n = weight->size[1] / 4};
  s.d = weight->size[0] - s.n;
  THNN_checkBlasSize(op, s.batch, 4 * s.n, s.n + s.d);
  return s;
}

/* Into joined, for the GPU: the inputs, and the output before the first step; steps put theirs in themselves. Inputs that have their
   sums get these in their gates. */
static void join_inputs(const Sequence *s, THAnyTensor *joined, THAnyTensor *x, THAnyTensor *h, THAnyTensor *sums, THAnyTensor *index,
                        THAnyTensor *gates)
{
  if (s->steps == 0 || s->batch == 0 || s->n == 0) return;
  THNN_AUTO first = THAnyTensor_newSelect(joined, 0, 0);
  THNN_AUTO before = THAnyTensor_newNarrow(first, 1, joined_width(s) - s->n, s->n);
  THAnyTensor_copy(before, h);
  if (index) {
    THNN_AUTO rows = THAnyTensor_new(s->type);
    THAnyTensor_indexSelect(rows, sums, 0, index);
    THAnyTensor_copy(gates, rows);
  } else {
    THNN_AUTO inputs = THAnyTensor_newNarrow(joined, 2, 0, s->d);
    THAnyTensor_copy(inputs, x);
  }
}

void THNN_LSTMSequence_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *weight, THAnyTensor *bias,
                                    THAnyTensor *sums, THAnyTensor *index, THAnyTensor *h0, THAnyTensor *c0,
                                    THAnyTensor *mask, THAnyTensor *joined, THAnyTensor *gates, THAnyTensor *output,
                                    THAnyTensor *cell)
{
  const char *op = "SeqLSTM";
  THNN_TYPES_ANY(op, input, weight, bias, sums, h0, c0, joined, gates, output, cell);
  THArgCheck(input->nDimension == 3, 2, "%s: expected steps x batch x inputs, got %s", op, THAnyTensor_sizeDesc(input).str);
  Sequence s = lstm_of(op, weight, input->size[0], input->size[1]);
  check_size(op, "input", 2, input, 3, s.steps, s.batch, s.d);
  check_size(op, "bias", THNN_OWN, bias, 1, 4 * s.n, 0, 0);
  check_mask(op, &s, mask);
  const int64_t count = check_sums(op, &s, sums, index);
  THNN_AUTO h = new_state(op, "h0", &s, h0);
  THNN_AUTO c = new_state(op, "c0", &s, c0);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = THAnyTensor_newContiguous(bias);
  THNN_AUTO m = new_optional(mask);
  THNN_AUTO z = new_optional(sums);
  THNN_AUTO ix = new_optional(index);
  const int64_t rows = s.steps * s.batch, n = s.n, wide = index ? n : s.d + n;
  THNN_AUTO j = THNN_newResult(joined, 3, (int64_t[]){s.steps, s.batch, wide});
  THNN_AUTO g = new_steps(&s, gates, 4);
  THNN_AUTO y = new_steps(&s, output, 1);
  THNN_AUTO cells = new_steps(&s, cell, 1);
  THNN_HELD(op, {h, s.batch * n}, {c, s.batch * n}, {x, rows * s.d}, {w, (s.d + n) * 4 * n}, {b, 4 * n}, {z, count * 4 * n}, {ix, rows},
            {m, rows}, {j, rows * wide}, {g, rows * 4 * n}, {y, rows * n}, {cells, rows * n});
  s.h0 = THNN_data(h), s.c0 = THNN_data(c), s.input = THNN_data(x), s.weight = THNN_data(w), s.bias = THNN_data(b);
  s.mask = optional_data(m), s.joined = THNN_data(j), s.gates = THNN_data(g), s.output = THNN_data(y);
  s.cell = THNN_data(cells), s.sums = optional_data(z), s.index = optional_data(ix);
  if (THType_onDevice(s.type)) {
    join_inputs(&s, j, x, h, z, ix, g);
    THNN_AUTO none = index ? THAnyTensor_newClone(b) : NULL; /* the sums have it */
    if (none) THAnyTensor_fill(none, THScalar_fromInt(0));
    if (none) s.bias = THNN_data(none);
    THNN_device_lstm_forward(&s);
  } else {
    TH_AUTO_MEM void *packed = s.steps > 1 && chunks_of(&s) > 1 ? new_packed(&s, false, wide) : NULL;
    s.packed = packed;
    run(&s, lstm_forward);
  }
  THNN_finish(j, joined);
  THNN_finish(g, gates);
  THNN_finish(y, output);
  THNN_finish(cells, cell);
}

void THNN_LSTMSequence_updateGradInput(THNN_STATE, THAnyTensor *gates, THAnyTensor *gradOutput,
                                       THAnyTensor *gradInput, THAnyTensor *weight, THAnyTensor *c0, THAnyTensor *cell,
                                       THAnyTensor *gradGates, THAnyTensor *gradHidden, THAnyTensor *gradCell,
                                       THAnyTensor *gateSums)
{
  const char *op = "SeqLSTM";
  THNN_TYPES_ANY(op, gates, gradOutput, gradInput, weight, c0, cell, gradGates, gradHidden, gradCell, gateSums);
  THArgCheck(gates->nDimension == 3, THNN_OWN, "%s: gates: expected steps x batch x 4 n, got %s", op,
             THAnyTensor_sizeDesc(gates).str);
  Sequence s = lstm_of(op, weight, gates->size[0], gates->size[1]);
  check_size(op, "gates", THNN_OWN, gates, 3, s.steps, s.batch, 4 * s.n);
  check_size(op, "gradOutput", 3, gradOutput, 3, s.steps, s.batch, s.n);
  check_size(op, "cell", THNN_OWN, cell, 3, s.steps, s.batch, s.n);
  check_size(op, "gradHidden", THNN_OWN, gradHidden, 2, s.batch, s.n, 0);
  check_size(op, "gradCell", THNN_OWN, gradCell, 2, s.batch, s.n, 0);
  THNN_AUTO c = new_state(op, "c0", &s, c0);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO g = THAnyTensor_newContiguous(gates);
  THNN_AUTO cells = THAnyTensor_newContiguous(cell);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO both = THAnyTensor_newWithSizeNd(s.type, 2, (int64_t[]){s.batch, s.d + s.n}, NULL);
  THNN_AUTO gx = THNN_newResult(gradInput, 3, (int64_t[]){s.steps, s.batch, s.d});
  THNN_AUTO gg = new_steps(&s, gradGates, 4);
  THNN_AUTO dh = THNN_newInPlace(gradHidden);
  THNN_AUTO dc = THNN_newInPlace(gradCell);
  const int64_t rows = s.steps * s.batch, n = s.n, width = 4 * n;
  THNN_AUTO sums = THNN_newResult(gateSums, 1, &width);
  THNN_HELD(op, {c, s.batch * n}, {w, (s.d + n) * 4 * n}, {g, rows * 4 * n}, {cells, rows * n}, {gy, rows * n},
            {gx, rows * s.d}, {gg, rows * 4 * n}, {dh, s.batch * n}, {dc, s.batch * n}, {sums, width});
  s.c0 = THNN_data(c), s.weight = THNN_data(w), s.gates = THNN_data(g), s.cell = THNN_data(cells);
  s.gradOutput = THNN_data(gy), s.gradInput = THNN_data(gx), s.gradGates = THNN_data(gg), s.gradJoined = THNN_data(both);
  s.gradHidden = THNN_data(dh), s.gradCell = THNN_data(dc);
  const bool onDevice = THType_onDevice(s.type);
  TH_AUTO_MEM void *packed = new_packed(&s, true, s.d + s.n);
  TH_AUTO_MEM double *parts = onDevice ? NULL : THAlloc(chunks_of(&s) * width * (ptrdiff_t)sizeof *parts);
  s.packed = packed, s.gateSums = parts;
  if (onDevice) THNN_device_lstm_backward(&s);
  else run(&s, lstm_backward);
  sum_gates(&s, gg, sums);
  THNN_finish(gx, gradInput);
  THNN_finish(gg, gradGates);
  THNN_finish(dh, gradHidden);
  THNN_finish(dc, gradCell);
  THNN_finish(sums, gateSums);
}

void THNN_GRUSequence_updateOutput(THNN_STATE, THAnyTensor *gates, THAnyTensor *weight, THAnyTensor *hiddenBias,
                                   THAnyTensor *h0, THAnyTensor *mask, THAnyTensor *output, THAnyTensor *kept)
{
  const char *op = "SeqGRU";
  THNN_TYPES_ANY(op, gates, weight, hiddenBias, h0, output, kept);
  Sequence s = sequence_of(op, gates, weight, 3);
  check_mask(op, &s, mask);
  check_size(op, "hiddenBias", THNN_OWN, hiddenBias, 1, s.n, 0, 0);
  s.afterProduct = hiddenBias != NULL;
  THNN_AUTO h = new_state(op, "h0", &s, h0);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO b = new_optional(hiddenBias);
  THNN_AUTO m = new_optional(mask);
  THNN_AUTO g = THNN_newInPlace(gates);
  THNN_AUTO y = new_steps(&s, output, 1);
  THNN_AUTO k = new_steps(&s, kept, 1);
  const int64_t rows = s.steps * s.batch, n = s.n;
  THNN_HELD(op, {h, s.batch * n}, {w, n * 3 * n}, {b, n}, {m, rows}, {g, rows * 3 * n}, {y, rows * n}, {k, rows * n});
  s.h0 = THNN_data(h), s.weight = THNN_data(w), s.hiddenBias = optional_data(b), s.mask = optional_data(m);
  s.gates = THNN_data(g), s.output = THNN_data(y), s.kept = THNN_data(k);
  if (THType_onDevice(s.type)) THNN_device_gru_forward(&s);
  else run(&s, gru_forward);
  THNN_finish(g, gates);
  THNN_finish(y, output);
  THNN_finish(k, kept);
}

void THNN_GRUSequence_updateGradInput(THNN_STATE, THAnyTensor *gates, THAnyTensor *weight, bool afterProduct,
                                      THAnyTensor *h0, THAnyTensor *output, THAnyTensor *kept, THAnyTensor *gradOutput,
                                      THAnyTensor *gradGates, THAnyTensor *gradKept, THAnyTensor *gradHidden)
{
  const char *op = "SeqGRU";
  THNN_TYPES_ANY(op, gates, weight, h0, output, kept, gradOutput, gradGates, gradKept, gradHidden);
  Sequence s = sequence_of(op, gates, weight, 3);
  check_size(op, "output", THNN_OWN, output, 3, s.steps, s.batch, s.n);
  check_size(op, "kept", THNN_OWN, kept, 3, s.steps, s.batch, s.n);
  check_size(op, "gradOutput", 8, gradOutput, 3, s.steps, s.batch, s.n);
  check_size(op, "gradHidden", THNN_OWN, gradHidden, 2, s.batch, s.n, 0);
  s.afterProduct = afterProduct;
  THNN_AUTO h = new_state(op, "h0", &s, h0);
  THNN_AUTO w = THAnyTensor_newContiguous(weight);
  THNN_AUTO g = THAnyTensor_newContiguous(gates);
  THNN_AUTO y = THAnyTensor_newContiguous(output);
  THNN_AUTO k = THAnyTensor_newContiguous(kept);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gg = new_steps(&s, gradGates, 3);
  THNN_AUTO gk = new_steps(&s, gradKept, 1);
  THNN_AUTO dh = THNN_newInPlace(gradHidden);
  const int64_t rows = s.steps * s.batch, n = s.n;
  THNN_HELD(op, {h, s.batch * n}, {w, n * 3 * n}, {g, rows * 3 * n}, {y, rows * n}, {k, rows * n}, {gy, rows * n},
            {gg, rows * 3 * n}, {gk, rows * n}, {dh, s.batch * n});
  s.h0 = THNN_data(h), s.weight = THNN_data(w), s.gates = THNN_data(g), s.output = THNN_data(y), s.kept = THNN_data(k);
  s.gradOutput = THNN_data(gy), s.gradGates = THNN_data(gg), s.gradKept = THNN_data(gk), s.gradHidden = THNN_data(dh);
  if (THType_onDevice(s.type)) THNN_device_gru_backward(&s);
  else run(&s, gru_backward);
  THNN_finish(gg, gradGates);
  THNN_finish(gk, gradKept);
  THNN_finish(dh, gradHidden);
}
