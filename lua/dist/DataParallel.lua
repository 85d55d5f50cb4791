--- dist.DataParallel(net [, options]): a net that every rank has, each working on its part of a batch; gradients are averaged
-- over the ranks while backward goes on. Parameters, running means and whatever else belongs to the net become rank 0's at once.
--
--    local net = dist.DataParallel(net)
--    local params, grads = net:getParameters()        -- as before; the rest of the script stays what it was
--
-- Options: split (false): input and output are whole batches, the same on every rank, of which each computes its rows
-- (dimension 1): the rest of a script need not know of ranks, and gradInput has this rank's rows only. Without it each rank
-- is given batches of its own, and criterions that average over samples give the gradient of all samples together, also
-- where ranks have different numbers of them (weights = false: the ranks count alike). bucket (1): gradients are handed over
-- by so many times 262,144 elements. overlap (true): while backward goes on, not after it. compress: 'half', 'signs' (1 bit)
-- or 'topk' (of `ratio`, 0.01, of the elements), see docs/distributed.md.
--
-- All ranks get the same gradients to the bit. They differ from those of one process by the order of sums: for n ranks, by
-- at most n roundings of an element's largest partial sum.
local dist = require 'dist'
local checks = require 'dist.fail'
local flat = require 'dist.flat'
local C = require 'libdist'
require 'nn'
local torch = torch
local DataParallel, parent = torch.class('dist.DataParallel', 'nn.Decorator', dist)

local known = {split = 'boolean', weights = 'boolean', bucket = 'whole', overlap = 'boolean', compress = 'string', ratio = 'positive'}

-- What is not saved with a net: {params, grads, units, buckets, ...} of each DataParallel.
local runs = setmetatable({}, {__mode = 'k'})

function DataParallel:__init(net, options)
   if not torch.isTypeOf(net, 'nn.Module') then checks.wrong('DataParallel', 1, 'net', 'nn.Module expected, got %s', torch.type(net)) end
   parent.__init(self, net)
   self.options = checks.options('DataParallel', 2, known, options)
   local way = self.options.compress
   if way and not require('dist.compress')[way] then checks.wrong('DataParallel', 2, 'options', "compress: 'half', 'signs' or 'topk' expected, got '%s'", way) end
   self.train = net.train
   self:broadcast()
end

-- ---- units: modules that have gradients of their own, in whose backward these are made ----

local function equal_lists(a, b)
   if #a ~= #b then return false end
   for k, t in ipairs(a) do
      if torch.pointer(t) ~= torch.pointer(b[k]) then return false end
   end
   return true
end

local function parameters_below(module)
   local all = {}
   for _, part in ipairs(module.modules or {}) do
      local params = part:parameters()
      for _, t in ipairs(params or {}) do all[#all + 1] = t end
   end
   return all
end

local function find_units(module, into)
   local params, grads = module:parameters()
   if not params or #params == 0 then return into end
   if module.modules and equal_lists(params, parameters_below(module)) then
      for _, part in ipairs(module.modules) do find_units(part, into) end
   elseif not into[module] then
      into[module] = true
      into[#into + 1] = {module = module, grads = grads, calls = 0}
   end
   return into
end

-- ---- buckets: pieces of the gradients that are handed over together, at places that are the same for every rank ----

local function make_buckets(run, size)
   local n, first = run.grads:nElement(), run.grads:storageOffset()
   for start = 1, n, size do
      run.buckets[#run.buckets + 1] = {first = start, n = math.min(size, n - start + 1), units = 0}
   end
   for _, unit in ipairs(run.units) do
      unit.buckets = {}
      for _, g in ipairs(unit.grads) do
         local from, to = flat.range(g)
         for k = math.floor((from - first) / size) + 1, math.floor((to - first) / size) + 1 do unit.buckets[k] = true end
      end
      for k in pairs(unit.buckets) do run.buckets[k].units = run.buckets[k].units + 1 end
   end
end

local function prepared(self)
   local run = runs[self]
   if run and run.net == self.modules[1] then return run end
   run = {net = self.modules[1], buckets = {}, units = find_units(self.modules[1], {}), late = {}}
   run.params, run.grads = flat.vectors(self.modules[1])
   runs[self] = run
   if run.params then make_buckets(run, C.piece * (self.options.bucket or 1)) end
   return run
end

--- net:getParameters() -> parameters, gradients: the vectors of the inner net, always the same.
function DataParallel:getParameters()
   local run = prepared(self)
   if not run.params then return torch.Tensor(), torch.Tensor() end
   return run.params, run.grads
end

function DataParallel:type(type, cache)
   if type then runs[self] = nil end
   return parent.type(self, type, cache)
end

-- Tensors of a net that are no parameters and no temporaries (running means, tables of connections, ...), for each module by
-- the names of their fields.
local function buffers(net)
   local parameters, list = {}, {}
   for _, tensors in ipairs{net:parameters()} do
      for _, t in ipairs(tensors) do parameters[torch.pointer(t)] = true end
   end
   for k, module in ipairs(net:clearState():listModules()) do
      list[k] = {}
      for name, v in pairs(module) do
         if torch.isTensor(v) and v:nElement() > 0 and not parameters[torch.pointer(v)] then list[k][name] = v end
      end
   end
   return list
end

local function broadcast_buffers(net, root)
   local own = buffers(net)
   local others = dist.broadcastObject(own, root)
   if dist.rank() == root then return end
   for k, module in ipairs(net:listModules()) do
      for name, v in pairs(others[k] or {}) do
         if own[k][name] then own[k][name]:resize(v:size()):copy(v) else module[name] = v end
      end
   end
end

--- net:broadcast([root=0]): parameters, running means and other tensors of the modules become the root's on all ranks; outputs and
-- temporaries are cleared.
function DataParallel:broadcast(root)
   local run = prepared(self)
   if dist.size() == 1 then return end
   if run.params then dist.broadcast(run.params, root) end
   broadcast_buffers(self.modules[1], root or 0)
end

-- ---- handing gradients over ----

local function begin_bucket(self, run, k)
   local bucket = run.buckets[k]
   local g = run.grads:narrow(1, bucket.first, bucket.n)
   local way = self.options.compress
   if not way then
      bucket.request = dist.async.allReduce(g, 'mean')
      return
   end
   self.residual = self.residual or run.grads.new(run.grads:nElement()):zero()
   bucket.request = require('dist.compress')[way](g, self.residual:narrow(1, bucket.first, bucket.n), self.options.ratio or 0.01)
end

-- Buckets are begun from the last to the first: in the same order on every rank.
local function begin_ready(self, run)
   while run.next > 0 and run.left[run.next] == 0 do
      begin_bucket(self, run, run.next)
      run.next = run.next - 1
   end
   local last = run.buckets[run.next + 1]
   if last and last.request then last.request:test() end -- lets what is under way go on
end

local function reset(run)
   run.next, run.left = #run.buckets, {}
   for k, bucket in ipairs(run.buckets) do
      run.left[k] = bucket.units
      bucket.request = nil
   end
   for _, unit in ipairs(run.units) do unit.calls = 0 end
end

local function unit_done(self, run, unit)
   unit.calls = unit.calls + 1
   if run.late[unit] then return end
   if unit.calls > 1 then
      checks.fail('DataParallel', '%s ran backward twice in a pass, and only once before: {overlap = false} allows it', torch.type(unit.module))
   end
   for k in pairs(unit.buckets) do run.left[k] = run.left[k] - 1 end
   begin_ready(self, run)
end

-- Units that run more than once in a pass, or not at all, are waited for until it ends; every rank must do so.
local function note_late(run)
   local late = torch.ByteTensor(math.max(#run.units, 1)):zero()
   for k, unit in ipairs(run.units) do late[k] = unit.calls == 1 and 0 or 1 end
   dist.allReduce(late, 'max')
   for k, unit in ipairs(run.units) do run.late[unit] = late[k] == 1 or nil end
   run.noted = true
end

local function finish(self, run)
   for k = 1, #run.buckets do run.left[k] = 0 end
   begin_ready(self, run)
   for k = #run.buckets, 1, -1 do run.buckets[k].request:wait() end
end

-- Calls a method of the net; while it runs, units tell when their gradients are there. The first pass shows which ones may.
local function watched(self, run, method, ...)
   reset(run)
   if self.options.overlap == false or method ~= 'backward' then return self:rethrowErrors(self.modules[1], 1, method, ...) end
   local first = not run.noted
   for _, unit in ipairs(run.units) do
      local original = unit.module.backward
      unit.own = rawget(unit.module, 'backward')
      rawset(unit.module, 'backward', function(...)
         local result = original(...)
         if first then unit.calls = unit.calls + 1 else unit_done(self, run, unit) end
         return result
      end)
   end
   local ok, result = pcall(self.rethrowErrors, self, self.modules[1], 1, method, ...)
   for _, unit in ipairs(run.units) do rawset(unit.module, 'backward', unit.own) end
   if not ok then error(result, 0) end
   if first then note_late(run) end
   return result
end

--- net:synchronize(on): false: gradients stay this rank's own until true, and the next backward, as for steps of several
-- batches.
function DataParallel:synchronize(on) self.apart = on == false or nil end

-- ---- batches ----

local function rows(x)
   if torch.isTensor(x) then return x:dim() > 0 and x:size(1) or 0 end
   return type(x) == 'table' and rows(x[1]) or 1
end

local function narrow(x, first, n)
   if torch.isTensor(x) then return x:narrow(1, first, n) end
   local t = {}
   for k, v in pairs(x) do t[k] = narrow(v, first, n) end
   return t
end

-- First row and number of rows of a rank; of a batch smaller than the job each rank does everything.
local function share(n, rank, size)
   if n < size then return 1, n end
   local first = math.floor(rank * n / size)
   return first + 1, math.floor((rank + 1) * n / size) - first
end

-- All ranks' rows, in order.
local function join(self, own, n)
   local size = dist.size()
   if not torch.isTensor(own) then checks.fail('DataParallel', 'split: the output of the net must be one tensor, not a %s', torch.type(own)) end
   if n < size then return own end
   local most, sizes = math.ceil(n / size), own:size()
   sizes[1] = most
   local padded = self.padded or own.new()
   padded:resize(sizes):narrow(1, 1, own:size(1)):copy(own)
   local all = dist.allGather(padded)
   sizes[1] = n
   local output = own.new(sizes)
   for rank = 0, size - 1 do
      local first, count = share(n, rank, size)
      output:narrow(1, first, count):copy(all[rank + 1]:narrow(1, 1, count))
   end
   return output
end

function DataParallel:updateOutput(input)
   local net, n = self.modules[1], rows(input)
   if self.options.split then
      local first, count = share(n, dist.rank(), dist.size())
      self.output = join(self, self:rethrowErrors(net, 1, 'updateOutput', narrow(input, first, count)), n)
      return self.output
   end
   local run = prepared(self)
   run.samples = nil
   if self.train ~= false and self.options.weights ~= false and dist.size() > 1 then
      run.own, run.total = n, torch.DoubleTensor{n}
      run.samples = dist.async.allReduce(run.total) -- known when backward asks
   end
   self.output = self:rethrowErrors(net, 1, 'updateOutput', input)
   return self.output
end

-- What this rank's gradients count for in the mean.
local function weight(run)
   if not run.samples then return 1 end
   local total = run.samples:wait()[1]
   run.samples = nil
   return run.own * dist.size() / total
end

local function times(x, factor)
   if factor == 1 then return x end
   if torch.isTensor(x) then return torch.mul(x, factor) end
   local t = {}
   for k, v in pairs(x) do t[k] = times(v, factor) end
   return t
end

-- Own rows of arguments, and the scale with which their gradients make the mean over ranks the whole. What ranks count for is in
-- gradOutput, for modules that add gradients of several ranks (dist.SyncBatchNormalization).
local function own_part(self, run, input, gradOutput, scale)
   if not self.options.split then return input, times(gradOutput, weight(run)), scale or 1 end
   local n, size = rows(input), dist.size()
   local first, count = share(n, dist.rank(), size)
   return narrow(input, first, count), narrow(gradOutput, first, count), (scale or 1) * (n < size and 1 or size)
end

local function reduced(self, method, input, gradOutput, scale)
   local run = prepared(self)
   input, gradOutput, scale = own_part(self, run, input, gradOutput, scale)
   local alone = self.apart or not run.params or dist.size() == 1
   if alone then return self:rethrowErrors(self.modules[1], 1, method, input, gradOutput, scale) end
   local result = watched(self, run, method, input, gradOutput, scale)
   finish(self, run)
   return result
end

function DataParallel:backward(input, gradOutput, scale)
   self.gradInput = reduced(self, 'backward', input, gradOutput, scale)
   return self.gradInput
end

function DataParallel:updateGradInput(input, gradOutput)
   input, gradOutput = own_part(self, {}, input, gradOutput)
   self.gradInput = self:rethrowErrors(self.modules[1], 1, 'updateGradInput', input, gradOutput)
   return self.gradInput
end

function DataParallel:accGradParameters(input, gradOutput, scale) reduced(self, 'accGradParameters', input, gradOutput, scale) end

function DataParallel:clearState()
   self.padded = nil
   return parent.clearState(self)
end

function DataParallel:__tostring__() return ('dist.DataParallel, %d ranks @ %s'):format(dist.size(), tostring(self.modules[1])) end
