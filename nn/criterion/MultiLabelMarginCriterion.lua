-- nn.MultiLabelMarginCriterion(): hinge loss where several classes are right: sum of max(0, 1 - (x[t] - x[i])) over
-- right t and wrong i, divided by the number of classes.
--
-- Input: classes, or N x classes; target: of the same shape, a list of right classes ended by 0. Of a batch the mean.
--
-- > nn.MultiLabelMarginCriterion():forward(torch.Tensor{1, 2, 3}, torch.Tensor{3, 0, 0})
-- 0
local MultiLabelMarginCriterion, parent = torch.class('nn.MultiLabelMarginCriterion', 'nn.Criterion')

function MultiLabelMarginCriterion:__init()
   parent.__init(self)
   self.sizeAverage = true
   self.isTarget = torch.Tensor()
end

function MultiLabelMarginCriterion:updateOutput(input, target)
   return self:_loss(input, 'MultiLabelMarginCriterion_updateOutput', nn.utils.long(target, input), self:_number(input), self.isTarget,
      self.sizeAverage)
end

function MultiLabelMarginCriterion:updateGradInput(input, target)
   input.THNN.MultiLabelMarginCriterion_updateGradInput(input, nn.utils.long(target, input), self.gradInput, self.isTarget,
      self.sizeAverage)
   return self.gradInput
end
