-- Graphs of ONNX as modules of nn, where they have the shape of a net: weights are constants, layers read few values.
local graph = require 'nn.import.graph'
local sequence = require 'nn.import.sequence'
local chain = graph.chain

-- What handlers get: the net, the node's attributes, constants by name.
local Builder = {}
Builder.__index = Builder

local function fail(node, ...) error(('%s (%s): '):format(node.outputs[1], node.kind) .. string.format(...), 0) end

-- The constant that is input i of a node; nil where it is none, or left out.
function Builder:constant(node, i)
   local name = node.inputs[i]
   return name and name ~= '' and self.constants[name] or nil
end

function Builder:needed(node, i)
   return self:constant(node, i) or fail(node, 'input %d must be a constant', i)
end

-- Numbers of an attribute, or of input i as newer versions have them.
function Builder:numbers(node, name, i)
   if node.attributes[name] then return node.attributes[name] end
   local c = i and self:constant(node, i)
   return c and c:double():view(-1):totable() or nil
end

-- A layer's name: that of its weight, without the last word.
local function layer_name(node)
   local weight = node.inputs[2] or ''
   return weight:match('^(.+)[./][^./]*$') or (node.name ~= '' and node.name) or node.outputs[1]
end

--- The value that a node makes, by a module from inputs of the graph or of earlier nodes.
function Builder:add(node, module, inputs, layer)
   if type(inputs) == 'table' and #inputs == 1 then inputs = inputs[1] end
   self.net:add(node.outputs[1], module, inputs or node.inputs[1], layer)
end

function Builder:example(node, i)
   local value = self.net.values[node.inputs[i or 1]]
   return value and value.example or fail(node, 'input %d is a constant', i or 1)
end

-- A few bytes of a file can ask for any size: results for an example that are larger than any input may be are refused.
local MOST = graph.MOST
local function bounded(node, x, height, width)
   local n = x:nElement() / (x:size(3) * x:size(4)) * height * width
   if not (n <= MOST) then fail(node, 'a result of %g elements for an example of %d', n, x:nElement()) end
end

local handlers = {}

-- ---- one module each ----

local plain = {Relu = 'ReLU', Sigmoid = 'Sigmoid', Tanh = 'Tanh', Abs = 'Abs', Exp = 'Exp', Log = 'Log', Sqrt = 'Sqrt', Softsign = 'SoftSign', Softplus = 'SoftPlus',
   Identity = 'Identity'}
for kind, class in pairs(plain) do handlers[kind] = function(b, node) b:add(node, nn[class]()) end end
function handlers.LeakyRelu(b, node) b:add(node, nn.LeakyReLU(node.attributes.alpha or 0.01)) end
function handlers.Elu(b, node) b:add(node, nn.ELU(node.attributes.alpha or 1)) end
function handlers.Gelu(b, node) b:add(node, nn.GELU(node.attributes.approximate == 'tanh' or nil)) end
function handlers.Neg(b, node) b:add(node, nn.MulConstant(-1)) end
function handlers.Dropout(b, node)
   local ratio = b:constant(node, 2)
   b:add(node, nn.Dropout(ratio and ratio[1] or node.attributes.ratio or 0.5))
end
function handlers.Clip(b, node)
   local low, high = b:constant(node, 2), b:constant(node, 3)
   b:add(node, nn.Clamp(low and low[1] or node.attributes.min or -3.4e38, high and high[1] or node.attributes.max or 3.4e38))
end

function handlers.HardSigmoid(b, node)
   local a = node.attributes
   b:add(node, nn.Sequential():add(nn.MulConstant(a.alpha or 0.2)):add(nn.AddConstant(a.beta or 0.5)):add(nn.Clamp(0, 1)))
end

-- Softmax along one dimension: the last one's numbers are brought to rows.
local function along(class)
   return function(b, node)
      local x = b:example(node)
      local axis = node.attributes.axis or (b.opset < 13 and 1 or -1)
      local dim = axis < 0 and x:dim() + 1 + axis or axis + 1
      if dim == 2 and x:dim() == 4 then return b:add(node, nn['Spatial' .. class]()) end
      if dim ~= x:dim() then fail(node, 'along dimension %d of %d is not known', dim, x:dim()) end
      local soft = nn[class]()
      b:add(node, x:dim() > 2 and nn.Bottle(soft) or soft)
   end
end
handlers.Softmax, handlers.LogSoftmax = along('SoftMax'), along('LogSoftMax')

-- ---- arithmetic: of two values, or of a value and a constant ----

local function scalar(c) return c:nElement() == 1 end

-- A learned tensor of the constant's size, beside x; sizes in front are 1.
local function sized(class, field, c, x)
   local size = {}
   for d = 1, x:dim() do
      local own = d - (x:dim() - c:dim())
      size[d] = own >= 1 and c:size(own) or 1
      if size[d] ~= 1 and size[d] ~= x:size(d) then size = nil break end
   end
   if not size or c:dim() > x:dim() then error('a constant that is larger than what it is combined with', 0) end
   local module = nn[class](unpack(size))
   module[field]:copy(c)
   return module
end

local function arithmetic(table_class, with_number, with_tensor)
   return function(b, node)
      local left, right = b:constant(node, 1), b:constant(node, 2)
      if not left and not right then
         if not b:example(node, 1):isSameSizeAs(b:example(node, 2)) then fail(node, 'two values of different sizes') end
         return b:add(node, nn[table_class](), node.inputs)
      end
      local c, x = left or right, b:example(node, left and 2 or 1)
      local module = scalar(c) and with_number(c:view(-1)[1], left ~= nil) or with_tensor(c, x, left ~= nil)
      b:add(node, module, node.inputs[left and 2 or 1], layer_name(node))
   end
end
handlers.Add = arithmetic('CAddTable', function(v) return nn.AddConstant(v) end, function(c, x) return sized('CAdd', 'bias', c, x) end)
handlers.Mul = arithmetic('CMulTable', function(v) return nn.MulConstant(v) end, function(c, x) return sized('CMul', 'weight', c, x) end)
handlers.Sub = arithmetic('CSubTable',
   function(v, left) return left and chain(nn.MulConstant(-1), nn.AddConstant(v)) or nn.AddConstant(-v) end,
   function(c, x, left) return left and chain(nn.MulConstant(-1), sized('CAdd', 'bias', c, x)) or sized('CAdd', 'bias', -c, x) end)
handlers.Div = arithmetic('CDivTable',
   function(v, left) return left and chain(nn.Power(-1), nn.MulConstant(v)) or nn.MulConstant(1 / v) end,
   function(c, x, left) return left and chain(nn.Power(-1), sized('CMul', 'weight', c, x)) or sized('CMul', 'weight', torch.pow(c, -1), x) end)
function handlers.Pow(b, node) b:add(node, nn.Power(b:needed(node, 2):view(-1)[1])) end
function handlers.Sum(b, node) b:add(node, nn.CAddTable(), node.inputs) end
function handlers.Max(b, node) b:add(node, nn.CMaxTable(), node.inputs) end
function handlers.Min(b, node) b:add(node, nn.CMinTable(), node.inputs) end

-- ---- layers with weights ----

function handlers.Gemm(b, node)
   local a, w, bias = node.attributes, b:needed(node, 2), b:constant(node, 3)
   if a.transA == 1 or (a.alpha or 1) ~= 1 or (a.beta or 1) ~= 1 then fail(node, 'transA, alpha and beta are not known') end
   if a.transB ~= 1 then w = w:t() end
   if bias and bias:nElement() == 1 and w:size(1) > 1 then bias = bias:view(1):expand(w:size(1)) end
   local linear = graph.fill(nn.Linear(w:size(2), w:size(1)), w, bias and bias:contiguous():view(-1))
   b:add(node, linear, nil, layer_name(node))
end

function handlers.MatMul(b, node)
   local w = b:constant(node, 2)
   if not w then
      if b:constant(node, 1) then fail(node, 'a constant on the left is not known') end
      return b:add(node, nn.MM(), node.inputs)
   end
   if w:dim() ~= 2 then fail(node, 'a weight of %d dimensions', w:dim()) end
   local linear = graph.fill(nn.Linear(w:size(1), w:size(2)), w:t())
   b:add(node, b:example(node):dim() > 2 and nn.Bottle(linear) or linear, nil, layer_name(node))
end

-- Pads of a picture: left, right, top, bottom.
local function pads_of(b, node, x, kernel, strides, dilations)
   local p, auto = node.attributes.pads or {0, 0, 0, 0}, node.attributes.auto_pad or 'NOTSET'
   if #p ~= 4 then fail(node, '%d pads for a picture', #p) end
   bounded(node, x, x:size(3) + math.max(p[1], 0) + math.max(p[3], 0), x:size(4) + math.max(p[2], 0) + math.max(p[4], 0))
   if auto == 'NOTSET' or auto == 'VALID' then return p[2], p[4], p[1], p[3] end
   local both = {}
   for d = 1, 2 do
      local size = x:size(2 + d)
      local total = math.max((math.ceil(size / strides[d]) - 1) * strides[d] + (kernel[d] - 1) * dilations[d] + 1 - size, 0)
      both[d] = {math.floor(total / 2), math.ceil(total / 2)}
      if auto == 'SAME_LOWER' then both[d][1], both[d][2] = both[d][2], both[d][1] end
   end
   return both[2][1], both[2][2], both[1][1], both[1][2]
end

local function padded(module, left, right, top, bottom) return chain(nn.SpatialZeroPadding(left, right, top, bottom), module) end

-- A sequence is a picture of one row.
local function as_picture(module) return chain(nn.Unsqueeze(3), module, nn.Squeeze(3)) end
local function as_row(node)
   local p = node.attributes.pads or {0, 0}
   return {inputs = node.inputs, outputs = node.outputs, kind = node.kind, name = node.name, attributes = {auto_pad = node.attributes.auto_pad, pads = {0, p[1], 0, p[2]}}}
end

function handlers.Conv(b, node)
   local a, w, x = node.attributes, b:needed(node, 2), b:example(node)
   local bias, flat = b:constant(node, 3), w:dim() == 3
   if w:dim() > 4 then fail(node, 'pictures of %d dimensions are not known', w:dim() - 2) end
   local function both(v, default) return flat and {default, (v or {default})[1]} or v or {default, default} end
   local strides, dilations = both(a.strides, 1), both(a.dilations, 1)
   if flat then
      w, x = w:view(w:size(1), w:size(2), 1, -1), x:view(x:size(1), x:size(2), 1, -1)
      node = as_row(node)
   end
   local kernel = {w:size(3), w:size(4)}
   local left, right, top, bottom = pads_of(b, node, x, kernel, strides, dilations)
   local even = left == right and top == bottom
   local conv = nn.SpatialDilatedConvolution(x:size(2), w:size(1), kernel[2], kernel[1], strides[2], strides[1], even and left or 0, even and top or 0,
      dilations[2], dilations[1], a.group or 1)
   graph.fill(conv, w, bias)
   local module = even and conv or padded(conv, left, right, top, bottom)
   b:add(node, flat and as_picture(module) or module)
   b.net.layers[layer_name(node)] = conv
end

function handlers.ConvTranspose(b, node)
   local a, w, x = node.attributes, b:needed(node, 2), b:example(node)
   local s, p, adj, d = a.strides or {1, 1}, a.pads or {0, 0, 0, 0}, a.output_padding or {0, 0}, a.dilations or {1, 1}
   if w:dim() ~= 4 or a.output_shape or (a.auto_pad or 'NOTSET') ~= 'NOTSET' or p[1] ~= p[3] or p[2] ~= p[4] or d[1] ~= 1 or d[2] ~= 1 then
      fail(node, 'uneven pads, dilation, output_shape, or other than pictures are not known')
   end
   bounded(node, x, (x:size(3) - 1) * s[1] + w:size(3) + adj[1], (x:size(4) - 1) * s[2] + w:size(4) + adj[2])
   local conv = nn.SpatialFullConvolution(x:size(2), w:size(2) * (a.group or 1), w:size(4), w:size(3), s[2], s[1], p[2], p[1], adj[2], adj[1], a.group or 1)
   b:add(node, graph.fill(conv, w, b:constant(node, 3)), nil, layer_name(node))
end

function handlers.BatchNormalization(b, node)
   local x, a = b:example(node), node.attributes
   local class = ({[2] = 'BatchNormalization', [4] = 'SpatialBatchNormalization', [5] = 'VolumetricBatchNormalization'})[x:dim()]
   local module = nn[class or 'SpatialBatchNormalization'](x:size(2), a.epsilon or 1e-5, 1 - (a.momentum or 0.9))
   graph.fill_norm(module, b:needed(node, 2), b:needed(node, 3), b:needed(node, 4), b:needed(node, 5))
   b:add(node, class and module or as_picture(module), nil, layer_name(node))
end

function handlers.LayerNormalization(b, node)
   local x, a, w = b:example(node), node.attributes, b:needed(node, 2)
   if (a.axis or -1) ~= -1 and a.axis ~= x:dim() - 1 then fail(node, 'over more than the last dimension') end
   local norm, bias = nn.LayerNorm(x:size(x:dim()), a.epsilon or 1e-5), b:constant(node, 3)
   norm.weight:copy(w)
   if bias then norm.bias:copy(bias) else norm.bias:zero() end
   b:add(node, norm, nil, layer_name(node))
end

function handlers.LRN(b, node)
   local a = node.attributes
   b:add(node, nn.SpatialCrossMapLRN(a.size, a.alpha or 1e-4, a.beta or 0.75, a.bias or 1))
end

function handlers.PRelu(b, node)
   local slope = b:needed(node, 2)
   local prelu = nn.PReLU(slope:nElement() > 1 and slope:nElement() or nil)
   prelu.weight:copy(slope:contiguous():view(-1))
   b:add(node, prelu, nil, layer_name(node))
end

function handlers.Gather(b, node) -- rows of a table of words, which ONNX counts from 0
   local w, word = b:needed(node, 1), b.words[node.inputs[2]]
   if (node.attributes.axis or 0) ~= 0 or w:dim() ~= 2 then fail(node, 'other than rows of a matrix') end
   if not word then fail(node, 'rows that are computed') end
   local look, more = nn.LookupTable(w:size(1), w:size(2)), word.more + 1
   look.weight:copy(w)
   local counted = more ~= 0 and chain(nn.Copy('torch.LongTensor', 'torch.FloatTensor', true, true), nn.AddConstant(more), look)
   b:add(node, counted or look, word.input)
   b.net.layers[node.inputs[1]:match('^(.+)[./][^./]*$') or node.inputs[1]] = look
end

-- Whether the node only counts words from another number.
local function counts_words(b, node)
   local word, c = b.words[node.inputs[1]], b:constant(node, 2)
   if not word then return false end
   local sign = ({Add = 1, Sub = -1})[node.kind]
   if node.kind ~= 'Cast' and node.kind ~= 'Identity' and not (sign and c and scalar(c)) then return false end
   b.words[node.outputs[1]] = {input = word.input, more = word.more + (sign and sign * c:view(-1)[1] or 0)}
   return true
end

-- ---- pooling ----

-- How many windows there are along a dimension; none begins in the pads behind.
local function windows(size, k, s, before, after, ceil)
   local n = (ceil and math.ceil or math.floor)((size + before + after - k) / s) + 1
   return ceil and (n - 1) * s >= size + before and n - 1 or n
end

local function pool(class)
   local average = class == 'SpatialAveragePooling'
   return function(b, node)
      local a, x = node.attributes, b:example(node)
      local flat, k, s = x:dim() == 3, a.kernel_shape, a.strides or {1, 1}
      for _, d in ipairs(a.dilations or {}) do if d ~= 1 then fail(node, 'dilated windows are not known') end end
      if flat then
         x, k, s, node = x:view(x:size(1), x:size(2), 1, -1), {1, k[1]}, {1, s[1]}, as_row(node)
      elseif x:dim() ~= 4 then
         fail(node, 'other than pictures and sequences')
      end
      local left, right, top, bottom = pads_of(b, node, x, k, s, {1, 1})
      local even = left == right and top == bottom and left <= k[2] / 2 and top <= k[1] / 2
      local module = nn[class](k[2], k[1], s[2], s[1], even and left or 0, even and top or 0)
      if a.ceil_mode == 1 then module:ceil() end
      if average and a.count_include_pad ~= 1 and left + right + top + bottom > 0 then
         local counts = {windows(x:size(3), k[1], s[1], top, bottom, a.ceil_mode == 1), windows(x:size(4), k[2], s[2], left, right, a.ceil_mode == 1)}
         local good, made = pcall(graph.average, {x:size(3), x:size(4)}, k, s, {top, left}, counts)
         module = good and made or fail(node, '%s', made)
      elseif average and not even and a.ceil_mode == 1 then
         fail(node, 'uneven pads and ceil_mode')
      elseif not even then
         local pad = average and nn.SpatialZeroPadding(left, right, top, bottom) or
            chain(nn.Padding(3, -top, nil, -math.huge), nn.Padding(3, bottom, nil, -math.huge), nn.Padding(4, -left, nil, -math.huge), nn.Padding(4, right, nil, -math.huge))
         module = chain(pad, module)
      end
      b:add(node, flat and as_picture(module) or module)
   end
end
handlers.MaxPool, handlers.AveragePool = pool('SpatialMaxPooling'), pool('SpatialAveragePooling')

-- Over the last dimensions, kept with size 1.
local function reduced(b, node, class, dims, keep)
   local net, x = nn.Sequential(), b:example(node)
   table.sort(dims, function(p, q) return p > q end)
   for _, d in ipairs(dims) do net:add(nn[class](d)) end
   if keep then
      table.sort(dims)
      for _, d in ipairs(dims) do net:add(nn.Unsqueeze(d)) end
   end
   b:add(node, net)
end
local function all_positions(class)
   return function(b, node)
      local dims = {}
      for d = 3, b:example(node):dim() do dims[#dims + 1] = d end
      reduced(b, node, class, dims, true)
   end
end
handlers.GlobalAveragePool, handlers.GlobalMaxPool = all_positions('Mean'), all_positions('Max')
local function reduction(class)
   return function(b, node)
      local axes, dims, x = b:numbers(node, 'axes', 2), {}, b:example(node)
      for i, axis in ipairs(axes or fail(node, 'over everything')) do
         dims[i] = axis < 0 and x:dim() + 1 + axis or axis + 1
         if dims[i] == 1 then fail(node, 'over samples') end
      end
      reduced(b, node, class, dims, node.attributes.keepdims ~= 0)
   end
end
handlers.ReduceMean, handlers.ReduceSum, handlers.ReduceMax, handlers.ReduceMin = reduction('Mean'), reduction('Sum'), reduction('Max'), reduction('Min')

-- ---- recurrent layers: steps x samples x numbers; results have a dimension of directions, the second ----

-- Blocks of rows of PyTorch's order out of those of ONNX, i o f c.
local function lstm_rows(t) return nn.SeqRecurrent.reordered(t, {1, 3, 4, 2}) end

local usual = {LSTM = {'Sigmoid', 'Tanh', 'Tanh'}, GRU = {'Sigmoid', 'Tanh'}}
local plain_activations = {Tanh = 'tanh', Relu = 'relu', Sigmoid = 'sigmoid'}

local function check_recurrent(b, node)
   local a = node.attributes
   for i, name in ipairs(a.activations or {}) do
      local expected = node.kind == 'RNN' and (plain_activations[name] and name or 'Tanh, Relu or Sigmoid') or usual[node.kind][(i - 1) % #usual[node.kind] + 1]
      if name ~= expected then fail(node, 'activation %s in place of %s', name, expected) end
   end
   if a.clip or a.input_forget == 1 or a.layout == 1 then fail(node, 'clip, input_forget and layout are not known') end
   for i, what in pairs{[5] = 'lengths', [8] = 'peepholes'} do
      local c = b:constant(node, i)
      local given = node.inputs[i] and node.inputs[i] ~= ''
      if given and not (c and (i == 5 and c:eq(b:example(node):size(1)):all() or i > 5 and c:eq(0):all())) then fail(node, '%s', what .. ' that are given') end
   end
end

-- Sets the weights of one direction.
local function fill_recurrent(b, node, module, direction)
   local w, r, bias = b:needed(node, 2)[direction], b:needed(node, 3)[direction], b:constant(node, 4)
   local n = w:size(1)
   local bw, br
   if bias then bw, br = bias[direction]:narrow(1, 1, n), bias[direction]:narrow(1, n + 1, n) end
   if node.kind == 'GRU' then return sequence.gru(module, w, r, bw, br) end
   if node.kind == 'RNN' then return module:fromPyTorch(w, r, bw, br) end
   return sequence.lstm(module, lstm_rows(w), lstm_rows(r), bw and lstm_rows(bw), br and lstm_rows(br))
end

-- Of steps x directions x samples x numbers, the last step; backwards it is the first.
local function last_step(directions, backwards)
   if directions == 1 then return nn.Select(1, backwards and 1 or -1) end
   return chain(nn.ConcatTable():add(chain(nn.Select(1, -1), nn.Narrow(1, 1, 1))):add(chain(nn.Select(1, 1), nn.Narrow(1, 2, 1))), nn.JoinTable(1))
end

-- The value that is the first state of direction d, input i of the node; nil for 0.
local function first_state(b, node, i, d, base)
   local name, c = node.inputs[i], b:constant(node, i)
   if not name or name == '' or c and c:eq(0):all() then return nil end
   local value, module = ('%s/first%d_%d'):format(base, i, d), nn.Select(1, d)
   if c then
      local rows = c[d] -- of one sample, or the same for all: of any
      local same = rows:eq(rows[1]:view(1, -1):expandAs(rows)):all()
      module = chain(nn.Select(1, 1), same and nn.Constant(rows[1]:clone(), 1) or nn.Constant(rows:clone()))
   end
   b.net:add(value, module, c and node.inputs[1] or name)
   return value
end

-- Every direction with its states as values: first ones that are given, last ones that are read.
local function with_states(b, node, make, directions, backwards)
   local base, x, has_cell = node.outputs[1] ~= '' and node.outputs[1] or node.outputs[2] ~= '' and node.outputs[2] or node.outputs[3], node.inputs[1], node.kind == 'LSTM'
   local names, last = {{}, {}, {}}, {'y', 'h', 'c'}
   for d = 1, directions do
      local back, from, layer, all = d == 2 or backwards, {x}, make(d), ('%s/direction%d'):format(base, d)
      if back then
         from[1] = base .. '/backwards'
         b.net:add(from[1], nn.SeqReverseSequence(1), x)
      end
      local h, c = first_state(b, node, 6, d, base), has_cell and first_state(b, node, 7, d, base) or nil
      if c and not h then
         h = all .. '/none'
         b.net:add(h, nn.MulConstant(0), c)
      end
      from[2], from[3] = h, c
      b.net:add(all, nn.SeqStates(layer), #from > 1 and from or from[1], all)
      b.net.layers[(node.name ~= '' and node.name or base) .. (d == 2 and '/backwards' or '')] = layer
      for i = 1, has_cell and 3 or 2 do
         if b.read[node.outputs[i] or ''] then
            names[i][d] = directions == 1 and node.outputs[i] or all .. '/' .. last[i]
            local part = chain(nn.SelectTable(i), nn.Unsqueeze(i == 1 and 2 or 1))
            if back and i == 1 then part:insert(nn.SeqReverseSequence(1), 2) end
            b.net:add(names[i][d], part, all)
         end
      end
   end
   for i = 1, 3 do
      if #names[i] > 1 then b.net:add(node.outputs[i], nn.JoinTable(i == 1 and 2 or 1), names[i]) end
   end
end

local function recurrent(b, node)
   check_recurrent(b, node)
   local w, r, after = b:needed(node, 2), b:needed(node, 3), node.attributes.linear_before_reset == 1
   local x, backwards, activations = b:example(node), node.attributes.direction == 'reverse', node.attributes.activations or {}
   if x:dim() ~= 3 or w:dim() ~= 3 or r:dim() ~= 3 or x:size(3) ~= w:size(3) then fail(node, 'weights of other sizes than the input') end
   local directions, net, layer = w:size(1), nil, nil
   for i = 6, 7 do
      local c = b:constant(node, i)
      if c and (c:dim() ~= 3 or c:size(1) ~= directions) then fail(node, 'a first state of other sizes') end
   end
   local function make(d)
      local module = node.kind == 'GRU' and nn.SeqGRU(w:size(3), r:size(3), after) or node.kind == 'RNN' and
         nn.SeqRNN(w:size(3), r:size(3), plain_activations[activations[d] or 'Tanh']) or nn.SeqLSTM(w:size(3), r:size(3))
      return fill_recurrent(b, node, module, d)
   end
   local function given(i)
      local c = b:constant(node, i)
      return (node.inputs[i] or '') ~= '' and not (c and c:eq(0):all())
   end
   if given(6) or given(7) or b.read[node.outputs[3] or ''] then return with_states(b, node, make, directions, backwards) end
   if directions == 1 then
      layer = make(1)
      net = backwards and chain(nn.SeqReverseSequence(1), layer, nn.SeqReverseSequence(1), nn.Unsqueeze(2)) or chain(layer, nn.Unsqueeze(2))
   else
      local both = chain(nn.ParallelTable():add(nn.Unsqueeze(2)):add(nn.Unsqueeze(2)), nn.JoinTable(2))
      layer = nn.SeqBRNN(w:size(3), r:size(3), false, both, node.kind)
      for d = 1, 2 do layer.modules[d] = make(d) end
      net = layer
   end
   local all, last = node.outputs[1], node.outputs[2]
   if all == '' then all = (last or '?') .. '/steps' end
   b.net:add(all, net, node.inputs[1])
   b.net.layers[node.name ~= '' and node.name or all] = layer
   if b.read[last or ''] then b.net:add(last, last_step(directions, backwards), all) end
end
handlers.LSTM, handlers.GRU, handlers.RNN = recurrent, recurrent, recurrent

-- ---- pictures of other sizes ----

-- How many times larger height and width become.
local function factors(b, node, x)
   local upsample = node.kind == 'Upsample'
   local scales, sizes = b:numbers(node, 'scales', upsample and 2 or b.opset < 11 and 2 or 3), not upsample and b:numbers(node, 'sizes', 4)
   local r = {}
   for d = 1, x:dim() do
      r[d] = sizes and #sizes == x:dim() and sizes[d] / x:size(d) or scales and #scales == x:dim() and scales[d] or fail(node, 'sizes that are computed')
   end
   if x:dim() ~= 4 or r[1] ~= 1 or r[2] ~= 1 then fail(node, 'other than height and width of pictures') end
   return r[3], r[4]
end

local function coordinates_of(node, opset)
   return node.kind == 'Upsample' and 'asymmetric' or node.attributes.coordinate_transformation_mode or opset < 11 and 'asymmetric' or 'half_pixel'
end

local between = {align_corners = 'align_corners', half_pixel = 'half_pixel', half_pixel_symmetric = 'half_pixel', pytorch_half_pixel = 'half_pixel', asymmetric = 'asymmetric'}

local function bilinear(b, node, x, h, w)
   local coordinates = coordinates_of(node, b.opset)
   local height, width = math.floor(x:size(3) * h + 1e-6 * x:size(3)), math.floor(x:size(4) * w + 1e-6 * x:size(4)) -- of floats
   if not between[coordinates] then fail(node, 'coordinates %s', coordinates) end
   if node.attributes.antialias == 1 and (h < 1 or w < 1) then fail(node, 'antialias') end
   if coordinates ~= 'align_corners' and math.abs(x:size(3) * h - height) + math.abs(x:size(4) * w - width) > 1e-3 then fail(node, 'factors that leave a part of a pixel') end
   if coordinates == 'pytorch_half_pixel' and (height == 1 or width == 1) then fail(node, 'pytorch_half_pixel of one pixel') end
   return nn.SpatialUpSamplingBilinear{oheight = height, owidth = width, coordinates = between[coordinates]}
end

-- Whether output pixel i is input pixel floor(i / factor).
local function repeats(node, opset, factor)
   local a = node.attributes
   local coordinates = coordinates_of(node, opset)
   local rounding = (node.kind == 'Upsample' or opset < 11) and 'floor' or a.nearest_mode or 'round_prefer_floor'
   if coordinates == 'asymmetric' then return rounding == 'floor' or rounding == 'round_prefer_floor' and factor <= 2 end
   return (coordinates == 'half_pixel' or coordinates == 'pytorch_half_pixel') and rounding:find('^round') ~= nil
end

function handlers.Resize(b, node)
   local x, mode = b:example(node), node.attributes.mode or 'nearest'
   local h, w = factors(b, node, x)
   bounded(node, x, x:size(3) * h, x:size(4) * w)
   if h == 1 and w == 1 then return b:add(node, nn.Identity()) end
   if mode == 'linear' then return b:add(node, bilinear(b, node, x, h, w)) end
   if mode ~= 'nearest' then fail(node, 'mode %s', mode) end
   if h ~= w or h < 1 or h ~= math.floor(h) then fail(node, 'other than a whole factor, the same for height and width') end
   if not repeats(node, b.opset, h) then fail(node, 'coordinates other than those that repeat every pixel') end
   b:add(node, nn.SpatialUpSamplingNearest(h))
end
handlers.Upsample = handlers.Resize

-- ---- shapes: a first dimension is that of samples ----

local function reshape(b, node, sizes)
   sizes[#sizes + 1] = true
   b:add(node, nn.Reshape(unpack(sizes)))
end

function handlers.Flatten(b, node)
   local x = b:example(node)
   if (node.attributes.axis or 1) ~= 1 then fail(node, 'samples are joined with others') end
   reshape(b, node, {x:nElement() / x:size(1)})
end

function handlers.Reshape(b, node)
   local x, target = b:example(node), b:numbers(node, 'shape', 2) or fail(node, 'a shape that is computed')
   if #target < 2 then fail(node, 'samples are joined with others') end
   local own, sizes, known = x:nElement() / x:size(1), {}, 1
   for d = 2, #target do
      sizes[d - 1] = target[d] == 0 and node.attributes.allowzero ~= 1 and x:size(d) or target[d]
      if sizes[d - 1] > 0 then known = known * sizes[d - 1] end
   end
   for d, size in ipairs(sizes) do if size < 0 then sizes[d] = own / known end end
   local first = target[1]
   local count = 1
   for _, size in ipairs(sizes) do count = count * size end
   if count ~= own or first > 0 and first ~= b.samples and first ~= x:size(1) and first ~= 1 then fail(node, 'samples are joined with others') end
   reshape(b, node, sizes)
end

function handlers.Transpose(b, node)
   local x, order = b:example(node), {}
   for d = 1, x:dim() do order[d] = node.attributes.perm and node.attributes.perm[d] + 1 or x:dim() + 1 - d end
   b:add(node, graph.transpose(order))
end

function handlers.Concat(b, node)
   local axis = node.attributes.axis
   b:add(node, nn.JoinTable(axis < 0 and b:example(node):dim() + 1 + axis or axis + 1), node.inputs)
end

function handlers.Squeeze(b, node)
   local x, net = b:example(node), nn.Sequential()
   local dims = b:numbers(node, 'axes', 2) or fail(node, 'all dimensions of 1')
   for i, axis in ipairs(dims) do dims[i] = axis < 0 and x:dim() + 1 + axis or axis + 1 end
   table.sort(dims, function(p, q) return p > q end)
   for _, d in ipairs(dims) do net:add(nn.Squeeze(d)) end
   b:add(node, net)
end

function handlers.Unsqueeze(b, node)
   local net, axes = nn.Sequential(), b:numbers(node, 'axes', 2)
   table.sort(axes)
   for _, axis in ipairs(axes) do
      if axis < 1 then fail(node, 'a dimension before samples, or counted from the end') end
      net:add(nn.Unsqueeze(axis + 1))
   end
   b:add(node, net)
end

function handlers.Slice(b, node)
   local x, net = b:example(node), nn.Sequential()
   local starts, ends = b:numbers(node, 'starts', 2), b:numbers(node, 'ends', 3)
   local axes, steps = b:numbers(node, 'axes', 4), b:numbers(node, 'steps', 5)
   if not starts or not ends then fail(node, 'places that are computed') end
   for i, start in ipairs(starts) do
      local axis = axes and axes[i] or i - 1
      local dim = axis < 0 and x:dim() + 1 + axis or axis + 1
      local size = x:size(dim)
      local first = math.max(0, math.min(start < 0 and size + start or start, size))
      local last = math.max(0, math.min(ends[i] < 0 and size + ends[i] or ends[i], size))
      if steps and steps[i] ~= 1 then fail(node, 'every so many') end
      if last <= first then fail(node, 'nothing of %d', size) end
      if dim == 1 and last - first < size then fail(node, 'some of the samples') end
      if last - first < size then net:add(nn.Narrow(dim, first + 1, last - first)) end
   end
   b:add(node, #net.modules > 0 and net or nn.Identity())
end

function handlers.Pad(b, node)
   local x, p, value = b:example(node), b:numbers(node, 'pads', 2), b:constant(node, 3)
   if (node.attributes.mode or 'constant') ~= 'constant' then fail(node, 'mode %s', node.attributes.mode) end
   local net, count = nn.Sequential(), 1
   if not p or #p ~= 2 * x:dim() then fail(node, 'pads that are computed, or of other dimensions') end
   for d = 1, x:dim() do count = count * (x:size(d) + math.max(p[d], 0) + math.max(p[d + x:dim()], 0)) end
   if not (count <= MOST) then fail(node, 'a result of %g elements for an example of %d', count, x:nElement()) end
   value = value and value:view(-1)[1] or node.attributes.value or 0
   for d = 1, x:dim() do
      if p[d] ~= 0 then net:add(nn.Padding(d, -p[d], nil, value)) end
      if p[d + x:dim()] ~= 0 then net:add(nn.Padding(d, p[d + x:dim()], nil, value)) end
   end
   b:add(node, #net.modules > 0 and net or nn.Identity())
end

-- Nodes that only make constants.
local constant_kinds = {}
function constant_kinds.Constant(b, node) return node.attributes.value end
function constant_kinds.Identity(b, node) return b:constant(node, 1) end
function constant_kinds.Transpose(b, node)
   local c = b:constant(node, 1)
   if not c then return nil end
   local order = {}
   for d = 1, c:dim() do order[d] = node.attributes.perm and node.attributes.perm[d] + 1 or c:dim() + 1 - d end
   return c:permute(unpack(order)):contiguous()
end
function constant_kinds.Reshape(b, node)
   local c, shape = b:constant(node, 1), b:constant(node, 2)
   return c and shape and c:view(torch.LongStorage(shape:totable())) or nil
end

function handlers.Cast(b, node) b:add(node, nn.Identity()) end -- between numbers; words are counted above

local function refuse_unknown(nodes)
   local unknown = {}
   for _, node in ipairs(nodes) do
      if node.domain ~= '' and node.domain ~= 'ai.onnx' or not handlers[node.kind] and not constant_kinds[node.kind] then
         unknown[#unknown + 1] = ('%s (%s)'):format(node.outputs[1], node.kind)
      end
   end
   if #unknown > 0 then error('nodes that nn has no module for here: ' .. table.concat(unknown, ', '), 0) end
end

-- Names of values that a node reads, or the graph gives.
local function read_names(g)
   local read = {}
   for _, node in ipairs(g.nodes) do for _, name in ipairs(node.inputs) do if name ~= '' then read[name] = true end end end
   for _, declared in ipairs(g.outputs) do read[declared.name] = true end
   return read
end

local SAMPLES = 2

local function add_input(b, declared, sizes)
   local own = {}
   for d, size in ipairs(declared.size) do
      own[d] = type(size) == 'number' and size or sizes[size] or d == 1 and SAMPLES
      if not own[d] then error(('input %s: size %d is called %s; give it, as {%s = ...}'):format(declared.name, d, size, size), 0) end
   end
   local words = declared.code == 7 or declared.code == 6
   b.net:input(declared.name, own, words)
   if words then b.words[declared.name] = {input = declared.name, more = 0} end -- {input, what is added to it}
   b.samples = own[1]
end

return function(path, sizes)
   local g = require 'onnx.graph'(path)
   refuse_unknown(g.nodes)
   local b = setmetatable({net = graph.new(), constants = g.weights, words = {}, opset = g.opset, read = read_names(g)}, Builder)
   local inputs, outputs = {}, {}
   for _, declared in ipairs(g.inputs) do
      if not g.weights[declared.name] then
         add_input(b, declared, sizes)
         inputs[#inputs + 1] = declared.name
      end
   end
   for _, node in ipairs(g.nodes) do
      local make = constant_kinds[node.kind]
      local c = make and make(b, node)
      if c then b.constants[node.outputs[1]] = c elseif not counts_words(b, node) then handlers[node.kind](b, node) end
   end
   for i, declared in ipairs(g.outputs) do outputs[i] = declared.name end
   return b.net:finish(inputs, outputs)
end
