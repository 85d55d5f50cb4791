--- torch.checkNaN: names the first module, criterion or operation that makes NaN or Inf of finite arguments.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'torch'
torch.setdefaulttensortype('torch.DoubleTensor')
local inf, nan = math.huge, 0 / 0
local T = torch.Tensor

local plain = {log = T.log, tlog = torch.log}
check.eq(torch.checkNaN(), false, 'off at first')
check.eq(torch.checkNaN(true), false, 'what it was before')
check.eq({torch.checkNaN(true), torch.checkNaN()}, {true, true}, 'on')

-- a class that is made while it is on
local Wild = torch.class('nn.TestWild', 'nn.Linear')
function Wild:updateOutput(input)
   self.output = input * (self.factor or 1)
   return self.output
end
function Wild:updateGradInput(_, gradOutput)
   self.gradInput = gradOutput * (self.slope or 1)
   return self.gradInput
end
function Wild:accGradParameters() self.gradWeight:fill(self.step or 1) end

local function nets()
   local wild = nn.TestWild(2, 2)
   wild.gradWeight:zero()
   wild.gradBias:zero()
   return wild, nn.Sequential(nn.Identity(), nn.Sequential(nn.Tanh(), wild, nn.Abs()))
end
local x = T{{1, 2}, {3, 4}}

do
   local wild, net = nets()
   net:forward(x)
   net:backward(x, x)
   wild.factor = nan
   check.error(function() net:forward(x) end,
      '^[^\n]*test_nn_checknan.lua:%d+: checkNaN: nn.TestWild%(2 %-> 2%) made NaN in its output, of finite arguments\n'
      .. 'In 2 module of nn.Sequential:\nIn 2 module of nn.Sequential:\nnn.TestWild%(2 %-> 2%)$', 'forward')
   wild.factor = -inf
   check.error(function() net:forward(x) end, 'made %-inf in its output', 'forward, infinity')
   wild.factor, wild.slope = 1, inf
   net:forward(x)
   check.error(function() net:backward(x, x) end, 'TestWild.* made inf in its gradInput', 'backward')
   check.error(function() net:updateGradInput(x, x) end, 'made inf in its gradInput', 'updateGradInput')
   wild.slope, wild.step = 1, nan
   check.error(function() net:backward(x, x) end, 'made NaN in its gradients of parameters', 'gradients of parameters')
   wild.step = 1
   wild.gradWeight:zero()
   wild.weight:fill(nan)
   wild.factor = nan
   check.error(function() wild:forward(x) end, 'finite arguments; its parameters hold NaN$', 'alone, with bad parameters')
   local _, other = nets()
   check.ok(other:forward(T{{nan, 1}}) ~= nil, 'who gets a NaN is not to blame')
   check.error(function() nn.Sequential(nn.Log()):forward(T{0}) end, 'nn.Log made %-inf', 'modules of ours')
   check.error(function() nn.GPU(nn.Log(), 1):forward(T{0}) end, 'nn.Log made %-inf', 'decorated')
   check.error(function() nn.Sequential(nn.Linear(2, 3)):forward(torch.ones(5)) end, 'expected input with 2 features',
      'other errors pass')
end

do -- criterions
   local c = nn.MSECriterion()
   c:forward(x, x)
   check.error(function() c:forward(T{1e200}, T{-1e200}) end, 'nn.MSECriterion made inf in its output', 'criterion')
   local Bad = torch.class('nn.TestBadCriterion', 'nn.Criterion')
   function Bad:updateOutput() return 1 end
   function Bad:updateGradInput(input) return input * nan end
   check.error(function() nn.TestBadCriterion():backward(x, x) end, 'TestBadCriterion made NaN in its gradInput',
      'criterion, backward')
   check.error(function() nn.MultiCriterion():add(nn.TestBadCriterion()):backward(x, x) end, 'TestBadCriterion made NaN', 'inside')
end

do -- operations
   check.error(function() T{-1}:log() end, ':%d+: checkNaN: log made NaN of finite arguments', 'method')
   check.error(function() torch.log(T{0}) end, 'torch.log made %-inf', 'function')
   check.error(function() return T{1} / 0 end, 'checkNaN: / made inf', 'operator')
   check.error(function() torch.FloatTensor{1e30}:cmul(torch.FloatTensor{1e30}) end, 'cmul made inf', 'floats')
   check.error(function() T{}:resize(1):fill(1e308):mul(10):sum() end, 'mul made inf', 'overflow')
   check.eq(T{1e308, 1e308}:mul(1)[1], 1e308, 'large is finite')
   check.ok(T{inf}:log()[1] == inf and T{nan}:exp() and T{1}:fill(inf), 'what is not finite passes')
   check.eq(torch.LongTensor{3}:mul(2)[1], 6, 'integers')
   check.eq({T{3, 1}:max(1)[1], T{1, 2}:dot(T{3, 4})}, {3, 11}, 'results are handed on')
end

check.eq(torch.checkNaN(false), true, 'off again')
check.ok(rawequal(plain.log, T.log) and rawequal(plain.tlog, torch.log), 'and nothing is left of it')
check.ok(T{0}:log()[1] == -inf, 'operations are free')
local wild, net = nets()
wild.factor = nan
local y = net:forward(x)
check.ok(y:ne(y):all(), 'modules too')

check.finish()
