-- Random numbers. Tensors are filled in logical row-major order; equal seeds give equal numbers.
-- Functions named TH... belong to the generator and are called as they are.

op "seed" {
   doc = "Seeds the generator from the system's entropy and returns the seed.", types = ALL,
   {gen"g", ret = "number", c = "THRandom_seed"},
   example = "torch.seed()",
}
op "manualSeed" {
   doc = "Seeds the generator: the numbers that follow depend on n alone.", types = ALL,
   {gen"g", int"n", c = "THRandom_manualSeed"},
   example = "torch.manualSeed(1)",
}
op "initialSeed" {
   doc = "The seed that the generator was last given.", types = ALL,
   {gen"g", ret = "number", c = "THRandom_initialSeed"},
   example = "torch.initialSeed()",
}
op "getRNGState" {
   doc = "The state of the generator, as bytes.", types = ALL,
   {gen"g", outmask"state", c = "getRNGState", untyped = true},
   example = "torch.getRNGState():size(1)  --> 5048",
}
op "setRNGState" {
   doc = "Puts the generator back into a state that getRNGState returned; returns that state.", types = ALL,
   returns = "last",
   {gen"g", mask"state", c = "setRNGState", untyped = true},
   example = "torch.setRNGState(torch.getRNGState())",
}

op "random" {
   grad = {},
   doc = "Random integers, uniform in 1..b or a..b, which an integer type must hold; without bounds all that the type has from 0 on (32 bits of Long and Double).", types = MATH, devices = BOTH, method = "same",
   {gen"g", int"a", int"b", ret = "number", c = "THRandom_clampedRandom"},
   {gen"g", int"b", ret = "number", c = "THRandom_cappedRandom"},
   {gen"g", ret = "number", c = "THRandom_random"},
   {inout"x", gen"g", int"a", int"b", c = "clampedRandom"},
   {inout"x", gen"g", int"b", c = "cappedRandom"},
   {inout"x", gen"g", c = "random"},
   example = "torch.random(1, 6)",
}
op "geometric" {
   grad = {},
   doc = "Numbers of trials up to the first success, each with probability 1 - p; the type's largest number for what is beyond it.",
   math = "P(n) = (1-p) p^(n-1)", types = MATH, devices = BOTH, method = "same",
   {gen"g", number"p", ret = "number", c = "THRandom_geometric"},
   {inout"x", gen"g", number"p", c = "geometric"},
   example = "torch.geometric(0.5)",
}
op "bernoulli" {
   grad = {},
   doc = "1 with probability p, else 0; p may be a tensor of as many probabilities.", types = MATH, devices = BOTH, method = "same",
   {gen"g", number{"p", default=0.5}, ret = "number", c = "THRandom_bernoulli"},
   {inout"x", gen"g", number{"p", default=0.5}, c = "bernoulli"},
   {inout"x", gen"g", tensor"p", c = "bernoulliTensor"},
   {inout"x", gen"g", tensor{"p", type="Float"}, c = "bernoulliTensor"},
   {inout"x", gen"g", tensor{"p", type="Double"}, c = "bernoulliTensor"},
   example = "torch.Tensor(4):bernoulli(0.25)",
}
op "uniform" {
   grad = {},
   doc = "Uniform on [a, b): b itself is never drawn, whatever the type rounds to. The bounds are finite.", types = FLOATS, devices = BOTH, method = "same",
   {gen"g", number{"a", default=0}, number{"b", default=1}, ret = "number", c = "THRandom_uniform"},
   {inout"x", gen"g", number{"a", default=0}, number{"b", default=1}, c = "uniform"},
   example = "torch.Tensor(3):uniform(-1, 1)",
}
op "normal" {
   grad = {},
   doc = "Normal, with mean and standard deviation.", types = FLOATS, devices = BOTH, method = "same",
   {gen"g", number{"mean", default=0}, number{"std", default=1}, ret = "number", c = "THRandom_normal"},
   {inout"x", gen"g", number{"mean", default=0}, number{"std", default=1}, c = "normal"},
   {inout"x", gen"g", tensor"means", number{"std", default=1}, c = "normal_means"},
   {inout"x", gen"g", number"mean", tensor"stds", c = "normal_stddevs"},
   {inout"x", gen"g", tensor"means", tensor"stds", c = "normal_means_stddevs"},
   example = "torch.Tensor(3):normal(0, 0.1)",
}
op "cauchy" {
   grad = {},
   doc = "Cauchy, with median and half width.", math = "p(x) = s / (pi (s^2 + (x-m)^2))", types = FLOATS, devices = BOTH, method = "same",
   {gen"g", number{"median", default=0}, number{"sigma", default=1}, ret = "number", c = "THRandom_cauchy"},
   {inout"x", gen"g", number{"median", default=0}, number{"sigma", default=1}, c = "cauchy"},
   example = "torch.Tensor(3):cauchy()",
}
op "logNormal" {
   grad = {},
   doc = "exp of a normal with the given mean and standard deviation.", types = FLOATS, devices = BOTH, method = "same",
   {gen"g", number{"mean", default=1}, number{"std", default=2}, ret = "number", c = "THRandom_logNormal"},
   {inout"x", gen"g", number{"mean", default=1}, number{"std", default=2}, c = "logNormal"},
   example = "torch.Tensor(3):logNormal(0, 1)",
}
op "exponential" {
   grad = {},
   doc = "Exponential with rate lambda, which is positive.", math = "p(x) = l exp(-l x)", types = FLOATS, devices = BOTH, method = "same",
   {gen"g", number"lambda", ret = "number", c = "THRandom_exponential"},
   {inout"x", gen"g", number"lambda", c = "exponential"},
   example = "torch.Tensor(3):exponential(2)",
}

op "rand" {
   grad = {},
   doc = "Uniform on [0, 1), of the given size.", types = FLOATS, devices = BOTH, method = "result", c = "rand",
   {out"r", gen"g", dims"size"},
   example = "torch.rand(2, 3)",
}
op "randn" {
   grad = {},
   doc = "Standard normal, of the given size.", types = FLOATS, devices = BOTH, method = "result", c = "randn",
   {out"r", gen"g", dims"size"},
   example = "torch.randn(2, 3)",
}
op "randperm" {
   grad = {},
   doc = "A random permutation of 1..n, all of which the type must hold.", types = MATH, devices = BOTH, method = "result", c = "randpermFrom",
   {out"r", gen"g", int"n", const{"first", 1}},
   example = "torch.randperm(5)",
}
op "multinomial" {
   grad = false,
   doc = "Draws n categories with weights p, a vector or one row of a matrix for each result row. What has weight 0 is never drawn; without replacement, nothing twice.",
   types = FLOATS, devices = BOTH, c = "multinomial", method = "same",
   {outindex"r", gen"g", tensor"p", int"n", flag{"replacement", default=false}},
   example = "torch.multinomial(torch.Tensor{1, 0, 3}, 2)",
}
op "multinomialAliasSetup_" {
   grad = false,
   doc = "Tables for multinomialAlias_ from probabilities that sum to 1.", types = FLOATS, devices = BOTH,
   method = "same", c = "multinomialAliasSetup",
   {tensor"p", outindex"J", out"q"},
   example = "torch.multinomialAliasSetup_(torch.Tensor{0.25, 0.75})",
}
op "multinomialAlias_" {
   grad = false,
   doc = "Fills r with categories by Walker's alias tables.", types = FLOATS, devices = BOTH,
   method = "same", c = "multinomialAliasFrom",
   {outindex"r", gen"g", tensor{"J", type="Long"}, tensor"q", const{"first", 1}},
   example = "torch.multinomialAlias(torch.LongTensor(3), torch.multinomialAliasSetup(torch.Tensor{0.25, 0.75}))",
}
