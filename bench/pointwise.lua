package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'

-- Pointwise operations: large ones against the memory's bandwidth, functions per element.

local N, F = 1e7, 1e5
local large = 'x = torch.ones(10000000)\ny = torch.ones(10000000)\nz = torch.ones(10000000)'

local function three(f)
   return function()
      local x, y, z = torch.FloatTensor(N):fill(1), torch.FloatTensor(N):fill(2), torch.FloatTensor(N):fill(0)
      return function(n) for _ = 1, n do f(z, x, y) end end
   end
end

local cases = {
   {name = 'torch.add(z, x, y), 1e7 floats', setup = three(function(z, x, y) z:add(x, y) end), limit = bench.add(N),
    peer_setup = large, peer = 'torch.add(x, y, out=z)', target_limit = 85},
   {name = 'torch.cmul(z, x, y), 1e7 floats', setup = three(function(z, x, y) z:cmul(x, y) end), limit = bench.add(N),
    peer_setup = large, peer = 'torch.mul(x, y, out=z)', target_limit = 85},
   {name = 'z:copy(x), 1e7 floats', setup = three(function(z, x) z:copy(x) end), limit = bench.copy(N),
    peer_setup = large, peer = 'z.copy_(x)', target_limit = 85},
   {name = 'x:add(1), 1e5 doubles',
    setup = function() local x = torch.Tensor(1e5):fill(1) return function(n) for _ = 1, n do x:add(1) end end end,
    peer_setup = 'x = torch.ones(100000, dtype=torch.double)', peer = 'x.add_(1)'},
   {name = 'y = x + 1, 1e5 doubles, with collection',
    setup = function() local x = torch.Tensor(1e5):fill(1) return function(n) for _ = 1, n do local _y = x + 1 end end end,
    peer_setup = 'x = torch.ones(100000, dtype=torch.double)', peer = 'y = x + 1'},
}
for _, name in ipairs{'exp', 'log', 'tanh', 'sigmoid', 'sin', 'sqrt'} do
   cases[#cases + 1] = {
      name = string.format('torch.%s(z, x), 1e5 floats', name), per = F, target = 0.6,
      setup = function()
         local x, z, f = torch.FloatTensor(F):fill(0.7), torch.FloatTensor(F), torch[name]
         return function(n) for _ = 1, n do f(z, x) end end
      end,
      peer_setup = 'x = torch.full((100000,), 0.7)\nz = torch.empty(100000)', peer = 'torch.' .. name .. '(x, out=z)',
   }
end
bench.run('Pointwise', cases)
