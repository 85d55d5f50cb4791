--- Elements between memory and Lua: NaNs of any bits, numbers that an integer type cannot hold, storages that
-- were resized under their tensors, functions that resize what they are applied to.
require 'torch'
local ffi = require 'ffi'
local here = arg[0]:match('^(.*)/') or '.'
local check, T = dofile(here .. '/check.lua'), dofile(here .. '/optest.lua')
local nan, huge = 0 / 0, math.huge

-- Runs f compiled, and by the interpreter alone.
local function both(what, f)
   jit.on()
   f(what .. ', compiled')
   jit.off()
   f(what .. ', interpreted')
   jit.on()
end

-- ---- NaNs ----

local patterns = {
   Double = {0xfff7ffffffffffffULL, 0xfff0000000000001ULL, 0xfff8000000000001ULL, 0xffffffffffffffffULL, 0xfffb800000001234ULL,
      0xfffe7fffffffff00ULL, 0x7ff0000000000001ULL, 0x7fffffffffffffffULL, 0x7ff8000000000000ULL, 0xfff8000000000000ULL},
   Float = {0xff800001, 0xffbfffff, 0xffc00001, 0xffffffff, 0x7f800001, 0x7fffffff, 0x7fc00000, 0xffc00000},
}
local word = {Double = 'uint64_t *', Float = 'uint32_t *'}

-- A number, and the one NaN: no sign, no payload that arithmetic would carry on.
local bits = ffi.new('union { double d; uint64_t u; }')
local function is_nan(v)
   if type(v) ~= 'number' or v == v then return false end
   bits.d = -v
   return bits.u == 0x7ff8000000000000ULL or bits.u == 0xfff8000000000000ULL
end

for type_, list in pairs(patterns) do
   local n = 300
   local x = T.class(type_).new(n)
   local raw = ffi.cast(word[type_], x:data())
   both('NaNs of ' .. type_, function(what)
      for _, pattern in ipairs(list) do
         local function fill()
            for i = 0, n - 1 do raw[i] = pattern end
         end
         fill()
         local good = {x = 0, m = 0, m3 = 0, s = 0, total = 0, apply = 0, map = 0, map2 = 0, strided = 0}
         local m, m3, s = x:view(n / 2, 2), x:view(n / 4, 2, 2), x:storage()
         for i = 1, n do
            if is_nan(x[i]) then good.x = good.x + 1 end
            if is_nan(s[i]) then good.s = good.s + 1 end
            if is_nan(m[{(i + 1) / 2 - (i + 1) / 2 % 1, 1 + i % 2}]) then good.m = good.m + 1 end
            if is_nan(m3[{(i + 3) / 4 - (i + 3) / 4 % 1, 1, 1 + i % 2}]) then good.m3 = good.m3 + 1 end
         end
         for _, v in ipairs(x:totable()) do if is_nan(v) then good.total = good.total + 1 end end
         x:apply(function(v) if is_nan(v) then good.apply = good.apply + 1 end end)
         m:t():apply(function(v) if is_nan(v) then good.strided = good.strided + 1 end end)
         x:map(x, function(v, w) if is_nan(v) and is_nan(w) then good.map = good.map + 1 end end)
         x:map2(x, x, function(v, w, u) if is_nan(v) and is_nan(w) and is_nan(u) then good.map2 = good.map2 + 1 end end)
         for name, count in pairs(good) do check.eq(count, n, what .. ' by ' .. name) end
         check.ok(tostring(x):find('nan') and tostring(s):find('nan') and tostring(m):find('nan'), what .. ' printed')
      end
   end)
end

-- A NaN written and read under two names in one loop: the JIT must not remember the first one's bits.
both('NaNs under two names', function(what)
   local x = torch.Tensor(2)
   local y, wrong = torch.Tensor(x:storage()), 0
   for i = 1, 1000 do
      y[1] = i % 3 == 0 and nan or i % 3 == 1 and huge or i
      local v = x[1]
      if i % 3 == 0 then wrong = wrong + (v == v and 1 or 0)
      elseif v ~= (i % 3 == 1 and huge or i) then wrong = wrong + 1 end
   end
   check.eq(wrong, 0, what)
end)

-- ---- numbers into integers ----

local ranges = {Byte = {8, false}, Char = {8, true}, Short = {16, true}, Int = {32, true}, Long = {64, true}}

-- The rule in the words of the manual: cut, limited to 64 bits, low bits kept.
local function whole(type_, v)
   local width, signed = ranges[type_][1], ranges[type_][2]
   if v ~= v then return 0 end
   v = v < 0 and math.ceil(v) or math.floor(v)
   if width == 64 then return math.max(-2 ^ 63, math.min(2 ^ 63, v)) end
   if v >= 2 ^ 63 then return signed and -1 or 2 ^ width - 1 end -- the low bits of the largest are ones
   if v < -2 ^ 63 then return 0 end
   v = v % 2 ^ width
   return signed and v >= 2 ^ (width - 1) and v - 2 ^ width or v
end

local numbers = {0, 1, -1, .5, -.5, .99, -.99, 1.5, -1.5, 127, 128, -128, -129, 255, 256, 300, -300, 32767, 32768, -32769, 65536,
   2 ^ 31 - 1, 2 ^ 31, 2 ^ 31 + .5, -2 ^ 31, -2 ^ 31 - .5, -2 ^ 31 - 1, 2 ^ 32 - 1, 2 ^ 32, 2 ^ 32 + 5, -2 ^ 32 - 5, 2 ^ 40 + 3,
   2 ^ 53, -2 ^ 53, 2 ^ 62 + 1024, 2 ^ 63 - 1024, 2 ^ 63, -2 ^ 63, 2 ^ 64, -2 ^ 64, 1e30, -1e30, huge, -huge, nan}

-- Every way in which a number becomes an element.
local ways = {
   ['x[i] ='] = function(new, v) local x = new(1) x[1] = v return x end,
   ['x[{i, j}] ='] = function(new, v) local x = new(1, 1) x[{1, 1}] = v return x end,
   ['x[{i, j, k}] ='] = function(new, v) local x = new(1, 1, 1) x[{1, 1, 1}] = v return x end,
   ['x[{{}}] ='] = function(new, v) local x = new(2) x[{{}}] = v return x end,
   ['x[LongStorage] ='] = function(new, v) local x = new(1) x[torch.LongStorage{1}] = v return x end,
   ['x[mask] ='] = function(new, v) local x = new(1) x[torch.ByteTensor{1}] = v return x end,
   ['storage[i] ='] = function(new, v) local x = new(1) x:storage()[1] = v return x end,
   ['storage:fill'] = function(new, v) local x = new(1) x:storage():fill(v) return x end,
   fill = function(new, v) return new(1):fill(v) end,
   ['{v}'] = function(new, v) return new{v} end,
   ['type'] = function(new, v) return torch.DoubleTensor{v}:type(torch.typename(new())) end,
   copy = function(new, v) return new(1):copy(torch.DoubleTensor{v}) end,
   ['copy of many'] = function(new, v) return new(1000):copy(torch.DoubleTensor(1000):fill(v)) end,
   ['copy of columns'] = function(new, v) return new(3):copy(torch.DoubleTensor(3, 2):fill(v):select(2, 1)) end,
   add = function(new, v) return new{0}:add(v) end,
   cmul = function(new, v) return new{1}:mul(v) end,
   apply = function(new, v) return new(3):apply(function() return v end) end,
   ['apply to columns'] = function(new, v) return new(3, 2):t():apply(function() return v end) end,
   map = function(new, v) return new(3):map(new(3), function() return v end) end,
   indexFill = function(new, v) local x = new(1) x:indexFill(1, torch.LongTensor{1}, v) return x end,
   maskedFill = function(new, v) local x = new(1) x:maskedFill(torch.ByteTensor{1}, v) return x end,
   scatter = function(new, v) return new(1):scatter(1, torch.LongTensor{1}, v) end,
}

for type_ in pairs(ranges) do
   local new = T.class(type_).new
   for name, way in pairs(ways) do
      both('a number into ' .. type_ .. ' by ' .. name, function(what)
         local wrong = {}
         for _, v in ipairs(numbers) do
            local expected = whole(type_, v)
            for _, got in ipairs(T.values(way(new, v))) do
               if got ~= expected then wrong[#wrong + 1] = ('%.17g gives %.17g, not %.17g'):format(v, got, expected) end
            end
         end
         check.ok(#wrong == 0, what .. ': ' .. table.concat(wrong, '; ', 1, math.min(#wrong, 4)))
      end)
   end
   -- floats and halves hold fewer numbers, and convert by the same rule
   for _, from in ipairs{'Float', 'Half'} do
      for _, v in ipairs(numbers) do
         local x = T.class(from).new(1)
         x[1] = v
         check.eq(T.values(x:type('torch.' .. type_ .. 'Tensor'))[1], whole(type_, x[1]), ('%s %g to %s'):format(from, v, type_))
      end
   end
end

-- A hot loop with numbers that fit and some that do not.
both('a loop of numbers into IntTensor', function(what)
   local x, wrong = torch.IntTensor(1000), 0
   for i = 1, 1000 do x[i] = i % 100 == 0 and 2 ^ 32 + i or i end
   for i = 1, 1000 do if x[i] ~= i then wrong = wrong + 1 end end
   check.eq(wrong, 0, what)
end)

-- ---- storages resized under their tensors ----

local function shrunk()
   local x = torch.range(1, 1000)
   x:storage():resize(10)
   return x
end
local needs = 'needs 1000 elements of a storage that was resized to 10'
for d = 1, 3 do -- what works along a dimension looks at all of it
   for name, more in pairs{sum = {d}, prod = {d}, mean = {d}, norm = {2, d}, max = {d}, var = {d}, cumsum = {d}, sort = {d}, median = {d},
      mode = {d}, kthvalue = {1, d}, topk = {1, d}, renorm = {2, d, 1}} do
      local x = torch.Tensor(3, 4, 5):fill(1)
      x:storage():resize(30)
      check.error(function() torch[name](x, unpack(more)) end, 'needs 60 elements of a storage', name .. ' along ' .. d)
   end
end
local uses = {
   sum = function(x) return x:sum() end, fill = function(x) x:fill(1) end, add = function(x) return x + 1 end,
   print = tostring, clone = function(x) return x:clone() end, apply = function(x) x:apply(function() return 1 end) end,
   map = function(x) x:map(torch.Tensor(1000), function() return 1 end) end,
   ['map of it'] = function(x) torch.Tensor(1000):map(x, function() return 1 end) end,
   sort = function(x) return x:sort() end, dot = function(x) return x:dot(x) end, data = function(x) return x:data() end,
   save = function(x) return torch.serialize(x) end, ['x[i]'] = function(x) return x[11] end,
   ['x[i] ='] = function(x) x[1000] = 1 end, ['x[{i, j}]'] = function(x) return x:view(100, 10)[{2, 1}] end,
   ['x[{i, j}] ='] = function(x) x:view(100, 10)[{2, 1}] = 3 end, select = function(x) return x:view(10, 10, 10)[{3, 3, 3}] end,
   totable = function(x) return x:totable() end, random = function(x) x:uniform() end, cat = function(x) return torch.cat(x, x) end,
   index = function(x) return x:index(1, torch.LongTensor{1, 2}) end, mm = function(x) return torch.mm(x:view(10, 100), x:view(100, 10)) end,
   ['as mask'] = function(x) return torch.Tensor(1000):maskedFill(x:byte(), 1) end, double = function(x) return x:float() end,
}
for name, use in pairs(uses) do
   if name ~= 'save' then
      both('a shrunk storage: ' .. name, function(what)
         for _ = 1, 100 do
            local ok, err = pcall(use, shrunk())
            if ok or not tostring(err):find('resized to 10', 1, true) then
               return check.ok(false, what .. ' says why: ' .. tostring(err))
            end
         end
         check.ok(true, what)
      end)
   end
end
check.error(function() return shrunk():sum() end, needs, 'the error tells the numbers')
check.eq(shrunk()[10], 10, 'what is left can be used')
check.eq(shrunk():narrow(1, 1, 10):sum(), 55, 'a view of what is left, too')
local whole_again = shrunk():resize(1000)
check.eq(whole_again:storage():size(), 1000, 'resize makes a tensor whole again')
check.eq(whole_again:narrow(1, 1, 10):sum(), 55, 'with what was left')
local emptied = torch.range(1, 3)
emptied:storage():resize(0)
check.error(function() return emptied:sum() end, 'resized to 0', 'an emptied storage')
check.error(function() return emptied[1] end, 'resized to 0', 'an element of an emptied storage')
check.error(function() emptied[1] = 1 end, 'resized to 0', 'an element into an emptied storage')
check.eq(emptied:resize(3):fill(2):sum(), 6, 'which is filled again')

-- a storage that a view points into stays where it is
local base = torch.DoubleStorage(1000):fill(1)
local view = torch.DoubleStorage(base, 11, 20)
check.error(function() base:resize(2000) end, 'not resizable', 'a storage with a view')
check.error(function() torch.Tensor(base):resize(2000) end, 'not resizable', 'a tensor on it')
check.eq(view[20], 1, 'the view')

-- memory of somebody else
local ints = ffi.new('int[4]', {7, 8, 9, 10})
for what, address in pairs{['a pointer'] = ffi.cast('int *', ints), ['an array'] = ints, ['a number'] = tonumber(ffi.cast('intptr_t', ints)),
   ['an integer'] = ffi.cast('intptr_t', ints)} do
   local s = torch.IntStorage(3, address)
   check.eq(s:totable(), {7, 8, 9}, 'a storage at ' .. what)
   check.error(function() s:resize(4) end, 'not resizable', 'is not resizable')
   torch.IntTensor(s):fill(5)
   check.eq({ints[0], ints[2], ints[3]}, {5, 5, 10}, 'and is that memory')
   ints[0], ints[1], ints[2] = 7, 8, 9
end
check.error(function() torch.IntStorage(3, 1) end, 'address', 'not aligned')
check.error(function() torch.IntStorage(3, 0) end, 'NULL', 'no address')
check.error(function() torch.IntStorage(3, 'x') end, 'address expected', 'not an address')
check.error(function() torch.IntStorage(3, {}) end, 'address expected', 'a table for an address')

-- sizes that lie in the storage that grows
local sizes = torch.LongStorage{40, 50}
local on_sizes = torch.LongTensor(sizes)
check.eq(on_sizes:resize(sizes):size():totable(), {40, 50}, 'sizes in the own storage')
sizes = torch.LongStorage{3, 2, 2, 2, 2, 2, 2}
check.eq(torch.LongTensor(sizes):resize(sizes):size():totable(), {3, 2, 2, 2, 2, 2, 2}, 'many of them')
sizes = torch.LongStorage{30, 20}
check.eq(torch.LongTensor(sizes):zero():dim(), 1, 'zeroed sizes')
sizes = torch.LongStorage{30, 20}
check.eq(torch.LongTensor():set(sizes, 1, sizes):size():totable(), {30, 20}, 'sizes in the storage set')

-- ---- functions that resize ----

local function resizing(x, how)
   local count = 0
   return function(v)
      count = count + 1
      if count == 500 then how(x) end
      return v + 1
   end
end
local changes = {
   ['shrinks the storage'] = function(x) x:storage():resize(1) end,
   ['grows the storage'] = function(x) x:storage():resize(100000) end,
   ['resizes the tensor'] = function(x) x:resize(3) end,
   ['sets the tensor'] = function(x) x:set(torch.Tensor(2)) collectgarbage() end,
   ['empties the tensor'] = function(x) x:set() collectgarbage() end,
}
for name, how in pairs(changes) do
   local raises = name:find('shrinks') ~= nil
   both('a function that ' .. name, function(what)
      for layout, make in pairs{contiguous = function() return torch.range(1, 1000) end,
         strided = function() return torch.range(1, 2000):resize(1000, 2):select(2, 1) end} do
         for method, call in pairs{apply = function(x, f) x:apply(f) end,
            map = function(x, f) x:map(torch.Tensor(1000), f) end,
            ['map of it'] = function(x, f) torch.Tensor(1000):map(x, f) end,
            map2 = function(x, f) x:map2(torch.Tensor(1000), torch.Tensor(1000), f) end} do
            local x = make()
            local s = x:storage()
            local ok, err = pcall(call, x, resizing(x, how))
            if not raises or method == 'map of it' and layout == 'strided' then -- from a copy
               check.ok(ok, ('%s: %s, %s: %s'):format(what, method, layout, tostring(err)))
               if method == 'apply' then check.eq(s[layout == 'strided' and 1999 or 1000], layout == 'strided' and 2000 or 1001, what .. ' goes on') end
            else
               check.ok(not ok and err:find('resized the storage', 1, true), ('%s: %s, %s: %s'):format(what, method, layout, tostring(err)))
            end
         end
      end
   end)
end

-- ---- what the function returns ----

both('a function that returns no number', function(what)
   local x, y = torch.ones(2, 3), torch.ones(2, 3)
   local bad = function() return 'a' end
   for name, call in pairs{apply = function(t) t:apply(bad) end, map = function(t) t:map(y, bad) end,
      map2 = function(t) t:map2(y, y, bad) end} do
      for layout, t in pairs{contiguous = x, strided = x:t()} do
         local ok, err = pcall(call, t)
         local place = name == 'apply' and 1 or name == 'map' and 2 or 3
         check.ok(not ok, what)
         check.match(err, ('^[^\n]*test_elements.lua:%%d+: %s: argument #%d %%(f%%): given function should return'):format(name, place),
            what .. ': ' .. layout)
      end
   end
end)

-- ---- order and layouts of apply and map ----

local function sequence(x)
   local list = {}
   x:apply(function(v) list[#list + 1] = v end)
   return list
end
local cube = torch.range(1, 120):resize(2, 3, 4, 5)
for what, x in pairs{['transposed'] = cube:transpose(1, 4), ['narrowed'] = cube:narrow(3, 2, 2), ['twice'] = cube:transpose(2, 3):narrow(4, 2, 3),
   ['selected'] = cube:select(4, 2), ['unfolded'] = torch.range(1, 9):unfold(1, 3, 2), ['expanded'] = torch.range(1, 3):view(3, 1):expand(3, 4),
   ['one'] = cube:narrow(1, 1, 1):narrow(2, 1, 1):narrow(3, 1, 1):narrow(4, 3, 1), ['expanded alone'] = torch.Tensor{5}:expand(4)} do
   check.eq(sequence(x), T.values(x), 'apply in order: ' .. what)
   if what ~= 'expanded' and what ~= 'expanded alone' and what ~= 'unfolded' then
      local before, copy = T.values(x), x:clone()
      local y, z = torch.range(1, x:nElement()), x:clone():fill(3)
      x:map2(y, z:transpose(1, z:dim()), function(a, b, c) return a * 1000 + b * c end)
      local right = true
      for i, v in ipairs(T.values(x)) do right = right and v == before[i] * 1000 + i * 3 end
      check.ok(right, 'map2 in order: ' .. what)
      x:copy(copy)
   end
end

-- ---- svd, eig and symeig of what is not finite ----

local function all_nan(...)
   local ok = true
   for i = 1, select('#', ...) do
      local x = select(i, ...)
      ok = ok and x:dim() > 0 and x:ne(x):all()
   end
   return ok
end
for _, type_ in ipairs{'Double', 'Float'} do
   for _, bad in ipairs{nan, huge, -huge} do
      local A = T.class(type_).new{{2, 1, 0}, {1, 3, 1}, {0, 1, 4}}
      A[{2, 2}] = bad
      check.ok(all_nan(torch.svd(A)), 'svd of ' .. bad)
      check.ok(all_nan(torch.svd(A:narrow(1, 1, 2), 'A')), 'svd of ' .. bad .. ', not square')
      check.ok(all_nan(torch.eig(A, 'V')), 'eig of ' .. bad)
      check.ok(all_nan((torch.eig(A))), 'eigenvalues of ' .. bad)
      check.ok(all_nan(torch.symeig(A, 'V')), 'symeig of ' .. bad)
   end
   local A = T.class(type_).new{{2, 1}, {nan, 2}}
   check.ok((torch.symeig(A, 'V', 'U')[1] - 1) ^ 2 < 1e-10, 'symeig does not look at the other triangle')
end

-- ---- no element ----

for _, type_ in ipairs{'Double', 'Half', 'BFloat16', 'Bool'} do
   local x = T.class(type_).new()
   check.error(function() return x[torch.LongStorage()] end, 'empty tensor has no elements', 'the element of an empty ' .. type_)
   check.error(function() x[torch.LongStorage()] = 1 end, 'empty tensor has no elements', 'an element into an empty ' .. type_)
end

-- ---- printing ----

local many = torch.IntStorage(20000):fill(7)
local printed = tostring(many)
check.eq(select(2, printed:gsub('7\n', '')), 20000, 'a large storage, printed in pieces')
check.match(printed, '%[torch.IntStorage of size 20000%]', 'and its size')

-- ---- integers of the FFI ----

local most, arithmetic = 9007199254740993LL, {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} -- most: no number has it
local function long(x, i) return ffi.cast('int64_t *', x:data())[i - 1] end
for _, type_ in ipairs(arithmetic) do
   local class, storage = T.class(type_), torch[type_ .. 'Storage']
   check.eq(class.new{{1LL, 2ULL}, {3, 4}}:totable(), {{1, 2}, {3, 4}}, type_ .. ' of a table')
   check.eq(storage{5LL, 6}:totable(), {5, 6}, type_ .. 'Storage of a table')
   local x = class.new(3LL, 2ULL):zero()
   check.eq(x:size():totable(), {3, 2}, type_ .. ' of sizes')
   x[2LL], x[{3, 1}] = 7LL, 8ULL
   check.eq(x:fill(4LL):add(2ULL):totable(), {{6, 6}, {6, 6}, {6, 6}}, 'arguments of operations on ' .. type_)
   x[2LL], x[{3, 1}] = 7LL, 8ULL
   check.eq(x:totable(), {{6, 6}, {7, 7}, {8, 6}}, 'assigned to ' .. type_)
   check.eq(x[2LL]:narrow(1, 1LL, 1LL)[1LL], 7, 'positions in ' .. type_)
   check.eq({x:view(6LL):size(1), x:resize(2LL, 2LL):nElement()}, {6, 4}, 'sizes of ' .. type_)
   local s = storage(2)
   s:fill(3LL)
   s[2] = 9ULL
   check.eq(s:totable(), {3, 9}, 'assigned to storages of ' .. type_)
   s[1LL] = 4ULL
   check.eq({s[1LL], s[2ULL]}, {4, 9}, 'positions in storages of ' .. type_)
   x = class.new{{1, 2, 3}, {4, 5, 6}}
   check.eq({x[{1LL, 2LL}], x[{{1, 2LL}, 3LL}]:totable(), x[{2LL, {2LL}}]:totable()}, {2, {3, 6}, {5}}, 'tables of positions in ' .. type_)
   check.eq({x:permute(2LL, 1):size(1), x:sub(1LL, 2LL, -1LL, -1LL):totable(), #x:split(2LL, 2LL), #x:chunk(3LL, 2), x:repeatTensor(1LL, 2LL):size(2)},
      {3, {{3}, {6}}, 2, 3, 6}, 'views of ' .. type_)
end
local l = torch.LongTensor{most, -most}
check.ok(long(l, 1) == most and long(l, 2) == -most, 'all bits of a table')
l[1], l[{{2}}] = -most, 0
check.ok(long(l, 1) == -most, 'all bits assigned')
local s = torch.LongStorage{most, 1}
check.ok(s:data()[0] == most, "all bits of a storage's table")
s[2] = -most
check.ok(s:data()[1] == -most and s:fill(most):data()[0] == most, 'all bits assigned to a storage')
check.error(function() l:fill(most) end, 'fill: argument #1 %(value%): number expected, got integer 9007199254740993, too large', 'not rounded')
check.error(function() return torch.LongTensor{0xffffffffffffffffULL} end, 'not a number', 'more than a Long has')
check.error(function() return torch.LongTensor{ffi.cast('void *', 1)} end, 'not a number', 'a pointer')
check.error(function() return torch.LongStorage{ffi.new('int[2]')} end,
   'torch.LongStorage: argument #1 %(table%): element at index 1 is not a number', 'an array')
check.error(function() return torch.Tensor(ffi.new('struct {int x;}')) end, 'got cdata', 'a struct')

check.finish()
