-- nn.WeightedMSECriterion(weight): nn.MSECriterion to weight times the target, element by element.
--
-- Input, target: of the shape of weight, or batches of it.
--
-- > nn.WeightedMSECriterion(torch.Tensor{1, 2}):forward(torch.Tensor{1, 2}, torch.Tensor{1, 2})
-- 2
local WeightedMSECriterion, parent = torch.class('nn.WeightedMSECriterion', 'nn.MSECriterion')

function WeightedMSECriterion:__init(w)
   parent.__init(self)
   self.weight = w:clone()
end

local function weighted(self, input, target)
   self.buffer = self.buffer or input.new()
   self.buffer:resizeAs(input):copy(target)
   if input:dim() - 1 == self.weight:dim() then
      for i = 1, input:size(1) do self.buffer[i]:cmul(self.weight) end
   else
      self.buffer:cmul(self.weight)
   end
   return self.buffer
end

function WeightedMSECriterion:updateOutput(input, target)
   return parent.updateOutput(self, input, weighted(self, input, target))
end

function WeightedMSECriterion:updateGradInput(input, target)
   return parent.updateGradInput(self, input, weighted(self, input, target))
end
