-- nn.L1HingeEmbeddingCriterion([margin = 1]): of the distance d = |x1 - x2|_1: d if y = 1, max(0, margin - d) if y =
-- -1.
--
-- Input: {x1, x2}, one pair of tensors of the same shape; target: 1 or -1.
--
-- > nn.L1HingeEmbeddingCriterion():forward({torch.Tensor{1, 2}, torch.Tensor{1, 4}}, 1)
-- 2
local L1HingeEmbeddingCriterion, parent = torch.class('nn.L1HingeEmbeddingCriterion', 'nn.Criterion')

function L1HingeEmbeddingCriterion:__init(margin)
   parent.__init(self)
   self.margin = margin or 1
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

function L1HingeEmbeddingCriterion:updateOutput(input, y)
   self.output = input[1]:dist(input[2], 1)
   if y == -1 then
      local missing = self.margin - self.output
      self.output = missing <= 0 and 0 or missing -- NaN stays NaN
   end
   return self.output
end

function L1HingeEmbeddingCriterion:updateGradInput(input, y)
   local g1, g2 = self.gradInput[1], self.gradInput[2]
   g1:resizeAs(input[1]):copy(input[1]):add(-1, input[2])
   local dist = g1:norm(1)
   g1:apply(function(v) return v >= 0 and 1 or -1 end) -- at 0 as at +0
   if y == -1 then
      if dist > self.margin then g1:zero() else g1:mul(-1) end
   end
   g2:resizeAs(input[2]):zero():add(-1, g1)
   return self.gradInput
end
