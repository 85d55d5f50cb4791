-- nn.GatedLinearUnit([dim = last]): a / (1 + exp(-b)), a being the first half of a dimension and b the second.
--
-- Input: any shape whose dimension dim is even; output: half as long there. Raises for an odd size.
--
-- > nn.GatedLinearUnit():forward(torch.Tensor{4, 0})
--  2
-- [torch.DoubleTensor of size 1]
--
-- Source: Y. Dauphin, A. Fan, M. Auli, D. Grangier, Language modeling with gated convolutional networks, 2017.
local GatedLinearUnit, parent = torch.class('nn.GatedLinearUnit', 'nn.Module')

function GatedLinearUnit:__init(dim)
   parent.__init(self)
   self.dim = dim
end

function GatedLinearUnit:updateOutput(input)
   local dim = self.dim or input:dim()
   input.THNN.GatedLinear_updateOutput(input, self.output, dim)
   return self.output
end

function GatedLinearUnit:updateGradInput(input, gradOutput)
   local dim = self.dim or input:dim()
   input.THNN.GatedLinear_updateGradInput(input, gradOutput, self.gradInput, dim)
   return self.gradInput
end
