-- x[i], x[{...}], x[mask] and their assignments; apply, map and map2.
--
-- Numbers are read and written through the FFI, so that a loop over elements compiles to machine
-- code; everything else, and everything that is wrong, takes the slow path.
local ffi = require 'ffi'
local element_of = require 'torch.element'
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

local function first_element(view) return view:storage()[view:storageOffset()] end

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

local function define_index(name, mt)
   local pointer = ffi.typeof('TH' .. name .. 'Tensor **')
   local read = element_of[name]

   rawset(mt, '__index', function(x, k)
      local kind = type(k)
      if kind == 'string' then return mt[k] end
      if kind == 'number' then
         local t = cast(pointer, x)[0]
         if t.nDimension == 1 then
            local i = k - 1
            if i >= 0 and i < tonumber(t.size[0]) then return read(t.storage.data, t.storageOffset + floor(i) * t.stride[0]) end
         end
      elseif kind == 'table' then
         local t = cast(pointer, x)[0]
         local i, j = k[1], k[2]
         if t.nDimension == 2 and type(i) == 'number' and type(j) == 'number' then
            if i >= 1 and i < tonumber(t.size[0]) + 1 and j >= 1 and j < tonumber(t.size[1]) + 1 and k[3] == nil then
               return read(t.storage.data, t.storageOffset + floor(i - 1) * t.stride[0] + floor(j - 1) * t.stride[1])
            end
         elseif t.nDimension == 3 and type(i) == 'number' and type(j) == 'number' and type(k[3]) == 'number' then
            local l = k[3]
            if i >= 1 and i < tonumber(t.size[0]) + 1 and j >= 1 and j < tonumber(t.size[1]) + 1 and l >= 1 and l < tonumber(t.size[2]) + 1 and k[4] == nil then
               return read(t.storage.data, t.storageOffset + floor(i - 1) * t.stride[0] + floor(j - 1) * t.stride[1] + floor(l - 1) * t.stride[2])
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
                  t.storage.data[t.storageOffset + floor(i) * t.stride[0]] = v
                  return
               end
            end
         elseif kind == 'table' then
            local t = cast(pointer, x)[0]
            local i, j = k[1], k[2]
            if t.nDimension == 2 and type(i) == 'number' and type(j) == 'number' then
               if i >= 1 and i < tonumber(t.size[0]) + 1 and j >= 1 and j < tonumber(t.size[1]) + 1 and k[3] == nil then
                  t.storage.data[t.storageOffset + floor(i - 1) * t.stride[0] + floor(j - 1) * t.stride[1]] = v
                  return
               end
            elseif t.nDimension == 3 and type(i) == 'number' and type(j) == 'number' and type(k[3]) == 'number' then
               local l = k[3]
               if i >= 1 and i < tonumber(t.size[0]) + 1 and j >= 1 and j < tonumber(t.size[1]) + 1 and l >= 1 and l < tonumber(t.size[2]) + 1 and k[4] == nil then
                  t.storage.data[t.storageOffset + floor(i - 1) * t.stride[0] + floor(j - 1) * t.stride[1] + floor(l - 1) * t.stride[2]] = v
                  return
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

-- ---- apply, map, map2 ----

local function bad_result(v) error('given function should return a number or nil, got ' .. torch.type(v), 3) end

-- The storage index of every element in logical row-major order, for tensors that are not contiguous.
local function offsets(x)
   local n = x:nElement()
   local list = torch.LongTensor(n)
   local size, stride = x:size(), x:stride()
   local at, p = {}, 0
   for d = 1, #size do at[d] = 0 end
   local out = list:data()
   for i = 0, n - 1 do
      out[i] = p
      for d = #size, 1, -1 do
         at[d] = at[d] + 1
         p = p + stride[d]
         if at[d] < size[d] then break end
         p = p - stride[d] * size[d]
         at[d] = 0
      end
   end
   return list, out
end

-- Each call site's function gets loops of its own, so that one function's trace never meets another's.
local loops_source = [[
local bad_result, tonumber, read = ...
local function apply1(p, n, f)
   for i = 0, n - 1 do
      local v = f(read(p, i))
      if v ~= nil then p[i] = tonumber(v) or bad_result(v) end
   end
end
local function apply_at(p, at, n, f)
   for i = 0, n - 1 do
      local k = at[i]
      local v = f(read(p, k))
      if v ~= nil then p[k] = tonumber(v) or bad_result(v) end
   end
end
local function map2_at(p, q, r, ap, aq, ar, n, f)
   for i = 0, n - 1 do
      local k = ap and ap[i] or i
      local v = f(read(p, k), read(q, aq and aq[i] or i), r and read(r, ar and ar[i] or i))
      if v ~= nil then p[k] = tonumber(v) or bad_result(v) end
   end
end
return apply1, apply_at, map2_at
]]
-- Loops are kept by function prototype: a closure made anew for every call meets the traces of the one
-- before. The JIT also specialises on the closure itself, so where closures of a prototype cannot
-- differ (no upvalues, one environment) the first of them stands for all.
local funcinfo = require('jit.util').funcinfo
local known, count = {}, 0 -- prototype -> {f = first closure, [type] = loops}

local function loops_for(f, x)
   local info = funcinfo(f)
   local proto = info.proto
   if not proto then proto, info.upvalues = f, 1 end -- a C function
   local entry = known[proto]
   if not entry then
      if count == 500 then known, count = {}, 0 end -- code that is made at run time must not pile up
      count = count + 1
      entry = {f = f, env = debug.getfenv(f)}
      known[proto] = entry
   end
   local typename = torch.typename(x)
   local loops = entry[typename]
   if not loops then
      local read = element_of[typename:match('^torch%.(%a+)Tensor$')]
      loops = {loadstring(loops_source, '=(apply)')(bad_result, tonumber, read)}
      entry[typename] = loops
   end
   if info.upvalues == 0 and debug.getfenv(f) == entry.env then f = entry.f end
   return f, loops[1], loops[2], loops[3]
end

--- apply(f): every element x becomes f(x), or stays when f returns nil. Row-major order.
local function apply(x, f)
   if not torch.isTensor(x) or type(f) ~= 'function' then refuse('apply', true, x, f) end
   if x:dim() == 0 then return x end
   local direct, at_offsets
   f, direct, at_offsets = loops_for(f, x)
   if x:isContiguous() then
      direct(x:data(), x:nElement(), f)
   else
      local keep, at = offsets(x)
      at_offsets(x:data(), at, x:nElement(), f)
   end
   return x
end

-- Tensors of one type and as many elements, and a function.
local function check_map(name, f, ...)
   local x = ...
   for k = 1, select('#', ...) do
      local y = select(k, ...)
      if not torch.isTensor(y) or torch.typename(y) ~= torch.typename(x) then return false end
      if y:nElement() ~= x:nElement() then
         arguments.error(name, k - 1, k == 2 and 'y' or 'z', 'inconsistent tensor size, %d and %d elements', x:nElement(), y:nElement())
      end
   end
   return type(f) == 'function'
end

local function where(x)
   if x:isContiguous() then return nil, nil end
   return offsets(x)
end

local function map_into(x, y, z, f)
   if x:dim() == 0 then return x end
   local loop, _
   f, _, _, loop = loops_for(f, x)
   local kx, ax = where(x)
   local ky, ay = where(y)
   local kz, az = nil, nil
   if z then kz, az = where(z) end
   loop(x:data(), y:data(), z and z:data(), ax, ay, az, x:nElement(), f)
   return x
end

--- map(y, f): x_i = f(x_i, y_i)
local function map(x, y, f)
   if not check_map('map', f, x, y) then refuse('map', true, x, y, f) end
   return map_into(x, y, nil, f)
end

--- map2(y, z, f): x_i = f(x_i, y_i, z_i)
local function map2(x, y, z, f)
   if not check_map('map2', f, x, y, z) then refuse('map2', true, x, y, z, f) end
   return map_into(x, y, z, f)
end

--- Indexing of the tensor class `name`; remote: its elements are not in memory that the CPU sees.
return {define = function(name, remote)
   local mt = torch.getmetatable('torch.' .. name .. 'Tensor')
   if name == 'Half' or remote then
      define_remote(mt)
   else
      define_index(name, mt)
      rawset(mt, 'apply', apply)
      rawset(mt, 'map', map)
      rawset(mt, 'map2', map2)
   end
end}
