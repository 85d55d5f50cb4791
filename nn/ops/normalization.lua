-- Normalisation.

kernel "BatchNormalization_updateOutput" {doc = [[
      (x - mean) / std weight + bias for every feature (dimension 2), mean and biased variance being those of the
      batch when train (kept in save_mean and save_std, the latter as 1 / std; the running ones move by momentum),
      else the running ones. weight, bias and, in backward, gradInput, gradWeight and gradBias may be NULL.]],
   tensor"input", tensor"output", tensor{"weight", optional = true}, tensor{"bias", optional = true},
   tensor"running_mean", tensor"running_var", tensor"save_mean", tensor"save_std", flag"train", number"momentum",
   number"eps"}
kernel "BatchNormalization_backward" {tensor"input", tensor"gradOutput", tensor{"gradInput", optional = true},
   tensor{"gradWeight", optional = true}, tensor{"gradBias", optional = true}, tensor{"weight", optional = true},
   tensor"running_mean", tensor"running_var", tensor"save_mean", tensor"save_std", flag"train", number"scale",
   number"eps"}
