-- Recurrent layers of other programs as modules of nn. Weights come as matrices of a row a gate, those of the input and those of
-- the last output, with a bias for each.
require 'nn'
local reordered = nn.SeqRecurrent.reordered

--- lstm(module, w, r, bw, br): gates in the order i f g o. Biases may be nil.
local function lstm(module, w, r, bw, br) return module:fromPyTorch(w, r, bw, br) end

-- nn's u is 1 - z: the other sign
local function before_product(module, w, r, bw, br)
   local order, n = {-1, 2, 3}, w:size(2)
   module.weight:narrow(1, 1, n):copy(reordered(w, order):t())
   module.weight:narrow(1, n + 1, r:size(2)):copy(reordered(r, order):t())
   module.bias:zero()
   for _, b in pairs{bw, br} do module.bias:add(reordered(b, order):typeAs(module.bias)) end
   return module
end

--- gru(module, w, r, bw, br): gates in the order z r h; the module's form (resetAfter) is that of the layer.
local function gru(module, w, r, bw, br)
   if not module.hiddenBias then return before_product(module, w, r, bw, br) end
   local order = {2, 1, 3} -- PyTorch's
   local function turned(t) return t and reordered(t, order) end
   return module:fromPyTorch(turned(w), turned(r), turned(bw), turned(br))
end

return {lstm = lstm, gru = gru}
