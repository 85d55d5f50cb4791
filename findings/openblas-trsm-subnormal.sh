#!/bin/sh
# A triangular system with a subnormal number in its diagonal, solved by OpenBLAS's trsm and by its trsv.
#
# 1e-39 x = 2e-39 has the solution 2. trsv, for one right side, finds it; trsm, for several, gives infinity: when it copies
# the triangle it replaces the diagonal by reciprocals, and 1 / 1e-39 is beyond a float. The other unknowns become NaN
# even where nothing couples them to the first, as infinity times the 0 beside the diagonal is added to them. LAPACK's trtrs goes to
# trsv for one right side and to trsm for more, so that a column alone and beside another have different solutions. The border is a
# quarter of the smallest normal number, 2.9e-39 (5.6e-309 for doubles).
# The reference BLAS divides, and is right.
#
# Seen with OpenBLAS 0.3.21 (libopenblas0-pthread 0.3.21+ds-4, amd64; cores Prescott, Haswell, SkylakeX alike) and with 0.3.34
# (scipy-openblas32 0.3.34.481.3): "trsm inf nan, trsv 2 3"; libblas3 3.11.0-2: "trsm 2 3, trsv 2 3".
#
# Needs Debian 12's package tools, pip and a C compiler. Fails when what is seen changes.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in libopenblas0-pthread=0.3.21+ds-4 libblas3=3.11.0-2; do
   apt-get download "$package" > download.log 2>&1 || { cat download.log; exit 2; }
done
dpkg -x libopenblas0-pthread_*.deb openblas
dpkg -x libblas3_*.deb reference
pip download -q --no-deps --only-binary=:all: scipy-openblas32==0.3.34.481.3
python3 -m zipfile -e scipy_openblas32-*.whl newest
cat > solve.c << 'END'
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>

typedef void Trsm(const char *, const char *, const char *, const char *, const int *, const int *, const float *, const float *,
                  const int *, float *, const int *);
typedef void Trsv(const char *, const char *, const char *, const int *, const float *, const int *, float *, const int *);

/* path of a library, what its names begin with */
int main(int argc, char **argv)
{
  const int n = 2, once = 1;
  const float one = 1, a[4] = {1e-39f, 0, 0, 1};
  float b[4] = {2e-39f, 3, 2e-39f, 3}, x[2] = {2e-39f, 3};
  char name[64];
  void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (!library) return fprintf(stderr, "%s\n", dlerror()), 2;
  snprintf(name, sizeof name, "%sstrsm_", argv[2]);
  Trsm *trsm = (Trsm *)dlsym(library, name);
  snprintf(name, sizeof name, "%sstrsv_", argv[2]);
  Trsv *trsv = (Trsv *)dlsym(library, name);
  if (!trsm || !trsv) return 2;
  trsm("L", "L", "N", "N", &n, &n, &one, a, &n, b, &n);
  trsv("L", "N", "N", &n, a, &n, x, &once);
  printf("trsm %g %g, trsv %g %g\n", b[0], fabsf(b[1]), x[0], x[1]); /* NaN's sign is not of interest */
  return 0;
}
END
cc -O1 solve.c -o solve -ldl -lm
export OPENBLAS_NUM_THREADS=1
find_library() { find "$work/$1" -name "$2" | head -n 1; }
old=$(./solve "$(find_library openblas 'libopenblas.so.0')" '')
LD_LIBRARY_PATH=$(find "$work/newest" -name '*.libs' -type d | head -n 1):$(dirname "$(find_library newest 'libscipy_openblas.so')")
export LD_LIBRARY_PATH
new=$(./solve "$(find_library newest 'libscipy_openblas.so')" scipy_)
reference=$(./solve "$(find_library reference 'libblas.so.3')" '')
echo "OpenBLAS 0.3.21: $old; 0.3.34: $new; reference: $reference"
[ "$old" = 'trsm inf nan, trsv 2 3' ] && [ "$new" = "$old" ] && [ "$reference" = 'trsm 2 3, trsv 2 3' ]
