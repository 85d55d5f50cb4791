-- nn.DotProduct(): the product x1 . x2 of two vectors, or of every pair of rows.
--
-- Input: {x1, x2}, d or N x d; output: 1 or N.
--
-- > nn.DotProduct():forward{torch.Tensor{3, 4}, torch.Tensor{6, 8}}
--  50
-- [torch.DoubleTensor of size 1]
local DotProduct, parent = torch.class('nn.DotProduct', 'nn.Module')

function DotProduct:__init()
   parent.__init(self)
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

local function rows(x) return x:dim() == 1 and x:view(1, x:size(1)) or x end

function DotProduct:updateOutput(input)
   local a, b = rows(input[1]), rows(input[2])
   self.output:resize(a:size(1), 1)
   self.output:sum(torch.cmul(a, b), 2)
   self.output:resize(a:size(1))
   return self.output
end

function DotProduct:updateGradInput(input, gradOutput)
   local a, b = rows(input[1]), rows(input[2])
   if #self.gradInput ~= 2 then self.gradInput = {input[1].new(), input[2].new()} end
   local g = gradOutput:contiguous():view(-1, 1):expandAs(a)
   self.gradInput[1]:cmul(b, g)
   self.gradInput[2]:cmul(a, g)
   if input[1]:dim() == 1 then
      self.gradInput[1]:resize(input[1]:size())
      self.gradInput[2]:resize(input[2]:size())
   end
   return self.gradInput
end

function DotProduct:clearState()
   if self.buffer then self.buffer:set() end
   return parent.clearState(self)
end
