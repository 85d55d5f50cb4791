#!/usr/bin/env th
--- Trains a residual network on CIFAR-10, or on shapes that it draws itself. README.md has its options.
require 'nn'
local data, train = require 'data', require 'train'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path

local cmd = torch.CmdLine()
cmd:text('Trains a residual network on pictures of 32 x 32 pixels in ten classes.')
cmd:option('--data', '', 'folder with data_batch_1.bin ... and test_batch.bin of CIFAR-10; without it shapes are drawn')
cmd:option('--train', 5000, 'how many shapes to draw for training')
cmd:option('--test', 1000, 'how many for testing')
cmd:option('--depth', 20, 'of the network: 6 n + 2')
cmd:option('--width', 16, 'planes of the first stage')
cmd:option('--epochs', 10, 'passes over the training set')
cmd:option('--batch', 64, 'samples in a step')
cmd:option('--rate', 0.1, 'learning rate, divided by ten after a half and three quarters of the epochs')
cmd:option('--workers', 1, 'threads that prepare batches')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--save', 'resnet.t7', 'where the state of the run goes; the same command goes on with it (empty: nowhere)')
local opt = cmd:parse(arg)
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(opt.seed)
if (opt.depth - 2) % 6 ~= 0 then error('--depth: 8, 14, 20, 26, ... expected, got ' .. opt.depth, 0) end

-- ---- data ----

local function sets()
   if opt.data ~= '' then
      local files = {}
      for i = 1, 5 do files[i] = ('%s/data_batch_%d.bin'):format(opt.data, i) end
      return data.cifar(files), data.cifar(opt.data .. '/test_batch.bin')
   end
   local shapes = require 'shapes'
   return data.tensors(shapes.draw(opt.train)), data.tensors(shapes.draw(opt.test))
end

local mean, deviation = {0.49, 0.48, 0.45}, {0.25, 0.24, 0.26}
local learn, test = sets()
learn = learn:map(data.randomCrop(32, 32, 4), data.hflip(), data.normalize(mean, deviation))
test = test:map(data.normalize(mean, deviation))

-- ---- model ----

local function convolution(from, to, stride)
   return nn.SpatialConvolution(from, to, 3, 3, stride, stride, 1, 1):noBias()
end

-- Two convolutions beside a short cut, which is a thinned out copy with planes of zeros where the shape changes
-- (He et al., 2016, option A).
local function block(from, to, stride)
   local path = nn.Sequential()
      :add(convolution(from, to, stride)):add(nn.SpatialBatchNormalization(to)):add(nn.ReLU(true))
      :add(convolution(to, to, 1)):add(nn.SpatialBatchNormalization(to))
   local shortcut = from == to and nn.Identity()
      or nn.Sequential():add(nn.SpatialAveragePooling(1, 1, stride, stride)):add(nn.Padding(1, to - from, 3))
   return nn.Sequential():add(nn.ConcatTable():add(path):add(shortcut)):add(nn.CAddTable()):add(nn.ReLU(true))
end

local function resnet(depth, width, classes)
   local net = nn.Sequential():add(convolution(3, width, 1)):add(nn.SpatialBatchNormalization(width)):add(nn.ReLU(true))
   local planes = width
   for stage = 1, 3 do
      for i = 1, (depth - 2) / 6 do
         local to = width * 2 ^ (stage - 1)
         net:add(block(planes, to, stage > 1 and i == 1 and 2 or 1))
         planes = to
      end
   end
   return net:add(nn.SpatialAveragePooling(8, 8)):add(nn.View(planes)):add(nn.Linear(planes, classes)):add(nn.LogSoftMax())
end

local net = resnet(opt.depth, opt.width, 10)
train.initialize(net, 'kaiming')

-- ---- training ----

local run = train.fit{
   net = net, criterion = nn.ClassNLLCriterion(), epochs = opt.epochs,
   data = learn:batches{size = opt.batch, shuffle = true, workers = opt.workers, seed = opt.seed},
   validation = test:batches{size = 100},
   method = 'sgd', config = {momentum = 0.9, dampening = 0, nesterov = true, weightDecay = 1e-4},
   schedule = train.multiStep{rate = opt.rate, at = {opt.epochs / 2, opt.epochs * 3 / 4}, factor = 0.1},
   metrics = {train.accuracy()}, checkpoint = opt.save ~= '' and opt.save or nil,
}
print(('%d layers, %d parameters: accuracy %.1f %%'):format(opt.depth, run.optimizer.params:nElement(), 100 * run.history[#run.history].accuracy))
