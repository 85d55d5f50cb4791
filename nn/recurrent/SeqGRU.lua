-- nn.SeqGRU(inputsize, outputsize [, resetAfter = false]): gated recurrent units over whole sequences, steps x batch x inputsize;
-- nn.SeqRecurrent tells of batchfirst, remembered states and sequences of different lengths. Names, defaults and parameters are
-- those of Element Research's rnn: weight of (inputsize + outputsize) x (3 outputsize), gates in the order u r n.
--
--    u, r = sigmoid(x Wx + h Wh + b),  n = tanh(x Wx + (r h) Wh + b),  h = (1 - u) h + u n
--
-- resetAfter = true is the form of cuDNN and PyTorch, n = tanh(x Wx + b + r (h Wh + hiddenBias)), with one parameter more:
-- hiddenBias, of outputsize.
--
--    nn.SeqGRU(10, 20):forward(torch.randn(50, 8, 10))   --> 50 x 8 x 20
--
-- fromPyTorch(weight_ih, weight_hh [, bias_ih, bias_hh]) takes the parameters of a layer of torch.nn.GRU (gates r z n, a row a
-- gate; z is 1 - u), toPyTorch() gives the four of them; both need resetAfter. Errors: inputs of other sizes.
-- Source: K. Cho and others, Learning phrase representations using RNN encoder-decoder, 2014.
local SeqGRU, parent = torch.class('nn.SeqGRU', 'nn.SeqRecurrent')
local as_matrix = nn.SeqRecurrent._as_matrix

SeqGRU.__arguments = 'inputsize size, outputsize size, [resetAfter boolean]'

function SeqGRU:__init(inputsize, outputsize, resetAfter)
   if resetAfter then
      self.hiddenBias, self.gradHiddenBias = torch.zeros(outputsize), torch.zeros(outputsize)
   end
   parent.__init(self, inputsize, outputsize, 3)
end

function SeqGRU:reset(stdv)
   if self.hiddenBias then self.hiddenBias:zero() end
   return parent.reset(self, stdv)
end

function SeqGRU:parameters()
   if not self.hiddenBias then return parent.parameters(self) end
   return {self.weight, self.bias, self.hiddenBias}, {self.gradWeight, self.gradBias, self.gradHiddenBias}
end

function SeqGRU:_forward(x)
   local gates = self:_inputSums(self._gates, x)
   gates.THNN.GRUSequence_updateOutput(gates, self:_hiddenWeight(), self.hiddenBias, self._h0, self._mask, self._output, self._kept)
end

function SeqGRU:_backward(gradOutput)
   self._gradGates = self._gradGates or self.weight.new()
   gradOutput.THNN.GRUSequence_updateGradInput(self._gates, self:_hiddenWeight(), self.hiddenBias ~= nil, self._h0, self._output,
      self._kept, gradOutput, self._gradGates, self._gradKept, self.userGradPrevOutput)
   local x, gx = self._x, self._gradInput
   gx:resize(x:size(1) * x:size(2), self.inputsize)
   gx:mm(as_matrix(self._gradGates), self.weight:narrow(1, 1, self.inputsize):t()):resize(x:size(1), x:size(2), self.inputsize)
end

function SeqGRU:_accWeight(scale)
   local n = self.outputsize
   self:_addInput(self._gradGates, scale)
   local weight, g = self.gradWeight:narrow(1, self.inputsize + 1, n), self._gradGates
   self._part = self._part or g.new()
   local function part(first, size)
      return self._part:resize(g:size(1), g:size(2), size):copy(g:narrow(3, first, size))
   end
   self:_addHidden(weight:narrow(2, 1, 2 * n), part(1, 2 * n), scale)
   local new = weight:narrow(2, 2 * n + 1, n)
   if self.hiddenBias then
      self:_addHidden(new, self._gradKept, scale)
      self.gradHiddenBias:add(scale, self._gradKept:view(-1, n):sum(1):view(n))
   else
      new:addmm(scale, self._kept:view(-1, n):t(), part(2 * n + 1, n):view(-1, n))
   end
end

function SeqGRU:clearState()
   nn.utils.clear(self, '_part')
   return parent.clearState(self)
end

local from, to = {-2, 1, 3}, {2, -1, 3}

local function check_form(self)
   if not self.hiddenBias then
      error('nn.SeqGRU: PyTorch has the reset gate after the product: make the module by nn.SeqGRU(inputsize, outputsize, true)', 3)
   end
end

--- module:fromPyTorch(weight_ih, weight_hh [, bias_ih, bias_hh]) -> module: takes the parameters of a layer of
-- torch.nn.GRU.
function SeqGRU:fromPyTorch(weight_ih, weight_hh, bias_ih, bias_hh)
   check_form(self)
   local n = self.outputsize
   self.weight:narrow(1, 1, self.inputsize):copy(parent.reordered(weight_ih, from):t())
   self:_hiddenWeight():copy(parent.reordered(weight_hh, from):t())
   self.bias:zero()
   self.hiddenBias:zero()
   if bias_ih then self.bias:copy(parent.reordered(bias_ih, from)) end
   if bias_hh then
      local b = parent.reordered(bias_hh, from):typeAs(self.bias)
      self.bias:narrow(1, 1, 2 * n):add(b:narrow(1, 1, 2 * n))
      self.hiddenBias:copy(b:narrow(1, 2 * n + 1, n))
   end
   return self
end

--- module:toPyTorch() -> weight_ih, weight_hh, bias_ih, bias_hh: the parameters as a layer of torch.nn.GRU has them.
function SeqGRU:toPyTorch()
   check_form(self)
   local n = self.outputsize
   local function rows(t) return parent.reordered(t:t():contiguous(), to) end
   local bias_hh = self.bias:clone():zero()
   bias_hh:narrow(1, 2 * n + 1, n):copy(self.hiddenBias)
   return rows(self.weight:narrow(1, 1, self.inputsize)), rows(self:_hiddenWeight()), parent.reordered(self.bias, to), bias_hh
end

function SeqGRU.__cases()
   local T = torch.DoubleTensor
   local first, started, lengths = nn.SeqGRU(3, 2), nn.SeqGRU(2, 3, true), nn.SeqGRU(2, 3)
   first.batchfirst = true
   started.userPrevOutput = torch.rand(2, 3)
   lengths:setLengths(torch.LongTensor{4, 1, 3})
   return {{nn.SeqGRU(3, 2), T(4, 2, 3)}, {nn.SeqGRU(3, 2, true), T(4, 2, 3)}, {first, T(2, 3, 3)},
      {started, T(3, 2, 2)}, {lengths, T(4, 3, 2)}, {nn.SeqGRU(2, 3, true), T(2, 50, 2)}}
end
