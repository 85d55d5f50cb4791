-- nn.CosineDistance(): cosine of the angle between two vectors, or between every pair of rows.
--
-- Input: {x1, x2}, d or N x d; output: 1 or N.
--
-- > nn.CosineDistance():forward{torch.Tensor{3, 4}, torch.Tensor{4, 3}}
--  0.9600
-- [torch.DoubleTensor of size 1]
local CosineDistance, parent = torch.class('nn.CosineDistance', 'nn.Module')

function CosineDistance:__init()
   parent.__init(self)
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

local EPS = 1e-12

local function rows(x) return x:dim() == 1 and x:contiguous():view(1, -1) or x end

-- Rows, scaled such that nothing overflows, w1 = x1 . x2, w22 and w32: 1 / |x|^2, and the scales.
local function parts(input)
   local a, b = rows(input[1]), rows(input[2])
   local s, t = nn.utils.rowScales(a, 2), nn.utils.rowScales(b, 2)
   a, b = torch.cdiv(a, s:expandAs(a)), torch.cdiv(b, t:expandAs(b))
   return a, b, torch.cmul(a, b):sum(2), torch.cmul(a, a):sum(2):add(EPS):pow(-1),
      torch.cmul(b, b):sum(2):add(EPS):pow(-1), s, t
end

function CosineDistance:updateOutput(input)
   local a, _, w1, w22, w32 = parts(input)
   local w = torch.cmul(w22, w32):sqrt()
   self.output:resize(a:size(1), 1):copy(w1):cmul(w)
   self.output:resize(a:size(1))
   return self.output
end

function CosineDistance:updateGradInput(input, gradOutput)
   local a, b, w1, w22, w32, s, t = parts(input)
   if #self.gradInput ~= 2 then self.gradInput = {input[1].new(), input[2].new()} end
   local w = torch.cmul(w22, w32):sqrt()
   local g = gradOutput:contiguous():view(-1, 1)
   local g1, g2 = self.gradInput[1], self.gradInput[2]
   g1:resizeAs(b):copy(b):addcmul(-1, torch.cmul(w1, w22):expandAs(a), a)
   g1:cmul(w:expandAs(a)):cmul(torch.cdiv(g, s):expandAs(a))
   g2:resizeAs(a):copy(a):addcmul(-1, torch.cmul(w1, w32):expandAs(a), b)
   g2:cmul(w:expandAs(a)):cmul(torch.cdiv(g, t):expandAs(a))
   g1:resize(input[1]:size())
   g2:resize(input[2]:size())
   return self.gradInput
end
