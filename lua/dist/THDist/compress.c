/* Gradients as signs: 1 bit an element, and two numbers for 1,024 of them. What is lost is kept, and added to the next
   gradient. After F. Seide, H. Fu, J. Droppo, G. Li, D. Yu, 1-bit stochastic gradient descent, 2014. */
#include "THDist/THDist.h"

enum { BLOCK = 1024, SCALES = 2 * sizeof(float), BYTES = SCALES + BLOCK / 8 };

static int64_t blocks_of(int64_t n) { return (n + BLOCK - 1) / BLOCK; }

/* Of a block: the bits, what stands for those that are set and those that are not, and the errors. */
#define SIGNS(real, NAME)                                                                          \
  static void encode_##NAME(unsigned char *bytes, const real *x, real *residual, int64_t n)        \
  {                                                                                                \
    double sum[2] = {0, 0};                                                                        \
    int64_t count[2] = {0, 0};                                                                     \
    for (int64_t i = 0; i < n; i++) {                                                              \
      residual[i] += x[i];                                                                         \
      int set = residual[i] >= 0;                                                                  \
      sum[set] += residual[i];                                                                     \
      count[set]++;                                                                                \
      bytes[SCALES + i / 8] |= (unsigned char)(set << i % 8);                                      \
    }                                                                                              \
    float scale[2] = {(float)(sum[0] / THMax(count[0], 1)), (float)(sum[1] / THMax(count[1], 1))}; \
    memcpy(bytes, scale, SCALES);                                                                  \
    for (int64_t i = 0; i < n; i++) residual[i] -= (real)scale[residual[i] >= 0];                  \
  }                                                                                                \
  static void decode_##NAME(real *x, const unsigned char *bytes, int64_t n, real factor)           \
  {                                                                                                \
    float scale[2];                                                                                \
    memcpy(scale, bytes, SCALES);                                                                  \
    for (int64_t i = 0; i < n; i++) x[i] += factor * (real)scale[bytes[SCALES + i / 8] >> i % 8 & 1]; \
  }
SIGNS(float, Float)
SIGNS(double, Double)

static void check(const THAnyTensor *t, int argNumber)
{
  THArgCheck((t->type == TH_FLOAT || t->type == TH_DOUBLE) && THAnyTensor_isContiguous(t), argNumber,
             "a contiguous Float- or DoubleTensor expected, got a %sTensor", THType_name(t->type));
}

void THDist_encodeSigns(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *residual)
{
  check(t, 2);
  check(residual, 3);
  int64_t n = THAnyTensor_nElement(t), blocks = blocks_of(n), size = blocks * BYTES;
  THArgCheck(residual->type == t->type && THAnyTensor_nElement(residual) == n, 3, "as many elements as the gradient's expected");
  THArgCheck(r_->type == TH_BYTE, 1, "a ByteTensor expected, got a %sTensor", THType_name(r_->type));
  THAnyTensor_resizeNd(r_, 1, &size, NULL);
  THAnyTensor_fill(r_, THScalar_fromInt(0));
  unsigned char *bytes = THAnyTensor_data(r_);
  const void *from = THAnyTensor_data(t);
  void *rest = THAnyTensor_data(residual);
  for (int64_t b = 0, i = 0; b < blocks; b++, i += BLOCK, bytes += BYTES) {
    if (t->type == TH_FLOAT) encode_Float(bytes, (const float *)from + i, (float *)rest + i, THMin(BLOCK, n - i));
    else encode_Double(bytes, (const double *)from + i, (double *)rest + i, THMin(BLOCK, n - i));
  }
}

void THDist_decodeSigns(THAnyTensor *r_, THAnyTensor *t, double factor)
{
  check(r_, 1);
  int64_t n = THAnyTensor_nElement(r_), blocks = blocks_of(n);
  THArgCheck(t->type == TH_BYTE && THAnyTensor_isContiguous(t) && THAnyTensor_nElement(t) == blocks * BYTES, 2,
             "%lld bytes expected, got %s", (long long)(blocks * BYTES), THAnyTensor_sizeDesc(t).str);
  const unsigned char *bytes = THAnyTensor_data(t);
  void *into = THAnyTensor_data(r_);
  for (int64_t b = 0, i = 0; b < blocks; b++, i += BLOCK, bytes += BYTES) {
    if (r_->type == TH_FLOAT) decode_Float((float *)into + i, bytes, THMin(BLOCK, n - i), (float)factor);
    else decode_Double((double *)into + i, bytes, THMin(BLOCK, n - i), factor);
  }
}
