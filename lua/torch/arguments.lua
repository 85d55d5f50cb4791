-- Errors about arguments of functions written in Lua, told as those written in C are: after the user's file and line
-- the name, the number and name of the argument, what is wrong.
local C = require 'libtorch'
local M = {}

--- Operations of packages: name -> {function, method, mask of types, info}.
M.added = {}

--- Function, method, mask of types and info of an operation, or nothing.
function M.operation(name)
   if M.added[name] then return unpack(M.added[name]) end
   return C.findop(C.ops, name)
end

--- refuse(name, method, ...): no form that the table declares for `name` accepts these arguments, self included: says
-- which of them is wrong, and every form.
function M.refuse(name, method, ...) return C.refuse(select(4, M.operation(name)), method, ...) end

--- plain(...): the same values, but as numbers what are integers of 64 bits of the FFI (3LL).
function M.plain(...)
   for i = 1, select('#', ...) do
      if type((select(i, ...))) == 'cdata' then
         local list = {...}
         for k = i, select('#', ...) do list[k] = type(list[k]) == 'cdata' and tonumber(list[k]) or list[k] end
         return unpack(list, 1, select('#', ...))
      end
   end
   return ...
end

--- Argument number `at` (0: self), called `arg`, is wrong.
function M.error(name, at, arg, message, ...)
   local which = at == 0 and 'self' or 'argument #' .. at
   error(string.format('%s%s: %s (%s): ', C.where(), name, which, arg) .. string.format(message, ...), 0)
end

return M
