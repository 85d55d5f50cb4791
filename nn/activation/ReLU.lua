-- nn.ReLU([inplace = false]): max(x, 0).
local ReLU, parent = torch.class('nn.ReLU', 'nn.Threshold')

function ReLU:__init(inplace) parent.__init(self, 0, 0, inplace) end
