-- nn.SeqBRNN(inputsize, outputsize [, batchfirst = false, merge = nn.CAddTable(), cell = 'LSTM']): a sequence is read forwards by one
-- nn.SeqLSTM (or nn.SeqGRU, cell = 'GRU'; nn.SeqRNN, 'RNN') and backwards by another; `merge` makes one of both outputs, their sum by default.
-- nn.JoinTable(3) puts them side by side, as PyTorch's bidirectional = True does. modules: forwards, backwards, merge.
--
--    nn.SeqBRNN(10, 20, false, nn.JoinTable(3)):forward(torch.randn(50, 8, 10))   --> 50 x 8 x 40
--
-- setLengths and maskZero as in nn.SeqRecurrent: reading backwards begins at the last step that counts.
-- Source: M. Schuster, K. Paliwal, Bidirectional recurrent neural networks, 1997.
local SeqBRNN, parent = torch.class('nn.SeqBRNN', 'nn.Container')
local wrong = require('nn.check').wrong

SeqBRNN.__arguments = 'inputsize size, outputsize size, [batchfirst boolean], [merge module], [cell string]'
local cells = {LSTM = 'SeqLSTM', GRU = 'SeqGRU', RNN = 'SeqRNN'}

function SeqBRNN:__init(inputsize, outputsize, batchfirst, merge, cell)
   parent.__init(self)
   local class = cells[cell or 'LSTM']
   if not class then wrong('SeqBRNN', 5, 'cell', "expected 'LSTM', 'GRU' or 'RNN', got '%s'", tostring(cell)) end
   for _ = 1, 2 do
      local module = nn[class](inputsize, outputsize)
      module.batchfirst = batchfirst or false
      self:add(module)
   end
   self:add(merge or nn.CAddTable())
end

--- module:maskZero([on = true]) -> module: as nn.SeqRecurrent's, in both directions.
function SeqBRNN:maskZero(on)
   for i = 1, 2 do self.modules[i]:maskZero(on) end
   return self
end

-- Backwards, the steps that count come last.
local function reversed_lengths(self, steps)
   local backwards = self.modules[2]
   if not self.lengths then return end
   local mask = torch.ByteTensor(steps, self.lengths:nElement()):zero()
   for i = 1, self.lengths:nElement() do
      if self.lengths[i] < steps then mask:select(2, i):narrow(1, 1, steps - self.lengths[i]):fill(1) end
   end
   backwards.mask = mask
end

--- module:setLengths(lengths) -> module: as nn.SeqRecurrent's, in both directions.
function SeqBRNN:setLengths(lengths)
   self.lengths = nn.utils.checkLengths(self, lengths)
   self.modules[1]:setLengths(lengths)
   self.modules[2].mask = nil
   return self
end

function SeqBRNN:type(type, cache)
   if not type then return parent.type(self) end
   local lengths = self.lengths
   self.lengths, self.modules[2].mask = nil, nil
   parent.type(self, type, cache)
   self.lengths = lengths
   return self
end

-- t with its steps in the opposite order.
local function reversed(self, t)
   return nn.utils.reversed(t, self.modules[1].batchfirst and 2 or 1)
end

function SeqBRNN:updateOutput(input)
   local forwards, backwards, merge = unpack(self.modules)
   local y = self:rethrowErrors(forwards, 1, 'updateOutput', input)
   reversed_lengths(self, input:size(forwards.batchfirst and 2 or 1))
   self._reversed = reversed(self, input)
   local back = self:rethrowErrors(backwards, 2, 'updateOutput', self._reversed)
   self._outputs = {y, reversed(self, back)}
   self.output = self:rethrowErrors(merge, 3, 'updateOutput', self._outputs)
   return self.output
end

function SeqBRNN:updateGradInput(input, gradOutput)
   local forwards, backwards, merge = unpack(self.modules)
   local g = self:rethrowErrors(merge, 3, 'updateGradInput', self._outputs, gradOutput)
   self._gradients = {g[1], reversed(self, g[2])}
   local gx = self:rethrowErrors(forwards, 1, 'updateGradInput', input, self._gradients[1])
   local back = self:rethrowErrors(backwards, 2, 'updateGradInput', self._reversed, self._gradients[2])
   self.gradInput = torch.add(gx, reversed(self, back))
   return self.gradInput
end

function SeqBRNN:accGradParameters(input, gradOutput, scale)
   local forwards, backwards, merge = unpack(self.modules)
   merge:accGradParameters(self._outputs, gradOutput, scale)
   forwards:accGradParameters(input, self._gradients[1], scale)
   backwards:accGradParameters(self._reversed, self._gradients[2], scale)
end

function SeqBRNN:clearState()
   nn.utils.clear(self, '_reversed', '_outputs', '_gradients')
   return parent.clearState(self)
end

function SeqBRNN:__tostring__()
   return ('%s(%s, %s)'):format(torch.type(self), tostring(self.modules[1]), tostring(self.modules[3]))
end

function SeqBRNN.__cases()
   local T = torch.DoubleTensor
   local lengths = nn.SeqBRNN(2, 3):setLengths(torch.LongTensor{4, 1, 3})
   return {{nn.SeqBRNN(3, 2), T(4, 2, 3)}, {nn.SeqBRNN(3, 2, true, nn.JoinTable(3), 'GRU'), T(2, 4, 3)},
      {lengths, T(4, 3, 2)}}
end
