-- All parameters of a net, and all gradients, as one vector each.
local torch = torch
local M = {}

--- range(t): first and last place of a tensor in its storage, from 1.
function M.range(t) return t:storageOffset(), t:storageOffset() + t:nElement() - 1 end

--- one(list) -> tensor: one vector of all tensors, where they lie in one storage without gaps; else nil.
function M.one(list)
   local storage, pieces = list[1]:storage(), {}
   for k, t in ipairs(list) do
      if not t:isContiguous() or torch.pointer(t:storage()) ~= torch.pointer(storage) then return nil end
      pieces[k] = {M.range(t)}
   end
   table.sort(pieces, function(a, b) return a[1] < b[1] end)
   local last = pieces[1][2]
   for _, piece in ipairs(pieces) do
      if piece[1] > last + 1 then return nil end
      last = math.max(last, piece[2])
   end
   return list[1].new(storage, pieces[1][1], last - pieces[1][1] + 1)
end

--- vectors(net) -> parameters, gradients: those that it has already, so that a script that asked before keeps them; else those of
-- getParameters. nil without parameters.
function M.vectors(net)
   local params, grads = net:parameters()
   if not params or #params == 0 then return nil end
   local p, g = M.one(params), M.one(grads)
   for k, t in ipairs(params) do
      if not (p and g) or t:storageOffset() - p:storageOffset() ~= grads[k]:storageOffset() - g:storageOffset() then return net:getParameters() end
   end
   return p, g
end

return M
