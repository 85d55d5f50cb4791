#!/usr/bin/env th
--- An autoencoder that squeezes digits through a few numbers, and cleans noisy ones. README.md has its options.
require 'nn'
local data, train, plot = require 'data', require 'train', require 'plot'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '../?.lua;' .. package.path

local cmd = torch.CmdLine()
cmd:text('Learns a short code for handwritten digits.')
cmd:option('--data', '', 'folder with MNIST in IDX files; without it digits are drawn')
cmd:option('--train', 5000, 'how many digits to draw')
cmd:option('--code', 16, 'numbers in a code')
cmd:option('--hidden', 128, 'units between picture and code')
cmd:option('--noise', 0.3, 'share of the pixels that are erased before the encoder sees them')
cmd:option('--epochs', 20, 'passes over the training set')
cmd:option('--rate', 5e-3, 'learning rate')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--picture', 'autoencoder.png', 'where digits, what the net saw of them, and what it made of that are shown')
local opt = cmd:parse(arg)
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(opt.seed)

local function digits()
   if opt.data ~= '' then return data.mnist(opt.data).inputs end
   return require('mnist.strokes').digits(opt.train).images
end
local images = digits()
local pixels = images:view(images:size(1), -1)
local learn, test = data.tensors(pixels, pixels):split(0.9)

local n = pixels:size(2)
local encoder = nn.Sequential():add(nn.Linear(n, opt.hidden)):add(nn.ReLU()):add(nn.Linear(opt.hidden, opt.code))
local decoder = nn.Sequential():add(nn.Linear(opt.code, opt.hidden)):add(nn.ReLU()):add(nn.Linear(opt.hidden, n)):add(nn.Sigmoid())
local erase = nn.Dropout(opt.noise, true) -- in training only
local net = nn.Sequential():add(erase):add(encoder):add(decoder)
train.initialize(net, 'xavier')

train.fit{
   net = net, criterion = nn.BCECriterion(), epochs = opt.epochs,
   data = learn:batches{size = 64, shuffle = true, seed = opt.seed}, validation = test:batches{size = 100},
   method = 'adam', schedule = train.cosine{rate = opt.rate, length = opt.epochs},
}

-- Digits that it has never seen: as they are, with pixels erased, and restored.
local some = test:batch(torch.range(1, math.min(10, test:size())):long())
erase:training()
local seen = erase:forward(some):clone()
local restored = decoder:forward(encoder:forward(seen))
print(('%d numbers for %d pixels, %.0f %% of them erased: mean square error %.4f'):format(opt.code, n, 100 * opt.noise,
   nn.MSECriterion():forward(restored, some)))
if opt.picture ~= '' then
   plot.images(torch.cat({some, seen, restored}, 1):view(-1, 28, 28), {columns = some:size(1)}):save(opt.picture)
   print(opt.picture .. ' shows digits, with pixels erased, and restored')
end
