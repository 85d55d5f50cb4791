--- What holds for every module and criterion of nn, by the cases of nn/selftest.lua: Floats give what Doubles do, memory may
-- lie as it likes, gradients add up, files and copies work, clearState frees, threads do not matter.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
local selftest = require 'nn.selftest'
local mapped, copied, apart = selftest.mapped, selftest.copied, selftest.apart

-- the same values, not contiguous
local function scattered(x)
   return mapped(x, function(t)
      if t:dim() == 0 then return t end
      local size = t:size():totable()
      size[#size + 1] = 2
      return t.new(torch.LongStorage(size)):fill(7):select(#size, 1):copy(t)
   end)
end

-- output, gradient by the input, gradients by the parameters, of one pass with the same noise
local function pass(m, input, g)
   torch.manualSeed(3)
   local y = m:forward(input)
   local out = copied(y)
   g = g or mapped(y, function(t) return t:clone():uniform(-1, 1) end)
   m:zeroGradParameters()
   local gx = copied(m:backward(input, g))
   return out, gx, copied((select(2, m:parameters())) or {}), g
end


-- They take no notice of gradOutput, or hand it on.
local takes_any = {}
for name in ('Kmeans Copy'):gmatch('%S+') do takes_any['nn.' .. name] = true end

local function examine(name, case)
   local m = case[1]:double()
   torch.manualSeed(8)
   local input = mapped(case[2], function(t) return t:clone():uniform(case[3] or -2, case[4] or 2) end)
   local before = copied(input)
   local y, gx, gp, g = pass(m, input)
   local kept = copied(g)
   check.eq(apart(input, before), 0, name .. ': the input stays')
   local function same(what, tol, module, x, gradient)
      local y2, gx2, gp2 = pass(module, x, gradient)
      check.ok(apart(y2, y) <= tol, name .. ': output ' .. what)
      check.ok(case.bare or apart(gx2, gx) <= tol, name .. ': gradInput ' .. what)
      check.ok(apart(gp2, gp) <= tol, name .. ': gradients ' .. what)
   end
   same('of a second pass', 0, m, input, g)
   check.eq(apart(g, kept), 0, name .. ': gradOutput stays')
   if not case.contiguous then same('of what is not contiguous', 1e-13, m, scattered(input), scattered(g)) end
   check.ok(case.bare or apart(m:updateGradInput(input, g), gx) == 0, name .. ': gradInput without backward')
   m:accGradParameters(input, g, .5)
   local p, grown = m:parameters()
   for i = 1, p and not case.once and #p or 0 do
      check.ok(apart(grown[i], gp[i] * 1.5) < 1e-12, name .. ': gradients add up, times scale')
   end
   local copy = torch.deserialize(torch.serialize(m))
   same('of one from a file', 0, copy, input, g)
   same('of one from an ASCII file', 1e-14, torch.deserialize(torch.serialize(m, 'ascii'), 'ascii'), input, g)
   check.ok(rawequal(copy:clearState(), copy), name .. ': clearState')
   if not case[1].pooling then
      local output = copy.output
      check.ok(not torch.isTensor(output) or output:nElement() == 0, name .. ': clearState frees the output')
      same('after clearState', 0, copy, input, g)
   end
   for _, n in ipairs{1, 7} do
      torch.setnumthreads(n)
      same('in ' .. n .. ' threads', 0, m, input, g)
   end
   torch.setnumthreads(2)
   if case.float ~= false then
      local d = selftest.float_difference(case)
      check.ok(d < 1e-4, ('%s: Float, difference %g'):format(name, d))
      check.ok(not torch.isTensor(m:float():forward(mapped(input, function(t) return t:float() end)))
         or torch.typename(m.output) == 'torch.FloatTensor', name .. ': type')
      m:double()
   end
   check.ok(type(tostring(m)) == 'string' and #tostring(m) > 0, name .. ': text')
   local y = m:forward(input)
   if torch.isTensor(y) and y:nElement() > 1 and not takes_any[torch.typename(m)] then
      local at = name .. ': a gradient of one element is not broadcast'
      check.error(function() m:backward(input, y.new(1):fill(1)) end, '', at)
   end
end

local function examine_criterion(name, case)
   local c, target = case[1]:double(), case[3]
   torch.manualSeed(8)
   local input = mapped(case[2], function(t) return t:clone():uniform(case[4] or -2, case[5] or 2) end)
   local before, told = copied(input), copied(target)
   local loss = c:forward(input, target)
   local g = copied(c:backward(input, target))
   check.eq({apart(input, before), target and apart(target, told) or 0}, {0, 0}, name .. ': input and target stay')
   local function same(what, tol, criterion, x, t)
      check.ok(apart(criterion:forward(x, t), loss) <= tol, name .. ': loss ' .. what)
      check.ok(apart(criterion:backward(x, t), g) <= tol, name .. ': gradient ' .. what)
   end
   same('of a second pass', 0, c, input, target)
   same('of what is not contiguous', 1e-13, c, scattered(input), scattered(target))
   same('of one from a file', 0, torch.deserialize(torch.serialize(c)), input, target)
   same('of a clone', 0, c:clone(), input, target)
   local function float(x) return mapped(x, function(t) return t:float() end) end
   check.ok(apart(c:float():forward(float(input), float(target)), loss) < 1e-4, name .. ': Float')
   check.ok(apart(c:backward(float(input), float(target)), g) < 1e-4, name .. ': gradient, Float')
   c:double()
end

for i, item in ipairs(selftest.cases()) do
   local name = ('%s, case %d'):format(item.class, i)
   local ok, err = xpcall(item.kind == 'module' and examine or examine_criterion, debug.traceback, name, item.case)
   check.ok(ok, name .. ': ' .. tostring(err))
end

check.finish()
