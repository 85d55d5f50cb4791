-- nn.MultiLabelMarginCriterion(): hinge loss of several classes; targets are lists of classes ended by 0.
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
