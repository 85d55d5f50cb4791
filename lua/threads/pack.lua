-- Lists of Lua values as lists of what a message can hold (message.h), and back.
--
-- Most values of a job need no serialization. The first one of a packed list says how each value has travelled: v as it
-- is; c a function without upvalues, as its bytecode; s serialized, with a number and as many shared objects behind it.
local M = {}
local type, select, getupvalue = type, select, debug.getupvalue

local as_is = {['nil'] = true, boolean = true, number = true, string = true}
local bytecode = setmetatable({}, {__mode = 'k'}) -- of functions that have travelled; false: has upvalues
local functions = setmetatable({}, {__mode = 'v'}) -- by bytecode

local function code_of(f)
   local code = bytecode[f]
   if code == nil then
      code = not getupvalue(f, 1) and debug.getinfo(f, 'S').what ~= 'C' and string.dump(f)
      bytecode[f] = code
   end
   return code
end

local function function_of(code)
   local f = functions[code]
   if not f then
      f = assert(loadstring(code))
      functions[code] = f
   end
   return f
end

local function pack_serialized(by, value, list, n)
   local bytes, objects = by.save(value)
   local count = objects and #objects or 0
   list[n + 1], list[n + 2] = bytes, count
   for i = 1, count do list[n + 2 + i] = objects[i] end
   return n + 2 + count
end

-- How a value travels, 'v', 'c' or 's'; for 'c' its bytecode, too.
local function way(by, value)
   local kind = type(value)
   if as_is[kind] then return 'v' end
   if kind == 'function' then
      local code = code_of(value)
      if code then return 'c', code end
   elseif by.shared and kind == 'userdata' and (torch.isTensor(value) or torch.isStorage(value)) then
      return 'v'
   end
   return 's'
end

--- pack(by, ...): list, n. by: a module such as threads.serialize.
function M.pack(by, ...)
   local list, n, ways = {}, 1, ''
   for i = 1, select('#', ...) do
      local value = select(i, ...)
      local how, code = way(by, value)
      ways = ways .. how
      if how == 's' then
         n = pack_serialized(by, value, list, n)
      else
         n = n + 1
         list[n] = code or value
      end
   end
   list[1] = ways
   return list, n
end

-- The values from the i-th way on, of what is at `at` in the list.
local function unpack_from(by, list, ways, i, at)
   if i > #ways then return end
   local how, value = ways:byte(i), list[at]
   if how == 118 then return value, unpack_from(by, list, ways, i + 1, at + 1) end
   if how == 99 then return function_of(value), unpack_from(by, list, ways, i + 1, at + 1) end
   local objects = {}
   for k = 1, list[at + 1] do objects[k] = list[at + 1 + k] end
   return by.load(value, objects), unpack_from(by, list, ways, i + 1, at + 2 + #objects)
end

--- unpack(by, ways, ...): the values again.
function M.unpack(by, ways, ...)
   if not ways:find('[^v]') then return ... end
   return unpack_from(by, {...}, ways, 1, 1)
end

return M
