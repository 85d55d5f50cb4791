-- nn.Tanh(): tanh(x).
local Tanh = torch.class('nn.Tanh', 'nn.Module')

function Tanh:updateOutput(input)
   input.THNN.Tanh_updateOutput(input, self.output)
   return self.output
end

function Tanh:updateGradInput(input, gradOutput)
   self.output.THNN.Tanh_updateGradInput(nil, gradOutput, self.gradInput, self.output)
   return self.gradInput
end
