/* Trains a net of two layers on exclusive or, with the kernels of nn: no Lua.

     xor [steps [rate]]                                                                                   */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <TH/TH.h>
#include <THNN/THNN.h>

typedef THDoubleTensor Tensor;
#define Tensor_autofree THDoubleTensor_autofree

typedef struct Layer {
  Tensor *weight, *bias, *gradWeight, *gradBias, *output, *gradInput;
} Layer;

static void layer_init(Layer *l, int inputs, int outputs, THGenerator *generator)
{
  l->weight = THDoubleTensor_newWithSize2d(outputs, inputs);
  l->bias = THDoubleTensor_newWithSize1d(outputs);
  l->gradWeight = THDoubleTensor_newWithSize2d(outputs, inputs);
  l->gradBias = THDoubleTensor_newWithSize1d(outputs);
  l->output = THDoubleTensor_new();
  l->gradInput = THDoubleTensor_new();
  THDoubleTensor_normal(l->weight, generator, 0, 1 / sqrt(inputs));
  THDoubleTensor_zero(l->bias);
}

static void layer_free(Layer *l)
{
  Tensor *all[] = {l->weight, l->bias, l->gradWeight, l->gradBias, l->output, l->gradInput};
  for (int i = 0; i < 6; i++) THDoubleTensor_free(all[i]);
}

static Tensor *forward(Layer *l, Tensor *x)
{
  THNN_DoubleLinear_updateOutput(NULL, x, l->output, l->weight, l->bias, NULL);
  return l->output;
}

/* From the gradient of the loss by the output to those by parameters and input; then a step downhill. */
static Tensor *backward(Layer *l, Tensor *x, Tensor *gradOutput, double rate)
{
  THDoubleTensor_zero(l->gradWeight);
  THDoubleTensor_zero(l->gradBias);
  THNN_DoubleLinear_updateGradInput(NULL, x, gradOutput, l->gradInput, l->weight);
  THNN_DoubleLinear_accGradParameters(NULL, x, gradOutput, NULL, NULL, NULL, l->gradWeight, l->gradBias, NULL, 1);
  THDoubleTensor_cadd(l->weight, l->weight, -rate, l->gradWeight);
  THDoubleTensor_cadd(l->bias, l->bias, -rate, l->gradBias);
  return l->gradInput;
}

int main(int argc, char **argv)
{
  const int steps = argc > 1 ? atoi(argv[1]) : 2000;
  const double rate = argc > 2 ? atof(argv[2]) : 1;
  THGenerator *generator = THGenerator_new();
  THRandom_manualSeed(generator, 1);
  Layer hidden, last;
  layer_init(&hidden, 2, 8, generator);
  layer_init(&last, 8, 1, generator);
  TH_AUTO(Tensor) x = THDoubleTensor_newWithSize2d(4, 2);
  TH_AUTO(Tensor) y = THDoubleTensor_newWithSize2d(4, 1);
  for (int i = 0; i < 4; i++) {
    THDoubleTensor_set2d(x, i, 0, i / 2);
    THDoubleTensor_set2d(x, i, 1, i % 2);
    THDoubleTensor_set2d(y, i, 0, i / 2 != i % 2);
  }

  TH_AUTO(Tensor) tanh_ = THDoubleTensor_new();
  TH_AUTO(Tensor) chance = THDoubleTensor_new();
  TH_AUTO(Tensor) loss = THDoubleTensor_newWithSize1d(1);
  TH_AUTO(Tensor) gradChance = THDoubleTensor_new();
  TH_AUTO(Tensor) gradLast = THDoubleTensor_new();
  TH_AUTO(Tensor) gradHidden = THDoubleTensor_new();
  for (int i = 1; i <= steps; i++) {
    THNN_DoubleTanh_updateOutput(NULL, forward(&hidden, x), tanh_);
    THNN_DoubleSigmoid_updateOutput(NULL, forward(&last, tanh_), chance);
    THNN_DoubleBCECriterion_updateOutput(NULL, chance, y, loss, true, NULL);
    THNN_DoubleBCECriterion_updateGradInput(NULL, chance, y, gradChance, true, NULL);
    THNN_DoubleSigmoid_updateGradInput(NULL, last.output, gradChance, gradLast, chance);
    Tensor *gradTanh = backward(&last, tanh_, gradLast, rate);
    THNN_DoubleTanh_updateGradInput(NULL, hidden.output, gradTanh, gradHidden, tanh_);
    backward(&hidden, x, gradHidden, rate);
    if (i % (steps / 4 ? steps / 4 : 1) == 0) printf("step %d: loss %.4f\n", i, THDoubleTensor_get1d(loss, 0));
  }
  for (int i = 0; i < 4; i++) printf("%d xor %d: %.0f\n", i / 2, i % 2, THDoubleTensor_get2d(chance, i, 0));
  layer_free(&hidden);
  layer_free(&last);
  THGenerator_free(generator);
  return 0;
}
