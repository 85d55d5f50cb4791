-- nn.MarginCriterion([margin = 1]): mean of max(0, margin - t x), targets -1 and 1.
local MarginCriterion, parent = torch.class('nn.MarginCriterion', 'nn.Criterion')

function MarginCriterion:__init(margin)
   parent.__init(self)
   self.sizeAverage = true
   self.margin = margin or 1
end

function MarginCriterion:updateOutput(input, target)
   return self:_loss(input, 'MarginCriterion_updateOutput', target, self:_number(input), self.sizeAverage, self.margin)
end

function MarginCriterion:updateGradInput(input, target)
   input.THNN.MarginCriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage, self.margin)
   return self.gradInput
end
