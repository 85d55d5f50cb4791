-- Construction, joining, and operations whose work is mostly shape.

for _, pair in ipairs{{"zeros", "zeros"}, {"ones", "ones"}} do
   local name = pair[1]
   op(name) {
      doc = "Tensor of the given size, filled with " .. name .. ".", types = MATH, devices = BOTH, method = "result", c = name,
      {out"r", dims"size"}, grad = {},
      example = "torch." .. name .. "(2, 3)",
      source = "torch7 doc/maths.md",
   }
   op(name .. "Like") {
      doc = "Tensor of the size of x, filled with " .. name .. ".", types = MATH, devices = BOTH, method = false, c = name .. "Like",
      {out"r", tensor"x"}, grad = {},
      example = "torch." .. name .. "Like(torch.Tensor(2, 3))",
   }
end
op "reshape" {
   doc = "Copy of x in another shape.", types = MATH, devices = BOTH, method = "same", c = "reshape",
   {out"r", tensor"x", dims"size"}, grad = {x = "reshape(g, sizes(x))"},
   example = "torch.range(1, 4):reshape(2, 2)  --> 1 2 / 3 4",
   source = "torch7 doc/maths.md",
}
op "cat" {
   doc = "Joins tensors along a dimension, by default the last.", types = MATH, devices = BOTH, method = "same",
   {out"r", tensor"x", tensor"y", dim{"d", default=-2}, c = "cat",
      grad = {x = "piece(1, g, sizes(x), sizes(y), d)", y = "piece(2, g, sizes(x), sizes(y), d)"}},
   {out"r", tensors"xs", dim{"d", default=-2}, c = "catArray", grad = {xs = "pieces(g, sizes(xs), d)"}},
   example = "torch.cat(torch.ones(2), torch.zeros(1))  --> 1 1 0",
   source = "torch7 doc/maths.md",
}
op "diag" {
   doc = "Square matrix with x on its k-th diagonal, or the k-th diagonal of a matrix.", types = MATH, devices = BOTH, method = "same", c = "diag",
   {out"r", tensor"x", int{"k", default=0}}, grad = {x = "diag_back(g, sizes(x), k)"},
   example = "torch.diag(torch.Tensor{{1, 2}, {3, 4}})  --> 1 4",
   source = "torch7 doc/maths.md",
}
op "eye" {
   doc = "n by m matrix with ones on the diagonal; m is n by default.", types = MATH, devices = BOTH, method = "result", c = "eye",
   {out"r", int"n", int{"m", default=0}}, grad = {},
   example = "torch.eye(2)  --> 1 0 / 0 1",
   source = "torch7 doc/maths.md",
}
for _, pair in ipairs{{"tril", "above"}, {"triu", "below"}} do
   local name, side = unpack(pair)
   op(name) {
      doc = "Matrix x with zeros " .. side .. " its k-th diagonal.", types = MATH, devices = BOTH, method = "same", c = name,
      {out"r", tensor"x", int{"k", default=0}}, grad = {x = name .. "(g, k)"},
      example = "torch." .. name .. "(torch.ones(2, 2))",
      source = "torch7 doc/maths.md",
   }
end
op "trace" {
   doc = "Sum of the diagonal of a matrix.", math = "sum_i x[i][i]", types = MATH, devices = BOTH, method = "same", c = "trace",
   {tensor"x", ret = "accreal"}, grad = {x = "g * eye_of(sizes(x), g)"},
   example = "torch.trace(torch.eye(3))  --> 3",
   source = "torch7 doc/maths.md",
}
op "cross" {
   doc = "Vector products along a dimension of size 3, by default the first.", types = MATH, devices = BOTH, method = "same", c = "cross",
   {out"r", tensor"x", tensor"y", dim{"d", default=-1}}, grad = {x = "cross(y, g, along3(x, d))", y = "cross(g, x, along3(x, d))"},
   example = "torch.cross(torch.Tensor{1, 0, 0}, torch.Tensor{0, 1, 0})  --> 0 0 1",
   source = "torch7 doc/maths.md",
}
op "range" {
   doc = "a, a + step, ... up to b, included; an integer type must hold them.", math = "r_i = a + (i-1)*step", types = MATH, devices = BOTH, method = "result", c = "range",
   {out"r", scalar"a", scalar"b", scalar{"step", default=1}}, grad = {},
   example = "torch.range(1, 4)  --> 1 2 3 4",
   source = "torch7 doc/maths.md",
}
op "arange" {
   doc = "a, a + step, ... up to b, not included; an integer type must hold them.", math = "r_i = a + (i-1)*step", types = MATH, devices = BOTH, method = false, c = "arange",
   {out"r", scalar"a", scalar"b", scalar{"step", default=1}}, grad = {},
   example = "torch.arange(1, 4)  --> 1 2 3",
}
op "linspace" {
   doc = "n equally spaced points from a to b, both included.", types = FLOATS, devices = BOTH, method = "result", c = "linspace",
   {out"r", scalar"a", scalar"b", int{"n", default=100}}, grad = {},
   example = "torch.linspace(0, 1, 3)  --> 0 0.5 1",
   source = "torch7 doc/maths.md",
}
op "logspace" {
   doc = "n logarithmically spaced points from 10^a to 10^b, both included.", types = FLOATS, devices = BOTH, method = "result", c = "logspace",
   {out"r", scalar"a", scalar"b", int{"n", default=100}}, grad = {},
   example = "torch.logspace(0, 2, 3)  --> 1 10 100",
   source = "torch7 doc/maths.md",
}
op "histc" {
   doc = "Counts of the elements in n equal bins of [min, max], finite limits; by default the extremes of x. Other elements and NaN are not counted.", types = FLOATS, devices = BOTH,
   method = "same", c = "histc",
   {out"r", tensor"x", int{"n", default=100}, scalar{"min", default=0}, scalar{"max", default=0}}, grad = false,
   example = "torch.histc(torch.Tensor{1, 2, 2, 3}, 3)  --> 1 2 1",
   source = "torch7 doc/maths.md",
}
op "bhistc" {
   doc = "Counts as histc makes them, for each row of a matrix, with common bins.", types = FLOATS, devices = BOTH, method = "same", c = "bhistc",
   {out"r", tensor"x", int{"n", default=100}, scalar{"min", default=0}, scalar{"max", default=0}}, grad = false,
   example = "torch.bhistc(torch.Tensor{{1, 2, 2, 3}}, 3)  --> 1 2 1",
   source = "torch7 doc/maths.md",
}
op "equal" {
   doc = "Whether sizes and all elements are equal; NaN equals nothing.", types = ALL, devices = BOTH, method = "same", c = "equal",
   {tensor"x", tensor"y", ret = "boolean"},
   example = "torch.equal(torch.ones(2), torch.ones(2))  --> true",
   source = "torch7 doc/maths.md",
}
op "match" {
   doc = "Squared distances between the rows of two matrices, times gain.", math = "r[i][j] = gain * |x[i] - y[j]|^2",
   types = MATH, devices = BOTH, c = "match", method = "result",
   {out"r", tensor"x", tensor"y", scalar{"gain", default=1}},
   grad = {x = "2 * gain * (x * stretch(sum(g, 2), sizes(x)) - mm(g, y))", y = "2 * gain * (y * stretch(t(sum(g, 1)), sizes(y)) - mm(t(g), x))"},
   example = "torch.match(torch.zeros(1, 2), torch.ones(1, 2))  --> 2",
   source = "torch7 doc/maths.md",
}
op "dist" {
   doc = "p-norm of the difference of two tensors, for every p that norm takes.", math = "(sum |x - y|^p)^(1/p)", types = FLOATS, devices = BOTH, method = "same", c = "dist",
   {tensor"x", tensor"y", scalar{"p", default=2}, ret = "accreal"}, fit = true,
   grad = {x = "g * norm_slope(difference(x, y), r, p)", y = "-g * norm_slope(difference(x, y), r, p)"},
   example = "torch.dist(torch.zeros(2), torch.Tensor{3, 4})  --> 5",
   source = "torch7 doc/maths.md",
}
