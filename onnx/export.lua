-- Models of nn as ONNX files. Every module adds its nodes; shapes are those that it had with the example.
require 'nn'
local message = require 'onnx.message'
local where = require('libtorch').where

local function fail(text) error(where() .. text, 0) end

local OPSET = 20
local Writer = {}
Writer.__index = Writer

-- A new name, after what it is for.
function Writer:name(what)
   self.count = self.count + 1
   return what .. '_' .. self.count
end

--- writer:node(kind, inputs, attributes, outputs=1): the names of its outputs.
function Writer:node(kind, inputs, attributes, outputs)
   local parts, names = {}, {}
   if type(inputs) == 'string' then inputs = {inputs} end
   for _, name in ipairs(inputs) do parts[#parts + 1] = message.bytes(1, name) end
   for i = 1, outputs or 1 do
      names[i] = self:name(kind:lower())
      parts[#parts + 1] = message.bytes(2, names[i])
   end
   parts[#parts + 1] = message.bytes(3, names[1])
   parts[#parts + 1] = message.bytes(4, kind)
   local keys = {}
   for key in pairs(attributes or {}) do keys[#keys + 1] = key end
   table.sort(keys)
   for _, key in ipairs(keys) do parts[#parts + 1] = message.bytes(5, message.attribute(key, attributes[key])) end
   self.graph[#self.graph + 1] = message.bytes(1, table.concat(parts))
   return unpack(names)
end

--- writer:weight(what, tensor): its name; tensors that several modules share are written once.
function Writer:weight(what, t, scalar)
   local size, stride = table.concat(t:size():totable(), 'x'), table.concat(t:stride():totable(), 'x')
   local key = ('%s %d %s %s %s'):format(torch.pointer(t:storage()), t:storageOffset(), size, stride, tostring(scalar))
   if not self.weights[key] then
      local name = self:name(what)
      self.weights[key] = name
      self.held[#self.held + 1] = t -- so that no other tensor gets its address
      self.graph[#self.graph + 1] = message.bytes(5, message.tensor(name, t, scalar))
   end
   return self.weights[key]
end
function Writer:longs(...) return self:weight('shape', torch.LongTensor{...}) end
function Writer:number(v) return self:weight('number', torch.FloatTensor{v}, true) end

local handlers = {}

-- The name in the form of v, a tensor or a table of such.
local function in_form(v, name)
   if type(v) ~= 'table' then return name end
   local t = {}
   for i, e in ipairs(v) do t[i] = in_form(e, name) end
   return t
end

-- The module has a form in ONNX, but not for what it was given.
function Writer:refuse(m, why)
   self.missing[#self.missing + 1] = ('%s (%s)'):format(torch.type(m), why)
   return in_form(m.output, '?')
end

function Writer:module(m, input)
   local handler = handlers[torch.type(m)]
   if not handler then
      self.missing[#self.missing + 1] = torch.type(m)
      return in_form(m.output, '?') -- those that follow are looked at, too, and nothing is written
   end
   return handler(self, m, input)
end

-- ---- one node each ----

local function simple(kind, attributes)
   return function(w, m, x) return w:node(kind, x, type(attributes) == 'function' and attributes(m) or attributes) end
end
for class, kind in pairs{Tanh = 'Tanh', Sigmoid = 'Sigmoid', ReLU = 'Relu', Abs = 'Abs', Exp = 'Exp', Log = 'Log', Sqrt = 'Sqrt',
   SoftSign = 'Softsign', Identity = 'Identity', Dropout = 'Identity', SpatialDropout = 'Identity', VolumetricDropout = 'Identity',
   Copy = 'Identity', Contiguous = 'Identity'} do
   local one = simple(kind)
   local function each(w, m, x)
      if type(x) ~= 'table' then return one(w, m, x) end
      local out = {}
      for i, e in ipairs(x) do out[i] = each(w, m, e) end
      return out
   end
   handlers['nn.' .. class] = each
end
handlers['nn.LeakyReLU'] = simple('LeakyRelu', function(m) return {alpha = {float = m.negval}} end)
handlers['nn.ELU'] = simple('Elu', function(m) return {alpha = {float = m.alpha}} end)
handlers['nn.GELU'] = simple('Gelu', function(m) return {approximate = m.approximate and 'tanh' or 'none'} end)
handlers['nn.SoftPlus'] = function(w, m, x)
   if (m.beta or 1) == 1 then return w:node('Softplus', x) end
   return w:node('Div', {w:node('Softplus', w:node('Mul', {x, w:number(m.beta)})), w:number(m.beta)})
end
handlers['nn.Square'] = function(w, m, x) return w:node('Mul', {x, x}) end
handlers['nn.MulConstant'] = function(w, m, x) return w:node('Mul', {x, w:number(m.constant_scalar)}) end
handlers['nn.AddConstant'] = function(w, m, x) return w:node('Add', {x, w:number(m.constant_scalar)}) end
handlers['nn.HardTanh'] = function(w, m, x) return w:node('Clip', {x, w:number(m.min_val), w:number(m.max_val)}) end
handlers['nn.Clamp'] = handlers['nn.HardTanh']
handlers['nn.ReLU6'] = function(w, m, x) return w:node('Clip', {x, w:number(0), w:number(6)}) end
handlers['nn.SiLU'] = function(w, m, x) return w:node('Mul', {x, w:node('Sigmoid', x)}) end
handlers['nn.LogSigmoid'] = function(w, m, x) return w:node('Neg', w:node('Softplus', w:node('Neg', x))) end

-- Classes of vectors and pictures alike are dimension 1, counted from 0, of a batch.
local function over_classes(kind) return function(w, m, x) return w:node(kind, x, {axis = 1}) end end
handlers['nn.SoftMax'], handlers['nn.LogSoftMax'] = over_classes('Softmax'), over_classes('LogSoftmax')
handlers['nn.SpatialSoftMax'], handlers['nn.SpatialLogSoftMax'] = over_classes('Softmax'), over_classes('LogSoftmax')

-- ---- layers with weights ----

handlers['nn.Linear'] = function(w, m, x)
   if m.output:dim() ~= 2 then return w:refuse(m, 'of a vector; the example must be a batch') end
   local inputs = {x, w:weight('weight', m.weight), m.bias and w:weight('bias', m.bias) or nil}
   return w:node('Gemm', inputs, {transB = 1})
end

local function convolution(w, m, x)
   local weight = m.weight
   if weight:dim() == 2 then weight = weight:view(m.nOutputPlane, -1, m.kH, m.kW) end
   return w:node('Conv', {x, w:weight('weight', weight), m.bias and w:weight('bias', m.bias) or nil},
      {kernel_shape = {m.kH, m.kW}, strides = {m.dH, m.dW}, pads = {m.padH, m.padW, m.padH, m.padW},
       dilations = {m.dilationH or 1, m.dilationW or 1}, group = m.groups or 1})
end
handlers['nn.SpatialConvolution'], handlers['nn.SpatialConvolutionMM'] = convolution, convolution
handlers['nn.SpatialDilatedConvolution'] = convolution
handlers['nn.SpatialFullConvolution'] = function(w, m, x)
   return w:node('ConvTranspose', {x, w:weight('weight', m.weight), m.bias and w:weight('bias', m.bias) or nil},
      {kernel_shape = {m.kH, m.kW}, strides = {m.dH, m.dW}, pads = {m.padH, m.padW, m.padH, m.padW}, output_padding = {m.adjH, m.adjW},
       group = m.groups or 1})
end

local function batch_norm(w, m, x)
   local n = m.running_mean:nElement()
   local weight, bias = m.weight or torch.ones(n), m.bias or torch.zeros(n)
   return w:node('BatchNormalization', {x, w:weight('weight', weight), w:weight('bias', bias), w:weight('mean', m.running_mean),
      w:weight('var', m.running_var)}, {epsilon = {float = m.eps}})
end
handlers['nn.BatchNormalization'], handlers['nn.SpatialBatchNormalization'] = batch_norm, batch_norm
handlers['nn.VolumetricBatchNormalization'] = batch_norm

handlers['nn.LookupTable'] = function(w, m, x) -- positions count from 1
   local index = w:node('Sub', {w:node('Cast', x, {to = 7}), w:weight('one', torch.LongTensor{1}, true)})
   return w:node('Gather', {w:weight('weight', m.weight), index}, {axis = 0})
end
handlers['nn.CMul'] = function(w, m, x) return w:node('Mul', {x, w:weight('weight', m.weight)}) end
handlers['nn.CAdd'] = function(w, m, x) return w:node('Add', {x, w:weight('bias', m.bias)}) end
handlers['nn.Add'] = handlers['nn.CAdd']

-- ---- pooling, padding ----

local function windows(m)
   return {kernel_shape = {m.kH, m.kW}, strides = {m.dH, m.dW}, pads = {m.padH, m.padW, m.padH, m.padW}, ceil_mode = m.ceil_mode and 1 or 0}
end
handlers['nn.SpatialMaxPooling'] = function(w, m, x) return w:node('MaxPool', x, windows(m)) end
handlers['nn.SpatialAveragePooling'] = function(w, m, x)
   local a = windows(m)
   a.count_include_pad = m.count_include_pad and 1 or 0
   local y = w:node('AveragePool', x, a)
   return m.divide and y or w:node('Mul', {y, w:number(m.kW * m.kH)})
end
handlers['nn.SpatialZeroPadding'] = function(w, m, x)
   return w:node('Pad', {x, w:longs(0, 0, m.pad_t, m.pad_l, 0, 0, m.pad_b, m.pad_r)})
end
handlers['nn.SpatialUpSamplingNearest'] = function(w, m, x)
   return w:node('Resize', {x, '', w:weight('scales', torch.FloatTensor{1, 1, m.scale_factor, m.scale_factor})},
      {mode = 'nearest', coordinate_transformation_mode = 'asymmetric', nearest_mode = 'floor'})
end

-- ---- shapes: that of the example, any number of samples ----

local function reshaped(w, m, x)
   local sizes = m.output:size():totable()
   sizes[1] = sizes[1] == w.batch and 0 or sizes[1]
   return w:node('Reshape', {x, w:longs(unpack(sizes))})
end
for _, class in ipairs{'View', 'Reshape', 'Squeeze', 'Unsqueeze', 'Collapse'} do handlers['nn.' .. class] = reshaped end

handlers['nn.Transpose'] = function(w, m, x)
   local order = {}
   for d = 1, m.output:dim() do order[d] = d - 1 end
   for _, pair in ipairs(m.permutations) do order[pair[1]], order[pair[2]] = order[pair[2]], order[pair[1]] end
   return w:node('Transpose', x, {perm = order})
end

-- ---- containers ----

handlers['nn.Sequential'] = function(w, m, x)
   for _, child in ipairs(m.modules) do x = w:module(child, x) end
   return x
end
handlers['nn.ConcatTable'] = function(w, m, x)
   local out = {}
   for i, child in ipairs(m.modules) do out[i] = w:module(child, x) end
   return out
end
handlers['nn.ParallelTable'] = function(w, m, x)
   local out = {}
   for i, child in ipairs(m.modules) do out[i] = w:module(child, x[i]) end
   return out
end
handlers['nn.Concat'] = function(w, m, x)
   return w:node('Concat', handlers['nn.ConcatTable'](w, m, x), {axis = m.dimension - 1})
end
handlers['nn.JoinTable'] = function(w, m, x)
   local more = m.nInputDims and m.output:dim() > m.nInputDims and 1 or 0
   return w:node('Concat', x, {axis = m.dimension - 1 + more})
end
local function flattened(x, list)
   for _, v in ipairs(x) do
      if type(v) == 'table' then flattened(v, list) else list[#list + 1] = v end
   end
   return list
end
handlers['nn.FlattenTable'] = function(w, m, x) return flattened(x, {}) end
handlers['nn.NarrowTable'] = function(w, m, x)
   local r = {}
   for i = 1, m.length do r[i] = x[m.offset + i - 1] end
   return r
end
handlers['nn.SelectTable'] = function(w, m, x) return x[m.index < 0 and #x + 1 + m.index or m.index] end
handlers['nn.SplitTable'] = function(w, m, x)
   local out, dims = {}, m.output[1]:dim() + 1
   local d = m.dimension < 0 and dims + m.dimension or m.dimension - 1
   if m.dimension > 0 and m.nInputDims and dims == m.nInputDims + 1 then d = d + 1 end
   if d == 0 then return w:refuse(m, 'splits the samples') end
   for i in ipairs(m.output) do out[i] = w:node('Gather', {x, w:weight('position', torch.LongTensor{i - 1}, true)}, {axis = d}) end
   return out
end
local function folded(kind)
   return function(w, m, x)
      local y = x[1]
      for i = 2, #x do y = w:node(kind, {y, x[i]}) end
      return y
   end
end
for class, kind in pairs{CAddTable = 'Add', CMulTable = 'Mul', CSubTable = 'Sub', CDivTable = 'Div', CMaxTable = 'Max', CMinTable = 'Min'} do
   handlers['nn.' .. class] = folded(kind)
end

-- A graph of nngraph: every node gives its value to those that have it among their inputs.
handlers['nn.gModule'] = function(w, m, x)
   local values = {[m.innode.data] = x}
   for _, node in ipairs(m.forwardnodes) do
      local data, given = node.data, {}
      for i, from in ipairs(data.mapindex) do given[i] = values[from] end
      local value = #given > 1 and given or given[1]
      if data.selectindex then value = value[data.selectindex] end
      if data.module then value = w:module(data.module, value) end
      if data ~= m.innode.data then values[data] = value end
   end
   return values[m.outnode.data]
end

-- ---- all of it ----

local function list(x) return type(x) == 'table' and x or {x} end
local function declare(w, field, names, tensors)
   for i, name in ipairs(names) do
      local sizes = tensors[i]:size():totable()
      if sizes[1] == w.batch then sizes[1] = 'batch' end
      w.graph[#w.graph + 1] = message.bytes(field, message.declared(name, torch.type(tensors[i]) == 'torch.LongTensor' and 7 or 1, sizes))
   end
end

local function write(path, ...)
   local f, why = io.open(path, 'wb')
   local ok = f ~= nil
   if f then
      ok, why = f:write(...)
      local closed, closing = f:close()
      ok, why = ok and closed, why or closing
   end
   if not ok then fail('save: ' .. (tostring(why):find(path, 1, true) and why or path .. ': ' .. tostring(why))) end
end

-- Where an error in Lua code came from is none of the user's business.
local function reason(why) return (tostring(why):gsub('^[^\n]-%.lua:%d+: ', '')) end

-- The nodes of a model in evaluation, as it computes `example`.
local function nodes_of(model, example, given)
   local w = setmetatable({graph = {}, count = 0, weights = {}, held = {}, missing = {}, batch = given[1]:size(1)}, Writer)
   local inputs = {}
   for i in ipairs(given) do inputs[i] = #given > 1 and 'input_' .. i or 'input' end
   local fine, result = pcall(w.module, w, model, type(example) == 'table' and inputs or inputs[1])
   if #w.missing == 0 and not fine then fail('save: the model as a graph: ' .. reason(result)) end
   if #w.missing > 0 then fail('save: modules that have no ONNX form here: ' .. table.concat(w.missing, ', ')) end
   return w, inputs, list(result)
end

local function check_arguments(model, example)
   if not torch.isTypeOf(model, 'nn.Module') then fail('save: argument #2 (model): nn.Module expected, got ' .. torch.type(model)) end
   local given = list(example)
   for _, x in ipairs(given) do
      if not torch.isTensor(x) then fail('save: argument #3 (example): a tensor, or a table of tensors, expected') end
      if x:dim() == 0 then fail('save: argument #3 (example): it has no elements') end
   end
   if #given == 0 then fail('save: argument #3 (example): a tensor, or a table of tensors, expected') end
   return given
end

-- Outputs in one list: ONNX has no tables within tables.
local function tensors_of(output)
   local outputs = list(output)
   for _, y in ipairs(outputs) do
      if not torch.isTensor(y) then fail('save: argument #2 (model): its output has tables within a table; nn.FlattenTable makes one list of them') end
   end
   if #outputs == 0 then fail('save: argument #2 (model): it gives nothing') end
   return outputs
end

return function(path, model, example)
   local given, modules, modes = check_arguments(model, example), model:listModules(), {}
   for i, m in ipairs(modules) do modes[i] = m.train end
   model:evaluate()
   local fits, output = pcall(model.forward, model, example)
   local made, w, inputs, result
   if fits then made, w, inputs, result = pcall(nodes_of, model, example, given) end
   for i, m in ipairs(modules) do m.train = modes[i] end -- one by one: some may be frozen
   if not fits then fail('save: argument #3 (example): the model does not take it: ' .. reason(output)) end
   if not made then fail(reason(w)) end
   local computed, outputs = tensors_of(output), {}
   if #result ~= #computed then fail('save: the model as a graph has another number of outputs') end
   for i, name in ipairs(result) do
      outputs[i] = #result > 1 and 'output_' .. i or 'output'
      w.graph[#w.graph + 1] = message.bytes(1, message.bytes(1, name) .. message.bytes(2, outputs[i]) .. message.bytes(4, 'Identity'))
   end
   declare(w, 11, inputs, given)
   declare(w, 12, outputs, computed)
   write(path, message.int(1, 9), message.bytes(2, 'nn'), message.bytes(7, table.concat(w.graph) .. message.bytes(2, 'nn')),
      message.bytes(8, message.bytes(1, '') .. message.int(2, OPSET)))
end
