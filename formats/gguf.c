/* GGUF: descriptions (keys and values), the list of tensors, and their elements, most of them quantised in blocks
   (ggufblocks.c). */
#include "format.h"
#include "gguf.h"
#include "loops/THLoops.h"

/* ---- types ---- */

static const struct {
  uint32_t number;
  const char *name;
} plain[] = {{0, "F32"}, {1, "F16"}, {24, "I8"}, {25, "I16"}, {26, "I32"}, {27, "I64"}, {28, "F64"}, {30, "BF16"}};
static const struct {
  uint32_t number;
  const char *name;
} unread[] = {{16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"}, {19, "IQ1_S"}, {21, "IQ3_S"}, {22, "IQ2_S"}, {23, "IQ4_XS"},
              {29, "IQ1_M"}, {34, "TQ1_0"}, {35, "TQ2_0"}};

/* The functions that make floats of them are those of the processor's best instruction set; their results are the same. */
static const GgufBlocks *blocks(void)
{
#ifdef TH_HAVE_AVX512
  if (THLoops_level() == 2) return Blocks_avx512;
  if (THLoops_level() == 1) return Blocks_avx2;
#endif
  return Blocks_base;
}

const FileType *Gguf_type(uint32_t number)
{
  for (const GgufBlocks *b = blocks(); b->type.name; b++)
    if (b->number == number) return &b->type;
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (plain[i].number == number) return FileType_named(plain[i].name);
  return NULL;
}

const char *Gguf_typeName(THFormat *f, uint32_t number)
{
  for (size_t i = 0; i < sizeof unread / sizeof *unread; i++)
    if (unread[i].number == number) return unread[i].name;
  return Format_print(f, "number %u", number);
}

enum {
  U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64, /* kinds of values, in this order */
  DEFAULT_ALIGNMENT = 32, MOST_DEPTH = 16
};

typedef struct Gguf {
  THFormat *f;
  uint64_t i;
  bool narrow; /* version 1: lengths of 4 bytes */
} Gguf;

static const uint8_t *take(Gguf *g, uint64_t n)
{
  const uint8_t *at = Span_at(g->f, g->f->file, g->i, n, "the list of tensors");
  g->i += n;
  return at;
}

static uint64_t length(Gguf *g) { return g->narrow ? load32(take(g, 4)) : load64(take(g, 8)); }

static THFormatValue *text(Gguf *g)
{
  uint64_t n = length(g);
  return Value_text(g->f, take(g, n), n);
}

static THFormatValue *number(Gguf *g, uint32_t kind)
{
  float single;
  double twice;
  switch (kind) {
  case U8: return Value_integer(g->f, *take(g, 1));
  case I8: return Value_integer(g->f, (int8_t)*take(g, 1));
  case U16: return Value_integer(g->f, load16(take(g, 2)));
  case I16: return Value_integer(g->f, (int16_t)load16(take(g, 2)));
  case U32: return Value_integer(g->f, load32(take(g, 4)));
  case I32: return Value_integer(g->f, (int32_t)load32(take(g, 4)));
  case U64: case I64: return Value_integer(g->f, (int64_t)load64(take(g, 8)));
  case F32: memcpy(&single, take(g, 4), 4); return Value_number(g->f, single);
  case F64: memcpy(&twice, take(g, 8), 8); return Value_number(g->f, twice);
  case STRING: return text(g);
  }
  Format_fail(g->f, g->i, "a description of kind %u, which is not known", kind);
}

static THFormatValue *value(Gguf *g, uint32_t kind, int depth);

static THFormatValue *array(Gguf *g, int depth)
{
  uint32_t kind = load32(take(g, 4));
  uint64_t n = length(g);
  THFormatValue *list = Value_new(g->f, TH_FORMAT_LIST);
  if (n > g->f->file.size - g->i) Format_fail(g->f, g->i, "a list of %llu values", (unsigned long long)n);
  if (depth > MOST_DEPTH) Format_fail(g->f, g->i, "lists nested too deep");
  for (uint64_t k = 0; k < n; k++) Value_push(g->f, list, value(g, kind, depth + 1));
  return list;
}

static THFormatValue *value(Gguf *g, uint32_t kind, int depth)
{
  if (kind == ARRAY) return array(g, depth);
  if (kind != BOOL) return number(g, kind);
  THFormatValue *v = Value_new(g->f, TH_FORMAT_BOOLEAN);
  v->integer = *take(g, 1) != 0;
  return v;
}

static void read_descriptions(Gguf *g, uint64_t n)
{
  for (uint64_t k = 0; k < n; k++) {
    THFormatValue *key = text(g);
    uint32_t kind = load32(take(g, 4));
    Value_put(g->f, g->f->value, key, value(g, kind, 0));
  }
}

typedef struct Info {
  const char *name;
  int n;
  int64_t size[4];
  uint32_t type;
  uint64_t offset;
} Info;

/* The file has the fastest dimension first. */
static Info read_info(Gguf *g)
{
  Info x = {.name = text(g)->text};
  uint32_t n = load32(take(g, 4));
  if (n > 4) Format_fail(g->f, g->i - 4, "%s has %u dimensions; there are 4 at most", x.name, n);
  x.n = (int)n;
  for (int d = x.n - 1; d >= 0; d--) {
    x.size[d] = (int64_t)length(g);
    if (x.size[d] < 0) Format_fail(g->f, g->i - 8, "%s has a size that no file can hold", x.name);
  }
  x.type = load32(take(g, 4));
  x.offset = load64(take(g, 8));
  return x;
}

static void add_tensor(Gguf *g, const Info *x, Span data)
{
  const FileType *type = Gguf_type(x->type);
  if (!type) {
    const char *name = Gguf_typeName(g->f, x->type);
    Format_addRefused(g->f, x->name, name, Format_print(g->f, "elements of type %s are not read", name), x->n, x->size);
    return;
  }
  int64_t count = Format_product(g->f, g->i, x->n, x->size);
  if (x->n && x->size[x->n - 1] % type->values)
    Format_fail(g->f, g->i, "%s: rows of %lld elements in blocks of %d", x->name, (long long)x->size[x->n - 1], type->values);
  if (count / type->values > INT64_MAX / type->bytes) Format_fail(g->f, g->i, "%s has a size that no file can hold", x->name);
  Span part = Span_part(g->f, data, count ? x->offset : 0, (uint64_t)(count / type->values) * (uint64_t)type->bytes, x->name);
  Format_add(g->f, x->name, Format_blob(g->f, type, part, count), x->n, x->size, NULL, 0);
}

static uint64_t alignment(THFormat *f)
{
  const THFormatValue *v = THFormatValue_get(f->value, "general.alignment");
  if (!v) return DEFAULT_ALIGNMENT;
  if (v->kind != TH_FORMAT_INTEGER || v->integer < 1 || v->integer > 1 << 20) Format_fail(f, 0, "general.alignment is no alignment");
  return (uint64_t)v->integer;
}

void Gguf_open(THFormat *f)
{
  Gguf g = {f, 4, false};
  uint32_t version = load32(take(&g, 4));
  if (version < 1 || version > 3) Format_fail(f, 4, "version %u of GGUF is not known%s", version, version > 65535 ? "; bytes in the other order, perhaps" : "");
  g.narrow = version == 1;
  uint64_t tensors = length(&g), descriptions = length(&g);
  if (tensors > f->file.size / 24) Format_fail(f, 8, "%llu tensors in such a small file", (unsigned long long)tensors);
  read_descriptions(&g, descriptions);
  Info *infos = Format_alloc(f, tensors * sizeof *infos);
  for (uint64_t k = 0; k < tensors; k++) infos[k] = read_info(&g);
  uint64_t step = alignment(f), first = (g.i + step - 1) / step * step;
  if (first > f->file.size) first = f->file.size; /* without tensors it may end here */
  Span data = {f->file.data + first, f->file.size - first, first};
  for (uint64_t k = 0; k < tensors; k++) add_tensor(&g, &infos[k], data);
}
