#ifndef THNN_H
#define THNN_H
/* The kernels of nn, for FloatTensor and DoubleTensor, and most of them for CudaTensor,
   CudaDoubleTensor and CudaHalfTensor, too (THNNDevice.h); the others refuse those by name.

   Every function takes a state first, which is ignored (pass NULL). Tensors are of the type of the
   first one, except index tensors (target of the classification criteria, indices of pooling, input
   of LookupTable), which are LongTensors, on the same side, with 1-based positions. Tensors that may
   be NULL are marked so. Outputs and gradients of inputs are resized; gradWeight, gradBias are added
   to, times scale. Arguments are borrowed; all are checked before anything is written, and an error
   names the layer, the expected and the given sizes. Results do not depend on the number of threads.

   Layers take planes first: (batch x) planes x (time x) height x width. finput, fgradInput, columns,
   ones, gradColumns and addBuffer are buffers of Torch7's signatures: they may be NULL and are left
   alone. */
#include "THNNKernels.h" /* made of the rows in nn/ops */

/* In generic files (THGenerateFloatTypes.h): THNN_(Abs_updateOutput) is that of the type. */
#define THNN_(NAME) TH_CONCAT_3(THNN_, Real, NAME)

/* Float convolutions on the CPU: whether kernels of 3x3 and 5x5 with stride 1 may be done by minimal filtering
   (direct/winograd.h), which is faster, and whose rounding errors are about twice those of a sum in order.
   Yes at first. */
TH_API bool THNN_winograd(void);
TH_API void THNN_setWinograd(bool on);
/* How a convolution of floats is done: "winograd", "direct", "planes" (by single planes), "product" (unfolded, by
   BLAS), or "groups": one after another, each in one of these ways. pass: 0 output, 1 gradInput, 2 gradWeight; the arrays
   (input size, kernel, stride, padding, dilation) are T, H, W. */
TH_API const char *THNN_convolutionWay(int pass, int64_t groups, int64_t planes, int64_t outputs, const int64_t *in,
                                       const int64_t *k, const int64_t *d, const int64_t *pad,
                                       const int64_t *dil);

#endif
