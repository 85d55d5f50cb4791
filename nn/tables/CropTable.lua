-- nn.CropTable([dim = 3]): the first of two tensors cut to the sizes of the second along dimension dim and those after it,
-- from the first element on: what joins a larger feature map to a smaller one.
--
-- Input: {a, b}; output: the first elements of a. The gradient of b is zero.
--
-- > #nn.CropTable():forward{torch.ones(2, 3, 5, 7), torch.ones(2, 3, 4, 6)}
--  2
--  3
--  4
--  6
-- [torch.LongStorage of size 4]
local CropTable, parent = torch.class('nn.CropTable', 'nn.Module')

CropTable.__arguments = '[dim size]'

function CropTable:__init(dim)
   parent.__init(self)
   self.dim = dim or 3
   self.gradInput = {}
end

local function cut(self, x, size)
   for d = self.dim, x:dim() do x = x:narrow(d, 1, size[d]) end
   return x
end

function CropTable:updateOutput(input)
   local part = cut(self, input[1], input[2]:size())
   self.output:resizeAs(part):copy(part)
   return self.output
end

function CropTable:updateGradInput(input, gradOutput)
   for i = 1, 2 do
      self.gradInput[i] = self.gradInput[i] or input[i].new()
      self.gradInput[i]:resizeAs(input[i]):zero()
   end
   cut(self, self.gradInput[1], gradOutput:size()):copy(gradOutput)
   return self.gradInput
end

function CropTable.__cases()
   return {{nn.CropTable(), {torch.DoubleTensor(2, 1, 4, 3), torch.DoubleTensor(2, 1, 2, 3)}}, {nn.CropTable(2), {torch.DoubleTensor(2, 4), torch.DoubleTensor(2, 3)}}}
end
