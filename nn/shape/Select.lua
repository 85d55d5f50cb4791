-- nn.Select(dimension, index): slice `index` of a dimension, which goes away; both may count from the end.
--
-- > nn.Select(1, -1):forward(torch.Tensor{{5, 6}, {7, 8}})
--  7
--  8
-- [torch.DoubleTensor of size 2]
local Select, parent = torch.class('nn.Select', 'nn.Module')

function Select:__init(dimension, index)
   parent.__init(self)
   self.dimension = dimension
   self.index = index
end

local function place(self, input)
   local dim = self.dimension < 0 and input:dim() + self.dimension + 1 or self.dimension
   local index = self.index < 0 and input:size(dim) + self.index + 1 or self.index
   return dim, index
end

function Select:updateOutput(input)
   local output = input:select(place(self, input))
   self.output:resizeAs(output)
   self.output:copy(output)
   return self.output
end

function Select:updateGradInput(input, gradOutput)
   local dim, index = place(self, input)
   self.gradInput:resizeAs(input):zero()
   self.gradInput:select(dim, index):copy(gradOutput)
   return self.gradInput
end
