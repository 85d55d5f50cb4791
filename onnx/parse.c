/* The file: messages of onnx.proto become plain structs. Field numbers are those of that schema. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "graph.h"
#include "file/THProtobuf.h"

enum { MAX_DEPTH = 64 }; /* of graphs within graphs */

typedef struct Parser {
  THONNXModel *model;
  OnnxGraph *graph; /* the one that is being read */
  int depth;
} Parser;

static void finish(const THProtobuf *m)
{
  if (m->error) THOnnx_raise("broken file: %s at byte %zu", m->error, m->offset);
}

static void *grow(void *list, int n, size_t width)
{
  if (n & (n - 1)) return list; /* room for the next power of two is there */
  return THRealloc(list, (ptrdiff_t)((size_t)(n ? 2 * n : 1) * width));
}
/* A new, empty element at the end of list. */
#define APPEND(list, n)                                                                            \
  ((list) = grow(list, n, sizeof *(list)), memset(&(list)[n], 0, sizeof *(list)), &(list)[(n)++])

static char *text(THProtobufPiece p)
{
  char *s = THAlloc((ptrdiff_t)p.size + 1);
  if (p.size) memcpy(s, p.data, p.size);
  s[p.size] = 0;
  return s;
}
static void set_text(char **at, THProtobufPiece p)
{
  THFree(*at);
  *at = NULL;
  *at = text(p);
}

/* ---- tensors ---- */

typedef struct Dims {
  int n;
  int64_t size[ONNX_DIMS];
} Dims;

static void add_dims(THProtobuf *m, const THProtobufField *f, Dims *d)
{
  int64_t n = THProtobuf_count(m, f, TH_PROTOBUF_VARINT);
  THProtobufPiece rest = f->piece;
  uint64_t value = f->value;
  for (int64_t i = 0; i < n; i++) {
    if (f->wire == TH_PROTOBUF_BYTES) THProtobuf_varint(&rest, &value);
    THOnnx_check(d->n < ONNX_DIMS, "tensors of more than %d dimensions are not supported (byte %zu)", ONNX_DIMS,
               (size_t)(f->piece.data - m->file));
    d->size[d->n++] = (int64_t)value;
  }
}

typedef struct TensorParts {
  Dims dims;
  int64_t type;
  char *name;
  THProtobufPiece raw;
  bool has_raw;
  int nfields; /* of numbers, in the order they came */
  THProtobufField *field;
  int nexternal;
  THProtobufPiece location;
  int64_t offset, length;
  int64_t where;
} TensorParts;

static void TensorParts_autofree(TensorParts *p)
{
  THFree(p->name);
  THFree(p->field);
}

static int64_t number_of(THProtobufPiece p)
{
  char digits[24] = "";
  memcpy(digits, p.data, THMin(p.size, sizeof digits - 1));
  char *end;
  const long long v = strtoll(digits, &end, 10);
  THOnnx_check(*digits && !*end && v >= 0, "offset or length of external data is not a number");
  return v;
}

static void read_external(const THProtobuf *outer, THProtobufPiece piece, TensorParts *p)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  THProtobufPiece key = {piece.data, 0}, value = {piece.data, 0};
  while (THProtobuf_next(&m, &f)) {
    if (f.wire != TH_PROTOBUF_BYTES) continue;
    if (f.number == 1) key = f.piece;
    if (f.number == 2) value = f.piece;
  }
  finish(&m);
  if (THProtobufPiece_is(key, "location")) p->location = value;
  if (THProtobufPiece_is(key, "offset")) p->offset = number_of(value);
  if (THProtobufPiece_is(key, "length")) p->length = number_of(value);
}

static void read_parts(const THProtobuf *outer, THProtobufPiece piece, TensorParts *p)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  *p = (TensorParts){.length = -1};
  while (THProtobuf_next(&m, &f)) switch (f.number) {
    case 1: add_dims(&m, &f, &p->dims); break;
    case 2: p->type = (int64_t)f.value; break;
    case 4: case 5: case 6: case 7: case 10: case 11: /* numbers, strings */
      *(THProtobufField *)APPEND(p->field, p->nfields) = f;
      break;
    case 8: if (f.wire == TH_PROTOBUF_BYTES) set_text(&p->name, f.piece); break;
    case 9: if (f.wire == TH_PROTOBUF_BYTES) p->raw = f.piece, p->has_raw = true; break;
    case 13: if (f.wire == TH_PROTOBUF_BYTES) read_external(&m, f.piece, p); break;
    case 14: p->where = (int64_t)f.value; break;
    default: break;
    }
  finish(&m);
}

/* Which field holds numbers of that type. */
static int field_of(THONNXType type)
{
  switch (type) {
  case THONNX_FLOAT: case THONNX_COMPLEX64: return 4;
  case THONNX_STRING: return 6;
  case THONNX_INT64: return 7;
  case THONNX_DOUBLE: return 10;
  case THONNX_UINT32: case THONNX_UINT64: return 11;
  default: return 5;
  }
}
static int wire_of(int field)
{
  return field == 4 ? TH_PROTOBUF_FIXED32 : field == 10 ? TH_PROTOBUF_FIXED64 : TH_PROTOBUF_VARINT;
}

static void put_number(THONNXType type, void *r, int64_t i, uint64_t v)
{
  switch (THOnnx_width(type)) {
  case 1: ((uint8_t *)r)[i] = (uint8_t)v; break;
  case 2: ((uint16_t *)r)[i] = (uint16_t)v; break;
  case 4: ((uint32_t *)r)[i] = (uint32_t)v; break;
  default: ((uint64_t *)r)[i] = v; break;
  }
}

static int64_t put_numbers(THProtobuf *m, const THProtobufField *f, OnnxValue *v, int64_t at)
{
  const int wire = wire_of(f->number);
  const int64_t n = THProtobuf_count(m, f, wire);
  finish(m);
  THOnnx_check(n <= v->count - at, "a tensor has more numbers than its shape says (byte %zu)",
             (size_t)(f->piece.data - m->file));
  if (f->wire != TH_PROTOBUF_BYTES) {
    put_number(v->type, v->data, at, f->value);
  } else if (wire != TH_PROTOBUF_VARINT) {
    if (n) memcpy((char *)v->data + (size_t)at * THOnnx_width(v->type), f->piece.data, f->piece.size);
  } else {
    THProtobufPiece rest = f->piece;
    uint64_t value = 0;
    for (int64_t i = 0; i < n; i++) {
      THProtobuf_varint(&rest, &value);
      put_number(v->type, v->data, at + i, value);
    }
  }
  return n;
}

static void put_string(OnnxValue *v, int64_t at, THProtobufPiece piece)
{
  THOnnx_check(at < v->count, "a tensor has more strings than its shape says");
  ((char **)v->data)[at] = THOnnx_newString((const char *)piece.data, piece.size);
}

static OnnxValue *new_from_fields(THProtobuf *m, const TensorParts *p, THONNXType type)
{
  const int field = field_of(type);
  int64_t given = 0;
  for (int i = 0; i < p->nfields; i++) { /* nothing is allocated that the file does not hold */
    const THProtobufField *f = &p->field[i];
    if (f->number == field) given += field == 6 ? 1 : THProtobuf_count(m, f, wire_of(field));
  }
  finish(m);
  const int64_t expected = THOnnx_product(p->dims.size, p->dims.n);
  THOnnx_check(given >= expected, "tensor '%s' has %lld numbers, its shape says %lld", p->name ? p->name : "",
             (long long)given, (long long)expected);
  ONNX_AUTO v = THOnnx_new(type, p->dims.n, p->dims.size);
  if (type == THONNX_STRING) THOnnx_ownStrings(v);
  int64_t at = 0;
  for (int i = 0; i < p->nfields; i++) {
    if (p->field[i].number != field) continue;
    if (field == 6) put_string(v, at++, p->field[i].piece);
    else at += put_numbers(m, &p->field[i], v, at);
  }
  return TH_RELEASE(v);
}

/* ---- data in other files ---- */

typedef struct Mapping {
  void *data;
  size_t size;
} Mapping;
static void unmap(void *context)
{
  Mapping *m = context;
  if (m->data) munmap(m->data, m->size);
  THFree(m);
}

OnnxBuffer *THOnnx_newMapping(const char *path, size_t *size)
{
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat s;
  if (fd < 0) THOnnx_raise("cannot open %s: %m", path);
  if (fstat(fd, &s) || !S_ISREG(s.st_mode)) {
    close(fd);
    THOnnx_raise(S_ISDIR(s.st_mode) ? "%s is a directory" : "%s is no file", path);
  }
  void *data = s.st_size ? mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
  close(fd);
  THOnnx_check(data != MAP_FAILED, "cannot map %s: %m", path);
  Mapping *m = THAlloc(sizeof *m);
  *m = (Mapping){data, (size_t)s.st_size};
  *size = m->size;
  return THOnnx_newBuffer(data, unmap, m);
}

/* A name of a file beside the model: no way up or out of its folder, no link. */
static void check_location(const char *name)
{
  bool bad = !*name || *name == '/';
  for (const char *p = name; *p && !bad; p += strcspn(p, "/"), p += *p == '/')
    bad = !strncmp(p, "..", 2) && (p[2] == '/' || !p[2]);
  THOnnx_check(!bad, "external data '%s' is not below the model's folder", name);
}

static int external_file(THONNXModel *model, const char *name)
{
  for (int i = 0; i < model->nexternal; i++)
    if (!strcmp(model->externalName[i], name)) return i;
  THOnnx_check(model->folder, "external data '%s' of a model in memory", name);
  check_location(name);
  char path[4096];
  struct stat s;
  THOnnx_check(snprintf(path, sizeof path, "%s/%s", model->folder, name) < (int)sizeof path, "name of a file is too long");
  THOnnx_check(!lstat(path, &s), "external data %s is not there", path);
  THOnnx_check(S_ISREG(s.st_mode), "external data %s is no plain file", path);
  const int n = model->nexternal;
  model->externalName = grow(model->externalName, n, sizeof *model->externalName);
  model->external = grow(model->external, n, sizeof *model->external);
  model->externalSize = grow(model->externalSize, n, sizeof *model->externalSize);
  TH_AUTO_MEM char *copy = text((THProtobufPiece){(const unsigned char *)name, strlen(name)});
  model->external[n] = THOnnx_newMapping(path, &model->externalSize[n]);
  model->externalName[n] = TH_RELEASE(copy);
  model->nexternal++;
  return n;
}

/* A tensor over bytes that are there; copied where they are not aligned, or where no buffer holds them. */
static OnnxValue *new_over_bytes(const Parser *ps, const TensorParts *p, THONNXType type, const unsigned char *data, size_t bytes,
                                 OnnxBuffer *buffer)
{
  const size_t width = THOnnx_width(type);
  const int64_t count = THOnnx_product(p->dims.size, p->dims.n);
  int64_t needed;
  THOnnx_check(TH_mulSize(count, (int64_t)width, &needed) && (uint64_t)needed == bytes,
             "tensor '%s' has %zu bytes, its shape %s of %s says otherwise", p->name ? p->name : "", bytes,
             _THSizeDesc(p->dims.size, p->dims.n).str, THOnnx_typeName(type));
  /* what is large stays in the file until somebody reads it: convolutions take weights as they lie there */
  if ((uintptr_t)data % width == 0 || (bytes >= 4096 && !ps->model->looked)) return THOnnx_newOver(type, p->dims.n, p->dims.size, (void *)data, buffer);
  OnnxValue *v = THOnnx_new(type, p->dims.n, p->dims.size);
  if (bytes) memcpy(v->data, data, bytes);
  return v;
}

static OnnxValue *new_external(const Parser *ps, const TensorParts *p, THONNXType type)
{
  THONNXModel *model = ps->model;
  TH_AUTO_MEM char *name = text(p->location);
  const int i = external_file(model, name);
  const int64_t size = (int64_t)model->externalSize[i];
  THOnnx_check(p->offset <= size, "external data '%s': offset %lld is beyond its %lld bytes", name, (long long)p->offset,
             (long long)size);
  const int64_t bytes = p->length < 0 ? THOnnx_product(p->dims.size, p->dims.n) * (int64_t)THOnnx_width(type) : p->length;
  THOnnx_check(bytes >= 0 && bytes <= size - p->offset, "external data '%s' ends before its tensor", name);
  return new_over_bytes(ps, p, type, (unsigned char *)model->external[i]->data + p->offset, (size_t)bytes, model->external[i]);
}

/* name: NULL, or where to leave the tensor's. */
static OnnxValue *new_tensor(Parser *ps, const THProtobuf *outer, THProtobufPiece piece, char **name)
{
  __attribute__((cleanup(TensorParts_autofree))) TensorParts p;
  memset(&p, 0, sizeof p);
  read_parts(outer, piece, &p);
  const THONNXType type = (THONNXType)p.type;
  for (int d = 0; d < p.dims.n; d++)
    THOnnx_check(p.dims.size[d] >= 0, "tensor '%s' has a negative size", p.name ? p.name : "");
  THOnnx_width(type);
  ONNX_AUTO v = NULL;
  THProtobuf m = THProtobuf_within(outer, piece);
  if (p.where == 1) v = new_external(ps, &p, type);
  else if (p.has_raw) v = new_over_bytes(ps, &p, type, p.raw.data, p.raw.size, ps->model->file);
  else v = new_from_fields(&m, &p, type);
  if (name) *name = TH_RELEASE(p.name);
  return TH_RELEASE(v);
}

/* ---- attributes and nodes ---- */

static OnnxGraph *new_graph(Parser *ps, const THProtobuf *outer, THProtobufPiece piece);

static void add_floats(THProtobuf *m, const THProtobufField *f, OnnxAttribute *a)
{
  const int64_t n = THProtobuf_count(m, f, TH_PROTOBUF_FIXED32);
  finish(m);
  a->floats = THRealloc(a->floats, (ptrdiff_t)(a->n + n + 1) * (ptrdiff_t)sizeof(float));
  if (f->wire != TH_PROTOBUF_BYTES) a->floats[a->n] = THProtobuf_float(f);
  else if (n) memcpy(a->floats + a->n, f->piece.data, f->piece.size);
  a->n += (int)n;
}

static void add_ints(THProtobuf *m, const THProtobufField *f, OnnxAttribute *a)
{
  const int64_t n = THProtobuf_count(m, f, TH_PROTOBUF_VARINT);
  finish(m);
  if (a->n + n > 1 << 28) THOnnx_raise("attribute with too many numbers");
  a->ints = THRealloc(a->ints, (ptrdiff_t)(a->n + n + 1) * (ptrdiff_t)sizeof(int64_t));
  THProtobufPiece rest = f->piece;
  uint64_t value = f->value;
  for (int64_t i = 0; i < n; i++) {
    if (f->wire == TH_PROTOBUF_BYTES) THProtobuf_varint(&rest, &value);
    a->ints[a->n + i] = (int64_t)value;
  }
  a->n += (int)n;
}

static OnnxAttributeType kind_of_field(int number)
{
  switch (number) {
  case 2: return ONNX_A_FLOAT;
  case 3: return ONNX_A_INT;
  case 4: return ONNX_A_STRING;
  case 5: return ONNX_A_TENSOR;
  case 6: return ONNX_A_GRAPH;
  case 7: return ONNX_A_FLOATS;
  case 8: return ONNX_A_INTS;
  case 9: return ONNX_A_STRINGS;
  default: return 0;
  }
}

static void read_attribute_field(Parser *ps, THProtobuf *m, const THProtobufField *f, OnnxAttribute *a)
{
  const bool bytes = f->wire == TH_PROTOBUF_BYTES;
  switch (f->number) {
  case 1: if (bytes) set_text(&a->name, f->piece); break;
  case 21: if (bytes) set_text(&a->reference, f->piece); break;
  case 20: a->type = (OnnxAttributeType)f->value; break;
  case 2: a->f = THProtobuf_float(f); break;
  case 3: a->i = (int64_t)f->value; break;
  case 4: if (bytes) set_text(&a->s, f->piece); break;
  case 5:
    if (!bytes) break;
    THOnnx_free(a->t);
    a->t = NULL;
    a->t = new_tensor(ps, m, f->piece, NULL);
    break;
  case 6:
    if (!bytes) break;
    THOnnx_freeGraph(a->g);
    a->g = NULL;
    a->g = new_graph(ps, m, f->piece);
    break;
  case 7: add_floats(m, f, a); break;
  case 8: add_ints(m, f, a); break;
  case 9:
    if (!bytes) break;
    a->strings = THRealloc(a->strings, (ptrdiff_t)(a->n + 1) * (ptrdiff_t)sizeof(char *));
    a->strings[a->n] = text(f->piece);
    a->n++;
    break;
  default: break;
  }
}

static void read_attribute(Parser *ps, const THProtobuf *outer, THProtobufPiece piece, OnnxAttribute *a)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  OnnxAttributeType seen = 0;
  while (THProtobuf_next(&m, &f)) {
    const OnnxAttributeType kind = kind_of_field(f.number);
    THOnnx_check(!kind || a->n == 0 || kind == seen, "attribute with values of two kinds");
    if (kind) seen = kind;
    read_attribute_field(ps, &m, &f, a);
  }
  finish(&m);
  if (!a->type) a->type = seen; /* old files leave it out */
  if (!a->name) a->name = text((THProtobufPiece){piece.data, 0});
  THOnnx_check(!a->n || a->type == seen, "attribute '%s' has values of another kind than it says", a->name);
  if (a->type == ONNX_A_STRING && !a->s) a->s = text((THProtobufPiece){piece.data, 0});
  THOnnx_check(a->reference || a->type != ONNX_A_TENSOR || a->t, "attribute '%s' has no tensor", a->name);
  THOnnx_check(a->reference || a->type != ONNX_A_GRAPH || a->g, "attribute '%s' has no graph", a->name);
}

static void fill_names(OnnxNode *n)
{
  const THProtobufPiece none = {(const unsigned char *)"", 0};
  if (!n->name) n->name = text(none);
  if (!n->type) n->type = text(none);
  if (!n->domain) n->domain = text(none);
  if (!strcmp(n->domain, "ai.onnx")) n->domain[0] = 0;
}

static void read_node(Parser *ps, const THProtobuf *outer, THProtobufPiece piece, OnnxNode *n)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  while (THProtobuf_next(&m, &f)) {
    if (f.wire != TH_PROTOBUF_BYTES) continue;
    switch (f.number) {
    case 1: *(char **)APPEND(n->in, n->nin) = text(f.piece); break;
    case 2: *(char **)APPEND(n->out, n->nout) = text(f.piece); break;
    case 3: set_text(&n->name, f.piece); break;
    case 4: set_text(&n->type, f.piece); break;
    case 5: read_attribute(ps, &m, f.piece, APPEND(n->attribute, n->nattributes)); break;
    case 7: set_text(&n->domain, f.piece); break;
    default: break;
    }
  }
  finish(&m);
  fill_names(n);
}

/* ---- declared inputs and outputs ---- */

static void read_dim(const THProtobuf *outer, THProtobufPiece piece, THONNXInfo *info)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  if (info->ndim >= ONNX_DIMS) THOnnx_raise("input or output of more than %d dimensions", ONNX_DIMS);
  const int d = info->ndim++;
  info->size[d] = -1;
  while (THProtobuf_next(&m, &f)) {
    if (f.number == 1) info->size[d] = (int64_t)f.value < 0 ? -1 : (int64_t)f.value;
    if (f.number == 2 && f.wire == TH_PROTOBUF_BYTES) set_text((char **)&info->sizeName[d], f.piece);
  }
  finish(&m);
}

static void read_shape(const THProtobuf *outer, THProtobufPiece piece, THONNXInfo *info)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  info->ndim = 0;
  while (THProtobuf_next(&m, &f))
    if (f.number == 1 && f.wire == TH_PROTOBUF_BYTES) read_dim(&m, f.piece, info);
  finish(&m);
}

static void read_tensor_type(const THProtobuf *outer, THProtobufPiece piece, THONNXInfo *info)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  while (THProtobuf_next(&m, &f)) {
    if (f.number == 1) info->type = (THONNXType)f.value;
    if (f.number == 2 && f.wire == TH_PROTOBUF_BYTES) read_shape(&m, f.piece, info);
  }
  finish(&m);
}

static void read_type(const THProtobuf *outer, THProtobufPiece piece, THONNXInfo *info)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  while (THProtobuf_next(&m, &f))
    if (f.number == 1 && f.wire == TH_PROTOBUF_BYTES) read_tensor_type(&m, f.piece, info);
  finish(&m);
}

static void read_declared(const THProtobuf *outer, THProtobufPiece piece, OnnxDeclared *d)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  d->info.ndim = -1;
  while (THProtobuf_next(&m, &f)) {
    if (f.wire != TH_PROTOBUF_BYTES) continue;
    if (f.number == 1) set_text((char **)&d->info.name, f.piece);
    if (f.number == 2) read_type(&m, f.piece, &d->info);
  }
  finish(&m);
  if (!d->info.name) d->info.name = text((THProtobufPiece){piece.data, 0});
}

/* ---- graphs, functions, the model ---- */

static void add_initial(Parser *ps, const THProtobuf *m, THProtobufPiece piece, OnnxGraph *g)
{
  const int n = g->ninitial;
  g->initial = grow(g->initial, n, sizeof *g->initial);
  g->initialName = grow(g->initialName, n, sizeof *g->initialName);
  TH_AUTO_MEM char *name = NULL;
  g->initial[n] = new_tensor(ps, m, piece, &name);
  g->initialName[n] = name ? TH_RELEASE(name) : text((THProtobufPiece){piece.data, 0});
  g->ninitial++;
}

static void read_graph(Parser *ps, const THProtobuf *outer, THProtobufPiece piece, OnnxGraph *g)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  while (THProtobuf_next(&m, &f)) {
    if (f.wire != TH_PROTOBUF_BYTES) continue;
    switch (f.number) {
    case 1: read_node(ps, &m, f.piece, APPEND(g->node, g->nnodes)); break;
    case 2: set_text(&g->name, f.piece); break;
    case 5: add_initial(ps, &m, f.piece, g); break;
    case 11: read_declared(&m, f.piece, APPEND(g->input, g->ninputs)); break;
    case 12: read_declared(&m, f.piece, APPEND(g->output, g->noutputs)); break;
    case 15: THOnnx_raise("sparse initializers are not supported (byte %zu)", (size_t)(f.piece.data - m.file));
    default: break;
    }
  }
  finish(&m);
}

static void OnnxGraph_autofree(OnnxGraph **g) { THOnnx_freeGraph(*g); }

static OnnxGraph *new_graph(Parser *ps, const THProtobuf *outer, THProtobufPiece piece)
{
  THOnnx_check(ps->depth < MAX_DEPTH, "graphs are nested too deep (byte %zu)", (size_t)(piece.data - outer->file));
  TH_AUTO(OnnxGraph) g = THAlloc(sizeof *g);
  memset(g, 0, sizeof *g);
  g->outer = ps->graph;
  ps->graph = g;
  ps->depth++;
  read_graph(ps, outer, piece, g);
  ps->depth--;
  ps->graph = g->outer;
  return TH_RELEASE(g);
}

static void read_function(Parser *ps, const THProtobuf *outer, THProtobufPiece piece, OnnxFunction *fn)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  fn->body = THAlloc(sizeof *fn->body);
  memset(fn->body, 0, sizeof *fn->body);
  while (THProtobuf_next(&m, &f)) {
    if (f.wire != TH_PROTOBUF_BYTES) continue;
    switch (f.number) {
    case 1: set_text(&fn->name, f.piece); break;
    case 4: *(char **)APPEND(fn->in, fn->nin) = text(f.piece); break;
    case 5: *(char **)APPEND(fn->out, fn->nout) = text(f.piece); break;
    case 6: *(char **)APPEND(fn->attribute, fn->nattributes) = text(f.piece); break;
    case 7: read_node(ps, &m, f.piece, APPEND(fn->body->node, fn->body->nnodes)); break;
    case 10: set_text(&fn->domain, f.piece); break;
    case 11: read_attribute(ps, &m, f.piece, APPEND(fn->defaults, fn->ndefaults)); break;
    default: break;
    }
  }
  finish(&m);
}

static void read_pair(const THProtobuf *outer, THProtobufPiece piece, char **key, char **value)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  while (THProtobuf_next(&m, &f)) {
    if (f.number == 1 && f.wire == TH_PROTOBUF_BYTES) set_text(key, f.piece);
    if (f.number == 2 && f.wire == TH_PROTOBUF_BYTES) set_text(value, f.piece);
  }
  finish(&m);
}

static void read_opset(const THProtobuf *outer, THProtobufPiece piece, OnnxOpset *o)
{
  THProtobuf m = THProtobuf_within(outer, piece);
  THProtobufField f;
  while (THProtobuf_next(&m, &f)) {
    if (f.number == 1 && f.wire == TH_PROTOBUF_BYTES) set_text(&o->domain, f.piece);
    if (f.number == 2) o->version = f.value > 1000 ? 1000 : (int)f.value;
  }
  finish(&m);
  if (!o->domain) o->domain = text((THProtobufPiece){piece.data, 0});
  if (!strcmp(o->domain, "ai.onnx")) o->domain[0] = 0;
}

static void add_metadata(THONNXModel *model, const THProtobuf *m, THProtobufPiece piece)
{
  const int n = model->nmetadata;
  model->key = grow(model->key, n, sizeof *model->key);
  model->text = grow(model->text, n, sizeof *model->text);
  model->key[n] = model->text[n] = NULL;
  model->nmetadata++;
  read_pair(m, piece, &model->key[n], &model->text[n]);
}

void THOnnx_parse(THONNXModel *model, const void *data, size_t bytes)
{
  THProtobuf m = THProtobuf_of(data, bytes);
  THProtobufField f;
  Parser ps = {.model = model};
  while (THProtobuf_next(&m, &f)) {
    if (f.number == 1) model->ir = (int64_t)f.value;
    if (f.wire != TH_PROTOBUF_BYTES) continue;
    switch (f.number) {
    case 7:
      THOnnx_check(!model->graph, "broken file: a second graph at byte %zu", (size_t)(f.piece.data - m.file));
      model->graph = new_graph(&ps, &m, f.piece);
      break;
    case 8: read_opset(&m, f.piece, APPEND(model->opset, model->nopsets)); break;
    case 14: add_metadata(model, &m, f.piece); break;
    case 25: read_function(&ps, &m, f.piece, APPEND(model->function, model->nfunctions)); break;
    default: break;
    }
  }
  if (m.error && !model->ir && !model->graph) THOnnx_raise("not an ONNX file: %s at byte %zu", m.error, m.offset);
  finish(&m);
  THOnnx_check(model->graph, "no graph in it: not an ONNX file");
}
