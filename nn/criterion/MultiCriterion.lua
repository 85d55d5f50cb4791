-- nn.MultiCriterion(): weighted sum of criterions on the same input and target.
--
-- > c = nn.MultiCriterion():add(nn.MSECriterion()):add(nn.AbsCriterion(), 0.5)
-- > c:forward(torch.Tensor{3}, torch.Tensor{1})
-- 5
local MultiCriterion, parent = torch.class('nn.MultiCriterion', 'nn.Criterion')
local errors = require 'nn.errors'

function MultiCriterion:__init()
   parent.__init(self)
   self.criterions = {}
   self.weights = torch.DoubleStorage()
end

--- criterion:add(criterion [, weight = 1]) -> criterion: appends a criterion, whose loss counts weight times.
function MultiCriterion:add(criterion, weight)
   errors.check_criterion('nn.MultiCriterion:add', criterion)
   weight = weight or 1
   table.insert(self.criterions, criterion)
   self.weights:resize(#self.criterions, true)
   self.weights[#self.criterions] = weight
   return self
end

function MultiCriterion:updateOutput(input, target)
   self.output = 0
   for i = 1, #self.criterions do
      self.output = self.output + self.weights[i] * self.criterions[i]:updateOutput(input, target)
   end
   return self.output
end

function MultiCriterion:updateGradInput(input, target)
   self.gradInput = nn.utils.recursiveResizeAs(self.gradInput, input)
   nn.utils.recursiveFill(self.gradInput, 0)
   for i = 1, #self.criterions do
      nn.utils.recursiveAdd(self.gradInput, self.weights[i], self.criterions[i]:updateGradInput(input, target))
   end
   return self.gradInput
end

function MultiCriterion:type(type, tensorCache)
   for _, criterion in ipairs(self.criterions) do criterion:type(type, tensorCache) end
   return parent.type(self, type, tensorCache)
end
