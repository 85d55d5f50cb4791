// Linear algebra by cuSOLVER: what it has of THTensorLapack.c's routines, for matrices of the current GPU.
// The library is loaded when first wanted; without it, or with THC_CUSOLVER=0 in the environment, the CPU
// does all of this.
#include "ops/THLapackCall.h"
#include <cstdlib>
#include <cusolverDn.h>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <utility>
#include "THC.h"
#include "THCGeneral.h"
#include "THCKernels.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

static void *library()
{
  static void *opened = [] {
    const char *value = std::getenv("THC_CUSOLVER");
    return value && value[0] == '0' ? nullptr : dlopen("libcusolver.so." TEXT(CUSOLVER_VER_MAJOR), RTLD_NOW);
  }();
  return opened;
}

static void *symbol(const char *name)
{
  void *found = dlsym(library(), name);
  if (!found) THError("cuSOLVER lacks %s", name);
  return found;
}
// A function of the library, by its declaration.
#define LIBRARY(name) (*(decltype(&name))symbol(#name))

static void check(cusolverStatus_t status, const char *call)
{
  if (status != CUSOLVER_STATUS_SUCCESS) THError("%s: cuSOLVER error %d", call, (int)status);
}
#define CHECK(call) check((call), #call)

// One for each GPU and stream, for the life of the process.
static cusolverDnHandle_t handle()
{
  static std::mutex mutex;
  static auto *handles = new std::map<std::pair<int, cudaStream_t>, cusolverDnHandle_t>();
  cudaStream_t stream = THC_stream();
  std::lock_guard<std::mutex> lock(mutex);
  cusolverDnHandle_t &h = (*handles)[{THC_device(), stream}];
  if (h) return h;
  CHECK(LIBRARY(cusolverDnCreate)(&h));
  CHECK(LIBRARY(cusolverDnSetStream)(h, stream));
  return h;
}

namespace {
// Memory of the current stream, for as long as this lives.
template <class T> struct Room {
  T *at = nullptr;
  explicit Room(size_t n)
  {
    void *ptr = nullptr;
    if (n) THCudaMalloc(nullptr, &ptr, n * sizeof(T));
    at = (T *)ptr;
  }
  ~Room() { THCudaFree(nullptr, at); }
  Room(const Room &) = delete;
};

// The functions by element type.
#define FUNCTION(name) \
  template <class... A> static cusolverStatus_t name(float, A... a) { return LIBRARY(cusolverDnS##name)(a...); } \
  template <class... A> static cusolverStatus_t name(double, A... a) { return LIBRARY(cusolverDnD##name)(a...); }
#define WITH_ROOM(name) FUNCTION(name##_bufferSize) FUNCTION(name)
struct Solver {
  WITH_ROOM(getrf)
  FUNCTION(getrs)
  WITH_ROOM(potrf)
  FUNCTION(potrs)
  WITH_ROOM(potri)
  WITH_ROOM(syevd)
  WITH_ROOM(gesvd)
  WITH_ROOM(geqrf)
  WITH_ROOM(orgqr)
  WITH_ROOM(ormqr)
};
} // namespace

static cublasFillMode_t fill_of(char uplo)
{
  return uplo == 'U' ? CUBLAS_FILL_MODE_UPPER : CUBLAS_FILL_MODE_LOWER;
}

static int info_of(const Room<int> &info)
{
  int value;
  THC_toHost(&value, info.at, sizeof value);
  return value;
}

// LU factors of a, in place.
template <class T> static int factorize(const THLapackCall &c, int *pivot)
{
  T *a = (T *)c.a;
  int lwork;
  Room<int> info(1);
  CHECK(Solver::getrf_bufferSize(T(), handle(), c.n, c.n, a, c.lda, &lwork));
  Room<T> work((size_t)lwork);
  CHECK(Solver::getrf(T(), handle(), c.n, c.n, a, c.lda, work.at, pivot, info.at));
  return info_of(info);
}

template <class T> static int substitute(const THLapackCall &c, const int *pivot, T *b, int columns, int ldb)
{
  Room<int> info(1);
  CHECK(Solver::getrs(T(), handle(), CUBLAS_OP_N, c.n, columns, (const T *)c.a, c.lda, pivot, b, ldb, info.at));
  return info_of(info);
}

template <class T> static int gesv(const THLapackCall &c)
{
  Room<int> pivot((size_t)c.n);
  const int info = factorize<T>(c, pivot.at);
  return info ? info : substitute<T>(c, pivot.at, (T *)c.b, c.k, c.ldb);
}

template <class T> static int getrf(const THLapackCall &c)
{
  Room<int> pivot((size_t)c.n);
  const int info = factorize<T>(c, pivot.at);
  THC_toHost(c.pivot, pivot.at, (size_t)c.n * sizeof(int));
  return info;
}

// The inverse solves A X = 1.
template <class T> static int getri(const THLapackCall &c)
{
  const size_t bytes = (size_t)c.n * (size_t)c.n * sizeof(T);
  Room<int> pivot((size_t)c.n);
  TH_AUTO(THAnyTensor) x = THAnyTensor_new((THType)c.A->type);
  THC_CHECK(cudaMemcpyAsync(pivot.at, c.pivot, (size_t)c.n * sizeof(int), cudaMemcpyHostToDevice, THC_stream()));
  THAnyTensor_eye(x, c.n, c.n);
  const int info = substitute<T>(c, pivot.at, (T *)THAnyTensor_data(x), c.n, c.n);
  THC_CHECK(cudaMemcpyAsync(c.a, THAnyTensor_data(x), bytes, cudaMemcpyDeviceToDevice, THC_stream()));
  return info;
}

template <class T> static int potrf(const THLapackCall &c)
{
  int lwork;
  Room<int> info(1);
  CHECK(Solver::potrf_bufferSize(T(), handle(), fill_of(c.uplo), c.n, (T *)c.a, c.lda, &lwork));
  Room<T> work((size_t)lwork);
  CHECK(Solver::potrf(T(), handle(), fill_of(c.uplo), c.n, (T *)c.a, c.lda, work.at, lwork, info.at));
  return info_of(info);
}

template <class T> static int potrs(const THLapackCall &c)
{
  Room<int> info(1);
  CHECK(Solver::potrs(T(), handle(), fill_of(c.uplo), c.n, c.k, (const T *)c.a, c.lda, (T *)c.b, c.ldb, info.at));
  return info_of(info);
}

template <class T> static int potri(const THLapackCall &c)
{
  int lwork;
  Room<int> info(1);
  CHECK(Solver::potri_bufferSize(T(), handle(), fill_of(c.uplo), c.n, (T *)c.a, c.lda, &lwork));
  Room<T> work((size_t)lwork);
  CHECK(Solver::potri(T(), handle(), fill_of(c.uplo), c.n, (T *)c.a, c.lda, work.at, lwork, info.at));
  return info_of(info);
}

template <class T> static int syev(const THLapackCall &c)
{
  int lwork;
  Room<int> info(1);
  const cusolverEigMode_t job = c.job == 'V' ? CUSOLVER_EIG_MODE_VECTOR : CUSOLVER_EIG_MODE_NOVECTOR;
  CHECK(Solver::syevd_bufferSize(T(), handle(), job, fill_of(c.uplo), c.n, (const T *)c.a, c.lda, (const T *)c.b,
                                 &lwork));
  Room<T> work((size_t)lwork);
  CHECK(Solver::syevd(T(), handle(), job, fill_of(c.uplo), c.n, (T *)c.a, c.lda, (T *)c.b, work.at, lwork, info.at));
  return info_of(info);
}

template <class T> static int gesvd(const THLapackCall &c)
{
  int lwork;
  Room<int> info(1);
  CHECK(Solver::gesvd_bufferSize(T(), handle(), c.m, c.n, &lwork));
  Room<T> work((size_t)lwork);
  CHECK(Solver::gesvd(T(), handle(), (signed char)c.job, (signed char)c.job, c.m, c.n, (T *)c.a, c.lda, (T *)c.b,
                      (T *)c.x, c.m, (T *)c.y, c.ldb, work.at, lwork, (T *)nullptr, info.at));
  return info_of(info);
}

template <class T> static int geqrf(const THLapackCall &c)
{
  int lwork;
  Room<int> info(1);
  CHECK(Solver::geqrf_bufferSize(T(), handle(), c.m, c.n, (T *)c.a, c.lda, &lwork));
  Room<T> work((size_t)lwork);
  CHECK(Solver::geqrf(T(), handle(), c.m, c.n, (T *)c.a, c.lda, (T *)c.b, work.at, lwork, info.at));
  return info_of(info);
}

template <class T> static int orgqr(const THLapackCall &c)
{
  int lwork;
  Room<int> info(1);
  CHECK(Solver::orgqr_bufferSize(T(), handle(), c.m, c.n, c.k, (const T *)c.a, c.lda, (const T *)c.b, &lwork));
  Room<T> work((size_t)lwork);
  CHECK(Solver::orgqr(T(), handle(), c.m, c.n, c.k, (T *)c.a, c.lda, (const T *)c.b, work.at, lwork, info.at));
  return info_of(info);
}

template <class T> static int ormqr(const THLapackCall &c)
{
  int lwork;
  Room<int> info(1);
  const cublasSideMode_t side = c.job == 'L' ? CUBLAS_SIDE_LEFT : CUBLAS_SIDE_RIGHT;
  const cublasOperation_t trans = c.trans == 'N' ? CUBLAS_OP_N : CUBLAS_OP_T;
  CHECK(Solver::ormqr_bufferSize(T(), handle(), side, trans, c.m, c.n, c.k, (const T *)c.a, c.lda, (const T *)c.b,
                                 (const T *)c.x, c.m, &lwork));
  Room<T> work((size_t)lwork);
  CHECK(Solver::ormqr(T(), handle(), side, trans, c.m, c.n, c.k, (const T *)c.a, c.lda, (const T *)c.b, (T *)c.x, c.m,
                      work.at, lwork, info.at));
  return info_of(info);
}

template <class T> static bool run(const THLapackCall &c, int *info)
{
  switch (c.routine) {
  case GESV: *info = gesv<T>(c); break;
  case GETRF: *info = getrf<T>(c); break;
  case GETRI: *info = getri<T>(c); break;
  case POTRF: *info = potrf<T>(c); break;
  case POTRS: *info = potrs<T>(c); break;
  case POTRI: *info = potri<T>(c); break;
  case SYEV: *info = syev<T>(c); break;
  case GESVD:
    if (c.m < c.n) return false; // cuSOLVER wants tall matrices
    *info = gesvd<T>(c);
    break;
  case GEQRF: *info = geqrf<T>(c); break;
  case ORGQR: *info = orgqr<T>(c); break;
  case ORMQR: *info = ormqr<T>(c); break;
  default: return false;
  }
  return true;
}

bool THC_lapack(const THLapackCall *call, THType type, int *info)
{
  if (!library()) return false;
  return THType_element(type) == TH_FLOAT ? run<float>(*call, info) : run<double>(*call, info);
}
