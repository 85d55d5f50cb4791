-- Pointwise arithmetic and functions. The loops are in TH/loops/map_list.h.

-- With a number or a tensor ------------------------------------------------------------------------

op "add" {
   doc = "Adds s to x, or s times y to x.", math = "r_i = x_i + s*y_i", types = MATH, method = "inplace", map = true,
   {out"r", tensor"x", scalar"s", c = "add"},
   {out"r", tensor"x", scalar{"s", default=1}, tensor"y", c = "cadd"},
   grad = {x = "g", y = "s*g"},
   example = "torch.add(torch.ones(2), 3)  --> 4 4",
}
op "csub" {
   doc = "Subtracts s from x, or s times y from x.", math = "r_i = x_i - s*y_i", types = MATH, method = "inplace", map = true,
   {out"r", tensor"x", scalar"s", c = "sub"},
   {out"r", tensor"x", scalar{"s", default=1}, tensor"y", c = "csub"},
   grad = {x = "g", y = "-s*g"},
   example = "torch.csub(torch.ones(2), torch.ones(2))  --> 0 0",
}

local function with_scalar(name, text, math, example, extra)
   local row = {doc = text, math = math, types = MATH, method = "inplace", map = name,
      {out"r", tensor"x", scalar"s"}, example = example}
   for k, v in pairs(extra or {}) do row[k] = v end
   op(name)(row)
end
with_scalar("mul", "Multiplies by a number.", "r_i = x_i * s", "torch.ones(2):mul(3)  --> 3 3", {grad = {x = "s*g"}})
with_scalar("div", "Divides by a number; integers truncate towards zero.", "r_i = x_i / s", "torch.ones(2):div(2)  --> 0.5 0.5",
   {nonzero = "s", grad = {x = "g/s"}})
with_scalar("fmod", "Remainder with the sign of the dividend.", "r_i = x_i - s*trunc(x_i/s)", "torch.Tensor{-3, 3}:fmod(2)  --> -1 1", {nonzero = "s", grad = {x = "g"}})
with_scalar("mod", "The same as fmod.", "r_i = x_i - s*trunc(x_i/s)", "torch.Tensor{-3, 3}:mod(2)  --> -1 1", {nonzero = "s", map = "fmod", grad = {x = "g"}})
with_scalar("remainder", "Remainder with the sign of the divisor.", "r_i = x_i - s*floor(x_i/s)", "torch.Tensor{-3, 3}:remainder(2)  --> 1 1", {nonzero = "s", grad = {x = "g"}})
with_scalar("lshift", "Shifts integers left by s bits; times 2^s for others.", "r_i = x_i * 2^s", "torch.ones(2):lshift(3)  --> 8 8", {grad = {x = "g * 2^s"}})
with_scalar("rshift", "Shifts integers right by s bits; divides by 2^s for others.", "r_i = x_i / 2^s", "torch.Tensor{8}:rshift(3)  --> 1", {grad = {x = "g / 2^s"}})
with_scalar("bitand", "Bitwise and.", "r_i = x_i & s", "torch.IntTensor{6}:bitand(3)  --> 2", {cuda = INTS, grad = false})
with_scalar("bitor", "Bitwise or.", "r_i = x_i | s", "torch.IntTensor{6}:bitor(3)  --> 7", {cuda = INTS, grad = false})
with_scalar("bitxor", "Bitwise exclusive or.", "r_i = x_i ~ s", "torch.IntTensor{6}:bitxor(3)  --> 5", {cuda = INTS, grad = false})

op "clamp" {
   doc = "Limits to [min, max]; NaN passes, also as a limit.", math = "r_i = min(max(x_i, min), max)", types = MATH, method = "inplace", map = "clamp",
   {out"r", tensor"x", scalar"min", scalar"max"},
   grad = {x = "g * within(x, min, max)"},
   example = "torch.Tensor{1, 2, 3}:clamp(1.5, 2.5)  --> 1.5 2 2.5",
}

local function with_tensor(name, text, math, example, extra)
   local row = {doc = text, math = math, types = MATH, method = "inplace", map = name,
      {out"r", tensor"x", tensor"y"}, example = example}
   for k, v in pairs(extra or {}) do row[k] = v end
   op(name)(row)
end
with_tensor("cmul", "Multiplies elementwise.", "r_i = x_i * y_i", "torch.Tensor{1, 2}:cmul(torch.Tensor{3, 4})  --> 3 8", {grad = {x = "g*y", y = "g*x"}})
with_tensor("cdiv", "Divides elementwise; integers truncate towards zero.", "r_i = x_i / y_i", "torch.Tensor{1, 2}:cdiv(torch.Tensor{2, 4})  --> 0.5 0.5", {nonzero = "y", grad = {x = "g/y", y = "-g*x/(y*y)"}})
with_tensor("cpow", "Power elementwise.", "r_i = x_i ^ y_i", "torch.Tensor{2, 3}:cpow(torch.Tensor{3, 2})  --> 8 9",
   {ulp = {Float = 4, Double = 4}, grad = {x = "g * y * cpow(x, y - 1)", y = "g * powlog(r, x)"}})
with_tensor("cfmod", "Elementwise remainder with the sign of the dividend.", "r_i = x_i - y_i*trunc(x_i/y_i)", "torch.Tensor{-3}:cfmod(torch.Tensor{2})  --> -1", {nonzero = "y", grad = {x = "g", y = "-g * trunc(x/y)"}})
with_tensor("cmod", "The same as cfmod.", "r_i = x_i - y_i*trunc(x_i/y_i)", "torch.Tensor{-3}:cmod(torch.Tensor{2})  --> -1", {nonzero = "y", map = "cfmod", grad = {x = "g", y = "-g * trunc(x/y)"}})
with_tensor("cremainder", "Elementwise remainder with the sign of the divisor.", "r_i = x_i - y_i*floor(x_i/y_i)", "torch.Tensor{-3}:cremainder(torch.Tensor{2})  --> 1", {nonzero = "y", map = false, c = "cremainder", devices = BOTH, fit = true, grad = {x = "g", y = "-g * floor(x/y)"}})
with_tensor("absdiff", "Absolute difference; does not wrap around.", "r_i = |x_i - y_i|", "torch.Tensor{1, 5}:absdiff(torch.Tensor{3, 2})  --> 2 3", {grad = {x = "g * sign(x - y)", y = "g * sign(y - x)"}})
with_tensor("clshift", "Elementwise left shift.", "r_i = x_i * 2^y_i", "torch.ones(1):clshift(torch.Tensor{3})  --> 8", {grad = {x = "g * pow(2, y)", y = "g * r * 0.6931471805599453"}})
with_tensor("crshift", "Elementwise right shift.", "r_i = x_i / 2^y_i", "torch.Tensor{8}:crshift(torch.Tensor{3})  --> 1", {grad = {x = "g * pow(0.5, y)", y = "-g * r * 0.6931471805599453"}})
with_tensor("cbitand", "Bitwise and, elementwise.", "r_i = x_i & y_i", "torch.IntTensor{6}:cbitand(torch.IntTensor{3})  --> 2", {cuda = INTS, grad = false})
with_tensor("cbitor", "Bitwise or, elementwise.", "r_i = x_i | y_i", "torch.IntTensor{6}:cbitor(torch.IntTensor{3})  --> 7", {cuda = INTS, grad = false})
with_tensor("cbitxor", "Bitwise exclusive or, elementwise.", "r_i = x_i ~ y_i", "torch.IntTensor{6}:cbitxor(torch.IntTensor{3})  --> 5", {cuda = INTS, grad = false})

for _, pair in ipairs{{"cmax", "Larger", "ge"}, {"cmin", "Smaller", "le"}} do
   local name, text, above = unpack(pair)
   op(name) {
      doc = text .. " of x and y, elementwise, or of x and a number; NaN wins.", math = "r_i = " .. name:sub(2) .. "(x_i, y_i)",
      types = MATH, method = "inplace", map = true,
      {out"r", tensor"x", tensor"y", c = name},
      {out"r", tensor"x", scalar"s", c = name .. "Value", grad = {x = ("g * is(%q, x, s)"):format(above)}},
      grad = {x = ("g * is(%q, x, y)"):format(above), y = ("g * is(%q, y, x)"):format(above:sub(1, 1) .. "t")},
      example = "torch.Tensor{1, 5}:" .. name .. "(3)",
   }
end

op "addcmul" {
   doc = "Adds s times the elementwise product of a and b.", math = "r_i = x_i + s*a_i*b_i", types = MATH, method = "inplace", map = "addcmul",
   {out"r", tensor"x", scalar{"s", default=1}, tensor"a", tensor"b"},
   grad = {x = "g", a = "g * b * s", b = "g * a * s"},
   example = "torch.ones(2):addcmul(2, torch.ones(2), torch.ones(2))  --> 3 3",
}
op "addcdiv" {
   doc = "Adds s times the elementwise quotient of a and b.", math = "r_i = x_i + s*a_i/b_i", types = MATH, method = "inplace", map = "addcdiv",
   nonzero = "b",
   {out"r", tensor"x", scalar{"s", default=1}, tensor"a", tensor"b"},
   grad = {x = "g", a = "g / b * s", b = "-g * a / (b * b) * s"},
   example = "torch.ones(2):addcdiv(2, torch.ones(2), torch.ones(2))  --> 3 3",
}

-- Functions of one tensor, or of a number ----------------------------------------------------------

local function unary(name, text, math, expr, extra)
   local row = {doc = text, math = "r_i = " .. math, types = FLOATS, method = "inplace", map = name,
      {out"r", tensor"x"},
      example = "torch.Tensor{0.25, 0.5}:" .. name .. "()"}
   if expr then row[2] = {number"v", ret = "number", expr = expr} end
   for k, v in pairs(extra or {}) do row[k] = v end
   op(name)(row)
end
unary("neg", "Negates.", "-x_i", nil, {grad = {x = "-g"}})
unary("cinv", "Reciprocal.", "1 / x_i", nil, {grad = {x = "-g * r * r"}, ulp = {Float = 0.5, Double = 0.5}})
unary("sign", "Sign: -1, 0 or 1.", "sign(x_i)", nil, {grad = false, types = MATH})
unary("abs", "Absolute value.", "|x_i|", "fabs(v)", {grad = {x = "g * sign(x)"}, types = {'Short', 'Int', 'Long', 'Float', 'Double'},
   cuda = {'Short', 'Int', 'Long', 'Float', 'Double', 'Half'}})
unary("sqrt", "Square root.", "sqrt(x_i)", "sqrt(v)", {grad = {x = "g / r / 2"}, ulp = {Float = 0.5, Double = 0.5}})
unary("rsqrt", "Reciprocal square root.", "1 / sqrt(x_i)", "1 / sqrt(v)", {grad = {x = "-g * r * r * r / 2"}, ulp = {Float = 1.5, Double = 1.5}})
unary("exp", "Exponential.", "exp(x_i)", "exp(v)", {ulp = {Float = 2, Double = 4}, grad = {x = "g*r"}})
unary("log", "Natural logarithm.", "log(x_i)", "log(v)", {ulp = {Float = 4, Double = 4}, grad = {x = "g/x"}})
unary("log1p", "log(1 + x), accurate for small x.", "log(1 + x_i)", "log1p(v)", {grad = {x = "g / (x + 1)"}, ulp = {Float = 4, Double = 4}})
unary("sigmoid", "Logistic function.", "1 / (1 + exp(-x_i))", "1 / (1 + exp(-v))", {grad = {x = "g * sigmoid_slope(r)"}, ulp = {Float = 3, Double = 5}})
unary("tanh", "Hyperbolic tangent.", "tanh(x_i)", "tanh(v)", {grad = {x = "g * tanh_slope(r)"}, ulp = {Float = 6, Double = 4}})
unary("erf", "Error function: the part of a normal distribution of variance 1/2 within x of its mean.", "2 / sqrt(pi) * integral of exp(-t^2) from 0 to x_i", "erf(v)",
   {grad = {x = "g * exp(-x * x) * 1.1283791670955126"}, ulp = {Float = 4, Double = 4}})
unary("sin", "Sine; radians.", "sin(x_i)", "sin(v)", {grad = {x = "g * cos(x)"}, ulp = {Float = 4, Double = 4}})
unary("cos", "Cosine; radians.", "cos(x_i)", "cos(v)", {grad = {x = "-g * sin(x)"}, ulp = {Float = 4, Double = 4}})
unary("tan", "Tangent; radians.", "tan(x_i)", "tan(v)", {grad = {x = "g * (r * r + 1)"}, ulp = {Float = 4, Double = 4}})
unary("asin", "Arc sine.", "asin(x_i)", "asin(v)", {grad = {x = "g * rsqrt(1 - x * x)"}, ulp = {Float = 4, Double = 4}})
unary("acos", "Arc cosine.", "acos(x_i)", "acos(v)", {grad = {x = "-g * rsqrt(1 - x * x)"}, ulp = {Float = 4, Double = 4}})
unary("atan", "Arc tangent.", "atan(x_i)", "atan(v)", {grad = {x = "g / (x * x + 1)"}, ulp = {Float = 4, Double = 4}})
unary("sinh", "Hyperbolic sine.", "sinh(x_i)", "sinh(v)", {grad = {x = "g * cosh(x)"}, ulp = {Float = 4, Double = 4}})
unary("cosh", "Hyperbolic cosine.", "cosh(x_i)", "cosh(v)", {grad = {x = "g * sinh(x)"}, ulp = {Float = 4, Double = 4}})
unary("floor", "Largest integer not above.", "floor(x_i)", "floor(v)", {grad = false, ulp = {Float = 0, Double = 0}})
unary("ceil", "Smallest integer not below.", "ceil(x_i)", "ceil(v)", {grad = false, ulp = {Float = 0, Double = 0}})
unary("round", "Nearest integer, halves away from zero.", "round(x_i)", "round(v)", {grad = false, ulp = {Float = 0, Double = 0}})
unary("trunc", "Integer part.", "trunc(x_i)", "trunc(v)", {grad = false, ulp = {Float = 0, Double = 0}})
unary("frac", "Fractional part.", "x_i - trunc(x_i)", "v - trunc(v)", {grad = {x = "g"}, ulp = {Float = 0, Double = 0}})

local exponential = {x = "g * r * log(base)"}
op "pow" {
   doc = "Power: x^p, or base^x; with the exponents .5 and -.5, too, as C's pow has it for infinities and -0.", math = "r_i = x_i ^ p", types = FLOATS, devices = BOTH,
   ulp = {Float = 4, Double = 4},
   {out"r", tensor"x", scalar"p", c = "pow"},
   {out"r", scalar"base", tensor"x", map = "tpow", grad = exponential},
   {number"x", number"p", ret = "number", expr = "pow(x, p)"},
   method = {
      {inout"r", tensor{"x", self="r"}, scalar"p", c = "pow"},
      {inout"r", scalar"base", tensor{"x", self="r"}, map = "tpow", grad = exponential},
      {number"x", number"p", ret = "number", expr = "pow(x, p)"},
   },
   grad = {x = "g * p * pow(x, p - 1)"},
   example = "torch.Tensor{1, 2, 3}:pow(2)  --> 1 4 9",
}
op "lerp" {
   doc = "Linear interpolation from a to b, which w = 1 gives exactly.", math = "r_i = a_i + w*(b_i - a_i)", types = FLOATS, method = "inplace", map = "lerp",
   {out"r", tensor"a", tensor"b", scalar"w"},
   {number"a", number"b", number"w", ret = "number", expr = "w < .5 ? a + w * (b - a) : b - (1 - w) * (b - a)"},
   grad = {a = "g * (1 - w)", b = "g * w"},
   example = "torch.lerp(torch.zeros(2), torch.ones(2), 0.5)  --> 0.5 0.5",
}
op "atan2" {
   doc = "Angle of the point (x, y).", math = "r_i = atan2(y_i, x_i)", types = FLOATS, method = "inplace", map = "atan2",
   ulp = {Float = 4, Double = 4},
   {out"r", tensor"y", tensor"x"},
   {number"y", number"x", ret = "number", expr = "atan2(y, x)"},
   grad = {y = "g * x / (x * x + y * y)", x = "-g * y / (x * x + y * y)"},
   example = "torch.atan2(torch.ones(1), torch.ones(1))  --> 0.7854",
}

-- Filling ------------------------------------------------------------------------------------------

op "fill" {
   doc = "Sets every element to a value.", types = ALL, devices = BOTH, method = "same", c = "fill",
   {inout"r", scalar"value"}, grad = {},
   example = "torch.Tensor(3):fill(7)  --> 7 7 7",
}
op "zero" {
   doc = "Sets every element to 0.", types = ALL, devices = BOTH, method = "same", c = "zero",
   {inout"r"}, grad = {},
   example = "torch.Tensor(3):zero()  --> 0 0 0",
}

-- Comparisons --------------------------------------------------------------------------------------

for _, name in ipairs{'lt', 'le', 'gt', 'ge', 'eq', 'ne'} do
   op(name) {
      doc = "Compares elementwise: 1 where true, 0 where not.", math = "r_i = x_i " .. name .. " y_i", types = MATH, method = "same",
      compare = true, grad = false,
      {outmask"r", tensor"x", scalar"s", c = name .. "Value"},
      {inout"r", tensor"x", scalar"s", c = name .. "Value"},
      {outmask"r", tensor"x", tensor"y", c = name .. "Tensor"},
      {inout"r", tensor"x", tensor"y", c = name .. "Tensor"},
      example = "torch.Tensor{1, 2, 3}:" .. name .. "(2)",
   }
end
