--- nn: gradients by finite differences, the module protocol, containers, getParameters, errors.
-- Values are compared with Torch7's by the golden records; here is what those do not cover.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(17)
local Jacobian = nn.Jacobian

-- ---- gradients ----

local function gradients(name, m, input, minval, maxval)
   local err = Jacobian.testJacobian(m, input, minval, maxval)
   check.ok(err < 1e-5, name .. ': gradInput, difference ' .. err)
   if m.weight then
      err = Jacobian.testJacobianParameters(m, input, m.weight, m.gradWeight, minval, maxval)
      check.ok(err < 1e-5, name .. ': gradWeight, difference ' .. err)
      if m.accUpdateGradParameters then
         err = Jacobian.testJacobianUpdateParameters(m, input, m.weight, minval, maxval)
         check.ok(err < 1e-5, name .. ': update of weight, difference ' .. err)
      end
   end
   if m.bias then
      err = Jacobian.testJacobianParameters(m, input, m.bias, m.gradBias, minval, maxval)
      check.ok(err < 1e-5, name .. ': gradBias, difference ' .. err)
   end
end

local T = torch.Tensor
for _, case in ipairs{
   {'Linear', nn.Linear(4, 3), T(5, 4)}, {'Linear of a vector', nn.Linear(4, 3), T(4)},
   {'Linear without bias', nn.Linear(4, 3, false), T(2, 4)},
   {'SpatialConvolution', nn.SpatialConvolution(2, 3, 3, 2), T(2, 2, 5, 4)},
   {'SpatialConvolution with strides and pads', nn.SpatialConvolution(2, 3, 3, 3, 2, 2, 1, 2), T(2, 2, 6, 5)},
   {'SpatialConvolution 1x1', nn.SpatialConvolution(3, 2, 1, 1), T(2, 3, 3, 4)},
   {'SpatialConvolutionMM', nn.SpatialConvolutionMM(2, 3, 2, 2), T(2, 4, 4)},
   {'SpatialDilatedConvolution', nn.SpatialDilatedConvolution(1, 2, 2, 2, 1, 1, 1, 1, 2, 2), T(2, 1, 5, 5)},
   {'SpatialFullConvolution', nn.SpatialFullConvolution(2, 3, 3, 2, 2, 2, 1, 0, 1, 1), T(2, 2, 3, 4)},
   {'SpatialMaxPooling', nn.SpatialMaxPooling(2, 2), T(2, 3, 5, 4)},
   {'SpatialMaxPooling overlapping', nn.SpatialMaxPooling(3, 3, 1, 2, 1, 1):ceil(), T(2, 2, 6, 5)},
   {'SpatialAveragePooling', nn.SpatialAveragePooling(3, 2, 2, 1, 1, 1), T(2, 2, 5, 5)},
   {'BatchNormalization', nn.BatchNormalization(3), T(6, 3)},
   {'SpatialBatchNormalization', nn.SpatialBatchNormalization(2), T(3, 2, 3, 2)},
   {'Tanh', nn.Tanh(), T(3, 4)}, {'Sigmoid', nn.Sigmoid(), T(3, 4)}, {'ReLU', nn.ReLU(), T(3, 4)},
   {'ELU', nn.ELU(0.7), T(3, 4)}, {'LeakyReLU', nn.LeakyReLU(0.1), T(3, 4)}, {'HardTanh', nn.HardTanh(), T(3, 4)},
   {'SoftPlus', nn.SoftPlus(2), T(3, 4)}, {'SoftSign', nn.SoftSign(), T(3, 4)}, {'LogSigmoid', nn.LogSigmoid(), T(3, 4)},
   {'TanhShrink', nn.TanhShrink(), T(3, 4)}, {'PReLU', nn.PReLU(2), T(3, 2, 4, 2)}, {'Square', nn.Square(), T(3)},
   {'GatedLinearUnit', nn.GatedLinearUnit(), T(3, 4)},
   {'Sqrt', nn.Sqrt(), T(5), 0.1, 2}, {'Log', nn.Log(), T(5), 0.1, 2}, {'Power', nn.Power(3), T(5), 0.1, 2},
   {'SoftMax', nn.SoftMax(), T(3, 4)}, {'LogSoftMax', nn.LogSoftMax(), T(3, 4)}, {'SoftMin', nn.SoftMin(), T(4)},
   {'LogSoftMax of images', nn.LogSoftMax(), T(2, 3, 2, 3)}, {'Normalize', nn.Normalize(2), T(3, 4)},
   {'View', nn.View(12), T(3, 4)}, {'Reshape', nn.Reshape(4, 3), T(3, 4)}, {'Transpose', nn.Transpose({1, 2}), T(3, 4)},
   {'Select', nn.Select(2, -1), T(3, 4)}, {'Narrow', nn.Narrow(2, 2, 2), T(3, 4)}, {'Padding', nn.Padding(2, -3), T(3, 4)},
   {'Replicate', nn.Replicate(3, 2), T(3, 4)}, {'Max', nn.Max(2), T(3, 4)}, {'Mean', nn.Mean(1), T(3, 4)},
   {'CMul', nn.CMul(1, 4), T(3, 4)}, {'CAdd', nn.CAdd(3, 1), T(3, 4)}, {'Mul', nn.Mul(), T(3, 4)}, {'Add', nn.Add(4), T(3, 4)},
   {'Euclidean', nn.Euclidean(4, 3), T(2, 4)}, {'Cosine', nn.Cosine(4, 3), T(2, 4)},
   {'UpSampling', nn.UpSampling(2), T(1, 2, 2, 3)}, {'UpSampling of volumes', nn.UpSampling(2), T(1, 2, 2, 2, 3)},
   {'UpSampling linear', nn.UpSampling({owidth = 5, oheight = 4}, 'linear'), T(1, 2, 3, 2)},
   {'UpSampling trilinear', nn.UpSampling(2, 'trilinear'), T(1, 1, 2, 3, 2)},
   {'SpatialUpSamplingBilinear', nn.SpatialUpSamplingBilinear(2), T(2, 3, 2)},
   {'SpatialReflectionPadding', nn.SpatialReflectionPadding(1, 2, -1, 1), T(2, 3, 4)},
   {'SpatialReplicationPadding', nn.SpatialReplicationPadding(1, 2, 0, -1), T(2, 2, 3, 4)},
   {'VolumetricReplicationPadding', nn.VolumetricReplicationPadding(1, 0, 1, 1, 0, 2), T(1, 2, 2, 3)},
   {'SpatialAdaptiveMaxPooling', nn.SpatialAdaptiveMaxPooling(2, 3), T(2, 2, 5, 7)},
   {'SpatialAdaptiveAveragePooling', nn.SpatialAdaptiveAveragePooling(3, 2), T(2, 5, 7)},
   {'SpatialFractionalMaxPooling', nn.SpatialFractionalMaxPooling(2, 2, 0.6, 0.5):fixPoolingRegions(), T(2, 2, 6, 7)},
   {'VolumetricFractionalMaxPooling', nn.VolumetricFractionalMaxPooling(2, 2, 2, 2, 2, 2):fixPoolingRegions(), T(2, 4, 4, 5)},
   {'FeatureLPPooling', nn.FeatureLPPooling(3, 2, 3, true), T(2, 7, 2), 0.1, 2},
   {'FeatureLPPooling of power 2', nn.FeatureLPPooling(2, 1, 2, false), T(4, 3)},
   {'TemporalDynamicKMaxPooling', nn.TemporalDynamicKMaxPooling(2, 0.5), T(2, 7, 2)},
   {'SpatialSubSampling', nn.SpatialSubSampling(2, 3, 2, 2, 1), T(2, 2, 4, 5)},
   {'TemporalSubSampling', nn.TemporalSubSampling(3, 2, 2), T(2, 7, 3)},
   {'SpatialConvolutionMap', nn.SpatialConvolutionMap(T{{1, 1}, {2, 1}, {2, 2}}, 2, 3, 2, 1), T(2, 2, 4, 5)},
   {'SpatialFullConvolutionMap', nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 3, 2, 1, 2), T(2, 2, 2, 3)},
   {'SpatialConvolutionLocal', nn.SpatialConvolutionLocal(2, 2, 4, 3, 2, 3, 1, 2, 1, 1), T(2, 2, 3, 4)},
   {'TemporalRowConvolution', nn.TemporalRowConvolution(3, 2, 2), T(2, 6, 3)},
   {'SpatialCrossMapLRN', nn.SpatialCrossMapLRN(3, 1, 0.75, 1), T(2, 5, 2, 2)},
   {'SpatialSubtractiveNormalization', nn.SpatialSubtractiveNormalization(2, torch.ones(3)), T(2, 4, 5)},
   {'SpatialDivisiveNormalization', nn.SpatialDivisiveNormalization(2, torch.ones(3, 3)), T(2, 2, 4, 5)},
   {'SpatialContrastiveNormalization', nn.SpatialContrastiveNormalization(1, torch.ones(3, 3)), T(1, 5, 5)},
   {'PartialLinear', nn.PartialLinear(4, 3), T(2, 4)}, {'Convert', nn.Convert('bchw', 'bf'), T(2, 3, 2, 2)},
   {'Convert, transposed', nn.Convert('bhwc', 'bchw'), T(2, 3, 2, 2)}, {'GPU', nn.GPU(nn.Tanh(), 1), T(2, 3)},
   {'DontCast', nn.DontCast(nn.Tanh()), T(2, 3)},
   {'TemporalRowConvolution features first', nn.TemporalRowConvolution(2, 3, 1, true), T(2, 2, 6)},
} do gradients(unpack(case, 1, 5)) end

for _, m in ipairs{nn.LinearWeightNorm(4, 3), nn.WeightNorm(nn.Linear(4, 3)), nn.WeightNorm(nn.Linear(4, 3), 2),
   nn.WeightNorm(nn.SpatialConvolution(2, 3, 2, 2))} do
   local name, x = tostring(m), tostring(m):find('Spatial') and T(1, 2, 3, 3) or T(2, 4)
   check.ok(Jacobian.testJacobian(m, x) < 1e-5, name .. ': gradInput')
   for _, p in ipairs{'V', 'G'} do
      check.ok(Jacobian.testJacobianParameters(m, x, m[p:lower()], m['grad' .. p]) < 1e-5, name .. ': gradient of ' .. p)
   end
end

do -- SparseLinear is Linear of the dense input
   local sparse, dense = nn.SparseLinear(5, 3), nn.Linear(5, 3)
   dense.weight:copy(sparse.weight)
   dense.bias:copy(sparse.bias)
   local x, g = T{{0, 2, 0, 0, -1}, {3, 0, 0, 0, 0}}, torch.randn(2, 3)
   local s = {T{{2, 2}, {5, -1}}, T{{1, 3}}}
   for _, m in ipairs{sparse, dense} do m:zeroGradParameters() end
   check.ok((sparse:forward(s) - dense:forward(x)):abs():max() < 1e-12, 'SparseLinear: output')
   sparse:backward(s, g, 0.5)
   dense:backward(x, g, 0.5)
   check.ok((sparse.gradWeight - dense.gradWeight):abs():max() < 1e-12, 'SparseLinear: gradWeight')
   check.ok((sparse.gradBias - dense.gradBias):abs():max() < 1e-12, 'SparseLinear: gradBias')
   check.error(function() sparse:forward(T{{6, 1}}) end, 'indices must be within 1 to 5', 'SparseLinear: index')
end

local net = nn.Sequential()
   :add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.SpatialBatchNormalization(2)):add(nn.ReLU(true))
   :add(nn.SpatialMaxPooling(2, 2)):add(nn.View(-1):setNumInputDims(3))
   :add(nn.ConcatTable():add(nn.Linear(8, 3)):add(nn.Sequential():add(nn.Linear(8, 3)):add(nn.Tanh())))
   :add(nn.CAddTable()):add(nn.LogSoftMax())
check.ok(Jacobian.testJacobian(net, T(2, 1, 6, 6)) < 1e-5, 'network: gradInput')

-- ---- results do not depend on threads ----
do
   local m = nn.SpatialConvolution(8, 16, 3, 3, 1, 1, 1, 1):float()
   local x = torch.FloatTensor(16, 8, 20, 20):uniform(-1, 1)
   local results = {}
   for _, n in ipairs{1, 2, 7} do
      torch.setnumthreads(n)
      m:zeroGradParameters()
      local y = m:forward(x):clone()
      local g = m:backward(x, y):clone()
      results[#results + 1] = {y, g, m.gradWeight:clone(), m.gradBias:clone()}
   end
   for i = 2, #results do
      for k = 1, 4 do check.ok(results[i][k]:equal(results[1][k]), 'threads: result ' .. k .. ' of run ' .. i) end
   end
   torch.setnumthreads(2)
end

-- ---- getParameters ----
do
   local m = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Linear(2, 2))
   local values = torch.cat(m:get(1).weight:view(-1), m:get(1).bias)
   local p, g = m:getParameters()
   check.eq(p:nElement(), 6 + 2 + 4 + 2, 'getParameters: elements')
   check.ok(p:narrow(1, 1, 8):equal(values), 'getParameters: keeps values, in order')
   p:fill(3)
   g:fill(2)
   check.eq({m:get(2).weight[2][2], m:get(1).gradBias[1]}, {3, 2}, 'getParameters: modules see the flat tensors')
   m:updateParameters(0.5)
   check.eq(p[1], 2, 'updateParameters')

   local a, b = nn.Linear(2, 2), nn.Linear(2, 2)
   b:share(a, 'weight', 'gradWeight')
   p = nn.Sequential():add(a):add(b):getParameters()
   check.eq(p:nElement(), 4 + 2 + 2, 'getParameters: shared parameters count once')
   a.weight:fill(7)
   check.eq(b.weight[1][1], 7, 'getParameters: they stay shared')

   local hole = nn.Linear(2, 2)
   local storage = torch.Tensor(100):fill(5)
   hole.weight:set(storage:storage(), 11, torch.LongStorage{2, 2})
   hole.bias:set(storage:storage(), 21, torch.LongStorage{2})
   p = hole:getParameters()
   check.eq(p:nElement(), 6, 'getParameters: holes are dropped')
   check.ok(hole.bias:storageOffset() == 5, 'getParameters: compact')

   local loose = nn.Linear(4, 4)
   loose.weight:set(torch.Tensor(4, 8):narrow(2, 1, 4))
   check.error(function() loose:getParameters() end, 'not compact', 'getParameters: gaps')
   check.eq(nn.Tanh():getParameters():dim(), 0, 'getParameters: none')
end

-- ---- conversion, copies, files ----
do
   local m = nn.Sequential():add(nn.Linear(3, 2)):add(nn.SpatialMaxPooling(2, 2)):add(nn.Dropout())
   m:get(1).alias = m:get(1).weight
   m:float()
   check.eq({m:type(), torch.type(m:get(1).weight), torch.type(m:get(3).noise)},
      {'torch.FloatTensor', 'torch.FloatTensor', 'torch.FloatTensor'}, 'float')
   m:get(1).weight:fill(4)
   check.eq(m:get(1).alias[1][1], 4, 'type: aliases stay aliases')
   local c = m:clone()
   c:get(1).weight:fill(1)
   check.eq(m:get(1).weight[1][1], 4, 'clone: its own memory')
   check.eq(torch.type(c:get(2)), 'nn.SpatialMaxPooling', 'clone: classes')
   local s = m:clone('weight')
   s:get(1).weight:fill(9)
   check.eq(m:get(1).weight[1][1], 9, 'clone: shares what is named')
   local e1, e2 = Jacobian.testIO(nn.Linear(3, 2), T(2, 3))
   check.ok(e1 == 0 and e2 == 0, 'testIO')
   for k, err in pairs(Jacobian.testAllUpdate(nn.Linear(3, 2), T(2, 3):uniform(), 'weight', 'gradWeight')) do
      check.ok(err < 1e-10, k)
   end
end

-- ---- protocol ----
do
   local seen = {}
   local Scale = torch.class('nn.TestScale', 'nn.Linear') -- the parent is loaded on demand
   function Scale:updateOutput(x) seen[#seen + 1] = 'forward' return self.output:mul(x, 2) end
   check.eq(nn.TestScale(2, 2):forward(torch.ones(2))[1], 2, 'a class of one\'s own')
   local d = nn.Dropout(0.5)
   d:evaluate()
   check.ok(d:forward(torch.ones(5)):equal(torch.ones(5)), 'Dropout: evaluation')
   d:training()
   local y = d:forward(torch.ones(1000))
   check.ok(y:eq(0):sum() + y:eq(2):sum() == 1000, 'Dropout: training')
   local t = torch.Timer()
   nn.loadAll()
   local n = 0
   for name, class in pairs(nn) do
      if type(class) == 'table' then n = n + 1 end
   end
   check.ok(n > 100, 'loadAll lists classes')
end

-- ---- errors say what to do ----
do
   check.error(function() nn.SpatialConvolution(3, 4, 3, 3):forward(torch.ones(1, 2, 8, 8)) end,
      'input.size%[2%] == 3 but got input to be of shape: %[1 x 2 x 8 x 8%]', 'SpatialConvolution: planes')
   check.error(function() nn.SpatialConvolution(3, 4, 9, 9):forward(torch.ones(1, 3, 8, 8)) end, 'Output size is too small',
      'SpatialConvolution: too small')
   check.error(function() nn.BatchNormalization(3):forward(torch.ones(3)) end, 'only mini%-batch supported', 'BatchNormalization')
   check.error(function() nn.ClassNLLCriterion():forward(torch.zeros(2, 3), torch.Tensor{1, 4}) end, 'target 4 .*1 to 3',
      'ClassNLLCriterion: target')
   local _, twice = pcall(function() nn.PReLU(3):forward(torch.ones(2, 2)) end)
   check.ok(twice:find('PReLU: argument #1 (input): expected 3 planes', 1, true) and not twice:find('PReLU: PReLU', 1, true), 'the layer once')
   check.error(function() nn.SpatialSubSampling(3, 2, 2):forward(torch.ones(2, 4, 4)) end,
      "SpatialSubSampling: argument #1 %(input%): invalid number of input planes: expected 3, got input of %[2 x 4 x 4%]", 'SubSampling: planes')
   check.error(function() nn.SpatialReflectionPadding(4):forward(torch.ones(2, 4, 4)) end, 'less than the input', 'reflection')
   check.error(function() nn.SpatialConvolutionMap(T{{1, 1}, {3, 1}}, 2, 2):forward(torch.ones(2, 4, 4)) end,
      'expected 3 input planes', 'ConvolutionMap: planes')
   check.error(function() nn.Tanh():forward(torch.ones(3):long()) end, 'THNN', 'integer tensors have no kernels')
end

check.finish()
