-- nn.SeqMasked(module): nn.SeqLSTM, nn.SeqGRU or nn.SeqRNN over the steps that a mask says, as Keras has it. Input: {sequence, mask}; mask,
-- steps x batch (batch x steps where the module is batchfirst), is not 0 where a step counts. Other steps leave the state as it is
-- and have the output of the last one that counted, 0 before any: so the last output is that of the last step that counts. (nn.SeqRecurrent's
-- own maskZero and setLengths make state and output 0.)
--
--    local x = torch.randn(50, 8, 10)
--    nn.SeqMasked(nn.SeqGRU(10, 20)):forward{x, torch.rand(50, 8):ge(0.3)}   --> 50 x 8 x 20
local SeqMasked, parent = torch.class('nn.SeqMasked', 'nn.Decorator')
local wrong = require('nn.check').wrong

SeqMasked.__arguments = 'module module'
SeqMasked.__input = 'table'

function SeqMasked:__init(module)
   if not torch.isTypeOf(module, 'nn.SeqRecurrent') then wrong(self, 1, 'module', 'nn.SeqLSTM, nn.SeqGRU or nn.SeqRNN expected, got %s', torch.type(module)) end
   parent.__init(self, module)
end

-- Where the k-th step that counts is, then the others; how many count up to each step.
local function orders(mask)
   local steps, batch = mask:size(1), mask:size(2)
   local order, count = torch.LongTensor(steps, batch), torch.LongTensor(steps, batch)
   for b = 1, batch do
      local n, rest = 0, steps
      for t = 1, steps do
         if mask[t][b] ~= 0 then
            n = n + 1
            order[n][b] = t
         end
         count[t][b] = n
      end
      for t = steps, 1, -1 do
         if mask[t][b] == 0 then
            order[rest][b] = t
            rest = rest - 1
         end
      end
   end
   return order, count
end

-- An index of steps for all numbers of each, on the side where x is.
local function for_all(x, steps, n) return nn.utils.long(steps, x):view(steps:size(1), steps:size(2), 1):expand(steps:size(1), steps:size(2), n) end

local function time_first(self, t) return self.modules[1].batchfirst and t:transpose(1, 2) or t end

local function check(self, input)
   local x, mask = input[1], input[2]
   local good = x and mask and x:dim() == 3 and mask:dim() == 2 and mask:size(1) == x:size(1) and mask:size(2) == x:size(2)
   if not good then
      wrong(self, 1, 'input', 'a sequence of 3 dimensions and a mask of its first two expected, got %s', x and mask and nn.utils.sizeText(x) .. ' and ' .. nn.utils.sizeText(mask) or 'less')
   end
   return x, mask
end

function SeqMasked:updateOutput(input)
   local x, mask = check(self, input)
   local m = self.modules[1]
   self._order, self._count = orders(time_first(self, mask):byte():type('torch.ByteTensor'))
   m.lengths = self._count[self._count:size(1)]
   x = time_first(self, x)
   self._packed = time_first(self, x:gather(1, for_all(x, self._order, x:size(3))))
   local y = time_first(self, self:rethrowErrors(m, 1, 'updateOutput', self._packed))
   y = y:gather(1, for_all(y, torch.cmax(self._count, 1), y:size(3)))
   y:maskedFill(nn.utils.mask(self._count:eq(0), y):view(y:size(1), y:size(2), 1):expandAs(y), 0)
   self.output = time_first(self, y)
   return self.output
end

function SeqMasked:updateGradInput(input, gradOutput)
   local m, g = self.modules[1], time_first(self, gradOutput):clone()
   g:maskedFill(nn.utils.mask(self._count:eq(0), g):view(g:size(1), g:size(2), 1):expandAs(g), 0)
   self._gradPacked = time_first(self, g:clone():zero():scatterAdd(1, for_all(g, torch.cmax(self._count, 1), g:size(3)), g))
   local gx = time_first(self, self:rethrowErrors(m, 1, 'updateGradInput', self._packed, self._gradPacked))
   local back = gx:clone():zero():scatter(1, for_all(gx, self._order, gx:size(3)), gx)
   self.gradInput = {time_first(self, back), input[2].new():resize(input[2]:size()):zero()}
   return self.gradInput
end

function SeqMasked:accGradParameters(_, _, scale) self.modules[1]:accGradParameters(self._packed, self._gradPacked, scale) end

function SeqMasked:clearState()
   nn.utils.clear(self, '_packed', '_gradPacked')
   self._order, self._count, self.modules[1].lengths = nil, nil, nil
   return parent.clearState(self)
end

--- The types of orders and counts stay.
function SeqMasked:type(type, cache)
   if not type then return parent.type(self) end
   local order, count = self._order, self._count
   self._order, self._count = nil, nil
   parent.type(self, type, cache)
   self._order, self._count = order, count
   return self
end

function SeqMasked.__cases()
   local T = torch.DoubleTensor
   local first = nn.SeqLSTM(3, 2)
   first.batchfirst = true
   local mask = torch.ByteTensor{{1, 0}, {0, 0}, {1, 1}, {0, 1}}
   return {{nn.SeqMasked(nn.SeqLSTM(3, 2)), {T(4, 2, 3), mask}}, {nn.SeqMasked(nn.SeqRNN(3, 2)), {T(4, 2, 3), mask}},
      {nn.SeqMasked(first), {T(2, 4, 3), mask:t()}}}
end
