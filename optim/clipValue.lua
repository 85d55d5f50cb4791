--- optim.clipValue(g, most): every element of g, a tensor or a list of them, is brought into -most .. most, in place. Returns g.
local function clipValue(g, most)
   for _, t in ipairs(torch.isTensor(g) and {g} or g) do t:clamp(-most, most) end
   return g
end

return clipValue
