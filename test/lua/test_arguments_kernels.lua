--- nn's kernels, called as modules call them with one argument changed: an error tells that argument, or one that the
-- user of a module gives (input, gradOutput, target), never another one of the module's.
require 'nn'
local here = arg[0]:match('^(.*)/') or '.'
local check, told = dofile(here .. '/check.lua'), dofile(here .. '/told.lua')
torch.setdefaulttensortype('torch.DoubleTensor')

local all, plain = dofile(here .. '/kernel_calls.lua').recorded()
local calls = {} -- the first of each kernel
for _, call in ipairs(all) do calls[call.name] = calls[call.name] or call end
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
   local most = #rows[name]
   local more = {unpack(call, 1, call.n)}
   more[most + 1] = 3
   check.error(function() plain[name](unpack(more, 1, most + 1)) end,
      ('argument #%d: no further argument expected, got number 3$'):format(most + 1), name .. ' with one argument more')
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
check.finish()
