-- Shape and views. These move sizes and strides only and share the storage. Their typed C functions
-- are in TH/include/TH/generic/THTensor.h.

op "narrow" {
   doc = "View of `size` positions of a dimension, from `first` on.", types = ALL, devices = BOTH, untyped = true, method = "only", c = "narrow",
   {newout"r", tensor"x", dim"d", index"first", int"size"}, grad = {x = "narrow_into(g, sizes(x), d, first, size)"},
   example = "torch.Tensor{1, 2, 3}:narrow(1, 2, 2)  --> 2 3",
}
op "transpose" {
   doc = "View with two dimensions exchanged.", types = ALL, devices = BOTH, untyped = true, method = "only", c = "transpose",
   {newout"r", tensor"x", dim"d1", dim"d2"}, grad = {x = "transpose(g, d1, d2)"},
   example = "torch.Tensor(2, 3):transpose(1, 2):size()",
}
op "unfold" {
   doc = "View of all slices of `size` positions, `step` apart, along a dimension; they form a new last one.",
   types = ALL, devices = BOTH, untyped = true, method = "only", c = "unfold",
   {newout"r", tensor"x", dim"d", int"size", int"step"}, grad = {x = "unfold_back(g, sizes(x), d, size, step)"},
   example = "torch.range(1, 4):unfold(1, 2, 1):size()  --> 3 2",
}
op "resizeAs" {
   doc = "Resizes to the size of another tensor.", types = ALL, devices = BOTH, untyped = true, method = "only", c = "resizeAs",
   {inout"r", tensor"x"}, grad = false,
   example = "torch.Tensor():resizeAs(torch.ones(2, 3)):size()",
}
op "isContiguous" {
   doc = "Whether elements lie in row-major order without gaps.", types = ALL, devices = BOTH, untyped = true, method = "only", c = "isContiguous",
   {tensor"x", ret = "boolean"},
   example = "torch.Tensor(2, 3):t():isContiguous()  --> false",
}
op "isSameSizeAs" {
   doc = "Whether two tensors have the same sizes.", types = ALL, devices = BOTH, untyped = true, method = "only", c = "isSameSizeAs",
   {tensor"x", tensor"y", ret = "boolean"},
   example = "torch.ones(2):isSameSizeAs(torch.ones(3))  --> false",
}
op "isSetTo" {
   doc = "Whether two tensors are the same view of the same storage.", types = ALL, devices = BOTH, untyped = true, method = "only", c = "isSetTo",
   {tensor"x", tensor"y", ret = "boolean"},
   example = "torch.ones(2):isSetTo(torch.ones(2))  --> false",
}
for _, name in ipairs{'nElement', 'numel'} do
   op(name) {
      doc = "Number of elements.", types = ALL, devices = BOTH, untyped = true, method = "same", c = "nElement",
      {tensor"x", ret = "int"},
      example = "torch.ones(2, 3):" .. name .. "()  --> 6",
   }
end
