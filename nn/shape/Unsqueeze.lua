-- nn.Unsqueeze(pos [, numInputDims]): a dimension of size 1 before position pos.
--
-- numInputDims: dimensions of a sample; an input with one more is a batch, and pos counts without it.
--
-- > #nn.Unsqueeze(1):forward(torch.ones(3))
--  1
--  3
-- [torch.LongStorage of size 2]
local Unsqueeze, parent = torch.class('nn.Unsqueeze', 'nn.Module')
local expect = require('nn.check').expect

function Unsqueeze:__init(pos, numInputDims)
   parent.__init(self)
   self.pos = pos
   self:setNumInputDims(numInputDims)
end

--- module:setNumInputDims(numInputDims) -> module: sets how many dimensions a sample has; an input with one more is a
-- batch.
function Unsqueeze:setNumInputDims(numInputDims)
   self.numInputDims = numInputDims
   return self
end

function Unsqueeze:_getActualPosition(input)
   -- the first input says how many dimensions a sample has
   self.numInputDims = self.numInputDims or input:dim()
   return self.pos + (input:dim() - self.numInputDims)
end

function Unsqueeze:updateOutput(input)
   local pos = self:_getActualPosition(input)
   nn.utils.addSingletonDimension(self.output, input, pos)
   return self.output
end

function Unsqueeze:updateGradInput(input, gradOutput)
   expect(input:nElement() == gradOutput:nElement(), self, 2, 'gradOutput', 'expected %d elements, got %d', input:nElement(),
      gradOutput:nElement())
   self.gradInput:view(gradOutput:contiguous(), input:size())
   return self.gradInput
end

function Unsqueeze:__tostring__() return torch.type(self) .. '(dim ' .. self.pos .. ')' end
