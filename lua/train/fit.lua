-- The loop.
local train = require 'train'
local checks = require 'train.fail'
local Ranks = require 'train.ranks'
local torch = torch
local M = {}

local known = {net = 'table!', criterion = 'table!', data = 'any!', validation = 'any', epochs = 'whole!', method = 'string|function', config = 'table',
   groups = 'table', schedule = 'table', clip = 'table', accumulate = 'whole', metrics = 'table', callbacks = 'table', checkpoint = 'string',
   every = 'whole', resume = 'boolean', prepare = 'function', progress = 'boolean', verbose = 'boolean', ema = 'number'}

local function iterates(v) return type(v) == 'function' or torch.isTypeOf(v, 'data.Batches') end

-- Samples in a batch.
local function count(y, x)
   if torch.isTensor(y) and y:dim() > 0 then return y:size(1) end
   if torch.isTensor(x) then return x:size(1) end
   return type(x) == 'table' and count(nil, x[1]) or 1
end

-- ---- evaluation ----

-- Calls f with the net in evaluation mode, and puts back the mode it had, also when f raises.
local function evaluating(net, f)
   local was_training = net.train
   net:evaluate()
   local ok, message = pcall(f)
   if was_training ~= false then net:training() end
   if not ok then error(message, 0) end
end

--- train.evaluate(net, data [, criterion [, metrics={} [, prepare]]]) -> table: loss and metrics of a net, in
-- evaluation mode, over the batches of data, by name: {loss=, accuracy=, ...}. data: a data.Batches, from its first
-- epoch on, or a function that returns x, y, and nothing at the end. prepare(x, y), where given, returns what the
-- net is to see. With a dist.DataParallel every rank calls it, goes through its part of the batches, and has the result of all.
function M.evaluate(net, data, criterion, metrics, prepare)
   if not iterates(data) then checks.wrong('evaluate', 2, 'data', 'batches of a set, or a function, expected, got %s', torch.type(data)) end
   local ranks = Ranks.of(net)
   if type(ranks:take(data)) ~= 'function' then data:restart(1) end
   local sum, n = 0, 0
   for _, metric in ipairs(metrics or {}) do metric:reset() end
   evaluating(net, function()
      for x, y in data do
         if prepare then x, y = prepare(x, y) end
         local outputs, k = net:forward(x), count(y, x)
         if criterion then sum = sum + criterion:forward(outputs, y) * k end
         n = n + k
         for _, metric in ipairs(metrics or {}) do metric:add(outputs, y) end
      end
   end)
   sum, n = ranks:sum(sum, n)
   if n == 0 then checks.fail('evaluate', 'data gave no batch') end
   ranks:join(metrics or {})
   local result = {loss = criterion and sum / n or nil}
   for _, metric in ipairs(metrics or {}) do result[metric.name] = metric:value() end
   return result
end

-- ---- the state of a run ----

-- Everything that the rest of a run depends on, as it is saved.
local saved = {'net', 'optimizer', 'schedule', 'average', 'epoch', 'step', 'done', 'loss', 'seen', 'history', 'notes', 'stop', 'metrics'}

local function save(run, path)
   if not path then return end
   run.net:clearState()
   local generators, own = run.ranks:gather(torch.getRNGState()), run.ranks:join(run.metrics)
   local state = {format = 1, generator = generators[1], generators = generators[2] and generators or nil,
      data = torch.isTypeOf(run.data, 'data.Batches') and run.data:state() or nil}
   for _, name in ipairs(saved) do state[name] = run[name] end
   run.ranks:save(path, state)
   for k, sums in ipairs(own) do run.metrics[k].sums = sums end
end

-- The net of the caller becomes the one that was saved.
local function become(net, other)
   for k in pairs(net) do rawset(net, k, nil) end
   for k, v in pairs(other) do rawset(net, k, v) end
end

-- Each rank has random numbers of its own; where there were fewer ranks, new ones.
local function resume_generator(state, rank)
   torch.setRNGState((state.generators or {})[rank + 1] or state.generator)
   if rank > 0 and not (state.generators or {})[rank + 1] then torch.manualSeed(torch.random() + rank) end
end

-- What only rank 0 goes on with, as it was saved for all.
local function resume_rank(run)
   if run.ranks.rank == 0 then return end
   for _, metric in ipairs(run.metrics) do metric:reset() end
   run.net.residual = nil
end

local function resume(run, path)
   local ok, state = pcall(run.ranks.load, run.ranks, path)
   if not ok then checks.fail('fit', '%s', state) end
   if state == nil then return false end
   if type(state) ~= 'table' or state.format ~= 1 or not state.net then checks.fail('fit', '%s does not hold the state of a run', path) end
   if torch.typename(state.net) ~= torch.typename(run.net) then
      checks.fail('fit', '%s holds a run of a %s, not of a %s', path, torch.typename(state.net), torch.typename(run.net))
   end
   for _, name in ipairs(saved) do
      if name ~= 'net' then run[name] = state[name] end
   end
   become(run.net, state.net)
   run.optimizer.params, run.optimizer.grads = run.net:getParameters()
   if state.data then
      local fits, why = pcall(run.data.resume, run.data, state.data)
      if not fits then
         checks.fail('fit', '%s holds a run on other data (%s); remove it, name another checkpoint, or say resume = false', path,
            (tostring(why):gsub('^.-data%.Batches%.resume: ', '')))
      end
   end
   resume_generator(state, run.ranks.rank)
   resume_rank(run)
   return true
end

-- A run prints as a line: at the prompt it is what train.fit returns.
local of_run = {__tostring = function(run)
   local last = run.history[#run.history]
   local loss = last and (', loss %.4g%s'):format(last.loss, last.validLoss and (', in validation %.4g'):format(last.validLoss) or '') or ''
   return ('run of train.fit: %d of %d epochs%s; fields net, history, optimizer, ...'):format(#run.history, run.epochs, loss)
end}

local function new_run(o)
   local run = setmetatable({options = o, net = o.net, ranks = Ranks.of(o.net), criterion = o.criterion, data = o.data, validation = o.validation, epochs = o.epochs,
      epoch = 1, step = 0, done = 0, loss = 0,
      seen = 0, history = {}, notes = {}, metrics = o.metrics or {}, schedule = o.schedule, stop = false}, of_run)
   run.ranks:take(run.data)
   if not (o.resume ~= false and o.checkpoint and resume(run, o.checkpoint)) then
      run.optimizer = train.optimizer(o.net, o.method or 'sgd', o.config, o.groups)
      run.average = o.ema and train.ema(run.optimizer.params, o.ema) or nil
      run.ranks:seed()
   end
   run.save = function(path) save(run, path or o.checkpoint) end
   return run
end

-- ---- an epoch ----

local function clip(o, grads)
   if not o.clip then return end
   if o.clip.value then train.clipValue(grads, o.clip.value) end
   if o.clip.norm then train.clipNorm(grads, o.clip.norm) end
end

-- Up to `accumulate` batches that make a step together.
local function next_batches(run)
   local list = {}
   for k = 1, run.options.accumulate or 1 do
      local x, y = run.data()
      if x == nil and run.rest then x, y = run.data() end -- that was the end of what another rank has cut
      run.rest = false
      if x == nil then
         run.ended = true
         break
      end
      if run.options.prepare then x, y = run.options.prepare(x, y) end
      list[k] = {x, y}
   end
   if not run.batches then run.ranks:cut(list, run) end
   return list
end

-- Loss and gradients of the batches. What a batch counts for: its share of this rank's samples in the loss, of all ranks' in
-- the gradients.
local function evaluate_step(run, list, own, all, first)
   local grads = run.optimizer.grads
   grads:zero()
   local loss = 0
   for k, batch in ipairs(list) do
      local x, y = batch[1], batch[2]
      local outputs = run.net:forward(x)
      loss = loss + own[k] * run.criterion:forward(outputs, y)
      local g = run.criterion:backward(outputs, y)
      if #list > 1 then g:mul(all[k]) end
      run.ranks:wait(run.net, k == #list)
      run.net:backward(x, g)
      if first and not run.validation then
         for _, metric in ipairs(run.metrics) do metric:add(outputs, y) end
      end
   end
   clip(run.options, grads)
   return loss, grads
end

-- A list of numbers as shares of their sum; the sum.
local function shares(list)
   local total, parts = 0, {}
   for _, n in ipairs(list) do total = total + n end
   for k, n in ipairs(list) do parts[k] = n / total end
   return parts, total
end

local function step(run, list)
   local counts, first = {}, true
   for k, batch in ipairs(list) do counts[k] = count(batch[2], batch[1]) end
   local own, n = shares(counts)
   local all, total = shares{run.ranks:sum(unpack(counts))}
   if run.schedule then run.optimizer:rate(run.schedule:at(run.epoch - 1 + (run.batches and run.done / run.batches or 0))) end
   local loss = run.optimizer:step(function()
      local f, g = evaluate_step(run, list, own, all, first)
      first = false
      return run.ranks:mean(f, n, total), g
   end)
   run.step, run.done, run.seen, run.loss = run.step + 1, run.done + #list, run.seen + total, run.loss + loss * total
   if run.average then run.average:update(run.optimizer.params) end
   run.last_loss = loss
end

local function call(run, event)
   for _, callback in ipairs(run.options.callbacks or {}) do
      if type(callback) == 'function' then
         if event == 'epoch' then callback(run) end
      elseif callback[event] then
         callback[event](callback, run)
      end
   end
end

local function show_progress(run, timer)
   if run.options.progress == false or not run.batches or run.ranks.rank > 0 then return end
   local rate = (run.seen - run.begun) / timer:time().real
   require('xlua').progress(run.data.position == 0 and run.batches or run.data.position, run.batches,
      ('loss %.4g | %.0f/s'):format(run.loss / run.seen, rate))
end

-- True when the epoch is over, false when Ctrl-C or a callback ended it.
local function epoch(run, interrupted)
   local timer = torch.Timer()
   run.begun, run.ended = run.seen, false
   run.net:training()
   while true do
      local list = next_batches(run)
      if #list > 0 then
         step(run, list)
         show_progress(run, timer)
         call(run, 'step')
         local every = run.options.every
         if every and run.step % every == 0 and not run.ended and run.batches and run.data.position < run.batches then run.save() end
      end
      if run.ended or #list == 0 then return true end
      if run.batches and run.data.position == run.batches then run.data() return true end -- on to the next epoch
      if interrupted() then return false end
   end
end

local function describe(run, entry)
   local parts = {('loss %.4g'):format(entry.loss)}
   if entry.validLoss then parts[2] = ('validation loss %.4g'):format(entry.validLoss) end
   for _, metric in ipairs(run.metrics) do parts[#parts + 1] = ('%s %.4g'):format(metric.name, entry[metric.name]) end
   return ('epoch %d of %d: %s'):format(entry.epoch, run.epochs, table.concat(parts, ', '))
end

-- What the epoch has come to; with an average, that of it.
local function finish_epoch(run)
   if run.seen == 0 then
      checks.fail('fit', 'data gave no batch in epoch %d%s', run.epoch, type(run.data) == 'function' and
         ': the function returns x, y for each batch, and nothing once, at the end of each epoch' or '')
   end
   local entry = {epoch = run.epoch, loss = run.loss / run.seen, rate = run.optimizer.parts[1].config.learningRate}
   run.ranks:settle(run.net)
   if run.validation then
      if run.average then run.average:swap(run.optimizer.params) end
      local result = M.evaluate(run.net, run.validation, run.criterion, run.metrics, run.options.prepare)
      if run.average then run.average:swap(run.optimizer.params) end
      entry.validLoss = result.loss
      for _, metric in ipairs(run.metrics) do entry[metric.name] = result[metric.name] end
   else
      run.ranks:join(run.metrics)
      for _, metric in ipairs(run.metrics) do entry[metric.name] = metric:value() end
   end
   for _, metric in ipairs(run.metrics) do metric:reset() end
   run.history[#run.history + 1] = entry
   if run.schedule then run.schedule:observe(entry.validLoss or entry.loss) end
   run.epoch, run.done, run.loss, run.seen = run.epoch + 1, 0, 0, 0
   if run.options.verbose ~= false and run.ranks.rank == 0 then print(describe(run, entry)) end
   call(run, 'epoch')
   run.stop = run.ranks:any(run.stop)
   run.save()
end

-- ---- Ctrl-C ----

-- As if Ctrl-C were pressed now: at the prompt an error, else the program ends by it.
local function press()
   local ffi = require 'ffi'
   pcall(ffi.cdef, 'int raise(int signal);')
   ffi.C.raise(2)
   for _ = 1, 1000 do torch.tic() end -- the error comes from the interpreter's next instructions
   error('interrupted!', 0)
end

-- As if Ctrl-C ended the program; of several ranks, which mpirun is about to end, each does so by itself.
local function leave(ranks)
   if ranks.size > 1 then os.exit(130) end
   press()
end

-- Asks whether to stop, and a function that gives Ctrl-C back its meaning. Without a checkpoint there is nothing to
-- save, and it keeps it.
local function watch(o, ranks)
   if o.checkpoint and ranks.size > 1 then return ranks.dist.interrupted, function() end end
   local has_signal, signal = pcall(require, 'th.signal')
   if not o.checkpoint or not has_signal then return function() return false end, function() end end
   signal.onInterrupt('\nstopping after this step; Ctrl-C again to stop at once\n')
   return function() return signal.interrupted() end, function()
      signal.interrupted(true)
      signal.onInterrupt(nil)
   end
end

local function loop(run, interrupted)
   call(run, 'start')
   while run.epoch <= run.epochs and not run.stop do
      if not epoch(run, interrupted) then
         run.save()
         return false
      end
      finish_epoch(run)
   end
   call(run, 'finish')
   return true
end

--- train.fit{net=, criterion=, data=, epochs=, ...} -> run: trains a net.
--
-- data: a data.Batches (set:batches{...}), or a function that returns x, y for each batch and nothing at the end of
-- each epoch; so is validation, on which metrics are computed after each epoch, else they are computed in training.
-- method ('sgd'), config, groups: as of train.optimizer. schedule: learning rates by time in epochs. clip = {value=,
-- norm=}. accumulate (1): batches in a step, whose gradients are averaged over samples. ema: decay of an average of
-- the weights, run.average, that validation is done with. prepare(x, y) returns what the net is to see of a batch,
-- such as x:cuda(), y:cuda(). metrics, callbacks: lists. progress (true), verbose (true): a bar, a line for each
-- epoch.
--
-- checkpoint: the file to which the state of the run is saved after each epoch, after each `every` steps, and by
-- Ctrl-C, which then ends the program. If it is there, the run goes on with it, unless resume is false: the net is
-- then the saved one, and what follows is the same to the bit as if it had never stopped (of data from data.Batches;
-- in a net of the same make, with as many threads).
--
-- run: net, optimizer, epoch (the next one), history (a list of {epoch=, loss=, rate=, validLoss=, metrics by name}),
-- notes (what callbacks keep). A callback is a function of run, called after each epoch, or a table with methods
-- start, step, epoch, finish of run; it ends training by run.stop = true.
--
-- A net that is a dist.DataParallel is trained by all ranks, which run the same script: each takes its part of every batch of a
-- data.Batches (a function gives each rank batches of its own, and the first rank that has no more ends the epoch); losses and
-- metrics are those of all samples; rank 0 prints and writes files. Callbacks are called on every rank (run.ranks.rank), and so
-- must be run.save.
function M.fit(options)
   local o = checks.options('fit', known, options)
   if not torch.isTypeOf(o.net, 'nn.Module') then checks.wrong('fit', 1, 'options', 'net: nn.Module expected, got %s', torch.type(o.net)) end
   for _, name in ipairs{'data', 'validation'} do
      if o[name] ~= nil and not iterates(o[name]) then
         checks.wrong('fit', 1, 'options', '%s: batches of a set (set:batches{...}), or a function, expected, got %s', name, torch.type(o[name]))
      end
   end
   local run = new_run(o)
   run.batches = torch.isTypeOf(o.data, 'data.Batches') and o.data:size() or nil
   local interrupted, done = watch(o, run.ranks)
   local ok, finished = pcall(loop, run, interrupted)
   done()
   if not ok then error(finished, 0) end
   if not finished then
      if run.ranks.rank == 0 then io.stderr:write(('interrupted; the state of the run is in %s\n'):format(o.checkpoint)) end
      leave(run.ranks)
   end
   return run
end

return M
