// Kernels of fused programs by NVRTC. The library is loaded when a program first runs; without it, or with THC_NVRTC=0 in the
// environment, operations run one after the other.
#include <cstdlib>
#include <dlfcn.h>
#include <nvrtc.h>
#include <string>
#include <vector>
#include "THC.h"
#include "THCFuse.h"
#include "THCGeneral.h"
#include "THCLaunch.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

// ---- the library ----

static void *library()
{
  static void *opened = [] {
    const char *value = std::getenv("THC_NVRTC");
    return value && value[0] == '0' ? nullptr : dlopen("libnvrtc.so." TEXT(THC_CUDA_MAJOR), RTLD_NOW | RTLD_LOCAL);
  }();
  return opened;
}

static void *symbol(const char *name)
{
  void *found = dlsym(library(), name);
  if (!found) THError("NVRTC lacks %s", name);
  return found;
}
// A function of the library, by its declaration.
#define LIBRARY(name) (*(decltype(&name))symbol(#name))

static void check(nvrtcResult result, const char *call)
{
  if (result != NVRTC_SUCCESS) THError("%s: NVRTC error %d", call, (int)result);
}
#define CHECK(call) check((call), #call)

// ---- what the text includes ----

struct Header {
  const char *name, *text;
};

// Ours, as they are; of the system's and the toolkit's as much as they use (nvrtc/).
static const Header headers[] = {
#include "THCFuseHeaders.inc"
};

// ---- compiling ----

// The GPU's own architecture or, when NVRTC is older than that, the newest it knows, for the driver to compile.
static std::string architecture(int target)
{
  int n = 0;
  CHECK(LIBRARY(nvrtcGetNumSupportedArchs)(&n));
  std::vector<int> known((size_t)n);
  CHECK(LIBRARY(nvrtcGetSupportedArchs)(known.data()));
  int newest = 0;
  for (int arch : known) {
    if (arch == target) return "sm_" + std::to_string(target);
    if (arch < target) newest = THMax(newest, arch);
  }
  return "compute_" + std::to_string(newest);
}

// Destroys it also where an error passes.
struct Program {
  nvrtcProgram at = nullptr;
  ~Program()
  {
    if (at) LIBRARY(nvrtcDestroyProgram)(&at);
  }
};

[[noreturn]] static void raise_log(nvrtcProgram program)
{
  size_t size = 0;
  std::string log;
  if (LIBRARY(nvrtcGetProgramLogSize)(program, &size) == NVRTC_SUCCESS) log.resize(size);
  if (size) LIBRARY(nvrtcGetProgramLog)(program, &log[0]);
  THError("fuse: NVRTC does not compile the kernel (THC_NVRTC=0 in the environment does without it):\n%s", log.c_str());
  __builtin_unreachable();
}

// The text for a target: machine code, or PTX that the driver translates. Raises the log.
static std::string compile(const char *text, int target)
{
  std::vector<const char *> names, texts;
  for (const Header &header : headers) names.push_back(header.name), texts.push_back(header.text);
  Program program;
  CHECK(LIBRARY(nvrtcCreateProgram)(&program.at, text, "fused.cu", (int)names.size(), texts.data(), names.data()));
  const std::string arch = "--gpu-architecture=" + architecture(target);
  // every operation is rounded, as on the CPU; also those of different operations, which contraction would join
  const char *const options[] = {arch.c_str(), "--std=c++17", "--device-as-default-execution-space", "--fmad=false", "--disable-warnings"};
  if (LIBRARY(nvrtcCompileProgram)(program.at, 5, options) != NVRTC_SUCCESS) raise_log(program.at);
  const bool binary = arch.find("=sm_") != std::string::npos;
  size_t size = 0;
  CHECK(binary ? LIBRARY(nvrtcGetCUBINSize)(program.at, &size) : LIBRARY(nvrtcGetPTXSize)(program.at, &size));
  std::string code(size, 0);
  CHECK(binary ? LIBRARY(nvrtcGetCUBIN)(program.at, &code[0]) : LIBRARY(nvrtcGetPTX)(program.at, &code[0]));
  return code;
}

// ---- kernels ----

enum { BLOCK = 256 }; // THC_BLOCK

struct Kernel {
  cudaKernel_t packs, strided;
};

int THC_fusedTarget()
{
  if (!library()) return -1;
  int major, minor;
  THC_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, THC_device()));
  THC_CHECK(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, THC_device()));
  return 10 * major + minor;
}

void *THC_fusedCompile(const char *text)
{
  const std::string code = compile(text, THC_fusedTarget());
  cudaLibrary_t loaded;
  Kernel kernel;
  THC_CHECK(cudaLibraryLoadData(&loaded, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0));
  THC_CHECK(cudaLibraryGetKernel(&kernel.packs, loaded, "fusedPacks"));
  THC_CHECK(cudaLibraryGetKernel(&kernel.strided, loaded, "fusedStrided"));
  return new Kernel(kernel);
}

void THC_fusedLaunch(void *kernel, bool packs, unsigned grid, cudaStream_t stream, const THCFused *piece)
{
  const auto *k = (const Kernel *)kernel;
  void *arguments[] = {(void *)piece};
  THC_CHECK(cudaLaunchKernel((const void *)(packs ? k->packs : k->strided), dim3(grid), dim3(BLOCK), arguments, 0, stream));
  THCLaunch_checkLaunch("fused", stream, __FILE__, __LINE__);
}
