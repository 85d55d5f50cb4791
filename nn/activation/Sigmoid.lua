-- nn.Sigmoid(): 1 / (1 + exp(-x)), in (0, 1).
--
-- Input: any shape; output: the same.
--
-- > nn.Sigmoid():forward(torch.Tensor{-1, 0, 1})
--  0.2689
--  0.5000
--  0.7311
-- [torch.DoubleTensor of size 3]
local Sigmoid = torch.class('nn.Sigmoid', 'nn.Module')

function Sigmoid:updateOutput(input)
   input.THNN.Sigmoid_updateOutput(input, self.output)
   return self.output
end

function Sigmoid:updateGradInput(input, gradOutput)
   self.output.THNN.Sigmoid_updateGradInput(nil, gradOutput, self.gradInput, self.output)
   return self.gradInput
end
