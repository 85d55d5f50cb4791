-- nn.MultiLabelSoftMarginCriterion([weights, sizeAverage = true]): binary cross entropy of sigmoid(x), from scores, for
-- every class.
--
-- Input: classes, or N x classes; target: 0 .. 1, of the same shape. weights: one per class. The mean over all
-- elements.
--
-- > nn.MultiLabelSoftMarginCriterion():forward(torch.zeros(2), torch.Tensor{1, 0})
-- 0.69314718055995
local MultiLabelSoftMarginCriterion, parent = torch.class('nn.MultiLabelSoftMarginCriterion', 'nn.Criterion')
local expect, describe = require('nn.check').expect, require('libtorch').describe

function MultiLabelSoftMarginCriterion:__init(weights, sizeAverage)
   parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
   self.weights = weights or nil
   self.sigmoid = nn.Sigmoid()
end

local function weighted(self, x)
   if not self.weights then return x end
   local w = self.weights
   if x:dim() ~= 1 then w = w:view(1, x:size(2)):expandAs(x) end
   return x:cmul(w)
end

local function check_sizes(input, target)
   expect(input:nElement() == target:nElement(), 'MultiLabelSoftMarginCriterion', 2, 'target', 'input and target size mismatch: %s and %s',
      describe(input), describe(target))
end

-- log(1 + exp(x)) - t x, without overflow; the small part comes last
function MultiLabelSoftMarginCriterion:updateOutput(input, target)
   check_sizes(input, target)
   local loss = torch.cmax(input, 0):addcmul(-1, input, target):add(torch.abs(input):mul(-1):exp():log1p())
   self.output = weighted(self, loss):sum()
   if self.sizeAverage then self.output = self.output / input:nElement() end
   return self.output
end

function MultiLabelSoftMarginCriterion:updateGradInput(input, target)
   check_sizes(input, target)
   local sigmoid = self.sigmoid:updateOutput(input)
   self.gradInput:resizeAs(sigmoid):copy(sigmoid):add(-1, target)
   weighted(self, self.gradInput)
   if self.sizeAverage then self.gradInput:div(target:nElement()) end
   return self.gradInput
end
