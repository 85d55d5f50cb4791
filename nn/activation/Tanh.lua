-- nn.Tanh(): the hyperbolic tangent of every element, in (-1, 1).
--
-- Input: any shape; output: the same.
--
-- > nn.Tanh():forward(torch.Tensor{-1, 0, 1})
-- -0.7616
--  0.0000
--  0.7616
-- [torch.DoubleTensor of size 3]
local Tanh = torch.class('nn.Tanh', 'nn.Module')

function Tanh:updateOutput(input)
   input.THNN.Tanh_updateOutput(input, self.output)
   return self.output
end

function Tanh:updateGradInput(input, gradOutput)
   self.output.THNN.Tanh_updateGradInput(nil, gradOutput, self.gradInput, self.output)
   return self.gradInput
end
