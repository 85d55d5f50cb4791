-- Samples become batches.
local fail = require('data.fail').fail
local torch = torch
local M = {}

local function sizes(x) return table.concat(x:size():totable(), ' x ') end

local function stack(list, n)
   local first = list[1]
   local result = first.new():resize(torch.LongStorage{n, unpack(first:size():totable())})
   for k = 1, n do
      local x = list[k]
      if not torch.isTensor(x) or not x:isSameSizeAs(first) then
         fail('batches', 'sample %d of a batch is %s where the first is [%s]: map the set to one size (data.scale, data.randomCrop), or give '
            .. 'batches a collate function', k, torch.isTensor(x) and '[' .. sizes(x) .. ']' or 'a ' .. torch.type(x), sizes(first))
      end
      result:select(1, k):copy(x)
   end
   return result
end

local collate

local function fields(list, n)
   local result = {}
   for key in pairs(list[1]) do
      local column = {}
      for k = 1, n do column[k] = list[k][key] end
      result[key] = collate(column, n)
   end
   return result
end

--- data.collate(list [, n]) -> batch: n values as one: tensors of one size are stacked along a new first dimension,
-- numbers become a tensor of the default type, tables a table of such, field by field, and everything else stays a
-- list. Nothing for an empty list. Errors: tensors of several sizes.
function M.collate(list, n)
   n = n or #list
   local first = list[1]
   if first == nil or n == 0 then return nil end
   local kind = type(first)
   if kind == 'number' then return torch.Tensor(list) end
   if kind == 'userdata' and torch.isTensor(first) then
      if first:dim() == 0 then return list end
      return stack(list, n)
   end
   if kind == 'table' and not torch.typename(first) then return fields(list, n) end
   return list
end
collate = M.collate

return M
