-- Chains of pointwise rules of large tensors (lua/autograd/chains.lua): the gradients are those of the rules one by one, bit for bit.
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
local ok, eq, err = check.ok, check.eq, check.error
local core = require 'autograd.core'
local chains = require 'autograd.chains'
local N = 40000

-- How often chains ran within f.
local function count(f)
   local try, n = chains.try, 0
   chains.try = function(...)
      local ran = try(...)
      n = n + (ran and 1 or 0)
      return ran
   end
   local got, message = pcall(f)
   chains.try = try
   if not got then error(message, 0) end
   return n
end

local function inputs(type_)
   local x, y = torch[type_ .. 'Tensor'](N), torch[type_ .. 'Tensor'](N)
   for i = 1, N do x[i], y[i] = (i * 37 % 1001 - 500) / 400, (i * 91 % 777 - 300) / 300 end
   return x:requiresGrad(), y:requiresGrad()
end

local function gradients(f, type_, apart)
   local x, y = inputs(type_)
   core.state.apart = apart
   f(x, y)
   core.state.apart = false
   return x:grad(), y:grad()
end

local function same(a, b)
   if not a or not b then return a == b end
   return a:isSameSizeAs(b) and torch.ne(a, b):sum() == 0
end

-- f(x, y) goes backward; `runs` chains at least.
local function compare(what, f, runs)
   for _, type_ in ipairs{'Float', 'Double'} do
      local gx, gy, ex, ey
      local n = count(function() gx, gy = gradients(f, type_, false) end)
      ex, ey = gradients(f, type_, true)
      ok(same(gx, ex) and same(gy, ey), ('%s, %s: the same gradients'):format(what, type_))
      if runs then ok(n >= runs, ('%s, %s: %d chains, at least %d'):format(what, type_, n, runs)) end
   end
end

compare('a gate', function(x, y) torch.cmul(torch.tanh(x * 2 + y), x):sum():backward() end, 1)
compare('GELU', function(x, y)
   local inner = (x + torch.cmul(torch.cmul(x, x), x) * 0.044715) * 0.79788
   torch.cmul(torch.cmul(x, torch.tanh(inner) + 1) * .5, y):sum():backward()
end, 1)
compare('swish', function(x, y) torch.add(torch.cmul(torch.sigmoid(x), x), y):sum():backward() end)
compare('a Gaussian', function(x, y)
   local d = x - y
   torch.exp(torch.cmul(d, d) * -.5):mean():backward()
end, 1)
compare('quotients and logarithms', function(x, y) torch.log(torch.cdiv(torch.cmul(x, x) + 1, torch.exp(y) + 2)):sum():backward() end, 1)
compare('powers', function(x, y) torch.cmul(torch.pow(torch.cmul(x, x) + 1, 1.5), y):sum():backward() end, 1)
compare('rules that do not fuse between', function(x, y)
   local a = torch.clamp(torch.tanh(x * 2), -.5, .5)
   torch.cmul(torch.sigmoid(a * 3), y):sum():backward()
end)
compare('two losses, one of which is there already', function(x, y)
   local h = torch.tanh(x * 2)
   torch.add(torch.cmul(h, y):sum(), torch.exp(h * .1):sum()):backward()
end, 1)
compare('twice, with retainGraph', function(x, y)
   local loss = torch.cmul(torch.tanh(x * 2 + y), x):sum()
   loss:backward(nil, {retainGraph = true})
   loss:backward()
end, 2)
compare('in the middle a hook and a gradient that is kept', function(x, y)
   local h = torch.tanh(x * 2)
   h:hook(function(g) return g * 3 end)
   local k = torch.exp(h * .5)
   k:retainGrad()
   torch.cmul(k, y):sum():backward()
   y:grad():add(k:grad())
end)
compare('broadcast', function(x, y)
   local b = y:view(200, 200):narrow(1, 1, 1)
   torch.cmul(torch.tanh(x:view(200, 200) * 2 + b:expand(200, 200)), x:view(200, 200)):sum():backward()
end)
compare('matrices', function(x, y)
   local h = torch.mm(x:view(200, 200), y:view(200, 200)) * .01
   torch.cmul(torch.tanh(h), torch.sigmoid(h)):sum():backward()
end, 1)
compare('torch.grad of an intermediate result', function(x, y)
   local h = torch.tanh(x * 2 + y)
   local loss = torch.cmul(torch.exp(h), x):sum()
   local g = torch.grad(loss, {h, x})
   local again = torch.cmul(torch.exp(torch.tanh(x * 2 + y)), x):sum()
   again:backward()
   y:grad():add(g[1]):add(g[2])
end)
compare('gradients of gradients', function(x, y)
   local g = torch.grad(torch.cmul(torch.tanh(x * 2), torch.exp(y)):sum(), x, {createGraph = true})
   torch.cmul(g, g):sum():backward()
end)

-- What was overwritten raises, and nothing is left behind.
do
   local x, y = inputs('Float')
   local h = torch.exp(x * 2)
   local loss = torch.cmul(torch.tanh(h * .5), y):sum()
   torch.noGrad(function() h:add(1) end)
   err(function() loss:backward() end, 'exp', 'an operation in place between is told')
   local fresh = torch.cmul(torch.tanh(x * 2), y):sum()
   x:zeroGrad()
   fresh:backward()
   ok(x:grad():ne(x:grad()):sum() == 0, 'and the next pass is as any other')
end

-- Small tensors go their own way.
do
   local x = torch.FloatTensor(10):fill(1):requiresGrad()
   eq(count(function() torch.exp(torch.tanh(x * 2)):sum():backward() end), 0, 'small: one by one')
end
check.finish()
