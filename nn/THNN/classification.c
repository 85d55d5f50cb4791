/* Criteria over class scores: negative log likelihood and the multi-class margins. All targets are
   checked before anything is written. */
#include "common.h"
#include "THNNDevice.h"
#include "THTensorOps.h"

#define TH_GENERIC_FILE "generic/classification.c"
#define TH_GENERIC_TYPES TH_GENERIC_FLOAT
#include "core/THGenerate.h"

static void (*const nll[TH_NTYPES])(const THNN_Classes *, const void *, const void *, double *,
                                    double *) = TH_BY_FLOAT_TYPE(nll);
static void (*const nll_grad[TH_NTYPES])(const THNN_Classes *, void *, const void *,
                                         double) = TH_BY_FLOAT_TYPE(nll_grad);
static double (*const multimargin[TH_NTYPES])(const THNN_Classes *, const void *, const void *, int,
                                              double) = TH_BY_FLOAT_TYPE(multimargin);
static void (*const multimargin_grad[TH_NTYPES])(const THNN_Classes *, const void *, const void *,
                                                 void *, int, double,
                                                 double) = TH_BY_FLOAT_TYPE(multimargin_grad);
static double (*const multilabel[TH_NTYPES])(const THNN_Classes *, const void *,
                                             void *) = TH_BY_FLOAT_TYPE(multilabel);
static void (*const multilabel_grad[TH_NTYPES])(const THNN_Classes *, const void *, const void *,
                                                void *, double) = TH_BY_FLOAT_TYPE(multilabel_grad);

static const int64_t NO_IGNORE = INT64_MIN;

static void check_targets(const char *op, const THNN_Classes *c)
{
  int64_t n = c->frames * c->positions;
  for (int64_t i = 0; i < n; i++) {
    int64_t t = c->target[i];
    if (t != c->ignore && (t < TH_INDEX_BASE || t >= c->classes + TH_INDEX_BASE))
      THNN_argError(3, "%s: target %lld of element %lld out of range, expected a class from %d to %lld", op,
              (long long)t, (long long)(i + 1), TH_INDEX_BASE,
              (long long)(c->classes - 1 + TH_INDEX_BASE));
  }
}

static THNN_Classes check_classes(const char *op, const THAnyTensor *input,
                                  const THAnyTensor *target, const THAnyTensor *weights,
                                  int64_t ignore)
{
  THNN_checkLong(op, "target", target, input);
  THArgCheck(input->nDimension == 1 || input->nDimension == 2, 2,
             "%s: input must be 1D (classes) or 2D (batch x classes), got %s", op,
             THAnyTensor_sizeDesc(input).str);
  int64_t frames = input->nDimension == 1 ? 1 : input->size[0];
  int64_t classes = input->size[input->nDimension - 1];
  THArgCheck(target->nDimension == 1, 3,
             "%s: target must be 1D, one class per frame (multi-target not supported), got %s", op,
             THAnyTensor_sizeDesc(target).str);
  THArgCheck(target->size[0] == frames || input->nDimension == 1, 3,
             "%s: expected %lld targets for input of %s, got %lld", op, (long long)frames,
             THAnyTensor_sizeDesc(input).str, (long long)target->size[0]);
  THArgCheck(!weights || THAnyTensor_nElement(weights) == classes, THNN_OWN,
             "%s: weight tensor should be defined for all %lld classes, got size %s", op,
             (long long)classes, weights ? THAnyTensor_sizeDesc(weights).str : "");
  return (THNN_Classes){frames, classes, 1, THNN_data(target), ignore};
}

/* ---- negative log likelihood ---- */

static void nll_forward(const char *op, const THNN_Classes *c, THAnyTensor *x, THAnyTensor *w,
                        THAnyTensor *output, THAnyTensor *total_weight, bool sizeAverage)
{
  double loss, total;
  if (THType_onDevice((THType)x->type)) {
    TH_resizeResult(output, 1, (int64_t[]){1});
    TH_resizeResult(total_weight, 1, (int64_t[]){1});
    THNN_device->nll((THType)x->type, c, THNN_data(x), w ? THNN_data(w) : NULL, sizeAverage,
                     THNN_data(output), THNN_data(total_weight));
    return;
  }
  check_targets(op, c);
  nll[x->type](c, THNN_data(x), w ? THNN_data(w) : NULL, &loss, &total);
  THNN_setNumber(output, sizeAverage && total != 0 ? loss / total : loss);
  THNN_setNumber(total_weight, total);
}

static void nll_backward(const char *op, const THNN_Classes *c, THAnyTensor *input, THAnyTensor *w,
                         THAnyTensor *gradInput, THAnyTensor *total_weight, bool sizeAverage)
{
  bool on_device = THType_onDevice((THType)input->type);
  if (!on_device) check_targets(op, c);
  if (!THAnyTensor_isContiguous(gradInput) || !THAnyTensor_isSameSizeAs(gradInput, input))
    TH_resizeResult(gradInput, input->nDimension, input->size);
  THArgCheck(THAnyTensor_isContiguous(gradInput), THNN_OWN, "%s: gradInput must be contiguous", op);
  THAnyTensor_fill(gradInput, THScalar_fromInt(0));
  if (!total_weight->nDimension) return;
  if (on_device) {
    THNN_device->nllGrad((THType)input->type, c, w ? THNN_data(w) : NULL, sizeAverage,
                         THNN_data(total_weight), THNN_data(gradInput));
    return;
  }
  double total = THScalar_load((THType)input->type, THNN_data(total_weight)).d;
  if (!(total > 0)) return;
  nll_grad[input->type](c, THNN_data(gradInput), w ? THNN_data(w) : NULL, sizeAverage ? total : 1);
}

void THNN_ClassNLLCriterion_updateOutput(THNN_STATE, THAnyTensor *input, THAnyTensor *target,
                                         THAnyTensor *output, bool sizeAverage,
                                         THAnyTensor *weights, THAnyTensor *total_weight,
                                         int64_t ignore_index)
{
  THNN_TYPES_ANY("ClassNLLCriterion", input, output, weights, total_weight);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO t = THAnyTensor_newContiguous(target);
  THNN_AUTO w = weights ? THAnyTensor_newContiguous(weights) : NULL;
  THNN_Classes c = check_classes("ClassNLLCriterion", x, t, w, ignore_index);
  nll_forward("ClassNLLCriterion", &c, x, w, output, total_weight, sizeAverage);
}

void THNN_ClassNLLCriterion_updateGradInput(THNN_STATE, THAnyTensor *input,
                                            THAnyTensor *target, THAnyTensor *gradInput,
                                            bool sizeAverage, THAnyTensor *weights,
                                            THAnyTensor *total_weight, int64_t ignore_index)
{
  THNN_TYPES_ANY("ClassNLLCriterion", input, gradInput, weights, total_weight);
  THNN_AUTO t = THAnyTensor_newContiguous(target);
  THNN_AUTO w = weights ? THAnyTensor_newContiguous(weights) : NULL;
  THNN_Classes c = check_classes("ClassNLLCriterion", input, t, w, ignore_index);
  nll_backward("ClassNLLCriterion", &c, input, w, gradInput, total_weight, sizeAverage);
}

static THNN_Classes check_spatial(const THAnyTensor *input, const THAnyTensor *target,
                                  const THAnyTensor *weights)
{
  const char *op = "SpatialClassNLLCriterion";
  THNN_checkLong(op, "target", target, input);
  THArgCheck(input->nDimension == 4, 2,
             "%s: input must be 4D (batch x classes x height x width), got %s", op,
             THAnyTensor_sizeDesc(input).str);
  THArgCheck(target->nDimension == 3 && target->size[0] == input->size[0] &&
               target->size[1] == input->size[2] && target->size[2] == input->size[3],
             3, "%s: expected target of batch x height x width for input of %s, got %s", op,
             THAnyTensor_sizeDesc(input).str, THAnyTensor_sizeDesc(target).str);
  THArgCheck(!weights || THAnyTensor_nElement(weights) == input->size[1], THNN_OWN,
             "%s: weight tensor should be defined for all %lld classes", op,
             (long long)input->size[1]);
  return (THNN_Classes){input->size[0], input->size[1], input->size[2] * input->size[3],
                        THNN_data(target), NO_IGNORE};
}

void THNN_SpatialClassNLLCriterion_updateOutput(THNN_STATE, THAnyTensor *input,
                                                THAnyTensor *target, THAnyTensor *output,
                                                bool sizeAverage, THAnyTensor *weights,
                                                THAnyTensor *total_weight)
{
  THNN_TYPES_ANY("SpatialClassNLLCriterion", input, output, weights, total_weight);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO t = THAnyTensor_newContiguous(target);
  THNN_AUTO w = weights ? THAnyTensor_newContiguous(weights) : NULL;
  THNN_Classes c = check_spatial(x, t, w);
  nll_forward("SpatialClassNLLCriterion", &c, x, w, output, total_weight, sizeAverage);
}

void THNN_SpatialClassNLLCriterion_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                   THAnyTensor *target, THAnyTensor *gradInput,
                                                   bool sizeAverage, THAnyTensor *weights,
                                                   THAnyTensor *total_weight)
{
  THNN_TYPES_ANY("SpatialClassNLLCriterion", input, gradInput, weights, total_weight);
  THNN_AUTO t = THAnyTensor_newContiguous(target);
  THNN_AUTO w = weights ? THAnyTensor_newContiguous(weights) : NULL;
  THNN_Classes c = check_spatial(input, t, w);
  nll_backward("SpatialClassNLLCriterion", &c, input, w, gradInput, total_weight, sizeAverage);
}

/* ---- margins ---- */

/* On the GPU a thread has a row of scores; what rows lose is added up here. */
static void sum_losses(const THNN_Classes *c, THAnyTensor *losses, bool sizeAverage, THAnyTensor *output)
{
  THNN_AUTO sum = THAnyTensor_newWithSizeNd((THType)losses->type, 1, (int64_t[]){1}, NULL);
  THAnyTensor_fill(sum, THScalar_fromInt(0));
  THNN_addPlaneSums(losses, 1, 1, c->frames, sum, sizeAverage ? 1. / (double)c->frames : 1);
  TH_resizeResult(output, 1, (int64_t[]){1});
  THAnyTensor_copy(output, sum);
}

static THAnyTensor *new_losses(const THNN_Classes *c, const THAnyTensor *x)
{
  return THAnyTensor_newWithSizeNd(THType_beside(TH_DOUBLE, (THType)x->type), 1, &c->frames, NULL);
}

static THNN_Margin margin_of(const THNN_Classes *c, int p, double margin, bool sizeAverage)
{
  return (THNN_Margin){c->classes, p, margin, 1.0 / ((double)c->classes * (sizeAverage ? (double)c->frames : 1))};
}

void THNN_MultiMarginCriterion_updateOutput(THNN_STATE, THAnyTensor *input,
                                            THAnyTensor *target, THAnyTensor *output,
                                            bool sizeAverage, int p, THAnyTensor *weights,
                                            double margin)
{
  THNN_TYPES_ANY("MultiMarginCriterion", input, output, weights);
  THArgCheck(p == 1 || p == 2, THNN_OWN, "MultiMarginCriterion: p must be 1 or 2, got %d", p);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO t = THAnyTensor_newContiguous(target);
  THNN_AUTO w = weights ? THAnyTensor_newContiguous(weights) : NULL;
  THNN_Classes c = check_classes("MultiMarginCriterion", x, t, w, NO_IGNORE);
  if (THNN_onDevice(x)) {
    THNN_Margin m = margin_of(&c, p, margin, sizeAverage);
    THNN_AUTO losses = new_losses(&c, x);
    THNN_EACH(multimargin, x, c.frames, &m, THNN_data(x), (void *)c.target, w ? THNN_data(w) : NULL, THNN_data(losses));
    sum_losses(&c, losses, sizeAverage, output);
    return;
  }
  check_targets("MultiMarginCriterion", &c);
  double sum = multimargin[x->type](&c, THNN_data(x), w ? THNN_data(w) : NULL, p, margin);
  THNN_setNumber(output, sizeAverage ? sum / (double)c.frames : sum);
}

void THNN_MultiMarginCriterion_updateGradInput(THNN_STATE, THAnyTensor *input,
                                               THAnyTensor *target, THAnyTensor *gradInput,
                                               bool sizeAverage, int p, THAnyTensor *weights,
                                               double margin)
{
  THNN_TYPES_ANY("MultiMarginCriterion", input, gradInput, weights);
  THArgCheck(p == 1 || p == 2, THNN_OWN, "MultiMarginCriterion: p must be 1 or 2, got %d", p);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO t = THAnyTensor_newContiguous(target);
  THNN_AUTO w = weights ? THAnyTensor_newContiguous(weights) : NULL;
  THNN_Classes c = check_classes("MultiMarginCriterion", x, t, w, NO_IGNORE);
  if (!THNN_onDevice(x)) check_targets("MultiMarginCriterion", &c);
  THNN_AUTO g = THAnyTensor_newWithSizeNd((THType)x->type, x->nDimension, x->size, NULL);
  THNN_Margin m = margin_of(&c, p, margin, sizeAverage);
  void *weight = w ? THNN_data(w) : NULL;
  if (THNN_onDevice(x))
    THNN_EACH(multimargin_grad, x, c.frames, &m, THNN_data(x), (void *)c.target, weight, THNN_data(g));
  else multimargin_grad[x->type](&c, THNN_data(x), weight, THNN_data(g), p, margin, m.scale);
  THNN_copyResult(gradInput, g);
}

static THNN_Classes check_lists(const THAnyTensor *input, const THAnyTensor *target)
{
  const char *op = "MultiLabelMarginCriterion";
  THNN_checkLong(op, "target", target, input);
  THArgCheck(input->nDimension == 1 || input->nDimension == 2, 2,
             "%s: input must be 1D or 2D, got %s", op, THAnyTensor_sizeDesc(input).str);
  THArgCheck(THAnyTensor_nElement(target) == THAnyTensor_nElement(input), 3,
             "%s: expected a target of the size of input %s, got %s", op,
             THAnyTensor_sizeDesc(input).str, THAnyTensor_sizeDesc(target).str);
  THNN_Classes c = {input->nDimension == 1 ? 1 : input->size[0],
                    input->size[input->nDimension - 1], 1, THNN_data(target), 0};
  int64_t n = THNN_onDevice(input) ? 0 : c.frames * c.classes;
  for (int64_t i = 0; i < n; i++)
    if (c.target[i] < 0 || c.target[i] > c.classes)
      THNN_argError(3, "%s: target %lld out of range, expected 0 to %lld", op, (long long)c.target[i],
              (long long)c.classes);
  return c;
}

void THNN_MultiLabelMarginCriterion_updateOutput(THNN_STATE, THAnyTensor *input,
                                                 THAnyTensor *target, THAnyTensor *output,
                                                 THAnyTensor *isTarget, bool sizeAverage)
{
  THNN_TYPES_ANY("MultiLabelMarginCriterion", input, output, isTarget);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO t = THAnyTensor_newContiguous(target);
  THNN_Classes c = check_lists(x, t);
  THNN_AUTO mark = THAnyTensor_newWithSizeNd((THType)x->type, t->nDimension, t->size, NULL);
  THAnyTensor_fill(mark, THScalar_fromInt(0));
  if (THNN_onDevice(x)) {
    THNN_Margin m = margin_of(&c, 1, 1, sizeAverage);
    THNN_AUTO losses = new_losses(&c, x);
    THNN_EACH(multilabel, x, c.frames, &m, THNN_data(x), (void *)c.target, THNN_data(mark), THNN_data(losses));
    THNN_copyResult(isTarget, mark);
    sum_losses(&c, losses, sizeAverage, output);
    return;
  }
  double sum = multilabel[x->type](&c, THNN_data(x), THNN_data(mark));
  THNN_copyResult(isTarget, mark);
  THNN_setNumber(output, sizeAverage ? sum / (double)c.frames : sum);
}

void THNN_MultiLabelMarginCriterion_updateGradInput(THNN_STATE, THAnyTensor *input,
                                                    THAnyTensor *target, THAnyTensor *gradInput,
                                                    THAnyTensor *isTarget, bool sizeAverage)
{
  THNN_TYPES_ANY("MultiLabelMarginCriterion", input, gradInput, isTarget);
  THNN_AUTO x = THAnyTensor_newContiguous(input);
  THNN_AUTO t = THAnyTensor_newContiguous(target);
  THNN_AUTO mark = THAnyTensor_newContiguous(isTarget);
  THNN_Classes c = check_lists(x, t);
  THNN_checkNElement("MultiLabelMarginCriterion", "isTarget", mark, "target", t);
  THNN_AUTO g = THAnyTensor_newWithSizeNd((THType)x->type, x->nDimension, x->size, NULL);
  THAnyTensor_fill(g, THScalar_fromInt(0));
  THNN_Margin m = margin_of(&c, 1, 1, sizeAverage);
  if (THNN_onDevice(x))
    THNN_EACH(multilabel_grad, x, c.frames, &m, THNN_data(x), (void *)c.target, THNN_data(mark), THNN_data(g));
  else multilabel_grad[x->type](&c, THNN_data(x), THNN_data(mark), THNN_data(g), m.scale);
  THNN_copyResult(gradInput, g);
}
