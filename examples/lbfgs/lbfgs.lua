#!/usr/bin/env th
--- Fits a curve by L-BFGS and by Adam, and compares them. README.md has its options.
require 'nn'
require 'optim'
local plot = require 'plot'

local cmd = torch.CmdLine()
cmd:text('Fits a curve to points with noise, by L-BFGS and by Adam.')
cmd:option('--points', 100, 'how many points')
cmd:option('--noise', 0.1, 'their standard deviation from the curve')
cmd:option('--hidden', 10, 'units of the net')
cmd:option('--evaluations', 300, 'how often each method may look at the loss')
cmd:option('--decay', 1e-4, 'weight of the sum of squared weights in the loss')
cmd:option('--seed', 1, 'of the random numbers')
cmd:option('--picture', 'lbfgs.png', 'where points, curves and losses are shown')
local opt = cmd:parse(arg)
torch.manualSeed(opt.seed)

local x = torch.linspace(-3, 3, opt.points):view(-1, 1)
local truth = torch.sin(x * 2):cmul(torch.exp(-x / 3))
local y = truth + torch.randn(opt.points, 1) * opt.noise

local net = nn.Sequential():add(nn.Linear(1, opt.hidden)):add(nn.Tanh()):add(nn.Linear(opt.hidden, 1))
local criterion = nn.MSECriterion()
local parameters, gradients = net:getParameters()
local start = parameters:clone()

-- The loss of all points and its gradient, and a list of the losses that were asked for.
local function objective()
   local losses = {}
   return function(p)
      if p ~= parameters then parameters:copy(p) end
      gradients:zero()
      local output = net:forward(x)
      local loss = criterion:forward(output, y) + opt.decay / 2 * parameters:dot(parameters)
      net:backward(x, criterion:backward(output, y))
      gradients:add(opt.decay, parameters)
      losses[#losses + 1] = loss
      return loss, gradients
   end, losses
end

local curves, histories = {}, {}
local function fit(name, run)
   parameters:copy(start)
   local f, losses = objective()
   run(f)
   curves[name], histories[name] = net:forward(x):clone():view(-1), torch.Tensor(losses)
   print(('%-7s loss %.5f after %d evaluations, distance from the curve without noise %.4f'):format(name, losses[#losses], #losses,
      math.sqrt(criterion:forward(net.output, truth))))
end

fit('Adam', function(f)
   local state = {learningRate = 0.02}
   for _ = 1, opt.evaluations do optim.adam(f, parameters, state) end
end)
fit('L-BFGS', function(f)
   optim.lbfgs(f, parameters, {maxIter = opt.evaluations, maxEval = opt.evaluations, lineSearch = optim.lswolfe, tolFun = 1e-10, tolX = 1e-12})
end)

if opt.picture ~= '' then
   local flat = x:view(-1)
   local fits = plot.scatter(flat, y:view(-1), {label = 'points', title = 'Fits'})
   for _, name in ipairs{'Adam', 'L-BFGS'} do fits:lines(flat, curves[name], {label = name}) end
   local losses = plot.figure{title = 'Losses', xlabel = 'evaluations', ylog = true}
   for _, name in ipairs{'Adam', 'L-BFGS'} do losses:lines(histories[name], {label = name}) end
   plot.subplots{fits, losses}:save(opt.picture)
   print(opt.picture .. ' shows both')
end
