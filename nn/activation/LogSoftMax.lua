-- nn.LogSoftMax(): log(exp(x_i) / sum_j exp(x_j)) over classes: log probabilities, for nn.ClassNLLCriterion.
--
-- Input: classes, N x classes, classes x H x W or N x classes x H x W; output: the same. The largest x is subtracted
-- first, so that nothing overflows. Raises for other numbers of dimensions.
--
-- > nn.LogSoftMax():forward(torch.zeros(2))
-- -0.6931
-- -0.6931
-- [torch.DoubleTensor of size 2]
local LogSoftMax = torch.class('nn.LogSoftMax', 'nn.Module')

function LogSoftMax:updateOutput(input)
   input.THNN.LogSoftMax_updateOutput(input, self.output)
   return self.output
end

function LogSoftMax:updateGradInput(input, gradOutput)
   input.THNN.LogSoftMax_updateGradInput(input, gradOutput, self.gradInput, self.output)
   return self.gradInput
end
