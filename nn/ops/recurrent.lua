-- Cells of recurrent networks: what follows the products with the weights, all gates at once. n is the size of the state;
-- tensors are (batch x) so many times n.

kernel "LSTMFused_updateOutput" {doc = [[
      A step of long short-term memory. input and hidden (4 n) are the products of the input and of the last output with
      the weights, for the gates in, forget, cell, out; input becomes the gates. bias1 and bias2 may be NULL.
      outputCell = sigmoid(forget) cell + sigmoid(in) tanh(cell gate), output = sigmoid(out) tanh(outputCell).]],
   tensor"input", tensor"hidden", tensor{"bias1", optional = true}, tensor{"bias2", optional = true}, tensor"cell",
   tensor"output", tensor"outputCell"}
kernel "LSTMFused_updateGradInput" {doc = [[
      storage: the gates that updateOutput left in input; cx, cy: the cell before and after. gradInGates (4 n) is the
      gradient of input and of hidden.]],
   tensor"storage", tensor"gradInGates", tensor"cx", tensor"cy", tensor"gradOutput", tensor"gradOutputCell",
   tensor"gradInputCx"}

kernel "GRUFused_updateOutput" {doc = [[
      A step of a gated recurrent unit. input and hidden (3 n): reset, update, new. With r and z the sigmoids of
      the first two sums, and new = tanh(input + bias1 + r (hidden + bias2)): output = new + z (hx - new). storage
      (5 n) keeps r, z, new, hx and hidden + bias2 for the gradient.]],
   tensor"input", tensor"hidden", tensor{"bias1", optional = true}, tensor{"bias2", optional = true}, tensor"hx",
   tensor"output", tensor"storage"}
kernel "GRUFused_updateGradInput" {tensor"gradInInput", tensor"gradInHidden", tensor"gradOutput",
   tensor"gradInputHx", tensor"storage"}
