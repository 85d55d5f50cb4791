-- nn.JoinTable(dimension [, nInputDims]): tensors of a table, joined along a dimension.
--
-- nInputDims: dimensions of a sample; tensors with one more are batches, and dimension counts without it. A negative
-- dimension counts from the end.
--
-- > nn.JoinTable(1):forward{torch.Tensor{1, 2}, torch.Tensor{3}}
--  1
--  2
--  3
-- [torch.DoubleTensor of size 3]
local JoinTable, parent = torch.class('nn.JoinTable', 'nn.Module')
local wrong = require('nn.check').wrong

function JoinTable:__init(dimension, nInputDims)
   parent.__init(self)
   self.size = torch.LongStorage()
   self.dimension = dimension
   self.gradInput = {}
   self.nInputDims = nInputDims
end

function JoinTable:_getPositiveDimension(input)
   if not input[1] then wrong(self, 1, 'input', 'table of tensors expected, got an empty one') end
   local dimension = nn.utils.positiveDimension(self, input[1])
   nn.utils.checkDimension(self, input[1], dimension)
   return dimension
end

function JoinTable:updateOutput(input)
   local dimension = self:_getPositiveDimension(input)
   for i = 1, #input do
      if i == 1 then
         self.size:resize(input[1]:dim()):copy(input[1]:size())
      else
         self.size[dimension] = self.size[dimension] + input[i]:size(dimension)
      end
   end
   self.output:resize(self.size)
   local offset = 1
   for i = 1, #input do
      local n = input[i]:size(dimension)
      self.output:narrow(dimension, offset, n):copy(input[i])
      offset = offset + n
   end
   return self.output
end

function JoinTable:updateGradInput(input, gradOutput)
   local dimension = self:_getPositiveDimension(input)
   local offset = 1
   for i = 1, #input do
      local n = input[i]:size(dimension)
      self.gradInput[i] = self.gradInput[i] or input[i].new()
      self.gradInput[i]:resizeAs(input[i]):copy(gradOutput:narrow(dimension, offset, n))
      offset = offset + n
   end
   for i = #input + 1, #self.gradInput do self.gradInput[i] = nil end
   return self.gradInput
end

function JoinTable:type(type, tensorCache)
   self.gradInput = {}
   return parent.type(self, type, tensorCache)
end
