#ifndef THNN_ELEMENTS_HOST_H
#define THNN_ELEMENTS_HOST_H
/* For C files whose loops are made of the kernels in this folder: a generic file includes the kernels' header and says

     ELEMENT_LOOP(lstm, THNN_Cell)

   and the file that includes it

     static const THNN_Loop lstm[TH_NTYPES] = TH_BY_FLOAT_TYPE(lstm_loop);
     THNN_ELEMENTS(lstm, t, n, work, &cell, arrays...);

   which runs elements 0 .. n-1, each with so much `work`: in the pool's threads, or on the GPU where t is there. */
#include "THNNDevice.h"
#include "axisrule.h"
#include "window.h"

#define element real
#define WIDE double
#define ELEMENT_FN static inline
#define LOAD(p) (*(p))
#define STORE(p, v) (*(p) = (real)(v))
#define QUOTIENT(a, b) ((a) / (b))

typedef void (*THNN_Loop)(const void *a, int64_t first, int64_t last, void *const *at);
#define ELEMENT_LOOP(name, Arguments)                                                                                \
  static void T_(name##_loop)(const void *a, int64_t first, int64_t last, void *const *at)                           \
  {                                                                                                                  \
    for (int64_t i = first; i < last; i++) T_(name)((const Arguments *)a, i, at);                                    \
  }

void THNN_elements(THType type, THNNElement kernel, const THNN_Loop *loops, int64_t n, double work, const void *a,
                   void *const *at);
#define THNN_ELEMENTS(name, t, n, work, a, ...)                                                                      \
  THNN_elements((THType)(t)->type, THNN_##name, name, n, work, a, (void *[THNN_ELEMENT_ARRAYS]){__VA_ARGS__})

#endif
