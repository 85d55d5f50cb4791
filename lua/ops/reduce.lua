-- Reductions without positions. The loops are in TH/loops/reduce_list.h; a reduced dimension stays
-- with size 1. Accumulation is in accreal, in an order fixed by shape alone.

for _, pair in ipairs{{"sum", "Sum", "stretch(g, sizes(x))"}, {"prod", "Product", "g * others(x, d)"}} do
   local name, text, grad = unpack(pair)
   op(name) {
      doc = text .. " of all elements, or along a dimension; along one it is of x's type, in which integers wrap around.", types = MATH, method = "same", reduce = name,
      {tensor"x", ret = "accreal", c = name .. "all", grad = {x = grad:gsub("d%)", "nil)")}},
      {out"r", tensor"x", dim"d", const{"keepdim", 1}, c = name}, grad = {x = grad},
      example = "torch.Tensor{{1, 2}, {3, 4}}:" .. name .. "(1)",
   }
end
op "mean" {
   doc = "Mean of all elements, or along a dimension.", math = "sum(x) / n", types = FLOATS, method = "same",
   reduce = "mean",
   {out"r", tensor"x", dim"d", const{"keepdim", 1}, c = "mean"},
   {tensor"x", ret = "accreal", c = "meanall", handwritten = true}, grad = {x = "average(g, sizes(x))"},
   example = "torch.Tensor{1, 2, 3}:mean()  --> 2",
}
op "norm" {
   doc = "p-norm of all elements, or along a dimension; p = 0 counts non-zeros, infinite p takes the largest (-inf: smallest) absolute value. Powers neither overflow nor vanish.", math = "(sum |x|^p)^(1/p)", types = FLOATS, devices = BOTH, method = "same",
   {tensor"x", scalar{"p", default=2}, ret = "accreal", c = "normall"},
   {out"r", tensor"x", scalar"p", dim"d", const{"keepdim", 1}, c = "norm"},
   grad = {x = "g * norm_slope(x, r, p)"},
   example = "torch.Tensor{3, 4}:norm()  --> 5",
}
op "all" {
   doc = "Whether every element is true.", types = {'Byte', 'Bool'}, devices = BOTH, cuda = {'Byte'}, method = "same", grad = false,
   {tensor"x", ret = "boolean", c = "logicalall"},
   example = "torch.ByteTensor{1, 1}:all()  --> true",
}
op "any" {
   doc = "Whether some element is true.", types = {'Byte', 'Bool'}, devices = BOTH, cuda = {'Byte'}, method = "same", grad = false,
   {tensor"x", ret = "boolean", c = "logicalany"},
   example = "torch.ByteTensor{0, 1}:any()  --> true",
}
