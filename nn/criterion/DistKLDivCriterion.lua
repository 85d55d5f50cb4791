-- nn.DistKLDivCriterion(): Kullback-Leibler divergence, mean of t (log t - x), x being log probabilities.
--
-- Input: log probabilities, of any shape; target: probabilities, of the same. Elements with t <= 0 add nothing. The
-- mean is over all elements; with the field sizeAverage = false it is the sum.
--
-- > nn.DistKLDivCriterion():forward(torch.log(torch.Tensor{0.5, 0.5}), torch.Tensor{0.5, 0.5})
-- 0
local DistKLDivCriterion, parent = torch.class('nn.DistKLDivCriterion', 'nn.Criterion')

function DistKLDivCriterion:__init()
   parent.__init(self)
   self.sizeAverage = true
end

-- types are the kernel's to tell
local function check_sizes(input, target)
   if torch.type(input) == torch.type(target) and not input:isSameSizeAs(target) then
      require('nn.check').wrong('DistKLDivCriterion', 2, 'target', 'input and target should have the same size')
   end
end

function DistKLDivCriterion:updateOutput(input, target)
   check_sizes(input, target)
   return self:_loss(input, 'DistKLDivCriterion_updateOutput', target, self:_number(input), self.sizeAverage)
end

function DistKLDivCriterion:updateGradInput(input, target)
   check_sizes(input, target)
   input.THNN.DistKLDivCriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage)
   return self.gradInput
end
