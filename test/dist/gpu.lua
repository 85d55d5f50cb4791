--- Tensors of simulated GPUs between ranks, and training on them, against the CPU.
local check = dofile((arg[0]:match('^(.*/)') or './') .. '../lua/check.lua')
local eq, ok, error_ = check.eq, check.ok, check.error
if not pcall(require, 'cunn') then
   print('skipped: this build has no simulator of GPUs')
   os.exit(77)
end
require 'optim'
local dist = require 'dist'
local rank, size = dist.rank(), dist.size()
cutorch.setDevice(dist.localRank() % cutorch.getDeviceCount() + 1)

local function same(x, y) return x:type() == y:type() and x:isSameSizeAs(y) and x:double():ne(y:double()):sum() == 0 end

-- ---- every type, every layout: as the CPU's ----

local layouts = {
   contiguous = function(x) return x:clone() end,
   transposed = function(x) return x.new(4, 3):t():copy(x) end,
   narrowed = function(x) return x.new(3, 9):narrow(2, 3, 4):copy(x) end,
}
for _, name in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', '', 'Double', 'Half'} do
   local host = torch.range(0, 11):add(rank):remainder(5):view(3, 4):type(('torch.%sTensor'):format(name == '' and 'Float' or name))
   local remote = ('torch.Cuda%sTensor'):format(name)
   local mine, rows = host:type(remote), torch.expand(host:view(1, 3, 4), size, 3, 4)
   for layout, make in pairs(layouts) do
      local what = name .. ' ' .. layout .. ': '
      for _, op in ipairs{'sum', 'max', 'min'} do
         ok(same(dist.allReduce(make(mine), op), dist.allReduce(host:clone(), op):type(remote)), what .. 'allReduce ' .. op)
      end
      ok(same(dist.broadcast(make(mine), size - 1), dist.broadcast(host:clone(), size - 1):type(remote)), what .. 'broadcast')
      ok(same(dist.allGather(make(mine)), dist.allGather(host):type(remote)), what .. 'allGather')
      ok(same(dist.reduceScatter(rows:type(remote)), dist.reduceScatter(rows):type(remote)), what .. 'reduceScatter')
      if size > 1 then
         local got = make(mine)
         local sending, receiving = dist.async.send(make(mine), (rank + 1) % size), dist.async.recv(got, (rank - 1) % size)
         receiving:wait()
         sending:wait()
         ok(same(got, dist.allGather(mine)[(rank - 1) % size + 1]), what .. 'send and recv')
      end
   end
end
local x = dist.allReduce(torch.CudaTensor{rank}, 'mean')
eq({x[1], x:getDevice()}, {(size - 1) / 2, cutorch.getDevice()}, 'a mean, where it was asked for')
eq(dist.allReduce(torch.CudaTensor()):dim(), 0, 'an empty tensor')
local ends = dist.group(size > 1 and {size - 1, 0} or {0})
if ends then eq(dist.allReduce(torch.CudaTensor{1}, 'sum', ends)[1], dist.size(ends), 'in a group') end
eq(dist.broadcastObject(rank == 0 and {torch.CudaTensor{3}} or nil)[1][1], 3, 'an object')
error_(function() dist.allReduce(torch.CudaIntTensor(2), 'mean') end, 'a mean is of floating%-point numbers', 'mean of integers')
ok(dist.localRank() == rank, 'the ranks of one machine are counted')

-- ---- training ----

torch.manualSeed(1)
local inputs, labels = torch.randn(24, 5):float(), torch.range(0, 23):remainder(3):add(1)
local first, n = rank * 24 / size, 24 / size
local function train(type_, from, count, wrap)
   torch.manualSeed(3)
   local net = nn.Sequential():add(nn.Linear(5, 8)):add(nn.BatchNormalization(8)):add(nn.Tanh()):add(nn.Linear(8, 3)):add(nn.LogSoftMax()):type(type_)
   net = wrap and wrap(net) or net
   local criterion, params, grads = nn.ClassNLLCriterion():type(type_), net:getParameters()
   local xs, ys = inputs:narrow(1, from + 1, count):type(type_), labels:narrow(1, from + 1, count):type(type_)
   for _ = 1, 4 do
      optim.sgd(function()
         grads:zero()
         local loss = criterion:forward(net:forward(xs), ys)
         net:backward(xs, criterion:backward(net.output, ys))
         return loss, grads
      end, params, {learningRate = 0.3})
   end
   return params:double()
end
local function near(a, b, what, tolerance)
   local d = (a - b):abs():max()
   if not ok(d < (tolerance or 1e-5), what) then print(('   they differ by %g'):format(d)) end
end
local whole = train('torch.FloatTensor', 0, 24)
local function parallel(options)
   return function(net) return dist.DataParallel(dist.syncBatchNorm(net), options) end
end
local own = train('torch.CudaTensor', first, n, parallel())
near(own, whole, 'a batch of its own for each rank')
local all = dist.allGather(own)
for r = 1, size do eq(all[r]:ne(own):sum(), 0, 'every rank has the same bits') end
near(train('torch.CudaTensor', 0, 24, parallel{split = true}), whole, 'whole batches')
near(train('torch.CudaTensor', first, n, parallel{compress = 'half'}), whole, 'half', 0.01)
for _, way in ipairs{'signs', 'topk'} do ok(train('torch.CudaTensor', first, n, parallel{compress = way}):abs():max() < 10, way) end

local function spread(type_)
   torch.manualSeed(3)
   local net = dist.DataParallel(nn.Linear(5, 3):type(type_))
   local o = dist.Optimizer(net, 'adam', {learningRate = 0.1})
   local xs = inputs:narrow(1, first + 1, n):type(type_)
   for _ = 1, 3 do
      o:step(function()
         o.grads:zero()
         net:backward(xs, net:forward(xs):clone())
         return 0, o.grads
      end)
   end
   return o.params:double()
end
near(spread('torch.CudaTensor'), spread('torch.FloatTensor'), 'a spread Adam')

local failed = dist.allReduce(torch.Tensor{check.failed})[1]
if rank == 0 or check.failed > 0 then print(('%d passed, %d failed'):format(check.passed, failed)) end
os.exit(failed == 0 and 0 or 1)
