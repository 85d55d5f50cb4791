-- The parts of an ONNX file that importers need: nodes with their attributes, initializers as tensors, inputs and outputs.
-- A message of protocol buffers is a list of fields; nothing of it is trusted beyond its own bytes.
local ffi = require 'ffi'
local M = {}

local function fail(at, why) error(('offset %d: %s'):format(at, why), 0) end

-- Numbers of 7 bits a byte, the lowest first: as a Lua number, two's complement of 64 bits.
local function varint(bytes, at, last)
   local v, shift, i = 0LL, 0, at
   repeat
      if i > last or shift > 63 then fail(at, 'a number that does not end') end
      local b = bytes:byte(i)
      v = v + bit.lshift(0LL + bit.band(b, 127), shift)
      shift, i = shift + 7, i + 1
   until b < 128
   return tonumber(v), i
end

--- fields(bytes, first, last, f): calls f(number, value, to) of every field; of a text, value and `to` are its place.
local function fields(bytes, first, last, f)
   if not last then fail(0, ('a message expected, got the number %s'):format(tostring(first))) end
   local at = first
   while at <= last do
      local key, v
      key, at = varint(bytes, at, last)
      local kind, number = key % 8, math.floor(key / 8)
      if kind == 0 then
         v, at = varint(bytes, at, last)
         f(number, v)
      else
         local size = kind == 5 and 4 or kind == 1 and 8
         if kind == 2 then size, at = varint(bytes, at, last) end
         if not size then fail(at, 'a field of kind ' .. kind) end
         if size < 0 or at + size - 1 > last then fail(at, 'a field beyond the end') end
         f(number, at, at + size - 1)
         at = at + size
      end
   end
end

local function float_at(bytes, at) return tonumber(ffi.cast('const float *', ffi.cast('const char *', bytes) + at - 1)[0]) end

-- Repeated whole numbers come one by one, or packed in one text.
local function add_whole(bytes, list, v, to)
   if not to then
      list[#list + 1] = v
      return
   end
   local at = v
   while at <= to do list[#list + 1], at = varint(bytes, at, to) end
end

local function add_floats(bytes, list, from, to)
   if not to then fail(0, ('floats expected, got the number %s'):format(tostring(from))) end
   for at = from, to - 3, 4 do list[#list + 1] = float_at(bytes, at) end
end

local classes = {[1] = 'torch.FloatTensor', [2] = 'torch.ByteTensor', [3] = 'torch.CharTensor', [6] = 'torch.IntTensor', [7] = 'torch.LongTensor',
   [9] = 'torch.BoolTensor', [10] = 'torch.HalfTensor', [11] = 'torch.DoubleTensor', [16] = 'torch.BFloat16Tensor'}

-- A tensor of given sizes from raw bytes or a list of numbers; one without dimensions has one element.
local function filled(name, code, sizes, raw, numbers)
   local class, count = classes[code], 1
   if not class then error(('%s: elements of kind %d are not read here'):format(name, code), 0) end
   for _, size in ipairs(sizes) do count = count * size end
   local x = torch.getmetatable(class).new()
   if count == 0 then return x end
   local width = x:elementSize()
   if raw and #raw ~= count * width or not raw and #numbers ~= count then error(name .. ': as many elements as its sizes say expected', 0) end
   x:resize(torch.LongStorage(#sizes > 0 and sizes or {1}))
   if raw then ffi.copy(x:data(), raw, #raw)
   else x:copy(torch.DoubleTensor(numbers):view(x:size())) end
   return x
end

-- StringStringEntryProto: key 1, value 2.
local function entry(bytes, first, last)
   local key, value
   fields(bytes, first, last, function(n, v, to)
      if n == 1 then key = bytes:sub(v, to) elseif n == 2 then value = bytes:sub(v, to) end
   end)
   return key, value
end

-- The bytes of a weight in another file, below the folder of the model.
local function outside(name, place, folder)
   local path = place.location or ''
   if path == '' or path:find('^/') or ('/' .. path .. '/'):find('/../', 1, true) then error(('%s lies in %q, which is not below the model\'s folder'):format(name, path), 0) end
   local f, why = io.open(folder .. path, 'rb')
   if not f then error(('%s: %s'):format(name, why), 0) end
   f:seek('set', tonumber(place.offset) or 0)
   local raw = f:read(tonumber(place.length) or '*a')
   f:close()
   return raw or ''
end

-- TensorProto: dims 1, data_type 2, float_data 4, int32_data 5, int64_data 7, name 8, raw_data 9, double_data 10, external 13.
local function tensor(bytes, first, last, folder)
   local sizes, numbers, code, name, raw, place, apart = {}, {}, 1, '', nil, {}, false
   fields(bytes, first, last, function(n, v, to)
      if n == 1 then add_whole(bytes, sizes, v, to)
      elseif n == 2 then code = v
      elseif n == 4 then add_floats(bytes, numbers, v, to)
      elseif n == 5 or n == 7 then add_whole(bytes, numbers, v, to)
      elseif n == 8 then name = bytes:sub(v, to)
      elseif n == 9 then raw = bytes:sub(v, to)
      elseif n == 14 then apart = v == 1
      elseif n == 13 then
         local key, value = entry(bytes, v, to)
         if key then place[key] = value end
      end
   end)
   if apart then raw = outside(name, place, folder) end
   return name, filled(name, code, sizes, raw, numbers)
end

-- AttributeProto: name 1, f 2, i 3, s 4, t 5, g 6, floats 7, ints 8, strings 9.
local function attribute(bytes, first, last, folder)
   local name, value, list = nil, nil, {}
   fields(bytes, first, last, function(n, v, to)
      if n == 1 then name = bytes:sub(v, to)
      elseif n == 2 and to == v + 3 then value = float_at(bytes, v)
      elseif n == 3 then value = v
      elseif n == 4 then value = bytes:sub(v, to)
      elseif n == 5 then value = select(2, tensor(bytes, v, to, folder))
      elseif n == 6 then value = 'graph'
      elseif n == 7 then add_floats(bytes, list, v, to)
      elseif n == 8 then add_whole(bytes, list, v, to)
      elseif n == 9 then list[#list + 1] = bytes:sub(v, to) end
   end)
   if #list > 0 then value = list end
   return name, value
end

-- NodeProto: input 1, output 2, name 3, op_type 4, attribute 5, domain 7.
local function node(bytes, first, last, folder)
   local x = {inputs = {}, outputs = {}, attributes = {}, name = '', kind = '', domain = ''}
   fields(bytes, first, last, function(n, v, to)
      if n == 1 then table.insert(x.inputs, bytes:sub(v, to))
      elseif n == 2 then table.insert(x.outputs, bytes:sub(v, to))
      elseif n == 3 then x.name = bytes:sub(v, to)
      elseif n == 4 then x.kind = bytes:sub(v, to)
      elseif n == 7 then x.domain = bytes:sub(v, to)
      elseif n == 5 then
         local name, value = attribute(bytes, v, to, folder)
         if name then x.attributes[name] = value end
      end
   end)
   return x
end

-- ValueInfoProto: name 1, type 2 (tensor_type 1 (elem_type 1, shape 2 (dim 1 (value 1, name 2)))). A size is a number or a name.
local function declared(bytes, first, last)
   local x = {name = '', sizes = {}, code = 1}
   local function dim(v, to)
      local size = '?'
      fields(bytes, v, to, function(n, w, wto)
         if n == 1 then size = w elseif n == 2 then size = bytes:sub(w, wto) end
      end)
      x.sizes[#x.sizes + 1] = size
   end
   fields(bytes, first, last, function(n, v, to)
      if n == 1 then x.name = bytes:sub(v, to) end
      if n ~= 2 then return end
      fields(bytes, v, to, function(k, w, wto)
         if k ~= 1 then return end
         fields(bytes, w, wto, function(j, u, uto)
            if j == 1 then x.code = u
            elseif j == 2 then fields(bytes, u, uto, function(_, d, dto) dim(d, dto) end) end
         end)
      end)
   end)
   return x
end

-- GraphProto: node 1, initializer 5, input 11, output 12.
local function graph(bytes, first, last, folder)
   local g = {nodes = {}, weights = {}, inputs = {}, outputs = {}}
   fields(bytes, first, last, function(n, v, to)
      if n == 1 then table.insert(g.nodes, node(bytes, v, to, folder))
      elseif n == 5 then
         local name, value = tensor(bytes, v, to, folder)
         g.weights[name] = value
      elseif n == 11 then table.insert(g.inputs, declared(bytes, v, to))
      elseif n == 12 then table.insert(g.outputs, declared(bytes, v, to)) end
   end)
   return g
end

local function contents(path)
   local f, why = io.open(path, 'rb')
   if not f then error(why, 0) end
   local bytes = f:read('*a')
   f:close()
   if not bytes then error(path .. ': no file that can be read', 0) end
   return bytes
end

local function model(path, bytes)
   local g, opset
   fields(bytes, 1, #bytes, function(n, v, to)
      if n == 7 and to then g = graph(bytes, v, to, path:match('^(.*/)') or './') end
      if n ~= 8 or not to then return end
      local domain, version = '', 1
      fields(bytes, v, to, function(k, w, wto)
         if k == 1 then domain = bytes:sub(w, wto) elseif k == 2 then version = w end
      end)
      if domain == '' or domain == 'ai.onnx' then opset = version end
   end)
   if not g then error('no graph in it', 0) end
   g.opset = opset or 1
   return g
end

--- read(path) -> graph: nodes, a list of {kind, name, domain, inputs, outputs, attributes}; weights, tensors by name; inputs and
-- outputs, lists of {name, sizes, code}; opset, the version of the operators. Raises with the file and the offset of what is wrong.
function M.read(path)
   local ok, g = pcall(model, path, contents(path))
   if not ok then error(('%s: %s'):format(path, g), 0) end
   return g
end

return M
