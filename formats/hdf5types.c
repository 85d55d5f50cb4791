/* Sizes, element types and attributes. */
#include "hdf5.h"

Space Hdf5_space(Hdf5 *h, Span s)
{
  Space r = {.n = 0};
  const uint8_t *p = Span_at(h->f, s, 0, 4, "sizes");
  uint64_t first = p[0] == 1 ? 8 : 4;
  if (p[0] != 1 && p[0] != 2) Format_fail(h->f, s.at, "sizes of version %d are not known", p[0]);
  r.n = p[1];
  r.none = p[0] == 2 && p[3] == 2;
  if (r.n >= TH_MAX_DIMS) Format_fail(h->f, s.at, "%d dimensions", r.n);
  for (int d = 0; d < r.n; d++) {
    r.size[d] = (int64_t)load64(Span_at(h->f, s, first + 8 * (uint64_t)d, 8, "sizes"));
    if (r.size[d] < 0) Format_fail(h->f, s.at, "a size that no file can hold");
  }
  return r;
}

/* ---- types ---- */

enum { INTEGER, REAL, TIME, TEXT, BITS, OPAQUE, COMPOUND, REFERENCE, ENUM, VARIABLE, ARRAY };

static void integer_type(Element *e, const uint8_t *p)
{
  static const char *const names[2][4] = {{"U8", "U16", "U32", "U64"}, {"I8", "I16", "I32", "I64"}};
  int log = e->size == 1 ? 0 : e->size == 2 ? 1 : e->size == 4 ? 2 : e->size == 8 ? 3 : -1;
  if (log < 0) return;
  e->file = FileType_named(names[p[1] >> 3 & 1][log]);
  e->swap = p[1] & 1 && e->size > 1;
}

/* By the bits of exponent and fraction. */
static void real_type(Element *e, const uint8_t *p, uint64_t n)
{
  static const struct {
    uint8_t size, exponent, fraction;
    const char *name;
  } known[] = {{2, 5, 10, "F16"}, {2, 8, 7, "BF16"}, {4, 8, 23, "F32"}, {8, 11, 52, "F64"}};
  if (n < 20) return;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].size == e->size && p[13] == known[i].exponent && p[15] == known[i].fraction) e->file = FileType_named(known[i].name);
  e->swap = p[1] & 1;
}

/* Two numbers r and i: a complex one. */
static void compound_type(Element *e, const uint8_t *p, uint64_t n)
{
  if (n < 12 || load16(p + 1) != 2 || memcmp(p + 8, "r\0", 2)) return;
  e->file = e->size == 8 ? FileType_named("C64") : e->size == 16 ? FileType_named("C128") : NULL;
}

static void enum_type(Element *e, const uint8_t *p, uint64_t n)
{
  if (n < 16) return;
  if (e->size == 1 && load16(p + 1) == 2) e->file = FileType_named("BOOL");
  else integer_type(e, p + 8);
}

Element Hdf5_element(Hdf5 *h, Span s)
{
  static const char *const names[] = {"integer", "float", "time", "text", "bits", "opaque", "compound", "reference", "enum", "variable length", "array"};
  const uint8_t *p = Span_at(h->f, s, 0, 8, "a type");
  unsigned class = p[0] & 15;
  Element e = {.size = load32(p + 4), .name = class < sizeof names / sizeof *names ? names[class] : "unknown"};
  switch (class) {
  case INTEGER: integer_type(&e, p); break;
  case REAL: real_type(&e, p, s.size); break;
  case TEXT: e.text = true; break;
  case OPAQUE: e.opaque = true; break;
  case COMPOUND: compound_type(&e, p, s.size); break;
  case ENUM: enum_type(&e, p, s.size); break;
  case VARIABLE: e.variable = true; e.text = (p[1] & 15) == 1; break;
  }
  if (!e.file) e.why = Format_print(h->f, "elements of the kind %s (%u bytes) are not read", e.name, e.size);
  return e;
}

/* ---- attributes ---- */

static uint64_t padded(uint64_t n, bool pad) { return pad ? (n + 7) & ~(uint64_t)7 : n; }

/* A text in the global heap: object `index` of the collection at that address. */
static THFormatValue *heap_text(Hdf5 *h, const uint8_t *element)
{
  uint64_t length = load32(element), address = load64(element + 4);
  uint32_t index = load32(element + 12);
  if (!length) return Value_text(h->f, "", 0);
  const uint8_t *p = Span_at(h->f, h->s, address, 16, "a heap");
  if (memcmp(p, "GCOL", 4)) Format_fail(h->f, h->s.at + address, "damaged: GCOL expected");
  Span heap = Span_part(h->f, h->s, address, load64(p + 8), "a heap");
  for (uint64_t i = 16; i + 16 <= heap.size;) {
    uint64_t size = load64(heap.data + i + 8);
    uint16_t number = load16(heap.data + i);
    if (!number) break; /* what is free */
    if (number == index) return Value_text(h->f, Span_at(h->f, heap, i + 16, THMin(length, size), "a text"), THMin(length, size));
    if (size > heap.size) break;
    i += 16 + padded(size, true);
  }
  Format_fail(h->f, h->s.at + address, "damaged: a text that is not in its heap");
}

static THFormatValue *element_value(Hdf5 *h, const Element *e, const uint8_t *p)
{
  if (e->variable) return heap_text(h, p);
  if (e->text) {
    const uint8_t *end = memchr(p, 0, e->size);
    return Value_text(h->f, p, end ? (size_t)(end - p) : e->size);
  }
  uint8_t raw[16];
  _Alignas(8) uint8_t element[16];
  for (uint32_t k = 0; k < e->size; k++) raw[k] = p[e->swap ? e->size - 1 - k : k];
  if (!e->file->decode) memcpy(element, raw, e->size);
  else if (!e->file->decode(raw, 1, element)) return NULL;
  THScalar v = THScalar_load(e->file->element, element);
  THType t = e->file->element;
  bool real = t == TH_FLOAT || t == TH_DOUBLE || t == TH_HALF || t == TH_BFLOAT16;
  return real ? Value_number(h->f, v.d) : Value_integer(h->f, v.i);
}

static THFormatValue *attribute_value(Hdf5 *h, Span type, Span space, Span data)
{
  Element e = Hdf5_element(h, type);
  Space s = Hdf5_space(h, space);
  bool can = (e.file && e.file->parts == 1) || (e.text && (!e.variable || e.size == 16));
  if (!can || s.none || !e.size) return NULL;
  int64_t n = Format_product(h->f, space.at, s.n, s.size);
  if ((uint64_t)n > data.size / e.size) Format_fail(h->f, data.at, "an attribute of %lld elements in %llu bytes", (long long)n, (unsigned long long)data.size);
  if (s.n == 0) return element_value(h, &e, data.data);
  THFormatValue *list = Value_new(h->f, TH_FORMAT_LIST);
  for (int64_t i = 0; i < n; i++) {
    THFormatValue *v = element_value(h, &e, data.data + (uint64_t)i * e.size);
    if (v) Value_push(h->f, list, v);
  }
  return list;
}

const char *Hdf5_attribute(Hdf5 *h, Span s, THFormatValue **value)
{
  const uint8_t *p = Span_at(h->f, s, 0, 8, "an attribute");
  unsigned version = p[0];
  uint64_t name = load16(p + 2), type = load16(p + 4), space = load16(p + 6), i = version == 3 ? 9 : 8;
  if (version < 1 || version > 3) Format_fail(h->f, s.at, "an attribute of version %u", version);
  bool pad = version == 1, shared = version > 1 && p[1];
  const uint8_t *text = Span_at(h->f, s, i, name, "an attribute's name");
  i += padded(name, pad);
  Span t = Span_part(h->f, s, i, type, "an attribute's type");
  i += padded(type, pad);
  Span z = Span_part(h->f, s, i, space, "an attribute's sizes");
  i += padded(space, pad);
  if (i > s.size) i = s.size;
  if (!shared) *value = attribute_value(h, t, z, Span_part(h->f, s, i, s.size - i, "an attribute"));
  return Format_text(h->f, text, name);
}
