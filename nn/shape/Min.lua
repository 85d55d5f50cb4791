-- nn.Min([dim = 1, nInputDims]): smallest elements along a dimension.
local Min = torch.class('nn.Min', 'nn.Max')

Min._reduce = torch.min
