-- nn.SiLU(): x / (1 + exp(-x)), also called Swish: a smooth ReLU, whose least value is -0.278 at x = -1.278.
--
-- Input: any shape; output: the same.
--
-- > nn.SiLU():forward(torch.Tensor{0, 1})
--  0.0000
--  0.7311
-- [torch.DoubleTensor of size 2]
--
-- Source: S. Elfwing, E. Uchibe, K. Doya, Sigmoid-weighted linear units for neural network function approximation in
-- reinforcement learning, 2017.
local SiLU = torch.class('nn.SiLU', 'nn.Module')

function SiLU:updateOutput(input)
   input.THNN.SiLU_updateOutput(input, self.output)
   return self.output
end

function SiLU:updateGradInput(input, gradOutput)
   input.THNN.SiLU_updateGradInput(input, gradOutput, self.gradInput)
   return self.gradInput
end

function SiLU.__cases() return {{nn.SiLU(), torch.DoubleTensor(3, 4), -6, 6}} end
