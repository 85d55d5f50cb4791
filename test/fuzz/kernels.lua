--- The kernels of nn, called as modules call them and then with arguments changed: other sizes and types, aliases,
-- odd numbers, nil. It passes when nothing crashes; under the sanitizers, when nothing is reported.
--   th test/fuzz/kernels.lua [calls=20000, or seconds as 60s] [seed=1] [trace]
require 'nn'
local F = dofile((arg[0]:match('^(.*)/') or '.') .. '/fuzz.lua')(20000)
local draw, pick = F.draw, F.pick

-- ---- calls as modules make them ----

local kernels = nn.THNN.kernels['torch.DoubleTensor']
local plain, calls = {}, {}
for name, f in pairs(kernels) do plain[name] = f end
for name, f in pairs(plain) do
   kernels[name] = function(...)
      local call = {name = name, n = select('#', ...)}
      for i = 1, call.n do
         local v = select(i, ...)
         call[i] = torch.isTensor(v) and v:clone() or v
      end
      calls[#calls + 1] = call
      return f(...)
   end
end

local T = torch.DoubleTensor
local modules = {
   {nn.SpatialConvolution(2, 3, 3, 2), {2, 2, 5, 4}}, {nn.SpatialConvolution(2, 3, 3, 3, 2, 2, 1, 2), {2, 2, 6, 5}},
   {nn.SpatialConvolution(3, 2, 1, 1), {2, 3, 3, 4}}, {nn.SpatialDilatedConvolution(1, 2, 2, 2, 1, 1, 1, 1, 2, 2), {2, 1, 5, 5}},
   {nn.SpatialFullConvolution(2, 3, 3, 2, 2, 2, 1, 0, 1, 1), {2, 2, 3, 4}}, {nn.SpatialMaxPooling(3, 3, 1, 2, 1, 1):ceil(), {2, 2, 6, 5}},
   {nn.SpatialAveragePooling(3, 2, 2, 1, 1, 1), {2, 2, 5, 5}}, {nn.BatchNormalization(3), {6, 3}},
   {nn.SpatialBatchNormalization(2), {3, 2, 3, 2}}, {nn.Tanh(), {3, 4}}, {nn.Sigmoid(), {3, 4}}, {nn.Threshold(), {3, 4}},
   {nn.ELU(), {3, 4}}, {nn.LeakyReLU(), {3, 4}}, {nn.HardTanh(), {3, 4}}, {nn.SoftPlus(2), {3, 4}}, {nn.LogSigmoid(), {3, 4}},
   {nn.PReLU(2), {3, 2, 4, 2}}, {nn.RReLU(), {3, 4}}, {nn.GatedLinearUnit(), {3, 4}}, {nn.SoftMax(), {3, 4}}, {nn.LogSoftMax(), {2, 3, 2, 3}},
   {nn.SoftShrink(), {3, 4}}, {nn.HardShrink(), {3, 4}}, {nn.Square(), {3, 4}}, {nn.Sqrt(), {3, 4}}, {nn.Abs(), {3, 4}},
   {nn.SpatialUpSamplingNearest(2), {1, 2, 2, 3}}, {nn.SpatialUpSamplingBilinear(2), {2, 3, 2}},
   {nn.SpatialReflectionPadding(1, 1, 1, 1), {2, 3, 4}}, {nn.SpatialReplicationPadding(1, 2, 0, 1), {2, 2, 3, 4}},
   {nn.VolumetricReplicationPadding(1, 0, 1, 1, 0, 2), {1, 2, 2, 3}}, {nn.SpatialAdaptiveMaxPooling(2, 3), {2, 2, 5, 7}},
   {nn.SpatialAdaptiveAveragePooling(3, 2), {2, 5, 7}}, {nn.SpatialFractionalMaxPooling(2, 2, 0.6, 0.5), {2, 2, 6, 7}},
   {nn.SpatialSubSampling(2, 3, 2, 2, 1), {2, 2, 4, 5}}, {nn.TemporalSubSampling(3, 2, 2), {2, 7, 3}},
   {nn.TemporalConvolution(3, 2, 2), {2, 6, 3}}, {nn.TemporalMaxPooling(2, 1), {2, 6, 3}}, {nn.TemporalRowConvolution(3, 2, 2), {2, 6, 3}},
   {nn.SpatialConvolutionLocal(2, 2, 4, 3, 2, 3, 1, 2, 1, 1), {2, 2, 3, 4}},
   {nn.SpatialConvolutionMap(T{{1, 1}, {2, 1}, {2, 2}}, 2, 3, 2, 1), {2, 2, 4, 5}}, {nn.SpatialCrossMapLRN(3, 1, 0.75, 1), {2, 5, 2, 2}},
   {nn.VolumetricConvolution(2, 1, 2, 2, 2), {2, 3, 3, 3}}, {nn.VolumetricMaxPooling(2, 2, 2), {1, 4, 4, 4}},
   {nn.VolumetricAveragePooling(2, 2, 2), {1, 4, 4, 4}}, {nn.VolumetricFullConvolution(1, 2, 2, 2, 2), {1, 2, 2, 2}},
   {nn.SpatialMaxUnpooling(nn.SpatialMaxPooling(2, 2)), nil}, {nn.Linear(4, 3), {5, 4}},
   {nn.FeatureLPPooling(3, 2, 3, true), {2, 7, 2}},
}
for _, case in ipairs(modules) do
   local m, size = case[1]:double(), case[2]
   if size then
      local x = T(torch.LongStorage(size)):uniform(.1, 2)
      local y = m:forward(x)
      m:backward(x, y:clone())
   end
end
local criterions = {
   {nn.AbsCriterion(), {3, 4}}, {nn.BCECriterion(), {3, 4}}, {nn.DistKLDivCriterion(), {3, 4}}, {nn.MSECriterion(), {3, 4}},
   {nn.SmoothL1Criterion(), {3, 4}}, {nn.SoftMarginCriterion(), {3, 4}}, {nn.MultiMarginCriterion(), {3, 4}, T{1, 4, 2}},
   {nn.MultiLabelMarginCriterion(), {4}, T{2, 1, 0, 0}}, {nn.ClassNLLCriterion(), {3, 4}, T{1, 4, 2}},
   {nn.SpatialClassNLLCriterion(), {1, 3, 2, 2}, T{{{1, 2}, {3, 1}}}},
}
for _, case in ipairs(criterions) do
   local x = T(torch.LongStorage(case[2])):uniform(.1, .9)
   local t = case[3] or x:clone():uniform(.1, .9)
   case[1]:double()
   case[1]:forward(x, t)
   case[1]:backward(x, t)
end
local lookup = nn.LookupTable(5, 3):double()
lookup:forward(torch.LongTensor{1, 5, 2})
lookup:backward(torch.LongTensor{1, 5, 2}, T(3, 3):fill(1))
local sparse = nn.SparseLinear(5, 3):double()
sparse:forward(T{{2, 2}, {5, -1}})
sparse:backward(T{{2, 2}, {5, -1}}, T(3):fill(1))
for name, f in pairs(plain) do kernels[name] = f end

-- ---- changes ----

local function tensor(x)
   local new, kind = x.new, draw(9)
   if kind == 1 then return new() end
   if kind == 2 then return new(draw(7)):fill(1) end
   if kind == 3 and x:dim() > 0 then return x:narrow(draw(x:dim()), 1, 1) end
   if kind == 4 and x:dim() > 1 then return x:transpose(1, x:dim()) end
   if kind == 5 and x:dim() > 1 then return x:select(1, 1) end
   if kind == 6 and x:dim() > 0 then return x:view(1, -1) end
   if kind == 7 then
      x:storage():resize(draw(9))
      return x
   end
   if kind == 8 then return torch.FloatTensor(2, 3):fill(1) end
   local sizes = {}
   for d = 1, draw(5) do sizes[d] = draw(4) end
   return new(torch.LongStorage(sizes)):fill(draw(7) - 2)
end
local numbers = {-2, -1, 0, 1, 2, 3, 5, 7, 100, 2 ^ 31 - 1, -2 ^ 31, 0.5, 0 / 0, 1e30}

local function change(args, n)
   local i = draw(n)
   local v = args[i]
   if draw(12) == 1 then args[i] = args[draw(n)]
   elseif draw(40) == 1 then args[i] = nil
   elseif torch.isTensor(v) then
      local ok, other = pcall(tensor, v)
      if ok then args[i] = other end
   elseif type(v) == 'number' then args[i] = pick(numbers)
   elseif type(v) == 'boolean' then args[i] = not v
   elseif v == nil then args[i] = draw(2) == 1 and T(3, 2):fill(1) or nil end
end

local function show(k, name, args, n)
   local list = {}
   for i = 1, n do
      local v = args[i]
      list[i] = torch.isTensor(v) and torch.typename(v):sub(7) .. '[' .. table.concat(v:size():totable(), 'x') .. ']' or tostring(v)
   end
   io.stderr:write(k, ' ', name, '(', table.concat(list, ', '), ')\n')
end

local total, fine, seen = 0, 0, {}
for k in F.rounds() do
   total = k
   local call = pick(calls)
   local args = {}
   for i = 1, call.n do args[i] = torch.isTensor(call[i]) and call[i]:clone() or call[i] end
   for _ = 1, draw(3) - 1 do change(args, call.n) end
   if F.trace then show(k, call.name, args, call.n) end
   if pcall(plain[call.name], unpack(args, 1, call.n)) then fine = fine + 1 end
   seen[call.name] = true
end
local names, all = 0, 0
for name in pairs(plain) do
   all = all + 1
   if seen[name] then names = names + 1 end
end
print(('%d calls of %d kernels (of %d), %d of them without an error, seed %d'):format(total, names, all, fine, F.seed))
