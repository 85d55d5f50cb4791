-- nn.LookupTable(nIndex, nOutput [, paddingValue = 0, maxNorm, normType = 2]): rows of a learned matrix, chosen by
-- number: word embeddings.
--
-- Input: whole numbers 1 .. nIndex, n or N x n of them, of any type; output: n x nOutput, or N x n x nOutput. The row
-- paddingValue gets no gradient. With maxNorm, rows that are used are scaled down to that norm, the normType-norm, in
-- the forward pass. Fields: weight, nIndex x nOutput, drawn from a normal distribution. Raises for an index that is out
-- of range.
--
-- > #nn.LookupTable(10, 4):forward(torch.LongTensor{1, 5, 2})
--  3
--  4
-- [torch.LongStorage of size 2]
local LookupTable, parent = torch.class('nn.LookupTable', 'nn.Module')
local wrong = require('nn.check').wrong

LookupTable.__version = 4

function LookupTable:__init(nIndex, nOutput, paddingValue, maxNorm, normType)
   parent.__init(self)
   self.weight = torch.Tensor(nIndex, nOutput)
   self.gradWeight = torch.Tensor(nIndex, nOutput):zero()
   self.paddingValue = paddingValue or 0
   self.maxNorm = maxNorm or nil
   self.normType = normType or nil
   self:reset()
end

--- module:backCompatibility(): gives a module of an old file the fields it lacks.
function LookupTable:backCompatibility()
   self._count = self._count or torch.IntTensor()
   self._input = self._input or torch.LongTensor()
   if not self.shouldScaleGradByFreq then self.shouldScaleGradByFreq = false end
end

--- module:accUpdateOnly() -> module: without gradWeight, half the memory: parameters are changed by
-- accUpdateGradParameters alone.
function LookupTable:accUpdateOnly()
   self.gradWeight = nil
   return self
end

--- module:setPadding([paddingValue]) -> module: sets the index whose row gets no gradient.
function LookupTable:setPadding(paddingValue)
   self.paddingValue = paddingValue
   return self
end

--- module:setMaxNorm([maxNorm]) -> module: sets the norm that rows are scaled down to when they are used; nil: none.
function LookupTable:setMaxNorm(maxNorm)
   self.maxNorm = maxNorm
   return self
end

--- module:setNormType([normType]) -> module: sets which norm that is.
function LookupTable:setNormType(normType)
   self.normType = normType
   return self
end

--- module:scaleGradByFreq() -> module: from now on divides the gradient of a row by how often the batch has it.
function LookupTable:scaleGradByFreq()
   self.shouldScaleGradByFreq = true
   return self
end

function LookupTable:reset(stdv)
   stdv = stdv or 1
   self.weight:normal(0, stdv)
end

--- module:makeInputContiguous(input) -> LongTensor: the indices as a contiguous tensor of Longs, where the weight lives.
function LookupTable:makeInputContiguous(input)
   local long = nn.utils.onGPU(self.weight) and 'torch.CudaLongTensor' or 'torch.LongTensor'
   if torch.type(input) == long and input:isContiguous() then
      self.copiedInput = false
      return input
   end
   self.copiedInput = true
   self._input = torch.type(self._input) == long and self._input or nn.utils.long(nil, self.weight)
   self._input:resize(input:size()):copy(input)
   return self._input
end

function LookupTable:updateOutput(input)
   self:backCompatibility()
   self:renorm(input)
   input = self:makeInputContiguous(input)
   if input:dim() == 1 then
      self.output:index(self.weight, 1, input)
   elseif input:dim() == 2 then
      self.output:index(self.weight, 1, input:view(-1))
      self.output = self.output:view(input:size(1), input:size(2), self.weight:size(2))
   else
      wrong('LookupTable', 1, 'input', 'must be a vector or matrix')
   end
   return self.output
end

function LookupTable:updateGradInput(input, gradOutput)
   -- the gradient of an index is nothing
   if torch.type(self.gradInput) ~= torch.type(input) then self.gradInput = input.new() end
   if not self.gradInput:isSameSizeAs(input) then self.gradInput:resizeAs(input):zero() end
   return self.gradInput
end

function LookupTable:accGradParameters(input, gradOutput, scale)
   self:backCompatibility()
   input = self.copiedInput and self._input or input
   if input:dim() == 2 then
      input = input:contiguous():view(-1)
   elseif input:dim() ~= 1 then
      wrong('LookupTable', 1, 'input', 'must be a vector or matrix')
   end
   self.gradWeight.THNN.LookupTable_accGradParameters(input, gradOutput, self.gradWeight, self._count, nil, nil,
      self.shouldScaleGradByFreq or false, self.paddingValue or 0, scale or 1)
end

--- module:renorm(input): scales rows that the input names down to maxNorm, when that is set.
function LookupTable:renorm(input)
   if not self.maxNorm then return end
   local index = nn.utils.long(input, self.weight):contiguous():view(-1)
   self.weight.THNN.LookupTable_renorm(index, self.weight, self.maxNorm, self.normType or 2)
end

function LookupTable:type(type, tensorCache)
   if not type then return self._type end
   parent.type(self, type, tensorCache)
   self._count, self._input = torch.IntTensor(), torch.LongTensor() -- which keep their types
   return self
end

function LookupTable:clearState()
   nn.utils.clear(self, '_count', '_input', '_gradOutput')
   return parent.clearState(self)
end

LookupTable.sharedAccUpdateGradParameters = LookupTable.defaultAccUpdateGradParameters
