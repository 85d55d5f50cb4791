package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local rows = require 'rows'

-- Matrix products of the shapes that nets have: small, skinny, batched. Limit: multiply-add peak of the shape.

local cases = {}
local function product(m, k, n)
   local L = ('local a, b, c = torch.FloatTensor(%d, %d):fill(1), torch.FloatTensor(%d, %d):fill(1), torch.FloatTensor(%d, %d) local v = torch.FloatTensor(%d):fill(1)')
      :format(m, k, k, n, m, n, n)
   local P = ('a, b, c = torch.ones(%d, %d), torch.ones(%d, %d), torch.empty(%d, %d)\nv = torch.ones(%d)'):format(m, k,
      k, n, m, n, n)
   local size = ('%dx%dx%d'):format(m, k, n)
   cases[#cases + 1] = {'mm ' .. size, L, 'torch.mm(c, a, b)', P, 'torch.mm(a, b, out=c)',
      limit = bench.flops(2 * m * k * n)}
   return L, P, size
end
for _, n in ipairs{8, 32, 64, 128, 256, 512, 1024} do product(n, n, n) end
for _, s in ipairs{{1, 784, 500}, {16, 784, 500}, {128, 784, 500}, {1, 4096, 1000}, {16, 4096, 1000}, {64, 512, 512},
   {1000, 16, 16}} do
   product(unpack(s))
end
local L = 'local a, b, c = torch.FloatTensor(64, 32, 32):fill(1), torch.FloatTensor(64, 32, 32):fill(1), torch.FloatTensor() '
local P = 'a, b, c = torch.ones(64, 32, 32), torch.ones(64, 32, 32), torch.empty(64, 32, 32)'
cases[#cases + 1] = {'bmm 64 of 32x32x32', L, 'torch.bmm(c, a, b)', P, 'torch.bmm(a, b, out=c)',
   limit = bench.flops(2 * 64 * 32 ^ 3)}
cases[#cases + 1] = {'mm 128x784x500, b transposed',
   'local a, b, c = torch.FloatTensor(128, 784):fill(1), torch.FloatTensor(500, 784):fill(1):t(), torch.FloatTensor(128, 500)',
   'torch.mm(c, a, b)', 'a, b, c = torch.ones(128, 784), torch.ones(500, 784).t(), torch.empty(128, 500)',
      'torch.mm(a, b, out=c)', limit = bench.flops(2 * 128 * 784 * 500)}
for _, n in ipairs{100, 1000} do
   cases[#cases + 1] = {('mv %dx%d'):format(n, n),
      ('local a, x, y = torch.FloatTensor(%d, %d):fill(1), torch.FloatTensor(%d):fill(1), torch.FloatTensor(%d)')
         :format(n, n, n, n),
      'torch.mv(y, a, x)', ('a, x, y = torch.ones(%d, %d), torch.ones(%d), torch.empty(%d)'):format(n, n, n, n),
         'torch.mv(a, x, out=y)'}
   cases[#cases + 1] = {('ger %dx%d'):format(n, n),
      ('local x, y = torch.FloatTensor(%d, %d), torch.FloatTensor(%d):fill(1)'):format(n, n, n),
      'torch.ger(x, y, y)', ('x, y = torch.empty(%d, %d), torch.ones(%d)'):format(n, n, n), 'torch.outer(y, y, out=x)'}
end
bench.run('Products, floats', rows(cases))
bench.run('Dot products, floats', rows({
   {'dot, @', 'local x, y = torch.FloatTensor(@):fill(1), torch.FloatTensor(@):fill(2)', 'x:dot(y)',
    'x, y = torch.ones(@), torch.ones(@)', 'torch.dot(x, y)'},
}, {10, 1000, 1e5, 1e6, 1e7}))

-- Limit: BLAS called directly.
local direct = rows({
   {'mm @, through torch', 'local a, b, c = torch.FloatTensor(@, @):fill(1), torch.FloatTensor(@, @):fill(2), torch.FloatTensor(@, @)',
    'torch.mm(c, a, b)', 'a, b, c = torch.ones(@, @), torch.ones(@, @), torch.ones(@, @)', 'torch.mm(a, b, out=c)',
    limit = function(n)
       return function()
          local a, b, c = torch.FloatTensor(n, n):fill(1), torch.FloatTensor(n, n):fill(2), torch.FloatTensor(n, n):fill(0)
          return function(k) for _ = 1, k do bench.limits.bench_sgemm(a:data(), b:data(), c:data(), n) end end
       end
    end},
}, {64, 256, 1024})
bench.run('Matrix products, floats; limit: cblas_sgemm', direct)
