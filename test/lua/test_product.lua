--- Products of tensors with any steps between their elements: transposed, narrowed, expanded, every second element;
--- results that lie so, or that share memory with what is read.
require 'nn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')

local function views(x) -- of a matrix, equal to it
   local m, n = x:size(1), x:size(2)
   local wide = torch.Tensor(m + 2, n + 3):typeAs(x):fill(7)
   local sparse = torch.Tensor(2 * n, 2 * m):typeAs(x):fill(7)
   local list = {x:clone(), x:t():clone():t(), wide[{{2, m + 1}, {3, n + 2}}], sparse:t():unfold(1, 1, 2):select(3, 1):unfold(2, 1, 2):select(3, 1)}
   for _, v in ipairs(list) do v:copy(x) end
   return list
end

local function plain(a, b) -- in double, a sum for each element
   local m, k, n = a:size(1), a:size(2), b:size(2)
   local r = torch.DoubleTensor(m, n)
   for i = 1, m do
      for j = 1, n do
         local sum = 0
         for q = 1, k do sum = sum + a[i][q] * b[q][j] end
         r[i][j] = sum
      end
   end
   return r
end

local function near(got, want, tolerance, what)
   local off = (got:double() - want:double()):abs():max()
   check.eq(off <= tolerance, true, what .. ' ' .. off)
end

for _, T in ipairs{'torch.FloatTensor', 'torch.DoubleTensor'} do
   local tolerance = T == 'torch.FloatTensor' and 1e-4 or 1e-12
   local function random(...) return torch.rand(...):type(T) end
   for _, s in ipairs{{3, 5, 4}, {17, 33, 9}, {1, 20, 6}} do
      local a, b, t = random(s[1], s[2]), random(s[2], s[3]), random(s[1], s[3])
      local ab = plain(a, b)
      for i, av in ipairs(views(a)) do
         for j, bv in ipairs(views(b)) do
            for l, r in ipairs(views(t)) do
               local what = ('%s %dx%dx%d, views %d %d %d'):format(T, s[1], s[2], s[3], i, j, l)
               near(torch.addmm(r, 2, r, 3, av, bv), t:double() * 2 + ab * 3, tolerance, 'addmm ' .. what)
               near(torch.mm(r, av, bv), ab, tolerance, 'mm ' .. what)
               near(r:select(2, 1):mv(av, bv:select(2, 1)), ab:select(2, 1), tolerance, 'mv ' .. what)
            end
         end
      end
      -- expanded: a row for all rows, a column for all columns
      local row, column = random(1, s[3]), random(s[1], 1)
      local want = ab + row:double():expand(s[1], s[3])
      near(torch.addmm(row:expand(s[1], s[3]), a, b), want, tolerance, 'a row added')
      near(torch.addmm(column:expand(s[1], s[3]), a, b), ab + column:double():expand(s[1], s[3]), tolerance, 'a column added')
      near(torch.mm(column:expand(s[1], s[2]), b), plain(column:expand(s[1], s[2]), b), tolerance, 'an expanded factor')
      local nan = t:clone():fill(0 / 0)
      near(torch.addmm(nan, 0, nan, 1, a, b), ab, tolerance, 'beta of 0')
   end

   -- results within the factors' memory
   local x = random(12, 12)
   local want = plain(x, x:t())
   local y = x:clone()
   near(y:mm(y, y:t()), want, tolerance, 'the result is both factors')
   y = random(13, 12)
   want = plain(y[{{2, 13}}], y[{{2, 13}}])
   near(torch.mm(y[{{1, 12}}], y[{{2, 13}}], y[{{2, 13}}]), want, tolerance, 'the result overlaps the factors')
   y = random(12, 12)
   want = y:t():double() + plain(y, y)
   near(torch.addmm(y, y:t(), y, y), want, tolerance, 'the result is t, transposed, and the factors')

   -- batches
   local p, q = random(5, 9, 7), random(8, 7, 5)
   local r = torch.bmm(p, q:transpose(1, 3))
   for i = 1, 5 do near(r[i], plain(p[i], q:transpose(1, 3)[i]), tolerance, 'bmm') end
   local one = random(1, 9, 7):expand(5, 9, 7)
   r = torch.bmm(one, q:transpose(1, 3))
   for i = 1, 5 do near(r[i], plain(one[i], q:transpose(1, 3)[i]), tolerance, 'bmm of an expanded batch') end

   -- the same values whatever the number of threads, and nn.Linear's
   local before = torch.getnumthreads()
   local a, b = random(150, 310), random(310, 170)
   local net = nn.Linear(310, 170):type(T)
   local first, forward
   for _, n in ipairs{1, 2, 3, 7} do
      torch.setnumthreads(n)
      first = first or torch.mm(a, b)
      forward = forward or net:forward(a):clone()
      check.eq(torch.mm(a, b):equal(first), true, n .. ' threads')
      check.eq(net:forward(a):equal(forward), true, 'Linear, ' .. n .. ' threads')
   end
   torch.setnumthreads(before)
   near(forward, torch.mm(a:double(), net.weight:t():double()) + net.bias:double():view(1, 170):expand(150, 170), tolerance, 'Linear')
   near(net:forward(a[3]), forward[3], tolerance, 'Linear of one sample')
   near(net:backward(a, forward), torch.mm(forward:double(), net.weight:double()), 10 * tolerance, 'gradInput')
end
check.finish()
