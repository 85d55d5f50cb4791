/* Which rows of a matrix are the same, bit by bit, so that what depends on a row alone is made once for all of them. */
#include "common.h"

enum { LOOK = 256, LANES = 4 };

/* Of `bytes` bytes at x. Steps are one to one for each word, in four lanes, which do not wait for each other. */
static uint64_t hash_of(const char *x, int64_t bytes)
{
  const uint64_t odd = 0x9e3779b97f4a7c15u; /* 2^64 by the golden ratio */
  uint64_t h[LANES] = {1, 2, 3, 4}, word[LANES];
  for (int64_t at = 0; at < bytes; at += sizeof word) {
    if (bytes - at < (int64_t)sizeof word) memset(word, 0, sizeof word);
    memcpy(word, x + at, (size_t)THMin(bytes - at, (int64_t)sizeof word));
    for (int k = 0; k < LANES; k++) {
      const uint64_t mixed = (h[k] ^ word[k]) * odd;
      h[k] = mixed << 29 | mixed >> 35;
    }
  }
  return (((h[0] * odd ^ h[1]) * odd ^ h[2]) * odd ^ h[3]) * odd;
}

typedef struct Rows {
  const char *x;
  int64_t bytes, n; /* of a row; of rows */
} Rows;

/* Numbers the values of rows in the order in which they come: index[i] is that of row i, first[k] the first row of value k; from 0
   on. Returns how many there are; 0 as soon as more than a quarter of all rows, or 3 of 4 of the first LOOK, have a value of their own.
   table: `size` places, a power of 2 not below n; hashes: n. */
static int64_t number_rows(const Rows *r, int64_t *index, int64_t *first, int64_t *table, int64_t size, uint64_t *hashes)
{
  int64_t found = 0;
  memset(table, 0xff, (size_t)size * sizeof *table);
  for (int64_t i = 0; i < r->n; i++) {
    const char *row = r->x + i * r->bytes;
    const uint64_t hash = hash_of(row, r->bytes);
    int64_t at = (int64_t)(hash >> 20) & (size - 1), k;
    while ((k = table[at]) >= 0 && (hashes[k] != hash || memcmp(row, r->x + first[k] * r->bytes, (size_t)r->bytes)))
      at = (at + 1) & (size - 1);
    if (k < 0) {
      if (4 * (found + 1) > r->n || (i < LOOK && 4 * (found + 1) > 3 * LOOK)) return 0;
      table[at] = k = found++;
      hashes[k] = hash, first[k] = i;
    }
    index[i] = k;
  }
  return found;
}

static void add_base(int64_t *p, int64_t n)
{
  for (int64_t i = 0; i < n; i++) p[i] += TH_INDEX_BASE;
}

/* On the CPU; x is contiguous. */
static void find_distinct(THAnyTensor *x, THAnyTensor *index, THAnyTensor *first)
{
  const int64_t n = x->size[0];
  int64_t size = 1, found = 0;
  THNN_AUTO ix = THNN_newResult(index, 1, &n);
  THNN_AUTO fx = THNN_newResult(first, 1, &n);
  const Rows rows = {THNN_data(x), x->size[1] * (int64_t)THType_size((THType)x->type), n};
  if (n >= LOOK) {
    while (size < n) size *= 2;
    TH_AUTO_MEM int64_t *table = THAlloc((ptrdiff_t)((size + n) * (int64_t)sizeof *table));
    found = number_rows(&rows, THNN_data(ix), THNN_data(fx), table, size, (uint64_t *)(table + size));
    add_base(THNN_data(ix), found ? n : 0);
    add_base(THNN_data(fx), found);
  }
  THNN_finish(ix, index);
  THNN_finish(fx, first);
  TH_resizeResult(first, 1, &found);
}

/* What is on the GPU is looked at in the CPU's memory. */
static void find_on_host(THAnyTensor *input, THAnyTensor *index, THAnyTensor *first)
{
  THNN_AUTO x = THAnyTensor_newWithSizeNd(THType_element((THType)input->type), 2, input->size, NULL);
  THNN_AUTO ix = THAnyTensor_new(TH_LONG);
  THNN_AUTO fx = THAnyTensor_new(TH_LONG);
  THAnyTensor_copy(x, input);
  find_distinct(x, ix, fx);
  TH_resizeResult(index, 1, ix->size);
  THAnyTensor_copy(index, ix);
  const int64_t found = fx->nDimension ? fx->size[0] : 0;
  TH_resizeResult(first, 1, &found);
  if (found) THAnyTensor_copy(first, fx);
}

void THNN_Rows_distinct(THNN_STATE, THAnyTensor *input, THAnyTensor *index, THAnyTensor *first)
{
  const char *op = "Rows";
  THNN_TYPES_ANY(op, input);
  THNN_checkLong(op, "index", index, input);
  THNN_checkLong(op, "first", first, input);
  THArgCheck(input->nDimension == 2, 2, "%s: matrix expected, got %s", op, THAnyTensor_sizeDesc(input).str);
  if (THType_onDevice((THType)input->type)) {
    find_on_host(input, index, first);
  } else {
    THNN_AUTO x = THAnyTensor_newContiguous(input);
    find_distinct(x, index, first);
  }
}
