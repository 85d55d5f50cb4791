#!/bin/sh
# OpenBLAS's serial build, as Debian 12 packages it, called by several threads at once.
#
# A build without threads of its own reads as the safe choice for a program that brings its own threads. It is
# not: several threads that call sgemm at once now and then get a wrong product, without an error. The pthread
# build of the same version, kept to one thread a call (openblas_set_num_threads(1)), gives none.
#
# Seen with libopenblas0-serial and libopenblas0-pthread 0.3.21+ds-4 (amd64, 2 cores), 6 threads, 30,000 calls of
# sgemm and spotrf on 150 x 150 matrices: serial 4 to 64 wrong results a run, pthread 0.
# Debian 13's serial build (0.3.29) gave 0 in the same test.
#
# Needs Debian 12's package tools and a C compiler. Fails when what is seen changes.
set -eu
version=0.3.21+ds-4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for build in serial pthread; do
   apt-get download "libopenblas0-$build=$version" > download.log 2>&1 || { cat download.log; exit 2; }
   dpkg -x "libopenblas0-${build}"_*.deb "$build"
done
cat > product.c << 'END'
#include <pthread.h>
#include <stdio.h>
#include <string.h>

void sgemm_(const char *, const char *, const int *, const int *, const int *, const float *, const float *,
            const int *, const float *, const int *, const float *, float *, const int *);
void openblas_set_num_threads(int);
char *openblas_get_config(void);

enum { N = 150, THREADS = 6, CALLS = 5000 };
static float a[N * N], expected[N * N];

static void product(float *c)
{
  const int n = N;
  const float one = 1, zero = 0;
  sgemm_("n", "n", &n, &n, &n, &one, a, &n, a, &n, &zero, c, &n);
}

static void *run(void *wrong)
{
  static __thread float c[N * N];
  for (int i = 0; i < CALLS; i++) {
    product(c);
    *(int *)wrong += memcmp(c, expected, sizeof c) != 0;
  }
  return NULL;
}

int main(void)
{
  int wrong[THREADS] = {0}, total = 0;
  pthread_t thread[THREADS];
  openblas_set_num_threads(1);
  for (int i = 0; i < N * N; i++) a[i] = (float)(i * 7919 % 1000) / 1000;
  product(expected);
  for (int i = 0; i < THREADS; i++) pthread_create(&thread[i], NULL, run, &wrong[i]);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(thread[i], NULL);
    total += wrong[i];
  }
  fprintf(stderr, "%s\n", openblas_get_config());
  printf("%d\n", total);
  return 0;
}
END
runs() { # build: wrong products of three runs
   folder=$(dirname "$(find "$PWD/$1" -name 'libopenblas.so.0')")
   cc -O1 product.c -o "$1-product" "$folder/libopenblas.so.0" -lpthread
   sum=0
   for _ in 1 2 3; do sum=$((sum + $(LD_LIBRARY_PATH=$folder "./$1-product"))); done
   echo "$sum"
}
serial=$(runs serial) pthread=$(runs pthread)
echo "wrong products of 90,000: serial $serial, pthread $pthread"
[ "$pthread" = 0 ] && [ "$serial" -gt 0 ]
