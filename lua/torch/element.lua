-- Elements through the FFI: what is read from memory, and what is written there.
--
-- A number read from memory goes into a Lua value as it is, and LuaJIT keeps its other values in the bit
-- patterns of negative NaNs: one from memory that nobody has set, or from a hostile file, would become a
-- function or a string at any address, at once or by the next operation. So the bits are looked at
-- before there is a value. What is infinite or NaN goes by way of C, for the JIT assumes that a number
-- written meanwhile does not change the bits at the same place.
local ffi = require 'ffi'
local C = require 'libtorch'
local band, cast, istype, tonumber, type = bit.band, ffi.cast, ffi.istype, tonumber, type
local words = ffi.typeof('int32_t *')
local HIGH = ffi.abi('le') and 1 or 0
local double_of = cast('double (*)(const double *)', C.elements.double)
local float_of = cast('double (*)(const float *)', C.elements.float)
local whole_part = cast('int64_t (*)(double)', C.elements.wholepart)

local M = {read = {}, write = {}}

--- A number as Lua has it, but 3LL and 3ULL as they are: C takes all their bits. nil for what is none.
function M.number(v)
   if type(v) == 'cdata' and (istype('int64_t', v) or istype('uint64_t', v)) then return v end
   return tonumber(v)
end

--- read: functions of a pointer and an index from 0, by type name; every NaN is the one of 0/0.
function M.read.Double(p, i)
   if band(cast(words, p + i)[HIGH], 0x7fffffff) >= 0x7ff00000 then return double_of(p + i) end
   return p[i]
end
function M.read.Float(p, i)
   if band(cast(words, p + i)[0], 0x7fffffff) >= 0x7f800000 then return float_of(p + i) end
   return p[i]
end

--- write: functions of a pointer, an index from 0 and a number.
local function plain(p, i, v) p[i] = v end
M.write.Double, M.write.Float = plain, plain

local function read_integer(p, i) return tonumber(p[i]) end
-- TH_wholePart's rule (TH/include/TH/THTypes.h); inside int the FFI does the same
local function write_integer(p, i, v)
   if v > -2147483649 and v < 2147483648 then p[i] = v else p[i] = whole_part(v) end
end
for _, t in ipairs(C.types) do
   if t.kind == 'INTEGER' then M.read[t.name], M.write[t.name] = read_integer, write_integer end
end

-- Of a BoolTensor: 0 or 1, as of a mask of Bytes.
function M.read.Bool(p, i) return p[i] ~= 0 and 1 or 0 end
function M.write.Bool(p, i, v) p[i] = v ~= 0 and 1 or 0 end

return M
