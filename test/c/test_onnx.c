/* ONNX graphs from C: models made here in memory, what they give, and what is refused. */
#define _GNU_SOURCE /* pthread_tryjoin_np */
#include "th_test.h"
#include "THONNX.h"
#include "onnx_writer.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define SIZES(...) (const int64_t[]){__VA_ARGS__}
enum { FLOAT = 1, LONG = 7, BOOLEAN = 9 };

static THONNXModel *opened(const Message *model)
{
  THONNXModel *m = THONNX_openMemory(model->bytes, model->n);
  ck_assert_msg(m != NULL, "%s", THONNX_error());
  return m;
}

/* x [n x 3] times w [3 x 2], plus b, then Relu. */
static Message linear(void)
{
  static const float w[] = {1, 2, 3, 4, 5, 6}, b[] = {-10, 10};
  Message g = {0};
  put_node(&g, "MatMul", "x w", "p", 0, NULL);
  put_node(&g, "Add", "p b", "q", 0, NULL);
  put_node(&g, "Relu", "q", "y", 0, NULL);
  put_tensor(&g, "w", FLOAT, 2, SIZES(3, 2), w, sizeof w);
  put_tensor(&g, "b", FLOAT, 1, SIZES(2), b, sizeof b);
  put_declared(&g, 11, "x", FLOAT, 2, SIZES(0, 3));
  put_declared(&g, 12, "y", FLOAT, 2, SIZES(0, 2));
  return model_of(&g, 17);
}

static THONNXTensor floats(const char *name, float *data, int ndim, const int64_t *size)
{
  THONNXTensor t = {.name = name, .type = THONNX_FLOAT, .ndim = ndim, .data = data};
  for (int d = 0; d < ndim; d++) t.size[d] = size[d];
  return t;
}

START_TEST(declared)
{
  const Message m = linear();
  THONNXModel *model = opened(&m);
  ck_assert_int_eq(THONNX_inputs(model), 1); /* weights are none */
  ck_assert_int_eq(THONNX_outputs(model), 1);
  const THONNXInfo *x = THONNX_input(model, 0);
  ck_assert_str_eq(x->name, "x");
  ck_assert_int_eq(x->ndim, 2);
  ck_assert_int_eq(x->size[0], -1);
  ck_assert_str_eq(x->sizeName[0], "n");
  ck_assert_int_eq(x->size[1], 3);
  ck_assert_ptr_eq(THONNX_input(model, 1), NULL);
  ck_assert_str_eq(THONNX_metadata(model, "author"), "the test");
  ck_assert_ptr_eq(THONNX_metadata(model, "nobody"), NULL);
  THONNX_close(model);
}
END_TEST

START_TEST(values)
{
  const Message m = linear();
  THONNXModel *model = opened(&m);
  float x[] = {1, 2, 3, 0, 0, 1}, y[4];
  THONNXTensor in = floats("x", x, 2, SIZES(2, 3)), out = {.data = y, .bytes = sizeof y};
  ck_assert_msg(THONNX_run(model, &in, 1, &out, 1), "%s", THONNX_error());
  ck_assert_int_eq(out.ndim, 2);
  ck_assert_int_eq(out.size[0], 2);
  ck_assert_float_eq(y[0], 12);
  ck_assert_float_eq(y[1], 38);
  ck_assert_float_eq(y[2], 0);
  ck_assert_float_eq(y[3], 16);
  THONNXTensor given = {.name = "y"}; /* memory of the library */
  ck_assert(THONNX_run(model, &in, 1, &given, 1));
  ck_assert_int_eq(memcmp(given.data, y, sizeof y), 0);
  THONNX_release(&given, 1);
  THONNX_close(model);
}
END_TEST

/* Intercepts say how many classes there are, coefficients beyond theirs are not read: as ONNX Runtime does. */
START_TEST(classifier)
{
  static const float w[] = {1, 0, 0, 1, -1, -1, 9, 9, 9, 9, 9, 9}, b[] = {0, 0.5f, 10};
  const int64_t labels[] = {7, 8, 9};
  const Message attributes[] = {floats_attribute("coefficients", 12, w), floats_attribute("intercepts", 3, b),
                                ints_attribute("classlabels_ints", 3, labels)};
  Message g = {0}, set = {0};
  put_nodeOf("ai.onnx.ml", &g, "LinearClassifier", "x", "label y", 3, attributes);
  put_declared(&g, 11, "x", FLOAT, 2, SIZES(0, 0));
  put_declared(&g, 12, "y", FLOAT, 2, SIZES(0, 3));
  Message m = model_of(&g, 17);
  put_text(&set, 1, "ai.onnx.ml");
  put_int(&set, 2, 1);
  put_message(&m, 8, &set);
  THONNXModel *model = opened(&m);
  float x[] = {1, 2, 30, 40, 0}, y[6];
  THONNXTensor in = floats("x", x, 2, SIZES(2, 2)), wide = floats("x", x, 2, SIZES(1, 5)), out = {.data = y, .bytes = sizeof y};
  ck_assert_msg(THONNX_run(model, &in, 1, &out, 1), "%s", THONNX_error());
  for (int i = 0; i < 6; i++) ck_assert_float_eq(y[i], ((float[]){1, 2.5f, 7, 30, 40.5f, -60})[i]);
  ck_assert(!THONNX_run(model, &wide, 1, &out, 1));
  ck_assert_msg(strstr(THONNX_error(), "12 coefficients for 3 classes and 5 features") != NULL, "%s", THONNX_error());
  THONNX_close(model);
}
END_TEST

static void fails(const THONNXModel *model, const THONNXTensor *in, int n, THONNXTensor *out, const char *text)
{
  ck_assert(!THONNX_run(model, in, n, out, 1));
  ck_assert_msg(strstr(THONNX_error(), text) != NULL, "'%s' is not in '%s'", text, THONNX_error());
}

START_TEST(wrong_calls)
{
  const Message m = linear();
  THONNXModel *model = opened(&m);
  const int64_t before = THAllocator_stats().objects;
  float x[12] = {0}, y[1];
  THONNXTensor good = floats(NULL, x, 2, SIZES(2, 3)), out = {0}, small = {.data = y, .bytes = sizeof y};
  THONNXTensor wide = floats("x", x, 2, SIZES(2, 4)), other = floats("z", x, 2, SIZES(2, 3)), typed = good, unknown = {.name = "p"};
  typed.type = THONNX_DOUBLE;
  fails(model, NULL, 0, &out, "input 'x' is missing");
  fails(model, &wide, 1, &out, "shape [n x 3] is expected, not [2 x 4]");
  fails(model, &other, 1, &out, "no input 'z'");
  fails(model, &typed, 1, &out, "float is expected, not double");
  fails(model, &good, 1, &small, "takes 16 bytes, there is room for 4");
  fails(model, &good, 1, &unknown, "no output 'p'");
  fails(NULL, &good, 1, &out, "no model: it is NULL");
  fails(model, NULL, 1, &out, "no input: it is NULL");
  fails(model, &good, 1, NULL, "no output: it is NULL");
  fails(model, &good, -1, &out, "-1 inputs and 1 outputs");
  ck_assert_int_eq(THAllocator_stats().objects, before);
  THONNX_close(model);
  ck_assert(!THONNX_open(NULL) && !THONNX_openMemory(NULL, 5) && !THONNX_openGraph(NULL) && !THONNX_openGraphMemory(NULL, 5));
  ck_assert(!THONNX_inputs(NULL) && !THONNX_outputs(NULL) && !THONNX_input(NULL, 0) && !THONNX_output(NULL, 0));
  ck_assert(!THONNX_metadata(NULL, "x"));
  THONNX_close(NULL);
  THONNX_release(NULL, 1);
}
END_TEST

/* If (c) x + 1 else x * 10, where x is captured. */
START_TEST(branches)
{
  static const float one = 1, ten = 10;
  Message yes = {0}, no = {0}, g = {0};
  put_node(&yes, "Add", "x one", "yes", 0, NULL);
  put_declared(&yes, 12, "yes", FLOAT, 0, NULL);
  put_node(&no, "Mul", "x ten", "no", 0, NULL);
  put_declared(&no, 12, "no", FLOAT, 0, NULL);
  const Message both[] = {graph_attribute("then_branch", &yes), graph_attribute("else_branch", &no)};
  put_node(&g, "If", "c", "y", 2, both);
  put_tensor(&g, "one", FLOAT, 0, NULL, &one, sizeof one);
  put_tensor(&g, "ten", FLOAT, 0, NULL, &ten, sizeof ten);
  put_declared(&g, 11, "c", BOOLEAN, 0, NULL);
  put_declared(&g, 11, "x", FLOAT, 1, SIZES(0));
  put_declared(&g, 12, "y", FLOAT, 1, SIZES(0));
  const Message m = model_of(&g, 17);
  THONNXModel *model = opened(&m);
  for (unsigned char c = 0; c < 2; c++) {
    float x[] = {3, 4}, y[2];
    THONNXTensor in[] = {{.name = "c", .type = THONNX_BOOL, .data = &c}, floats("x", x, 1, SIZES(2))}, out = {.data = y, .bytes = sizeof y};
    ck_assert_msg(THONNX_run(model, in, 2, &out, 1), "%s", THONNX_error());
    ck_assert_float_eq(y[1], c ? 5 : 40);
  }
  THONNX_close(model);
}
END_TEST

/* Sizes of 0, and tensors without dimensions: Shape, Gather, Reshape. */
START_TEST(empty_and_scalar)
{
  static const int64_t zero = 0;
  Message g = {0};
  put_node(&g, "Shape", "x", "s", 0, NULL);
  put_node(&g, "Gather", "s i", "n", 0, NULL);
  put_tensor(&g, "i", LONG, 0, NULL, &zero, sizeof zero);
  put_declared(&g, 11, "x", FLOAT, 2, SIZES(0, 3));
  put_declared(&g, 12, "n", LONG, 0, NULL);
  const Message m = model_of(&g, 17);
  THONNXModel *model = opened(&m);
  THONNXTensor in = floats("x", NULL, 2, SIZES(0, 3)), out = {0};
  int64_t n = -1;
  out.data = &n;
  out.bytes = sizeof n;
  ck_assert_msg(THONNX_run(model, &in, 1, &out, 1), "%s", THONNX_error());
  ck_assert_int_eq(out.ndim, 0);
  ck_assert_int_eq(n, 0);
  THONNX_close(model);
}
END_TEST

static void refused(const Message *g, const char *text)
{
  const Message m = model_of(g, 17);
  ck_assert_ptr_eq(THONNX_openMemory(m.bytes, m.n), NULL);
  ck_assert_msg(strstr(THONNX_error(), text) != NULL, "'%s' is not in '%s'", text, THONNX_error());
}

START_TEST(refusals)
{
  Message unknown = {0}, twice = {0}, late = {0}, nothing = {0}, huge = {0};
  put_node(&unknown, "Nonsense", "x", "a", 0, NULL);
  put_node(&unknown, "Rubbish", "a", "y", 0, NULL);
  refused(&unknown, "Nonsense-17 (node 'a'), Rubbish-17 (node 'y')");
  put_declared(&twice, 11, "x", FLOAT, 1, SIZES(1));
  put_node(&twice, "Relu", "x", "y", 0, NULL);
  put_node(&twice, "Relu", "x", "y", 0, NULL);
  refused(&twice, "'y' is made twice");
  put_node(&late, "Relu", "b", "a", 0, NULL); /* a circle */
  put_node(&late, "Relu", "a", "b", 0, NULL);
  refused(&late, "input 'b' is made by no earlier node");
  put_declared(&nothing, 12, "y", FLOAT, 1, SIZES(1));
  refused(&nothing, "output 'y' is made by no node");
  put_tensor(&huge, "w", FLOAT, 2, SIZES(1 << 30, 1 << 30), "", 0);
  refused(&huge, "tensor 'w' has 0 bytes");
  ck_assert_ptr_eq(THONNX_open("/nowhere/model.onnx"), NULL);
  ck_assert(strstr(THONNX_error(), "cannot open /nowhere/model.onnx"));
  ck_assert_ptr_eq(THONNX_openMemory("", 0), NULL);
  ck_assert(strstr(THONNX_error(), "not an ONNX file"));
}
END_TEST

/* Every file cut short, and every byte changed: an error or a model, no crash and no leak. */
START_TEST(broken_files)
{
  const Message whole = linear();
  const int64_t before = THAllocator_stats().objects;
  for (size_t n = 0; n < whole.n; n++) {
    unsigned char *copy = malloc(n + 1); /* its end is the sanitizer's */
    memcpy(copy, whole.bytes, n);
    THONNX_close(THONNX_openMemory(copy, n));
    free(copy);
    for (int bit = 0; bit < 8; bit++) {
      Message other = whole;
      other.bytes[n] ^= (unsigned char)(1 << bit);
      THONNXModel *model = THONNX_openMemory(other.bytes, other.n);
      float x[3] = {1, 2, 3};
      THONNXTensor in = floats(NULL, x, 2, SIZES(1, 3)), out = {0};
      if (model && THONNX_run(model, &in, 1, &out, 1)) THONNX_release(&out, 1);
      THONNX_close(model);
    }
  }
  ck_assert_int_eq(THAllocator_stats().objects, before);
}
END_TEST

/* ---- graphs looked at ---- */

/* An operator nobody knows with an attribute of each kind, and a node with a branch. */
static Message strange(void)
{
  static const float w[] = {1, 2, 3}, one = 1;
  Message g = {0}, branch = {0}, tensor = {0}, text = {0}, part = {0}, number = {0};
  put_node(&branch, "Abs", "x", "b", 0, NULL);
  put_declared(&branch, 12, "b", FLOAT, 0, NULL);
  put_int(&tensor, 1, 3);
  put_int(&tensor, 2, FLOAT);
  put_bytes(&tensor, 9, w, sizeof w);
  put_text(&part, 1, "t");
  put_message(&part, 5, &tensor);
  put_int(&part, 20, THONNX_A_TENSOR);
  put_text(&text, 1, "mode");
  put_text(&text, 4, "linear");
  put_int(&text, 20, THONNX_A_TEXT);
  put_text(&number, 1, "alpha"); /* old files leave the kind out */
  put_varint(&number, 2 << 3 | 5);
  memcpy(number.bytes + number.n, &one, sizeof one);
  number.n += sizeof one;
  const Message attributes[] = {int_attribute("axis", -2), ints_attribute("pads", 3, SIZES(4, 5, 6)), ints_attribute("none", 0, NULL),
                                floats_attribute("scales", 2, w), text, part, number, graph_attribute("body", &branch)};
  put_nodeOf("their.own", &g, "Strange", "x - w", "y z", 8, attributes);
  put_node(&g, "Relu", "y", "r", 0, NULL);
  put_tensor(&g, "w", FLOAT, 2, SIZES(1, 3), w, sizeof w);
  put_declared(&g, 11, "x", FLOAT, 2, SIZES(0, 3));
  put_declared(&g, 12, "r", FLOAT, 2, SIZES(0, 3));
  return model_of(&g, 17);
}

START_TEST(looked_at)
{
  const Message m = strange();
  ck_assert_ptr_eq(THONNX_openMemory(m.bytes, m.n), NULL); /* it cannot run */
  THONNXGraph *g = THONNX_openGraphMemory(m.bytes, m.n);
  ck_assert_msg(g != NULL, "%s", THONNX_error());
  THONNXNode n;
  THONNXAttribute a;
  THONNXTensor t;
  int count;
  ck_assert(THONNX_node(g, 0, &n));
  ck_assert_str_eq(n.type, "Strange");
  ck_assert_str_eq(n.domain, "their.own");
  ck_assert(n.ninputs == 3 && n.noutputs == 2 && n.nattributes == 8);
  ck_assert_str_eq(n.input[1], "");
  ck_assert_str_eq(n.output[1], "z");
  ck_assert(THONNX_node(g, 1, &n) && !strcmp(n.type, "Relu") && n.nattributes == 0);
  ck_assert_int_eq(THONNX_opset(g, ""), 17);
  ck_assert_int_eq(THONNX_opset(g, "their.own"), 0);
  ck_assert(THONNX_attribute(g, 0, 1, &a) && !strcmp(a.name, "pads") && a.kind == THONNX_A_INTS && a.count == 3);
  ck_assert(THONNX_attribute(g, 0, 7, &a) && a.kind == THONNX_A_GRAPH && a.count == 1);
  ck_assert(THONNX_ints(g, 0, "axis", &count)[0] == -2 && count == 1);
  ck_assert(THONNX_ints(g, 0, "pads", &count)[2] == 6 && count == 3);
  ck_assert(THONNX_ints(g, 0, "none", &count) != NULL && count == 0);
  ck_assert(THONNX_floats(g, 0, "scales", &count)[1] == 2 && count == 2);
  ck_assert(THONNX_floats(g, 0, "alpha", &count)[0] == 1 && count == 1);
  ck_assert_str_eq(THONNX_texts(g, 0, "mode", &count)[0], "linear");
  ck_assert(THONNX_tensor(g, 0, "t", &t) && t.ndim == 1 && t.size[0] == 3 && ((float *)t.data)[2] == 3);
  ck_assert(THONNX_weight(g, 0, &t) && !strcmp(t.name, "w") && t.type == THONNX_FLOAT && t.ndim == 2 && t.bytes == 12);
  ck_assert_str_eq(THONNX_graphInput(g, 0)->name, "x");
  ck_assert_int_eq(THONNX_graphOutput(g, 0)->size[1], 3);
  const THONNXGraph *inner = THONNX_subgraph(g, 0, "body");
  ck_assert(THONNX_node(inner, 0, &n) && !strcmp(n.type, "Abs"));
  ck_assert_int_eq(THONNX_opset(inner, ""), 17);
  THONNX_closeGraph((THONNXGraph *)inner); /* it goes with the other */
  THONNX_closeGraph(g);
  THONNX_closeGraph(NULL);
}
END_TEST

#define SAYS(call, text)                                                                             \
  do {                                                                                               \
    ck_assert(!(call));                                                                              \
    ck_assert_msg(strstr(THONNX_error(), text) != NULL, "'%s' is not in '%s'", text, THONNX_error()); \
  } while (0)

START_TEST(looked_at_wrongly)
{
  const Message m = strange();
  THONNXGraph *g = THONNX_openGraphMemory(m.bytes, m.n);
  THONNXNode n;
  THONNXAttribute a;
  THONNXTensor t;
  int count = 7;
  SAYS(THONNX_node(g, 2, &n), "no node number 2: the last of 2 is 1");
  SAYS(THONNX_node(g, -1, &n), "no node number -1");
  SAYS(THONNX_graphInput(g, 1), "no input number 1");
  SAYS(THONNX_graphOutput(g, -1), "no output number -1");
  SAYS(THONNX_weight(g, 1, &t), "no weight number 1");
  SAYS(THONNX_attribute(g, 2, 0, &a), "no node number 2");
  SAYS(THONNX_attribute(g, 0, 8, &a), "no attribute number 8");
  SAYS(THONNX_attribute(g, 1, 0, &a), "no attribute number 0");
  SAYS(THONNX_ints(g, 9, "axis", &count), "no node number 9");
  ck_assert_int_eq(count, 0);
  SAYS(THONNX_ints(g, 0, "axes", &count), "(Strange) has no attribute 'axes'");
  SAYS(THONNX_ints(g, 0, "scales", &count), "attribute 'scales' is of kind 6, not 2");
  SAYS(THONNX_floats(g, 0, "axis", &count), "attribute 'axis' is of kind 2, not 1");
  SAYS(THONNX_texts(g, 0, "body", &count), "attribute 'body' is of kind 5, not 3");
  SAYS(THONNX_tensor(g, 0, "mode", &t), "attribute 'mode' is of kind 3, not 4");
  SAYS(THONNX_subgraph(g, 0, "t"), "attribute 't' is of kind 4, not 5");
  SAYS(THONNX_node(NULL, 0, &n), "no graph: it is NULL");
  SAYS(THONNX_node(g, 0, NULL), "no node to fill in: it is NULL");
  SAYS(THONNX_graphInput(NULL, 0) || THONNX_graphOutput(NULL, 0) || THONNX_weight(NULL, 0, &t) || THONNX_opset(NULL, ""), "no graph");
  SAYS(THONNX_weight(g, 0, NULL) || THONNX_tensor(g, 0, "t", NULL), "no tensor to fill in");
  SAYS(THONNX_attribute(g, 0, 0, NULL), "no attribute to fill in");
  SAYS(THONNX_ints(g, 0, NULL, &count), "no name: it is NULL");
  SAYS(THONNX_opset(g, NULL), "no domain: it is NULL");
  ck_assert(THONNX_ints(g, 0, "axis", NULL) != NULL);
  THONNX_closeGraph(g);
  SAYS(THONNX_openGraph("/nowhere/model.onnx"), "cannot open /nowhere/model.onnx");
  SAYS(THONNX_openGraph("/"), "/ is a directory");
}
END_TEST

/* An attribute that says another kind than its values have would be read beyond its end. */
START_TEST(lying_attribute)
{
  Message axes = {0}, g = {0};
  put_text(&axes, 1, "axes");
  put_bytes(&axes, 7, (const float[]){1, 2, 3}, 12);
  put_int(&axes, 20, THONNX_A_INTS);
  put_node(&g, "Strange", "x", "y", 1, &axes);
  const Message m = model_of(&g, 11);
  SAYS(THONNX_openGraphMemory(m.bytes, m.n), "'axes' has values of another kind than it says");
}
END_TEST

/* Touches every value that a graph shows. */
static double look(const THONNXGraph *g)
{
  double sum = THONNX_opset(g, "");
  THONNXNode n;
  THONNXAttribute a;
  THONNXTensor t;
  for (int i = 0; THONNX_node(g, i, &n); i++) {
    for (int k = 0; k < n.ninputs; k++) sum += (double)strlen(n.input[k]);
    for (int k = 0, count; THONNX_attribute(g, i, k, &a); k++) {
      const int64_t *ints = THONNX_ints(g, i, a.name, &count);
      for (int j = 0; j < count; j++) sum += (double)(ints[j] & 1);
      const float *floats = THONNX_floats(g, i, a.name, &count);
      for (int j = 0; j < count; j++) sum += floats[j] > 0;
      const char *const *texts = THONNX_texts(g, i, a.name, &count);
      for (int j = 0; j < count; j++) sum += (double)strlen(texts[j]);
      if (THONNX_tensor(g, i, a.name, &t))
        for (size_t j = 0; j < t.bytes; j++) sum += ((unsigned char *)t.data)[j];
      if (THONNX_subgraph(g, i, a.name)) sum += look(THONNX_subgraph(g, i, a.name));
    }
  }
  for (int i = 0; THONNX_weight(g, i, &t); i++)
    for (size_t j = 0; j < t.bytes; j++) sum += ((unsigned char *)t.data)[j];
  for (int i = 0; THONNX_graphInput(g, i); i++) sum += (double)strlen(THONNX_graphInput(g, i)->name);
  return sum;
}

START_TEST(broken_looks)
{
  const Message whole = strange();
  const int64_t before = THAllocator_stats().objects;
  for (size_t n = 0; n < whole.n; n++) {
    unsigned char *copy = malloc(n + 1);
    memcpy(copy, whole.bytes, n);
    THONNX_closeGraph(THONNX_openGraphMemory(copy, n));
    free(copy);
    for (int bit = 0; bit < 8; bit++) {
      Message other = whole;
      other.bytes[n] ^= (unsigned char)(1 << bit);
      THONNXGraph *g = THONNX_openGraphMemory(other.bytes, other.n);
      if (g) ck_assert(look(g) >= 0);
      THONNX_closeGraph(g);
    }
  }
  ck_assert_int_eq(THAllocator_stats().objects, before);
}
END_TEST

static void *run_often(void *arg)
{
  const THONNXModel *model = arg;
  for (int i = 0; i < 200; i++) {
    float x[] = {(float)i, 0, 0}, y[2] = {0};
    THONNXTensor in = floats("x", x, 2, SIZES(1, 3)), out = {.data = y, .bytes = sizeof y};
    if (!THONNX_run(model, &in, 1, &out, 1) || y[1] != 2 * (float)i + 10) return (void *)1;
  }
  return NULL;
}

START_TEST(threads)
{
  const Message m = linear();
  THONNXModel *model = opened(&m);
  pthread_t thread[4];
  for (int i = 0; i < 4; i++) ck_assert_int_eq(pthread_create(&thread[i], NULL, run_often, model), 0);
  for (int i = 0; i < 4; i++) {
    void *failed;
    pthread_join(thread[i], &failed);
    ck_assert_ptr_eq(failed, NULL);
  }
  THONNX_close(model);
}
END_TEST

/* ---- limits ---- */

enum { LIMIT = 16 << 20 };

/* A run of a model whose only input is `x` (two numbers, floats or longs) under a limit of memory fails with such a text. */
static void beyond(const Message *g, int type, const void *x, const char *text)
{
  const Message m = model_of(g, 17);
  THONNXModel *model = opened(&m);
  THONNXTensor in = {.name = "x", .type = type, .ndim = 1, .size = {2}, .data = (void *)x}, out = {.data = NULL};
  THONNX_limitMemory(LIMIT);
  const bool ran = THONNX_run(model, &in, 1, &out, 1);
  THONNX_limitMemory(0);
  ck_assert_msg(!ran, "%s", text);
  ck_assert_msg(strstr(THONNX_error(), text) != NULL, "%s", THONNX_error());
  THONNX_close(model);
}

static Message of_one(const char *type, const char *in, int xtype)
{
  Message g = {0};
  put_node(&g, type, in, "y", 0, NULL);
  put_declared(&g, 11, "x", xtype, 1, SIZES(2));
  put_declared(&g, 12, "y", 0, 0, NULL);
  return g;
}

START_TEST(too_much)
{
  static const float two[] = {1, 2};
  static const int64_t sizes[] = {100000, 200000}, pads[] = {5000000000, 0}, zero = 0, one = 1, end = 10000000000, times = 50000000;
  Message g = of_one("Expand", "two x", LONG);
  put_tensor(&g, "two", FLOAT, 1, SIZES(1), two, 4);
  beyond(&g, LONG, sizes, "node 'y' (Expand): not enough memory: a result of [100000 x 200000] float takes 80000000000 bytes");
  g = of_one("Tile", "x times", FLOAT);
  put_tensor(&g, "times", LONG, 1, SIZES(1), &times, 8);
  beyond(&g, FLOAT, two, "(Tile): not enough memory: a result of [1 x 50000000 x 2] float takes 400000000 bytes");
  g = of_one("ConstantOfShape", "x", LONG);
  beyond(&g, LONG, sizes, "(ConstantOfShape): not enough memory: a result of [100000 x 200000] float");
  g = of_one("Pad", "x pads", FLOAT);
  put_tensor(&g, "pads", LONG, 1, SIZES(2), pads, 16);
  beyond(&g, FLOAT, two, "(Pad): not enough memory: a result of [5000000002] float takes 20000000008 bytes");
  g = (Message){0};
  put_node(&g, "Range", "zero end one", "y", 0, NULL);
  put_tensor(&g, "zero", LONG, 0, NULL, &zero, 8);
  put_tensor(&g, "one", LONG, 0, NULL, &one, 8);
  put_tensor(&g, "end", LONG, 0, NULL, &end, 8);
  put_declared(&g, 11, "x", FLOAT, 1, SIZES(2));
  put_declared(&g, 12, "y", 0, 0, NULL);
  beyond(&g, FLOAT, two, "(Range): not enough memory: a result of [10000000000] int64"); /* not when it is opened either */
}
END_TEST

/* A loop that goes on for ever: its body gives `result`, made by a node of x where that has a type. */
static Message endless(const char *type, const char *in, const char *result, bool scan)
{
  static const int64_t most = INT64_MAX / 2;
  static const unsigned char yes = 1;
  Message body = {0}, g = {0};
  put_declared(&body, 11, "i", LONG, 0, NULL);
  put_declared(&body, 11, "go", BOOLEAN, 0, NULL);
  if (!scan) put_declared(&body, 11, "before", 0, 0, NULL);
  if (type) put_node(&body, type, in, result, 0, NULL);
  put_tensor(&body, "on", BOOLEAN, 0, NULL, &yes, 1);
  put_declared(&body, 12, "on", BOOLEAN, 0, NULL);
  put_declared(&body, 12, result, 0, 0, NULL);
  const Message attribute = graph_attribute("body", &body);
  put_node(&g, "Loop", scan ? "most -" : "most - x", "y", 1, &attribute);
  put_tensor(&g, "most", LONG, 0, NULL, &most, 8);
  put_declared(&g, 11, "x", FLOAT, 1, SIZES(2));
  put_declared(&g, 12, "y", 0, 0, NULL);
  return g;
}

START_TEST(growing)
{
  static const float x[] = {1, 2};
  Message g = endless("Identity", "x", "z", true); /* lists of the same value */
  beyond(&g, FLOAT, x, "not enough memory");
  g = endless("Neg", "x", "z", true); /* of small ones */
  beyond(&g, FLOAT, x, "not enough memory: small values are beyond the limit");
  const Message axis = int_attribute("axis", 0);
  Message body = {0}, outer = {0};
  static const int64_t most = INT64_MAX / 2;
  static const unsigned char yes = 1;
  put_declared(&body, 11, "i", LONG, 0, NULL);
  put_declared(&body, 11, "go", BOOLEAN, 0, NULL);
  put_declared(&body, 11, "before", 0, 0, NULL);
  put_node(&body, "Concat", "before before", "twice", 1, &axis);
  put_tensor(&body, "on", BOOLEAN, 0, NULL, &yes, 1);
  put_declared(&body, 12, "on", BOOLEAN, 0, NULL);
  put_declared(&body, 12, "twice", 0, 0, NULL);
  const Message attribute = graph_attribute("body", &body);
  put_node(&outer, "Loop", "most - x", "y", 1, &attribute);
  put_tensor(&outer, "most", LONG, 0, NULL, &most, 8);
  put_declared(&outer, 11, "x", FLOAT, 1, SIZES(2));
  put_declared(&outer, 12, "y", 0, 0, NULL);
  beyond(&outer, FLOAT, x, "node 'twice' (Concat): not enough memory: a result of [4194304] float");
}
END_TEST

/* What was freed counts no more: a hundred results of 16 MB. */
START_TEST(much_in_turn)
{
  static const int64_t sizes[] = {2000, 2000};
  Message g = {0};
  put_node(&g, "ConstantOfShape", "x", "v0", 0, NULL);
  for (int i = 0; i < 50; i++) {
    char in[32], out[32], sum[80];
    snprintf(in, sizeof in, "v%d", i);
    snprintf(sum, sizeof sum, "%s %s", in, in);
    snprintf(out, sizeof out, i == 49 ? "y" : "v%d", i + 1);
    put_node(&g, i % 2 ? "Cos" : "Add", i % 2 ? in : sum, out, 0, NULL);
  }
  put_declared(&g, 11, "x", LONG, 1, SIZES(2));
  put_declared(&g, 12, "y", FLOAT, 0, NULL);
  const Message m = model_of(&g, 17);
  THONNXModel *model = opened(&m);
  THONNX_limitMemory(64 << 20);
  for (int i = 0; i < 3; i++) {
    THONNXTensor in = {.name = "x", .type = THONNX_INT64, .ndim = 1, .size = {2}, .data = (void *)sizes}, out = {.data = NULL};
    ck_assert_msg(THONNX_run(model, &in, 1, &out, 1), "%s", THONNX_error());
    ck_assert_int_eq(out.bytes, 16000000);
    THONNX_release(&out, 1);
  }
  THONNX_limitMemory(0);
  THONNX_close(model);
}
END_TEST

/* Constants that are too large are left to runs; the model can be opened. */
START_TEST(large_constants)
{
  static const int64_t sizes[] = {1000000, 1000000};
  Message g = {0};
  put_node(&g, "ConstantOfShape", "sizes", "large", 0, NULL);
  put_node(&g, "Add", "x large", "y", 0, NULL);
  put_tensor(&g, "sizes", LONG, 1, SIZES(2), sizes, 16);
  put_declared(&g, 11, "x", FLOAT, 1, SIZES(2));
  put_declared(&g, 12, "y", FLOAT, 0, NULL);
  beyond(&g, FLOAT, (const float[]){1, 2}, "node 'large' (ConstantOfShape): not enough memory: a result of [1000000 x 1000000] float");
  ck_assert_int_gt(THONNX_limitMemory(-1), LIMIT);
}
END_TEST

typedef struct Stopped {
  THONNXModel *model;
  bool ran;
  char text[200];
} Stopped;

static void *run_endless(void *arg)
{
  Stopped *s = arg;
  float x[] = {1, 2};
  THONNXTensor in = floats("x", x, 1, SIZES(2)), out = {.data = NULL};
  s->ran = THONNX_run(s->model, &in, 1, &out, 1);
  snprintf(s->text, sizeof s->text, "%s", THONNX_error());
  return NULL;
}

/* Loops without an end, one of which computes nothing. */
START_TEST(stopping)
{
  const Message g[] = {endless("Neg", "before", "z", false), endless(NULL, NULL, "before", false)};
  for (int k = 0; k < 4; k++) {
    const Message m = model_of(&g[k / 2], 17);
    Stopped s = {.model = opened(&m)};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run_endless, &s), 0);
    while (pthread_tryjoin_np(thread, NULL)) { /* it may not have begun */
      THONNX_stop(k % 2 ? s.model : NULL);
      usleep(1000);
    }
    ck_assert(!s.ran);
    ck_assert_msg(strstr(s.text, "stopped") != NULL, "%s", s.text);
    THONNX_close(s.model);
  }
}
END_TEST

/* Outputs that are kept while other runs of the model go on, and after it is closed. */
START_TEST(kept_outputs)
{
  static const int64_t sizes[] = {100, 100};
  Message g = of_one("ConstantOfShape", "x", LONG);
  const Message m = model_of(&g, 17);
  THONNXModel *model = opened(&m);
  THONNXTensor in = {.name = "x", .type = THONNX_INT64, .ndim = 1, .size = {2}, .data = (void *)sizes}, out[8] = {{.data = NULL}};
  for (int i = 0; i < 8; i++) {
    ck_assert_msg(THONNX_run(model, &in, 1, &out[i], 1), "%s", THONNX_error());
    for (int k = 0; k < 10000; k++) ((float *)out[i].data)[k] += (float)i;
    if (i == 3) THONNX_release(out, 2);
  }
  THONNX_close(model);
  for (int i = 2; i < 8; i++)
    for (int k = 0; k < 10000; k++) ck_assert_float_eq(((float *)out[i].data)[k], (float)i);
  THONNX_release(out, 8);
}
END_TEST

START_TEST(few_addresses)
{
  enum { MODELS = 8 };
  const Message m = linear();
  long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f) {
    ck_assert_int_eq(fscanf(f, "%ld", &pages), 1);
    fclose(f);
  }
  struct rlimit limit = {.rlim_max = RLIM_INFINITY};
  limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)3 << 30);
  if (!pages || setrlimit(RLIMIT_AS, &limit)) return; /* a system that has no such limit */
  THONNXModel *model[MODELS];
  const float x[] = {1, 1, 1};
  for (int i = 0; i < MODELS; i++) {
    model[i] = opened(&m);
    THONNXTensor in = {.type = THONNX_FLOAT, .ndim = 2, .size = {1, 3}, .data = (void *)x}, out = {.data = NULL};
    ck_assert_msg(THONNX_run(model[i], &in, 1, &out, 1), "%s", THONNX_error());
    THONNX_release(&out, 1);
  }
  void *room = malloc((size_t)1 << 30);
  ck_assert_msg(room != NULL, "models left no addresses to others");
  free(room);
  for (int i = 0; i < MODELS; i++) THONNX_close(model[i]);
}
END_TEST

int main(void)
{
  const TTest *tests[] = {declared, values, classifier, wrong_calls, branches, empty_and_scalar, refusals, broken_files,
                          looked_at, looked_at_wrongly, lying_attribute, broken_looks, threads, too_much, growing,
                          much_in_turn, large_constants, stopping, kept_outputs, few_addresses};
  Suite *s = suite_create("onnx");
  TCase *tc = tcase_create("onnx");
  tcase_set_timeout(tc, 0);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tc, tests[i]);
  suite_add_tcase(s, tc);
  SRunner *sr = srunner_create(s);
  srunner_run_all(sr, CK_NORMAL);
  int failed = srunner_ntests_failed(sr);
  srunner_free(sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
