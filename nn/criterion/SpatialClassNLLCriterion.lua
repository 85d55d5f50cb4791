-- nn.SpatialClassNLLCriterion([weights, sizeAverage = true]): nn.ClassNLLCriterion at every place of images.
--
-- Input: N x classes x H x W, log probabilities; target: N x H x W, classes from 1. weights: one per class.
--
-- > nn.SpatialClassNLLCriterion():forward(torch.zeros(1, 2, 1, 1):fill(-3), torch.ones(1, 1, 1))
-- 3	1
local SpatialClassNLLCriterion, parent = torch.class('nn.SpatialClassNLLCriterion', 'nn.Criterion')

function SpatialClassNLLCriterion:__init(weights, sizeAverage)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
   self.weights = weights or nil
   self.output_tensor = torch.zeros(1)
   self.total_weight_tensor = torch.ones(1)
   self.target = torch.zeros(1):long()
end

function SpatialClassNLLCriterion:updateOutput(input, target)
   self.target = nn.utils.long(target, input)
   self:_loss(input, 'SpatialClassNLLCriterion_updateOutput', self.target, self.output_tensor, self.sizeAverage,
      self.weights, self.total_weight_tensor)
   if nn.utils.onGPU(input) then return self.output end -- another look would wait again
   return self.output, self.total_weight_tensor[1]
end

function SpatialClassNLLCriterion:updateGradInput(input, target)
   self.target = nn.utils.long(target, input)
   input.THNN.SpatialClassNLLCriterion_updateGradInput(input, self.target, self.gradInput, self.sizeAverage,
      self.weights, self.total_weight_tensor)
   return self.gradInput
end
