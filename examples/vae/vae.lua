#!/usr/bin/env th
--- A variational autoencoder that learns to draw digits. README.md has its options.
require 'nn'
require 'optim'
local data, plot = require 'data', require 'plot'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. here .. '../?.lua;' .. package.path
require 'Gaussian'

local cmd = torch.CmdLine()
cmd:text('Learns to draw digits.')
cmd:option('--data', '', 'folder with MNIST in IDX files; without it digits are drawn by strokes')
cmd:option('--train', 5000, 'how many digits to draw')
cmd:option('--code', 8, 'dimensions of the codes')
cmd:option('--hidden', 256, 'units between pictures and codes')
cmd:option('--epochs', 20, 'passes over the training set')
cmd:option('--rate', 1e-3, 'learning rate')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--picture', 'vae.png', 'where digits of its own are shown')
local opt = cmd:parse(arg)
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(opt.seed)

local images = opt.data ~= '' and data.mnist(opt.data).inputs or require('mnist.strokes').digits(opt.train).images
local pixels = images:view(images:size(1), -1)
local batches = data.tensors(pixels):batches{size = 64, shuffle = true, seed = opt.seed}

-- A picture becomes a normal distribution of codes, by mean and log of variance; one code drawn of it becomes a picture.
local n = pixels:size(2)
local code = nn.Gaussian()
local net = nn.Sequential()
   :add(nn.Linear(n, opt.hidden)):add(nn.ReLU())
   :add(nn.ConcatTable():add(nn.Linear(opt.hidden, opt.code)):add(nn.Linear(opt.hidden, opt.code)))
   :add(code)
local decoder = nn.Sequential():add(nn.Linear(opt.code, opt.hidden)):add(nn.ReLU()):add(nn.Linear(opt.hidden, n)):add(nn.Sigmoid())
net:add(decoder)

-- The bound to be lowered, in nats a picture: what the pixels cost, given the code, and what the code costs.
local pixels_cost = nn.BCECriterion(nil, false)
local parameters, gradients = net:getParameters()
local state = {learningRate = opt.rate}
for epoch = 1, opt.epochs do
   local reconstruction, divergence, count = 0, 0, 0
   for x in batches do
      local samples = x:size(1)
      optim.adam(function()
         gradients:zero()
         local y = net:forward(x)
         local cost = pixels_cost:forward(y, x)
         net:backward(x, pixels_cost:backward(y, x))
         reconstruction, divergence, count = reconstruction + cost, divergence + code.divergence, count + samples
         return (cost + code.divergence) / samples, gradients:div(samples)
      end, parameters, state)
   end
   print(('epoch %d of %d: bound %.1f nats a digit, pixels %.1f, code %.1f'):format(epoch, opt.epochs,
      (reconstruction + divergence) / count, reconstruction / count, divergence / count))
end

if opt.picture ~= '' then
   local drawn = decoder:forward(torch.randn(60, opt.code))
   plot.images(drawn:view(-1, 28, 28), {columns = 10}):save(opt.picture)
   print(opt.picture .. ' shows digits of its own')
end
