-- nn.CAddTensorTable(): {{a, b...}, t} -> {a + t, b + t...}.
local CAddTensorTable, parent = torch.class('nn.CAddTensorTable', 'nn.Module')

function CAddTensorTable:__init()
   parent.__init(self)
   self.gradInput = {}
end

function CAddTensorTable:updateOutput(input)
   local output = {}
   for i = 1, #input[1] do output[i] = input[1][i]:clone():add(input[2]) end
   self.output = output
   return self.output
end

function CAddTensorTable:updateGradInput(input, gradOutput)
   self.gradInput[1] = gradOutput
   self.gradInput[2] = gradOutput[1]:clone()
   for i = 2, #gradOutput do self.gradInput[2]:add(gradOutput[i]) end
   return self.gradInput
end
