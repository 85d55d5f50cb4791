#ifndef THC_SIMT_LAUNCH_H
#define THC_SIMT_LAUNCH_H
/* What THC_LAUNCH expands to: packs kernel and arguments, hands them to the stream. */
#include <tuple>
#include <type_traits>
#include "cuda_runtime_api.h"
#include "simt_block.h"

struct thc_simt_site {
  const char *kernel, *file;
  int line;
};
struct thc_simt_config {
  thc_simt_site site;
  dim3 grid, block;
  size_t shared;
  cudaStream_t stream;
};

struct thc_simt_call {
  virtual ~thc_simt_call() = default;
  virtual void run_threads() const = 0; /* the current one, then those that have not started */
  virtual thc_simt_call *clone() const = 0;
};
/* Copies `call` when the launch is deferred. Errors go where cudaGetLastError finds them. */
__attribute__((visibility("default"))) void thc_simt_submit(const thc_simt_config &config,
                                                            const thc_simt_call &call);

template <class... P> struct thc_simt_packed final : thc_simt_call {
  void (*kernel)(P...);
  std::tuple<P...> parameters;

  template <class... A>
  thc_simt_packed(void (*k)(P...), A &&...a) : kernel(k), parameters(static_cast<P>(a)...)
  {
  }
  void run_threads() const override
  {
    do std::apply(kernel, parameters);
    while (thc_simt_next_thread());
  }
  thc_simt_call *clone() const override { return new thc_simt_packed(*this); }
};

template <class... P> struct thc_simt_launcher {
  static_assert((std::is_trivially_copyable_v<P> && ...),
                "parameters of a kernel must be trivially copyable");
  static_assert((0 + ... + sizeof(P)) <= 4096, "a kernel has at most 4096 bytes of parameters");
  thc_simt_config config;
  void (*kernel)(P...);

  thc_simt_launcher(thc_simt_site site, void (*k)(P...), dim3 grid, dim3 block, size_t shared,
                    cudaStream_t stream)
      : config{site, grid, block, shared, stream}, kernel(k)
  {
  }
  template <class... A> void operator()(A &&...a) const
  {
    static_assert(sizeof...(A) == sizeof...(P), "wrong number of arguments for the kernel");
    thc_simt_submit(config, thc_simt_packed<P...>(kernel, a...));
  }
};

#endif
