-- nn.HardShrink([lambda = 0.5]): x where |x| > lambda, else 0.
--
-- Input: any shape; output: the same.
--
-- > nn.HardShrink(1):forward(torch.Tensor{-2, 0.5, 3})
-- -2
--  0
--  3
-- [torch.DoubleTensor of size 3]
local HardShrink, parent = torch.class('nn.HardShrink', 'nn.Module')

function HardShrink:__init(lam)
   parent.__init(self)
   self.lambda = lam or 0.5
end

function HardShrink:updateOutput(input)
   input.THNN.HardShrink_updateOutput(input, self.output, self.lambda)
   return self.output
end

function HardShrink:updateGradInput(input, gradOutput)
   input.THNN.HardShrink_updateGradInput(input, gradOutput, self.gradInput, self.lambda)
   return self.gradInput
end
