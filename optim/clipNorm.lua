local listed = require('optim.lists').toClip

local function norm_of(list, p)
   local sum, largest = 0, p == math.huge
   for _, t in ipairs(list) do
      local norm = t:nElement() == 0 and 0 or largest and math.max(math.abs(t:max()), math.abs(t:min())) or t:norm(p)
      if largest then sum = norm > sum and norm or sum
      else sum = sum + norm ^ p
      end
   end
   return largest and sum or sum ^ (1 / p)
end

-- The norm of the tensors' norms, which stay on the GPU: one wait, however many tensors there are.
local function norm_on_gpu(list, p)
   local norms = list[1].new(#list):zero()
   for i, t in ipairs(list) do
      if t:nElement() > 0 then
         local flat = t:contiguous():view(-1)
         norms:narrow(1, i, 1):copy(p == math.huge and torch.abs(flat):max(1) or flat:norm(p, 1))
      end
   end
   return p == math.huge and norms:max() or norms:norm(p)
end

--- optim.clipNorm(g, most [, p=2]) -> norm: all elements of g, a tensor or a list of them, are scaled down together, in place, so that
-- their p-norm as one vector is `most`, where it is larger; p may be math.huge. Returns the norm that they had; gradients
-- with a NaN stay as they are. A pass for the norm, and one more where it is too large.
--
--    optim.clipNorm(gradParameters, 5)
--
-- Source: Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
local function clipNorm(g, most, p)
   local list = listed('clipNorm', g, most)
   p = p or 2
   local norm = (list[1] and list[1].getDevice and norm_on_gpu or norm_of)(list, p)
   if norm > most then
      for _, t in ipairs(list) do t:mul(most / norm) end
   end
   return norm
end

return clipNorm
