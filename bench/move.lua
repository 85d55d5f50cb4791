package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local rows = require 'rows'

-- Operations that move elements: results exist already, so that only the moving is timed. Limit: a copy that moves
-- as many bytes.

local F = 'local x, r = torch.FloatTensor(8, 500, 500):fill(1), torch.FloatTensor() '
local M = 'local m, r = torch.FloatTensor(5000, 200):fill(1), torch.FloatTensor(5000, 200):fill(0) '
   .. 'local i = torch.randperm(5000):long() local j = torch.randperm(200):long() '
local PF = 'x = torch.ones(8, 500, 500)\n'
local PM = 'm = torch.ones(5000, 200)\nr = torch.zeros(5000, 200)\ni = torch.randperm(5000)\nj = torch.randperm(200)\n'

bench.run('Moving, floats', rows{
   {'cat of 2 8x500x500, dim 1', F, 'torch.cat(r, x, x, 1)', PF .. 'r = torch.empty(16, 500, 500)',
    'torch.cat((x, x), 0, out=r)', limit = bench.copy(4e6)},
   {'cat of 2 8x500x500, dim 2', F, 'torch.cat(r, x, x, 2)', PF .. 'r = torch.empty(8, 1000, 500)',
    'torch.cat((x, x), 1, out=r)', limit = bench.copy(4e6)},
   {'cat of 2 8x500x500, dim 3', F, 'torch.cat(r, x, x, 3)', PF .. 'r = torch.empty(8, 500, 1000)',
    'torch.cat((x, x), 2, out=r)', limit = bench.copy(4e6)},
   {'repeatTensor 500x500, 8 1 1', 'local x, r = torch.FloatTensor(500, 500):fill(1), torch.FloatTensor()',
    'torch.repeatTensor(r, x, 8, 1, 1)',
    'x = torch.ones(500, 500)', 'r = x.repeat(8, 1, 1)', limit = bench.copy(2e6)},
   {'index 5000x200, rows', M, 'r:index(m, 1, i)', PM, 'torch.index_select(m, 0, i, out=r)', limit = bench.copy(1e6)},
   {'index 5000x200, columns', M, 'r:index(m, 2, j)', PM, 'torch.index_select(m, 1, j, out=r)', limit = bench.copy(1e6)},
   {'indexCopy 5000x200, rows', M, 'r:indexCopy(1, i, m)', PM, 'r.index_copy_(0, i, m)', limit = bench.copy(1e6)},
   {'indexAdd 5000x200, rows', M, 'r:indexAdd(1, i, m)', PM, 'r.index_add_(0, i, m)', limit = bench.add(1e6)},
   {'indexAdd 5000x200, columns', M, 'r:indexAdd(2, j, m)', PM, 'r.index_add_(1, j, m)', limit = bench.add(1e6)},
   {'indexFill 5000x200, rows', M, 'r:indexFill(1, i, 3)', PM, 'r.index_fill_(0, i, 3)'},
   {'gather 1000x1000, dim 1',
    'local x = torch.FloatTensor(1000, 1000):fill(1) local i = torch.LongTensor(1000, 1000):random(1000) local r = torch.FloatTensor()',
    'r:gather(x, 1, i)', 'x = torch.ones(1000, 1000)\ni = torch.randint(0, 1000, (1000, 1000))\nr = torch.empty(1000, 1000)', 'torch.gather(x, 0, i, out=r)'},
   {'gather 1000x1000, dim 2',
    'local x = torch.FloatTensor(1000, 1000):fill(1) local i = torch.LongTensor(1000, 1000):random(1000) local r = torch.FloatTensor()',
    'r:gather(x, 2, i)', 'x = torch.ones(1000, 1000)\ni = torch.randint(0, 1000, (1000, 1000))\nr = torch.empty(1000, 1000)', 'torch.gather(x, 1, i, out=r)'},
   {'scatter 1000x1000, dim 1',
    'local x = torch.FloatTensor(1000, 1000):fill(1) local i = torch.LongTensor(1000, 1000):random(1000) local r = torch.FloatTensor(1000, 1000)',
    'r:scatter(1, i, x)',
       'x = torch.ones(1000, 1000)\ni = torch.randint(0, 1000, (1000, 1000))\nr = torch.empty(1000, 1000)',
          'r.scatter_(0, i, x)'},
   {'scatter 1000x1000, dim 2',
    'local x = torch.FloatTensor(1000, 1000):fill(1) local i = torch.LongTensor(1000, 1000):random(1000) local r = torch.FloatTensor(1000, 1000)',
    'r:scatter(2, i, x)',
       'x = torch.ones(1000, 1000)\ni = torch.randint(0, 1000, (1000, 1000))\nr = torch.empty(1000, 1000)',
          'r.scatter_(1, i, x)'},
   {'maskedSelect 1e6', 'local x = torch.FloatTensor(1e6):uniform() local m, r = x:gt(0.5), torch.FloatTensor()',
    'r:maskedSelect(x, m)',
    'x = torch.rand(1000000)\nm = x > 0.5', 'r = torch.masked_select(x, m)'},
   {'maskedFill 1e6', 'local x = torch.FloatTensor(1e6):uniform() local m = x:gt(0.5)', 'x:maskedFill(m, 1)',
    'x = torch.rand(1000000)\nm = x > 0.5', 'x.masked_fill_(m, 1)'},
   {'copy 1000x1000 transposed', 'local x, r = torch.FloatTensor(1000, 1000):fill(1), torch.FloatTensor(1000, 1000)',
    'r:copy(x:t())',
    'x = torch.ones(1000, 1000)\nr = torch.empty(1000, 1000)', 'r.copy_(x.t())', limit = bench.copy(1e6)},
   {'copy 64x3x32x32 permuted', 'local x, r = torch.FloatTensor(64, 3, 32, 32):fill(1), torch.FloatTensor(64, 32, 32, 3)',
    'r:copy(x:permute(1, 3, 4, 2))', 'x = torch.ones(64, 3, 32, 32)\nr = torch.empty(64, 32, 32, 3)',
       'r.copy_(x.permute(0, 2, 3, 1))', limit = bench.copy(196608)},
   {'expanded add, 1000x1000 + row',
    'local x, y, r = torch.FloatTensor(1000, 1000):fill(1), torch.FloatTensor(1, 1000):fill(2), torch.FloatTensor()',
    'torch.add(r, x, y:expandAs(x))',
       'x = torch.ones(1000, 1000)\ny = torch.ones(1, 1000)\nr = torch.empty(1000, 1000)',
          'torch.add(x, y.expand_as(x), out=r)'},
   {'expanded add, 1000x1000 + column',
    'local x, y, r = torch.FloatTensor(1000, 1000):fill(1), torch.FloatTensor(1000, 1):fill(2), torch.FloatTensor()',
    'torch.add(r, x, y:expandAs(x))',
       'x = torch.ones(1000, 1000)\ny = torch.ones(1000, 1)\nr = torch.empty(1000, 1000)',
          'torch.add(x, y.expand_as(x), out=r)'},
   {'tril 1000x1000', 'local x, r = torch.FloatTensor(1000, 1000):fill(1), torch.FloatTensor()', 'torch.tril(r, x)',
    'x = torch.ones(1000, 1000)\nr = torch.empty(1000, 1000)', 'torch.tril(x, out=r)', limit = bench.copy(1e6)},
})

bench.run('Moving, by size', rows({
   {'copy, @ floats', 'local x, r = torch.FloatTensor(@):fill(1), torch.FloatTensor(@)', 'r:copy(x)',
    'x = torch.ones(@)\nr = torch.empty(@)', 'r.copy_(x)', limit = bench.copy},
   {'fill, @ floats', 'local x = torch.FloatTensor(@)', 'x:fill(3)', 'x = torch.empty(@)', 'x.fill_(3)'},
   {'float to double, @', 'local x, r = torch.FloatTensor(@):fill(1), torch.DoubleTensor(@)', 'r:copy(x)',
    'x = torch.ones(@)\nr = torch.empty(@, dtype=torch.double)', 'r.copy_(x)'},
   {'double to float, @', 'local x, r = torch.DoubleTensor(@):fill(1), torch.FloatTensor(@)', 'r:copy(x)',
    'x = torch.ones(@, dtype=torch.double)\nr = torch.empty(@)', 'r.copy_(x)'},
   {'byte to float, @', 'local x, r = torch.ByteTensor(@):fill(1), torch.FloatTensor(@)', 'r:copy(x)',
    'x = torch.ones(@, dtype=torch.uint8)\nr = torch.empty(@)', 'r.copy_(x)'},
   {'float to half, @', 'local x, r = torch.FloatTensor(@):fill(1), torch.HalfTensor(@)', 'r:copy(x)',
    'x = torch.ones(@)\nr = torch.empty(@, dtype=torch.half)', 'r.copy_(x)'},
   {'long to int, @', 'local x, r = torch.LongTensor(@):fill(1), torch.IntTensor(@)', 'r:copy(x)',
    'x = torch.ones(@, dtype=torch.long)\nr = torch.empty(@, dtype=torch.int)', 'r.copy_(x)'},
   {'clone, @ floats', 'local x = torch.FloatTensor(@):fill(1)', 'local _r = x:clone()', 'x = torch.ones(@)',
    'r = x.clone()'},
}, {10, 1000, 1e5, 1e7}))
