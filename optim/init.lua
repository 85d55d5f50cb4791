--- optim: first-order, batch and derivative-free minimizers, and the tools around training.
--
--    x*, {f...} = optim.method(opfunc, x [, config [, state]])
--
-- opfunc(x) returns f(x) and df/dx. x is changed in place and returned too. What a method must
-- remember between calls lives in `state`, which is `config` when only that is given, and a fresh
-- table when neither is. Both may hold keys of the program's own; one that is a misspelled option of the
-- method is an error.
--
-- All methods, but FistaLS, also take a list of tensors as x, such as net:parameters(), with the results of one flat vector, bit for
-- bit (lamb: a step for each). opfunc(x) then returns f(x) and a list of gradients; or, of tensors that want gradients, the loss as a
-- recorded tensor alone; or a number alone, after backward: x[i]:grad() counts.
--
--    optim.adam(function() return loss(W, b) end, {W, b}, config)
--
-- What is remembered of each is in state.parts, or, by methods that look at all parameters together, in state.
require 'torch'
require 'xlua'  -- scripts rely on its being here

optim = optim or {}
local optim = optim

for _, name in ipairs{
   'sgd', 'nag', 'adam', 'adamax', 'adagrad', 'adadelta', 'rmsprop', 'asgd', 'rprop', 'adamw', 'radam', 'lion', 'lamb',
   'polyinterp', 'lswolfe', 'cg', 'lbfgs', 'FistaLS', 'cmaes', 'de', -- who uses whom later
   'checkgrad', 'ConfusionMatrix', 'Logger', 'clipNorm', 'clipValue',
} do
   local f = require('optim.settings').checked(name, require('optim.' .. name))
   f = require('optim.lists').over_lists(name, f)
   optim[name] = require('optim.arguments').checked(name, f)
end

return optim
