-- nn.DistKLDivCriterion(): mean of t (log t - x), x being log probabilities.
local DistKLDivCriterion, parent = torch.class('nn.DistKLDivCriterion', 'nn.Criterion')

function DistKLDivCriterion:__init()
   parent.__init(self)
   self.sizeAverage = true
end

function DistKLDivCriterion:updateOutput(input, target)
   assert(input:dim() == target:dim() and input:isSameSizeAs(target), 'input and target should have the same size')
   return self:_loss(input, 'DistKLDivCriterion_updateOutput', target, self:_number(input), self.sizeAverage)
end

function DistKLDivCriterion:updateGradInput(input, target)
   assert(input:dim() == target:dim() and input:isSameSizeAs(target), 'input and target should have the same size')
   input.THNN.DistKLDivCriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage)
   return self.gradInput
end
