-- Sums of nested tables of tensors.
local M = {}

local function first(buffer, x)
   if torch.isTensor(x) then
      buffer = torch.isTensor(buffer) and buffer:type() == x:type() and buffer or x.new()
      return buffer:resizeAs(x):copy(x)
   end
   buffer = type(buffer) == 'table' and buffer or {}
   for k in pairs(buffer) do
      if x[k] == nil then buffer[k] = nil end
   end
   for k, v in pairs(x) do buffer[k] = first(buffer[k], v) end
   return buffer
end

local function add(sum, x)
   if torch.isTensor(sum) then
      sum:add(x)
   else
      for k, v in pairs(x) do add(sum[k], v) end
   end
end

--- The sum of a list of such tables, which are alike; `buffer`, what an earlier call returned, or nil, is written over.
function M.sum(buffer, list)
   buffer = first(buffer, list[1])
   for i = 2, #list do add(buffer, list[i]) end
   return buffer
end

return M
