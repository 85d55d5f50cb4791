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

--- Argument number `at` (0: self), called `arg`, is wrong.
function M.error(name, at, arg, message, ...)
   local which = at == 0 and 'self' or 'argument #' .. at
   error(string.format('%s%s: %s (%s): ', C.where(), name, which, arg) .. string.format(message, ...), 0)
end

return M
