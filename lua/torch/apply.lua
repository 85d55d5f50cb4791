-- apply, map, map2: loops in Lua over the elements of tensors, in row-major order, into which the JIT
-- compiles the given function.
--
-- The function may do anything, so nothing is taken for granted after it was called: the storages are kept
-- alive, their memory is looked up again for every element, and a storage that no longer reaches the last
-- element ends the loop with an error.
local ffi = require 'ffi'
local element = require 'torch.element'
local arguments = require 'torch.arguments'
local refuse = arguments.refuse
local touch = require('libtorch').touch -- what is saved for a derivative is not to change unnoticed
local torch = torch
local type, error, tonumber = type, error, tonumber

local function bad_result(name, at, v)
   arguments.error(name, at, 'f', 'given function should return a number or nil, got %s', torch.type(v))
end
local function bad_storage(name, at)
   arguments.error(name, at, 'f', 'the given function resized the storage of the tensor')
end

-- Sizes and strides of a tensor that is not contiguous, dimensions merged where the layout allows it, the
-- innermost first, two at least: {size = {...}, stride = {...}, at = {0...}}
local function layout(x)
   local l = {size = {}, stride = {}, at = {}}
   local last = 0
   for d = x:dim(), 1, -1 do
      local size, stride = x:size(d), x:stride(d)
      if last > 0 and stride == l.stride[last] * l.size[last] then
         l.size[last] = l.size[last] * size
      elseif size > 1 then
         last = last + 1
         l.size[last], l.stride[last], l.at[last] = size, stride, 0
      end
   end
   for d = last + 1, 2 do l.size[d], l.stride[d], l.at[d] = 1, 0, 0 end
   return l
end

-- From the end of the two innermost dimensions on: k, the place in the storage, moves along.
local function carry(l, k)
   local at, size, stride = l.at, l.size, l.stride
   k = k - stride[2] * size[2]
   for d = 3, #size do
      at[d] = at[d] + 1
      k = k + stride[d]
      if at[d] < size[d] then return k end
      at[d] = 0
      k = k - stride[d] * size[d]
   end
   return k
end

-- Each call site's function gets loops of its own, so that one function's trace never meets another's.
-- s, t, u: C structs of storages; k, q, r: places in them; `need`: elements that they must have.
local loops_source = [[
local bad_result, bad_storage, carry, tonumber, read, write = ...
local function apply(s, need, k, n, f)
   for i = k, k + n - 1 do
      local v = f(read(s.data, i))
      if s.size < need then bad_storage('apply', 1) end
      if v ~= nil then write(s.data, i, tonumber(v) or bad_result('apply', 1, v)) end
   end
end
local function apply_strided(s, need, k, n, f, l)
   local size, step, rows, jump = l.size[1], l.stride[1], l.size[2], l.stride[2] - l.size[1] * l.stride[1]
   local j, row = 0, 0
   for _ = 1, n do
      local v = f(read(s.data, k))
      if s.size < need then bad_storage('apply', 1) end
      if v ~= nil then write(s.data, k, tonumber(v) or bad_result('apply', 1, v)) end
      k, j = k + step, j + 1
      if j == size then
         k, j, row = k + jump, 0, row + 1
         if row == rows then k, row = carry(l, k), 0 end
      end
   end
end
local function map(s, need, k, n, f, t, t_need, q, u, u_need, r, l)
   local size, step, rows, jump = n, 1, 2, 0
   if l then size, step, rows, jump = l.size[1], l.stride[1], l.size[2], l.stride[2] - l.size[1] * l.stride[1] end
   local j, row = 0, 0
   for i = 0, n - 1 do
      local v = f(read(s.data, k), read(t.data, q + i), u and read(u.data, r + i))
      if s.size < need or t.size < t_need or u and u.size < u_need then bad_storage(u and 'map2' or 'map', u and 3 or 2) end
      if v ~= nil then write(s.data, k, tonumber(v) or bad_result(u and 'map2' or 'map', u and 3 or 2, v)) end
      k, j = k + step, j + 1
      if j == size then
         k, j, row = k + jump, 0, row + 1
         if row == rows then k, row = carry(l, k), 0 end
      end
   end
end
return {apply = apply, apply_strided = apply_strided, map = map}
]]
-- Loops are kept by function prototype: a closure made anew for every call meets the traces of the one
-- before. The JIT also specialises on the closure itself, so where closures of a prototype cannot
-- differ (no upvalues, one environment) the first of them stands for all.
local funcinfo = require('jit.util').funcinfo
local source = debug.getinfo(1, 'S').source -- errors are told at the line of the user, not at one of the loops
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
      local name = typename:match('^torch%.(%w+)Tensor$')
      loops = loadstring(loops_source, source)(bad_result, bad_storage, carry, tonumber, element.read[name],
         element.write[name])
      entry[typename] = loops
   end
   if info.upvalues == 0 and debug.getfenv(f) == entry.env then f = entry.f end
   return f, loops
end

local M = {}

-- What a loop needs of a tensor: its storage, the struct of that, how many elements it must have, and the
-- place of the first element, from 0. Raises, by way of data(), when it has fewer.
local function operand(x)
   local storage, first = x:storage(), x:storageOffset() - 1
   local last = first
   for d = 1, x:dim() do last = last + (x:size(d) - 1) * x:stride(d) end
   x:data()
   return storage, storage:cdata(), last + 1, first
end

--- apply(f): every element x becomes f(x), or stays when f returns nil. Row-major order.
function M.apply(x, f)
   if not torch.isTensor(x) or type(f) ~= 'function' then refuse('apply', true, x, f) end
   if x:dim() == 0 then return x end
   local loops
   f, loops = loops_for(f, x)
   local _keep, s, need, first = operand(x)
   touch(x)
   if x:isContiguous() then
      loops.apply(s, need, first, x:nElement(), f)
   else
      loops.apply_strided(s, need, first, x:nElement(), f, layout(x))
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
         arguments.error(name, k - 1, k == 2 and 'y' or 'z', 'inconsistent tensor size, %d and %d elements',
            x:nElement(), y:nElement())
      end
   end
   return type(f) == 'function'
end

local function map_into(x, y, z, f)
   if x:dim() == 0 then return x end
   local loops
   f, loops = loops_for(f, x)
   -- y and z are only read: in order, from a copy if need be
   local _ks, s, need, first = operand(x)
   touch(x)
   local _kt, t, t_need, t_first = operand(y:contiguous())
   local _ku, u, u_need, u_first
   if z then _ku, u, u_need, u_first = operand(z:contiguous()) end
   loops.map(s, need, first, x:nElement(), f, t, t_need, t_first, u, u_need, u_first,
      not x:isContiguous() and layout(x) or nil)
   return x
end

--- map(y, f): x_i = f(x_i, y_i)
function M.map(x, y, f)
   if not check_map('map', f, x, y) then refuse('map', true, x, y, f) end
   return map_into(x, y, nil, f)
end

--- map2(y, z, f): x_i = f(x_i, y_i, z_i)
function M.map2(x, y, z, f)
   if not check_map('map2', f, x, y, z) then refuse('map2', true, x, y, z, f) end
   return map_into(x, y, z, f)
end

return M
