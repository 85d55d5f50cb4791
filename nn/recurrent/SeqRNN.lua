-- nn.SeqRNN(inputsize, outputsize [, activation = 'tanh']): the plain recurrent network, Elman's, over whole sequences, steps x batch x
-- inputsize; nn.SeqRecurrent tells of batchfirst, remembered states and sequences of different lengths.
--
--    h = f(x Wx + h Wh + b)
--
-- activation: f, of 'tanh', 'relu', 'sigmoid', 'linear'. weight: (inputsize + outputsize) x outputsize.
--
--    nn.SeqRNN(10, 20):forward(torch.randn(50, 8, 10))   --> 50 x 8 x 20
--
-- fromPyTorch(weight_ih, weight_hh [, bias_ih, bias_hh]) takes the parameters of a layer of torch.nn.RNN, toPyTorch() gives the four of
-- them, bias_hh being 0. Errors: inputs of other sizes, another activation.
-- Source: J. Elman, Finding structure in time, 1990.
local SeqRNN, parent = torch.class('nn.SeqRNN', 'nn.SeqRecurrent')
local as_matrix = nn.SeqRecurrent._as_matrix
local wrong = require('nn.check').wrong

SeqRNN.__arguments = 'inputsize size, outputsize size, [activation string]'

local activations = {tanh = function(z) z:tanh() end, relu = function(z) z:cmax(0) end, sigmoid = function(z) z:sigmoid() end, linear = function() end}
-- g becomes the gradient of what f was applied to; y: what it gave
local derivatives = {
   tanh = function(g, y) g:addcmul(-1, g, torch.cmul(y, y)) end,
   relu = function(g, y) g:maskedFill(y:le(0), 0) end,
   sigmoid = function(g, y) g:cmul(y):addcmul(-1, g, y) end,
   linear = function() end,
}

function SeqRNN:__init(inputsize, outputsize, activation)
   self.activation = activation or 'tanh'
   if not activations[self.activation] then
      wrong('SeqRNN', 3, 'activation', "expected 'tanh', 'relu', 'sigmoid' or 'linear', got '%s'", tostring(activation))
   end
   parent.__init(self, inputsize, outputsize, 1)
end

local function clear_masked(self, t, z)
   if self._mask then z:maskedFill(self._mask[t]:view(-1, 1):expandAs(z), 0) end
end

function SeqRNN:_forward(x)
   local steps, y, hidden = x:size(1), self._output, self:_hiddenWeight()
   self:_inputSums(y, x)
   local before = self._h0
   for t = 1, steps do
      local z = y[t]
      if before then z:addmm(before, hidden) end
      activations[self.activation](z)
      clear_masked(self, t, z)
      before = z
   end
end

function SeqRNN:_backward(gradOutput)
   self._gradGates = self._gradGates or self.weight.new()
   local x, gates, y, hidden, last = self._x, self._gradGates, self._output, self:_hiddenWeight(), self.userGradPrevOutput
   gates:resize(gradOutput:size()):copy(gradOutput)
   for t = y:size(1), 1, -1 do
      local g = gates[t]:add(last)
      derivatives[self.activation](g, y[t])
      clear_masked(self, t, g)
      last:mm(g, hidden:t())
   end
   local gx = self._gradInput:resize(x:size(1) * x:size(2), self.inputsize)
   gx:mm(as_matrix(gates), self.weight:narrow(1, 1, self.inputsize):t()):resize(x:size(1), x:size(2), self.inputsize)
end

function SeqRNN:_accWeight(scale)
   self:_addInput(self._gradGates, scale)
   self:_addHidden(self.gradWeight:narrow(1, self.inputsize + 1, self.outputsize), self._gradGates, scale)
end

--- module:fromPyTorch(weight_ih, weight_hh [, bias_ih, bias_hh]) -> module: takes the parameters of a layer of torch.nn.RNN.
function SeqRNN:fromPyTorch(weight_ih, weight_hh, bias_ih, bias_hh)
   self.weight:narrow(1, 1, self.inputsize):copy(weight_ih:t())
   self:_hiddenWeight():copy(weight_hh:t())
   self.bias:zero()
   for _, bias in pairs{bias_ih, bias_hh} do self.bias:add(bias:typeAs(self.bias)) end
   return self
end

--- module:toPyTorch() -> weight_ih, weight_hh, bias_ih, bias_hh: the parameters as a layer of torch.nn.RNN has them.
function SeqRNN:toPyTorch()
   local function rows(t) return t:t():contiguous() end
   return rows(self.weight:narrow(1, 1, self.inputsize)), rows(self:_hiddenWeight()), self.bias:clone(), self.bias:clone():zero()
end

function SeqRNN.__cases()
   local T = torch.DoubleTensor
   local first, started, lengths = nn.SeqRNN(3, 2), nn.SeqRNN(2, 3, 'sigmoid'), nn.SeqRNN(2, 3)
   first.batchfirst = true
   started.userPrevOutput = torch.rand(2, 3)
   lengths:setLengths(torch.LongTensor{4, 1, 3})
   return {{nn.SeqRNN(3, 2), T(4, 2, 3)}, {nn.SeqRNN(1, 5, 'linear'), T(1, 1, 1)}, {first, T(2, 3, 3)},
      {started, T(3, 2, 2)}, {lengths, T(4, 3, 2)}, {nn.SeqRNN(2, 3, 'relu'), T(2, 50, 2)}}
end
