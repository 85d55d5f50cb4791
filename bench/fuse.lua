package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'

-- Chains of operations: fused, one after the other, PyTorch's one after the other, and torch.compile's code. Then what the
-- first call costs, which records here and compiles there.

local setup = 'x = torch.rand(%d)\ny = torch.rand(%d)\ns = 1.5\n'
local compiled = [[
import torch._dynamo
torch._dynamo.config.cache_size_limit = 64
def g(x, y, s):
   return %s
f = torch.compile(g)
]]

local chains = {
   {'arithmetic, 5', function(x, y, s) return (x * s + y):cmul(x):add(1):cmul(y) end, '((x * s + y) * x + 1) * y'},
   {'bounds, 5', function(x, y, s) return torch.cmax(x, y):mul(s):clamp(.2, .9):add(x):abs() end,
      '(torch.maximum(x, y) * s).clamp(.2, .9).add(x).abs()'},
   {'functions, 5', function(x, y, s) return torch.tanh(x * s + y):cmul(x):exp() end, 'torch.exp(torch.tanh(x * s + y) * x)'},
   {'and a sum, 5', function(x, y, s) return (x * s + y):cmul(x):add(1):sum() end, '((x * s + y) * x + 1).sum()'},
}

local function timer(f, n)
   local x, y, s = torch.FloatTensor(n):uniform(), torch.FloatTensor(n):uniform(), 1.5
   return function(k)
      local t = torch.tic()
      for _ = 1, k do f(x, y, s) end
      return torch.toc(t)
   end
end

-- Seconds of the first call of a fused function, without the work.
local function recording(f)
   local x, y = torch.FloatTensor{1}, torch.FloatTensor{1}
   torch.fuse(f)(x, y, 1.5)
   local best = math.huge
   for _ = 1, 20 do
      local t = torch.tic()
      torch.fuse(f)(x, y, 1.5)
      best = math.min(best, torch.toc(t))
   end
   return best
end

local version = bench.peer()
print(('\nFused chains   (%d threads, %s; peer: %s)'):format(bench.threads, torch.cpuinfo().isa, version and 'PyTorch ' .. version or 'none'))
local form = '%-24s %11s %11s %11s %11s %9s %9s %11s %11s'
print(form:format('', 'fused', 'one by one', 'PyTorch', 'compiled', 'f/one', 'f/comp', 'first call', 'compiling'))
for _, n in ipairs{10, 1000, 100000, 1e7} do
   for _, chain in ipairs(chains) do
      local name, f, code = unpack(chain)
      name = ('%s, %.0e'):format(name, n)
      if not arg[1] or name:find(arg[1], 1, true) then
         local inputs = setup:format(n, n)
         local timers = bench.timers{setup = function() return function() end end, peer_setup = inputs, peer = 'r = ' .. code,
            peer_compiled = os.getenv('BENCH_COMPILE') ~= '0' and inputs .. compiled:format(code) or nil}
         if timers.compiled then -- the same code, the compiled function in its place
            local twin = bench.timers{setup = function() return function() end end, peer_setup = inputs .. compiled:format(code), peer = 'r = f(x, y, s)'}
            timers.compiled = twin.peer
         end
         timers.ours, timers.apart = timer(torch.fuse(f), n), timer(f, n)
         local compiling = timers.compiled and timers.compiled(1)
         local t = bench.compare(timers)
         local function cell(v) return v and bench.human(v * 1e9) or '-' end
         local function ratio(v) return v and ('%.2f'):format(t.ours / v) or '-' end
         print(form:format(name, cell(t.ours), cell(t.apart), cell(t.peer), cell(t.compiled), ratio(t.apart), ratio(t.compiled),
            cell(recording(f)), cell(compiling)))
         io.flush()
         collectgarbage()
      end
   end
end
