--- data.Batches(set, options): an iterator over the batches of a set; made by set:batches{...}.
--
--    local batches = set:batches{size = 64, shuffle = true, workers = 2, seed = 1}
--    for epoch = 1, 10 do
--       for inputs, targets, indices in batches do ... end     -- one epoch
--    end
--
-- Options: size (32), samples in a batch; shuffle (false), a new order in each epoch; workers (0), threads that make
-- batches ahead of time, 0: this one; seed (drawn from torch's generator), of the order and of everything random in
-- samples; last (true), whether a smaller last batch counts; ahead (2), batches a worker may be ahead;
-- collate(inputs, targets, n), which makes a batch of lists, instead of data.collate; init(id), called in each worker
-- first; progress (false), shows xlua.progress; part ({k, n}), only the k-th of n parts of every batch, as n processes that train
-- together want (a last batch of fewer samples than parts is left out).
--
-- Order, batches and random numbers depend on the seed, the epoch and the size alone: they are the same for any
-- number of workers. Workers are threads with a Lua state each: tensors of the set are shared with them, the rest is
-- copied when the first batch is asked for. An error in a sample is raised where its batch is due, and names the
-- sample; the next call goes on behind it.
local data = require 'data'
local checks = require 'data.fail'
local worker = require 'data.worker'
local torch = torch
local Batches = torch.class('data.Batches', data)

local known = {size = 'whole', shuffle = 'boolean', workers = 'number', seed = 'number', last = 'boolean', ahead = 'whole', collate = 'function',
   init = 'function', progress = 'boolean', part = 'table'}

function Batches:__init(set, options)
   options = checks.options('Set.batches', 1, known, options)
   local workers, seed = options.workers or 0, options.seed or torch.random(1, 2 ^ 31)
   if not (workers >= 0 and workers <= 1024) or workers % 1 ~= 0 then
      checks.wrong('Set.batches', 1, 'options', 'workers: number of threads from 0 to 1024 expected, got %g', workers)
   end
   if seed < 0 or seed % 1 ~= 0 or seed >= 2 ^ 32 then
      checks.wrong('Set.batches', 1, 'options', 'seed: whole number from 0 to 2^32 - 1 expected, got %g', seed)
   end
   self.part = options.part or {1, 1}
   if not (type(self.part[1]) == 'number' and type(self.part[2]) == 'number' and self.part[1] >= 1 and self.part[1] <= self.part[2]) then
      checks.wrong('Set.batches', 1, 'options', 'part: {k, n}, the k-th of n parts, expected')
   end
   self.set, self.options, self.workers, self.seed = set, options, workers, seed
   self.batchsize, self.keeps_last = options.size or 32, options.last ~= false
   self.epoch, self.position, self.generation = 1, 0, 0
end

--- batches:size() -> n: the number of batches in an epoch.
function Batches:size()
   local whole = math.floor(self.set:size() / self.batchsize)
   local rest = self.set:size() - whole * self.batchsize
   return whole + (self.keeps_last and rest >= self.part[2] and 1 or 0)
end

-- ---- order ----

-- The samples of an epoch, in order.
local function order_of(self)
   local n = self.set:size()
   if not self.options.shuffle then return torch.range(1, n):long() end
   local generator = torch.Generator()
   torch.manualSeed(generator, worker.seed(self.seed, self.epoch, 0))
   return torch.randperm(generator, n):long()
end

-- Indices and seed of batch k of this epoch.
local function plan(self, k)
   if self.ordered ~= self.epoch then self.order, self.ordered = order_of(self), self.epoch end
   local first = (k - 1) * self.batchsize
   local n, part, parts = math.min(self.batchsize, self.set:size() - first), self.part[1], self.part[2]
   local from, to = math.floor((part - 1) * n / parts), math.floor(part * n / parts)
   local indices = self.order:narrow(1, first + from + 1, to - from)
   if not self.set:draws() then return indices end
   return indices, part > 1 and worker.seed(self.seed, self.epoch, k, part) or worker.seed(self.seed, self.epoch, k)
end

-- ---- workers ----

-- Packages that scripts know as globals.
local function global_packages()
   local list = {}
   for name, t in pairs(package.loaded) do
      if type(t) == 'table' and rawequal(rawget(_G, name), t) then list[#list + 1] = name end
   end
   table.sort(list)
   return list
end

local function start(self)
   local threads = require 'threads'
   local options = self.options
   local settings = {set = self.set, collate = options.collate, init = options.init,
      tensortype = torch.getdefaulttensortype(), packages = global_packages()}
   local before = threads.Threads.serialization()
   threads.Threads.serialization('threads.sharedserialize')
   local ok, pool = pcall(threads.Threads, self.workers, function() require 'data' end,
      function(id) require('data.worker').setup(settings, id) end)
   threads.Threads.serialization(before)
   if not ok then checks.fail('Set.batches', 'workers cannot begin: %s', tostring(pool):gsub('\nstack traceback.*', '')) end
   self.pool = pool
end

local function job(...) return require('data.worker').job(...) end

-- Keeps the results of jobs: k, ok, inputs or message, targets.
local function keeper(self)
   local generation, ready = self.generation, self.ready
   return function(k, ...)
      if generation == self.generation then ready[k] = {...} end
   end
end

-- Asks for the batches that workers may begin.
local function ask(self, wanted)
   local most = math.min(self:size(), wanted - 1 + self.workers * (self.options.ahead or 2))
   while self.asked < most do
      self.asked = self.asked + 1
      local indices, seed = plan(self, self.asked)
      self.pool:addjob(job, self.keep, self.asked, indices, seed)
   end
end

local function fetch(self, k)
   if self.workers == 0 then return worker.batch(self.set, self.options.collate, plan(self, k)) end
   if not self.pool then start(self) end
   if not self.ready then self.ready, self.asked, self.keep = {}, k - 1, nil end
   self.keep = self.keep or keeper(self)
   ask(self, k)
   while not self.ready[k] do self.pool:dojob() end
   local result = self.ready[k]
   self.ready[k] = nil
   return unpack(result, 1, 3)
end

-- What was asked for is of no use any more.
local function forget(self)
   self.generation = self.generation + 1
   self.ready = nil
end

-- ---- iteration ----

--- batches() -> inputs, targets, indices: inputs, targets and indices of the next batch; nothing at the end of an
-- epoch, after which the next one begins.
function Batches:__call__()
   local k = self.position + 1
   if k > self:size() then
      self:restart(self.epoch + 1)
      return nil
   end
   local ok, inputs, targets = fetch(self, k)
   self.position = k
   if not ok then checks.fail('batches', '%s', inputs) end
   if self.options.progress then require('xlua').progress(k, self:size()) end
   return inputs, targets, (plan(self, k))
end

--- batches:restart([epoch]) -> batches: goes to the beginning of an epoch, by default of the current one.
function Batches:restart(epoch)
   self.epoch, self.position = epoch or self.epoch, 0
   forget(self)
   return self
end

--- batches:state() -> table: where the iterator is, as a table of numbers, for resume; to be saved with the net.
function Batches:state()
   return {epoch = self.epoch, position = self.position, seed = self.seed, size = self.batchsize, samples = self.set:size(),
      shuffle = self.options.shuffle or false, last = self.keeps_last}
end

--- batches:resume(state) -> batches: goes on where the iterator was whose state() it is; the batches that follow are
-- the same to the bit. The set and the options that decide on batches must be the same.
function Batches:resume(state)
   checks.check('Batches.resume', 1, 'state', 'table', state)
   local own = self:state()
   for _, name in ipairs{'size', 'samples', 'shuffle', 'last'} do
      if state[name] ~= own[name] then
         checks.fail('Batches.resume', 'the state is of batches with %s = %s, here it is %s', name, tostring(state[name]), tostring(own[name]))
      end
   end
   self.epoch, self.position, self.seed, self.ordered = state.epoch, state.position, state.seed, nil
   forget(self)
   return self
end

--- batches:close(): ends the workers; the next batch starts new ones.
function Batches:close()
   forget(self)
   if self.pool then self.pool:terminate() end
   self.pool = nil
end

function Batches:__tostring__()
   return ('data.Batches: %d of %d samples, epoch %d, %d done'):format(self:size(), self.batchsize, self.epoch, self.position)
end
