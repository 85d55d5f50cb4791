-- Products with vectors and matrices, sparse ones and tables of vectors.

kernel "LookupTable_accGradParameters" {doc = [=[
      gradWeight[input[i]] += scale gradOutput[i], except where input is paddingValue; divided by how often the row
      occurs with scaleGradByFreq (count is then an IntTensor). sorted, indices: NULL. renorm scales the rows that
      idx names down to norm maxNorm.]=],
   tensor{"input", type = "Long"}, tensor"gradOutput", out"gradWeight",
   out{"count", type = "Int", optional = true}, tensor{"sorted", optional = true},
   tensor{"indices", type = "Long", optional = true}, flag"scaleGradByFreq", int"paddingValue", number"scale"}
kernel "LookupTable_renorm" {tensor{"idx", type = "Long"}, out"weight", number"maxNorm", number"normType"}

kernel "Linear_updateOutput" {doc = "output = input weight' + bias. bias and gradBias may be NULL.",
   tensor"input", out"output", tensor"weight", tensor{"bias", optional = true},
   tensor{"addBuffer", optional = true}}
kernel "Linear_updateGradInput" {tensor"input", tensor"gradOutput", out{"gradInput", optional = true},
   tensor"weight"}
kernel "Linear_accGradParameters" {tensor"input", tensor"gradOutput", tensor{"gradInput", optional = true},
   tensor{"weight", optional = true}, tensor{"bias", optional = true}, out"gradWeight",
   out{"gradBias", optional = true}, tensor{"addBuffer", optional = true}, number"scale"}

kernel "SparseLinear_updateOutput" {doc = [[
      Linear for rows of (sample, index, value): n x 3, from 1. output is samples x outputs already.]],
   tensor"input", out"output", tensor"weight", tensor"bias"}
kernel "SparseLinear_accGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight", out"gradBias",
   tensor"weight", tensor"bias", number"weightDecay", number"scale"}
kernel "SparseLinear_zeroGradParameters" {doc = [[
      The features that occur in lastInput, rows of (sample, index, value) whose value is not 0: their columns of
      gradWeight, and gradBias, become 0.]],
   out"gradWeight", out"gradBias", tensor"lastInput"}
kernel "SparseLinear_updateParameters" {doc = "weight -= learningRate gradWeight in the columns of these features; bias likewise.",
   out"weight", out"bias", tensor"gradWeight", tensor"gradBias", tensor"lastInput", number"learningRate"}

kernel "SparseLinear_legacyUpdateOutput" {doc = [[
      The same for inputs of samples x n x 2, rows of (index, value); rows of value 0 fill up. output is resized.]],
   tensor"input", out"output", tensor"weight", tensor"bias"}
kernel "SparseLinear_legacyAccGradParameters" {tensor"input", tensor"gradOutput", out"gradWeight",
   out"gradBias", tensor"weight", tensor"bias", number"weightDecay", number"scale"}
kernel "SparseLinear_legacyZeroGradParameters" {out"gradWeight", out"gradBias", tensor"lastInput"}
kernel "SparseLinear_legacyUpdateParameters" {out"weight", out"bias", tensor"gradWeight", tensor"gradBias",
   tensor"lastInput", number"learningRate"}

kernel "IndexLinear_updateOutput" {doc = [[
      A matrix times the features of samples: keys (row of weight minus keysOffset, from 0) and values, sizes[i] of
      them for sample i. weight is features x outputs, or has four columns more before these: the largest absolute
      value of a feature seen with train, its inverse, a factor of the learning rate, and what is added to the value
      once it has been divided by the largest one; normalizedValues gets what comes of that, and is then `values` of
      the other passes. gradWeight becomes a row per key, of the outputs' gradients, or of those twice: for what is
      added to the value, and for the weights. Rows that occur decay once an update. cumSumSizes and valuesBuffer
      are left alone.]],
   tensor{"keys", type = "Long"}, long"keysOffset", tensor"values", tensor{"sizes", type = "Long"},
   tensor{"cumSumSizes", type = "Long", optional = true}, out"output", out"weight", tensor"bias",
   out{"normalizedValues", optional = true}, int"train"}
kernel "IndexLinear_accGradParameters" {tensor{"keys", type = "Long"}, long"keysOffset", tensor"values",
   tensor{"sizes", type = "Long"}, tensor{"cumSumSizes", type = "Long", optional = true}, tensor"gradOutput",
   out"gradWeight", out"gradBias", tensor"weight", tensor"bias", tensor{"valuesBuffer", optional = true},
   number"weightDecay", number"scale"}
kernel "IndexLinear_accUpdateGradParameters" {tensor{"keys", type = "Long"}, long"keysOffset", tensor"values",
   tensor{"sizes", type = "Long"}, tensor{"cumSumSizes", type = "Long", optional = true}, tensor"gradOutput",
   out"weight", out"bias", number"weightDecay", number"scale"}
kernel "IndexLinear_updateParameters" {tensor"gradWeight", tensor"gradBias", out"weight", out"bias",
   tensor{"runningKeys", type = "Long"}, tensor{"cumSumSizes", type = "Long", optional = true}, long"keysOffset",
   number"weightDecay", number"learningRate"}
