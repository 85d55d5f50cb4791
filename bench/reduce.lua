package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'

-- Reductions of a 3000 x 3000 float tensor against the read bandwidth.

local N = 9e6
local setup = 'x = torch.ones(3000, 3000)\nr = torch.empty(1, 3000)\nc = torch.empty(3000, 1)\ni = torch.empty(1, 3000, dtype=torch.long)'
local function of(f)
   return function()
      local x, r = torch.FloatTensor(3000, 3000):fill(1), torch.FloatTensor()
      return function(n) for _ = 1, n do f(x, r) end end
   end
end
bench.run('Reductions, 3000 x 3000 floats', {
   {name = 'x:sum()', setup = of(function(x) x:sum() end), peer_setup = setup, peer = 'x.sum()', limit = bench.read(N), target_limit = 85},
   {name = 'torch.sum(r, x, 1)', setup = of(function(x, r) torch.sum(r, x, 1) end), peer_setup = setup,
    peer = 'torch.sum(x, 0, keepdim=True, out=r)', limit = bench.read(N), target_limit = 85},
   {name = 'torch.sum(r, x, 2)', setup = of(function(x, r) torch.sum(r, x, 2) end), peer_setup = setup,
    peer = 'torch.sum(x, 1, keepdim=True, out=c)', limit = bench.read(N), target_limit = 85},
   {name = 'x:max()', setup = of(function(x) x:max() end), peer_setup = setup, peer = 'x.max()', limit = bench.read(N)},
   {name = 'torch.max(x, 1)', setup = of(function(x) torch.max(x, 1) end), peer_setup = setup, peer = 'x.max(0)', limit = bench.read(N)},
   {name = 'torch.max(x, 2)', setup = of(function(x) torch.max(x, 2) end), peer_setup = setup, peer = 'x.max(1)', limit = bench.read(N)},
   {name = 'x:norm()', setup = of(function(x) x:norm() end), peer_setup = setup, peer = 'x.norm()', limit = bench.read(N)},
   {name = 'x:var(1)', setup = of(function(x) x:var(1) end), peer_setup = setup, peer = 'x.var(0)', limit = bench.read(N)},
})
