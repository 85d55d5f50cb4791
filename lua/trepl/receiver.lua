-- The object in which a function that has just failed looked for a name, told from its bytecode: of `net:forwrd(x)` and
-- `a.b.fiel.c` only net and a.b are asked for what may have been meant.
local band, rshift = bit.band, bit.rshift

local M = {}

local function parts(ins) return band(ins, 0xff), band(rshift(ins, 8), 0xff), rshift(ins, 24), band(rshift(ins, 16), 0xff), rshift(ins, 16) end

-- Codes of instructions, as this LuaJIT has them.
local op = {}
do
   local util, up = require 'jit.util', {}
   local function code(f, pc) return (parts((util.funcbc(f, pc)))) end
   op.field = code(function(x) return x.abc end, 1)
   op.global = code(function() return abc end, 1) -- luacheck: ignore
   op.upvalue = code(function() return up end, 1)
   op.move = code(function(x) local y = x return y, y end, 1)
end

-- What slot held before instruction pc of the frame at `level`; known, value.
local function value_before(f, pc, slot, level)
   local util = require 'jit.util'
   for at = pc - 1, 1, -1 do
      local code, a, b, c, d = parts((util.funcbc(f, at)))
      if a == slot then
         if code == op.global then return true, rawget(_G, util.funck(f, -d - 1)) end
         if code == op.upvalue then return true, (select(2, debug.getupvalue(f, d + 1))) end
         if code == op.move then return value_before(f, at, d, level + 1) end
         if code ~= op.field then break end
         local known, t = value_before(f, at, b, level + 1)
         local ok, v = pcall(function() return t[util.funck(f, -c - 1)] end)
         return known and ok, v
      end
   end
   local name, value = debug.getlocal(level + 1, slot + 1)
   return name ~= nil and name:match('^[%a_]') ~= nil, value -- a variable: it is there still
end

--- found(level, name, method) -> boolean, value: the object of the instruction that got nil for `name` on the current line of
-- the function at `level`; method: the object of a call x:name(). false where that cannot be told.
function M.found(level, name, method)
   local util = require 'jit.util'
   local info = debug.getinfo(level + 1, 'fl')
   local f = info.func
   for pc = 1, util.funcinfo(f).bytecodes - 1 do
      local code, a, b, c = parts((util.funcbc(f, pc)))
      if code == op.field and util.funck(f, -c - 1) == name and util.funcinfo(f, pc).currentline == info.currentline then
         local known, v
         if method then
            known, v = debug.getlocal(level + 1, a + 3) -- behind the function and the link of its frame
            known = known and v ~= nil
         else
            known, v = value_before(f, pc, b, level + 1)
         end
         local ok, member = pcall(function() return v[name] end)
         if known and ok and member == nil then return true, v end
      end
   end
   return false
end

jit.off(true, true)

return M
