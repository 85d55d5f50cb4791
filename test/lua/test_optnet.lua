--- optnet: nets whose tensors share memory give what they gave before, at any size; what it costs, what it refuses.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local eq, ok = check.eq, check.ok
local optnet = require 'optnet'
require 'nngraph'
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(3)

local function same(a, b, what) ok(a:isSameSizeAs(b) and a:eq(b):min() == 1, what) end

-- ---- nets ----

local function residual(n)
   local body = nn.Sequential():add(nn.SpatialConvolution(n, n, 3, 3, 1, 1, 1, 1)):add(nn.SpatialBatchNormalization(n)):add(nn.ReLU())
      :add(nn.SpatialConvolution(n, n, 3, 3, 1, 1, 1, 1))
   return nn.Sequential():add(nn.ConcatTable():add(body):add(nn.Identity())):add(nn.CAddTable()):add(nn.ReLU())
end

local nets = {
   {'a chain', nn.Sequential():add(nn.Linear(6, 9)):add(nn.ReLU()):add(nn.Linear(9, 9)):add(nn.Tanh()):add(nn.Linear(9, 9)):add(nn.ReLU())
      :add(nn.Dropout(0.4)):add(nn.Linear(9, 4)):add(nn.LogSoftMax()), {6}},
   {'ends in place', nn.Sequential():add(nn.Linear(6, 9)):add(nn.ReLU(true)), {6}},
   {'residuals', nn.Sequential():add(nn.SpatialConvolution(2, 4, 3, 3, 1, 1, 1, 1)):add(residual(4)):add(residual(4)):add(residual(4))
      :add(nn.SpatialAveragePooling(8, 8)):add(nn.View(4)):add(nn.Linear(4, 3)), {2, 8, 8}},
   {'side by side', nn.Sequential():add(nn.Concat(2):add(nn.Linear(6, 5)):add(nn.Sequential():add(nn.Linear(6, 7)):add(nn.Tanh()):add(nn.Linear(7, 3))))
      :add(nn.Sigmoid()):add(nn.Concat(2):add(nn.Identity()):add(nn.Linear(8, 8))), {6}},
   {'an output twice', nn.Sequential():add(nn.Linear(6, 6)):add(nn.ConcatTable():add(nn.Identity()):add(nn.Identity()):add(nn.ReLU()))
      :add(nn.CAddTable()):add(nn.Linear(6, 2)), {6}},
   {'recurrent', nn.Sequential():add(nn.SeqLSTM(6, 5)):add(nn.SeqGRU(5, 4)):add(nn.Tanh()):add(nn.SeqLSTM(4, 3)), {3, 6}},
   {'attention', nn.TransformerEncoder(2, 8, 2, 16, 0, true, true), {5, 8}},
}
do -- a graph, in which an early output is read late
   local x = nn.Identity()()
   local a = nn.Tanh()(nn.Linear(6, 6)(x))
   local b = nn.ReLU()(nn.Linear(6, 6)(a))
   local c = nn.ReLU()(nn.Linear(6, 6)(b))
   nets[#nets + 1] = {'a graph', nn.gModule({x}, {nn.CAddTable(){c, a}, nn.Linear(6, 2)(b)}), {6}}
end

local function outputs(net, x)
   local y = net:forward(x)
   if torch.isTensor(y) then return {y:clone()} end
   local list = {}
   for i = 1, #y do list[i] = y[i]:clone() end
   return list
end

for _, case in ipairs(nets) do
   local name, net, size = unpack(case)
   net:evaluate()
   local inputs, expected = {}, {}
   for i, batch in ipairs{3, 5, 1, 3} do
      inputs[i] = torch.randn(batch, unpack(size))
      expected[i] = outputs(net, inputs[i])
   end
   local kept = inputs[1]:clone()
   net:forward(inputs[1])
   local before = optnet.countUsedMemory(net)
   optnet.optimizeMemory(net, inputs[1])
   local after = optnet.countUsedMemory(net)
   ok(after.outputs <= before.outputs and after.params == before.params, name .. ': no more memory')
   for _, tested in ipairs{net, net:clone()} do
      for i, x in ipairs(inputs) do
         for j, y in ipairs(outputs(tested, x)) do same(y, expected[i][j], ('%s: output %d of input %d'):format(name, j, i)) end
      end
   end
   same(inputs[1], kept, name .. ': the input is not written to')
   check.error(function() net:backward(inputs[1], expected[1][1]) end, 'optnet.removeOptimization', name .. ': backward')
   check.error(function() net:training() end, 'optnet.removeOptimization', name .. ': training')

   optnet.removeOptimization(net)
   eq(#net:findModules('nn.Module') == 0 or net.backward ~= optnet.refuseBackward, true, name .. ': backward is there again')
   for j, y in ipairs(outputs(net, inputs[2])) do same(y, expected[2][j], name .. ': without') end
end

-- ---- how much ----

local deep = nn.Sequential()
for _ = 1, 10 do deep:add(nn.Linear(50, 50)):add(nn.ReLU()) end
local x = torch.randn(20, 50)
local plain = deep:clone()
deep:forward(x)
local one = 20 * 50 * 4
eq(optnet.countUsedMemory(deep).outputs, 20 * one, 'each module has its output')
eq(optnet.countUsedMemory(deep).params, 10 * 2 * (50 * 50 + 50) * 4, 'parameters and gradients')
optnet.optimizeMemory(deep, x)
eq(optnet.countUsedMemory(deep).outputs, 2 * one, 'two take turns')
eq(deep:get(2).inplace, true, 'ReLU writes over its input')
optnet.removeOptimization(deep)
eq({deep:get(2).inplace, optnet.countUsedMemory(deep).outputs}, {false, 0}, 'and does not afterwards')
optnet.optimizeMemory(deep, x, {inplace = false})
eq({deep:get(2).inplace, optnet.countUsedMemory(deep).outputs}, {false, 2 * one}, 'without writing in place')
optnet.optimizeMemory(deep, x)
same(deep:float():forward(x), plain:forward(x), 'a second time, and after a change of type')
deep:double()
eq(optnet.countUsedMemory(deep).outputs, 2 * 2 * one, 'in doubles two take turns still')

-- ---- training ----

for _, case in ipairs(nets) do
   local name, net, size = unpack(case)
   net:evaluate() -- no noise; gradients are those of any net
   local input = torch.randn(3, unpack(size))
   local y = net:forward(input)
   local gradient = torch.isTensor(y) and torch.randn(y:size()) or {torch.randn(y[1]:size()), torch.randn(y[2]:size())}
   local function gradients()
      net:zeroGradParameters()
      net:forward(input)
      local list = {net:backward(input, gradient):clone()}
      for _, g in ipairs(select(2, net:parameters())) do list[#list + 1] = g:clone() end
      return list
   end
   local expected, before = gradients(), optnet.countUsedMemory(net)
   optnet.optimizeMemory(net, input, {mode = 'training'})
   ok(optnet.countUsedMemory(net).gradInputs <= before.gradInputs, name .. ': no more memory')
   for _, g in ipairs(select(2, net:parameters())) do g:fill(7) end
   for i, g in ipairs(gradients()) do same(g, expected[i], ('%s: gradient %d'):format(name, i)) end
   optnet.removeOptimization(net)
   for i, g in ipairs(gradients()) do same(g, expected[i], ('%s: gradient %d without'):format(name, i)) end
end

do -- passes over the example move no running means and no gradients
   local net = nn.Sequential():add(nn.Linear(6, 5)):add(nn.BatchNormalization(5)):add(nn.ReLU()):add(nn.Linear(5, 2))
   local _, gradients = net:parameters()
   for mode in pairs{training = 1, inference = 2} do
      for _, g in ipairs(gradients) do g:fill(3) end
      local mean = net:get(2).running_mean:clone()
      optnet.optimizeMemory(net, torch.randn(4, 6), {mode = mode})
      same(net:get(2).running_mean, mean, mode .. ': running means')
      for i, g in ipairs(gradients) do ok(g:eq(3):min() == 1, ('%s: gradient %d'):format(mode, i)) end
      optnet.removeOptimization(net)
   end
end

-- Its gradient grows from one backward() to the next.
local Growing = torch.class('nn.GrowingOfTest', 'nn.Identity')
function Growing:updateGradInput(input, gradOutput)
   self.times = (self.times or 0) + 1
   self.gradInput = self.gradInput:resizeAs(gradOutput):copy(gradOutput):mul(self.times)
   return self.gradInput
end
check.error(function()
   optnet.optimizeMemory(nn.Sequential():add(nn.Linear(6, 6)):add(nn.GrowingOfTest()), torch.randn(2, 6), {mode = 'training'})
end, 'gives other gradients', 'a module whose gradient changes')

-- ---- what modules keep under other names ----

local Constant, parent = torch.class('nn.ConstantOfTest', 'nn.Module')
function Constant:__init(value)
   parent.__init(self)
   self.value = value
end
function Constant:updateOutput() self.output = self.value return self.output end

do
   local net = nn.Sequential():add(nn.ConcatTable():add(nn.Linear(6, 6)):add(nn.ConstantOfTest(torch.ones(2, 6)))):add(nn.CAddTable())
   for _ = 1, 3 do net:add(nn.Linear(6, 6)):add(nn.Tanh()) end
   net:evaluate()
   local input = torch.randn(2, 6)
   local expected = net:forward(input):clone()
   optnet.optimizeMemory(net, input)
   for _ = 1, 2 do same(net:forward(input), expected, 'a constant keeps its own memory') end
   eq(net:get(1):get(2).value:sum(), 12, 'and its value')
end
do -- what two layers over sequences write are their buffers, which backward reads
   local net = nn.Sequential():add(nn.SeqLSTM(6, 5)):add(nn.ReLU()):add(nn.SeqLSTM(5, 4))
   net:evaluate()
   local plain, input = net:clone(), torch.randn(4, 2, 6)
   local gradient = plain:forward(input):clone()
   optnet.optimizeMemory(net, input)
   optnet.removeOptimization(net)
   net:forward(input)
   same(net:backward(input, gradient), plain:backward(input, gradient), 'layers that keep their outputs: gradients afterwards')
end
do -- a net within a net
   local inner = nn.Sequential():add(nn.Linear(6, 6)):add(nn.ReLU()):add(nn.Linear(6, 6))
   local outer = nn.Sequential():add(inner):add(nn.Linear(6, 6))
   outer:evaluate()
   local input = torch.randn(2, 6)
   local expected = outer:forward(input):clone()
   optnet.optimizeMemory(inner, input)
   optnet.optimizeMemory(outer, input)
   same(outer:forward(input), expected, 'a net within a net')
   optnet.removeOptimization(outer)
   outer:forward(input)
   ok(outer:backward(input, expected), 'has its gradients afterwards')
end

-- ---- what is refused ----

local noise = nn.Sequential():add(nn.Linear(6, 100)):add(nn.Dropout(0.5))
noise:training()
check.error(function() optnet.optimizeMemory(noise, torch.randn(4, 6)) end, 'net:evaluate%(%) first', 'a net in training')
noise:forward(torch.randn(4, 6))
noise:backward(torch.randn(4, 6), torch.randn(4, 100)) -- nothing was changed
check.error(function() optnet.optimizeMemory(3, x) end, 'argument #1 %(net%): module expected', 'no net')
check.error(function() optnet.optimizeMemory(deep) end, 'argument #2 %(input%)', 'no input')
check.error(function() optnet.optimizeMemory(deep, x, {mod = 'training'}) end, "no option 'mod'", 'an option that is none')
check.error(function() optnet.optimizeMemory(deep, x, {mode = 'test'}) end, "'inference' or 'training'", 'a mode that is none')
check.error(function() optnet.optimizeMemory(deep, x, 'training') end, 'table expected, got string', 'options that are none')
check.error(function() optnet.optimizeMemory(deep, x, {inplace = 'no'}) end, 'inplace: boolean expected', 'an option of another type')
check.error(function() optnet.optimizeMemory(deep) end, 'test_optnet.lua:%d+: optnet.optimizeMemory: argument #2', 'the line of the call')
check.error(function() optnet.removeOptimization() end, 'module expected', 'nothing')
check.error(function() optnet.countUsedMemory(x) end, 'module expected', 'a tensor')
check.error(function() optnet.optimizeMemory(plain, torch.randn(2, 3)) end, 'nn.Sequential', 'an input that does not fit')
ok(rawget(plain:get(1), 'updateOutput') == nil, 'nothing is watched after an error')

check.finish()
