-- Gradients that are too large.
local checks = require 'train.fail'
local optim = require 'optim'
local torch = torch
local M = {}

local function each(name, grads, limit)
   if torch.isTensor(grads) then grads = {grads} end
   checks.check(name, 1, 'gradients', 'table', grads)
   checks.check(name, 2, 'limit', 'positive', limit)
   return grads
end

--- train.clipValue(gradients, limit): optim.clipValue with checked arguments: cuts each element off at -limit and limit, in place. gradients: a tensor or a
-- list of them.
function M.clipValue(gradients, limit)
   optim.clipValue(each('clipValue', gradients, limit), limit)
end

--- train.clipNorm(gradients, limit [, p=2]) -> norm: scales all of them, in place, so that their p-norm as one vector
-- is at most limit; p may be math.huge. Returns the norm that it was. Gradients with a NaN stay as they are.
--
-- Source: Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
function M.clipNorm(gradients, limit, p)
   local list = each('clipNorm', gradients, limit)
   return optim.clipNorm(list, limit, checks.check('clipNorm', 3, 'p', 'positive|nil', p))
end

return M
