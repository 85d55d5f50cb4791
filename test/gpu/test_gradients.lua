--- GPU tensors are recorded as others are: gradients of first and second order, of views, of modules, and what is refused.
--   THC=simt th test/gpu/test_gradients.lua
require 'cunn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
torch.manualSeed(1)

local X, W = torch.randn(5, 4), torch.randn(4, 3)
local function f(x, w)
   local z = torch.mm(x, w)
   local a = torch.tanh(z:narrow(2, 1, 2)) + z:narrow(2, 2, 2)
   return torch.cmul(a, a):sum() + z:select(1, 2):norm() + torch.sum(torch.exp(z:t() * 0.1), 1):mean()
end
local function gradients(convert)
   local x, w = convert(X):requiresGrad(), convert(W):requiresGrad()
   local g = torch.grad(f(x, w), {x, w}, {createGraph = true})
   local h = torch.grad(g[1]:sum() + g[2]:norm(), {x, w})
   return {g[1]:detach(), g[2]:detach(), h[1], h[2]}
end
local expected = gradients(function(t) return t:clone() end)
for i, g in ipairs(gradients(function(t) return t:cuda() end)) do
   check.eq(g:type(), 'torch.CudaTensor', 'a gradient is where its tensor is')
   local d = (g:double() - expected[i]):abs():max() / expected[i]:abs():max()
   check.ok(d < 1e-5, ('gradient %d is off by %g'):format(i, d))
end

-- a module as a node, and a step on what it gave
local net = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh())
local twin = net:clone():cuda()
local function through(module, x)
   module:requiresGrad()
   x:requiresGrad()
   torch.cmul(module(x), module(x)):sum():backward()
   return {x:grad():double(), module:get(1).weight:grad():double(), module:get(1).bias:grad():double()}
end
local own = through(net, X:clone())
for i, g in ipairs(through(twin, X:cuda())) do check.ok((g - own[i]):abs():max() < 1e-4, 'a module: gradient ' .. i) end

-- between the sides
local x = X:clone():requiresGrad()
torch.exp(x:cuda()):sum():backward()
check.ok((x:grad() - torch.exp(X)):abs():max() < 1e-4 and x:grad():type() == 'torch.DoubleTensor', 'the gradient of a copy to the GPU')

check.error(function() x:cuda():data() end, 'data: .* recorded', 'addresses are refused')
check.error(function()
   local y = torch.exp(X:cuda():requiresGrad())
   local loss = y:sum()
   y:mul(2)
   loss:backward()
end, 'exp saved a tensor .* and mul has changed it', 'what was saved and overwritten')
check.finish()
