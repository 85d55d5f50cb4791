#!/bin/sh
# LuaJIT as Debian 12 packages it: nested loops over pairs that are compiled count wrongly.
#
# Two tables of 6 keys have 36 pairs of keys. A function that counts them by one loop in another, called for
# tables of 4 and of 6 keys in turn, finds 42 (7 times 6) from some moment on. No error is raised, no foreign
# function is called, the tables do not change meanwhile. It needs a loop that may have no more side traces: the option
# maxside=2 makes it so at once; with the default, 100, it was met in a long program whose loops had many shapes.
# Interpreted (-joff) the same program is right.
#
# Seen with luajit and libluajit-5.1-2 2.1.0~beta3+git20220320+dfsg-4.1+deb12u1 (amd64): of 201,600 calls 88,000 to 91,000
# wrong in each run; interpreted 0.
#
# Needs Debian 12's package tools. Fails when what is seen changes.
set -eu
version=2.1.0~beta3+git20220320+dfsg-4.1+deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in luajit libluajit-5.1-2; do
   apt-get download "$package=$version" > download.log 2>&1 || { cat download.log; exit 2; }
   dpkg -x "${package}"_*.deb root
done
cat > pairs.lua << 'END'
local function window(first, last)
   local r = {}
   for k = first, last do r[k] = true end
   return r
end

local function counter(first, last)
   return function()
      local rows, columns, n = window(first, last), window(first, last), 0
      for _ in pairs(rows) do
         for _ in pairs(columns) do n = n + 1 end
      end
      return n
   end
end

local kinds = {{16, counter(-1, 2)}, {36, counter(-2, 3)}}
local wrong, example = 0, ''
for _ = 1, 12 do
   for _, kind in ipairs(kinds) do
      local expected, count = kind[1], kind[2]
      for _ = 1, 4 do
         for _ = 1, 2100 do
            local n = count()
            if n ~= expected then wrong, example = wrong + 1, ', such as ' .. n .. ' instead of ' .. expected end
         end
      end
   end
end
io.stderr:write(wrong, ' wrong counts', example, '\n')
print(wrong)
END
libraries=$(dirname "$(find "$work/root" -name 'libluajit-5.1.so.2')")
run() { LD_LIBRARY_PATH=$libraries "$work/root/usr/bin/luajit" "$@"; }
run -v
compiled=$(run -Omaxside=2 pairs.lua) interpreted=$(run -joff pairs.lua)
echo "wrong counts of 201,600: compiled $compiled, interpreted $interpreted"
[ "$interpreted" = 0 ] && [ "$compiled" -gt 0 ]
