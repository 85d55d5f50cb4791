/* Superblock, object headers of both kinds, groups of both kinds. */
#include "hdf5.h"

enum {
  SPACE = 1, LINK_INFO = 2, TYPE = 3, OLD_FILL = 4, FILL = 5, LINK = 6, LAYOUT = 8, FILTERS = 11, ATTRIBUTE = 12,
  CONTINUATION = 16, TABLE = 17, MOST_DEPTH = 40
};

static Span part(Hdf5 *h, uint64_t from, uint64_t n, const char *what) { return Span_part(h->f, h->s, from, n, what); }
static const uint8_t *at(Hdf5 *h, uint64_t from, uint64_t n, const char *what) { return Span_at(h->f, h->s, from, n, what); }

static void check_mark(Hdf5 *h, uint64_t from, const char *mark)
{
  if (memcmp(at(h, from, 4, mark), mark, 4)) Format_fail(h->f, h->s.at + from, "damaged: %s expected", mark);
}

/* ---- headers ---- */

static void add_message(Hdf5 *h, Message **list, int64_t *n, Message m)
{
  int64_t have = *n;
  if ((have & (have + 1)) == 0) { /* 0, 1, 3, 7...: room for one more and the end */
    Message *grown = Format_alloc(h->f, (size_t)(2 * have + 2) * sizeof *grown);
    if (have) memcpy(grown, *list, (size_t)have * sizeof *grown);
    *list = grown;
  }
  (*list)[have] = m;
  *n = have + 1;
}

typedef struct Reading {
  Hdf5 *h;
  Header *x;
  int64_t links, attributes, blocks;
  bool second, ordered; /* the second kind of headers; with the order of creation */
} Reading;

static void read_block(Reading *r, Span block);

static void continue_at(Reading *r, Span m)
{
  const uint8_t *p = Span_at(r->h->f, m, 0, 16, "a continuation");
  if (++r->blocks > 1000) Format_fail(r->h->f, m.at, "damaged: a header of too many pieces");
  Span block = part(r->h, load64(p), load64(p + 8), "the rest of a header");
  if (r->second) {
    check_mark(r->h, load64(p), "OCHK");
    block = Span_part(r->h->f, block, 4, block.size < 8 ? UINT64_MAX : block.size - 8, "the rest of a header");
  }
  read_block(r, block);
}

static void take_message(Reading *r, Message m)
{
  Header *x = r->x;
  switch (m.type) {
  case SPACE: x->space = m.data; break;
  case TYPE: x->type = m.data; break;
  case FILL: x->fill = m.data; break;
  case LAYOUT: x->layout = m.data; break;
  case FILTERS: x->filters = m.data; break;
  case TABLE: x->table = m.data; break;
  case LINK: add_message(r->h, &x->links, &r->links, m); break;
  case ATTRIBUTE: add_message(r->h, &x->attributes, &r->attributes, m); break;
  case CONTINUATION: continue_at(r, m.data); break;
  case LINK_INFO: {
    uint64_t skip = m.data.size > 1 && m.data.data[1] & 1 ? 10 : 2;
    if (Hdf5_isAddress(load64(Span_at(r->h->f, m.data, skip, 8, "links")))) x->dense = m.data;
    break;
  }
  }
}

static void read_block(Reading *r, Span block)
{
  uint64_t head = r->second ? (r->ordered ? 6 : 4) : 8;
  for (uint64_t i = 0; i + head <= block.size;) {
    const uint8_t *p = block.data + i;
    Message m = {r->second ? p[0] : load16(p), {0}};
    uint64_t size = load16(p + (r->second ? 1 : 2));
    bool shared = p[r->second ? 3 : 4] & 2;
    m.data = Span_part(r->h->f, block, i + head, size, "a message of a header");
    if (shared && m.type == TYPE) Format_fail(r->h->f, m.data.at, "types that several data sets share are not read");
    if (!shared) take_message(r, m);
    i += head + size;
  }
}

static Header read_header(Hdf5 *h, uint64_t address)
{
  Header x = {.links = NULL};
  Reading r = {.h = h, .x = &x};
  const uint8_t *p = at(h, address, 16, "a header");
  if (h->objects-- <= 0) Format_fail(h->f, h->s.at + address, "damaged: more objects than the file has room for");
  if (p[0] == 1) {
    read_block(&r, part(h, address + 16, load32(p + 8), "a header"));
    return x;
  }
  check_mark(h, address, "OHDR");
  unsigned flags = p[5], width = 1u << (flags & 3);
  uint64_t i = address + 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0), size = 0;
  const uint8_t *length = at(h, i, width, "the length of a header");
  for (unsigned k = 0; k < width; k++) size |= (uint64_t)length[k] << 8 * k;
  r.second = true;
  r.ordered = flags & 4;
  read_block(&r, part(h, i + width, size, "a header"));
  return x;
}

/* ---- groups ---- */

static void visit(Hdf5 *h, const char *path, uint64_t address, int depth);

static void visit_child(Hdf5 *h, const char *path, const void *name, uint64_t n, uint64_t address, int depth)
{
  const char *child = Format_text(h->f, name, n);
  visit(h, path[0] ? Format_print(h->f, "%s/%s", path, child) : child, address, depth + 1);
}

typedef struct Table { /* of an old group */
  const char *path;
  Span names;
  int depth;
} Table;

static void visit_symbols(Hdf5 *h, const Table *t, uint64_t address)
{
  check_mark(h, address, "SNOD");
  unsigned n = load16(at(h, address, 8, "symbols") + 6);
  for (unsigned k = 0; k < n; k++) {
    const uint8_t *p = at(h, address + 8 + 40 * k, 40, "a symbol");
    uint64_t name = load64(p);
    const uint8_t *text = Span_at(h->f, t->names, name, 1, "a name");
    const uint8_t *end = memchr(text, 0, t->names.size - name);
    if (!end) Format_fail(h->f, t->names.at + name, "damaged: a name without end");
    if (load32(p + 16) != 2) visit_child(h, t->path, text, (uint64_t)(end - text), load64(p + 8), t->depth);
  }
}

static void visit_tree(Hdf5 *h, const Table *t, uint64_t address, int above)
{
  check_mark(h, address, "TREE");
  const uint8_t *p = at(h, address, 24, "a tree");
  unsigned n = load16(p + 6);
  int level = p[5];
  if (p[4] != 0 || level >= above) Format_fail(h->f, h->s.at + address, "damaged: a tree of names within itself");
  for (unsigned k = 0; k < n; k++) {
    uint64_t child = load64(at(h, address + 24 + 16 * k + 8, 8, "a tree"));
    if (level) visit_tree(h, t, child, level);
    else visit_symbols(h, t, child);
  }
}

static void visit_table(Hdf5 *h, const char *path, Span message, int depth)
{
  const uint8_t *p = Span_at(h->f, message, 0, 16, "a group");
  uint64_t tree = load64(p), heap = load64(p + 8);
  check_mark(h, heap, "HEAP");
  const uint8_t *q = at(h, heap, 32, "names");
  Table t = {path, part(h, load64(q + 24), load64(q + 8), "names"), depth};
  visit_tree(h, &t, tree, 256);
}

static void visit_link(Hdf5 *h, const char *path, Span m, int depth)
{
  const uint8_t *p = Span_at(h->f, m, 0, 2, "a link");
  unsigned flags = p[1], width = 1u << (flags & 3), type = 0;
  uint64_t i = 2, length = 0;
  if (flags & 8) type = *Span_at(h->f, m, i++, 1, "a link");
  i += (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
  p = Span_at(h->f, m, i, width, "a link");
  for (unsigned k = 0; k < width; k++) length |= (uint64_t)p[k] << 8 * k;
  i += width;
  const uint8_t *name = Span_at(h->f, m, i, length, "a link's name");
  if (type == 0) visit_child(h, path, name, length, load64(Span_at(h->f, m, i + length, 8, "a link")), depth);
}

/* ---- objects ---- */

static const char *add_attributes(Hdf5 *h, const char *path, const Header *x)
{
  const char *dtype = NULL;
  for (const Message *m = x->attributes; m && m->data.data; m++) {
    THFormatValue *v = NULL;
    const char *name = Hdf5_attribute(h, m->data, &v);
    if (!v) continue;
    if (!strcmp(name, "dtype") && v->kind == TH_FORMAT_TEXT) dtype = v->text;
    Value_putText(h->f, h->f->value, path[0] ? Format_print(h->f, "%s@%s", path, name) : name, v);
  }
  return dtype;
}

static void visit(Hdf5 *h, const char *path, uint64_t address, int depth)
{
  if (depth > MOST_DEPTH) Format_fail(h->f, h->s.at + address, "groups nested too deep, or within themselves: %.80s", path);
  Header x = read_header(h, address);
  const char *dtype = add_attributes(h, path, &x);
  if (x.layout.data && x.space.data && x.type.data) Hdf5_addSet(h, path, &x, dtype);
  if (x.table.data) visit_table(h, path, x.table, depth);
  if (x.dense.data) x.links = Hdf5_denseLinks(h, x.dense);
  for (const Message *m = x.links; m && m->data.data; m++) visit_link(h, path, m->data, depth);
}

/* Sizes of addresses and lengths, always 8 today, and the place of the root. */
static uint64_t read_superblock(Hdf5 *h)
{
  const uint8_t *p = at(h, 0, 48, "the superblock");
  if (memcmp(p, "\211HDF\r\n\032\n", 8)) Format_fail(h->f, h->s.at, "not an HDF5 file");
  unsigned version = p[8];
  if (version > 3) Format_fail(h->f, h->s.at + 8, "version %u of HDF5's superblock is not known", version);
  const uint8_t *sizes = version < 2 ? p + 13 : p + 9;
  if (sizes[0] != 8 || sizes[1] != 8) Format_fail(h->f, h->s.at + 9, "addresses of other than 8 bytes are not read");
  if (version >= 2) return load64(p + 36);
  return load64(at(h, version == 0 ? 64 : 68, 8, "the superblock"));
}

void Hdf5_read(THFormat *f, Span s)
{
  Hdf5 h = {f, s, (int64_t)(s.size / 16)};
  visit(&h, "", read_superblock(&h), 0);
}

void Hdf5_open(THFormat *f)
{
  Hdf5_read(f, f->file);
  const THFormatValue *model = THFormatValue_get(f->value, "model_config"); /* Keras 2's layers, a text of JSON */
  if (model && model->kind == TH_FORMAT_TEXT)
    Value_putText(f, f->value, "config", Json_read(f, (Span){(const uint8_t *)model->text, (uint64_t)model->length, 0}));
  if (THFormatValue_get(f->value, "keras_version") || THFormatValue_get(f->value, "layer_names") || THFormat_find(f, "layers") >= 0) f->kind = "keras";
}
