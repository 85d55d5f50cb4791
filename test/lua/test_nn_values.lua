--- nn at the edges of its range: NaN, infinities, very large and very small inputs, a batch of one image,
-- windows at borders. Right values are arithmetic's, or those of the same layer in another form.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(5)
local Jacobian = nn.Jacobian
local T, F = torch.Tensor, torch.FloatTensor
local nan, inf = 0 / 0, math.huge

local function isnan(x) return x ~= x end
local function allnan(t) return t:ne(t):sum() == t:nElement() end
local function close(got, want, tol, what)
   local ok = got == want or math.abs(got - want) <= tol * math.abs(want)
   check.ok(ok, ('%s: got %.17g, expected %.17g'):format(what, got, want))
end

-- ---- soft maxima ----
do
   local shapes = {{4}, {2, 4}, {4, 2, 3}, {2, 4, 3, 2}} -- classes are dimension 1 or 2
   for _, size in ipairs(shapes) do
      for _, large in ipairs{100, 1e4, 1e6} do
         local x = torch.zeros(unpack(size))
         local classes = #size % 2 == 1 and 1 or 2
         for k = 1, 4 do x:narrow(classes, k, 1):fill(k * 0.75) end
         x = x:add(large):float()
         local name = ('LogSoftMax of %dD at %g'):format(#size, large)
         local y, exact = nn.LogSoftMax():float():forward(x), nn.LogSoftMax():forward(x:double())
         check.ok((y:double() - exact):abs():max() < 1e-6, name)
         local p = nn.SoftMax():float():forward(x):double()
         check.ok((p:sum(classes) - 1):abs():max() < 1e-6, name .. ': probabilities')
      end
   end
   local x, target = F{{1e8, 1e8}}, torch.LongTensor{1}
   local c = nn.CrossEntropyCriterion():float()
   close(c:forward(x, target), math.log(2), 1e-6, 'CrossEntropy of equal large scores')
   close(c:backward(x, target)[1][1], -.5, 1e-6, 'its gradient')
   for _, m in ipairs{nn.LogSoftMax(), nn.SoftMax(), nn.SoftMin()} do
      check.ok(allnan(m:forward(T{1, nan, 2})), tostring(m) .. ' keeps NaN')
   end
   close(nn.DistanceRatioCriterion():forward{T{0}, T{50}}, math.exp(-50), 1e-12, 'DistanceRatio, nearly sure')
   close(nn.SoftMarginCriterion():forward(T{50}, T{1}), math.exp(-50), 1e-12, 'SoftMargin, nearly sure')
   close(nn.MultiLabelSoftMarginCriterion():forward(T{50}, T{1}), math.exp(-50), 1e-12, 'MultiLabelSoftMargin')
   close(nn.LogSigmoid():forward(T{50})[1], -math.exp(-50), 1e-12, 'LogSigmoid')
end

-- ---- pooling ----

-- every module that takes largest elements, with an input of one window, its first element and its last
local windows = {
   {'SpatialMaxPooling', nn.SpatialMaxPooling(2, 2), {1, 2, 2}},
   {'SpatialMaxPooling 3x3', nn.SpatialMaxPooling(3, 3, 1, 1), {1, 3, 3}},
   {'SpatialDilatedMaxPooling', nn.SpatialDilatedMaxPooling(2, 2, 1, 1, 0, 0, 2, 2), {1, 3, 3}},
   {'SpatialAdaptiveMaxPooling', nn.SpatialAdaptiveMaxPooling(1, 1), {1, 2, 3}},
   {'SpatialFractionalMaxPooling', nn.SpatialFractionalMaxPooling(2, 2, 1, 1), {1, 3, 3}, 5},
   {'VolumetricMaxPooling', nn.VolumetricMaxPooling(2, 2, 2), {1, 2, 2, 2}},
   {'VolumetricDilatedMaxPooling', nn.VolumetricDilatedMaxPooling(1, 2, 2, 1, 1, 1, 0, 0, 0, 1, 2, 2), {1, 1, 3, 3}},
   {'VolumetricFractionalMaxPooling', nn.VolumetricFractionalMaxPooling(2, 2, 2, 1, 1, 1), {1, 3, 3, 3}, 14},
   {'TemporalMaxPooling', nn.TemporalMaxPooling(3), {3, 1}},
   {'Max', nn.Max(1), {3}},
}
for _, type in ipairs{'Double', 'Float'} do
   for _, case in ipairs(windows) do
      local name, m, size, first = unpack(case)
      first = first or 1
      m:type('torch.' .. type .. 'Tensor')
      local Tensor = torch[type .. 'Tensor']
      local x = Tensor(unpack(size)):fill(-inf)
      local y = m:forward(x)
      check.eq(y:view(-1)[1], -inf, name .. ' of -inf')
      local g = m:backward(x, y:clone():fill(1)):view(-1)
      check.ok(g:sum() == 1 and g[first] == 1, name .. ' of -inf: the first gets the gradient')
      for _, at in ipairs{first, x:nElement()} do
         x:copy(torch.range(1, x:nElement()))
         x:view(-1)[at] = nan
         check.ok(isnan(m:forward(x):view(-1)[1]), name .. ' keeps NaN at ' .. at)
      end
   end
end
do -- infinities come back where they were found
   local pool = nn.SpatialMaxPooling(2, 2)
   local x = T(1, 2, 4, 4):fill(-inf)
   local y = nn.SpatialMaxUnpooling(pool):forward(pool:forward(x))
   check.eq(y:eq(-inf):sum(), 8, 'SpatialMaxUnpooling of -inf')
   local volume = nn.VolumetricMaxPooling(1, 2, 2)
   y = nn.VolumetricMaxUnpooling(volume):forward(volume:forward(T(1, 1, 2, 2):fill(-inf)))
   check.eq(y:eq(-inf):sum(), 1, 'VolumetricMaxUnpooling of -inf')
end
do -- ceil mode: every window has an element of the input
   local x = torch.range(1, 16):view(1, 1, 4, 4)
   for stride, expected in pairs{[2] = {1, 3, 9, 11}, [3] = {1, 4, 13, 16}} do
      for _, class in ipairs{'SpatialMaxPooling', 'SpatialAveragePooling'} do
         local m = nn[class](1, 1, stride, stride):ceil()
         check.eq(m:forward(x):view(-1):totable(), expected, class .. ' 1x1, ceil, stride ' .. stride)
         check.eq(m:backward(x, m.output:clone():fill(1)):sum(), 4, class .. ' 1x1, ceil: gradient')
      end
      local v = nn.VolumetricMaxPooling(1, 1, 1, 1, stride, stride):ceil()
      check.eq(v:forward(x):view(-1):totable(), expected, 'VolumetricMaxPooling 1x1, ceil, stride ' .. stride)
   end
   -- means one by one: windows inside the plane, which go together, and those that cross its border
   local function mean(x, m, i, j)
      local sum, n, padded = 0, 0, 0
      local top, left = (i - 1) * m.dH - m.padH, (j - 1) * m.dW - m.padW
      for h = top, math.min(top + m.kH, x:size(1) + m.padH) - 1 do
         for w = left, math.min(left + m.kW, x:size(2) + m.padW) - 1 do
            padded = padded + 1
            if h >= 0 and w >= 0 and h < x:size(1) and w < x:size(2) then sum, n = sum + x[h + 1][w + 1], n + 1 end
         end
      end
      return sum / (m.count_include_pad and padded or n)
   end
   for _, s in ipairs{{2, 2, 2, 2, 0, 0, 7, 150}, {3, 2, 1, 1, 1, 1, 5, 67}, {5, 3, 3, 2, 2, 1, 9, 200}, {4, 4, 2, 3, 2, 2, 4, 3}, {3, 3, 4, 4, 1, 1, 2, 2}} do
      for _, set in ipairs{'ceil', 'floor'} do
         for _, count in ipairs{'setCountIncludePad', 'setCountExcludePad'} do
            local m, x = nn.SpatialAveragePooling(unpack(s, 1, 6)), torch.randn(1, s[7], s[8])
            m[set](m)[count](m)
            local ok, y = true, m:forward(x)
            for i = 1, y:size(2) do
               for j = 1, y:size(3) do ok = ok and y[1][i][j] == mean(x[1], m, i, j) end
            end
            check.ok(ok, ('average pooling %s, %s, %s'):format(table.concat(s, ' '), set, count))
         end
      end
   end
   local m = nn.SpatialAveragePooling(2, 2, 3, 3):ceil()
   check.ok(m:forward(torch.ones(1, 1, 6, 6)):equal(torch.ones(1, 1, 2, 2)), 'average 2x2 stride 3 of 6x6')
   check.eq(nn.SpatialMaxPooling(2, 2, 2, 2):ceil():forward(x:narrow(3, 1, 3)):size(3), 2, 'ceil keeps partial windows')
end

-- ---- activations ----
for _, n in ipairs{1, 67} do -- alone, and in vectors
   local x = T(n):fill(nan)
   for _, m in ipairs{nn.ReLU(), nn.ReLU6(), nn.HardTanh(), nn.Threshold(0, -7), nn.Clamp(-1, 1), nn.HardShrink(),
      nn.SoftShrink(), nn.LeakyReLU(), nn.PReLU(), nn.RReLU(), nn.ELU(), nn.SoftPlus(), nn.SoftSign(), nn.Sigmoid(),
      nn.LogSigmoid(), nn.Tanh(), nn.TanhShrink(), nn.Abs(), nn.Sqrt(), nn.Square(), nn.Exp(), nn.Log(), nn.Power(2),
      nn.AddConstant(1), nn.MulConstant(2), nn.GradientReversal(), nn.ReLU(true), nn.HardTanh(-1, 1, true)} do
      check.ok(allnan(m:forward(x:clone())), tostring(m) .. ' of NaN')
   end
   for _, type in ipairs{'Double', 'Float'} do
      local a, b = x:type('torch.' .. type .. 'Tensor'), torch.ones(n):type('torch.' .. type .. 'Tensor')
      for _, m in ipairs{nn.CMaxTable(), nn.CMinTable()} do
         m:type('torch.' .. type .. 'Tensor')
         check.ok(allnan(m:forward{a, b}) and allnan(m:forward{b, a}), tostring(m) .. ' of NaN, both ways')
         local g = m:backward({b, a}, b)
         check.ok(g[1]:sum() == 0 and g[2]:sum() == n, tostring(m) .. ': the NaN gets the gradient')
      end
   end
end
do
   local small = {Double = 1e-12, Float = 1e-6}
   for type, e in pairs(small) do
      local tensor = 'torch.' .. type .. 'Tensor'
      local tol = type == 'Double' and 1e-14 or 1e-6
      local elu = nn.ELU(2):type(tensor)
      local x = T{-e, -1, -30}:type(tensor)
      local y = elu:forward(x)
      close(y[1], -2 * e * (1 - e / 2), tol, 'ELU close to 0, ' .. type)
      close(y[2], 2 * (math.exp(-1) - 1), tol, 'ELU(-1), ' .. type)
      close(elu:backward(x, torch.ones(3):type(tensor))[3], 2 * math.exp(-30), 10 * tol, "ELU' far below 0, " .. type)
      for _, v in ipairs{-18, -38, -80} do
         local m = nn.SoftPlus():type(tensor)
         local z = T{v}:type(tensor)
         local e = math.exp(v)
         close(m:forward(z)[1], e - e * e / 2, 10 * tol, 'SoftPlus far below 0, ' .. type)
         local slope = m:backward(z, T{1}:type(tensor))[1]
         close(slope, e / (1 + e), 10 * tol, "SoftPlus' far below 0, " .. type)
      end
   end
   local inplace, x = nn.ELU(1, true), T{-1, 2}
   inplace:forward(x)
   close(inplace:backward(x, T{1, 1})[1], math.exp(-1), 1e-14, 'ELU in place')
end

-- ---- normalization ----
do
   local x = torch.randn(1, 3, 8, 8):mul(5):add(7)
   local m = nn.SpatialBatchNormalization(3, 1e-5, .1, false)
   local y = m:forward(x):view(3, 64)
   check.ok(y:mean(2):abs():max() < 1e-9 and (y:std(2, true) - 1):abs():max() < 1e-5, 'one image is normalised')
   close(m.running_mean[2], x[1][2]:mean() / 10, 1e-12, 'and moves the running mean')
   close(m.running_var[2], 0.9 + x[1][2]:var() / 10, 1e-12, 'and variance')
   check.ok(Jacobian.testJacobian(nn.SpatialBatchNormalization(2), T(1, 2, 3, 2)) < 1e-5, 'one image: gradient')
   local v = nn.VolumetricBatchNormalization(2, 1e-5, .1, false):forward(torch.randn(1, 2, 2, 3, 2))
   check.ok(v:view(2, -1):mean(2):abs():max() < 1e-9, 'one volume is normalised')
   m = nn.BatchNormalization(2, 0, .1, false) -- one value tells nothing: as in evaluation
   m.running_mean:fill(1)
   check.eq(m:forward(T{{1, 2}}):view(-1):totable(), {0, 1}, 'one value a feature')
   check.eq({m.running_mean[1], m.running_var[1]}, {1, 1}, 'and the running values stay')

   local rows = T{{1, 2, 3, 4}, {10, 20, 30, 40}, {0, 0, 0, 8}}
   for _, affine in ipairs{true, false} do
      m = nn.LayerNormalization(4, 0, 1e-10, affine)
      y = m:forward(rows):clone()
      check.ok(y:mean(2):abs():max() < 1e-12 and (y:std(2, true) - 1):abs():max() < 1e-8, 'LayerNormalization of a batch')
      check.ok((m:forward(rows[2]) - y[2]):abs():max() < 1e-12, 'the same row alone')
      check.ok((m:forward(rows:narrow(1, 2, 1)) - y[2]):abs():max() < 1e-12, 'and as a batch of one')
      check.ok(Jacobian.testJacobian(m, T(4, 4)) < 1e-5 and Jacobian.testJacobian(m, T(4)) < 1e-5,
         'LayerNormalization: gradient')
   end
end

-- tables of tensors: the same elements in another shape are a mistake, but for sizes of 1
for _, m in ipairs{nn.CAddTable(), nn.CSubTable(), nn.CMulTable(), nn.CDivTable(), nn.CMaxTable(), nn.CMinTable()} do
   local name = tostring(m)
   check.error(function() m:forward{torch.ones(3, 4), torch.ones(4, 3)} end, name .. ': argument #1 %(input%): input 2 is of size 4 x 3, but input 1 of size 3 x 4',
      name .. ': unequal shapes')
   check.error(function() m:forward{torch.ones(3, 1), torch.ones(1, 3)} end, 'size 1 x 3', name .. ': column and row')
   check.eq(m:forward{torch.ones(3, 1), torch.ones(3)}:nElement(), 3, name .. ': a column and a vector')
end

-- ---- norms of very large elements ----
do
   for type, large in pairs{Double = 1e200, Float = 1e25} do
      local tensor = 'torch.' .. type .. 'Tensor'
      local x = T{{3, 4, 0}, {0.3, -0.4, 0}}
      local big = x:clone():type(tensor):mul(large)
      local function same(y, want, what)
         check.ok((y:double() - want):abs():max() < 1e-5, what .. ' of large rows, ' .. type)
      end
      for _, p in ipairs{1, 2, 3, 4.5, inf} do
         local m = nn.Normalize(p, 0)
         local y = m:forward(x):clone()
         local g = m:backward(x, x):clone()
         m:type(tensor)
         same(m:forward(big), y, 'Normalize ' .. p)
         -- the gradient of a function of degree 0 is of degree -1
         same(m:backward(big, x:type(tensor)):mul(large), g, 'gradient of Normalize ' .. p)
      end
      local other = T{{1, 2, 3}, {3, 2, 1}}
      local m = nn.CosineDistance()
      local y = m:forward{x, other}:clone()
      m:type(tensor)
      same(m:forward{big, other:type(tensor)}, y, 'CosineDistance')
      same(m:forward{other:clone():type(tensor):mul(large), big}, y, 'CosineDistance of both')
      local c = nn.CosineEmbeddingCriterion()
      local loss = c:forward({x, other}, T{1, -1})
      c:type(tensor)
      close(c:forward({big, other:type(tensor)}, T{1, -1}:type(tensor)), loss, 1e-6, 'CosineEmbedding, ' .. type)
      local column = T{{3}, {4}}:type(tensor):mul(large):t()
      for _, p in ipairs{1, 2, 5, inf} do
         local want = p == inf and 4 or (3 ^ p + 4 ^ p) ^ (1 / p)
         close(nn.FeatureLPPooling(2, 1, p, true):type(tensor):forward(column)[1][1] / large, want, 1e-6,
            ('FeatureLPPooling %g, %s'):format(p, type))
      end
   end
   local pair = {F{{3, -1}}, F{{0, 0}}}
   for p, want in pairs{[100] = 3, [inf] = 3, [2] = math.sqrt(10)} do
      local m = nn.PairwiseDistance(p):float()
      close(m:forward(pair)[1], want, 1e-6, 'PairwiseDistance ' .. p)
      local g = m:backward(pair, F{1})[1][1]
      if p > 2 then check.ok(math.abs(g[1] - 1) < 1e-4 and math.abs(g[2]) < 1e-6, 'PairwiseDistance ' .. p .. ': gradient') end
   end
   local table_ = nn.LookupTable(2, 2, 0, 1, inf)
   table_.weight:copy(T{{3, 4}, {.5, .5}})
   check.eq(table_:forward(torch.LongTensor{1, 2})[2]:totable(), {.5, .5}, 'LookupTable, maximum norm: small rows stay')
   close(table_.output[1][2], 1, 1e-6, 'LookupTable, maximum norm')
   close(nn.SpatialLPPooling(1, inf, 2, 2):forward(T{{{1, -7}, {3, 2}}})[1][1][1], 7, 0, 'SpatialLPPooling, maximum')
   for _, p in ipairs{2, 3, 20} do -- where powers leave Float's range
      local x, g = T{{{1, 7}, {3, 2}}}, T{{{2}}}
      local exact = nn.SpatialLPPooling(1, p, 2, 2):double()
      exact:forward(x:double())
      exact:backward(x:double(), g:double())
      for _, scale in ipairs{1e25, 1e-25} do
         local m = nn.SpatialLPPooling(1, p, 2, 2):float()
         local large = x:float() * scale
         close(m:forward(large)[1][1][1] / scale, exact.output[1][1][1], 1e-5, 'SpatialLPPooling, ' .. p .. '-norm of elements about ' .. scale)
         close(1 + (m:backward(large, g:float()):double() - exact.gradInput):abs():max(), 1, 1e-5, 'and its gradient')
         close(1 + (m:updateGradInput(large, g:float()):double() - exact.gradInput):abs():max(), 1, 1e-5, 'and its gradient')
      end
   end
   for _, p in ipairs{1.5, 2, 3, 7} do
      check.ok(Jacobian.testJacobian(nn.Normalize(p), T(3, 4)) < 1e-5, 'Normalize: gradient for p = ' .. p)
      local m = nn.ConcatTable():add(nn.Narrow(2, 1, 3)):add(nn.Narrow(2, 4, 3))
      m = nn.Sequential():add(m):add(nn.PairwiseDistance(p))
      check.ok(Jacobian.testJacobian(m, T(2, 6)) < 1e-4, 'PairwiseDistance: gradient for p = ' .. p)
   end
end

-- ---- upsampling: a ramp stays a ramp ----
do
   local x = torch.range(0, 9):view(1, 1, 1, 10):expand(1, 1, 2, 10):contiguous()
   local y = nn.SpatialUpSamplingBilinear(3):forward(x)
   check.ok((y[1][1][1] - torch.range(0, 29):mul(9 / 29)):abs():max() < 1e-14, 'SpatialUpSamplingBilinear')
   y = nn.UpSampling(3, 'trilinear'):forward(x:view(1, 1, 1, 2, 10))
   check.ok((y[1][1][1][1] - torch.range(0, 29):mul(9 / 29)):abs():max() < 1e-14, 'UpSampling, trilinear')
   x[1][1][1][4] = inf -- places that fall on an element take nothing from its neighbours
   y = nn.SpatialUpSamplingBilinear{oheight = 2, owidth = 19}:forward(x)[1][1][1]
   check.eq({y[5], y[7], y[9]}, {2, inf, 4}, 'on the places')
end

check.finish()
