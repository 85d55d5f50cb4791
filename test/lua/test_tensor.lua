--- Tensors and storages: construction, indexing in all forms, views, operators, apply and map, storages.
-- The facts are Torch7's (torch.md, sections 4, 5, 6 and 9).
require 'torch'
local ffi = require 'ffi'
local check = dofile((arg[0]:match('^(.*)/') or '.') .. '/check.lua')
local eq, ok, raises = check.eq, check.ok, check.error
local function list(x) return x:totable() end
local all = require('torch.Storage').types

-- ---- construction ----

eq(torch.Tensor():dim(), 0, 'empty: no dimension')
eq(torch.Tensor():nElement(), 0, 'empty: no elements')
eq(list(torch.Tensor(3, 0):size()), {3}, 'sizes end at the first that is not positive')
eq(torch.Tensor(0):dim(), 0, 'size 0 is empty')
eq(list(torch.Tensor(torch.LongStorage{2, 3}):size()), {2, 3}, 'sizes of a LongStorage')
eq(list(torch.Tensor(torch.LongStorage{2, 3}, torch.LongStorage{1, 2}):stride()), {1, 2}, 'strides of a LongStorage')
eq(list(torch.LongTensor(torch.LongStorage{2, 3})), {2, 3}, 'LongTensor(LongStorage) views it')
local x = torch.Tensor{{1, 2, 3}, {4, 5, 6}}
eq(list(x), {{1, 2, 3}, {4, 5, 6}}, 'nested table')
local shared = torch.Tensor(x)
shared[{1, 1}] = 9
eq(x[{1, 1}], 9, 'Tensor(tensor) shares')
x[{1, 1}] = 1
eq(list(torch.Tensor(x:storage(), 2, torch.LongStorage{2}, torch.LongStorage{3})), {2, 5}, 'storage, offset, sizes, strides')
eq(list(torch.Tensor(x:storage(), 1, 2, 3)), {1, 4}, 'storage, offset, size, stride')
eq(torch.Tensor(x:storage(), 5):dim(), 0, 'storage and an offset alone: no dimensions, as in Torch7')
local grown = torch.DoubleStorage(2)
eq(torch.Tensor(grown, 1, 4, 1):nElement(), 4, 'a storage too small ...')
eq(#grown, 4, '... is grown')
raises(function() return torch.Tensor{{1, 2}, {3}} end, 'invalid tensor sizes', 'ragged table')
raises(function() return torch.Tensor{{1, 'a'}} end, 'not a number', 'element that is no number')
eq(torch.Tensor{}:dim(), 0, 'empty table')
raises(function() return torch.Tensor(nil) end, 'expected', 'Tensor(nil)')
eq(list(torch.ByteTensor{300, -1}), {44, 255}, 'bytes wrap')
eq(list(torch.IntTensor{1.9, -1.9}), {1, -1}, 'integers truncate')
for _, name in ipairs(all) do
   if name == 'Bool' then break end -- test_types.lua
   local t = torch[name .. 'Tensor']{1, 2}
   eq(t:type(), 'torch.' .. name .. 'Tensor', name .. ' type')
   eq(list(t), {1, 2}, name .. ' elements')
   eq(list(t:double()), {1, 2}, name .. ' to double')
   eq(list(x:type('torch.' .. name .. 'Tensor')), {{1, 2, 3}, {4, 5, 6}}, 'double to ' .. name)
   t[2] = 5
   eq(t[2], 5, name .. ' element assigned')
end
ok(torch.isequal(x:double(), x), 'conversion to its own type is the tensor')
ok(not torch.isequal(x:clone(), x), 'clone is another')
ok(x:contiguous() == x, 'contiguous() of a contiguous one is equal to it')
eq(list(x:t():contiguous():stride()), {2, 1}, 'contiguous copy of a transposed one')

-- ---- reading by index ----

eq(torch.Tensor{7, 8, 9}[2], 8, '1-D: a number')
eq(torch.Tensor{7, 8, 9}[-1], 9, 'negative counts from the end')
eq(torch.Tensor{7, 8, 9}[2.7], 8, 'fractions are cut off')
eq(list(x[2]), {4, 5, 6}, '2-D: a row')
eq(list(x[-2]), {1, 2, 3}, '2-D: a row from the end')
eq(x[{2, 3}], 6, '{i, j}')
eq(x[{-1, -1}], 6, '{-1, -1}')
eq(list(x[{2}]), {4, 5, 6}, '{i} of 2-D')
eq(list(x[{{}, 2}]), {2, 5}, '{{}, j}')
eq(list(x[{{2}, {}}]), {{4, 5, 6}}, '{{i}} keeps the dimension')
eq(list(x[{{1, 2}, {2, 3}}]), {{2, 3}, {5, 6}}, 'ranges')
eq(list(x[{1, {-2, -1}}]), {2, 3}, 'range from the end')
ok(x[{}]:isSetTo(x), '{} is a view of all')
eq(x[torch.LongStorage{2, 1}], 4, 'LongStorage')
eq(x[torch.LongStorage{-1, -1}], 6, 'LongStorage from the end')
eq(list(x[torch.ByteTensor{{1, 0, 0}, {0, 0, 1}}]), {1, 6}, 'mask')
eq(x.nothing, nil, 'no such field')
local cube = torch.range(1, 24):view(2, 3, 4)
eq(cube[{2, 3, 4}], 24, '3-D element')
eq(list(cube[{2, {}, 1}]), {13, 17, 21}, '3-D slice')
for _, k in ipairs{0, 4, -4, 1e30, math.huge, -math.huge, 0 / 0} do
   raises(function() return torch.Tensor{7, 8, 9}[k] end, 'out of range', 'x[' .. k .. ']')
   raises(function() return torch.DoubleStorage{7, 8, 9}[k] end, 'out of bounds', 's[' .. k .. ']')
   raises(function() return x[{1, k}] end, 'out of range', 'x[{1, ' .. k .. '}]')
   raises(function() torch.Tensor{7, 8, 9}[k] = 1 end, 'out of range', 'x[' .. k .. '] = 1')
end
raises(function() return torch.Tensor()[1] end, 'empty tensor', 'empty tensor')
raises(function() return x[{1, 2, 3}] end, 'too many indices', 'too many')
raises(function() return x[{{2, 1}}] end, 'end index must be greater', 'end before start')
raises(function() return x[{'a'}] end, 'number or table expected', 'no index')

-- ---- writing by index ----

local y = torch.Tensor(2, 3):zero()
y[1] = 5
eq(list(y), {{5, 5, 5}, {0, 0, 0}}, 'number fills a row')
y[2] = torch.IntTensor{1, 2, 3}
eq(list(y[2]), {1, 2, 3}, 'tensor of another type into a row')
y[{2, 3}] = 7
eq(y[{2, 3}], 7, '{i, j} = number')
y[{{}, 1}] = 0
eq(list(y), {{0, 5, 5}, {0, 2, 7}}, 'column = number')
y[{{}, {2, 3}}] = torch.Tensor{{1, 2}, {3, 4}}
eq(list(y), {{0, 1, 2}, {0, 3, 4}}, 'block = tensor')
y[torch.LongStorage{1, 1}] = 8
eq(y[{1, 1}], 8, 'LongStorage = number')
y[y:gt(3)] = -1
eq(list(y), {{-1, 1, 2}, {0, 3, -1}}, 'mask = number')
y[y:lt(0)] = torch.Tensor{10, 20}
eq(list(y), {{10, 1, 2}, {0, 3, 20}}, 'mask = tensor')
y[1][2] = '6'
eq(y[{1, 2}], 6, 'a numeric string')
for _, v in ipairs{{}, 'text', print} do
   raises(function() y[1] = v end, 'expected, got', 'a row = ' .. type(v))
end
raises(function() y[1] = nil end, 'expected, got nil', 'a row = nil')
raises(function() y.name = 1 end, 'cannot be indexed', 'no field can be set')

-- ---- NaNs of any bits: never another Lua value (see torch/element.lua) ----

local nans = torch.DoubleTensor(5)
local bits_ = ffi.cast('uint64_t *', nans:data())
for i, b in ipairs{0xffff800012345678ULL, 0xfffe000012345678ULL, 0xfffb800000000000ULL, 0xffffffffffffffffULL, 0x7fffffffffffffffULL} do bits_[i - 1] = b end
local small = torch.FloatTensor(2)
ffi.cast('uint32_t *', small:data())[0] = 0xffffffff
ffi.cast('uint32_t *', small:data())[1] = 0xffe00001
for _, t in ipairs{nans, small} do
   for round = 1, 100 do -- interpreted, then compiled
      for i = 1, t:size(1) do
         local v, s = t[i], t:storage()[i]
         if type(v) ~= 'number' or v == v or type(s) ~= 'number' or s == s then check.ok(false, 'a NaN is read as one') end
      end
   end
   t:apply(function(v) if type(v) ~= 'number' or v == v then check.ok(false, 'apply gets a NaN') end end)
   ok(tostring(t):find('nan'), 'NaNs print')
end

-- ---- views ----

eq(list(x:narrow(2, 2, 2)), {{2, 3}, {5, 6}}, 'narrow')
raises(function() return x:narrow(2, 1, 0) end, 'narrow', 'narrow to nothing')
eq(list(x:sub(1, -1, 2, -1)), {{2, 3}, {5, 6}}, 'sub')
eq(list(x:select(2, 3)), {3, 6}, 'select')
eq(torch.Tensor{4, 5}:select(1, 2), 5, 'select of 1-D: the number')
eq(torch.Tensor{4, 5}:select(2, 2), 5, 'select of 1-D, whatever the dimension')
raises(function() torch.Tensor{4, 5}:select(2, 3) end, 'argument #2 %(i%)', 'select of 1-D, out of range')
eq(list(x:t()), {{1, 4}, {2, 5}, {3, 6}}, 't')
eq(list(x:transpose(1, 2):size()), {3, 2}, 'transpose')
eq(list(cube:permute(3, 1, 2):size()), {4, 2, 3}, 'permute')
-- copies in which the closest dimension is short, below and above what stays in a cache
for _, n in ipairs{3, 70, 700} do
   local x = torch.range(1, 2 * 3 * n * n):resize(2, 3, n, n)
   local y = torch.Tensor(2, n, n, 3):copy(x:permute(1, 3, 4, 2))
   local kept = true
   for i = 1, 3 do kept = kept and y:select(4, i):equal(x:select(2, i)) end
   eq({kept, y:sum()}, {true, x:sum()}, ('3 planes of %d x %d to pixels'):format(n, n))
   eq(torch.Tensor(2, 3, n, n):copy(y:permute(1, 4, 2, 3)):equal(x), true, 'and back')
end
-- every order of dimensions into every other, elements of 1, 2, 4 and 8 bytes: tiles that are cut at all sides
do
   local orders = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}}
   local function permuted(class, order, sizes) -- a tensor of these sizes, laid out in that order
      local at, size = {}, {}
      for k, d in ipairs(order) do at[d], size[k] = k, sizes[d] end
      return class(unpack(size)):permute(unpack(at))
   end
   for _, name in ipairs{'Byte', 'Half', 'Float', 'Double'} do
      local class, arithmetic = torch[name .. 'Tensor'], name ~= 'Half'
      for _, sizes in ipairs{{2, 3, 5}, {1, 17, 33}, {35, 1, 18}, {19, 66, 3}, {4, 37, 70}, {2, 131, 67}} do
         local n = sizes[1] * sizes[2] * sizes[3]
         local plain = torch.range(1, n):fmod(101):resize(unpack(sizes)):type('torch.' .. name .. 'Tensor')
         local kept, added, in_place, told = true, true, true, true
         local function alike(a, b) return a:double():equal(b:double()) end
         for _, from in ipairs(orders) do
            local x = permuted(class, from, sizes):copy(plain)
            kept = kept and alike(plain:clone():zero():copy(x), plain)
            for _, to in ipairs(arithmetic and orders or {}) do
               local r = permuted(class, to, sizes)
               added = added and alike(torch.add(r, x, 2, x), plain * 3)
               in_place = in_place and alike(r:copy(x):add(plain), plain * 2)
               told = told and alike(torch.gt(x, r:copy(plain):fill(50)), torch.gt(plain, 50))
            end
         end
         eq({kept, added, in_place, told}, {true, true, true, true}, ('%s of %s in every order'):format(name, table.concat(sizes, 'x')))
      end
   end
end
-- rows of every length among others, from where they lie apart to where they do
do
   local lengths, kept = {63, 64, 65, 255, 256, 257, 300}, true
   for n = 1, 40 do lengths[#lengths + 1] = n end
   for _, n in ipairs(lengths) do
      local x = torch.ByteTensor(5, 3, n + 1):random(0, 255):narrow(3, 2, n)
      local r = torch.ByteTensor(3, 5, n + 2):fill(7)
      r:narrow(3, 2, n):copy(x:permute(2, 1, 3))
      for i = 1, 5 do
         for j = 1, 3 do
            local row = r[j][i]
            kept = kept and row:narrow(1, 2, n):equal(x[i][j]) and row[1] == 7 and row[n + 2] == 7
         end
      end
   end
   eq(kept, true, 'rows of bytes, two dimensions changed')
end
raises(function() return cube:permute(1, 1, 2) end, 'Invalid permutation', 'permute twice the same')
raises(function() return cube:permute(1.5, 2, 3) end, 'Invalid permutation', 'permute by a half')
do -- every order of four dimensions, of a view that begins inside its storage
   local x = torch.range(1, 7 * 120):view(7, 2, 3, 4, 5)[3]
   local size, stride = list(x:size()), list(x:stride())
   for a = 1, 4 do for b = 1, 4 do for c = 1, 4 do
      local d = 10 - a - b - c
      if a ~= b and a ~= c and b ~= c and d >= 1 and d <= 4 and d ~= a and d ~= b and d ~= c then
         local y, name = x:permute(a, b, c, d), ('permute %d %d %d %d'):format(a, b, c, d)
         eq(list(y:size()), {size[a], size[b], size[c], size[d]}, name)
         eq(list(y:stride()), {stride[a], stride[b], stride[c], stride[d]}, name .. ', strides')
         eq(y:storageOffset(), x:storageOffset(), name .. ', offset')
      end
   end end end
end
eq(list(torch.range(1, 5):unfold(1, 3, 1)), {{1, 2, 3}, {2, 3, 4}, {3, 4, 5}}, 'unfold')
eq(list(x:view(3, -1)), {{1, 2}, {3, 4}, {5, 6}}, 'view with -1')
raises(function() return x:view(5) end, 'Wrong size for view', 'view of a wrong size')
raises(function() return x:t():view(6) end, 'contiguous', 'view of a transposed one')
eq(list(x:viewAs(torch.Tensor(3, 2))), {{1, 2}, {3, 4}, {5, 6}}, 'viewAs')
eq(list(torch.Tensor{{1}, {2}}:expand(2, 3)), {{1, 1, 1}, {2, 2, 2}}, 'expand')
eq(list(torch.Tensor{{1}, {2}}:expand(2, 3):stride()), {1, 0}, 'expand: stride 0')
raises(function() return x:expand(4, 3) end, 'singleton', 'expand of size 2')
eq(list(torch.Tensor{1, 2}:repeatTensor(2, 2)), {{1, 2, 1, 2}, {1, 2, 1, 2}}, 'repeatTensor')
eq(list(torch.Tensor(2, 1, 3):squeeze():size()), {2, 3}, 'squeeze')
eq(torch.Tensor(1, 1):fill(4):squeeze(), 4, 'squeeze of one element: the number')
eq(torch.Tensor(1, 1):fill(4):squeeze(1):dim(), 1, 'squeeze(1) of 1x1: a tensor')
eq(#torch.range(1, 5):split(2), 3, 'split')
eq(list(torch.range(1, 5):split(2)[3]), {5}, 'split: the last is smaller')
eq(#torch.range(1, 5):chunk(4), 3, 'chunk: fewer than asked for')
eq(list(torch.split({}, torch.range(1, 4), 2)[2]), {3, 4}, 'split into a table')
local z = torch.Tensor(2, 3)
eq(torch.pointer(z:resize(3, 2):storage()), torch.pointer(z:storage()), 'resize keeps the storage')
eq(list(x:t():resize(3, 2):stride()), {1, 3}, 'resize to the same size keeps strides')
ok(torch.Tensor():set(x):isSetTo(x), 'set')
eq(x:set():dim(), 0, 'set() empties')
x = torch.Tensor{{1, 2, 3}, {4, 5, 6}}
raises(function() return x:size(3) end, 'dimension 3 out of range of 2D tensor', 'size of no dimension')
eq(list(torch.Tensor(2, 3):copy(torch.range(1, 6))), {{1, 2, 3}, {4, 5, 6}}, 'copy pairs elements up in order')

-- ---- operators ----

local a, b = torch.Tensor{1, 2, 3}, torch.Tensor{4, 5, 6}
eq(list(a + b), {5, 7, 9}, 'a + b')
eq(list(a - b), {-3, -3, -3}, 'a - b')
eq(list(a + 1), {2, 3, 4}, 'a + 1')
eq(list(1 + a), {2, 3, 4}, '1 + a')
eq(list(a - 1), {0, 1, 2}, 'a - 1')
eq(list(1 - a), {0, -1, -2}, '1 - a')
eq(list(-a), {-1, -2, -3}, '-a')
eq(list(-torch.ByteTensor{1}), {255}, '-a of bytes wraps')
eq(list(a * 2), {2, 4, 6}, 'a * 2')
eq(list(2 * a), {2, 4, 6}, '2 * a')
eq(a * b, 32, 'vector * vector')
eq(list(x * a), {14, 32}, 'matrix * vector')
eq(list(x * x:t()), {{14, 32}, {32, 77}}, 'matrix * matrix')
raises(function() return cube * x end, 'multiplication between 3D and 2D', '3-D * 2-D')
eq(list(a / 2), {0.5, 1, 1.5}, 'a / 2')
raises(function() return 2 / a end, 'argument #1 %(x%): tensor expected, got number', '2 / a')
raises(function() return a / b end, 'argument #2 %(s%): number expected, got torch.DoubleTensor; torch.cdiv', 'a / b')
eq(list(torch.Tensor{-3, 3} % 2), {1, 1}, 'a % 2')
eq(list(#x), {2, 3}, '#x')
ok(a ~= torch.Tensor(a), '== is identity')
for name, f in pairs{pow = function() return a ^ 2 end, concat = function() return a .. b end, less = function() return a < b end,
   call = function() return a() end} do raises(f, 'operator', name .. ' is an error') end
raises(function() return a + torch.FloatTensor{1, 2, 3} end, 'add', 'types do not mix')

-- ---- apply, map, map2 ----

eq(list(x:clone():apply(function(v) return v * 2 end)), {{2, 4, 6}, {8, 10, 12}}, 'apply')
local seen = {}
x:t():apply(function(v) seen[#seen + 1] = v end)
eq(seen, {1, 4, 2, 5, 3, 6}, 'apply visits in row-major order; nil keeps')
eq(list(x), {{1, 2, 3}, {4, 5, 6}}, 'apply with nil keeps')
eq(list(a:clone():map(b, function(p, q) return p + q end)), {5, 7, 9}, 'map')
eq(list(x:clone():t():map(torch.range(1, 6):view(3, 2), function(p, q) return 10 * p + q end)), {{11, 42}, {23, 54}, {35, 66}}, 'map, strided')
eq(list(a:clone():map2(b, b, function(p, q, r) return p + q * r end)), {17, 27, 39}, 'map2')
raises(function() a:clone():apply(function() return 'x' end) end, 'number or nil', 'apply: no number')
raises(function() a:map(torch.Tensor(2), print) end, 'map', 'map: other size')

-- ---- storages ----

local s = torch.DoubleStorage{1, 2, 3}
eq(#s, 3, '#s')
eq(s[2], 2, 's[i]')
s[2] = 7
eq(list(s), {1, 7, 3}, 's[i] = v')
eq(list(s:resize(2)), {1, 7}, 'resize keeps the start')
eq(list(torch.DoubleStorage(torch.DoubleStorage{1, 2, 3, 4}, 2, 2)), {2, 3}, 'view of a storage')
raises(function() return torch.DoubleStorage(torch.DoubleStorage{1, 2}, 1, 5) end, 'out of bounds', 'view too long')
raises(function() return torch.DoubleStorage{1, 'a'} end, 'element at index 2 is not a number', 'table with a string')
eq(list(torch.IntStorage(2):copy(torch.DoubleStorage{1.5, 2.5})), {1, 2}, 'copy converts')
eq(torch.CharStorage():string('abc'):string(), 'abc', 'string')
eq(list(torch.FloatStorage(2):fill(3)), {3, 3}, 'fill')
raises(function() s.name = 1 end, 'number expected', 'no field can be set')
eq(torch.ByteTensor(torch.ByteStorage{1, 2})[2], 2, 'tensor of a storage')

-- ---- empty tensors, and empty indices ----

for _, name in ipairs(all) do
   local empty = torch[name .. 'Tensor']()
   local what = 'empty ' .. name .. ': '
   raises(function() return empty[torch.LongStorage()] end, 'an empty tensor has no elements', what .. 'read at no position')
   raises(function() empty[torch.LongStorage()] = 1 end, 'an empty tensor has no elements', what .. 'written at no position')
   raises(function() return empty[torch.LongStorage{1}] end, 'as many positions as dimensions', what .. 'read')
   raises(function() empty[torch.LongStorage{1}] = 1 end, 'as many positions as dimensions', what .. 'written')
   raises(function() return empty[1] end, 'empty tensor cannot be indexed', what .. 'number')
   raises(function() empty[1] = 1 end, 'empty tensor cannot be indexed', what .. 'number, written')
   raises(function() return empty[{1}] end, 'too many indices', what .. 'table')
   raises(function() return empty[{{1, 0}}] end, 'too many indices', what .. 'range')
   eq(empty[{}]:dim(), 0, what .. 'no index')
   local vector = torch[name .. 'Tensor'](3)
   raises(function() return vector[torch.LongStorage()] end, 'as many positions as dimensions', what .. 'of a vector')
   raises(function() vector[torch.LongStorage()] = 1 end, 'as many positions as dimensions', what .. 'into a vector')
   raises(function() return vector[{{2, 1}}] end, 'end index must be greater', what .. 'range of a vector')
   raises(function() return torch[name .. 'Storage']()[1] end, 'out of bounds', what .. 'storage')
   raises(function() torch[name .. 'Storage']()[1] = 1 end, 'out of bounds', what .. 'storage, written')
end

-- ---- half: a storage type whose few operations go through float ----

local h = torch.HalfTensor{1, -2, 4}
eq(h:mean(), 1, 'mean of halves')
eq(h:max(), 4, 'max of halves')
eq(list(h:abs():double()), {1, 2, 4}, 'abs of halves')
eq(torch.type(h:add(1)), 'torch.HalfTensor', 'add gives halves')
eq(list((h - h:add(1)):double()), {-1, -1, -1}, 'difference of halves')

raises(function() torch.FloatTensor(torch.DoubleTensor(2)) end, 'test_tensor.lua:%d+: torch.FloatTensor: argument #1 %(x%): torch.FloatTensor expected, got torch.DoubleTensor %[2%]; '
   .. "x:type%('torch.FloatTensor'%) converts it", 'a tensor of another type')
raises(function() torch.FloatTensor(torch.DoubleStorage(2)) end, 'torch.FloatStorage expected, got torch.DoubleStorage of size 2; torch.FloatStorage%(x:size%(%)%):copy%(x%)',
   'a storage of another type')
raises(function() torch.IntStorage(torch.LongStorage(2)) end, 'torch.IntStorage: argument #1 %(storage%): torch.IntStorage expected, got torch.LongStorage of size 2',
   'a storage of a storage of another type')
raises(function() torch.mean(torch.IntTensor{1}) end, 'IntTensor does not implement', 'no such type')

check.finish()
