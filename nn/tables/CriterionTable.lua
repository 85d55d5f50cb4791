-- nn.CriterionTable(criterion): a criterion as a module.
--
-- Input: {input, target}; output: the loss. The gradient of the input is {that of the criterion}.
--
-- > nn.CriterionTable(nn.MSECriterion()):forward{torch.Tensor{1}, torch.Tensor{3}}
-- 4
local CriterionTable, parent = torch.class('nn.CriterionTable', 'nn.Module')

function CriterionTable:__init(criterion)
   parent.__init(self)
   self.criterion = criterion
   self.gradInput = {criterion.gradInput}
end

function CriterionTable:updateOutput(input)
   self.output = self.criterion:updateOutput(unpack(input))
   return self.output
end

function CriterionTable:updateGradInput(input, gradOutput)
   self.criterion:updateGradInput(unpack(input))
   return self.gradInput
end
