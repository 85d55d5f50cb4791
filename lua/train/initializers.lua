-- Weights to begin with. Each fills a tensor in place and returns it; weights are [outputs x inputs x ...]. Without a
-- generator numbers come from torch's own.
local checks = require 'train.fail'
local torch = torch
local M = {}

-- Connections into and out of one unit.
local function fans(name, w)
   if not torch.isTensor(w) or w:dim() < 2 then
      checks.wrong(name, 1, 'weight', 'tensor of at least 2 dimensions expected, got %s', require('libtorch').describe(w))
   end
   local n = w:nElement()
   return n / w:size(1), n / w:size(2)
end

local function fill(w, how, generator, a, b)
   if generator then return w[how](w, generator, a, b) end
   return w[how](w, a, b)
end

local function uniform(w, std, generator) return fill(w, 'uniform', generator, -math.sqrt(3) * std, math.sqrt(3) * std) end
local function normal(w, std, generator) return fill(w, 'normal', generator, 0, std) end

local function xavier(name, draw)
   return function(weight, gain, generator)
      local into, out = fans(name, weight)
      return draw(weight, (gain or 1) * math.sqrt(2 / (into + out)), generator)
   end
end

local function kaiming(name, draw)
   return function(weight, gain, generator)
      return draw(weight, (gain or math.sqrt(2)) / math.sqrt((fans(name, weight))), generator)
   end
end

--- train.xavier(weight [, gain=1 [, generator]]) -> weight: uniform with deviation gain * sqrt(2 / (inputs +
-- outputs)), for tanh and the like; train.xavierNormal draws from a normal distribution.
--
-- Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
M.xavier = xavier('xavier', uniform)
--- train.xavierNormal(weight [, gain=1 [, generator]]) -> weight: normal with deviation gain * sqrt(2 / (inputs +
-- outputs)).
M.xavierNormal = xavier('xavierNormal', normal)

--- train.kaiming(weight [, gain=sqrt(2) [, generator]]) -> weight: uniform with deviation gain / sqrt(inputs);
-- sqrt(2) is for ReLU. train.kaimingNormal draws from a normal distribution.
--
-- Source: He et al., Delving Deep into Rectifiers, 2015.
M.kaiming = kaiming('kaiming', uniform)
--- train.kaimingNormal(weight [, gain=sqrt(2) [, generator]]) -> weight: normal with deviation gain / sqrt(inputs).
M.kaimingNormal = kaiming('kaimingNormal', normal)

--- train.orthogonal(weight [, gain=1 [, generator]]) -> weight: gain times a random matrix whose rows, or columns
-- where there are more rows, are orthonormal; weights of more dimensions count as [outputs x rest].
--
-- Source: Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, 2014.
function M.orthogonal(weight, gain, generator)
   fans('orthogonal', weight)
   local rows = weight:size(1)
   local columns = weight:nElement() / rows
   local a = fill(torch.DoubleTensor(math.max(rows, columns), math.min(rows, columns)), 'normal', generator, 0, 1)
   local q, r = torch.qr(a)
   q:cmul(torch.sign(torch.diag(r)):view(1, -1):expandAs(q)) -- so that every orthogonal matrix is as likely
   if rows < columns then q = q:t() end
   return weight:copy(q:mul(gain or 1):contiguous():viewAs(weight))
end

--- train.truncatedNormal(weight [, std=1 [, mean=0 [, bound=2 [, generator]]]]) -> weight: normal, drawn again where
-- it is more than bound * std from the mean.
function M.truncatedNormal(weight, std, mean, bound, generator)
   std, mean, bound = std or 1, mean or 0, bound or 2
   if not torch.isTensor(weight) then checks.wrong('truncatedNormal', 1, 'weight', 'tensor expected, got %s', torch.type(weight)) end
   checks.check('truncatedNormal', 4, 'bound', 'positive', bound)
   fill(weight, 'normal', generator, 0, 1)
   while true do
      local outside = torch.gt(torch.abs(weight), bound)
      local n = outside:sum()
      if n == 0 then break end
      weight:maskedCopy(outside, fill(weight.new(n), 'normal', generator, 0, 1))
   end
   return weight:mul(std):add(mean)
end

--- train.initialize(net, f, ...) -> net: f(weight, ...) for the weight of every module in net that has one of at
-- least 2 dimensions; their biases become 0. f: one of the functions here, or its name. Returns net.
function M.initialize(net, f, ...)
   local g = type(f) == 'string' and M[f] or f
   if type(g) ~= 'function' or g == M.initialize then
      checks.wrong('initialize', 2, 'f', "function, or name of one, expected, got %s", tostring(f))
   end
   local more, n = {...}, select('#', ...)
   net:apply(function(module)
      local w, b = module.weight, module.bias
      if torch.isTensor(w) and w:dim() >= 2 then
         g(w, unpack(more, 1, n))
         if torch.isTensor(b) then b:zero() end
      end
   end)
   return net
end

return M
