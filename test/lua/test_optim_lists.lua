--- Every method of optim on a list of tensors gives what it gives on one flat vector, bit for bit: with gradients that are returned, of a
-- recorded loss, or left by backward.
require 'torch'
require 'optim'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
torch.manualSeed(5)

local sizes = {{3, 2}, {4}, {1, 5}}
local target = torch.randn(15)
local function start()
   torch.manualSeed(9)
   local list = {}
   for i, s in ipairs(sizes) do list[i] = torch.randn(unpack(s)) end
   return list
end
local function flattened(list)
   local parts = {}
   for i, t in ipairs(list) do parts[i] = t:detach():contiguous():view(-1) end
   return torch.cat(parts, 1)
end

-- sum (x^2 + x t), and its gradient, of one vector and of tensors that are its parts
local function flat_loss(x) return torch.cmul(x, x):sum() + x:dot(target), x * 2 + target end
local function pieces(v)
   local list, first = {}, 1
   for i, t in ipairs(start()) do
      list[i] = v:narrow(1, first, t:nElement()):clone():viewAs(t)
      first = first + t:nElement()
   end
   return list
end
local function list_loss(list)
   local fx, g = flat_loss(flattened(list))
   return fx, pieces(g)
end

local methods = {sgd = {learningRate = 0.1, momentum = 0.9, dampening = 0, weightDecay = 0.1}, nag = {learningRate = 0.05}, adam = {weightDecay = 0.1}, adamax = {},
   adagrad = {learningRate = 0.1}, adadelta = {}, rmsprop = {}, asgd = {eta0 = 0.1}, rprop = {}, adamw = {}, radam = {}, lion = {}, cg = {maxIter = 3},
   lbfgs = {maxIter = 4}}
local known = require('optim.settings').known
for name in pairs(known) do
   check.ok(methods[name] or ({lamb = true, cmaes = true, de = true})[name], name .. ' is examined')
end
local function copy(t)
   local c = {}
   for k, v in pairs(t) do c[k] = v end
   return c
end

local function compare(name, config, steps)
   local flat, config_flat = flattened(start()), copy(config)
   local function run(what, list, f)
      local c = copy(config)
      for _ = 1, steps do
         local r, fs = optim[name](f, list, c)
         check.ok(rawequal(r, list) and type(fs) == 'table' and type(fs[1]) == 'number', name .. ': results, ' .. what)
      end
      check.ok(flattened(list):equal(flat), ('%s, %s: off by %g'):format(name, what, (flattened(list) - flat):abs():max()))
   end
   for _ = 1, steps do optim[name](flat_loss, flat, config_flat) end
   run('gradients that are returned', start(), list_loss)
   -- written with operations, whose gradients are the same numbers
   local leaves = start()
   for _, t in ipairs(leaves) do t:requiresGrad() end
   local parts = pieces(target)
   local function loss(list)
      local total = 0
      for i, t in ipairs(list) do total = torch.pow(t, 2):sum() + torch.dot(t, parts[i]) + total end
      return total
   end
   if name ~= 'cg' and name ~= 'lbfgs' then -- the order of the loss's sum would matter to these
      run('of a recorded loss', leaves, loss)
      for i, t in ipairs(start()) do torch.noGrad(function() leaves[i]:copy(t) end) end
      run('left by backward', leaves, function(list)
         for _, t in ipairs(list) do t:zeroGrad() end
         local l = loss(list)
         l:backward()
         return l:item()
      end)
   end
   for _, t in ipairs(leaves) do check.ok(t:isRecorded(), name .. ': parameters still want gradients') end
end
for name, config in pairs(methods) do compare(name, config, 3) end
compare('sgd', {learningRates = torch.rand(15), weightDecays = torch.rand(15)}, 3)
compare('nag', {learningRates = torch.rand(15)}, 3)

-- lamb's steps are as long as each tensor's norm asks
do
   local list, c = start(), {}
   local alone = start()
   for _ = 1, 3 do optim.lamb(list_loss, list, c) end
   for i, t in ipairs(alone) do
      local own, part = {}, pieces(target)[i]
      for _ = 1, 3 do optim.lamb(function(x) return 0, x * 2 + part end, t, own) end
      check.ok(t:equal(list[i]), 'lamb: a step for each tensor')
   end
end
-- the average of asgd, in the shapes of x
local x, _, average = optim.asgd(list_loss, start(), {t0 = 0})
check.ok(#average == 3 and average[1]:isSameSizeAs(x[1]), 'asgd: a list of averages')
-- without gradients
do
   local list = {torch.zeros(2), torch.ones(1, 2)}
   local best = optim.cmaes(function(l) return (l[1]:norm() + l[2]:norm()) end, list, {maxEval = 20}, {sigma = 0.5, maxEval = 20})
   check.ok(rawequal(best, list) and list[2]:dim() == 2, 'cmaes takes lists')
   best = optim.de(function(l) return l[1]:norm() + l[2]:norm() end, list, {scaleFactor = 0.5, crossoverRate = 0.5, maxFEs = 60, maxRegion = 1, minRegion = -1})
   check.ok(rawequal(best, list), 'de takes lists')
end

-- ---- errors ----

check.error(function() optim.adam(function() return 0, {} end, start()) end, 'optim.adam: argument #1 %(opfunc%): 0 gradients for 3 tensors', 'too few gradients')
check.error(function() optim.adam(function() return 0 end, start()) end, 'optim.adam: argument #1 %(opfunc%): it gave no gradients', 'no gradients')
check.error(function() optim.lbfgs(list_loss, {}) end, 'optim.lbfgs: argument #2 %(x%): a list of tensors expected', 'an empty list')
check.error(function() optim.nag(list_loss, {1}) end, 'its element 1 is number', 'no tensors')
torch.zeros(1):requiresGrad()
check.ok(not pcall(optim.adam, function() error 'no' end, start()) and torch.isRecording(), 'recording goes on after an error')

-- ---- train ----

do
   local train = require 'train'
   local W, b = torch.randn(3, 1):requiresGrad(), torch.zeros(1):requiresGrad()
   local X = torch.randn(20, 3)
   local T = X * torch.Tensor{{1}, {-2}, {0.5}} + 0.3
   local optimizer = train.optimizer({W, b}, 'adam', {learningRate = 0.05})
   local function loss()
      local d = torch.mm(X, W) + b:view(1, 1):expand(20, 1) - T
      return torch.cmul(d, d):mean()
   end
   local first = optimizer:step(loss)
   for _ = 1, 200 do optimizer:step(loss) end
   check.ok(optimizer:step(loss) < first / 100, 'train.optimizer of a list of parameters')
   optimizer:rate(0)
   local before = W:detach():clone()
   optimizer:step(loss)
   check.ok(before:equal(W:detach()), 'its rate')
   check.error(function() train.optimizer({W}, 'adam', {}, {{match = 'x'}}) end, 'optimizer: argument #4 %(groups%)', 'groups of a list')
end
-- ---- gradients that do not fit ----

for _, name in ipairs{'sgd', 'nag', 'adam', 'adamax', 'adagrad', 'adadelta', 'rmsprop', 'asgd', 'rprop', 'cg', 'lbfgs'} do
   local function refused(g, message)
      local w = torch.ones(2)
      check.error(function() optim[name](function() return 1, g end, {w}, {}) end, 'optim%.' .. name .. ': argument #1 %(opfunc%): ' .. message, name .. ': ' .. message)
      check.eq(w:totable(), {1, 1}, name .. ' leaves the tensors as they were')
   end
   refused({torch.FloatTensor{1, 2}}, 'gradient 1 is torch.FloatTensor %[2%]; torch.DoubleTensor %[2%] expected, as x%[1%]')
   refused({torch.Tensor{1, 2, 3}}, 'gradient 1 is torch.DoubleTensor %[3%]; torch.DoubleTensor %[2%] expected')
   refused({3}, 'gradient 1 is number 3')
   local w = torch.ones(2):requiresGrad()
   check.error(function() optim[name](function() return torch.cmul(w, w):sum() end, {w, torch.ones(2)}, {}) end,
      'argument #2 %(x%): x%[2%] is not recorded', name .. ': a tensor that wants no gradient')
end
check.finish()
