--- Modules and criterions of nn on the GPU, compared with the CPU: forward, gradients, parameters; kernels
-- that have no GPU form say so. THC in the environment says on what: the simulator or a real GPU.
--   th test/gpu/test_nn.lua [name...]
require 'cunn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(5)

local only = {}
for _, name in ipairs(arg) do only[name] = true end
local function wanted(name) return next(only) == nil or only[name:match('^%w+')] end

-- ORDER TYPES of the comparisons: on the GPU, on the CPU, tolerance relative to the largest value
local types = {
   {'torch.CudaTensor', 'torch.FloatTensor', 5e-6},
   {'torch.CudaDoubleTensor', 'torch.DoubleTensor', 1e-12},
   {'torch.CudaHalfTensor', 'torch.FloatTensor', 6e-3}
}

local close
close = function(got, expected, tolerance, what)
   if type(expected) == 'table' then
      for i, e in ipairs(expected) do close(got[i], e, tolerance, what .. ' ' .. i) end
      return
   end
   if not torch.isTensor(expected) then got, expected = torch.DoubleTensor{got}, torch.DoubleTensor{expected} end
   got, expected = got:double(), expected:double()
   if not got:isSameSizeAs(expected) then
      return check.ok(false, what .. ': sizes ' .. table.concat(got:size():totable(), 'x') .. ' and '
         .. table.concat(expected:size():totable(), 'x'))
   end
   if expected:nElement() == 0 then return end
   local worst = torch.abs(got - expected):max()
   check.ok(worst <= tolerance * (1 + torch.abs(expected):max()), what .. ': difference ' .. worst)
end

-- Random numbers that a half holds exactly; never two equal ones beside each other, nor any near 0.
local function draw(size, low, high)
   local x = torch.rand(torch.LongStorage(size)):mul(high - low):add(low):mul(512):floor():add(0.5):div(512)
   return x:apply(function(v) return math.abs(v) < 0.01 and v + 0.0625 or v end)
end

-- The same values, not contiguous.
local function scattered(x)
   local size = x:size()
   size[#size] = size[#size] * 2
   local y = x.new(size):fill(7)
   return y:unfold(x:dim(), 1, 2):select(x:dim() + 1, 1):copy(x)
end

-- f of a tensor, or of each of those in a table.
local each
each = function(x, f)
   if torch.isTensor(x) then return f(x) end
   local list = {}
   for i, v in ipairs(x) do list[i] = each(v, f) end
   return list
end

-- ---- modules ----

local function compare_gradients(name, cpu, gpu, tolerance)
   local p, g = {cpu:parameters()}, {gpu:parameters()}
   if not p[1] then return end
   for i = 1, #p[1] do close(g[2][i], p[2][i], tolerance, name .. ': gradient of parameter ' .. i) end
end

local function compare_pass(name, cpu, gpu, host, device, tolerance, input, scatter)
   input = input:type(host)
   if scatter then input = scattered(input) end
   local remote = input:type(device)
   if scatter then remote = scattered(remote) end
   close(gpu:forward(remote), cpu:forward(input), tolerance, name .. ': output')
   local g = each(cpu.output, function(y) return draw(y:size():totable(), -1, 1):type(host) end)
   local rg = each(g, function(y) return scatter and scattered(y:type(device)) or y:type(device) end)
   for _, net in ipairs{cpu, gpu} do
      local _, gradients = net:parameters()
      for _, t in ipairs(gradients or {}) do t:fill(0.25) end
   end
   close(gpu:backward(remote, rg, 0.5), cpu:backward(input, g, 0.5), tolerance, name .. ': gradInput')
   compare_gradients(name, cpu, gpu, tolerance)
   for _, field in ipairs{'running_mean', 'running_var', 'indices'} do
      if cpu[field] then close(gpu[field], cpu[field], tolerance, name .. ': ' .. field) end
   end
end

-- Normalisation of so few elements makes halves' rounding arbitrarily large.
local function too_coarse(name, device) return name:find('^Transformer') and device == 'torch.CudaHalfTensor' end

local function compare_module(name, m, inputs, low, high)
   if not wanted(name) then return end
   torch.manualSeed(5) -- whatever came before
   for _, t in ipairs(types) do
      local device, host, tolerance = unpack(t)
      if too_coarse(name, device) then break end
      local parameters = m:parameters()
      for _, p in ipairs(parameters or {}) do p:mul(512):floor():div(512) end
      local cpu, gpu = m:clone():type(host), m:clone():type(device)
      for i, size in ipairs(inputs) do
         local what = ('%s of %s, %s'):format(name, table.concat(size, 'x'), device:match('%.(%a+)Tensor'))
         compare_pass(what, cpu, gpu, host, device, tolerance, draw(size, low or -1, high or 1), i % 2 == 0)
      end
      each(gpu.output, function(y) check.eq(torch.typename(y), device, name .. ': type of the output') end)
   end
end

local function evaluating(m)
   m:evaluate()
   return m
end

local vectors, images, samples = {{3, 7}, {5, 7}, {7}}, {{2, 3, 7, 6}, {3, 3, 9, 11}, {3, 7, 8}}, {{2, 3, 7, 6}, {4, 3, 5, 9}}
local volumes = {{2, 3, 6, 7, 8}, {3, 5, 9, 6}}
for _, case in ipairs{
   {'Linear', nn.Linear(7, 4), vectors}, {'Linear without bias', nn.Linear(7, 4, false), vectors},
   {'Linear of many rows', nn.Linear(7, 300), {{600, 7}}},
   {'SpatialConvolution', nn.SpatialConvolution(3, 4, 3, 2), images},
   {'SpatialConvolution with strides and pads', nn.SpatialConvolution(3, 5, 4, 3, 2, 3, 1, 2), images},
   {'SpatialConvolution 1x1', nn.SpatialConvolution(3, 4, 1, 1), images},
   {'SpatialConvolution without bias', nn.SpatialConvolution(3, 4, 5, 5):noBias(), images},
   {'SpatialConvolution in groups of samples', nn.SpatialConvolution(48, 2, 3, 3, 1, 1, 1, 1), {{9, 48, 100, 90}}},
   {'SpatialConvolutionMM', nn.SpatialConvolutionMM(3, 4, 3, 3, 1, 1, 1, 1), images},
   {'SpatialDilatedConvolution', nn.SpatialDilatedConvolution(3, 4, 3, 2, 1, 2, 2, 1, 2, 3), images},
   {'SpatialFullConvolution', nn.SpatialFullConvolution(3, 4, 3, 2, 2, 2, 1, 0, 1, 1), images},
   {'SpatialFullConvolution 1x1', nn.SpatialFullConvolution(3, 4, 1, 1), images},
   {'VolumetricConvolution', nn.VolumetricConvolution(3, 4, 2, 3, 2, 1, 2, 1, 1, 0, 1), volumes},
   {'SpatialMaxPooling', nn.SpatialMaxPooling(2, 2), images},
   {'SpatialMaxPooling overlapping', nn.SpatialMaxPooling(3, 2, 1, 1, 1, 1), images},
   {'SpatialMaxPooling ceil', nn.SpatialMaxPooling(3, 3, 2, 2):ceil(), images},
   {'SpatialDilatedMaxPooling', nn.SpatialDilatedMaxPooling(3, 2, 2, 1, 1, 1, 2, 2), images},
   {'SpatialAveragePooling', nn.SpatialAveragePooling(3, 2, 2, 1, 1, 1), images},
   {'SpatialAveragePooling without pads', nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1):setCountExcludePad(), images},
   {'VolumetricMaxPooling', nn.VolumetricMaxPooling(2, 3, 2, 2, 1, 2, 1, 1, 1), volumes},
   {'VolumetricAveragePooling', nn.VolumetricAveragePooling(2, 3, 2, 2, 1, 2), volumes},
   {'BatchNormalization', nn.BatchNormalization(7), {{3, 7}, {50, 7}}},
   {'BatchNormalization not affine', nn.BatchNormalization(7, 1e-3, 0.2, false), {{3, 7}, {5, 7}}},
   {'BatchNormalization evaluating', evaluating(nn.BatchNormalization(7)), vectors},
   {'SpatialBatchNormalization', nn.SpatialBatchNormalization(3), samples},
   {'SpatialBatchNormalization of large planes', nn.SpatialBatchNormalization(3), {{2, 3, 70, 80}}},
   {'SpatialBatchNormalization evaluating', evaluating(nn.SpatialBatchNormalization(3)), samples},
   {'LogSoftMax', nn.LogSoftMax(), {{3, 10}, {2, 300}, {7}, {3, 4, 5}, {2, 3, 7, 6}}},
   {'SoftMax', nn.SoftMax(), {{3, 10}, {2, 300}, {7}, {3, 4, 5}, {2, 3, 7, 6}}},
   {'SpatialSoftMax', nn.SpatialSoftMax(), samples}, {'SpatialLogSoftMax', nn.SpatialLogSoftMax(), samples},
   {'ReLU', nn.ReLU(), images}, {'Threshold', nn.Threshold(0.2, -3), images}, {'Tanh', nn.Tanh(), images},
   {'Sigmoid', nn.Sigmoid(), images}, {'LogSigmoid', nn.LogSigmoid(), images}, {'HardTanh', nn.HardTanh(-0.5, 0.5), images},
   {'LeakyReLU', nn.LeakyReLU(0.1), images}, {'ELU', nn.ELU(0.7), images}, {'SoftPlus', nn.SoftPlus(2), images},
   {'SoftShrink', nn.SoftShrink(0.3), images}, {'HardShrink', nn.HardShrink(0.3), images}, {'Abs', nn.Abs(), images},
   {'Sqrt', nn.Sqrt(), images, 0.1, 2}, {'Square', nn.Square(), images}, {'GatedLinearUnit', nn.GatedLinearUnit(2), {{3, 8}, {5, 4}}},
   {'PReLU', nn.PReLU(3), samples}, {'PReLU of one slope', nn.PReLU(), samples}, {'ReLU6', nn.ReLU6(), images},
   {'View', nn.View(-1), {{3, 4}}}, {'Reshape', nn.Reshape(12), {{2, 3, 4}, {5, 4, 3}}}, {'Identity', nn.Identity(), images},
   {'Dropout evaluating', evaluating(nn.Dropout(0.3)), vectors}, {'MulConstant', nn.MulConstant(3), images},
   {'CMul', nn.CMul(7), {{3, 7}, {5, 7}}}, {'CAdd', nn.CAdd(7), {{3, 7}, {5, 7}}}, {'Exp', nn.Exp(), images},
   {'Log', nn.Log(), images, 0.1, 2}, {'Power', nn.Power(2), images},
   {'SpatialUpSamplingNearest', nn.SpatialUpSamplingNearest(3), images},
   {'SpatialUpSamplingNearest of many', nn.SpatialUpSamplingNearest(2), {{5, 40, 17, 19}}},
   {'SpatialUpSamplingBilinear', nn.SpatialUpSamplingBilinear{oheight = 13, owidth = 5}, samples},
   {'SpatialReflectionPadding', nn.SpatialReflectionPadding(3, 2, -1, 4), images},
   {'SpatialReplicationPadding', nn.SpatialReplicationPadding(2, -3, 4, 1), images},
   {'VolumetricReplicationPadding', nn.VolumetricReplicationPadding(1, 2, 0, 3, -1, 2), volumes},
   {'SpatialAdaptiveAveragePooling', nn.SpatialAdaptiveAveragePooling(4, 5), images},
   {'SpatialAdaptiveAveragePooling to more', nn.SpatialAdaptiveAveragePooling(13, 15), images},
   {'SpatialAdaptiveMaxPooling', nn.SpatialAdaptiveMaxPooling(4, 5), images},
   {'SpatialAdaptiveMaxPooling of many', nn.SpatialAdaptiveMaxPooling(7, 3), {{3, 40, 19, 17}}},
   {'SpatialSubSampling', nn.SpatialSubSampling(3, 3, 2, 2, 1), images},
   {'TemporalMaxPooling', nn.TemporalMaxPooling(3, 2), {{2, 37, 9}, {19, 13}}},
   {'TemporalSubSampling', nn.TemporalSubSampling(9, 3, 2), {{2, 37, 9}, {19, 9}}},
   {'TemporalRowConvolution', nn.TemporalRowConvolution(9, 3, 2), {{2, 37, 9}, {19, 9}}},
   {'SpatialDepthWiseConvolution', nn.SpatialDepthWiseConvolution(3, 2, 3, 2, 2, 1, 1, 0), images},
   {'SpatialDepthWiseConvolution of many', nn.SpatialDepthWiseConvolution(7, 1, 3, 3, 1, 1, 1, 1), {{6, 7, 41, 39}}},
   {'SpatialConvolutionMap', nn.SpatialConvolutionMap(nn.tables.full(3, 4), 3, 2, 2, 1), images},
   {'SpatialFullConvolutionMap', nn.SpatialFullConvolutionMap(nn.tables.full(3, 4), 3, 2, 2, 1), images},
   {'SpatialConvolutionLocal', nn.SpatialConvolutionLocal(3, 2, 11, 9, 3, 2, 2, 1, 1, 1), {{2, 3, 9, 11}}},
   {'FeatureLPPooling', nn.FeatureLPPooling(3, 2, 2, true), {{3, 9, 5, 7}}, 0.1, 2}
} do compare_module(unpack(case)) end

-- what classes give as cases themselves
torch.manualSeed(5)
for _, item in ipairs(require('nn.selftest').cases()) do
   local mt, module, input, low, high = torch.getmetatable('nn.' .. item.class), unpack(item.case, 1, 4)
   -- inputs that are positions test_nn_cases.lua compares as they are
   local drawn = torch.isTensor(input) and input:double():frac():ne(0):any()
   if rawget(mt, '__cases') and item.kind == 'module' and drawn then
      compare_module(item.class, module:float(), {input:size():totable()}, low, high)
   end
end

-- in place
if wanted('inplace') then
   for _, make in ipairs{function() return nn.ReLU(true) end, function() return nn.ELU(1, true) end,
      function() return nn.HardTanh(-0.5, 0.5, true) end} do
      local cpu, gpu, x, g = make():float(), make():cuda(), draw({3, 7}, -1, 1), draw({3, 7}, -1, 1)
      local rx, rg = x:cuda(), g:cuda()
      close(gpu:forward(rx), cpu:forward(x), 1e-6, torch.type(cpu) .. ' in place')
      close(rx, x, 1e-6, torch.type(cpu) .. ' in place: input')
      close(gpu:backward(rx, rg), cpu:backward(x, g), 1e-6, torch.type(cpu) .. ' in place: gradInput')
   end
end

if wanted('Dropout') then
   local m, x = nn.Dropout(0.25):cuda(), torch.CudaTensor(200, 50):fill(3)
   local y = m:forward(x)
   local kept = y:float():gt(0):sum() / y:nElement()
   check.ok(math.abs(kept - 0.75) < 0.02, 'Dropout: share of elements that stay, ' .. kept)
   close(y:float():max(), 4, 1e-6, 'Dropout: scale')
   close(m:backward(x, x), y, 1e-6, 'Dropout: gradInput')
end

-- ---- what a table of modules does not hold: sparse inputs, indices, kernels by name ----

-- f(type on the GPU or CPU, move) makes tensors and a list of results; compares the results of both sides.
local function compare_runs(name, f)
   if not wanted(name) then return end
   for _, t in ipairs(types) do
      if t[1] ~= 'torch.CudaHalfTensor' then
         local device, host, tolerance = unpack(t)
         torch.manualSeed(3)
         local expected = f(host, function(x) return x end)
         torch.manualSeed(3)
         local got = f(device, function(x) return x:type((x:type():gsub('torch%.', 'torch.Cuda'))) end)
         for i, e in ipairs(expected) do close(got[i], e, tolerance * 4, ('%s, %s: result %d'):format(name, device, i)) end
      end
   end
end

local function indices(n, most)
   local t = torch.LongTensor(n)
   for i = 1, n do t[i] = i * i % most + 1 end
   return t
end

for _, setting in ipairs{'plain', 'padding', 'frequency', 'norm'} do
   compare_runs('LookupTable', function(kind, move)
      local m = nn.LookupTable(23, 19, setting == 'padding' and 3 or nil, setting == 'norm' and 2 or nil)
      if setting == 'frequency' then m:scaleGradByFreq() end
      m.weight:copy(draw({23, 19}, -1, 1))
      local g = draw({17, 20, 19}, -1, 1):type(kind)
      m:type(kind)
      m.gradWeight:fill(0.5)
      local input = move(indices(340, 23):view(17, 20))
      local y = m:forward(input):clone()
      m:backward(input, g, 0.5)
      return {y, m.gradWeight, m.weight}
   end)
end

compare_runs('SparseLinear', function(kind)
   local m, x = nn.SparseLinear(37, 41), torch.Tensor(7, 30, 2)
   for i = 1, 7 do
      x[i]:select(2, 1):copy(indices(30, 37))
      x[i]:select(2, 2):copy(draw({30}, -1, 1))
   end
   m.weight:copy(draw({41, 37}, -1, 1))
   m:type(kind)
   m:zeroGradParameters()
   local y = m:forward(x:type(kind)):clone()
   m:backward(x:type(kind), draw({7, 41}, -1, 1):type(kind), 0.5)
   m:updateParameters(0.1)
   return {y, m.gradWeight, m.gradBias, m.weight, m.bias}
end)

for _, normalize in ipairs{false, true} do
   compare_runs('IndexLinear', function(kind)
      local m, results = nn.IndexLinear(37, 41, nil, nil, nil, nil, normalize), {}
      m.weight:narrow(2, m.weight:size(2) - 40, 41):copy(draw({37, 41}, -1, 1))
      m:type(kind)
      m.weightDecay = 0.1
      for pass = 1, 2 do
         local keys, values = indices(60 * pass, 37), draw({60 * pass}, -2, 2):type(kind)
         local input = {keys, values, torch.LongTensor{20 * pass, 0, 33 * pass, 7 * pass}}
         m:zeroGradParameters()
         results[#results + 1] = m:forward(input):clone()
         m:backward(input, draw({4, 41}, -1, 1):type(kind), 0.5)
         m:updateParameters(0.1)
         m:accUpdateGradParameters(input, draw({4, 41}, -1, 1):type(kind), 0.1)
      end
      results[#results + 1], results[#results + 2] = m.weight, m.bias
      return results
   end)
end

compare_runs('cells', function(kind)
   local k = torch.getmetatable(kind).THNN
   local function t(...) return draw({...}, -1, 1):type(kind) end
   local gates, cx, cy, y, gg, gx = t(13, 4 * 37), t(13, 37), t(1), t(1), t(1), t(1)
   k.LSTMFused_updateOutput(gates, t(13, 4 * 37), t(4 * 37), nil, cx, y, cy)
   k.LSTMFused_updateGradInput(gates, gg, cx, cy, t(13, 37), t(13, 37), gx)
   local z, storage, gi, gh, ghx = t(1), t(1), t(1), t(1), t(1)
   k.GRUFused_updateOutput(t(13, 3 * 37), t(13, 3 * 37), nil, t(3 * 37), t(13, 37), z, storage)
   k.GRUFused_updateGradInput(gi, gh, t(13, 37), ghx, storage)
   return {gates, y, cy, gg, gx, z, storage, gi, gh, ghx}
end)

-- several tiles of queries, keys and columns
for _, causal in ipairs{false, true} do
   compare_runs('attention', function(kind, move)
      local k = torch.getmetatable(kind).THNN
      local function t(...) return draw({...}, -1, 1):type(kind) end
      local q, key, v, g = t(2, 70, 140), t(2, 75, 140), t(2, 75, 140), t(2, 70, 140)
      local mask, y, logsum = torch.ByteTensor(2, 75):zero(), t(1), t(1)
      mask[2]:narrow(1, 40, 36):fill(1)
      mask = move(mask)
      k.Attention_updateOutput(q, key, v, mask, y, logsum, 2, 0.1, causal)
      local gq, gk, gv = t(2, 70, 140), t(2, 75, 140), t(2, 75, 140)
      k.Attention_updateGradInput(q, key, v, mask, y, logsum, g, gq, gk, gv, 2, 0.1, causal)
      return {y, logsum, gq, gk, gv}
   end)
end

-- groups longer than a block, channels in several chunks of samples
for _, shape in ipairs{{3, 2, 700, 2}, {1100, 37, 1, 1}} do
   compare_runs('groups', function(kind)
      local k = torch.getmetatable(kind).THNN
      local function t(...) return draw({...}, -1, 1):type(kind) end
      local n, channels, positions, groups = unpack(shape)
      local x, y, w, b, mean, invstd = t(n, channels, positions), t(1), t(channels), t(channels), t(1), t(1)
      k.GroupNorm_updateOutput(x, y, w, b, mean, invstd, channels, positions, groups, true, 1e-5)
      local g, gx, gw, gb = t(n, channels, positions), t(1), t(channels), t(channels)
      k.GroupNorm_updateGradInput(x, g, gx, w, mean, invstd, channels, positions, groups, true)
      k.GroupNorm_accGradParameters(x, g, gw, gb, mean, invstd, channels, positions, groups, 0.5)
      return {y, mean, invstd, gx, gw, gb}
   end)
end

compare_runs('grid', function(kind)
   local k = torch.getmetatable(kind).THNN
   local x, grid = draw({3, 5, 9, 11}, -1, 1):type(kind), draw({3, 13, 7, 2}, -1.3, 1.3):type(kind)
   local y, gx, ggrid = x.new(), x.new(), x.new()
   k.SpatialGridSamplerBilinear_updateOutput(x, grid, y)
   k.SpatialGridSamplerBilinear_updateGradInput(x, gx, grid, ggrid, draw({3, 5, 13, 7}, -1, 1):type(kind))
   return {y, gx, ggrid}
end)

compare_runs('unpooling', function(kind)
   local pool = nn.SpatialMaxPooling(2, 3)
   local m, volumes = nn.SpatialMaxUnpooling(pool), nn.VolumetricMaxPooling(2, 2, 3)
   local back = nn.VolumetricMaxUnpooling(volumes)
   for _, module in ipairs{pool, m, volumes, back} do module:type(kind) end
   local x, v = draw({3, 7, 11, 12}, -1, 1):type(kind), draw({2, 3, 6, 8, 9}, -1, 1):type(kind)
   local y = m:forward(pool:forward(x))
   local g = m:backward(pool.output, x)
   local w = back:forward(volumes:forward(v))
   return {y, g, w, back:backward(volumes.output, v)}
end)

-- ---- criterions ----

local function compare_criterion(name, c, input, target)
   if not wanted(name) then return end
   for _, t in ipairs(types) do
      local device, host, tolerance = unpack(t)
      local what = name .. ', ' .. device:match('%.(%a+)Tensor')
      local cpu, gpu = c:clone():type(host), c:clone():type(device)
      local x = input:type(host)
      local ct, gt = target, target
      if torch.isTensor(target) then
         local labels = torch.typename(target) == 'torch.LongTensor'
         ct = labels and target or target:type(host)
         gt = labels and target or target:type(device)
      end
      for scatter = 0, 1 do
         local rx = x:type(device)
         if scatter == 1 then rx = scattered(rx) end
         close(gpu:forward(rx, gt), cpu:forward(x, ct), tolerance, what)
         close(gpu:backward(rx, gt), cpu:backward(x, ct), tolerance, what .. ': gradInput')
      end
   end
end

local function labels(n, classes)
   local t = torch.LongTensor(n)
   for i = 1, n do t[i] = i * 7 % classes + 1 end
   return t
end

local x, t = draw({6, 5}, -2, 2), draw({6, 5}, -2, 2)
local p, q = draw({6, 5}, 0.1, 0.9), draw({6, 5}, 0.1, 0.9)
local signs = t:clone():sign()
local large, weights = draw({3000, 5}, -2, -0.1), draw({5}, 0.1, 1)
local positions = torch.LongTensor(2, 4, 6)
for i = 1, positions:nElement() do positions:view(-1)[i] = i * 5 % 3 + 1 end
for _, case in ipairs{
   {'MSECriterion', nn.MSECriterion(), x, t}, {'MSECriterion summed', nn.MSECriterion(false), x, t},
   {'MSECriterion of many', nn.MSECriterion(), draw({100, 300}, -2, 2), draw({100, 300}, -2, 2)},
   {'AbsCriterion', nn.AbsCriterion(), x, t}, {'SmoothL1Criterion', nn.SmoothL1Criterion(), x, t},
   {'BCECriterion', nn.BCECriterion(), p, q}, {'BCECriterion weighted', nn.BCECriterion(weights), p, q},
   {'MarginCriterion', nn.MarginCriterion(0.7), x, signs}, {'SoftMarginCriterion', nn.SoftMarginCriterion(), x, signs},
   {'DistKLDivCriterion', nn.DistKLDivCriterion(), x, q}, {'L1Cost', nn.L1Cost(), x, t},
   {'ClassNLLCriterion', nn.ClassNLLCriterion(), x, labels(6, 5)},
   {'ClassNLLCriterion weighted', nn.ClassNLLCriterion(weights), x, labels(6, 5)},
   {'ClassNLLCriterion summed', nn.ClassNLLCriterion(nil, false), x, labels(6, 5)},
   {'ClassNLLCriterion ignoring', nn.ClassNLLCriterion(nil, true, 3), x, labels(6, 5)},
   {'ClassNLLCriterion of a vector', nn.ClassNLLCriterion(), x[1], 2},
   {'ClassNLLCriterion of many', nn.ClassNLLCriterion(weights), large, labels(3000, 5)},
   {'ClassNLLCriterion with float labels', nn.ClassNLLCriterion(), x, labels(6, 5):float()},
   {'SpatialClassNLLCriterion', nn.SpatialClassNLLCriterion(draw({3}, 0.1, 1)), draw({2, 3, 4, 6}, -2, 0), positions},
   {'MultiMarginCriterion', nn.MultiMarginCriterion(), x, labels(6, 5)},
   {'MultiMarginCriterion of many', nn.MultiMarginCriterion(2, weights, 0.7), draw({3000, 5}, -1, 1), labels(3000, 5)},
   {'MultiLabelMarginCriterion', nn.MultiLabelMarginCriterion(), x,
      torch.LongTensor{{1, 3, 0, 0, 0}, {5, 0, 2, 1, 0}, {0, 1, 2, 3, 4}, {1, 2, 3, 4, 5}, {2, 0, 0, 0, 0}, {4, 3, 2, 1, 0}}},
   {'CrossEntropyCriterion', nn.CrossEntropyCriterion(), x, labels(6, 5)},
   {'CrossEntropyCriterion weighted', nn.CrossEntropyCriterion(weights), x, labels(6, 5)}
} do compare_criterion(unpack(case)) end

-- ---- a net: digits ----

if wanted('net') then
   local net = nn.Sequential():add(nn.SpatialConvolution(1, 6, 5, 5, 1, 1, 2, 2)):add(nn.SpatialBatchNormalization(6))
      :add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2)):add(nn.SpatialConvolution(6, 8, 3, 3)):add(nn.Tanh())
      :add(nn.SpatialAveragePooling(2, 2, 2, 2)):add(nn.View(8 * 6 * 6)):add(nn.Linear(8 * 6 * 6, 10)):add(nn.LogSoftMax())
   local images_, classes = draw({8, 1, 28, 28}, 0, 1), labels(8, 10)
   local function losses(device)
      local m, c = net:clone():type(device), nn.ClassNLLCriterion():type(device)
      local input, values = images_:type(device), {}
      for i = 1, 5 do
         m:zeroGradParameters()
         values[i] = c:forward(m:forward(input), classes)
         m:backward(input, c:backward(m.output, classes))
         m:updateParameters(0.1)
      end
      return torch.DoubleTensor(values)
   end
   close(losses('torch.CudaTensor'), losses('torch.FloatTensor'), 2e-5, 'net: losses')
   local first = losses('torch.CudaTensor')
   close(losses('torch.CudaTensor'), first, 0, 'net: the same losses again')
end

-- ---- mistakes ----

-- Arguments for a kernel, of GPU tensors.
local function kernel_arguments(row)
   local args = {}
   for i, a in ipairs(row) do
      if a.kind == 'tensor' then args[i] = torch['Cuda' .. (a.type or '') .. 'Tensor'](2, 3, 4, 4):fill(1)
      elseif a.kind == 'flag' then args[i] = false
      elseif a.kind == 'gen' then args[i] = torch.Generator()
      else args[i] = 1 end
   end
   return args
end

if wanted('kernels') then
   local rows = dofile((arg[0]:match('^(.*/)') or './') .. '../lua/kernels.lua')
   for name, kernel in pairs(torch.CudaTensor(1).THNN) do
      if type(kernel) == 'function' and name:match('_') then
         local args = kernel_arguments(rows[name])
         local ok, err = pcall(kernel, unpack(args))
         pcall(cutorch.synchronize) -- which raises positions out of range
         local refused = not ok and tostring(err):find('not available for torch.Cuda', 1, true) ~= nil
         check.ok(not refused, name .. ' refuses GPU tensors: ' .. tostring(err))
      end
   end
end

-- NaN and infinities; what the CPU makes of them test/lua/test_nn_values.lua says.
if wanted('edges') then
   local nan, inf = 0 / 0, math.huge
   local function alike(m, input, what)
      for _, pair in ipairs(types) do
         local device, host = pair[1], pair[2]
         local x = input:type(host)
         local y = m:type(host):forward(x):clone():double()
         local g = m:updateGradInput(x, m.output:clone():fill(1)):clone():double()
         local remote = x:type(device)
         local z = m:type(device):forward(remote):clone()
         local h = m:updateGradInput(remote, z:clone():fill(1)):double()
         z = z:double()
         local same = torch.eq(y, z):add(y:ne(y):cmul(z:ne(z)))
         check.ok(same:all() and g:eq(h):all(), what .. ' on ' .. device)
      end
   end
   local x = torch.range(1, 32):view(1, 2, 4, 4):clone()
   x[1][1][1][2], x[1][2][4][4] = nan, -inf
   x[1][2]:narrow(1, 1, 2):fill(-inf)
   alike(nn.SpatialMaxPooling(2, 2), x, 'SpatialMaxPooling')
   alike(nn.SpatialMaxPooling(1, 1, 3, 3):ceil(), x, 'SpatialMaxPooling beyond the input')
   alike(nn.SpatialAveragePooling(1, 1, 3, 3):ceil(), torch.range(1, 16):view(1, 4, 4), 'SpatialAveragePooling')
   alike(nn.VolumetricMaxPooling(1, 2, 2), x:view(1, 2, 4, 4), 'VolumetricMaxPooling')
   for _, m in ipairs{nn.ReLU(), nn.ReLU6(), nn.HardTanh(), nn.Threshold(0, -7), nn.HardShrink(), nn.SoftShrink()} do
      alike(m, torch.Tensor{nan, -2, 0, 3}, torch.type(m))
   end
   local y = nn.LogSoftMax():cuda():forward(torch.CudaTensor(1, 2):fill(1e8))
   close(y, torch.FloatTensor(1, 2):fill(-math.log(2)), 1e-6, 'LogSoftMax of large scores')
   y = nn.LogSoftMax():cuda():forward(torch.CudaTensor(1, 2, 3, 3):fill(1e8))
   close(y, torch.FloatTensor(1, 2, 3, 3):fill(-math.log(2)), 1e-6, 'LogSoftMax of large scores in an image')
   for _, pair in ipairs{{nan, 1}, {1, nan}} do
      local t = {torch.CudaTensor(5):fill(pair[1]), torch.CudaTensor(5):fill(pair[2])}
      for _, m in ipairs{nn.CMaxTable(), nn.CMinTable()} do
         local r = m:cuda():forward(t):float()
         check.ok(r:ne(r):sum() == 5, torch.type(m) .. ' of NaN')
      end
   end
   local image = torch.randn(1, 3, 8, 8)
   local bn = nn.SpatialBatchNormalization(3, 1e-5, .1, false)
   local expected = bn:forward(image):clone()
   close(bn:cuda():forward(image:cuda()), expected, 1e-5, 'one image is normalised')
   close(nn.Normalize(2):cuda():forward(torch.FloatTensor{{3e20, 4e20}}:cuda()), torch.FloatTensor{{.6, .8}}, 1e-6, 'Normalize')
end

if wanted('errors') then
   local m = nn.Linear(4, 3):cuda()
   check.error(function() m:forward(torch.FloatTensor(2, 4)) end, 'types must be equal, convert with input:cuda%(%)',
      'a CPU input')
   check.error(function() m:forward(torch.CudaTensor(2, 5)) end, 'expected input with 4 features', 'sizes are checked')
   local nll, scores = nn.ClassNLLCriterion():cuda(), torch.CudaTensor(3, 4):fill(-1)
   check.error(function() nll:forward(scores, torch.LongTensor{1, 5, 2}) end, 'target 5 of element 2 out of range',
      'a class out of range')
   nll:forward(scores, torch.LongTensor{1, 4, 2})
   local g = nll:backward(scores, torch.LongTensor{1, 0, 2}):float()
   check.eq(g[2]:ne(0):sum(), 0, 'a class out of range has no gradient')
   check.error(function() nn.BCECriterion():cuda():forward(torch.CudaTensor(3):fill(1.5), torch.CudaTensor(3):fill(1)) end,
      'must lie between 0 and 1', 'a probability out of range')
   check.error(function() torch.CudaTensor(3).THNN.SpatialMaxPooling_updateOutput(torch.CudaTensor(1, 4, 4), torch.CudaTensor(),
      torch.LongTensor(), 2, 2, 2, 2, 0, 0, false) end, 'torch.CudaLongTensor expected, got torch.LongTensor', 'indices of the CPU')
   if cutorch.getDeviceCount() > 1 then
      local far = cutorch.withDevice(2, function() return torch.CudaTensor(2, 4):fill(1) end)
      check.error(function() m:forward(far) end, 'is on GPU 2, but the current one is GPU 1', 'an input on another GPU')
   end
end

if wanted('GPU') then
   local far = cutorch.getDeviceCount() -- 1 where there is one: then nothing moves
   torch.manualSeed(1)
   local plain = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh()):add(nn.Linear(3, 2))
   local net = nn.Sequential():add(nn.GPU(plain:get(1):clone(), 1)):add(nn.Tanh()):add(nn.GPU(plain:get(3):clone(), far, 1)):cuda()
   local x, g = torch.randn(5, 4):float(), torch.randn(5, 2):float()
   plain:float()
   local function agrees(m, what)
      plain:zeroGradParameters()
      m:zeroGradParameters()
      local y, gx = plain:forward(x), plain:backward(x, g)
      local cx = x:cuda()
      check.ok((m:forward(cx):float() - y):abs():max() < 1e-5, what .. ': output')
      check.ok((m:backward(cx, g:cuda()):float() - gx):abs():max() < 1e-5, what .. ': gradient of the input')
      local last, expected = m:get(3):get(1), plain:get(3)
      check.ok((last.gradWeight:float() - expected.gradWeight):abs():max() < 1e-5, what .. ': gradient of the weight')
      check.eq({m:get(1):get(1).weight:getDevice(), last.weight:getDevice(), m.output:getDevice(), m.gradInput:getDevice()},
         {1, far, 1, 1}, what .. ': where things are')
      check.eq(cutorch.getDevice(), 1, what .. ': the current GPU is as before')
   end
   agrees(net, 'nn.GPU')
   agrees(net:clone(), 'a clone')
   net:updateParameters(0.1)
   plain:updateParameters(0.1)
   net:get(1):setDevice(1)
   agrees(net:clearState(), 'after clearState')
   check.eq(net:float():forward(x):type(), 'torch.FloatTensor', 'on the CPU it just runs')
end

check.finish()
