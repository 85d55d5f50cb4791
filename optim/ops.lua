-- Steps of optimizers, one pass over memory each: x, its gradient g and what the method keeps, tensors of one type, Float or
-- Double, of as many elements, contiguous, on the CPU or a GPU. They round as the operations of tensors do, one after another. Used
-- by way of optim/fused.lua.

kernel "begin" {doc = [[
      From now on, until finish, the calling thread's steps on the GPU are put off, so that neighbours of one method with the same
      numbers become one launch for each 64 tensors. Their tensors must stay meanwhile, and are not to be read.]]}
kernel "finish" {doc = "Launches what begin has put off."}

kernel "sgd" {doc = [[
      g += decay x, where decay is not 0; v = momentum v + (1 - dampening) g, or g at first; with nesterov g += momentum v,
      else g, as it is used, is v; x -= rate g. Without v there is no momentum.]],
   out"x", out"g", out{"v", optional = true}, number"rate", number"decay", number"momentum", number"dampening",
   flag"nesterov", flag"first"}
kernel "adam" {doc = [[
      g += decay x, where decay is not 0; x *= shrink, where it is not 1; m = beta1 m + (1 - beta1) g,
      v = beta2 v + (1 - beta2) g^2; x -= rate m / (scale sqrt(v) + epsilon), or with plain x -= rate m. denom gets
      that denominator.]],
   out"x", out"g", out"m", out"v", out{"denom", optional = true}, number"rate", number"beta1",
   number"beta2", number"epsilon", number"scale", number"decay", number"shrink", flag"plain"}
kernel "lamb" {doc = "u = rate1 m / (scale sqrt(v) + epsilon) + decay x, m and v as in adam: a direction, which x is not moved by.",
   tensor"x", tensor"g", out"m", out"v", out"u", number"rate1", number"beta1", number"beta2", number"epsilon",
   number"scale", number"decay"}
kernel "lion" {doc = "x = shrink x - rate sign(beta1 m + (1 - beta1) g), m = beta2 m + (1 - beta2) g.",
   out"x", tensor"g", out"m", number"rate", number"beta1", number"beta2", number"shrink"}
kernel "rmsprop" {doc = "g += decay x; m = alpha m + (1 - alpha) g^2; x -= rate g / (sqrt(m) + epsilon).",
   out"x", out"g", out"m", number"rate", number"alpha", number"epsilon", number"decay"}
kernel "adagrad" {doc = "g += decay x; m += g^2; x -= rate g / (sqrt(m) + epsilon).",
   out"x", out"g", out"m", number"rate", number"epsilon", number"decay"}
kernel "adadelta" {doc = [[
      g += decay x; v = rho v + (1 - rho) g^2; d = sqrt(a + epsilon) / sqrt(v + epsilon) g; x -= d;
      a = rho a + (1 - rho) d^2.]],
   out"x", out"g", out"v", out"a", number"rho", number"epsilon", number"decay"}
