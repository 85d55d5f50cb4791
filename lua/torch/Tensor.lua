-- torch.XTensor: classes, constructors, and the methods that are Lua.
local ffi = require 'ffi'
local C = require 'libtorch'
local luaT = require 'luaT'
local types = require('torch.Storage').types
local torch = torch
local cast, type, select = ffi.cast, type, select

local Tensor = {} -- methods of every tensor class
local M = {methods = Tensor}

for name, f in pairs(C.tensor) do Tensor[name] = f end

--- Sizes given as numbers or one LongStorage, as a LongStorage.
local function sizes(...)
   local first = ...
   if type(first) == 'userdata' then
      if torch.typename(first) ~= 'torch.LongStorage' then error('repeatTensor: sizes or a LongStorage expected, got ' .. torch.type(first), 3) end
      return first
   end
   return torch.LongStorage{...}
end

-- Raises unless x, the self of a method, is a tensor.
local function check_self(name, x)
   local mt = type(x) == 'userdata' and getmetatable(x)
   if not (mt and mt.storageOffset) then error(name .. ': torch.*Tensor expected, got ' .. torch.type(x), 3) end
end

local function istensor(x) return type(x) == 'userdata' and torch.isTensor(x) end

--- view([res,] x, sizes...): x, contiguous, in another shape; one size may be -1. Shares the storage.
function Tensor.view(x, y, ...)
   check_self('view', x)
   if istensor(y) then return x:set(y:view_(...)) end
   return x:view_(y, ...)
end

--- viewAs([res,] x, template)
function Tensor.viewAs(x, y, z)
   check_self('viewAs', x)
   check_self('viewAs', y)
   if z then check_self('viewAs', z) end
   if z then return x:set(y:view_(z:size())) end
   return x:view_(y:size())
end

--- expand([res,] x, sizes...): dimensions of size 1 repeat, without copying.
function Tensor.expand(x, y, ...)
   check_self('expand', x)
   if istensor(y) then return x:set(y:expand_(...)) end
   return x:expand_(y, ...)
end

--- expandAs([res,] x, template)
function Tensor.expandAs(x, y, z)
   check_self('expandAs', x)
   check_self('expandAs', y)
   if z then check_self('expandAs', z) end
   if z then return x:set(y:expand_(z:size())) end
   return x:expand_(y:size())
end

--- repeatTensor([res,] x, sizes...): copies of x, tiled; leading dimensions may be added.
function Tensor.repeatTensor(x, y, ...)
   check_self('repeatTensor', x)
   local res, src, counts = x.new(), x
   if istensor(y) then
      res, src, counts = x, y, sizes(...)
   else
      counts = sizes(y, ...)
   end
   if src:dim() == 0 then error('repeatTensor: the tensor is empty', 2) end
   if #counts < src:dim() then
      error('repeatTensor: number of repeats ' .. #counts .. ' is below the number of dimensions ' .. src:dim(), 2)
   end
   local padded, full = torch.LongStorage(#counts), torch.LongStorage(#counts)
   local missing = #counts - src:dim()
   for i = 1, #counts do
      if counts[i] < 1 then error('repeatTensor: number of repeats at least 1 expected, got ' .. tostring(counts[i]), 2) end
      padded[i] = i <= missing and 1 or src:size(i - missing)
      full[i] = padded[i] * counts[i]
   end
   local tile = src:contiguous():view(padded)
   res:resize(full)
   -- every tile is one slice of the result unfolded
   local tiles = res
   for i = 1, #counts do tiles = tiles:unfold(i, padded[i], padded[i]) end
   local shape = torch.LongStorage(2 * #counts)
   for i = 1, #counts do shape[i], shape[#counts + i] = 1, padded[i] end
   tiles:copy(tile:view(shape):expandAs(tiles))
   return res
end

--- permute(d1, ..., dn): dimensions in another order.
function Tensor.permute(x, ...)
   check_self('permute', x)
   local perm = {...}
   local n = x:dim()
   if #perm ~= n then error(string.format('permute: Invalid permutation: %d dimensions expected, got %d', n, #perm), 2) end
   local size, stride, seen, identity = torch.LongStorage(n), torch.LongStorage(n), {}, true
   for i, d in ipairs(perm) do
      if type(d) ~= 'number' or seen[d] or not (d >= 1 and d <= n) then error('permute: Invalid permutation', 2) end
      seen[d] = true
      identity = identity and d == i
      size[i], stride[i] = x:size(d), x:stride(d)
   end
   if identity then return x end
   return x.new():set(x:storage(), x:storageOffset(), size, stride)
end

local function pieces(result, x, size, dim)
   local n, list = x:size(dim), result or {}
   for i = #list, 1, -1 do list[i] = nil end
   for first = 1, n, size do list[#list + 1] = x:narrow(dim, first, math.min(size, n - first + 1)) end
   return list
end

local function check_pieces(name, x, count, dim)
   check_self(name, x)
   if type(count) ~= 'number' or not (count >= 1) then error(name .. ': a number of at least 1 expected, got ' .. tostring(count), 3) end
   if type(dim) ~= 'number' or not (dim >= 1 and dim <= x:dim()) then
      error(string.format('%s: dimension %s out of range of %dD tensor', name, tostring(dim), x:dim()), 3)
   end
end

--- split([table,] x, size [, dim=1]): views of `size` positions each; the last may be smaller.
function Tensor.split(result, x, size, dim)
   if type(result) ~= 'table' then result, x, size, dim = nil, result, x, size end
   dim = dim or 1
   check_pieces('split', x, size, dim)
   return pieces(result, x, math.floor(size), dim)
end

--- chunk([table,] x, n [, dim=1]): at most n views of equal size.
function Tensor.chunk(result, x, n, dim)
   if type(result) ~= 'table' then result, x, n, dim = nil, result, x, n end
   dim = dim or 1
   check_pieces('chunk', x, n, dim)
   return pieces(result, x, math.ceil(x:size(dim) / n), dim)
end

--- sub(first1, last1 [, first2, last2 ...]): narrow by first and last position; negative from the end.
function Tensor.sub(x, ...)
   check_self('sub', x)
   local n = select('#', ...)
   if n < 2 or n % 2 == 1 or n > 2 * x:dim() then
      error('sub: first and last position of 1 to ' .. x:dim() .. ' dimensions expected', 2)
   end
   local view = x
   for d = 1, n / 2 do
      local first, last = select(2 * d - 1, ...)
      if type(first) ~= 'number' or type(last) ~= 'number' then error('sub: numbers expected', 2) end
      local size = x:size(d)
      if first < 0 then first = size + first + 1 end
      if last < 0 then last = size + last + 1 end
      if last < first then error(string.format('sub: end %d must be greater or equal to start %d', last, first), 2) end
      view = view:narrow(d, first, last - first + 1)
   end
   return view
end

--- Type name, or a copy of that type; the same tensor when it has it already.
function Tensor.type(x, name)
   check_self('type', x)
   if not name then return torch.typename(x) end
   local short = tostring(name):match('^torch%.(%a+)Tensor$')
   local convert = short and C.convert[short]
   if convert then return convert(x) end
   local mt = luaT.getmetatable(name)
   if not mt then error('type: unknown tensor type ' .. tostring(name), 2) end
   return mt.new():resize(x:size()):copy(x)
end
function Tensor.typeAs(x, y)
   check_self('typeAs', x)
   check_self('typeAs', y)
   return x:type(y:type())
end
function Tensor.real(x)
   check_self('real', x)
   return x:type(torch.getdefaulttensortype())
end
for _, name in ipairs(types) do Tensor[name:lower()] = C.convert[name] end

--- Nested tables of the elements.
function Tensor.totable(x)
   check_self('totable', x)
   local t = {}
   if x:dim() == 1 then
      for i = 1, x:size(1) do t[i] = x[i] end
   elseif x:dim() > 1 then
      for i = 1, x:size(1) do t[i] = x[i]:totable() end
   end
   return t
end

Tensor.isTensor = torch.isTensor
Tensor.__len__ = Tensor.size

--- Makes the class of tensors `name`; its storages' class exists.
function M.define(name)
   local typename = 'torch.' .. name .. 'Tensor'
   local pointer = ffi.typeof('TH' .. name .. 'Tensor **')
   local construct = C.newtensor[name]
   local mt = luaT.userdataclass(typename, nil, construct, function() return construct() end)
   for k, f in pairs(Tensor) do rawset(mt, k, f) end
   --- Address of the first element (nil without storage), as typed pointer or, asnumber, as intptr_t. It holds
   -- until the storage is resized or collected.
   function mt.data(x, asnumber)
      if getmetatable(x) ~= mt then error('data: ' .. typename .. ' expected, got ' .. torch.type(x), 2) end
      local t = cast(pointer, x)[0]
      local s, last = t.storage, t.storageOffset
      if s == nil or s.data == nil and t.nDimension == 0 then return nil end
      for d = 0, t.nDimension - 1 do last = last + (t.size[d] - 1) * t.stride[d] end
      if last >= s.size and t.nDimension > 0 then
         error(string.format('data: the tensor needs %d elements of a storage that was resized to %d', tonumber(last) + 1,
            tonumber(s.size)), 2)
      end
      local p = s.data + t.storageOffset
      return asnumber and cast('intptr_t', p) or p
   end
   --- The C struct, TH<Real>Tensor *.
   function mt.cdata(x, asnumber)
      if getmetatable(x) ~= mt then error('cdata: ' .. typename .. ' expected, got ' .. torch.type(x), 2) end
      local t = cast(pointer, x)[0]
      return asnumber and cast('intptr_t', t) or t
   end
   C.setclass(typename, mt)
end
for _, name in ipairs{'data', 'cdata'} do
   torch[name] = function(x, asnumber)
      local f = type(x) == 'userdata' and getmetatable(x) and x[name]
      if not f then error(name .. ': tensor or storage expected, got ' .. torch.type(x), 2) end
      return f(x, asnumber)
   end
end
for _, name in ipairs{'view', 'viewAs', 'expand', 'expandAs', 'repeatTensor', 'split', 'chunk', 'squeeze', 'totable', 'permute'} do
   torch[name] = function(x, ...)
      local owner = type(x) == 'table' and (...) or x
      local f = type(owner) == 'userdata' and getmetatable(owner) and owner[name]
      if not f then error(name .. ': tensor expected, got ' .. torch.type(owner), 2) end
      return f(x, ...)
   end
end

return M
