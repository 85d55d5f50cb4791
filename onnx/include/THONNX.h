#ifndef THONNX_H
#define THONNX_H
/* ONNX graphs run from C, by fourteen functions, and looked at, by fifteen more; none of them raises or ends the program.

     THONNXModel *model = THONNX_open("model.onnx");
     if (!model) { fprintf(stderr, "%s\n", THONNX_error()); return 1; }
     float pixels[3 * 48 * 192], scores[2];
     THONNXTensor in = {.name = "x", .type = THONNX_FLOAT, .ndim = 4, .size = {1, 3, 48, 192}, .data = pixels};
     THONNXTensor out = {.data = scores, .bytes = sizeof scores};
     if (!THONNX_run(model, &in, 1, &out, 1)) fprintf(stderr, "%s\n", THONNX_error());
     THONNX_release(&out, 1);
     THONNX_close(model);

   A model is not changed by running: any number of threads may run one at the same time. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#define THONNX_API __attribute__((visibility("default")))

/* Element types, numbered as in ONNX. A string is a `const char *` that ends with 0. */
typedef enum THONNXType {
  THONNX_ANY = 0, /* not said by the model, or no tensor */
  THONNX_FLOAT = 1,
  THONNX_UINT8 = 2,
  THONNX_INT8 = 3,
  THONNX_UINT16 = 4,
  THONNX_INT16 = 5,
  THONNX_INT32 = 6,
  THONNX_INT64 = 7,
  THONNX_STRING = 8,
  THONNX_BOOL = 9,
  THONNX_HALF = 10,
  THONNX_DOUBLE = 11,
  THONNX_UINT32 = 12,
  THONNX_UINT64 = 13,
  THONNX_COMPLEX64 = 14,
  THONNX_COMPLEX128 = 15,
  THONNX_BFLOAT16 = 16
} THONNXType;

enum { THONNX_DIMS = 10 };

/* A tensor of the caller, row by row without gaps. ndim 0 is a single number.
   As input: name (NULL: by position), type, ndim, size and data are the caller's; data is read during the run only.
   As output: name (NULL: by position) says which; where data is given, `bytes` of room there are filled, and too little
   room is an error; where data is NULL the library gives memory, which THONNX_release gives back. type, ndim, size and
   bytes are then what came out. */
typedef struct THONNXTensor {
  const char *name;
  THONNXType type;
  int ndim;
  int64_t size[THONNX_DIMS];
  void *data;
  size_t bytes;
  void *owner; /* the library's */
} THONNXTensor;

/* An input or output as the model declares it. */
typedef struct THONNXInfo {
  const char *name;
  THONNXType type;
  int ndim;                        /* -1: any */
  int64_t size[THONNX_DIMS];       /* -1: any */
  const char *sizeName[THONNX_DIMS]; /* of a size that is any: its name, or NULL */
} THONNXInfo;

typedef struct THONNXModel THONNXModel;

/* Reads a model; its weights stay in the file, mapped. NULL on error: a broken file, or operators that are not supported,
   all of them named at once. */
THONNX_API THONNXModel *THONNX_open(const char *path);
/* The same from memory, which must stay as it is until THONNX_close. Weights in other files are refused. */
THONNX_API THONNXModel *THONNX_openMemory(const void *data, size_t bytes);
/* Whether models opened from now on have their nodes joined, their weights packed and bytes kept as bytes (they have, at
   first). Without it results may differ in the last digits: for comparisons. */
THONNX_API void THONNX_optimize(bool on);
/* NULL is ignored. No run may be under way. */
THONNX_API void THONNX_close(THONNXModel *model);

/* How many inputs a run needs (weights with a value in the model are none), and what the i-th one is; NULL beyond. */
THONNX_API int THONNX_inputs(const THONNXModel *model);
THONNX_API const THONNXInfo *THONNX_input(const THONNXModel *model, int i);
THONNX_API int THONNX_outputs(const THONNXModel *model);
THONNX_API const THONNXInfo *THONNX_output(const THONNXModel *model, int i);

/* Computes the outputs asked for from the inputs; false on error, and then no output holds memory of the library. */
THONNX_API bool THONNX_run(const THONNXModel *model, const THONNXTensor *inputs, int ninputs, THONNXTensor *outputs,
                           int noutputs);
/* Gives back what THONNX_run gave. */
THONNX_API void THONNX_release(THONNXTensor *outputs, int noutputs);

/* Bytes that all tensors, models and runs of the process together may have while a model is opened or run: what would be
   beyond that is an error, which names the node, its result's sizes and the bytes. bytes 0: three quarters of the machine's
   memory, or of the control group's where that has less (so it is at first); negative: as it is. Returns the limit. */
THONNX_API int64_t THONNX_limitMemory(int64_t bytes);
/* Runs of the model that are under way end soon, with an error: after the node that each computes. NULL: those of all models,
   and opening, too. Runs that begin later are not meant. May be called by any thread, and by a signal handler; the model must
   not be closed meanwhile. */
THONNX_API void THONNX_stop(THONNXModel *model);

/* What went wrong in this thread's last call that failed: node, operator and reason, or the place in the file. */
THONNX_API const char *THONNX_error(void);
/* The text that the model keeps under that key, NULL without one. */
THONNX_API const char *THONNX_metadata(const THONNXModel *model, const char *key);

/* ---- graphs to be looked at: importers ----

   A graph as it stands in the file: nodes in their order, none joined or left out, whatever their operators are.

     THONNXGraph *g = THONNX_openGraph("model.onnx");
     THONNXNode node;
     for (int i = 0; g && THONNX_node(g, i, &node); i++) puts(node.type);
     THONNX_closeGraph(g);

   What the functions below give is the graph's, and stays until it is closed. A graph is never changed: any number of
   threads may look at one. A number, name or kind that is not there gives NULL or false, and THONNX_error says which. */
typedef struct THONNXGraph THONNXGraph;

typedef struct THONNXNode {
  const char *type, *name, *domain; /* the operator's; "" is ONNX's own domain; name may be "" */
  int ninputs, noutputs, nattributes;
  const char *const *input, *const *output; /* names of values; "" for what is left out */
} THONNXNode;

/* Kinds of attributes, numbered as in ONNX. */
typedef enum THONNXKind {
  THONNX_A_FLOAT = 1,
  THONNX_A_INT = 2,
  THONNX_A_TEXT = 3,
  THONNX_A_TENSOR = 4,
  THONNX_A_GRAPH = 5,
  THONNX_A_FLOATS = 6,
  THONNX_A_INTS = 7,
  THONNX_A_TEXTS = 8
} THONNXKind;

typedef struct THONNXAttribute {
  const char *name;
  THONNXKind kind; /* of others than those above, no value can be had */
  int count;       /* of values; 1 for what is no list */
} THONNXAttribute;

/* Reads a model without making it ready to run; operators need not be known. NULL on error, as THONNX_open. */
THONNX_API THONNXGraph *THONNX_openGraph(const char *path);
/* The same from memory, which must stay as it is until THONNX_closeGraph. Weights in other files are refused. */
THONNX_API THONNXGraph *THONNX_openGraphMemory(const void *data, size_t bytes);
/* NULL, and a graph that is an attribute's, are left alone. */
THONNX_API void THONNX_closeGraph(THONNXGraph *graph);
/* The version of a domain's operators that the model was written for, "" being ONNX's own; 0: it names none. */
THONNX_API int THONNX_opset(const THONNXGraph *graph, const char *domain);
/* Fills in node number i; false beyond the last. */
THONNX_API bool THONNX_node(const THONNXGraph *graph, int i, THONNXNode *node);
/* What the graph is given, weights included where the file lists them, and what it gives; NULL beyond the last. */
THONNX_API const THONNXInfo *THONNX_graphInput(const THONNXGraph *graph, int i);
THONNX_API const THONNXInfo *THONNX_graphOutput(const THONNXGraph *graph, int i);
/* Fills in weight number i, whose data are the file's, to be read only; false beyond the last. */
THONNX_API bool THONNX_weight(const THONNXGraph *graph, int i, THONNXTensor *weight);
/* Fills in attribute number i of a node; false beyond the last. */
THONNX_API bool THONNX_attribute(const THONNXGraph *graph, int node, int i, THONNXAttribute *attribute);
/* The values of the attribute of that name, and how many they are; a single one is a list of one. NULL where the node has
   no such attribute, or one of another kind. */
THONNX_API const int64_t *THONNX_ints(const THONNXGraph *graph, int node, const char *name, int *count);
THONNX_API const float *THONNX_floats(const THONNXGraph *graph, int node, const char *name, int *count);
THONNX_API const char *const *THONNX_texts(const THONNXGraph *graph, int node, const char *name, int *count);
/* Fills in a tensor that is an attribute, as THONNX_weight. */
THONNX_API bool THONNX_tensor(const THONNXGraph *graph, int node, const char *name, THONNXTensor *tensor);
/* A graph that is an attribute: a branch, the body of a loop. It goes with the one around it. */
THONNX_API const THONNXGraph *THONNX_subgraph(const THONNXGraph *graph, int node, const char *name);

#ifdef __cplusplus
}
#endif
#endif
