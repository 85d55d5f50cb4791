--- Training by several ranks against training by one: every rank runs this, and computes by itself what all samples give.
local check = dofile((arg[0]:match('^(.*/)') or './') .. '../lua/check.lua')
local eq, ok, error_ = check.eq, check.ok, check.error
require 'nn'
require 'optim'
local dist, data = require 'dist', require 'data'
local rank, size = dist.rank(), dist.size()

local function near(a, b, what, tolerance)
   local d = (a:double() - b:double()):abs():max()
   if not ok(d <= (tolerance or 1e-12), what) then print(('   they differ by %g'):format(d)) end
end
local function everywhere(x, what)
   local all = dist.allGather(x:clone())
   for r = 1, size do ok(all[r]:ne(x):sum() == 0, what .. ': every rank has the same bits') end
end
local function rows_of(n) -- first and number of this rank's
   local first = math.floor(rank * n / size)
   return first + 1, math.floor((rank + 1) * n / size) - first
end

local function new_net(norm)
   torch.manualSeed(3)
   local net = nn.Sequential():add(nn.Linear(5, 8)):add(nn.Tanh())
   if norm then net:add(nn.BatchNormalization(8)) end
   return net:add(nn.Linear(8, 3)):add(nn.LogSoftMax())
end
torch.manualSeed(1)
local x, y = torch.randn(25, 5), torch.range(0, 24):remainder(3):add(1)

-- Parameters after some steps; first, n: rows that are seen.
local function train(net, first, n, config, inputs)
   local criterion, loss = nn.ClassNLLCriterion(), nil
   local params, grads = net:getParameters()
   local xs, ys = (inputs or x):narrow(1, first, n), y:narrow(1, first, n)
   for _ = 1, 4 do
      optim.sgd(function()
         grads:zero()
         loss = criterion:forward(net:forward(xs), ys)
         net:backward(xs, criterion:backward(net.output, ys))
         return loss, grads
      end, params, config or {learningRate = 0.5})
   end
   return params, loss
end

-- ---- one batch, shared ----

local whole, whole_loss = train(new_net(), 1, 25)
local first, n = rows_of(25)
local own = train(dist.DataParallel(new_net()), first, n) -- ranks have different numbers of rows
near(own, whole, 'a batch of its own for each rank')
everywhere(own, 'a batch of its own for each rank')
local split, split_loss = train(dist.DataParallel(new_net(), {split = true}), 1, 25)
near(split, whole, 'whole batches, of which each computes its rows')
near(torch.Tensor{split_loss}, torch.Tensor{whole_loss}, 'loss of whole batches')
everywhere(split, 'whole batches')
near(train(dist.DataParallel(new_net(), {overlap = false}), first, n), whole, 'without overlap')
local few = dist.DataParallel(new_net(), {split = true})
near(few:forward(x:narrow(1, 1, 1)), new_net():forward(x:narrow(1, 1, 1)), 'a batch smaller than the job')
local _, few_grads = few:getParameters()
few_grads:zero()
few:backward(x:narrow(1, 1, 1), torch.ones(1, 3))
local one = new_net()
local _, one_grads = one:getParameters()
one_grads:zero()
one:forward(x:narrow(1, 1, 1))
one:backward(x:narrow(1, 1, 1), torch.ones(1, 3))
near(few_grads, one_grads, 'gradients of a batch smaller than the job')

local net = new_net()
local params, grads = net:getParameters()
local parallel = dist.DataParallel(net)
local p, g = parallel:getParameters()
ok(p:data() == params:data() and g:data() == grads:data(), 'vectors that the script has already stay')
torch.manualSeed(rank)
local random = dist.DataParallel(nn.Linear(4, 4))
everywhere((random:getParameters()), 'parameters are rank 0\'s at first')
parallel:synchronize(false)
g:zero()
parallel:forward(x:narrow(1, first, n))
parallel:backward(x:narrow(1, first, n), torch.Tensor(n, 3):fill(rank + 1))
local alone = g:clone()
parallel:synchronize(true)
g:zero()
parallel:forward(x:narrow(1, first, n))
parallel:backward(x:narrow(1, first, n), torch.Tensor(n, 3):fill(rank + 1))
if size > 1 then ok(alone:ne(g):sum() > 0, 'synchronize(false) leaves gradients alone') end
local copy = parallel:clone()
ok(torch.isTypeOf(copy, 'dist.DataParallel') and copy:getParameters():ne(p):sum() == 0, 'a net is cloned')
check.match(tostring(parallel), 'dist.DataParallel, ' .. size .. ' ranks @ nn.Sequential', 'text')

-- ---- buckets ----

local function large(options) -- some 360,000 parameters
   torch.manualSeed(2)
   local big = nn.Sequential():add(nn.Linear(5, 600)):add(nn.ReLU()):add(nn.Linear(600, 600)):add(nn.ReLU()):add(nn.Linear(600, 3)):add(nn.LogSoftMax())
   return (train(dist.DataParallel(big, options), first, n))
end
local buckets = large()
everywhere(buckets, 'two buckets')
ok(large{bucket = 3}:ne(buckets):sum() == 0, 'bits do not depend on the size of buckets')
ok(large{overlap = false}:ne(buckets):sum() == 0, 'nor on overlap')

-- A module that runs twice in a pass is waited for.
local function twice(wrap)
   torch.manualSeed(4)
   local linear = nn.Linear(5, 5)
   local net = nn.Sequential():add(linear):add(nn.Tanh()):add(linear:clone('weight', 'bias', 'gradWeight', 'gradBias')):add(linear):add(nn.Linear(5, 3))
   return net:add(nn.LogSoftMax())
end
near(train(dist.DataParallel(twice()), first, n), train(twice(), 1, 25), 'shared parameters, and a module that is used twice')

-- ---- normalisation over all ranks ----

local normal, synced = new_net(true), dist.syncBatchNorm(new_net(true))
eq(torch.type(synced:get(3)), 'dist.SyncBatchNormalization', 'syncBatchNorm')
near(train(dist.DataParallel(synced), first, n), train(normal, 1, 25), 'SyncBatchNormalization', 1e-10)
near(synced:get(3).running_mean, normal:get(3).running_mean, 'running means', 1e-12)
near(synced:get(3).running_var, normal:get(3).running_var, 'running variances', 1e-12)
synced:evaluate()
normal:evaluate()
near(synced:forward(x), normal:forward(x), 'in use', 1e-10)
local images = torch.randn(4, 3, 2, 2)
local plain, spatial = nn.SpatialBatchNormalization(3), dist.syncBatchNorm(nn.Sequential():add(nn.SpatialBatchNormalization(3)))
spatial:get(1).weight:copy(plain.weight)
near(spatial:forward(images), plain:forward(images), 'images, the same on every rank', 1e-12)
near(spatial:backward(images, images), plain:backward(images, images), 'their gradients', 1e-11)
spatial:clearState()
spatial:evaluate()
eq(spatial:forward(images):dim(), 4, 'after clearState')

-- ---- the state of an optimizer, spread ----

local function adam(make, steps, state)
   torch.manualSeed(3)
   local net = dist.DataParallel(new_net())
   local params, grads = net:getParameters()
   local step, criterion = make(net), nn.ClassNLLCriterion()
   if state then step.resume(state.state) params:copy(state.params) end
   for _ = 1, steps do
      step.step(function()
         grads:zero()
         local loss = criterion:forward(net:forward(x:narrow(1, first, n)), y:narrow(1, first, n))
         net:backward(x:narrow(1, first, n), criterion:backward(net.output, y:narrow(1, first, n)))
         return loss, grads
      end)
   end
   return params, step
end
local function spread(net)
   local o = dist.Optimizer(net, 'adam', {learningRate = 0.1})
   return {step = function(f) return o:step(f) end, resume = function(s) o:resume(s) end, state = function() return o:state() end, o = o}
end
local whole_adam = adam(function(net)
   local params, state = net:getParameters(), {}
   return {step = function(f) optim.adam(f, params, {learningRate = 0.1}, state) end}
end, 6)
local spread_adam, optimizer = adam(spread, 6)
ok(spread_adam:ne(whole_adam):sum() == 0, 'a spread Adam gives the same bits')
local _, count = rows_of(spread_adam:nElement())
eq(optimizer.o.own.m:nElement(), count, 'each rank keeps its part of the state')
local half, half_optimizer = adam(spread, 3)
local state = half_optimizer.state()
eq(state.m:nElement(), half:nElement(), 'the state of all')
ok(adam(spread, 3, {state = state, params = half:clone()}):ne(whole_adam):sum() == 0, 'and going on with it')

-- ---- fewer bytes ----

for _, way in ipairs{'half', 'signs', 'topk'} do
   local before = dist.statistics()
   large()
   local plain_bytes = dist.statistics() - before
   before = dist.statistics()
   local got = large{compress = way}
   local bytes = dist.statistics() - before
   everywhere(got, way)
   if size > 1 then ok(bytes < plain_bytes * 0.8, way .. ': fewer bytes') end
   -- what is lost is not lost: sums of many equal gradients come out right
   local g, sum = torch.linspace(-1, 1, 3000):mul(rank + 1), torch.zeros(3000)
   local residual = torch.zeros(3000)
   local mean = dist.allReduce(g:clone(), 'mean')
   for _ = 1, 300 do
      local x = g:clone()
      require('dist.compress')[way](x, residual, 0.05):wait()
      sum:add(x)
   end
   near(sum / 300, mean, way .. ': error feedback', 0.05 * size)
end
error_(function() dist.DataParallel(nn.Linear(2, 2), {compress = 'zip'}) end, "dist.DataParallel: argument #2 %(options%): compress: 'half', 'signs' or 'topk' expected, got 'zip'", 'no such way')
error_(function() dist.DataParallel(nn.Linear(2, 2), {buckets = 2}) end, "no option 'buckets'; did you mean 'bucket'%?", 'no such option')
error_(function() dist.DataParallel(3) end, 'dist.DataParallel: argument #1 %(net%): nn.Module expected', 'no net')

-- ---- steps alone ----

local lone = new_net()
local average = dist.localSGD(lone, 2)
local lone_params = (require('dist.flat').vectors(lone))
lone_params:fill(rank)
average()
eq(lone_params[1], rank, 'local SGD: a step alone')
average()
eq(lone_params[1], (size - 1) / 2, 'local SGD: the second step is shared')

-- ---- batches ----

local set = data.tensors(torch.range(1, 23):view(-1, 1), torch.range(1, 23))
local seen, batches = torch.zeros(23), dist.batches(set, {size = 8, shuffle = true, seed = 5})
local reference = set:batches{size = 8, shuffle = true, seed = 5}
for xs, ys in batches do
   local list = dist.gatherObjects(ys)
   local joined, expected = {}, select(2, reference())
   for _, t in ipairs(list) do for i = 1, t:dim() > 0 and t:size(1) or 0 do joined[#joined + 1] = t[i] end end
   eq(joined, expected:totable(), 'parts of a batch, joined, are the batch')
end

-- ---- files and interrupts ----

local name = dist.broadcastObject(rank == 0 and os.tmpname() or nil)
dist.save(name, {1, rank})
eq(dist.load(name), {1, 0}, 'rank 0 saves, and loads for all')
if rank == 0 then os.remove(name) end
dist.barrier()
eq(dist.load(name), nil, 'no such file')
error_(function() dist.save('/nonexistent/x', 1) end, 'dist.save: rank 0: .*/nonexistent/x', 'rank 0 tells all')
eq(dist.interrupted(), false, 'nobody pressed Ctrl-C')

local failed = dist.allReduce(torch.Tensor{check.failed})[1]
if rank == 0 or check.failed > 0 then print(('%d passed, %d failed'):format(check.passed, failed)) end
os.exit(failed == 0 and 0 or 1)
