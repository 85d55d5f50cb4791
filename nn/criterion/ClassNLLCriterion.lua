-- nn.ClassNLLCriterion([weights, sizeAverage = true, ignoreIndex = -100]): negative log likelihood of
-- classes 1 to n, given log probabilities. Targets: one class per row, or a number for a vector.
local ClassNLLCriterion, parent = torch.class('nn.ClassNLLCriterion', 'nn.Criterion')

function ClassNLLCriterion:__init(weights, sizeAverage, ignoreIndex)
   parent.__init(self)
   if sizeAverage == nil then sizeAverage = true end
   self.sizeAverage = sizeAverage
   self.ignoreIndex = ignoreIndex or -100
   if weights then
      assert(weights:dim() == 1, 'weights input should be 1-D Tensor')
      self.weights = weights
   end
   self.output_tensor = torch.zeros(1)
   self.total_weight_tensor = torch.ones(1)
   self.target = torch.zeros(1):long()
end

-- Sets self.target to the target as a LongTensor.
local function set_target(self, target)
   if type(target) == 'number' then
      self.target = torch.type(self.target) == 'torch.LongTensor' and self.target or torch.LongTensor(1)
      self.target:resize(1)
      self.target[1] = target
   elseif torch.type(target) == 'torch.LongTensor' then
      self.target = target
   else
      self.target = target:long()
   end
end

function ClassNLLCriterion:updateOutput(input, target)
   set_target(self, target)
   input.THNN.ClassNLLCriterion_updateOutput(input, self.target, self.output_tensor, self.sizeAverage, self.weights,
      self.total_weight_tensor, self.ignoreIndex or -100)
   self.output = self.output_tensor[1]
   return self.output, self.total_weight_tensor[1]
end

function ClassNLLCriterion:updateGradInput(input, target)
   set_target(self, target)
   input.THNN.ClassNLLCriterion_updateGradInput(input, self.target, self.gradInput, self.sizeAverage, self.weights,
      self.total_weight_tensor, self.ignoreIndex or -100)
   return self.gradInput
end
