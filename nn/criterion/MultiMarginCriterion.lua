-- nn.MultiMarginCriterion([p = 1, weights, margin = 1]): multi-class hinge loss, p 1 or 2.
local MultiMarginCriterion, parent = torch.class('nn.MultiMarginCriterion', 'nn.Criterion')

function MultiMarginCriterion:__init(p, weights, margin)
   assert(p == nil or p == 1 or p == 2, 'only p=1 and p=2 supported')
   self.p = p or 1
   self.margin = margin or 1.0
   parent.__init(self)
   self.sizeAverage = true
   if weights then
      assert(weights:dim() == 1, 'weights input should be 1-D Tensor')
      self.weights = weights
   end
end

-- the target as a LongTensor
local function classes(self, target)
   if torch.isTensor(target) then return target:long() end
   self.target_tensor = self.target_tensor or torch.LongTensor(1)
   self.target_tensor = self.target_tensor:long()
   self.target_tensor[1] = target
   return self.target_tensor
end

function MultiMarginCriterion:updateOutput(input, target)
   self.p = self.p or 1
   return self:_loss(input, 'MultiMarginCriterion_updateOutput', classes(self, target), self:_number(input),
      self.sizeAverage, self.p, self.weights, self.margin)
end

function MultiMarginCriterion:updateGradInput(input, target)
   input.THNN.MultiMarginCriterion_updateGradInput(input, classes(self, target), self.gradInput, self.sizeAverage,
      self.p, self.weights, self.margin)
   return self.gradInput
end
