--- Deep comparison of Lua values, tensors and storages, for torch.Tester.
-- Only public methods of tensors are used, so that it serves those of any device.
local M = {}

local function sizes(t)
   if t:dim() == 0 then return 'empty' end
   return table.concat(t:size():totable(), 'x')
end

-- Largest difference of two tensors of the same type and element count; NaN if there is one on
-- one side only. Equal infinities differ by 0.
function M.max_difference(a, b)
   if a:nElement() == 0 then return 0 end
   local x, y = a:contiguous():view(-1), b:contiguous():view(-1)
   x, y = x:double(), y:double()  -- bytes wrap, and a GPU's elements are slow to visit
   local difference = (x - y):abs()
   local max = difference:max()
   if max == max and max < math.huge then return max end
   max = 0
   for i = 1, x:size(1) do  -- slow, but exact where infinities and NaN are about
      local p, q = x[i], y[i]
      if p ~= q then
         if p ~= p or q ~= q then return 0 / 0 end
         max = math.max(max, math.abs(p - q))
      end
   end
   return max
end

local equal

local function equal_numbers(a, b, tolerance)
   if a == b or math.abs(a - b) <= tolerance then return true end
   return false, ('%s and %s differ by %g, tolerance %g'):format(a, b, math.abs(a - b), tolerance)
end

local function equal_tensors(a, b, tolerance)
   if torch.typename(a) ~= torch.typename(b) then
      return false, ('%s is not %s'):format(torch.typename(a), torch.typename(b))
   end
   if sizes(a) ~= sizes(b) then
      return false, ('sizes differ: %s and %s'):format(sizes(a), sizes(b))
   end
   local difference = M.max_difference(a, b)
   if difference <= tolerance then return true end
   return false, ('largest difference of elements is %g, tolerance %g'):format(difference, tolerance)
end

local function equal_storages(a, b, tolerance)
   if torch.typename(a) ~= torch.typename(b) then
      return false, ('%s is not %s'):format(torch.typename(a), torch.typename(b))
   elseif a:size() ~= b:size() then
      return false, ('sizes differ: %d and %d'):format(a:size(), b:size())
   end
   for i = 1, a:size() do
      if not equal_numbers(a[i], b[i], tolerance) then return false, ('element %d: %s and %s'):format(i, a[i], b[i]) end
   end
   return true
end

local function equal_tables(a, b, tolerance, seen)
   if a == b or seen[a] == b then return true end
   seen[a] = b  -- cycles: being compared counts as equal
   for k, v in pairs(a) do
      local ok, why = equal(v, b[k], tolerance, seen)
      if not ok then return false, ('at key %s: %s'):format(tostring(k), why) end
   end
   for k in pairs(b) do
      if a[k] == nil then return false, ('key %s is in the second table only'):format(tostring(k)) end
   end
   return true
end

function equal(a, b, tolerance, seen)
   if type(a) ~= type(b) then
      return false, ('types differ: %s (%s) and %s (%s)'):format(tostring(a), type(a), tostring(b), type(b))
   elseif type(a) == 'number' then
      return equal_numbers(a, b, tolerance)
   elseif torch.isTensor(a) and torch.isTensor(b) then
      return equal_tensors(a, b, tolerance)
   elseif torch.isStorage(a) and torch.isStorage(b) then
      return equal_storages(a, b, tolerance)
   elseif type(a) == 'table' then
      return equal_tables(a, b, tolerance, seen)
   elseif a == b then
      return true
   end
   return false, ('%s and %s'):format(tostring(a), tostring(b))
end

--- Are a and b equal, tables and tensors by content? Returns true, or false and where they differ.
function M.equal(a, b, tolerance)
   return equal(a, b, tolerance or 0, {})
end

return M
