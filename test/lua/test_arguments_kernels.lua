--- nn's kernels, called as modules call them with one argument changed: an error tells that argument, or one that the
-- user of a module gives (input, gradOutput, target), never another one of the module's.
require 'nn'
local here = arg[0]:match('^(.*)/') or '.'
local check, told = dofile(here .. '/check.lua'), dofile(here .. '/told.lua')
local selftest = require 'nn.selftest'
torch.setdefaulttensortype('torch.DoubleTensor')

-- ---- calls as modules make them ----

local kernels = nn.THNN.kernels['torch.DoubleTensor']
local plain, calls = {}, {}
for name, f in pairs(kernels) do plain[name] = f end
for name, f in pairs(plain) do
   kernels[name] = function(...)
      local call = {name = name, n = select('#', ...), ...}
      for i = 1, call.n do call[i] = torch.isTensor(call[i]) and call[i]:clone() or call[i] end
      calls[name] = calls[name] or call
      return f(...)
   end
end
for _, item in ipairs(selftest.cases()) do
   local m, input, target = item.case[1]:double(), item.case[2], item.case[3]
   if not item.case.bare then input = selftest.mapped(input, function(t) return t:uniform(.1, .9) end) end
   if item.kind == 'module' then
      m:backward(input, selftest.copied(m:forward(input)))
   else
      m:forward(input, target)
      m:backward(input, target)
   end
end
local sparse, indexed, features = nn.SparseLinear(5, 3), nn.IndexLinear(5, 3), {torch.LongTensor{1, 5, 2}, torch.Tensor{1, 2, 3}}
sparse:backward(torch.Tensor{{2, 2}, {5, -1}}, sparse:forward(torch.Tensor{{2, 2}, {5, -1}}))
indexed:backward(features, indexed:forward(features))
indexed:updateParameters(.1)
indexed:accUpdateGradParameters(features, indexed.output, .1)
dofile(here .. '/kernel_calls.lua')(kernels)
for name, f in pairs(plain) do kernels[name] = f end

local rows = dofile(here .. '/kernels.lua')

-- ---- one change at a time ----

local given = {input = true, gradOutput = true, target = true, keys = true, values = true, runningKeys = true}

local function changes(kind, v)
   if kind ~= 'tensor' then return (kind == 'int' or kind == 'long') and {-1, 0} or {} end
   if not torch.isTensor(v) then return {} end
   local size, longer = v:size():totable(), nil
   if #size > 0 then
      size[#size] = size[#size] + 1
      longer = v.new(torch.LongStorage(size)):fill(1)
   end
   local other = v:type() == 'torch.DoubleTensor' and 'torch.LongTensor' or 'torch.DoubleTensor'
   return {v.new(), v:type(other), v.new(1, 1, 1, 1, 1, 1):fill(1), longer}
end

-- where what the module holds (weights, the positions of an earlier pass) is said not to fit what it is given
local held = {IndexLinear_updateParameters = true, BatchNormalization_updateOutput = true, BatchNormalization_backward = true,
   SpatialAdaptiveMaxPooling_updateGradInput = true, SpatialMaxUnpooling_updateOutput = true,
   SpatialMaxUnpooling_updateGradInput = true, VolumetricMaxUnpooling_updateOutput = true, VolumetricMaxUnpooling_updateGradInput = true}

local wrong, quiet, names = 0, 0, 0
for name, call in pairs(calls) do
   names = names + 1
   local row = rows[name]
   for i = 1, call.n do
      for k, v in pairs(changes(row[i].kind, call[i])) do
         local args = {}
         for j = 1, call.n do args[j] = torch.isTensor(call[j]) and call[j]:clone() or call[j] end
         args[i] = v
         local ok, err = pcall(plain[name], unpack(args, 1, call.n))
         if not ok then
            wrong = wrong + 1
            local number, found = told(err)
            local which = number and row[number] and row[number].name
            if not number then quiet = quiet + 1 end
            check.ok(number or not given[row[i].name] or k == 2 or held[name], ('%s: argument #%d (%s), change %d, is told: %s'):format(
               name, i, row[i].name, k, tostring(err):match('[^\n]*')))
            check.ok(not number or number == i or given[which],
               ('%s: argument #%d (%s), change %d: %s'):format(name, i, row[i].name, k, tostring(err):match('[^\n]*')))
            check.ok(not number or found[which], name .. ': the name of argument ' .. tostring(number))
         end
      end
   end
end
print(('%d wrong calls of %d kernels; %d told no argument'):format(wrong, names, quiet))
check.ok(names > 165, 'kernels are called')
check.finish()
