--- onnx: a model written here, loaded, described and run; errors.
require 'torch'
local onnx = require 'onnx'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok, match = check.eq, check.ok, check.match

-- ---- a model as bytes ----

local function varint(v)
   local bytes = {}
   while v > 127 do
      bytes[#bytes + 1] = string.char(v % 128 + 128)
      v = math.floor(v / 128)
   end
   return table.concat(bytes) .. string.char(v)
end
local function int(field, v) return varint(field * 8) .. varint(v) end
local function bytes(field, s) return varint(field * 8 + 2) .. varint(#s) .. s end

local function node(kind, inputs, outputs)
   local parts = {}
   for _, name in ipairs(inputs) do parts[#parts + 1] = bytes(1, name) end
   for _, name in ipairs(outputs) do parts[#parts + 1] = bytes(2, name) end
   return bytes(1, table.concat(parts) .. bytes(4, kind))
end
local function declared(field, name, kind, ...)
   local dims = {}
   for _, size in ipairs{...} do dims[#dims + 1] = bytes(1, type(size) == 'number' and int(1, size) or bytes(2, size)) end
   return bytes(field, bytes(1, name) .. bytes(2, bytes(1, int(1, kind) .. bytes(2, table.concat(dims)))))
end
local function write(graph)
   local path = os.tmpname()
   local f = io.open(path, 'wb')
   f:write(int(1, 8), bytes(7, graph), bytes(8, int(2, 17)), bytes(14, bytes(1, 'author') .. bytes(2, 'me')))
   f:close()
   return path
end

local FLOAT, LONG = 1, 7

do -- one output: the tensor itself; numbers of another type are converted
   local path = write(node('Add', {'x', 'y'}, {'s'}) .. node('Relu', {'s'}, {'r'}) .. declared(11, 'x', FLOAT, 'n', 2) ..
      declared(11, 'y', FLOAT, 2) .. declared(12, 'r', FLOAT, 'n', 2))
   local model = onnx.load(path)
   eq(#model.inputs, 2, 'inputs')
   eq(model.inputs[1].name, 'x', 'name')
   eq(model.inputs[1].type, 'float', 'type')
   eq(table.concat(model.inputs[1].size, ' '), 'n 2', 'sizes')
   eq(model:metadata('author'), 'me', 'metadata')
   eq(model:metadata('nobody'), nil, 'no metadata')
   match(tostring(model), 'in   x: float %[n x 2%]', 'printed')
   local x, y = torch.FloatTensor{{1, -2}, {3, 4}}, torch.FloatTensor{1, 1}
   local r = model:forward{x = x, y = y}
   eq(torch.type(r), 'torch.FloatTensor', 'class')
   eq(table.concat(r:view(-1):totable(), ' '), '2 0 4 5', 'by name')
   eq(table.concat(model:forward{x, y}:view(-1):totable(), ' '), '2 0 4 5', 'in a list')
   eq(table.concat(model{x:double(), y:long()}:view(-1):totable(), ' '), '2 0 4 5', 'converted')
   eq(table.concat(model{x:t(), y}:view(-1):totable(), ' '), '2 4 0 5', 'transposed')
   match(select(2, pcall(model.forward, model, {x = x})), 'input "y" is missing', 'missing')
   match(select(2, pcall(model.forward, model, {x, torch.ones(3)})), "input 'y': shape %[2%] is expected, not %[3%]", 'shape')
   match(select(2, pcall(model.forward, model, {x, 'y'})), 'tensor expected, got string', 'no tensor')
   os.remove(path)
end

do -- several outputs, and one without dimensions
   local path = write(node('Shape', {'x'}, {'shape'}) .. node('Size', {'x'}, {'size'}) .. declared(11, 'x', FLOAT, 'a', 'b') ..
      declared(12, 'shape', LONG, 2) .. declared(12, 'size', LONG))
   local model = onnx.load(path)
   local r = model:forward(torch.zeros(4, 5))
   eq(table.concat(r.shape:totable(), ' '), '4 5', 'by name')
   eq(r[2][1], 20, 'in order')
   ok(r[1] == r.shape, 'both are one')
   os.remove(path)
end

do -- refusals
   local path = write(node('Nonsense', {'x'}, {'y'}) .. declared(11, 'x', FLOAT, 1) .. declared(12, 'y', FLOAT, 1))
   match(select(2, pcall(onnx.load, path)), 'operators that are not supported: Nonsense%-17', 'operator')
   os.remove(path)
   match(select(2, pcall(onnx.load, '/nowhere.onnx')), 'cannot open /nowhere.onnx', 'no file')
   match(select(2, pcall(onnx.load)), 'argument #1 %(path%): string expected, got nil', 'no path')
end

check.finish()
