-- nn.SeqMask([value = 0]): the mask of a sequence for nn.SeqMasked: 1 where a step counts, and 0 where all its numbers are `value`, or a
-- number alone, such as that of a word, is. Input: any x any x n, or any x any; output: the first two dimensions of it. The gradient is 0.
--
-- > nn.SeqMask():forward(torch.Tensor{{3, 0, 2}})
--  1  0  1
-- [torch.DoubleTensor of size 1x3]
local SeqMask, parent = torch.class('nn.SeqMask', 'nn.Module')
local wrong = require('nn.check').wrong

SeqMask.__arguments = '[value number]'

function SeqMask:__init(value)
   parent.__init(self)
   self.value = value or 0
end

function SeqMask:updateOutput(input)
   if input:dim() ~= 2 and input:dim() ~= 3 then wrong(self, 1, 'input', 'expected 2 or 3 dimensions, got %s', nn.utils.sizeText(input)) end
   local counts = input:ne(self.value)
   if input:dim() == 3 then counts = counts:max(3):view(input:size(1), input:size(2)) end
   self.output:resize(input:size(1), input:size(2)):copy(counts)
   return self.output
end

function SeqMask:updateGradInput(input)
   self.gradInput:resizeAs(input):zero()
   return self.gradInput
end

function SeqMask.__cases() return {{nn.SeqMask(), torch.DoubleTensor(3, 4)}, {nn.SeqMask(2), torch.DoubleTensor(3, 2, 2)}} end
