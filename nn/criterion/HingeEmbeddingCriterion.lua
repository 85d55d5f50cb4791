-- nn.HingeEmbeddingCriterion([margin = 1]): of a distance x: x where y = 1, max(0, margin - x) where y = -1; the mean.
--
-- Input: distances, of any shape; target: 1 and -1, as many, or a number.
--
-- > nn.HingeEmbeddingCriterion():forward(torch.Tensor{0.3, 0.4}, torch.Tensor{1, -1})
-- 0.45
local HingeEmbeddingCriterion, parent = torch.class('nn.HingeEmbeddingCriterion', 'nn.Criterion')

function HingeEmbeddingCriterion:__init(margin)
   parent.__init(self)
   self.margin = margin or 1
   self.sizeAverage = true
end

local function as_tensor(input, y)
   return type(y) == 'number' and input.new(1):fill(y) or y
end

function HingeEmbeddingCriterion:updateOutput(input, y)
   self.buffer = self.buffer or input.new()
   local t = as_tensor(input, y)
   self.buffer:resizeAs(input):copy(input)
   self.buffer[torch.eq(t, -1)] = 0
   self.output = self.buffer:sum()
   self.buffer:fill(self.margin):add(-1, input)
   self.buffer:cmax(0)
   self.buffer[torch.eq(t, 1)] = 0
   self.output = self.output + self.buffer:sum()
   if self.sizeAverage == nil or self.sizeAverage == true then self.output = self.output / input:nElement() end
   return self.output
end

function HingeEmbeddingCriterion:updateGradInput(input, y)
   local t = as_tensor(input, y)
   self.gradInput:resizeAs(input):copy(t)
   self.gradInput[torch.cmul(torch.eq(t, -1), torch.gt(input, self.margin))] = 0
   if self.sizeAverage == nil or self.sizeAverage == true then self.gradInput:mul(1 / input:nElement()) end
   return self.gradInput
end
