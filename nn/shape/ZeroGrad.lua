-- nn.ZeroGrad(): the identity, with a gradient of zero: what comes before does not learn.
--
-- > nn.ZeroGrad():forward(torch.Tensor{1, 2})
--  1
--  2
-- [torch.DoubleTensor of size 2]
local ZeroGrad = torch.class('nn.ZeroGrad', 'nn.Module')

function ZeroGrad:updateOutput(input)
   self.output:set(input)
   return self.output
end

function ZeroGrad:updateGradInput(input, gradOutput)
   self.gradInput = nn.utils.recursiveFill(nn.utils.recursiveResizeAs(self.gradInput, input), 0)
   return self.gradInput
end
