-- Models of Keras as modules of nn. Values keep Keras's order of dimensions, channels last.
local graph = require 'nn.import.graph'
local sequence = require 'nn.import.sequence'
local formats = require 'torch.formats'

-- ---- weights ----

local function snake_case(class) -- MaxPooling1D is max_pooling1d
   return (class:gsub('(.)(%u%l+)', '%1_%2'):gsub('(%l)(%u)', '%1_%2'):lower())
end

-- Weights: a function that gives the list of a layer's by its name, and one that gives the weights of a model among the layers.

-- Keras 3 numbers groups by class, in the order of the layers; newer versions note the layer's own name, too.
local function of_keras3(file, about, config, inside)
   inside = inside or ''
   local places, counts = {}, {}
   for _, layer in ipairs(config.layers) do
      local class = snake_case(layer.class_name)
      local n = counts[class] or 0
      counts[class] = n + 1
      places[layer.config.name] = inside .. 'layers/' .. class .. (n > 0 and '_' .. n or '')
   end
   for key, value in pairs(about) do
      local place = type(value) == 'string' and tostring(key):sub(1, #inside) == inside and tostring(key):sub(#inside + 1):match('^(layers/[^/]+)/vars@name$')
      if place then places[value] = inside .. place end
   end
   return function(layer)
      local list = {}
      for _, part in ipairs{'', '/cell', '/forward_layer/cell', '/backward_layer/cell', '/layer'} do -- of recurrent and wrapped layers
         local place, i = places[layer] .. part .. '/vars', 0
         while file:entry(('%s/%d'):format(place, i)) do
            list[#list + 1] = file:tensor(('%s/%d'):format(place, i))
            i = i + 1
         end
      end
      return list
   end, function(name, inner) return of_keras3(file, about, inner, places[name] .. '/') end
end

-- Names of the weights of a model among the layers have the names of its own layers in them.
local function of_keras2(file, about)
   local function of(layer, among)
      for _, prefix in ipairs{'model_weights/' .. layer, layer} do
         local list = {}
         for _, name in ipairs(about[prefix .. '@weight_names'] or {}) do
            if not among or ('/' .. name):find('/' .. among .. '/', 1, true) then list[#list + 1] = file:tensor(prefix .. '/' .. name) end
         end
         if #list > 0 then return list end
      end
      return {}
   end
   local function inside(outer)
      return function(layer) return of(outer, layer) end, function() return inside(outer) end
   end
   return function(layer) return of(layer) end, inside
end

-- ---- what layers become ----

local function is_none(v) return v == nil or v == formats.none end

-- The last dimension alone counts for f; others are samples.
local function over_last(module, x) return x:dim() > 2 and nn.Bottle(module) or module end

local activations = {
   relu = function() return nn.ReLU() end, tanh = function() return nn.Tanh() end, sigmoid = function() return nn.Sigmoid() end,
   elu = function() return nn.ELU() end, leaky_relu = function() return nn.LeakyReLU(0.2) end, softplus = function() return nn.SoftPlus() end,
   softsign = function() return nn.SoftSign() end, relu6 = function() return nn.ReLU6() end, silu = function() return nn.SiLU() end,
   swish = function() return nn.SiLU() end, gelu = function() return nn.GELU() end, exponential = function() return nn.Exp() end,
   selu = function() return nn.Sequential():add(nn.ELU(1.6732632423543772)):add(nn.MulConstant(1.0507009873554805)) end,
   softmax = function(x) return over_last(nn.SoftMax(), x) end, log_softmax = function(x) return over_last(nn.LogSoftMax(), x) end,
}

local function activation(name, x)
   if is_none(name) or name == 'linear' then return nil end
   local make = activations[name] or error(('activation %s is not known'):format(tostring(name)), 0)
   return make(x)
end

-- A picture's layer between the two orders of dimensions; a volume's.
local function channels_first(module)
   return nn.Sequential():add(nn.Transpose({2, 4}, {3, 4})):add(module):add(nn.Transpose({3, 4}, {2, 4}))
end
local function volume_first(module)
   return nn.Sequential():add(graph.transpose{1, 5, 2, 3, 4}):add(module):add(graph.transpose{1, 3, 4, 5, 2})
end

local function single(v) return type(v) == 'table' and v[1] or v end

-- Zeros (or `value`) before and behind, as 'same' puts them: the larger half behind.
local function same_pads(size, kernel, stride)
   local total = math.max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
   return math.floor(total / 2), total - math.floor(total / 2)
end
-- Averages of a picture, or of a volume, whose pads count nowhere.
local function average_same(x, kernel, strides)
   local sizes, before, counts = {}, {}, {}
   for d = 1, #kernel do
      sizes[d], counts[d] = x:size(d + 1), math.ceil(x:size(d + 1) / strides[d])
      before[d] = same_pads(sizes[d], kernel[d], strides[d])
   end
   return graph.average(sizes, kernel, strides, before, counts)
end

local function padded(dim, before, after, value)
   local both = nn.Sequential()
   if before > 0 then both:add(nn.Padding(dim, -before, nil, value)) end
   if after > 0 then both:add(nn.Padding(dim, after, nil, value)) end
   return both
end

local layers = {}

function layers.Dense(c, w, x)
   return over_last(graph.fill(nn.Linear(w[1]:size(1), w[1]:size(2)), w[1]:t(), w[2]), x)
end

-- Dilated or in groups: of a picture of one row.
local function of_row(c, w, x, k, stride, dilation)
   local row = {kernel_size = {1, k}, strides = {1, stride}, dilation_rate = {1, dilation}, padding = c.padding, groups = c.groups}
   local kernel = w[1]:view(1, k, w[1]:size(2), w[1]:size(3))
   local net, before = nn.Sequential(), c.padding == 'causal' and (k - 1) * dilation or 0
   if before > 0 then net:add(nn.Padding(2, -before)) end
   return net:add(nn.Unsqueeze(2)):add(layers.Conv2D(row, {kernel, w[2]}, x:view(x:size(1), 1, x:size(2), x:size(3)))):add(nn.Squeeze(2))
end

function layers.Conv1D(c, w, x)
   local k, stride, dilation = single(c.kernel_size), single(c.strides), single(c.dilation_rate) or 1
   if dilation ~= 1 or (c.groups or 1) ~= 1 then return of_row(c, w, x, k, stride, dilation) end
   local before, after = 0, 0
   if c.padding == 'same' then before, after = same_pads(x:size(2), k, stride) end
   if c.padding == 'causal' then before = k - 1 end
   local conv = nn.TemporalConvolution(w[1]:size(2), w[1]:size(3), k, stride)
   conv.weight:copy(w[1]:permute(3, 1, 2):contiguous():view(w[1]:size(3), -1))
   if w[2] then conv.bias:copy(w[2]) else conv.bias:zero() end
   local net = padded(2, before, after)
   return #net.modules > 0 and net:add(conv) or conv
end

-- Pads for pictures, height and width: a module, or nil where none is needed.
local function same_picture(c, x, kernel, value)
   if c.padding ~= 'same' then return nil end
   local top, bottom = same_pads(x:size(2), kernel[1], c.strides[1])
   local left, right = same_pads(x:size(3), kernel[2], c.strides[2])
   if top + bottom + left + right == 0 then return nil end
   return padded(3, top, bottom, value):add(padded(4, left, right, value))
end

local function picture(pads, module) return channels_first(pads and nn.Sequential():add(pads):add(module) or module) end

-- weight: out x in / groups x height x width
local function convolution(c, weight, bias, x, groups)
   local k, s, d = c.kernel_size, c.strides, c.dilation_rate or {1, 1}
   local reach = {(k[1] - 1) * d[1] + 1, (k[2] - 1) * d[2] + 1}
   local conv = nn.SpatialDilatedConvolution(x:size(4), weight:size(1), k[2], k[1], s[2], s[1], 0, 0, d[2], d[1], groups)
   return picture(same_picture(c, x, reach), graph.fill(conv, weight, bias))
end

function layers.Conv2D(c, w, x) return convolution(c, w[1]:permute(4, 3, 1, 2):contiguous(), w[2], x, c.groups or 1) end

function layers.DepthwiseConv2D(c, w, x) -- height x width x in x multiples
   local kernel = w[1]:permute(3, 4, 1, 2):contiguous()
   return convolution(c, kernel:view(-1, 1, kernel:size(3), kernel:size(4)), w[2], x, x:size(4))
end

function layers.SeparableConv2D(c, w, x) -- each channel alone, then a sum of them for each pixel
   local first = {kernel_size = c.kernel_size, strides = c.strides, dilation_rate = c.dilation_rate, padding = c.padding}
   local sum = nn.SpatialConvolution(w[2]:size(3), w[2]:size(4), 1, 1)
   graph.fill(sum, w[2]:permute(4, 3, 1, 2):contiguous(), w[3])
   return nn.Sequential():add(layers.DepthwiseConv2D(first, {w[1]}, x)):add(channels_first(sum))
end

function layers.Conv2DTranspose(c, w, x) -- kernel: height x width x out x in
   local k, s = c.kernel_size, c.strides
   if not is_none(c.output_padding) or c.dilation_rate and (c.dilation_rate[1] ~= 1 or c.dilation_rate[2] ~= 1) then
      error('Conv2DTranspose with output_padding or dilation is not known', 0)
   end
   local adjust = {math.max(s[1] - k[1], 0), math.max(s[2] - k[2], 0)}
   local conv = nn.SpatialFullConvolution(x:size(4), w[1]:size(3), k[2], k[1], s[2], s[1], 0, 0, adjust[2], adjust[1])
   graph.fill(conv, w[1]:permute(4, 3, 1, 2):contiguous(), w[2])
   if c.padding ~= 'same' then return channels_first(conv) end
   local over = {math.max(k[1] - s[1], 0), math.max(k[2] - s[2], 0)}
   local top, left = math.floor(over[1] / 2), math.floor(over[2] / 2)
   return channels_first(nn.Sequential():add(conv):add(nn.SpatialZeroPadding(-left, left - over[2], -top, top - over[1])))
end

-- ---- volumes; nn has time, width and height in this order ----

-- A module behind the zeros (or `value`) that 'same' asks for.
local function volume(c, x, kernel, module, value)
   local net = nn.Sequential()
   for d = 1, c.padding == 'same' and 3 or 0 do
      local before, after = same_pads(x:size(d + 1), kernel[d], c.strides[d])
      if before + after > 0 then net:add(padded(d + 2, before, after, value)) end
   end
   return volume_first(#net.modules > 0 and net:add(module) or module)
end

function layers.Conv3D(c, w, x)
   local k, s, d = c.kernel_size, c.strides, c.dilation_rate or {1, 1, 1}
   local conv = nn.VolumetricDilatedConvolution(x:size(5), w[1]:size(5), k[1], k[3], k[2], s[1], s[3], s[2], 0, 0, 0, d[1], d[3], d[2], c.groups or 1)
   local reach = {(k[1] - 1) * d[1] + 1, (k[2] - 1) * d[2] + 1, (k[3] - 1) * d[3] + 1}
   return volume(c, x, reach, graph.fill(conv, w[1]:permute(5, 4, 1, 2, 3):contiguous(), w[2]))
end

function layers.Conv3DTranspose(c, w, x) -- kernel: three sizes x out x in
   local k, s, adjust = c.kernel_size, c.strides, {}
   for _, d in ipairs(c.dilation_rate or {}) do if d ~= 1 then error('Conv3DTranspose with dilation is not known', 0) end end
   if not is_none(c.output_padding) then error('Conv3DTranspose with output_padding is not known', 0) end
   for d = 1, 3 do adjust[d] = math.max(s[d] - k[d], 0) end
   local conv = nn.VolumetricFullConvolution(x:size(5), w[1]:size(4), k[1], k[3], k[2], s[1], s[3], s[2], 0, 0, 0, adjust[1], adjust[3], adjust[2])
   local net = nn.Sequential():add(graph.fill(conv, w[1]:permute(5, 4, 1, 2, 3):contiguous(), w[2]))
   for d = 1, c.padding == 'same' and 3 or 0 do
      local over = math.max(k[d] - s[d], 0)
      if over > 0 then net:add(nn.Narrow(d + 2, math.floor(over / 2) + 1, x:size(d + 1) * s[d])) end
   end
   return volume_first(net)
end

function layers.MaxPooling3D(c, w, x)
   local k, s = c.pool_size, c.strides
   return volume(c, x, k, nn.VolumetricMaxPooling(k[1], k[3], k[2], s[1], s[3], s[2]), -math.huge)
end

function layers.AveragePooling3D(c, w, x)
   local k, s = c.pool_size, c.strides
   if c.padding == 'same' then return volume_first(average_same(x, k, s)) end
   return volume(c, x, k, nn.VolumetricAveragePooling(k[1], k[3], k[2], s[1], s[3], s[2]))
end

function layers.ZeroPadding3D(c)
   local net = nn.Sequential()
   for d, p in ipairs(c.padding) do net:add(padded(d + 1, p[1], p[2])) end
   return net
end

function layers.UpSampling3D(c, w, x)
   local net, size = nn.Sequential(), x:size():totable()
   for d = 1, 3 do
      size[d + 1] = size[d + 1] * c.size[d]
      if c.size[d] > 1 then net:add(nn.Replicate(c.size[d], d + 2)):add(nn.Contiguous()):add(nn.View(unpack(size, 2)):setNumInputDims(5)) end
   end
   return #net.modules > 0 and net or nn.Identity()
end

-- ---- recurrent layers: samples x steps x numbers ----

local plain_activations = {tanh = true, relu = true, sigmoid = true, linear = true}

local function check_cell(class, c)
   if class == 'SimpleRNN' and not plain_activations[c.activation] then error(('SimpleRNN with activation %s is not known'):format(tostring(c.activation)), 0) end
   if class ~= 'SimpleRNN' and (c.activation ~= 'tanh' or c.recurrent_activation ~= 'sigmoid') then
      error(('%s with activations other than tanh and sigmoid is not known'):format(class), 0)
   end
   if c.stateful then error(class .. ' with stateful is not known', 0) end
end

-- kernel, recurrent kernel and bias, a column a gate: LSTM's i f c o, GRU's z r h with one bias or two
local function cell(class, c, w)
   check_cell(class, c)
   local bias, module = w[3], nil
   if class == 'SimpleRNN' then
      module = nn.SeqRNN(w[1]:size(1), c.units, c.activation):fromPyTorch(w[1]:t(), w[2]:t(), bias)
   elseif class == 'LSTM' then
      module = sequence.lstm(nn.SeqLSTM(w[1]:size(1), c.units), w[1]:t(), w[2]:t(), bias)
   else
      local after = c.reset_after and true or false
      local two = bias and bias:dim() == 2
      module = sequence.gru(nn.SeqGRU(w[1]:size(1), c.units, after), w[1]:t(), w[2]:t(), two and bias[1] or bias, two and bias[2] or nil)
   end
   module.batchfirst = true
   return module
end

-- Of a table of `n` values the first `k` with their steps in the opposite order.
local function turned(k, n)
   if n == 1 then return nn.SeqReverseSequence(2) end
   local each = nn.ParallelTable()
   for i = 1, n do each:add(i <= k and nn.SeqReverseSequence(2) or nn.Identity()) end
   return each
end

-- x, or {x, mask}, or {x, state...}; a table of outputs and states with return_state.
local function recurrent(class)
   return function(c, w, x, n, masked)
      local layer, net, states = cell(class, c, w), nn.Sequential(), n > 1 and not masked or c.return_state
      if masked and states then error(class .. ' with a mask and states is not known', 0) end
      if c.go_backwards then net:add(turned(masked and 2 or 1, n)) end -- and so come the outputs
      net:add(masked and nn.SeqMasked(layer) or states and nn.SeqStates(layer) or layer)
      if states and not c.return_state then net:add(nn.SelectTable(1)) end
      if not c.return_sequences then
         local last = nn.Select(2, -1)
         if c.return_state then
            last = nn.ParallelTable():add(last):add(nn.Identity())
            if class == 'LSTM' then last:add(nn.Identity()) end
         end
         net:add(last)
      end
      return #net.modules > 1 and net or net.modules[1]
   end
end
layers.SimpleRNN, layers.LSTM, layers.GRU = recurrent('SimpleRNN'), recurrent('LSTM'), recurrent('GRU')

-- nn.SeqMask gives 1 where a step counts; others become 0.
function layers.Masking(c, w, x)
   local mask = nn.Sequential():add(nn.SeqMask(c.mask_value)):add(nn.Replicate(x:size(3), 3))
   return nn.Sequential():add(nn.ConcatTable():add(nn.Identity()):add(mask)):add(nn.CMulTable())
end

local merges = {concat = function(dim) return nn.JoinTable(dim) end, sum = function() return nn.CAddTable() end, mul = function() return nn.CMulTable() end,
   ave = function() return nn.Sequential():add(nn.CAddTable()):add(nn.MulConstant(0.5)) end}

local both_cells = {LSTM = 'LSTM', GRU = 'GRU', SimpleRNN = 'RNN'}

function layers.Bidirectional(c, w, x, inputs, masked)
   local class, inner = c.layer.class_name, c.layer.config
   if inner.go_backwards then error('Bidirectional of a layer with go_backwards is not known', 0) end
   local merge = merges[is_none(c.merge_mode) and '' or c.merge_mode]
   if inner.return_state or inputs > 1 and not masked then error('Bidirectional with states is not known', 0) end
   if not both_cells[class] or not merge then error(('Bidirectional of %s, merge_mode %s, is not known'):format(class, tostring(c.merge_mode)), 0) end
   local half, cells = #w / 2, {}
   for d = 1, 2 do
      local first = (d - 1) * half
      cells[d] = cell(class, inner, {w[first + 1], w[first + 2], half > 2 and w[first + 3] or nil})
   end
   local n, ends, both = inner.units, inner.return_sequences, nil
   if masked then
      both = nn.Sequential():add(nn.ConcatTable():add(nn.SeqMasked(cells[1])):add(graph.chain(turned(2, 2), nn.SeqMasked(cells[2]), turned(1, 1)))):add(nn.JoinTable(3))
   else
      both = nn.SeqBRNN(w[1]:size(1), n, true, nn.JoinTable(3), both_cells[class])
      both.modules[1], both.modules[2] = cells[1], cells[2]
   end
   local function part(d) -- the last step, which is the first one backwards
      local net = nn.Sequential()
      if not ends then net:add(nn.Select(2, d == 1 and -1 or 1)) end
      return net:add(nn.Narrow(ends and 3 or 2, (d - 1) * n + 1, n))
   end
   return nn.Sequential():add(both):add(nn.ConcatTable():add(part(1)):add(part(2))):add(merge(ends and 3 or 2))
end

-- Layers that look at the last dimension alone are the same for every step.
local stepwise = {Dense = true, Activation = true, ReLU = true, LeakyReLU = true, ELU = true, Softmax = true, Dropout = true, LayerNormalization = true}
function layers.TimeDistributed(c, w, x)
   local class = c.layer.class_name
   if not stepwise[class] then error(('TimeDistributed of %s is not known'):format(class), 0) end
   local net, after = layers[class](c.layer.config, w, x), class == 'Dense' and activation(c.layer.config.activation, x) or nil
   return after and nn.Sequential():add(net):add(after) or net
end
function layers.RepeatVector(c) return nn.Replicate(c.n, 2) end

function layers.MaxPooling1D(c, w, x)
   local k, stride = single(c.pool_size), single(c.strides)
   local pool = nn.TemporalMaxPooling(k, stride)
   if c.padding ~= 'same' then return pool end
   local before, after = same_pads(x:size(2), k, stride)
   return padded(2, before, after, -math.huge):add(pool)
end

function layers.MaxPooling2D(c, w, x)
   local k, s = c.pool_size, c.strides
   return picture(same_picture(c, x, k, -math.huge), nn.SpatialMaxPooling(k[2], k[1], s[2], s[1]))
end

function layers.AveragePooling2D(c, w, x)
   local k, s = c.pool_size, c.strides
   if c.padding == 'same' then return channels_first(average_same(x, k, s)) end
   return channels_first(nn.SpatialAveragePooling(k[2], k[1], s[2], s[1]))
end

function layers.AveragePooling1D(c, w, x)
   if c.padding == 'same' then
      local row = x:view(x:size(1), 1, x:size(2), x:size(3))
      return nn.Sequential():add(nn.Unsqueeze(2)):add(channels_first(average_same(row, {1, single(c.pool_size)}, {1, single(c.strides)}))):add(nn.Squeeze(2))
   end
   local pool = nn.TemporalSubSampling(x:size(3), single(c.pool_size), single(c.strides))
   pool.weight:fill(1 / single(c.pool_size))
   pool.bias:zero()
   return pool
end

-- Over the positions of a picture or a sequence.
local function over_positions(class, n)
   return function(c)
      local net = nn.Sequential()
      for _ = 1, n do net:add(nn[class](2)) end
      if c.keepdims then for _ = 1, n do net:add(nn.Unsqueeze(2)) end end
      return #net.modules > 1 and net or net.modules[1]
   end
end
layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D = over_positions('Mean', 1), over_positions('Mean', 2)
layers.GlobalMaxPooling1D, layers.GlobalMaxPooling2D = over_positions('Max', 1), over_positions('Max', 2)
layers.GlobalAveragePooling3D, layers.GlobalMaxPooling3D = over_positions('Mean', 3), over_positions('Max', 3)

local function last_axis(c, x)
   local axis = single(c.axis)
   if axis and axis ~= -1 and axis ~= x:dim() - 1 then error('normalisation of other than the last dimension is not known', 0) end
end

-- gamma and beta are there when scale and center say so.
function layers.BatchNormalization(c, w, x)
   last_axis(c, x)
   local n, at = x:size(x:dim()), 1
   local function next_if(there)
      if there == false then return nil end
      at = at + 1
      return w[at - 1]
   end
   local gamma, beta = next_if(c.scale), next_if(c.center)
   local class = x:dim() == 4 and nn.SpatialBatchNormalization or nn.BatchNormalization
   local norm = graph.fill_norm(class(n, c.epsilon, 1 - c.momentum), gamma, beta, w[at], w[at + 1])
   return x:dim() == 4 and channels_first(norm) or over_last(norm, x)
end

function layers.LayerNormalization(c, w, x)
   last_axis(c, x)
   local norm, shift = nn.LayerNorm(x:size(x:dim()), c.epsilon), c.scale == false and w[1] or w[2]
   if c.scale ~= false then norm.weight:copy(w[1]) end
   if c.center ~= false then norm.bias:copy(shift) end
   return norm
end

function layers.Embedding(c, w)
   local look = nn.LookupTable(w[1]:size(1), w[1]:size(2))
   look.weight:copy(w[1])
   return nn.Sequential():add(nn.AddConstant(1)):add(look) -- Keras counts words from 0
end

function layers.Flatten(c, w, x) return nn.Reshape(x:nElement() / x:size(1), true) end
function layers.Reshape(c, w, x)
   local n, known, size = x:nElement() / x:size(1), 1, {unpack(c.target_shape)}
   for _, s in ipairs(size) do if s > 0 then known = known * s end end
   for d, s in ipairs(size) do if s < 0 then size[d] = n / known end end
   size[#size + 1] = true
   return nn.Reshape(unpack(size))
end
function layers.Permute(c)
   local order = {1}
   for i, d in ipairs(c.dims) do order[i + 1] = d + 1 end
   return graph.transpose(order)
end
function layers.Dropout(c) return c.rate > 0 and nn.Dropout(c.rate) or nn.Identity() end
layers.SpatialDropout1D, layers.SpatialDropout2D = layers.Dropout, layers.Dropout
function layers.Activation(c, w, x) return activation(c.activation, x) or nn.Identity() end
layers.SpatialDropout3D, layers.GaussianDropout, layers.AlphaDropout = layers.Dropout, layers.Dropout, layers.Dropout
function layers.GaussianNoise(c) return nn.WhiteNoise(0, c.stddev) end
function layers.ActivityRegularization() return nn.Identity() end
function layers.ReLU(c)
   local slope = is_none(c.negative_slope) and 0 or single(c.negative_slope)
   if not is_none(c.threshold) and c.threshold ~= 0 or slope ~= 0 and not is_none(c.max_value) then error('ReLU with a threshold is not known', 0) end
   if slope ~= 0 then return nn.LeakyReLU(slope) end
   return is_none(c.max_value) and nn.ReLU() or nn.Clamp(0, c.max_value)
end
function layers.PReLU(c, w, x)
   local slopes = w[1]:contiguous():view(-1)
   if slopes:nElement() ~= 1 and slopes:nElement() ~= x:size(x:dim()) then error('PReLU with a slope for each position is not known', 0) end
   local prelu = nn.PReLU(slopes:nElement() > 1 and slopes:nElement() or nil)
   prelu.weight:copy(slopes)
   return x:dim() == 4 and channels_first(prelu) or over_last(prelu, x)
end
function layers.LeakyReLU(c) return nn.LeakyReLU(c.negative_slope or c.alpha) end
function layers.ELU(c) return nn.ELU(c.alpha) end
function layers.Softmax(c, w, x) return over_last(nn.SoftMax(), x) end
function layers.Rescaling(c) return nn.Sequential():add(nn.MulConstant(c.scale)):add(nn.AddConstant(c.offset)) end
function layers.ZeroPadding2D(c)
   local p = c.padding
   return channels_first(nn.SpatialZeroPadding(p[2][1], p[2][2], p[1][1], p[1][2]))
end
function layers.ZeroPadding1D(c)
   local p = type(c.padding) == 'table' and c.padding or {c.padding, c.padding}
   return padded(2, p[1], p[2]):add(nn.Identity())
end
function layers.Cropping2D(c)
   local p = c.cropping
   return channels_first(nn.SpatialZeroPadding(-p[2][1], -p[2][2], -p[1][1], -p[1][2]))
end
function layers.UpSampling1D(c, w, x)
   return nn.Sequential():add(nn.Replicate(c.size, 3)):add(nn.Contiguous()):add(nn.View(-1, x:size(3)):setNumInputDims(3))
end
function layers.UpSampling2D(c, w, x)
   local size = c.size
   if c.interpolation == 'bilinear' then
      return channels_first(nn.SpatialUpSamplingBilinear{oheight = size[1] * x:size(2), owidth = size[2] * x:size(3), coordinates = 'half_pixel'})
   end
   if (c.interpolation or 'nearest') ~= 'nearest' then error(('UpSampling2D with interpolation %s is not known'):format(c.interpolation), 0) end
   if size[1] == size[2] then return channels_first(nn.SpatialUpSamplingNearest(size[1])) end
   local net, h, n, channels = nn.Sequential(), x:size(2), x:size(3), x:size(4)
   net:add(nn.Replicate(size[2], 4)):add(nn.Contiguous()):add(nn.View(h, n * size[2], channels):setNumInputDims(4))
   return net:add(nn.Replicate(size[1], 3)):add(nn.Contiguous()):add(nn.View(h * size[1], n * size[2], channels):setNumInputDims(4))
end
function layers.Average(c, w, x, n) return nn.Sequential():add(nn.CAddTable()):add(nn.MulConstant(1 / n)) end
function layers.Concatenate(c, w, x) return nn.JoinTable(c.axis < 0 and x:dim() + 1 + c.axis or c.axis + 1) end
function layers.Add() return nn.CAddTable() end
function layers.Multiply() return nn.CMulTable() end
function layers.Subtract() return nn.CSubTable() end
function layers.Maximum() return nn.CMaxTable() end
function layers.Minimum() return nn.CMinTable() end

local no_activation = {Activation = true, SimpleRNN = true, LSTM = true, GRU = true}

-- ---- masks: which steps of a sequence count ----

local reads_mask = {SimpleRNN = true, LSTM = true, GRU = true, Bidirectional = true}
local passes_mask = {Dense = true, Activation = true, ReLU = true, LeakyReLU = true, ELU = true, Dropout = true, SpatialDropout1D = true, GaussianNoise = true,
   GaussianDropout = true, AlphaDropout = true, LayerNormalization = true, BatchNormalization = true, TimeDistributed = true, ActivityRegularization = true}
local forgets_mask = {Conv1D = true, MaxPooling1D = true, AveragePooling1D = true, GlobalMaxPooling1D = true, Flatten = true, Reshape = true, Permute = true,
   ZeroPadding1D = true, UpSampling1D = true, RepeatVector = true, Rescaling = true}

-- The mask that a layer reads, a value; notes which one its output has.
local function mask_of(net, layer, inputs)
   local c, class, name, mask = layer.config, layer.class_name, layer.config.name, nil
   for _, input in ipairs(inputs) do mask = mask or net.masks[input] end
   if class == 'Masking' or class == 'Embedding' and c.mask_zero then
      net:add(name .. '/mask', nn.SeqMask(class == 'Masking' and c.mask_value or 0), inputs[1])
      net.masks[name] = name .. '/mask'
      return nil
   end
   if not mask or forgets_mask[class] then return nil end
   if not reads_mask[class] and not passes_mask[class] then error(('layer %s: %s of steps that are masked is not known'):format(name, class), 0) end
   local sequences = (c.layer and c.layer.config or c).return_sequences
   if passes_mask[class] or sequences then net.masks[name] = mask end
   return reads_mask[class] and mask or nil
end

-- ---- the graph ----

-- The value that is output v[3], from 0, of a layer.
local function output_of(v)
   return type(v[3]) == 'number' and v[3] > 0 and ('%s:%d'):format(v[1], v[3]) or v[1]
end

-- Names of the values that a layer reads: Keras 3's are in the history of its arguments, Keras 2's in lists.
local function readers(v, list)
   if type(v) ~= 'table' then return list end
   if v.keras_history then
      list[#list + 1] = output_of(v.keras_history)
   elseif type(v[1]) == 'string' and type(v[2]) == 'number' then
      list[#list + 1] = output_of(v)
   else
      for _, x in ipairs(v) do readers(x, list) end
      readers(v.args, list)
      readers(type(v.kwargs) == 'table' and v.kwargs.initial_state or nil, list)
      readers(v.config, list)
   end
   return list
end

local function names_of(v)
   local list = {}
   if type(v) ~= 'table' then error('the model does not name its inputs and outputs', 0) end
   if type(v[1]) == 'string' then return {output_of(v)} end
   for i, x in ipairs(v) do list[i] = type(x) == 'table' and output_of(x) or x end
   return list
end

local models = {Sequential = true, Functional = true, Model = true} -- among the layers of another

local function unknown_layers(config, list)
   if type(config.layers) ~= 'table' then error(('model %s has its layers in a program'):format(tostring(config.name)), 0) end
   for i, layer in ipairs(config.layers) do
      if type(layer) ~= 'table' or type(layer.class_name) ~= 'string' or type(layer.config) ~= 'table' or type(layer.config.name) ~= 'string' then
         error(('layer %d of model %s is no layer: it has no class_name, config and name'):format(i, tostring(config.name)), 0)
      end
      if models[layer.class_name] then
         unknown_layers(layer.config, list)
      elseif layer.class_name ~= 'InputLayer' and not layers[layer.class_name] then
         list[#list + 1] = ('%s (%s)'):format(layer.config.name, layer.class_name)
      end
   end
   return list
end

local function refuse_unknown(config)
   local unknown = unknown_layers(config, {})
   if #unknown > 0 then error('layers that nn has no module for here: ' .. table.concat(unknown, ', '), 0) end
end

local SAMPLES, OPEN = 2, 16 -- of the examples; the second where the file leaves a size open

-- example: of the value that a model among the layers reads; nil for an input of the whole.
local function add_input(net, layer, example)
   local shape, sizes = layer.config.batch_shape or layer.config.batch_input_shape, example and example:size():totable() or {}
   if not example and type(shape) ~= 'table' then error(('layer %s: the file has no shape of its input; build the model before it is saved'):format(layer.config.name), 0) end
   for d, s in ipairs(example and {} or shape) do sizes[d] = d == 1 and SAMPLES or is_none(s) and OPEN or s end
   net:input(layer.config.name, sizes)
end

-- The module with weights in one that is made for a layer.
local function innermost(module)
   while module.modules and not module.weight do
      local found = module
      for _, m in ipairs(module.modules) do if m.weight or m.modules and #m.modules > 0 then found = m end end
      if found == module then break end
      module = found
   end
   return module.weight and module or nil
end

-- Of several outputs the first has the layer's name, the others that with :1, :2.
local function add_outputs(net, name, module, from)
   local result = net:add(name, module, from)
   if torch.isTensor(result) then return end
   local all = name .. '/all'
   net:alias(all, name)
   for i = 1, #result do net:add(i == 1 and name or ('%s:%d'):format(name, i - 1), nn.SelectTable(i), all) end
end

local build

local function add_layer(net, layer, inputs, weights, inside)
   local c, name, examples = layer.config, layer.config.name, {}
   for i, input in ipairs(inputs) do examples[i] = net:example(input) end
   if c.data_format == 'channels_first' then error(('layer %s: data_format channels_first is not known'):format(name), 0) end
   local mask = mask_of(net, layer, inputs)
   local masked = mask and {inputs[1], mask}
   local from = masked or #inputs > 1 and inputs or inputs[1]
   if models[layer.class_name] then
      local module, own = build(layer.class_name, c, examples, inside(name, c))
      add_outputs(net, name, module, from)
      for inner, m in pairs(own) do net.layers[name .. '/' .. inner] = m end
      return
   end
   local ok, module = pcall(layers[layer.class_name], c, weights(name), examples[1], masked and 2 or #inputs, mask ~= nil)
   if not ok then error(('layer %s: %s'):format(name, module), 0) end
   local after = not no_activation[layer.class_name] and activation(c.activation, examples[1])
   add_outputs(net, after and name .. '/before' or name, module, from)
   net.layers[name] = innermost(module)
   if after then net:add(name, after, name .. '/before') end
end

local function new_net()
   local net = graph.new()
   net.masks = {} -- of values that have one
   return net
end

local function build_chain(config, examples, weights, inside)
   local net, before, first = new_net(), nil, config.layers[1].config.name
   if config.layers[1].class_name ~= 'InputLayer' then -- Keras 2: the shape is the first layer's
      first = first .. '/input'
      add_input(net, {config = {name = first, batch_shape = config.layers[1].config.batch_input_shape}}, examples[1])
      before = first
   end
   for _, layer in ipairs(config.layers) do
      if layer.class_name == 'InputLayer' then add_input(net, layer, examples[1]) else add_layer(net, layer, {before}, weights, inside) end
      before = layer.config.name
   end
   return net:finish({first}, {before})
end

-- net, layers: of a model's config, of which examples of the inputs are given where it is a layer of another.
function build(class, config, examples, weights, inside)
   if #config.layers == 0 then error('a model without layers', 0) end
   if class == 'Sequential' then return build_chain(config, examples, weights, inside) end
   local net, by_name, done, given = new_net(), {}, {}, {}
   local ins, outs = names_of(config.input_layers), names_of(config.output_layers)
   for i, name in ipairs(ins) do given[name] = examples[i] end
   for _, layer in ipairs(config.layers) do by_name[layer.config.name] = layer end
   local function visit(value)
      local name = by_name[value] and value or tostring(value):match('^(.*):%d+$') or value
      if done[name] then return end
      done[name] = true
      local layer = by_name[name] or error(('a layer reads %s, which the model does not have'):format(tostring(name)), 0)
      local inputs = readers(layer.inbound_nodes, {})
      for _, input in ipairs(inputs) do visit(input) end
      if layer.class_name == 'InputLayer' then add_input(net, layer, given[name]) else add_layer(net, layer, inputs, weights, inside) end
   end
   for _, name in ipairs(ins) do visit(name) end
   for _, name in ipairs(outs) do visit(name) end
   return net:finish(ins, outs)
end

return function(path)
   local file = formats.open(path)
   local about = file:metadata()
   local model = about.config
   if type(model) ~= 'table' or not model.config then
      error('it has weights alone; save the model with its layers', 0)
   end
   local config = model.config
   if type(config.layers) ~= 'table' then error(('a model of class %s, whose layers are in a program'):format(tostring(model.class_name)), 0) end
   refuse_unknown(config)
   local make = about.model_config and of_keras2 or of_keras3
   return build(model.class_name, config, {}, make(file, about, config))
end
