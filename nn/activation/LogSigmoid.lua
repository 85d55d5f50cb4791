-- nn.LogSigmoid(): log(1 / (1 + exp(-x))), without overflow for large |x|.
--
-- Input: any shape; output: the same.
--
-- > nn.LogSigmoid():forward(torch.Tensor{-1000, 0})
-- -1000.0000
--    -0.6931
-- [torch.DoubleTensor of size 2]
local LogSigmoid, parent = torch.class('nn.LogSigmoid', 'nn.Module')

function LogSigmoid:updateOutput(input)
   self.buffer = self.buffer or input.new()
   input.THNN.LogSigmoid_updateOutput(input, self.output, self.buffer)
   return self.output
end

function LogSigmoid:updateGradInput(input, gradOutput)
   input.THNN.LogSigmoid_updateGradInput(input, gradOutput, self.gradInput, self.buffer)
   return self.gradInput
end

function LogSigmoid:clearState()
   if self.buffer then self.buffer:set() end
   return parent.clearState(self)
end
