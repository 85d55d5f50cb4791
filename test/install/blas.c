/* The BLAS is found beside libTH at the first product, also when libTH was named by a relative path and the program is
   elsewhere by then, and in a child that asks first. blas [missing]: what is said where it is not there. */
#include "TH.h"
#include <setjmp.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static jmp_buf out;

static void show(const char *message, void *data)
{
  (void)data;
  printf("%s\n", message);
  longjmp(out, 1);
}

static int product(void)
{
  float x[] = {1, 2, 3};
  return THFloatBlas_dot(3, x, 1, x, 1) == 14 ? 0 : 1;
}

int main(int argc, char **argv)
{
  (void)argv;
  if (chdir("/")) return 1;
  if (argc > 1) { /* twice: it stays an error */
    THSetErrorHandler(show, NULL);
    for (volatile int i = 0; i < 2; i++)
      if (!setjmp(out)) return product();
    return 0;
  }
  int status = 1;
  pid_t child = fork();
  if (child == 0) _exit(product());
  if (child < 0 || waitpid(child, &status, 0) != child || status || product()) return 1;
  puts("ok");
  return 0;
}
