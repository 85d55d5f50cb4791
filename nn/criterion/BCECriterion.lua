-- nn.BCECriterion([weights, sizeAverage = true]): binary cross entropy of probabilities.
local BCECriterion, parent = torch.class('nn.BCECriterion', 'nn.Criterion')
local expect, describe = require('nn.check').expect, require('libtorch').describe

local function check_sizes(input, target)
   expect(input:nElement() == target:nElement(), 'BCECriterion', 2, 'target', 'input and target size mismatch: %s and %s',
      describe(input), describe(target))
end

function BCECriterion:__init(weights, sizeAverage)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
   if weights ~= nil then
      assert(weights:dim() == 1, 'weights input should be 1-D Tensor')
      self.weights = weights
   end
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
