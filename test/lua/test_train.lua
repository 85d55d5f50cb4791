--- train: schedules, clipping, averages, initializers, metrics, optimizers with groups, the loop and its resuming.
require 'nn'
require 'optim'
local data, train = require 'data', require 'train'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
local eq, ok, match = check.eq, check.ok, check.match

local folder = os.tmpname()
os.remove(folder)
os.execute('mkdir ' .. folder)
local function file(name) return folder .. '/' .. name end
local function close(a, b, what, tolerance) return ok(math.abs(a - b) <= (tolerance or 1e-12) * math.max(1, math.abs(b)),
      what .. ': ' .. tostring(a) .. ' for ' .. b) end
local function refused(f, message, what) check.error(f, 'test_train.lua:%d+: train%.' .. message, what) end

do -- schedules
   local function rates(schedule, times, expected, what)
      for k, t in ipairs(times) do close(schedule:at(t), expected[k], what .. ' at ' .. t) end
   end
   rates(train.constant(0.1), {0, 9}, {0.1, 0.1}, 'constant')
   rates(train.step{rate = 1, every = 10}, {0, 9.9, 10, 25}, {1, 1, 0.1, 0.01}, 'step')
   rates(train.multiStep{rate = 1, at = {3, 5}, factor = 0.5}, {2.9, 3, 5}, {1, 0.5, 0.25}, 'multiStep')
   rates(train.exponential{rate = 2, factor = 0.5}, {0, 1, 2.5}, {2, 1, 2 * 0.5 ^ 2.5}, 'exponential')
   rates(train.cosine{rate = 1, length = 10, least = 0.2}, {0, 5, 10, 50}, {1, 0.6, 0.2, 0.2}, 'cosine')
   rates(train.cosine{rate = 1, length = 2, restarts = true, grow = 2}, {0, 1, 2, 4, 6, 10}, {1, 0.5, 1, 0.5, 1, 0.5}, 'restarts')
   rates(train.oneCycle{rate = 1, length = 10}, {0, 3, 10, 11}, {1 / 25, 1, 1e-4, 1e-4}, 'oneCycle')
   rates(train.warmUp(train.constant(1), 4, 0.2), {0, 2, 4}, {0.2, 0.6, 1}, 'warmUp')
   local plateau = train.warmUp(train.plateau{rate = 1, patience = 1, factor = 0.5, least = 0.3}, 1)
   for _, loss in ipairs{3, 2, 2, 2} do plateau:observe(loss) end
   close(plateau:at(9), 0.5, 'plateau')
   plateau = torch.deserialize(torch.serialize(plateau))
   for _, loss in ipairs{2, 2, 2, 2} do plateau:observe(loss) end
   close(plateau:at(9), 0.3, 'its least')
   local up = train.plateau{rate = 1, patience = 0, mode = 'max'}
   up:observe(1)
   up:observe(2)
   close(up:at(0), 1, 'more is better')
   refused(function() train.step{rate = 1} end, 'step: argument #1 %(options%): every: number above 0 expected, got nothing', 'what is missing')
   refused(function() train.cosine{rate = 1, lenght = 3} end, "cosine: argument #1 %(options%): no option 'lenght'; did you mean 'length'", 'misspelled')
   refused(function() train.warmUp(3, 1) end, 'warmUp: argument #1 %(schedule%)', 'no schedule')
end

do -- gradients
   local a, b = torch.Tensor{3, 0}, torch.Tensor{4}
   close(train.clipNorm({a, b}, 1), 5, 'clipNorm tells the norm')
   close(a:norm() ^ 2 + b:norm() ^ 2, 1, 'and scales to it')
   close(train.clipNorm({a, b}, 7), 1, 'small ones stay')
   close(train.clipNorm(torch.Tensor{-4, 3}, 1, math.huge), 4, 'the largest element')
   close(train.clipNorm(torch.Tensor{-4, 3}, 1, 1), 7, 'the sum')
   local g = torch.Tensor{-3, 0.5, 3}
   train.clipValue(g, 1)
   eq(g:totable(), {-1, 0.5, 1}, 'clipValue')
   refused(function() train.clipNorm(g, 0) end, 'clipNorm: argument #2 %(limit%): number above 0 expected, got', 'no limit')
end

do -- averages
   local p = torch.Tensor{1}
   local ema, swa = train.ema(p, 0.5), train.swa(p)
   for v = 2, 4 do
      p[1] = v
      ema:update(p)
      swa:update(p)
   end
   close(ema.mean[1], ((1 * 0.5 + 2 * 0.5) * 0.5 + 3 * 0.5) * 0.5 + 4 * 0.5, 'ema')
   close(swa.mean[1], 3, 'swa')
   swa:swap(p)
   eq({p[1], swa.mean[1]}, {3, 4}, 'swap')
   refused(function() train.ema(p, 1) end, 'ema: argument #2 %(decay%)', 'no decay')
end

do -- initializers
   torch.manualSeed(1)
   local w = torch.Tensor(300, 200)
   close(train.xavier(w):std(), math.sqrt(2 / 500), 'xavier', 0.01)
   ok(w:max() <= math.sqrt(6 / 500), 'is uniform')
   close(train.xavierNormal(w, 2):std(), 2 * math.sqrt(2 / 500), 'xavierNormal', 0.01)
   close(train.kaiming(w):std(), math.sqrt(2 / 200), 'kaiming', 0.01)
   close(train.kaimingNormal(w, 1):std(), math.sqrt(1 / 200), 'kaimingNormal', 0.01)
   close(train.kaiming(torch.Tensor(64, 8, 5, 5)):std(), math.sqrt(2 / 200), 'of a convolution', 0.02)
   for _, sizes in ipairs{{5, 3}, {3, 5}, {4, 2, 3, 1}} do
      local o = train.orthogonal(torch.Tensor(unpack(sizes)), 2)
      local m = o:view(sizes[1], -1)
      local p = m:size(1) > m:size(2) and m:t() * m or m * m:t()
      ok((p - torch.eye(p:size(1)) * 4):abs():max() < 1e-9, 'orthogonal ' .. table.concat(sizes, ' x '))
   end
   local t = train.truncatedNormal(torch.Tensor(20000), 3, 1, 1)
   ok(t:max() <= 4 and t:min() >= -2 and math.abs(t:mean() - 1) < 0.1, 'truncatedNormal')
   local g = torch.Generator()
   torch.manualSeed(g, 4)
   local first = train.kaiming(torch.Tensor(3, 3), nil, g):clone()
   torch.manualSeed(g, 4)
   eq(train.kaiming(torch.Tensor(3, 3), nil, g):eq(first):sum(), 9, 'the generator decides')
   local net = train.initialize(nn.Sequential():add(nn.Linear(4, 5)):add(nn.BatchNormalization(5)), 'orthogonal')
   eq(net:get(1).bias:abs():sum(), 0, 'initialize: biases')
   close((net:get(1).weight:t() * net:get(1).weight - torch.eye(4)):abs():max(), 0, 'and weights', 1e-9)
   refused(function() train.xavier(torch.ones(3)) end, 'xavier: argument #1 %(weight%)', 'a vector')
   refused(function() train.initialize(net, 'none') end, 'initialize: argument #2 %(f%)', 'no function')
end

-- A metric of all at once, and in pieces.
local function value(metric, outputs, targets)
   local whole = metric:reset():add(outputs, targets):value()
   metric:reset()
   for first = 1, outputs:size(1), 3 do
      local n = math.min(3, outputs:size(1) - first + 1)
      metric:add(outputs:narrow(1, first, n), targets:narrow(1, first, n))
   end
   close(metric:value(), whole, metric.name .. ': over batches')
   return whole
end

do -- metrics
   local scores = torch.Tensor{{3, 2, 1}, {1, 3, 2}, {1, 2, 3}, {3, 2, 1}, {2, 3, 1}}
   local targets = torch.LongTensor{1, 2, 1, 2, 2}
   close(value(train.accuracy(), scores, targets), 3 / 5, 'accuracy')
   close(value(train.topk(2), scores, targets), 4 / 5, 'topk')
   -- predicted 1 2 3 1 2: precision 1/2, 1, 0; recall 1/2, 2/3, 0
   close(value(train.precision(), scores, targets), (1 / 2 + 1) / 3, 'precision')
   close(value(train.recall{average = 'macro'}, scores, targets), (1 / 2 + 2 / 3) / 3, 'recall')
   close(value(train.f1(), scores, targets), (1 / 2 + 4 / 5) / 3, 'f1')
   close(value(train.f1{average = 'micro'}, scores, targets), 3 / 5, 'micro')
   close(value(train.precision{class = 2}, scores, targets), 1, 'of one class')
   local p, t = torch.Tensor{0.9, 0.2, 0.6, 0.2, 0.4}, torch.Tensor{1, 0, 0, 1, 1}
   close(value(train.accuracy(), p, t), 2 / 5, 'accuracy of two classes')
   close(value(train.recall(), p:view(-1, 1), t), 1 / 3, 'recall of two classes')
   -- pairs: .9 beats both; .2 ties with .2, below .6; .4 above .2, below .6
   close(value(train.auc(), p, t), (2 + 0.5 + 1) / 6, 'auc, with a tie')
   close(value(train.auc(), torch.cat(1 - p:view(-1, 1), p:view(-1, 1), 2), t + 1), 3.5 / 6, 'auc of two columns')
   local unordered = train.auc()
   unordered:add(torch.Tensor{0.9, 0 / 0, 0.6}, torch.Tensor{1, 0, 1})
   check.ok(unordered:value() ~= unordered:value(), 'auc with a NaN')
   check.error(function() train.auc():add(p, t:narrow(1, 1, 3)) end, 'train.auc.add: 5 outputs and 3 targets', 'auc of other sizes')
   local x, y = torch.Tensor{1, 2, 4, 5}, torch.Tensor{1, 3, 4, 9}
   close(value(train.mse(), x, y), 17 / 4, 'mse')
   close(value(train.mae(), x, y), 5 / 4, 'mae')
   local spread = (y - y:mean()):pow(2):sum()
   close(value(train.r2(), x, y), 1 - 17 / spread, 'r2')
   close(train.r2():add(x + 1e8, y + 1e8):value(), 1 - 17 / spread, 'r2 far from 0', 1e-6)
   local logs = torch.log(torch.Tensor{{0.5, 0.5}, {0.25, 0.75}})
   close(value(train.perplexity(), logs, torch.LongTensor{1, 1}), math.sqrt(8), 'perplexity')
   close(train.perplexity():add(logs:view(1, 2, 2), torch.LongTensor{{1, 1}}):value(), math.sqrt(8), 'of sequences')
   ok(train.accuracy():value() ~= train.accuracy():value(), 'nothing is NaN')
   refused(function() train.mse():add(x, torch.ones(3)) end, 'mse.add: 4 outputs and 3 targets', 'sizes')
   refused(function() train.f1{average = 'all'} end, "f1: argument #1 %(options%): average: 'macro' or 'micro'", 'no such average')
end

do -- optimizers with groups
   local net = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Tanh()):add(nn.Linear(3, 1))
   local optimizer = train.optimizer(net, 'sgd', {learningRate = 1, weightDecay = 0.5}, {{match = 'bias', rate = 0.1, weightDecay = 0}})
   eq(#optimizer.parts, 4, 'pieces of groups')
   local before = optimizer.params:clone()
   eq(optimizer:step(function(p)
      optimizer.grads:fill(1)
      return 7, optimizer.grads
   end), 7, 'the loss')
   local w, b = net:get(1).weight, net:get(3).bias
   close((w - (before:narrow(1, 1, 6):view(3, 2) * 0.5 - 1)):abs():max(), 0, 'weights: decay and the whole rate')
   close(b[1] - (before[13] - 0.1), 0, 'biases: a tenth of it')
   optimizer:rate(2)
   eq({optimizer.parts[1].config.learningRate, optimizer.parts[2].config.learningRate}, {2, 0.2}, 'rate')
   eq(#train.optimizer(net, 'adam').parts, 1, 'without groups')
   refused(function() train.optimizer(net, 'adm') end, "optimizer: argument #2 %(method%): name of a method of optim", 'no method')
   refused(function() train.optimizer(net, 'sgd', {}, {{rate = 1}}) end, 'optimizer: argument #4 %(groups%): group 1', 'no match')
end

-- ---- the loop ----

torch.manualSeed(1)
local inputs = torch.randn(60, 4)
local targets = inputs:narrow(2, 1, 2):sum(2):gt(0):double():add(1):view(-1)
local set = data.tensors(inputs, targets)
local learn, test = set:split(0.8)

local function options(more)
   torch.manualSeed(7)
   local o = {net = nn.Sequential():add(nn.Linear(4, 8)):add(nn.BatchNormalization(8)):add(nn.ReLU()):add(nn.Dropout(0.2)):add(nn.Linear(8,
      2)):add(nn.LogSoftMax()),
      criterion = nn.ClassNLLCriterion(), data = learn:map(function(x, y, g) return x + torch.randn(g, 4) * 0.1, y end):batches{size = 7,
      shuffle = true, seed = 3},
      validation = test:batches{size = 5}, epochs = 3, method = 'adam', schedule = train.cosine{rate = 0.02, length = 3}, metrics = {train.accuracy()},
      clip = {norm = 1}, ema = 0.9, verbose = false, progress = false}
   for k, v in pairs(more or {}) do o[k] = v end
   return o
end

-- What a run has come to, to the bit.
local function bits(run)
   local state, list = run.optimizer.parts[1].state, {}
   for _, t in ipairs{(run.net:getParameters()), run.net:get(2).running_mean, run.average.mean, state.m,
      state.v} do list[#list + 1] = torch.serialize(t:clone()) end
   for _, entry in ipairs(run.history) do
      for _, name in ipairs{'epoch', 'loss', 'validLoss', 'accuracy', 'rate'} do list[#list + 1] = ('%.17g'):format(entry[name]) end
   end
   return table.concat(list, ' ')
end

do
   local whole = train.fit(options())
   eq({#whole.history, whole.epoch, whole.step}, {3, 4, 21}, 'fit')
   ok(whole.history[3].loss < whole.history[1].loss and whole.history[3].accuracy > 0.5 and whole.history[2].validLoss, 'it learns')
   close(whole.history[1].rate, 0.02 * (1 + math.cos(math.pi * 6 / 7 / 3)) / 2, 'the schedule goes on within epochs')
   -- the same, killed in the midst of the second epoch and after the second
   local path = file('run.t7')
   local stop = {step = function(_, run)
      if run.step == 11 then
         run.save()
         error('killed', 0)
      end
   end}
   check.error(function() train.fit(options{checkpoint = path, callbacks = {stop}}) end, 'killed', 'a callback that raises')
   torch.manualSeed(99)
   local o = options{checkpoint = path, epochs = 2}
   torch.manualSeed(99)
   train.fit(o)
   o = options{checkpoint = path}
   torch.manualSeed(100)
   local resumed = train.fit(o)
   ok(resumed.net == o.net, 'the net is the one that was given')
   eq(resumed.step, 21, 'steps')
   check.match(tostring(resumed), '^run of train.fit: 3 of 3 epochs, loss [%d.e-]+, in validation [%d.e-]+; fields', 'a run prints as a line')
   ok(bits(resumed) == bits(whole), 'resumed, it ends with the same bits')
   check.error(function() train.fit(options{checkpoint = path, data = data.tensors(torch.ones(3, 4), torch.ones(3, 1)):batches{size = 1}}) end,
      'train.fit: .* holds a run on other data %(the state is of batches with size = .*; remove it, name another checkpoint, or say resume = false',
      'a run on other data')
   eq(train.fit(options{checkpoint = path, resume = false, epochs = 1}).step, 7, 'resume = false')
   local saves = 0
   train.fit(options{checkpoint = file('every.t7'), every = 2, epochs = 1, callbacks = {{step = function(_, run)
      run.save = run.save_ or run.save
      run.save_ = run.save
      run.save = function() saves = saves + 1 end
   end}}})
   eq(saves, 4, 'every: 2, 4 and 6 of 7 steps, and the end')

   -- ten batches of one and one of ten give the same gradients
   local function step_of(size, accumulate)
      torch.manualSeed(2)
      local net = nn.Sequential():add(nn.Linear(4, 2)):add(nn.LogSoftMax())
      train.fit{net = net, criterion = nn.ClassNLLCriterion(), data = set:subset(1, 20):batches{size = size}, epochs = 1, config = {learningRate = 0.1},
         accumulate = accumulate, verbose = false, progress = false}
      return (net:getParameters())
   end
   ok((step_of(10, 1) - step_of(3, 4)):abs():max() > 1e-6, 'groups of 12 and 8 are not those of 10')
   ok((step_of(10, 1) - step_of(2, 5)):abs():max() < 1e-12, 'accumulate')

   -- callbacks
   local seen, best = {}, file('best.t7')
   local run = train.fit(options{callbacks = {function(r) seen[#seen + 1] = r.history[#r.history].epoch end, train.best(best, 'accuracy'),
      train.logger(file('log.txt')), train.earlyStopping{patience = 0, name = 'rate'}}, epochs = 9, schedule = train.constant(1)})
   eq(seen, {1, 2}, 'called after each epoch, until early stopping')
   ok(run.notes.best >= run.history[1].accuracy, 'best')
   eq(torch.typename(torch.load(best)), 'nn.Sequential', 'saves the net')
   local lines = {}
   for line in io.lines(file('log.txt')) do lines[#lines + 1] = line end
   eq({#lines, (lines[1]:match('^%S+'))}, {3, 'accuracy'}, 'logger')
   local shown = check.captured(function() train.fit(options{verbose = true, progress = true, epochs = 1}) end)
   match(shown, 'epoch 1 of 1: loss [%d.]+, validation loss [%d.]+, accuracy [%d.]+\n', 'a line for each epoch')
   match(shown, 'loss [%d.]+ | %d+/s', 'the bar')
   local pairs_ = 0
   local plain = options{epochs = 2, data = function()
      pairs_ = pairs_ + 1
      if pairs_ % 4 ~= 0 then return inputs, targets end
   end}
   plain.validation = nil
   train.fit(plain)
   eq(pairs_, 8, 'a function as data')
   local result = train.evaluate(run.net, function() pairs_ = pairs_ + 1 if pairs_ == 9 then return inputs, targets end end, nil, {train.topk(2)})
   eq(result.top2, 1, 'evaluate')
   refused(function() train.fit{net = run.net} end, 'fit: argument #1 %(options%): criterion: table expected, got nothing', 'what is missing')
   refused(function() train.fit(options{data = {}}) end, 'fit: argument #1 %(options%): data: batches of a set', 'no data')
   refused(function() train.fit(options{data = function() end}) end, 'fit: data gave no batch in epoch 1: the function returns x, y', 'no batch')
   refused(function() train.evaluate(run.net, function() end, nn.MSECriterion()) end, 'evaluate: data gave no batch', 'nothing to evaluate on')
   torch.save(path, {1})
   refused(function() train.fit(options{checkpoint = path}) end, 'fit: .*run.t7 does not hold the state of a run', 'another file')
end

os.execute("rm -r '" .. folder .. "'")
check.finish()
