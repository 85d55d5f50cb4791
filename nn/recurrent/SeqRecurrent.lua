-- nn.SeqRecurrent(inputsize, outputsize, gates): what nn.SeqLSTM, nn.SeqGRU and nn.SeqRNN share, as Element Research's rnn has it. A module of
-- whole sequences, steps x batch x inputsize to steps x batch x outputsize, or batch x steps x ... where `batchfirst` is true.
--
--    weight, (inputsize + outputsize) x (gates outputsize)   rows of the input, then those of the last output
--    bias, gates outputsize
--
-- What the state is before the first step: 0; or `userPrevOutput` (and `userPrevCell`), batch x outputsize; or, by
-- remember('both' | 'train' | 'eval' | 'neither'), in both modes, in one or (at first) in neither, what the last sequence
-- ended with, until forget(). backward leaves their gradients in `userGradPrevOutput` (and `userGradPrevCell`), and takes
-- those of the last step's state from `userNextGradOutput` (and `userNextGradCell`), where these are set.
--
-- Sequences of different lengths: setLengths(tensor of a length per sample), or maskZero(): steps whose input is all 0.
-- Output and state of such steps are 0, and they have no gradient. setLengths() and maskZero(false) end that.
--
-- Inputs that repeat, as the vectors of an embedding's symbols do, meet their weights once for each value, in the output and in the
-- weights' gradient, where there are a quarter as many values, or fewer, and inputsize is 64 or more (below it looking costs what it
-- gains). Sums are then rounded in another order.
local SeqRecurrent, parent = torch.class('nn.SeqRecurrent', 'nn.Module')
local wrong, fail, check_gradient = require('nn.check').wrong, require('nn.check').fail, require('nn.check').gradient

SeqRecurrent.__arguments = 'inputsize size, outputsize size, gates size'
local modes = {both = true, train = true, eval = true, neither = true}

function SeqRecurrent:__init(inputsize, outputsize, gates)
   parent.__init(self)
   self.inputsize, self.outputsize = inputsize, outputsize
   self.weight = torch.Tensor(inputsize + outputsize, gates * outputsize)
   self.bias = torch.Tensor(gates * outputsize)
   self.gradWeight, self.gradBias = self.weight:clone():zero(), self.bias:clone():zero()
   self.batchfirst, self.maskzero, self._remember = false, false, 'neither'
   self:reset()
end

function SeqRecurrent:reset(stdv)
   self.weight:normal(0, stdv or 1 / math.sqrt(self.inputsize + self.outputsize))
   self.bias:zero()
   return self
end

--- module:remember([mode = 'both']) -> module: when a sequence begins with the state that the last one ended with:
-- 'both', 'train', 'eval' or 'neither'.
function SeqRecurrent:remember(mode)
   mode = mode or 'both'
   if not modes[mode] then wrong(self, 1, 'mode', "expected 'both', 'train', 'eval' or 'neither', got '%s'", tostring(mode)) end
   self._remember = mode
   self:forget()
   return self
end

--- module:forget(): the next sequence starts from 0.
function SeqRecurrent:forget() self._lastOutput, self._lastCell = nil, nil end

function SeqRecurrent:training()
   if self.train == false then self:forget() end
   parent.training(self)
end
function SeqRecurrent:evaluate()
   if self.train ~= false then self:forget() end
   parent.evaluate(self)
end

--- module:maskZero([on = true]) -> module: whether steps whose input is all 0 are no part of a sequence.
function SeqRecurrent:maskZero(on)
   self.maskzero = on ~= false
   return self
end

--- module:setLengths(lengths) -> module: how many steps each sample has, a tensor; nil: all.
function SeqRecurrent:setLengths(lengths)
   self.lengths = nn.utils.checkLengths(self, lengths)
   return self
end

local function as_matrix(t) return t:view(-1, t:size(3)) end
SeqRecurrent._as_matrix = as_matrix

-- Of inputs that repeat: _distinct gets each value, _index says which is whose.
local function find_repeated(self, x)
   if self.inputsize < 64 or nn.utils.onGPU(x) then return false end
   local rows = as_matrix(x)
   for _, name in ipairs{'_index', '_first'} do self[name] = self[name] or torch.LongTensor() end
   rows.THNN.Rows_distinct(rows, self._index, self._first)
   if self._first:nElement() == 0 then return false end
   self._distinct = self._distinct or self.weight.new()
   self._distinct:index(rows, 1, self._first)
   return true
end

-- A contiguous tensor with time first.
local function with_time_first(self, name, t)
   if not self.batchfirst then return t:contiguous() end
   self[name] = self[name] or t.new()
   local steps_first = t:transpose(1, 2)
   return self[name]:resize(steps_first:size()):copy(steps_first)
end

local function check_input(self, input)
   if torch.type(input) ~= torch.type(self.weight) then
      wrong(self, 1, 'input', "%s expected, as the module's weight is, got %s: types must be equal, convert input or module",
         torch.type(self.weight), torch.type(input))
   end
   if input:dim() ~= 3 or input:size(3) ~= self.inputsize then
      wrong(self, 1, 'input', 'expected %s x %d, got %s', self.batchfirst and 'batch x steps' or 'steps x batch', self.inputsize,
         nn.utils.sizeText(input))
   end
end

-- 1 where a step is not to count, steps x batch; nil where all do. Field `mask`: what a container says of that.
local function mask_of(self, x)
   local mask = self.mask
   if self.maskzero then mask = torch.abs(x):max(3):eq(0):view(x:size(1), x:size(2)) end
   local lengths = self.lengths
   if not lengths then return mask end
   if lengths:nElement() ~= x:size(2) then wrong(self, 1, 'input', '%d samples, but %d lengths', x:size(2), lengths:nElement()) end
   mask = mask and mask:byte():clone() or torch.ByteTensor(x:size(1), x:size(2)):zero()
   for i = 1, x:size(2) do
      local n = lengths[i]
      if n < x:size(1) then mask:select(2, i):narrow(1, n + 1, x:size(1) - n):fill(1) end
   end
   return mask
end

local function remembers(self)
   return self._remember == 'both' or self._remember == (self.train == false and 'eval' or 'train')
end

-- The state before the first step: nil for 0.
local function first_state(self, user, last, batch)
   local state = self[user] or remembers(self) and self[last] or nil
   if state and torch.type(state) ~= torch.type(self.weight) then
      wrong(self, 1, 'input', '%s: %s expected, got %s', user, torch.isTensor(state) and torch.type(self.weight) or 'tensor', torch.type(state))
   end
   if state and (state:dim() ~= 2 or state:size(1) ~= batch or state:size(2) ~= self.outputsize) then
      wrong(self, 1, 'input', 'the state before it is %s, expected %d x %d; forget() drops a remembered one',
         nn.utils.sizeText(state), batch, self.outputsize)
   end
   return state
end

-- A copy of the layer's own: others may write to t before the way back.
local function own(self, name, t)
   if not t then return nil end
   self[name] = self[name] or t.new()
   return self[name]:resize(t:size()):copy(t)
end

-- Keeps the last step of `all` for the next sequence.
local function keep_last(self, last, all)
   if not remembers(self) then return end
   self[last] = (self[last] or all.new()):resize(all:size(2), all:size(3)):copy(all[all:size(1)])
end

function SeqRecurrent:_hiddenWeight() return self.weight:narrow(1, self.inputsize + 1, self.outputsize) end

-- r = x Wx + b, for all rows of x.
local function products(self, r, x)
   local n, size = x:size(1), self.bias:size(1)
   return r:resize(n, size):copy(self.bias:view(1, -1):expand(n, size)):addmm(x, self.weight:narrow(1, 1, self.inputsize))
end

-- Those of the values that repeat.
function SeqRecurrent:_distinctSums()
   self._sums = self._sums or self.weight.new()
   return products(self, self._sums, self._distinct)
end

-- gates = x Wx + b, of all steps.
function SeqRecurrent:_inputSums(gates, x)
   if self._repeated then gates:index(self:_distinctSums(), 1, self._index)
   else products(self, gates, as_matrix(x)) end
   return gates:resize(x:size(1), x:size(2), self.bias:size(1))
end

-- The gradient of the inputs' weight += scale x' g; of values that repeat, with the sum of their rows of g.
function SeqRecurrent:_addInput(g, scale)
   local columns, rows = self.gradWeight:narrow(1, 1, self.inputsize), as_matrix(g)
   if not self._repeated then return columns:addmm(scale, as_matrix(self._x):t(), rows) end
   local x, sums = self._distinct, self._sums
   sums:resize(x:size(1), rows:size(2)):zero()
   sums:indexAdd(1, nn.utils.long(self._index, rows), rows)
   columns:addmm(scale, x:t(), sums)
end

-- columns += scale * (the outputs before each step)' g, for columns of the gradient of the last outputs' weight.
function SeqRecurrent:_addHidden(columns, g, scale)
   local steps = g:size(1)
   if self._h0 then columns:addmm(scale, self._h0:t(), g[1]) end
   if steps > 1 then
      columns:addmm(scale, as_matrix(self._output:narrow(1, 1, steps - 1)):t(), as_matrix(g:narrow(1, 2, steps - 1)))
   end
end

function SeqRecurrent:updateOutput(input)
   check_input(self, input)
   local batch = input:size(self.batchfirst and 1 or 2)
   local h0, c0 = first_state(self, 'userPrevOutput', '_lastOutput', batch), first_state(self, 'userPrevCell', '_lastCell', batch)
   for _, name in ipairs{'_joined', '_gates', '_kept', '_output'} do self[name] = self[name] or self.weight.new() end
   local x = with_time_first(self, '_input', input)
   local mask = mask_of(self, x)
   self._x, self._mask, self._repeated = x, mask and nn.utils.mask(mask, x), find_repeated(self, x)
   self._h0, self._c0 = own(self, '_firstOutput', h0), own(self, '_firstCell', c0)
   self:_forward(x)
   keep_last(self, '_lastOutput', self._output)
   if self.hasCell then keep_last(self, '_lastCell', self._kept) end
   -- an LSTM has all that its gradients take beside its output; others' users may work on a copy
   local y = self.hasCell and self._output or own(self, '_given', self._output)
   self.output = self.batchfirst and y:transpose(1, 2) or y
   return self.output
end

-- A gradient of the last step's state, as a tensor to change.
local function last_gradient(self, name, user)
   self[name] = self[name] or self._output.new()
   local size = self._output
   self[name]:resize(size:size(2), size:size(3))
   local given = self[user]
   if not given then return self[name]:zero() end
   local is = torch.isTensor(given)
   if not is or given:dim() ~= 2 or given:size(1) ~= size:size(2) or given:size(2) ~= size:size(3) then
      wrong(self, 2, 'gradOutput', '%s: expected %d x %d, got %s', user, size:size(2), size:size(3),
         is and nn.utils.sizeText(given) or torch.type(given))
   end
   return self[name]:copy(given)
end

function SeqRecurrent:updateGradInput(input, gradOutput)
   check_input(self, input)
   if not self._x then fail(self, 'updateGradInput comes after updateOutput: call forward first') end
   check_gradient(self, gradOutput, self.output)
   for _, name in ipairs{'_gradKept', '_gradInput'} do self[name] = self[name] or self.weight.new() end
   local g = with_time_first(self, '_gradOutput', gradOutput)
   self.userGradPrevOutput = last_gradient(self, 'userGradPrevOutput', 'userNextGradOutput')
   if self.hasCell then self.userGradPrevCell = last_gradient(self, 'userGradPrevCell', 'userNextGradCell') end
   self:_backward(g)
   self.gradInput = self.batchfirst and self._gradInput:transpose(1, 2) or self._gradInput
   return self.gradInput
end

function SeqRecurrent:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   if not self._gradGates then fail(self, 'accGradParameters comes after updateGradInput, or call backward') end
   self.gradBias:add(scale, self._gateSums or as_matrix(self._gradGates):sum(1):view(-1))
   self:_accWeight(scale)
end

function SeqRecurrent:clearState()
   nn.utils.clear(self, '_joined', '_gates', '_kept', '_output', '_input', '_gradGates', '_gateSums', '_gradKept', '_gradInput', '_gradOutput',
      '_distinct', '_sums', '_given', '_firstOutput', '_firstCell', 'userGradPrevOutput', 'userGradPrevCell')
   self._x, self._mask, self._h0, self._c0, self._gradGates, self._repeated, self._index, self._first = nil, nil, nil, nil, nil, nil, nil, nil
   return parent.clearState(self)
end

--- The types of lengths and masks stay.
function SeqRecurrent:type(type, cache)
   if not type then return parent.type(self) end
   local lengths, mask, index = self.lengths, self._mask, self._index
   self.lengths, self._mask, self._index, self._first = nil, nil, nil, nil
   parent.type(self, type, cache)
   self.lengths, self._mask, self._index = lengths, mask and nn.utils.mask(mask, self.weight), index
   return self
end

function SeqRecurrent:__tostring__() return ('%s(%d -> %d)'):format(torch.type(self), self.inputsize, self.outputsize) end

--- SeqRecurrent.reordered(t, order) -> tensor: matrices of PyTorch's, gates outputsize x n, as blocks of rows in another
-- order: order[i] says which block comes i-th, a negative one with the other sign.
function SeqRecurrent.reordered(t, order)
   if not torch.isTensor(t) or t:dim() == 0 or t:size(1) % #order ~= 0 then
      wrong('SeqRecurrent', 1, 't', 'a tensor of %d gates, one below the other, expected, got %s', #order,
         torch.isTensor(t) and nn.utils.sizeText(t) or torch.type(t))
   end
   local n = t:size(1) / #order
   local r = t:clone()
   for i, k in ipairs(order) do
      local block = t:narrow(1, (math.abs(k) - 1) * n + 1, n)
      r:narrow(1, (i - 1) * n + 1, n):copy(k < 0 and torch.mul(block, -1) or block)
   end
   return r
end
