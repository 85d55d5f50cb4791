-- Lists of tensors in the place of x: every tensor takes the method's step for itself, with a state of its own.
local arguments = require 'optim.arguments'
local M = {}

local function check_tensors(name, x)
   for i, t in ipairs(x) do
      if not torch.isTensor(t) then arguments.refuse(name, 2, 'x', ('a list of tensors expected; its element %d is %s'):format(i, torch.type(t))) end
   end
   if #x == 0 then arguments.refuse(name, 2, 'x', 'a list of tensors expected, got an empty table') end
end

local function step(name, f, opfunc, x, config, state)
   check_tensors(name, x)
   config = config or {}
   state = state or config
   local fx, g = opfunc(x)
   if #g ~= #x then arguments.refuse(name, 1, 'opfunc', ('%d gradients for %d tensors'):format(#g, #x)) end
   state.parts = state.parts or {}
   for i, t in ipairs(x) do
      state.parts[i] = state.parts[i] or {}
      f(function() return fx, g[i] end, t, config, state.parts[i])
   end
   return x, {fx}
end

--- f, or where its declaration lets x be a table, a function that takes lists, too.
function M.over_lists(name, f)
   local declared = arguments.arguments[name]
   if not declared or not declared:find('x tensor|table', 1, true) then return f end
   return function(opfunc, x, config, state)
      if type(x) ~= 'table' then return f(opfunc, x, config, state) end
      return step(name, f, opfunc, x, config, state)
   end
end

return M
