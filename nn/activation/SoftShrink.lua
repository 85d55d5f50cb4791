-- nn.SoftShrink([lambda = 0.5]): x moved towards 0 by lambda; 0 where |x| <= lambda.
--
-- Input: any shape; output: the same.
--
-- > nn.SoftShrink(1):forward(torch.Tensor{-2, 0.5, 3})
-- -1
--  0
--  2
-- [torch.DoubleTensor of size 3]
local SoftShrink, parent = torch.class('nn.SoftShrink', 'nn.Module')

function SoftShrink:__init(lam)
   parent.__init(self)
   self.lambda = lam or 0.5
end

function SoftShrink:updateOutput(input)
   input.THNN.SoftShrink_updateOutput(input, self.output, self.lambda)
   return self.output
end

function SoftShrink:updateGradInput(input, gradOutput)
   input.THNN.SoftShrink_updateGradInput(input, gradOutput, self.gradInput, self.lambda)
   return self.gradInput
end
