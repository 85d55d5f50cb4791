-- nn.AbsCriterion([sizeAverage = true]): mean of |x - t|, the absolute error; their sum with sizeAverage = false.
--
-- Input, target: tensors with as many elements, of any shape. The gradient at x = t is that of x > t.
--
-- > nn.AbsCriterion():forward(torch.Tensor{1, 5}, torch.Tensor{2, 2})
-- 2
local AbsCriterion, parent = torch.class('nn.AbsCriterion', 'nn.Criterion')

function AbsCriterion:__init(sizeAverage)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
end

function AbsCriterion:updateOutput(input, target)
   return self:_loss(input, 'AbsCriterion_updateOutput', target, self:_number(input), self.sizeAverage)
end

function AbsCriterion:updateGradInput(input, target)
   input.THNN.AbsCriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage)
   return self.gradInput
end
