--- optim.clipNorm(g, most [, p=2]) -> norm: all elements of g, a tensor or a list of them, are scaled down together, in place, so that
-- their p-norm as one vector is `most`, where it is larger; p may be math.huge. Returns the norm that they had; gradients
-- with a NaN stay as they are. A pass for the norm, and one more where it is too large.
--
--    optim.clipNorm(gradParameters, 5)
--
-- Source: Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
local function clipNorm(g, most, p)
   local list, sum = torch.isTensor(g) and {g} or g, 0
   p = p or 2
   local largest = p == math.huge
   for _, t in ipairs(list) do
      local norm = t:nElement() == 0 and 0 or largest and math.max(math.abs(t:max()), math.abs(t:min())) or t:norm(p)
      if largest then sum = norm > sum and norm or sum
      else sum = sum + norm ^ p
      end
   end
   local norm = largest and sum or sum ^ (1 / p)
   if norm > most then
      for _, t in ipairs(list) do t:mul(most / norm) end
   end
   return norm
end

return clipNorm
