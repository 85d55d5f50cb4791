--- dist.SyncBatchNormalization(nOutput [, eps=1e-5, momentum=0.1, affine=true]): nn.BatchNormalization whose mean and variance
-- are those of all ranks' batches together; input N x nOutput or N x nOutput x ..., ranks may have different N.
-- dist.syncBatchNorm(net) puts it in the place of others.
local dist = require 'dist'
require 'nn'
local torch = torch
local Sync, parent = torch.class('dist.SyncBatchNormalization', 'nn.BatchNormalization', dist)

function Sync:checkInputDim(input)
   if input:dim() < 2 or input:size(2) ~= self.running_mean:nElement() then
      require('nn.check').wrong(self, 1, 'input', 'N x %d x ... expected, got %s', self.running_mean:nElement(), require('libtorch').describe(input))
   end
end

-- Feature by everything else.
local function by_feature(x) return x:transpose(1, 2):contiguous():view(x:size(2), -1) end
-- A number a feature, beside an input.
local function beside(v, x)
   local sizes = torch.LongStorage(x:dim()):fill(1)
   sizes[2] = v:nElement()
   return v:view(sizes):expandAs(x)
end

-- Number, mean and sum of squared distances of all ranks' elements, joined in order of ranks (T. Chan, G. Golub, R. LeVeque, 1979).
local function moments(x)
   local rows = by_feature(x)
   local n, mean = rows:size(2), rows:mean(2):view(-1):double()
   local m2 = rows:double():add(-1, mean:view(-1, 1):expandAs(rows)):pow(2):sum(2):view(-1)
   local all = dist.allGather(torch.cat({torch.DoubleTensor(mean:nElement()):fill(n), mean, m2}, 1))
   local f, total, joined, squares = mean:nElement(), 0, mean:clone():zero(), mean:clone():zero()
   for r = 1, all:size(1) do
      local count, part = all[r][1], all[r]
      local delta = part:narrow(1, f + 1, f) - joined
      squares:add(part:narrow(1, 2 * f + 1, f)):add(torch.cmul(delta, delta):mul(total * count / (total + count)))
      joined:add(delta:mul(count / (total + count)))
      total = total + count
   end
   return total, joined, squares
end

function Sync:updateOutput(input)
   self:checkInputDim(input)
   if self.train == false then
      self.mean, self.var = self.running_mean, self.running_var
   else
      local n, mean, squares = moments(input)
      self.count = n
      self.mean, self.var = mean:type(input:type()), (squares / n):type(input:type())
      self.running_mean:mul(1 - self.momentum):add(self.momentum, self.mean)
      self.running_var:mul(1 - self.momentum):add(self.momentum, (squares / math.max(n - 1, 1)):type(input:type()))
   end
   self.invstd = torch.add(self.var, self.eps):pow(-0.5)
   self.normalized = torch.cmul(torch.add(input, -1, beside(self.mean, input)), beside(self.invstd, input))
   self.output:resizeAs(input):copy(self.normalized)
   if self.weight then self.output:cmul(beside(self.weight, input)):add(beside(self.bias, input)) end
   return self.output
end

-- This rank's sums of g and of g times the normalised input.
local function sums(self, gradOutput)
   local g = by_feature(gradOutput)
   return g:sum(2):view(-1), torch.cmul(g, by_feature(self.normalized)):sum(2):view(-1)
end

function Sync:updateGradInput(input, gradOutput)
   local scale = self.weight and torch.cmul(self.invstd, self.weight) or self.invstd
   self.gradInput:resizeAs(input):copy(gradOutput)
   if self.train ~= false then
      local both = torch.cat({sums(self, gradOutput)}, 1)
      dist.allReduce(both)
      local f = self.mean:nElement()
      both:div(self.count)
      self.gradInput:add(-1, beside(both:narrow(1, 1, f), input))
      self.gradInput:add(-1, torch.cmul(self.normalized, beside(both:narrow(1, f + 1, f), input)))
   end
   self.gradInput:cmul(beside(scale, input))
   return self.gradInput
end

function Sync:accGradParameters(input, gradOutput, scale)
   if not self.weight then return end
   local g, gx = sums(self, gradOutput)
   self.gradBias:add(scale or 1, g)
   self.gradWeight:add(scale or 1, gx)
end

function Sync:backward(input, gradOutput, scale)
   self:updateGradInput(input, gradOutput)
   self:accGradParameters(input, gradOutput, scale)
   return self.gradInput
end

function Sync:clearState()
   self.normalized, self.invstd, self.mean, self.var = nil, nil, nil, nil -- of which some may be the running ones
   return parent.clearState(self)
end
