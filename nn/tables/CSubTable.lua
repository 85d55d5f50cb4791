-- nn.CSubTable(): difference of two tensors of one shape, element by element.
--
-- Input: {a, b}; output: a - b.
--
-- > nn.CSubTable():forward{torch.Tensor{6, 8}, torch.Tensor{2, 4}}
--  4
--  4
-- [torch.DoubleTensor of size 2]
local CSubTable, parent = torch.class('nn.CSubTable', 'nn.Module')

function CSubTable:__init()
   parent.__init(self)
   self.gradInput = {}
end

function CSubTable:updateOutput(input)
   nn.utils.checkSizes(self, input)
   self.output:resizeAs(input[1]):copy(input[1])
   self.output:add(-1, input[2])
   return self.output
end

function CSubTable:updateGradInput(input, gradOutput)
   self.gradInput[1] = self.gradInput[1] or input[1].new()
   self.gradInput[2] = self.gradInput[2] or input[1].new()
   self.gradInput[1]:resizeAs(input[1]):copy(gradOutput)
   self.gradInput[2]:resizeAs(input[2]):copy(gradOutput):mul(-1)
   return self.gradInput
end
