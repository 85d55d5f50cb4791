-- Graphs of ONNX as they stand in the file, for importers: a table made of what THONNX.h shows of nodes, attributes and weights.
local ffi = require 'ffi'
local library = require 'onnx.library'
local C, classes, names = library.C, library.classes, library.names
jit.off(true, true) -- as onnx/init.lua

ffi.cdef[[
typedef struct THONNXGraph THONNXGraph;
typedef struct THONNXNode {
  const char *type, *name, *domain;
  int ninputs, noutputs, nattributes;
  const char *const *input, *const *output;
} THONNXNode;
typedef struct THONNXAttribute {
  const char *name;
  int kind, count;
} THONNXAttribute;
THONNXGraph *THONNX_openGraph(const char *path);
void THONNX_closeGraph(THONNXGraph *graph);
int THONNX_opset(const THONNXGraph *graph, const char *domain);
bool THONNX_node(const THONNXGraph *graph, int i, THONNXNode *node);
const THONNXInfo *THONNX_graphInput(const THONNXGraph *graph, int i);
const THONNXInfo *THONNX_graphOutput(const THONNXGraph *graph, int i);
bool THONNX_weight(const THONNXGraph *graph, int i, THONNXTensor *weight);
bool THONNX_attribute(const THONNXGraph *graph, int node, int i, THONNXAttribute *attribute);
const int64_t *THONNX_ints(const THONNXGraph *graph, int node, const char *name, int *count);
const float *THONNX_floats(const THONNXGraph *graph, int node, const char *name, int *count);
const char *const *THONNX_texts(const THONNXGraph *graph, int node, const char *name, int *count);
bool THONNX_tensor(const THONNXGraph *graph, int node, const char *name, THONNXTensor *tensor);
const THONNXGraph *THONNX_subgraph(const THONNXGraph *graph, int node, const char *name);
]]

local function list(items, count, value)
   local r = {}
   for i = 0, count - 1 do r[i + 1] = value(items[i]) end
   return r
end

-- Elements that no tensor has, as the next type has them; texts as a list.
local wider = {[4] = {'uint16_t', 'torch.IntTensor'}, [12] = {'uint32_t', 'torch.LongTensor'}}

--- A tensor with the contents of a THONNXTensor; one without dimensions has one element.
local function tensor(t)
   if t.type == 8 then return list(ffi.cast('const char *const *', t.data), tonumber(t.bytes) / 8, ffi.string) end
   local wide = wider[t.type]
   local class = wide and wide[2] or classes[t.type]
   if not class then error(('%s: elements of kind %s are not read here'):format(ffi.string(t.name), names[t.type] or t.type), 0) end
   local x, sizes = torch.getmetatable(class).new(), {}
   if t.bytes == 0 then return x end
   for d = 1, t.ndim do sizes[d] = tonumber(t.size[d - 1]) end
   x:resize(torch.LongStorage(#sizes > 0 and sizes or {1}))
   if not wide then ffi.copy(x:data(), t.data, t.bytes)
   else
      local from, to = ffi.cast('const ' .. wide[1] .. ' *', t.data), x:data()
      for i = 0, x:nElement() - 1 do to[i] = from[i] end
   end
   return x
end

local count, held = ffi.new 'int[1]', ffi.new 'THONNXTensor'
local read_graph

-- By kind of attribute; lists are those from 6 on.
local values = {}
values[2] = function(g, i, name) return list(C.THONNX_ints(g, i, name, count), count[0], tonumber) end
values[1] = function(g, i, name) return list(C.THONNX_floats(g, i, name, count), count[0], tonumber) end
values[3] = function(g, i, name) return list(C.THONNX_texts(g, i, name, count), count[0], ffi.string) end
values[6], values[7], values[8] = values[1], values[2], values[3]

local function value_of(g, i, a)
   local name = ffi.string(a.name)
   if a.kind == 4 then return C.THONNX_tensor(g, i, name, held) and tensor(held) or nil end
   if a.kind == 5 then
      local inner = C.THONNX_subgraph(g, i, name)
      return inner ~= nil and read_graph(inner) or nil
   end
   local get = values[a.kind]
   local all = get and get(g, i, name)
   return all and (a.kind < 6 and all[1] or all) or nil
end

local function node_of(g, i, node)
   local r = {kind = ffi.string(node.type), name = ffi.string(node.name), domain = ffi.string(node.domain), attributes = {},
      inputs = list(node.input, node.ninputs, ffi.string), outputs = list(node.output, node.noutputs, ffi.string)}
   local a = ffi.new 'THONNXAttribute'
   for k = 0, node.nattributes - 1 do
      C.THONNX_attribute(g, i, k, a)
      r.attributes[ffi.string(a.name)] = value_of(g, i, a)
   end
   return r
end

-- f(i) for 0, 1 ... until it gives nothing.
local function each(f)
   local i = 0
   while f(i) do i = i + 1 end
end

function read_graph(g)
   local r, node = {nodes = {}, weights = {}, inputs = {}, outputs = {}, opset = C.THONNX_opset(g, '')}, ffi.new 'THONNXNode'
   each(function(i)
      if not C.THONNX_node(g, i, node) then return false end
      r.nodes[i + 1] = node_of(g, i, node)
      return true
   end)
   each(function(i)
      if not C.THONNX_weight(g, i, held) then return false end
      r.weights[ffi.string(held.name)] = tensor(held)
      return true
   end)
   for field, get in pairs{inputs = C.THONNX_graphInput, outputs = C.THONNX_graphOutput} do
      each(function(i)
         local info = get(g, i)
         if info == nil then return false end
         r[field][i + 1] = library.describe(info)
         return true
      end)
   end
   return r
end

return function(path)
   local g = C.THONNX_openGraph(path)
   if g == nil then error(ffi.string(C.THONNX_error()), 0) end
   local ok, r = pcall(read_graph, g)
   C.THONNX_closeGraph(g)
   if not ok then error(('%s: %s'):format(path, r), 0) end
   return r
end
