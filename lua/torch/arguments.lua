-- Errors about arguments of functions written in Lua, told as those written in C are: after the user's file and line
-- the name, the number and name of the argument, what is wrong.
local C = require 'libtorch'
local M = {}

--- refuse(name, method, ...): no form that the table declares for `name` accepts these arguments, self included: says
-- which of them is wrong, and every form.
function M.refuse(name, method, ...) return C.refuse(C.ops[name][4], method, ...) end

--- Argument number `at` (0: self), called `arg`, is wrong.
function M.error(name, at, arg, message, ...)
   local which = at == 0 and 'self' or 'argument #' .. at
   error(string.format('%s%s: %s (%s): ', C.where(), name, which, arg) .. string.format(message, ...), 0)
end

return M
