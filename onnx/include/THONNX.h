#ifndef THONNX_H
#define THONNX_H
/* ONNX graphs run from C. Eleven functions; none of them raises or ends the program.

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

/* What went wrong in this thread's last call that failed: node, operator and reason, or the place in the file. */
THONNX_API const char *THONNX_error(void);
/* The text that the model keeps under that key, NULL without one. */
THONNX_API const char *THONNX_metadata(const THONNXModel *model, const char *key);

#ifdef __cplusplus
}
#endif
#endif
