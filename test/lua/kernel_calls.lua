--- Calls of the kernels of nn that no module calls: function(kernels), a table of functions by name for DoubleTensors.
local T, L = torch.DoubleTensor, torch.LongTensor
local function random(...) return T(...):uniform(-1, 1) end

return function(k)
   local gates, cy = random(2, 12), T()
   k.LSTMFused_updateOutput(gates, random(2, 12), random(12), random(12), random(2, 3), T(), cy)
   k.LSTMFused_updateGradInput(gates, T(), random(2, 3), cy, random(2, 3), random(2, 3), T())
   local storage = T()
   k.GRUFused_updateOutput(random(2, 9), random(2, 9), random(9), random(9), random(2, 3), T(), storage)
   k.GRUFused_updateGradInput(T(), T(), random(2, 3), T(), storage)

   local coo, rows = T{{1, 2, .5}, {2, 5, -1}, {1, 3, 0}}, T{{{2, .5}, {0, 0}}, {{5, -1}, {2, 3}}}
   k.SparseLinear_legacyUpdateOutput(rows, T(), random(3, 5), random(3))
   k.SparseLinear_legacyAccGradParameters(rows, random(2, 3), random(3, 5), random(3), random(3, 5), random(3), .1, 2)
   k.SparseLinear_updateParameters(random(3, 5), random(3), random(3, 5), random(3), coo, .1)
   k.SparseLinear_zeroGradParameters(random(3, 5), random(3), coo)
   k.SparseLinear_legacyUpdateParameters(random(3, 5), random(3), random(3, 5), random(3), rows, .1)
   k.SparseLinear_legacyZeroGradParameters(random(3, 5), random(3), rows)

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
end
