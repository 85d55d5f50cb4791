#!/bin/sh
# GCC deletes calls of a function that does nothing but prefetch.
#
# __builtin_prefetch in a loop stays, also under -O2. Move that loop into a function of its own and nothing changes, as long as the
# function is inlined. As soon as it is not (two callers are enough, or noinline), GCC finds that it has no effect
# and drops every call, without a warning: the program computes the same, and memory is no longer fetched ahead. The body is
# still compiled, so looking for prefetch instructions in the object file finds them.
# always_inline keeps them. Clang keeps the calls.
#
# Seen with GCC 12.2.0-14+deb12u1 (cpp-12, amd64), -O2: 0 calls of 2; with always_inline 2 loops with prefetches.
#
# Needs Debian 12's package tools and the libraries of its compiler. Fails when what is seen changes.
set -eu
version=12.2.0-14+deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download "cpp-12=$version" > download.log 2>&1 || { cat download.log; exit 2; }
dpkg -x cpp-12_*.deb gcc
compiler=$(find gcc -name cc1)
cat > ahead.c << 'END'
static KIND void ahead(const char *p, long n)
{
  for (long i = 0; i < n; i += 64) __builtin_prefetch(p + i, 0, 2);
}

void increase(const char *p, long n, char *r)
{
  ahead(p, n);
  for (long i = 0; i < n; i++) r[i] += p[i];
  ahead(p + n, n);
}
END
compile() { "$compiler" -quiet -O2 -DKIND="$1" ahead.c -o ahead.s; }
compile '__attribute__((noinline))'
calls=$(grep -c 'call.*ahead' ahead.s || true)
compile 'inline __attribute__((always_inline))'
loops=$(grep -c 'prefetch' ahead.s || true)
echo "cpp-12 $version: $calls of 2 calls left; always_inline: $loops of 2 loops prefetch"
[ "$calls" = 0 ] && [ "$loops" -ge 2 ] || { echo 'this has changed'; exit 1; }
