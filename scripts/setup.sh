# shellcheck shell=sh
# Read by the other scripts: finds the project, installs what a build lacks, configures and builds.
# Works on any system that has everything; only where something is missing are Debian's package
# tools called.
set -eu
cd "$(dirname "$0")/.."
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# equal compilations of different checkouts share a cache entry
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1

say() { printf '== %s\n' "$*"; }
have() { command -v "$1" > /dev/null 2>&1; }
compiles() { # program, libraries
   printf '%s\n' "$1" | ${CC:-cc} -xc - -o /dev/null "$2" > /dev/null 2>&1
}
knows() { have pkg-config && pkg-config --exists "$1"; }

install_packages() { # names
   have apt-get || { say "missing: $*; install them with this system's package manager"; exit 1; }
   as_root=
   [ "$(id -u)" = 0 ] || as_root=sudo
   say "installing $*"
   $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" && return
   say 'that failed; once more after apt-get update'
   $as_root apt-get update
   $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}
# The second is taken when the first cannot be had.
install_either() { install_packages "$1" || install_packages "$2"; }

need_packages() { # also those of the tests: yes or no
   missing=
   have "${CC:-cc}" || missing="$missing gcc libc6-dev"
   have "${CXX:-c++}" || missing="$missing g++" # the CUDA twin and its simulator
   have cmake || missing="$missing cmake"
   have ninja || missing="$missing ninja-build"
   have luajit || missing="$missing luajit"
   have pkg-config || missing="$missing pkg-config"
   knows luajit || missing="$missing libluajit-5.1-dev"
   [ "$1" = no ] || knows check || missing="$missing check"
   # shellcheck disable=SC2086 # a list of names
   [ -z "$missing" ] || install_packages $missing
   compiles 'void cblas_sgemm(void); int main(void) { cblas_sgemm(); }' -lopenblas ||
      install_either libopenblas-openmp-dev libopenblas-dev
   knows libedit || compiles '#include <stdio.h>
      #include <readline/readline.h>
      int main(void) { return 0; }' -lreadline || install_either libreadline-dev libedit-dev
}

build() { # folder, options of cmake
   folder=$1
   shift
   say "building in $folder"
   if [ $# -gt 0 ] || [ ! -f "$folder/build.ninja" ]; then
      mkdir -p "$folder"
      cmake -S . -B "$folder" -G Ninja "$@" > "$folder/configure.log" || {
         cat "$folder/configure.log"
         exit 1
      }
   fi
   ninja -C "$folder" -j "$jobs"
}

# What results may depend on.
describe_machine() { # folder
   "$1/th" -e 'local c = torch.cpuinfo()
      print(("== %s, %d cores"):format(c.model, c.cores))
      print(("== loops: %s, of %s; TH_ISA names another"):format(c.isa, table.concat(c.isas, ", ")))
      print(("== BLAS kernels: %s (%s)"):format(c.blas, c.blasconfig))
      print(("== threads: %d"):format(c.threads))' < /dev/null
}

# Runs ctest in a folder; the last line is "N passed, M failed". False when some failed.
run_tests() { # folder, options of ctest
   report=$1/tests.xml
   rm -f "$report"
   ended=0
   ctest --test-dir "$@" --output-on-failure --output-junit tests.xml < /dev/null || ended=$?
   [ -s "$report" ] || {
      say 'no tests ran'
      echo '0 passed, 1 failed'
      return 1
   }
   attribute() { sed -n "s/.*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$report" | head -n 1; }
   failed=$(attribute failures) skipped=$(($(attribute skipped) + $(attribute disabled)))
   passed=$(($(attribute tests) - failed - skipped))
   # a program that could not even be started counts as skipped in the report
   [ "$ended" = 0 ] || [ "$failed" != 0 ] || failed=1
   if [ "$skipped" != 0 ]; then
      say "$skipped skipped:"
      # the entry's name, and the reason that it printed
      sed -n 's/.*<testcase name="\([^"]*\)".*status="\(notrun\|disabled\)".*/   \1/p
         s/.*\(skipped: .*\)/      \1/p' "$report" | sed 's/<[^>]*>//g'
   fi
   echo "$passed passed, $failed failed"
   [ "$failed" = 0 ]
}
