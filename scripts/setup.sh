# shellcheck shell=sh
# Read by the other scripts: finds the project, installs what a build lacks, configures and builds.
# Works on any Linux that has everything; only where something is missing are Debian's package tools
# called, and where they cannot help one message says what to install.
#   BUILD=DIR  builds there instead of in the folder build of the project
set -eu
from=$PWD
cd "$(dirname "$0")/.."
top=$PWD
case ${BUILD:-} in
'') build=$top/build ;;
/*) build=$BUILD ;;
*) build=$from/$BUILD ;;
esac
export BUILD="$build"
jobs=$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)
# equal compilations of different checkouts share a cache entry
export CCACHE_BASEDIR="$top" CCACHE_NOHASHDIR=1

say() { printf '== %s\n' "$*"; }
have() { command -v "$1" > /dev/null 2>&1; }

# ---- packages ----

# What is needed, and the packages that have it.
packages() {
   cat << 'END'
             apt-get                  dnf                 pacman    apk           zypper
C-compiler   gcc,libc6-dev            gcc                 gcc       build-base    gcc
C++-compiler g++                      gcc-c++             gcc       build-base    gcc-c++
cmake        cmake                    cmake               cmake     cmake         cmake
ninja        ninja-build              ninja-build         ninja     samurai       ninja
pkg-config   pkg-config               pkgconf-pkg-config  pkgconf   pkgconf       pkg-config
luajit       luajit                   luajit              luajit    luajit        luajit
luajit.h     libluajit-5.1-dev        luajit-devel        luajit    luajit-dev    luajit-devel
openblas     libopenblas-pthread-dev  openblas-devel      openblas  openblas-dev  openblas-devel
check        check                    check-devel         check     check-dev     check-devel
readline     libreadline-dev          readline-devel      readline  readline-dev  readline-devel
libpng       libpng-dev               libpng-devel        libpng    libpng-dev    libpng16-devel
libjpeg      libjpeg-dev              libjpeg-turbo-devel libjpeg-turbo libjpeg-turbo-dev libjpeg8-devel
gnuplot      gnuplot-nox              gnuplot             gnuplot   gnuplot       gnuplot
libzmq       libzmq5                  zeromq              zeromq    libzmq        libzmq5
zlib         zlib1g-dev               zlib-devel          zlib      zlib-dev      zlib-devel
MPI          libopenmpi-dev,openmpi-bin openmpi-devel     openmpi   openmpi-dev   openmpi-devel
END
}
needed='C-compiler cmake ninja pkg-config luajit luajit.h openblas'

compiles() { # program, libraries
   printf '%s\n' "$1" | ${CC:-cc} -xc - -o /dev/null "$2" > /dev/null 2>&1
}
knows() { have pkg-config && pkg-config --exists "$1"; }
new_enough() { # version, least
   [ "$(printf '%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n | head -n 1)" = "$2" ]
}
least_cmake=$(sed -n 's/^cmake_minimum_required(VERSION \([0-9.]*\)).*/\1/p' CMakeLists.txt)

present() { # thing
   case $1 in
   C-compiler) compiles '#include <stdio.h>
      int main(void) { return 0; }' -lm ;;
   C++-compiler) printf '#include <vector>\n' | ${CXX:-c++} -xc++ -fsyntax-only - > /dev/null 2>&1 ;;
   cmake) have cmake && new_enough "$(cmake --version | sed -n '1s/[^0-9]*//p')" "$least_cmake" ;;
   ninja) have ninja ;;
   pkg-config) have pkg-config ;;
   luajit) have luajit ;;
   luajit.h) knows luajit ;;
   openblas) compiles 'void cblas_sgemm(void); int main(void) { cblas_sgemm(); }' -lopenblas || knows openblas ;;
   check) knows check ;;
   libpng) knows libpng ;;
   libjpeg) compiles '#include <stdio.h>
      #include <jpeglib.h>
      int main(void) { return 0; }' -ljpeg ;;
   zlib) compiles '#include <zlib.h>
      int main(void) { return !zlibVersion(); }' -lz ;;
   gnuplot) have gnuplot ;;
   MPI) knows ompi-c || knows mpich ;;
   libzmq)
      for file in /usr/lib/*/libzmq.so.* /usr/lib/libzmq.so.* /usr/lib64/libzmq.so.* /usr/local/lib/libzmq.so.*; do
         [ ! -e "$file" ] || return 0
      done
      return 1
      ;;
   readline) knows libedit || compiles '#include <stdio.h>
      #include <readline/readline.h>
      int main(void) { return 0; }' -lreadline ;;
   esac
}

absent() { # things: those of them that are not there
   for thing; do present "$thing" || printf '%s ' "$thing"; done
}
names() { # manager, things: the packages
   manager=$1
   shift
   packages | awk -v manager="$manager" -v things=" $* " '
      NR == 1 { for (i = 1; i <= NF; i++) if ($i == manager) column = i + 1; next }
      index(things, " " $1 " ") && !seen[$column]++ { gsub(",", " ", $column); printf "%s ", $column }'
}

# The one message about all that is missing, for the package manager that is here.
explain() { # things
   say "missing: $*"
   case " $* " in *' cmake '*) echo "   (cmake of version $least_cmake or newer)" ;; esac
   for manager in apt-get dnf pacman apk zypper; do
      have $manager || continue
      case $manager in
      pacman) add='pacman -S' ;;
      apk) add='apk add' ;;
      *) add="$manager install" ;;
      esac
      echo '   As root, this installs it:'
      echo "      $add $(names $manager "$@")"
      exit 1
   done
   echo "   Install it with this system's package manager; Debian's names are:"
   echo "      $(names apt-get "$@")"
   exit 1
}

apt() { # command, options
   $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@"
}
install() { # things; false when they cannot be installed
   have apt-get || return 1
   as_root=
   if [ "$(id -u)" != 0 ]; then
      as_root=sudo
      have sudo || return 1
      sudo -n true 2> /dev/null || [ -t 0 ] || return 1 # it may ask for a password
   fi
   list=$(names apt-get "$@")
   say "installing $list"
   # shellcheck disable=SC2086 # a list of names
   if apt-get install -s $list > /dev/null 2>&1; then
      apt install -y --no-install-recommends $list && return
      say 'that failed; once more after apt-get update'
   fi
   # shellcheck disable=SC2086
   apt update && apt install -y --no-install-recommends $list
}

# What is missed by those who go on without it.
without() { # thing
   case $1 in
   readline) say 'the prompt will have no line editing: neither readline nor libedit is there' ;;
   gnuplot) say 'plots will show in the terminal only: the program gnuplot, which draws files and windows, is not there' ;;
   MPI) say 'dist will run in one process only: no MPI is there' ;;
   libzmq) say 'th will not be a kernel of Jupyter: libzmq is not there' ;;
   zlib) say 'compressed files of NumPy and PyTorch will not be read: zlib is not there' ;;
   *) say "the package image will lack the files that $1 reads and writes, and their tests" ;;
   esac
}

wished='readline gnuplot libzmq zlib MPI' # what is installed, where that is easy, but can be done without

need_packages() { # more things than a build needs
   [ "$(uname -s)" = Linux ] || { say 'this builds on Linux only'; exit 1; }
   # shellcheck disable=SC2086 # lists
   missing=$(absent $needed "$@")
   wished=$(absent $wished)
   [ -n "$missing$wished" ] || return 0
   # shellcheck disable=SC2086
   if [ -n "$missing" ]; then
      install $missing $wished || explain $missing
      missing=$(absent $needed "$@")
      [ -z "$missing" ] || explain $missing
   elif [ "$(id -u)" != 0 ] || ! install $wished; then
      for thing in $(absent $wished); do without "$thing"; done
   fi
}

# ---- builds ----

same_folder() { [ -d "$1" ] && [ -d "$2" ] && [ "$(cd "$1" && pwd -P)" = "$(cd "$2" && pwd -P)" ]; }

# False for a folder that another generator made or that was made for another place.
ours() { # folder
   cached() { sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt" 2> /dev/null; }
   [ "$(cached "$1" CMAKE_GENERATOR)" = Ninja ] && same_folder "$(cached "$1" CMAKE_HOME_DIRECTORY)" "$top" &&
      same_folder "$(cached "$1" CMAKE_CACHEFILE_DIR)" "$1"
}
forget() { # folder: what CMake knows of it; what is built stays
   say "setting up $1 anew"
   rm -rf "$1/CMakeCache.txt" "$1/CMakeFiles" "$1/build.ninja"
}

# Ninja can work there: it is ours, and nothing that would be read is gone.
usable() { # folder
   [ -f "$1/build.ninja" ] && ours "$1" && ninja -C "$1" -n > /dev/null 2>&1
}

run_cmake() { # folder, options of cmake
   into=$1
   shift
   cmake -S . -B "$into" -G Ninja "$@" > "$into/configure.log" 2>&1 && usable "$into"
}

# A folder without options stays as it was configured, when it can.
configure() { # folder, options of cmake
   folder=$1
   shift
   mkdir -p "$folder" 2> /dev/null && [ -w "$folder" ] || {
      say "cannot write in $folder; to build in another folder: BUILD=FOLDER $0"
      exit 1
   }
   [ ! -f "$folder/CMakeCache.txt" ] || ours "$folder" || forget "$folder"
   [ $# = 0 ] && usable "$folder" && return
   run_cmake "$folder" "$@" && return
   [ -f "$folder/CMakeCache.txt" ] && forget "$folder" && run_cmake "$folder" "$@" && return
   cat "$folder/configure.log"
   exit 1
}

compile() { # folder, targets
   folder=$1
   shift
   say "building in $folder"
   ninja -C "$folder" -j "$jobs" "$@"
}

build() { # folder, options of cmake
   configure "$@"
   compile "$1"
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
