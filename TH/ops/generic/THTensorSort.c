/* Sorting cores and lane kernels of THTensorSort.c for one element type.

   An element becomes an Item: an unsigned key whose order is that of the values, and its position.
   Up to four bytes both fit in one 64-bit number (key above position), else they are a pair. No two
   items are equal, so every algorithm below is stable. */

#if defined(TH_REAL_IS_LONG) || defined(TH_REAL_IS_DOUBLE)
#define WIDE
#define Item SortPair
#define KEY(it) ((it).key)
#define AT(it) ((int64_t)(it).at)
#define LESS(a, b) ((a).key < (b).key || ((a).key == (b).key && (a).at < (b).at))
#define MAKE(k, i) ((SortPair){(k), (uint64_t)(i)})
#else
#define Item uint64_t
#define KEY(it) ((it) >> 32)
#define AT(it) ((int64_t)((it)&UINT32_MAX))
#define LESS(a, b) ((a) < (b))
#define MAKE(k, i) ((uint64_t)(k) << 32 | (uint64_t)(i))
#endif

/* ---- values to keys and back ---- */

#ifdef TH_REAL_IS_FLOATING
#ifdef TH_REAL_IS_FLOAT
#define Bits uint32_t
#else
#define Bits uint64_t
#endif
#define SIGN ((Bits)1 << (8 * sizeof(real) - 1))
/* Negative numbers have their bits flipped, others their sign set. NaN of either sign is largest.
 */
static inline Bits T_(encode)(real v)
{
  Bits u;
  if (v != v) return ~(Bits)0;
  memcpy(&u, &v, sizeof u);
  return u & SIGN ? ~u : u | SIGN;
}
static inline real T_(decode)(Bits u)
{
  real v;
  if (u == ~(Bits)0) return (real)NAN;
  u = u & SIGN ? u & ~SIGN : ~u;
  memcpy(&v, &u, sizeof v);
  return v;
}
#elif defined(TH_REAL_IS_LONG)
#define Bits uint64_t
static inline Bits T_(encode)(real v) { return (Bits)v ^ (Bits)1 << 63; }
static inline real T_(decode)(Bits u) { return (real)(u ^ (Bits)1 << 63); }
#else
#define Bits uint32_t
#ifdef TH_REAL_IS_BYTE
#define BIAS 0
#else
#define BIAS ((int64_t)1 << (8 * sizeof(real) - 1))
#endif
static inline Bits T_(encode)(real v) { return (Bits)(v + BIAS); }
static inline real T_(decode)(Bits u) { return (real)((int64_t)u - BIAS); }
#undef BIAS
#endif
/* Bits of a key that vary; flipping them reverses the order. */
#define ALL ((Bits)(~(uint64_t)0 >> (64 - 8 * sizeof(real))))

/* ---- cores ---- */

/* Into the sorted items before place `at`, which is free. */
static inline void T_(insert)(Item *a, int64_t at, Item item)
{
  for (; at > 0 && LESS(item, a[at - 1]); at--) a[at] = a[at - 1];
  a[at] = item;
}

static void T_(insertion)(Item *a, int64_t n)
{
  for (int64_t i = 1; i < n; i++) T_(insert)(a, i, a[i]);
}

static void T_(merge)(const Item *a, int64_t na, const Item *b, int64_t nb, Item *r)
{
  const Item *ea = a + na, *eb = b + nb;
  while (a < ea && b < eb) {
    bool second = LESS(*b, *a);
    *r++ = second ? *b : *a;
    a += !second;
    b += second;
  }
  memcpy(r, a, (size_t)(ea - a) * sizeof *r);
  memcpy(r + (ea - a), b, (size_t)(eb - b) * sizeof *r);
}

/* Sorted items, in a or in b. */
static Item *T_(merge_sort)(Item *a, Item *b, int64_t n)
{
  for (int64_t i = 0; i < n; i += SORT_RUN) T_(insertion)(a + i, THMin(SORT_RUN, n - i));
  for (int64_t w = SORT_RUN; w < n; w *= 2) {
    for (int64_t i = 0; i < n; i += 2 * w) {
      int64_t na = THMin(w, n - i), nb = THMin(w, n - i - na);
      T_(merge)(a + i, na, a + i + na, nb, b + i);
    }
    Item *swap = a;
    a = b;
    b = swap;
  }
  return a;
}

/* Least significant byte first. Bytes that all keys share cost one count only. */
static Item *T_(radix_sort)(Item *a, Item *b, int64_t n)
{
  enum { BYTES = sizeof(real) };
  int64_t count[BYTES][256];
  memset(count, 0, sizeof count);
  for (int64_t i = 0; i < n; i++) {
    uint64_t key = (uint64_t)KEY(a[i]);
    for (int k = 0; k < BYTES; k++) count[k][key >> 8 * k & 255]++;
  }
  for (int k = 0; k < BYTES; k++) {
    if (count[k][(uint64_t)KEY(a[0]) >> 8 * k & 255] == n) continue;
    int64_t at = 0;
    for (int d = 0; d < 256; d++) {
      int64_t c = count[k][d];
      count[k][d] = at;
      at += c;
    }
    for (int64_t i = 0; i < n; i++) b[count[k][(uint64_t)KEY(a[i]) >> 8 * k & 255]++] = a[i];
    Item *swap = a;
    a = b;
    b = swap;
  }
  return a;
}

/* Items of equal keys must come in order of position, or after any order by comparison only. */
static Item *T_(sort_items)(Item *a, Item *b, int64_t n, bool in_order)
{
  if (n > SORT_RADIX * (int64_t)sizeof(real) && in_order) return T_(radix_sort)(a, b, n);
  return T_(merge_sort)(a, b, n);
}

static inline Item T_(middle)(Item a, Item b, Item c)
{
  if (LESS(b, a)) {
    Item swap = a;
    a = b;
    b = swap;
  }
  return LESS(c, a) ? a : LESS(c, b) ? c : b;
}

/* The same for a small k, in order: items after the first k are rarely among the k smallest so far. */
static void T_(select_few)(Item *a, int64_t n, int64_t k)
{
  T_(insertion)(a, k);
  for (int64_t i = k; i < n; i++) {
    if (!LESS(a[i], a[k - 1])) continue;
    Item item = a[i];
    a[i] = a[k - 1];
    T_(insert)(a, k - 1, item);
  }
}

/* The k smallest items come first, a[k-1] largest of them. Quickselect; sorting takes over when the
   pivots are bad (Musser, "Introspective sorting and selection algorithms", 1997). */
static void T_(select)(Item *a, Item *b, int64_t n, int64_t k)
{
  if (k <= SORT_FEW) {
    T_(select_few)(a, n, k);
    return;
  }
  int64_t lo = 0, hi = n; /* the boundary k lies within [lo, hi] */
  for (int64_t effort = 6 * n; hi - lo > SORT_RUN; effort -= hi - lo) {
    if (effort < 0) {
      Item *s = T_(merge_sort)(a + lo, b + lo, hi - lo);
      if (s != a + lo) memcpy(a + lo, s, (size_t)(hi - lo) * sizeof *s);
      return;
    }
    Item pivot = T_(middle)(a[lo], a[lo + (hi - lo) / 2], a[hi - 1]);
    int64_t i = lo - 1, j = hi;
    for (;;) { /* Hoare: everything up to j is <= pivot, everything after it >= pivot */
      do i++;
      while (LESS(a[i], pivot));
      do j--;
      while (LESS(pivot, a[j]));
      if (i >= j) break;
      Item swap = a[i];
      a[i] = a[j];
      a[j] = swap;
    }
    if (k <= j + 1) hi = j + 1;
    else lo = j + 1;
  }
  T_(insertion)(a + lo, hi - lo);
}

/* ---- lanes ---- */

static Item *T_(load)(const real *x, int64_t stride, int64_t n, Item *a, Bits flip)
{
  for (int64_t i = 0; i < n; i++) a[i] = MAKE(T_(encode)(x[i * stride]) ^ flip, i);
  return a;
}

static void T_(store)(const THLaneBlock *b, int64_t lane, const Item *a, int64_t n, Bits flip)
{
  real *r = (real *)b->data[0] + lane * b->across[0];
  int64_t *at = (int64_t *)b->data[1] + lane * b->across[1];
  for (int64_t i = 0; i < n; i++) {
    r[i * b->step[0]] = T_(decode)((Bits)KEY(a[i]) ^ flip);
    at[i * b->step[1]] = AT(a[i]);
  }
}

/* tensors: 0 values, 1 indices, 2 source */
static void T_(sort_block)(const THLaneBlock *b)
{
  const SortArg *arg = b->arg;
  int64_t n = b->size[2];
  Bits flip = arg->descending ? ALL : 0;
  for (int64_t j = 0; j < b->lanes; j++) {
    Item *a =
        T_(load)((const real *)b->data[2] + j * b->across[2], b->step[2], n, b->scratch, flip);
    a = T_(sort_items)(a, a + n, n, true);
    T_(store)(b, j, a, n, flip);
  }
}

static void T_(topk_block)(const THLaneBlock *b)
{
  const SortArg *arg = b->arg;
  int64_t n = b->size[2], k = arg->k;
  Bits flip = arg->descending ? ALL : 0;
  for (int64_t j = 0; j < b->lanes; j++) {
    Item *a =
        T_(load)((const real *)b->data[2] + j * b->across[2], b->step[2], n, b->scratch, flip);
    T_(select)(a, a + n, n, k);
    if (arg->sorted) a = T_(sort_items)(a, a + n, k, false);
    T_(store)(b, j, a, k, flip);
  }
}

static void T_(kth_block)(const THLaneBlock *b)
{
  const SortArg *arg = b->arg;
  int64_t n = b->size[2];
  for (int64_t j = 0; j < b->lanes; j++) {
    Item *a = T_(load)((const real *)b->data[2] + j * b->across[2], b->step[2], n, b->scratch, 0);
    T_(select)(a, a + n, n, arg->k);
    T_(store)(b, j, a + arg->k - 1, 1, 0);
  }
}

/* The longest run of equal values; its last item. */
static Item T_(longest_run)(const Item *a, int64_t n)
{
  int64_t best = 0, start = 0, last = 0;
  for (int64_t i = 1; i <= n; i++) {
    if (i < n && (KEY(a[i]) == KEY(a[start]) ||
                  T_(decode)((Bits)KEY(a[i])) == T_(decode)((Bits)KEY(a[start])))) /* -0, 0 */
      continue;
    if (i - start > best) {
      best = i - start;
      last = i - 1;
    }
    start = i;
  }
  return a[last];
}

static void T_(mode_block)(const THLaneBlock *b)
{
  int64_t n = b->size[2];
  for (int64_t j = 0; j < b->lanes; j++) {
    Item *a = T_(load)((const real *)b->data[2] + j * b->across[2], b->step[2], n, b->scratch, 0);
    a = T_(sort_items)(a, a + n, n, true);
    Item most = T_(longest_run)(a, n);
    T_(store)(b, j, &most, 1, 0);
  }
}

#undef WIDE
#undef Item
#undef KEY
#undef AT
#undef LESS
#undef MAKE
#undef Bits
#undef SIGN
#undef ALL
