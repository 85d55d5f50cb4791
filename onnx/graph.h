#ifndef ONNX_GRAPH_H
#define ONNX_GRAPH_H
/* A model in memory: values, nodes and graphs. All of it is read-only once it is loaded, but the counts of users. */
#include "THGeneral.h"
#include "THTry.h"
#include "THAnyTensor.h"
#include "THONNX.h"
#include "memory.h"
#include "tiles.h"

/* ---- values ---- */

enum { ONNX_DIMS = THONNX_DIMS };
typedef enum OnnxKind { ONNX_TENSOR, ONNX_SEQUENCE, ONNX_NONE /* an optional without a value */ } OnnxKind;

/* Memory that several values may share. */
typedef struct OnnxBuffer {
  int users;
  void *data;
  void (*release)(void *context); /* NULL: data lies behind this, in the same block */
  void *context;
  int64_t bytes; /* of the block */
  OnnxArena *arena;
  int64_t nstrings; /* data are so many strings, each freed by THFree; else 0 */
  bool mapped; /* of a file: its pages may be left, and come back when they are read */
  int nkept; /* buffers whose contents this one points to: characters of strings */
  struct OnnxBuffer *kept[4];
} OnnxBuffer;

typedef struct OnnxValue {
  int users;
  OnnxKind kind;
  THONNXType type;
  int ndim;
  int64_t size[ONNX_DIMS];
  int64_t count; /* of elements */
  void *data;    /* rows one after another; NULL when there are no elements */
  OnnxBuffer *buffer; /* NULL: somebody else's memory, which outlives this */
  int nitems;         /* of a sequence */
  struct OnnxValue **item;
} OnnxValue;

/* new*: one count is the caller's. */
OnnxValue *THOnnx_new(THONNXType type, int ndim, const int64_t *size);
OnnxValue *THOnnx_newOver(THONNXType type, int ndim, const int64_t *size, void *data, OnnxBuffer *buffer);
OnnxValue *THOnnx_newShaped(OnnxValue *v, int ndim, const int64_t *size); /* the same elements */
OnnxValue *THOnnx_newCast(OnnxValue *v, THONNXType type);
OnnxValue *THOnnx_newSequence(int n);
OnnxValue *THOnnx_newNone(void);
OnnxValue *THOnnx_newLongs(int n, const int64_t *x); /* a vector */
OnnxValue *THOnnx_retain(OnnxValue *v);
void THOnnx_free(OnnxValue *v);
static inline void OnnxValue_autofree(OnnxValue **v) { THOnnx_free(*v); }
#define ONNX_AUTO TH_AUTO(OnnxValue)
OnnxBuffer *THOnnx_newBuffer(void *data, void (*release)(void *), void *context);
void THOnnx_freeBuffer(OnnxBuffer *b);
/* v, or a copy of what the file holds where no processor should read it as it lies. */
OnnxValue *THOnnx_newAligned(OnnxValue *v);
/* The pages of v that lie in a file need not stay in memory. */
void THOnnx_leavePages(const OnnxValue *v);
/* v holds strings, each NULL or of THOnnx_newString, and frees them from now on. */
void THOnnx_ownStrings(OnnxValue *v);
char *THOnnx_newString(const char *s, size_t n);
void THOnnx_keep(OnnxBuffer *b, OnnxBuffer *other); /* b points into other */
/* v has one user, and its memory is its own: who has that count may write over it. */
bool THOnnx_isAlone(const OnnxValue *v);

size_t THOnnx_width(THONNXType type); /* bytes of an element; raises for types that are not there */
const char *THOnnx_typeName(THONNXType type);
int64_t THOnnx_product(const int64_t *size, int n); /* raises beyond int64_t */
int64_t THOnnx_long(const OnnxValue *v, int64_t i);
double THOnnx_double(const OnnxValue *v, int64_t i);
bool THOnnx_isFloating(THONNXType type);
void THOnnx_convert(THONNXType to, void *r, THONNXType from, const void *x, int64_t n);
THType THOnnx_thType(THONNXType type); /* TH_NTYPES where there is none */

/* ---- graphs ---- */

typedef enum OnnxAttributeType {
  ONNX_A_FLOAT = 1, ONNX_A_INT, ONNX_A_STRING, ONNX_A_TENSOR, ONNX_A_GRAPH,
  ONNX_A_FLOATS, ONNX_A_INTS, ONNX_A_STRINGS, ONNX_A_TENSORS, ONNX_A_GRAPHS
} OnnxAttributeType;

typedef struct THONNXGraph OnnxGraph;
typedef struct OnnxAttribute {
  char *name;
  char *reference; /* inside a function: the attribute of the call that is meant, else NULL */
  OnnxAttributeType type;
  float f;
  int64_t i;
  char *s;
  OnnxValue *t;
  OnnxGraph *g;
  int n; /* of the lists */
  float *floats;
  int64_t *ints;
  char **strings;
} OnnxAttribute;

struct OnnxOp;
typedef struct OnnxNode {
  char *name, *domain, *type;
  int nin, nout, nattributes;
  char **in, **out; /* names; "" for what is left out */
  OnnxAttribute *attribute;
  const struct OnnxOp *op;
  int version; /* of its domain's operators */
  int *inSlot, *outSlot; /* -1: left out */
  int nfreed, *freed;    /* slots that nobody reads after this node */
  void *prepared;        /* what the operator made of constant inputs at load */
  void (*releasePrepared)(void *);
  OnnxTail tail;         /* what followed, and is done at once (fuse.c) */
  uint64_t dying;        /* inputs, a bit each, that nobody reads after this node */
} OnnxNode;

typedef struct OnnxDeclared {
  THONNXInfo info;
  int slot;
} OnnxDeclared;

struct THONNXGraph {
  char *name;
  int nnodes, ninputs, noutputs, ninitial;
  int nlive; /* nodes that a run computes: the first ones */
  OnnxNode *node;
  OnnxDeclared *input, *output;
  char **initialName;
  OnnxValue **initial;
  int nslots;
  char **slotName;
  OnnxValue **constant; /* by slot; NULL for what a run computes */
  int ncaptured;        /* values of the graph around: its slot, and the one here */
  int *capturedFrom, *capturedTo;
  OnnxGraph *outer;
  THONNXModel *model; /* of a graph that was opened to be looked at, the outermost; else NULL */
};

typedef struct OnnxFunction {
  char *domain, *name;
  int nin, nout;
  char **in, **out;
  int nattributes;
  char **attribute;
  OnnxGraph *body;
  int ndefaults;
  OnnxAttribute *defaults;
} OnnxFunction;

typedef struct OnnxOpset {
  char *domain;
  int version;
} OnnxOpset;

struct THONNXModel {
  OnnxBuffer *file;
  char *folder; /* where other files may be; NULL: nowhere */
  int64_t ir;
  int nopsets;
  OnnxOpset *opset;
  int nmetadata;
  char **key, **text;
  OnnxGraph *graph;
  int nfunctions;
  OnnxFunction *function;
  int nexternal;
  char **externalName;
  OnnxBuffer **external;
  size_t *externalSize;
  int ninputs;
  int *inputIndex; /* inputs without a value of their own */
  bool looked;     /* at, not run: values are aligned from the start */
  OnnxArena *arena; /* of constants and packed weights */
  unsigned stops;  /* calls of THONNX_stop */
  OnnxArena *idle[16]; /* of runs that are over */
};

/* A file mapped, and its size; errors name it. */
OnnxBuffer *THOnnx_newMapping(const char *path, size_t *size);
/* Reads the file in model->file; raises with the offset of what is broken. */
void THOnnx_parse(THONNXModel *model, const void *data, size_t bytes);
/* Finds operators, gives values their slots, folds constants; where that is wanted, joins nodes. */
void THOnnx_prepare(THONNXModel *model, bool optimized);
/* Joins nodes with what follows them, and packs weights (fuse.c). */
void THOnnx_fuse(OnnxGraph *g);
/* Whether the node makes floats of many constant bytes, which may better stay bytes. */
bool THOnnx_isWidening(const OnnxNode *n, const OnnxGraph *g);
/* Values that a node reads, those of graphs inside included: fn(arg, slot). */
typedef void (*OnnxSlotFn)(void *arg, int slot);
void THOnnx_eachRead(const OnnxNode *n, OnnxSlotFn fn, void *arg);
void THOnnx_freeGraph(OnnxGraph *g);
/* The text of THONNX_error; returns false. */
__attribute__((format(printf, 1, 2))) bool THOnnx_tell(const char *format, ...);
/* Whether a caller gave something but NULL; else tells what `what` is. */
static inline bool THOnnx_given(const void *given, const char *what) { return given || THOnnx_tell("no %s: it is NULL", what); }
void THOnnx_freeAttribute(OnnxAttribute *a);

const OnnxAttribute *THOnnx_attribute(const OnnxNode *n, const char *name);
int64_t THOnnx_int(const OnnxNode *n, const char *name, int64_t otherwise);
double THOnnx_float(const OnnxNode *n, const char *name, double otherwise);
const char *THOnnx_string(const OnnxNode *n, const char *name, const char *otherwise);
/* NULL without it. count: how many there are. */
const int64_t *THOnnx_ints(const OnnxNode *n, const char *name, int *count);

/* ---- operators ---- */

typedef struct OnnxCall {
  const OnnxNode *node;
  int nin, nout;
  OnnxValue **in;  /* borrowed; NULL for what is left out */
  OnnxValue **out; /* to fill: counts become the caller's. NULL entries of outputs nobody reads may stay so */
  OnnxValue **scope; /* values of the graph that the node is in */
} OnnxCall;
typedef void (*OnnxFn)(OnnxCall *c);

enum {
  ONNX_MOVES = 1,   /* takes elements of any type as they are */
  ONNX_RANDOM = 2,  /* not to be folded */
  ONNX_GRAPHS = 4,  /* has graphs inside */
  ONNX_HALVES = 8,  /* knows 16-bit types itself; others get float instead */
};
typedef struct OnnxOp {
  const char *name;
  OnnxFn run;
  int since, last; /* versions of the operators; last 0: still there */
  int minIn, maxIn;
  int flags;
  const char *domain; /* NULL: ONNX's own */
} OnnxOp;
/* Made by fuse.c: of floats and scaled bytes; GELU with its tanh; a matrix times rows with a single 1; a softmax that is 0
   where it would be NaN; a convolution and the maxima of its windows. */
extern const OnnxOp THOnnx_bands, THOnnx_byteProduct, THOnnx_byteGather, THOnnx_tanhGelu, THOnnx_oneHotProduct, THOnnx_maskedSoftmax;
/* NULL when there is none. */
const OnnxOp *THOnnx_findOp(const char *domain, const char *type, int version);

/* Computes a node: fills out[i], whose counts become the caller's; raises with the node's name. */
void THOnnx_runNode(const OnnxNode *n, OnnxValue **in, OnnxValue **out, OnnxValue **scope);
/* Runs a graph inside: its inputs get `in`, its captured values come from scope; out gets counts of its outputs. */
void THOnnx_runGraph(const OnnxGraph *g, OnnxValue **scope, int nin, OnnxValue *const *in, OnnxValue **out);

/* ---- for the operators ---- */

static inline OnnxValue *THOnnx_in(const OnnxCall *c, int i) { return i < c->nin ? c->in[i] : NULL; }
/* Nobody reads input i after this, and its memory may hold what comes out. */
static inline bool THOnnx_isDying(const OnnxCall *c, int i)
{
  return i < 64 && i < c->nin && (c->node->dying >> i & 1) && c->in[i] && THOnnx_isAlone(c->in[i]);
}
static inline bool THOnnx_wants(const OnnxCall *c, int i) { return i < c->nout && c->node->outSlot[i] >= 0; }
OnnxValue *THOnnx_make(OnnxCall *c, int i, THONNXType type, int ndim, const int64_t *size); /* output i */
static inline OnnxValue *THOnnx_makeAs(OnnxCall *c, int i, const OnnxValue *like)
{
  return THOnnx_make(c, i, like->type, like->ndim, like->size);
}
void THOnnx_give(OnnxCall *c, int i, OnnxValue *v); /* takes the count */
__attribute__((noreturn, format(printf, 1, 2))) void THOnnx_raise(const char *format, ...);
#define THOnnx_check(condition, ...) ((condition) ? (void)0 : THOnnx_raise(__VA_ARGS__))
int THOnnx_axis(int64_t axis, int ndim); /* counted from the end when negative; checked */
/* The elements as int64_t; NULL without the value. *n is how many; freed by TH_AUTO_MEM. */
int64_t *THOnnx_newInts(const OnnxValue *v, int *n);
/* NumPy's broadcasting of n shapes. */
int THOnnx_broadcast(int n, OnnxValue *const *v, int64_t *size);
OnnxValue *THOnnx_newExpanded(OnnxValue *v, int ndim, const int64_t *size); /* v itself when it has that shape */
/* Copies a block of `width`-byte elements whose source has those strides (in elements). */
void THOnnx_copyStrided(void *r, const void *x, int ndim, const int64_t *size, const int64_t *stride, size_t width);
/* A tensor over memory that outlives it; stride NULL: rows one after another. */
THAnyTensor *THOnnx_newView(THType type, const void *data, int ndim, const int64_t *size, const int64_t *stride);
OnnxValue *THOnnx_newTransposed(OnnxValue *v, const int *order);
/* Row-major C[m x n] = alpha A B + beta C. */
void THOnnx_gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, const float *b,
               float beta, float *c);
#endif
