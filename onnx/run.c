/* Running: nodes in order, values freed after their last use. And the functions of THONNX.h, none of which raises. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "graph.h"

/* ---- nodes ---- */

OnnxValue *THOnnx_make(OnnxCall *c, int i, THONNXType type, int ndim, const int64_t *size)
{
  OnnxValue *v = THOnnx_new(type, ndim, size);
  THOnnx_give(c, i, v);
  return v;
}

void THOnnx_give(OnnxCall *c, int i, OnnxValue *v)
{
  if (i >= c->nout || c->out[i]) THOnnx_free(v);
  else c->out[i] = v;
}

static bool is_16(const OnnxValue *v)
{
  return v && v->kind == ONNX_TENSOR && (v->type == THONNX_HALF || v->type == THONNX_BFLOAT16);
}

static void keep_strings(const OnnxCall *c)
{
  for (int o = 0; o < c->nout; o++) {
    OnnxValue *v = c->out[o];
    if (!v || v->kind != ONNX_TENSOR || v->type != THONNX_STRING || !v->buffer || v->buffer->release) continue;
    for (int i = 0; i < c->nin; i++)
      if (c->in[i] && c->in[i]->kind == ONNX_TENSOR && c->in[i]->type == THONNX_STRING) THOnnx_keep(v->buffer, c->in[i]->buffer);
  }
}

/* Operators that do not know 16-bit numbers compute in floats. */
static void run_by_float(OnnxCall *c, THONNXType type)
{
  enum { MAX = 32 };
  OnnxValue *given[MAX], **in = c->in;
  const int n = c->nin;
  THOnnx_check(n <= MAX, "too many inputs of 16 bits");
  OnnxValue *holder = THOnnx_newSequence(n); /* frees the converted ones if the operator raises */
  ONNX_AUTO held = holder;
  for (int i = 0; i < n; i++) {
    holder->item[i] = is_16(in[i]) ? THOnnx_newCast(in[i], THONNX_FLOAT) : THOnnx_retain(in[i]);
    given[i] = holder->item[i];
  }
  OnnxCall floats = *c;
  floats.in = given;
  c->node->op->run(&floats);
  for (int i = 0; i < c->nout; i++) {
    if (!c->out[i] || c->out[i]->kind != ONNX_TENSOR || c->out[i]->type != THONNX_FLOAT) continue;
    OnnxValue *r = THOnnx_newCast(c->out[i], type);
    THOnnx_free(c->out[i]);
    c->out[i] = r;
  }
}

static void run_call(void *arg)
{
  OnnxCall *c = arg;
  const OnnxOp *op = c->node->op;
  const OnnxValue *half = NULL;
  if (!(op->flags & (ONNX_MOVES | ONNX_HALVES | ONNX_GRAPHS)))
    for (int i = 0; i < c->nin && !half; i++)
      if (is_16(c->in[i])) half = c->in[i];
  for (int i = 0; i < op->minIn && i < c->nin; i++) THOnnx_check(c->in[i] || op->maxIn < 0, "input %d is missing", i + 1);
  if (half) run_by_float(c, half->type);
  else op->run(c);
  keep_strings(c);
}

void THOnnx_runNode(const OnnxNode *n, OnnxValue **in, OnnxValue **out, OnnxValue **scope)
{
  char message[700];
  OnnxCall c = {n, n->nin, n->nout, in, out, scope};
  if (THTry(run_call, &c, message, sizeof message)) return;
  for (int i = 0; i < n->nout; i++) {
    THOnnx_free(out[i]);
    out[i] = NULL;
  }
  if (!strncmp(message, "node '", 6)) THError("%s", message); /* of a graph inside */
  THOnnx_raise("node '%s' (%s): %s", *n->name ? n->name : n->nout ? n->out[0] : "", n->type, message);
}

/* ---- graphs ---- */

typedef struct Frame {
  const OnnxGraph *graph;
  OnnxValue **value; /* by slot; counts are the frame's */
} Frame;

static void Frame_autofree(Frame *f)
{
  for (int i = 0; f->value && i < f->graph->nslots; i++) THOnnx_free(f->value[i]);
  THFree(f->value);
}

static void start_frame(Frame *f)
{
  f->value = THAlloc((f->graph->nslots + 1) * (ptrdiff_t)sizeof(OnnxValue *));
  for (int i = 0; i < f->graph->nslots; i++) f->value[i] = THOnnx_retain(f->graph->constant[i]);
}

enum { FEW = 16 };
static void run_step(Frame *f, const OnnxNode *n)
{
  OnnxValue *few[2 * FEW];
  const int total = n->nin + n->nout;
  TH_AUTO_MEM OnnxValue **many = total > 2 * FEW ? THAlloc(total * (ptrdiff_t)sizeof(OnnxValue *)) : NULL;
  OnnxValue **in = many ? many : few, **out = in + n->nin;
  for (int i = 0; i < n->nin; i++) in[i] = n->inSlot[i] < 0 ? NULL : f->value[n->inSlot[i]];
  for (int i = 0; i < n->nout; i++) out[i] = NULL;
  THOnnx_runNode(n, in, out, f->value);
  bool complete = true;
  for (int i = 0; i < n->nout; i++) {
    if (n->outSlot[i] < 0) {
      THOnnx_free(out[i]);
    } else {
      f->value[n->outSlot[i]] = out[i];
      complete = complete && out[i];
    }
  }
  if (!complete) THOnnx_raise("node '%s' (%s): an output that is needed was not computed", n->name, n->type);
  for (int i = 0; i < n->nfreed; i++) {
    THOnnx_free(f->value[n->freed[i]]);
    f->value[n->freed[i]] = NULL;
  }
}

static void run_frame(Frame *f)
{
  for (int i = 0; i < f->graph->nlive; i++) {
    THOnnx_checkStop();
    run_step(f, &f->graph->node[i]);
  }
}

void THOnnx_runGraph(const OnnxGraph *g, OnnxValue **scope, int nin, OnnxValue *const *in, OnnxValue **out)
{
  __attribute__((cleanup(Frame_autofree))) Frame f = {g, NULL};
  THOnnx_checkStop();
  THOnnx_check(nin == g->ninputs, "the graph inside takes %d inputs, not %d", g->ninputs, nin);
  start_frame(&f);
  for (int i = 0; i < g->ncaptured; i++) {
    THOnnx_check(scope[g->capturedFrom[i]], "a captured value is not there");
    f.value[g->capturedTo[i]] = THOnnx_retain(scope[g->capturedFrom[i]]);
  }
  for (int i = 0; i < nin; i++) {
    THOnnx_free(f.value[g->input[i].slot]);
    f.value[g->input[i].slot] = THOnnx_retain(in[i]);
  }
  run_frame(&f);
  for (int i = 0; i < g->noutputs; i++) out[i] = THOnnx_retain(f.value[g->output[i].slot]);
}

/* ---- open and close ---- */

/* The text of a thread; memory of its own, for libraries that are loaded late have little that is thread-local. */
enum { ERROR_ROOM = 2048 };
static pthread_once_t error_once = PTHREAD_ONCE_INIT;
static pthread_key_t error_key;
static void make_error_key(void) { pthread_key_create(&error_key, free); }

static char *error_text(void)
{
  pthread_once(&error_once, make_error_key);
  char *text = pthread_getspecific(error_key);
  if (text) return text;
  text = calloc(1, ERROR_ROOM);
  pthread_setspecific(error_key, text);
  return text;
}
bool THOnnx_tell(const char *format, ...)
{
  char *text = error_text();
  va_list args;
  va_start(args, format);
  if (text) vsnprintf(text, ERROR_ROOM, format, args);
  va_end(args);
  return false;
}
const char *THONNX_error(void)
{
  const char *text = error_text();
  return text ? text : "out of memory";
}

static char *copy_of(const char *s, size_t n)
{
  char *r = THAlloc((ptrdiff_t)n + 1);
  memcpy(r, s, n);
  r[n] = 0;
  return r;
}

static void free_model(THONNXModel *m)
{
  if (!m) return;
  THOnnx_freeGraph(m->graph);
  for (int i = 0; i < m->nopsets; i++) THFree(m->opset[i].domain);
  for (int i = 0; i < m->nmetadata; i++) {
    THFree(m->key[i]);
    THFree(m->text[i]);
  }
  for (int i = 0; i < m->nexternal; i++) {
    THFree(m->externalName[i]);
    THOnnx_freeBuffer(m->external[i]);
  }
  void *lists[] = {m->opset, m->key, m->text, m->externalName, m->external, m->externalSize, m->inputIndex, m->folder};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) THFree(lists[i]);
  THOnnx_freeBuffer(m->file);
  for (size_t i = 0; i < sizeof m->idle / sizeof *m->idle; i++) THOnnx_freeArena(m->idle[i]);
  THOnnx_freeArena(m->arena);
  THFree(m);
}
static void THONNXModel_autofree(THONNXModel **m) { free_model(*m); }
void THONNX_close(THONNXModel *model) { free_model(model); }

typedef struct Opening {
  const char *path;
  const void *data;
  size_t bytes;
  bool look; /* it is not to be run */
  THONNXModel *model;
} Opening;

static bool optimizing = true;
void THONNX_optimize(bool on) { __atomic_store_n(&optimizing, on, __ATOMIC_RELAXED); }

static void nothing(void *context) { (void)context; }

static void load(void *arg)
{
  Opening *o = arg;
  ONNX_AUTO_LEAVE before;
  TH_AUTO(THONNXModel) m = THAlloc(sizeof *m);
  memset(m, 0, sizeof *m);
  m->arena = o->look ? NULL : THOnnx_newArena();
  THOnnx_enter(&before, m->arena, NULL);
  if (o->path) {
    const char *slash = strrchr(o->path, '/');
    m->folder = slash ? copy_of(o->path, slash == o->path ? 1 : (size_t)(slash - o->path)) : copy_of(".", 1);
    m->file = THOnnx_newMapping(o->path, &o->bytes);
    m->file->mapped = true;
    o->data = m->file->data;
  } else {
    m->file = THOnnx_newBuffer((void *)o->data, nothing, NULL);
  }
  m->looked = o->look;
  THOnnx_parse(m, o->data, o->bytes);
  if (!o->look) THOnnx_prepare(m, __atomic_load_n(&optimizing, __ATOMIC_RELAXED));
  /* What was read to be packed and folded need not stay in memory; what runs read comes back. */
  if (o->path && o->bytes) madvise(m->file->data, o->bytes, MADV_DONTNEED);
  THOnnx_trimArena(m->arena, 0);
  o->model = TH_RELEASE(m);
}

static THONNXModel *open_model(Opening *o)
{
  char message[1900];
  if (THTry(load, o, message, sizeof message)) return o->model;
  THOnnx_tell("%s%s%s", o->path ? o->path : "", o->path ? ": " : "", message);
  return NULL;
}

THONNXModel *THONNX_open(const char *path) { return THOnnx_given(path, "path") ? open_model(&(Opening){.path = path}) : NULL; }
THONNXModel *THONNX_openMemory(const void *data, size_t bytes)
{
  return THOnnx_given(data, "data") ? open_model(&(Opening){.data = data, .bytes = bytes}) : NULL;
}

static THONNXGraph *open_graph(Opening *o)
{
  THONNXModel *m = open_model(o);
  if (!m) return NULL;
  m->graph->model = m;
  return m->graph;
}
THONNXGraph *THONNX_openGraph(const char *path)
{
  return THOnnx_given(path, "path") ? open_graph(&(Opening){.path = path, .look = true}) : NULL;
}
THONNXGraph *THONNX_openGraphMemory(const void *data, size_t bytes)
{
  return THOnnx_given(data, "data") ? open_graph(&(Opening){.data = data, .bytes = bytes, .look = true}) : NULL;
}
void THONNX_closeGraph(THONNXGraph *g)
{
  if (g) free_model(g->model);
}

int THONNX_inputs(const THONNXModel *m) { return THOnnx_given(m, "model") ? m->ninputs : 0; }
int THONNX_outputs(const THONNXModel *m) { return THOnnx_given(m, "model") ? m->graph->noutputs : 0; }
const THONNXInfo *THONNX_input(const THONNXModel *m, int i)
{
  return i < 0 || i >= THONNX_inputs(m) ? NULL : &m->graph->input[m->inputIndex[i]].info;
}
const THONNXInfo *THONNX_output(const THONNXModel *m, int i)
{
  return i < 0 || i >= THONNX_outputs(m) ? NULL : &m->graph->output[i].info;
}
const char *THONNX_metadata(const THONNXModel *m, const char *key)
{
  if (!THOnnx_given(m, "model") || !THOnnx_given(key, "key")) return NULL;
  for (int i = 0; i < m->nmetadata; i++)
    if (m->key[i] && !strcmp(m->key[i], key)) return m->text[i] ? m->text[i] : "";
  return NULL;
}

/* ---- run ---- */

typedef struct Running {
  const THONNXModel *model;
  const THONNXTensor *in;
  int nin;
  THONNXTensor *out;
  int nout;
} Running;

static const OnnxDeclared *input_of(const Running *r, int i)
{
  const OnnxGraph *g = r->model->graph;
  if (!r->in[i].name) {
    THOnnx_check(i < r->model->ninputs, "the model takes %d inputs", r->model->ninputs);
    return &g->input[r->model->inputIndex[i]];
  }
  for (int k = 0; k < g->ninputs; k++)
    if (!strcmp(g->input[k].info.name, r->in[i].name)) return &g->input[k];
  THOnnx_raise("the model has no input '%s'", r->in[i].name);
}

static void check_declared(const THONNXInfo *d, const THONNXTensor *t)
{
  THOnnx_check(d->type == THONNX_ANY || d->type == t->type, "input '%s': %s is expected, not %s", d->name,
             THOnnx_typeName(d->type), THOnnx_typeName(t->type));
  bool fits = d->ndim < 0 || d->ndim == t->ndim;
  for (int k = 0; fits && k < d->ndim; k++) fits = d->size[k] < 0 || d->size[k] == t->size[k];
  if (fits) return;
  char text[200] = "";
  for (int k = 0, used = 0; k < d->ndim && used < 180; k++)
    used += d->size[k] >= 0 ? snprintf(text + used, 200 - (size_t)used, "%s%lld", k ? " x " : "", (long long)d->size[k])
                            : snprintf(text + used, 200 - (size_t)used, "%s%.20s", k ? " x " : "", d->sizeName[k] ? d->sizeName[k] : "?");
  THOnnx_raise("input '%s': shape [%s] is expected, not %s", d->name, text, _THSizeDesc(t->size, t->ndim).str);
}

static void give_input(const Running *r, Frame *f, int i)
{
  const OnnxDeclared *d = input_of(r, i);
  const THONNXTensor *t = &r->in[i];
  THOnnx_check(t->ndim >= 0 && t->ndim <= ONNX_DIMS, "input '%s': %d dimensions", d->info.name, t->ndim);
  check_declared(&d->info, t);
  OnnxValue *v = THOnnx_newOver(t->type, t->ndim, t->size, t->data, NULL);
  THOnnx_free(f->value[d->slot]);
  f->value[d->slot] = v;
  THOnnx_check(t->data || !v->count, "input '%s' has no data", d->info.name);
}

static int output_of(const Running *r, int i)
{
  const OnnxGraph *g = r->model->graph;
  if (!r->out[i].name) {
    THOnnx_check(i < g->noutputs, "the model has %d outputs", g->noutputs);
    return i;
  }
  for (int k = 0; k < g->noutputs; k++)
    if (!strcmp(g->output[k].info.name, r->out[i].name)) return k;
  THOnnx_raise("the model has no output '%s'", r->out[i].name);
}

static void fill_output(const Running *r, Frame *f, int i)
{
  const OnnxDeclared *d = &r->model->graph->output[output_of(r, i)];
  OnnxValue *v = f->value[d->slot];
  THONNXTensor *t = &r->out[i];
  if (v->kind == ONNX_SEQUENCE && v->nitems == 1) v = v->item[0];
  THOnnx_check(v->kind == ONNX_TENSOR, "output '%s' is no tensor", d->info.name);
  const size_t bytes = (size_t)v->count * THOnnx_width(v->type);
  if (t->data && !t->owner) {
    THOnnx_check(t->bytes >= bytes, "output '%s' takes %zu bytes, there is room for %zu", d->info.name, bytes, t->bytes);
    if (bytes) memcpy(t->data, v->data, bytes);
  } else { /* a value that borrows the caller's memory, or the model's, is copied */
    const bool own = v->buffer && !v->buffer->release;
    OnnxValue *kept = own || !v->count || v->type == THONNX_STRING ? THOnnx_retain(v) : THOnnx_new(v->type, v->ndim, v->size);
    if (kept != v) memcpy(kept->data, v->data, bytes);
    t->owner = kept;
    t->data = kept->data;
  }
  t->type = v->type;
  t->ndim = v->ndim;
  t->bytes = bytes;
  for (int k = 0; k < v->ndim; k++) t->size[k] = v->size[k];
}

/* The arena of a run that is over, or a new one; for the next run when this one is over. */
typedef struct Turn {
  THONNXModel *model;
  OnnxArena *arena;
  OnnxPlace before;
} Turn;

static void begin_turn(Turn *t, THONNXModel *model)
{
  *t = (Turn){.model = model};
  for (size_t i = 0; i < sizeof model->idle / sizeof *model->idle && !t->arena; i++)
    t->arena = __atomic_exchange_n(&model->idle[i], NULL, __ATOMIC_ACQ_REL);
  if (!t->arena) t->arena = THOnnx_newArena();
  THOnnx_enter(&t->before, t->arena, &model->stops);
}

static const int64_t KEPT = 64 << 20; /* of a run for the next one */

static void end_turn(Turn *t)
{
  THOnnx_leave(&t->before);
  THOnnx_trimArena(t->arena, KEPT);
  for (size_t i = 0; i < sizeof t->model->idle / sizeof *t->model->idle && t->arena; i++) {
    OnnxArena *none = NULL;
    if (__atomic_compare_exchange_n(&t->model->idle[i], &none, t->arena, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return;
  }
  THOnnx_freeArena(t->arena);
}

static void run_model(void *arg)
{
  const Running *r = arg;
  const OnnxGraph *g = r->model->graph;
  __attribute__((cleanup(end_turn))) Turn turn;
  begin_turn(&turn, (THONNXModel *)r->model); /* what a run leaves behind is nothing that another one sees */
  __attribute__((cleanup(Frame_autofree))) Frame f = {g, NULL};
  start_frame(&f);
  for (int i = 0; i < r->nin; i++) give_input(r, &f, i);
  for (int i = 0; i < r->model->ninputs; i++) {
    const OnnxDeclared *d = &g->input[r->model->inputIndex[i]];
    THOnnx_check(f.value[d->slot], "input '%s' is missing", d->info.name);
  }
  for (int i = 0; i < r->nout; i++) output_of(r, i);
  run_frame(&f);
  for (int i = 0; i < r->nout; i++) fill_output(r, &f, i);
}

bool THONNX_run(const THONNXModel *model, const THONNXTensor *in, int nin, THONNXTensor *out, int nout)
{
  if (!THOnnx_given(model, "model") || (nin && !THOnnx_given(in, "input")) || (nout && !THOnnx_given(out, "output"))) return false;
  if (nin < 0 || nout < 0) return THOnnx_tell("%d inputs and %d outputs", nin, nout);
  for (int i = 0; i < nout; i++) out[i].owner = NULL;
  Running r = {model, in, nin, out, nout};
  char message[ERROR_ROOM];
  if (THTry(run_model, &r, message, sizeof message)) return true;
  THOnnx_tell("%s", message);
  THONNX_release(out, nout);
  return false;
}

void THONNX_release(THONNXTensor *out, int nout)
{
  for (int i = 0; out && i < nout; i++) {
    if (!out[i].owner) continue;
    THOnnx_free(out[i].owner);
    out[i].owner = NULL;
    out[i].data = NULL;
  }
}
