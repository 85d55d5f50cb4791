-- Modules and criterions of nn written with operations of torch: forms[class] = function (module, input) -> output, criterions[class] =
-- function (criterion, input, target) -> loss, a tensor of one element. Parameters are the module's own tensors. Loaded by dofile; for
-- test_autograd_nn.lua, which compares their gradients with nn's.
require 'nn'
local M = {forms = {}, criterions = {}}
local forms, losses = M.forms, M.criterions

-- ---- helpers ----

local function is(name, x, y) return torch[name](x:detach(), y):double() end
-- y where the mask is 1, z elsewhere
local function choose(mask, y, z) return torch.cmul(mask, y) + torch.cmul(1 - mask, z) end
local function relu(x) return torch.cmul(x, is('gt', x, 0)) end
local function zeros_like(x) return torch.zeros(x:size()) end
local function filled(x, d, n, value)
   local size = x:size()
   size[d] = n
   return torch.Tensor(size):fill(value or 0)
end
-- x with n elements of a value before and behind along d; a negative n cuts
local function pad(x, d, before, behind, value)
   if before < 0 then x = x:narrow(d, 1 - before, x:size(d) + before) end
   if behind < 0 then x = x:narrow(d, 1, x:size(d) + behind) end
   if before > 0 then x = torch.cat(filled(x, d, before, value), x, d) end
   if behind > 0 then x = torch.cat(x, filled(x, d, behind, value), d) end
   return x
end
local function sizes(...) return torch.LongStorage{...} end
-- b, of the size of dimension d of x, along that
local function along(b, x, d)
   local shape = torch.LongStorage(x:dim()):fill(1)
   shape[d] = x:size(d)
   return b:contiguous():view(shape):expandAs(x)
end
local function with_batch(x, dims, f)
   if x:dim() == dims then return f(x) end
   local y = f(x:contiguous():view(1, unpack(x:size():totable())))
   return y:select(1, 1)
end
local function log_softmax(x, d)
   local top = torch.max(x:detach(), d):expandAs(x)
   local y = x - top
   return y - torch.log(torch.sum(torch.exp(y), d)):expandAs(x)
end
local function class_dimension(x) return (x:dim() == 1 or x:dim() == 3) and 1 or 2 end
local function mean(x, d) return torch.mean(x, d):expandAs(x) end

-- ---- activations ----

for _, name in ipairs{'Abs', 'Exp', 'Log', 'Sigmoid', 'Sqrt', 'Tanh'} do
   local f = torch[name:lower()]
   forms[name] = function(_, x) return f(x) end
end
function forms.CReLU(m, x)
   return torch.cat(relu(x), relu(torch.neg(x)), x:dim() - m.nInputDims + 1)
end
function forms.Clamp(m, x) return torch.clamp(x, m.min_val, m.max_val) end
forms.HardTanh = forms.Clamp
function forms.ReLU6(_, x) return torch.clamp(x, 0, 6) end
function forms.ReLU(_, x) return relu(x) end
function forms.Threshold(m, x) return choose(is('gt', x, m.threshold), x, zeros_like(x) + m.val) end
function forms.LeakyReLU(m, x) return choose(is('gt', x, 0), x, x * m.negval) end
function forms.RReLU(m, x) return torch.cmul(x, choose(is('gt', x, 0), zeros_like(x) + 1, m.noise)) end
function forms.PReLU(m, x)
   local w = m.nOutputPlane == 0 and m.weight:view(torch.LongStorage(x:dim()):fill(1)):expandAs(x) or along(m.weight, x, 2)
   return choose(is('gt', x, 0), x, torch.cmul(x, w))
end
function forms.ELU(m, x) return choose(is('gt', x, 0), x, (torch.exp(x) - 1) * m.alpha) end
function forms.Square(_, x) return torch.cmul(x, x) end
function forms.Power(m, x) return torch.pow(x, m.pow) end
function forms.TanhShrink(_, x) return x - torch.tanh(x) end
function forms.SoftSign(_, x) return torch.cdiv(x, torch.abs(x) + 1) end
function forms.SoftPlus(m, x) return torch.log(torch.exp(x * m.beta) + 1) / m.beta end
function forms.LogSigmoid(_, x) return torch.neg(torch.log(torch.exp(torch.neg(x)) + 1)) end
function forms.SoftShrink(m, x)
   return torch.cmul(is('gt', x, m.lambda), x - m.lambda) + torch.cmul(is('lt', x, -m.lambda), x + m.lambda)
end
function forms.HardShrink(m, x) return torch.cmul(x, is('gt', torch.abs(x:detach()), m.lambda)) end
function forms.SiLU(_, x) return torch.cmul(x, torch.sigmoid(x)) end
function forms.GELU(m, x)
   if not m.approximate then return nil end -- torch has no erf that is certain to be there
   return torch.cmul(x, torch.tanh((x + torch.pow(x, 3) * 0.044715) * math.sqrt(2 / math.pi)) + 1) / 2
end
function forms.GatedLinearUnit(m, x)
   local d = m.dim or x:dim()
   local n = x:size(d) / 2
   return torch.cmul(x:narrow(d, 1, n), torch.sigmoid(x:narrow(d, n + 1, n)))
end
function forms.LogSoftMax(_, x) return log_softmax(x, class_dimension(x)) end
function forms.SoftMax(_, x) return torch.exp(log_softmax(x, class_dimension(x))) end
function forms.SoftMin(_, x) return torch.exp(log_softmax(torch.neg(x), class_dimension(x))) end
function forms.SpatialLogSoftMax(_, x) return log_softmax(x, x:dim() - 2) end
function forms.SpatialSoftMax(_, x) return torch.exp(log_softmax(x, x:dim() - 2)) end

-- ---- containers: their modules are nodes ----

local function run(m, x) return m:forward(x) end
function forms.Sequential(m, x)
   for _, e in ipairs(m.modules) do x = run(e, x) end
   return x
end
function forms.Concat(m, x)
   local list = {}
   for i, e in ipairs(m.modules) do list[i] = run(e, x) end
   return torch.cat(list, m.dimension)
end
function forms.ConcatTable(m, x)
   local list = {}
   for i, e in ipairs(m.modules) do list[i] = run(e, x) end
   return list
end
function forms.ParallelTable(m, x)
   local list = {}
   for i, e in ipairs(m.modules) do list[i] = run(e, x[i]) end
   return list
end
function forms.Parallel(m, x)
   local list = {}
   for i, e in ipairs(m.modules) do list[i] = run(e, x:select(m.inputDimension, i)) end
   return torch.cat(list, m.outputDimension)
end
function forms.Bottle(m, x)
   local y = run(m.modules[1], x:contiguous():view(-1, x:size(x:dim())))
   local size = x:size()
   size[#size] = y:size(2)
   return y:view(size)
end
for _, name in ipairs{'Decorator', 'DontCast', 'GPU', 'NaN', 'Profile'} do
   forms[name] = function(m, x) return run(m.modules[1], x) end
end
function forms.Residual(m, x) return x + run(m.modules[1], x) end
function forms.Maxout(m, x)
   for i = 1, #m.modules do x = run(m.modules[i], x) end
   return x
end

-- ---- linear ----

local function affine(x, w, b)
   if x:dim() == 1 then return torch.mv(w, x) + (b or 0) end
   local y = torch.mm(x, w:t())
   return b and y + along(b, y, 2) or y
end
function forms.Linear(m, x) return affine(x, m.weight, m.bias) end
function forms.LinearWeightNorm(m, x)
   local v = m.v
   return affine(x, torch.cmul(v, torch.cdiv(m.g:view(-1, 1), torch.norm(v, 2, 2)):expandAs(v)), m.bias)
end
function forms.Mul(m, x) return torch.cmul(x, m.weight) end
function forms.Add(m, x) return m.scalar and x + m.bias or x + along(m.bias, x, 2) end
function forms.AddConstant(m, x) return x + m.constant_scalar end
function forms.MulConstant(m, x) return x * m.constant_scalar end
function forms.CMul(m, x)
   local w = m.weight
   if w:nElement() == 12 then return torch.cmul(x, w:view(1, 3, 4):expandAs(x)) end
   return torch.cmul(x, w:expandAs(x))
end
function forms.CAdd(m, x) return x + m.bias:expandAs(x) end
function forms.Bilinear(m, x)
   local columns = {}
   for k = 1, m.weight:size(1) do columns[k] = torch.sum(torch.cmul(torch.mm(x[1], m.weight[k]), x[2]), 2) end
   local y = torch.cat(columns, 2)
   return m.bias and y + along(m.bias, y, 2) or y
end
function forms.Cosine(m, x)
   local w = m.weight
   local y = torch.mm(x, w:t())
   return torch.cdiv(y, torch.mm(torch.norm(x, 2, 2), torch.norm(w, 2, 2):t()))
end
local function lookup(m, x)
   local y = m.weight:index(1, x:contiguous():view(-1))
   local size = x:size():totable()
   size[#size + 1] = m.weight:size(2)
   return y:view(torch.LongStorage(size))
end
forms.LookupTable = lookup

-- ---- convolutions: a sum over the places of the kernel ----

-- Every s-th of the positions first, first + s, ... along d, n of them.
local function strided(x, d, first, n, s)
   x = x:narrow(d, first, (n - 1) * s + 1)
   if s == 1 then return x end
   return x:unfold(d, 1, s):select(x:dim() + 1, 1)
end

-- x: N x C x spatial, w: O x C x kernel; o has lists of stride, dilation.
local function convolve(x, w, o)
   local nd, size, count = x:dim() - 2, {}, 1
   for d = 1, nd do
      size[d] = math.floor((x:size(d + 2) - ((w:size(d + 2) - 1) * o.dilation[d] + 1)) / o.stride[d]) + 1
      count = count * w:size(d + 2)
   end
   local n, places, total = x:size(1), 1, nil
   for d = 1, nd do places = places * size[d] end
   local flat = w:contiguous():view(w:size(1), w:size(2), count)
   for k = 0, count - 1 do
      local part, rest = x, k
      for d = nd, 1, -1 do
         local at = rest % w:size(d + 2)
         rest = (rest - at) / w:size(d + 2)
         part = strided(part, d + 2, at * o.dilation[d] + 1, size[d], o.stride[d])
      end
      local matrix = flat:select(3, k + 1)
      local y = torch.bmm(matrix:contiguous():view(1, w:size(1), w:size(2)):expand(n, w:size(1), w:size(2)), part:contiguous():view(n, w:size(2), places))
      total = total and total + y or y
   end
   return total:view(sizes(n, w:size(1), unpack(size)))
end

local axes = {[4] = {'H', 'W'}, [5] = {'T', 'H', 'W'}}
local function numbers(m, name, letters, default)
   local list = {}
   for i, c in ipairs(letters) do list[i] = m[name .. c] or default end
   return list
end
local function padded(x, pads)
   for d, p in ipairs(pads) do x = pad(x, d + 2, p, p) end
   return x
end
local function convolution(m, x)
   local dims = m.kT and 5 or 4
   local letters = axes[dims]
   return with_batch(x, dims, function(v)
      local w = m.weight
      if w:dim() == 2 then
         local size = {m.nOutputPlane, m.nInputPlane}
         for _, c in ipairs(letters) do size[#size + 1] = m['k' .. c] end
         w = w:view(torch.LongStorage(size))
      end
      local y = convolve(padded(v, numbers(m, 'pad', letters, 0)), w, {stride = numbers(m, 'd', letters, 1), dilation = numbers(m, 'dilation', letters, 1)})
      return m.bias and y + along(m.bias, y, 2) or y
   end)
end
for _, name in ipairs{'SpatialConvolution', 'SpatialConvolutionMM', 'SpatialDilatedConvolution', 'VolumetricConvolution', 'VolumetricDilatedConvolution'} do
   forms[name] = convolution
end

-- x with s - 1 zeros between its elements along d
local function spread(x, d, s)
   local n = x:size(d)
   local size = x:size():totable()
   table.insert(size, d + 1, 1)
   local y = pad(x:contiguous():view(torch.LongStorage(size)), d + 1, 0, s - 1)
   table.remove(size, d + 1)
   size[d] = n * s
   return y:contiguous():view(torch.LongStorage(size)):narrow(d, 1, (n - 1) * s + 1)
end
local function flipped(w)
   w = w:transpose(1, 2)
   for d = 3, w:dim() do w = w:index(d, torch.range(w:size(d), 1, -1):long()) end
   return w
end
local function full(m, x)
   if type(x) == 'table' then return nil end -- sizes are the second's; by differences
   local letters = axes[m.kT and 5 or 4]
   return with_batch(x, #letters + 2, function(v)
      local k, s, p, a = numbers(m, 'k', letters), numbers(m, 'd', letters, 1), numbers(m, 'pad', letters, 0), numbers(m, 'adj', letters, 0)
      for d = 1, #letters do v = pad(spread(v, d + 2, s[d]), d + 2, k[d] - 1 - p[d], k[d] - 1 - p[d] + a[d]) end
      local ones = numbers({}, '', letters, 1)
      local y = convolve(v, flipped(m.weight), {stride = ones, dilation = ones})
      return m.bias and y + along(m.bias, y, 2) or y
   end)
end
forms.SpatialFullConvolution, forms.VolumetricFullConvolution = full, full
function forms.TemporalConvolution(m, x)
   return with_batch(x, 3, function(v)
      local windows = v:unfold(2, m.kW, m.dW):permute(1, 2, 4, 3) -- batch, place, step, feature
      local y = torch.mm(windows:contiguous():view(-1, m.kW * m.inputFrameSize), m.weight:t())
      return (y + along(m.bias, y, 2)):view(v:size(1), -1, m.outputFrameSize)
   end)
end

-- ---- pooling: windows, and something along them ----

local function windows(m, x, letters, value)
   local dims = #letters
   for i, c in ipairs(letters) do
      local d, k, s, p = x:dim() - dims + i, m['k' .. c], m['d' .. c] or 1, m['pad' .. c] or 0
      local rest = (x:size(d) + 2 * p - k) % s
      x = pad(x, d, p, p + (m.ceil_mode and rest > 0 and s - rest or 0), value)
   end
   local first = x:dim() - dims
   for i, c in ipairs(letters) do x = x:unfold(first + i, m['k' .. c], m['d' .. c] or 1) end
   local size = {}
   for d = 1, x:dim() - dims do size[d] = x:size(d) end
   size[#size + 1] = -1
   return x:contiguous():view(torch.LongStorage(size))
end
local function last_of(x, f)
   local d = x:dim()
   local y = f(x, d)
   local size = {}
   for i = 1, d - 1 do size[i] = x:size(i) end
   return y:contiguous():view(torch.LongStorage(size))
end
local function greatest(x) return last_of(x, function(v, d) return (torch.max(v, d)) end) end
local function average(x) return last_of(x, torch.mean) end
local HW, THW = axes[4], axes[5]
function forms.SpatialMaxPooling(m, x) return greatest(windows(m, x, HW, -1e30)) end
function forms.VolumetricMaxPooling(m, x) return greatest(windows(m, x, THW, -1e30)) end
local function averages(letters)
   return function(m, x)
      if not m.count_include_pad then
         local ones = torch.ones(x:size())
         return torch.cdiv(average(windows(m, x, letters)), average(windows(m, ones, letters)))
      end
      return average(windows(m, x, letters))
   end
end
forms.SpatialAveragePooling, forms.VolumetricAveragePooling = averages(HW), averages(THW)
function forms.SpatialSubSampling(m, x)
   local y = average(windows(m, x, HW)) * (m.kW * m.kH)
   return torch.cmul(y, along(m.weight, y, 2)) + along(m.bias, y, 2)
end
function forms.TemporalSubSampling(m, x)
   local y = last_of(x:unfold(2, m.kW, m.dW), torch.sum)
   return torch.cmul(y, along(m.weight, y, 3)) + along(m.bias, y, 3)
end
function forms.TemporalMaxPooling(m, x) return greatest(x:unfold(x:dim() - 1, m.kW, m.dW)) end
local function adaptive(f)
   return function(m, x)
      local function cut(v, d, n, each)
         local list, size = {}, v:size(d)
         for i = 0, n - 1 do
            local first, last = math.floor(i * size / n), math.ceil((i + 1) * size / n)
            list[i + 1] = each(v:narrow(d, first + 1, last - first))
         end
         return torch.cat(list, d)
      end
      local h, w = x:dim() - 1, x:dim()
      return cut(x, h, m.H, function(rows)
         return cut(rows, w, m.W, function(block)
            local y = block:contiguous():view(block:nElement() / (block:size(h) * block:size(w)), -1)
            local size = block:size()
            size[h], size[w] = 1, 1
            return f(y):view(size)
         end)
      end)
   end
end
forms.SpatialAdaptiveMaxPooling = adaptive(function(y) return (torch.max(y, 2)) end)
forms.SpatialAdaptiveAveragePooling = adaptive(function(y) return torch.mean(y, 2) end)

-- ---- normalization ----

-- every row brought to mean 0 (where centred) and variance 1
local function standard(x, eps, centred)
   local d = centred and x - mean(x, 2) or x
   return torch.cdiv(d, torch.sqrt(mean(torch.cmul(d, d), 2) + eps))
end
local function batch_norm(m, x)
   local order, back = {2, 1}, {2, 1}
   for d = 3, x:dim() do order[d], back[d] = d, d end
   local y = x:permute(unpack(order)):contiguous()
   y = standard(y:view(x:size(2), -1), m.eps, true):view(y:size()):permute(unpack(back))
   return m.weight and torch.cmul(y, along(m.weight, y, 2)) + along(m.bias, y, 2) or y
end
for _, name in ipairs{'BatchNormalization', 'SpatialBatchNormalization', 'VolumetricBatchNormalization'} do forms[name] = batch_norm end
local function group_norm(m, x)
   local y = standard(x:contiguous():view(x:size(1) * (m.groups or m.channels), -1), m.eps, m.centred):view(x:size())
   if m.weight then y = torch.cmul(y, along(m.weight, y, 2)) end
   return m.weight and m.bias and y + along(m.bias, y, 2) or y
end
forms.GroupNorm, forms.InstanceNorm = group_norm, group_norm
local function layer_norm(m, x)
   local n = 1
   for i = 1, #m.size do n = n * m.size[i] end
   local y = standard(x:contiguous():view(-1, n), m.eps, m.centred)
   if m.weight then y = torch.cmul(y, m.weight:view(1, n):expandAs(y)) end
   if m.weight and m.bias then y = y + m.bias:view(1, n):expandAs(y) end
   return y:view(x:size())
end
forms.LayerNorm, forms.RMSNorm = layer_norm, layer_norm
function forms.Normalize(m, x)
   local rows = x:contiguous():view(-1, x:size(x:dim()))
   if m.p == math.huge then return torch.cdiv(rows, (torch.max(torch.abs(rows), 2)):expandAs(rows)):view(x:size()) end
   return torch.cdiv(rows, torch.norm(rows, m.p, 2):expandAs(rows)):view(x:size())
end
-- they have drawn their noise
function forms.Dropout(m, x) return torch.cmul(x, m.noise) end
function forms.SpatialDropout(m, x) return torch.cmul(x, m.noise:expandAs(x)) end
forms.VolumetricDropout = forms.SpatialDropout
function forms.WhiteNoise(m, x) return x + m.noise end

-- ---- shapes ----

function forms.Unsqueeze(m, x)
   local size = x:size():totable()
   table.insert(size, m.pos, 1)
   return x:contiguous():view(torch.LongStorage(size))
end
function forms.Replicate(m, x)
   local y = forms.Unsqueeze({pos = m.dim}, x)
   local size = y:size()
   size[m.dim] = m.nfeatures
   return y:expand(size)
end
function forms.SpatialZeroPadding(m, x)
   local h, w = x:dim() - 1, x:dim()
   return pad(pad(x, h, m.pad_t, m.pad_b), w, m.pad_l, m.pad_r)
end
-- rows or columns by their numbers
local function picked(x, d, before, behind, place)
   local list = {}
   for i = 1 - before, x:size(d) + behind do list[#list + 1] = place(i, x:size(d)) end
   return x:index(d, torch.LongTensor(list))
end
local function border(i, n) return math.max(1, math.min(n, i)) end
local function mirror(i, n) return i < 1 and 2 - i or i > n and 2 * n - i or i end
local function extended(place)
   return function(m, x)
      local h, w = x:dim() - 1, x:dim()
      local y = picked(picked(x, h, m.pad_t, m.pad_b, place), w, m.pad_l, m.pad_r, place)
      return m.pfront and picked(y, h - 1, m.pfront, m.pback, place) or y
   end
end
forms.SpatialReplicationPadding, forms.SpatialReflectionPadding = extended(border), extended(mirror)
function forms.PixelShuffle(m, x)
   local r, n, c, h, w = m.upscaleFactor, x:size(1), x:size(2) / m.upscaleFactor ^ 2, x:size(3), x:size(4)
   return x:view(sizes(n, c, r, r, h, w)):permute(1, 2, 5, 3, 6, 4):contiguous():view(n, c, h * r, w * r)
end
function forms.SpatialUpSamplingNearest(m, x)
   local s, n, c, h, w = m.scale_factor, x:size(1), x:size(2), x:size(3), x:size(4)
   return x:contiguous():view(sizes(n, c, h, 1, w, 1)):expand(sizes(n, c, h, s, w, s)):contiguous():view(n, c, h * s, w * s)
end
function forms.JoinTable(m, x) return torch.cat(x, m.nInputDims and m.dimension + x[1]:dim() - m.nInputDims or m.dimension) end
local function reduced(f)
   return function(m, x)
      local d = m.dimension or m.dim
      if (m.nInputDims or 0) > 0 and x:dim() ~= m.nInputDims then d = d + 1 end
      local y = f(x, d)
      if m.sizeAverage then y = y / x:size(d) end
      return y:select(d, 1)
   end
end
forms.Max, forms.Min = reduced(function(x, d) return (torch.max(x, d)) end), reduced(function(x, d) return (torch.min(x, d)) end)
forms.Sum = reduced(torch.sum)
forms.Mean = forms.Sum -- with sizeAverage
function forms.Transpose(_, x) return x:transpose(1, 2) end
function forms.Identity(_, x) return x * 1 end
function forms.Squeeze(_, x) return x:squeeze() end

-- ---- tables ----

local function folded(f)
   return function(_, x)
      local y = x[1]
      for i = 2, #x do y = f(y, x[i]) end
      return y
   end
end
for name, f in pairs{CAddTable = torch.add, CSubTable = torch.csub, CMulTable = torch.cmul, CDivTable = torch.cdiv, CMaxTable = torch.cmax,
   CMinTable = torch.cmin} do forms[name] = folded(f) end
local function rows_of(x) return x:dim() == 1 and x:view(1, -1) or x end
function forms.DotProduct(_, x)
   local y = torch.sum(torch.cmul(rows_of(x[1]), rows_of(x[2])), 2)
   return y:select(2, 1)
end
function forms.CosineDistance(_, x)
   local a, b = rows_of(x[1]), rows_of(x[2])
   return torch.cdiv(torch.sum(torch.cmul(a, b), 2), torch.cmul(torch.norm(a, 2, 2), torch.norm(b, 2, 2))):select(2, 1)
end
function forms.PairwiseDistance(m, x)
   return torch.norm(rows_of(x[1]) - rows_of(x[2]), m.norm, 2):select(2, 1)
end
function forms.MM(m, x)
   local a, b = x[1], x[2]
   if a:dim() == 3 then return torch.bmm(m.transA and a:transpose(2, 3) or a, m.transB and b:transpose(2, 3) or b) end
   return torch.mm(m.transA and a:t() or a, m.transB and b:t() or b)
end
function forms.MV(m, x)
   local a, v = x[1], x[2]
   if a:dim() == 2 then return torch.mv(m.trans and a:t() or a, v) end
   return torch.bmm(m.trans and a:transpose(2, 3) or a, v:view(v:size(1), -1, 1)):select(3, 1)
end
function forms.MixtureTable(_, x)
   local gates, total = x[1], nil
   for i = 1, gates:size(2) do
      local e = torch.isTensor(x[2]) and x[2]:select(2, i) or x[2][i]
      local part = torch.cmul(e, gates:narrow(2, i, 1):expandAs(e))
      total = total and total + part or part
   end
   return total
end

-- ---- recurrent: steps ----

function forms.SeqLSTM(m, x)
   if m.batchfirst or m.lengths then return nil end -- by differences
   local n, steps = m.outputsize, {}
   local h, c = m.userPrevOutput or torch.zeros(x:size(2), n), m.userPrevCell or torch.zeros(x:size(2), n)
   for t = 1, x:size(1) do
      local z = torch.mm(torch.cat(x:select(1, t), h, 2), m.weight)
      z = z + along(m.bias, z, 2)
      local i, f, o = torch.sigmoid(z:narrow(2, 1, n)), torch.sigmoid(z:narrow(2, n + 1, n)), torch.sigmoid(z:narrow(2, 2 * n + 1, n))
      c = torch.cmul(f, c) + torch.cmul(i, torch.tanh(z:narrow(2, 3 * n + 1, n)))
      h = torch.cmul(o, torch.tanh(c))
      steps[t] = h:view(1, h:size(1), n)
   end
   return #steps == 1 and steps[1] or torch.cat(steps, 1)
end
function forms.SeqGRU(m, x)
   if m.hiddenBias or m.batchfirst or m.lengths then return nil end
   local n, k, h, steps = m.outputsize, m.inputsize, torch.zeros(x:size(2), m.outputsize), {}
   for t = 1, x:size(1) do
      local input = torch.mm(x:select(1, t), m.weight:narrow(1, 1, k))
      input = input + along(m.bias, input, 2)
      local hidden = m.weight:narrow(1, k + 1, n)
      local z = input:narrow(2, 1, 2 * n) + torch.mm(h, hidden:narrow(2, 1, 2 * n))
      local u, r = torch.sigmoid(z:narrow(2, 1, n)), torch.sigmoid(z:narrow(2, n + 1, n))
      local new = torch.tanh(input:narrow(2, 2 * n + 1, n) + torch.mm(torch.cmul(r, h), hidden:narrow(2, 2 * n + 1, n)))
      h = torch.cmul(1 - u, h) + torch.cmul(u, new)
      steps[t] = h:view(1, h:size(1), n)
   end
   return #steps == 1 and steps[1] or torch.cat(steps, 1)
end
function forms.SeqReverseSequence(m, x)
   local steps = x:split(1, m.dim)
   for i = 1, #steps / 2 do steps[i], steps[#steps + 1 - i] = steps[#steps + 1 - i], steps[i] end
   return torch.cat(steps, m.dim)
end

-- ---- criterions ----

local function averaged(c, x, count) return c.sizeAverage == false and x:sum() or x:sum() / (count or x:nElement()) end
local function picked_classes(x, t) return x:gather(2, t:long():view(-1, 1)) end
local function likelihood(c, x, t, weights)
   local w = weights and weights:index(1, t:long()):view(-1, 1) or torch.ones(t:size(1), 1)
   local y = torch.neg(torch.cmul(picked_classes(x, t), w))
   return c.sizeAverage == false and y:sum() or y:sum() / w:sum()
end
function losses.AbsCriterion(c, x, t) return averaged(c, torch.abs(x - t)) end
function losses.MSECriterion(c, x, t) return averaged(c, torch.cmul(x - t, x - t)) end
function losses.BCECriterion(c, x, t)
   local y = torch.neg(torch.cmul(t, torch.log(x)) + torch.cmul(1 - t, torch.log(1 - x)))
   if c.weights then y = torch.cmul(y, c.weights:view(1, -1):expandAs(y)) end
   return averaged(c, y)
end
function losses.ClassNLLCriterion(c, x, t)
   if c.ignoreIndex ~= -100 then return nil end -- by differences
   return likelihood(c, x, t, c.weights)
end
function losses.CrossEntropyCriterion(c, x, t) return likelihood(c, log_softmax(x, 2), t) end
function losses.SpatialClassNLLCriterion(c, x, t)
   local rows = x:permute(1, 3, 4, 2):contiguous():view(-1, x:size(2))
   return likelihood(c, rows, t:contiguous():view(-1))
end
function losses.ClassSimplexCriterion(_, x, t)
   local d = x - torch.Tensor(x:size()):copy(nn.ClassSimplexCriterion(x:size(2)).simplex:index(1, t:long()))
   return torch.cmul(d, d):sum() / x:nElement()
end
function losses.CosineEmbeddingCriterion(c, x, y)
   local a, b = x[1], x[2]
   local cos = torch.cdiv(torch.sum(torch.cmul(a, b), 2), torch.cmul(torch.norm(a, 2, 2), torch.norm(b, 2, 2))):view(-1)
   return averaged(c, choose(is('eq', y, 1), 1 - cos, relu(cos - c.margin)))
end
function losses.DistKLDivCriterion(c, x, t) return averaged(c, torch.cmul(t, torch.log(t) - x)) end
function losses.DistanceRatioCriterion(c, x) return averaged(c, torch.log(torch.exp(x[1] - x[2]) + 1)) end
function losses.HingeEmbeddingCriterion(c, x, y) return averaged(c, choose(is('eq', y, 1), x, relu(c.margin - x))) end
function losses.L1Cost(_, x) return torch.abs(x):sum() end
function losses.L1HingeEmbeddingCriterion(c, x, y)
   local d = torch.abs(x[1] - x[2]):sum()
   return y == 1 and d or relu(c.margin - d)
end
function losses.MarginCriterion(c, x, y) return averaged(c, relu(c.margin - torch.cmul(x, y))) end
function losses.MarginRankingCriterion(c, x, y)
   local d = x[1] - x[2]
   return averaged(c, relu(c.margin - (torch.isTensor(y) and torch.cmul(d, y) or d * y)))
end
function losses.ModuleCriterion(c, x, t) return c.criterion:forward(torch.cmul(x, x), torch.tanh(t)) end
function losses.MultiCriterion(c, x, t)
   local total
   for i, e in ipairs(c.criterions) do
      local v = e:forward(x, t) * c.weights[i]
      total = total and total + v or v
   end
   return total
end
function losses.ParallelCriterion(c, x, t)
   local total
   for i, e in ipairs(c.criterions) do
      local v = e:forward(x[i], t[i]) * c.weights[i]
      total = total and total + v or v
   end
   return total
end
function losses.MultiLabelMarginCriterion(c, x, t)
   local n, total = rows_of(x):size(2), nil
   x, t = rows_of(x), rows_of(t)
   for b = 1, x:size(1) do
      local right = {}
      for i = 1, n do
         if t[b][i] == 0 then break end
         right[t[b][i]] = true
      end
      for k in pairs(right) do
         for i = 1, n do
            if not right[i] then
               local v = relu(1 - (x[{b, k}] - x[{b, i}]))
               total = total and total + v or v
            end
         end
      end
   end
   return total / (n * x:size(1))
end
function losses.MultiLabelSoftMarginCriterion(c, x, t) return averaged(c, torch.log(torch.exp(x) + 1) - torch.cmul(t, x)) end
function losses.MultiMarginCriterion(c, x, t)
   local d = x - picked_classes(x, t):expandAs(x) + c.margin
   local others = torch.ones(x:size())
   others:scatter(2, t:long():view(-1, 1), 0)
   local y = torch.cmul(relu(d), others)
   if c.p == 2 then y = torch.cmul(y, y) end
   if c.weights then y = torch.cmul(y, c.weights:index(1, t:long()):view(-1, 1):expandAs(y)) end
   return y:sum() / x:nElement()
end
function losses.SmoothL1Criterion(c, x, t)
   local d = torch.abs(x - t)
   return averaged(c, choose(is('lt', d, 1), torch.cmul(d, d) / 2, d - 0.5))
end
function losses.SoftMarginCriterion(c, x, y) return averaged(c, torch.log(torch.exp(torch.neg(torch.cmul(x, y))) + 1)) end
function losses.SpatialAutoCropMSECriterion(c, x, t)
   local h, w = x:size(x:dim() - 1), x:size(x:dim())
   local top, left = math.floor((t:size(t:dim() - 1) - h) / 2), math.floor((t:size(t:dim()) - w) / 2)
   local cut = t:narrow(t:dim() - 1, top + 1, h):narrow(t:dim(), left + 1, w)
   return averaged(c, torch.cmul(x - cut, x - cut))
end
function losses.WeightedMSECriterion(c, x, t)
   local d = x - torch.cmul(t, c.weight:view(1, -1):expandAs(t))
   return averaged(c, torch.cmul(d, d))
end

return M
