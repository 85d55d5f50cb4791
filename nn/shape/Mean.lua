-- nn.Mean([dimension = 1, nInputDims, squeeze = true]): mean along a dimension, which goes away unless squeeze = false.
--
-- nInputDims: dimensions of a sample; an input with one more is a batch, and dimension counts without it.
--
-- > nn.Mean(2):forward(torch.Tensor{{1, 5}, {7, 3}})
--  3
--  5
-- [torch.DoubleTensor of size 2]
local Mean, parent = torch.class('nn.Mean', 'nn.Sum')

function Mean:__init(dimension, nInputDims, squeeze) parent.__init(self, dimension, nInputDims, true, squeeze) end
