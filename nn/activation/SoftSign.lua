-- nn.SoftSign(): x / (1 + |x|), in (-1, 1).
--
-- Input: any shape; output: the same.
--
-- > nn.SoftSign():forward(torch.Tensor{-1, 0, 3})
-- -0.5000
--  0.0000
--  0.7500
-- [torch.DoubleTensor of size 3]
local SoftSign = torch.class('nn.SoftSign', 'nn.Module')

function SoftSign:updateOutput(input)
   self.temp = self.temp or input.new()
   self.temp:resizeAs(input):copy(input):abs():add(1)
   self.output:resizeAs(input):copy(input):cdiv(self.temp)
   return self.output
end

function SoftSign:updateGradInput(input, gradOutput)
   self.tempgrad = self.tempgrad or input.new()
   self.tempgrad:resizeAs(self.output):copy(input):abs():add(1):cmul(self.tempgrad)
   self.gradInput:resizeAs(input):copy(gradOutput):cdiv(self.tempgrad)
   return self.gradInput
end

function SoftSign:clearState()
   nn.utils.clear(self, 'temp', 'tempgrad')
   return nn.Module.clearState(self)
end
