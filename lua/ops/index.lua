-- Indexing by tensors. Positions in index tensors are 1-based; masks hold 0 and 1.

local index = tensor{"index", type="Long"}

op "index" {
   doc = "Copies the slices along a dimension that a vector of positions names, in its order.", math = "r[i] = x[index[i]]",
   types = MATH, devices = BOTH, method = "only", c = "indexSelect",
   {newout"r", tensor"x", dim"d", index},
   {inout"r", tensor"x", dim"d", index, returns = "last"}, grad = {x = "spread(g, sizes(x), d, index)"},
   example = "torch.Tensor{{1, 2}, {3, 4}}:index(1, torch.LongTensor{2})  --> 3 4",
   source = "torch7 doc/tensor.md",
}
op "indexCopy" {
   doc = "Copies slice i of y into slice index[i] of x; the last of duplicates stays.", math = "x[index[i]] = y[i]",
   types = MATH, devices = BOTH, method = "only", c = "indexCopy", returns = "last",
   {inout"x", dim"d", index, tensor"y"}, grad = {x = "without(g, d, index)", y = "picked(g, d, index, sizes(y))"},
   example = "torch.zeros(3):indexCopy(1, torch.LongTensor{3, 1}, torch.Tensor{5, 6})",
   source = "torch7 doc/tensor.md",
}
op "indexAdd" {
   doc = "Adds slice i of y to slice index[i] of x; duplicates add up.", math = "x[index[i]] += y[i]",
   types = MATH, devices = BOTH, method = "only", c = "indexAdd", returns = "last",
   {inout"x", dim"d", index, tensor"y"}, grad = {x = "g", y = "picked(g, d, index, sizes(y))"},
   example = "torch.zeros(3):indexAdd(1, torch.LongTensor{3, 3}, torch.Tensor{5, 6})",
   source = "torch7 doc/tensor.md",
}
op "indexFill" {
   doc = "Sets the slices of x that a vector of positions names to a value.", math = "x[index[i]] = value",
   types = MATH, devices = BOTH, method = "only", c = "indexFill", returns = "last",
   {inout"x", dim"d", index, scalar"value"}, grad = {x = "without(g, d, index)"},
   example = "torch.zeros(3):indexFill(1, torch.LongTensor{2}, 7)",
   source = "torch7 doc/tensor.md",
}
op "gather" {
   doc = "Picks one element of each lane along a dimension for every index.", math = "r[i][j] = x[index[i][j]][j]",
   types = MATH, devices = BOTH, method = "same", c = "gather",
   {out"r", tensor"x", dim"d", index}, grad = {x = "scattered(g, sizes(x), d, index)"},
   example = "torch.Tensor{{1, 2}, {3, 4}}:gather(1, torch.LongTensor{{1, 2}})  --> 1 4",
   source = "torch7 doc/tensor.md",
}
op "scatter" {
   doc = "Writes elements, or one value, to the positions along a dimension that an index tensor names.",
   math = "x[index[i][j]][j] = y[i][j]", types = MATH, devices = BOTH, method = "same",
   {inout"x", dim"d", index, tensor"y", c = "scatter"},
   {inout"x", dim"d", index, scalar"value", c = "scatterFill"},
   grad = {x = "cleared(g, d, index)", y = "gathered(g, d, index, sizes(y))"},
   example = "torch.zeros(2, 2):scatter(1, torch.LongTensor{{1, 2}}, torch.Tensor{{5, 6}})  --> 5 0 / 0 6",
   source = "torch7 doc/tensor.md",
}
op "scatterAdd" {
   doc = "Adds elements to the positions along a dimension that an index tensor names; duplicates add up.",
   math = "x[index[i][j]][j] += y[i][j]", types = MATH, devices = BOTH, method = "same", c = "scatterAdd",
   {inout"x", dim"d", index, tensor"y"}, grad = {x = "g", y = "gathered(g, d, index, sizes(y))"},
   example = "torch.ones(2, 2):scatterAdd(1, torch.LongTensor{{1, 2}}, torch.Tensor{{5, 6}})  --> 6 1 / 1 7",
}
op "maskedFill" {
   doc = "Sets the elements of x where the mask is 1 to a value.", math = "x_i = m_i and value or x_i",
   types = MATH, devices = BOTH, method = "only", c = "maskedFill", returns = "last",
   {inout"x", mask"m", scalar"value"}, grad = {x = "unmasked(g, m)"},
   example = "torch.zeros(3):maskedFill(torch.ByteTensor{0, 1, 0}, 7)",
   source = "torch7 doc/tensor.md",
}
op "maskedCopy" {
   doc = "Copies the elements of y, in order, to those of x where the mask is 1.",
   types = MATH, devices = BOTH, method = "only", c = "maskedCopy",
   {inout"x", mask"m", tensor"y"}, grad = {x = "unmasked(g, m)", y = "selected(g, m, sizes(y))"},
   example = "torch.zeros(3):maskedCopy(torch.ByteTensor{1, 0, 1}, torch.Tensor{5, 6})  --> 5 0 6",
   source = "torch7 doc/tensor.md",
}
op "maskedSelect" {
   doc = "Elements of x where the mask is 1, in order.",
   types = MATH, devices = BOTH, method = "only", c = "maskedSelect",
   {newout"r", tensor"x", mask"m"},
   {inout"r", tensor"x", mask"m", returns = "last"}, grad = {x = "masked(g, m, sizes(x))"},
   example = "torch.Tensor{1, 2, 3}:maskedSelect(torch.ByteTensor{1, 0, 1})  --> 1 3",
   source = "torch7 doc/tensor.md",
}
op "nonzero" {
   doc = "Positions of the elements that are not zero, one row each.",
   types = MATH, devices = BOTH, method = "same", c = "nonzero",
   {outindex"r", tensor"x"}, grad = false,
   example = "torch.nonzero(torch.Tensor{0, 5, 6})  --> 2 / 3",
   source = "torch7 doc/tensor.md",
}
