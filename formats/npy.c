/* NumPy's .npy, an array behind a header that is a literal of Python, and .npz, a zip file of those. */
#include "format.h"
#include <ctype.h>
#include <stdlib.h>

enum { MOST_HEADER = 10000 }; /* NumPy's own limit */

typedef struct Header {
  char descr[64];
  bool structure; /* elements are records */
  int fortran;
  int n;
  int64_t size[TH_MAX_DIMS];
  unsigned seen; /* bits: descr, fortran_order, shape */
} Header;

/* ---- the literal ---- */

typedef struct Literal {
  THFormat *f;
  Span s;
  uint64_t i;
} Literal;

static void __attribute__((noreturn)) fail(Literal *l, const char *what)
{
  Format_fail(l->f, l->s.at + l->i, "header of an array: %s", what);
}

static int peek(const Literal *l) { return l->i < l->s.size ? l->s.data[l->i] : -1; }

/* The next character behind blanks and comments. */
static int next_token(Literal *l)
{
  for (;; l->i++) {
    int c = peek(l);
    if (c == '#')
      while (peek(l) != '\n' && peek(l) != -1) l->i++;
    else if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') return c;
    if (peek(l) == -1) return -1;
  }
}

static bool take(Literal *l, int c)
{
  if (next_token(l) != c) return false;
  l->i++;
  return true;
}

static void expect(Literal *l, int c)
{
  if (!take(l, c)) fail(l, "it is not as NumPy writes it");
}

static void read_text(Literal *l, char *text, size_t room)
{
  int quote = next_token(l);
  if (quote != '\'' && quote != '"') fail(l, "a text expected");
  size_t n = 0;
  for (l->i++; peek(l) != quote; l->i++) {
    if (peek(l) < 32 || peek(l) == '\\' || n + 1 >= room) fail(l, "a text that is not understood");
    text[n++] = (char)peek(l);
  }
  text[n] = '\0';
  l->i++;
}

static bool read_word(Literal *l, const char *word)
{
  size_t n = strlen(word);
  next_token(l);
  if (l->s.size - l->i < n || memcmp(l->s.data + l->i, word, n)) return false;
  if (l->s.size - l->i > n && (isalnum(l->s.data[l->i + n]) || l->s.data[l->i + n] == '_')) return false;
  l->i += n;
  return true;
}

static int read_boolean(Literal *l)
{
  if (read_word(l, "True")) return 1;
  if (read_word(l, "False")) return 0;
  fail(l, "True or False expected for fortran_order");
}

static int digit_of(int c, int base)
{
  int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
  return v < base ? v : -1;
}

static int64_t read_size(Literal *l)
{
  int base = 10;
  int64_t v = 0;
  if (next_token(l) == '0' && l->i + 1 < l->s.size && (l->s.data[l->i + 1] | 32) == 'x') {
    base = 16;
    l->i += 2;
  }
  if (digit_of(peek(l), base) < 0) fail(l, "a size expected");
  for (int digit; (digit = digit_of(peek(l), base)) >= 0; l->i++)
    if (!TH_mulSize(v, base, &v) || !TH_addSize(v, digit, &v)) fail(l, "a size that no file can have");
  if (peek(l) == 'L') l->i++; /* Python 2 */
  return v;
}

static void read_shape(Literal *l, Header *h)
{
  expect(l, '(');
  h->n = 0;
  bool comma = true;
  while (!take(l, ')')) {
    if (!comma) fail(l, "a comma expected");
    if (h->n == TH_MAX_DIMS) fail(l, "too many dimensions");
    h->size[h->n++] = read_size(l);
    comma = take(l, ',');
  }
  if (h->n == 1 && !comma) fail(l, "the shape is a number, not a tuple");
}

/* Records: [('a', '<f4'), ...]; they are told apart from everything else, and skipped. */
static void skip_list(Literal *l)
{
  int depth = 0;
  do {
    int c = peek(l);
    if (c == -1) fail(l, "it ends in the middle");
    if (c == '\'' || c == '"') {
      for (l->i++; peek(l) != c; l->i++)
        if (peek(l) == -1) fail(l, "it ends in the middle");
    }
    depth += (c == '[' || c == '(') - (c == ']' || c == ')');
    l->i++;
  } while (depth);
}

static void read_descr(Literal *l, Header *h)
{
  h->structure = next_token(l) == '[';
  if (h->structure) skip_list(l);
  else read_text(l, h->descr, sizeof h->descr);
}

static void read_key(Literal *l, Header *h)
{
  char key[64];
  read_text(l, key, sizeof key);
  expect(l, ':');
  if (!strcmp(key, "descr")) {
    read_descr(l, h);
    h->seen |= 1;
  } else if (!strcmp(key, "fortran_order")) {
    h->fortran = read_boolean(l);
    h->seen |= 2;
  } else if (!strcmp(key, "shape")) {
    read_shape(l, h);
    h->seen |= 4;
  } else {
    fail(l, "a key other than descr, fortran_order and shape");
  }
}

static Header read_header(THFormat *f, Span s)
{
  Literal l = {f, s, 0};
  Header h = {.n = 0};
  expect(&l, '{');
  while (!take(&l, '}')) {
    read_key(&l, &h);
    if (!take(&l, ',') && next_token(&l) != '}') fail(&l, "a comma expected");
  }
  if (next_token(&l) != -1) fail(&l, "something behind the end");
  if (h.seen != 7) fail(&l, "descr, fortran_order or shape is missing");
  return h;
}

/* ---- types ---- */

typedef struct Name {
  const char *numpy, *type;
} Name;

static const Name codes[] = {{"b1", "BOOL"}, {"?", "BOOL"}, {"u1", "U8"}, {"i1", "I8"}, {"i2", "I16"}, {"u2", "U16"},
  {"i4", "I32"}, {"u4", "U32"}, {"i8", "I64"}, {"u8", "U64"}, {"f2", "F16"}, {"f4", "F32"}, {"f8", "F64"}, {"c8", "C64"},
  {"c16", "C128"}, {"f1", "F8_E5M2"}, {"W4", "C32"}};
static const Name names[] = {{"bool", "BOOL"}, {"uint8", "U8"}, {"int8", "I8"}, {"int16", "I16"}, {"uint16", "U16"},
  {"int32", "I32"}, {"uint32", "U32"}, {"int64", "I64"}, {"uint64", "U64"}, {"float16", "F16"}, {"float32", "F32"},
  {"float64", "F64"}, {"complex64", "C64"}, {"complex128", "C128"}};

static const char *lookup(const Name *list, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (!strcmp(list[i].numpy, name)) return list[i].type;
  return NULL;
}

const FileType *FileType_numpy(const char *name)
{
  const char *type = lookup(codes, sizeof codes / sizeof *codes, name);
  if (!type) type = lookup(names, sizeof names / sizeof *names, name);
  return type ? FileType_named(type) : NULL;
}

static const FileType *type_of(THFormat *f, const Header *h)
{
  const char *code = h->descr + (h->descr[0] && strchr("<>|=", h->descr[0]) != NULL);
  if (!strcmp(code, "V2") && f->flags & TH_FORMAT_V2_BFLOAT16) return FileType_named("BF16");
  return FileType_numpy(code);
}

static const char *why_not(THFormat *f, const Header *h)
{
  if (h->structure) return "records of several fields; in NumPy, save one field: x['name']";
  if (strchr(h->descr, 'O')) return "objects of Python, which are a program to run";
  if (strstr(h->descr, "V2")) return "raw bytes, two an element; bfloat16, perhaps: then open it with the flag for that";
  if (strstr(h->descr, "V1")) return "raw bytes; which of sixteen types of 8 bits and less they are, the file does not tell";
  return Format_print(f, "elements of type '%s', which no tensor has; in NumPy, x.astype(numpy.float32) and the like make one that has", h->descr);
}

/* ---- arrays ---- */

typedef struct Array {
  const char *name;
  Span head; /* at least its first bytes */
  const ZipEntry *entry; /* NULL: the file itself */
} Array;

static Blob *blob_of(THFormat *f, const Array *a, uint64_t skip, const FileType *type, int64_t count)
{
  if (a->entry) return Zip_blob(f, a->entry, skip, type, count);
  uint64_t bytes = 0; /* what follows is not the array's */
  if (__builtin_mul_overflow((uint64_t)count, (uint64_t)type->bytes, &bytes)) Format_fail(f, skip, "sizes that no file can hold");
  return Format_blob(f, type, Span_part(f, f->file, skip, bytes, "elements"), count);
}

static void add_array(THFormat *f, const Array *a)
{
  const uint8_t *p = Span_at(f, a->head, 0, 12, "the head of an array");
  if (memcmp(p, "\223NUMPY", 6)) Format_fail(f, a->head.at, "%s: not an array of NumPy, by its first bytes", a->name);
  if (p[6] < 1 || p[6] > 3) Format_fail(f, a->head.at + 6, "%s: version %d of the format is not known", a->name, p[6]);
  uint64_t length = p[6] == 1 ? load16(p + 8) : load32(p + 8);
  uint64_t first = p[6] == 1 ? 10 : 12;
  if (length > MOST_HEADER) Format_fail(f, a->head.at + 8, "a header of %llu bytes; NumPy reads %d at most", (unsigned long long)length, MOST_HEADER);
  Span head = a->entry ? (Span){Zip_bytes(f, a->entry, THMin(first + length, a->entry->bytes)), THMin(first + length, a->entry->bytes), a->head.at} : a->head;
  Header h = read_header(f, Span_part(f, head, first, length, "a header"));
  const FileType *type = type_of(f, &h);
  if (!type) {
    Format_addRefused(f, a->name, h.structure ? "records" : Format_print(f, "%s", h.descr), why_not(f, &h), h.n, h.size);
    return;
  }
  int64_t count = Format_product(f, a->head.at, h.n, h.size), stride[TH_MAX_DIMS], step = 1;
  for (int d = 0; d < h.n; d++) {
    stride[d] = step;
    step *= THMax(h.size[d], 1); /* where there are elements their number fits */
  }
  Blob *blob = blob_of(f, a, first + length, type, count);
  blob->swap = h.descr[0] == '>' && type->swap;
  Entry *e = Format_add(f, a->name, blob, h.n, h.size, h.fortran ? stride : NULL, 0);
  e->shown.type = Format_print(f, "%s", h.descr);
}

void Npy_open(THFormat *f)
{
  Array a = {"array", f->file, NULL};
  add_array(f, &a);
}

/* Members that are no arrays are named among the descriptions. */
void Npz_open(THFormat *f, Zip zip)
{
  THFormatValue *others = Value_new(f, TH_FORMAT_LIST);
  for (int64_t i = 0; i < zip.n; i++) {
    const ZipEntry *e = &zip.entry[i];
    size_t n = strlen(e->name);
    if (n < 4 || strcmp(e->name + n - 4, ".npy")) {
      if (n && e->name[n - 1] != '/') Value_push(f, others, Value_text(f, e->name, n));
      continue;
    }
    uint64_t head = THMin(e->bytes, 12);
    Array a = {Format_text(f, e->name, n - 4), {Zip_bytes(f, e, head), head, e->stored.at}, e};
    add_array(f, &a);
  }
  if (!f->n && zip.n) Format_fail(f, 0, "a zip file without arrays (.npy); it has %s, for one", zip.entry[0].name);
  if (others->length) Value_putText(f, f->value, "others", others);
}
