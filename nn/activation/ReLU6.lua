-- nn.ReLU6([inplace = false]): min(max(x, 0), 6).
--
-- Input: any shape; output: the same.
--
-- > nn.ReLU6():forward(torch.Tensor{-2, 3, 9})
--  0
--  3
--  6
-- [torch.DoubleTensor of size 3]
local ReLU6, parent = torch.class('nn.ReLU6', 'nn.Module')

function ReLU6:__init(inplace)
   parent.__init(self)
   if inplace == nil then inplace = false end
   self.inplace = inplace
end

function ReLU6:updateOutput(input)
   input.THNN.HardTanh_updateOutput(input, self.output, 0, 6, self.inplace)
   return self.output
end

function ReLU6:updateGradInput(input, gradOutput)
   input.THNN.HardTanh_updateGradInput(input, gradOutput, self.gradInput, 0, 6, self.inplace)
   return self.gradInput
end
