-- What squareplus adds: an operation of tensors, and kernels that its Lua code calls.
op "squareplus" {
   doc = "A smooth ReLU; the larger b, the smoother.", math = "r_i = (x_i + sqrt(x_i^2 + b)) / 2",
   types = FLOATS, method = "inplace", map = "forward",
   {out"r", tensor"x", scalar{"b", default = 4}},
   value = "(x + math.sqrt(x * x + b)) / 2", grad = {x = "squareplusBackward(x, g, b)"},
   example = "torch.squareplus(torch.Tensor{0, 1.5})  --> 1 2",
   source = "J. Barron, Squareplus: a softplus-like algebraic rectifier, 2021",
}

-- What runs backward, of a C function of the package's own. Its derivatives are those of second order of squareplus.
op "squareplusBackward" {
   doc = "d times the derivative of squareplus at x.", math = "r_i = d_i (1 + x_i / sqrt(x_i^2 + b)) / 2",
   types = FLOATS, devices = BOTH, method = false, c = "backward", fit = true,
   {out"r", tensor"x", tensor"d", number{"b", default = 4}},
   grad = {d = "squareplusBackward(x, g, b)", x = "g * d * pow(x * x + b, -1.5) * b / 2"},
   example = "torch.squareplusBackward(torch.Tensor{0}, torch.Tensor{3})  --> 1.5",
}

kernel "rowMean" {doc = "r[i] = mean of row i of the matrix x. Rows are shared out to the pool's threads, or the GPU's.",
   out"r", tensor"x"}
