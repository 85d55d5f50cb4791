/* Elements [first, last) of a step; for the CPU (fused.c) and GPUs (gpu/steps.cu). */
#define ARRAY(k) ((real *)step->at[k])

/* The gradient, to which decay * x is added first where decay is not 0. */
#define DECAYED(decay)                                                                             \
  if ((decay) != 0)                                                                                \
    TH_NO_ALIAS for (int64_t i = first; i < last; i++) g[i] = g[i] + (decay)*x[i];

TH_KERNEL static void T_(sgd)(const OptimStep *step, int64_t first, int64_t last)
{
  real *x = ARRAY(0), *g = ARRAY(1), *v = ARRAY(2);
  const real rate = (real)-step->s[0], decay = (real)step->s[1], momentum = (real)step->s[2], fresh = (real)step->s[3];
  DECAYED(decay)
  if (!v) {
    TH_NO_ALIAS for (int64_t i = first; i < last; i++) x[i] = x[i] + rate * g[i];
    return;
  }
  if (step->flag[1])
    TH_NO_ALIAS for (int64_t i = first; i < last; i++) v[i] = g[i];
  else TH_NO_ALIAS for (int64_t i = first; i < last; i++) v[i] = v[i] * momentum + fresh * g[i];
  if (step->flag[0])
    TH_NO_ALIAS for (int64_t i = first; i < last; i++)
    {
      g[i] = g[i] + momentum * v[i];
      x[i] = x[i] + rate * g[i];
    }
  else TH_NO_ALIAS for (int64_t i = first; i < last; i++) x[i] = x[i] + rate * v[i];
}

/* m and v of an element */
#define MOMENTS                                                                                    \
  m[i] = m[i] * beta1 + fresh1 * g[i];                                                             \
  v[i] = v[i] * beta2 + fresh2 * g[i] * g[i];

TH_KERNEL static void T_(adam)(const OptimStep *step, int64_t first, int64_t last)
{
  real *x = ARRAY(0), *g = ARRAY(1), *m = ARRAY(2), *v = ARRAY(3), *denom = ARRAY(4);
  const real rate = (real)-step->s[0], beta1 = (real)step->s[1], beta2 = (real)step->s[2], epsilon = (real)step->s[3];
  const real fresh1 = (real)(1 - step->s[1]), fresh2 = (real)(1 - step->s[2]);
  const real scale = (real)step->s[4], decay = (real)step->s[5], shrink = (real)step->s[6];
  DECAYED(decay)
  if (shrink != 1) TH_NO_ALIAS for (int64_t i = first; i < last; i++) x[i] = x[i] * shrink;
  if (step->flag[0])
    TH_NO_ALIAS for (int64_t i = first; i < last; i++)
    {
      MOMENTS
      x[i] = x[i] + rate * m[i];
    }
  else if (denom)
    TH_NO_ALIAS for (int64_t i = first; i < last; i++)
    {
      MOMENTS
      denom[i] = R_SQRT(v[i]) * scale + epsilon;
      x[i] = x[i] + rate * m[i] / denom[i];
    }
  else
    TH_NO_ALIAS for (int64_t i = first; i < last; i++)
    {
      MOMENTS
      x[i] = x[i] + rate * m[i] / (R_SQRT(v[i]) * scale + epsilon);
    }
}

TH_KERNEL static void T_(lamb)(const OptimStep *step, int64_t first, int64_t last)
{
  const real *x = ARRAY(0), *g = ARRAY(1);
  real *m = ARRAY(2), *v = ARRAY(3), *u = ARRAY(4);
  const real rate = (real)step->s[0], beta1 = (real)step->s[1], beta2 = (real)step->s[2], epsilon = (real)step->s[3];
  const real fresh1 = (real)(1 - step->s[1]), fresh2 = (real)(1 - step->s[2]);
  const real scale = (real)step->s[4], decay = (real)step->s[5];
  TH_NO_ALIAS for (int64_t i = first; i < last; i++)
  {
    MOMENTS
    u[i] = rate * m[i] / (R_SQRT(v[i]) * scale + epsilon) + decay * x[i];
  }
}
#undef MOMENTS

TH_KERNEL static void T_(lion)(const OptimStep *step, int64_t first, int64_t last)
{
  real *x = ARRAY(0), *m = ARRAY(2);
  const real *g = ARRAY(1);
  const real rate = (real)-step->s[0], beta1 = (real)step->s[1], beta2 = (real)step->s[2], shrink = (real)step->s[3];
  const real fresh1 = (real)(1 - step->s[1]), fresh2 = (real)(1 - step->s[2]);
  TH_NO_ALIAS for (int64_t i = first; i < last; i++)
  {
    const real u = m[i] * beta1 + fresh1 * g[i];
    x[i] = x[i] * shrink + rate * (real)((u > 0) - (u < 0));
    m[i] = m[i] * beta2 + fresh2 * g[i];
  }
}

TH_KERNEL static void T_(rmsprop)(const OptimStep *step, int64_t first, int64_t last)
{
  real *x = ARRAY(0), *g = ARRAY(1), *m = ARRAY(2);
  const real rate = (real)-step->s[0], alpha = (real)step->s[1], epsilon = (real)step->s[2], decay = (real)step->s[3];
  const real fresh = (real)(1 - step->s[1]);
  DECAYED(decay)
  TH_NO_ALIAS for (int64_t i = first; i < last; i++)
  {
    m[i] = m[i] * alpha + fresh * g[i] * g[i];
    x[i] = x[i] + rate * g[i] / (R_SQRT(m[i]) + epsilon);
  }
}

TH_KERNEL static void T_(adagrad)(const OptimStep *step, int64_t first, int64_t last)
{
  real *x = ARRAY(0), *g = ARRAY(1), *m = ARRAY(2);
  const real rate = (real)-step->s[0], epsilon = (real)step->s[1], decay = (real)step->s[2];
  DECAYED(decay)
  TH_NO_ALIAS for (int64_t i = first; i < last; i++)
  {
    m[i] = m[i] + g[i] * g[i];
    x[i] = x[i] + rate * g[i] / (R_SQRT(m[i]) + epsilon);
  }
}

TH_KERNEL static void T_(adadelta)(const OptimStep *step, int64_t first, int64_t last)
{
  real *x = ARRAY(0), *g = ARRAY(1), *v = ARRAY(2), *a = ARRAY(3);
  const real rho = (real)step->s[0], epsilon = (real)step->s[1], decay = (real)step->s[2], fresh = (real)(1 - step->s[0]);
  DECAYED(decay)
  TH_NO_ALIAS for (int64_t i = first; i < last; i++)
  {
    v[i] = v[i] * rho + fresh * g[i] * g[i];
    const real d = R_SQRT(a[i] + epsilon) / R_SQRT(v[i] + epsilon) * g[i];
    x[i] = x[i] - d;
    a[i] = a[i] * rho + fresh * d * d;
  }
}
#undef DECAYED
#undef ARRAY
