-- nn.CosineEmbeddingCriterion([margin = 0]): of pairs that are to be alike, y = 1, or not, y = -1: 1 - cos(x1, x2), or
-- max(0, cos(x1, x2) - margin).
--
-- Input: {x1, x2}, d or N x d; target: a number, or a tensor of N. The mean over the batch; the sum when the field
-- sizeAverage is false.
--
-- > nn.CosineEmbeddingCriterion():forward({torch.Tensor{1, 0}, torch.Tensor{0, 1}}, torch.Tensor{1})
-- 1
local CosineEmbeddingCriterion, parent = torch.class('nn.CosineEmbeddingCriterion', 'nn.Criterion')

function CosineEmbeddingCriterion:__init(margin)
   parent.__init(self)
   self.margin = margin or 0
   self.gradInput = {torch.Tensor(), torch.Tensor()}
   self.sizeAverage = true
end

local EPS = 1e-12

-- rows, scaled such that nothing overflows; their products and 1 / |x|^2, one column each; targets as a
-- column; the scales
local function parts(input, y)
   local a, b = input[1], input[2]
   if a:dim() == 1 then a, b = a:view(1, -1), b:view(1, -1) end
   local s1, s2 = nn.utils.rowScales(a, 2), nn.utils.rowScales(b, 2)
   a, b = torch.cdiv(a, s1:expandAs(a)), torch.cdiv(b, s2:expandAs(b))
   local w1 = torch.cmul(a, b):sum(2)
   local w22 = torch.cmul(a, a):sum(2):add(EPS):pow(-1)
   local w32 = torch.cmul(b, b):sum(2):add(EPS):pow(-1)
   local t = type(y) == 'number' and a.new(a:size(1), 1):fill(y) or y:typeAs(a):contiguous():view(-1, 1)
   return a, b, w1, w22, w32, t, s1, s2
end

function CosineEmbeddingCriterion:updateOutput(input, y)
   local a, _, w1, w22, w32, t = parts(input, y)
   local cos = torch.cmul(w1, torch.cmul(w22, w32):sqrt())
   local same, other = t:eq(1):typeAs(a), t:eq(-1):typeAs(a)
   local loss = torch.mul(cos, -1):add(1):cmul(same)
   loss:add(torch.add(cos, -self.margin):cmax(0):cmul(other))
   self.output = loss:sum()
   if self.sizeAverage then self.output = self.output / t:size(1) end
   return self.output
end

function CosineEmbeddingCriterion:updateGradInput(input, y)
   local a, b, w1, w22, w32, t, s1, s2 = parts(input, y)
   local w = torch.cmul(w22, w32):sqrt()
   local cos = torch.cmul(w1, w)
   -- d loss / d cos
   local f = t:eq(1):typeAs(a):mul(-1)
   f:add(t:eq(-1):typeAs(a):cmul(cos:gt(self.margin):typeAs(a)))
   if self.sizeAverage then f:div(t:size(1)) end
   local g1, g2 = self.gradInput[1], self.gradInput[2]
   f:cmul(w)
   g1:resizeAs(a):copy(b):addcmul(-1, torch.cmul(w1, w22):expandAs(a), a):cmul(torch.cdiv(f, s1):expandAs(a))
   g2:resizeAs(b):copy(a):addcmul(-1, torch.cmul(w1, w32):expandAs(a), b):cmul(torch.cdiv(f, s2):expandAs(a))
   g1:resize(input[1]:size())
   g2:resize(input[2]:size())
   return self.gradInput
end
