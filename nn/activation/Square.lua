-- nn.Square(): x^2 of every element.
--
-- Input: any shape; output: the same.
--
-- > nn.Square():forward(torch.Tensor{-2, 3})
--  4
--  9
-- [torch.DoubleTensor of size 2]
local Square = torch.class('nn.Square', 'nn.Module')

function Square:updateOutput(input)
   input.THNN.Square_updateOutput(input, self.output)
   return self.output
end

function Square:updateGradInput(input, gradOutput)
   input.THNN.Square_updateGradInput(input, gradOutput, self.gradInput)
   return self.gradInput
end
