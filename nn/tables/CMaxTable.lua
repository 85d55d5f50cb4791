-- nn.CMaxTable(): largest of a table of tensors, element by element; the first of equals wins, and so does the first
-- NaN.
--
-- Input: {a, b...}, of one shape; output: the same shape. Only the winner gets a gradient.
--
-- > nn.CMaxTable():forward{torch.Tensor{1, 8}, torch.Tensor{2, 4}}
--  2
--  8
-- [torch.DoubleTensor of size 2]
local CMaxTable, parent = torch.class('nn.CMaxTable', 'nn.Module')

CMaxTable._wins, CMaxTable._index, CMaxTable._values = 'gt', 'maxIdx', 'maxVals'

function CMaxTable:__init()
   parent.__init(self)
   self.gradInput = {}
   self[self._index] = torch.Tensor()
   self.mask = torch.Tensor()
   self[self._values] = torch.Tensor()
   self.gradMaxVals = torch.Tensor()
end

function CMaxTable:updateOutput(input)
   nn.utils.checkSizes(self, input)
   local index = self[self._index]
   self.output:resizeAs(input[1]):copy(input[1])
   index:resizeAs(input[1]):fill(1)
   for i = 2, #input do
      local x = input[i]
      local mask = x[self._wins](x, self.output)
      mask:add(x:ne(x):cmul(self.output:eq(self.output)))
      index:maskedFill(mask, i)
      self.output:maskedCopy(mask, x[mask])
   end
   return self.output
end

function CMaxTable:updateGradInput(input, gradOutput)
   local index = self[self._index]
   for i = 1, #input do
      local g = self.gradInput[i] or input[i].new()
      self.gradInput[i] = g
      g:resizeAs(input[i]):copy(gradOutput):cmul(index:eq(i):typeAs(g))
   end
   for i = #input + 1, #self.gradInput do self.gradInput[i] = nil end
   return self.gradInput
end
