-- nn.MaskedSelect(): the elements that a mask tells, in one row.
--
-- Input: {x, mask}, a ByteTensor of the same shape; output: as many elements as the mask has ones.
--
-- > nn.MaskedSelect():forward{torch.Tensor{5, 6, 7}, torch.ByteTensor{1, 0, 1}}
--  5
--  7
-- [torch.DoubleTensor of size 2]
local MaskedSelect, parent = torch.class('nn.MaskedSelect', 'nn.Module')

function MaskedSelect:__init()
   parent.__init(self)
   self._maskIndices = torch.LongTensor()
   self._maskIndexBuffer = torch.LongTensor()
   self._maskIndexBufferCPU = torch.FloatTensor()
   self._gradBuffer = torch.Tensor()
   self._gradMask = torch.ByteTensor()
end

function MaskedSelect:updateOutput(input)
   local x, mask = input[1], input[2]
   self.output:maskedSelect(x, mask)
   return self.output
end

function MaskedSelect:updateGradInput(input, gradOutput)
   local x, mask = input[1], input[2]
   self._gradBuffer:resizeAs(x):zero()
   self._gradBuffer:maskedCopy(mask, gradOutput)
   self._gradMask:resize(mask:size()):fill(0)
   self.gradInput = {self._gradBuffer, self._gradMask}
   return self.gradInput
end

function MaskedSelect:type(type, tensorCache)
   if not type then return self._type end
   self._gradBuffer = self._gradBuffer:type(type)
   self.gradInput = self._gradBuffer
   self.output = self.output:type(type)
   self._type = type
   return self
end

function MaskedSelect:clearState()
   nn.utils.clear(self, {'output', 'gradInput', '_maskIndexBuffer', '_maskIndexBufferCPU', '_maskIndices',
      '_gradBuffer', '_gradMask'})
   return self
end
