-- Activations and softmaxes.

kernel "Abs_updateOutput" {doc = "|x|; the gradient at 0 is that of +x.",
   tensor"input", out"output"}
kernel "Abs_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput"}

kernel "ELU_updateOutput" {doc = [[
      x > 0 ? x : alpha (exp(x) - 1). The gradient is taken from the input, inplace from the output.]],
   tensor"input", out"output", number"alpha", flag"inplace"}
kernel "ELU_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"output", number"alpha",
   flag"inplace"}

kernel "GatedLinear_updateOutput" {doc = "First half of dimension dim (1-based) times the sigmoid of the second half.",
   tensor"input", out"output", int"dim"}
kernel "GatedLinear_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", int"dim"}

kernel "GELU_updateOutput" {doc = [[
      x times the normal distribution's probability of less than x; with approximate, the tanh formula for it.]],
   tensor"input", out"output", flag"approximate"}
kernel "GELU_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", flag"approximate"}

kernel "HardShrink_updateOutput" {doc = "x where |x| > lambda, else 0.",
   tensor"input", out"output", number"lambda"}
kernel "HardShrink_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", number"lambda"}

kernel "HardTanh_updateOutput" {doc = "x clamped to [min_val, max_val]; the gradient is 0 at the bounds.",
   tensor"input", out"output", number"min_val", number"max_val", flag"inplace"}
kernel "HardTanh_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", number"min_val",
   number"max_val", flag"inplace"}

kernel "LeakyReLU_updateOutput" {doc = "x > 0 ? x : negval x.",
   tensor"input", out"output", number"negval", flag"inplace"}
kernel "LeakyReLU_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", number"negval",
   flag"inplace"}

kernel "LogSigmoid_updateOutput" {doc = "log(1 / (1 + exp(-x))); buffer keeps exp(-x) for the gradient.",
   tensor"input", out"output", out"buffer"}
kernel "LogSigmoid_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"buffer"}

kernel "LogSoftMax_updateOutput" {doc = "x - log(sum of exp(x)) over dimension 1 of 1-D and 3-D tensors, 2 of 2-D and 4-D ones.",
   tensor"input", out"output"}
kernel "LogSoftMax_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"output"}

kernel "PReLU_updateOutput" {doc = "x > 0 ? x : w x, w of nOutputPlane elements, or one for all when that is 0.",
   tensor"input", out"output", tensor"weight", long"nOutputPlane"}
kernel "PReLU_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"weight",
   long"nOutputPlane"}
kernel "PReLU_accGradParameters" {tensor"input", tensor"gradOutput", tensor{"gradInput", optional = true},
   tensor"weight", out"gradWeight", tensor{"gradWeightBuf", optional = true},
   tensor{"gradWeightBuf2", optional = true}, long"nOutputPlane", number"scale"}

kernel "RReLU_updateOutput" {doc = [[
      x <= 0 ? slope x : x, the slope drawn from U(lower, upper) into noise when train (1 for other elements), else
      the mean of lower and upper.]],
   tensor"input", out"output", out"noise", number"lower", number"upper", flag"train", flag"inplace",
   gen"generator"}
kernel "RReLU_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"noise", number"lower", number"upper", flag"train",
   flag"inplace"}

kernel "SiLU_updateOutput" {doc = "x / (1 + exp(-x)).", tensor"input", out"output"}
kernel "SiLU_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput"}

kernel "Sigmoid_updateOutput" {doc = "1 / (1 + exp(-x)). input of the gradient may be NULL.",
   tensor"input", out"output"}
kernel "Sigmoid_updateGradInput" {tensor{"input", optional = true}, tensor"gradOutput", out"gradInput",
   tensor"output"}

kernel "SoftMax_updateOutput" {doc = "exp(x) / sum of exp(x), over the dimension that LogSoftMax uses.",
   tensor"input", out"output"}
kernel "SoftMax_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"output"}

kernel "SoftPlus_updateOutput" {doc = "log(1 + exp(beta x)) / beta, x itself where beta x > threshold.",
   tensor"input", out"output", number"beta", number"threshold"}
kernel "SoftPlus_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"output",
   number"beta", number"threshold"}

kernel "SoftShrink_updateOutput" {doc = "x moved towards 0 by lambda.",
   tensor"input", out"output", number"lambda"}
kernel "SoftShrink_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", number"lambda"}

kernel "Sqrt_updateOutput" {doc = "Square root; the gradient at 0 is 0.",
   tensor"input", out"output", number"eps"}
kernel "Sqrt_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", tensor"output"}

kernel "Square_updateOutput" {doc = "x^2.",
   tensor"input", out"output"}
kernel "Square_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput"}

kernel "Tanh_updateOutput" {doc = "tanh(x). input of the gradient may be NULL.",
   tensor"input", out"output"}
kernel "Tanh_updateGradInput" {tensor{"input", optional = true}, tensor"gradOutput", out"gradInput",
   tensor"output"}

kernel "Threshold_updateOutput" {doc = "x > threshold ? x : val.",
   tensor"input", out"output", number"threshold", number"val", flag"inplace"}
kernel "Threshold_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput", number"threshold",
   number"val", flag"inplace"}
