package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'

-- Chains of pointwise operations, a call each, results in tensors that exist: what torch.compile makes one loop of.

local chains = {
   {'tanh(2 x + 1) y', 'r:mul(x, 2):add(1):tanh():cmul(y)', 'torch.tanh(2 * x + 1) * y'},
   {'x + 2 y z, clamped', 'torch.addcmul(r, x, 2, y, z) r:clamp(0, 1)', '(x + 2 * y * z).clamp(0, 1)'},
   {'sqrt(x^2 + y^2)', 'r:cmul(x, x):addcmul(y, y):sqrt()', 'torch.sqrt(x * x + y * y)'},
}
local ours = [[local x, y, z, r = torch.FloatTensor(@):uniform(), torch.FloatTensor(@):uniform(), torch.FloatTensor(@):uniform(), torch.FloatTensor(@)
return function(n) for _ = 1, n do CODE end end]]
local peer = 'x, y, z = torch.rand(@), torch.rand(@), torch.rand(@)\ndef f(x, y, z):\n   return CODE\n'

local function case(chain, size)
   local function text(t, code) return (t:gsub('CODE', (code:gsub('%%', '%%%%'))):gsub('@', ('%d'):format(size))) end
   local setup = text(peer, chain[3])
   return {name = ('%s, %g floats'):format(chain[1], size), setup = assert(loadstring(text(ours, chain[2]))), peer_setup = setup,
      peer = 'f(x, y, z)', peer_compiled = os.getenv('BENCH_COMPILE') ~= '0' and setup .. 'f = torch.compile(f, dynamic=False)' or nil}
end

local cases = {}
for _, chain in ipairs(chains) do
   for _, size in ipairs{1000, 1e5, 1e7} do cases[#cases + 1] = case(chain, size) end
end
bench.run('Chains of operations', cases)
