-- What each way to hand gradients over costs and gives: bytes that a rank sends in a step, and what a LeNet on drawn digits knows
-- after a few epochs.
--
--   mpirun -np 2 th bench/dist_bytes.lua
local here = arg[0]:match('^(.*)/') or '.'
package.path = here .. '/../examples/?.lua;' .. package.path
require 'nn'
require 'optim'
local strokes = require 'mnist.strokes'
local dist = require('dist').hush()
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(1)
local epochs, batch = tonumber(arg[1]) or 4, 32
local train, test = strokes.digits(tonumber(arg[2]) or 3000), strokes.digits(1000)
local function normalized(x) return x:float():add(-0.13):div(0.31) end
local xs, ys, tests = normalized(train.images), train.labels, normalized(test.images)

local function new_net()
   torch.manualSeed(2)
   return nn.Sequential():add(nn.SpatialConvolution(1, 16, 5, 5)):add(nn.SpatialMaxPooling(2, 2, 2, 2)):add(nn.ReLU())
      :add(nn.SpatialConvolution(16, 32, 5, 5)):add(nn.SpatialMaxPooling(2, 2, 2, 2)):add(nn.ReLU())
      :add(nn.View(32 * 4 * 4)):add(nn.Linear(512, 128)):add(nn.ReLU()):add(nn.Linear(128, 10)):add(nn.LogSoftMax())
end

-- Accuracy, bytes of a step and the last epoch's loss.
local function run(options, every)
   local net = every and new_net() or dist.DataParallel(new_net(), options)
   local criterion, config = nn.ClassNLLCriterion(), {learningRate = 0.02, momentum = 0.9, dampening = 0}
   local params, grads = net:getParameters()
   local average = every and dist.localSGD(net, every)
   local before, steps, total = dist.statistics(), 0, 0
   for epoch = 1, epochs do
      torch.manualSeed(epoch)
      local order = torch.randperm(xs:size(1)):long()
      total = 0
      for first = 1, order:size(1) - 2 * batch + 1, batch * dist.size() do
         local rows = order:narrow(1, first + dist.rank() * batch, batch)
         local x, y = xs:index(1, rows), ys:index(1, rows)
         optim.sgd(function()
            grads:zero()
            local f = criterion:forward(net:forward(x), y)
            total = total + f
            net:backward(x, criterion:backward(net.output, y))
            return f, grads
         end, params, config)
         if average then average() end
         steps = steps + 1
      end
   end
   local bytes = dist.statistics() - before
   if average then average(true) end
   net:evaluate()
   local _, answer = (every and net or net:get(1)):forward(tests):max(2)
   return answer:view(-1):long():eq(test.labels:long()):float():mean(), bytes / steps, dist.allReduce(torch.Tensor{total}, 'mean')[1] * epochs / steps
end

print('| gradients | bytes of a step | accuracy | loss |\n|---|---|---|---|')
for _, way in ipairs{{'floats', {}}, {"'half'", {compress = 'half'}}, {"'signs'", {compress = 'signs'}}, {"'topk', 0.01", {compress = 'topk'}},
   {"'topk', 0.001", {compress = 'topk', ratio = 0.001}}, {'localSGD, 8 steps', nil, 8}} do
   local accuracy, bytes, loss = run(way[2], way[3])
   print(('| %s | %d | %.1f %% | %.3f |'):format(way[1], bytes, 100 * accuracy, loss))
end
