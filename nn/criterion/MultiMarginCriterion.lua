-- nn.MultiMarginCriterion([p = 1, weights, margin = 1]): multi-class hinge loss, sum of weights[t] max(0, margin - x[t]
-- + x[i])^p over i other than t, divided by the number of classes.
--
-- Input: classes, or N x classes; target: the class, 1 to classes: a number, or N of them. p: 1 or 2. Of a batch the
-- mean.
--
-- > nn.MultiMarginCriterion():forward(torch.Tensor{1, 2, 3, 4}, 4)
-- 0
local MultiMarginCriterion, parent = torch.class('nn.MultiMarginCriterion', 'nn.Criterion')
local wrong = require('nn.check').wrong

function MultiMarginCriterion:__init(p, weights, margin)
   if p and p ~= 1 and p ~= 2 then wrong(self, 1, 'p', '1 or 2 expected, got %s', tostring(p)) end
   self.p = p or 1
   self.margin = margin or 1.0
   parent.__init(self)
   self.sizeAverage = true
   self.weights = weights or nil
end

-- the target, Long and where the input lives
local function classes(self, input, target)
   if torch.isTensor(target) then return nn.utils.long(target, input) end
   self.target_tensor = nn.utils.long(self.target_tensor, input):resize(1):fill(target)
   return self.target_tensor
end

function MultiMarginCriterion:updateOutput(input, target)
   self.p = self.p or 1
   return self:_loss(input, 'MultiMarginCriterion_updateOutput', classes(self, input, target), self:_number(input),
      self.sizeAverage, self.p, self.weights, self.margin)
end

function MultiMarginCriterion:updateGradInput(input, target)
   input.THNN.MultiMarginCriterion_updateGradInput(input, classes(self, input, target), self.gradInput, self.sizeAverage,
      self.p, self.weights, self.margin)
   return self.gradInput
end
