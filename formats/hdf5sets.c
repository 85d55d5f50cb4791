/* Data sets: in one piece, in the header itself, or in chunks that may be packed. */
#include "hdf5.h"

enum { COMPACT, CONTIGUOUS, CHUNKED, DEFLATE = 1, SHUFFLE = 2, CHECKSUM = 3, MOST_FILTERS = 8 };

typedef struct Filters {
  int n;
  unsigned id[MOST_FILTERS];
} Filters;

typedef struct Piece { /* a chunk */
  Span stored;
  uint32_t left_out; /* a bit for every filter that was not used */
  int64_t *first;    /* its first element's place */
} Piece;

typedef struct Chunks {
  int n;
  int64_t size[TH_MAX_DIMS], chunk[TH_MAX_DIMS];
  uint64_t bytes; /* of a chunk, unpacked */
  uint32_t element;
  Filters filters;
  int64_t pieces, room;
  Piece *piece;
  const uint8_t *fill; /* an element, or NULL: zeros */
} Chunks;

/* ---- what the header says ---- */

static const uint8_t *fill_of(Hdf5 *h, Span s, uint32_t element)
{
  if (s.size < 2) return NULL;
  unsigned version = s.data[0];
  uint64_t i = version == 3 ? 2 : 4;
  bool given = version == 3 ? s.data[1] & 32 : version == 1 || (s.size > 3 && s.data[3]);
  if (!given || s.size < i + 4 || load32(s.data + i) != element) return NULL;
  return Span_at(h->f, s, i + 4, element, "a fill value");
}

static Filters read_filters(Hdf5 *h, Span s)
{
  Filters r = {.n = 0};
  if (!s.data) return r;
  const uint8_t *p = Span_at(h->f, s, 0, 2, "filters");
  bool first = p[0] == 1;
  uint64_t i = first ? 8 : 2;
  r.n = p[1];
  if (r.n > MOST_FILTERS) Format_fail(h->f, s.at, "%d filters", r.n);
  for (int k = 0; k < r.n; k++) {
    p = Span_at(h->f, s, i, 6, "a filter");
    r.id[k] = load16(p);
    bool named = first || r.id[k] >= 256;
    uint64_t name = named ? load16(p + 2) : 0, values = load16(Span_at(h->f, s, i + (named ? 6 : 4), 2, "a filter"));
    if (first) name = (name + 7) & ~(uint64_t)7;
    i += (named ? 8 : 6) + name + 4 * values + (first && values % 2 ? 4 : 0);
  }
  return r;
}

static const char *filter_not_read(THFormat *f, const Filters *filters)
{
  for (int k = 0; k < filters->n; k++)
    if (filters->id[k] < DEFLATE || filters->id[k] > CHECKSUM) return Format_print(f, "packed by filter %u, which is not known", filters->id[k]);
  return NULL;
}

/* ---- chunks ---- */

static void add_piece(Hdf5 *h, Chunks *c, Piece p)
{
  if (c->pieces == c->room) {
    c->room = 2 * c->room + 8;
    Piece *grown = Format_alloc(h->f, (size_t)c->room * sizeof *grown);
    if (c->pieces) memcpy(grown, c->piece, (size_t)c->pieces * sizeof *grown);
    c->piece = grown;
  }
  c->piece[c->pieces++] = p;
}

static void read_leaf(Hdf5 *h, Chunks *c, const uint8_t *key, uint64_t address)
{
  Piece p = {.left_out = load32(key + 4), .first = Format_alloc(h->f, (size_t)c->n * sizeof *p.first + 8)};
  p.stored = Span_part(h->f, h->s, address, load32(key), "a chunk");
  for (int d = 0; d < c->n; d++) {
    p.first[d] = (int64_t)load64(key + 8 + 8 * d);
    if (p.first[d] < 0 || p.first[d] >= c->size[d]) return; /* left of a larger past */
  }
  add_piece(h, c, p);
}

static void read_tree(Hdf5 *h, Chunks *c, uint64_t address, int above)
{
  const uint8_t *p = Span_at(h->f, h->s, address, 24, "a tree");
  unsigned n = load16(p + 6);
  int level = p[5];
  uint64_t key = 8 + 8 * ((uint64_t)c->n + 1);
  if (memcmp(p, "TREE", 4) || p[4] != 1 || level >= above) Format_fail(h->f, h->s.at + address, "damaged: a tree of chunks expected");
  if (h->objects-- <= 0) Format_fail(h->f, h->s.at + address, "damaged: more trees than the file has room for");
  for (unsigned k = 0; k < n; k++) {
    p = Span_at(h->f, h->s, address + 24 + k * (key + 8), key + 8, "a tree");
    if (level) read_tree(h, c, load64(p + key), level);
    else read_leaf(h, c, p, load64(p + key));
  }
}

static void unshuffle(const uint8_t *in, uint8_t *out, uint64_t n, uint32_t width)
{
  uint64_t count = n / width;
  for (uint64_t i = 0; i < count; i++)
    for (uint32_t k = 0; k < width; k++) out[i * width + k] = in[k * count + i];
  memcpy(out + count * width, in + count * width, n - count * width);
}

/* The bytes of a chunk, undone filter by filter, the last first. a and b: room for a chunk each. */
static const uint8_t *unpack(THFormat *f, const Chunks *c, const Piece *p, uint8_t *a, uint8_t *b)
{
  Span s = p->stored;
  for (int k = c->filters.n - 1; k >= 0; k--) {
    if (p->left_out >> k & 1) continue;
    uint8_t *out = s.data == a ? b : a;
    if (c->filters.id[k] == CHECKSUM) {
      s.size -= THMin(s.size, 4);
      continue;
    }
    if (c->filters.id[k] == DEFLATE) {
      const char *wrong = Inflate_bytes(s, true, 0, out, c->bytes, NULL);
      if (wrong) return Format_tell(f, p->stored.at, "a chunk: %s", wrong), NULL;
    } else {
      if (s.size < c->bytes) break;
      unshuffle(s.data, out, c->bytes, c->element);
    }
    s = (Span){out, c->bytes, s.at};
  }
  if (s.size < c->bytes) return Format_tell(f, p->stored.at, "damaged: a chunk of %llu bytes instead of %llu", (unsigned long long)s.size, (unsigned long long)c->bytes), NULL;
  return s.data;
}

/* The part of a chunk that lies within the data set, row by row. */
static void place(const Chunks *c, const Piece *p, int d, const uint8_t *in, int64_t to, uint8_t *out)
{
  int64_t n = THMin(c->chunk[d], c->size[d] - p->first[d]), step = 1, rows = 1;
  for (int k = d + 1; k < c->n; k++) {
    step *= c->chunk[k];
    rows *= c->size[k];
  }
  to += p->first[d] * rows;
  if (d == c->n - 1) {
    memcpy(out + (uint64_t)to * c->element, in, (uint64_t)n * c->element);
    return;
  }
  for (int64_t i = 0; i < n; i++) place(c, p, d + 1, in + (uint64_t)(i * step) * c->element, to + i * rows, out);
}

static bool read_chunks(THFormat *f, const Blob *blob, uint8_t *out)
{
  const Chunks *c = blob->how;
  bool packed = c->filters.n > 0;
  TH_AUTO_MEM uint8_t *a = packed ? THAlloc((ptrdiff_t)c->bytes) : NULL;
  TH_AUTO_MEM uint8_t *b = packed ? THAlloc((ptrdiff_t)c->bytes) : NULL;
  memset(out, 0, blob->bytes);
  for (uint64_t i = 0; c->fill && i + c->element <= blob->bytes; i += c->element) memcpy(out + i, c->fill, c->element);
  for (int64_t k = 0; k < c->pieces; k++) {
    const uint8_t *bytes = unpack(f, c, &c->piece[k], a, b);
    if (!bytes) return false;
    place(c, &c->piece[k], 0, bytes, 0, out);
  }
  return true;
}

/* ---- layouts ---- */

typedef struct Set {
  Hdf5 *h;
  const char *path;
  const Header *x;
  Element element;
  Space space;
  int64_t count;
  uint64_t bytes;
} Set;

static Blob *whole(Set *s, Span stored) { return Format_blob(s->h->f, s->element.file, stored, s->count); }

/* Elements that are put together from chunks, of which there may be none. */
static Blob *assembled(Set *s, const Chunks *c)
{
  THFormat *f = s->h->f;
  Span claimed = {NULL, s->bytes, s->h->s.at};
  if (s->bytes / 1040 > s->h->s.size || c->bytes / 1040 > s->h->s.size)
    Format_fail(f, s->x->layout.at, "%s: %llu bytes, which such a file cannot hold", s->path, (unsigned long long)s->bytes);
  Blob *b = Format_blob(f, s->element.file, claimed, s->count);
  b->stored = (Span){s->h->s.data, 0, s->h->s.at};
  for (int64_t k = 0; k < c->pieces; k++) b->stored.size += c->piece[k].stored.size;
  b->read = read_chunks;
  b->how = c;
  return b;
}

static Chunks *new_chunks(Set *s)
{
  Chunks *c = Format_alloc(s->h->f, sizeof *c);
  c->n = s->space.n;
  c->element = s->element.size;
  c->fill = fill_of(s->h, s->x->fill, c->element);
  memcpy(c->size, s->space.size, sizeof c->size);
  return c;
}

static Blob *unwritten(Set *s) { return assembled(s, new_chunks(s)); }

static void set_chunk(Set *s, Chunks *c, int d, uint64_t size)
{
  if (!size || size > INT32_MAX || __builtin_mul_overflow(c->bytes, size, &c->bytes) || c->bytes > INT64_MAX)
    Format_fail(s->h->f, s->x->layout.at, "%s: chunks of a size that no file can hold", s->path);
  c->chunk[d] = (int64_t)size;
}

/* Version 3: dimensions and one more, address of a tree, sizes of a chunk. */
static Blob *in_tree(Set *s, Span m)
{
  Chunks *c = new_chunks(s);
  const uint8_t *p = Span_at(s->h->f, m, 2, 9, "chunks");
  uint64_t tree = load64(p + 1);
  if (p[0] != c->n + 1 || !c->n) Format_fail(s->h->f, m.at, "%s: chunks of %d dimensions in a data set of %d", s->path, p[0] - 1, c->n);
  c->bytes = c->element;
  for (int d = 0; d < c->n; d++) set_chunk(s, c, d, load32(Span_at(s->h->f, m, 11 + 4 * (uint64_t)d, 4, "chunks")));
  c->filters = read_filters(s->h, s->x->filters);
  if (Hdf5_isAddress(tree)) read_tree(s->h, c, tree, 256);
  return assembled(s, c);
}

/* A chunk by its number, row by row through the data set. */
static void add_numbered(Set *s, Chunks *c, int64_t k, Span stored, uint32_t left_out)
{
  Piece p = {stored, left_out, Format_alloc(s->h->f, (size_t)c->n * sizeof *p.first + 8)};
  for (int d = c->n - 1; d >= 0; d--) {
    int64_t across = c->size[d] / c->chunk[d] + (c->size[d] % c->chunk[d] != 0);
    if (!across) return;
    p.first[d] = k % across * c->chunk[d];
    k /= across;
  }
  if (!k) add_piece(s->h, c, p);
}

static uint64_t little(const uint8_t *p, unsigned width)
{
  uint64_t v = 0;
  for (unsigned k = 0; k < width; k++) v |= (uint64_t)p[k] << 8 * k;
  return v;
}

static void add_stored(Set *s, Chunks *c, int64_t k, uint64_t address, uint64_t bytes, uint32_t left_out)
{
  if (Hdf5_isAddress(address)) add_numbered(s, c, k, Span_part(s->h->f, s->h->s, address, bytes, "a chunk"), left_out);
}

/* An array of addresses, and of sizes where chunks are packed. False: of pages. */
static bool read_array(Set *s, Chunks *c, uint64_t address)
{
  THFormat *f = s->h->f;
  const uint8_t *p = Span_at(f, s->h->s, address, 24, "an array of chunks");
  unsigned width = p[6], pages = p[7];
  uint64_t n = load64(p + 8), block = load64(p + 16);
  bool packed = p[5] == 1;
  if (memcmp(p, "FAHD", 4) || width != (packed ? THMax(width, 13u) : 8u) || width > 20) Format_fail(f, s->h->s.at + address, "damaged: an array of chunks");
  if (!Hdf5_isAddress(block)) return true;
  if (n > s->h->s.size / width) Format_fail(f, s->h->s.at + address, "damaged: %llu chunks", (unsigned long long)n);
  if (pages < 64 && n > (uint64_t)1 << pages) return false;
  p = Span_at(f, s->h->s, block, 14 + n * width, "an array of chunks") + 14;
  for (uint64_t k = 0; k < n; k++, p += width)
    add_stored(s, c, (int64_t)k, load64(p), packed ? little(p + 8, width - 12) : c->bytes, packed ? load32(p + width - 4) : 0);
  return true;
}

/* Versions 4 and 5, of libver='latest': one chunk, all one after the other, or an array of them. NULL: other. */
static Blob *indexed(Set *s, Span m)
{
  enum { SINGLE = 1, IMPLICIT, FIXED_ARRAY };
  Chunks *c = new_chunks(s);
  const uint8_t *p = Span_at(s->h->f, m, 2, 3, "chunks");
  unsigned flags = p[0], width = p[2];
  uint64_t i = 5;
  if (!c->n || p[1] != c->n + 1 || width < 1 || width > 8) Format_fail(s->h->f, m.at, "%s: chunks that do not fit the data set", s->path);
  c->bytes = c->element;
  for (int d = 0; d < c->n; d++, i += width) set_chunk(s, c, d, little(Span_at(s->h->f, m, i, width, "chunks"), width));
  i += width;
  unsigned kind = *Span_at(s->h->f, m, i++, 1, "chunks");
  c->filters = read_filters(s->h, s->x->filters);
  uint64_t bytes = c->bytes;
  uint32_t left_out = 0;
  if (kind == SINGLE && flags & 2) {
    p = Span_at(s->h->f, m, i, 12, "a chunk");
    bytes = load64(p);
    left_out = load32(p + 8);
    i += 12;
  }
  if (kind == FIXED_ARRAY) i++;
  uint64_t address = load64(Span_at(s->h->f, m, i, 8, "chunks"));
  if (kind == SINGLE) add_stored(s, c, 0, address, bytes, left_out);
  else if (kind == IMPLICIT && Hdf5_isAddress(address))
    for (uint64_t k = 0; k < s->h->s.size / c->bytes && k * c->bytes < s->bytes + c->bytes * 64; k++) {
      if (address + (k + 1) * c->bytes > s->h->s.size) break;
      add_stored(s, c, (int64_t)k, address + k * c->bytes, c->bytes, 0);
    }
  else if (kind != IMPLICIT && (kind != FIXED_ARRAY || (Hdf5_isAddress(address) && !read_array(s, c, address)))) return NULL;
  return assembled(s, c);
}

static Blob *lay_out(Set *s, const char **why)
{
  Span m = s->x->layout;
  const uint8_t *p = Span_at(s->h->f, m, 0, 2, "a layout");
  unsigned version = p[0], class = p[1];
  *why = "a layout that is not read (libver='latest'; h5repack makes another of it)";
  if (version < 3 || version > 5) return NULL;
  if (class == COMPACT) return whole(s, Span_part(s->h->f, m, 4, load16(Span_at(s->h->f, m, 2, 2, "a layout")), s->path));
  if (class == CHUNKED) {
    Filters filters = read_filters(s->h, s->x->filters);
    const char *unknown = filter_not_read(s->h->f, &filters);
    if (unknown) return *why = unknown, NULL;
    return version == 3 ? in_tree(s, m) : indexed(s, m);
  }
  if (class != CONTIGUOUS) return NULL;
  uint64_t address = load64(Span_at(s->h->f, m, 2, 16, "a layout"));
  return Hdf5_isAddress(address) ? whole(s, Span_part(s->h->f, s->h->s, address, s->bytes, s->path)) : unwritten(s);
}

void Hdf5_addSet(Hdf5 *h, const char *path, const Header *x, const char *dtype)
{
  THFormat *f = h->f;
  Set s = {h, path, x, Hdf5_element(h, x->type), Hdf5_space(h, x->space), 0, 0};
  const char *why = s.element.why;
  if (s.element.opaque && s.element.size == 2 && dtype && !strcmp(dtype, "bfloat16")) s.element.file = FileType_named("BF16");
  if (s.space.none) why = "a data set without elements or sizes";
  if (!s.element.file || s.space.none) {
    Format_addRefused(f, path, s.element.name, why, s.space.n, s.space.size);
    return;
  }
  s.count = Format_product(f, x->space.at, s.space.n, s.space.size);
  if (__builtin_mul_overflow((uint64_t)s.count, (uint64_t)s.element.size, &s.bytes)) Format_fail(f, x->space.at, "%s has sizes that no file can hold", path);
  Blob *blob = lay_out(&s, &why);
  if (!blob) {
    Format_addRefused(f, path, s.element.name, why, s.space.n, s.space.size);
    return;
  }
  blob->swap = s.element.swap && s.element.file->swap;
  Format_add(f, path, blob, s.space.n, s.space.size, NULL, 0);
}
