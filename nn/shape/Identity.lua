-- nn.Identity(): passes input, of any kind, and gradient on.
--
-- > nn.Identity():forward(torch.Tensor{1, 2})
--  1
--  2
-- [torch.DoubleTensor of size 2]
local Identity = torch.class('nn.Identity', 'nn.Module')

function Identity:updateOutput(input)
   self.output = input
   return self.output
end

function Identity:updateGradInput(input, gradOutput)
   self.gradInput = gradOutput
   return self.gradInput
end

function Identity:clearState() return nn.utils.release(self, 'output', 'gradInput') end
