/* Fits a polynomial to noisy points by least squares, and shows what becomes of an error.

     polynomial [degree [points [seed]]]                                                                  */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <TH/TH.h>

/* Rows 1, t, t^2, ... of the points t. */
static THDoubleTensor *powers(THDoubleTensor *t, int degree)
{
  THDoubleTensor *a = THDoubleTensor_newWithSize2d(t->size[0], degree + 1);
  for (int k = 0; k <= degree; k++) {
    TH_AUTO(THDoubleTensor) column = THDoubleTensor_newSelect(a, 1, k);
    THDoubleTensor_pow(column, t, k);
  }
  return a;
}

/* Points of sin(t) for t from -2 to 2, with noise. */
static void measure(THDoubleTensor *t, THDoubleTensor *y, int points, unsigned long seed)
{
  THGenerator *generator = THGenerator_new();
  THRandom_manualSeed(generator, seed);
  THDoubleTensor_linspace(t, -2, 2, points);
  THDoubleTensor_resize2d(y, points, 1);
  THDoubleTensor_normal(y, generator, 0, 0.05);
  THGenerator_free(generator);
  TH_AUTO(THDoubleTensor) sines = THDoubleTensor_new();
  THDoubleTensor_sin(sines, t);
  THDoubleTensor_cadd(y, y, 1, sines);
}

/* An error of the library ends here. longjmp leaks what the failed call had made so far: a C++ program would throw instead. */
static jmp_buf failed;
static void on_error(int argument, const char *message, void *data)
{
  (void)data;
  printf("refused: argument %d: %s\n", argument, message);
  longjmp(failed, 1);
}

/* A product that cannot be. */
static void mistake(THDoubleTensor *a)
{
  THSetArgErrorHandler(on_error, NULL);
  if (!setjmp(failed)) THDoubleTensor_mm(a, a, a);
}

int main(int argc, char **argv)
{
  const int degree = argc > 1 ? atoi(argv[1]) : 3, points = argc > 2 ? atoi(argv[2]) : 200;
  TH_AUTO(THDoubleTensor) t = THDoubleTensor_new();
  TH_AUTO(THDoubleTensor) y = THDoubleTensor_new();
  measure(t, y, points, argc > 3 ? strtoul(argv[3], NULL, 10) : 1);

  TH_AUTO(THDoubleTensor) a = powers(t, degree);
  TH_AUTO(THDoubleTensor) x = THDoubleTensor_new();
  TH_AUTO(THDoubleTensor) factors = THDoubleTensor_new();
  THDoubleTensor_gels(x, factors, y, a);
  for (int k = 0; k <= degree; k++) printf("%+.3f t^%d ", THDoubleTensor_get2d(x, k, 0), k);

  TH_AUTO(THDoubleTensor) residuals = THDoubleTensor_new();
  THDoubleTensor_addmm(residuals, -1, y, 1, a, x);
  printf("\nroot mean square error %.3f\n", sqrt(THDoubleTensor_dot(residuals, residuals) / points));
  mistake(a);
  return 0;
}
