-- nn.SplitTable(dimension [, nInputDims]): the slices of a dimension, which goes away, as a table.
--
-- nInputDims: dimensions of a sample; an input with one more is a batch, and dimension counts without it. A negative
-- dimension counts from the end.
--
-- > nn.SplitTable(1):forward(torch.Tensor{{1, 2}, {3, 4}})[2]
--  3
--  4
-- [torch.DoubleTensor of size 2]
local SplitTable, parent = torch.class('nn.SplitTable', 'nn.Module')

function SplitTable:__init(dimension, nInputDims)
   parent.__init(self)
   self.dimension = dimension
   self.nInputDims = nInputDims
end

SplitTable._getPositiveDimension = nn.utils.positiveDimension

function SplitTable:updateOutput(input)
   local dimension = self:_getPositiveDimension(input)
   local slices = {}
   for i = 1, input:size(dimension) do slices[i] = input:select(dimension, i) end
   self.output = slices
   return self.output
end

function SplitTable:updateGradInput(input, gradOutput)
   local dimension = self:_getPositiveDimension(input)
   if self.gradInput then
      self.gradInput:resizeAs(input)
      for i = 1, input:size(dimension) do self.gradInput:select(dimension, i):copy(gradOutput[i]) end
   end
   return self.gradInput
end
