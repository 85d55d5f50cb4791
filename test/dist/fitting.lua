--- train.fit by several ranks against the same by one: every rank runs both.
local check = dofile((arg[0]:match('^(.*/)') or './') .. '../lua/check.lua')
local eq, ok = check.eq, check.ok
require 'nn'
require 'optim'
local dist, data, train = require 'dist', require 'data', require 'train'
local rank, size = dist.rank(), dist.size()

torch.manualSeed(1)
local x = torch.randn(70, 4)
local learn, test = data.tensors(x, x:narrow(2, 1, 2):sum(2):gt(0):double():add(1):view(-1)):split(0.7)
local path = dist.broadcastObject(rank == 0 and os.tmpname() or nil)
local function clean() if rank == 0 then os.execute(('rm -rf %s %s.*'):format(path, path)) end end
clean()
dist.barrier()

local function options(parallel, more)
   torch.manualSeed(7)
   local net = nn.Sequential():add(nn.Linear(4, 8)):add(nn.Tanh()):add(nn.Linear(8, 2)):add(nn.LogSoftMax())
   local o = {net = parallel and dist.DataParallel(net, type(parallel) == 'table' and parallel or nil) or net, criterion = nn.ClassNLLCriterion(),
      data = learn:batches{size = 9, shuffle = true, seed = 3}, validation = test:batches{size = 7}, epochs = 3, method = 'adam',
      schedule = train.cosine{rate = 0.05, length = 3}, clip = {norm = 1}, metrics = {train.accuracy(), train.f1(), train.perplexity()},
      verbose = false, progress = false}
   for k, v in pairs(more or {}) do o[k] = v end
   o.validation = o.validation or nil -- false: none
   return o
end

local function near(a, b, what) ok(math.abs(a - b) <= 1e-9 * (1 + math.abs(b)), ('%s: %.17g and %.17g'):format(what, a, b)) end
local function same(run, reference, what)
   local p, q = run.net:getParameters(), reference.net:getParameters()
   ok((p - q):abs():max() < 1e-9, what .. ': parameters')
   local all = dist.allGather(p:clone())
   for r = 1, size do eq(all[r]:ne(p):sum(), 0, what .. ': the same bits on every rank') end
   eq({#run.history, run.step}, {#reference.history, reference.step}, what .. ': epochs and steps')
   for k, entry in ipairs(reference.history) do
      for name, v in pairs(entry) do near(run.history[k][name], v, ('%s: %s of epoch %d'):format(what, name, k)) end
   end
end

local whole = train.fit(options())
same(train.fit(options(true)), whole, 'by rank')
same(train.fit(options{split = true}), whole, 'split')
local without = {validation = false}
same(train.fit(options(true, without)), train.fit(options(nil, without)), 'metrics in training')
local accumulated = {accumulate = 3}
same(train.fit(options(true, accumulated)), train.fit(options(nil, accumulated)), 'steps of three batches')

-- numbers, and metrics that are no sums
local function regression(parallel)
   torch.manualSeed(5)
   local net, set = nn.Linear(4, 1), data.tensors(x, x:sum(2):gt(0):double())
   return train.fit{net = parallel and dist.DataParallel(net) or net, criterion = nn.MSECriterion(), data = set:batches{size = 10}, epochs = 2,
      progress = false, config = {learningRate = 0.1}, metrics = {train.r2(), train.auc(), train.mse(), train.mae()}, verbose = false}
end
same(regression(true), regression(), 'r2, auc, mse, mae')

-- ---- files ----

local stop = {step = function(_, run)
   if run.step == 7 then error('killed', 0) end
end}
local o = options(true, {checkpoint = path, every = 3, callbacks = {stop}, validation = false})
check.error(function() train.fit(o) end, 'killed', 'a run that ends in an epoch')
if rank == 0 then eq(torch.load(path).step, 6, 'is saved after the epoch') end
local best, log = path .. '.best', path .. '.log'
local resumed = train.fit(options(true, {checkpoint = path, validation = false, callbacks = {train.best(best), train.logger(log)}}))
same(resumed, train.fit(options(nil, without)), 'and goes on')
dist.barrier()
if rank == 0 then
   eq(torch.typename(torch.load(best)), 'nn.Sequential', 'the best net is that which was parallel')
   local lines = 0
   for _ in io.lines(log) do lines = lines + 1 end
   eq(lines, 4, 'one rank writes the log')
end
eq(resumed.net.modules[1].train, true, 'a net in training')

-- ---- random numbers, running means, early ends ----

torch.manualSeed(1)
local noisy = nn.Sequential():add(nn.Linear(4, 4)):add(nn.BatchNormalization(4)):add(nn.Dropout(0.5)):add(nn.Linear(4, 2)):add(nn.LogSoftMax())
local draws = {}
local run = train.fit(options(nil, {net = dist.DataParallel(noisy), callbacks = {{step = function() draws[#draws + 1] = torch.initialSeed() end}}}))
local means = dist.allGather(noisy:get(2).running_mean)
for r = 1, size do eq(means[r]:ne(means[1]):sum(), 0, 'running means are rank 0\'s in the end') end
local seeds = dist.gatherObjects(draws[1])
for r = 2, size do ok(seeds[r] ~= seeds[1], 'ranks draw other random numbers') end
eq(#run.history, 3, 'a noisy net')

local left = 0
local uneven = train.fit(options(true, {validation = false, epochs = 2, data = function()
   left = left == 0 and 6 + rank or left - 1 -- rank 0 has five batches, others more
   if left > 0 then return x:narrow(1, 1, 4), torch.ones(4) end
end}))
eq(dist.gatherObjects(uneven.step)[size], uneven.step, 'the first rank without a batch ends the epoch')

local ended = train.fit(options(true, {epochs = 9, callbacks = {function(r) r.stop = r.ranks.rank == size - 1 and r.epoch > 2 end}}))
eq(#ended.history, 2, 'one rank may end the training')
clean()

local failed = dist.allReduce(torch.Tensor{check.failed})[1]
if rank == 0 or check.failed > 0 then print(('%d passed, %d failed'):format(check.passed, failed)) end
os.exit(failed == 0 and 0 or 1)
