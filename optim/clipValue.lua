local listed = require('optim.lists').toClip

--- optim.clipValue(g, most) -> g: every element of g, a tensor or a list of them, is brought into -most .. most, in place.
local function clipValue(g, most)
   for _, t in ipairs(listed('clipValue', g, most)) do t:clamp(-most, most) end
   return g
end

return clipValue
