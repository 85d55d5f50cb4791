/* Caffe's models: .caffemodel, a protocol buffer of layers with their blobs, and .prototxt, the layers as text
   (prototxt.c). */
#include "caffe.h"
#include "file/THProtobuf.h"

enum { /* field numbers of caffe.proto */
  NET_NAME = 1, NET_OLD_LAYER = 2, NET_LAYER = 100,
  LAYER_NAME = 1, LAYER_TYPE = 2, LAYER_BOTTOM = 3, LAYER_TOP = 4, LAYER_BLOB = 7,
  OLD_BOTTOM = 2, OLD_TOP = 3, OLD_NAME = 4, OLD_TYPE = 5, OLD_BLOB = 6,
  BLOB_NUM = 1, BLOB_WIDTH = 4, BLOB_DATA = 5, BLOB_SHAPE = 7, BLOB_DOUBLES = 8
};

static THFormatValue *text_of(THFormat *f, THProtobufPiece p) { return Value_text(f, p.data, p.size); }

static void check_message(THFormat *f, const THProtobuf *m)
{
  if (m->error) Format_fail(f, m->offset, "%s", m->error);
}

static THFormatValue *list_in(THFormat *f, THFormatValue *table, const char *key)
{
  THFormatValue *list = (THFormatValue *)THFormatValue_get(table, key);
  if (list) return list;
  list = Value_new(f, TH_FORMAT_LIST);
  Value_putText(f, table, key, list);
  return list;
}

/* ---- blobs ---- */

typedef struct Sizes {
  int n;
  int64_t size[TH_MAX_DIMS];
} Sizes;

static void add_size(THFormat *f, Sizes *s, uint64_t v)
{
  if (s->n == TH_MAX_DIMS - 1 || v > INT64_MAX) Format_fail(f, 0, "a blob with sizes that no file can hold");
  s->size[s->n++] = (int64_t)v;
}

static void read_shape(THFormat *f, THProtobuf shape, Sizes *s)
{
  THProtobufField x;
  while (THProtobuf_next(&shape, &x)) {
    if (x.number != 1) continue;
    if (x.wire == TH_PROTOBUF_VARINT) add_size(f, s, x.value);
    uint64_t v;
    while (x.wire == TH_PROTOBUF_BYTES && THProtobuf_varint(&x.piece, &v)) add_size(f, s, v);
  }
  check_message(f, &shape);
}

typedef struct Numbers {
  THProtobufPiece piece;
  bool doubles, scattered; /* scattered: more than one piece */
} Numbers;

static void note_numbers(Numbers *n, const THProtobufField *x)
{
  n->scattered |= n->piece.data != NULL || x->wire != TH_PROTOBUF_BYTES;
  n->piece = x->piece;
  n->doubles = x->number == BLOB_DOUBLES;
}

static void add_blob(THFormat *f, const char *name, const Sizes *s, const Numbers *n)
{
  if (n->scattered) {
    Format_addRefused(f, name, "F32", "numbers that were written one by one are not read", s->n, s->size);
    return;
  }
  const FileType *type = FileType_named(n->doubles ? "F64" : "F32");
  int64_t count = Format_product(f, 0, s->n, s->size);
  if ((uint64_t)count > n->piece.size / (uint64_t)type->bytes || (uint64_t)count * (uint64_t)type->bytes != n->piece.size)
    Format_fail(f, n->piece.data ? (uint64_t)(n->piece.data - f->file.data) : 0, "%s: %lld numbers in %zu bytes", name, (long long)count, n->piece.size);
  Span span = {n->piece.data, n->piece.size, (uint64_t)(n->piece.data - f->file.data)};
  if (!count) span = (Span){f->file.data, 0, 0};
  Format_add(f, name, Format_blob(f, type, span, count), s->n, s->size, NULL, 0);
}

static THFormatValue *read_blob(THFormat *f, const char *name, THProtobuf m)
{
  Sizes shape = {.n = 0}, old = {4, {0}};
  Numbers numbers = {{NULL, 0}, false, false};
  bool is_old = false;
  THProtobufField x;
  while (THProtobuf_next(&m, &x)) {
    if (x.number >= BLOB_NUM && x.number <= BLOB_WIDTH && x.wire == TH_PROTOBUF_VARINT && x.value <= INT64_MAX) {
      old.size[x.number - BLOB_NUM] = (int64_t)x.value;
      is_old = true;
    }
    if (x.number == BLOB_SHAPE && x.wire == TH_PROTOBUF_BYTES) read_shape(f, THProtobuf_within(&m, x.piece), &shape);
    if (x.number == BLOB_DATA || x.number == BLOB_DOUBLES) note_numbers(&numbers, &x);
  }
  check_message(f, &m);
  add_blob(f, name, shape.n || !is_old ? &shape : &old, &numbers);
  THFormatValue *v = Value_new(f, TH_FORMAT_TENSOR);
  v->integer = f->n - 1;
  return v;
}

/* ---- layers ---- */

typedef struct Fields {
  int name, type, bottom, top, blob;
} Fields;

static void take_field(THFormat *f, THFormatValue *layer, const Fields *n, const THProtobufField *x)
{
  if (x->wire == TH_PROTOBUF_VARINT && x->number == n->type) Value_putText(f, layer, "type", Value_integer(f, (int64_t)x->value));
  if (x->wire != TH_PROTOBUF_BYTES) return;
  if (x->number == n->type) Value_putText(f, layer, "type", text_of(f, x->piece));
  if (x->number == n->bottom) Value_push(f, list_in(f, layer, "bottom"), text_of(f, x->piece));
  if (x->number == n->top) Value_push(f, list_in(f, layer, "top"), text_of(f, x->piece));
}

static const char *name_of(THFormat *f, THProtobuf m, int number)
{
  const char *name = "";
  THProtobufField x;
  while (THProtobuf_next(&m, &x))
    if (x.number == number && x.wire == TH_PROTOBUF_BYTES) name = Format_text(f, x.piece.data, x.piece.size);
  return name;
}

static THFormatValue *read_layer(THFormat *f, THProtobuf m, const Fields *n)
{
  THFormatValue *layer = Value_new(f, TH_FORMAT_TABLE);
  const char *name = name_of(f, m, n->name);
  int blobs = 0;
  THProtobufField x;
  Value_putText(f, layer, "name", Value_text(f, name, strlen(name)));
  while (THProtobuf_next(&m, &x)) {
    take_field(f, layer, n, &x);
    if (x.number != n->blob || x.wire != TH_PROTOBUF_BYTES) continue;
    const char *blob = Format_print(f, "%s.%d", name, blobs++);
    Value_push(f, list_in(f, layer, "blobs"), read_blob(f, blob, THProtobuf_within(&m, x.piece)));
  }
  check_message(f, &m);
  return layer;
}

static void read_model(THFormat *f)
{
  static const Fields layers = {LAYER_NAME, LAYER_TYPE, LAYER_BOTTOM, LAYER_TOP, LAYER_BLOB},
                      old = {OLD_NAME, OLD_TYPE, OLD_BOTTOM, OLD_TOP, OLD_BLOB};
  THProtobuf m = THProtobuf_of(f->file.data, f->file.size);
  THProtobufField x;
  while (THProtobuf_next(&m, &x)) {
    if (x.wire != TH_PROTOBUF_BYTES) continue;
    if (x.number == NET_NAME) Value_putText(f, f->value, "name", text_of(f, x.piece));
    if (x.number != NET_LAYER && x.number != NET_OLD_LAYER) continue;
    THFormatValue *layer = read_layer(f, THProtobuf_within(&m, x.piece), x.number == NET_LAYER ? &layers : &old);
    Value_push(f, list_in(f, f->value, "layer"), layer);
  }
  check_message(f, &m);
}

void Caffe_open(THFormat *f)
{
  size_t n = strlen(f->path);
  bool text = n > 9 && !strcmp(f->path + n - 9, ".prototxt");
  if (text) f->value = Prototxt_read(f, f->file);
  else read_model(f);
}
