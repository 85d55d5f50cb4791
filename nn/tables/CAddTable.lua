-- nn.CAddTable([inplace = false]): sum of a table of tensors of one shape, element by element.
--
-- Input: {a, b...}; output: a + b + ... inplace adds to the first one.
--
-- > nn.CAddTable():forward{torch.Tensor{1, 2}, torch.Tensor{10, 20}}
--  11
--  22
-- [torch.DoubleTensor of size 2]
local CAddTable, parent = torch.class('nn.CAddTable', 'nn.Module')

function CAddTable:__init(ip)
   parent.__init(self)
   self.inplace = ip
   self.gradInput = {}
end

function CAddTable:updateOutput(input)
   nn.utils.checkSizes(self, input)
   local first = 2
   if self.inplace then
      self.output:set(input[1])
   elseif #input >= 2 and torch.isTensor(input[2]) then
      self.output:add(input[1], input[2])
      first = 3
   else
      self.output:resizeAs(input[1]):copy(input[1])
   end
   for i = first, #input do self.output:add(input[i]) end
   return self.output
end

function CAddTable:updateGradInput(input, gradOutput)
   for i = 1, #input do
      self.gradInput[i] = self.gradInput[i] or input[1].new()
      if self.inplace then self.gradInput[i]:set(gradOutput)
      else self.gradInput[i]:resizeAs(input[i]):copy(gradOutput) end
   end
   for i = #input + 1, #self.gradInput do self.gradInput[i] = nil end
   return self.gradInput
end
