-- x[i], x[{...}], x[mask] and their assignments.
--
-- Numbers are read and written through the FFI, so that a loop over elements compiles to machine
-- code; everything else, and everything that is wrong, takes the slow path.
local ffi = require 'ffi'
local elements, apply = require 'torch.element', require 'torch.apply'
local arguments = require 'torch.arguments'
local torch = torch
local refuse = arguments.refuse
local cast, type, floor, error, tonumber = ffi.cast, type, math.floor, error, tonumber

-- ---- the slow path ----

local here = debug.getinfo(1, 'S').source

-- Raises an error at the line that indexed: the innermost outside of this file. (The levels of error() would
-- depend on how deep in here a mistake is found.)
local function fail(message, ...)
   local level = 2
   while true do
      local info = debug.getinfo(level, 'S')
      if not info or (info.source ~= here and info.what ~= 'C') then break end
      level = level + 1
   end
   error(string.format(message, ...), level)
end

local function range_error(i, size, dim)
   fail('index %s out of range: dimension %d has size %d', tostring(i), dim, size)
end

-- 1-based position, negative from the end, as C truncates it.
local function position(i, size, dim)
   local p = i < 0 and -floor(-i) + size + 1 or floor(i)
   if not (p >= 1 and p <= size) then range_error(i, size, dim) end
   return p
end

-- Selects by the entries of a table; returns a view, and whether every dimension was given a number.
local function subtensor(x, entries)
   local view, dim, numbers = x, 1, 0
   local n = x:dim()
   for k = 1, #entries do
      local e = entries[k]
      if k > n then fail('too many indices provided: %d for a tensor of %d dimensions', #entries, n) end
      local size = x:size(k)
      if type(e) == 'number' then
         local p = position(e, size, k)
         numbers = numbers + 1
         if view:dim() == 1 then
            view = view:narrow(1, p, 1)
         else
            view = view:select(dim, p)
         end
      elseif type(e) == 'table' then
         local first, last = e[1], e[2]
         if first ~= nil then
            if last == nil then last = first end
            if type(first) ~= 'number' or type(last) ~= 'number' then fail('range of numbers expected as index') end
            first, last = position(first, size, k), position(last, size, k)
            if last < first then
               fail('end index must be greater or equal to start index: {%d, %d}', first, last)
            end
            view = view:narrow(dim, first, last - first + 1)
         end
         dim = dim + 1
      else
         fail('index %d: number or table expected, got %s', k, torch.type(e))
      end
   end
   return view == x and x.new(x) or view, numbers == n and n > 0
end

local function check_size(x, k)
   if #k ~= x:dim() then
      fail('as many positions as dimensions expected: %d, got %d', x:dim(), #k)
   end
end

local function element(x, k, v)
   check_size(x, k)
   local at = {}
   for d = 1, #k do at[d] = position(k[d], x:size(d), d) end
   if v then x:put_(v, unpack(at)) else return x:get_(unpack(at)) end
end

local function first_element(view) return view:get_(1) end

local function index_slow(x, k)
   local kind = type(k)
   if kind == 'number' then
      if x:dim() == 0 then fail('empty tensor cannot be indexed') end
      local p = position(k, x:size(1), 1)
      if x:dim() == 1 then return x:get_(p) end
      return x:select(1, p)
   elseif kind == 'table' then
      local view, number = subtensor(x, k)
      if number then return first_element(view) end
      return view
   elseif kind == 'userdata' then
      local name = torch.typename(k)
      if name == 'torch.LongStorage' then return element(x, k) end
      if name == 'torch.ByteTensor' or name == 'torch.CudaByteTensor' then return x:maskedSelect(k) end
   end
   return nil
end

-- Assigns v, a number or a tensor, to a view.
local function assign(view, v, whole)
   if type(v) == 'number' then
      if view.fill then return view:fill(v) end
   elseif torch.isTensor(v) then
      return view:copy(v)
   elseif tonumber(v) then
      return view:fill(tonumber(v))
   end
   fail('number or torch.*Tensor expected, got %s', torch.type(v))
end

local function newindex_slow(x, k, v)
   local kind = type(k)
   if kind == 'number' then
      if x:dim() == 0 then fail('empty tensor cannot be indexed') end
      local p = position(k, x:size(1), 1)
      if x:dim() == 1 then
         if torch.isTensor(v) then return assign(x:narrow(1, p, 1), v) end
         if not tonumber(v) then fail('number or torch.*Tensor expected, got %s', torch.type(v)) end
         return x:put_(tonumber(v), p)
      end
      return assign(x:select(1, p), v)
   elseif kind == 'table' then
      return assign((subtensor(x, k)), v)
   elseif kind == 'userdata' then
      local name = torch.typename(k)
      if name == 'torch.LongStorage' then
         if not tonumber(v) then fail('number expected, got %s', torch.type(v)) end
         return element(x, k, tonumber(v))
      elseif name == 'torch.ByteTensor' or name == 'torch.CudaByteTensor' then
         if type(v) == 'number' then return x:maskedFill(k, v) end
         if torch.isTensor(v) and torch.typename(v) == torch.typename(x) then return x:maskedCopy(k, v) end
         fail('number or %s expected, got %s', torch.typename(x), torch.type(v))
      end
   end
   fail('%s cannot be indexed by %s', torch.typename(x), kind == 'string' and "'" .. k .. "'" or torch.type(k))
end

-- ---- the fast path ----
-- Positions are checked against the sizes, and the place in the storage against what the storage has: it
-- may have been resized since the tensor was made. What fails takes the slow path, which says why.

local function define_index(name, mt)
   local pointer = ffi.typeof('TH' .. name .. 'Tensor **')
   local read, write = elements.read[name], elements.write[name]

   rawset(mt, '__index', function(x, k)
      local kind = type(k)
      if kind == 'string' then return mt[k] end
      if kind == 'number' then
         local t = cast(pointer, x)[0]
         if t.nDimension == 1 then
            local i = k - 1
            if i >= 0 and i < tonumber(t.size[0]) then
               local at = t.storageOffset + floor(i) * t.stride[0]
               if at < t.storage.size then return read(t.storage.data, at) end
            end
         end
      elseif kind == 'table' then
         local t = cast(pointer, x)[0]
         local i, j = k[1], k[2]
         if t.nDimension == 2 and type(i) == 'number' and type(j) == 'number' then
            if i >= 1 and i < tonumber(t.size[0]) + 1 and j >= 1 and j < tonumber(t.size[1]) + 1 and k[3] == nil then
               local at = t.storageOffset + floor(i - 1) * t.stride[0] + floor(j - 1) * t.stride[1]
               if at < t.storage.size then return read(t.storage.data, at) end
            end
         elseif t.nDimension == 3 and type(i) == 'number' and type(j) == 'number' and type(k[3]) == 'number' then
            local l = k[3]
            if i >= 1 and i < tonumber(t.size[0]) + 1 and j >= 1 and j < tonumber(t.size[1]) + 1 and l >= 1 and l < tonumber(t.size[2]) + 1 and k[4] == nil then
               local at = t.storageOffset + floor(i - 1) * t.stride[0] + floor(j - 1) * t.stride[1] + floor(l - 1) * t.stride[2]
               if at < t.storage.size then return read(t.storage.data, at) end
            end
         end
      end
      return index_slow(x, k)
   end)

   rawset(mt, '__newindex', function(x, k, v)
      if type(v) == 'number' then
         local kind = type(k)
         if kind == 'number' then
            local t = cast(pointer, x)[0]
            if t.nDimension == 1 then
               local i = k - 1
               if i >= 0 and i < tonumber(t.size[0]) then
                  local at = t.storageOffset + floor(i) * t.stride[0]
                  if at < t.storage.size then return write(t.storage.data, at, v) end
               end
            end
         elseif kind == 'table' then
            local t = cast(pointer, x)[0]
            local i, j = k[1], k[2]
            if t.nDimension == 2 and type(i) == 'number' and type(j) == 'number' then
               if i >= 1 and i < tonumber(t.size[0]) + 1 and j >= 1 and j < tonumber(t.size[1]) + 1 and k[3] == nil then
                  local at = t.storageOffset + floor(i - 1) * t.stride[0] + floor(j - 1) * t.stride[1]
                  if at < t.storage.size then return write(t.storage.data, at, v) end
               end
            elseif t.nDimension == 3 and type(i) == 'number' and type(j) == 'number' and type(k[3]) == 'number' then
               local l = k[3]
               if i >= 1 and i < tonumber(t.size[0]) + 1 and j >= 1 and j < tonumber(t.size[1]) + 1 and l >= 1 and l < tonumber(t.size[2]) + 1 and k[4] == nil then
                  local at = t.storageOffset + floor(i - 1) * t.stride[0] + floor(j - 1) * t.stride[1] + floor(l - 1) * t.stride[2]
                  if at < t.storage.size then return write(t.storage.data, at, v) end
               end
            end
         end
      end
      newindex_slow(x, k, v)
   end)
end

-- Half has no C arithmetic, and the memory of the GPU is out of reach: elements go by way of C.
local function define_remote(mt)
   rawset(mt, '__index', function(x, k)
      if type(k) == 'string' then return mt[k] end
      if type(k) == 'table' then
         local view, number = subtensor(x, k)
         if number then return first_element(view) end
         return view
      end
      return index_slow(x, k)
   end)
   rawset(mt, '__newindex', function(x, k, v) newindex_slow(x, k, v) end)
end

--- Indexing of the tensor class `name`; remote: its elements are not in memory that the CPU sees.
return {define = function(name, remote)
   local mt = torch.getmetatable('torch.' .. name .. 'Tensor')
   if name == 'Half' or remote then
      define_remote(mt)
   else
      define_index(name, mt)
      for _, method in ipairs{'apply', 'map', 'map2'} do rawset(mt, method, apply[method]) end
   end
end}
