-- What squareplus adds: an operation of tensors, and kernels that its Lua code calls.
op "squareplus" {
   doc = "A smooth ReLU; the larger b, the smoother.", math = "r_i = (x_i + sqrt(x_i^2 + b)) / 2",
   types = FLOATS, method = "inplace", map = "forward",
   {out"r", tensor"x", scalar{"b", default = 4}},
   value = "(x + math.sqrt(x * x + b)) / 2", grad = {x = "g * (1 + x / math.sqrt(x * x + b)) / 2"},
   example = "torch.squareplus(torch.Tensor{0, 1.5})  --> 1 2",
   source = "J. Barron, Squareplus: a softplus-like algebraic rectifier, 2021",
}

kernel "backward" {doc = "r = g times the gradient of squareplus at x, of any layout; r is resized, and may be x or g.",
   tensor"r", tensor"x", tensor"g", number"b"}
kernel "rowMean" {doc = "r[i] = mean of row i of the matrix x. Rows are shared out to the pool's threads, or the GPU's.",
   tensor"r", tensor"x"}
