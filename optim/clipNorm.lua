--- optim.clipNorm(g, most) -> norm: all elements of g, a tensor or a list of them, are scaled down together, in place, so that their norm
-- is `most`, where it is larger. Returns the norm that they had. A pass for the norm, and one more where it is too large.
--
--    optim.clipNorm(gradParameters, 5)
local function clipNorm(g, most)
   local list, sum = torch.isTensor(g) and {g} or g, 0
   for _, t in ipairs(list) do
      if t:nElement() > 0 then sum = sum + t:norm() ^ 2 end
   end
   local norm = math.sqrt(sum)
   if norm > most then
      for _, t in ipairs(list) do t:mul(most / norm) end
   end
   return norm
end

return clipNorm
