/* Back from max pooling: elements of the input go where the indices say, the rest is 0. In the window here, `in` is
   what is unpooled and `out` what comes of it. */
#include "common.h"
#include "THNNDevice.h"
#include "THTensorMath.h"
#include "THTensorOps.h"

#define TH_GENERIC_FILE "generic/unpooling.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const scatter[TH_NTYPES])(const void *, void *, const int64_t *, int64_t,
                                        int64_t) = TH_BY_FLOAT_TYPE(scatter);
static void (*const gather[TH_NTYPES])(const void *, void *, const int64_t *,
                                       int64_t) = TH_BY_FLOAT_TYPE(gather);

/* ---- where elements go: positions in the planes of the output, -1 for none ---- */

/* Images: an index is the position. */
static void plane_positions(const THNN_Window *w, int64_t n, const int64_t *index, int64_t *at)
{
  for (int64_t i = 0; i < n; i++) {
    at[i] = index[i] - TH_INDEX_BASE;
    if (at[i] < 0 || at[i] >= w->outSize)
      THError("%s: found an invalid max index: %lld (output planes are of size %lldx%lld)", w->op, (long long)index[i],
              (long long)w->out[WINDOW_H], (long long)w->out[WINDOW_W]);
  }
}

/* Volumes: an index is the element of the window, a byte for each axis. */
static void volume_positions(const THNN_Window *w, int64_t n, const int64_t *index, int64_t *at)
{
  for (int64_t i = 0; i < n; i++) {
    int64_t o[] = {i / (w->in[1] * w->in[2]) % w->in[0], i / w->in[2] % w->in[1], i % w->in[2]}, to = 0;
    bool none = (index[i] & THNN_POOL_NONE_3D) == THNN_POOL_NONE_3D;
    for (int k = 0; k < WINDOW_DIMS && !none; k++) {
      int64_t x = o[k] * w->d[k] - w->pad[k] + (index[i] >> 8 * k & 255);
      if (x < 0 || x >= w->out[k])
        THError("%s: found an invalid max index: position %lld in dimension %d of output volumes of "
                "size %lldx%lldx%lld",
                w->op, (long long)x, k + TH_INDEX_BASE, (long long)w->out[0], (long long)w->out[1],
                (long long)w->out[2]);
      to = to * w->out[k] + x;
    }
    at[i] = none ? -1 : to;
  }
}

/* ---- both ---- */

/* A layer applied to an input. */
typedef struct Unpooled {
  THNN_Window w;
  THNN_Applied a;
  THType type;
} Unpooled;

static Unpooled apply(const THNN_Window *w, const THAnyTensor *input, const THAnyTensor *indices)
{
  Unpooled p = {.w = *w, .type = (THType)input->type};
  p.a = THNN_Window_cover(&p.w, input);
  THNN_checkLong(w->op, "indices", indices, input);
  THNN_checkSize(w->op, "indices", indices, input->nDimension, input->size);
  return p;
}

/* a Long tensor */
static THAnyTensor *new_positions(const Unpooled *p, THAnyTensor *indices)
{
  THNN_AUTO index = THAnyTensor_newContiguous(indices);
  THNN_AUTO at = THAnyTensor_newWithSizeNd(TH_LONG, indices->nDimension, indices->size, NULL);
  (p->w.dims == 2 ? plane_positions : volume_positions)(&p->w, p->a.planes * p->w.inSize, THNN_data(index),
                                                        THNN_data(at));
  return TH_RELEASE(at);
}

static void unpool_plane(const void *arg, int64_t i, void *const *at)
{
  const Unpooled *p = arg;
  (void)i;
  scatter[p->type](at[0], at[1], at[2], p->w.inSize, p->w.outSize);
}

static void unpool_plane_grad(const void *arg, int64_t i, void *const *at)
{
  const Unpooled *p = arg;
  (void)i;
  gather[p->type](at[0], at[1], at[2], p->w.inSize);
}

/* ---- on the GPU: by position, from 1, in volumes that have an element more for what was nowhere ---- */

static THAnyTensor *new_rows(THAnyTensor *t, const Unpooled *p, int64_t columns)
{
  THAnyTensor *view = THAnyTensor_new((THType)t->type);
  THAnyTensor_viewNd(view, t, 2, (int64_t[]){p->a.planes, columns});
  return view;
}

static void device_unpool(const Unpooled *p, THAnyTensor *at, THAnyTensor *input, THAnyTensor *output)
{
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO rows = new_rows(x, p, p->w.inSize);
  THNN_AUTO ix = new_rows(at, p, p->w.inSize);
  int64_t wide[] = {p->a.planes, p->w.outSize + (p->w.dims == 3)};
  THNN_AUTO y = THAnyTensor_newWithSizeNd((THType)x->type, 2, wide, NULL);
  THAnyTensor_fill(y, THScalar_fromInt(0));
  THAnyTensor_scatter(y, 1, ix, rows);
  THNN_AUTO inside = THAnyTensor_newNarrow(y, 1, 0, p->w.outSize);
  THNN_AUTO r = THNN_newResult(output, p->a.ndim, p->a.size);
  THNN_AUTO r2 = new_rows(r, p, p->w.outSize);
  THAnyTensor_copy(r2, inside);
  THNN_finish(r, output);
}

static void device_unpool_grad(const Unpooled *p, THAnyTensor *at, const THAnyTensor *input,
                               THAnyTensor *gradOutput, THAnyTensor *gradInput)
{
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO from = new_rows(g, p, p->w.outSize);
  THNN_AUTO ix = new_rows(at, p, p->w.inSize);
  int64_t size[] = {p->a.planes, p->w.outSize + (p->w.dims == 3)};
  THNN_AUTO wide = THAnyTensor_newWithSizeNd((THType)g->type, 2, size, NULL);
  THAnyTensor_fill(wide, THScalar_fromInt(0));
  THNN_AUTO inside = THAnyTensor_newNarrow(wide, 1, 0, p->w.outSize);
  THAnyTensor_copy(inside, from);
  THNN_AUTO r = THAnyTensor_new((THType)g->type);
  THAnyTensor_gather(r, wide, 1, ix);
  THNN_AUTO shaped = THAnyTensor_new((THType)g->type);
  THAnyTensor_viewNd(shaped, r, input->nDimension, input->size);
  THNN_copyResult(gradInput, shaped);
}

/* Positions, from 1; those in volumes that are nowhere are one behind. */
static THAnyTensor *new_device_positions(const Unpooled *p, THAnyTensor *indices)
{
  if (p->w.dims == 2) return THAnyTensor_newContiguous(indices);
  THNN_AUTO ix = THAnyTensor_newContiguous(indices);
  THAnyTensor *at = THAnyTensor_newWithSizeNd((THType)ix->type, ix->nDimension, ix->size, NULL);
  THNN_device->each((THType)TH_DEVICE, THNN_unpool_position, p->a.planes * p->w.inSize, &p->w,
                    (void *[THNN_ELEMENT_ARRAYS]){THNN_data(ix), THNN_data(at)});
  return at;
}

/* ---- the layers ---- */

static double plane_work(const THNN_Window *w) { return (double)THMax(w->inSize, w->outSize); }

static void unpool(const THNN_Window *w, THAnyTensor *input, THAnyTensor *output, THAnyTensor *indices)
{
  THNN_TYPES_ANY(w->op, input, output);
  Unpooled p = apply(w, input, indices);
  if (THNN_onDevice(input)) {
    THNN_AUTO where = new_device_positions(&p, indices);
    device_unpool(&p, where, input, output);
    return;
  }
  THNN_AUTO at = new_positions(&p, indices);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, p.a.ndim, p.a.size);
  TH_PLANES(p.a.planes, plane_work(&p.w), unpool_plane, &p, THNN_planesOf(x, p.w.inSize),
            THNN_planesOf(y, p.w.outSize), THNN_planesOf(at, p.w.inSize));
  THNN_finish(y, output);
}

static void unpool_grad(const THNN_Window *w, THAnyTensor *input, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                        THAnyTensor *indices)
{
  THNN_TYPES_ANY(w->op, input, gradOutput, gradInput);
  Unpooled p = apply(w, input, indices);
  THNN_checkSize(w->op, "gradOutput", gradOutput, p.a.ndim, p.a.size);
  if (THNN_onDevice(input)) {
    THNN_AUTO where = new_device_positions(&p, indices);
    device_unpool_grad(&p, where, input, gradOutput, gradInput);
    return;
  }
  THNN_AUTO at = new_positions(&p, indices);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  TH_PLANES(p.a.planes, plane_work(&p.w), unpool_plane_grad, &p, THNN_planesOf(g, p.w.outSize),
            THNN_planesOf(gx, p.w.inSize), THNN_planesOf(at, p.w.inSize));
  THNN_finish(gx, gradInput);
}

#define VOLUME                                                                                     \
  (&(THNN_Window){THNN_WINDOW3("VolumetricMaxUnpooling", 1, 1, 1, dT, dW, dH, pT, pW, pH, 1, 1, 1), \
                  .out = {oT, oH, oW}})
#define IMAGE                                                                                      \
  (&(THNN_Window){THNN_WINDOW2("SpatialMaxUnpooling", 1, 1, 1, 1, 0, 0, 1, 1), .out = {1, oheight, owidth}})

void THNN_VolumetricMaxUnpooling_updateOutput(THNN_STATE, THAnyTensor *input,
                                              THAnyTensor *output, THAnyTensor *indices, int oT,
                                              int oW, int oH, int dT, int dW, int dH, int pT, int pW,
                                              int pH)
{
  unpool(VOLUME, input, output, indices);
}

void THNN_VolumetricMaxUnpooling_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                 THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                                 THAnyTensor *indices, int oT, int oW, int oH, int dT,
                                                 int dW, int dH, int pT, int pW, int pH)
{
  unpool_grad(VOLUME, input, gradOutput, gradInput, indices);
}

void THNN_SpatialMaxUnpooling_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output,
                                           THAnyTensor *indices, int owidth, int oheight)
{
  unpool(IMAGE, input, output, indices);
}

void THNN_SpatialMaxUnpooling_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                              THAnyTensor *gradInput, THAnyTensor *indices, int owidth, int oheight)
{
  unpool_grad(IMAGE, input, gradOutput, gradInput, indices);
}
