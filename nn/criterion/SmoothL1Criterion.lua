-- nn.SmoothL1Criterion([sizeAverage = true]): Huber's loss, mean of d^2 / 2 where |d| < 1, else |d| - 1/2, with d = x -
-- t.
--
-- Input, target: tensors with as many elements, of any shape. sizeAverage = false gives the sum.
--
-- > nn.SmoothL1Criterion():forward(torch.Tensor{0.5, 3}, torch.zeros(2))
-- 1.3125
--
-- Source: R. Girshick, Fast R-CNN, 2015.
local SmoothL1Criterion, parent = torch.class('nn.SmoothL1Criterion', 'nn.Criterion')

function SmoothL1Criterion:__init(sizeAverage)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
end

function SmoothL1Criterion:updateOutput(input, target)
   return self:_loss(input, 'SmoothL1Criterion_updateOutput', target, self:_number(input), self.sizeAverage)
end

function SmoothL1Criterion:updateGradInput(input, target)
   input.THNN.SmoothL1Criterion_updateGradInput(input, target, self.gradInput, self.sizeAverage)
   return self.gradInput
end
