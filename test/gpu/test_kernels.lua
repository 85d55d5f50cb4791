--- The kernels of THC where their shapes matter: sizes around packs, blocks and chunks, operands that
-- are not aligned, many dimensions, duplicates, NaN; and that random numbers depend on nothing but
-- seed and position. test_table.lua has every operation, on small tensors.
--   THC=simt th test/gpu/test_kernels.lua [part...]
require 'cutorch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')

local types = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'}
local floating = {Float = true, Double = true}
local nan = 0 / 0

local only = {}
for _, name in ipairs(arg) do only[name] = true end
local function part(name, f)
   if not next(only) or only[name] then f() end
end

-- ---- both sides ----

local function cpu(type_, ...) return torch[type_ .. 'Tensor'](...) end
local function cuda_name(type_) return type_ == 'Float' and 'torch.CudaTensor' or 'torch.Cuda' .. type_ .. 'Tensor' end

-- The same memory and geometry on the GPU.
local function gpu(x)
   local type_ = torch.typename(x):match('torch%.(%a+)Tensor')
   local storage = x:storage()
   local flat = x.new(storage, 1, torch.LongStorage{storage:size()})
   local device = torch[cuda_name(type_):sub(7)](storage:size()):copy(flat)
   return torch[cuda_name(type_):sub(7)](device:storage(), x:storageOffset(), x:size(), x:stride())
end

local function host(x)
   local type_ = torch.typename(x) == 'torch.CudaTensor' and 'Float' or torch.typename(x):match('torch%.Cuda(%a+)Tensor')
   return cpu(type_):resize(x:size()):copy(x)
end

-- Elements agree, NaN with NaN; numbers within tol of the larger one.
local function agree(a, b, tol)
   if a:nElement() ~= b:nElement() then return false end
   if a:nElement() == 0 then return true end
   local n = a:nElement()
   local x, y = torch.DoubleTensor(n):copy(a):storage(), torch.DoubleTensor(n):copy(b):storage()
   for i = 1, x:size() do
      local p, q = x[i], y[i]
      if p ~= q and (p == p or q == q) and not (math.abs(p - q) <= (tol or 0) * math.max(math.abs(p), math.abs(q))) then
         return false, ('element %d is %.17g, expected %.17g'):format(i, q, p)
      end
   end
   return true
end

local function same(expected, got, what, tol)
   if type(expected) == 'number' then
      local close = expected == got or math.abs(expected - got) <= (tol or 0) * math.abs(expected)
      return check.ok(close, ('%s: %.17g, expected %.17g'):format(what, got, expected))
   end
   local ok, why = agree(expected, torch.typename(got):find('Cuda') and host(got) or got, tol)
   return check.ok(ok, what .. (why and ': ' .. why or ''))
end

-- A copy of x after x:name(...), whatever that returns.
local function after(x, name, ...)
   local r = x:clone()
   r[name](r, ...)
   return r
end

-- Small integers, the same on both sides.
local function numbers(type_, ...)
   local x = cpu(type_, ...)
   return x:copy(torch.range(1, x:nElement()):mul(37):remainder(23):add(type_ == 'Byte' and 1 or -11):viewAs(x))
end

-- ---- pointwise ----

local sizes = {1, 2, 3, 7, 15, 16, 17, 31, 33, 255, 256, 257, 1023, 1025, 4095, 4096, 4097, 10000}

-- views of n elements: aligned, off by one element, every second one, one element repeated
local function views(type_, n)
   return {aligned = numbers(type_, n), off = numbers(type_, n + 1):narrow(1, 2, n),
      second = numbers(type_, n, 2):select(2, 1), expanded = numbers(type_, 1):expand(n)}
end

part('pointwise', function()
   for _, type_ in ipairs(types) do
      for _, n in ipairs(sizes) do
         for name, x in pairs(views(type_, n)) do
            local what = ('%s %d %s'):format(type_, n, name)
            local dx, y = gpu(x), numbers(type_, n)
            local dy = gpu(y)
            same(torch.add(x, 3), torch.add(dx, 3), what .. ' add')
            same(torch.cmul(x, y), torch.cmul(dx, dy), what .. ' cmul')
            same(torch.add(y, 2, x), torch.add(dy, 2, dx), what .. ' cadd')
            same(torch.lt(x, y), torch.lt(dx, dy), what .. ' lt')
            same(torch.ge(x, 2), torch.ge(dx, 2), what .. ' ge')
            same(cpu(type_, n):eq(x, y), dx.new(n):eq(dx, dy), what .. ' eq of the type')
            if name ~= 'expanded' then
               local mask = numbers('Byte', n):remainder(2)
               local before = x:storage():size()
               x:maskedFill(mask, 5)
               dx:maskedFill(gpu(mask), 5)
               same(x, dx, what .. ' maskedFill')
               same(x:mul(2), dx:mul(2), what .. ' in place')
               same(x:fill(7), dx:fill(7), what .. ' fill')
               same(x.new(x:storage(), 1, torch.LongStorage{before}),
                  dx.new(dx:storage(), 1, torch.LongStorage{before}), what .. ' nothing else is written')
            end
         end
      end
   end
end)

part('dims', function()
   for _, type_ in ipairs{'Byte', 'Float', 'Double'} do
      local x = numbers(type_, 5, 6, 7, 8)
      local dx = gpu(x)
      for _, d in ipairs{{1, 4}, {2, 3}, {3, 4}, {1, 2}} do
         local t, dt = x:transpose(d[1], d[2]), dx:transpose(d[1], d[2])
         local what = ('%s transpose %d %d'):format(type_, d[1], d[2])
         same(t:contiguous(), dt:contiguous(), what .. ' copied')
         same(torch.add(t, 1), torch.add(dt, 1), what .. ' add')
         local y, dy = numbers(type_, 1, t:size(2), 1, t:size(4)):expandAs(t), nil
         dy = gpu(y)
         same(torch.cmul(t, y), torch.cmul(dt, dy), what .. ' expanded')
         same(t:float(), dt:float(), what .. ' to the host')
      end
      for _, s in ipairs{{31, 33}, {32, 32}, {1, 70}, {70, 5}, {3, 100}, {64, 65}} do
         local m = numbers(type_, s[1], s[2])
         same(m:t():contiguous(), gpu(m):t():contiguous(), ('%s %dx%d transposed'):format(type_, s[1], s[2]))
         local batch = numbers(type_, 3, s[1], s[2])
         same(batch:transpose(2, 3):contiguous(), gpu(batch):transpose(2, 3):contiguous(),
            ('%s 3x%dx%d transposed'):format(type_, s[1], s[2]))
      end
   end
   -- dimensions that do not merge: each of 2, every second element
   local function spread(n)
      local s, size, stride = 1, torch.LongStorage(n), torch.LongStorage(n)
      for d = n, 1, -1 do size[d], stride[d], s = d > n - 10 and 2 or 1, 2 * s, d > n - 10 and 4 * s or s end
      return torch.FloatTensor(torch.FloatStorage(s * 2):copy(torch.range(1, s * 2):float():storage()), 1, size, stride)
   end
   for _, n in ipairs{25, 30} do
      local x = spread(n)
      same(torch.mul(x, 2), torch.mul(gpu(x), 2), n .. ' dimensions')
   end
end)

part('copy', function()
   local hard = {0, -0.0, 1.5, -1.5, 127, 128, 255, 256, -129, 32768, 65504, 65520, 1e-7, 2147483648, -2147483649, 1e10,
      -1e10, 9.3e18, 1e30, math.huge, -math.huge, nan, 3, 4, 5, 6, 7}
   for _, from in ipairs(types) do
      local values = {}
      for i, v in ipairs(hard) do values[i] = (floating[from] or (v == v and math.abs(v) < 1e10 and v % 1 == 0)) and v or i end
      local x = cpu(from, values)
      if from == 'Int' or from == 'Long' then x[1] = -2147483648 end
      local cases = {aligned = x, off = x:narrow(1, 2, #hard - 1), matrix = x:view(3, 9):t()}
      for name, y in pairs(cases) do
         for _, to in ipairs(types) do
            local r = cpu(to):resize(y:size()):copy(y)
            local dr = torch[cuda_name(to):sub(7)]():resize(y:size()):copy(gpu(y))
            same(r, dr, ('%s into %s, %s'):format(from, to, name))
         end
         local half = torch.HalfTensor(y:size()):copy(y)
         local dhalf = torch.CudaHalfTensor(y:size()):copy(gpu(y))
         same(half:float(), dhalf:float(), ('%s into Half, %s'):format(from, name))
         for _, to in ipairs(types) do
            same(cpu(to):resize(y:size()):copy(half), torch[cuda_name(to):sub(7)]():resize(y:size()):copy(dhalf),
               ('Half into %s, %s'):format(to, name))
         end
      end
   end
end)

part('half', function()
   for _, n in ipairs{1, 7, 8, 9, 300} do
      local x, y = numbers('Float', n), numbers('Float', n):mul(0.25)
      local hx, hy = x:cuda():cudaHalf(), y:cuda():cudaHalf()
      same(torch.add(x, 0.5, y), (torch.add(hx, 0.5, hy)):float(), n .. ' halves cadd', 1e-3)
      same(torch.exp(y), torch.exp(hy):float(), n .. ' halves exp', 2e-3)
      same(torch.lt(x, y), torch.lt(hx, hy), n .. ' halves lt')
      same(x:sum(), hx:sum(), n .. ' halves sum', 1e-3)
      same(x:max(), hx:max(), n .. ' halves max')
      same(torch.sum(x:view(n, 1), 1), torch.sum(hx:view(n, 1), 1):float(), n .. ' halves sum of a dimension', 1e-3)
   end
end)

-- ---- reductions ----

local lengths = {1, 2, 5, 31, 64, 129, 2047, 2049, 8191, 8192, 8193, 20000}

local function reductions(x, what, tol)
   local dx = gpu(x)
   for _, op in ipairs{'sum', 'min', 'max'} do same(x[op](x), dx[op](dx), what .. ' ' .. op, tol) end
   same(torch.cmin(x, 2):cmax(1):prod(), torch.cmin(dx, 2):cmax(1):prod(), what .. ' prod', tol)
   if torch.typename(x):find('Float') or torch.typename(x):find('Double') then
      same(x:mean(), dx:mean(), what .. ' mean', tol)
      same(x:norm(2), dx:norm(2), what .. ' norm', tol)
      same(x:norm(1.5), dx:norm(1.5), what .. ' norm 1.5', 1e-5)
   end
end

local function along(x, what, tol)
   local dx = gpu(x)
   for d = 1, x:dim() do
      local where = ('%s along %d'):format(what, d)
      same(x:sum(d), dx:sum(d), where .. ' sum', tol)
      for _, op in ipairs{'min', 'max'} do
         local v, i = x[op](x, d)
         local dv, di = dx[op](dx, d)
         same(v, dv, where .. ' ' .. op)
         same(i, di, where .. ' ' .. op .. ' position')
      end
      if floating[torch.typename(x):match('torch%.(%a+)Tensor')] then
         same(x:norm(2, d), dx:norm(2, d), where .. ' norm', tol)
         same(x:mean(d), dx:mean(d), where .. ' mean', tol)
      end
   end
end

part('reduce', function()
   for _, type_ in ipairs{'Byte', 'Short', 'Long', 'Float', 'Double'} do
      local tol = type_ == 'Float' and 1e-6 or type_ == 'Double' and 1e-13
      for _, n in ipairs(lengths) do
         for name, x in pairs(views(type_, n)) do
            reductions(x, ('%s %d %s'):format(type_, n, name), tol)
         end
      end
      reductions(numbers(type_, 90, 110):t():narrow(1, 2, 97), type_ .. ' matrix', tol)
      for _, s in ipairs{{1, 1}, {3, 20000}, {20000, 3}, {37, 70}, {70, 37}, {2, 9000, 5}, {300, 8, 9}, {5, 3000}, {2000, 40}} do
         local x = numbers(type_, unpack(s))
         local what = type_ .. ' ' .. table.concat(s, 'x')
         along(x, what, tol)
         along(x:transpose(1, #s), what .. ' transposed', tol)
         along(x:narrow(#s, 1, math.max(1, s[#s] - 1)), what .. ' narrowed', tol)
      end
   end
end)

part('bits', function() -- the same sum, whatever the alignment, and on every call
   local x = torch.randn(30001):float()
   local a, off = x:cuda(), torch.CudaTensor(30002):narrow(1, 2, 30001)
   off:copy(a)
   local sum = a:sum()
   check.eq(off:sum(), sum, 'the sum of elements that are not aligned')
   check.eq(a:sum(), sum, 'the sum again')
   same(host(a:narrow(1, 1, 30000):view(100, 300):sum(2)), off:narrow(1, 1, 30000):view(100, 300):sum(2), 'sums of rows')
end)

part('nan', function()
   for _, s in ipairs{{1, 7}, {3, 9000}, {9000, 3}, {40, 40}} do
      for _, at in ipairs{{1, 1}, {s[1], s[2]}, {math.ceil(s[1] / 2), math.ceil(s[2] / 2)}} do
         local x = numbers('Float', unpack(s))
         x[at] = nan
         if s[2] > at[2] then x[{at[1], at[2] + 1}] = nan end
         along(x, ('NaN at %d,%d of %dx%d'):format(at[1], at[2], s[1], s[2]), 1e-6)
         check.ok(gpu(x):max() ~= gpu(x):max(), 'NaN is the largest of all')
      end
   end
end)

part('dot', function()
   for _, type_ in ipairs(types) do
      for _, n in ipairs(lengths) do
         for name, x in pairs(views(type_, n)) do
            local y = numbers(type_, n):remainder(7)
            same(x:double():dot(y:double()), gpu(x):dot(gpu(y)), ('%s %d %s dot'):format(type_, n, name), 1e-6)
         end
      end
   end
end)

-- ---- positions ----

-- Positions in 1..limit, with duplicates.
local function positions(limit, ...)
   local x = torch.LongTensor(...)
   return x:copy(torch.range(1, x:nElement()):mul(7919):remainder(limit):add(1):viewAs(x))
end

part('index', function()
   for _, type_ in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} do
      -- long lanes, short ones, many; the last makes lanes be walked
      for _, s in ipairs{{500, 3}, {3, 500}, {5, 4}, {100, 300}, {70, 16400}} do
         for dim = 1, 2 do
            if type_ == 'Float' or s[2] < 1000 then
               local what = ('%s %dx%d along %d'):format(type_, s[1], s[2], dim)
               local r, x = numbers(type_, unpack(s)), numbers(type_, unpack(s)):add(1)
               local limit = math.ceil(s[dim] / 2)
               local at = positions(limit, unpack(s))
               local dr, dx, dat = gpu(r), gpu(x), gpu(at)
               same(x:gather(dim, at), dx:gather(dim, dat), what .. ' gather')
               same(x:t():gather(3 - dim, at:t()), dx:t():gather(3 - dim, dat:t()), what .. ' gather transposed')
               same(after(r, 'scatter', dim, at, x), after(dr, 'scatter', dim, dat, dx), what .. ' scatter')
               same(after(r, 'scatter', dim, at, 9), after(dr, 'scatter', dim, dat, 9), what .. ' scatter fill')
               same(after(r, 'scatterAdd', dim, at, x), after(dr, 'scatterAdd', dim, dat, dx), what .. ' scatterAdd')
               local row = positions(limit, s[dim])
               local drow = gpu(row)
               same(x:index(dim, row), dx:index(dim, drow), what .. ' index')
               same(after(r, 'indexCopy', dim, row, x), after(dr, 'indexCopy', dim, drow, dx), what .. ' indexCopy')
               same(after(r, 'indexAdd', dim, row, x), after(dr, 'indexAdd', dim, drow, dx), what .. ' indexAdd')
               same(after(r, 'indexFill', dim, row, 3), after(dr, 'indexFill', dim, drow, 3), what .. ' indexFill')
            end
         end
      end
   end
   local h = torch.CudaHalfTensor(3):zero()
   h:indexAdd(1, torch.CudaLongTensor(200):fill(2), torch.CudaHalfTensor(200):fill(1))
   same(torch.FloatTensor{0, 200, 0}, h:float(), 'indexAdd of halves')
end)

part('nonzero', function()
   for _, type_ in ipairs(types) do
      for _, n in ipairs{1, 15, 16, 17, 4095, 4096, 4097, 9000} do
         local x = numbers(type_, n):remainder(3)
         if floating[type_] then x[1] = -0.0 end
         local what = ('%s %d'):format(type_, n)
         same(x:nonzero(), gpu(x):nonzero(), what .. ' nonzero')
         local mask = numbers('Byte', n):remainder(2)
         same(x:maskedSelect(mask), gpu(x):maskedSelect(gpu(mask)), what .. ' maskedSelect')
         local y = numbers(type_, n)
         same(after(x, 'maskedCopy', mask, y), after(gpu(x), 'maskedCopy', gpu(mask), gpu(y)), what .. ' maskedCopy')
      end
   end
   check.eq(torch.CudaTensor(5000):zero():nonzero():nElement(), 0, 'nothing is not zero')
end)

-- ---- random numbers ----

local function draw(x, how, ...)
   cutorch.manualSeed(5)
   x[how](x, ...)
   return x
end

part('random', function()
   local kinds = {uniform = {-1, 3}, normal = {2, 3}, logNormal = {0.5, 0.5}, exponential = {2}, cauchy = {1, 2},
      geometric = {0.3}, bernoulli = {0.3}, random = {3, 10}}
   for how, args in pairs(kinds) do
      for _, type_ in ipairs{'Cuda', 'CudaDouble', 'CudaHalf', 'CudaLong', 'CudaByte'} do
         local new = torch[type_ .. 'Tensor']
         if not (type_ == 'CudaLong' or type_ == 'CudaByte') or how == 'geometric' or how == 'bernoulli' or how == 'random' then
            local whole = host(draw(new(1000), how, unpack(args))):double()
            for _, n in ipairs{1, 2, 3, 5, 997} do
               same(whole:narrow(1, 1, n), host(draw(new(n), how, unpack(args))):double(),
                  ('%s %s: the first %d of more'):format(type_, how, n))
            end
            same(whole:narrow(1, 1, 997), host(draw(new(998):narrow(1, 2, 997), how, unpack(args))):double(),
               type_ .. ' ' .. how .. ': not aligned')
         end
      end
   end

   -- moments of 40000: within five standard errors
   local n = 40000
   local function moments(type_, how, mean, variance, ...)
      local x = draw(torch[type_ .. 'Tensor'](n), how, ...):double()
      local what = type_ .. ' ' .. how
      check.ok(math.abs(x:mean() - mean) < 5 * math.sqrt(variance / n), what .. ' mean ' .. x:mean())
      check.ok(math.abs(x:var() / variance - 1) < 0.1, what .. ' variance ' .. x:var())
      return x
   end
   for _, type_ in ipairs{'Cuda', 'CudaDouble', 'CudaHalf'} do
      local u = moments(type_, 'uniform', 0.5, 1 / 12, 0, 1)
      check.ok(u:min() >= 0 and u:max() < 1, type_ .. ' uniform is in [0, 1)')
      moments(type_, 'normal', 2, 9, 2, 3)
      moments(type_, 'exponential', 0.5, 0.25, 2)
      moments(type_, 'logNormal', math.exp(0.625), (math.exp(0.25) - 1) * math.exp(1.25), 0.5, 0.5)
      moments(type_, 'bernoulli', 0.3, 0.21, 0.3)
      local c = draw(torch[type_ .. 'Tensor'](n), 'cauchy', 1, 2):double()
      check.ok(math.abs(c:lt(1):double():mean() - 0.5) < 0.02, type_ .. ' cauchy: half are below the median')
      check.ok(math.abs(c:lt(3):double():mean() - 0.75) < 0.02, type_ .. ' cauchy: three quarters are below the quartile')
   end
   local g = moments('CudaInt', 'geometric', 1 / 0.7, 0.3 / 0.49, 0.3)
   check.eq(g:min(), 1, 'geometric starts at 1')
   local r = moments('CudaLong', 'random', 6.5, 63 / 12, 3, 10)
   check.ok(r:min() == 3 and r:max() == 10, 'range')

   -- rounding does not reach the bound
   for type_, list in pairs{Cuda = {{1000, 1001}, {1001, 1000}, {-1001, -1000}}, CudaHalf = {{10, 11}, {11, 10}, {-3, -2}},
                            CudaDouble = {{2 ^ 50, 2 ^ 50 + 1}, {2 ^ 50 + 1, 2 ^ 50}, {-1.7e308, 1.7e308}}} do
      for _, c in ipairs(list) do
         local a, b = c[1], c[2]
         local x = draw(torch[type_ .. 'Tensor'](n), 'uniform', a, b):double()
         local low, high = math.min(a, b), math.max(a, b)
         check.ok(x:min() >= low and x:max() <= high and x:eq(b):sum() == 0, ('%s uniform(%g, %g)'):format(type_, a, b))
         check.ok(math.abs(x:gt(low / 2 + high / 2):double():mean() - 0.5) < 0.2, 'about half of them above the middle')
      end
   end
   for _, b in ipairs{3 * 2 ^ 30, 3 * 2 ^ 51} do
      local x = draw(torch.CudaLongTensor(n), 'random', b):double()
      check.ok(x:max() > 0.99 * b and x:min() >= 1 and x:max() <= b, ('random(%g)'):format(b))
      check.ok(math.abs(x:le(b / 3):double():mean() - 1 / 3) < 0.02, ('random(%g): a third below a third'):format(b))
   end
   check.eq(draw(torch.CudaByteTensor(n), 'geometric', 0.99):min(), 1, 'geometric does not wrap around')

   -- parameters of elements
   local mean, stdv = torch.range(1, 1001):double():cuda(), torch.CudaTensor(1001):fill(0.001)
   local x = torch.CudaTensor(1001)
   cutorch.manualSeed(1)
   torch.normal(x, mean, stdv)
   check.ok((host(x):double() - torch.range(1, 1001):double()):abs():max() < 0.01, 'normal with means')
   local p = torch.CudaDoubleTensor(1001):copy(torch.range(1, 1001):double():remainder(2))
   same(host(p), host(torch.CudaByteTensor(1001):bernoulli(p)):double(), 'bernoulli with probabilities 0 and 1')
end)

-- ---- NaN, infinities, powers out of range, factors of 0 ----

part('edges', function()
   local inf = math.huge
   local lists = {{3, -4}, {1, nan, 2}, {0, 0}, {1, -inf}, {-2, 5, 1, 0.5}}
   for _, type_ in ipairs{'Float', 'Double'} do
      local all = {{type_ == 'Float' and 3e20 or 3e200, type_ == 'Float' and 4e20 or 4e200},
                   {type_ == 'Float' and 3e-30 or 3e-200, type_ == 'Float' and 4e-30 or 4e-200}}
      for _, list in ipairs(lists) do all[#all + 1] = list end
      for i, list in ipairs(all) do
         local x = cpu(type_, list)
         for _, p in ipairs{0, 0.5, 1, 2, 3, 100, -1, inf, -inf} do
            local what = ('%s %d, p = %g'):format(type_, i, p)
            local function number(f, y)
               local v = f(y)
               return torch.DoubleTensor{v}
            end
            same(number(function(y) return y:norm(p) end, x), number(function(y) return y:norm(p) end, gpu(x)), 'norm ' .. what, 1e-6)
            same(x:norm(p, 1), gpu(x):norm(p, 1), 'norm along 1 ' .. what, 1e-6)
            same(number(function(y) return torch.dist(y, y:clone():fill(1), p) end, x),
               number(function(y) return torch.dist(y, y:clone():fill(1), p) end, gpu(x)), 'dist ' .. what, 1e-6)
         end
         for _, p in ipairs{0.5, -0.5, 2, 3, -1} do
            local y = torch.cat(x, cpu(type_, {-0.0, -inf, inf}))
            same(torch.pow(y, p), torch.pow(gpu(y), p), ('pow %s %d %g'):format(type_, i, p), 1e-6)
         end
      end
      local a, b = cpu(type_, {nan, 1, nan, 2, 3}), cpu(type_, {1, nan, nan, 3, 2})
      for _, name in ipairs{'cmax', 'cmin'} do
         same(torch[name](a, b), torch[name](gpu(a), gpu(b)), name .. ' with NaN')
         same(torch[name](a, nan), torch[name](gpu(a), nan), name .. ' of a NaN')
      end
      same(torch.clamp(b, nan, 1), torch.clamp(gpu(b), nan, 1), 'clamp to NaN')
      same(torch.lerp(a, b, 1), torch.lerp(gpu(a), gpu(b), 1), 'lerp by 1')
      local base = type_ == 'Float' and 1e7 or 1e15
      local x = cpu(type_, {{base, base + 1}, {base + 1, base + 3}, {base + 2, base + 5}, {base + 3, base + 7}})
      same(x:var(1), gpu(x):var(1), type_ .. ' variance about a large mean', 1e-6)
      same(x:std(2), gpu(x):std(2), type_ .. ' deviation about a large mean', 1e-6)
      for _, n in ipairs{1, 17, 70} do
         local A, C = gpu(cpu(type_, n, n):fill(nan)), gpu(cpu(type_, n, n):fill(1))
         check.eq(torch.addmm(2, C, 0, A, A):sum(), 2 * n * n, 'addmm with alpha 0')
         check.eq(torch.addmm(0, A, 0, A, A):sum(), 0, 'addmm with alpha and beta 0')
         check.eq(torch.addmm(0, A, 1, C, C):sum(), n * n * n, 'addmm with beta 0')
         check.eq(torch.addmv(2, C[1], 0, A, A[1]):sum(), 2 * n, 'addmv with alpha 0')
         check.eq(torch.addr(2, C, 0, A[1], A[1]):sum(), 2 * n * n, 'addr with alpha 0')
         check.eq(torch.baddbmm(2, C:view(1, n, n), 0, A:view(1, n, n), A:view(1, n, n)):sum(), 2 * n * n, 'baddbmm with alpha 0')
      end
   end
   local h = torch.CudaHalfTensor{{300, 500}, {900, 500}, {600, 500}}
   same(torch.FloatTensor{{300, 0}}, h:std(1):float(), 'deviation of halves whose squares are none', 1e-3)
   check.eq(torch.CudaHalfTensor{3, -4}:norm(inf), 4, 'norm of halves')
   check.eq(torch.CudaHalfTensor{300, -400}:norm(), 500, 'norm of halves whose squares are none')
end)

check.finish()
