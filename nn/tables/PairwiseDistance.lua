-- nn.PairwiseDistance([p = 2]): p-norm of the difference of two vectors, or of every pair of rows; p may be math.huge.
--
-- Input: {x1, x2}, d or N x d; output: 1 or N.
--
-- > nn.PairwiseDistance():forward{torch.Tensor{3, 4}, torch.zeros(2)}
--  5
-- [torch.DoubleTensor of size 1]
local PairwiseDistance, parent = torch.class('nn.PairwiseDistance', 'nn.Module')

function PairwiseDistance:__init(p)
   parent.__init(self)
   self.gradInput = {}
   self.diff = torch.Tensor()
   self.norm = p or 2
end

local function rows(x) return x:dim() == 1 and x:contiguous():view(1, -1) or x:contiguous() end

function PairwiseDistance:updateOutput(input)
   local a, b = rows(input[1]), rows(input[2])
   self.diff:resizeAs(a):copy(a):add(-1, b)
   self.output:resize(a:size(1)):copy(torch.norm(self.diff, self.norm, 2):view(-1))
   return self.output
end

-- d |x|_p / dx = sign(x) (|x| / |x|_p)^(p-1)
function PairwiseDistance:updateGradInput(input, gradOutput)
   if #self.gradInput ~= 2 then self.gradInput = {input[1].new(), input[2].new()} end
   local a, b = rows(input[1]), rows(input[2])
   local d = torch.add(a, -1, b)
   local p, out = self.norm, self.output:view(-1, 1)
   local g
   if p == 2 then
      g = d:cdiv(torch.add(out, 1e-6):expandAs(d)) -- rows may be equal
   else
      g = torch.sign(d)
      if p == math.huge then g:cmul(d:abs():eq(out:expandAs(d)):typeAs(g))
      elseif p ~= 1 then g:cmul(d:abs():cdiv(torch.add(out, 1e-6):expandAs(d)):pow(p - 1)) end
   end
   g:cmul(gradOutput:contiguous():view(-1, 1):expandAs(g))
   self.gradInput[1]:resize(input[1]:size()):copy(g)
   self.gradInput[2]:resize(input[2]:size()):copy(g):mul(-1)
   return self.gradInput
end

function PairwiseDistance:clearState()
   nn.utils.clear(self, 'diff', 'outExpand', 'grad', 'ones')
   return parent.clearState(self)
end
