-- nn.MSECriterion([sizeAverage = true]): mean of (x - t)^2, the squared error; their sum with sizeAverage = false.
--
-- Input, target: tensors with as many elements, of any shape.
--
-- > nn.MSECriterion():forward(torch.Tensor{1, 2}, torch.Tensor{1, 4})
-- 2
local MSECriterion, parent = torch.class('nn.MSECriterion', 'nn.Criterion')

function MSECriterion:__init(sizeAverage)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
end

function MSECriterion:updateOutput(input, target)
   return self:_loss(input, 'MSECriterion_updateOutput', target, self:_number(input), self.sizeAverage)
end

function MSECriterion:updateGradInput(input, target)
   input.THNN.MSECriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage)
   return self.gradInput
end
