-- nn.Log(): the natural logarithm of every element; nan below 0.
--
-- Input: any shape; output: the same.
--
-- > nn.Log():forward(torch.Tensor{1, 10})
--  0.0000
--  2.3026
-- [torch.DoubleTensor of size 2]
local Log = torch.class('nn.Log', 'nn.Module')

function Log:updateOutput(input)
   self.output:resizeAs(input):copy(input):log()
   return self.output
end

function Log:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):fill(1):cdiv(input):cmul(gradOutput)
   return self.gradInput
end
