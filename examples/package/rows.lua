-- The kernels of squareplus: what C defines, and what Lua calls.
kernel "forward" {doc = "r = (x + sqrt(x^2 + b)) / 2, of any layout; r is resized, and may be x.",
   tensor"r", tensor"x", number"b"}
kernel "backward" {doc = "r = gradient of forward at x, times g.",
   tensor"r", tensor"x", tensor"g", number"b"}
kernel "rowMean" {doc = "r[i] = mean of row i of the matrix x. Rows are shared out to the pool's threads.",
   tensor"r", tensor"x"}
