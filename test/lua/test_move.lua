-- labels: quick
-- Large results, which are stored past the cache, and rearrangements: the same elements as a row or an element at a time
-- gives, for every layout and number of threads.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'

local function same(a, b) return a:ne(b):sum() == 0 end

-- ---- results that no cache holds ----

local ROWS, COLUMNS = 1201, 1409 -- two inputs of doubles and a result are 67 MB; nothing is a multiple of a line

local function by_rows(f, x, y)
   local r = torch.DoubleTensor(ROWS, COLUMNS)
   for i = 1, ROWS do f(r[i], x[i], y[i]) end
   return r
end

local base = torch.rand(ROWS + 3, COLUMNS + 7)
local row, column = torch.rand(1, COLUMNS), torch.rand(ROWS, 1)
local layouts = {
   contiguous = torch.rand(ROWS, COLUMNS), narrowed = base:narrow(1, 2, ROWS):narrow(2, 3, COLUMNS),
   ['row repeated'] = row:expand(ROWS, COLUMNS), ['column repeated'] = column:expand(ROWS, COLUMNS),
}
local function add(r, x, y) return torch.add(r, x, 2, y) end
for xs, x in pairs(layouts) do
   for ys, y in pairs(layouts) do
      local expected = by_rows(add, x, y)
      for _, threads in ipairs{1, 2, 7} do
         torch.setnumthreads(threads)
         check.ok(same(add(torch.DoubleTensor(), x, y), expected), ('add, %s and %s, %d threads'):format(xs, ys, threads))
      end
   end
end
local x = layouts.narrowed
check.ok(same(torch.FloatTensor(ROWS, COLUMNS):copy(x), x:clone():float()), 'doubles of a window as floats')
-- from the second element of a storage on: no line begins with the result
local off = torch.DoubleTensor(ROWS * COLUMNS + 1):narrow(1, 2, ROWS * COLUMNS):view(ROWS, COLUMNS)
check.ok(same(add(off, x, layouts.contiguous), by_rows(add, x, layouts.contiguous)), 'a result off a line')
base:add(1) -- in place, and within itself
local before = base:clone()
add(x, x, layouts.contiguous)
check.ok(same(x, by_rows(add, before:narrow(1, 2, ROWS):narrow(2, 3, COLUMNS), layouts.contiguous)), 'a window in place')
check.ok(same(base:narrow(2, 1, 2), before:narrow(2, 1, 2)) and same(base[1], before[1]), 'and nothing beside it')

for _, n in ipairs{67108864, 67108863 + 128} do
   local bytes = torch.ByteTensor(n):fill(1)
   bytes:narrow(1, 2, n - 2):fill(7)
   check.ok(bytes[1] == 1 and bytes[n] == 1 and bytes:eq(7):sum() == n - 2, n .. ' bytes filled but for the ends')
end
check.finish()
