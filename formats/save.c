/* Files for other programs: .npy, .npz, safetensors. (PyTorch's: savetorch.c.) */
#include "save.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- bytes ---- */

void Save_bytes(Save *s, const void *bytes, size_t n)
{
  if (s->file && n) THFile_writeCharRaw(s->file, (const THChar *)bytes, n);
  if (!s->file) s->crc = Crc32_of(s->crc, bytes, n);
  s->at += n;
}

void Save_begin(Save *s, const char *path)
{
  s->file = THDiskFile_newReplacing(path);
  THFile_binary(s->file);
}

void Save_end(Save *s) { THDiskFile_commit(s->file); }

void Save_number(Save *s, uint64_t v, int width)
{
  uint8_t bytes[8];
  for (int k = 0; k < width; k++) bytes[k] = (uint8_t)(v >> 8 * k);
  Save_bytes(s, bytes, (size_t)width);
}

void Save_elements(Save *s, THAnyTensor *t)
{
  int64_t n = THAnyTensor_nElement(t);
  if (!n) return;
  TH_AUTO(THAnyTensor) rows = THAnyTensor_newContiguous(t);
  Save_bytes(s, THAnyTensor_data(rows), (size_t)n * THType_size((THType)t->type));
}

int64_t Save_size(const THAnyTensor *t)
{
  return THAnyTensor_nElement(t) * (int64_t)THType_size((THType)t->type);
}

void Save_checkTensor(const THAnyTensor *t, int argument)
{
  THArgCheck(!THType_onDevice((THType)t->type), argument, "tensor of the CPU expected, got a %sTensor", THType_name((THType)t->type));
}

/* ---- text that grows ---- */

void Text_add(SaveText *t, const void *bytes, size_t n)
{
  if (n > t->room - t->n) {
    t->room = 2 * (t->n + n) + 256;
    t->bytes = THRealloc(t->bytes, (ptrdiff_t)t->room);
  }
  if (n) memcpy(t->bytes + t->n, bytes, n);
  t->n += n;
}

void Text_put(SaveText *t, const char *text) { Text_add(t, text, strlen(text)); }

void Text_integer(SaveText *t, int64_t v)
{
  char digits[32];
  snprintf(digits, sizeof digits, "%lld", (long long)v);
  Text_put(t, digits);
}

/* ---- .npy ---- */

static const char *const numpy_types[TH_NTYPES] = {
    [TH_BYTE] = "|u1", [TH_CHAR] = "|i1", [TH_SHORT] = "<i2", [TH_INT] = "<i4", [TH_LONG] = "<i8", [TH_FLOAT] = "<f4",
    [TH_DOUBLE] = "<f8", [TH_HALF] = "<f2", [TH_BOOL] = "|b1"};

static void npy_header(SaveText *t, const THAnyTensor *x)
{
  Text_put(t, "{'descr': '");
  Text_put(t, numpy_types[x->type]);
  Text_put(t, "', 'fortran_order': False, 'shape': (");
  for (int d = 0; d < x->nDimension; d++) {
    if (d) Text_put(t, " ");
    Text_integer(t, x->size[d]);
    if (d + 1 < x->nDimension || x->nDimension == 1) Text_put(t, ",");
  }
  Text_put(t, x->nDimension ? "), }" : "0,), }");
  while ((t->n + 10) % 64 != 63) Text_put(t, " ");
  Text_put(t, "\n");
}

static void put_npy(Save *s, THAnyTensor *x)
{
  TH_AUTO(SaveText) header = &(SaveText){0};
  npy_header(header, x);
  Save_bytes(s, "\223NUMPY\1", 8);
  Save_number(s, header->n, 2);
  Save_bytes(s, header->bytes, header->n);
  Save_elements(s, x);
}

static void check_array(const THAnyTensor *t, int argument)
{
  Save_checkTensor(t, argument);
  THArgCheck(numpy_types[t->type], argument, "NumPy has no type like that of a %sTensor; convert it to float", THType_name((THType)t->type));
}

void THFormat_saveNpy(const char *path, THAnyTensor *tensor)
{
  check_array(tensor, 2);
  TH_AUTO(Save) s = &(Save){0};
  Save_begin(s, path);
  put_npy(s, tensor);
  Save_end(s);
}

/* ---- zip ---- */

enum { STORED_VERSION = 45 };

/* Sizes as NumPy writes them: of 64 bits, in the extra field. */
static void local_header(Save *s, const SavedEntry *e, const char *name, unsigned padding)
{
  Save_number(s, 0x04034b50, 4);
  Save_number(s, STORED_VERSION, 2);
  Save_number(s, 0x800, 2); /* names are UTF-8 */
  Save_number(s, 0, 2);
  Save_number(s, 0x210000, 4); /* 1 January 1980 */
  Save_number(s, e->crc, 4);
  Save_number(s, UINT32_MAX, 4);
  Save_number(s, UINT32_MAX, 4);
  Save_number(s, strlen(name), 2);
  Save_number(s, 20 + padding, 2);
  Save_bytes(s, name, strlen(name));
  Save_number(s, 1, 2);
  Save_number(s, 16, 2);
  Save_number(s, e->bytes, 8);
  Save_number(s, e->bytes, 8);
  if (!padding) return;
  Save_number(s, 'F' | 'B' << 8, 2);
  Save_number(s, padding - 4, 2);
  for (unsigned k = 4; k < padding; k++) Save_bytes(s, "Z", 1);
}

static void directory_entry(Save *s, const SavedEntry *e)
{
  Save_number(s, 0x02014b50, 4);
  Save_number(s, STORED_VERSION, 2);
  Save_number(s, STORED_VERSION, 2);
  Save_number(s, 0x800, 2);
  Save_number(s, 0, 2);
  Save_number(s, 0x210000, 4);
  Save_number(s, e->crc, 4);
  Save_number(s, UINT32_MAX, 4);
  Save_number(s, UINT32_MAX, 4);
  Save_number(s, strlen(e->name), 2);
  Save_number(s, 28, 2);
  Save_number(s, 0, 8); /* comment, disk, attributes */
  Save_number(s, 0, 2);
  Save_number(s, UINT32_MAX, 4);
  Save_bytes(s, e->name, strlen(e->name));
  Save_number(s, 1, 2);
  Save_number(s, 24, 2);
  Save_number(s, e->bytes, 8);
  Save_number(s, e->bytes, 8);
  Save_number(s, e->at, 8);
}

static SavedEntry *new_entry(Save *s, const char *name)
{
  if (s->n == s->room) {
    s->room = 2 * s->room + 16;
    s->entries = THRealloc(s->entries, (ptrdiff_t)((size_t)s->room * sizeof *s->entries));
  }
  THArgCheck(strlen(name) < 65000, 2, "a name of %zu bytes; zip files have room for 65,535", strlen(name));
  SavedEntry *e = &s->entries[s->n];
  e->name = THAlloc((ptrdiff_t)strlen(name) + 1);
  strcpy(e->name, name);
  s->n++;
  return e;
}

void Save_zipEntry(Save *s, const char *name, unsigned align, SavePut put, const void *what)
{
  Save dry = {.file = NULL}; /* counts and sums */
  SavedEntry *e = new_entry(s, name);
  put(&dry, what);
  e->at = s->at;
  e->bytes = dry.at;
  e->crc = dry.crc;
  uint64_t data = s->at + 30 + strlen(name) + 20;
  unsigned padding = align && data % align ? align - (unsigned)(data % align) : 0;
  if (padding && padding < 4) padding += align;
  local_header(s, e, name, padding);
  put(s, what);
}

void Save_zipEnd(Save *s)
{
  uint64_t from = s->at;
  for (int64_t i = 0; i < s->n; i++) directory_entry(s, &s->entries[i]);
  uint64_t bytes = s->at - from, end = s->at;
  Save_number(s, 0x06064b50, 4);
  Save_number(s, 44, 8);
  Save_number(s, STORED_VERSION, 2);
  Save_number(s, STORED_VERSION, 2);
  Save_number(s, 0, 8);
  Save_number(s, (uint64_t)s->n, 8);
  Save_number(s, (uint64_t)s->n, 8);
  Save_number(s, bytes, 8);
  Save_number(s, from, 8);
  Save_number(s, 0x07064b50, 4);
  Save_number(s, 0, 4);
  Save_number(s, end, 8);
  Save_number(s, 1, 4);
  Save_number(s, 0x06054b50, 4);
  Save_number(s, 0, 4);
  Save_number(s, (uint64_t)THMin(s->n, 65535), 2);
  Save_number(s, (uint64_t)THMin(s->n, 65535), 2);
  Save_number(s, THMin(bytes, UINT32_MAX), 4);
  Save_number(s, THMin(from, UINT32_MAX), 4);
  Save_number(s, 0, 2);
}

void Save_autofree(Save **s)
{
  for (int64_t i = 0; i < (*s)->n; i++) THFree((*s)->entries[i].name);
  THFree((*s)->entries);
  if ((*s)->file) THFile_free((*s)->file);
}

static void put_array(Save *s, const void *tensor) { put_npy(s, (THAnyTensor *)tensor); }

void THFormat_saveNpz(const char *path, int64_t n, const char *const *names, THAnyTensor *const *tensors)
{
  for (int64_t i = 0; i < n; i++) check_array(tensors[i], 4);
  TH_AUTO(Save) s = &(Save){0};
  TH_AUTO(SaveText) name = &(SaveText){0};
  Save_begin(s, path);
  for (int64_t i = 0; i < n; i++) {
    name->n = 0;
    Text_put(name, names[i]);
    Text_add(name, ".npy", 5);
    Save_zipEntry(s, name->bytes, 64, put_array, tensors[i]);
  }
  Save_zipEnd(s);
  Save_end(s);
}

/* ---- safetensors ---- */

static const char *const safe_types[TH_NTYPES] = {
    [TH_BYTE] = "U8", [TH_CHAR] = "I8", [TH_SHORT] = "I16", [TH_INT] = "I32", [TH_LONG] = "I64", [TH_FLOAT] = "F32",
    [TH_DOUBLE] = "F64", [TH_HALF] = "F16", [TH_BFLOAT16] = "BF16", [TH_BOOL] = "BOOL"};

typedef struct Item {
  const char *name;
  THAnyTensor *tensor;
  int rank;
} Item;

/* As its own library sorts: the largest elements first, so that all are aligned, and by name. */
static int by_rank_and_name(const void *a, const void *b)
{
  static const char order[TH_NTYPES] = {[TH_LONG] = 0, [TH_DOUBLE] = 1, [TH_FLOAT] = 2, [TH_INT] = 3, [TH_BFLOAT16] = 4,
                                        [TH_HALF] = 5, [TH_SHORT] = 6, [TH_CHAR] = 7, [TH_BYTE] = 8, [TH_BOOL] = 9};
  const Item *p = a, *q = b;
  int by_type = order[p->tensor->type] - order[q->tensor->type];
  return by_type ? by_type : strcmp(p->name, q->name);
}

static void put_json_text(SaveText *t, const char *text, size_t n)
{
  static const char hex[] = "0123456789abcdef";
  Text_put(t, "\"");
  for (size_t i = 0; i < n; i++) {
    uint8_t c = (uint8_t)text[i];
    if (c < 32) Text_add(t, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
    else if (c == '"' || c == '\\') Text_add(t, (char[]){'\\', (char)c}, 2);
    else Text_add(t, &text[i], 1);
  }
  Text_put(t, "\"");
}

static void put_description(SaveText *t, const Item *item, uint64_t *at)
{
  const THAnyTensor *x = item->tensor;
  put_json_text(t, item->name, strlen(item->name));
  Text_put(t, ":{\"dtype\":\"");
  Text_put(t, safe_types[x->type]);
  Text_put(t, "\",\"shape\":[");
  for (int d = 0; d < x->nDimension; d++) {
    if (d) Text_put(t, ",");
    Text_integer(t, x->size[d]);
  }
  Text_put(t, x->nDimension ? "],\"data_offsets\":[" : "0],\"data_offsets\":[");
  Text_integer(t, (int64_t)*at);
  *at += (uint64_t)Save_size(x);
  Text_put(t, ",");
  Text_integer(t, (int64_t)*at);
  Text_put(t, "]}");
}

static void put_metadata(SaveText *t, const THFormatValue *metadata)
{
  Text_put(t, "\"__metadata__\":{");
  for (int64_t i = 0; i < metadata->length; i++) {
    const THFormatValue *key = metadata->item[2 * i], *v = metadata->item[2 * i + 1];
    THArgCheck(key->kind == TH_FORMAT_TEXT && v->kind == TH_FORMAT_TEXT, 5, "metadata of safetensors are texts by texts");
    if (i) Text_put(t, ",");
    put_json_text(t, key->text, (size_t)key->length);
    Text_put(t, ":");
    put_json_text(t, v->text, (size_t)v->length);
  }
  Text_put(t, "}");
}

void THFormat_saveSafetensors(const char *path, int64_t n, const char *const *names, THAnyTensor *const *tensors,
                              const THFormatValue *metadata)
{
  TH_AUTO_MEM Item *items = THAlloc((ptrdiff_t)((size_t)n * sizeof *items));
  TH_AUTO(SaveText) header = &(SaveText){0};
  uint64_t at = 0;
  for (int64_t i = 0; i < n; i++) {
    Save_checkTensor(tensors[i], 4);
    THArgCheck(Text_isUtf8((const uint8_t *)names[i], strlen(names[i])), 3, "a name that is not UTF-8: %s", names[i]);
    items[i] = (Item){names[i], tensors[i], 0};
  }
  if (n) qsort(items, (size_t)n, sizeof *items, by_rank_and_name);
  Text_put(header, "{");
  if (metadata && metadata->length) put_metadata(header, metadata);
  for (int64_t i = 0; i < n; i++) {
    if (header->n > 1) Text_put(header, ",");
    put_description(header, &items[i], &at);
  }
  Text_put(header, "}");
  while (header->n % 8) Text_put(header, " ");
  TH_AUTO(Save) s = &(Save){0};
  Save_begin(s, path);
  Save_number(s, header->n, 8);
  Save_bytes(s, header->bytes, header->n);
  for (int64_t i = 0; i < n; i++) Save_elements(s, items[i].tensor);
  Save_end(s);
}
