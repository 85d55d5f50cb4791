-- nn.TanhShrink(): x - tanh(x) of every element.
--
-- Input: any shape; output: the same.
--
-- > nn.TanhShrink():forward(torch.Tensor{-1, 0, 1})
-- -0.2384
--  0.0000
--  0.2384
-- [torch.DoubleTensor of size 3]
local TanhShrink, parent = torch.class('nn.TanhShrink', 'nn.Module')

function TanhShrink:__init()
   parent.__init(self)
   self.tanh = nn.Tanh()
end

function TanhShrink:updateOutput(input)
   local th = self.tanh:updateOutput(input)
   self.output:resizeAs(input):copy(input):add(-1, th)
   return self.output
end

function TanhShrink:updateGradInput(input, gradOutput)
   local dth = self.tanh:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):copy(gradOutput):add(-1, dth)
   return self.gradInput
end

function TanhShrink:clearState()
   self.tanh:clearState()
   return parent.clearState(self)
end
