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

-- ---- rearrangements ----

--- Element by element, from x's storage.
local function rearranged(x, order)
   local sizes, strides, n = {}, {}, #order
   for d = 1, n do sizes[d], strides[d] = x:size(order[d]), x:stride(order[d]) end
   local r, from = x.new(x:nElement()), x:storage()
   local at = {}
   for d = 1, n do at[d] = 0 end
   for i = 1, r:nElement() do
      local offset = x:storageOffset()
      for d = 1, n do offset = offset + at[d] * strides[d] end
      r[i] = from[offset]
      for d = n, 1, -1 do
         at[d] = at[d] + 1
         if at[d] < sizes[d] then break end
         at[d] = 0
      end
   end
   return r
end

local shapes = {
   {{5, 3, 31, 33}, {1, 3, 4, 2}}, {{5, 31, 33, 3}, {1, 4, 2, 3}}, {{3, 2, 67, 41}, {1, 3, 4, 2}}, {{9, 16, 30, 31}, {1, 3, 4, 2}},
   {{5, 16, 7, 129}, {1, 3, 2, 4}}, {{13, 11, 130}, {2, 1, 3}}, {{67, 130, 7}, {3, 1, 2}}, {{4, 5, 6, 7, 80}, {5, 4, 3, 2, 1}},
   {{4, 5, 6, 7, 80}, {3, 1, 4, 2, 5}}, {{301, 203}, {2, 1}},
}
for _, case in ipairs(shapes) do
   local shape, order = case[1], case[2]
   for _, type_ in ipairs{'Byte', 'Half', 'Float', 'Double'} do
      local sizes = torch.LongStorage(shape)
      sizes[#shape] = sizes[#shape] + 2
      local whole = torch.range(1, torch.DoubleTensor(sizes):nElement()):fmod(251):type('torch.' .. type_ .. 'Tensor'):view(sizes)
      local x = whole:narrow(#shape, 2, shape[#shape])
      local expected = rearranged(x, order)
      local y = x:permute(unpack(order))
      for _, threads in ipairs{1, 2, 3, 7} do
         torch.setnumthreads(threads)
         local r = y.new(y:size()):fill(0)
         r:copy(y)
         local ok = same(r:view(-1):double(), expected:double())
         check.ok(ok, ('%s %s as %s, %d threads'):format(type_, table.concat(shape, 'x'), table.concat(order, ' '), threads))
      end
      if type_ == 'Float' or type_ == 'Double' then
         check.ok(same(torch.add(y.new(), y, 1):view(-1), torch.add(expected, 1)), ('add to %s %s'):format(type_, table.concat(order, ' ')))
      end
   end
end
check.finish()
