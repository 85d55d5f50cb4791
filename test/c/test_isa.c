/* A program that links against libTH runs whatever TH_ISA says; what needs the loops raises then. The
   tests run in a process of their own: this program once more, with another environment. */
#include "TH.h"
#include "th_test.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void ask(void *arg) { *(const char **)arg = THGetISA(); }
static void add(void *arg) { THFloatTensor_add(arg, arg, 1); }
static void sum(void *arg) { THFloatTensor_sumall(arg); }

/* Exit status of the child: which of the things that should raise did not. */
static int child(void)
{
  const char *isa;
  THFloatTensor *x = THFloatTensor_newWithSize1d(3); /* needs no loops */
  th_Catch c;
  int missed = 0;
  if (!th_catch(&c, ask, &isa) || !strstr(c.message, "TH_ISA=pentium")) missed |= 1;
  if (!th_catch(&c, add, x) || !strstr(c.message, "TH_ISA=pentium")) missed |= 2;
  if (!th_catch(&c, sum, x) || !strstr(c.message, "base")) missed |= 4;
  THFloatTensor_free(x);
  return missed;
}

START_TEST(unknown)
{
  pid_t pid = fork();
  if (pid == 0) {
    setenv("TH_ISA", "pentium", 1);
    execl("/proc/self/exe", "test_isa", "--child", (char *)NULL);
    _exit(99);
  }
  int status;
  ck_assert_int_eq(waitpid(pid, &status, 0), pid);
  ck_assert(WIFEXITED(status));
  ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(offered)
{
  ck_assert(THHasISA("base"));
  ck_assert(THHasISA(THGetISA()));
  ck_assert(!THHasISA("pentium"));
  ck_assert(*THGetCPU() && *THGetBLAS() && *THGetBLASConfig());
}
END_TEST

int main(int argc, char **argv)
{
  if (argc > 1 && !strcmp(argv[1], "--child")) return child();
  Suite *s = suite_create("isa");
  TCase *tc = tcase_create("choice");
  tcase_add_test(tc, unknown);
  tcase_add_test(tc, offered);
  suite_add_tcase(s, tc);
  SRunner *runner = srunner_create(s);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}
