#!/usr/bin/env th
--- Tells two spirals apart with nn.RadialBasis. README.md has its options.
require 'nn'
local data, train, plot = require 'data', require 'train', require 'plot'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path
require 'RadialBasis'

local cmd = torch.CmdLine()
cmd:text('Tells two spirals apart with radial basis functions.')
cmd:option('--points', 400, 'how many points')
cmd:option('--units', 40, 'radial basis functions')
cmd:option('--epochs', 100, 'passes over the points')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--picture', 'spirals.png', 'where the plane is shown as the net sees it')
local opt = cmd:parse(arg)
torch.manualSeed(opt.seed)

local t = torch.rand(opt.points):sqrt():mul(3 * math.pi)
local class = torch.range(1, opt.points):remainder(2)
local angle = t + class * math.pi
local points = torch.cat(torch.cmul(t, torch.cos(angle)), torch.cmul(t, torch.sin(angle)), 2):div(5)
points:add(torch.randn(points:size()) * 0.03)

local net = nn.Sequential():add(nn.RadialBasis(2, opt.units)):add(nn.Linear(opt.units, 2)):add(nn.LogSoftMax())
local run = train.fit{
   net = net, criterion = nn.ClassNLLCriterion(), epochs = opt.epochs,
   data = data.tensors(points, class:long() + 1):batches{size = 40, shuffle = true, seed = opt.seed},
   method = 'adam', schedule = train.cosine{rate = 0.05, length = opt.epochs}, metrics = {train.accuracy()}, progress = false, verbose = false,
}
print(('accuracy %.1f %%'):format(100 * run.history[#run.history].accuracy))

if opt.picture ~= '' then
   local side = torch.linspace(-2, 2, 80)
   local plane = torch.cat(side:view(1, -1):expand(80, 80):contiguous():view(-1), side:view(-1, 1):expand(80, 80):contiguous():view(-1), 2)
   local chance = torch.exp(net:forward(plane)):narrow(2, 2, 1):reshape(80, 80)
   plot.image(chance, {x = {-2, 2}, y = {-2, 2}, title = 'Chance of the second spiral'}):save(opt.picture)
   print(opt.picture .. ' shows the plane as the net sees it')
end
