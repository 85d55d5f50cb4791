/* Normalisation within samples: LayerNorm (one group, positions == 1), RMSNorm (the same, not centred), GroupNorm and
   InstanceNorm (a channel is a group). Groups, and channels for the parameters, are shared out to threads. */
#include "common.h"
#include "THNNDevice.h"
#include <math.h>

enum { COLUMNS = 64 }; /* channels of a task of the parameters' gradients */

typedef struct Group {
  int64_t channels, positions;
  bool centred;
  double eps;
} Group;

typedef struct Params {
  Group g;
  int64_t samples, groups;
  const void *x, *gy, *mean, *invstd;
  void *gw, *gb;
  double scale;
} Params;

/* Sums are of RUN elements each, in lanes that meet two by two, and of these sums in double. */
enum { LANES = 16, RUN = 16 * LANES };
#define LEAST_SQUARE 1e-32 /* floats' squares below it lose digits, as 0 in the end */
#define FOR_LANES(width) _Pragma("omp simd") for (int k = 0; k < width; k++)
#define INLINE static inline __attribute__((always_inline))

#define TH_GENERIC_FILE "generic/groupnorm.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

#define TABLE(ret, name, ...) static ret (*const name[TH_NTYPES])(__VA_ARGS__) = TH_BY_FLOAT_TYPE(name)
TABLE(void, moments, const Group *, const void *, void *, void *);
TABLE(void, normalize, const Group *, const void *, const void *, const void *, void *, const void *, const void *);
TABLE(void, grad_input, const Group *, const void *, const void *, const void *, void *, const void *, const void *);
TABLE(void, grad_parameters, const Params *, int64_t, int64_t);

typedef struct Norm {
  Group g;
  THType type;
  int64_t samples, groups;
  const char *weight, *bias; /* of the first channel, or NULL */
} Norm;

/* Of any sizes, without gaps. */
static void check_vector(const char *what, const THAnyTensor *t, int64_t n)
{
  if (t && (THAnyTensor_nElement(t) != n || !THAnyTensor_isContiguous(t)))
    THError("GroupNorm: %s: expected a contiguous tensor of %lld elements, got %s", what, (long long)n,
            THAnyTensor_sizeDesc(t).str);
}

static Norm check(const THAnyTensor *input, int64_t channels, int64_t positions, int64_t groups, bool centred, double eps)
{
  int64_t n = THAnyTensor_nElement(input);
  if (channels < 1 || positions < 1 || groups < 1 || channels % groups != 0)
    THError("GroupNorm: %lld channels of %lld positions cannot be cut into %lld groups", (long long)channels,
            (long long)positions, (long long)groups);
  THArgCheck(channels <= n && positions <= n / channels && n % (channels * positions) == 0, 2, "GroupNorm: expected samples of %lld x %lld elements, got %s",
             (long long)channels, (long long)positions, THAnyTensor_sizeDesc(input).str);
  return (Norm){{channels / groups, positions, centred, eps}, (THType)input->type, n / (channels * positions), groups, NULL, NULL};
}

static void check_kept(const Norm *n, const THAnyTensor *mean, const THAnyTensor *invstd)
{
  check_vector("mean", mean, n->samples * n->groups);
  check_vector("invstd", invstd, n->samples * n->groups);
}

static void take_vectors(Norm *n, const THAnyTensor *weight, const THAnyTensor *bias)
{
  check_vector("weight", weight, n->groups * n->g.channels);
  check_vector("bias", bias, n->groups * n->g.channels);
  n->weight = weight ? THNN_data(weight) : NULL;
  n->bias = bias ? THNN_data(bias) : NULL;
}

/* The i-th group's part of a vector with an element a channel. */
static const void *of_group(const Norm *n, const char *vector, int64_t i)
{
  return vector ? vector + (size_t)(i % n->groups * n->g.channels) * THType_size(n->type) : NULL;
}

/* What the GPU is told. */
static THNN_Groups groups_of(const Norm *n, const THAnyTensor *mean, const THAnyTensor *invstd)
{
  return (THNN_Groups){.samples = n->samples, .groups = n->groups, .channels = n->g.channels, .positions = n->g.positions,
                       .centred = n->g.centred, .eps = n->g.eps, .weight = n->weight, .bias = n->bias,
                       .mean = THNN_data(mean), .invstd = THNN_data(invstd)};
}

/* x, y, mean, invstd */
static void forward_group(const void *arg, int64_t i, void *const *at)
{
  const Norm *n = arg;
  moments[n->type](&n->g, at[0], at[2], at[3]);
  normalize[n->type](&n->g, at[0], of_group(n, n->weight, i), of_group(n, n->bias, i), at[1], at[2], at[3]);
}

/* x, gy, gx, mean, invstd */
static void backward_group(const void *arg, int64_t i, void *const *at)
{
  const Norm *n = arg;
  grad_input[n->type](&n->g, at[0], at[1], of_group(n, n->weight, i), at[2], at[3], at[4]);
}

void THNN_GroupNorm_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *output, THAnyTensor *weight,
                                 THAnyTensor *bias, THAnyTensor *mean, THAnyTensor *invstd, int64_t channels,
                                 int64_t positions, int64_t groups, bool centred, double eps)
{
  THNN_TYPES_ANY("GroupNorm", input, output, weight, bias, mean, invstd);
  Norm n = check(input, channels, positions, groups, centred, eps);
  int64_t all = n.samples * groups, size = n.g.channels * positions;
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO y = THNN_newResult(output, input->nDimension, input->size);
  TH_resizeResult(mean, 1, &all);
  TH_resizeResult(invstd, 1, &all);
  /* again, for a result may be one of the operands */
  check(x, channels, positions, groups, centred, eps);
  THNN_HELD("GroupNorm", {x, all * size}, {y, all * size});
  check_kept(&n, mean, invstd);
  take_vectors(&n, weight, bias);
  if (THNN_onDevice(x)) {
    THNN_Groups d = groups_of(&n, mean, invstd);
    THNN_device->groupNorm(n.type, &d, THNN_data(x), THNN_data(y));
  } else
    TH_PLANES(all, 4 * (double)size, forward_group, &n, THNN_planesOf(x, size), THNN_planesOf(y, size),
              THNN_planesOf(mean, 1), THNN_planesOf(invstd, 1));
  THNN_finish(y, output);
}

void THNN_GroupNorm_updateGradInput(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput, THAnyTensor *gradInput,
                                    THAnyTensor *weight, THAnyTensor *mean, THAnyTensor *invstd, int64_t channels,
                                    int64_t positions, int64_t groups, bool centred)
{
  THNN_TYPES_ANY("GroupNorm", input, gradOutput, gradInput, weight, mean, invstd);
  Norm n = check(input, channels, positions, groups, centred, 0);
  THNN_checkSize("GroupNorm", "gradOutput", gradOutput, input->nDimension, input->size);
  take_vectors(&n, weight, NULL);
  check_kept(&n, mean, invstd);
  int64_t size = n.g.channels * positions;
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  THNN_AUTO gx = THNN_newResult(gradInput, input->nDimension, input->size);
  /* again, for the result may be one of the operands */
  int64_t all = n.samples * groups * size;
  THNN_HELD("GroupNorm", {x, all}, {gy, all}, {gx, all});
  take_vectors(&n, weight, NULL);
  check_kept(&n, mean, invstd);
  if (THNN_onDevice(x)) {
    THNN_Groups d = groups_of(&n, mean, invstd);
    THNN_device->groupNormGrad(n.type, &d, THNN_data(x), THNN_data(gy), THNN_data(gx));
  } else
    TH_PLANES(n.samples * groups, 4 * (double)size, backward_group, &n, THNN_planesOf(x, size), THNN_planesOf(gy, size),
              THNN_planesOf(gx, size), THNN_planesOf(mean, 1), THNN_planesOf(invstd, 1));
  THNN_finish(gx, gradInput);
}

static void parameters_task(const void *arg, int64_t i, void *const *type)
{
  const Params *p = arg;
  int64_t first = i * COLUMNS, channels = p->g.channels * p->groups;
  grad_parameters[*(const THType *)type[0]](p, first, THMin(first + COLUMNS, channels));
}

void THNN_GroupNorm_accGradParameters(THNN_STATE, THAnyTensor *input, THAnyTensor *gradOutput,
                                      THAnyTensor *gradWeight, THAnyTensor *gradBias, THAnyTensor *mean,
                                      THAnyTensor *invstd, int64_t channels, int64_t positions, int64_t groups,
                                      double scale)
{
  THNN_TYPES_ANY("GroupNorm", input, gradOutput, gradWeight, gradBias, mean, invstd);
  Norm n = check(input, channels, positions, groups, true, 0);
  THNN_checkSize("GroupNorm", "gradOutput", gradOutput, input->nDimension, input->size);
  check_vector("gradWeight", gradWeight, channels);
  check_vector("gradBias", gradBias, channels);
  check_kept(&n, mean, invstd);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO gy = THAnyTensor_newContiguous(gradOutput);
  if (THNN_onDevice(x)) {
    THNN_Groups d = groups_of(&n, mean, invstd);
    d.scale = scale, d.gradWeight = THNN_data(gradWeight), d.gradBias = gradBias ? THNN_data(gradBias) : NULL;
    THNN_device->groupNormParameters(n.type, &d, THNN_data(x), THNN_data(gy));
    return;
  }
  Params p = {n.g, n.samples, groups, THNN_data(x), THNN_data(gy), THNN_data(mean), THNN_data(invstd),
              THNN_data(gradWeight), gradBias ? THNN_data(gradBias) : NULL, scale};
  int64_t tasks = (channels + COLUMNS - 1) / COLUMNS;
  TH_PLANES(tasks, 3 * (double)THAnyTensor_nElement(x) / (double)tasks, parameters_task, &p, {&n.type, 0});
}
