-- nn.SoftMarginCriterion(): two-class logistic loss, mean of log(1 + exp(-t x)).
--
-- Input: scores, of any shape; target: -1 and 1, as many.
--
-- > nn.SoftMarginCriterion():forward(torch.zeros(2), torch.Tensor{1, -1})
-- 0.69314718055995
local SoftMarginCriterion, parent = torch.class('nn.SoftMarginCriterion', 'nn.Criterion')

function SoftMarginCriterion:__init()
   parent.__init(self)
   self.sizeAverage = true
end

function SoftMarginCriterion:updateOutput(input, target)
   return self:_loss(input, 'SoftMarginCriterion_updateOutput', target, self:_number(input), self.sizeAverage)
end

function SoftMarginCriterion:updateGradInput(input, target)
   input.THNN.SoftMarginCriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage)
   return self.gradInput
end
