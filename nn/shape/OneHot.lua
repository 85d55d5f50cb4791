-- nn.OneHot(outputSize): class numbers become an extra dimension of outputSize with a 1 at the class.
--
-- Input: a number 1 .. outputSize, or a tensor of them, of any shape. There is no gradient.
--
-- > nn.OneHot(3):forward(torch.LongTensor{2, 3})
--  0  1  0
--  0  0  1
-- [torch.DoubleTensor of size 2x3]
local OneHot, parent = torch.class('nn.OneHot', 'nn.Module')

function OneHot:__init(outputSize)
   parent.__init(self)
   self.outputSize = outputSize
end

function OneHot:updateOutput(input)
   local size
   if type(input) == 'number' then
      input = torch.LongTensor{input}
      size = {self.outputSize}
   else
      size = input:size():totable()
      size[#size + 1] = self.outputSize
   end
   self._long = input:long():contiguous()
   self.output:resize(torch.LongStorage(size)):zero()
   self.output:view(-1, self.outputSize):scatter(2, self._long:view(-1, 1), 1)
   return self.output
end

function OneHot:updateGradInput(input, gradOutput)
   if type(input) == 'number' then return 0 end
   self.gradInput:resize(input:size()):zero()
   return self.gradInput
end

function OneHot:clearState()
   self._long = nil
   return parent.clearState(self)
end

function OneHot:type(type, typecache)
   self._long = nil
   return parent.type(self, type, typecache)
end
