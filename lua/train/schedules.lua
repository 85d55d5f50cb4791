-- Learning rates as functions of time. Time is counted in epochs by train.fit, with fractions, and in whatever a
-- script counts otherwise.
local train = require 'train'
local checks = require 'train.fail'
local M = {}

--- train.Schedule(kind, options): a learning rate as a function of time; made by train.cosine and its sisters.
local Schedule = torch.class('train.Schedule', train)
local kinds = {} -- kind -> f(options, t, schedule)

function Schedule:__init(kind, options)
   self.kind, self.options = kind, options
end

--- schedule:at(t) -> rate: the learning rate at time t, counted from 0.
function Schedule:at(t) return kinds[self.kind](self.options, t, self) end

--- schedule:observe(value): tells a plateau what has been reached, such as the loss of an epoch; others take no
-- notice.
function Schedule:observe(value)
   if self.kind == 'warmUp' then return self.options.schedule:observe(value) end
   if self.kind ~= 'plateau' then return end
   local o = self.options
   local best = self.best
   local better = not best or (o.mode == 'max' and value > best + o.threshold * math.abs(best))
      or (o.mode ~= 'max' and value < best - o.threshold * math.abs(best))
   if better then
      self.best, self.waited = value, 0
   else
      self.waited = self.waited + 1
      if self.waited > o.patience then
         self.drops, self.waited = self.drops + 1, 0
      end
   end
end

function Schedule:__tostring__() return 'train.' .. self.kind end

local function power(x, n) -- as the interpreter and compiled code agree on it
   local r = 1
   for _ = 1, n do r = r * x end
   return r
end

local function new(kind, known, options, defaults)
   local o = {}
   for k, v in pairs(defaults or {}) do o[k] = v end
   for k, v in pairs(checks.options(kind, known, options)) do o[k] = v end
   return train.Schedule(kind, o)
end

--- train.constant(rate) -> schedule: always the same.
function M.constant(rate) return new('constant', {rate = 'number!'}, {rate = rate}) end
function kinds.constant(o) return o.rate end

--- train.step{rate=, every=, factor=0.1} -> schedule: multiplied by factor after each `every`.
function M.step(options)
   return new('step', {rate = 'number!', every = 'positive!', factor = 'number'}, options, {factor = 0.1})
end
function kinds.step(o, t) return o.rate * power(o.factor, math.floor(t / o.every)) end

--- train.multiStep{rate=, at={...}, factor=0.1} -> schedule: multiplied by factor at each of the times.
function M.multiStep(options)
   return new('multiStep', {rate = 'number!', at = 'table!', factor = 'number'}, options, {factor = 0.1})
end
function kinds.multiStep(o, t)
   local n = 0
   for _, at in ipairs(o.at) do n = n + (t >= at and 1 or 0) end
   return o.rate * power(o.factor, n)
end

--- train.exponential{rate=, factor=} -> schedule: rate * factor^t.
function M.exponential(options) return new('exponential', {rate = 'number!', factor = 'positive!'}, options) end
function kinds.exponential(o, t) return o.rate * math.exp(t * math.log(o.factor)) end

local function cosine(from, to, share) return to + (from - to) * (1 + math.cos(math.pi * share)) / 2 end

--- train.cosine{rate=, length=, least=0, restarts=false, grow=1} -> schedule: half a cosine from rate down to least
-- in `length`, and least from then on; with restarts it begins again each time, and each time takes `grow` times as
-- long.
--
-- Source: Loshchilov and Hutter, SGDR, 2017.
function M.cosine(options)
   return new('cosine', {rate = 'number!', length = 'positive!', least = 'number', restarts = 'boolean', grow = 'positive'}, options, {least = 0, grow = 1})
end
function kinds.cosine(o, t)
   local length = o.length
   if not o.restarts then return cosine(o.rate, o.least, t < length and t / length or 1) end
   while t >= length do
      t = t - length
      length = length * o.grow
   end
   return cosine(o.rate, o.least, t / length)
end

--- train.oneCycle{rate=, length=, rise=0.3, from=25, to=1e4} -> schedule: up from rate / from to rate in the share
-- `rise` of length, then down to rate / to, both along half a cosine.
--
-- Source: Smith and Topin, Super-Convergence, 2018.
function M.oneCycle(options)
   return new('oneCycle', {rate = 'number!', length = 'positive!', rise = 'positive', from = 'positive', to = 'positive'}, options,
      {rise = 0.3, from = 25, to = 1e4})
end
function kinds.oneCycle(o, t)
   local share = t < o.length and t / o.length or 1
   if share < o.rise then return cosine(o.rate / o.from, o.rate, share / o.rise) end
   return cosine(o.rate, o.rate / o.to, (share - o.rise) / (1 - o.rise))
end

--- train.plateau{rate=, factor=0.1, patience=10, least=0, threshold=1e-4, mode='min'} -> schedule: multiplied by
-- factor when what schedule:observe is told has not become better by the share `threshold` for more than `patience`
-- times; never below least. mode: 'min' or 'max' is better.
function M.plateau(options)
   local schedule = new('plateau', {rate = 'number!', factor = 'number', patience = 'number', least = 'number', threshold = 'number', mode = 'string'}, options,
      {factor = 0.1, patience = 10, least = 0, threshold = 1e-4, mode = 'min'})
   schedule.drops, schedule.waited = 0, 0
   return schedule
end
function kinds.plateau(o, _, self)
   local rate = o.rate * power(o.factor, self.drops)
   return rate > o.least and rate or o.least
end

--- train.warmUp(schedule, length [, from=0]) -> schedule: in a straight line from the share `from` of the rate to all
-- of it in `length`, which the schedule then goes on from as if it had begun at 0.
function M.warmUp(schedule, length, from)
   if not torch.isTypeOf(schedule, 'train.Schedule') then checks.wrong('warmUp', 1, 'schedule', 'schedule expected, got %s', torch.type(schedule)) end
   checks.check('warmUp', 2, 'length', 'positive', length)
   checks.check('warmUp', 3, 'from', 'number|nil', from)
   return train.Schedule('warmUp', {schedule = schedule, length = length, from = from or 0})
end
function kinds.warmUp(o, t)
   local rate = o.schedule:at(t)
   if t >= o.length then return rate end
   return rate * (o.from + (1 - o.from) * t / o.length)
end

return M
