-- nn.ReLU([inplace = false]): max(x, 0), the rectified linear unit.
--
-- Input: any shape; output: the same. inplace overwrites the input, which saves memory where what comes before does not
-- need it.
--
-- > nn.ReLU():forward(torch.Tensor{-2, 0, 3})
--  0
--  0
--  3
-- [torch.DoubleTensor of size 3]
local ReLU, parent = torch.class('nn.ReLU', 'nn.Threshold')

function ReLU:__init(inplace) parent.__init(self, 0, 0, inplace) end
