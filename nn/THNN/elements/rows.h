/* Sums of rows by number. Every occurrence has a key, row * n + its place, so that sorted keys have the occurrences of a row
   side by side and in order, and the first of them, for all, does the work: sums come in a fixed order. Whatever is out of
   range has a row behind the last one, and is left out. */

/* The row of the k-th key; *place: which occurrence it is. */
ELEMENT_FN int64_t T_(key_row)(const int64_t *key, int64_t k, int64_t n, int64_t *place)
{
  int64_t row = QUOTIENT(key[k], n);
  *place = key[k] - row * n;
  return row;
}

/* Whether the k-th key is the first one of its row. */
ELEMENT_FN bool T_(key_leads)(const int64_t *key, int64_t k, int64_t n)
{
  return k == 0 || QUOTIENT(key[k - 1], n) != QUOTIENT(key[k], n);
}

/* ---- LookupTable ---- */

/* indices, from 1; keys */
ELEMENT_FN void T_(lookup_key)(const THNN_Lookup *l, int64_t i, void *const *at)
{
  int64_t index = ((const int64_t *)at[0])[i], row = index - TH_INDEX_BASE;
  bool out = row < 0 || row >= l->rows || index == l->padding;
  ((int64_t *)at[1])[i] = (out ? l->rows : row) * l->n + i;
}

/* sorted keys, gradient of output, n x columns; gradient of the table. Element i: of the i-th sorted row. */
ELEMENT_FN void T_(lookup_grad)(const THNN_Lookup *l, int64_t i, void *const *at)
{
  const int64_t *key = (const int64_t *)at[0];
  int64_t first = QUOTIENT(i, l->columns), column = i - first * l->columns, place, end = first + 1;
  int64_t row = T_(key_row)(key, first, l->n, &place);
  if (row >= l->rows || !T_(key_leads)(key, first, l->n)) return;
  while (end < l->n && !T_(key_leads)(key, end, l->n)) end++;
  real factor = (real)(l->byFrequency ? l->scale / (double)(end - first) : l->scale);
  element *to = (element *)at[2] + row * l->columns + column;
  real sum = LOAD(to);
  for (int64_t k = first; k < end; k++) {
    T_(key_row)(key, k, l->n, &place);
    sum += factor * LOAD((const element *)at[1] + place * l->columns + column);
  }
  STORE(to, sum);
}

/* sorted keys; the table, whose row of the i-th key is shortened to maxNorm */
ELEMENT_FN void T_(lookup_renorm)(const THNN_Lookup *l, int64_t i, void *const *at)
{
  int64_t place, row = T_(key_row)((const int64_t *)at[0], i, l->n, &place);
  if (row >= l->rows || !T_(key_leads)((const int64_t *)at[0], i, l->n)) return;
  element *w = (element *)at[1] + row * l->columns;
  double sum = 0, p = l->normType;
  for (int64_t j = 0; j < l->columns; j++) {
    double v = fabs((double)LOAD(w + j));
    sum += p == 1 ? v : p == 2 ? v * v : pow(v, p);
  }
  double norm = p == 1 ? sum : p == 2 ? sqrt(sum) : pow(sum, 1 / p);
  if (!(norm > l->maxNorm)) return;
  real factor = (real)(l->maxNorm / (norm + 1e-7));
  for (int64_t j = 0; j < l->columns; j++) STORE(w + j, LOAD(w + j) * factor);
}

/* ---- SparseLinear; x are the elements ---- */

/* Number `which` of element i, from 0; what is out of range, or has the value 0, is behind the last one. */
ELEMENT_FN int64_t T_(sparse_number)(const THNN_Sparse *s, const element *x, int64_t i, int which)
{
  int64_t number = (int64_t)LOAD(x + 3 * i + which) - TH_INDEX_BASE;
  return LOAD(x + 3 * i + 2) == 0 || number < 0 || number >= s->limit[which] ? s->limit[which] : number;
}

/* n rows of (feature, value), of which every sample has `out`; the same with the sample before */
ELEMENT_FN void T_(sparse_coordinates)(const THNN_Sparse *s, int64_t i, void *const *at)
{
  const element *x = (const element *)at[0] + 2 * i;
  element *r = (element *)at[1] + 3 * i;
  STORE(r, QUOTIENT(i, s->out) + TH_INDEX_BASE);
  STORE(r + 1, LOAD(x));
  STORE(r + 2, LOAD(x + 1));
}

/* x; keys */
ELEMENT_FN void T_(sparse_key)(const THNN_Sparse *s, int64_t i, void *const *at)
{
  ((int64_t *)at[1])[i] = T_(sparse_number)(s, (const element *)at[0], i, s->key) * s->n + i;
}

/* sorted keys, x, source; result, to which is added: scale x value x the source's row of the other number. Element i: of the
   i-th sorted row. */
ELEMENT_FN void T_(sparse_sum)(const THNN_Sparse *s, int64_t i, void *const *at)
{
  const int64_t *key = (const int64_t *)at[0];
  const element *x = (const element *)at[1];
  int64_t first = QUOTIENT(i, s->out), o = i - first * s->out, place, row = T_(key_row)(key, first, s->n, &place);
  if (row >= s->limit[s->key] || !T_(key_leads)(key, first, s->n)) return;
  element *to = (element *)at[3] + row * s->step + o * s->next;
  real sum = LOAD(to);
  for (int64_t k = first; k < s->n && T_(key_row)(key, k, s->n, &place) == row; k++) {
    int64_t other = T_(sparse_number)(s, x, place, !s->key);
    if (other >= s->limit[!s->key]) continue;
    real v = (real)s->scale * LOAD(x + 3 * place + 2);
    sum += v * LOAD((const element *)at[2] + other * s->sourceStep + o * s->sourceNext);
  }
  STORE(to, sum);
}

/* sorted keys; gradient of the weight, whose columns of the features that occur become 0. Element i: of the i-th. */
ELEMENT_FN void T_(sparse_zero)(const THNN_Sparse *s, int64_t i, void *const *at)
{
  int64_t k = QUOTIENT(i, s->out), place, row = T_(key_row)((const int64_t *)at[0], k, s->n, &place);
  if (row < s->limit[1] && T_(key_leads)((const int64_t *)at[0], k, s->n))
    STORE((element *)at[1] + row * s->step + (i - k * s->out) * s->next, 0);
}

/* The same; weight, gradient: weight += scale * gradient */
ELEMENT_FN void T_(sparse_update)(const THNN_Sparse *s, int64_t i, void *const *at)
{
  int64_t k = QUOTIENT(i, s->out), place, row = T_(key_row)((const int64_t *)at[0], k, s->n, &place);
  if (row >= s->limit[1] || !T_(key_leads)((const int64_t *)at[0], k, s->n)) return;
  int64_t to = row * s->step + (i - k * s->out) * s->next;
  STORE((element *)at[1] + to, LOAD((element *)at[1] + to) + (real)s->scale * LOAD((const element *)at[2] + to));
}
