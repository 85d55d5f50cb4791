/* Memory that runs out, at every allocation in turn, in kernels that keep packed weights or workspaces: convolutions
   in each of their ways, recurrent sequences, LAPACK by TH's own factorisations. Nothing may leak. */
#include "TH.h"
#include "THNN.h"
#include "th_test.h"

#define AUTO TH_AUTO(THAnyTensor)

static THAnyTensor *numbers(THType type, int n, const int64_t *size)
{
  THAnyTensor *t = THAnyTensor_newWithSizeNd(type, n, size, NULL);
  for (int64_t i = 0, all = THAnyTensor_nElement(t); i < all; i++)
    THScalar_store(type, (char *)THAnyTensor_data(t) + (size_t)i * THType_size(type), THScalar_fromDouble((double)(i * 37 % 11) / 8 - 0.5));
  return t;
}
#define NEW(type, ...) numbers(type, (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})

/* ---- convolutions ---- */

typedef struct Layer {
  THType type;
  int planes, outputs, kernel, stride, size;
} Layer;

static void image_layer(void *arg)
{
  const Layer *l = arg;
  const int k = l->kernel, d = l->stride, pad = k / 2, out = (l->size + 2 * pad - k) / d + 1;
  AUTO x = NEW(l->type, 2, l->planes, l->size, l->size);
  AUTO w = NEW(l->type, l->outputs, l->planes, k, k);
  AUTO b = NEW(l->type, l->outputs);
  AUTO gy = NEW(l->type, 2, l->outputs, out, out);
  AUTO y = THAnyTensor_new(l->type);
  AUTO gx = THAnyTensor_new(l->type);
  THNN_SpatialConvolutionMM_updateOutput(NULL, x, y, w, b, NULL, NULL, k, k, d, d, pad, pad);
  THNN_SpatialConvolutionMM_updateGradInput(NULL, x, gy, gx, w, NULL, NULL, k, k, d, d, pad, pad);
  THNN_SpatialConvolutionMM_accGradParameters(NULL, x, gy, w, b, NULL, NULL, k, k, d, d, pad, pad, 1);
}

static void volume_layer(void *arg)
{
  const THType type = *(THType *)arg;
  AUTO x = NEW(type, 2, 3, 5, 6, 7);
  AUTO w = NEW(type, 16, 3, 2, 3, 3);
  AUTO b = NEW(type, 16);
  AUTO gy = NEW(type, 2, 16, 4, 4, 5);
  AUTO y = THAnyTensor_new(type);
  AUTO gx = THAnyTensor_new(type);
  THNN_VolumetricConvolution_updateOutput(NULL, x, y, w, b, NULL, NULL, 1, 1, 1, 0, 0, 0);
  THNN_VolumetricConvolution_updateGradInput(NULL, x, gy, gx, w, NULL, 1, 1, 1, 0, 0, 0);
  THNN_VolumetricConvolution_accGradParameters(NULL, x, gy, w, b, NULL, NULL, 1, 1, 1, 0, 0, 0, 1);
}

START_TEST(convolutions)
{
  Layer layers[] = {{TH_FLOAT, 16, 16, 3, 1, 9}, {TH_FLOAT, 5, 17, 3, 2, 9}, {TH_FLOAT, 16, 24, 1, 1, 8},
                    {TH_FLOAT, 3, 2, 5, 1, 9}, {TH_DOUBLE, 4, 9, 3, 1, 7}};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) th_exhaust(image_layer, &layers[i]);
  for (int type = TH_FLOAT; type <= TH_DOUBLE; type++) th_exhaust(volume_layer, &(THType){(THType)type});
}
END_TEST

/* ---- sequences ---- */

static void lstm(void *arg)
{
  const THType type = *(THType *)arg;
  enum { STEPS = 3, BATCH = 50, D = 20, N = 24 };
  AUTO x = NEW(type, STEPS, BATCH, D);
  AUTO w = NEW(type, D + N, 4 * N);
  AUTO b = NEW(type, 4 * N);
  AUTO dh = NEW(type, BATCH, N);
  AUTO dc = NEW(type, BATCH, N);
  AUTO gy = NEW(type, STEPS, BATCH, N);
  AUTO joined = THAnyTensor_new(type);
  AUTO gates = THAnyTensor_new(type);
  AUTO y = THAnyTensor_new(type);
  AUTO cell = THAnyTensor_new(type);
  AUTO gx = THAnyTensor_new(type);
  AUTO gg = THAnyTensor_new(type);
  AUTO sums = THAnyTensor_new(type);
  THNN_LSTMSequence_updateOutput(NULL, x, w, b, NULL, NULL, NULL, NULL, NULL, joined, gates, y, cell);
  THNN_LSTMSequence_updateGradInput(NULL, gates, gy, gx, w, NULL, cell, gg, dh, dc, sums);
}

static void repeats(void *arg)
{
  const THType type = *(THType *)arg;
  AUTO x = NEW(type, 300, 7);
  AUTO index = THAnyTensor_new(TH_LONG);
  AUTO first = THAnyTensor_new(TH_LONG);
  THNN_Rows_distinct(NULL, x, index, first);
}

START_TEST(sequences)
{
  for (int type = TH_FLOAT; type <= TH_DOUBLE; type++) {
    th_exhaust(lstm, &(THType){(THType)type});
    th_exhaust(repeats, &(THType){(THType)type});
  }
}
END_TEST

/* ---- LAPACK ---- */

static void solvers(void *arg)
{
  const THType type = *(THType *)arg;
  enum { ROWS = 130, COLUMNS = 5 };
  AUTO a = NEW(type, ROWS, ROWS);
  AUTO b = NEW(type, ROWS, COLUMNS);
  AUTO s = THAnyTensor_newWithSizeNd(type, 2, (int64_t[]){ROWS, ROWS}, NULL);
  AUTO r = THAnyTensor_new(type);
  AUTO q = THAnyTensor_new(type);
  THAnyTensor_fill(s, THScalar_fromInt(1));
  for (int64_t i = 0; i < ROWS; i++) {
    THAnyTensor_put(s, 2, (int64_t[]){i, i}, THScalar_fromInt(ROWS));
    THAnyTensor_put(a, 2, (int64_t[]){i, i}, THScalar_fromInt(ROWS));
  }
  THAnyTensor_gesv(q, r, b, a);
  THAnyTensor_getri(r, a);
  THAnyTensor_qr(q, r, a);
  THAnyTensor_potrf(r, s, "L");
  THAnyTensor_potrs(q, b, r, "L");
  THAnyTensor_potri(q, r, "L");
}

START_TEST(lapack)
{
  for (int type = TH_FLOAT; type <= TH_DOUBLE; type++) th_exhaust(solvers, &(THType){(THType)type});
}
END_TEST

TH_MAIN("exhaustion", convolutions, sequences, lapack)
