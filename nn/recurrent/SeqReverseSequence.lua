-- nn.SeqReverseSequence(dim): the input with dimension dim in the opposite order, as Element Research's rnn has it: before and behind
-- an nn.SeqLSTM or nn.SeqGRU it makes one that reads backwards.
--
-- > nn.SeqReverseSequence(1):forward(torch.Tensor{1, 2, 3})
--  3
--  2
--  1
-- [torch.DoubleTensor of size 3]
local SeqReverseSequence, parent = torch.class('nn.SeqReverseSequence', 'nn.Module')
local wrong, check_gradient = require('nn.check').wrong, require('nn.check').gradient

SeqReverseSequence.__arguments = 'dim size'

function SeqReverseSequence:__init(dim)
   parent.__init(self)
   self.dim = dim
end

function SeqReverseSequence:updateOutput(input)
   if input:dim() < self.dim then wrong(self, 1, 'input', 'expected %d dimensions or more, got %s', self.dim, nn.utils.sizeText(input)) end
   self.output = nn.utils.reversed(input, self.dim)
   return self.output
end

function SeqReverseSequence:updateGradInput(input, gradOutput)
   check_gradient(self, gradOutput, self.output)
   self.gradInput = nn.utils.reversed(gradOutput, self.dim)
   return self.gradInput
end

function SeqReverseSequence:__tostring__() return ('%s(%d)'):format(torch.type(self), self.dim) end

function SeqReverseSequence.__cases()
   local T = torch.DoubleTensor
   return {{nn.SeqReverseSequence(1), T(4, 2, 3)}, {nn.SeqReverseSequence(2), T(2, 3)}, {nn.SeqReverseSequence(1), T(1)}}
end
