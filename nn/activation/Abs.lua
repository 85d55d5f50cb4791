-- nn.Abs(): |x|, the absolute value of every element.
--
-- Input: any shape; output: the same. The gradient is g where x >= 0, else -g.
--
-- > nn.Abs():forward(torch.Tensor{-2, 0, 3})
--  2
--  0
--  3
-- [torch.DoubleTensor of size 3]
local Abs = torch.class('nn.Abs', 'nn.Module')

function Abs:updateOutput(input)
   input.THNN.Abs_updateOutput(input, self.output)
   return self.output
end

function Abs:updateGradInput(input, gradOutput)
   input.THNN.Abs_updateGradInput(input, gradOutput, self.gradInput)
   return self.gradInput
end
