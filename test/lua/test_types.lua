--- Every element type beside every other: conversions against naive ones, views, files; and what BFloat16 and Bool are.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'torch'
local ffi = require 'ffi'
local eq, ok, raises = check.eq, check.ok, check.error
local list = require('libtorch').types
local inf, nan = math.huge, 0 / 0

local function class(name) return torch[name .. 'Tensor'] end
local function show(v) return v == 0 and (1 / v < 0 and '-0' or '0') or ('%.17g'):format(v) end
-- Equal numbers, zeros with equal signs; NaN equals NaN.
local function same(a, b) return a ~= a and b ~= b or a == b and (a ~= 0 or 1 / a == 1 / b) end

---------------------------------------------------------------- naive conversions

-- v with a significand of `bits` bits and exponents from `low` on, ties to even; beyond `most`: infinite.
local function rounded(v, bits, low, most)
   if v ~= v or v == 0 or math.abs(v) == inf then return v end
   local _, e = math.frexp(v)
   local unit = math.ldexp(1, math.max(e - bits, low))
   local q = math.abs(v) / unit
   local whole = math.floor(q)
   if q - whole > 0.5 or q - whole == 0.5 and whole % 2 == 1 then whole = whole + 1 end
   local r = whole * unit
   if r > most then r = inf end
   return v < 0 and -r or r -- keeps the sign of a zero
end
local function single(v) return tonumber(ffi.cast('double', ffi.new('float[1]', v)[0])) end

-- The low bits of a whole number that an int64_t holds.
local function wrapped(bits, signed)
   return function(v)
      if v ~= v then return 0 end
      local whole
      if v >= 2 ^ 63 then whole = 0x7fffffffffffffffLL
      elseif v < -2 ^ 63 then whole = -0x7fffffffffffffffLL - 1
      else whole = ffi.cast('int64_t', v) end
      if bits == 64 then return tonumber(whole) end
      local low = tonumber(bit.band(whole, bit.lshift(1LL, bits) - 1))
      return signed and low >= 2 ^ (bits - 1) and low - 2 ^ bits or low
   end
end
local naive = {
   Byte = wrapped(8, false), Char = wrapped(8, true), Short = wrapped(16, true), Int = wrapped(32, true), Long = wrapped(64, true),
   Float = single, Double = function(v) return v end,
   Half = function(v) return rounded(single(v), 11, -24, 65504) end,
   BFloat16 = function(v) return rounded(single(v), 8, -133, (2 - 2 ^ -7) * 2 ^ 127) end,
   Bool = function(v) return v ~= 0 and 1 or 0 end,
}
for _, t in ipairs(list) do ok(naive[t.name], 'the test knows ' .. t.name) end

---------------------------------------------------------------- every type into every type

local special = {0, -0.0, 1, -1, 0.5, -0.5, 0.999, 2, 3, 127, 128, -128, -129, 255, 256, 257, 300, 32767, 32768, -32769, 65535, 65536,
   2 ^ 24 + 1, 2 ^ 31 - 1, 2 ^ 31, -2 ^ 31, -2 ^ 31 - 1, 2 ^ 32 + 5, 2 ^ 53, -2 ^ 53, 1 / 3, math.pi, -1e-3, inf, -inf, nan,
   -- ties of Half and its neighbours, its bounds, its subnormal numbers
   1 + 2 ^ -11, 1 + 3 * 2 ^ -11, 1 + 2 ^ -11 + 2 ^ -20, -1 - 2 ^ -11, 2049, 2051, 65504, 65519, 65520, 65521, 2 ^ -14, 2 ^ -15, 2 ^ -24,
   2 ^ -25, 2 ^ -25 * 1.5, 3 * 2 ^ -25, -2 ^ -26,
   -- of BFloat16
   1 + 2 ^ -8, 1 + 3 * 2 ^ -8, 1 + 2 ^ -8 + 2 ^ -20, 1 + 2 ^ -8 - 2 ^ -20, -1 - 2 ^ -8, 2 - 2 ^ -8, 257, 259, (2 - 2 ^ -7) * 2 ^ 127, (2 - 2 ^ -8) * 2 ^ 127,
   (2 - 2 ^ -8 - 2 ^ -20) * 2 ^ 127, 2 ^ -126, 2 ^ -127, 2 ^ -133, 2 ^ -134, 3 * 2 ^ -134, 2 ^ -135, 2 ^ -149, -2 ^ -149,
   -- of Float
   1 + 2 ^ -24, 1 + 3 * 2 ^ -24, (2 - 2 ^ -23) * 2 ^ 127, 1e39, -1e39, 2 ^ -150, 2 ^ -1074}
local small = {} -- what an int holds is converted by whole vectors
for i = 1, 700 do small[i] = (i - 350) * 0.75 end
local many = {}
for i = 1, 600 do many[i] = special[(i * 7) % #special + 1] end

-- Elements in order, a Long as near as a number comes.
local function elements(x)
   local t = {}
   for i = 1, x:size(1) do t[i] = x[i] end
   return t
end

local function check_elements(x, expected, what)
   for i, v in ipairs(expected) do
      if not same(x[i], v) then
         ok(false, ('%s: element %d is %s, not %s'):format(what, i, show(x[i]), show(v)))
         return
      end
   end
   ok(x:size(1) == #expected, what)
end

local function convert_all(from, x, what)
   local values = elements(x)
   local wide = torch.DoubleTensor(values):type(x:type()) -- each value through a number, as elements are read
   local exact = from ~= 'Long' -- of which a number may hold less
   for _, t in ipairs(list) do
      local expected = {}
      for i, v in ipairs(values) do expected[i] = naive[t.name](v) end
      local name = ('%s to %s, %s'):format(from, t.name, what)
      local source = exact and x or wide
      local y = source:type('torch.' .. t.name .. 'Tensor')
      if exact or t.name ~= 'Int' and t.name ~= 'Short' and t.name ~= 'Char' and t.name ~= 'Byte' then
         check_elements(y, expected, name)
      end
      local strided = class(t.name)(#values, 2):zero()
      strided:select(2, 2):copy(source)
      check_elements(strided:select(2, 2), elements(y), name .. ', into columns')
      local s = torch[t.name .. 'Storage'](#values):copy(source.new(#values):copy(source):storage())
      check_elements(class(t.name)(s), elements(y), name .. ', storages')
   end
end

for _, t in ipairs(list) do
   for what, values in pairs{special = special, small = small, many = many} do
      local x, expected = class(t.name)(values), {}
      for i, v in ipairs(values) do expected[i] = naive[t.name](v) end
      check_elements(x, expected, t.name .. ' from a table, ' .. what)
      check_elements(torch.DoubleTensor(values):type(x:type()), expected, 'Double to ' .. t.name .. ', ' .. what)
      local filled, set = class(t.name)(1), class(t.name)(#values)
      for i, v in ipairs(values) do
         set[i] = v
         ok(same(filled:fill(v)[1], expected[i]), ('fill of %s with %s'):format(t.name, show(v)))
      end
      check_elements(set, expected, t.name .. ' set one by one, ' .. what)
      convert_all(t.name, x, what)
      local spread = class(t.name)(#values, 3):zero()
      spread:select(2, 2):copy(x)
      convert_all(t.name, spread:select(2, 2), what .. ', from columns')
   end
end

-- Exactly the numbers that the neighbours in 16 bits stand for.
local bits = torch.ShortTensor(65536)
for i = 0, 65535 do bits[i + 1] = i end
local function all_patterns(name)
   local s = torch[name .. 'Storage'](65536)
   ffi.copy(s:data(), bits:data(), 2 * 65536)
   return class(name)(s)
end
for _, name in ipairs{'Half', 'BFloat16'} do
   local x = all_patterns(name)
   local back = x:float():type(x:type())
   local wrong = 0
   for i = 1, 65536 do
      local a, b = x[i], back[i]
      if not same(a, b) then wrong = wrong + 1 end
   end
   eq(wrong, 0, name .. ' through Float and back')
   local copy, kept = x:clone(), true
   for i = 0, 65535 do kept = kept and copy:data()[i].x == x:data()[i].x end
   ok(kept, name .. ': a copy has the same bits, those of NaN too')
end

-- The processor's own conversion, eight at a time, gives the bits that one element gets: NaN's payload too.
do
   local patterns = ffi.new('uint32_t[16]', 0x7FC00000, 0xFFC00000, 0x7F800001, 0xFF801234, 0x7FFFFFFF, 0x7FC02000, 0x7F802000, 0xFFFFE000,
      0x33000000, 0x33000001, 0x387FE000, 0x387FF000, 0x477FEFFF, 0x477FF000, 0x80000001, 0x7F7FFFFF)
   local s = torch.FloatStorage(16)
   ffi.copy(s:data(), patterns, 64)
   local x = torch.FloatTensor(s)
   local row = torch.HalfTensor(16):copy(x)
   for i = 1, 16 do
      eq(row:data()[i - 1].x, torch.HalfTensor(1):copy(x:narrow(1, i, 1)):data()[0].x, ('float of bits %08x as half'):format(patterns[i - 1]))
   end
end

---------------------------------------------------------------- as classes

for name, facts in pairs{BFloat16 = {size = 2, method = 'bfloat16'}, Bool = {size = 1, method = 'bool'}} do
   local T, S = class(name), torch[name .. 'Storage']
   local x = T{{1, 0, 1}, {0, 0, 1}}
   eq(torch.type(x), 'torch.' .. name .. 'Tensor', 'type of ' .. name)
   eq(torch.type(x:storage()), 'torch.' .. name .. 'Storage', 'type of the storage of ' .. name)
   eq({x:elementSize(), S.elementSize(), T.elementSize()}, {facts.size, facts.size, facts.size}, 'bytes of ' .. name)
   eq(torch.type(torch.ones(2)[facts.method](torch.ones(2))), torch.type(x), 'x:' .. facts.method .. '()')
   eq(x[facts.method](x) == x, true, 'a tensor of the type stays itself')
   eq(torch.isTensor(x) and torch.isStorage(x:storage()), true, name .. ' is a tensor')
   eq(x:totable(), {{1, 0, 1}, {0, 0, 1}}, name .. ' as tables')
   eq(x:storage():totable(), {1, 0, 1, 0, 0, 1}, name .. ' storage as a table')
   local function as_double(text) return (text:gsub(name, 'Double')) end
   eq(as_double(tostring(x)), tostring(x:double()), 'text of ' .. name)
   eq(as_double(tostring(x:storage())), tostring(x:double():storage()), 'text of a storage of ' .. name)
   eq(tostring(T()), '[torch.' .. name .. 'Tensor with no dimension]\n', 'text of an empty one')

   -- views share
   eq(x:t():totable(), {{1, 0}, {0, 0}, {1, 1}}, name .. ' transposed')
   eq(x:narrow(2, 2, 2):contiguous():totable(), {{0, 1}, {0, 1}}, name .. ' narrowed')
   eq(x:view(6):unfold(1, 2, 4):totable(), {{1, 0}, {0, 1}}, name .. ' unfolded')
   eq(x:view(3, 2):totable(), {{1, 0}, {1, 0}, {0, 1}}, name .. ' viewed')
   eq(x:select(1, 2):view(1, 3):expand(2, 3):totable(), {{0, 0, 1}, {0, 0, 1}}, name .. ' expanded')
   eq(x[{{}, {2, 3}}]:totable(), {{0, 1}, {0, 1}}, name .. ' by ranges')
   eq(x[2][3], 1, 'an element of ' .. name)
   eq(x[{1, 2}], 0, 'an element of ' .. name .. ' by a table')
   eq(x[torch.LongStorage{1, 3}], 1, 'an element of ' .. name .. ' by a storage')
   local y = x:clone()
   y:t()[2]:fill(1)
   y[{1, 1}] = 0
   y[2][1] = 1
   eq(y:totable(), {{0, 1, 1}, {1, 1, 1}}, name .. ' assigned')
   y[{{}, 1}] = 0
   y[1] = T{1, 0, 0}
   eq(y:totable(), {{1, 0, 0}, {0, 1, 1}}, name .. ' rows and columns assigned')
   eq(y:zero():totable(), {{0, 0, 0}, {0, 0, 0}}, name .. ' zeroed')
   eq(T(2, 3):isSameSizeAs(x), true, name .. ' sizes')
   eq(x:repeatTensor(2, 1):totable(), {{1, 0, 1}, {0, 0, 1}, {1, 0, 1}, {0, 0, 1}}, name .. ' repeated')
   eq(#x:split(2, 2), 2, name .. ' split')
   eq(torch.equal(x, x:clone()), true, name .. ' is equal to a copy')
   eq(x:equal(y), false, name .. ' is not equal to another')
   eq(T():equal(T()), true, 'empty ones are equal')
   raises(function() torch.equal(x, x:double()) end, 'DoubleTensor', 'equal wants one type')

   -- files, the same through memory
   for _, mode in ipairs{'binary', 'ascii'} do
      local back = torch.deserialize(torch.serialize({x, x:t(), x:storage()}, mode), mode)
      eq(torch.type(back[1]), torch.type(x), name .. ' back from a file, ' .. mode)
      eq({back[1]:totable(), back[2]:totable(), back[3]:totable()}, {x:totable(), x:t():totable(), x:storage():totable()},
         name .. ' values back from a file, ' .. mode)
      eq(torch.pointer(back[1]:storage()), torch.pointer(back[2]:storage()), name .. ' shares its storage in a file')
   end
   local f = torch.MemoryFile():binary()
   f['write' .. name](f, S{1, 0, 1})
   local one = name == 'Bool' or 1
   f['write' .. name](f, one)
   f:seek(1)
   eq(f['read' .. name](f, 3):totable(), {1, 0, 1}, 'read' .. name)
   eq(f['read' .. name](f), one, 'read' .. name .. ' of one')
   f:close()

   -- as default
   local before = torch.getdefaulttensortype()
   torch.setdefaulttensortype('torch.' .. name .. 'Tensor')
   eq({torch.getdefaulttensortype(), torch.type(torch.Tensor(2)), torch.type(torch.Storage(2)), torch.type(torch.DoubleTensor{1}:real())},
      {x:type(), x:type(), 'torch.' .. name .. 'Storage', x:type()}, name .. ' as default type')
   torch.setdefaulttensortype(before)

   -- the FFI's structs
   eq(ffi.sizeof(ffi.typeof('TH' .. name .. 'Tensor')), ffi.sizeof('THFloatTensor'), 'struct of ' .. name)
   eq(tonumber(x:cdata().storage.size), 6, 'cdata of ' .. name)
   eq(tonumber(ffi.cast('intptr_t', x:data())), tonumber(x:data(true)), 'data of ' .. name)

   -- what it lacks, says so
   raises(function() torch.sin(x) end, name .. 'Tensor does not implement the torch.sin%(%) function', 'no sine of ' .. name)
   raises(function() torch.add(x, 1) end, name .. 'Tensor does not implement the torch.add%(%) function', 'no sum of ' .. name)
   raises(function() x.new(2):maskedFill(torch.ByteTensor{1, 0}, 1) end, 'maskedFill', 'no maskedFill of ' .. name)
   raises(function() return torch.ones(2):add(x) end, name .. 'Tensor does not implement the torch.add', 'types must be equal')
end

---------------------------------------------------------------- BFloat16

local b = torch.BFloat16Tensor{1.5, -2, 0.25}
eq({b:add(1):totable(), torch.type(b:add(1))}, {{2.5, -1, 1.25}, 'torch.BFloat16Tensor'}, 'sums go by way of Float')
eq((b - b:clone():fill(1)):totable(), {0.5, -3, -0.75}, 'differences too')
eq(b:abs():totable(), {1.5, 2, 0.25}, 'absolute values')
eq({b:max(), b:mean() * 12}, {1.5, -1}, 'largest and mean')
eq(b:reshape(3, 1):size():totable(), {3, 1}, 'reshape')
eq(tonumber(torch.BFloat16Tensor{-1}:data()[0].x), 0xBF80, 'bits')

---------------------------------------------------------------- Bool

local t = torch.BoolTensor{true, false, true}
eq(t:totable(), {1, 0, 1}, 'truth values in a table')
eq(torch.BoolTensor{{0.5, 0}, {nan, -3}}:totable(), {{1, 0}, {1, 1}}, 'what is not 0 is true')
t[2] = true
t[{3}] = false
eq(t:totable(), {1, 1, 0}, 'truth values assigned')
eq(t:fill(true):totable(), {1, 1, 1}, 'filled with true')
eq(t:fill(false):totable(), {0, 0, 0}, 'filled with false')
local s = torch.BoolStorage{true, 0, 7}
s[2] = true
eq(s:totable(), {1, 1, 1}, 'storage of truth values')
eq(s:fill(false):totable(), {0, 0, 0}, 'storage filled')
raises(function() t[1] = 'true' end, 'number', 'a string is no truth value')
raises(function() torch.ByteTensor{true} end, 'not a number', 'true is no Byte')
raises(function() return torch.BoolTensor{'x'} end, 'not a number', 'a string is no Bool')
raises(function() s:string() end, 'only for Byte and Char', 'no string')
eq({torch.BoolTensor{1, 1}:all(), torch.BoolTensor{1, 0}:all(), torch.BoolTensor{0, 0}:any(), torch.BoolTensor{1, 0}:any()},
   {true, false, false, true}, 'all and any')
eq(torch.type(torch.ones(2):eq(1)), 'torch.ByteTensor', 'comparisons give Bytes')
-- a byte that is neither 0 nor 1
local odd = torch.BoolStorage(2):fill(false)
odd:data()[1] = 2
eq({odd[2], torch.BoolTensor(odd):byte()[2], torch.BoolTensor(odd):any()}, {1, 1, true}, 'any other byte is true')
eq(torch.deserialize(torch.serialize(odd))[2], 1, 'also from a file')

---------------------------------------------------------------- masks

for _, name in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} do
   local x = class(name){{1, 2, 3}, {4, 5, 6}}
   local bytes = torch.ByteTensor{{1, 0, 0}, {1, 1, 0}}
   local mask = bytes:bool()
   local what = ' by a BoolTensor, ' .. name
   eq(x:maskedSelect(mask):totable(), {1, 4, 5}, 'maskedSelect' .. what)
   eq(x[mask]:totable(), {1, 4, 5}, 'index' .. what)
   local r = x.new()
   r:maskedSelect(x, mask)
   eq(r:totable(), {1, 4, 5}, 'maskedSelect into a result' .. what)
   eq(x:t():maskedSelect(mask:t()):totable(), x:t():maskedSelect(bytes:t()):totable(), 'maskedSelect, transposed' .. what)
   local y = x:clone()
   y:maskedFill(mask, 9)
   eq(y:totable(), {{9, 2, 3}, {9, 9, 6}}, 'maskedFill' .. what)
   y[mask] = 0
   eq(y:totable(), {{0, 2, 3}, {0, 0, 6}}, 'assignment' .. what)
   y:maskedCopy(mask, class(name){7, 8, 9})
   eq(y:totable(), {{7, 2, 3}, {8, 9, 6}}, 'maskedCopy' .. what)
   y[mask] = class(name){1, 1, 1}
   eq(y:totable(), {{1, 2, 3}, {1, 1, 6}}, 'assignment of a tensor' .. what)
   raises(function() x:maskedSelect(torch.BoolTensor(5)) end, 'number of elements', 'a mask of another size' .. what)
end
raises(function() torch.ones(2):maskedFill(torch.BoolTensor{1, 0}, 'x') end, 'argument #2 %(value%)', 'the value is wrong, not the mask')
raises(function() torch.ones(2):maskedFill(torch.LongTensor{1, 0}, 1) end, 'argument #1 %(m%): torch.ByteTensor expected', 'a mask of Longs')

check.finish()
