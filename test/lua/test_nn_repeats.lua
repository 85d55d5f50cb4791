--- Inputs of recurrent layers that repeat: which rows are the same, and that all comes out as where each row is multiplied by itself.
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
require 'nn'
torch.manualSeed(9)
local selftest = require 'nn.selftest'

local function near(got, expected, tol, what)
   local apart = selftest.apart(got, expected)
   check.ok(apart <= tol, ('%s: apart by %g'):format(what, apart))
end

-- ---- rows ----

local function distinct(x)
   local index, first = torch.LongTensor(), torch.LongTensor()
   x.THNN.Rows_distinct(x, index, first)
   return index, first
end

-- `rows` rows of `width` values from a few, so that many are the same
local function of_few(kind, rows, width, values)
   local table = torch.DoubleTensor(values, width):normal():type(kind)
   return table:index(1, torch.LongTensor(rows):random(1, values))
end

for _, kind in ipairs{'torch.FloatTensor', 'torch.DoubleTensor'} do
   for _, s in ipairs{{256, 1, 9}, {257, 3, 50}, {300, 7, 70}, {1000, 8, 2}, {2500, 33, 65}, {4096, 5, 1}} do
      local x, what = of_few(kind, unpack(s)), ('%s %dx%d of %d'):format(kind, unpack(s))
      local index, first = distinct(x)
      local seen, count, wrong = {}, 0, 0
      for i = 1, s[1] do
         local key = {}
         for j = 1, s[2] do key[j] = ('%.17g'):format(x[i][j]) end
         key = table.concat(key, ' ')
         if not seen[key] then
            count = count + 1
            seen[key] = count
            if first[count] ~= i then wrong = wrong + 1 end
         end
         if index[i] ~= seen[key] then wrong = wrong + 1 end
      end
      check.eq({wrong, first:nElement(), index:nElement()}, {0, count, s[1]}, what)
      local turned = x:t():contiguous():t()
      local i2, f2 = distinct(turned)
      check.ok(i2:equal(index) and f2:equal(first), what .. ', columns first')
   end
   local x = torch.zeros(256, 3):type(kind)
   x[200]:fill(-0.0)
   x[201]:fill(0 / 0)
   x[202]:fill(0 / 0)
   local index, first = distinct(x)
   check.eq({first:nElement(), index[199], index[200], index[201], index[202], index[203]}, {3, 1, 2, 3, 3, 1}, kind .. ': bits are looked at')
   check.eq(select(2, distinct(torch.zeros(255, 3):type(kind))):nElement(), 0, kind .. ': few rows')
   check.eq(select(2, distinct(torch.rand(1000, 3):type(kind))):nElement(), 0, kind .. ': rows of their own')
   local late = torch.cat(torch.zeros(256, 3), torch.rand(90, 3), 1):type(kind)
   check.eq(select(2, distinct(late)):nElement(), 0, kind .. ': more than a quarter of them')
   check.eq(select(2, distinct(late:narrow(1, 1, 340))):nElement(), 85, kind .. ': a quarter of them')
   -- one place of many differs, and only in bits at the end of a number: what a hash may lose
   local ones = torch.zeros(1200, 600):type(kind)
   for i = 1, 1200 do ones[i][(i - 1) % 150 * 4 + 1] = 1 end
   check.eq(select(2, distinct(ones)):nElement(), 150, kind .. ': one of many')
end
check.error(function() distinct(torch.zeros(3)) end, 'matrix expected, got %[3%]', 'a vector')
check.error(function() torch.zeros(3, 3).THNN.Rows_distinct(torch.zeros(3, 3), torch.IntTensor(), torch.LongTensor()) end,
   'index: torch.LongTensor expected, got torch.IntTensor', 'an index of another type')

-- ---- layers ----

local STEPS, BATCH, D, N = 40, 16, 64, 6

-- The same of one sample after the other: too few rows to look at.
local function apart(m, x, g)
   local y, gx, gh, gc = {}, {}, {}, {}
   local along = m.batchfirst and 1 or 2
   local function part(t, i) return t and t:narrow(1, i, 1) or nil end
   local one = m:clone()
   one:zeroGradParameters()
   for i = 1, BATCH do
      for _, name in ipairs{'userPrevOutput', 'userPrevCell', 'userNextGradOutput', 'userNextGradCell'} do one[name] = part(m[name], i) end
      if m.lengths then one:setLengths(m.lengths:narrow(1, i, 1)) end
      y[i] = one:forward(x:narrow(along, i, 1)):clone()
      gx[i] = one:backward(x:narrow(along, i, 1), g:narrow(along, i, 1)):clone()
      gh[i] = one.userGradPrevOutput:clone()
      gc[i] = one.userGradPrevCell and one.userGradPrevCell:clone()
   end
   check.ok(not one._repeated, 'one sample has too few rows')
   return torch.cat(y, along), torch.cat(gx, along), torch.cat(gh, 1), #gc > 0 and torch.cat(gc, 1) or nil, select(2, one:parameters())
end

local variants = {
   plain = function() end,
   started = function(m)
      m.userPrevOutput, m.userPrevCell = torch.randn(BATCH, N), torch.randn(BATCH, N)
      m.userNextGradOutput, m.userNextGradCell = torch.randn(BATCH, N), torch.randn(BATCH, N)
   end,
   lengths = function(m) m:setLengths(torch.LongTensor(BATCH):random(1, STEPS)) end,
   zeros = function(m) m:maskZero() end,
   ['batch first'] = function(m) m.batchfirst = true end,
}
torch.setdefaulttensortype('torch.DoubleTensor')
for _, make in ipairs{function() return nn.SeqLSTM(D, N) end, function() return nn.SeqGRU(D, N) end, function() return nn.SeqGRU(D, N, true) end,
   function() return nn.SeqRNN(D, N) end} do
   for name, change in pairs(variants) do
      local m = make()
      local what = torch.type(m) .. (m.hiddenBias and ' reset after' or '') .. ', ' .. name
      for _, p in ipairs((m:parameters())) do p:normal(0, .3) end
      change(m)
      local values = torch.randn(7, D)
      values[3]:zero()
      local sizes = m.batchfirst and {BATCH, STEPS} or {STEPS, BATCH}
      local x = values:index(1, torch.LongTensor(STEPS * BATCH):random(1, 7)):view(sizes[1], sizes[2], D)
      local g = torch.randn(sizes[1], sizes[2], N)
      local y, gx, gh, gc, parameters = apart(m, x, g)
      m:zeroGradParameters()
      near(m:forward(x):clone(), y, 1e-12, what)
      check.ok(m._repeated, what .. ': rows are seen to repeat')
      near(m:backward(x, g):clone(), gx, 1e-12, what .. ': gradient of the input')
      near(m.userGradPrevOutput, gh, 1e-12, what .. ': of the state before')
      if gc then near(m.userGradPrevCell, gc, 1e-12, what .. ': of the cell before') end
      for i, p in ipairs(select(2, m:parameters())) do near(p:clone(), parameters[i], 1e-11, what .. ': of parameter ' .. i) end
      -- once more after what goes between passes may do: another type and back, weights' gradients twice as large
      m:float():double()
      m:zeroGradParameters()
      m:updateGradInput(x, g)
      m:accGradParameters(x, g, 2)
      for i, p in ipairs(select(2, m:parameters())) do near(p / 2, parameters[i], 1e-4, what .. ': twice, of parameter ' .. i) end
      -- inputs of their own after those that repeat, and the other way round
      local other = torch.randn(x:size())
      y, gx, gh, gc, parameters = apart(m, other, g)
      m:zeroGradParameters()
      near(m:forward(other):clone(), y, 1e-12, what .. ', other inputs')
      check.ok(not m._repeated, what .. ': rows of their own')
      near(m:backward(other, g):clone(), gx, 1e-12, what .. ', other inputs: gradient')
      for i, p in ipairs(select(2, m:parameters())) do near(p:clone(), parameters[i], 1e-11, what .. ', other inputs: of parameter ' .. i) end
      m:clearState()
      near(m:forward(x):clone(), (apart(m, x, g)), 1e-12, what .. ' after clearState')
   end
end

-- ---- what happens to others' tensors, and fails, between the passes ----
for _, class in ipairs{'SeqLSTM', 'SeqGRU', 'SeqRNN'} do
   local m = nn[class](D, N)
   local function few() return torch.randn(5, D):index(1, torch.LongTensor(STEPS * BATCH):random(1, 5)):view(STEPS, BATCH, D) end
   local x, g = few(), torch.randn(STEPS, BATCH, N)
   local first, cell = torch.randn(BATCH, N), torch.randn(BATCH, N)
   local function gradients(meanwhile)
      m.userPrevOutput, m.userPrevCell = first:clone(), cell:clone()
      m:zeroGradParameters()
      m:forward(x)
      if meanwhile then meanwhile() end
      local gx = m:backward(x, g):clone()
      return {gx, m.gradWeight:clone(), m.gradBias:clone()}
   end
   local plain = gradients()
   local cases = {
      output = function() m.output:fill(9) end,
      state = function()
         m.userPrevOutput:fill(9)
         m.userPrevCell:fill(9)
      end,
      ['a state of another size'] = function()
         m.userPrevOutput = torch.zeros(7, N)
         check.error(function() m:forward(few()) end, 'the state before it is 7 x 6', class .. ': a state of another size')
      end,
      ['an input of another type'] = function()
         check.error(function() m:forward(few():float()) end, "torch.DoubleTensor expected, as the module's weight is", class .. ': another type')
      end,
      ['back before'] = function()
         m:updateGradInput(x, g)
         if m.hasCell then m:updateGradInput(x:clone(), g) end
      end,
   }
   for name, change in pairs(cases) do check.eq(selftest.apart(gradients(change), plain), 0, class .. ': ' .. name) end
   -- a layer after it that works in its output
   local x320 = few()
   m.userPrevOutput = nil
   local function through(inplace)
      local net = nn.Sequential():add(m:clone()):add(nn.ReLU(inplace))
      net:zeroGradParameters()
      net:forward(x320)
      net:backward(x320, g)
      return net:get(1).gradWeight
   end
   check.eq(selftest.apart(through(true), through(false)), 0, class .. ' before a layer in place')
end
do
   local m, x, g = nn.SeqLSTM(D, N), torch.zeros(STEPS, BATCH, D), torch.randn(STEPS, BATCH, N)
   m:forward(x)
   local gx, x2 = m:backward(x, g):clone(), x:clone()
   x:resize(2, BATCH, D)
   check.eq(selftest.apart(m:backward(x2, g), gx), 0, 'an input that has become smaller')
end

do -- optnet compares two passes back after one forward
   local net = nn.Sequential():add(nn.LookupTable(20, D)):add(nn.SeqLSTM(D, N)):add(nn.Tanh())
   local words, g = torch.LongTensor(STEPS, BATCH):random(1, 20), torch.randn(STEPS, BATCH, N)
   net:forward(words)
   local function gradients()
      net:zeroGradParameters()
      net:backward(words, g)
      return net:get(2).gradWeight:clone()
   end
   local before = gradients()
   require('optnet').optimizeMemory(net, words, {mode = 'training'})
   net:forward(words)
   check.eq(selftest.apart(gradients(), before), 0, 'optnet')
end

-- ---- any number of threads ----
do
   torch.setdefaulttensortype('torch.FloatTensor')
   local threads = torch.getnumthreads()
   local x = of_few('torch.FloatTensor', 20 * 100, 70, 40):view(20, 100, 70)
   local g, m = torch.randn(20, 100, 37), nn.SeqLSTM(70, 37)
   local function all()
      m:zeroGradParameters()
      local y = m:forward(x):clone()
      local gx = m:backward(x, g):clone()
      return {y, gx, m.gradWeight:clone(), m.gradBias:clone()}
   end
   torch.setnumthreads(1)
   local once = all()
   for _, n in ipairs{2, 3, 7} do
      torch.setnumthreads(n)
      check.eq(selftest.apart(all(), once), 0, n .. ' threads')
   end
   torch.setnumthreads(threads)
   local few = nn.SeqLSTM(63, 3)
   few:forward(torch.zeros(20, 100, 63))
   check.ok(not few._repeated, 'small inputs are not looked at')
end

-- ---- the kernel's own checks ----
do
   torch.setdefaulttensortype('torch.DoubleTensor')
   local T = torch.Tensor
   local function run(sums, index)
      local x = torch.randn(3, 2, 4)
      x.THNN.LSTMSequence_updateOutput(x, torch.randn(9, 20), torch.randn(20), sums, index, nil, nil, nil, T(), T(), T(), T())
   end
   check.error(function() run(torch.randn(2, 20)) end, 'sums come with index', 'sums alone')
   check.error(function() run(nil, torch.LongTensor(6):fill(1)) end, 'sums come with index', 'an index alone')
   check.error(function() run(torch.randn(2, 19), torch.LongTensor(6):fill(1)) end, 'sums', 'sums of another size')
   check.error(function() run(torch.randn(2, 20), torch.LongTensor(5):fill(1)) end, 'index', 'an index of another size')
   check.error(function() run(torch.randn(2, 20), torch.IntTensor(6):fill(1)) end, 'index: torch.LongTensor expected', 'an index of another type')
   for _, wrong in ipairs{0, 3, -1} do
      check.error(function() run(torch.randn(2, 20), torch.LongTensor{1, 2, 1, wrong, 1, 1}) end,
         ('index: %d at position 4 is out of range of 2 sums'):format(wrong):gsub('%-', '%%-'), 'an index out of range')
   end
end

check.finish()
