-- nn.MarginCriterion([margin = 1]): two-class hinge loss, mean of max(0, margin - t x).
--
-- Input: scores, of any shape; target: -1 and 1, as many.
--
-- > nn.MarginCriterion():forward(torch.Tensor{0.5, 2}, torch.Tensor{1, 1})
-- 0.25
local MarginCriterion, parent = torch.class('nn.MarginCriterion', 'nn.Criterion')

function MarginCriterion:__init(margin)
   parent.__init(self)
   self.sizeAverage = true
   self.margin = margin or 1
end

function MarginCriterion:updateOutput(input, target)
   return self:_loss(input, 'MarginCriterion_updateOutput', target, self:_number(input), self.sizeAverage, self.margin)
end

function MarginCriterion:updateGradInput(input, target)
   input.THNN.MarginCriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage, self.margin)
   return self.gradInput
end
