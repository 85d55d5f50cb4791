-- nn.Clamp(min_value, max_value): x clamped to [min_value, max_value]: nn.HardTanh whose bounds must be given.
--
-- Input: any shape; output: the same. The gradient is 0 at and beyond the bounds.
--
-- > nn.Clamp(0, 1):forward(torch.Tensor{-2, 0.5, 3})
--  0.0000
--  0.5000
--  1.0000
-- [torch.DoubleTensor of size 3]
local Clamp, parent = torch.class('nn.Clamp', 'nn.HardTanh')

function Clamp:__init(min_value, max_value) parent.__init(self, min_value, max_value) end
