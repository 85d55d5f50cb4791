-- A case or more for every class of nn that has a gradient, and checks by them: nn.test(), gradients against finite
-- differences; nn.testTHNN(), Float against Double, and layouts of memory. The tests of the project use the same cases.
local M = {}
local luaT = require 'luaT'
local T, L = torch.DoubleTensor, torch.LongTensor

-- ---- cases ----

-- Classes whose file gives no cases of its own, as a function Class.__cases() that returns a list of them.
-- {module, input [, low = -2, high = 2]} and what else is special: `fixed`, the input's numbers stay as they are;
-- `bare`, the input has no gradient; `contiguous`, it must be that; `once`, gradients do not
-- add up over passes; `loss`, what the module minimises besides (a function of module and input).
-- Numbers of the input are drawn from low .. high; tensors of integers stay.
local function modules()
   local image, images, volume, rows = {2, 5, 6}, {2, 2, 5, 6}, {2, 4, 4, 5}, {3, 4}
   local function t(size) return T(torch.LongStorage(size)) end
   local net = nn.Sequential():add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.SpatialBatchNormalization(2)):add(nn.ReLU(true))
      :add(nn.SpatialMaxPooling(2, 2)):add(nn.View(-1):setNumInputDims(3))
      :add(nn.ConcatTable():add(nn.Linear(8, 3)):add(nn.Sequential():add(nn.Linear(8, 3)):add(nn.Tanh())))
      :add(nn.CAddTable()):add(nn.LogSoftMax())
   local pool, volumes = nn.SpatialMaxPooling(2, 2), nn.VolumetricMaxPooling(2, 2, 2)
   pool:double():forward(T(2, 4, 4):uniform())
   volumes:double():forward(T(1, 4, 4, 4):uniform())
   local fixed = nn.SpatialFractionalMaxPooling(2, 2, 0.6, 0.5):fixPoolingRegions()
   return {
      -- activation
      {nn.Abs(), t(rows)}, {nn.CReLU(1), t(rows)}, {nn.CReLU(3), t(images)}, {nn.Clamp(-1, 1), t(rows)}, {nn.ELU(0.7), t(rows)},
      {nn.Exp(), t(rows)}, {nn.GatedLinearUnit(), t(rows)}, {nn.GatedLinearUnit(1), T(4, 3)}, {nn.HardShrink(), t(rows)},
      {nn.HardTanh(), t(rows)}, {nn.LeakyReLU(0.1), t(rows)}, {nn.Log(), T(5), .1, 2}, {nn.LogSigmoid(), t(rows)},
      {nn.LogSoftMax(), t(rows)}, {nn.LogSoftMax(), T(2, 3, 2, 3)}, {nn.PReLU(), t(rows)}, {nn.PReLU(2), t(images)},
      {nn.Power(3), T(5), .1, 2}, {nn.RReLU(), t(rows)}, {nn.ReLU(), t(rows)}, {nn.ReLU6(), t(rows), -2, 8}, {nn.Sigmoid(), t(rows)},
      {nn.SoftMax(), t(rows)}, {nn.SoftMax(), T(2, 3, 2)}, {nn.SoftMin(), T(4)}, {nn.SoftMin(), t(rows)}, {nn.SoftPlus(2), t(rows)},
      {nn.SoftShrink(), t(rows)}, {nn.SoftSign(), t(rows)}, {nn.SpatialLogSoftMax(), t(images)}, {nn.SpatialSoftMax(), t(images)},
      {nn.Sqrt(), T(5), .1, 2}, {nn.Square(), t(rows)}, {nn.Tanh(), t(rows)}, {nn.TanhShrink(), t(rows)}, {nn.Threshold(.5, -1), t(rows)},
      {nn.L1Penalty(.3), t(rows), loss = function(m) return m.loss end},
      -- containers
      {nn.Bottle(nn.Linear(4, 3)), T(2, 3, 4)}, {nn.Concat(2):add(nn.Linear(4, 3)):add(nn.Tanh()), t(rows)},
      {nn.ConcatTable():add(nn.Linear(4, 3)):add(nn.Tanh()), t(rows)}, {nn.ConcatTable():add(nn.SelectTable(1)):add(nn.SelectTable(2)), {T(2), T(3)}},
      {nn.Convert('bchw', 'bf'), T(2, 3, 2, 2)}, {nn.Convert('bhwc', 'bchw'), T(2, 3, 2, 2)},
      {nn.Decorator(nn.Linear(4, 3)), t(rows)}, {nn.DontCast(nn.Tanh()), T(2, 3), float = false},
      {nn.DepthConcat(1):add(nn.SpatialConvolution(2, 3, 3, 3)):add(nn.SpatialConvolution(2, 1, 1, 1)), t(image)},
      {nn.GPU(nn.Tanh(), 1), T(2, 3)}, {nn.MapTable(nn.Linear(4, 3)), {T(2, 4), T(3, 4)}}, {nn.Maxout(4, 3, 2), t(rows)},
      {nn.NaN(nn.Linear(4, 3)), t(rows)}, {nn.Parallel(1, 2):add(nn.Linear(4, 2)):add(nn.Linear(4, 3)), T(2, 3, 4)},
      {nn.ParallelTable():add(nn.Linear(4, 3)):add(nn.Tanh()), {t(rows), T(2)}}, {nn.Profile(nn.Linear(4, 3), 1e9), t(rows)},
      {net, T(2, 1, 6, 6)}, {nn.WeightNorm(nn.Linear(4, 3)), T(2, 4)}, {nn.WeightNorm(nn.Linear(4, 3), 2), T(2, 4)},
      {nn.WeightNorm(nn.SpatialConvolution(2, 3, 2, 2)), T(1, 2, 3, 3)},
      -- convolution
      {nn.SpatialConvolution(2, 3, 3, 2), T(2, 2, 5, 4)}, {nn.SpatialConvolution(2, 3, 3, 3, 2, 2, 1, 2), T(2, 2, 6, 5)},
      {nn.SpatialConvolution(3, 2, 1, 1), T(2, 3, 3, 4)}, {nn.SpatialConvolution(2, 3, 3, 2):noBias(), t(image)},
      {nn.SpatialConvolutionMM(2, 3, 2, 2), T(2, 4, 4)}, {nn.SpatialDilatedConvolution(1, 2, 2, 2, 1, 1, 1, 1, 2, 2), T(2, 1, 5, 5)},
      {nn.SpatialConvolutionLocal(2, 2, 4, 3, 2, 3, 1, 2, 1, 1), T(2, 2, 3, 4)},
      {nn.SpatialConvolutionMap(T{{1, 1}, {2, 1}, {2, 2}}, 2, 3, 2, 1), T(2, 2, 4, 5)},
      {nn.SpatialDepthWiseConvolution(2, 3, 3, 2), t(images)}, {nn.SpatialDepthWiseConvolution(2, 2, 3, 3, 2, 1, 1, 2), t(image)},
      {nn.SpatialFullConvolution(2, 3, 3, 2, 2, 2, 1, 0, 1, 1), T(2, 2, 3, 4)},
      {nn.SpatialFullConvolution(2, 3, 3, 2, 2, 2), {T(2, 3, 4), T(1, 6, 9)}},
      {nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 3, 2, 1, 2), T(2, 2, 2, 3)},
      {nn.TemporalConvolution(3, 2, 2), T(5, 3)}, {nn.TemporalConvolution(3, 2, 3, 2), T(2, 8, 3)},
      {nn.TemporalRowConvolution(3, 2, 2), T(2, 6, 3)}, {nn.TemporalRowConvolution(2, 3, 1, true), T(2, 2, 6)},
      {nn.VolumetricConvolution(2, 1, 2, 3, 2, 1, 2, 1, 1, 0, 1), t(volume)}, {nn.VolumetricConvolution(1, 2, 2, 2, 2), T(2, 1, 3, 3, 3)},
      {nn.VolumetricDilatedConvolution(2, 1, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 1, 2), t(volume)},
      {nn.VolumetricFullConvolution(2, 1, 2, 2, 3, 2, 2, 2, 1, 0, 0, 1, 0, 1), T(2, 2, 2, 3)},
      {nn.VolumetricFullConvolution(2, 1, 2, 2, 3, 2, 2, 2), {T(2, 2, 2, 3), T(1, 4, 7, 5)}},
      -- linear
      {nn.Add(4), t(rows)}, {nn.Add(1, true), t(rows)}, {nn.AddConstant(3), t(rows)}, {nn.Bilinear(4, 3, 2), {t(rows), T(3, 3)}},
      {nn.Bilinear(4, 3, 2, false), {t(rows), T(3, 3)}}, {nn.CAdd(3, 1), t(rows)}, {nn.CMul(1, 4), t(rows)}, {nn.CMul(12), T(2, 3, 4)},
      {nn.Cosine(4, 3), T(2, 4)}, {nn.Euclidean(4, 3), T(2, 4)}, {nn.WeightedEuclidean(4, 3), T(2, 4)}, {nn.WeightedEuclidean(4, 3), T(4)},
      {nn.Linear(4, 3), T(5, 4)}, {nn.Linear(4, 3), T(4)}, {nn.Linear(4, 3, false), T(2, 4)}, {nn.LinearWeightNorm(4, 3), T(2, 4), once = true},
      {nn.LookupTable(5, 3), L{1, 5, 2, 5}, bare = true}, {nn.LookupTable(5, 3), L{{1, 5}, {2, 1}}, bare = true},
      {nn.Mul(), t(rows)}, {nn.MulConstant(-2), t(rows)}, {nn.PartialLinear(4, 3), T(2, 4)},
      -- normalization
      {nn.BatchNormalization(3), T(6, 3)}, {nn.BatchNormalization(3, 1e-3, .1, false), T(6, 3)}, {nn.SpatialBatchNormalization(2), T(3, 2, 3, 2)},
      {nn.VolumetricBatchNormalization(2), T(3, 2, 2, 3, 2)}, {nn.Dropout(.4), t(rows)}, {nn.SpatialDropout(.4), t(images)},
      {nn.VolumetricDropout(.4), T(2, 2, 2, 3, 2)}, {nn.LayerNormalization(4), t(rows)}, {nn.LayerNormalization(4), T(4)},
      {nn.Normalize(2), t(rows)}, {nn.Normalize(3), T(4), .5, 2}, {nn.Normalize(math.huge), t(rows)}, {nn.WhiteNoise(0, .1), t(rows)},
      {nn.SpatialCrossMapLRN(3, 1, 0.75, 1), T(2, 5, 2, 2)}, {nn.SpatialSubtractiveNormalization(2, torch.ones(3)), T(2, 4, 5)},
      {nn.SpatialDivisiveNormalization(2, torch.ones(3, 3)), T(2, 2, 4, 5)},
      {nn.SpatialContrastiveNormalization(1, torch.ones(3, 3)), T(1, 5, 5)},
      -- pooling
      {nn.FeatureLPPooling(3, 2, 3, true), T(2, 7, 2), .1, 2}, {nn.FeatureLPPooling(2, 1, 2, false), T(4, 3)},
      {nn.SpatialAdaptiveAveragePooling(3, 2), T(2, 5, 7)}, {nn.SpatialAdaptiveMaxPooling(2, 3), T(2, 2, 5, 7)},
      {nn.SpatialAveragePooling(3, 2, 2, 1, 1, 1), T(2, 2, 5, 5)}, {nn.SpatialAveragePooling(2, 2, 1, 1, 1, 1):setCountExcludePad(), T(2, 3, 3)},
      {nn.SpatialDilatedMaxPooling(2, 2, 1, 1, 0, 0, 2, 2), t(image)}, {fixed, T(2, 2, 6, 7)}, {nn.SpatialLPPooling(2, 3, 2, 2), t(image), .1, 2},
      {nn.SpatialMaxPooling(2, 2), T(2, 3, 5, 4)}, {nn.SpatialMaxPooling(3, 3, 1, 2, 1, 1):ceil(), T(2, 2, 6, 5)},
      {nn.SpatialMaxUnpooling(pool), T(2, 2, 2)}, {nn.SpatialSubSampling(2, 3, 2, 2, 1), T(2, 2, 4, 5)},
      {nn.TemporalDynamicKMaxPooling(2, 0.5), T(2, 7, 2)}, {nn.TemporalMaxPooling(2, 1), T(6, 3)}, {nn.TemporalMaxPooling(3), T(2, 7, 2)},
      {nn.TemporalSubSampling(3, 2, 2), T(2, 7, 3)}, {nn.VolumetricAveragePooling(2, 2, 3, 1, 2, 2), t(volume)},
      {nn.VolumetricAveragePooling(2, 3, 3, 1, 2, 2, 1, 1, 0):setCountExcludePad(), t(volume)}, {nn.VolumetricAveragePooling(2, 3, 3, 2, 2, 2, 0, 1, 1):ceil():setCountExcludePad(), t(volume)},
      {nn.VolumetricDilatedMaxPooling(2, 2, 1, 1, 1, 2, 0, 0, 0, 2, 1, 3), T(1, 4, 4, 5)},
      {nn.VolumetricFractionalMaxPooling(2, 2, 2, 2, 2, 2):fixPoolingRegions(), T(2, 4, 4, 5)},
      {nn.VolumetricMaxPooling(2, 2, 2, 1, 2, 1), t(volume)}, {nn.VolumetricMaxUnpooling(volumes), T(1, 2, 2, 2)},
      -- shape
      {nn.Collapse(2), T(2, 3, 4)}, {nn.Constant(T{1, 2}), T(3)}, {nn.Contiguous(), t(rows)},
      {nn.Copy('torch.DoubleTensor', 'torch.DoubleTensor'), T(3), float = false},
      {nn.Identity(), t(rows)}, {nn.Index(1), {T(4, 2), L{1, 3, 1}}}, {nn.MaskedSelect(), {T(4), torch.ByteTensor{1, 0, 1, 1}}},
      {nn.Max(2), t(rows)}, {nn.Max(1, 1), t(rows)}, {nn.Mean(1), t(rows)}, {nn.Min(2), t(rows)}, {nn.Narrow(2, 2, 2), t(rows)},
      {nn.Padding(2, -3), t(rows)}, {nn.Padding(1, 2, 2, 7), T(2, 3, 4)}, {nn.PixelShuffle(2), T(1, 8, 2, 3)}, {nn.Replicate(3, 2), t(rows)},
      {nn.Reshape(4, 3), t(rows)}, {nn.Select(2, -1), t(rows)}, {nn.SpatialReflectionPadding(1, 2, -1, 1), T(2, 3, 4)},
      {nn.SpatialReplicationPadding(1, 2, 0, -1), T(2, 2, 3, 4)}, {nn.SpatialUpSamplingBilinear(2), T(2, 3, 2)},
      {nn.SpatialUpSamplingBilinear(3), T(2, 2, 3, 2)}, {nn.SpatialUpSamplingBilinear{oheight = 7, owidth = 3, coordinates = 'half_pixel'}, T(2, 2, 3, 5)},
      {nn.SpatialUpSamplingBilinear{oheight = 2, owidth = 7, coordinates = 'asymmetric'}, T(2, 5, 3)}, {nn.SpatialUpSamplingNearest(2), T(1, 2, 2, 3)},
      {nn.SpatialZeroPadding(1, -1, 2, 0), T(2, 3, 4)}, {nn.Squeeze(2), T(3, 1, 4)}, {nn.Sum(2), t(rows)}, {nn.Sum(1, 1, true), t(rows)},
      {nn.Transpose({1, 2}), t(rows)}, {nn.Unsqueeze(2), t(rows)}, {nn.UpSampling(2), T(1, 2, 2, 3)}, {nn.UpSampling(2), T(1, 2, 2, 2, 3)},
      {nn.UpSampling({owidth = 5, oheight = 4}, 'linear'), T(1, 2, 3, 2)}, {nn.UpSampling(2, 'trilinear'), T(1, 1, 2, 3, 2)},
      {nn.View(12), t(rows), contiguous = true}, {nn.VolumetricReplicationPadding(1, 0, 1, 1, 0, 2), T(1, 2, 2, 3)},
      -- tables
      {nn.CAddTable(), {t(rows), t(rows), t(rows)}}, {nn.CAddTensorTable(), {T(3), {T(3), T(3)}}}, {nn.CDivTable(), {T(4), T(4)}, .5, 2},
      {nn.CMaxTable(), {t(rows), t(rows)}}, {nn.CMinTable(), {t(rows), t(rows), t(rows)}}, {nn.CMulTable(), {t(rows), t(rows), t(rows)}},
      {nn.CSubTable(), {T(4), T(4)}}, {nn.CosineDistance(), {t(rows), t(rows)}}, {nn.CosineDistance(), {T(4), T(4)}},
      {nn.DotProduct(), {t(rows), t(rows)}}, {nn.FlattenTable(), {T(2), {T(3), {T(1)}}}}, {nn.JoinTable(2), {T(3, 4), T(3, 2)}},
      {nn.JoinTable(1, 1), {T(3, 4), T(3, 2)}}, {nn.MM(), {T(3, 4), T(4, 2)}}, {nn.MM(true, true), {T(2, 4, 3), T(2, 2, 4)}},
      {nn.MV(), {T(3, 4), T(4)}}, {nn.MV(true), {T(2, 4, 3), T(2, 4)}}, {nn.MixtureTable(), {T(2, 3), {T(2, 4), T(2, 4), T(2, 4)}}},
      {nn.MixtureTable(), {T(2, 3), T(2, 3, 4)}}, {nn.NarrowTable(2, 2), {T(1), T(2), T(3)}}, {nn.PairwiseDistance(), {t(rows), t(rows)}},
      {nn.PairwiseDistance(1), {t(rows), t(rows)}}, {nn.PairwiseDistance(3), {T(4), T(4)}}, {nn.SelectTable(-1), {T(2), T(3)}},
      {nn.SplitTable(2), t(rows)}, {nn.SplitTable(1, 1), t(rows)}, {nn.ZipTable(), {{T(1), T(2)}, {T(3), T(4)}}},
      {nn.ZipTableOneToMany(), {T(2), {T(1), T(3)}}},
   }
end

-- {criterion, input, target [, low, high]}
local function criterions()
   local function probabilities() return nn.SoftMax():double():forward(torch.randn(3, 4):double()):clone() end
   local function multi(class)
      local c = nn[class]():add(nn.MSECriterion(), .5):add(nn.AbsCriterion())
      return c
   end
   local signs, classes = T{1, -1, 1}, T{1, 4, 2}
   return {
      {nn.AbsCriterion(), T(3, 4), T(3, 4)}, {nn.AbsCriterion(false), T(3), T(3)}, {nn.BCECriterion(), T(3, 4), T(3, 4):uniform(.1, .9), .1, .9},
      {nn.BCECriterion(T{1, 2, .5, 3}), T(3, 4), T(3, 4):uniform(.1, .9), .1, .9}, {nn.ClassNLLCriterion(), T(3, 4), classes},
      {nn.ClassNLLCriterion(T{1, 2, .5, 3}), T(3, 4), classes}, {nn.ClassNLLCriterion(nil, false, 4), T(3, 4), classes},
      {nn.ClassSimplexCriterion(4), T(3, 4), classes}, {nn.CosineEmbeddingCriterion(.2), {T(3, 4), T(3, 4)}, signs},
      {nn.CrossEntropyCriterion(), T(3, 4), classes}, {nn.DistKLDivCriterion(), T(3, 4), probabilities()},
      {nn.DistanceRatioCriterion(), {T(3), T(3)}, nil}, {nn.HingeEmbeddingCriterion(), T(3), signs}, {nn.L1Cost(), T(3, 4), nil},
      {nn.L1HingeEmbeddingCriterion(), {T(4), T(4)}, 1}, {nn.L1HingeEmbeddingCriterion(20), {T(4), T(4)}, -1}, {nn.MSECriterion(), T(3, 4), T(3, 4)},
      {nn.MarginCriterion(), T(3), signs}, {nn.MarginRankingCriterion(.1), {T(3), T(3)}, signs}, {nn.MarginRankingCriterion(9), {T(1), T(1)}, 1},
      {nn.ModuleCriterion(nn.MSECriterion(), nn.Square(), nn.Tanh()), T(3, 4), T(3, 4)}, {multi('MultiCriterion'), T(3, 4), T(3, 4)},
      {multi('ParallelCriterion'), {T(3), T(4)}, {T(3), T(4)}}, {nn.MultiLabelMarginCriterion(), T(4), T{2, 1, 0, 0}},
      {nn.MultiLabelMarginCriterion(), T(2, 4), T{{2, 1, 0, 0}, {4, 0, 0, 0}}}, {nn.MultiLabelSoftMarginCriterion(), T(2, 3), T{{1, 0, 1}, {0, 0, 1}}},
      {nn.MultiMarginCriterion(), T(3, 4), classes}, {nn.MultiMarginCriterion(2, T{1, 2, .5, 3}, .5), T(3, 4), classes},
      {nn.SmoothL1Criterion(), T(3, 4), T(3, 4)}, {nn.SoftMarginCriterion(), T(3), signs},
      {nn.SpatialAutoCropMSECriterion(), T(2, 3, 4), T(2, 5, 6)}, {nn.SpatialClassNLLCriterion(), T(2, 3, 2, 2), L(2, 2, 2):random(1, 3)},
      {nn.WeightedMSECriterion(T{1, 2, .5, 3}), T(3, 4), T(3, 4)},
   }
end

-- ---- nested tables of tensors ----

local function is_real(x) return torch.isTensor(x) and (x:type() == 'torch.DoubleTensor' or x:type() == 'torch.FloatTensor') end

-- f(x) in the place of every tensor of floating type
local function mapped(x, f)
   if is_real(x) then return f(x) end
   if type(x) ~= 'table' then return x end
   local r = {}
   for k, v in pairs(x) do r[k] = mapped(v, f) end
   return r
end
local function drawn(x, low, high) return mapped(x, function(t) return t:clone():uniform(low or -2, high or 2) end) end
local function copied(x) return mapped(x, function(t) return t:clone() end) end
M.mapped, M.copied = mapped, copied

-- sum of the products of two alike
local function dot(a, b)
   if torch.isTensor(a) then return a:nElement() > 0 and a:double():dot(b:double()) or 0 end
   local sum = 0
   if type(a) == 'table' then
      for k, v in pairs(a) do sum = sum + dot(v, b[k]) end
   end
   return sum
end

--- The largest difference of two, infinite where their shapes differ; relative to the largest number of the second.
function M.apart(a, b)
   if torch.isTensor(b) then
      if not torch.isTensor(a) or not a:double():isSameSizeAs(b:double()) then return math.huge end
      if b:nElement() == 0 then return 0 end
      return (a:double() - b:double()):abs():max() / (1 + torch.abs(b:double()):max())
   end
   if type(b) ~= 'table' then return a == b and 0 or type(b) == 'number' and math.abs(a - b) / (1 + math.abs(b)) or math.huge end
   local worst = 0
   for k, v in pairs(b) do worst = math.max(worst, M.apart(a[k], v)) end
   return worst
end

-- ---- checks ----

local seed = 27 -- the same noise in every pass

local function forward(m, input, ...)
   torch.manualSeed(seed)
   return m:forward(input, ...)
end

-- The largest difference between the gradient of loss() by the elements of t and g.
local function by_differences(t, g, loss)
   if not torch.isTensor(g) or g:nElement() ~= t:nElement() then return math.huge end
   local worst, flat, at = 0, t:view(-1), 1e-6
   for i = 1, t:nElement() do
      local v = flat[i]
      flat[i] = v + at
      local above = loss()
      flat[i] = v - at
      local below = loss()
      flat[i] = v
      local expected = (above - below) / (2 * at)
      worst = math.max(worst, math.abs(expected - g:contiguous():view(-1)[i]) / (1 + math.abs(expected)))
   end
   return worst
end

-- calls f(t, g) for the tensors of an input and their gradients
local function pairwise(input, gradient, f)
   if is_real(input) then f(input, gradient)
   elseif type(input) == 'table' then
      for k, v in pairs(input) do pairwise(v, gradient[k], f) end
   end
end

--- A module's gradients by its input and its parameters against finite differences: the largest difference. g: the
-- gradient of the output; the loss is its product with the output, and what the case adds.
function M.module_difference(case)
   local m, input = case[1], case.fixed and case[2] or drawn(case[2], case[3], case[4])
   m:double()
   local g = drawn(forward(m, input), -1, 1)
   local function loss() return dot(g, forward(m, input)) + (case.loss and case.loss(m, input) or 0) end
   m:zeroGradParameters()
   forward(m, input)
   local gradient = copied(m:backward(input, g))
   local worst = 0
   if not case.bare then
      pairwise(input, gradient, function(t, gt) worst = math.max(worst, by_differences(t, gt, loss)) end)
   end
   local p, gp = m:parameters()
   for i = 1, p and #p or 0 do
      local got = gp[i]:clone()
      worst = math.max(worst, by_differences(p[i], got, loss))
   end
   return worst
end

--- The same for a criterion's gradient by its input.
function M.criterion_difference(case)
   local c, input, target = case[1]:double(), drawn(case[2], case[4], case[5]), case[3]
   c:forward(input, target)
   local gradient, worst = copied(c:backward(input, target)), 0
   pairwise(input, gradient, function(t, g)
      worst = math.max(worst, by_differences(t, g, function() return c:forward(input, target) end))
   end)
   return worst
end

-- The cases that classes give themselves, nn's or a package's: f(kind, case)
local function own_cases(f)
   for name, class in pairs(nn.loadAll()) do
      local mt = type(class) == 'table' and luaT.getmetatable('nn.' .. name)
      local give = mt and rawget(mt, '__cases')
      for _, case in ipairs(give and give() or {}) do
         f(torch.isTypeOf(case[1], 'nn.Criterion') and 'criterion' or 'module', case)
      end
   end
end

-- {name = {case...}} by class; the cases that `names` asks for, or all
local cases
local function select_cases(names)
   if not cases then
      local default = torch.getdefaulttensortype()
      torch.setdefaulttensortype('torch.DoubleTensor')
      local ok, err = pcall(function()
         cases = {module = modules(), criterion = criterions()}
         own_cases(function(kind, case) table.insert(cases[kind], case) end)
      end)
      torch.setdefaulttensortype(default)
      if not ok then error(err, 0) end
   end
   local wanted = names and {}
   for _, name in ipairs(type(names) == 'string' and {names} or names or {}) do wanted[name:gsub('^nn%.', '')] = true end
   local list = {}
   for _, kind in ipairs{'module', 'criterion'} do
      for _, case in ipairs(cases[kind]) do
         local class = torch.type(case[1]):gsub('^nn%.', '')
         if not wanted or wanted[class] then list[#list + 1] = {class = class, kind = kind, case = case} end
      end
   end
   return list
end
--- A list of {class =, kind = 'module' or 'criterion', case =}, of classes of those names or of all.
M.cases = select_cases

-- Runs f on every case in a torch.Tester. Returns whether all is well.
local function run(names, f)
   local tester, suite, list = torch.Tester(), torch.TestSuite(), select_cases(names)
   if #list == 0 then error('nn: there is no test of ' .. table.concat(type(names) == 'table' and names or {tostring(names)}, ', '), 3) end
   for i, item in ipairs(list) do
      suite[('%s_%d'):format(item.class, i)] = function() f(tester, item) end
   end
   local default = torch.getdefaulttensortype()
   torch.setdefaulttensortype('torch.DoubleTensor')
   tester:add(suite)
   local failed = tester:run()
   torch.setdefaulttensortype(default)
   return failed
end

--- nn.test([names]): checks the gradients of modules and criterions, of all or of those classes, against finite
-- differences, and says what fails.
function M.test(names)
   return run(names, function(tester, item)
      tester:assertlt(M[item.kind .. '_difference'](item.case), 1e-5, item.class .. ': gradient')
   end)
end

-- output and gradients of one pass, of that type
local function pass(case, kind, input, g)
   local m = case[1]:type(kind)
   local x = mapped(input, function(t) return t:type(kind) end)
   m:zeroGradParameters()
   local y = copied(forward(m, x))
   local gx = mapped(g, function(t) return t:type(kind) end)
   return y, copied(m:backward(x, gx)), copied((select(2, m:parameters())))
end

--- What Float gives against what Double gives, of the output, the gradient and the parameters' gradients: the largest
-- relative difference.
function M.float_difference(case)
   local m = case[1]:float() -- parameters that a Float holds
   local input = mapped(drawn(case[2], case[3], case[4]), function(t) return t:float():double() end)
   local g = mapped(drawn(forward(m:double(), input), -1, 1), function(t) return t:float():double() end)
   local y, gx, gp = pass(case, 'torch.DoubleTensor', input, g)
   local fy, fgx, fgp = pass(case, 'torch.FloatTensor', input, g)
   m:double()
   return math.max(M.apart(fy, y), case.bare and 0 or M.apart(fgx, gx), gp and M.apart(fgp, gp) or 0)
end

--- nn.testTHNN([names]): checks the kernels of Floats against those of Doubles, of all modules or of those classes.
function M.testTHNN(names)
   return run(names, function(tester, item)
      if item.kind == 'module' and item.case.float ~= false then
         tester:assertlt(M.float_difference(item.case), 1e-4, item.class .. ': Float')
      end
   end)
end

return M
