-- nn.BCECriterion([weights, sizeAverage = true]): binary cross entropy of probabilities, mean of -(t log x + (1 - t)
-- log(1 - x)).
--
-- Input: probabilities in [0, 1], which is checked; target: 0 .. 1, of the same shape. weights: a factor per element,
-- or per column of N x d. sizeAverage = false gives the sum. nn.MultiLabelSoftMarginCriterion takes scores instead, and
-- is exacter.
--
-- > nn.BCECriterion():forward(torch.Tensor{0.5, 0.5}, torch.Tensor{1, 0})
-- 0.69314718055795
local BCECriterion, parent = torch.class('nn.BCECriterion', 'nn.Criterion')
local expect, describe = require('nn.check').expect, require('libtorch').describe

local function check_sizes(input, target)
   expect(input:nElement() == target:nElement(), 'BCECriterion', 2, 'target', 'input and target size mismatch: %s and %s',
      describe(input), describe(target))
end

function BCECriterion:__init(weights, sizeAverage)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
   self.weights = weights or nil
end

-- weights of one row, for every row
local function weights_for(self, target)
   local w = self.weights
   if w and target:dim() ~= 1 then w = w:view(1, target:size(2)):expandAs(target) end
   return w
end

function BCECriterion:updateOutput(input, target)
   check_sizes(input, target)
   return self:_loss(input, 'BCECriterion_updateOutput', target, self:_number(input), self.sizeAverage,
      weights_for(self, target))
end

function BCECriterion:updateGradInput(input, target)
   check_sizes(input, target)
   input.THNN.BCECriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage, weights_for(self, target))
   return self.gradInput
end
