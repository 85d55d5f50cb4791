-- Cells of recurrent networks: what follows the products with the weights, all gates at once. n is the size of the state;
-- tensors are (batch x) so many times n.

kernel "LSTMFused_updateOutput" {doc = [[
      A step of long short-term memory. input and hidden (4 n) are the products of the input and of the last output with
      the weights, for the gates in, forget, cell, out; input becomes the gates. bias1 and bias2 may be NULL.
      outputCell = sigmoid(forget) cell + sigmoid(in) tanh(cell gate), output = sigmoid(out) tanh(outputCell).]],
   out"input", tensor"hidden", tensor{"bias1", optional = true}, tensor{"bias2", optional = true}, tensor"cell",
   out"output", out"outputCell"}
kernel "LSTMFused_updateGradInput" {doc = [[
      storage: the gates that updateOutput left in input; cx, cy: the cell before and after. gradInGates (4 n) is the
      gradient of input and of hidden.]],
   tensor"storage", out"gradInGates", tensor"cx", tensor"cy", tensor"gradOutput", tensor"gradOutputCell",
   out"gradInputCx"}

kernel "GRUFused_updateOutput" {doc = [[
      A step of a gated recurrent unit. input and hidden (3 n): reset, update, new. With r and z the sigmoids of
      the first two sums, and new = tanh(input + bias1 + r (hidden + bias2)): output = new + z (hx - new). storage
      (5 n) keeps r, z, new, hx and hidden + bias2 for the gradient.]],
   tensor"input", tensor"hidden", tensor{"bias1", optional = true}, tensor{"bias2", optional = true}, tensor"hx",
   out"output", out"storage"}
kernel "GRUFused_updateGradInput" {out"gradInInput", out"gradInHidden", tensor"gradOutput",
   out"gradInputHx", tensor"storage"}

-- Whole sequences, steps x batch x so many times n. mask (steps x batch): where it is not 0 the state becomes 0. Absent states
-- are 0. gradHidden and gradCell are gradients of the last step's, and become those of h0 and c0.

kernel "LSTMSequence_updateOutput" {doc = [[
      Long short-term memory of inputs of size d. weight is (d + n) x 4 n, for the gates in, forget, out, cell. joined
      (d + n) gets each step's input beside the output before it, gates (4 n) the squashed gates: both are for the gradient.
      With sums (values x 4 n) and index (steps batch), row index[i] of sums is the i-th input times its weights
      plus the bias, and joined (n) gets the outputs before alone.]],
   tensor"input", tensor"weight", tensor"bias", tensor{"sums", optional = true},
   tensor{"index", type = "Long", optional = true}, tensor{"h0", optional = true}, tensor{"c0", optional = true},
   tensor{"mask", type = "Byte", optional = true}, out"joined", out"gates", out"output", out"cell"}
kernel "LSTMSequence_updateGradInput" {doc = [[
      gradGates (4 n) is for the gradient of the weights, gateSums, its sum over all steps and rows, for that of the bias.]],
   tensor"gates", tensor"gradOutput", out"gradInput", tensor"weight",
   tensor{"c0", optional = true}, tensor"cell", out"gradGates", out"gradHidden", out"gradCell", out"gateSums"}

kernel "Rows_distinct" {doc = [[
      Rows of the matrix input that are the same, bit by bit: index[i] is the number of row i's value, counted in the order in which
      values come; first[k] a row of value k. The GPU's are looked at in the CPU's memory. first is empty, and index without
      meaning, where there are fewer than 256 rows, or more than a quarter of them, or 192 of the first 256, differ from all
      before them.]],
   tensor"input", out{"index", type = "Long"}, out{"first", type = "Long"}}

-- The products of the inputs with their weights, and the biases, are in `gates` already; weight (n x 3 n) is that of the last
-- output.

kernel "GRUSequence_updateOutput" {doc = [[
      Gated recurrent units; gates (3 n): u, r, new. output = h + u (new - h). Without hiddenBias (n) the reset gate comes
      before the product, new = tanh(x + (r h) W); with it after, new = tanh(x + r (h W + hiddenBias)). kept gets r h,
      or h W + hiddenBias.]],
   out"gates", tensor"weight", tensor{"hiddenBias", optional = true}, tensor{"h0", optional = true},
   tensor{"mask", type = "Byte", optional = true}, out"output", out"kept"}
kernel "GRUSequence_updateGradInput" {doc = "gradKept: with afterProduct, the gradient of h W + hiddenBias.",
   tensor"gates", tensor"weight", flag"afterProduct", tensor{"h0", optional = true}, tensor"output", tensor"kept",
   tensor"gradOutput", out"gradGates", out"gradKept", out"gradHidden"}
