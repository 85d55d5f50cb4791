-- nn.CMinTable(): smallest of a table of tensors, element by element; the first of equals wins.
local CMinTable = torch.class('nn.CMinTable', 'nn.CMaxTable')

CMinTable._wins, CMinTable._index, CMinTable._values = 'lt', 'minIdx', 'minVals'
