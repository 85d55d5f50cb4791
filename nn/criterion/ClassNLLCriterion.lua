-- nn.ClassNLLCriterion([weights, sizeAverage = true, ignoreIndex = -100]): negative log likelihood of classes, -x[t],
-- given log probabilities as nn.LogSoftMax makes them.
--
-- Input: classes, or N x classes; target: the class, 1 to classes: a number or N of them, in a tensor of any type.
-- weights: one per class; the mean is then weighted. Targets that are ignoreIndex do not count. Raises for a class that
-- is out of range.
--
-- > nn.ClassNLLCriterion():forward(torch.Tensor{{-1, -2}, {-3, -4}}, torch.Tensor{1, 2})
-- 2.5	2
local ClassNLLCriterion, parent = torch.class('nn.ClassNLLCriterion', 'nn.Criterion')

function ClassNLLCriterion:__init(weights, sizeAverage, ignoreIndex)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
   self.ignoreIndex = ignoreIndex or -100
   self.weights = weights or nil
   self.output_tensor = torch.zeros(1)
   self.total_weight_tensor = torch.ones(1)
   self.target = torch.zeros(1):long()
end

-- Sets self.target to the target, Long and where the input lives.
local function set_target(self, input, target)
   if type(target) == 'number' then
      self.target = nn.utils.long(nil, input):resize(1):fill(target)
   else
      self.target = nn.utils.long(target, input)
   end
end

function ClassNLLCriterion:updateOutput(input, target)
   set_target(self, input, target)
   self:_loss(input, 'ClassNLLCriterion_updateOutput', self.target, self.output_tensor, self.sizeAverage, self.weights,
      self.total_weight_tensor, self.ignoreIndex or -100)
   if nn.utils.onGPU(input) then return self.output end -- another look would wait again
   return self.output, self.total_weight_tensor[1]
end

function ClassNLLCriterion:updateGradInput(input, target)
   set_target(self, input, target)
   input.THNN.ClassNLLCriterion_updateGradInput(input, self.target, self.gradInput, self.sizeAverage, self.weights,
      self.total_weight_tensor, self.ignoreIndex or -100)
   return self.gradInput
end
