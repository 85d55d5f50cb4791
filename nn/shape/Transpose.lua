-- nn.Transpose({a, b}, ...): exchanges dimensions, one pair after another.
--
-- After setNumInputDims(n), an input with more than n dimensions is a batch, which dimensions count without. The output
-- is a copy.
--
-- > #nn.Transpose({1, 2}, {2, 3}):forward(torch.ones(2, 3, 4))
--  3
--  4
--  2
-- [torch.LongStorage of size 3]
local Transpose, parent = torch.class('nn.Transpose', 'nn.Module')

function Transpose:__init(...)
   parent.__init(self)
   self.permutations = {...}
   self.numInputDims = nil
end

--- module:setNumInputDims(numInputDims) -> module: sets how many dimensions a sample has; an input with more is a batch.
function Transpose:setNumInputDims(numInputDims)
   self.numInputDims = numInputDims
   return self
end

local function permuted(self, x, ndim, from, to, step)
   local offset = self.numInputDims and ndim == self.numInputDims + 1 and 1 or 0
   for i = from, to, step do
      local perm = self.permutations[i]
      x = x:transpose(perm[1] + offset, perm[2] + offset)
   end
   return x
end

function Transpose:updateOutput(input)
   local y = permuted(self, input, input:dim(), 1, #self.permutations, 1)
   self.output:resizeAs(y):copy(y)
   return self.output
end

function Transpose:updateGradInput(input, gradOutput)
   local g = permuted(self, gradOutput, gradOutput:dim(), #self.permutations, 1, -1)
   self.gradInput:resizeAs(g):copy(g)
   return self.gradInput
end
