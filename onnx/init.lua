--- onnx: ONNX models, run. `onnx.load(path):forward(x)`
local ffi = require 'ffi'
require 'torch'
local where = require('libtorch').where
local M = {}

local library = require 'onnx.library'
local C, names, classes, describe = library.C, library.names, library.classes, library.describe

-- Where there is no memory THONNX's functions have garbage collected, which on a trace LuaJIT never ends: none is compiled.
jit.off(true, true)

local codes = {}
for code, class in pairs(classes) do codes[class] = code end

--- onnx.Model(path): a model of an ONNX file, as onnx.load makes it. Fields: path, inputs and outputs, lists of {name=, type=, size=}.
local Model = torch.class('onnx.Model', M)

local function fail(text) error(where() .. text, 0) end
local function message() return ffi.string(C.THONNX_error()) end

--- onnx.load(path, [options]) -> model: a model. Raises when the file is broken, or when it has operators that are not supported: all
-- of them are named at once. Weights stay in the file, mapped. With {optimize = false} nodes are run as they are in the file:
-- for comparisons, and slower.
function M.load(path, options)
   if type(path) ~= 'string' then fail('load: argument #1 (path): string expected, got ' .. type(path)) end
   options = require 'torch.checks'().options('load', 2, {optimize = 'boolean'}, options)
   C.THONNX_optimize(options.optimize ~= false)
   return M.Model(path)
end

--- onnx.memoryLimit([bytes]) -> bytes: the limit of what all tensors, models and runs together may have in memory while a model is
-- loaded or run; with a number, another one from now on, 0 for the one at first: three quarters of the machine's memory, or of
-- its control group's. What would be beyond it raises an error that names the node and its result's sizes.
function M.memoryLimit(bytes)
   if bytes ~= nil and (type(bytes) ~= 'number' or not (bytes >= 0 and bytes < 2 ^ 63)) then
      fail('memoryLimit: argument #1 (bytes): a number that is not negative expected, got ' .. tostring(bytes))
   end
   return tonumber(C.THONNX_limitMemory(bytes or -1))
end

function Model:__init(path)
   local handle = C.THONNX_open(path)
   if handle == nil then fail('onnx.load: ' .. message()) end
   self.path = path
   self.handle = ffi.gc(handle, C.THONNX_close)
   self.inputs, self.outputs = {}, {}
   for i = 0, C.THONNX_inputs(handle) - 1 do self.inputs[i + 1] = describe(C.THONNX_input(handle, i)) end
   for i = 0, C.THONNX_outputs(handle) - 1 do self.outputs[i + 1] = describe(C.THONNX_output(handle, i)) end
end

local function check_model(self, name)
   if torch.type(self) ~= 'onnx.Model' then fail(('%s: onnx.Model expected as self, got %s; call model:%s(...)'):format(name, torch.type(self), name)) end
end

--- model:write(file): for torch.save and threads: a file has the path of the model, not what is in it.
function Model:write(file) file:writeObject(self.path) end
--- model:read(file): for torch.load and threads: opens the model at that path.
function Model:read(file) Model.__init(self, file:readObject()) end

--- model:metadata(key) -> string: what the model keeps under a key, as text; nil without it.
function Model:metadata(key)
   check_model(self, 'metadata')
   if type(key) ~= 'string' then fail('metadata: argument #1 (key): string expected, got ' .. torch.type(key)) end
   local text = C.THONNX_metadata(self.handle, key)
   return text ~= nil and ffi.string(text) or nil
end

local MOST_DIMS = 10 -- THONNX_DIMS

-- A tensor of the declared type; numbers become tensors of one element.
local function as_declared(x, info)
   if type(x) == 'number' then x = torch.DoubleTensor{x} end
   if not torch.isTensor(x) then
      fail(('forward: input %q: tensor expected, got %s'):format(info.name, torch.type(x)))
   end
   local class = classes[info.code] or torch.type(x)
   if not codes[class] then fail(('forward: input %q: elements of type %s cannot be given from Lua'):format(info.name, info.type or class)) end
   return (torch.type(x) == class and x or x:type(class)):contiguous(), codes[class]
end

local function fill_input(t, x, code, info)
   if x:dim() > MOST_DIMS then fail(('forward: input %q: a model takes at most %d dimensions, not %d'):format(info.name, MOST_DIMS, x:dim())) end
   t.name, t.type, t.ndim = info.name, code, x:dim()
   for d = 1, x:dim() do t.size[d - 1] = x:size(d) end
   if info.dim == 0 and x:nElement() == 1 then t.ndim = 0 end -- torch has no tensors without dimensions
   t.data = x:nElement() > 0 and ffi.cast('void *', x:data()) or nil
end

-- What a run is given, values and what is known of each, from a table by names, a list, or one alone.
local function inputs_of(self, x)
   local given, infos, known = {}, {}, {}
   for i, info in ipairs(self.inputs) do
      local v
      if type(x) ~= 'table' then v = i == 1 and x or nil
      elseif x[info.name] ~= nil then v = x[info.name]
      else v = x[i] end
      given[i], infos[i], known[i], known[info.name] = v, info, true, true
   end
   for key, v in pairs(type(x) == 'table' and x or {}) do
      if not known[key] then -- a weight, which the file gives a value; else the library says that there is none
         if type(key) ~= 'string' then fail(('forward: input number %s: the model has %d'):format(tostring(key), #self.inputs)) end
         infos[#infos + 1] = {name = key}
         given[#infos] = v
      end
   end
   for i, info in ipairs(self.inputs) do
      if given[i] == nil then fail(('forward: input %q is missing%s'):format(info.name, infos[#self.inputs + 1] and (', and %q given'):format(infos[#self.inputs + 1].name) or '')) end
   end
   return given, infos
end

local function tensor_of(t, info)
   local class = classes[t.type]
   if not class then fail(('forward: output %q: elements of type %s cannot be shown in Lua'):format(info.name, names[t.type])) end
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
   check_model(self, 'forward')
   local held, given, infos = {}, inputs_of(self, x)
   local ins, outs = ffi.new('THONNXTensor[?]', math.max(1, #given)), ffi.new('THONNXTensor[?]', #self.outputs)
   for i, v in ipairs(given) do
      local t, code = as_declared(v, infos[i])
      held[i] = t
      fill_input(ins[i - 1], t, code, infos[i])
   end
   if not C.THONNX_run(self.handle, ins, #given, outs, #self.outputs) then fail('forward: ' .. message()) end
   local ok, result = pcall(function()
      local r = {}
      for i, info in ipairs(self.outputs) do
         r[i] = tensor_of(outs[i - 1], info)
         r[info.name] = r[i]
      end
      return r
   end)
   C.THONNX_release(outs, #self.outputs)
   if not ok then error(result, 0) end
   return #self.outputs == 1 and result[1] or result
end
Model.__call = Model.forward

--- model:toNN(sizes = {}) -> net, layers: the model as modules of nn, to be trained, where it has the shape of a net: an nn.Sequential or
-- an nn.gModule, and its layers by the names of their weights in the file. sizes: those that the file leaves open, by name. Raises
-- with all nodes that nn has no module for.
function Model:toNN(sizes)
   check_model(self, 'toNN')
   return require 'nn.import'.onnx(self.path, sizes)
end

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
   if type(path) ~= 'string' then fail('graph: argument #1 (path): string expected, got ' .. type(path)) end
   local ok, graph = pcall(require 'onnx.graph', path)
   if not ok then fail('onnx.graph: ' .. graph) end
   return graph
end

--- onnx.save(path, model, example): a model of nn as an ONNX file, in evaluation. example: an input, a batch; what its
-- first dimension has, any number of samples has later. Sizes else are those of the example. Raises with the classes of
-- modules that have no ONNX form here.
function M.save(path, model, example)
   if type(path) ~= 'string' then fail('save: argument #1 (path): string expected, got ' .. type(path)) end
   return require 'onnx.export'(path, model, example)
end

return M
