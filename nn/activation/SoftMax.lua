-- nn.SoftMax(): exp(x_i) / sum_j exp(x_j) over classes: probabilities.
--
-- Input: classes, N x classes, classes x H x W or N x classes x H x W; output: the same. Raises for other numbers of
-- dimensions. To train by likelihood, nn.LogSoftMax is exacter.
--
-- > nn.SoftMax():forward(torch.Tensor{1, 1, 2})
--  0.2119
--  0.2119
--  0.5761
-- [torch.DoubleTensor of size 3]
local SoftMax = torch.class('nn.SoftMax', 'nn.Module')

function SoftMax:updateOutput(input)
   input.THNN.SoftMax_updateOutput(input, self.output)
   return self.output
end

function SoftMax:updateGradInput(input, gradOutput)
   input.THNN.SoftMax_updateGradInput(input, gradOutput, self.gradInput, self.output)
   return self.gradInput
end
