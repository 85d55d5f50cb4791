-- nn.ClassSimplexCriterion(nClasses): mean squared distance to the corner of a regular simplex that stands for the
-- class.
--
-- Input: N x nClasses, or nClasses; target: classes, 1 to nClasses, N of them or a number.
--
-- > c = nn.ClassSimplexCriterion(3)
-- > c:getTopPrediction(c.simplex)
--  1
--  2
--  3
-- [torch.LongTensor of size 3]
local ClassSimplexCriterion, parent = torch.class('nn.ClassSimplexCriterion', 'nn.MSECriterion')
local expect = require('nn.check').expect

-- Corners of a regular n-simplex, one a row: unit length, each at the same distance from the others.
local function regsplex(n)
   local a = torch.zeros(n + 1, n)
   for k = 1, n do
      if k == 1 then a[k][k] = 1 end
      if k > 1 then
         local row = a[{k, {1, k - 1}}]
         a[k][k] = math.sqrt(1 - row:dot(row))
      end
      local c = (a[k][k] * a[k][k] - 1 - 1 / n) / a[k][k]
      a[{{k + 1, n + 1}, {k, k}}]:fill(c)
   end
   return a
end

function ClassSimplexCriterion:__init(nClasses)
   parent.__init(self)
   expect(nClasses > 1, self, 1, 'nClasses', 'at least 2 expected, got %s', tostring(nClasses))
   self.nClasses = nClasses
   self._target = torch.Tensor(nClasses)
   -- embedded in n dimensions, the last of which is 0
   local simp = regsplex(nClasses - 1)
   self.simplex = torch.cat(simp, torch.zeros(simp:size(1), nClasses - simp:size(2)), 2)
end

-- the corners of the classes, as the target of the squared error
local function corners(self, target)
   if type(target) == 'number' then
      expect(target >= 1 and target <= self.nClasses, 'ClassSimplexCriterion', 2, 'target', 'target out of range')
      return self.simplex[target]
   end
   self._target:index(self.simplex, 1, target:long())
   return self._target
end

function ClassSimplexCriterion:updateOutput(input, target)
   self._target = corners(self, target)
   return parent.updateOutput(self, input, self._target)
end

function ClassSimplexCriterion:updateGradInput(input, target)
   return parent.updateGradInput(self, input, self._target)
end

--- criterion:getPredictions(input) -> tensor: scores, the products of every row of the input with all corners.
function ClassSimplexCriterion:getPredictions(input)
   if input:dim() == 1 then input = input:view(1, -1) end
   return torch.mm(input, self.simplex:t())
end

--- criterion:getTopPrediction(input) -> LongTensor: for every row of the input, the class whose corner fits best.
function ClassSimplexCriterion:getTopPrediction(input)
   local prod = self:getPredictions(input)
   local _, maxs = prod:max(prod:nDimension())
   return maxs:view(-1)
end
