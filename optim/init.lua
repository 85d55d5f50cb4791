--- optim: first-order, batch and derivative-free minimizers, and the tools around training.
--
--    x*, {f...} = optim.method(opfunc, x [, config [, state]])
--
-- opfunc(x) returns f(x) and df/dx. x is changed in place and returned too. What a method must
-- remember between calls lives in `state`, which is `config` when only that is given, and a fresh
-- table when neither is. A key of theirs that is spelled almost like one that the method knows brings a
-- warning. A file is loaded when its name is first used.
require 'torch'

optim = optim or {}
local optim = optim

local names = {}
for _, name in ipairs{
   'sgd', 'nag', 'adam', 'adamax', 'adagrad', 'adadelta', 'rmsprop', 'asgd', 'rprop',
   'cg', 'lbfgs', 'lswolfe', 'polyinterp', 'FistaLS', 'cmaes', 'de',
   'checkgrad', 'ConfusionMatrix', 'Logger',
} do names[name] = true end

setmetatable(optim, {
   __index = function(t, name)
      if not names[name] then return nil end
      names[name] = nil  -- torch.class, run by the file, looks its own name up
      rawset(t, name, require('optim.settings').checked(name, require('optim.' .. name)))
      return rawget(t, name)
   end,
})

-- A file with a ConfusionMatrix may be read before the script has named that class.
require('luaT').addloader(function(classname)
   local name = classname:match('^optim%.(%a+)$')
   if name and names[name] then return optim[name] ~= nil end
end)

return optim
