--- nn: gradients by finite differences, the module protocol, containers, getParameters, errors.
-- Values are compared with Torch7's by the golden records; here is what those do not cover.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(17)
local Jacobian = nn.Jacobian

-- ---- gradients ----

local selftest = require 'nn.selftest'
local T, covered = torch.Tensor, {}
for i, item in ipairs(selftest.cases()) do
   covered[item.class] = true
   local err = selftest[item.kind .. '_difference'](item.case)
   check.ok(err < 1e-5, ('%s, case %d: gradient, difference %g'):format(item.class, i, err))
end

-- the tests notice what is wrong
do
   local wrong = nn.Linear(3, 2)
   local right = wrong.accGradParameters
   wrong.accGradParameters = function(self, x, g, scale) right(self, x, g, 1.001) end
   check.ok(selftest.module_difference{wrong, T(2, 3)} > 1e-4, 'a wrong gradient of the weight shows')
   local back = nn.Tanh()
   back.updateGradInput = function(self, _, g) return self.gradInput:resizeAs(g):copy(g) end
   check.ok(selftest.module_difference{back, T(2, 3)} > 1e-4, 'a wrong gradInput shows')
   local loss = nn.MSECriterion()
   loss.updateGradInput = function(_, x, t) return x - t end
   check.ok(selftest.criterion_difference{loss, T(2, 3), T(2, 3):fill(1)} > 1e-4, 'a wrong gradient of a loss shows')
   check.ok(Jacobian.testJacobian(nn.Linear(4, 3), T(5, 4)) < 1e-6 and Jacobian.testJacobian(back, T(5, 4)) > 1e-3, 'nn.Jacobian')
   local m = nn.Linear(4, 3)
   check.ok(Jacobian.testJacobianParameters(m, T(5, 4), m.weight, m.gradWeight) < 1e-6, 'testJacobianParameters')
   check.ok(Jacobian.testJacobianUpdateParameters(m, T(5, 4), m.bias) < 1e-6, 'testJacobianUpdateParameters')
   local said, ok, err = check.captured(function()
      nn.test{'Tanh', 'nn.MSECriterion'}
      nn.testTHNN('Linear')
   end)
   check.ok(ok, 'nn.test: ' .. tostring(err))
   check.match(said, 'Completed %d+ asserts in 2 tests with 0 failures', 'nn.test')
   check.error(function() nn.test('Nothing') end, 'there is no test of Nothing', 'nn.test of nothing')
end

-- ---- classes without a gradient to check: what they do ----

local behaviour = {}
for _, name in ipairs{'Jacobian', 'SparseJacobian', 'hessian', 'utils', 'tables'} do behaviour[name] = function() return nn[name] end end

function behaviour.SparseLinear() -- is Linear of the dense input
   local sparse, dense = nn.SparseLinear(5, 3), nn.Linear(5, 3)
   dense.weight:copy(sparse.weight)
   dense.bias:copy(sparse.bias)
   local x, g = T{{0, 2, 0, 0, -1}, {3, 0, 0, 0, 0}}, torch.randn(2, 3)
   local s = {T{{2, 2}, {5, -1}}, T{{1, 3}}}
   for _, m in ipairs{sparse, dense} do m:zeroGradParameters() end
   check.ok((sparse:forward(s) - dense:forward(x)):abs():max() < 1e-12, 'SparseLinear: output')
   sparse:backward(s, g, 0.5)
   dense:backward(x, g, 0.5)
   check.ok((sparse.gradWeight - dense.gradWeight):abs():max() < 1e-12, 'SparseLinear: gradWeight')
   check.ok((sparse.gradBias - dense.gradBias):abs():max() < 1e-12, 'SparseLinear: gradBias')
   check.error(function() sparse:forward(T{{6, 1}}) end, 'indices must be within 1 to 5', 'SparseLinear: index')
end

function behaviour.IndexLinear() -- test_nn_sparse.lua
   check.eq(nn.IndexLinear(4, 2, false, 1, torch.ones(4, 2), torch.zeros(2)):forward{torch.LongTensor{2}, T{3}}:totable(), {3, 3}, 'IndexLinear')
end

function behaviour.GradientReversal()
   local m, x, g = nn.GradientReversal(.5), torch.randn(3), torch.randn(3)
   check.ok(m:forward(x):equal(x) and m:backward(x, g):equal(g * -.5), 'GradientReversal')
   m:setLambda(2)
   check.ok(m:backward(x, g):equal(g * -2), 'GradientReversal: setLambda')
end

function behaviour.ZeroGrad()
   local m, x = nn.ZeroGrad(), {torch.randn(3), {torch.randn(2)}}
   check.ok(m:forward(x[1]):equal(x[1]), 'ZeroGrad')
   check.eq({m:backward(x[1], x[1]):sum(), m:updateGradInput(x, x)[2][1]:totable()}, {0, {0, 0}}, 'ZeroGrad: the gradient')
end

function behaviour.OneHot()
   local m = nn.OneHot(3)
   check.eq({m:forward(T{1, 3}):view(-1):totable(), m:forward(2):totable()}, {{1, 0, 0, 0, 0, 1}, {0, 1, 0}}, 'OneHot')
   check.eq(m:forward(torch.LongTensor{{1}, {2}}):size():totable(), {2, 1, 3}, 'OneHot of more dimensions')
   check.eq(m:backward(T{1, 3}, torch.ones(2, 3)):totable(), {0, 0}, 'OneHot: no gradient')
   check.error(function() m:forward(T{4}) end, '.', 'OneHot: a class beyond')
end

function behaviour.PrintSize()
   local m, x, g = nn.PrintSize('here'), torch.ones(2, 3), torch.ones(2, 3)
   local said = check.captured(function() check.ok(rawequal(m:forward(x), x) and rawequal(m:backward(x, g), g), 'PrintSize passes') end)
   check.match(said, 'here.*input.*2.*3.*gradOutput.*2.*3', 'PrintSize: what it prints')
end

function behaviour.CriterionTable()
   local m, c, x = nn.CriterionTable(nn.MSECriterion()), nn.MSECriterion(), {torch.randn(3), torch.randn(3)}
   check.eq(m:forward(x), c:forward(x[1], x[2]), 'CriterionTable')
   check.ok(m:backward(x, 1)[1]:equal(c:backward(x[1], x[2])), 'CriterionTable: its gradient')
end

function behaviour.Kmeans()
   local m = nn.Kmeans(2, 2)
   local x = T{{0, 0}, {0, 1}, {9, 9}, {9, 8}}
   m.weight:copy(T{{1, 1}, {8, 8}})
   check.eq(m:forward(x):totable(), {1, 1, 2, 2}, 'Kmeans: the nearest centre')
   check.eq(m.loss, 2 + 1 + 2 + 1, 'Kmeans: squared distances')
   check.eq(m:backward(x, x):sum(), 0, 'Kmeans: no gradient')
   for _ = 1, 3 do
      m:zeroGradParameters()
      m:forward(x)
      m:accGradParameters(x, nil, 1)
      m:updateParameters(1)
   end
   m:forward(x)
   check.ok((m.weight - T{{0, .5}, {9, 8.5}}):abs():max() < 1e-12 and math.abs(m.loss - 1) < 1e-12, 'Kmeans: centres become means')
   m:initRandom(x)
   check.ok(m:forward(x):max() <= 2 and m.weight:le(9):all(), 'Kmeans: initRandom')
   m:initKmeansPlus(x)
   m:forward(x)
   check.ok(m.output[1] ~= m.output[3] and m.loss == 2, 'Kmeans: initKmeansPlus takes one of each group')
end

function behaviour.StochasticGradient()
   local m, data = nn.Linear(1, 1), {}
   function data:size() return 8 end
   for i = 1, 8 do data[i] = {T{i / 8}, T{2 * i / 8 - 1}} end
   local trainer, rounds, examples = nn.StochasticGradient(m, nn.MSECriterion()), 0, 0
   trainer.learningRate, trainer.maxIteration = .1, 200
   trainer.hookIteration = function() rounds = rounds + 1 end
   trainer.hookExample = function() examples = examples + 1 end
   local said = check.captured(function() trainer:train(data) end)
   check.ok(math.abs(m.weight[1][1] - 2) < .05 and math.abs(m.bias[1] + 1) < .05, 'StochasticGradient finds a line')
   check.eq({rounds, examples}, {200, 1600}, 'StochasticGradient: hooks')
   check.match(said, '# current error = .*you have reached the maximum number of iterations', 'StochasticGradient: what it prints')
end

function behaviour.Module()
   local m = nn.Module()
   check.eq({m:forward(T(2)):dim(), m:backward(T(2), T(2)):dim(), m:parameters(), m:type()}, {0, 0, nil, 'torch.DoubleTensor'}, 'Module')
   check.ok(rawequal(m:clearState(), m) and m.train == nil, 'Module: clearState')
   m:evaluate()
   check.eq({m.train, #m:listModules(), tostring(m)}, {false, 1, 'nn.Module'}, 'Module: evaluate')
end

function behaviour.Container()
   local a, b = nn.Linear(2, 2), nn.Tanh()
   local m = nn.Container():add(a):add(b)
   check.ok(rawequal(m:get(2), b) and m:size() == 2 and #m:parameters() == 2, 'Container')
   m:evaluate()
   check.eq({a.train, b.train}, {false, false}, 'Container: evaluate')
   local n = 0
   m:applyToModules(function() n = n + 1 end)
   check.eq(n, 2, 'Container: applyToModules')
end

function behaviour.Criterion()
   local c = nn.Criterion()
   check.eq({c:forward(1, 2), c.output, c.gradInput:dim(), torch.typename(c:clone():float().gradInput)}, {nil, 0, 0, 'torch.FloatTensor'}, 'Criterion')
end

function behaviour.SeqRecurrent()
   local m = nn.SeqRecurrent(2, 3, 4)
   check.eq({m.weight:size(1), m.weight:size(2), m.bias:size(1)}, {5, 12, 12}, 'SeqRecurrent: parameters')
end

for name in pairs(require 'nn.modules') do
   check.ok(covered[name] or behaviour[name] ~= nil, name .. ' has a case in nn/selftest.lua, or a behaviour here')
   if behaviour[name] then behaviour[name]() end
end

-- ---- results do not depend on threads ----
do
   local m = nn.SpatialConvolution(8, 16, 3, 3, 1, 1, 1, 1):float()
   local x = torch.FloatTensor(16, 8, 20, 20):uniform(-1, 1)
   local results = {}
   for _, n in ipairs{1, 2, 7} do
      torch.setnumthreads(n)
      m:zeroGradParameters()
      local y = m:forward(x):clone()
      local g = m:backward(x, y):clone()
      results[#results + 1] = {y, g, m.gradWeight:clone(), m.gradBias:clone()}
   end
   for i = 2, #results do
      for k = 1, 4 do check.ok(results[i][k]:equal(results[1][k]), 'threads: result ' .. k .. ' of run ' .. i) end
   end
   torch.setnumthreads(2)
end

-- ---- getParameters ----
do
   local m = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Linear(2, 2))
   local values = torch.cat(m:get(1).weight:view(-1), m:get(1).bias)
   local p, g = m:getParameters()
   check.eq(p:nElement(), 6 + 2 + 4 + 2, 'getParameters: elements')
   check.ok(p:narrow(1, 1, 8):equal(values), 'getParameters: keeps values, in order')
   p:fill(3)
   g:fill(2)
   check.eq({m:get(2).weight[2][2], m:get(1).gradBias[1]}, {3, 2}, 'getParameters: modules see the flat tensors')
   m:updateParameters(0.5)
   check.eq(p[1], 2, 'updateParameters')

   local a, b = nn.Linear(2, 2), nn.Linear(2, 2)
   b:share(a, 'weight', 'gradWeight')
   p = nn.Sequential():add(a):add(b):getParameters()
   check.eq(p:nElement(), 4 + 2 + 2, 'getParameters: shared parameters count once')
   a.weight:fill(7)
   check.eq(b.weight[1][1], 7, 'getParameters: they stay shared')

   local hole = nn.Linear(2, 2)
   local storage = torch.Tensor(100):fill(5)
   hole.weight:set(storage:storage(), 11, torch.LongStorage{2, 2})
   hole.bias:set(storage:storage(), 21, torch.LongStorage{2})
   p = hole:getParameters()
   check.eq(p:nElement(), 6, 'getParameters: holes are dropped')
   check.ok(hole.bias:storageOffset() == 5, 'getParameters: compact')

   local loose = nn.Linear(4, 4)
   loose.weight:set(torch.Tensor(4, 8):narrow(2, 1, 4))
   check.error(function() loose:getParameters() end, 'not compact', 'getParameters: gaps')
   check.eq(nn.Tanh():getParameters():dim(), 0, 'getParameters: none')
end

-- ---- conversion, copies, files ----
do
   local m = nn.Sequential():add(nn.Linear(3, 2)):add(nn.SpatialMaxPooling(2, 2)):add(nn.Dropout())
   m:get(1).alias = m:get(1).weight
   m:float()
   check.eq({m:type(), torch.type(m:get(1).weight), torch.type(m:get(3).noise)},
      {'torch.FloatTensor', 'torch.FloatTensor', 'torch.FloatTensor'}, 'float')
   m:get(1).weight:fill(4)
   check.eq(m:get(1).alias[1][1], 4, 'type: aliases stay aliases')
   local c = m:clone()
   c:get(1).weight:fill(1)
   check.eq(m:get(1).weight[1][1], 4, 'clone: its own memory')
   check.eq(torch.type(c:get(2)), 'nn.SpatialMaxPooling', 'clone: classes')
   local s = m:clone('weight')
   s:get(1).weight:fill(9)
   check.eq(m:get(1).weight[1][1], 9, 'clone: shares what is named')
   local e1, e2 = Jacobian.testIO(nn.Linear(3, 2), T(2, 3))
   check.ok(e1 == 0 and e2 == 0, 'testIO')
   for k, err in pairs(Jacobian.testAllUpdate(nn.Linear(3, 2), T(2, 3):uniform(), 'weight', 'gradWeight')) do
      check.ok(err < 1e-10, k)
   end
end

-- ---- protocol ----
do
   local seen = {}
   local Scale = torch.class('nn.TestScale', 'nn.Linear') -- the parent is loaded on demand
   function Scale:updateOutput(x) seen[#seen + 1] = 'forward' return self.output:mul(x, 2) end
   check.eq(nn.TestScale(2, 2):forward(torch.ones(2))[1], 2, 'a class of one\'s own')
   local d = nn.Dropout(0.5)
   d:evaluate()
   check.ok(d:forward(torch.ones(5)):equal(torch.ones(5)), 'Dropout: evaluation')
   d:training()
   local y = d:forward(torch.ones(1000))
   check.ok(y:eq(0):sum() + y:eq(2):sum() == 1000, 'Dropout: training')
   nn.loadAll()
   local n = 0
   for name, class in pairs(nn) do
      if type(class) == 'table' then n = n + 1 end
   end
   check.ok(n > 100, 'loadAll lists classes')
end

-- ---- errors say what to do ----
do
   check.error(function() nn.SpatialConvolution(3, 4, 3, 3):forward(torch.ones(1, 2, 8, 8)) end,
      'input.size%[2%] == 3 but got input to be of shape: %[1 x 2 x 8 x 8%]', 'SpatialConvolution: planes')
   check.error(function() nn.SpatialConvolution(3, 4, 9, 9):forward(torch.ones(1, 3, 8, 8)) end, 'Output size is too small',
      'SpatialConvolution: too small')
   check.error(function() nn.BatchNormalization(3):forward(torch.ones(3)) end, 'only mini%-batch supported', 'BatchNormalization')
   check.error(function() nn.ClassNLLCriterion():forward(torch.zeros(2, 3), torch.Tensor{1, 4}) end, 'target 4 .*1 to 3',
      'ClassNLLCriterion: target')
   local _, twice = pcall(function() nn.PReLU(3):forward(torch.ones(2, 2)) end)
   check.ok(twice:find('PReLU: argument #1 (input): expected 3 planes', 1, true) and not twice:find('PReLU: PReLU', 1, true), 'the layer once')
   check.error(function() nn.SpatialSubSampling(3, 2, 2):forward(torch.ones(2, 4, 4)) end,
      "SpatialSubSampling: argument #1 %(input%): invalid number of input planes: expected 3, got input of %[2 x 4 x 4%]", 'SubSampling: planes')
   check.error(function() nn.SpatialReflectionPadding(4):forward(torch.ones(2, 4, 4)) end, 'less than the input', 'reflection')
   check.error(function() nn.SpatialConvolutionMap(T{{1, 1}, {3, 1}}, 2, 2):forward(torch.ones(2, 4, 4)) end,
      'expected 3 input planes', 'ConvolutionMap: planes')
   check.error(function() nn.Tanh():forward(torch.ones(3):long()) end, 'nn.Tanh: argument #1 %(input%): torch.FloatTensor or torch.DoubleTensor expected, got torch.LongTensor',
      'integer tensors have no kernels')
end

check.finish()
