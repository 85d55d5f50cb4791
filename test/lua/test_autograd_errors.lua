--- What goes wrong with gradients, and is told: values that changed between forward and backward, gradients that do not fit, options that
-- are misspelt; and edges that must work: modules in place, checkpoints under torch.grad, tensors without elements.
require 'torch'
require 'nn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
local eq = check.eq
torch.manualSeed(3)

local function leaf(...) return torch.rand(...):requiresGrad() end
local function near(a, b, what) check.ok((a:detach() - b:detach()):abs():max() < 1e-10, what) end

-- ---- what a module keeps ----

local function changed_after(what, write, make)
   for _, module in ipairs(make()) do
      local x = leaf(4, 3)
      local y = module.f(x)
      torch.noGrad(write, module)
      check.error(function() y:sum():backward() end, ('%s saved a tensor .* and %s has changed it in place'):format(module.name, module.by), what)
   end
end
local function filled(module) module.tensor:fill(7) end
changed_after('a weight was changed', filled, function()
   local l, wanted, s = nn.Linear(3, 2), nn.Linear(3, 2):requiresGrad(), nn.Sequential():add(nn.Tanh()):add(nn.Linear(3, 2))
   return {{f = function(x) return l(x) end, tensor = l.weight, name = 'nn.Linear', by = 'fill'},
      {f = function(x) return wanted(x) end, tensor = wanted.bias, name = 'nn.Linear', by = 'fill'},
      {f = function(x) return s(x) end, tensor = s:get(2).weight, name = 'nn.Sequential', by = 'fill'}}
end)
do
   local x, target = torch.rand(4, 3):requiresGrad(), torch.rand(4, 3):requiresGrad()
   check.error(function() nn.MSECriterion()(x, target) end, 'nn.MSECriterion: argument #2 %(target%): the tensor is recorded', 'a recorded target')
   nn.MSECriterion()(x, target:detach()):backward()
   check.ok(x:grad():norm() > 0 and not target:grad(), 'a target that was recorded')
end

changed_after('a target or weights were changed', filled, function()
   local target, class, weights = torch.rand(4, 3), torch.LongTensor{1, 2, 3, 1}, torch.ones(3)
   local mse, nll = nn.MSECriterion(), nn.ClassNLLCriterion(weights)
   return {{f = function(x) return mse(x, target) end, tensor = target, name = 'nn.MSECriterion', by = 'fill'},
      {f = function(x) return nll(x, class) end, tensor = nll.weights, name = 'nn.ClassNLLCriterion', by = 'fill'}}
end)
do -- a module that writes its weights in forward, and runs twice
   local table_ = nn.LookupTable(4, 2, nil, 0.1)
   table_.weight:requiresGrad()
   local a = table_(torch.LongTensor{1, 2})
   local b = table_(torch.LongTensor{2, 3})
   check.ok(pcall(function() (a:sum() + b:sum()):backward() end), 'a module that scales its own weights')
end

-- ---- in place ----

for _, make in ipairs{function(p) return nn.ReLU(p) end, function(p) return nn.ELU(1, p) end, function(p) return nn.HardTanh(-1, .5, p) end,
   function(p) return nn.Sequential():add(nn.Identity()):add(nn.LeakyReLU(.1, p)) end, function(p) return nn.MulConstant(2, p) end} do
   local v = torch.Tensor{-1, 2, 0.3}
   local function run(p)
      local x, b = v:clone():requiresGrad(), torch.ones(3):requiresGrad()
      local z = x * 1
      local module = make(p)
      local y = module(x) + b + module(z) * 2 -- plus hands one gradient to both
      y:sum():backward()
      return y:detach(), x:grad(), b:grad(), x:detach():clone(), z:detach():clone()
   end
   local one, other = {run(false)}, {run(true)}
   for i, t in ipairs(one) do near(other[i], t, ('%s in place: %d'):format(torch.type(make(true)), i)) end
end

-- ---- what a fused function refers to ----

do
   local k, w = 2, torch.ones(3)
   local function inner(a) return a * k end
   local f = torch.fuse(function(a) return torch.tanh(torch.cmul(inner(a), w)) end)
   local x = leaf(3)
   local y = f(x)
   k, w = 100, torch.ones(3) * 5
   y:sum():backward()
   local plain = x:detach():clone():requiresGrad()
   torch.tanh(plain * 2):sum():backward()
   near(x:grad(), plain:grad(), 'backward sees what forward saw')
   eq(k, 100, 'and puts back what is there now')
   near(torch.grad(torch.grad(f(x):sum(), x, {createGraph = true}):sum(), x), torch.grad(torch.grad(torch.tanh(plain * 2):sum(), plain, {createGraph = true}):sum(), plain),
      'second derivatives, too')
end

-- ---- gradients that functions return ----

local function returning(...)
   local results = {...}
   return torch.Function{name = 'mine', forward = function(_, x) return x * 1 end, backward = function() return unpack(results) end}
end
for what, g in pairs{['torch.DoubleTensor %[2%]'] = torch.ones(2), ['torch.FloatTensor %[4%]'] = torch.ones(4):float(), ['number 3'] = 3,
   ['torch.DoubleTensor %[2x2%]'] = torch.ones(2, 2)} do
   check.error(function() returning(g)(leaf(4)):sum():backward() end, 'mine: backward returned, as gradient 1, ' .. what:gsub('x', '.*'), what)
   local y = leaf(4) * 2
   y:hook(function() return g end)
   check.error(function() y:sum():backward() end, 'hook: it returned ' .. what:gsub('x', '.*') .. ' as the gradient of mul, torch.DoubleTensor %[4%] expected', 'a hook: ' .. what)
end
check.error(function() returning(torch.ones(2), torch.ones(2))(leaf(2)):sum():backward() end, 'mine: backward returned 2 gradients, and the function had 1 argument',
   'more gradients than arguments')
check.ok(pcall(function() returning(torch.ones(2), nil)(leaf(2)):sum():backward() end), 'nil at the end')

-- ---- checkpoints ----

do
   local u, x = leaf(2), leaf(2)
   local w = u * 3
   local function f(v) return torch.cmul(torch.tanh(v), torch.exp(w)) end
   local function fresh() return (torch.checkpoint(f, x) + w):sum() end
   local function plain() return (f(x) + w):sum() end
   for _, by in ipairs{{x}, {u}, {w}, {x, u}} do
      local a, b = torch.grad(plain(), by, {retainGraph = true}), torch.grad(fresh(), by, {retainGraph = true})
      for i in ipairs(by) do near(a[i], b[i], 'torch.grad through a checkpoint') end
   end
   check.ok(x:grad() == nil and u:grad() == nil, 'torch.grad leaves x:grad() alone')
   plain():backward{retainGraph = true}
   local gx, gu = x:grad():clone(), u:grad():clone()
   x:zeroGrad() u:zeroGrad()
   fresh():backward()
   near(x:grad(), gx, 'backward through a checkpoint')
   near(u:grad(), gu, 'and what it refers to, which is used outside, too')
   check.error(function() torch.grad(torch.checkpoint(f, x):sum(), leaf(2)) end, 'do not depend on input 1', 'a tensor that it does not use')
   local seen = 0
   local h = (leaf(2) * 2):hook(function() seen = seen + 1 end)
   torch.checkpoint(function(v) return torch.cmul(v, h) end, x):sum():backward()
   eq(seen, 1, 'a hook of a tensor that it refers to is called once')
end

-- ---- no elements ----

for _, name in ipairs{'sum', 'prod', 'norm', 'dot', 'dist'} do
   local x = torch.Tensor():requiresGrad()
   local y = (name == 'dot' or name == 'dist') and x[name](x, x) or x[name](x)
   y:backward()
   eq(x:grad():nElement(), 0, name .. ' of no elements')
end
for _, parts in ipairs{{leaf(2), torch.Tensor():requiresGrad()}, {torch.Tensor():requiresGrad(), leaf(2)}, {torch.Tensor(), leaf(2)}} do
   for _, join in ipairs{function(a, b) return torch.cat(a, b, 1) end, function(a, b) return torch.cat({a, b, a}, 1) end, function(a, b) return torch.cat(a, b) end} do
      for _, x in ipairs(parts) do if x:isRecorded() then x:zeroGrad() end end
      local y = join(parts[1], parts[2])
      y:sum():backward()
      local sum = 0
      for _, x in ipairs(parts) do
         if x:isRecorded() then sum = sum + x:grad():sum() check.ok(x:grad():isSameSizeAs(x:detach()), 'gradients of the sizes of the parts') end
      end
      eq(sum, y:nElement(), 'cat with a part without elements')
   end
end

-- ---- in place after a division ----

do
   local x = torch.Tensor{1, 2, 3}:requiresGrad()
   local y = x * 2
   y:div(x:sum()):add(1)
   torch.cmul(y, torch.Tensor{1, 0, 0}):sum():backward()
   near(x:grad(), torch.Tensor{2 / 6 - 2 / 36, -2 / 36, -2 / 36}, 'y:div(s):add(1)')
end

-- ---- options ----

local x = leaf(2)
check.error(function() torch.grad(x:sum(), x, {createGrap = true}) end, "grad: argument #3 %(options%): no option 'createGrap'; did you mean 'createGraph'.*allowUnused", 'an option of torch.grad')
check.error(function() torch.grad(x:sum(), x, {createGraph = 1}) end, 'createGraph: boolean expected, got number 1', 'its type')
check.error(function() x:sum():backward{retaingraph = true} end, "backward: argument #%d %(options%): no option 'retaingraph'; did you mean 'retainGraph'", 'of backward')
check.error(function() torch.grad(x:sum(), x, 3) end, 'grad: argument #3 %(options%): table expected', 'no options')
local path = os.tmpname()
torch.save(path, {1})
check.error(function() torch.load(path, nil, {refrenced = true}) end, "torch.load: argument #3 %(options%): no option 'refrenced'; did you mean 'referenced'", 'of torch.load')
check.error(function() torch.deserialize(torch.serialize{1}, nil, {unsave = true}) end, "torch.deserialize: argument #3 %(options%): no option 'unsave'; did you mean 'unsafe'", 'of torch.deserialize')
eq(torch.load(path, nil, {referenced = false, unsafe = false}), {1}, 'options that there are')
os.remove(path)

check.finish()
