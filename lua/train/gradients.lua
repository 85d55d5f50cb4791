-- Gradients that are too large.
local checks = require 'train.fail'
local torch = torch
local M = {}

local function each(name, grads, limit)
   if torch.isTensor(grads) then grads = {grads} end
   checks.check(name, 1, 'gradients', 'table', grads)
   checks.check(name, 2, 'limit', 'positive', limit)
   return grads
end

--- train.clipValue(gradients, limit): cuts each element off at -limit and limit, in place. gradients: a tensor or a
-- list of them.
function M.clipValue(gradients, limit)
   for _, g in ipairs(each('clipValue', gradients, limit)) do g:clamp(-limit, limit) end
end

--- train.clipNorm(gradients, limit [, p=2]) -> norm: scales all of them, in place, so that their p-norm as one vector
-- is at most limit; p may be math.huge. Returns the norm that it was. Gradients with a NaN stay as they are.
--
-- Source: Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
function M.clipNorm(gradients, limit, p)
   local list, sum = each('clipNorm', gradients, limit), 0
   p = checks.check('clipNorm', 3, 'p', 'positive|nil', p) or 2
   for _, g in ipairs(list) do
      local norm = g:nElement() == 0 and 0 or p == math.huge and math.abs(g:clone():abs():max()) or g:norm(p)
      if p == math.huge then
         sum = norm > sum and norm or sum
      else
         sum = sum + (p == 2 and norm * norm or norm ^ p)
      end
   end
   local norm = p == math.huge and sum or p == 2 and math.sqrt(sum) or sum ^ (1 / p)
   if norm > limit then
      for _, g in ipairs(list) do g:mul(limit / norm) end
   end
   return norm
end

return M
