-- nn.CrossEntropyCriterion([weights, sizeAverage = true]): cross entropy of classes, given scores: nn.LogSoftMax and
-- then nn.ClassNLLCriterion, -log(exp(x[t]) / sum_j exp(x[j])).
--
-- Input: classes, or N x classes; target: the class, 1 to classes: a number, or N of them. weights: one per class.
-- Dimensions of 1 are dropped from both.
--
-- > nn.CrossEntropyCriterion():forward(torch.zeros(1, 4), torch.Tensor{3})
-- 1.3862943611199
local CrossEntropyCriterion, parent = torch.class('nn.CrossEntropyCriterion', 'nn.Criterion')
local expect = require('nn.check').expect

function CrossEntropyCriterion:__init(weights, sizeAverage)
   parent.__init(self)
   self.lsm = nn.LogSoftMax()
   self.nll = nn.ClassNLLCriterion(weights, sizeAverage)
   self.sizeAverage = self.nll.sizeAverage
   self.oldSizeAverage = self.sizeAverage
end

-- sizeAverage may have been changed here or in nll
local function sync(self)
   if self.sizeAverage ~= self.oldSizeAverage then self.nll.sizeAverage = self.sizeAverage
   elseif self.nll.sizeAverage ~= self.sizeAverage then self.sizeAverage = self.nll.sizeAverage end
   self.oldSizeAverage = self.sizeAverage
end

function CrossEntropyCriterion:updateOutput(input, target)
   expect(type(target) == 'number' or torch.isTensor(target), self, 2, 'target', 'class or tensor of classes expected, got %s', torch.type(target))
   input = input:squeeze()
   target = type(target) == 'number' and target or target:squeeze()
   if torch.isTensor(target) and target:dim() == 0 then target = target:view(1) end
   self.lsm:updateOutput(input)
   sync(self)
   self.nll:updateOutput(self.lsm.output, target)
   self.output = self.nll.output
   return self.output
end

function CrossEntropyCriterion:updateGradInput(input, target)
   local size = input:size()
   input = input:squeeze()
   target = type(target) == 'number' and target or target:squeeze()
   sync(self)
   self.nll:updateGradInput(self.lsm.output, target)
   self.lsm:updateGradInput(input, self.nll.gradInput)
   self.gradInput:view(self.lsm.gradInput, size)
   return self.gradInput
end
