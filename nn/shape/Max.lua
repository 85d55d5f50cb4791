-- nn.Max([dimension = 1, nInputDims]): largest elements along a dimension, which goes away.
--
-- nInputDims: dimensions of a sample; an input with one more is a batch, and dimension counts without it. A negative
-- dimension counts from the end.
--
-- > nn.Max(2):forward(torch.Tensor{{1, 5}, {7, 3}})
--  5
--  7
-- [torch.DoubleTensor of size 2]
local Max, parent = torch.class('nn.Max', 'nn.Module')

function Max:__init(dimension, nInputDims)
   parent.__init(self)
   self.dimension = dimension or 1
   self.nInputDims = nInputDims -- dimensions of a sample, when a batch may come
end

Max._reduce = torch.max

Max._getPositiveDimension = nn.utils.positiveDimension

function Max:_lazyInit()
   self._output = self._output or self.output.new()
   self._indices = nn.utils.long(self._indices, self._output)
end

function Max:updateOutput(input)
   self:_lazyInit()
   local dimension = self:_getPositiveDimension(input)
   self._reduce(self._output, self._indices, input, dimension)
   if input:dim() > 1 and self._output:dim() == input:dim() then
      self.output:set(self._output:select(dimension, 1))
   else
      self.output:set(self._output)
   end
   return self.output
end

function Max:updateGradInput(input, gradOutput)
   self:_lazyInit()
   local dimension = self:_getPositiveDimension(input)
   local g = gradOutput
   if input:dim() > 1 and self._indices:dim() == input:dim() then
      g = nn.utils.addSingletonDimension(gradOutput, dimension)
   elseif input:dim() > 1 then
      g = nn.utils.addSingletonDimension(gradOutput, dimension)
      self._indices = nn.utils.addSingletonDimension(self._indices, dimension)
   end
   self.gradInput:resizeAs(input):zero():scatter(dimension, self._indices, g)
   return self.gradInput
end

function Max:type(type, tensorCache)
   if not type then return self._type end
   self._indices = nil
   return parent.type(self, type, tensorCache)
end

function Max:clearState()
   nn.utils.clear(self, '_indices', '_output')
   return parent.clearState(self)
end
