-- nn.CMinTable(): smallest of a table of tensors, element by element; the first of equals wins.
--
-- Input: {a, b...}, of one shape; output: the same shape. Only the winner gets a gradient.
--
-- > nn.CMinTable():forward{torch.Tensor{1, 8}, torch.Tensor{2, 4}}
--  1
--  4
-- [torch.DoubleTensor of size 2]
local CMinTable = torch.class('nn.CMinTable', 'nn.CMaxTable')

CMinTable._wins, CMinTable._index, CMinTable._values = 'lt', 'minIdx', 'minVals'
