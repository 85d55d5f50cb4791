-- nn.Exp(): exp(x) of every element.
--
-- Input: any shape; output: the same.
--
-- > nn.Exp():forward(torch.Tensor{0, 1})
--  1.0000
--  2.7183
-- [torch.DoubleTensor of size 2]
local Exp = torch.class('nn.Exp', 'nn.Module')

function Exp:updateOutput(input)
   self.output:exp(input) -- no tail call: errors find the module
   return self.output
end

function Exp:updateGradInput(input, gradOutput)
   self.gradInput:cmul(self.output, gradOutput)
   return self.gradInput
end
