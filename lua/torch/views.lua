-- Tensors repeated, permuted and cut into pieces: functions of torch and methods, which lua/torch/Tensor.lua loads when one is
-- first called.
local C = require 'libtorch'
local arguments = require 'torch.arguments'
local torch = torch
local type, select = type, select
local refuse, fail, plain = arguments.refuse, arguments.error, arguments.plain

local M = {functions = {}, methods = {}}

local function istensor(x) return type(x) == 'userdata' and torch.isTensor(x) end

-- f, which sees 3LL as 3.
local function seeing_numbers(f)
   return function(...) return f(plain(...)) end
end

-- make(method) gives the function or the method.
local function both(name, make)
   M.functions[name], M.methods[name] = seeing_numbers(make(false)), seeing_numbers(make(true))
end

-- The number of a method's argument; self is the first of the function's.
local function number(at, is_method) return is_method and at - 1 or at end

--- repeatTensor([res,] x, sizes...): copies of x, tiled; leading dimensions may be added.
local function tile(res, x, counts)
   local padded, full = torch.LongStorage(#counts), torch.LongStorage(#counts)
   local missing = #counts - x:dim()
   for i = 1, #counts do
      padded[i] = i <= missing and 1 or x:size(i - missing)
      full[i] = padded[i] * counts[i]
   end
   local source = x:contiguous():view(padded)
   res:resize(full)
   -- every tile is one slice of the result unfolded
   local tiles = res
   for i = 1, #counts do tiles = tiles:unfold(i, padded[i], padded[i]) end
   local shape = torch.LongStorage(2 * #counts)
   for i = 1, #counts do shape[i], shape[#counts + i] = 1, padded[i] end
   tiles:copy(source:view(shape):expandAs(tiles))
   return res
end
both('repeatTensor', function(is_method)
   return function(...)
      local x, y = ...
      local at = istensor(y) and 2 or 1 -- of the source
      local counts = {select(at + 1, ...)}
      if type(counts[1]) == 'userdata' and torch.typename(counts[1]) == 'torch.LongStorage' then counts = counts[1]:totable() end
      local fits = istensor(x) and #counts > 0
      for _, n in ipairs(counts) do fits = fits and type(n) == 'number' end
      if not fits then refuse('repeatTensor', is_method, ...) end
      local source = at == 2 and y or x
      if C.recorded(source) ~= 0 and C.recording() and at == 1 then return require('luaT').load('autograd.views').recorder.repeatTensor(...) end
      if source:dim() == 0 then fail('repeatTensor', number(at, is_method), 'x', 'the tensor is empty') end
      if #counts < source:dim() then
         fail('repeatTensor', number(at + 1, is_method), 'size', 'number of repeats %d is below the number of dimensions %d',
            #counts, source:dim())
      end
      local total = source:nElement()
      for i, n in ipairs(counts) do
         total = total * n
         if not (n >= 1) then fail('repeatTensor', number(at + i, is_method), 'size', 'number of repeats at least 1 expected, got %s', n) end
         if total > 2 ^ 60 then fail('repeatTensor', number(at + i, is_method), 'size', '%s repeats are more than memory can address', n) end
      end
      return tile(at == 2 and x or x.new(), source, torch.LongStorage(counts):totable())
   end
end)

-- x with its n dimensions in the order of perm, by swaps: views that cost less than sizes and strides in storages.
local function swapped(x, perm, n)
   local at = {} -- which of x's dimensions lies there
   for i = 1, n do at[i] = i end
   for i = 1, n do
      local j = i
      while at[j] ~= perm[i] do j = j + 1 end
      if j > i then
         x = x:transpose(i, j)
         at[i], at[j] = at[j], at[i]
      end
   end
   return x
end

--- permute(d1, ..., dn): dimensions in another order.
both('permute', function(is_method)
   return function(x, ...)
      if not istensor(x) then refuse('permute', is_method, x, ...) end
      local perm = {...}
      local n = x:dim()
      if #perm ~= n then
         fail('permute', number(math.min(#perm, n) + 2, is_method), 'd' .. math.min(#perm, n) + 1,
            'Invalid permutation: %d dimensions expected, got %d', n, #perm)
      end
      local seen, identity = {}, true
      for i, d in ipairs(perm) do
         if type(d) ~= 'number' or seen[d] or not (d >= 1 and d <= n and d % 1 == 0) then
            fail('permute', number(i + 1, is_method), 'd' .. i, 'Invalid permutation: %s', tostring(d))
         end
         seen[d] = true
         identity = identity and d == i
      end
      if identity then return x end
      if C.recorded(x) ~= 0 and C.recording() then return require('luaT').load('autograd.views').recorder.permute(x, ...) end
      return swapped(x, perm, n)
   end
end)

local function pieces(result, x, size, dim)
   local n, list = x:size(dim), result or {}
   for i = #list, 1, -1 do list[i] = nil end
   for first = 1, n, size do list[#list + 1] = x:narrow(dim, first, math.min(size, n - first + 1)) end
   return list
end

-- split and chunk: ([table,] x, count [, dim=1]); size_of(x, count, dim) is the size of a piece.
local function define_pieces(name, arg, size_of)
   both(name, function(is_method)
      return function(result, ...)
         local x, count, dim = result, ...
         local at = 1 -- of x
         if type(result) == 'table' then
            result, x, count, dim = result, ...
            at = 2
         else
            result = nil
         end
         if not istensor(x) or type(count) ~= 'number' or dim ~= nil and type(dim) ~= 'number' then
            if at == 1 then refuse(name, is_method, x, ...) end
            refuse(name, false, ...)
         end
         dim = dim or 1
         if not (count >= 1) then fail(name, number(at + 1, is_method), arg, 'a number of at least 1 expected, got %s', count) end
         if not (dim >= 1 and dim <= x:dim()) then
            fail(name, number(at + 2, is_method), 'd', 'dimension %s out of range of %dD tensor', dim, x:dim())
         end
         return pieces(result, x, size_of(x, count, dim), dim)
      end
   end)
end
--- split([table,] x, size [, dim=1]): views of `size` positions each; the last may be smaller.
define_pieces('split', 'size', function(_, size) return math.floor(size) end)
--- chunk([table,] x, n [, dim=1]): at most n views of equal size.
define_pieces('chunk', 'n', function(x, n, dim) return math.ceil(x:size(dim) / n) end)

--- sub(first1, last1 [, first2, last2 ...]): narrow by first and last position; negative from the end.
M.methods.sub = seeing_numbers(function(x, ...)
   local n = select('#', ...)
   if not istensor(x) or n < 2 then refuse('sub', true, x, ...) end
   for k = 1, n do
      local p = select(k, ...)
      if type(p) ~= 'number' then
         fail('sub', k, (k % 2 == 1 and 'first' or 'last') .. math.ceil(k / 2), 'position expected, got %s', torch.type(p))
      end
   end
   if n % 2 == 1 or n > 2 * x:dim() then
      fail('sub', math.min(n, 2 * x:dim()) + 1, 'last', 'first and last position of 1 to %d dimensions expected', x:dim())
   end
   local view = x
   for d = 1, n / 2 do
      local first, last = select(2 * d - 1, ...)
      local size = x:size(d)
      if first < 0 then first = size + first + 1 end
      if last < 0 then last = size + last + 1 end
      if last < first then fail('sub', 2 * d, 'last' .. d, 'end %d must be greater or equal to start %d', last, first) end
      if not (first >= 1 and first <= size) then
         fail('sub', 2 * d - 1, 'first' .. d, 'position %s out of range: dimension %d has size %d', first, d, size)
      end
      if not (last <= size) then fail('sub', 2 * d, 'last' .. d, 'position %s out of range: dimension %d has size %d', last, d, size) end
      view = view:narrow(d, first, last - first + 1)
   end
   return view
end)

return M
