-- nn.Sqrt([eps = 0]): the square root of every element; eps is kept for old files and unused.
--
-- Input: any shape; output: the same. The gradient is 0 where the root is.
--
-- > nn.Sqrt():forward(torch.Tensor{4, 9})
--  2
--  3
-- [torch.DoubleTensor of size 2]
local Sqrt, parent = torch.class('nn.Sqrt', 'nn.Module')

function Sqrt:__init(b)
   parent.__init(self)
   self.eps = b or 0
end

function Sqrt:updateOutput(input)
   self.eps = self.eps or 0
   input.THNN.Sqrt_updateOutput(input, self.output, self.eps)
   return self.output
end

function Sqrt:updateGradInput(input, gradOutput)
   input.THNN.Sqrt_updateGradInput(input, gradOutput, self.gradInput, self.output)
   return self.gradInput
end
