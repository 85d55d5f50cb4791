-- nn.SpatialAdaptiveMaxPooling(W, H): largest elements of windows chosen so that the output is H x W whatever the
-- input.
--
-- Input: (N x) C x h x w; output: (N x) C x H x W. Row i of the output, from 0, is of rows floor(i h / H) up to ceil((i
-- + 1) h / H). The field indices has the places of the maxima.
--
-- > #nn.SpatialAdaptiveMaxPooling(2, 3):forward(torch.ones(1, 7, 9))
--  1
--  3
--  2
-- [torch.LongStorage of size 3]
local SpatialAdaptiveMaxPooling, parent = torch.class('nn.SpatialAdaptiveMaxPooling', 'nn.Module')

function SpatialAdaptiveMaxPooling:__init(W, H)
   parent.__init(self)
   self.W, self.H = W, H
end

function SpatialAdaptiveMaxPooling:updateOutput(input)
   self.indices = nn.utils.long(self.indices, input)
   input.THNN.SpatialAdaptiveMaxPooling_updateOutput(input, self.output, self.indices, self.W, self.H)
   return self.output
end

function SpatialAdaptiveMaxPooling:updateGradInput(input, gradOutput)
   input.THNN.SpatialAdaptiveMaxPooling_updateGradInput(input, gradOutput, self.gradInput, self.indices)
   return self.gradInput
end

--- module:empty(): another name of clearState.
function SpatialAdaptiveMaxPooling:empty() self:clearState() end

function SpatialAdaptiveMaxPooling:clearState()
   if self.indices then self.indices:set() end
   return parent.clearState(self)
end
