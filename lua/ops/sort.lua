-- Order. All return values and their positions; NaN counts as larger than every number, and as equal to NaN.

local places = {x = "scattered(g, sizes(x), d, i)"}

op "sort" {
   doc = "Sorts along a dimension; equal elements keep their order. NaN counts as the largest number.", types = MATH, devices = BOTH, method = "same", c = "sort",
   {out"r", outindex"i", tensor"x", dim{"d", default="last"}, flag{"descending", default=false}}, grad = places,
   example = "torch.sort(torch.Tensor{3, 1, 2})  --> 1 2 3, positions 2 3 1",
   source = "torch7 doc/maths.md",
}
op "topk" {
   doc = "The k smallest (or largest) elements along a dimension, in any order unless sorted. NaN counts as the largest number.", types = MATH, devices = BOTH,
   method = "same", c = "topk",
   {out"r", outindex"i", tensor"x", int{"k", default=1}, dim{"d", default="last"}, flag{"largest", default=false},
      flag{"sorted", default=false}}, grad = places,
   example = "torch.topk(torch.Tensor{3, 1, 2}, 2, 1, true, true)  --> 3 2, positions 1 3",
   source = "torch7 doc/maths.md",
}
op "kthvalue" {
   doc = "The k-th smallest element along a dimension. NaN counts as the largest number.", types = MATH, devices = BOTH, method = "same", c = "kthvalue",
   {out"r", outindex"i", tensor"x", int"k", dim{"d", default="last"}, const{"keepdim", 1}}, grad = places,
   example = "torch.kthvalue(torch.Tensor{3, 1, 2}, 2)  --> 2, position 3",
   source = "torch7 doc/maths.md",
}
op "median" {
   doc = "Median along a dimension; of an even count the lower middle. NaN counts as the largest number.", types = MATH, devices = BOTH, method = "same", c = "median",
   {out"r", outindex"i", tensor"x", dim{"d", default="last"}, const{"keepdim", 1}}, grad = places,
   example = "torch.median(torch.Tensor{3, 1, 2})  --> 2, position 3",
   source = "torch7 doc/maths.md",
}
op "mode" {
   doc = "Most frequent value along a dimension, the smallest of several, and its last position. NaN counts as the largest number.", types = MATH, devices = BOTH,
   method = "same", c = "mode",
   {out"r", outindex"i", tensor"x", dim{"d", default="last"}, const{"keepdim", 1}}, grad = places,
   example = "torch.mode(torch.Tensor{3, 1, 3})  --> 3, position 3",
   source = "torch7 doc/maths.md",
}
