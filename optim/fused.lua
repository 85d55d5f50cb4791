-- The fused steps (ops.lua), and whether tensors are such that they apply: Float or Double on the CPU, contiguous, of one type and
-- one number of elements. Elsewhere the methods do the same with operations of tensors.
local M = {}

local kinds = {['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true}

-- x, its gradient and what is kept, nil where there is none.
function M.fits(x, g, a, b, c)
   local kind = torch.type(x)
   if not kinds[kind] or not x:isContiguous() then return false end
   local n = x:nElement()
   local function like(t) return torch.type(t) == kind and t:nElement() == n and t:isContiguous() end
   return like(g) and (a == nil or like(a)) and (b == nil or like(b)) and (c == nil or like(c))
end

-- The library is loaded by the first step.
return setmetatable(M, {__index = function(_, name)
   M[name] = require('liboptim')[name]
   return M[name]
end})
