/* Bilinear sampling at given places (Jaderberg and others, Spatial Transformer Networks, 2015). Samples of the batch
   are shared out to threads. */
#include "common.h"
#include <math.h>

typedef struct GridSizes {
  int64_t planes, ih, iw, oh, ow;
} GridSizes;

/* A pixel around a place: its position in the plane, or -1 outside; its weight, and the weight's derivatives. */
typedef struct Corner {
  int64_t at;
  double weight, dx, dy;
} Corner;

/* A coordinate, -1 to 1, in pixels. */
static double pixel(double at, int64_t n) { return (at + 1) / 2 * (double)(n - 1); }

static void corners(const GridSizes *s, double gridX, double gridY, Corner *c)
{
  double x = pixel(gridX, s->iw), y = pixel(gridY, s->ih);
  bool near = x >= -1 && x <= (double)s->iw && y >= -1 && y <= (double)s->ih; /* not NaN, either */
  int64_t left = near ? (int64_t)floor(x) : 0, top = near ? (int64_t)floor(y) : 0;
  double fx = x - (double)left, fy = y - (double)top;
  for (int k = 0; k < 4; k++) {
    bool right = k & 1, below = k & 2;
    int64_t column = left + right, row = top + below;
    bool inside = near && column >= 0 && column < s->iw && row >= 0 && row < s->ih;
    double wx = right ? fx : 1 - fx, wy = below ? fy : 1 - fy;
    c[k] = (Corner){inside ? row * s->iw + column : -1, wx * wy, right ? wy : -wy, below ? wx : -wx};
  }
}

#define TH_GENERIC_FILE "generic/gridsample.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

typedef void (*SampleFunction)(const GridSizes *, void *const *);
static const SampleFunction grid_sample[TH_NTYPES] = TH_BY_FLOAT_TYPE(grid_sample);
static const SampleFunction grid_sample_grad[TH_NTYPES] = TH_BY_FLOAT_TYPE(grid_sample_grad);

/* grid is C argument `arg` */
static GridSizes sizes(const char *op, const THAnyTensor *input, const THAnyTensor *grid, int arg)
{
  THArgCheck(input->nDimension == 4, 2, "%s: 4D tensor expected, got %s", op, THAnyTensor_sizeDesc(input).str);
  THArgCheck(grid->nDimension == 4 && grid->size[0] == input->size[0] && grid->size[3] == 2, arg,
             "%s: expected size %lld x height x width x 2, got %s", op, (long long)input->size[0],
             THAnyTensor_sizeDesc(grid).str);
  return (GridSizes){input->size[1], input->size[2], input->size[3], grid->size[1], grid->size[2]};
}

typedef struct SampleTask {
  SampleFunction f;
  const GridSizes *s;
} SampleTask;

static void run_sample(const void *arg, int64_t i, void *const *at)
{
  const SampleTask *t = arg;
  (void)i;
  t->f(t->s, at);
}

static double sample_work(const GridSizes *s) { return (double)(s->oh * s->ow) * (double)(8 * s->planes + 20); }

static THNN_Array samples(const THAnyTensor *t)
{
  return (THNN_Array){THNN_data(t), (size_t)(THAnyTensor_nElement(t) / t->size[0]) * THType_size((THType)t->type)};
}

void THNN_SpatialGridSamplerBilinear_updateOutput(THNNState *state, THAnyTensor *input, THAnyTensor *grid,
                                                  THAnyTensor *output)
{
  (void)state;
  static const char op[] = "SpatialGridSamplerBilinear";
  THNN_TYPES(op, input, grid, output);
  GridSizes s = sizes(op, input, grid, 3);
  int64_t n = input->size[0];
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO at = THAnyTensor_newContiguous(grid);
  THNN_AUTO y = THNN_newResult(output, 4, (int64_t[]){n, s.planes, s.oh, s.ow});
  THNN_PLANES(n, sample_work(&s), run_sample, &((SampleTask){grid_sample[x->type], &s}), samples(x), samples(at),
              samples(y));
  THNN_finish(y, output);
}

void THNN_SpatialGridSamplerBilinear_updateGradInput(THNNState *state, THAnyTensor *input, THAnyTensor *gradInput,
                                                     THAnyTensor *grid, THAnyTensor *gradGrid, THAnyTensor *gradOutput)
{
  (void)state;
  static const char op[] = "SpatialGridSamplerBilinear";
  THNN_TYPES(op, grid, input, gradInput, gradGrid, gradOutput);
  GridSizes s = sizes(op, input, grid, 4);
  int64_t n = input->size[0];
  THNN_checkSizeArg(op, "gradOutput", 6, gradOutput, 4, (int64_t[]){n, s.planes, s.oh, s.ow});
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO at = THAnyTensor_newContiguous(grid);
  THNN_AUTO g = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, 4, (int64_t[]){n, s.planes, s.ih, s.iw});
  THNN_AUTO gat = THNN_newResult(gradGrid, 4, (int64_t[]){n, s.oh, s.ow, 2});
  THNN_PLANES(n, sample_work(&s), run_sample, &((SampleTask){grid_sample_grad[x->type], &s}), samples(x), samples(at),
              samples(g), samples(gx), samples(gat));
  THNN_finish(gx, gradInput);
  THNN_finish(gat, gradGrid);
}
