#ifndef SIMT_TEST_H
#define SIMT_TEST_H
/* For the simulator's tests: device vectors, thread orders, catching reports and deaths. Check runs
   every test in a process of its own. */
#include "../c/ck.h"
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
#include "THCLaunch.h"
#include "thc_simt.h"

#if defined(__SANITIZE_ADDRESS__)
constexpr bool address_sanitizer = true;
#else
constexpr bool address_sanitizer = false;
#endif

/* A vector in device memory; errors end the test. */
template <class T> struct DeviceVector {
  T *data = nullptr;
  size_t n;
  explicit DeviceVector(size_t count) : n(count) { THC_CHECK(cudaMalloc(&data, n * sizeof(T))); }
  explicit DeviceVector(const std::vector<T> &v) : DeviceVector(v.size())
  {
    THC_CHECK(cudaMemcpy(data, v.data(), n * sizeof(T), cudaMemcpyHostToDevice));
  }
  ~DeviceVector() { cudaFree(data); }
  DeviceVector(const DeviceVector &) = delete;
  std::vector<T> get() const
  {
    std::vector<T> v(n);
    THC_CHECK(cudaMemcpy(v.data(), data, n * sizeof(T), cudaMemcpyDeviceToHost));
    return v;
  }
};

static const char *const all_orders[] = {"forward", "reverse", "shuffled:1", "shuffled:2"};

/* test() in every thread order */
static inline void in_all_orders(const std::function<void()> &test)
{
  for (const char *order : all_orders) {
    ck_assert(thc_simt_set_order(order));
    test();
  }
}

/* The reports while it lives; the kernel is given up and the device has an error. */
struct Caught {
  static std::vector<thc_simt_fault> faults;
  static std::string text;
  Caught()
  {
    faults.clear();
    text.clear();
    thc_simt_set_reporter([](const thc_simt_report *report) {
      faults.push_back(report->fault);
      text += report->message;
    });
  }
  ~Caught() { thc_simt_set_reporter(nullptr); }
};
std::vector<thc_simt_fault> Caught::faults;
std::string Caught::text;

static inline void check_contains(const std::string &text, const std::string &part)
{
  ck_assert_msg(text.find(part) != std::string::npos, "'%s' is not in '%s'", part.c_str(),
                text.c_str());
}

/* What a child process writes to stderr while it runs `work`, and how it ended. */
struct Death {
  std::string text;
  int status = 0;
  explicit Death(const std::function<void()> &work)
  {
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
      dup2(ends[1], STDERR_FILENO);
      close(ends[0]);
      close(ends[1]);
      work();
      _exit(0);
    }
    close(ends[1]);
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, (size_t)n);
    close(ends[0]);
    waitpid(child, &status, 0);
  }
  bool failed() const { return !(WIFEXITED(status) && WEXITSTATUS(status) == 0); }
};

static inline int run_suite(const char *name, const std::vector<const TTest *> &tests)
{
  Suite *suite = suite_create(name);
  TCase *tcase = tcase_create(name);
  tcase_set_timeout(tcase, 120);
  for (const TTest *test : tests) tcase_add_test(tcase, test);
  suite_add_tcase(suite, tcase);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
