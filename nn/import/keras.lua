-- Models of Keras as modules of nn. Values keep Keras's order of dimensions, channels last.
local graph = require 'nn.import.graph'
local formats = require 'torch.formats'

-- ---- weights ----

local function snake_case(class) -- MaxPooling1D is max_pooling1d
   return (class:gsub('(.)(%u%l+)', '%1_%2'):gsub('(%l)(%u)', '%1_%2'):lower())
end

-- Keras 3 numbers groups by class, in the order of the layers; newer versions note the layer's own name, too.
local function of_keras3(file, about, config)
   local places, counts = {}, {}
   for _, layer in ipairs(config.layers) do
      local class = snake_case(layer.class_name)
      local n = counts[class] or 0
      counts[class] = n + 1
      places[layer.config.name] = 'layers/' .. class .. (n > 0 and '_' .. n or '') .. '/vars'
   end
   for key, value in pairs(about) do
      local place = type(value) == 'string' and tostring(key):match('^(.*/vars)@name$')
      if place then places[value] = place end
   end
   return function(layer)
      local list, place = {}, places[layer]
      while file:entry(('%s/%d'):format(place, #list)) do list[#list + 1] = file:tensor(('%s/%d'):format(place, #list)) end
      return list
   end
end

local function of_keras2(file, about)
   return function(layer)
      for _, prefix in ipairs{'model_weights/' .. layer, layer} do
         local list = {}
         for i, name in ipairs(about[prefix .. '@weight_names'] or {}) do list[i] = file:tensor(prefix .. '/' .. name) end
         if #list > 0 then return list end
      end
      return {}
   end
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
   softmax = function(x) return over_last(nn.SoftMax(), x) end, log_softmax = function(x) return over_last(nn.LogSoftMax(), x) end,
}

local function activation(name, x)
   if is_none(name) or name == 'linear' then return nil end
   local make = activations[name] or error(('activation %s is not known'):format(tostring(name)), 0)
   return make(x)
end

-- A picture's layer between the two orders of dimensions.
local function channels_first(module)
   return nn.Sequential():add(nn.Transpose({2, 4}, {3, 4})):add(module):add(nn.Transpose({3, 4}, {2, 4}))
end

local function single(v) return type(v) == 'table' and v[1] or v end

-- Zeros (or `value`) before and behind, as 'same' puts them: the larger half behind.
local function same_pads(size, kernel, stride)
   local total = math.max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
   return math.floor(total / 2), total - math.floor(total / 2)
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

function layers.Conv1D(c, w, x)
   local k, stride = single(c.kernel_size), single(c.strides)
   if single(c.dilation_rate) ~= 1 or (c.groups or 1) ~= 1 then error('Conv1D with dilation or groups is not known', 0) end
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
   if same_picture(c, x, k) then error('AveragePooling2D with padding is not known', 0) end
   return channels_first(nn.SpatialAveragePooling(k[2], k[1], s[2], s[1]))
end

local function flat(module) return nn.Sequential():add(module):add(nn.Mean(2)) end
function layers.GlobalAveragePooling1D(c, w, x) return nn.Mean(2) end
function layers.GlobalAveragePooling2D(c, w, x) return flat(nn.Mean(2)) end
function layers.GlobalMaxPooling1D(c, w, x) return nn.Max(2) end
function layers.GlobalMaxPooling2D(c, w, x) return nn.Sequential():add(nn.Max(2)):add(nn.Max(2)) end

-- gamma and beta are there when scale and center say so.
function layers.BatchNormalization(c, w, x)
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
   local norm = nn.LayerNorm(x:size(x:dim()), c.epsilon)
   if w[1] then norm.weight:copy(w[1]) end
   if w[2] then norm.bias:copy(w[2]) end
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
function layers.ReLU(c) return is_none(c.max_value) and nn.ReLU() or nn.Clamp(0, c.max_value) end
function layers.LeakyReLU(c) return nn.LeakyReLU(c.negative_slope or c.alpha) end
function layers.ELU(c) return nn.ELU(c.alpha) end
function layers.Softmax(c, w, x) return over_last(nn.SoftMax(), x) end
function layers.Rescaling(c) return nn.Sequential():add(nn.MulConstant(c.scale)):add(nn.AddConstant(c.offset)) end
function layers.ZeroPadding2D(c)
   local p = c.padding
   return channels_first(nn.SpatialZeroPadding(p[2][1], p[2][2], p[1][1], p[1][2]))
end
function layers.Concatenate(c, w, x) return nn.JoinTable(c.axis < 0 and x:dim() + 1 + c.axis or c.axis + 1) end
function layers.Add() return nn.CAddTable() end
function layers.Multiply() return nn.CMulTable() end
function layers.Subtract() return nn.CSubTable() end
function layers.Maximum() return nn.CMaxTable() end
function layers.Minimum() return nn.CMinTable() end

local no_activation = {Activation = true}

-- ---- the graph ----

-- Names of the layers that a layer reads: Keras 3's are in the history of its arguments, Keras 2's in lists.
local function readers(v, list)
   if type(v) ~= 'table' then return list end
   if v.keras_history then
      list[#list + 1] = v.keras_history[1]
   elseif type(v[1]) == 'string' and type(v[2]) == 'number' then
      list[#list + 1] = v[1]
   else
      for _, x in ipairs(v) do readers(x, list) end
      readers(v.args, list)
      readers(v.config, list)
   end
   return list
end

local function names_of(v)
   local list = {}
   if type(v[1]) == 'string' then return {v[1]} end
   for i, x in ipairs(v) do list[i] = type(x) == 'table' and x[1] or x end
   return list
end

local function refuse_unknown(config)
   local unknown = {}
   for _, layer in ipairs(config.layers) do
      if layer.class_name ~= 'InputLayer' and not layers[layer.class_name] then
         unknown[#unknown + 1] = ('%s (%s)'):format(layer.config.name, layer.class_name)
      end
   end
   if #unknown > 0 then error('layers that nn has no module for here: ' .. table.concat(unknown, ', '), 0) end
end

local SAMPLES, OPEN = 2, 16 -- of the examples; the second where the file leaves a size open

local function add_input(net, layer, for_words)
   local shape, sizes = layer.config.batch_shape or layer.config.batch_input_shape, {}
   for d, s in ipairs(shape) do sizes[d] = d == 1 and SAMPLES or is_none(s) and OPEN or s end
   net:input(layer.config.name, sizes)
   if for_words then net.values[layer.config.name].example:zero() end
end

local function add_layer(net, layer, inputs, weights)
   local c, name = layer.config, layer.config.name
   local from = #inputs > 1 and inputs or inputs[1]
   local module = layers[layer.class_name](c, weights(name), net:example(inputs[1]))
   local after = not no_activation[layer.class_name] and activation(c.activation, net:example(inputs[1]))
   net:add(after and name .. '/before' or name, module, from)
   local inner = module
   while inner.modules and not inner.weight do -- what has the weights
      local found = inner
      for _, m in ipairs(inner.modules) do if m.weight or m.modules and #m.modules > 0 then found = m end end
      if found == inner then break end
      inner = found
   end
   if inner.weight then net.layers[name] = inner end
   if after then net:add(name, after, name .. '/before') end
end

return function(path)
   local file = formats.open(path)
   local about = file:metadata()
   local model = about.config
   if type(model) ~= 'table' or not model.config then
      error('it has weights alone; save the model with its layers', 0)
   end
   local config = model.config
   local weights = about.model_config and of_keras2(file, about) or of_keras3(file, about, config)
   refuse_unknown(config)
   local net, by_name, done = graph.new(), {}, {}
   for _, layer in ipairs(config.layers) do by_name[layer.config.name] = layer end
   if model.class_name == 'Sequential' then
      local before
      for _, layer in ipairs(config.layers) do
         if layer.class_name == 'InputLayer' then add_input(net, layer) else add_layer(net, layer, {before}, weights) end
         before = layer.config.name
      end
      return net:finish({config.layers[1].config.name}, {before})
   end
   local function visit(name)
      if done[name] then return end
      done[name] = true
      local layer, inputs = by_name[name], readers(by_name[name].inbound_nodes, {})
      for _, input in ipairs(inputs) do visit(input) end
      if layer.class_name == 'InputLayer' then add_input(net, layer) else add_layer(net, layer, inputs, weights) end
   end
   local ins, outs = names_of(config.input_layers), names_of(config.output_layers)
   for _, name in ipairs(ins) do visit(name) end
   for _, name in ipairs(outs) do visit(name) end
   return net:finish(ins, outs)
end
