-- Reading elements through the FFI. A double read from memory goes into a Lua value as it is, and
-- LuaJIT keeps its other values in the bit patterns of NaNs: one from memory that nobody has set, or
-- from a hostile file, would become a function or a string at any address. So NaNs are looked for in
-- the bits, before there is a value.
local ffi = require 'ffi'
local bxor, cast, tonumber = bit.bxor, ffi.cast, tonumber
local words = ffi.typeof('int32_t *')
local HIGH = ffi.abi('le') and 1 or 0
local FLIP = -2147483648 -- makes a signed comparison unsigned
local nan = 0 / 0

local M = {}

--- Functions of a pointer and an index from 0, by type name.
function M.Double(p, i)
   if bxor(cast(words, p + i)[HIGH], FLIP) > 0x7ff80000 then return nan end -- above 0xfff80000: a negative NaN
   return p[i]
end
function M.Float(p, i)
   if bxor(cast(words, p + i)[0], FLIP) > 0x7fc00000 then return nan end
   return p[i]
end
local function integer(p, i) return tonumber(p[i]) end
for _, name in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long'} do M[name] = integer end

return M
