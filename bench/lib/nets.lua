-- The nets of the training benchmarks; nets.py has the same for the peer. A case of bench/lib/harness.lua:
-- forward, loss, backward, update on floats.
--
--   nets.case('lenet', 64)   -- net, samples in a step
require 'nn'

local makers = {}

function makers.mlp(batch)
   local net = nn.Sequential():add(nn.Linear(784, 512)):add(nn.ReLU()):add(nn.Linear(512, 512)):add(nn.ReLU())
      :add(nn.Linear(512, 10)):add(nn.LogSoftMax())
   return net, torch.FloatTensor(batch, 784):uniform()
end

function makers.lenet(batch)
   local net = nn.Sequential():add(nn.SpatialConvolution(1, 16, 5, 5)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2, 2, 2))
      :add(nn.SpatialConvolution(16, 32, 5, 5)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2, 2, 2))
      :add(nn.View(32 * 4 * 4)):add(nn.Linear(512, 128)):add(nn.ReLU()):add(nn.Linear(128, 10)):add(nn.LogSoftMax())
   return net, torch.FloatTensor(batch, 1, 28, 28):uniform()
end

function makers.convbn(batch)
   local net = nn.Sequential():add(nn.SpatialConvolution(64, 64, 3, 3, 1, 1, 1, 1)):add(nn.SpatialBatchNormalization(64))
      :add(nn.ReLU()):add(nn.SpatialAveragePooling(32, 32)):add(nn.View(64)):add(nn.LogSoftMax())
   return net, torch.FloatTensor(batch, 64, 32, 32):uniform()
end

-- A convolution without bias and its batch normalisation.
local function conv(net, nin, nout, k, stride)
   return net:add(nn.SpatialConvolution(nin, nout, k, k, stride, stride, (k - 1) / 2, (k - 1) / 2):noBias())
      :add(nn.SpatialBatchNormalization(nout))
end

local function residual(nin, nout, stride)
   local body = conv(conv(nn.Sequential(), nin, nout, 3, stride):add(nn.ReLU(true)), nout, nout, 3, 1)
   local short = nin == nout and nn.Identity() or conv(nn.Sequential(), nin, nout, 1, stride)
   return nn.Sequential():add(nn.ConcatTable():add(body):add(short)):add(nn.CAddTable(true)):add(nn.ReLU(true))
end

-- For CIFAR (He et al., 2015), with projections where the size changes.
function makers.resnet20(batch)
   local net = conv(nn.Sequential(), 3, 16, 3, 1):add(nn.ReLU(true))
   local nin = 16
   for stage, nout in ipairs{16, 32, 64} do
      for block = 1, 3 do
         net:add(residual(nin, nout, stage > 1 and block == 1 and 2 or 1))
         nin = nout
      end
   end
   net:add(nn.SpatialAveragePooling(8, 8)):add(nn.View(64)):add(nn.Linear(64, 10)):add(nn.LogSoftMax())
   return net, torch.FloatTensor(batch, 3, 32, 32):uniform()
end

local function bottleneck(nin, width, stride)
   local body = conv(nn.Sequential(), nin, width, 1, 1):add(nn.ReLU(true))
   conv(body, width, width, 3, stride):add(nn.ReLU(true))
   conv(body, width, 4 * width, 1, 1)
   local short = nin == 4 * width and nn.Identity() or conv(nn.Sequential(), nin, 4 * width, 1, stride)
   return nn.Sequential():add(nn.ConcatTable():add(body):add(short)):add(nn.CAddTable(true)):add(nn.ReLU(true))
end

-- For ImageNet (He et al., 2015).
function makers.resnet50(batch)
   local net = conv(nn.Sequential(), 3, 64, 7, 2):add(nn.ReLU(true)):add(nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1))
   local nin = 64
   for stage, blocks in ipairs{3, 4, 6, 3} do
      local width = 32 * 2 ^ stage
      for block = 1, blocks do
         net:add(bottleneck(nin, width, stage > 1 and block == 1 and 2 or 1))
         nin = 4 * width
      end
   end
   net:add(nn.SpatialAveragePooling(7, 7)):add(nn.View(2048)):add(nn.Linear(2048, 1000)):add(nn.LogSoftMax())
   return net, torch.FloatTensor(batch, 3, 224, 224):uniform()
end

function makers.small(batch)
   local net = nn.Sequential():add(nn.Linear(10, 32)):add(nn.Tanh()):add(nn.Linear(32, 32)):add(nn.Tanh()):add(nn.Linear(32, 1))
   return net, torch.FloatTensor(batch, 10):uniform(), torch.FloatTensor(batch, 1):uniform(), nn.MSECriterion()
end

local CHARACTERS, WIDTH = 65, 128

-- Scores of the next character, a row for each.
local function characters(net, ...)
   return net:add(nn.View(-1, WIDTH)):add(nn.Linear(WIDTH, CHARACTERS)):add(nn.LogSoftMax()), torch.LongTensor(...):random(CHARACTERS)
end

-- 50 steps of characters
function makers.lstm(batch)
   local net, input = characters(nn.Sequential():add(nn.Embedding(CHARACTERS, WIDTH)):add(nn.SeqLSTM(WIDTH, WIDTH))
      :add(nn.SeqLSTM(WIDTH, WIDTH)), 50, batch)
   return net, input, input:view(-1)
end

-- 64 steps of characters
function makers.transformer(batch)
   local net, input = characters(nn.Sequential():add(nn.Embedding(CHARACTERS, WIDTH)):add(nn.PositionalEncoding(WIDTH, 64, true))
      :add(nn.TransformerEncoder(4, WIDTH, 4, 4 * WIDTH, 0, true, true)), batch, 64)
   return net, input, input:view(-1)
end

local titles = {
   small = 'MLP 10-32-32-1', lstm = '2 LSTM of 128, 50 steps', transformer = 'Transformer, 4 layers of 128, 64 steps', mlp = 'MLP 784-512-512-10', lenet = 'LeNet 28x28', convbn = '3x3 conv 64-64 + batch norm, 32x32',
   resnet20 = 'ResNet-20, 32x32', resnet50 = 'ResNet-50, 224x224',
}

-- Multiply-adds of a step for a sample: each weight times the places where it is used, thrice (output, gradient of the input,
-- gradient of the weight), but the first layer's twice. What multiplies less often can pass that limit: Winograd's convolution,
-- a recurrent layer of inputs that repeat.
local function thrice(first, others) return 2 * first + 3 * others end

local multiply_adds = {
   mlp = thrice(784 * 512, 512 * 512 + 512 * 10),
   small = thrice(10 * 32, 32 * 32 + 32),
   lenet = thrice(25 * 16 * 24 ^ 2, 25 * 16 * 32 * 8 ^ 2 + 512 * 128 + 128 * 10),
   convbn = thrice(9 * 64 * 64 * 32 ^ 2, 0),
   -- two 3x3 of equal widths are 9 * 16^2 * 32^2 in every stage, those that halve the side half as many
   resnet20 = thrice(27 * 16 * 32 ^ 2, 9 * 16 ^ 2 * 32 ^ 2 * (6 + 5.5 + 5.5) + 16 * 32 * 16 ^ 2 + 32 * 64 * 8 ^ 2 + 64 * 10),
   lstm = thrice(0, 50 * (2 * (WIDTH + WIDTH) * 4 * WIDTH + WIDTH * CHARACTERS)),
   -- attention: sums of WIDTH products for each pair of a place and one not after it, two forward and four backward
   transformer = thrice(0, 64 * (4 * 12 * WIDTH ^ 2 + WIDTH * CHARACTERS) + 4 * 2 * WIDTH * 64 * 65 / 2),
}

local M = {}

--- A function that takes n training steps, on the GPU where `device` is 'cuda'; it waits for them there. wrap(net), where given,
-- is what is trained. graphed: each step is one launch (cutorch.graph).
function M.step(name, batch, device, wrap, graphed)
   local net, input, target, criterion = makers[name](batch)
   target = target or torch.range(0, batch - 1):remainder(10):add(1)
   criterion = (criterion or nn.ClassNLLCriterion()):float()
   net:float()
   net:get(1).gradInput = nil -- nobody asks for the gradient of the data: the peer does not compute it either
   if device == 'cuda' then net, criterion, input, target = net:cuda(), criterion:cuda(), input:cuda(), target:cudaLong() end
   if wrap then net = wrap(net) end
   local parameters, gradients = net:getParameters()
   local function step()
      gradients:zero()
      local output = net:forward(input)
      criterion:forward(output, target)
      net:backward(input, criterion:backward(output, target))
      parameters:add(-0.01, gradients)
   end
   if graphed then step = cutorch.graph(step) end
   return function(n)
      for _ = 1, n do step() end
      if device == 'cuda' then cutorch.synchronize() end
   end
end

--- The limit is the step's multiply-adds at their peak, on a CPU. compiled: the peer's net by torch.compile, too, unless
-- BENCH_COMPILE is 0. graphed: our step as a graph, beside the peer's as it is.
function M.case(name, batch, device, compiled, graphed)
   local function peer_setup(compiles)
      return ('torch.backends.cudnn.allow_tf32 = False\nfrom nets import step\nstep = step(%q, %d, %q, %s)')
         :format(name, batch, device or 'cpu', compiles)
   end
   return {
      name = titles[name] .. ', batch ' .. batch .. (graphed and ', as a graph' or ''),
      setup = function() return M.step(name, batch, device, nil, graphed) end,
      peer_setup = peer_setup('False'),
      peer_compiled = compiled and os.getenv('BENCH_COMPILE') ~= '0' and peer_setup('True') or nil,
      peer = 'step()',
      limit = not device and multiply_adds[name] and require('harness').flops(2 * batch * multiply_adds[name]) or nil,
      peer_end = device == 'cuda' and 'torch.cuda.synchronize()' or nil,
   }
end

return M
