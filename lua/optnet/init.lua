--- optnet: nets that need less memory: tensors that are not alive at the same time share theirs, as with the package of that name.
--
--   local optnet = require 'optnet'
--   net:evaluate()
--   optnet.optimizeMemory(net, input)   -- outputs inside the net are gone after a pass; what it returns is as before
--   optnet.removeOptimization(net)      -- each module has its own again
--
-- One pass over an example says when each module writes its output and who reads it last; inputs of other sizes work as well,
-- as long as the modules run in the same order.
require 'nn'
local optnet = {}
local wrong, where = require('torch.arguments').error, require('libtorch').where

local function each_tensor(value, f)
   if torch.isTensor(value) then
      if value:storage() then f(value) end
   elseif type(value) == 'table' and not torch.typename(value) then
      for _, v in pairs(value) do each_tensor(v, f) end
   end
end

local function address(tensor) return torch.pointer(tensor:storage()) end

-- ---- what lives when ----

-- What a pass writes into the field `field` of modules: lives[address of a storage] = {first, last, elements, tensors}, in
-- calls begun and ended; and `calls`, {module, input, when it ended}, of modules without others inside.
local Trace = {}
Trace.__index = Trace

-- Storages that a value has are in use now.
function Trace:use(value)
   self.now = self.now + 1
   each_tensor(value, function(t)
      local life = self.lives[address(t)]
      if life then life.last = self.now end
   end)
end

-- What a module has under another name than its result, too, keeps its own memory: a constant, or a buffer that it goes on with.
function Trace:except(module)
   local ours = {}
   each_tensor(module[self.field], function(t) ours[address(t)] = true end)
   for name, value in pairs(module) do
      if name ~= 'output' and name ~= 'gradInput' then
         each_tensor(value, function(t)
            local at = address(t)
            if ours[at] then self.foreign[at], self.lives[at] = true, nil end
         end)
      end
   end
end

-- A result is there that was begun at `first`.
function Trace:define(value, first)
   self:use(value)
   each_tensor(value, function(t)
      local at = address(t)
      if self.foreign[at] then return end
      local life = self.lives[at] or {first = first, last = self.now, tensors = {}, type = torch.type(t:storage())}
      life.elements = t:storage():size()
      life.tensors[t] = true
      self.lives[at] = life
   end)
end

-- Whether a container makes a result of its own from those of its modules, which it then needs until it ends.
local function puts_together(container, field, ...)
   local theirs, own = {}, false
   local function note(t) theirs[address(t)] = true end
   each_tensor({...}, note)
   for _, module in ipairs(container.modules) do each_tensor(module[field], note) end
   each_tensor(container[field], function(t) own = own or not theirs[address(t)] end)
   return own
end

-- Calls of module:name(...) are noted until the function that this returns is called.
function Trace:watch(module, name)
   local own, method, inner = rawget(module, name), module[name], module.modules
   module[name] = function(m, ...)
      local first = self.now + 1
      self:use{...}
      local results = {method(m, ...)}
      self:except(m)
      self:define(m[self.field], first)
      self:use{...}
      if inner and puts_together(m, self.field, ...) then
         for _, other in ipairs(inner) do self:use(other[self.field]) end
      end
      if not inner then self.calls[#self.calls + 1] = {module = m, input = (...), ended = self.now} end
      return unpack(results)
   end
   return function() module[name] = own end
end

-- The trace of run(), which passes through a net once. `given`: tensors from outside.
local function traced(field, names, net, given, run)
   local trace = setmetatable({field = field, lives = {}, foreign = {}, calls = {}, now = 0}, Trace)
   each_tensor(given, function(t) trace.foreign[address(t)] = true end)
   for _, p in ipairs(net:parameters() or {}) do if p:storage() then trace.foreign[address(p)] = true end end
   local ends = {}
   for _, module in ipairs(net:listModules()) do
      for _, name in ipairs(names) do ends[#ends + 1] = trace:watch(module, name) end
   end
   local ran, result = pcall(run)
   for i = #ends, 1, -1 do ends[i]() end
   if not ran then error(result, 0) end
   trace.now = math.huge -- what the net returns is never free again
   trace.result = result
   trace:use(result)
   return trace
end

-- ---- who shares with whom ----

-- The storages of a trace become fewer: the largest first, each takes the first that nobody else uses while it lives.
local function share(trace)
   local lives, shared = {}, {}
   for _, life in pairs(trace.lives) do lives[#lives + 1] = life end
   table.sort(lives, function(a, b)
      if a.elements ~= b.elements then return a.elements > b.elements end
      return a.first < b.first
   end)
   local function fits(place, life)
      if place.type ~= life.type then return false end
      for _, other in ipairs(place) do
         if life.first <= other.last and other.first <= life.last then return false end
      end
      return true
   end
   for _, life in ipairs(lives) do
      local place
      for _, p in ipairs(shared) do
         if fits(p, life) then place = p break end
      end
      if not place then
         place = {type = life.type, storage = next(life.tensors):storage()}
         shared[#shared + 1] = place
      end
      place[#place + 1] = life
      for t in pairs(life.tensors) do t:set(place.storage, t:storageOffset(), t:size(), t:stride()) end
   end
end

-- ---- in place ----

-- Whether a call may write over its input: nobody else has it, or reads it later.
local function may_overwrite(trace, call)
   local input, others = call.input, {}
   if type(input) == 'table' then others, input = {select(2, unpack(input))}, input[1] end
   if not torch.isTensor(input) or not input:storage() then return false end
   local life, alone = trace.lives[address(input)], true
   each_tensor(others, function(t) alone = alone and address(t) ~= address(input) end)
   return alone and life ~= nil and life.last == call.ended
end

-- Modules that can, and may in each of their calls, write over their input from now on.
local function work_in_place(trace)
   local may = {}
   for _, call in ipairs(trace.calls) do
      local m = call.module
      if m.inplace == false and may[m] ~= false then may[m] = may_overwrite(trace, call) end
   end
   for m, yes in pairs(may) do
      if yes then m.inplace, m.inplaceByOptnet = true, true end
   end
end

-- ---- the functions ----

-- As nn.utils.recursiveCopy, but a net may return numbers and other values, too.
local function copied(value)
   if torch.isTensor(value) then return value:clone() end
   if type(value) ~= 'table' or torch.typename(value) then return value end
   local all = {}
   for k, v in pairs(value) do all[k] = copied(v) end
   return all
end

local function same(a, b)
   if torch.isTensor(a) then
      return torch.isTensor(b) and a:isSameSizeAs(b) and (a:nElement() == 0 or a:eq(b):cmax(a:ne(a)):min() == 1)
   end
   if type(a) ~= 'table' or torch.typename(a) then return a == b end
   for k, v in pairs(a) do
      if not same(v, b[k]) then return false end
   end
   return true
end

local function check_net(name, net)
   if not torch.isTypeOf(net, 'nn.Module') then wrong('optnet.' .. name, 1, 'net', 'module expected, got %s', torch.type(net)) end
end

local function check_input(name, input)
   if not torch.isTensor(input) and type(input) ~= 'table' then
      wrong('optnet.' .. name, 2, 'input', 'an example for net:forward expected, got %s', torch.type(input))
   end
end

--- optnet.refuseBackward(): the error of backward() and training() of a net whose outputs share memory.
function optnet.refuseBackward()
   error(where() .. 'optnet: the outputs inside this net share memory and are gone after forward(); for gradients call optnet.removeOptimization(net) first', 0)
end

local refusing = {'backward', 'updateGradInput', 'accGradParameters', 'training'}

local function share_outputs(net, input, inplace)
   local expected = copied(net:forward(input))
   local function pass() return traced('output', {'updateOutput'}, net, {input}, function() return net:forward(input) end) end
   if inplace then work_in_place(pass()) end
   share(pass())
   for _ = 1, 2 do
      if not same(expected, net:forward(input)) then
         optnet.removeOptimization(net)
         error(where() .. 'optnet.optimizeMemory: the net gives other outputs when it sees the same input again: call net:evaluate() first; ' ..
               'a module that keeps a state from pass to pass cannot share its output', 0)
      end
   end
   for _, name in ipairs(refusing) do net[name] = optnet.refuseBackward end
end

-- Gradients of inputs.
local function share_gradients(net, input)
   local gradient = copied(net:forward(input))
   local _, gradients = net:parameters()
   local function pass() -- gradients of everything, from 0
      for _, g in ipairs(gradients or {}) do g:zero() end
      return net:backward(input, copied(gradient))
   end
   local trace = traced('gradInput', {'backward', 'updateGradInput', 'accGradParameters'}, net, {input, gradient}, pass)
   local expected = copied{net.gradInput, gradients}
   share(trace)
   pass()
   if not same(expected, {net.gradInput, gradients}) then
      optnet.removeOptimization(net)
      error(where() .. "optnet.optimizeMemory: a second backward() of the net after one forward() gives other gradients: " ..
            'a module that changes what it keeps for backward() cannot share its gradInput', 0)
   end
end

-- f(net, ...), which passes through the net; then its running means, gradients of parameters and the like are what they were.
local function undisturbed(f, net, ...)
   local weights, kept = {}, {}
   each_tensor(net:parameters(), function(t) weights[address(t)] = true end)
   for _, module in ipairs(net:listModules()) do
      for name, value in pairs(module) do
         if name ~= 'output' and name ~= 'gradInput' then
            each_tensor(value, function(t)
               if not weights[address(t)] then kept[t] = {at = address(t), value = t:clone()} end
            end)
         end
      end
   end
   local ok, err = pcall(f, net, ...)
   for t, before in pairs(kept) do
      if t:storage() and address(t) == before.at and t:isSameSizeAs(before.value) then t:copy(before.value) end
   end
   if not ok then error(err, 0) end
end

local options = {mode = 'string', inplace = 'boolean', reuseBuffers = 'boolean', removeGradParams = 'boolean'}

--- optnet.optimizeMemory(net, input [, opts]): tensors of the net that are not alive at the same time share their memory, for
-- inputs like the example, of any size.
--
-- opts.mode  'inference' (the default): outputs of modules; the net is in evaluate(), and what its modules have in the field
--            output is gone after a pass, that of the net is not. 'training': gradients of inputs (gradInput).
-- opts.inplace  false: modules do not write over their input where nobody else reads it (in 'inference' they do)
-- opts.reuseBuffers, opts.removeGradParams  of the package of that name: taken and not needed, buffers and gradients of
--            parameters stay as they are
--
-- The passes that it makes leave running means and gradients of parameters as they were. Errors: a net whose output for the same
-- input changes (in training() with nn.Dropout, say), or in 'training' its gradients. For gradients after 'inference',
-- optnet.removeOptimization(net).
--
-- > require 'optnet'.optimizeMemory(nn.Sequential():add(nn.Linear(4, 9)):add(nn.ReLU()):add(nn.Linear(9, 9)):add(nn.Tanh()), torch.rand(2, 4))
function optnet.optimizeMemory(net, input, opts)
   check_net('optimizeMemory', net)
   check_input('optimizeMemory', input)
   opts = require 'torch.checks'().options('optnet.optimizeMemory', 3, options, opts)
   local mode = opts.mode or 'inference'
   if mode == 'training' then return undisturbed(share_gradients, net, input) end
   if mode ~= 'inference' then wrong('optnet.optimizeMemory', 3, 'opts.mode', "'inference' or 'training' expected, got '%s'", mode) end
   optnet.removeOptimization(net)
   undisturbed(share_outputs, net, input, opts.inplace ~= false)
end

--- optnet.removeOptimization(net): every module has its own memory again, from the next pass on.
function optnet.removeOptimization(net)
   check_net('removeOptimization', net)
   for _, module in ipairs(net:listModules()) do
      nn.utils.release(module, 'output', 'gradInput')
      if module.inplaceByOptnet then module.inplace, module.inplaceByOptnet = false, nil end
      for _, name in ipairs(refusing) do -- nets within this one may have been given to optimizeMemory themselves
         if rawget(module, name) == optnet.refuseBackward then module[name] = nil end
      end
   end
end

--- optnet.countUsedMemory(net) -> table: bytes of the storages of a net: params (parameters and their gradients), outputs,
-- gradInputs, buffers (everything else in its modules), total_size. What several use counts once, for the first of these.
--
-- > require 'optnet'.countUsedMemory(nn.Linear(3, 2)).params
-- 128
function optnet.countUsedMemory(net)
   check_net('countUsedMemory', net)
   local bytes, known = {params = 0, outputs = 0, gradInputs = 0, buffers = 0}, {}
   local function count(name, value)
      each_tensor(value, function(t)
         local storage = t:storage()
         if known[address(t)] then return end
         known[address(t)] = true
         bytes[name] = bytes[name] + storage:size() * storage:elementSize()
      end)
   end
   local modules = net:listModules()
   count('params', {net:parameters()})
   for _, m in ipairs(modules) do count('outputs', m.output) end
   for _, m in ipairs(modules) do count('gradInputs', m.gradInput) end
   for _, m in ipairs(modules) do
      for _, value in pairs(m) do count('buffers', value) end
   end
   bytes.total_size = bytes.params + bytes.outputs + bytes.gradInputs + bytes.buffers
   return bytes
end

return optnet
