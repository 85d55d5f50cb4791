/* safetensors: the length of a header, the header (JSON: names, types, sizes and places), and the elements. */
#include "format.h"
#include <stdlib.h>

enum { MOST_HEADER = 100000000 };

static void fail_at(THFormat *f, const THFormatValue *name, const char *what)
{
  Format_fail(f, 8, "header: %s of %s", what, name->text);
}

/* A field of a tensor's description: by name, which may come once, or by its place where that is a list. */
static const THFormatValue *field(THFormat *f, const THFormatValue *name, const THFormatValue *v, const char *key, int place)
{
  const THFormatValue *found = NULL;
  if (v->kind == TH_FORMAT_LIST) return v->length == 3 ? v->item[place] : NULL;
  for (int64_t i = 0; i < v->length; i++)
    if (Value_isText(v->item[2 * i], key)) {
      if (found) fail_at(f, name, Format_print(f, "two fields %s", key));
      found = v->item[2 * i + 1];
    }
  return found;
}

/* A list of integers that are not negative; of exactly n, or of any number (n < 0). */
static const THFormatValue *integers(THFormat *f, const THFormatValue *name, const THFormatValue *v, int n, const char *what)
{
  bool good = v && v->kind == TH_FORMAT_LIST && (n < 0 || v->length == n);
  for (int64_t i = 0; good && i < v->length; i++)
    good = v->item[i]->kind == TH_FORMAT_INTEGER && v->item[i]->integer >= 0;
  if (!good) fail_at(f, name, what);
  return v;
}

typedef struct Place { /* where the elements of an entry lie */
  int64_t from, to;
} Place;

static int by_place(const void *a, const void *b)
{
  const Place *p = a, *q = b;
  return p->from != q->from ? (p->from > q->from) - (p->from < q->from) : (p->to > q->to) - (p->to < q->to);
}

static Place add_tensor(THFormat *f, const THFormatValue *name, const THFormatValue *v, Span data)
{
  if (v->kind != TH_FORMAT_TABLE && v->kind != TH_FORMAT_LIST) fail_at(f, name, "no description");
  const THFormatValue *dtype = field(f, name, v, "dtype", 0);
  const THFormatValue *shape = integers(f, name, field(f, name, v, "shape", 1), -1, "no list of sizes (shape)");
  const THFormatValue *place = integers(f, name, field(f, name, v, "data_offsets", 2), 2, "no place (data_offsets)");
  if (!dtype || dtype->kind != TH_FORMAT_TEXT) fail_at(f, name, "no type (dtype)");
  if (shape->length > TH_MAX_DIMS) fail_at(f, name, "too many sizes (shape)");
  int64_t size[TH_MAX_DIMS], from = place->item[0]->integer, to = place->item[1]->integer;
  for (int64_t d = 0; d < shape->length; d++) size[d] = shape->item[d]->integer;
  if (from > to || (uint64_t)to > data.size) fail_at(f, name, "a place (data_offsets) outside of the file");
  Span s = {data.data + from, (uint64_t)(to - from), data.at + (uint64_t)from};
  const FileType *type = FileType_named(dtype->text);
  int64_t count = Format_product(f, 8, (int)shape->length, size);
  if (!type) {
    const char *why = Format_print(f, "elements of type %s are not read", dtype->text);
    Format_addRefused(f, name->text, dtype->text, why, (int)shape->length, size);
  } else if (count % type->values || (uint64_t)(count / type->values) * (uint64_t)type->bytes != s.size ||
             count / type->values > INT64_MAX / type->bytes) {
    fail_at(f, name, Format_print(f, "%lld elements %s in %lld bytes, those", (long long)count, type->name, (long long)(to - from)));
  } else {
    Format_add(f, name->text, Format_blob(f, type, s, count), (int)shape->length, size, NULL, 0);
  }
  return (Place){from, to};
}

static void add_metadata(THFormat *f, const THFormatValue *v)
{
  if (f->value->length) Format_fail(f, 8, "header: two fields __metadata__");
  bool good = v->kind == TH_FORMAT_TABLE;
  for (int64_t i = 0; good && i < v->length; i++) good = v->item[2 * i + 1]->kind == TH_FORMAT_TEXT;
  if (!good) Format_fail(f, 8, "header: __metadata__ is no table of texts");
  f->value = (THFormatValue *)v;
}

/* One after the other, without a hole, to the end. */
static void check_places(THFormat *f, Place *places, int64_t n, Span data)
{
  int64_t end = 0;
  if (n) qsort(places, (size_t)n, sizeof *places, by_place);
  for (int64_t i = 0; i < n; i++) {
    if (places[i].from != end)
      Format_fail(f, data.at + (uint64_t)end, places[i].from > end ? "bytes that belong to no tensor" : "tensors that overlap");
    end = places[i].to;
  }
  if ((uint64_t)end != data.size) Format_fail(f, data.at + (uint64_t)end, "bytes that belong to no tensor");
}

typedef struct Key {
  const char *name;
  int64_t i;
} Key;

static int by_name(const void *a, const void *b)
{
  const Key *p = a, *q = b;
  int order = strcmp(p->name, q->name);
  return order ? order : (p->i > q->i) - (p->i < q->i);
}

/* Of equal names the last counts: marks the others with NULL. */
static void drop_repeated(THFormat *f, THFormatValue *header)
{
  int64_t n = header->length;
  Key *keys = Format_alloc(f, (size_t)n * sizeof *keys);
  for (int64_t i = 0; i < n; i++) keys[i] = (Key){header->item[2 * i]->text, i};
  if (n) qsort(keys, (size_t)n, sizeof *keys, by_name);
  for (int64_t i = 0; i + 1 < n; i++)
    if (!strcmp(keys[i].name, keys[i + 1].name) && strcmp(keys[i].name, "__metadata__")) header->item[2 * keys[i].i + 1] = NULL;
}

void SafeTensors_open(THFormat *f)
{
  uint64_t length = load64(Span_at(f, f->file, 0, 8, "the length of the header"));
  if (length > MOST_HEADER) Format_fail(f, 0, "a header of %llu bytes, %d at most are allowed", (unsigned long long)length, MOST_HEADER);
  Span head = Span_part(f, f->file, 8, length, "the header");
  THFormatValue *header = Json_read(f, head);
  if (header->kind != TH_FORMAT_TABLE) Format_fail(f, 8, "header: no table");
  drop_repeated(f, header);
  Span data = Span_part(f, f->file, 8 + length, f->file.size - 8 - length, "the elements");
  Place *places = Format_alloc(f, (size_t)header->length * sizeof *places);
  int64_t n = 0;
  for (int64_t i = 0; i < header->length; i++) {
    const THFormatValue *name = header->item[2 * i], *v = header->item[2 * i + 1];
    if (!v) continue;
    if (Value_isText(name, "__metadata__")) add_metadata(f, v);
    else places[n++] = add_tensor(f, name, v, data);
  }
  check_places(f, places, n, data);
}
