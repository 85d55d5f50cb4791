--- Every class of nn among recorded operations, by the cases of nn/selftest.lua: a module that is a node has the gradients of its own
-- backward, and those of finite differences; where nn's computation can be written with operations of torch (plain_forms.lua), these
-- have the same value and gradients. Classes without a case stand below with the reason.
require 'nn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
local plain = dofile(here .. '/plain_forms.lua')
local selftest = require 'nn.selftest'
local luaT = require 'luaT'
local C = require 'libtorch'
local mapped, copied, apart = selftest.mapped, selftest.copied, selftest.apart
torch.setdefaulttensortype('torch.DoubleTensor')
torch.zeros(1):requiresGrad()

local left_out = {
   Module = 'abstract', Criterion = 'abstract', Container = 'abstract', SeqRecurrent = 'abstract: SeqLSTM and SeqGRU are it',
   StochasticGradient = 'a trainer, no module', CriterionTable = 'wraps a criterion for Torch5: its input is a table with the target',
   OneHot = 'numbers of classes: no gradient', PrintSize = 'prints', Kmeans = 'learns without a gradient of its output',
   GradientReversal = 'its backward is not the derivative, on purpose', ZeroGrad = 'its backward is not the derivative, on purpose',
   IndexLinear = 'inputs are keys and values: test_nn_sparse', SparseLinear = 'inputs are pairs of place and value: test_nn_sparse',
}

-- Modules whose recorded gradient is no derivative of the output alone.
local no_differences = {L1Penalty = 'adds the gradient of its penalty', Copy = 'hands gradients on'}
-- How far the plain form may be off: nn adds a small number to a norm.
local loose = {Cosine = 1e-6, Normalize = 1e-6, CosineDistance = 1e-6, PairwiseDistance = 1e-5, CosineEmbeddingCriterion = 1e-6,
   BCECriterion = 1e-6}

local function list_of(v, list)
   list = list or {}
   if torch.isTensor(v) then list[#list + 1] = v
   elseif type(v) == 'table' then for _, e in ipairs(v) do list_of(e, list) end end
   return list
end
local function leaves(v) return mapped(v, function(t) return t:clone():requiresGrad() end) end
local function recorded(list)
   local r = {}
   for _, x in ipairs(list) do
      if C.recorded(x) ~= 0 then r[#r + 1] = x end
   end
   return r
end
local function seeds_of(outputs, gradients)
   local r = {}
   for i, y in ipairs(outputs) do
      if C.recorded(y) ~= 0 then r[#r + 1] = gradients[i] end
   end
   return r
end
-- gradients of the outputs times g by the leaves
local function gradients(outputs, g, by)
   outputs, g = list_of(outputs), list_of(g)
   return torch.grad(recorded(outputs), by, {gradOutputs = seeds_of(outputs, g), allowUnused = true})
end
local function dot(a, b)
   local sum = 0
   for i, x in ipairs(a) do
      if x:nElement() > 0 then sum = sum + x:detach():double():dot(b[i]:double()) end
   end
   return sum
end

-- The derivative of loss() along draws, against the gradients.
local function along_draws(name, leaves_, expected, loss)
   local directions, slope = {}, 0
   for i, x in ipairs(leaves_) do
      directions[i] = x:detach():clone():uniform(-1, 1)
      slope = slope + expected[i]:dot(directions[i])
   end
   local function moved(h)
      return torch.noGrad(function()
         for i, x in ipairs(leaves_) do x:add(h, directions[i]) end
         local v = loss()
         for i, x in ipairs(leaves_) do x:add(-h, directions[i]) end
         return v
      end)
   end
   local h = 1e-6
   local found = (moved(h) - moved(-h)) / (2 * h)
   check.ok(math.abs(found - slope) < 2e-5 * (1 + math.abs(slope)), ('%s: by differences %.9g, recorded %.9g'):format(name, found, slope))
end

local count = {own = 0, plain = 0}

local function examine(name, class, case)
   local m = case[1]:double()
   torch.manualSeed(8)
   local input = case.fixed and case[2] or mapped(case[2], function(t) return t:clone():uniform(case[3] or -2, case[4] or 2) end)
   local function forward(x)
      torch.manualSeed(3)
      return m:forward(x)
   end
   local y = copied(forward(input))
   local g = mapped(y, function(t) return t:clone():uniform(-1, 1) end)
   m:zeroGradParameters()
   local gx = list_of(copied(m:backward(input, g)))
   local parameters, grown = m:parameters()
   parameters, grown = parameters or {}, copied(grown or {})
   -- the module as a node
   for _, p in ipairs(parameters) do p:requiresGrad() end
   local v = leaves(input)
   local r = forward(v)
   forward(input) -- it runs again before backward
   local inputs = recorded(list_of(v))
   local by, expected = {}, {}
   for _, x in ipairs(inputs) do by[#by + 1] = x end
   for i, x in ipairs(list_of(v)) do
      if C.recorded(x) ~= 0 then expected[#expected + 1] = gx[i] end
   end
   for i, p in ipairs(parameters) do by[#by + 1], expected[#expected + 1] = p, grown[i] end
   if #by == 0 then return false end
   local found = gradients(r, g, by)
   for i, e in ipairs(expected) do check.ok(apart(found[i], e) < 1e-12, ('%s: gradient %d of the node is that of backward'):format(name, i)) end
   count.own = count.own + 1
   if not no_differences[class] then
      along_draws(name, by, found, function() return dot(list_of(forward(v)), list_of(g)) end)
   end
   -- written with operations
   forward(input)
   torch.manualSeed(3)
   local form = plain.forms[class]
   local z = form and form(m, v)
   if z then
      local tolerance = loose[class] or 1e-9
      check.ok(apart(copied(mapped(z, function(t) return t:detach() end)), y) < tolerance, name .. ': the plain form has the value')
      local same = gradients(z, g, by)
      for i, e in ipairs(expected) do check.ok(apart(same[i], e) < tolerance, ('%s: gradient %d of the plain form'):format(name, i)) end
      count.plain = count.plain + 1
   end
   for _, p in ipairs(parameters) do p:requiresGrad(false) end
   return z ~= nil
end

local function examine_criterion(name, class, case)
   local c, target = case[1]:double(), case[3]
   torch.manualSeed(8)
   local input = mapped(case[2], function(t) return t:clone():uniform(case[4] or -2, case[5] or 2) end)
   local loss = c:forward(input, target)
   local expected = list_of(copied(c:backward(input, target)))
   local v = leaves(input)
   local by, r = list_of(v), c:forward(v, target)
   c:forward(input, target)
   local found = gradients(r * 2, torch.ones(1), by)
   for i, e in ipairs(expected) do check.ok(apart(found[i] / 2, e) < 1e-12, ('%s: gradient %d of the node is that of backward'):format(name, i)) end
   count.own = count.own + 1
   along_draws(name, by, found, function() return 2 * c:forward(v, target) end)
   local form = plain.criterions[class]
   local z = form and form(c, v, target)
   if not z then return false end
   local tolerance = loose[class] or 1e-9
   check.ok(apart(z:item(), loss) < tolerance, name .. ': the plain form has the value')
   local same = gradients(z, torch.ones(1), by)
   for i, e in ipairs(expected) do check.ok(apart(same[i], e) < tolerance, ('%s: gradient %d of the plain form'):format(name, i)) end
   count.plain = count.plain + 1
   return true
end

local seen, written = {}, {}
for i, item in ipairs(selftest.cases(arg[1])) do
   local name = ('%s, case %d'):format(item.class, i)
   local ok, form = xpcall(item.kind == 'module' and examine or examine_criterion, debug.traceback, name, item.class, item.case)
   check.ok(ok, name .. ': ' .. tostring(form))
   seen[item.class] = true
   if ok and form then written[item.class] = true end
end

local function size(t)
   local n = 0
   for _ in pairs(t) do n = n + 1 end
   return n
end
if not arg[1] then
   for name, class in pairs(nn.loadAll()) do
      if type(class) == 'table' and luaT.getmetatable('nn.' .. name) then
         check.ok(seen[name] or left_out[name], 'nn.' .. name .. ' is neither examined nor left out with a reason')
         check.ok(not (seen[name] and left_out[name]), 'nn.' .. name .. ' is examined, and left out')
      end
   end
   check.ok(size(written) >= 120, ('plain forms of %d classes'):format(size(written)))
end
print(('%d classes, %d with a plain form; %d cases, %d with one; %d classes left out'):format(size(seen), size(written), count.own, count.plain, size(left_out)))
check.finish()
