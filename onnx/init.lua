--- onnx: ONNX models, run. `onnx.load(path):forward(x)`
local ffi = require 'ffi'
require 'torch'
local M = {}

local library = require 'onnx.library'
local C, names, classes, describe = library.C, library.names, library.classes, library.describe

-- Where there is no memory THONNX's functions have garbage collected, which on a trace LuaJIT never ends: none is compiled.
jit.off(true, true)

local codes = {}
for code, class in pairs(classes) do codes[class] = code end

--- onnx.Model(path): a model of an ONNX file, as onnx.load makes it. Fields: path, inputs and outputs, lists of {name=, type=, size=}.
local Model = torch.class('onnx.Model', M)

local function message() return ffi.string(C.THONNX_error()) end

--- onnx.load(path, [options]) -> model: a model. Raises when the file is broken, or when it has operators that are not supported: all
-- of them are named at once. Weights stay in the file, mapped. With {optimize = false} nodes are run as they are in the file:
-- for comparisons, and slower.
function M.load(path, options)
   if type(path) ~= 'string' then error('load: argument #1 (path): string expected, got ' .. type(path), 2) end
   options = require 'torch.checks'().options('load', 2, {optimize = 'boolean'}, options)
   C.THONNX_optimize(options.optimize ~= false)
   return M.Model(path)
end

--- onnx.memoryLimit([bytes]) -> bytes: the limit of what all tensors, models and runs together may have in memory while a model is
-- loaded or run; with a number, another one from now on, 0 for the one at first: three quarters of the machine's memory, or of
-- its control group's. What would be beyond it raises an error that names the node and its result's sizes.
function M.memoryLimit(bytes)
   if bytes ~= nil and (type(bytes) ~= 'number' or not (bytes >= 0 and bytes < 2 ^ 63)) then
      error('memoryLimit: argument #1 (bytes): a number that is not negative expected, got ' .. tostring(bytes), 2)
   end
   return tonumber(C.THONNX_limitMemory(bytes or -1))
end

function Model:__init(path)
   local handle = C.THONNX_open(path)
   if handle == nil then error('onnx.load: ' .. message(), 3) end
   self.path = path
   self.handle = ffi.gc(handle, C.THONNX_close)
   self.inputs, self.outputs = {}, {}
   for i = 0, C.THONNX_inputs(handle) - 1 do self.inputs[i + 1] = describe(C.THONNX_input(handle, i)) end
   for i = 0, C.THONNX_outputs(handle) - 1 do self.outputs[i + 1] = describe(C.THONNX_output(handle, i)) end
end

--- model:metadata(key) -> string: what the model keeps under a key, as text; nil without it.
function Model:metadata(key)
   local text = C.THONNX_metadata(self.handle, key)
   return text ~= nil and ffi.string(text) or nil
end

-- A tensor of the declared type; numbers become tensors of one element.
local function as_declared(x, info)
   if type(x) == 'number' then x = torch.DoubleTensor{x} end
   if not torch.isTensor(x) then
      error(('forward: input %q: tensor expected, got %s'):format(info.name, torch.type(x)), 3)
   end
   local class = classes[info.code] or torch.type(x)
   if not codes[class] then error(('forward: input %q: elements of type %s cannot be given from Lua'):format(info.name, info.type), 3) end
   return (torch.type(x) == class and x or x:type(class)):contiguous(), codes[class]
end

local function fill_input(t, x, code, info)
   t.name, t.type, t.ndim = info.name, code, x:dim()
   for d = 1, x:dim() do t.size[d - 1] = x:size(d) end
   if info.dim == 0 and x:nElement() == 1 then t.ndim = 0 end -- torch has no tensors without dimensions
   t.data = x:nElement() > 0 and ffi.cast('void *', x:data()) or nil
end

-- Inputs by name in a table, in a list, or one alone.
local function inputs_of(self, x)
   local given = {}
   for i, info in ipairs(self.inputs) do
      local v
      if type(x) ~= 'table' then v = i == 1 and x or nil
      elseif x[info.name] ~= nil then v = x[info.name]
      else v = x[i] end
      if v == nil then error(('forward: input %q is missing'):format(info.name), 3) end
      given[i] = v
   end
   return given
end

local function tensor_of(t, info)
   local class = classes[t.type]
   if not class then error(('forward: output %q: elements of type %s cannot be shown in Lua'):format(info.name, names[t.type]), 3) end
   local sizes, count = {}, 1
   for d = 1, t.ndim do
      sizes[d] = tonumber(t.size[d - 1])
      count = count * sizes[d]
   end
   local r = torch.getmetatable(class).new()
   if count == 0 then return r end
   r:resize(torch.LongStorage(t.ndim > 0 and sizes or {1}))
   ffi.copy(r:data(), t.data, t.bytes)
   return r
end

--- model:forward(x) -> tensor or table: the outputs, in order and by name, in a table; where the model has one, that tensor. x: a tensor, a
-- list, or a table by names. Numbers are converted to the type that the model declares.
function Model:forward(x)
   local given, held = inputs_of(self, x), {}
   local ins, outs = ffi.new('THONNXTensor[?]', math.max(1, #given)), ffi.new('THONNXTensor[?]', #self.outputs)
   for i, v in ipairs(given) do
      local t, code = as_declared(v, self.inputs[i])
      held[i] = t
      fill_input(ins[i - 1], t, code, self.inputs[i])
   end
   if not C.THONNX_run(self.handle, ins, #given, outs, #self.outputs) then error('forward: ' .. message(), 2) end
   local ok, result = pcall(function()
      local r = {}
      for i, info in ipairs(self.outputs) do
         r[i] = tensor_of(outs[i - 1], info)
         r[info.name] = r[i]
      end
      return r
   end)
   C.THONNX_release(outs, #self.outputs)
   if not ok then error(result, 2) end
   return #self.outputs == 1 and result[1] or result
end
Model.__call = Model.forward

--- model:toNN(sizes = {}) -> net, layers: the model as modules of nn, to be trained, where it has the shape of a net: an nn.Sequential or
-- an nn.gModule, and its layers by the names of their weights in the file. sizes: those that the file leaves open, by name. Raises
-- with all nodes that nn has no module for.
function Model:toNN(sizes) return require 'nn.import'.onnx(self.path, sizes) end

local function line_of(info)
   return ('%s: %s%s'):format(info.name, info.type or 'any', info.dim and ' [' .. table.concat(info.size, ' x ') .. ']' or '')
end
function Model:__tostring()
   local lines = {'onnx.Model ' .. self.path}
   for _, info in ipairs(self.inputs) do lines[#lines + 1] = '  in   ' .. line_of(info) end
   for _, info in ipairs(self.outputs) do lines[#lines + 1] = '  out  ' .. line_of(info) end
   return table.concat(lines, '\n')
end

--- onnx.graph(path) -> table: the graph as it stands in the file, whatever its operators are: nodes, a list of {kind, name, domain, inputs,
-- outputs, attributes}; weights, tensors by name; inputs and outputs, lists as those of a model; opset. Attributes are numbers,
-- texts, lists, tensors and graphs, by name. Raises when the file is broken.
function M.graph(path)
   if type(path) ~= 'string' then error('graph: argument #1 (path): string expected, got ' .. type(path), 2) end
   local ok, graph = pcall(require 'onnx.graph', path)
   if not ok then error('onnx.graph: ' .. graph, 2) end
   return graph
end

--- onnx.save(path, model, example): a model of nn as an ONNX file, in evaluation. example: an input, a batch; what its
-- first dimension has, any number of samples has later. Sizes else are those of the example. Raises with the classes of
-- modules that have no ONNX form here.
function M.save(path, model, example)
   if type(path) ~= 'string' then error('save: argument #1 (path): string expected, got ' .. type(path), 2) end
   return require 'onnx.export'(path, model, example)
end

return M
