-- The fused steps (ops.lua), and whether tensors are such that they apply: Float or Double, contiguous, of one type and one number of
-- elements. Elsewhere the methods do the same with operations of tensors.
local M = {}

local kinds = {['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true}
local gpu_kinds = {['torch.CudaTensor'] = true, ['torch.CudaDoubleTensor'] = true}

-- Whether there are kernels for GPUs, which come with cutorch.
local function on_gpu(kind)
   if not gpu_kinds[kind] then return false end
   require 'liboptim'
   return package.loaded.liboptimcuda or package.loaded.liboptimsimt
end

local gathering = false -- steps are put off

local function fits(x, g, a, b, c)
   local kind = torch.type(x)
   if not (kinds[kind] or on_gpu(kind)) or not x:isContiguous() then return false end
   local n = x:nElement()
   local function like(t) return torch.type(t) == kind and t:nElement() == n and t:isContiguous() end
   return like(g) and (a == nil or like(a)) and (b == nil or like(b)) and (c == nil or like(c))
end

-- x, its gradient and what is kept, nil where there is none. What follows where they do not fit is done at once, and so behind the steps
-- that have been put off, whose tensors may have memory in common with these.
function M.fits(x, g, a, b, c)
   if fits(x, g, a, b, c) then return true end
   if gathering then
      M.finish()
      M.begin()
   end
   return false
end

-- Calls f, which takes a step of one method for each tensor of the list x. On a GPU the steps of neighbours become one launch, behind
-- the last one.
function M.together(x, f)
   if not on_gpu(torch.type(x[1])) then return f() end
   M.begin()
   gathering = true
   local ok, err = pcall(f)
   gathering = false
   M.finish()
   if not ok then error(err, 0) end
end

-- The library is loaded by the first step.
return setmetatable(M, {__index = function(_, name)
   M[name] = require('liboptim')[name]
   return M[name]
end})
