/* PyTorch's zip file: a pickle of plain values in which tensors name their storages, and the storages. */
#include "save.h"
#include <stdio.h>

enum { MOST_DEPTH = 1000 };

/* A storage of the file: what several tensors share, or one tensor's elements, row by row. */
typedef struct Shared {
  const THAnyStorage *storage;
  THAnyTensor *only; /* the one tensor that has it, or NULL */
  bool whole;
} Shared;

typedef struct Writing {
  SaveText *text;
  THAnyTensor *const *tensors;
  Shared *shared;
  int64_t n, room;
  int64_t *which; /* storage of each tensor, by its number */
  int64_t count;
} Writing;

static void put_byte(Writing *w, int c) { Text_add(w->text, (char[]){(char)c}, 1); }

static void put_little(Writing *w, uint64_t v, int width)
{
  for (int k = 0; k < width; k++) put_byte(w, (int)(v >> 8 * k & 255));
}

static void put_utf8(Writing *w, const char *text, size_t n)
{
  THArgCheck(n <= UINT32_MAX, 2, "a text of %zu bytes is too long for PyTorch's format", n);
  put_byte(w, 'X');
  put_little(w, n, 4);
  Text_add(w->text, text, n);
}

static void put_global(Writing *w, const char *module, const char *name)
{
  put_byte(w, 'c');
  Text_put(w->text, module);
  put_byte(w, '\n');
  Text_put(w->text, name);
  put_byte(w, '\n');
}

/* Bytes that are no text: encode(the same as Latin-1, 'latin1'). */
static void put_bytes(Writing *w, const char *bytes, size_t n)
{
  TH_AUTO(SaveText) latin = &(SaveText){0};
  for (size_t i = 0; i < n; i++) {
    uint8_t c = (uint8_t)bytes[i];
    if (c < 0x80) Text_add(latin, &c, 1);
    else Text_add(latin, (uint8_t[]){(uint8_t)(0xC0 | c >> 6), (uint8_t)(0x80 | (c & 63))}, 2);
  }
  put_global(w, "_codecs", "encode");
  put_utf8(w, latin->n ? latin->bytes : "", latin->n);
  put_utf8(w, "latin1", 6);
  put_byte(w, 0x86);
  put_byte(w, 'R');
}

static void put_text(Writing *w, const char *text, size_t n)
{
  if (Text_isUtf8((const uint8_t *)text, n)) put_utf8(w, text, n);
  else put_bytes(w, text, n);
}

static void put_integer(Writing *w, int64_t v)
{
  if (v >= INT32_MIN && v <= INT32_MAX) {
    put_byte(w, 'J');
    put_little(w, (uint64_t)v, 4);
  } else {
    put_byte(w, 0x8a);
    put_byte(w, 8);
    put_little(w, (uint64_t)v, 8);
  }
}

static void put_number(Writing *w, double v)
{
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  put_byte(w, 'G');
  for (int k = 7; k >= 0; k--) put_byte(w, (int)(bits >> 8 * k & 255));
}

static void put_integers(Writing *w, int n, const int64_t *v)
{
  put_byte(w, '(');
  for (int d = 0; d < n; d++) put_integer(w, v[d]);
  put_byte(w, 't');
}

/* ---- tensors ---- */

static const char *const storage_classes[TH_NTYPES] = {
    [TH_BYTE] = "ByteStorage", [TH_CHAR] = "CharStorage", [TH_SHORT] = "ShortStorage", [TH_INT] = "IntStorage",
    [TH_LONG] = "LongStorage", [TH_FLOAT] = "FloatStorage", [TH_DOUBLE] = "DoubleStorage", [TH_HALF] = "HalfStorage",
    [TH_BFLOAT16] = "BFloat16Storage", [TH_BOOL] = "BoolStorage"};

static int64_t find_shared(const Writing *w, const THAnyTensor *t)
{
  for (int64_t i = 0; i < w->n; i++)
    if (t->storage && w->shared[i].storage == t->storage) return i;
  return -1;
}

static void note_tensor(Writing *w, int64_t number)
{
  THAnyTensor *t = w->tensors[number];
  Save_checkTensor(t, 3);
  int64_t i = find_shared(w, t);
  if (i < 0) {
    if (w->n == w->room) {
      w->room = 2 * w->room + 16;
      w->shared = THRealloc(w->shared, (ptrdiff_t)((size_t)w->room * sizeof *w->shared));
    }
    w->shared[i = w->n++] = (Shared){t->storage, t, false};
  } else if (w->shared[i].only != t) {
    w->shared[i].whole = true;
  }
  w->which[number] = i;
}

static void put_storage(Writing *w, int64_t i, const THAnyTensor *t)
{
  char key[24];
  snprintf(key, sizeof key, "%lld", (long long)i);
  put_byte(w, '(');
  put_utf8(w, "storage", 7);
  put_global(w, "torch", storage_classes[t->type]);
  put_utf8(w, key, strlen(key));
  put_utf8(w, "cpu", 3);
  put_integer(w, w->shared[i].whole ? t->storage->size : THAnyTensor_nElement(t));
  put_byte(w, 't');
  put_byte(w, 'Q');
}

static void put_tensor(Writing *w, int64_t number)
{
  THAnyTensor *t = w->tensors[number];
  int64_t i = w->which[number], rows[TH_MAX_DIMS], none = 0, step = 1;
  for (int d = t->nDimension - 1; d >= 0; d--) {
    rows[d] = step;
    step *= t->size[d];
  }
  put_global(w, "torch._utils", "_rebuild_tensor_v2");
  put_byte(w, '(');
  put_storage(w, i, t);
  put_integer(w, w->shared[i].whole ? t->storageOffset : 0);
  if (t->nDimension) put_integers(w, t->nDimension, t->size);
  else put_integers(w, 1, &none); /* empty */
  if (t->nDimension) put_integers(w, t->nDimension, w->shared[i].whole ? t->stride : rows);
  else put_integers(w, 1, &(int64_t){1});
  put_byte(w, 0x89);
  put_global(w, "collections", "OrderedDict");
  put_byte(w, ')');
  put_byte(w, 'R');
  put_byte(w, 't');
  put_byte(w, 'R');
}

/* ---- values ---- */

/* Calls f for the numbers of all tensors; checks the tree on the way. */
static void each_tensor(Writing *w, const THFormatValue *v, int depth)
{
  THArgCheck(depth < MOST_DEPTH, 2, "tables nested too deep, or within themselves");
  THArgCheck(v->kind != TH_FORMAT_REFUSED, 2, "an object of %s cannot be written", v->text);
  if (v->kind == TH_FORMAT_TENSOR) {
    w->count = THMax(w->count, v->integer + 1);
    if (w->which) note_tensor(w, v->integer);
  }
  if (v->kind != TH_FORMAT_LIST && v->kind != TH_FORMAT_TABLE) return;
  int64_t n = v->kind == TH_FORMAT_TABLE ? 2 * v->length : v->length;
  for (int64_t i = 0; i < n; i++) each_tensor(w, v->item[i], depth + 1);
}

static void put_value(Writing *w, const THFormatValue *v);

static void put_items(Writing *w, const THFormatValue *v)
{
  bool table = v->kind == TH_FORMAT_TABLE;
  put_byte(w, table ? '}' : ']');
  if (!v->length) return;
  put_byte(w, '(');
  for (int64_t i = 0; i < (table ? 2 : 1) * v->length; i++) put_value(w, v->item[i]);
  put_byte(w, table ? 'u' : 'e');
}

static void put_value(Writing *w, const THFormatValue *v)
{
  switch (v->kind) {
  case TH_FORMAT_NONE: put_byte(w, 'N'); break;
  case TH_FORMAT_BOOLEAN: put_byte(w, v->integer ? 0x88 : 0x89); break;
  case TH_FORMAT_INTEGER: put_integer(w, v->integer); break;
  case TH_FORMAT_NUMBER: put_number(w, v->number); break;
  case TH_FORMAT_TEXT: put_text(w, v->text, (size_t)v->length); break;
  case TH_FORMAT_TENSOR: put_tensor(w, v->integer); break;
  default: put_items(w, v);
  }
}

static void put_pickle(Writing *w, const THFormatValue *object)
{
  put_byte(w, 0x80);
  put_byte(w, 2);
  put_value(w, object);
  put_byte(w, '.');
}

/* ---- entries ---- */

static void put_whole_text(Save *s, const void *text)
{
  const SaveText *t = text;
  Save_bytes(s, t->bytes, t->n);
}
static void put_words(Save *s, const void *words) { Save_bytes(s, words, strlen(words)); }

static void put_elements(Save *s, const void *shared)
{
  const Shared *x = shared;
  if (x->whole) Save_bytes(s, x->storage->data, (size_t)x->storage->size * THType_size((THType)x->storage->type));
  else Save_elements(s, x->only);
}

static void Writing_autofree(Writing **w)
{
  THFree((*w)->shared);
  THFree((*w)->which);
}

void THFormat_savePyTorch(const char *path, const THFormatValue *object, THAnyTensor *const *tensors)
{
  TH_AUTO(SaveText) text = &(SaveText){0};
  TH_AUTO(Writing) w = &(Writing){.text = text, .tensors = tensors};
  each_tensor(w, object, 0); /* how many there are */
  w->which = THAlloc((ptrdiff_t)((size_t)(w->count + 1) * sizeof *w->which));
  each_tensor(w, object, 0);
  put_pickle(w, object);
  TH_AUTO(Save) s = &(Save){0};
  Save_begin(s, path);
  Save_zipEntry(s, "archive/data.pkl", 64, put_whole_text, text);
  Save_zipEntry(s, "archive/byteorder", 64, put_words, "little");
  for (int64_t i = 0; i < w->n; i++) {
    char name[48];
    snprintf(name, sizeof name, "archive/data/%lld", (long long)i);
    Save_zipEntry(s, name, 64, put_elements, &w->shared[i]);
  }
  Save_zipEntry(s, "archive/version", 64, put_words, "3\n");
  Save_zipEnd(s);
  Save_end(s);
}
