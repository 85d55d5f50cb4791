-- nn.L1Cost(): sum of |x|.
--
-- Input: any shape; there is no target. The gradient is the sign of x.
--
-- > nn.L1Cost():forward(torch.Tensor{-2, 3})
-- 5
local L1Cost = torch.class('nn.L1Cost', 'nn.Criterion')

function L1Cost:updateOutput(input)
   return self:_loss(input, 'L1Cost_updateOutput', self:_number(input))
end

--- criterion:clearState() -> criterion: gives back the memory of gradInput and buffers, as before saving to a file.
function L1Cost:clearState() return nn.utils.clear(self, 'gradInput', 'output_tensor') end

function L1Cost:updateGradInput(input)
   input.THNN.L1Cost_updateGradInput(input, nil, self.gradInput)
   return self.gradInput
end
