--- Recording and backward passes: views, writing in place, errors, memory; nn; transforms; twenty small programs.
require 'torch'
require 'nn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
local G = dofile(here .. '/differences.lua')
torch.manualSeed(3)

local function leaf(...) return torch.randn(...):requiresGrad() end
local function near(a, b, what, tolerance)
   local d = torch.isTensor(a) and (a:detach() - (torch.isTensor(b) and b:detach() or b)):abs():max() or math.abs(a - b)
   check.ok(d < (tolerance or 1e-10), ('%s: off by %g'):format(what, d))
end
local function grads(what, f, ...) G.check(check, what, f, {...}) end

do
   local x = torch.Tensor():requiresGrad()
   x:sum():backward()
   check.eq(x:grad():nElement(), 0, 'the sum of no elements')
end

-- ---- views, elements and writing ----

grads('elements', function(x) return x[1] * x[2] + x[{3}] / x[-1] end, torch.randn(4))
grads('elements of a matrix', function(x) return x[{1, 2}] * x[{2, 1}] + torch.dot(x[1], x[2]) end, torch.randn(2, 2))
grads('ranges', function(x) return x[{{2, 3}, {}}], x[{{}, 1}] end, torch.randn(3, 2))
grads('masks', function(x) return x[torch.ByteTensor{1, 0, 1}] end, torch.randn(3))
grads('written elements', function(x)
   local y = torch.zeros(3)
   y[2] = x[1] * x[2]
   y[{{3}}] = x[3] * 2
   return torch.cmul(y, x)
end, torch.randn(3))
grads('a loop over what was written', function(x)
   local h = torch.zeros(4, 2)
   h[1] = x
   for t = 2, 4 do h[t] = torch.tanh(h[t - 1] * 2) + x end
   return h
end, torch.randn(2))
grads('a view written in place', function(x)
   local y = x * 1
   y:narrow(1, 1, 2):cmul(x:narrow(1, 2, 2))
   return torch.cmul(y, y)
end, torch.randn(3))
grads('a view of a view', function(x)
   local y = x * 2
   y:t():select(1, 2):mul(3):add(1)
   return torch.exp(y)
end, torch.randn(2, 2))
grads('a view older than a change of its base', function(x)
   local y = x * 2
   local v = y:narrow(1, 1, 2)
   y:cmul(x)
   return v, y
end, torch.randn(3))
grads('views of every kind, written in place', function(x)
   local y, w = x * 1, x:narrow(2, 1, 1)
   y:view(6):narrow(1, 2, 3):cmul(x:view(-1):narrow(1, 1, 3))
   y:viewAs(torch.Tensor(2, 3)):t():mul(2)
   y:view(2, 1, 3):squeeze():add(y)
   y:unfold(2, 2, 2):mul(3)
   y:permute(2, 1):narrow(1, 3, 1):copy(w)
   y:select(1, 1):narrow(1, 2, 1):cmul(x:select(1, 2):narrow(1, 3, 1))
   return torch.cmul(y, y)
end, torch.randn(2, 3))
grads('an element by select, where a number may stand', function(x, y)
   return torch.add(y, x:select(1, 2), y), y * x:select(1, 1), torch.view(x, 1, 3):squeeze(1), (x:narrow(1, 2, 1):squeeze() + 1) * y
end, torch.randn(3), torch.randn(3))
grads('views into a tensor that is given', function(x)
   local r, s, t = torch.Tensor(), torch.Tensor(), torch.Tensor()
   torch.view(r, x, 3, 2)
   s:expand(x:narrow(1, 1, 1), 4, 3)
   t:squeeze(x:narrow(2, 1, 1))
   return torch.exp(r), torch.cmul(s, s), t
end, torch.randn(2, 3))
do
   local r, plain = torch.ones(2) * leaf(2), torch.ones(2, 3)
   torch.view(r, plain, 6)
   check.ok(not r:isRecorded() and r:isSetTo(plain:view(6)), 'a recorded tensor becomes a view of a plain one')
   check.error(function() torch.view(leaf(2), plain, 6) end, 'view: the tensor wants gradients', 'a leaf becomes a view')
end
grads('overwritten by numbers', function(x)
   local y = x * 2
   y:narrow(1, 1, 1):zero()
   y[3] = 7
   return torch.cmul(y, x)
end, torch.randn(3))
grads('copies and types', function(x)
   local y = torch.zeros(2, 3)
   y:copy(x:view(3, 2))
   return torch.cmul(y, x:clone():view(2, 3)), x:double()
end, torch.randn(6))
grads('results that are given', function(x, y)
   local r = torch.Tensor()
   torch.cmul(r, x, y)
   return torch.exp(r)
end, torch.randn(3), torch.randn(3))
grads('permute, repeatTensor, split, squeeze', function(x)
   local parts = x:split(1, 1)
   return x:permute(3, 1, 2) * 2, x:repeatTensor(2, 1, 1, 3), torch.cmul(parts[1], parts[2]), x:select(3, 1):squeeze()
end, torch.randn(2, 3, 2))
grads('operators', function(x, y) return 2 * x - y / 3 + (-x) * 1.5 + (1 - y), x * y, x:sum() * y, y / x:sum(), 1 / x:sum() end,
   torch.randn(3):add(4), torch.randn(3):add(4))

grads('recorded numbers in place', function(x, y)
   local a, b, c, d = x * 1, x * 1, x * 1, x * 1
   a:mul(y[1])
   b:div(y[2])
   c:pow(y[3])
   d:add(y[1], x):csub(x:sum(), y)
   return a, b, c, d, torch.add(torch.Tensor(), x, y[1], y)
end, torch.rand(3):add(1), torch.rand(3):add(1))
grads('sizes of one that is recorded', function(x)
   local plain = torch.ones(1, 3)
   return torch.cmul(plain:expandAs(x), x), torch.cmul(torch.ones(6):viewAs(x), x)
end, torch.randn(2, 3))
grads('set to a recorded tensor', function(x)
   local y, buffer = x * 2, torch.Tensor()
   buffer:set(y)
   local seen = torch.Tensor():set(x:narrow(1, 2, 2))
   buffer:cmul(x)
   return y, seen
end, torch.randn(3))

-- ---- what is refused ----

local x = leaf(3)
check.error(function() x:add(1) end, 'add: self %(r%): the tensor wants gradients', 'a leaf is overwritten')
check.error(function() x[1] = 3 end, 'wants gradients', 'an element of a leaf is written')
check.error(function() x:apply(function(v) return v end) end, 'apply: ', 'apply')
local plain = torch.zeros(4)
check.error(function() plain:narrow(1, 1, 3):copy(x) end, 'shares its memory', 'a view of a plain tensor is written')
check.error(function() (x * 2):backward() end, 'backward: argument #1 %(gradient%): ', 'no gradient to begin with')
check.error(function() torch.ones(1):backward() end, 'depends on none', 'nothing recorded')
check.error(function()
   local e = torch.exp(x)
   local loss = e:sum()
   e:mul(2)
   loss:backward()
end, 'exp saved a tensor .* and mul has changed it', 'a saved value was changed')
check.error(function()
   local plain = torch.ones(3)
   local loss = torch.cmul(x, plain):sum()
   plain:fill(2)
   loss:backward()
end, 'cmul saved a tensor .* and fill has changed it', 'a plain saved value was changed')
check.error(function()
   local loss = torch.exp(x):sum()
   loss:backward()
   loss:backward()
end, 'retainGraph = true', 'twice')
local loss = torch.exp(x):sum()
x:zeroGrad()
loss:backward{retainGraph = true}
loss:backward()
near(x:grad(), torch.exp(x:detach()) * 2, 'twice with retainGraph')

check.error(function() torch.cmul(x, x):data() end, 'data: .* recorded, and what is done by its address', 'an address')
check.error(function() x:cdata() end, 'cdata: ', 'the address of the struct')
check.ok(torch.noGrad(function() return x:data() end) ~= nil and x:detach():data() ~= nil, 'addresses where nothing is recorded')
check.error(function() nn.THNN.kernels[x:type()].Tanh_updateOutput(x, torch.Tensor()) end,
   'nn.Tanh: argument #1 %(input%): the tensor is recorded, and what a kernel computes', 'a kernel that is called directly')
check.ok(pcall(torch.noGrad, nn.THNN.kernels[x:type()].Tanh_updateOutput, x, torch.Tensor()), 'kernels where nothing is recorded')

check.error(function() local y = x * 1 y:addcmul(x[1], x, x) end, 'addcmul: the factor is a recorded number', 'a recorded factor')

-- an error in the middle leaves a usable state
local bad = torch.Function{forward = function(_, v) return v * 2 end, backward = function() error 'no' end}
check.error(function() (bad(torch.exp(x)):sum() + torch.exp(x):sum()):backward() end, 'no', 'a derivative that fails')
check.ok(torch.isRecording(), 'recording goes on after an error')
x:zeroGrad()
torch.exp(x):sum():backward()
near(x:grad(), torch.exp(x:detach()), 'gradients after an error')
check.ok(not pcall(torch.noGrad, error, 'x') and torch.isRecording(), 'recording after an error in noGrad')
check.ok(not torch.noGrad(function() return (x * 2):isRecorded() end), 'noGrad')
check.ok(torch.noGrad(torch.enableGrad, function() return (x * 2):isRecorded() end), 'enableGrad')

-- ---- hooks, intermediate gradients, anomalies ----

x:zeroGrad()
local y = (x * 2):hook(function(g) return g * 10 end):retainGrad()
y:sum():backward()
near(x:grad(), torch.ones(3) * 20, 'a hook changes the gradient')
near(y:grad(), torch.ones(3) * 10, 'the gradient of an intermediate result')
check.error(function()
   torch.anomaly(function() torch.sqrt(x * 0):sum():backward() end)
end, 'sqrt: its derivative gave NaN or infinity; the operation was called at .*test_autograd.lua:%d+', 'an anomaly is named')
check.match(torch.draw(torch.exp(x):sum()), 'label = "exp"', 'a drawing names operations')

-- ---- own functions, checkpoints ----

local cube = torch.Function{forward = function(ctx, v) ctx:save(v) return torch.pow(v, 3) end,
   backward = function(ctx, g) return torch.cmul(g, torch.pow(ctx:saved(), 2)) * 3 end}
grads('torch.Function', function(v) return cube(v) end, torch.randn(3))
local both = torch.Function{forward = function(_, a, b) return a + b, a - b end, backward = function(_, g, h) return g + h, g - h end}
grads('torch.Function of two results', function(a, b) local p, q = both(a, b) return torch.cmul(p, q) end, torch.randn(3), torch.randn(3))
local w, seen = leaf(3), 0
local function block(v) seen = seen + 1 return torch.tanh(torch.cmul(v, w)) end
x:zeroGrad()
torch.checkpoint(block, x):sum():backward()
local gx, gw = x:grad():clone(), w:grad():clone()
x:zeroGrad() w:zeroGrad()
block(x):sum():backward()
near(x:grad(), gx, 'checkpoint') near(w:grad(), gw, 'checkpoint, by what it closes over')
check.eq(seen, 3, 'checkpoint calls twice')

-- ---- nn: recorded gradients equal the module's own (every class: test_autograd_nn) ----

local function compare(name, module, input)
   module:double()
   local state = torch.getRNGState()
   local output = torch.noGrad(function() return module:forward(input):clone() end)
   local g = torch.randn(output:size())
   module:zeroGradParameters()
   local own = torch.noGrad(function() return module:backward(input, g):clone() end)
   local _, sums = module:parameters()
   local expected = {}
   for i, s in ipairs(sums or {}) do expected[i] = s:clone() end
   module:zeroGradParameters()
   module:requiresGrad()
   torch.setRNGState(state)
   local v = input:clone():requiresGrad()
   local r = module(v)
   module:forward(torch.randn(input:size())) -- it ran again meanwhile
   r:backward(g)
   near(v:grad(), own, name .. ': by the input')
   for i, p in ipairs(module:parameters() or {}) do
      near(p:grad(), expected[i], name .. ': by parameter ' .. i)
      near(sums[i], expected[i], name .. ': in the module, ' .. i)
   end
end
compare('Sequential', nn.Sequential():add(nn.Linear(3, 4)):add(nn.BatchNormalization(4)):add(nn.ReLU()):add(nn.Linear(4, 2)), torch.randn(5, 3))
do -- parameters that are shared, or there twice; gradients of before stay
   local layer = nn.Linear(2, 2)
   local net = nn.Sequential():add(layer):add(layer):add(layer:clone('weight', 'bias', 'gradWeight', 'gradBias'))
   local input, g = torch.randn(3, 2), torch.randn(3, 2)
   net:zeroGradParameters()
   net:forward(input)
   net:backward(input, g)
   local expected = layer.gradWeight:clone()
   net:requiresGrad()
   net(input):backward(g)
   near(layer.weight:grad(), expected, 'a layer that is there three times')
   near(layer.gradWeight, expected * 2, 'its gradWeight')
end
local table_in, other = leaf(3), leaf(3)
local sum = nn.CMulTable():forward{table_in, other}
sum:sum():backward()
near(table_in:grad(), other:detach(), 'a table of inputs')
check.error(function() torch.grad(nn.Tanh()(leaf(3)):sum(), {leaf(3)}, {createGraph = true}) end, '', 'createGraph through a module')
local linear, scale = nn.Linear(2, 2):double(), leaf(1)
check.error(function()
   local v = leaf(2)
   torch.grad(linear(v):sum(), v, {createGraph = true})
end, 'nn.Linear: its backward has no derivative of its own', 'gradients of gradients of a module')

-- ---- what runs ----

do
   local ran = 0
   local counted = torch.Function{forward = function(_, v) return v * 2 end, backward = function(_, g) ran = ran + 1 return g * 2 end}
   local old, input, other = counted(leaf(3)), leaf(3), leaf(3) -- older than the input, and beside it
   local y = counted(input)
   local loss = (torch.cmul(y, old) + counted(other)):sum()
   near(torch.grad(loss, input, {retainGraph = true}), old:detach() * 2, 'a gradient of a part')
   check.eq(ran, 1, 'only what depends on the input runs')
   near(torch.grad(loss, {y, input}, {retainGraph = true})[1], old:detach(), 'an intermediate input')
   check.eq(ran, 2, 'an input below another')
   near(torch.grad(loss, y, {retainGraph = true}), old:detach(), 'an intermediate input alone')
   check.eq(ran, 2, 'nothing below the inputs')
   loss:backward()
   check.eq(ran, 5, 'backward runs everything')
end
grads('parts of one tensor', function(x)
   local a, b, c = x:narrow(2, 1, 2), x:narrow(2, 2, 3), x:select(1, 2)
   return torch.cmul(a, a), torch.cmul(b, b), torch.cmul(c, c), x:narrow(1, 1, 3), torch.cmul(x, x)
end, torch.randn(3, 4))

-- ---- transforms ----

local A = torch.randn(3, 3)
local function quadratic(v) return torch.dot(v, torch.mv(A, v)) end
local v, u = torch.randn(3), torch.randn(3)
near(torch.vjp(quadratic, v), torch.mv(A + A:t(), v), 'vjp')
near((torch.jvp(function(z) return torch.mv(A, torch.pow(z, 2)) end, v, u)), torch.mv(A, torch.cmul(v, u) * 2), 'jvp')
near((torch.jacobian(function(z) return torch.mv(A, z) end, v)), A, 'jacobian')
do -- J v against differences, of several arguments; the numbers of elements of result and arguments differ
   local function f(a, b) return torch.cat(torch.tanh(torch.mv(b, a)), torch.cmul(a, a):sum(1), 1) end
   local a, b, da, db, h = torch.randn(3), torch.randn(2, 3), torch.randn(3), torch.randn(2, 3), 1e-6
   local product, value = torch.jvp(f, {a, b}, {da, db})
   near(value, f(a, b), 'the value of jvp')
   near(product, (f(a + da * h, b + db * h) - f(a - da * h, b - db * h)) / (2 * h), 'jvp of two arguments', 1e-7)
   for _, name in ipairs{'jvp', 'hvp'} do
      check.error(function() torch[name](quadratic, v) end, name .. ': argument #3 %(v%): torch.DoubleTensor %[3%] expected, in the sizes of xs, got n', 'no direction')
      check.error(function() torch[name](quadratic, v, torch.ones(2)) end, name .. ': argument #3 %(v%): .* got torch.DoubleTensor %[2%]', 'of other sizes')
      check.error(function() torch[name](f, {a, b}, {da}) end, name .. ': argument #3 %(v%): .* as element 2', 'one is missing')
   end
end
near(torch.hessian(quadratic, v), A + A:t(), 'hessian')
near((torch.hvp(quadratic, v, u)), torch.mv(A + A:t(), u), 'hvp')
near(torch.vmap(quadratic)(torch.eye(3)), torch.diag(A), 'vmap')
near(torch.jacobian(function(z) return torch.vjp(quadratic, z) end, v), A + A:t(), 'transforms nest')

local autograd = require 'autograd'
local df = autograd(function(p, input) return torch.sum(torch.pow(torch.tanh(input * p.W[1]) + p.b:expand(4, 2), 2)), 'more' end)
local params = {W = {torch.randn(3, 2)}, b = torch.randn(1, 2)}
local g, value, more = df(params, torch.randn(4, 3))
check.ok(type(value) == 'number' and more == 'more' and g.W[1]:isSameSizeAs(params.W[1]) and g.b:isSameSizeAs(params.b), 'autograd(f)')
check.ok(not params.b:isRecorded(), 'parameters stay as they are')
do
   local function f(p, other) return torch.sum(torch.pow(p.used, 2)), other end
   local p = {used = torch.Tensor{1, 2}, unused = torch.ones(2), list = {torch.ones(1), 3}}
   local zeros, loss, rest = autograd(f)(p, 'rest')
   near(zeros.unused, torch.zeros(2), 'a parameter that is not used')
   check.eq({loss, rest, zeros.list[1]:totable(), zeros.list[2]}, {5, 'rest', {0}, 0}, 'what comes back')
   local partial = autograd(f, {partialGrad = true})(p)
   near(partial.used, torch.Tensor{2, 4}, 'partialGrad: what is used')
   check.eq({partial.unused, partial.list}, {nil, {}}, 'partialGrad: what is not used')
   check.eq(autograd(function() return 3 end, {partialGrad = true})(torch.ones(2)), nil, 'partialGrad: nothing is used')
   near(autograd(function() return 3 end)(torch.ones(2)), torch.zeros(2), 'nothing is used')
   local by_second = {autograd(function(a, b) return torch.sum(torch.cmul(a, torch.pow(b, 2))) end, {gradArg = 2, withForward = false})(torch.ones(2), torch.ones(2))}
   check.eq(#by_second, 1, 'withForward = false')
   near(by_second[1], torch.ones(2) * 2, 'gradArg')
   check.error(function() autograd(f, {partialgrad = true}) end, 'autograd: argument #2 .*partialgrad.*partialGrad', 'a misspelt option')
   check.error(function() torch.grad(torch.sum(leaf(2)), leaf(2), {allowUnused = 'no'}) end, "grad: argument #3 %(options.allowUnused%): true, false or 'nil'", 'allowUnused')
end
local layer, layer_params = autograd.nn.Linear(3, 2)
local dl = autograd(function(p, input) return torch.sum(layer(p, input)) end)
local lg = dl(layer_params, torch.ones(4, 3))
near(lg[2], torch.ones(2) * 4, 'autograd.nn')
local ddf = autograd(function(z) local gz = autograd(function(q) return torch.sum(torch.pow(q, 3)) end)(z) return torch.sum(gz) end)
near((ddf(torch.Tensor{1, 2})), torch.Tensor{6, 12}, 'gradients of gradients in the manner of autograd')

do
   local y = torch.Tensor{{1, 2}, {3, 4}}:requiresGrad() * 2
   check.eq({y:totable(), y[1]:totable()}, {{{2, 4}, {6, 8}}, {2, 4}}, 'a table of a recorded tensor has numbers')
end

-- ---- memory ----

local function round()
   local p = leaf(10)
   local function f() return torch.cmul(p, torch.exp(p)):sum() end -- a closure that reaches the graph
   local l = f()
   l:hook(function() return nil, l, f end)                         -- a cycle through it
   l:backward()
end
for _ = 1, 50 do round() end
collectgarbage() collectgarbage()
local before = torch.memorystats().objects
for _ = 1, 2000 do round() end
collectgarbage() collectgarbage()
check.ok(torch.memorystats().objects <= before + 5, 'graphs are collected, cycles too')
do
   local w = torch.ones(2, 3):requiresGrad()
   local function step()
      local y = w:clone():permute(2, 1):repeatTensor(2, 1):float():double():select(1, 1):narrow(1, 1, 1):view(1, 1)
      y:sum():backward()
   end
   local function heap(n)
      for _ = 1, n do step() end
      collectgarbage()
      collectgarbage()
      return collectgarbage 'count'
   end
   local base = heap(200)
   check.ok(heap(3000) - base < 100, 'nothing of a step stays')
end

-- ---- programs ----

local function train(n, rate, ps, f)
   local first, last
   for i = 1, n do
      local l = f(i)
      first, last = first or l:item(), l:item()
      l:backward()
      torch.noGrad(function()
         for _, p in ipairs(ps) do
            if p:grad() then p:add(-rate, p:grad()) end
            p:zeroGrad()
         end
      end)
   end
   return first, last
end
local function learns(name, ...)
   local first, last = train(...)
   check.ok(last < first * 0.7, ('%s learns: %g to %g'):format(name, first, last))
end
local function log_softmax(z)
   local n, k = z:size(1), z:size(2)
   local top = z - torch.max(z:detach(), 2):expand(n, k)
   return top - torch.log(torch.exp(top):sum(2)):expand(n, k)
end
local X = torch.randn(20, 3)
local T = X * torch.Tensor{{1}, {-2}, {0.5}}

do -- 1 regression
   local w_ = torch.zeros(3, 1):requiresGrad()
   learns('regression', 30, 0.1, {w_}, function() local d = X * w_ - T return torch.cmul(d, d):mean() end)
end
do -- 2 logistic regression
   local w_, labels = torch.zeros(3, 1):requiresGrad(), torch.gt(T, 0):double()
   learns('logistic', 40, 1, {w_}, function()
      local p = torch.sigmoid(X * w_)
      return -(torch.cmul(labels, torch.log(p + 1e-9)) + torch.cmul(1 - labels, torch.log(1 - p + 1e-9))):mean()
   end)
end
do -- 3 classification by softmax
   local w_, target = torch.zeros(3, 2):requiresGrad(), torch.gt(T, 0):long():add(1):view(-1, 1)
   learns('softmax', 40, 1, {w_}, function() return -log_softmax(X * w_):gather(2, target):mean() end)
end
do -- 4 MLP of plain operations
   local a, b = torch.randn(3, 8):div(2):requiresGrad(), torch.randn(8, 1):div(2):requiresGrad()
   learns('MLP', 60, 0.1, {a, b}, function() local d = torch.tanh(X * a) * b - T return torch.cmul(d, d):mean() end)
end
do -- 5 CNN of modules, loss of operations
   local net = nn.Sequential():add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.ReLU()):add(nn.View(-1):setNumInputDims(3)):add(nn.Linear(18, 1)):double()
   net:requiresGrad()
   local images = torch.randn(6, 1, 5, 5)
   local target = images:view(6, 25):narrow(2, 13, 1):clone()
   learns('CNN', 60, 0.02, net:parameters(), function() local d = net(images) - target return torch.cmul(d, d):mean() end)
end
do -- 6 char RNN
   local text, ids = 'abcabcabcabc', {}
   for i = 1, #text do ids[i] = text:byte(i) - 96 end
   local E, W, O = torch.randn(3, 5):div(2):requiresGrad(), torch.randn(5, 5):div(3):requiresGrad(), torch.randn(5, 3):div(2):requiresGrad()
   learns('char RNN', 40, 0.5, {E, W, O}, function()
      local h, total = torch.zeros(1, 5), 0
      for t = 1, #ids - 1 do
         h = torch.tanh(E:narrow(1, ids[t], 1) + h * W)
         total = total - log_softmax(h * O)[{1, ids[t + 1]}]
      end
      return total / #ids
   end)
end
do -- 7 LSTM cell
   local W, O = torch.randn(5, 16):div(3):requiresGrad(), torch.randn(4, 1):requiresGrad()
   learns('LSTM', 40, 0.3, {W, O}, function()
      local h, c = torch.zeros(1, 4), torch.zeros(1, 4)
      for t = 1, 4 do
         local z = torch.cat(torch.Tensor{{t % 2}}, h, 2) * W
         local i, f, o, n = torch.sigmoid(z:narrow(2, 1, 4)), torch.sigmoid(z:narrow(2, 5, 4)), torch.sigmoid(z:narrow(2, 9, 4)), torch.tanh(z:narrow(2, 13, 4))
         c = torch.cmul(f, c) + torch.cmul(i, n)
         h = torch.cmul(o, torch.tanh(c))
      end
      local d = h * O - 1
      return torch.cmul(d, d):sum()
   end)
end
do -- 8 variational autoencoder
   local M, S, D = torch.randn(3, 2):div(3):requiresGrad(), torch.zeros(3, 2):requiresGrad(), torch.randn(2, 3):div(3):requiresGrad()
   local noise = torch.randn(20, 2)
   learns('VAE', 80, 0.1, {M, S, D}, function()
      local m, s = X * M, X * S
      local z = m + torch.cmul(torch.exp(s * 0.5), noise) * 0.1
      local d = z * D - X
      return torch.cmul(d, d):mean() - (s + 1 - torch.cmul(m, m) - torch.exp(s)):mean() * 0.001
   end)
end
do -- 9 meta-learning: through a step
   local w_ = torch.randn(3, 1):requiresGrad()
   learns('MAML', 30, 0.3, {w_}, function()
      local d = X * w_ - T
      local inner = torch.grad(torch.cmul(d, d):mean(), w_, {createGraph = true})
      local e = X * (w_ - inner * 0.1) - T
      return torch.cmul(e, e):mean()
   end)
end
do -- 10 physics: the speed with which a ball reaches a place
   local speed = torch.Tensor{1, 1}:requiresGrad()
   learns('simulator', 30, 0.1, {speed}, function()
      local place, v_ = torch.zeros(2), speed
      for _ = 1, 10 do
         v_ = v_ + torch.Tensor{0, -0.1}
         place = place + v_ * 0.1
      end
      local d = place - torch.Tensor{3, 1}
      return torch.cmul(d, d):sum()
   end)
end
do -- 11 implicit layer: z = tanh(W z + x) by iteration, its derivative by the implicit function theorem
   local W, x_ = torch.randn(3, 3):mul(0.2), torch.randn(3)
   local solve = torch.Function{name = 'fixed point',
      forward = function(ctx, input)
         local z = torch.zeros(3)
         for _ = 1, 100 do z = torch.tanh(torch.mv(W, z) + input) end
         ctx.z = z
         return z
      end,
      backward = function(ctx, g_)
         local slope = torch.diag(1 - torch.cmul(ctx.z, ctx.z))
         return torch.mv(slope, torch.gesv(g_:contiguous():view(3, 1), (torch.eye(3) - slope * W):t()):view(3))
      end}
   local input = x_:clone():requiresGrad()
   solve(input):sum():backward()
   local unrolled = x_:clone():requiresGrad()
   local z = torch.zeros(3)
   for _ = 1, 100 do z = torch.tanh(torch.mv(W, z) + unrolled) end
   z:sum():backward()
   near(input:grad(), unrolled:grad(), 'implicit layer')
end
do -- 12 gradient penalty
   local a, b = torch.randn(3, 6):requiresGrad(), torch.randn(6, 1):requiresGrad()
   learns('gradient penalty', 40, 0.02, {a, b}, function()
      local input = X:clone():requiresGrad()
      local g_ = torch.grad((torch.tanh(input * a) * b):sum(), input, {createGraph = true})
      local d = torch.norm(g_, 2, 2) - 1
      return torch.cmul(d, d):mean()
   end)
end
do -- 13 Gauss-Newton with jvp and vjp
   local function residual(p) return torch.exp(torch.mv(X, p) * 0.3) - 2 end
   local p = torch.zeros(3)
   local function cost() return residual(p):norm() end
   local start = cost()
   for _ = 1, 30 do
      local r = residual(p)
      local rhs, N = torch.vjp(residual, p, r), torch.zeros(3, 3)
      for i = 1, 3 do
         local e = torch.zeros(3)
         e[i] = 1
         N:select(2, i):copy((torch.vjp(residual, p, (torch.jvp(residual, p, e)))))
      end
      p = p - torch.gesv(rhs:view(3, 1), N + torch.eye(3) * 1e-6):view(3)
   end
   check.ok(cost() < start, 'Gauss-Newton')
   near(torch.vjp(residual, p, residual(p)), torch.zeros(3), 'Gauss-Newton is there', 1e-3)
end
do -- 14 Newton's method with hessian
   local function f(p) return torch.pow(p - 1, 4):sum() + torch.cmul(p, p):sum() end
   local p = torch.zeros(2)
   for _ = 1, 20 do p = p - torch.gesv(torch.vjp(f, p):view(2, 1), torch.hessian(f, p)):view(2) end
   near(torch.vjp(f, p), torch.zeros(2), 'Newton')
end
do -- 15 attention
   local Q, K = torch.randn(3, 4):div(2):requiresGrad(), torch.randn(3, 4):div(2):requiresGrad()
   learns('attention', 60, 1, {Q, K}, function()
      local p = torch.exp(log_softmax((X * Q) * (X * K):t() / 2))
      return -torch.log(torch.diag(p) + 1e-6):mean()
   end)
end
do -- 16 matrix factorization
   local U, V, R = torch.randn(4, 2):requiresGrad(), torch.randn(2, 5):requiresGrad(), torch.randn(4, 2) * torch.randn(2, 5)
   learns('factorization', 80, 0.03, {U, V}, function() local d = U * V - R return torch.cmul(d, d):sum() end)
end
do -- 17 Gaussian log likelihood by Cholesky
   local L0 = (torch.eye(3) * 3):requiresGrad()
   local C = X:t() * X / 20
   learns('Gaussian', 60, 0.05, {L0}, function()
      local S = L0 * L0:t() + torch.eye(3) * 1e-3
      local L = torch.potrf(S, 'L')
      return torch.log(torch.diag(L)):sum() * 2 + torch.trace(torch.inverse(S) * C) + 6
   end)
end
do -- 18 recursion: a tree of sums
   local w_ = torch.Tensor{0.5}:requiresGrad()
   local function tree(depth) if depth == 0 then return w_ * 1 end return torch.tanh(tree(depth - 1) + tree(depth - 1) * w_) end
   local l = tree(4)
   local slope = torch.grad(l, w_)
   local h = 1e-6
   local function at(s) return torch.noGrad(function() local old = w_:detach():clone() w_:fill(s) local r = tree(4)[1] w_:copy(old) return r end) end
   near(slope[1], (at(0.5 + h) - at(0.5 - h)) / (2 * h), 'recursion', 1e-6)
end
do -- 19 an ODE by Runge-Kutta, its parameter fitted
   local k = torch.Tensor{0.2}:requiresGrad()
   learns('ODE', 40, 0.1, {k}, function()
      local y_ = torch.ones(1)
      local function f(z) return -torch.cmul(z, k) end
      for _ = 1, 5 do
         local a = f(y_)
         local b = f(y_ + a * 0.1)
         y_ = y_ + b * 0.2
      end
      local d = y_ - math.exp(-1)
      return torch.cmul(d, d)
   end)
end
do -- 20 an energy's force, and a step that follows it
   local points = torch.randn(4, 2):requiresGrad()
   learns('energy', 40, 0.001, {points}, function()
      local n, total = 4, 0
      for i = 1, n do
         for j = i + 1, n do
            local d = points[i] - points[j]
            local r = torch.dot(d, d)
            total = total + torch.pow(r - 1, 2)
         end
      end
      return total
   end)
end

check.finish()
