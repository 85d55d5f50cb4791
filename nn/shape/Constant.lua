-- nn.Constant(value [, nInputDim]): the same tensor, or number, whatever the input.
--
-- nInputDim: dimensions of a sample; an input with more is a batch, over which the value is repeated. The gradient is
-- 0.
--
-- > nn.Constant(torch.Tensor{5, 6}):forward(torch.ones(3))
--  5
--  6
-- [torch.DoubleTensor of size 2]
local Constant, parent = torch.class('nn.Constant', 'nn.Module')

function Constant:__init(value, nInputDim)
   self.value = value
   if torch.type(self.value) == 'number' then self.value = torch.Tensor{self.value} end
   self.nInputDim = nInputDim
   parent.__init(self)
end

function Constant:updateOutput(input)
   if self.nInputDim and input:dim() > self.nInputDim then
      local vsize = self.value:size():totable()
      self.output:resize(input:size(1), unpack(vsize))
      self.output:copy(self.value:view(1, unpack(vsize)):expand(self.output:size()))
   else
      self.output:resize(self.value:size()):copy(self.value)
   end
   return self.output
end

function Constant:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):zero()
   return self.gradInput
end
