-- nn.MarginRankingCriterion([margin = 1]): max(0, -y (x1 - x2) + margin): x1 is to be larger where y = 1, x2 where y =
-- -1.
--
-- Input: {x1, x2}, tensors of one element or of N; target: a number, or a tensor of N; of a batch the mean.
--
-- > nn.MarginRankingCriterion(0.1):forward({torch.Tensor{1}, torch.Tensor{2}}, 1)
-- 1.1
local MarginRankingCriterion, parent = torch.class('nn.MarginRankingCriterion', 'nn.Criterion')

function MarginRankingCriterion:__init(margin)
   parent.__init(self)
   self.margin = margin or 1
   self.gradInput = {torch.Tensor(1), torch.Tensor(1)}
   self.sizeAverage = true
end

local function as_tensor(input, y)
   return type(y) == 'number' and input[1].new(1):fill(y) or y:contiguous()
end

-- margin - y (x1 - x2)
local function distance(self, input, y)
   return torch.add(input[1], -1, input[2]):cmul(as_tensor(input, y):view(input[1]:size())):mul(-1):add(self.margin)
end

function MarginRankingCriterion:updateOutput(input, y)
   local d = distance(self, input, y)
   self.output = d:cmax(0):sum()
   if self.sizeAverage and torch.isTensor(y) and input[1]:size(1) ~= 1 then self.output = self.output / y:size(1) end
   return self.output
end

function MarginRankingCriterion:updateGradInput(input, y)
   local d = distance(self, input, y)
   local mask = (type(y) == 'number' or input[1]:size(1) == 1) and d:ge(0) or d:ge(0)
   local t = as_tensor(input, y):view(input[1]:size())
   local g1, g2 = self.gradInput[1], self.gradInput[2]
   g1:resizeAs(input[1]):copy(t):mul(-1):cmul(mask:typeAs(g1))
   g2:resizeAs(input[2]):copy(t):cmul(mask:typeAs(g2))
   if self.sizeAverage and torch.isTensor(y) and input[1]:size(1) ~= 1 then
      g1:div(y:size(1))
      g2:div(y:size(1))
   end
   return self.gradInput
end
