-- nn.SeqStates(module): nn.SeqLSTM, nn.SeqGRU or nn.SeqRNN with its states as values of a graph. Input: a sequence, or {sequence, h [, c]},
-- c being an nn.SeqLSTM's cells: what the state is before the first step, batch x outputsize each. Output: {outputs of all steps,
-- h [, c]} with the state after the last. Gradients go both ways.
--
--    local h = torch.zeros(8, 20)
--    y, h = unpack(nn.SeqStates(nn.SeqGRU(10, 20)):forward{torch.randn(50, 8, 10), h})   --> 50 x 8 x 20, 8 x 20
local SeqStates, parent = torch.class('nn.SeqStates', 'nn.Decorator')
local wrong = require('nn.check').wrong

SeqStates.__arguments = 'module module'
SeqStates.__input = 'any'

function SeqStates:__init(module)
   if not torch.isTypeOf(module, 'nn.SeqRecurrent') then wrong(self, 1, 'module', 'nn.SeqLSTM, nn.SeqGRU or nn.SeqRNN expected, got %s', torch.type(module)) end
   parent.__init(self, module)
end

-- Sequence and states; the module is told of these.
local function given(self, input)
   local x, m = input, self.modules[1]
   m.userPrevOutput, m.userPrevCell = nil, nil
   if type(input) == 'table' then
      x, m.userPrevOutput, m.userPrevCell = input[1], input[2], m.hasCell and input[3] or nil
      if #input > (m.hasCell and 3 or 2) then wrong(self, 1, 'input', 'a sequence and %d states expected, got %d tensors', m.hasCell and 2 or 1, #input) end
   end
   return x, m
end

function SeqStates:updateOutput(input)
   local x, m = given(self, input)
   local y = self:rethrowErrors(m, 1, 'updateOutput', x)
   local steps = m.batchfirst and y:transpose(1, 2) or y
   local last = steps:size(1)
   self.output = {y, steps[last], m.hasCell and m._kept[last]:clone() or nil}
   return self.output
end

function SeqStates:updateGradInput(input, gradOutput)
   local x, m = given(self, input)
   m.userNextGradOutput, m.userNextGradCell = gradOutput[2], gradOutput[3]
   local gx = self:rethrowErrors(m, 1, 'updateGradInput', x, gradOutput[1])
   self.gradInput = type(input) == 'table' and {gx, input[2] and m.userGradPrevOutput, input[3] and m.userGradPrevCell} or gx
   return self.gradInput
end

function SeqStates:accGradParameters(input, gradOutput, scale)
   self.modules[1]:accGradParameters(given(self, input), gradOutput[1], scale)
end

function SeqStates:clearState()
   local m = self.modules[1]
   m.userPrevOutput, m.userPrevCell, m.userNextGradOutput, m.userNextGradCell = nil, nil, nil, nil
   return parent.clearState(self)
end

function SeqStates.__cases()
   local T = torch.DoubleTensor
   local first = nn.SeqLSTM(3, 2)
   first.batchfirst = true
   return {{nn.SeqStates(nn.SeqLSTM(3, 2)), {T(4, 2, 3), T(2, 2), T(2, 2)}}, {nn.SeqStates(nn.SeqGRU(3, 2)), T(4, 2, 3)},
      {nn.SeqStates(first), {T(2, 4, 3), T(2, 2), T(2, 2)}}, {nn.SeqStates(nn.SeqRNN(2, 2)), {T(3, 2, 2), T(2, 2)}}}
end
