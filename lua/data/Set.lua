--- data.Set(n, get [, name]): a set of n samples that a function makes, and the methods of every set.
--
-- get(i, generator) returns the input and the target of sample i, 1 <= i <= n; name(i), if given, what messages call
-- it. Both travel to the threads of batches{workers=}: upvalues are copied, but for tensors, which are shared, and
-- packages, which go by name. What is random in a sample is drawn from generator, a torch.Generator that batches
-- seeds.
local data = require 'data'
local checks = require 'data.fail'
local collate = require('data.collate').collate
local torch = torch
local Set = torch.class('data.Set', data)

function Set:__init(n, get, name)
   if type(n) ~= 'number' or n < 0 or n % 1 ~= 0 then checks.wrong('Set', 1, 'n', 'number of samples expected, got %s', tostring(n)) end
   checks.check('Set', 2, 'get', 'function', get)
   checks.check('Set', 3, 'name', 'function|nil', name)
   self.n, self.getter, self.namer = n, get, name
end

--- set:size() -> n: the number of samples.
function Set:size() return self.n end

--- set:get(i [, generator]) -> input, target: input and target of sample i. generator: what random transforms draw
-- from, by default torch's own.
function Set:get(i, generator) return self.getter(i, generator) end

--- set:name(i) -> string: what messages call sample i, such as its file; nil when it has no name.
function Set:name(i) return self.namer and self.namer(i) end

--- set:draws() -> boolean: whether samples may be random, so that batches has to seed for each batch.
function Set:draws() return true end

local function label(set, i)
   local ok, name = pcall(set.name, set, i)
   return ('sample %d%s: '):format(i, ok and name and ' (' .. tostring(name) .. ')' or '')
end

--- set:samples(indices [, generator]) -> inputs, targets, n: lists of the inputs and the targets of samples. An error
-- names the sample.
function Set:samples(indices, generator)
   local n = torch.isTensor(indices) and indices:nElement() or #indices
   local inputs, targets, at = {}, {}, 0
   local ok, why = pcall(function()
      for k = 1, n do
         at = k
         inputs[k], targets[k] = self:get(indices[k], generator)
      end
   end)
   if not ok then error(label(self, indices[at]) .. tostring(why), 0) end
   return inputs, targets, n
end

--- set:batch(indices [, generator]) -> inputs, targets: inputs and targets of samples, stacked as by data.collate.
-- indices: LongTensor or list.
function Set:batch(indices, generator)
   local inputs, targets, n = self:samples(indices, generator)
   return collate(inputs, n), collate(targets, n)
end

--- set:batches{size=32, shuffle=false, workers=0, seed=, ...}: an iterator over batches; see data.Batches.
function Set:batches(options) return data.Batches(self, options) end

--- set:map(f, ...) -> set: the same samples, each passed through the functions in order. f(input, target, generator)
-- returns input and target; a transform (data.hflip() and the like) changes the input alone.
function Set:map(...) return data.Mapped(self, ...) end

--- set:mapBatches(f) -> set: the same samples; whole batches pass through f(inputs, targets, generator).
function Set:mapBatches(f) return data.MappedBatches(self, f) end

--- set:subset(first [, last = size()]) -> set: samples first to last; or those whose numbers, from 1 to size(), a
-- list or LongTensor in the place of first has, in that order.
function Set:subset(first, last)
   if type(first) ~= 'number' then return data.Subset(self, first) end
   last = last or self:size()
   if first < 1 or last > self:size() or first > last + 1 then
      checks.wrong('Set.subset', 1, 'first', 'samples %s to %s of %d do not exist', first, last, self:size())
   end
   return data.Subset(self, last >= first and torch.range(first, last):long() or torch.LongTensor())
end

-- Shares of the samples, which sum to at most 1, as numbers of samples; the last set gets what is left of a whole.
local function counts(shares, n)
   local sum, list, used = 0, {}, 0
   for k, share in ipairs(shares) do
      if type(share) ~= 'number' or share < 0 then
         checks.wrong('Set.split', 1, 'shares', 'shares from 0 to 1 expected, got %s', tostring(share))
      end
      sum = sum + share
      list[k] = math.floor(sum * n + 0.5) - used
      used = used + list[k]
   end
   if sum > 1 + 1e-9 then checks.wrong('Set.split', 1, 'shares', 'shares sum to %g, more than 1', sum) end
   return list
end

--- set:split(shares [, seed = 1]) -> set, ...: disjoint sets of so large shares of the samples, drawn at random by
-- the seed; seed = false: in order. shares: a list, or a number, which stands for itself and the rest: split(0.9)
-- returns two sets, with 0.9 and 0.1 of them.
function Set:split(shares, seed)
   if type(shares) == 'number' then shares = {shares, 1 - shares} end
   checks.check('Set.split', 1, 'shares', 'table', shares)
   local n = self:size()
   local list = counts(shares, n)
   local order = n == 0 and torch.LongTensor() or torch.range(1, n):long()
   if seed ~= false and n > 0 then
      local generator = torch.Generator()
      torch.manualSeed(generator, seed or 1)
      order = torch.randperm(generator, n):long()
   end
   local sets, first = {}, 1
   for k, count in ipairs(list) do
      sets[k] = data.Subset(self, count > 0 and order:narrow(1, first, count):clone() or torch.LongTensor())
      first = first + count
   end
   return unpack(sets)
end

--- set:concat(other, ...) -> set: the samples of this set, then those of the others.
function Set:concat(...) return data.Concat(self, ...) end

function Set:__tostring__()
   return ('%s of %d samples'):format(torch.typename(self), self:size())
end
