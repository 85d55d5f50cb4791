-- nn.Mean([dim = 1, nInputDims, squeeze = true]): mean along a dimension.
local Mean, parent = torch.class('nn.Mean', 'nn.Sum')

function Mean:__init(dimension, nInputDims, squeeze) parent.__init(self, dimension, nInputDims, true, squeeze) end
