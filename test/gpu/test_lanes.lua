--- What runs along a dimension, where its shapes matter: sorting around tiles and merges, running sums
-- around chunks, variance; draws of categories; convolutions of every pairing; the rest of the linear algebra.
--   THC=simt th test/gpu/test_lanes.lua [part...]
require 'cutorch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local nan, inf = 0 / 0, math.huge

local only = {}
for _, name in ipairs(arg) do only[name] = true end
local function part(name, f)
   if not next(only) or only[name] then f() end
end

local function gpu(x)
   local type_ = torch.typename(x):match('torch%.(%a+)Tensor')
   return x:type('torch.Cuda' .. (type_ == 'Float' and '' or type_) .. 'Tensor')
end

local function same(expected, got, what, tol)
   local a, b = expected:double():contiguous():view(-1), got:double():contiguous():view(-1)
   local why = a:size(1) ~= b:size(1) and a:size(1) .. ' elements expected, got ' .. b:size(1) or nil
   for i = 1, why and 0 or a:size(1) do
      local p, q = a[i], b[i]
      if p ~= q and (p == p or q == q) and not (math.abs(p - q) <= (tol or 0) * math.max(1, math.abs(p))) then
         why = ('element %d is %.17g, expected %.17g'):format(i, q, p)
         break
      end
   end
   check.ok(not why, what .. (why and ': ' .. why or ''))
end

-- The same call on both sides.
local function both(what, tol, name, x, ...)
   local args = {...}
   for i = 1, select('#', ...) do args[i] = torch.isTensor(args[i]) and gpu(args[i]) or args[i] end
   local expected, got = {torch[name](x, ...)}, {torch[name](gpu(x), unpack(args, 1, select('#', ...)))}
   for i = 1, #expected do same(expected[i], got[i], ('%s: %s, result %d'):format(what, name, i), tol) end
end

-- n elements, many of them equal; floating ones with NaN, infinities and both zeros.
local special = {nan, inf, -inf, 0, -0.0, -nan}
local function mixed(type_, n, most)
   local x = torch[type_ .. 'Tensor'](n)
   local floating = type_ == 'Float' or type_ == 'Double'
   local state = n
   for i = 1, n do
      state = (state * 1103515245 + 12345) % 2147483648
      local v = math.floor(state / 65536) % most
      x[i] = floating and v < 6 and special[v + 1] or type_ == 'Byte' and v % 256 or (v - math.floor(most / 2)) % 128
   end
   return x
end

-- ---- order ----

part('sort', function()
   for _, n in ipairs{1, 2, 3, 5, 31, 64, 100, 1023, 1025, 2047, 2048, 2049, 4096, 4097, 7000} do
      for _, type_ in ipairs{'Float', 'Long'} do
         local x = mixed(type_, n, n % 2 == 0 and 50 or 5 * n + 8)
         both(type_ .. ' ' .. n, 0, 'sort', x)
         both(type_ .. ' ' .. n .. ', descending', 0, 'sort', x, 1, true)
      end
   end
   for _, type_ in ipairs{'Byte', 'Char', 'Short', 'Int', 'Double'} do both(type_, 0, 'sort', mixed(type_, 2500, 300)) end
   local half = mixed('Float', 2500, 300)
   local values, places = torch.sort(half:cudaHalf())
   local expected, at = torch.sort(half)
   same(expected, values, 'Half: values')
   same(at, places, 'Half: places')
end)

-- long enough for the radix sort
part('radix', function()
   for _, type_ in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} do
      local x = mixed(type_, 70000, 250)
      both(type_ .. ', long', 0, 'sort', x)
      both(type_ .. ', long, descending', 0, 'sort', x, 1, true)
   end
   local x = mixed('Float', 140000, 400000):view(2, 70000)
   both('two long lanes', 0, 'sort', x, 2)
   both('two long lanes', 0, 'median', x, 2)
   both('two long lanes', 0, 'kthvalue', x, 60000, 2)
   both('two long lanes', 0, 'topk', x, 20000, 2, true, true)
   local half = mixed('Float', 70000, 300)
   local values, places = torch.sort(half:cudaHalf(), 1, true)
   local expected, at = torch.sort(half, 1, true)
   same(expected, values, 'Half, long: values')
   same(at, places, 'Half, long: places')
end)

part('lanes', function()
   for _, n in ipairs{3, 20, 700, 2100} do
      local x = mixed('Float', 6 * n, 3 * n):view(2, n, 3)
      both('middle dimension of ' .. n, 0, 'sort', x, 2)
      both('middle dimension of ' .. n, 0, 'sort', x:transpose(2, 3), 3, true)
      both('middle dimension of ' .. n, 0, 'median', x, 2)
      both('middle dimension of ' .. n, 0, 'mode', x, 2)
      both('middle dimension of ' .. n, 0, 'kthvalue', x, math.ceil(n / 3), 2)
   end
   local x = mixed('Int', 3000, 100):view(1000, 3) -- many short lanes in a block
   both('short lanes', 0, 'sort', x, 2)
end)

part('topk', function()
   for _, n in ipairs{5, 2048, 6000} do
      for _, type_ in ipairs{'Float', 'Double'} do
         local x = mixed(type_, 2 * n, 4 * n):view(2, n)
         for _, k in ipairs{1, 200, 1500} do
            if k <= n then
               both(type_ .. ' ' .. k .. ' of ' .. n, 0, 'topk', x, k, 2, true, true)
               both(type_ .. ' ' .. k .. ' of ' .. n .. ', smallest', 0, 'topk', x, k, 2, false, true)
            end
         end
      end
   end
   local values, at = torch.topk(gpu(torch.range(1, 100)), 5, 1, true) -- in any order
   same(torch.DoubleTensor{96, 97, 98, 99, 100}, (torch.sort(values)), 'unsorted')
   same(values, at, 'unsorted: places')
end)

part('mode', function()
   for _, n in ipairs{1, 2, 257, 5000} do
      both('mode of ' .. n, 0, 'mode', mixed('Float', n, 40))
      both('mode of ' .. n, 0, 'mode', mixed('Long', n, 8 * n + 8))
   end
   both('both zeros', 0, 'mode', torch.FloatTensor{0, -0.0, 1, 1, 0, 2})
   both('all different', 0, 'mode', torch.FloatTensor{3, 1, 2})
end)

-- ---- running sums ----

part('scan', function()
   for _, size in ipairs{{1}, {33}, {2047}, {2048}, {2049}, {5000}, {3, 4100}, {4100, 3}, {4, 9000}, {2, 50, 3}} do
      local x = torch.randn(unpack(size)):float()
      local what = table.concat(size, 'x')
      for d = 1, #size do
         both(what, 1e-5, 'cumsum', x, d)
         both(what, 1e-10, 'cumsum', x:double(), d)
         both(what, 0, 'cumsum', x:mul(20):int(), d)
         both(what, 0, 'cumprod', x:long(), d)
         both(what, 1e-4, 'cumprod', x:clone():mul(0.01):add(1), d)
      end
   end
   local x = torch.randn(30, 2500)
   local y = gpu(x)
   y:cumsum(y, 2)
   same(x:cumsum(2), y, 'in place', 1e-10)
   both('transposed', 1e-10, 'cumsum', x:t(), 1)
   local far = gpu(torch.zeros(4, 3000)):narrow(2, 10, 2500)
   torch.cumsum(far, gpu(x:narrow(1, 1, 4)), 2)
   same(x:narrow(1, 1, 4):cumsum(2), far, 'into a part', 1e-10)
   both('bytes wrap', 0, 'cumsum', mixed('Byte', 3000, 256))
end)

part('variance', function()
   for _, size in ipairs{{2}, {7}, {5000}, {3, 70}, {70, 3}, {4, 5, 300}} do
      local x = torch.randn(unpack(size)):add(1000)
      for d = 1, #size do
         if size[d] > 1 then
            both(table.concat(size, 'x'), 1e-9, 'var', x, d)
            both(table.concat(size, 'x'), 1e-4, 'std', x:float(), d, true)
         end
      end
      check.ok(math.abs(gpu(x):var() - x:var()) < 1e-9 * x:var(), 'of all')
   end
   check.ok(gpu(torch.ones(5000)):std() == 0, 'of equal elements')
   local one = gpu(torch.ones(1)):var()
   check.ok(one ~= one, 'of one element')
end)

-- ---- by shape ----

part('shape', function()
   local x = torch.randn(70, 50)
   for _, k in ipairs{-80, -70, -3, 0, 5, 49, 60} do
      both('diagonal ' .. k, 0, 'tril', x, k)
      both('diagonal ' .. k, 0, 'triu', x:t(), k)
   end
   local y = gpu(x)
   y:tril(y, 1)
   same(torch.tril(x, 1), y, 'in place')
   same(torch.range(-3, 2000, 0.5), torch.CudaDoubleTensor():range(-3, 2000, 0.5), 'range')
   same(torch.IntTensor():range(5, -4000, -3), torch.CudaIntTensor():range(5, -4000, -3), 'range of integers')
   same(torch.linspace(-1, 1, 3001), torch.CudaDoubleTensor():linspace(-1, 1, 3001), 'linspace', 1e-12)
   same(torch.FloatTensor():logspace(-2, 2, 301), torch.CudaTensor():logspace(-2, 2, 301), 'logspace', 1e-5)
   local rows = torch.randn(20, 7, 3)
   for _, p in ipairs{0.5, 1, 2, 3, inf} do
      for d = 1, 3 do
         both('p of ' .. p, 1e-5, 'renorm', rows:float(), p, d, 2)
         both('p of ' .. p, 1e-10, 'renorm', rows, p, d, 2)
      end
   end
   both('integers', 0, 'histc', torch.FloatTensor():range(1, 5000), 7)
   both('many bins', 0, 'histc', torch.DoubleTensor():range(1, 5000), 4500)
   both('rows', 0, 'bhistc', torch.FloatTensor():range(1, 5000):view(10, 500), 20, 100, 3000)
   both('NaN', 0, 'histc', torch.FloatTensor{nan, 1, 2, inf, -inf}, 2, 0, 3)
end)

part('cross', function()
   for d, size in ipairs{{3, 50, 2}, {50, 3, 2}, {50, 2, 3}} do
      local x, y = torch.randn(unpack(size)), torch.randn(unpack(size))
      same(torch.cross(x, y, d), torch.cross(gpu(x), gpu(y), d), 'dimension ' .. d, 1e-12)
   end
end)

-- ---- products ----

part('products', function()
   for _, type_ in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long'} do
      for _, size in ipairs{{1, 1, 1}, {16, 16, 16}, {17, 33, 5}, {3, 40, 50}} do
         local m, k, n = unpack(size)
         local a, b = mixed(type_, m * k, 100):view(m, k), mixed(type_, k * n, 90):view(k, n)
         local what = type_ .. ' ' .. table.concat(size, 'x')
         same(torch.mm(a, b), torch.mm(gpu(a), gpu(b)), what)
         same(torch.mm(b:t(), a:t()), torch.mm(gpu(b):t(), gpu(a):t()), what .. ', transposed')
         local c = mixed(type_, m * n, 80):view(m, n)
         same(torch.addmm(2, c, 3, a, b), torch.addmm(2, gpu(c), 3, gpu(a), gpu(b)), what .. ', added')
         same(torch.mv(a, b:select(2, 1)), torch.mv(gpu(a), gpu(b):select(2, 1)), what .. ', vector')
         local x, y = torch.cat(a:view(1, m, k), a:view(1, m, k), 1), torch.cat(b:view(1, k, n), b:view(1, k, n), 1)
         same(torch.bmm(x, y), torch.bmm(gpu(x), gpu(y)), what .. ', batch')
      end
   end
end)

part('conv', function()
   local plane, planes, volumes = torch.randn(9, 8), torch.randn(3, 9, 8), torch.randn(2, 5, 6, 7)
   local k2, k3, bank = torch.randn(3, 2), torch.randn(3, 3, 2), torch.randn(4, 3, 3, 2)
   for _, vf in ipairs{'V', 'F'} do
      for _, name in ipairs{'conv2', 'xcorr2'} do
         for _, pair in ipairs{{plane, k2}, {planes, k3}, {planes, bank}} do
            same(torch[name](pair[1], pair[2], vf), torch[name](gpu(pair[1]), gpu(pair[2]), vf),
               name .. ' ' .. vf .. ' ' .. pair[2]:dim() .. 'D', 1e-12)
         end
      end
      for _, name in ipairs{'conv3', 'xcorr3'} do
         local small = torch.randn(2, 2, 3, 2)
         same(torch[name](volumes, small, vf), torch[name](gpu(volumes), gpu(small), vf), name .. ' ' .. vf, 1e-12)
      end
   end
   same(torch.conv2(plane:mul(9):int(), k2:mul(9):int()), torch.conv2(gpu(plane:int()), gpu(k2:int())), 'integers')
end)

-- ---- draws ----

part('draws', function()
   cutorch.manualSeed(3)
   local p = torch.DoubleTensor{{0, 1, 0, 3, 0}, {2, 0, 2, 0, 0}}
   local r = torch.multinomial(gpu(p), 2000, true)
   check.ok(torch.typename(r) == 'torch.CudaLongTensor' and r:size(1) == 2 and r:size(2) == 2000, 'type and size')
   for i = 1, 2 do
      local drawn = torch.DoubleTensor(5)
      local row = r[i]:long()
      for j = 1, 5 do drawn[j] = row:eq(j):long():sum() / 2000 end
      check.ok((drawn - p[i] / p[i]:sum()):abs():max() < 0.05, 'shares with replacement, row ' .. i)
   end
   for _ = 1, 5 do
      local apart = torch.multinomial(gpu(p):float():cuda(), 2):long()
      check.ok(apart[1]:clone():sort():eq(torch.LongTensor{2, 4}):all(), 'without replacement: what has weight')
      check.ok(apart[2]:clone():sort():eq(torch.LongTensor{1, 3}):all(), 'without replacement: what has weight')
   end
   local first = torch.LongTensor(2):zero()
   for _ = 1, 300 do
      local k = torch.multinomial(gpu(torch.DoubleTensor{1, 3}), 2)[1]
      first[k] = first[k] + 1
   end
   check.ok(first[2] > 190 and first[2] < 260, 'without replacement: the first draw has the weights')
   check.error(function() torch.multinomial(gpu(p), 3) end, 'only 2 probabilities are positive')
   check.error(function() torch.multinomial(gpu(torch.DoubleTensor{-1, 2}), 1) end, 'is not positive or 0')
   for _, n in ipairs{1, 10, 5000} do
      local perm = torch.CudaLongTensor():randperm(n)
      same(torch.range(1, n), (torch.sort(perm)), 'permutation of ' .. n)
   end
   check.ok(not torch.CudaTensor():randperm(100):float():equal(torch.FloatTensor():range(1, 100)), 'permuted')
   local alias = torch.multinomialAlias(torch.CudaLongTensor(4000), torch.multinomialAliasSetup(gpu(torch.DoubleTensor{0.25, 0, 0.75})))
   alias = alias:long()
   check.ok(math.abs(alias:eq(3):long():sum() / 4000 - 0.75) < 0.05 and alias:eq(2):long():sum() == 0, 'alias tables')
end)

-- ---- linear algebra ----

-- Vectors are compared by what they are for: libraries differ in their signs.
part('lapack', function()
   for _, class in ipairs{'torch.DoubleTensor', 'torch.FloatTensor'} do
      local tol = class == 'torch.DoubleTensor' and 1e-10 or 1e-4
      local A, tall = torch.randn(6, 6):type(class), torch.randn(5, 3):type(class)
      local S, D = A + A:t(), A * A:t() + torch.eye(6):mul(3):type(class)
      for _, uplo in ipairs{'U', 'L'} do
         same(torch.symeig(S, 'N', uplo), torch.symeig(gpu(S), 'N', uplo), 'symeig: values', tol) -- the other result has no meaning
         both(uplo, tol, 'potrf', D, uplo)
         both(uplo, tol, 'potri', torch.potrf(D, uplo), uplo)
         both(uplo, tol, 'potrs', A, torch.potrf(D, uplo), uplo)
         local e, V = torch.symeig(gpu(S), 'V', uplo)
         same(S * V:type(class), V:type(class) * torch.diag(e:type(class)), 'symeig: eigenvectors', tol)
      end
      for _, x in ipairs{A, tall, tall:t()} do
         both('sizes of both kinds', tol, 'qr', x)
         for _, job in ipairs{'S', 'A'} do
            local U, s, V = torch.svd(gpu(x), job)
            local k = s:size(1)
            same(select(2, torch.svd(x)), s, 'svd: values', tol)
            same(x, U:type(class):narrow(2, 1, k) * torch.diag(s:type(class)) * V:type(class):narrow(2, 1, k):t(), 'svd', tol)
         end
      end
      both('square', tol, 'inverse', D)
      local B = torch.randn(6, 2):type(class)
      both('square', tol, 'gesv', B, D)
      local a, tau = torch.geqrf(A)
      for _, side in ipairs{'L', 'R'} do
         for _, trans in ipairs{'N', 'T'} do
            same(torch.ormqr(a, tau, A, side, trans), torch.ormqr(gpu(a), gpu(tau), gpu(A), side, trans),
               'ormqr ' .. side .. trans, tol)
         end
      end
   end
   both('NaN', 0, 'symeig', torch.DoubleTensor(3, 3):fill(nan), 'V')
   check.error(function() torch.inverse(gpu(torch.zeros(3, 3))) end, 'singular')
   check.error(function() torch.potrf(gpu(-torch.eye(3))) end, 'not positive definite')
end)

check.finish()
