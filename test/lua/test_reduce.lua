--- Reductions, running sums and order of tensors as they lie in memory: whole, transposed, narrowed, expanded along every
--- dimension. Against plain loops over doubles and against copies that lie whole; equal for any number of threads.
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
require 'torch'
torch.manualSeed(7)

local types = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'}
local function floating(name) return name == 'Float' or name == 'Double' end

local function filled(name, ...)
   local x = torch.DoubleTensor(...)
   if floating(name) then x:uniform(0.9, 1.1) else x:random(0, 5) end
   return x:type('torch.' .. name .. 'Tensor')
end

-- height x width, or with a third dimension of 3 in the middle, by how it lies.
local layouts = {
   whole = function(name, h, w) return filled(name, h, w) end,
   transposed = function(name, h, w) return filled(name, w, h):t() end,
   narrowed = function(name, h, w) return filled(name, h, w + 5):narrow(2, 3, w) end,
   strided = function(name, h, w) return filled(name, h, 2 * w):unfold(2, 1, 2):select(3, 1) end,
   rows = function(name, h, w) return filled(name, 1, w):expand(h, w) end,
   columns = function(name, h, w) return filled(name, h, 1):expand(h, w) end,
   one = function(name, h, w) return filled(name, 1, 1):expand(h, w) end,
   middle = function(name, h, w) return filled(name, h, 1, w):expand(h, 3, w) end,
   ends = function(name, h, w) return filled(name, 1, h, 1):expand(w, h, 4) end,
}

-- What holds for every element type, as plain loops; x is a list of numbers.
local function fold(start, step)
   return function(x)
      local r = start
      for i = 1, #x do r = step(r, x[i]) end
      return r
   end
end
local plain = {
   sum = fold(0, function(a, b) return a + b end),
   prod = fold(1, function(a, b) return a * b end),
   max = fold(-math.huge, math.max),
   min = fold(math.huge, math.min),
}
local plain_floating = {
   mean = function(x) return plain.sum(x) / #x end,
   norm = function(x)
      local s = 0
      for i = 1, #x do s = s + x[i] * x[i] end
      return math.sqrt(s)
   end,
   var = function(x)
      local m, s = plain.sum(x) / #x, 0
      for i = 1, #x do s = s + (x[i] - m) ^ 2 end
      return s / (#x - 1)
   end,
}

local function near(a, b, name)
   if a == b or (a ~= a and b ~= b) then return true end
   return math.abs(a - b) <= (name == 'Float' and 2e-6 or 1e-12) * math.max(math.abs(a), math.abs(b), 1e-3)
end

local function list(x) return x:double():clone():view(-1):totable() end

-- Products of integers beyond 2^53 are not what plain loops over doubles hold.
local function small_product(name, op, n) return floating(name) or op ~= 'prod' or n <= 12 end

local function check_all(name, op, f, x, what)
   local n = x:nElement()
   if not small_product(name, op, n) or op == 'var' and n < 2 then return end
   local got, expected = x[op](x), f(list(x))
   check.ok(near(got, expected, name), ('%s, %s of all: %s, expected %s'):format(what, op, got, expected))
end

local function check_dim(name, op, f, x, dim, what)
   local n = x:size(dim)
   if not small_product(name, op, n) or op == 'var' and n < 2 then return end
   local got = op == 'norm' and torch.norm(x, 2, dim) or (torch[op](x, dim))
   local lanes = x:double():clone():transpose(dim, x:dim()):contiguous():view(-1, n)
   got = got:double():transpose(dim, x:dim()):contiguous():view(-1)
   local bad = 0
   for i = 1, lanes:size(1) do
      local expected = f(lanes[i]:totable())
      local wraps = not floating(name) and (op == 'sum' or op == 'prod') and math.abs(expected) > 100
      if not wraps and not near(got[i], expected, name) then bad = bad + 1 end
   end
   check.eq(bad, 0, ('%s, %s along %d'):format(what, op, dim))
end

for _, size in ipairs{{1, 1}, {2, 5}, {3, 16}, {5, 17}, {4, 31}, {7, 33}, {3, 127}, {9, 64}, {70, 130}} do
   for _, name in ipairs(types) do
      for how, make in pairs(layouts) do
         local x = make(name, size[1], size[2])
         local what = ('%s, %dx%d, %s'):format(name, size[1], size[2], how)
         for _, of in ipairs{plain, floating(name) and plain_floating or {}} do
            for op, f in pairs(of) do
               check_all(name, op, f, x, what)
               for dim = 1, x:dim() do check_dim(name, op, f, x, dim, what) end
            end
         end
      end
   end
end

-- ---- as copies that lie whole ----

local along = {
   max = function(x, d) return torch.max(x, d) end,
   min = function(x, d) return torch.min(x, d) end,
   cumsum = function(x, d) return torch.cumsum(x, d) end,
   cumprod = function(x, d) return torch.cumprod(x, d) end,
   sort = function(x, d) return torch.sort(x, d) end,
   sorted_down = function(x, d) return torch.sort(x, d, true) end,
   topk = function(x, d) return torch.topk(x, math.min(2, x:size(d)), d, true, true) end,
   kthvalue = function(x, d) return torch.kthvalue(x, math.ceil(x:size(d) / 2), d) end,
   median = function(x, d) return torch.median(x, d) end,
   mode = function(x, d) return torch.mode(x, d) end,
}

local function same(a, b)
   return a:isSameSizeAs(b) and a:double():eq(b:double()):min() == 1
end

for _, size in ipairs{{1, 1}, {5, 17}, {40, 33}, {17, 600}} do
   for _, name in ipairs{'Byte', 'Int', 'Float', 'Double'} do
      for how, make in pairs(layouts) do
         local x = make(name, size[1], size[2])
         local whole = x:clone()
         for op, f in pairs(along) do
            for dim = 1, x:dim() do
               local v, k = f(x, dim)
               local v2, k2 = f(whole, dim)
               local what = ('%s, %dx%d, %s, %s along %d'):format(name, size[1], size[2], how, op, dim)
               local slack = floating(name) and 1e-6 * math.max(1, v2:double():abs():max()) or 0
               check.ok((v:double() - v2:double()):abs():max() <= slack, what .. ': values')
               if k then check.ok(same(k, k2), what .. ': places') end
            end
         end
      end
   end
end

-- Results of the caller's own, which lie otherwise than they would be made.
for how, make in pairs(layouts) do
   local x = make('Float', 6, 40)
   for dim = 1, x:dim() do
      local size = x:size():totable()
      size[dim] = 1
      local r = torch.FloatTensor(unpack(size)):transpose(1, x:dim()):clone():transpose(1, x:dim()):fill(-1)
      torch.sum(r, x, dim)
      check.ok((r - torch.sum(x:clone(), dim)):abs():max() < 1e-4, how .. ': a transposed result, along ' .. dim)
      local y = torch.FloatTensor(x:size()):transpose(1, x:dim()):clone():transpose(1, x:dim()):fill(-1)
      torch.cumsum(y, x, dim)
      check.ok((y - torch.cumsum(x:clone(), dim)):abs():max() < 1e-4, how .. ': a transposed running sum, along ' .. dim)
   end
end

-- The result may be the input.
do
   local x = torch.FloatTensor(1, 7):uniform():expand(4, 7)
   local expected = torch.sum(x:clone(), 2)
   torch.sum(x, x, 2)
   check.ok((x - expected):abs():max() < 1e-5, 'sum of an expanded tensor into itself')
end

-- ---- what is not a number, and both zeros ----

for _, n in ipairs{1, 15, 16, 17, 63, 64, 65, 200, 5000} do
   for _, at in ipairs{1, math.ceil(n / 2), n} do
      local x = torch.FloatTensor(n):uniform(-1, 1)
      x[at] = 0 / 0
      check.ok(x:max() ~= x:max() and x:min() ~= x:min() and x:sum() ~= x:sum(), ('NaN at %d of %d'):format(at, n))
      local rows = x:view(1, n):expand(3, n)
      check.ok(rows:max() ~= rows:max(), ('NaN at %d of %d, expanded'):format(at, n))
      check.eq((select(2, torch.max(rows, 2)))[2][1], at, ('its place at %d of %d'):format(at, n))
   end
end
check.eq(torch.FloatTensor(1, 3):fill(math.huge):expand(1000, 3):sum(), math.huge, 'infinity many times')
check.eq(torch.FloatTensor{0.1}:view(1, 1):expand(1000, 1000):sum(), torch.FloatTensor{0.1}[1] * 1e6, 'a number a million times is rounded once')
check.eq(torch.LongTensor{3}:view(1, 1):expand(1, 45):prod(), torch.LongTensor(45):fill(3):prod(), 'a product of integers wraps as one by one')
check.eq(torch.ByteTensor(1, 300):fill(1):expand(300, 300):sum(), 90000, 'bytes are added as integers')
check.eq(torch.FloatTensor():sum(), 0, 'nothing')

-- ---- any number of threads ----

local function bits(x) return torch.type(x) == 'number' and ('%.17g'):format(x) or table.concat(list(x), ' ') end
local threaded = {
   function(x) return x:sum() end, function(x) return x:prod() end, function(x) return x:max() end, function(x) return x:std() end,
   function(x) return torch.sum(x, 1) end, function(x) return torch.sum(x, 2) end, function(x) return torch.norm(x, 2, 1) end,
   function(x) return (torch.max(x, 1)) end, function(x) return torch.cumsum(x, 1):sum(2) end, function(x) return torch.cumsum(x, 2):sum(1) end,
   function(x) return torch.var(x, 2) end, function(x) return torch.mean(x, 1) end,
   function(x) return torch.cumsum(x:contiguous():view(-1), 1):view(-1):narrow(1, x:nElement() - 99, 100) end,
}
local before = torch.getnumthreads()
for how, make in pairs(layouts) do
   for _, size in ipairs{{316, 317}, {1700, 90}, {70, 3100}} do
      local x = make('Float', size[1], size[2])
      for i, f in ipairs(threaded) do
         local first
         for _, threads in ipairs{1, 2, 3, 7} do
            torch.setnumthreads(threads)
            local got = bits(f(x))
            first = first or got
            check.ok(got == first, ('%s, %dx%d: number %d with %d threads'):format(how, size[1], size[2], i, threads))
         end
      end
   end
end
torch.setnumthreads(before)

check.finish()
