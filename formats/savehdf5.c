/* HDF5 by the rules of its first version, which every program reads: headers without checksums, groups whose links lie in
   their headers, data sets in one piece. What is within a group is written before it, as its links tell where. */
#include "save.h"
#include <stdlib.h>

enum { SPACE = 1, LINK_INFO = 2, TYPE = 3, LINK = 6, LAYOUT = 8, GROUP_INFO = 10, SUPERBLOCK = 96, ALIGNMENT = 64, MOST_RANK = 32, MOST_LINKS = 65000 };
static const uint64_t nowhere = UINT64_MAX;

typedef struct Item { /* at a path */
  const char *name;
  THAnyTensor *tensor;
} Item;

static void pad(Save *s, unsigned to)
{
  while (s->at % to) Save_bytes(s, "", 1);
}

static void header(Save *s, int messages, uint64_t bytes)
{
  pad(s, 8);
  Save_number(s, 1, 2); /* version */
  Save_number(s, (uint64_t)messages, 2);
  Save_number(s, 1, 4); /* links to it */
  Save_number(s, bytes, 8);
}

static uint64_t padded(uint64_t bytes) { return (bytes + 7) & ~(uint64_t)7; }

/* The head of a message; what it says follows, and pad(s, 8). */
static void message(Save *s, int kind, uint64_t bytes)
{
  Save_number(s, (uint64_t)kind, 2);
  Save_number(s, padded(bytes), 6);
}

/* ---- data sets ---- */

static const struct {
  uint8_t exponent, fraction;
} reals[TH_NTYPES] = {[TH_FLOAT] = {8, 23}, [TH_DOUBLE] = {11, 52}, [TH_HALF] = {5, 10}, [TH_BFLOAT16] = {8, 7}};

static void integer_type(Save *s, unsigned size, bool negative)
{
  Save_number(s, 0x10 | (negative ? 8 << 8 : 0), 4);
  Save_number(s, size, 4);
  Save_number(s, 8 * size << 16, 4); /* its bits, from 0 on */
}

static void real_type(Save *s, unsigned size, unsigned exponent, unsigned fraction)
{
  Save_number(s, 0x2011 | (8 * size - 1) << 16, 4); /* the first bit of the fraction is not stored; where the sign is */
  Save_number(s, size, 4);
  Save_number(s, 8 * size << 16, 4);
  Save_number(s, fraction | exponent << 8 | fraction << 24, 4);
  Save_number(s, (1u << (exponent - 1)) - 1, 4);
}

/* An enumeration of two, as h5py has it. */
static void bool_type(Save *s)
{
  Save_number(s, 0x18 | 2 << 8, 4);
  Save_number(s, 1, 4);
  integer_type(s, 1, true);
  Save_bytes(s, "FALSE\0\0\0TRUE\0\0\0\0\0\1", 18);
}

static uint64_t type_bytes(THType t) { return t == TH_BOOL ? 38 : reals[t].exponent ? 20 : 12; }

static void put_type(Save *s, THType t)
{
  unsigned size = (unsigned)THType_size(t);
  message(s, TYPE, type_bytes(t));
  if (t == TH_BOOL) bool_type(s);
  else if (reals[t].exponent) real_type(s, size, reals[t].exponent, reals[t].fraction);
  else integer_type(s, size, t != TH_BYTE);
  pad(s, 8);
}

/* Where its header is. */
static uint64_t put_set(Save *s, THAnyTensor *x)
{
  const int n = THMax(x->nDimension, 1);
  const uint64_t bytes = (uint64_t)Save_size(x);
  pad(s, ALIGNMENT);
  const uint64_t data = bytes ? s->at : nowhere;
  if (s->file) Save_elements(s, x);
  else s->at += bytes;
  header(s, 3, 8 + 8 + 8 * (uint64_t)n + 8 + padded(type_bytes((THType)x->type)) + 8 + 24);
  const uint64_t at = s->at - 16;
  message(s, SPACE, 8 + 8 * (uint64_t)n);
  Save_number(s, 1 | (uint64_t)n << 8, 8);
  for (int d = 0; d < n; d++) Save_number(s, x->nDimension ? (uint64_t)x->size[d] : 0, 8);
  put_type(s, (THType)x->type);
  message(s, LAYOUT, 18);
  Save_number(s, 3 | 1 << 8, 2); /* in one piece */
  Save_number(s, data, 8);
  Save_number(s, bytes, 8);
  pad(s, 8);
  return at;
}

/* ---- groups ---- */

static size_t part_length(const char *name) { return strcspn(name, "/"); }

/* Items [i, next) have the same part of their names from `skip` on. */
static int64_t next_part(const Item *item, int64_t i, int64_t to, size_t skip)
{
  const char *name = item[i].name + skip;
  const size_t n = part_length(name);
  THArgCheck(n && strcmp(name, ".") && strncmp(name, "./", 2), 3, "\"%s\": no part of a name of HDF5 is empty or a point", item[i].name);
  THArgCheck(n < 60000, 3, "a name of %zu bytes; HDF5 has room for 60,000", n);
  int64_t next = i + 1;
  while (next < to && !strncmp(item[next].name + skip, name, n) && part_length(item[next].name + skip) == n) next++;
  THArgCheck(name[n] || next == i + 1, 3, "\"%s\" is there twice, or a tensor and a table at once", item[i].name);
  return next;
}

static void put_link(Save *s, const char *name, uint64_t header)
{
  const size_t n = part_length(name);
  message(s, LINK, 13 + n);
  Save_number(s, 1 | 0x11 << 8 | 1 << 16, 3); /* version, a length of two bytes, UTF-8 */
  Save_number(s, n, 2);
  Save_bytes(s, name, n);
  Save_number(s, header, 8);
  pad(s, 8);
}

/* Where the header is of the group that items [from, to) lie in, whose path takes the first `skip` bytes of their names. */
static uint64_t put_group(Save *s, const Item *item, int64_t from, int64_t to, size_t skip)
{
  int64_t n = 0, next;
  uint64_t bytes = 8 + 24 + 8 + 8;
  for (int64_t i = from; i < to; i = next, n++) {
    next = next_part(item, i, to, skip);
    bytes += 8 + padded(13 + part_length(item[i].name + skip));
  }
  THArgCheck(n <= MOST_LINKS, 3, "%lld tensors and tables in one table; HDF5 has room for %d", (long long)n, MOST_LINKS);
  TH_AUTO_MEM uint64_t *child = THAlloc((ptrdiff_t)((size_t)(n + 1) * sizeof *child));
  n = 0;
  for (int64_t i = from; i < to; i = next) {
    const size_t below = skip + part_length(item[i].name + skip);
    next = next_part(item, i, to, skip);
    child[n++] = item[i].name[below] ? put_group(s, item, i, next, below + 1) : put_set(s, item[i].tensor);
  }
  header(s, (int)n + 2, bytes);
  const uint64_t at = s->at - 16;
  message(s, LINK_INFO, 18);
  Save_number(s, 0, 2);
  Save_number(s, nowhere, 8); /* no heap */
  Save_number(s, nowhere, 8);
  pad(s, 8);
  message(s, GROUP_INFO, 2);
  Save_number(s, 0, 8);
  n = 0;
  for (int64_t i = from; i < to; i = next_part(item, i, to, skip)) put_link(s, item[i].name + skip, child[n++]);
  return at;
}

/* ---- the file ---- */

/* What is in a group follows it, whatever other bytes names have. */
static int by_path(const void *a, const void *b)
{
  const uint8_t *p = (const uint8_t *)((const Item *)a)->name, *q = (const uint8_t *)((const Item *)b)->name;
  while (*p && *p == *q) p++, q++;
  return (*p == '/' ? 1 : *p + (*p > 0)) - (*q == '/' ? 1 : *q + (*q > 0));
}

static void put_superblock(Save *s, uint64_t root, uint64_t end)
{
  Save_bytes(s, "\211HDF\r\n\032\n\0\0\0\0\0\10\10\0\4\0\20\0\0\0\0\0", 24); /* version 0; addresses and lengths of 8 bytes */
  Save_number(s, 0, 8);
  Save_number(s, nowhere, 8);
  Save_number(s, end, 8);
  Save_number(s, nowhere, 8);
  Save_number(s, 0, 8);
  Save_number(s, root, 8);
  while (s->at < SUPERBLOCK) Save_bytes(s, "", 1);
}

void THFormat_saveHdf5(const char *path, int64_t n, const char *const *names, THAnyTensor *const *tensors)
{
  TH_AUTO_MEM Item *items = THAlloc((ptrdiff_t)((size_t)(n + 1) * sizeof *items));
  for (int64_t i = 0; i < n; i++) {
    Save_checkTensor(tensors[i], 4);
    THArgCheck(tensors[i]->nDimension <= MOST_RANK, 4, "%d dimensions; HDF5 has at most %d", tensors[i]->nDimension, MOST_RANK);
    THArgCheck(Text_isUtf8((const uint8_t *)names[i], strlen(names[i])), 3, "a name that is not UTF-8: %s", names[i]);
    items[i] = (Item){names[i], tensors[i]};
  }
  if (n) qsort(items, (size_t)n, sizeof *items, by_path);
  Save dry = {.at = SUPERBLOCK}; /* counts */
  const uint64_t root = put_group(&dry, items, 0, n, 0);
  TH_AUTO(Save) s = &(Save){0};
  Save_begin(s, path);
  put_superblock(s, root, dry.at);
  put_group(s, items, 0, n, 0);
  Save_end(s);
}
