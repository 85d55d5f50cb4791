/* Groups of many links, as libver='latest' has them: the links lie in a heap (a fractal one: blocks that double), and a
   tree (of version 2) tells where in it. */
#include "hdf5.h"

typedef struct Heap {
  Hdf5 *h;
  uint64_t start, largest, root; /* bytes of the first and of the largest direct block; address */
  unsigned width, rows, offset_bytes, id_bytes;
} Heap;

static uint64_t number(const uint8_t *p, unsigned width)
{
  uint64_t v = 0;
  for (unsigned k = 0; k < width && k < 8; k++) v |= (uint64_t)p[k] << 8 * k;
  return v;
}

static Heap read_heap(Hdf5 *h, uint64_t address)
{
  const uint8_t *p = Span_at(h->f, h->s, address, 142, "a heap");
  Heap r = {.h = h, .id_bytes = load16(p + 5), .width = load16(p + 110), .start = load64(p + 112), .largest = load64(p + 120),
            .offset_bytes = (load16(p + 128) + 7u) / 8, .root = load64(p + 132), .rows = load16(p + 140)};
  bool good = !memcmp(p, "FRHP", 4) && !load16(p + 7) && r.start && r.width && r.offset_bytes >= 1 && r.offset_bytes <= 8 &&
              r.id_bytes > r.offset_bytes + 1 && r.id_bytes <= 16;
  if (!good) Format_fail(h->f, h->s.at + address, "a heap of links that is damaged, or of a kind that is not read");
  return r;
}

/* The block in which that place of the heap lies, and where in the heap it begins. */
static uint64_t find_block(const Heap *r, uint64_t offset, uint64_t *first)
{
  uint64_t size = r->start, head = 13 + r->offset_bytes, i = 0;
  *first = 0;
  if (!r->rows) return r->root;
  for (unsigned row = 0; row < r->rows && size <= r->largest; row++) {
    for (unsigned k = 0; k < r->width; k++, i++, *first += size)
      if (offset - *first < size) return load64(Span_at(r->h->f, r->h->s, r->root, head + 8 * i + 8, "a heap") + head + 8 * i);
    if (row && __builtin_mul_overflow(size, 2, &size)) break;
  }
  Format_fail(r->h->f, r->h->s.at + r->root, "a heap of links that is damaged, or larger than is read");
}

static Span heap_object(const Heap *r, const uint8_t *id)
{
  if (id[0] & 0xF0) Format_fail(r->h->f, r->h->s.at + r->root, "a link of a kind that is not read");
  uint64_t offset = number(id + 1, r->offset_bytes), length = number(id + 1 + r->offset_bytes, r->id_bytes - 1 - r->offset_bytes), first;
  uint64_t block = find_block(r, offset, &first);
  Span s = Span_part(r->h->f, r->h->s, block, 1, "a heap's block");
  s.size = r->h->s.size - block;
  return Span_part(r->h->f, s, offset - first, length, "a link");
}

typedef struct Tree {
  Hdf5 *h;
  const Heap *heap;
  uint32_t node, record;
  Message *links;
  int64_t n, room;
} Tree;

static void add_link(Tree *t, Span s)
{
  if (t->n + 1 >= t->room) { /* and the end */
    t->room = 2 * t->room + 16;
    Message *grown = Format_alloc(t->h->f, (size_t)t->room * sizeof *grown);
    if (t->n) memcpy(grown, t->links, (size_t)t->n * sizeof *grown);
    t->links = grown;
  }
  t->links[t->n++] = (Message){6, s};
}

static void read_node(Tree *t, uint64_t address, unsigned n, unsigned depth)
{
  const uint8_t *p = Span_at(t->h->f, t->h->s, address, 6 + (uint64_t)n * t->record, "a tree of links");
  if (memcmp(p, depth ? "BTIN" : "BTLF", 4)) Format_fail(t->h->f, t->h->s.at + address, "damaged: a tree of links expected");
  if (t->h->objects-- <= 0) Format_fail(t->h->f, t->h->s.at + address, "damaged: more trees than the file has room for");
  for (unsigned k = 0; k < n; k++) add_link(t, heap_object(t->heap, p + 6 + k * t->record + 4)); /* behind its name's hash */
  if (!depth) return;
  unsigned most = (t->node - 10) / t->record, width = most > 255 ? 2 : 1;
  uint64_t child = address + 6 + (uint64_t)n * t->record;
  for (unsigned k = 0; k <= n; k++, child += 8 + width) {
    p = Span_at(t->h->f, t->h->s, child, 8 + width, "a tree of links");
    read_node(t, load64(p), (unsigned)number(p + 8, width), 0);
  }
}

/* info: the message that has the addresses of heap and tree. */
Message *Hdf5_denseLinks(Hdf5 *h, Span info)
{
  uint64_t i = Span_at(h->f, info, 0, 2, "links")[1] & 1 ? 10 : 2;
  const uint8_t *p = Span_at(h->f, info, i, 16, "links");
  uint64_t tree = load64(p + 8);
  Heap heap = read_heap(h, load64(p));
  p = Span_at(h->f, h->s, tree, 34, "a tree of links");
  Tree t = {.h = h, .heap = &heap, .node = load32(p + 6), .record = load16(p + 10)};
  unsigned depth = load16(p + 12);
  if (memcmp(p, "BTHD", 4) || p[5] != 5 || depth > 1 || t.record != 4 + heap.id_bytes || t.node < 10 + t.record)
    Format_fail(h->f, h->s.at + tree, "a tree of links that is damaged, or larger than is read");
  read_node(&t, load64(p + 16), load16(p + 24), depth);
  return t.links;
}
