#ifndef ONNX_WRITER_H
#define ONNX_WRITER_H
/* Writes small ONNX models into memory, for tests: messages of bytes, put into one another. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct Message {
  size_t n;
  unsigned char bytes[4096];
} Message;

static inline void put_varint(Message *m, uint64_t v)
{
  for (; v > 127; v >>= 7) m->bytes[m->n++] = (unsigned char)(v | 128);
  m->bytes[m->n++] = (unsigned char)v;
}
static inline void put_int(Message *m, int field, int64_t v)
{
  put_varint(m, (uint64_t)field << 3);
  put_varint(m, (uint64_t)v);
}
static inline void put_bytes(Message *m, int field, const void *data, size_t n)
{
  put_varint(m, (uint64_t)field << 3 | 2);
  put_varint(m, n);
  memcpy(m->bytes + m->n, data, n);
  m->n += n;
}
static inline void put_text(Message *m, int field, const char *s) { put_bytes(m, field, s, strlen(s)); }
static inline void put_message(Message *m, int field, const Message *inner) { put_bytes(m, field, inner->bytes, inner->n); }

/* "A B": names apart by blanks; "-" is a name left out. */
static inline void put_names(Message *m, int field, const char *names)
{
  char copy[256], *rest = copy;
  snprintf(copy, sizeof copy, "%s", names);
  for (char *name; (name = strtok_r(rest, " ", &rest));) put_text(m, field, strcmp(name, "-") ? name : "");
}

static inline Message ints_attribute(const char *name, int n, const int64_t *v)
{
  Message a = {0};
  put_text(&a, 1, name);
  for (int i = 0; i < n; i++) put_int(&a, 8, v[i]);
  put_int(&a, 20, 7);
  return a;
}
static inline Message int_attribute(const char *name, int64_t v)
{
  Message a = {0};
  put_text(&a, 1, name);
  put_int(&a, 3, v);
  put_int(&a, 20, 2);
  return a;
}
static inline Message floats_attribute(const char *name, int n, const float *v)
{
  Message a = {0};
  put_text(&a, 1, name);
  put_bytes(&a, 7, v, (size_t)n * sizeof *v);
  put_int(&a, 20, 6);
  return a;
}
static inline Message graph_attribute(const char *name, const Message *graph)
{
  Message a = {0};
  put_text(&a, 1, name);
  put_message(&a, 6, graph);
  put_int(&a, 20, 5);
  return a;
}

static inline void put_nodeOf(const char *domain, Message *graph, const char *type, const char *in, const char *out, int nattributes,
                              const Message *attribute)
{
  Message n = {0};
  put_names(&n, 1, in);
  put_names(&n, 2, out);
  put_text(&n, 3, out);
  put_text(&n, 4, type);
  for (int i = 0; i < nattributes; i++) put_message(&n, 5, &attribute[i]);
  put_text(&n, 7, domain);
  put_message(graph, 1, &n);
}
static inline void put_node(Message *graph, const char *type, const char *in, const char *out, int nattributes, const Message *attribute)
{
  put_nodeOf("", graph, type, in, out, nattributes, attribute);
}

static inline void put_tensor(Message *graph, const char *name, int type, int ndim, const int64_t *size, const void *data, size_t bytes)
{
  Message t = {0};
  for (int d = 0; d < ndim; d++) put_int(&t, 1, size[d]);
  put_int(&t, 2, type);
  put_text(&t, 8, name);
  put_bytes(&t, 9, data, bytes);
  put_message(graph, 5, &t);
}

/* field 11: an input; 12: an output. A size of 0 is a name, "n". */
static inline void put_declared(Message *graph, int field, const char *name, int type, int ndim, const int64_t *size)
{
  Message value = {0}, kind = {0}, tensor = {0}, shape = {0};
  for (int d = 0; d < ndim; d++) {
    Message dim = {0};
    if (size[d]) put_int(&dim, 1, size[d]);
    else put_text(&dim, 2, "n");
    put_message(&shape, 1, &dim);
  }
  put_int(&tensor, 1, type);
  put_message(&tensor, 2, &shape);
  put_message(&kind, 1, &tensor);
  put_text(&value, 1, name);
  put_message(&value, 2, &kind);
  put_message(graph, field, &value);
}

static inline Message model_of(const Message *graph, int opset)
{
  Message m = {0}, set = {0}, pair = {0};
  put_int(&m, 1, 8);
  put_message(&m, 7, graph);
  put_text(&set, 1, "");
  put_int(&set, 2, opset);
  put_message(&m, 8, &set);
  put_text(&pair, 1, "author");
  put_text(&pair, 2, "the test");
  put_message(&m, 14, &pair);
  return m;
}
#endif
