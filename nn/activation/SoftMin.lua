-- nn.SoftMin(): exp(-x_i) / sum_j exp(-x_j) over classes: nn.SoftMax of -x.
--
-- Input: as nn.SoftMax; output: the same.
--
-- > nn.SoftMin():forward(torch.Tensor{1, 1, 2})
--  0.4223
--  0.4223
--  0.1554
-- [torch.DoubleTensor of size 3]
local SoftMin, parent = torch.class('nn.SoftMin', 'nn.Module')

function SoftMin:updateOutput(input)
   self.mininput = self.mininput or input.new()
   self.mininput:resizeAs(input):copy(input):mul(-1)
   input.THNN.SoftMax_updateOutput(self.mininput, self.output)
   return self.output
end

function SoftMin:updateGradInput(input, gradOutput)
   self.mininput = self.mininput or input.new()
   self.mininput:resizeAs(input):copy(input):mul(-1)
   input.THNN.SoftMax_updateGradInput(self.mininput, gradOutput, self.gradInput, self.output)
   self.gradInput:mul(-1)
   return self.gradInput
end

function SoftMin:clearState()
   if self.mininput then self.mininput:set() end
   return parent.clearState(self)
end
