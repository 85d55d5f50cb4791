-- nn.Min([dimension = 1, nInputDims]): smallest elements along a dimension, which goes away; as nn.Max.
--
-- > nn.Min(2):forward(torch.Tensor{{1, 5}, {7, 3}})
--  1
--  3
-- [torch.DoubleTensor of size 2]
local Min = torch.class('nn.Min', 'nn.Max')

Min._reduce = torch.min
