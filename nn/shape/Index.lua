-- nn.Index(dimension): elements of a tensor along a dimension, chosen by number: x:index(dimension, indices).
--
-- Input: {x, indices}, a LongTensor; output: as x, with as many slices as there are indices.
--
-- > nn.Index(1):forward{torch.Tensor{5, 6, 7}, torch.LongTensor{3, 1}}
--  7
--  5
-- [torch.DoubleTensor of size 2]
local Index, parent = torch.class('nn.Index', 'nn.Module')

function Index:__init(dimension)
   parent.__init(self)
   self.dimension = dimension
   self.gradInput = {self.gradInput, self.gradInput.new()}
end

function Index:updateOutput(input)
   self.output:index(input[1], self.dimension, input[2])
   return self.output
end

function Index:updateGradInput(input, gradOutput)
   local t, index = input[1], input[2]
   self.gradInput[2]:resize(index:size()):zero()
   local g = self.gradInput[1]
   g:resizeAs(t):zero()
   g:indexAdd(self.dimension, index, gradOutput)
   return self.gradInput
end

function Index:clearState()
   self.gradInput[1]:set()
   self.gradInput[2]:set()
   self.output:set()
   return self
end
