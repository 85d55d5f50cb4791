-- nn.CMulTable(): product of a table of tensors of one shape, element by element.
--
-- Input: {a, b...}; output: a b ...
--
-- > nn.CMulTable():forward{torch.Tensor{1, 2}, torch.Tensor{10, 20}}
--  10
--  40
-- [torch.DoubleTensor of size 2]
local CMulTable, parent = torch.class('nn.CMulTable', 'nn.Module')

function CMulTable:__init()
   parent.__init(self)
   self.gradInput = {}
end

function CMulTable:updateOutput(input)
   nn.utils.checkSizes(self, input)
   self.output:resizeAs(input[1]):copy(input[1])
   for i = 2, #input do self.output:cmul(input[i]) end
   return self.output
end

-- products of all entries but one: no division, so zeros do no harm
function CMulTable:updateGradInput(input, gradOutput)
   for i = 1, #input do
      local g = self.gradInput[i] or input[1].new()
      self.gradInput[i] = g
      g:resizeAs(input[i]):copy(gradOutput)
      for j = 1, #input do
         if i ~= j then g:cmul(input[j]) end
      end
   end
   for i = #input + 1, #self.gradInput do self.gradInput[i] = nil end
   return self.gradInput
end

--- module:updateGradInput_efficient(input, gradOutput) -> gradInput: the gradient by division by each entry: faster for
-- long tables without zeros.
function CMulTable:updateGradInput_efficient(input, gradOutput)
   self.tout = self.tout or input[1].new()
   self.tout:resizeAs(self.output)
   for i = 1, #input do
      self.gradInput[i] = self.gradInput[i] or input[1].new()
      self.gradInput[i]:resizeAs(input[i]):copy(gradOutput)
      self.tout:copy(self.output):cdiv(input[i])
      self.gradInput[i]:cmul(self.tout)
   end
   for i = #input + 1, #self.gradInput do self.gradInput[i] = nil end
   return self.gradInput
end

function CMulTable:clearState()
   if self.tout then self.tout:set() end
   return parent.clearState(self)
end
