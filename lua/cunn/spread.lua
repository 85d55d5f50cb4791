-- Batches cut into parts for several GPUs, and joined again: nested tables of tensors.
local torch, cutorch = torch, cutorch
local M = {}

--- part(n, i, count) -> first, number: row before the part number i of n rows, and rows in it; the first parts are the larger.
function M.part(n, i, count)
   local least, more = math.floor(n / count), n % count
   return (i - 1) * least + math.min(i - 1, more), least + (i <= more and 1 or 0)
end

--- rows(x, dim) -> number: size along a dimension of the first tensor in x.
function M.rows(x, dim)
   if torch.isTensor(x) then return x:dim() >= dim and x:size(dim) or 0 end
   local most = 0
   for _, v in pairs(type(x) == 'table' and x or {}) do most = math.max(most, M.rows(v, dim)) end
   return most
end

-- The type on the GPU of a tensor: floating-point numbers of the CPU become what the net is of.
local function remote_type(x, type_)
   local element = torch.typename(x):match('^torch%.(%a+)Tensor$')
   if element:find('^Cuda') then return torch.typename(x) end
   if element == 'Float' or element == 'Double' or element == 'Half' then return type_ end
   return 'torch.Cuda' .. element .. 'Tensor'
end

-- A part of a tensor on the current GPU: a view where it lies there already, else a copy in `into`.
local function place(into, part, type_, gpu)
   type_ = remote_type(part, type_)
   if torch.typename(part) == type_ and part:getDevice() == gpu and part:isContiguous() then return part end
   local fits = torch.typename(into) == type_ and into:getDevice() == gpu
   return (fits and into or torch.getconstructortable(type_)()):resize(part:size()):copy(part)
end

local function check_dimension(x, dim, what, cannot)
   if x:dim() < dim then
      error(('nn.DataParallelTable: the %s has %d dimensions and cannot be %s along dimension %d'):format(what, x:dim(), cannot, dim), 0)
   end
end

local function cut_one(into, x, dim, i, gpus, type_)
   if type(x) == 'table' then
      local parts = {}
      for k, v in pairs(x) do parts[k] = cut_one(type(into) == 'table' and into[k], v, dim, i, gpus, type_) end
      return parts
   end
   if not torch.isTensor(x) then return x end
   if x:dim() > 0 then check_dimension(x, dim, 'input', 'cut') end
   local first, n = M.part(M.rows(x, dim), i, #gpus)
   if n == 0 then return torch.getconstructortable(remote_type(x, type_))() end
   return place(into, x:narrow(dim, first + 1, n), type_, gpus[i])
end

--- cut(into, x, dim, gpus, type) -> parts: x, cut along a dimension, a part on each GPU; `into` has parts of before, whose memory
-- is used again.
function M.cut(into, x, dim, gpus, type_)
   local parts = {}
   for i, gpu in ipairs(gpus) do
      parts[i] = cutorch.withDevice(gpu, function() return cut_one(into and into[i], x, dim, i, gpus, type_) end)
   end
   return parts
end

local function join_tensors(into, parts, dim)
   local size, n = parts[1]:size(), 0
   check_dimension(parts[1], dim, 'output', 'joined')
   for _, part in ipairs(parts) do n = n + part:size(dim) end
   size[dim] = n
   local fits = torch.typename(into) == torch.typename(parts[1]) and into:getDevice() == cutorch.getDevice()
   local r, at = fits and into or parts[1].new(), 1
   r:resize(size)
   for _, part in ipairs(parts) do
      r:narrow(dim, at, part:size(dim)):copy(part)
      at = at + part:size(dim)
   end
   return r
end

--- join(into, parts, dim) -> x: the parts along a dimension, on the current GPU. `into` is used again where it fits. Parts
-- may be missing, but for the first one; what is no tensor is the first one's.
function M.join(into, parts, dim)
   local first, there = parts[1], {}
   for i = 1, table.maxn(parts) do
      if parts[i] ~= nil then there[#there + 1] = parts[i] end
   end
   if torch.isTensor(first) then return first:dim() == 0 and first or join_tensors(into, there, dim) end
   if type(first) ~= 'table' then return first end
   local r = {}
   for k in pairs(first) do
      local column = {}
      for i, part in ipairs(there) do column[i] = part[k] end
      r[k] = M.join(type(into) == 'table' and into[k] or nil, column, dim)
   end
   return r
end

return M
