-- Along a dimension: running sums, extremes with positions, variance, renorm.

for _, pair in ipairs{{"cumsum", "sums", "1 3 6", "cumsum_back(g, d)"}, {"cumprod", "products", "1 2 6", "cumprod_back(g, x, d)"}} do
   local name, text, result, grad = unpack(pair)
   op(name) {
      doc = "Running " .. text .. " along a dimension.", types = MATH, devices = BOTH, method = "same", c = name,
      {out"r", tensor"x", dim{"d", default=1}}, grad = {x = grad},
      example = "torch." .. name .. "(torch.Tensor{1, 2, 3})  --> " .. result,
      source = "torch7 doc/maths.md",
   }
end
for _, pair in ipairs{{"max", "Largest"}, {"min", "Smallest"}} do
   local name, text = unpack(pair)
   op(name) {
      doc = text .. " of all elements, or of every lane along a dimension with its position (the first one); NaN wins.",
      types = MATH, devices = BOTH, method = "same",
      {tensor"x", ret = "real", c = name .. "all", grad = {x = "g * first_place(x, r)"}},
      {out"r", outindex"i", tensor"x", dim"d", const{"keepdim", 1}, c = name},
      grad = {x = "scattered(g, sizes(x), d, i)"},
      example = "torch." .. name .. "(torch.Tensor{{1, 2}, {4, 3}}, 2)",
      source = "torch7 doc/maths.md",
   }
end
for _, pair in ipairs{{"var", "Variance", "g * var_slope(x, d, biased)"}, {"std", "Standard deviation", "g / r / 2 * var_slope(x, d, biased)"}} do
   local name, text, grad = unpack(pair)
   op(name) {
      doc = text .. " of all elements, or along a dimension; divides by n - 1 (NaN for one element), or by n if biased.",
      math = "sum((x - mean)^2) / (n - 1)" .. (name == "std" and ", its square root" or ""), types = FLOATS, devices = BOTH, method = "same",
      {tensor"x", flag{"biased", default=false}, ret = "accreal", c = name .. "all", grad = {x = grad:gsub(" d,", " nil,")}},
      {out"r", tensor"x", dim"d", flag{"biased", default=false}, const{"keepdim", 1}, c = name}, grad = {x = grad},
      example = "torch." .. name .. "(torch.Tensor{1, 2, 3})",
      source = "torch7 doc/maths.md",
   }
end
op "renorm" {
   doc = "Scales the slices along a dimension whose p-norm (p > 0, infinite too) exceeds maxnorm down to it.", types = FLOATS, devices = BOTH,
   math = "r[i] = x[i] * min(1, maxnorm / (|x[i]|_p + 1e-7))", method = "inplace", c = "renorm",
   {out"r", tensor"x", scalar"p", dim"d", scalar"maxnorm"}, grad = {x = "renorm_back(g, x, p, d, maxnorm)"},
   example = "torch.renorm(torch.Tensor{{3, 4}, {0, 1}}, 2, 1, 1)  --> 0.6 0.8 / 0 1",
   source = "torch7 doc/maths.md",
}
