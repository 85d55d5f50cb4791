-- nn.Sum([dimension = 1, nInputDims, sizeAverage = false, squeeze = true]): sum along a dimension, which goes away
-- unless squeeze = false; the mean with sizeAverage.
--
-- nInputDims: dimensions of a sample; an input with one more is a batch, and dimension counts without it.
--
-- > nn.Sum(2):forward(torch.Tensor{{1, 5}, {7, 3}})
--   6
--  10
-- [torch.DoubleTensor of size 2]
local Sum, parent = torch.class('nn.Sum', 'nn.Module')
local wrong = require('nn.check').wrong

function Sum:__init(dimension, nInputDims, sizeAverage, squeeze)
   parent.__init(self)
   self.dimension = dimension or 1
   self.nInputDims = nInputDims
   self.sizeAverage = sizeAverage or false
   self.squeeze = squeeze == nil or squeeze
end

function Sum:_getPositiveDimension(input)
   local dimension = nn.utils.positiveDimension(self, input)
   if not (input:dim() >= dimension) then wrong(self, 1, 'input', 'dimension exceeds input dimensions') end
   return dimension
end

function Sum:updateOutput(input)
   local dimension = self:_getPositiveDimension(input)
   if type(self.output) == 'number' then self.output = input.new() end
   self.output:sum(input, dimension)
   if self.sizeAverage then self.output:div(input:size(dimension)) end
   if (self.squeeze == nil or self.squeeze) and self.output:nDimension() > 1 then
      self.output:set(self.output:select(dimension, 1))
   end
   return self.output
end

function Sum:updateGradInput(input, gradOutput)
   local dimension = self:_getPositiveDimension(input)
   local size = input:size()
   size[dimension] = 1
   local g = gradOutput:contiguous():view(size)
   self.gradInput:resizeAs(input):copy(g:expandAs(input))
   if self.sizeAverage then self.gradInput:div(input:size(dimension)) end
   return self.gradInput
end

function Sum:clearState()
   nn.utils.clear(self, '_gradOutput')
   return parent.clearState(self)
end
