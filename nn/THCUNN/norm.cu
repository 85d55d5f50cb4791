// Batch normalisation, and sums over planes.
#include "THCUNN.h"
using namespace thcunn;

// ---- sums over planes ----

template <class T> struct PlaneElement {
  const T *x;
  int64_t planes, s;
  __device__ void operator()(int64_t plane, int64_t i, Sums *sums) const
  {
    int64_t at = i, sample = split(&at, s);
    sums->a += load(x + (sample * planes + plane) * s + at);
  }
};

template <class T> struct AddScaled {
  T *sum;
  double scale;
  __device__ void operator()(int64_t plane, Sums s) const
  {
    store(sum + plane, load(sum + plane) + (Compute<T>)(scale * s.a));
  }
};

template <class T>
static void plane_sums(int64_t n, int64_t planes, int64_t s, const void *x, double scale, void *sum)
{
  sum_segments(planes, n * s, PlaneElement<T>{(const T *)x, planes, s},
               AddScaled<T>{(T *)sum, scale});
}

void THCUNN_planeSums(THType type, int64_t n, int64_t planes, int64_t s, const void *x,
                      double scale, void *sum)
{
  THCUNN_DISPATCH(type, plane_sums, n, planes, s, x, scale, sum);
}

// ---- normalisation: what the passes over the elements take from each other, for every feature
// ----

struct Feature {
  double mean, factor, bias; // y = (x - mean) factor + bias
  double gmean, slope;       // gx = (g - gmean - (x - mean) slope) factor
};

template <class T> static __device__ double get(const THNN_Vector &v, int64_t i, double absent)
{
  return v.data ? (double)load((const T *)v.data + i * v.stride) : absent;
}
template <class T> static __device__ void put(const THNN_Vector &v, int64_t i, double value)
{
  if (v.data) store((T *)v.data + i * v.stride, value);
}

// Element i of a feature.
static __device__ int64_t position_of(const THNN_Norm &b, int64_t feature, int64_t i)
{
  int64_t at = i, sample = split(&at, b.positions);
  return (sample * b.features + feature) * b.positions + at;
}

template <class T> struct Sum {
  THNN_Norm b;
  const T *x;
  __device__ void operator()(int64_t f, int64_t i, Sums *s) const
  {
    s->a += load(x + position_of(b, f, i));
  }
};
struct Mean {
  double count;
  Feature *feature;
  __device__ void operator()(int64_t f, Sums s) const { feature[f].mean = s.a / count; }
};

template <class T> struct Squares {
  THNN_Norm b;
  const T *x;
  const Feature *feature;
  __device__ void operator()(int64_t f, int64_t i, Sums *s) const
  {
    double d = load(x + position_of(b, f, i)) - feature[f].mean;
    s->a += d * d;
  }
};
// Keeps the moments of the batch and brings the running ones up to date.
template <class T> struct TakeMoments {
  THNN_Norm b;
  double count;
  Feature *feature;
  __device__ void operator()(int64_t f, Sums s) const
  {
    double mean = feature[f].mean;
    double invstd = s.a == 0 && b.eps == 0 ? 0 : 1 / sqrt(s.a / count + b.eps);
    put<T>(b.save_mean, f, mean);
    put<T>(b.save_std, f, invstd);
    put<T>(b.running_mean, f, b.momentum * mean + (1 - b.momentum) * get<T>(b.running_mean, f, 0));
    put<T>(b.running_var, f,
           b.momentum * (s.a / (count - 1)) + (1 - b.momentum) * get<T>(b.running_var, f, 1));
    feature[f].factor = invstd * get<T>(b.weight, f, 1);
    feature[f].bias = get<T>(b.bias, f, 0);
  }
};

template <class T> __global__ void use_running_moments(THNN_Norm b, Feature *feature)
{
  THCUNN_EACH(f, b.features)
  {
    feature[f].mean = get<T>(b.running_mean, f, 0);
    feature[f].factor = get<T>(b.weight, f, 1) / sqrt(get<T>(b.running_var, f, 1) + b.eps);
    feature[f].bias = get<T>(b.bias, f, 0);
  }
}

static __device__ const Feature &feature_at(const THNN_Norm &b, const Feature *feature, int64_t i)
{
  int64_t f = quotient(i, b.positions);
  split(&f, b.features);
  return feature[f];
}

template <class T>
__global__ void normalize_elements(THNN_Norm b, const Feature *feature, const T *x, T *y)
{
  typedef Compute<T> C;
  THCUNN_EACH(i, b.n * b.features * b.positions)
  {
    const Feature &f = feature_at(b, feature, i);
    store(y + i, (load(x + i) - (C)f.mean) * (C)f.factor + (C)f.bias);
  }
}

template <class T> static void normalize(const THNN_Norm *b, const void *x_, void *y)
{
  const T *x = (const T *)x_;
  Workspace room(b->features * (int64_t)sizeof(Feature));
  Feature *feature = (Feature *)room.data();
  int64_t count = b->n * b->positions;
  if (b->train) {
    sum_segments(b->features, count, Sum<T>{*b, x}, Mean{(double)count, feature});
    sum_segments(b->features, count, Squares<T>{*b, x, feature},
                 TakeMoments<T>{*b, (double)count, feature});
  } else {
    THC_LAUNCH((use_running_moments<T>), grid_for(b->features), BLOCK, 0, current_stream(), *b,
               feature);
  }
  THC_LAUNCH((normalize_elements<T>), grid_for(count * b->features), BLOCK, 0, current_stream(), *b,
             feature, x, (T *)y);
}

void THCUNN_normalize(THType type, const THNN_Norm *b, const void *x, void *y)
{
  THCUNN_DISPATCH(type, normalize, b, x, y);
}

// ---- gradients ----

template <class T> struct GradSums {
  THNN_Norm b;
  const T *x, *g;
  __device__ void operator()(int64_t f, int64_t i, Sums *s) const
  {
    int64_t at = position_of(b, f, i);
    double gradient = load(g + at);
    s->a += gradient;
    s->b += (load(x + at) - get<T>(b.train ? b.save_mean : b.running_mean, f, 0)) * gradient;
  }
};

template <class T> struct TakeGradients {
  THNN_Norm b;
  double count;
  Feature *feature;
  __device__ void operator()(int64_t f, Sums s) const
  {
    double invstd =
        b.train ? get<T>(b.save_std, f, 1) : 1 / sqrt(get<T>(b.running_var, f, 1) + b.eps);
    feature[f].mean = get<T>(b.train ? b.save_mean : b.running_mean, f, 0);
    feature[f].gmean = b.train ? s.a / count : 0;
    feature[f].slope = b.train ? s.b * invstd * invstd / count : 0;
    feature[f].factor = invstd * get<T>(b.weight, f, 1);
    put<T>(b.gradWeight, f, get<T>(b.gradWeight, f, 0) + b.scale * s.b * invstd);
    put<T>(b.gradBias, f, get<T>(b.gradBias, f, 0) + b.scale * s.a);
  }
};

template <class T>
__global__ void grad_elements(THNN_Norm b, const Feature *feature, const T *x, const T *g, T *gx)
{
  typedef Compute<T> C;
  THCUNN_EACH(i, b.n * b.features * b.positions)
  {
    const Feature &f = feature_at(b, feature, i);
    store(gx + i,
          (load(g + i) - (C)f.gmean - (load(x + i) - (C)f.mean) * (C)f.slope) * (C)f.factor);
  }
}

template <class T>
static void normalize_grad(const THNN_Norm *b, const void *x_, const void *g_, void *gx)
{
  const T *x = (const T *)x_, *g = (const T *)g_;
  Workspace room(b->features * (int64_t)sizeof(Feature));
  Feature *feature = (Feature *)room.data();
  int64_t count = b->n * b->positions;
  sum_segments(b->features, count, GradSums<T>{*b, x, g},
               TakeGradients<T>{*b, (double)count, feature});
  if (gx)
    THC_LAUNCH((grad_elements<T>), grid_for(count * b->features), BLOCK, 0, current_stream(), *b,
               feature, x, g, (T *)gx);
}

void THCUNN_normalizeGrad(THType type, const THNN_Norm *b, const void *x, const void *gy, void *gx)
{
  THCUNN_DISPATCH(type, normalize_grad, b, x, gy, gx);
}
