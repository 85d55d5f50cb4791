-- How good a net is. A metric is given batches, and its value is that of all samples together, however they were cut.
local train = require 'train'
local checks = require 'train.fail'
local torch = torch
local M = {}

--- train.Metric(name, options): a number about outputs and targets, added up over batches; made by train.accuracy and
-- its sisters. Fields: name; better: 'max' or 'min'.
local Metric = torch.class('train.Metric', train)
local kinds = {} -- kind -> {better=, add=, value=}

function Metric:__init(name, kind, options)
   self.name, self.kind, self.options, self.better = name, kind, options or {}, kinds[kind].better
   self:reset()
end

--- metric:reset() -> metric: forgets what was added.
function Metric:reset()
   self.sums = {n = 0}
   return self
end

--- metric:add(outputs, targets) -> metric: takes a batch, or one sample, into account.
function Metric:add(outputs, targets)
   if type(targets) == 'number' then targets = torch.Tensor{targets} end
   kinds[self.kind].add(self.sums, outputs, targets, self.options, self.name)
   return self
end

-- Numbers of two tables added up, in tables within them, too.
local function add_up(into, from)
   for k, v in pairs(from) do
      if type(v) == 'table' then into[k] = add_up(into[k] or {}, v)
      elseif type(v) == 'number' then into[k] = (into[k] or 0) + v
      else into[k] = v end
   end
   return into
end

--- metric:join(sums) -> metric: takes what another metric of this kind was given, its field sums, into account.
function Metric:join(sums)
   if sums.n > 0 then (kinds[self.kind].join or add_up)(self.sums, sums) end
   return self
end

--- metric:value() -> number: the number for all that was added since reset; NaN for nothing.
function Metric:value() return kinds[self.kind].value(self.sums, self.options) end

function Metric:__tostring__() return ('%s: %s'):format(self.name, tostring(self:value())) end

local function new(name, kind, options) return train.Metric(name, kind, options) end

-- ---- classes ----

-- Scores [n x classes] and targets [n].
local function classes_of(name, outputs, targets)
   if outputs:dim() == 1 then outputs = outputs:view(1, -1) end
   targets = targets:contiguous():view(-1)
   if outputs:dim() ~= 2 then outputs = outputs:contiguous():view(-1, outputs:size(outputs:dim())) end -- steps of sequences
   if targets:size(1) ~= outputs:size(1) then checks.fail(name .. '.add', '%d outputs and %d targets', outputs:size(1), targets:size(1)) end
   return outputs, targets:long()
end

kinds.topk = {better = 'max',
   add = function(sums, outputs, targets, o, name)
      outputs, targets = classes_of(name, outputs, targets)
      local k = math.min(o.k, outputs:size(2))
      local _, best = outputs:topk(k, 2, true)
      local hits = best:long():eq(targets:view(-1, 1):expand(targets:size(1), k))
      sums.n, sums.right = sums.n + targets:size(1), (sums.right or 0) + hits:sum()
   end,
   value = function(sums) return (sums.right or 0) / sums.n end}

--- train.topk(k) -> metric: the share of samples whose class is among the k largest outputs. outputs [n x classes],
-- targets [n] from 1 on.
function M.topk(k) return new('top' .. checks.check('topk', 1, 'k', 'whole', k), 'topk', {k = k}) end

--- train.accuracy([options = {threshold = 0.5}]) -> metric: the share of samples whose class has the largest output.
-- outputs [n x classes], or [n], or [n x 1], which say class 1 above `threshold` and 0 otherwise; targets [n].
function M.accuracy(options)
   options = checks.options('accuracy', {threshold = 'number'}, options)
   return new('accuracy', 'accuracy', options)
end

-- Predictions of two classes, 0 and 1, or numbers of classes; and the targets in the same way. The third result says
-- which.
local function predictions(name, outputs, targets, o)
   local flat = outputs:dim() == 1 and outputs:size(1) == targets:nElement() or outputs:dim() == 2 and outputs:size(2) == 1
   if flat then return outputs:contiguous():view(-1):gt(o.threshold or 0.5):long(), targets:contiguous():view(-1):long(), true end
   outputs, targets = classes_of(name, outputs, targets)
   local _, best = outputs:max(2)
   return best:select(2, 1):long(), targets, false
end

kinds.accuracy = {better = 'max',
   add = function(sums, outputs, targets, o, name)
      local p, t = predictions(name, outputs, targets, o)
      sums.n, sums.right = sums.n + t:size(1), (sums.right or 0) + p:eq(t):sum()
   end,
   value = function(sums) return (sums.right or 0) / sums.n end}

-- Counts of each class: predicted, actual, both.
local function count(sums, p, t, k)
   local at = sums[k] or {predicted = 0, actual = 0, both = 0}
   local is_p, is_t = p:eq(k), t:eq(k)
   at.predicted, at.actual, at.both = at.predicted + is_p:sum(), at.actual + is_t:sum(), at.both + torch.cmul(is_p, is_t):sum()
   sums[k] = at
end

local function add_counts(sums, outputs, targets, o, name)
   local p, t, two = predictions(name, outputs, targets, o)
   sums.n, sums.two = sums.n + t:size(1), two
   if two then return count(sums, p, t, 1) end
   for k = 1, outputs:size(outputs:dim()) do count(sums, p, t, k) end
end

local ratios = {
   precision = function(c) return c.predicted > 0 and c.both / c.predicted or 0 end,
   recall = function(c) return c.actual > 0 and c.both / c.actual or 0 end,
   f1 = function(c) return c.predicted + c.actual > 0 and 2 * c.both / (c.predicted + c.actual) or 0 end,
}

local function share(ratio)
   return function(sums, o)
      if sums.n == 0 then return 0 / 0 end
      if sums.two or o.class then return ratio(sums[o.class or 1] or {predicted = 0, actual = 0, both = 0}) end
      local all, mean = {predicted = 0, actual = 0, both = 0}, 0
      for _, c in ipairs(sums) do
         for key in pairs(all) do all[key] = all[key] + c[key] end
         mean = mean + ratio(c) / #sums
      end
      return o.average == 'micro' and ratio(all) or mean
   end
end
for name, ratio in pairs(ratios) do kinds[name] = {better = 'max', add = add_counts, value = share(ratio)} end

local of_classes = {average = 'string', class = 'whole', threshold = 'number'}
local function class_metric(name)
   return function(options)
      options = checks.options(name, of_classes, options)
      if options.average and options.average ~= 'macro' and options.average ~= 'micro' then
         checks.wrong(name, 1, 'options', "average: 'macro' or 'micro' expected, got '%s'", options.average)
      end
      return new(name, name, options)
   end
end

--- train.precision{average='macro', class=, threshold=0.5} -> metric: of what was said to be of a class, the share
-- that is. average: 'macro', the mean over classes, or 'micro', over samples; or of one class only. outputs [n x
-- classes] and targets from 1 on; or outputs [n] or [n x 1], which mean class 1 above threshold, and targets 0 and
-- 1: then of class 1.
M.precision = class_metric('precision')
--- train.recall{average='macro', class=, threshold=0.5} -> metric: of what is of a class, the share that was found.
-- As train.precision.
M.recall = class_metric('recall')
--- train.f1{average='macro', class=, threshold=0.5} -> metric: the harmonic mean of precision and recall. As
-- train.precision.
M.f1 = class_metric('f1')

kinds.auc = {better = 'max',
   add = function(sums, outputs, targets, _, name)
      local two = outputs:dim() == 2 and outputs:size(2) == 2
      if outputs:dim() == 2 and outputs:size(2) > 2 then checks.fail(name .. '.add', 'two classes expected, got %d', outputs:size(2)) end
      local scores = two and outputs:select(2, 2) or outputs:contiguous():view(-1)
      if scores:size(1) ~= targets:nElement() then checks.fail(name .. '.add', '%d outputs and %d targets', scores:size(1), targets:nElement()) end
      sums.n = sums.n + scores:size(1)
      sums.scores, sums.positive = sums.scores or {}, sums.positive or {}
      table.insert(sums.scores, scores:double():clone())
      table.insert(sums.positive, targets:contiguous():view(-1):double():gt(two and 1.5 or 0.5):double())
   end,
   join = function(sums, other)
      sums.n = sums.n + other.n
      for _, name in ipairs{'scores', 'positive'} do
         sums[name] = sums[name] or {}
         for _, t in ipairs(other[name]) do table.insert(sums[name], t) end
      end
   end,
   -- The share of pairs (positive, negative) that are in order; a tie counts half (Mann and Whitney).
   value = function(sums)
      if sums.n == 0 then return 0 / 0 end
      local scores, order = torch.sort(torch.cat(sums.scores, 1))
      local positive = torch.cat(sums.positive, 1):index(1, order)
      if scores:ne(scores):any() then return 0 / 0 end -- a NaN has no place in the order
      local s, p, n = scores:totable(), positive:totable(), sums.n
      local ranks, positives, i = 0, 0, 1
      while i <= n do
         local j, here = i, 0
         while j <= n and s[j] == s[i] do
            here = here + p[j]
            j = j + 1
         end
         ranks, positives = ranks + here * (i + j - 1) / 2, positives + here
         i = j
      end
      return (ranks - positives * (positives + 1) / 2) / (positives * (n - positives))
   end}

--- train.auc() -> metric: the area under the ROC curve, exactly: ties count half. outputs [n] or [n x 1] with targets
-- 0 and 1, or [n x 2] with targets 1 and 2. It keeps the scores.
function M.auc() return new('auc', 'auc') end

-- ---- numbers ----

local function differences(outputs, targets, name)
   if outputs:nElement() ~= targets:nElement() then checks.fail(name .. '.add', '%d outputs and %d targets', outputs:nElement(), targets:nElement()) end
   return outputs:double() - targets:double():viewAs(outputs)
end

local function mean(sums) return (sums.sum or 0) / sums.n end
local function add_to(sums, d, of)
   sums.n, sums.sum = sums.n + d:nElement(), (sums.sum or 0) + of(d)
end

kinds.mse = {better = 'min', value = mean, add = function(sums, outputs, targets, _, name)
   add_to(sums, differences(outputs, targets, name), function(d) return d:pow(2):sum() end)
end}
kinds.mae = {better = 'min', value = mean, add = function(sums, outputs, targets, _, name)
   add_to(sums, differences(outputs, targets, name), function(d) return d:abs():sum() end)
end}

--- train.mse() -> metric: the mean of squared differences, over all elements.
function M.mse() return new('mse', 'mse') end
--- train.mae() -> metric: the mean of absolute differences, over all elements.
function M.mae() return new('mae', 'mae') end

-- n targets with a mean, the squared distances from it (spread), and squared differences from outputs (sum), joined with others
-- (Chan et al., 1979).
local function join_spread(sums, other)
   local n, apart = sums.n + other.n, other.mean - (sums.mean or 0)
   sums.sum = (sums.sum or 0) + other.sum
   sums.spread = (sums.spread or 0) + other.spread + apart * apart * sums.n * other.n / n
   sums.mean = (sums.mean or 0) + apart * other.n / n
   sums.n = n
end

kinds.r2 = {better = 'max', join = join_spread,
   add = function(sums, outputs, targets, _, name)
      local d, t = differences(outputs, targets, name), targets:double()
      local m = t:mean()
      join_spread(sums, {n = t:nElement(), mean = m, spread = (t - m):pow(2):sum(), sum = d:pow(2):sum()})
   end,
   value = function(sums) return sums.n == 0 and 0 / 0 or 1 - sums.sum / sums.spread end}

--- train.r2() -> metric: the share of the targets' variance that outputs explain: 1 - squared differences / squared
-- distances from the mean target.
function M.r2() return new('r2', 'r2') end

kinds.perplexity = {better = 'min',
   add = function(sums, outputs, targets, _, name)
      outputs, targets = classes_of(name, outputs, targets)
      sums.sum = (sums.sum or 0) - outputs:double():gather(2, targets:view(-1, 1)):sum()
      sums.n = sums.n + targets:size(1)
   end,
   value = function(sums) return math.exp((sums.sum or 0) / sums.n) end}

--- train.perplexity() -> metric: exp of the mean negative log-likelihood. outputs [n x classes], or [... x classes]:
-- logarithms of probabilities, as of nn.LogSoftMax; targets from 1 on, as many.
function M.perplexity() return new('perplexity', 'perplexity') end

return M
