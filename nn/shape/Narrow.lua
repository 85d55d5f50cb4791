-- nn.Narrow(dimension, offset [, length = 1]): `length` positions of a dimension from `offset` on.
--
-- All may count from the end when negative: nn.Narrow(1, 2, -1) drops the first slice.
--
-- > nn.Narrow(1, 2, -1):forward(torch.Tensor{5, 6, 7})
--  6
--  7
-- [torch.DoubleTensor of size 2]
local Narrow, parent = torch.class('nn.Narrow', 'nn.Module')
local fail = require('nn.check').fail

function Narrow:__init(dimension, offset, length)
   parent.__init(self)
   self.dimension = dimension
   self.index = offset
   self.length = length == nil and 1 or length
   if not dimension or not offset then fail(self, 'nn.Narrow(dimension, offset, length)') end
end

local function place(self, input)
   local dim = self.dimension < 0 and input:dim() + self.dimension + 1 or self.dimension
   local length = self.length
   if length < 0 then length = input:size(dim) - self.index + self.length + 2 end
   local index = self.index
   if self.index < 0 then
      index = 1
      length = input:size(dim) - length
   end
   return dim, index, length
end

function Narrow:updateOutput(input)
   local output = input:narrow(place(self, input))
   self.output = self.output:typeAs(output)
   self.output:resizeAs(output):copy(output)
   return self.output
end

function Narrow:updateGradInput(input, gradOutput)
   local dim, index, length = place(self, input)
   self.gradInput = self.gradInput:typeAs(input)
   self.gradInput:resizeAs(input):zero()
   self.gradInput:narrow(dim, index, length):copy(gradOutput)
   return self.gradInput
end
