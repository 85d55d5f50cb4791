--- Calls of all kernels of nn, on DoubleTensors: by way of modules and, where no module calls them, plain.
local M = {}
local T, L = torch.DoubleTensor, torch.LongTensor
local function random(...) return T(...):uniform(-1, 1) end

local function convolutions(k)
   local x, w, g = random(2, 2, 3, 4), random(2, 3, 2, 3), random(2, 3, 6, 10)
   k.SpatialFullDilatedConvolution_updateOutput(x, T(), w, random(3), nil, nil, 3, 2, 2, 1, 1, 0, 2, 3, 1, 0)
   k.SpatialFullDilatedConvolution_updateGradInput(x, g, T(), w, nil, 3, 2, 2, 1, 1, 0, 2, 3, 1, 0)
   k.SpatialFullDilatedConvolution_accGradParameters(x, g, w, random(3), nil, nil, 3, 2, 2, 1, 1, 0, 2, 3, 1, 0, .5)
   x, w, g = random(2, 2, 2, 3, 2), random(2, 1, 2, 2, 3), random(2, 1, 6, 4, 8)
   k.VolumetricFullDilatedConvolution_updateOutput(x, T(), w, random(1), nil, nil, 2, 1, 2, 0, 0, 1, 2, 3, 1, 1, 0, 0)
   k.VolumetricFullDilatedConvolution_updateGradInput(x, g, T(), w, nil, nil, 2, 1, 2, 0, 0, 1, 2, 3, 1, 1, 0, 0)
   k.VolumetricFullDilatedConvolution_accGradParameters(x, g, w, random(1), nil, nil, 2, 1, 2, 0, 0, 1, 2, 3, 1, 1, 0, 0, .5)
   x, w, g = random(2, 2, 4, 5, 4), random(3, 2, 2, 2, 3), random(2, 3, 3, 4, 2)
   k.VolumetricConvolution_updateOutput(x, T(), w, random(3), nil, nil, 2, 1, 1, 1, 0, 0)
   k.VolumetricConvolution_updateGradInput(x, g, T(), w, nil, 2, 1, 1, 1, 0, 0)
   k.VolumetricConvolution_accGradParameters(x, g, w, random(3), nil, nil, 2, 1, 1, 1, 0, 0, .5)
   x, w, g = random(2, 4, 5, 6), random(6, 2, 2, 3), random(2, 6, 5, 3) -- two groups; more rows behind, a column before
   local numbers = {1, 2, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1}
   local function with(...)
      local list = {unpack(numbers)}
      for _, v in ipairs{...} do list[#list + 1] = v end
      return unpack(list)
   end
   k.Convolution_updateOutput(x, T(), w, random(6), with(2))
   k.Convolution_updateGradInput(x, g, T(), w, with(2))
   k.Convolution_accGradParameters(x, g, w, random(6), with(2, .5))
   k.FullConvolution_updateOutput(g, T(), w, random(4), with(0, 0, 0, 2))
   k.FullConvolution_updateGradInput(g, x, T(), w, with(0, 0, 0, 2))
   k.FullConvolution_accGradParameters(g, x, w, random(4), with(0, 0, 0, 2, .5))
end

--- Calls the kernels that no module calls. k: functions by name.
function M.direct(k)
   local gates, cy = random(2, 12), T()
   k.LSTMFused_updateOutput(gates, random(2, 12), random(12), random(12), random(2, 3), T(), cy)
   k.LSTMFused_updateGradInput(gates, T(), random(2, 3), cy, random(2, 3), random(2, 3), T())
   local storage = T()
   k.GRUFused_updateOutput(random(2, 9), random(2, 9), random(9), random(9), random(2, 3), T(), storage)
   k.GRUFused_updateGradInput(T(), T(), random(2, 3), T(), storage)
   k.Rows_distinct(random(2, 2):repeatTensor(150, 1), L(), L())
   k.LSTMSequence_updateOutput(random(3, 2, 2), random(5, 12), random(12), random(4, 12), L{4, 1, 2, 3, 3, 1}, random(2, 3), random(2, 3), nil,
      T(), T(), T(), T())

   local coo, rows = T{{1, 2, .5}, {2, 5, -1}, {1, 3, 0}}, T{{{2, .5}, {0, 0}}, {{5, -1}, {2, 3}}}
   k.SparseLinear_legacyUpdateOutput(rows, T(), random(3, 5), random(3))
   k.SparseLinear_legacyAccGradParameters(rows, random(2, 3), random(3, 5), random(3), random(3, 5), random(3), .1, 2)
   k.SparseLinear_updateParameters(random(3, 5), random(3), random(3, 5), random(3), coo, .1)
   k.SparseLinear_zeroGradParameters(random(3, 5), random(3), coo)
   k.SparseLinear_legacyUpdateParameters(random(3, 5), random(3), random(3, 5), random(3), rows, .1)
   k.SparseLinear_legacyZeroGradParameters(random(3, 5), random(3), rows)

   k.Threshold_updateGradInput(T{-1, 2}, T{3, 4}, T(), 0, 0, true) -- in place, with something to write
   k.SpatialGridSamplerBilinear_updateOutput(random(2, 3, 4, 5), random(2, 3, 2, 2), T())
   k.SpatialGridSamplerBilinear_updateGradInput(random(2, 3, 4, 5), T(), random(2, 3, 2, 2), T(), random(2, 3, 3, 2))
   local places = L{{{1, 4}, {10, 12}}}
   k.SpatialMaxUnpooling_updateOutput(random(1, 2, 2), T(), places, 4, 3)
   k.SpatialMaxUnpooling_updateGradInput(random(1, 2, 2), random(1, 3, 4), T(), places, 4, 3)
   local indices = L()
   k.TemporalMaxPooling_updateOutput(random(2, 7, 3), T(), indices, 3, 2)
   k.TemporalMaxPooling_updateGradInput(random(2, 7, 3), random(2, 3, 3), T(), indices, 3, 2)
   k.unfolded_copy(T(), random(2, 5, 4), 3, 2, 1, 2, 1, 0, 2, 4, 5, 4, 2)
   k.unfolded_acc(random(12, 8), random(2, 5, 4), 3, 2, 1, 2, 1, 0, 2, 4, 5, 4, 2)
   k.LookupTable_renorm(L{3, 1, 3}, random(4, 3), .5, 2)
   convolutions(k)
end

local function modules()
   local selftest = require 'nn.selftest'
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
   local sparse, indexed = nn.SparseLinear(5, 3):double(), nn.IndexLinear(5, 3):double()
   local entries, features = T{{2, 2}, {5, -1}}, {L{1, 5, 2}, T{1, 2, 3}}
   sparse:backward(entries, sparse:forward(entries))
   indexed:backward(features, indexed:forward(features))
   indexed:updateParameters(.1)
   indexed:accUpdateGradParameters(features, indexed.output, .1)
end

--- Calls all. Returns the calls in order, {name =, n =, the arguments as they were before it}, and the kernels by name.
function M.recorded()
   local kernels = nn.THNN.kernels['torch.DoubleTensor']
   local plain, calls, called = {}, {}, {}
   for name, f in pairs(kernels) do plain[name] = f end
   for name, f in pairs(plain) do
      kernels[name] = function(...)
         local call = {name = name, n = select('#', ...), ...}
         for i = 1, call.n do call[i] = torch.isTensor(call[i]) and call[i]:clone() or call[i] end
         calls[#calls + 1], called[name] = call, true
         return f(...)
      end
   end
   modules()
   M.direct(kernels)
   for name, f in pairs(plain) do
      kernels[name] = f
      if not called[name] then error(name .. ' is called by no case of nn/selftest.lua and not in kernel_calls.lua') end
   end
   return calls, plain
end

return M
