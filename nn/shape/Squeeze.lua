-- nn.Squeeze([dim, numInputDims]): without dimensions of size 1, or without dimension dim if its size is 1.
--
-- numInputDims: dimensions of a sample; an input with one more is a batch, and dim counts without it.
--
-- > #nn.Squeeze():forward(torch.ones(2, 1, 3))
--  2
--  3
-- [torch.LongStorage of size 2]
local Squeeze, parent = torch.class('nn.Squeeze', 'nn.Module')
local expect = require('nn.check').expect

function Squeeze:__init(dim, numInputDims)
   parent.__init(self)
   self.dim = dim
   self:setNumInputDims(numInputDims)
end

--- module:setNumInputDims(numInputDims) -> module: sets how many dimensions a sample has; an input with one more is a
-- batch.
function Squeeze:setNumInputDims(numInputDims)
   self.numInputDims = numInputDims
   return self
end

function Squeeze:updateOutput(input)
   expect(torch.isTensor(input), self, 1, 'input', 'Squeeze only works on tensors')
   local dim = self.dim
   local addone = false
   if self.numInputDims and input:dim() == (self.numInputDims + 1) then
      if dim then dim = dim + 1
      elseif input:size(1) == 1 then addone = true end -- the batch of one stays
   end
   self.output:set(dim and input:squeeze(dim) or input:squeeze())
   if addone then
      local s = self.output:size():totable()
      table.insert(s, 1, 1)
      self.output:set(self.output:view(torch.LongStorage(s)))
   end
   return self.output
end

function Squeeze:updateGradInput(input, gradOutput)
   expect(torch.isTensor(input), self, 1, 'input', 'Squeeze only works on tensors')
   expect(torch.isTensor(gradOutput), self, 2, 'gradOutput', 'Squeeze only works on tensors')
   expect(input:nElement() == gradOutput:nElement(), self, 2, 'gradOutput', 'expected %d elements, got %d', input:nElement(),
      gradOutput:nElement())
   self.gradInput:set(gradOutput:contiguous():view(input:size()))
   return self.gradInput
end
