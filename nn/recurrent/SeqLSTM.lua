-- nn.SeqLSTM(inputsize, outputsize): long short-term memory over whole sequences, steps x batch x inputsize; nn.SeqRecurrent tells of
-- batchfirst, remembered states and sequences of different lengths. Names, defaults and parameters are those of Element
-- Research's rnn: weight of (inputsize + outputsize) x (4 outputsize), gates in the order i f o g; the bias of f is 1 at first.
--
--    i, f, o = sigmoid(x Wx + h Wh + b),  g = tanh(x Wx + h Wh + b),  c = f c + i g,  h = o tanh(c)
--
--    local net = nn.Sequential():add(nn.SeqLSTM(10, 20)):add(nn.Bottle(nn.Linear(20, 5)))
--    net:forward(torch.randn(50, 8, 10))   --> 50 x 8 x 5
--
-- fromPyTorch(weight_ih, weight_hh [, bias_ih, bias_hh]) takes the parameters of a layer of torch.nn.LSTM (gates i f g o, a row
-- a gate); toPyTorch() gives the four of them, bias_hh being 0. Errors: inputs of other sizes.
-- Source: S. Hochreiter, J. Schmidhuber, Long short-term memory, 1997; F. Gers and others, Learning to forget, 2000.
local SeqLSTM, parent = torch.class('nn.SeqLSTM', 'nn.SeqRecurrent')

SeqLSTM.__arguments = 'inputsize size, outputsize size'
SeqLSTM.hasCell = true

function SeqLSTM:__init(inputsize, outputsize) parent.__init(self, inputsize, outputsize, 4) end

function SeqLSTM:reset(stdv)
   parent.reset(self, stdv)
   self.bias:narrow(1, self.outputsize + 1, self.outputsize):fill(1)
   return self
end

local function run(self, x, output)
   local sums = self._repeated and self:_distinctSums() or nil
   x.THNN.LSTMSequence_updateOutput(x, self.weight, self.bias, sums, sums and nn.utils.long(self._index, x), self._h0, self._c0, self._mask,
      self._joined, self._gates, output, self._kept)
   self._gradGates = nil
end

function SeqLSTM:_forward(x) run(self, x, self._output) end

-- Makes the gates again, of inputs as they are kept.
local function run_again(self)
   local joined, x = self._joined
   if self._repeated then
      x = self._distinct:index(1, nn.utils.long(self._index, self._distinct)):view(joined:size(1), joined:size(2), self.inputsize)
   else
      x = joined:narrow(3, 1, self.inputsize)
   end
   run(self, x, self.weight.new())
end

-- Gradients of the gates take their place, less memory to go through; so a second pass back makes the gates again.
function SeqLSTM:_backward(gradOutput)
   self._gateSums = self._gateSums or self.weight.new()
   if self._gradGates and self._gates:nElement() > 0 then run_again(self) end
   self._gradGates = self._gates
   gradOutput.THNN.LSTMSequence_updateGradInput(self._gates, gradOutput, self._gradInput, self.weight, self._c0, self._kept,
      self._gradGates, self.userGradPrevOutput, self.userGradPrevCell, self._gateSums)
end

function SeqLSTM:_accWeight(scale)
   local joined, g, weight = parent._as_matrix(self._joined), parent._as_matrix(self._gradGates), self.gradWeight
   if self._repeated then
      self:_addInput(self._gradGates, scale)
      weight = weight:narrow(1, self.inputsize + 1, self.outputsize)
   end
   weight:addmm(scale, joined:t(), g)
end

local order = {1, 2, 4, 3} -- both ways

--- module:fromPyTorch(weight_ih, weight_hh [, bias_ih, bias_hh]) -> module: takes the parameters of a layer of
-- torch.nn.LSTM.
function SeqLSTM:fromPyTorch(weight_ih, weight_hh, bias_ih, bias_hh)
   self.weight:narrow(1, 1, self.inputsize):copy(parent.reordered(weight_ih, order):t())
   self:_hiddenWeight():copy(parent.reordered(weight_hh, order):t())
   self.bias:zero()
   for _, bias in pairs{bias_ih, bias_hh} do self.bias:add(parent.reordered(bias, order):typeAs(self.bias)) end
   return self
end

--- module:toPyTorch() -> weight_ih, weight_hh, bias_ih, bias_hh: the parameters as a layer of torch.nn.LSTM has them;
-- bias_hh is 0.
function SeqLSTM:toPyTorch()
   local function rows(t) return parent.reordered(t:t():contiguous(), order) end
   local bias = parent.reordered(self.bias, order)
   return rows(self.weight:narrow(1, 1, self.inputsize)), rows(self:_hiddenWeight()), bias, bias:clone():zero()
end

function SeqLSTM.__cases()
   local T = torch.DoubleTensor
   local first, started, lengths = nn.SeqLSTM(3, 2), nn.SeqLSTM(2, 3), nn.SeqLSTM(2, 3)
   first.batchfirst = true
   started.userPrevOutput, started.userPrevCell = torch.rand(2, 3), torch.rand(2, 3)
   lengths:setLengths(torch.LongTensor{4, 1, 3})
   return {{nn.SeqLSTM(3, 2), T(4, 2, 3)}, {nn.SeqLSTM(1, 5), T(1, 1, 1)}, {first, T(2, 3, 3)},
      {started, T(3, 2, 2)}, {lengths, T(4, 3, 2)}, {nn.SeqLSTM(2, 3), T(2, 50, 2)}}
end
