-- nn.Exp(): exp(x).
local Exp = torch.class('nn.Exp', 'nn.Module')

function Exp:updateOutput(input)
   self.output:exp(input) -- no tail call: errors find the module
   return self.output
end

function Exp:updateGradInput(input, gradOutput)
   self.gradInput:cmul(self.output, gradOutput)
   return self.gradInput
end
