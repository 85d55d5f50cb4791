-- Messages of protocol buffers, as strings of bytes: what files in ONNX format are written with.
local C = require 'libtorch'
local M = {}

--- varint(v): a whole number, up to 2^53, or a negative one (ten bytes).
local function varint(v)
   if v < 0 then -- two's complement of 64 bits, seven at a time
      local bytes, rest = {}, -(v + 1)
      for i = 1, 9 do
         bytes[i] = string.char(255 - rest % 128)
         rest = math.floor(rest / 128)
      end
      return table.concat(bytes) .. '\1'
   end
   local bytes = {}
   while v > 127 do
      bytes[#bytes + 1] = string.char(v % 128 + 128)
      v = math.floor(v / 128)
   end
   return table.concat(bytes) .. string.char(v)
end

function M.int(field, v) return varint(field * 8) .. varint(v) end
function M.bytes(field, s) return varint(field * 8 + 2) .. varint(#s) .. s end
--- float(field, v): 32 bits.
function M.float(field, v)
   local ffi = require 'ffi'
   return varint(field * 8 + 5) .. ffi.string(ffi.new('float[1]', v), 4)
end

-- Kinds of attributes: FLOAT 1, INT 2, STRING 3, FLOATS 6, INTS 7, STRINGS 8.
--- attribute(name, value): of a number (whole ones are ints; {float = v} is none), a string, or a list of ints or of strings.
function M.attribute(name, value)
   local text = M.bytes(1, name)
   if type(value) == 'number' then return text .. M.int(3, value) .. M.int(20, 2) end
   if type(value) == 'string' then return text .. M.bytes(4, value) .. M.int(20, 3) end
   if value.float then return text .. M.float(2, value.float) .. M.int(20, 1) end
   local parts = {text}
   local strings = type(value[1]) == 'string'
   for _, v in ipairs(value) do parts[#parts + 1] = strings and M.bytes(9, v) or M.int(8, v) end
   return table.concat(parts) .. M.int(20, strings and 8 or 7)
end

local codes = {['torch.FloatTensor'] = 1, ['torch.LongTensor'] = 7}
--- tensor(name, t): a weight, floats or longs. scalar: without dimensions.
function M.tensor(name, t, scalar)
   local ffi = require 'ffi'
   if C.recorded(t) ~= 0 then t = C.alias(t) end -- a weight that wants gradients
   if not codes[torch.type(t)] then t = t:float() end
   t = t:contiguous()
   local parts = {}
   for d = 1, scalar and 0 or t:dim() do parts[#parts + 1] = M.int(1, t:size(d)) end
   parts[#parts + 1] = M.int(2, codes[torch.type(t)])
   parts[#parts + 1] = M.bytes(8, name)
   local width = torch.type(t) == 'torch.LongTensor' and 8 or 4
   parts[#parts + 1] = M.bytes(9, t:nElement() > 0 and ffi.string(t:data(), t:nElement() * width) or '')
   return table.concat(parts)
end

--- declared(name, code, sizes): an input or output; a size that is text is a name.
function M.declared(name, code, sizes)
   local dims = {}
   for i, size in ipairs(sizes) do dims[i] = M.bytes(1, type(size) == 'number' and M.int(1, size) or M.bytes(2, size)) end
   return M.bytes(1, name) .. M.bytes(2, M.bytes(1, M.int(1, code) .. M.bytes(2, table.concat(dims))))
end

return M
