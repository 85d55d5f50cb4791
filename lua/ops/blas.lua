-- Products of vectors and matrices.

-- r = beta M + alpha A B, in all the ways of calling that Torch7 has: one number before the factors
-- is alpha; in a method M may be left out and is then the result. What is multiplied by a 0 is not read.
local function accumulate(name, factors, grads, doc, math, example)
   local A, B = factors[1], factors[2]
   local one = const{"beta", "THScalar_fromInt(1)"}
   op(name) {
      doc = doc .. " What beta or alpha of 0 stands before does not count, NaN or not.", math = math, types = MATH, devices = BOTH, c = name, example = example, fit = "M",
      grad = {M = "g * beta", [A] = grads[1], [B] = grads[2]},
      {out"r", scalar{"beta", default=1}, tensor"M", scalar{"alpha", default=1}, tensor(A), tensor(B)},
      method = {
         {inout"r", one, tensor{"M", self="r"}, scalar{"alpha", default=1}, tensor(A), tensor(B)},
         {inout"r", scalar"beta", tensor{"M", self="r"}, scalar"alpha", tensor(A), tensor(B)},
      },
   }
end
accumulate("addmm", {"A", "B"}, {"alpha * mm(g, t(B))", "alpha * mm(t(A), g)"}, "Matrix product, added to a matrix.", "r = beta M + alpha A B",
   "torch.zeros(2, 2):addmm(torch.ones(2, 3), torch.ones(3, 2))")
accumulate("addmv", {"A", "x"}, {"alpha * ger(g, x)", "alpha * mv(t(A), g)"}, "Product of matrix and vector, added to a vector.", "r = beta M + alpha A x",
   "torch.zeros(2):addmv(torch.ones(2, 3), torch.ones(3))")
accumulate("addr", {"x", "y"}, {"alpha * mv(g, y)", "alpha * mv(t(g), x)"}, "Outer product, added to a matrix.", "r = beta M + alpha x y'",
   "torch.zeros(2, 3):addr(torch.ones(2), torch.ones(3))")
accumulate("addbmm", {"A", "B"}, {"alpha * bmm(each(g, B), bt(B))", "alpha * bmm(bt(A), each(g, A))"}, "Sum of the products of a batch of matrices, added to a matrix.",
   "r = beta M + alpha sum_b A[b] B[b]", "torch.zeros(2, 2):addbmm(torch.ones(4, 2, 3), torch.ones(4, 3, 2))")
accumulate("baddbmm", {"A", "B"}, {"alpha * bmm(g, bt(B))", "alpha * bmm(bt(A), g)"}, "Products of a batch of matrices, added to a batch.",
   "r[b] = beta M[b] + alpha A[b] B[b]", "torch.zeros(4, 2, 2):baddbmm(torch.ones(4, 2, 3), torch.ones(4, 3, 2))")

op "dot" {
   doc = "Dot product of all elements in order.", math = "sum x_i y_i", types = MATH, devices = BOTH, method = "same", c = "dot",
   {tensor"x", tensor"y", ret = "accreal"}, fit = true,
   grad = {x = "g * y", y = "g * x"},
   example = "torch.Tensor{1, 2}:dot(torch.Tensor{3, 4})  --> 11",
}
op "mv" {
   doc = "Product of matrix and vector.", math = "r_i = sum_j A_ij x_j", types = MATH, devices = BOTH, method = "result", c = "mv",
   {out"r", tensor"A", tensor"x"}, grad = {A = "ger(g, x)", x = "mv(t(A), g)"},
   example = "torch.mv(torch.ones(2, 3), torch.ones(3))  --> 3 3",
}
op "mm" {
   doc = "Matrix product.", math = "r_ij = sum_k A_ik B_kj", types = MATH, devices = BOTH, method = "result", c = "mm",
   {out"r", tensor"A", tensor"B"}, grad = {A = "mm(g, t(B))", B = "mm(t(A), g)"},
   example = "torch.mm(torch.ones(2, 3), torch.ones(3, 2))",
}
op "bmm" {
   doc = "Products of two batches of matrices.", math = "r[b] = A[b] B[b]", types = MATH, devices = BOTH, method = "result", c = "bmm",
   {out"r", tensor"A", tensor"B"}, grad = {A = "bmm(g, bt(B))", B = "bmm(bt(A), g)"},
   example = "torch.bmm(torch.ones(4, 2, 3), torch.ones(4, 3, 2))",
}
op "ger" {
   doc = "Outer product of two vectors.", math = "r_ij = x_i y_j", types = MATH, devices = BOTH, method = "result", c = "ger",
   {out"r", tensor"x", tensor"y"}, grad = {x = "mv(g, y)", y = "mv(t(g), x)"},
   example = "torch.ger(torch.Tensor{1, 2}, torch.Tensor{3, 4})",
}
