-- Normalisation.

kernel "BatchNormalization_updateOutput" {doc = [[
      (x - mean) / std weight + bias for every feature (dimension 2), mean and biased variance being those of the
      batch when train (kept in save_mean and save_std, the latter as 1 / std; the running ones move by momentum),
      else the running ones. weight, bias and, in backward, gradInput, gradWeight and gradBias may be NULL.]],
   tensor"input", out"output", tensor{"weight", optional = true}, tensor{"bias", optional = true},
   out"running_mean", out"running_var", out"save_mean", out"save_std", flag"train", number"momentum",
   number"eps"}
kernel "BatchNormalization_backward" {tensor"input", tensor"gradOutput", out{"gradInput", optional = true},
   out{"gradWeight", optional = true}, out{"gradBias", optional = true}, tensor{"weight", optional = true},
   tensor"running_mean", tensor"running_var", tensor"save_mean", tensor"save_std", flag"train", number"scale",
   number"eps"}

kernel "GroupNorm_updateOutput" {doc = [[
      (x - mean) / std weight + bias, mean and biased variance being those of a group of a sample: input is samples x
      channels x positions, and every sample has `groups` groups of neighbouring channels. mean and invstd get one number
      a group. Not centred: the mean counts as 0, std is the root mean square. weight, bias: one element a channel.]],
   tensor"input", out"output", tensor{"weight", optional = true}, tensor{"bias", optional = true}, out"mean",
   out"invstd", long"channels", long"positions", long"groups", flag"centred", number"eps"}
kernel "GroupNorm_updateGradInput" {tensor"input", tensor"gradOutput", out"gradInput",
   tensor{"weight", optional = true}, tensor"mean", tensor"invstd", long"channels", long"positions", long"groups",
   flag"centred"}
kernel "GroupNorm_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out{"gradBias", optional = true}, tensor"mean", tensor"invstd", long"channels", long"positions", long"groups",
   number"scale"}
