/* Bilinear sampling at given places (Jaderberg and others, Spatial Transformer Networks, 2015). Samples of the batch
   are shared out to threads. */
#include "common.h"
#include "THTensorOps.h"
#include "elements/host.h"
#include <math.h>

#define TH_GENERIC_FILE "generic/gridsample.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

typedef void (*SampleFunction)(const THNN_Grid *, void *const *);
static const SampleFunction grid_sample[TH_NTYPES] = TH_BY_FLOAT_TYPE(grid_sample_all);
static const SampleFunction grid_sample_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(grid_sample_grad);

/* grid is C argument `arg` */
static THNN_Grid sizes(const char *op, const THAnyTensor *input, const THAnyTensor *grid, int arg)
{
  THArgCheck(input->nDimension == 4, 2, "%s: 4D tensor expected, got %s", op, THAnyTensor_sizeDesc(input).str);
  THArgCheck(grid->nDimension == 4 && grid->size[0] == input->size[0] && grid->size[3] == 2, arg,
             "%s: expected size %lld x height x width x 2, got %s", op, (long long)input->size[0],
             THAnyTensor_sizeDesc(grid).str);
  return (THNN_Grid){input->size[1], input->size[2], input->size[3], grid->size[1], grid->size[2]};
}

typedef struct SampleTask {
  SampleFunction f;
  const THNN_Grid *s;
} SampleTask;

static void run_sample(const void *arg, int64_t i, void *const *at)
{
  const SampleTask *t = arg;
  (void)i;
  t->f(t->s, at);
}

static double sample_work(const THNN_Grid *s) { return (double)(s->oh * s->ow) * (double)(8 * s->planes + 20); }

static THPlaneArray samples(const THAnyTensor *t)
{
  return (THPlaneArray){THNN_data(t), (size_t)(THAnyTensor_nElement(t) / t->size[0]) * THType_size((THType)t->type)};
}

void THNN_SpatialGridSamplerBilinear_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *grid,
                                                  THAnyTensor *output)
{
  static const char op[] = "SpatialGridSamplerBilinear";
  THNN_TYPES_ANY(op, input, grid, output);
  THNN_Grid s = sizes(op, input, grid, 3);
  int64_t n = input->size[0];
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO at = THAnyTensor_newContiguous(grid);
  THNN_AUTO y = THNN_newResult(output, 4, (int64_t[]){n, s.planes, s.oh, s.ow});
  if (THNN_onDevice(x))
    THNN_EACH(grid_sample, x, THAnyTensor_nElement(y), &s, THNN_data(x), THNN_data(at), THNN_data(y));
  else
    TH_PLANES(n, sample_work(&s), run_sample, &((SampleTask){grid_sample[x->type], &s}), samples(x), samples(at),
                samples(y));
  THNN_finish(y, output);
}

/* On the GPU what every place adds to the pixels around it is written out, and then added up. */
static void device_grad(const THNN_Grid *s, THAnyTensor *x, THAnyTensor *grid, THAnyTensor *g, THAnyTensor *gx,
                        THAnyTensor *ggrid)
{
  int64_t n = x->size[0], out = s->oh * s->ow, planes = s->planes, in = s->ih * s->iw;
  THNN_AUTO corner = THAnyTensor_newWithSizeNd(THType_beside(TH_LONG, (THType)x->type), 3, (int64_t[]){n, 1, 4 * out}, NULL);
  THNN_AUTO share = THAnyTensor_newWithSizeNd((THType)x->type, 3, (int64_t[]){n, planes, 4 * out}, NULL);
  THNN_AUTO sums = THAnyTensor_newWithTensor(gx);
  THAnyTensor_viewNd(sums, gx, 3, (int64_t[]){n, planes, in});
  THAnyTensor_fill(gx, THScalar_fromInt(0));
  THNN_EACH(grid_place_grad, x, n * out, s, THNN_data(x), THNN_data(grid), THNN_data(g), THNN_data(ggrid));
  if (!THAnyTensor_nElement(share) || !in) return;
  THNN_EACH(grid_corner, x, n * 4 * out, s, THNN_data(grid), THNN_data(corner));
  THNN_EACH(grid_share, x, THAnyTensor_nElement(share), s, THNN_data(grid), THNN_data(g), THNN_data(share));
  THAnyTensor_expandNd(corner, NULL, 3, share->size);
  TH_device->scatter("SpatialGridSamplerBilinear", sums, corner, share, 2, true);
}

void THNN_SpatialGridSamplerBilinear_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradInput,
                                                     THAnyTensor *grid, THAnyTensor *gradGrid, THAnyTensor *gradOutput)
{
  static const char op[] = "SpatialGridSamplerBilinear";
  THNN_TYPES_ANY(op, grid, input, gradInput, gradGrid, gradOutput);
  THNN_Grid s = sizes(op, input, grid, 4);
  int64_t n = input->size[0];
  THNN_checkSizeArg(op, "gradOutput", 6, gradOutput, 4, (int64_t[]){n, s.planes, s.oh, s.ow});
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO at = THAnyTensor_newContiguous(grid);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, 4, (int64_t[]){n, s.planes, s.ih, s.iw});
  THNN_AUTO gat = THNN_newResult(gradGrid, 4, (int64_t[]){n, s.oh, s.ow, 2});
  if (THNN_onDevice(x)) device_grad(&s, x, at, g, gx, gat);
  else
    TH_PLANES(n, sample_work(&s), run_sample, &((SampleTask){grid_sample_grad[x->type], &s}), samples(x), samples(at),
                samples(g), samples(gx), samples(gat));
  THNN_finish(gx, gradInput);
  THNN_finish(gat, gradGrid);
}
