--- optim: first steps by hand, convergence, line searches, ConfusionMatrix, Logger.
require 'torch'
require 'optim'

local tests = torch.TestSuite()
local tester = torch.Tester()

-- f(x) = x1^2 / 2 + 2 x2^2
local function bowl(x)
   local g = x:clone()
   g[2] = 4 * x[2]
   return 0.5 * x[1] ^ 2 + 2 * x[2] ^ 2, g
end

local function rosenbrock(x)
   local a, b = x[2] - x[1] ^ 2, 1 - x[1]
   return 100 * a ^ 2 + b ^ 2, x.new{-400 * x[1] * a - 2 * b, 200 * a}
end

-- Steps of a method from (1, -1) on the bowl, each checked against by_hand(g, coordinate's memory, step).
local function check_steps(name, config, by_hand, steps)
   local x = torch.Tensor{1, -1}
   local expected, memory = {1, -1}, {{}, {}}
   for step = 1, steps or 4 do
      local before = bowl(x)
      local y, fs = optim[name](bowl, x, config)
      tester:assert(rawequal(x, y), name .. ' returns x')
      tester:eq(fs, {before}, name .. ' returns f at the point before')
      for i = 1, 2 do
         local g = (i == 1 and 1 or 4) * expected[i]
         expected[i] = by_hand(expected[i], g, memory[i], step)
      end
      tester:eq(x, torch.Tensor(expected), 1e-12, name .. ' step ' .. step)
   end
end

-- What is kept from steps for other parameters would broadcast, or fail in the midst of a step.
function tests.state_of_other_parameters()
   for name, key in pairs{sgd = 'dfdx', nag = 'dfdx', adam = 'm', adamax = 'm', adamw = 'm', radam = 'm', lion = 'm', lamb = 'm', rmsprop = 'm',
      adagrad = 'paramVariance', adadelta = 'paramVariance', asgd = 'ax', rprop = 'delta', lbfgs = 'd'} do
      local function square(x) return x:dot(x), x * 2 end
      local config, state = {momentum = 0.9, maxIter = 2}, {}
      optim[name](square, torch.ones(1), config)
      optim[name](square, torch.ones(1), {momentum = 0.9, maxIter = 2}, state)
      local x = torch.ones(3)
      tester:assertErrorPattern(function() optim[name](square, x, config) end,
         'optim%.' .. name .. ': argument #3 %(config%): its ' .. key .. '.*has 1 elements, and x 3')
      tester:assertErrorPattern(function() optim[name](square, x, {momentum = 0.9}, state) end, 'argument #4 %(state%): its ' .. key)
      tester:eq(x, torch.ones(3), name .. ' leaves x as it was')
   end
end

function tests.state_of_other_parameters_that_is_not_looked_at()
   local function square(x) return x:dot(x), x * 2 end
   local config = {momentum = 0.9, learningRate = 0.25}
   optim.sgd(square, torch.ones(1), config)
   config.momentum = 0
   tester:eq(optim.sgd(square, torch.ones(3), config), torch.ones(3) / 2, 'sgd without momentum')
   local state = {maxIter = 2}
   optim.lbfgs(square, torch.ones(1), state)
   state.nIter = 0
   local x = torch.ones(3)
   optim.lbfgs(square, x, state)
   tester:assertlt(x:norm(), 0.5, 'lbfgs begins anew')
end

function tests.sgd()
   check_steps('sgd', {learningRate = 0.1}, function(x, g) return x - 0.1 * g end)
   check_steps('sgd', {}, function(x, g) return x - 1e-3 * g end)
   check_steps('sgd', {learningRate = 0.1, learningRateDecay = 0.5, weightDecay = 0.01}, function(x, g, _, n)
      return x - 0.1 / (1 + (n - 1) * 0.5) * (g + 0.01 * x)
   end)
end

function tests.sgd_momentum()
   local function momentum(damp, nesterov)
      return function(x, g, m)
         m.v = m.v and 0.9 * m.v + (1 - damp) * g or g
         return x - 0.1 * (nesterov and g + 0.9 * m.v or m.v)
      end
   end
   check_steps('sgd', {learningRate = 0.1, momentum = 0.9}, momentum(0.9))
   check_steps('sgd', {learningRate = 0.1, momentum = 0.9, dampening = 0}, momentum(0))
   check_steps('sgd', {learningRate = 0.1, momentum = 0.9, dampening = 0, nesterov = true}, momentum(0, true))
   tester:assertErrorPattern(function() optim.sgd(bowl, torch.Tensor{1, 1}, {nesterov = true}) end, 'Nesterov momentum')
end

-- The keys that a method's file reads and those that it is said to know are the same.
function tests.settings_complete()
   local here = arg[0]:match('^(.*/)') or './'
   for method, keys in pairs(require('optim.settings').known) do
      local text, said = io.open(here .. '../../optim/' .. method .. '.lua'):read('*a'), {}
      for _, key in ipairs(keys) do said[key] = true end
      for line in text:gmatch('[^\n]+') do
         local code = line:gsub('%-%-.*', '')
         for key in code:gmatch('config%.([%a_][%w_]*)') do tester:assert(said[key], method .. ' knows ' .. key) end
         for key in code:gmatch('state%.([%a_][%w_]*)') do tester:assert(said[key], method .. ' knows ' .. key) end
      end
      for key in pairs(said) do
         tester:assert(text:find('%f[%w_]' .. key .. '%f[^%w_]') ~= nil, method .. ' has a use for ' .. key)
      end
   end
end

-- What f writes to the standard error stream.
local function warnings(f)
   local out, stderr = {}, io.stderr
   io.stderr = {write = function(_, text) out[#out + 1] = text end}
   local ok, err = pcall(f)
   io.stderr = stderr
   tester:assert(ok, tostring(err))
   return table.concat(out)
end

-- Certainly misspelled options are refused each time, and nothing is changed.
function tests.settings_misspelled()
   local x = torch.Tensor{1, -1}
   local function refused(method, message, config, state)
      for _ = 1, 2 do
         tester:assertErrorPattern(function() optim[method](bowl, x, config, state) end,
            'test_optim.lua:%d+: optim.' .. method .. ': argument ' .. message)
      end
   end
   refused('sgd', "#3 %(config%): does not know 'learningrate'; did you mean learningRate%? %(a key of your own: .* 'learningrate'%)$",
      {learningrate = 0.1})
   refused('adam', "#3 %(config%): does not know 'weight_decay'; did you mean weightDecay%?", {weight_decay = 0.1})
   refused('adam', "#4 %(state%): does not know 'bata1'; did you mean beta1%?", {}, {bata1 = 0.5})
   refused('adam', "#3 %(config%): does not know 'lerningRate'; did you mean learningRate%?", {lerningRate = 0.5})
   refused('lbfgs', "#3 %(config%): does not know 'maxiter'; did you mean maxIter%?", {maxiter = 5})
   tester:eq(x, torch.Tensor{1, -1})
end

-- Less certain ones bring a warning, once.
function tests.settings_doubtful()
   local x = torch.Tensor{1, -1}
   local text = warnings(function() for _ = 1, 3 do optim.sgd(bowl, x, {lerningRat = 0.1}) end end)
   tester:eq(text, "optim.sgd: does not know 'lerningRat'; did you mean learningRate?\n")
   text = warnings(function() optim.adam(bowl, x, {lr = 0.1}) end)
   tester:eq(text, "optim.adam: does not know 'lr'; did you mean learningRate?\n")
end

-- Programs keep in these tables what they like.
function tests.settings_of_programs()
   local x = torch.Tensor{1, -1}
   local function silent(config, state, method)
      tester:eq(warnings(function() optim[method or 'sgd'](bowl, x, config, state) end), '')
   end
   silent{epoch = 3, learningRate = 0.1, best = 7, name = 'run'}
   silent{learningRate = 0.1, learningRat = 3} -- the option is there, too
   silent{learning_rate = 0.1, learningRate = 0.1}
   silent({learningrate = 0.1}, {learningRate = 0.1})
   silent({learningRates = torch.ones(2), eta0 = 1e-3, lambda = 1}, nil, 'adam') -- options of other methods
   require('optim.settings').own('lambada')
   silent({lambada = 1}, nil, 'asgd')
   local saved = {learningRate = 0.1, momentum = 0.9}
   optim.sgd(bowl, x, saved)
   silent(torch.deserialize(torch.serialize(saved)))
end

function tests.sgd_vectors()
   local x = torch.Tensor{1, -1}
   optim.sgd(bowl, x, {learningRate = 0.1, learningRates = torch.Tensor{1, 2}, weightDecays = torch.Tensor{0, 0.5}})
   tester:eq(x, torch.Tensor{0.9, -1 + 0.2 * 4.5}, 1e-12)
end

function tests.sgd_memory()
   local x, separate = torch.Tensor{1, -1}, {}
   local config = {learningRate = 0.1, momentum = 0.9}
   optim.sgd(bowl, x, config, separate)
   tester:assert(config.dfdx == nil and separate.dfdx ~= nil, 'state apart from config')
   tester:eq(separate.evalCounter, 1)
   local velocity = separate.dfdx
   optim.sgd(bowl, x, config, separate)
   tester:assert(rawequal(velocity, separate.dfdx), 'velocity is kept, not made anew')
   local types = torch.FloatTensor{1, -1}
   local state = {}
   optim.adam(bowl, types, {}, state)
   tester:eq(state.m:type(), 'torch.FloatTensor')
end

function tests.nag()
   -- the gradient is taken at the point that the momentum leads to, so not by check_steps
   local x, y, v = torch.Tensor{1, -1}, {1, -1}, {0, 0}
   local config = {learningRate = 0.1, momentum = 0.5}
   for step = 1, 4 do
      optim.nag(bowl, x, config)
      for i = 1, 2 do
         y[i] = y[i] + 0.5 * v[i]
         local g = (i == 1 and 1 or 4) * y[i]
         v[i] = 0.5 * v[i] - 0.1 * g
         y[i] = y[i] - 0.1 * g
      end
      tester:eq(x, torch.Tensor(y), 1e-12, 'step ' .. step)
   end
   tester:assertErrorPattern(function() optim.nag(bowl, x, {momentum = 0}) end, 'momentum must be positive')
end

function tests.adam()
   check_steps('adam', {learningRate = 0.1, beta1 = 0.8, beta2 = 0.9}, function(x, g, m, t)
      m.m = 0.8 * (m.m or 0) + 0.2 * g
      m.v = 0.9 * (m.v or 0) + 0.1 * g ^ 2
      return x - 0.1 * math.sqrt(1 - 0.9 ^ t) / (1 - 0.8 ^ t) * m.m / (math.sqrt(m.v) + 1e-8)
   end)
end

function tests.adamax()
   check_steps('adamax', {learningRate = 0.1}, function(x, g, m, t)
      m.m = 0.9 * (m.m or 0) + 0.1 * g
      m.u = math.max(0.999 * (m.u or 0), math.abs(g))
      return x - 0.1 / (1 - 0.9 ^ t) * m.m / m.u
   end)
end

function tests.adagrad()
   check_steps('adagrad', {learningRate = 0.1, learningRateDecay = 1}, function(x, g, m, t)
      m.G = (m.G or 0) + g ^ 2
      return x - 0.1 / t * g / (math.sqrt(m.G) + 1e-10)
   end)
end

function tests.adadelta()
   check_steps('adadelta', {rho = 0.8, eps = 1e-3}, function(x, g, m)
      m.V = 0.8 * (m.V or 0) + 0.2 * g ^ 2
      local d = math.sqrt((m.A or 0) + 1e-3) / math.sqrt(m.V + 1e-3) * g
      m.A = 0.8 * (m.A or 0) + 0.2 * d ^ 2
      return x - d
   end)
end

function tests.rmsprop()
   check_steps('rmsprop', {learningRate = 0.1, alpha = 0.9, initialMean = 1}, function(x, g, m)
      m.m = 0.9 * (m.m or 1) + 0.1 * g ^ 2
      return x - 0.1 * g / (math.sqrt(m.m) + 1e-8)
   end)
end

function tests.asgd()
   local config = {eta0 = 0.1, lambda = 0.1, alpha = 0.75, t0 = 1}
   check_steps('asgd', config, function(x, g, m, t)
      local eta = 0.1 / (1 + 0.1 * 0.1 * (t - 1)) ^ 0.75
      x = (1 - 0.1 * eta) * x - eta * g
      local mu = 1 / math.max(1, t - 1 - 1)
      m.ax = mu ~= 1 and m.ax + mu * (x - m.ax) or x
      m.last = m.ax
      return x
   end)
   local x = torch.Tensor{1, -1}
   local _, _, average = optim.asgd(bowl, x, {})
   tester:eq(average, x, 'average of one point')
end

function tests.rprop()
   check_steps('rprop', {stepsize = 0.4}, function(x, g, m)
      m.step = m.step or 0.4
      local product = g * (m.g or 0)
      if product > 0 then m.step = m.step * 1.2 elseif product < 0 then m.step, g = m.step * 0.5, 0 end
      m.g = g
      return x - (g > 0 and 1 or g < 0 and -1 or 0) * m.step
   end, 8)
   local _, fs = optim.rprop(bowl, torch.Tensor{1, -1}, {niter = 3})
   tester:eq(#fs, 3)
end

function tests.no_garbage()
   -- after the first step a method allocates nothing
   local n = 10000
   local x, g = torch.FloatTensor(n):fill(1), torch.FloatTensor(n):fill(0.5)
   local function f() return 1, g end
   for _, name in ipairs{'sgd', 'nag', 'adam', 'adamax', 'adagrad', 'adadelta', 'rmsprop', 'asgd'} do
      local config = {momentum = 0.9, t0 = -5}
      for _ = 1, 3 do optim[name](f, x, config) end
      collectgarbage()
      collectgarbage('stop')
      local before = collectgarbage('count')
      for _ = 1, 20 do optim[name](f, x, config) end
      local grown = collectgarbage('count') - before
      collectgarbage('restart')
      tester:assertlt(grown, 40, name .. ' leaves garbage, KB')  -- one tensor is 40 KB
   end
end

function tests.converge()
   local runs = {
      sgd = {20000, {learningRate = 1e-3, momentum = 0.9}}, nag = {5000, {learningRate = 1e-3}},
      adam = {8000, {learningRate = 0.02}}, adamax = {8000, {learningRate = 0.02}},
      rmsprop = {8000, {learningRate = 5e-4}}, adagrad = {20000, {learningRate = 0.5}},
   }
   for name, run in pairs(runs) do
      local x = torch.Tensor{-1.2, 1}
      for _ = 1, run[1] do optim[name](rosenbrock, x, run[2]) end
      tester:assertlt((x - 1):norm(), 0.05, name .. ' on the Rosenbrock function')
   end
   for name, config in pairs{asgd = {eta0 = 0.1, lambda = 0}, rprop = {}} do
      local x = torch.Tensor{3, -2}
      for _ = 1, 2000 do optim[name](bowl, x, config) end
      tester:assertlt(x:norm(), 1e-3, name .. ' on the bowl')
   end
   local x, config = torch.Tensor{3, -2}, {}  -- AdaDelta's steps never shrink to nothing
   for _ = 1, 5000 do optim.adadelta(bowl, x, config) end
   tester:assertlt(bowl(x), 0.1, 'adadelta on the bowl')
end

-- Batch methods -------------------------------------------------------------------------------------

function tests.lbfgs()
   for _, search in ipairs{'none', 'lswolfe'} do
      local x = torch.Tensor{-1.2, 1}
      local config = {maxIter = 100, maxEval = 500, learningRate = 0.5, tolFun = 1e-10}
      if search ~= 'none' then config.lineSearch, config.learningRate = optim[search], 1 end
      local _, fs, n = optim.lbfgs(rosenbrock, x, config)
      tester:assertlt((x - 1):norm(), 1e-4, 'search: ' .. search)
      tester:eq(config.funcEval, n)
      tester:assertle(#fs, n)
      tester:assertlt(fs[#fs], fs[1])
   end
   -- a small memory, more calls: the history goes on
   local x, config = torch.Tensor{-1.2, 1}, {maxIter = 5, nCorrection = 3, lineSearch = optim.lswolfe}
   for _ = 1, 12 do optim.lbfgs(rosenbrock, x, config) end
   tester:assertlt((x - 1):norm(), 1e-4)
   tester:assertle(#config.old_dirs, 3)
   -- nothing to do at the minimum
   local _, fs = optim.lbfgs(bowl, torch.Tensor{0, 0}, {})
   tester:eq(fs, {0})
end

function tests.cg()
   local x = torch.Tensor{-1.2, 1}
   local _, fs, n = optim.cg(rosenbrock, x, {maxEval = 300})
   tester:assertlt((x - 1):norm(), 1e-4)
   tester:assertle(n, 321)
   for i = 2, #fs do tester:assertle(fs[i], fs[i - 1], 'f never grows') end
end

function tests.lswolfe()
   local x = torch.Tensor{2, 0}
   local f, g = bowl(x)
   local d = -g
   local f1, g1, y, t, n = optim.lswolfe(bowl, x, 0.01, d, f, g, g:dot(d))
   tester:assert(rawequal(x, y))
   tester:eq(x, torch.Tensor{2 - 2 * t, 0}, 1e-12)
   tester:assertle(f1, f + 1e-4 * t * g:dot(d), 'decrease')
   tester:assertle(math.abs(g1:dot(d)), -0.9 * g:dot(d), 'curvature')
   tester:assertgt(n, 1)
end

function tests.polyinterp()
   -- (x - 1)^2 through two points; a cubic with its minimum at 2; the edge when it falls all the way
   tester:eq(optim.polyinterp(torch.Tensor{{0, 1, -2}, {3, 4, 4}}), 1, 1e-12)
   local function cubic(x) return {x, x ^ 3 - 12 * x, 3 * x ^ 2 - 12} end
   tester:eq(optim.polyinterp(torch.Tensor{cubic(0), cubic(3)}), 2, 1e-12)
   local x, f = optim.polyinterp(torch.Tensor{cubic(0), cubic(3)}, -1, 5)
   tester:eq(x, 2, 1e-9)
   tester:eq(f, -16, 1e-9)
   tester:eq((optim.polyinterp(torch.Tensor{cubic(0), cubic(1)}, 0, 1.5)), 1.5, 1e-9)
   -- three points: degree five, (x^2 - 1)^2 has minima at -1 and 1
   local function quartic(t) return {t, (t * t - 1) ^ 2, 4 * t * (t * t - 1)} end
   x, f = optim.polyinterp(torch.Tensor{quartic(0.1), quartic(0.8), quartic(2)})
   tester:eq(x, 1, 1e-9)
   tester:eq(f, 0, 1e-9)
end

function tests.FistaLS()
   -- |x - b|^2 / 2 + 0.5 |x|_1: the solution shrinks b by 0.5
   local b = torch.Tensor{2, -1, 0.3}
   local function f(x) return 0.5 * (x - b):pow(2):sum(), x - b end
   local function g(x) return 0.5 * x:norm(1) end
   local function shrink(x, L)
      x:apply(function(v) return v > 0 and math.max(v - 0.5 / L, 0) or math.min(v + 0.5 / L, 0) end)
   end
   for _, fista in ipairs{false, true} do
      local params = {doFistaUpdate = fista, errthres = 1e-12, maxiter = 200}
      local start = torch.zeros(3)
      local x, history = optim.FistaLS(f, g, shrink, start, params)
      tester:eq(x, torch.Tensor{1.5, -0.5, 0}, 1e-4)
      tester:eq(start, x)
      tester:eq(params.L, history[#history].L)
   end
end

function tests.without_gradients()
   torch.manualSeed(1)
   local x, fs = optim.cmaes(rosenbrock, torch.Tensor{-1.2, 1}, {sigma = 0.5, maxEval = 3000})
   tester:assertlt((x - 1):norm(), 1e-3, 'cmaes')
   tester:assertlt(fs[#fs], 1e-6)
   local y, values = optim.de(rosenbrock, torch.Tensor(2), {
      popsize = 40, scaleFactor = 0.6, crossoverRate = 0.9, maxFEs = 8000, minRegion = -3, maxRegion = 3,
   })
   tester:assertlt((y - 1):norm(), 0.05, 'de')
   tester:eq(values:dim(), 1)
   tester:assertErrorPattern(function() optim.cmaes(rosenbrock, x, {}) end, 'sigma')
   tester:assertErrorPattern(function() optim.de(rosenbrock, x, {}) end, 'scaleFactor')
end

function tests.checkgrad()
   local x = torch.Tensor{-1.2, 1}
   tester:assertlt((optim.checkgrad(rosenbrock, x)), 1e-7)
   tester:eq(x, torch.Tensor{-1.2, 1}, 'x is as it was')
   local difference = optim.checkgrad(function(z) return bowl(z), z:clone() end, x)
   tester:assertgt(difference, 0.1, 'a wrong gradient shows')
end

-- ConfusionMatrix -----------------------------------------------------------------------------------

function tests.confusion()
   local c = optim.ConfusionMatrix{'cat', 'dog', 'emu'}
   c:add(1, 1)
   c:add(1, 1)
   c:add(2, 1)
   c:add(torch.Tensor{0.1, 0.7, 0.2}, 2)
   c:add(torch.Tensor{0.1, 0.7, 0.2}, torch.Tensor{0, 1, 0})
   c:add(3, 0)  -- no target: ignored
   c:updateValids()
   tester:eq(c.mat, torch.LongTensor{{2, 1, 0}, {0, 2, 0}, {0, 0, 0}})
   tester:eq(c.totalValid, 0.8)
   tester:eq(c.averageValid, (2 / 3 + 1) / 2, 1e-6)
   tester:eq(c.averageUnionValid, (2 / 3 + 2 / 3) / 2, 1e-6)
   tester:eq(tostring(c), table.concat{
      'ConfusionMatrix:\n',
      '[[       2       1       0]   66.667% \t[class: cat]\n',
      ' [       0       2       0]   100.000% \t[class: dog]\n',
      (' [       0       0       0]]  %2.3f%% \t[class: emu]\n'):format(c.valids[3] * 100),
      ' + average row correct: ', c.averageValid * 100, '% \n',
      ' + average rowUcol correct (VOC measure): ', c.averageUnionValid * 100, '% \n',
      ' + global correct: 80%'})
   c:zero()
   tester:eq(c.mat:sum(), 0)
   tester:assertErrorPattern(function() c:add(4, 1) end, 'prediction 4')
end

function tests.confusion_batch()
   local c = optim.ConfusionMatrix(3)
   local expected = torch.LongTensor{{1, 0, 0}, {0, 1, 0}, {1, 0, 0}}
   local ids, scores = torch.LongTensor{1, 2, 1}, torch.Tensor{{3, 1, 1}, {0, 1, 0}, {5, 0, 1}}
   local targets, one_hot = torch.LongTensor{1, 2, 3}, torch.eye(3)
   for _, pair in ipairs{{ids, targets}, {scores, targets}, {ids:view(3, 1), targets:view(3, 1)}, {scores, one_hot}} do
      c:zero()
      c:batchAdd(pair[1], pair[2])
      tester:eq(c.mat, expected)
   end
   c:zero()
   c:batchAdd(scores, torch.LongTensor{1, 0, 3})
   tester:eq(c.mat:sum(), 2)
   tester:assertErrorPattern(function() c:batchAdd(ids, torch.LongTensor{1}) end, '3 predictions for 1 targets')
   local frrs, fars = c:farFrr()
   tester:eq(frrs, torch.Tensor{0, -1, 1})
   tester:eq(fars, torch.Tensor{1, -1, 0})
   -- through a file
   local d = torch.deserialize(torch.serialize(c))
   tester:eq(torch.type(d), 'optim.ConfusionMatrix')
   tester:eq(tostring(d), tostring(c))
end

-- Logger ------------------------------------------------------------------------------------------------

local function read(path)
   local file = assert(io.open(path))
   local text = file:read('*a')
   file:close()
   return text
end

function tests.logger()
   local folder = os.tmpname()
   os.remove(folder)
   local path = folder .. '/deep/train.log'
   local log = optim.Logger(path)
   log:setNames{'loss', 'note'}:style{'-', '+'}
   log:add{0.5, 'first'}
   log:add{1234.5678, 'second'}
   tester:eq(read(path), 'loss\tnote\t\n 5.0000e-01\tfirst\t\n 1.2346e+03\tsecond\t\n')
   tester:assertError(function() log:add{{}, 'x'} end)
   local by_key = optim.Logger(folder .. '/other.log')
   by_key:add{accuracy = 1}
   tester:eq(read(folder .. '/other.log'), 'accuracy\t\n 1.0000e+00\t\n')
   local rows = {} -- the order of columns does not depend on how a row was made
   for i = 1, 40 do rows['field' .. i] = i end
   local many = optim.Logger(folder .. '/many.log')
   many:add(rows)
   local reversed = {}
   for i = 40, 1, -1 do reversed['field' .. i] = i end
   many:add(reversed)
   local lines = {}
   for line in read(folder .. '/many.log'):gmatch('[^\n]+') do lines[#lines + 1] = line end
   tester:eq(lines[1]:sub(1, 16), 'field1\tfield10\tf')
   tester:eq(lines[2], lines[3])
   many.file:close()
   log.file:close()
   by_key.file:close()
   for _, name in ipairs{'/deep/train.log', '/other.log', '/many.log', '/deep', ''} do os.remove(folder .. name) end
   tester:assertErrorPattern(function() optim.Logger('/proc/none/x.log') end, 'optim.Logger')
end

tester:add(tests)
tester:run()
