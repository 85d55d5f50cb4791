-- x[i], x[{...}], x[mask] and their assignments.
--
-- Numbers are read and written through the FFI, so that a loop over elements compiles to machine
-- code; everything else, and everything that is wrong, takes the slow path.
local ffi = require 'ffi'
local C = require 'libtorch'
local elements = require 'torch.element'
local arguments, luaT = require 'torch.arguments', require 'luaT'
local torch = torch
local fail, plain = arguments.error, arguments.plain
local cast, type, floor, tonumber = ffi.cast, type, math.floor, tonumber

-- ---- methods ----

local added, known = arguments.added, {} -- operations of packages; name -> method of torch's own, or false

-- What a class does not have. An operation that other types have is called all the same, and says which these are.
local function absent(name)
   local method = known[name]
   if method == nil then
      local _, own = arguments.operation(name)
      method = own or false
      if not added[name] then known[name] = method end
   end
   if not method and added[name] then method = added[name][2] end
   return method or nil
end

-- ---- the slow path ----

local READ, WRITE = 'x[i]', 'x[i] = v' -- what errors call these
local masks = {['torch.ByteTensor'] = true, ['torch.BoolTensor'] = true, ['torch.CudaByteTensor'] = true}

local function range_error(what, i, size, dim)
   fail(what, 1, 'i', 'index %s out of range: dimension %d has size %d', tostring(i), dim, size)
end

local function check_not_empty(what, x)
   if x:dim() == 0 then fail(what, 1, 'i', 'empty tensor cannot be indexed') end
end

local function value_error(v, expected)
   fail(WRITE, 2, 'v', 'number or %s expected, got %s', expected or 'torch.*Tensor', torch.type(v))
end

-- 1-based position, negative from the end, as C truncates it.
local function position(what, i, size, dim)
   local p = i < 0 and -floor(-i) + size + 1 or floor(i)
   if not (p >= 1 and p <= size) then range_error(what, i, size, dim) end
   return p
end

-- Selects by the entries of a table; returns a view, and whether every dimension was given a number.
local function subtensor(what, x, entries)
   local view, dim, numbers = x, 1, 0
   local n = x:dim()
   for k = 1, #entries do
      local e = plain(entries[k])
      if k > n then fail(what, 1, 'i', 'too many indices provided: %d for a tensor of %d dimensions', #entries, n) end
      local size = x:size(k)
      if type(e) == 'number' then
         local p = position(what, e, size, k)
         numbers = numbers + 1
         if view:dim() == 1 then
            view = view:narrow(1, p, 1)
         else
            view = view:select(dim, p)
         end
      elseif type(e) == 'table' then
         local first, last = plain(e[1], e[2])
         if first ~= nil then
            if last == nil then last = first end
            if type(first) ~= 'number' or type(last) ~= 'number' then fail(what, 1, 'i', 'range of numbers expected as index') end
            first, last = position(what, first, size, k), position(what, last, size, k)
            if last < first then
               fail(what, 1, 'i', 'end index must be greater or equal to start index: {%d, %d}', first, last)
            end
            view = view:narrow(dim, first, last - first + 1)
         end
         dim = dim + 1
      else
         fail(what, 1, 'i', 'index %d: number or table expected, got %s', k, torch.type(e))
      end
   end
   return view == x and x.new(x) or view, numbers == n and n > 0
end

local function element(what, x, k, v)
   if #k ~= x:dim() then fail(what, 1, 'i', 'as many positions as dimensions expected: %d, got %d', x:dim(), #k) end
   local at = {}
   for d = 1, #k do at[d] = position(what, k[d], x:size(d), d) end
   if v then x:put_(v, unpack(at)) else return x:get_(unpack(at)) end
end

local function first_element(view) return view:get_(1) end

local function index_slow(x, k)
   local kind = type(k)
   if kind == 'number' then
      check_not_empty(READ, x)
      local p = position(READ, k, x:size(1), 1)
      if x:dim() == 1 then return x:get_(p) end
      return x:select(1, p)
   elseif kind == 'table' then
      local view, number = subtensor(READ, x, k)
      if number then return first_element(view) end
      return view
   elseif kind == 'userdata' then
      local name = torch.typename(k)
      if name == 'torch.LongStorage' then return element(READ, x, k) end
      if masks[name] then return x:maskedSelect(k) end
   elseif kind == 'cdata' and elements.number(k) then
      return index_slow(x, tonumber(k))
   end
   return nil
end

-- Assigns v, a number or a tensor, to a view.
local function assign(view, v)
   if type(v) == 'number' then
      if view.fill then return view:fill(v) end
   elseif torch.isTensor(v) then
      return view:copy(v)
   elseif tonumber(v) then
      return view:fill(elements.number(v))
   end
   value_error(v)
end

local recorded -- lua/autograd, once it is loaded

local function newindex_slow(x, k, v)
   local kind = type(k)
   if recorded and C.recorded(v) ~= 0 and C.recording() then return recorded.assign(x, k, v) end
   if type(v) == 'boolean' and torch.typename(x) == 'torch.BoolTensor' then v = v and 1 or 0 end
   if kind == 'number' then
      check_not_empty(WRITE, x)
      local p = position(WRITE, k, x:size(1), 1)
      if x:dim() == 1 then
         if torch.isTensor(v) then return assign(x:narrow(1, p, 1), v) end
         if not tonumber(v) then value_error(v) end
         return x:put_(elements.number(v), p)
      end
      return assign(x:select(1, p), v)
   elseif kind == 'table' then
      return assign((subtensor(WRITE, x, k)), v)
   elseif kind == 'userdata' then
      local name = torch.typename(k)
      if name == 'torch.LongStorage' then
         if not tonumber(v) then fail(WRITE, 2, 'v', 'number expected, got %s', torch.type(v)) end
         return element(WRITE, x, k, elements.number(v))
      elseif masks[name] then
         if type(v) == 'number' then return x:maskedFill(k, v) end
         if torch.isTensor(v) and torch.typename(v) == torch.typename(x) then return x:maskedCopy(k, v) end
         value_error(v, torch.typename(x))
      end
   elseif kind == 'cdata' and elements.number(k) then
      return newindex_slow(x, tonumber(k), v)
   end
   fail(WRITE, 1, 'i', '%s cannot be indexed by %s', torch.typename(x), kind == 'string' and "'" .. k .. "'" or torch.type(k))
end

-- ---- the fast path ----
-- Positions are checked against the sizes, and the place in the storage against what the storage has: it
-- may have been resized since the tensor was made. What fails takes the slow path, which says why.

local function fast(name, mt, own_index, own_newindex, other_index, other_newindex)
   local pointer = ffi.typeof('TH' .. name .. 'Tensor **')
   local read, write = elements.read[name], elements.write[name]

   local function index(x, k)
      local kind = type(k)
      if own_index and mt.__index__ ~= own_index then return other_index(x, k) end
      if kind == 'string' then
         local v = mt[k]
         if v == nil then return absent(k) end
         return v
      end
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
   end

   local function newindex(x, k, v)
      if own_newindex and mt.__newindex__ ~= own_newindex then return other_newindex(x, k, v) end
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
   end
   return index, newindex
end

-- Half has no C arithmetic, and the memory of the GPU is out of reach: elements go by way of C.
local function remote_elements(mt, own_index, own_newindex, other_index, other_newindex)
   return function(x, k)
      if own_index and mt.__index__ ~= own_index then return other_index(x, k) end
      if type(k) == 'string' then
         local v = mt[k]
         if v == nil then return absent(k) end
         return v
      end
      return index_slow(x, k)
   end, function(x, k, v)
      if own_newindex and mt.__newindex__ ~= own_newindex then return other_newindex(x, k, v) end
      newindex_slow(x, k, v)
   end
end

-- apply, map and map2, whose file is loaded when one is first called
local loops, apply = {}, nil
for _, name in ipairs{'apply', 'map', 'map2'} do
   loops[name] = function(...)
      apply = apply or luaT.load 'torch.apply'
      return apply[name](...)
   end
end

local M = {}

--- x[k] = v of a recorded v is core.assign(x, k, v).
function M.recorded(core) recorded = core end

--- Indexing of the tensor class `name`; remote: its elements are not in memory that the CPU sees.
function M.define(name, remote)
   local mt = torch.getmetatable('torch.' .. name .. 'Tensor')
   if remote or not elements.read[name] then
      luaT.indexed(mt, function(...) return remote_elements(mt, ...) end)
   else
      luaT.indexed(mt, function(...) return fast(name, mt, ...) end)
      for name, f in pairs(loops) do rawset(mt, name, f) end
   end
end

return M
