--- Gradients beside PyTorch: recording and backward of single operations, an MLP step, an LSTM, a Hessian-vector product, of plain
-- operations. th bench/autograd.lua; bench/lib/autograd.py prints the same for PyTorch.
require 'torch'
torch.setnumthreads(1)
torch.manualSeed(1)
torch.setdefaulttensortype('torch.FloatTensor')

local function best(f, rounds)
   local least = math.huge
   for _ = 1, rounds do
      local t = torch.tic()
      f()
      least = math.min(least, torch.toc(t))
   end
   return least * 1e6
end

local function chain(name, f)
   local n = 100
   local us = best(function()
      local x, y = torch.rand(10):requiresGrad(), torch.rand(10):requiresGrad()
      local z = x
      for _ = 1, n do z = f(z, y) end
      z:sum():backward()
   end, 300) / n
   print(('%-12s %8.3f us'):format(name, us))
end
chain('add', function(z, y) return z + y end)
chain('cmul', function(z, y) return torch.cmul(z, y) end)
chain('tanh', function(z) return torch.tanh(z) end)
chain('mul', function(z) return z * 1.1 end)
chain('sigmoid', function(z) return torch.sigmoid(z) end)
chain('narrow', function(z) return z:narrow(1, 1, 10) end)
chain('view', function(z) return z:view(10) end)
chain('view, select', function(z) return z:view(1, 10):select(1, 1) end)
chain('expand, sum', function(z) return torch.sum(z:view(1, 10):expand(3, 10), 1):view(10) end)
chain('mm', function(z, y) return torch.mm(torch.reshape(z, 1, 10), y:view(10, 1)):expand(1, 10) end)

local function step(name, f, rounds) print(('%-12s %8.1f us'):format(name, best(f, rounds))) end

local X, T = torch.randn(32, 64), torch.randn(32, 10)
local W1, b1 = torch.randn(64, 128):div(8):requiresGrad(), torch.zeros(1, 128):requiresGrad()
local W2, b2 = torch.randn(128, 10):div(11):requiresGrad(), torch.zeros(1, 10):requiresGrad()
local function mlp(w1, c1, w2, c2)
   local d = torch.mm(torch.tanh(torch.mm(X, w1) + c1), w2) + c2 - T
   return torch.cmul(d, d):mean()
end
step('mlp', function()
   for _, p in ipairs{W1, b1, W2, b2} do p:zeroGrad() end
   mlp(W1, b1, W2, b2):backward()
end, 500)

local n = 32
local W = torch.randn(2 * n, 4 * n):div(8):requiresGrad()
local inputs = torch.randn(50, 4, n)
step('lstm 50', function()
   W:zeroGrad()
   local h, c = torch.zeros(4, n), torch.zeros(4, n)
   for t = 1, 50 do
      local z = torch.mm(torch.cat(inputs[t], h, 2), W)
      local i, f = torch.sigmoid(z:narrow(2, 1, n)), torch.sigmoid(z:narrow(2, n + 1, n))
      local o, g = torch.sigmoid(z:narrow(2, 2 * n + 1, n)), torch.tanh(z:narrow(2, 3 * n + 1, n))
      c = torch.cmul(f, c) + torch.cmul(i, g)
      h = torch.cmul(o, torch.tanh(c))
   end
   h:sum():backward()
end, 60)

local ps = {W1, b1, W2, b2}
local vs = {}
for i, p in ipairs(ps) do vs[i] = torch.randn(p:size()) end
step('hvp', function()
   local g = torch.grad(mlp(unpack(ps)), ps, {createGraph = true})
   return torch.grad(g, ps, {gradOutputs = vs})
end, 300)
