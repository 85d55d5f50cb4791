-- nn.CAddTensorTable(): a tensor added to each of several.
--
-- Input: {t, {a, b...}}; output: {a + t, b + t...}.
--
-- > nn.CAddTensorTable():forward{torch.Tensor{10}, {torch.Tensor{1}, torch.Tensor{2}}}[2]
--  12
-- [torch.DoubleTensor of size 1]
local CAddTensorTable, parent = torch.class('nn.CAddTensorTable', 'nn.Module')

function CAddTensorTable:__init()
   parent.__init(self)
   self.gradInput = {}
end

function CAddTensorTable:updateOutput(input)
   local output = {}
   for i = 1, #input[2] do output[i] = input[2][i]:clone():add(input[1]) end
   self.output = output
   return self.output
end

function CAddTensorTable:updateGradInput(input, gradOutput)
   self.gradInput[1] = gradOutput[1]:clone()
   for i = 2, #gradOutput do self.gradInput[1]:add(gradOutput[i]) end
   self.gradInput[2] = gradOutput
   return self.gradInput
end
