-- nn.AbsCriterion([sizeAverage = true]): mean of |x - t|.
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
