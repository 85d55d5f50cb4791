-- nn.ParallelCriterion([repeatTarget = false]): weighted sum of criterions; number i gets entry i of input and target.
--
-- Input: a table; target: a table, or with repeatTarget one target for all.
--
-- > c = nn.ParallelCriterion():add(nn.MSECriterion()):add(nn.AbsCriterion(), 0.5)
-- > c:forward({torch.Tensor{3}, torch.Tensor{3}}, {torch.Tensor{1}, torch.Tensor{1}})
-- 5
local ParallelCriterion, parent = torch.class('nn.ParallelCriterion', 'nn.Criterion')
local errors = require 'nn.errors'

function ParallelCriterion:__init(repeatTarget)
   parent.__init(self)
   self.criterions = {}
   self.weights = {}
   self.gradInput = {}
   self.repeatTarget = repeatTarget
end

--- criterion:add(criterion [, weight = 1]) -> criterion: appends a criterion, whose loss counts weight times.
function ParallelCriterion:add(criterion, weight)
   errors.check_criterion('nn.ParallelCriterion:add', criterion)
   weight = weight or 1
   table.insert(self.criterions, criterion)
   table.insert(self.weights, weight)
   return self
end

function ParallelCriterion:updateOutput(input, target)
   self.output = 0
   for i, criterion in ipairs(self.criterions) do
      local t = self.repeatTarget and target or target[i]
      self.output = self.output + self.weights[i] * criterion:updateOutput(input[i], t)
   end
   return self.output
end

function ParallelCriterion:updateGradInput(input, target)
   self.gradInput = nn.utils.recursiveResizeAs(self.gradInput, input)
   nn.utils.recursiveFill(self.gradInput, 0)
   for i, criterion in ipairs(self.criterions) do
      local t = self.repeatTarget and target or target[i]
      nn.utils.recursiveAdd(self.gradInput[i], self.weights[i], criterion:updateGradInput(input[i], t))
   end
   return self.gradInput
end

function ParallelCriterion:type(type, tensorCache)
   self.gradInput = {}
   return parent.type(self, type, tensorCache)
end
