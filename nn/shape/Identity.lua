-- nn.Identity(): passes input and gradient on.
local Identity = torch.class('nn.Identity', 'nn.Module')

function Identity:updateOutput(input)
   self.output = input
   return self.output
end

function Identity:updateGradInput(input, gradOutput)
   self.gradInput = gradOutput
   return self.gradInput
end

function Identity:clearState()
   -- not ours to empty
   for _, f in ipairs{'output', 'gradInput'} do
      if torch.isTensor(self[f]) then self[f] = self[f].new()
      elseif type(self[f]) == 'table' then self[f] = {} end
   end
   return self
end
