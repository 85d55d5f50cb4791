-- Criterions.

kernel "AbsCriterion_updateOutput" {doc = "Sum of |x - t|, divided by the number of elements with sizeAverage.",
   tensor"input", tensor"target", out"output", flag"sizeAverage"}
kernel "AbsCriterion_updateGradInput" {tensor"input", tensor"target", out"gradInput", flag"sizeAverage"}

kernel "BCECriterion_updateOutput" {doc = [[
      -sum of w (t log(x + 1e-12) + (1 - t) log(1 - x + 1e-12)); x must lie in [0, 1]. weights: NULL, or as many
      elements as target.]],
   tensor"input", tensor"target", out"output", flag"sizeAverage", tensor{"weights", optional = true}}
kernel "BCECriterion_updateGradInput" {tensor"input", tensor"target", out"gradInput", flag"sizeAverage",
   tensor{"weights", optional = true}}

kernel "ClassNLLCriterion_updateOutput" {doc = [[
      -sum of w[t] x[t] over frames, x being log probabilities (batch x classes); divided by the sum of weights,
      which goes to total_weight, with sizeAverage. Frames whose target is ignore_index do not count. weights may be
      NULL. On the GPU a class out of range is no error, which would have to be waited for: it makes the sum NaN and
      has no gradient; so does x of BCECriterion.]],
   tensor"input", tensor{"target", type = "Long"}, out"output", flag"sizeAverage",
   tensor{"weights", optional = true}, out"total_weight", long"ignore_index"}
kernel "ClassNLLCriterion_updateGradInput" {tensor"input", tensor{"target", type = "Long"}, out"gradInput",
   flag"sizeAverage", tensor{"weights", optional = true}, tensor"total_weight", long"ignore_index"}

kernel "SpatialClassNLLCriterion_updateOutput" {doc = [[
      The same at every position: input batch x classes x height x width, target batch x height x width.]],
   tensor"input", tensor{"target", type = "Long"}, out"output", flag"sizeAverage",
   tensor{"weights", optional = true}, out"total_weight"}
kernel "SpatialClassNLLCriterion_updateGradInput" {tensor"input", tensor{"target", type = "Long"},
   out"gradInput", flag"sizeAverage", tensor{"weights", optional = true}, tensor"total_weight"}

kernel "DistKLDivCriterion_updateOutput" {doc = "Sum of t (log t - x) over t > 0.",
   tensor"input", tensor"target", out"output", flag"sizeAverage"}
kernel "DistKLDivCriterion_updateGradInput" {tensor"input", tensor"target", out"gradInput", flag"sizeAverage"}

kernel "L1Cost_updateOutput" {doc = "Sum of |x|. gradOutput may be NULL.",
   tensor"input", out"output"}
kernel "L1Cost_updateGradInput" {tensor"input", tensor{"gradOutput", optional = true}, out"gradInput"}

kernel "MarginCriterion_updateOutput" {doc = "Sum of max(0, margin - t x).",
   tensor"input", tensor"target", out"output", flag"sizeAverage", number"margin"}
kernel "MarginCriterion_updateGradInput" {tensor"input", tensor"target", out"gradInput", flag"sizeAverage",
   number"margin"}

kernel "SoftMarginCriterion_updateOutput" {doc = "Sum of log(1 + exp(-t x)).",
   tensor"input", tensor"target", out"output", flag"sizeAverage"}
kernel "SoftMarginCriterion_updateGradInput" {tensor"input", tensor"target", out"gradInput", flag"sizeAverage"}

kernel "MSECriterion_updateOutput" {doc = "Sum of (x - t)^2.",
   tensor"input", tensor"target", out"output", flag"sizeAverage"}
kernel "MSECriterion_updateGradInput" {tensor"input", tensor"target", out"gradInput", flag"sizeAverage"}

kernel "MultiLabelMarginCriterion_updateOutput" {doc = [[
      Sum of max(0, 1 - x[t] + x[i]) / classes over targets t and other classes i. target: class numbers, ended by
      0. isTarget keeps what the gradient needs.]],
   tensor"input", tensor{"target", type = "Long"}, out"output", out"isTarget", flag"sizeAverage"}
kernel "MultiLabelMarginCriterion_updateGradInput" {tensor"input", tensor{"target", type = "Long"},
   out"gradInput", tensor"isTarget", flag"sizeAverage"}

kernel "MultiMarginCriterion_updateOutput" {doc = "Sum of w[t] max(0, margin - x[t] + x[i])^p / classes, p 1 or 2. weights may be NULL.",
   tensor"input", tensor{"target", type = "Long"}, out"output", flag"sizeAverage", int"p",
   tensor{"weights", optional = true}, number"margin"}
kernel "MultiMarginCriterion_updateGradInput" {tensor"input", tensor{"target", type = "Long"}, out"gradInput",
   flag"sizeAverage", int"p", tensor{"weights", optional = true}, number"margin"}

kernel "SmoothL1Criterion_updateOutput" {doc = "Sum of d^2 / 2 where |d| < 1, else |d| - 1/2, with d = x - t.",
   tensor"input", tensor"target", out"output", flag"sizeAverage"}
kernel "SmoothL1Criterion_updateGradInput" {tensor"input", tensor"target", out"gradInput", flag"sizeAverage"}
