#ifndef THNN_SEQUENCE_H
#define THNN_SEQUENCE_H
/* A whole sequence, checked and with its results in place: what the passes of sequence.c and sequencedevice.c go by. Data is
   contiguous, steps x batch x so many times n. */
#include "common.h"
#include "core/THDevice.h"

typedef struct Sequence {
  THType type;
  int64_t steps, batch, n, d; /* d: of the input */
  bool afterProduct;
  const unsigned char *mask; /* steps x batch, or NULL */
  const void *input, *weight, *bias, *hiddenBias, *h0, *c0, *gradOutput;
  const void *sums;     /* of inputs, with their weights and the bias, 4 n each; of step and row i: index[i]; or NULL */
  const int64_t *index; /* steps x batch, from TH_INDEX_BASE on; or NULL */
  void *joined, *gates, *output, *cell, *kept, *gradInput, *gradJoined, *gradGates, *gradKept, *gradHidden, *gradCell;
  void *packed; /* the weight, or its transpose for the steps back, for all steps; or NULL */
  double *gateSums; /* of each chunk: sums of gradGates over all rows, 4 n; or NULL */
} Sequence;

/* What an LSTM's step multiplies of each row: the output before it, and beside that the input, unless inputs have their sums. */
static inline int64_t joined_width(const Sequence *s) { return s->index ? s->n : s->d + s->n; }

void THNN_device_lstm_forward(const Sequence *s);
void THNN_device_lstm_backward(const Sequence *s);
void THNN_device_gru_forward(const Sequence *s);
void THNN_device_gru_backward(const Sequence *s);

#endif
