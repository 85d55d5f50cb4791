package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
require 'nn'
-- Whole training steps: forward, loss, backward, update. The peer runs the same net with autograd.

torch.setdefaulttensortype('torch.FloatTensor')

local function step(net, criterion, input, target)
   local parameters, gradients = net:getParameters()
   return function(n)
      for _ = 1, n do
         gradients:zero()
         local output = net:forward(input)
         criterion:forward(output, target)
         net:backward(input, criterion:backward(output, target))
         parameters:add(-0.01, gradients)
      end
   end
end

local function targets(n, classes) return torch.range(0, n - 1):remainder(classes):add(1) end

local peer_step = [[
with torch.enable_grad():
   optimizer.zero_grad(set_to_none=False)
   loss = torch.nn.functional.nll_loss(net(x), t)
   loss.backward()
optimizer.step()]]
local peer_common = '\noptimizer = torch.optim.SGD(net.parameters(), lr=0.01)'

bench.run('Training steps, floats', {
   {name = 'MLP 784-512-512-10, batch 128',
    setup = function()
      local net = nn.Sequential():add(nn.Linear(784, 512)):add(nn.ReLU()):add(nn.Linear(512, 512)):add(nn.ReLU())
         :add(nn.Linear(512, 10)):add(nn.LogSoftMax())
      return step(net, nn.ClassNLLCriterion(), torch.FloatTensor(128, 784):uniform(), targets(128, 10))
    end,
    peer_setup = [[
N = torch.nn
with torch.enable_grad():
   net = N.Sequential(N.Linear(784, 512), N.ReLU(), N.Linear(512, 512), N.ReLU(), N.Linear(512, 10), N.LogSoftmax(1))
x = torch.rand(128, 784)
t = torch.arange(128) % 10]] .. peer_common, peer = peer_step},
   {name = 'LeNet 28x28, batch 64',
    setup = function()
      local net = nn.Sequential():add(nn.SpatialConvolution(1, 16, 5, 5)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2, 2, 2))
         :add(nn.SpatialConvolution(16, 32, 5, 5)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2, 2, 2))
         :add(nn.View(32 * 4 * 4)):add(nn.Linear(512, 128)):add(nn.ReLU()):add(nn.Linear(128, 10)):add(nn.LogSoftMax())
      return step(net, nn.ClassNLLCriterion(), torch.FloatTensor(64, 1, 28, 28):uniform(), targets(64, 10))
    end,
    peer_setup = [[
N = torch.nn
with torch.enable_grad():
   net = N.Sequential(N.Conv2d(1, 16, 5), N.ReLU(), N.MaxPool2d(2), N.Conv2d(16, 32, 5), N.ReLU(), N.MaxPool2d(2),
      N.Flatten(), N.Linear(512, 128), N.ReLU(), N.Linear(128, 10), N.LogSoftmax(1))
x = torch.rand(64, 1, 28, 28)
t = torch.arange(64) % 10]] .. peer_common, peer = peer_step},
   {name = '3x3 conv 64-64 + batch norm, 16x32x32',
    setup = function()
      local net = nn.Sequential():add(nn.SpatialConvolution(64, 64, 3, 3, 1, 1, 1, 1)):add(nn.SpatialBatchNormalization(64)):add(nn.ReLU())
         :add(nn.SpatialAveragePooling(32, 32)):add(nn.View(64)):add(nn.LogSoftMax())
      return step(net, nn.ClassNLLCriterion(), torch.FloatTensor(16, 64, 32, 32):uniform(), targets(16, 10))
    end,
    peer_setup = [[
N = torch.nn
with torch.enable_grad():
   net = N.Sequential(N.Conv2d(64, 64, 3, padding=1), N.BatchNorm2d(64), N.ReLU(), N.AvgPool2d(32), N.Flatten(), N.LogSoftmax(1))
x = torch.rand(16, 64, 32, 32)
t = torch.arange(16) % 10]] .. peer_common, peer = peer_step},
})
