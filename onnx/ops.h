#ifndef ONNX_OPS_H
#define ONNX_OPS_H
/* What the families of operators share. Each family ends with its rows: OnnxOp onnx_<family>Ops[], closed by a row without
   a name. */
#include "graph.h"
#include "parallel/THParallel.h"
#define TH_LOOP_NAME onnx
#define TH_LOOP_LIST "onnx_map_list.h"
#include "loops/package.h"

#define ONNX_LINE(name) onnx_line(onnx_map_##name)

/* x op y with broadcasting, both of one type. */
OnnxValue *THOnnx_newPairs(THMapLine line, OnnxValue *x, OnnxValue *y);
/* A line of one input, with parameters s and t. */
OnnxValue *THOnnx_newMapped(THMapLine line, OnnxValue *x, double s, double t);
/* The same over n contiguous floats, r may be x. */
void THOnnx_mapFloats(THMapLine line, float *r, const float *x, int64_t n, double s, double t);
/* Sums, maxima... over axes; see reduce.c. */
typedef enum OnnxReduction { ONNX_SUM, ONNX_MEAN, ONNX_MAX, ONNX_MIN, ONNX_PROD, ONNX_L1, ONNX_L2, ONNX_SQUARES, ONNX_LOGSUM,
                             ONNX_LOGSUMEXP } OnnxReduction;
OnnxValue *THOnnx_newReduced(OnnxValue *x, OnnxReduction what, const bool *axis, bool keep);
/* Softmax of rows of n, in place; log: its logarithm. */
void THOnnx_softmaxRows(float *x, int64_t rows, int64_t n, bool log);
OnnxValue *THOnnx_newConcatenated(int n, OnnxValue *const *v, int axis);
/* Elements [first, first + n) of a dimension. */
OnnxValue *THOnnx_newPart(OnnxValue *x, int axis, int64_t first, int64_t n);
/* A tensor of strings, each NULL until it is set. */
OnnxValue *THOnnx_newStrings(int ndim, const int64_t *size);
void THOnnx_setString(OnnxValue *v, int64_t i, const char *s);
OnnxValue *THOnnx_newMatmul(OnnxValue *x, OnnxValue *y);
/* What THOnnx_oneHotProduct is prepared with: the rows of y with the bias (NULL: none) added, and the bias alone. */
OnnxValue *THOnnx_newOneHotTable(const OnnxValue *y, const OnnxValue *bias);
/* Computes in floats what is given as double, and back: for operators with float kernels alone. */
OnnxValue *THOnnx_newFloats(OnnxValue *v);

/* Windows of convolution and pooling: sizes by dimension. */
typedef struct OnnxWindow {
  int n;
  int64_t in[ONNX_DIMS], out[ONNX_DIMS], kernel[ONNX_DIMS], stride[ONNX_DIMS], dilation[ONNX_DIMS];
  int64_t before[ONNX_DIMS], after[ONNX_DIMS];
} OnnxWindow;
/* From a node's attributes; kernel NULL: kernel_shape. */
void THOnnx_window(const OnnxNode *node, const OnnxValue *x, const int64_t *kernel, OnnxWindow *w);
#endif
