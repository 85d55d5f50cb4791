-- How gradients are handed over in fewer bytes: way(g, residual, ratio) -> request; request:wait() leaves the mean over the
-- ranks, as near as the way allows, in g. All ranks get the same bits, for each decodes what all have sent, in order of ranks.
local dist = require 'dist'
local C = require 'libdist'
local torch = torch
local M = {}

-- A request whose result is made when it is there.
local function after(request, finish)
   return {
      test = function() return request:test() end,
      wait = function()
         request:wait()
         finish()
      end,
   }
end

--- half: sums in 16 bits. What rounding takes from this rank's share is added to the next gradient.
function M.half(g, residual)
   residual:add(g)
   local half = residual:half()
   residual:add(-1, half:type(g:type()))
   return after(dist.async.allReduce(half, 'mean'), function() g:copy(half) end)
end

-- The tensor, or a copy of one of the GPU, in the host's memory.
local function on_host(x)
   local element = torch.typename(x):match('^torch%.Cuda(%a*)Tensor$')
   return element and x:type(element == 'Double' and 'torch.DoubleTensor' or 'torch.FloatTensor') or x
end

--- signs: 1 bit an element, with error feedback (THDist/compress.c).
function M.signs(g, residual)
   local sum, rest = on_host(g), on_host(residual)
   local bytes = C.encodeSigns(sum, rest)
   if rest ~= residual then residual:copy(rest) end
   local request = dist.async.allGather(bytes)
   return after(request, function()
      sum:zero()
      for r = 1, dist.size() do C.decodeSigns(sum, request.result[r], 1 / dist.size()) end
      if sum ~= g then g:copy(sum) end
   end)
end

--- topk: the largest elements with their places, `ratio` of all; the others wait in the residual until they are large enough.
-- After A. Aji, K. Heafield, Sparse communication for distributed gradient descent, 2017.
function M.topk(g, residual, ratio)
   residual:add(g)
   local k = math.max(1, math.floor(g:nElement() * ratio))
   local _, at = torch.abs(residual):topk(k, 1, true)
   local values = residual:index(1, at)
   residual:indexFill(1, at, 0)
   local places, numbers = dist.async.allGather(at:int()), dist.async.allGather(values)
   return after(places, function()
      numbers:wait()
      g:zero()
      for r = 1, dist.size() do g:indexAdd(1, places.result[r]:long(), numbers.result[r]:mul(1 / dist.size())) end
   end)
end

return M
