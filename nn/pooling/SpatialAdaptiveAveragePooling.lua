-- nn.SpatialAdaptiveAveragePooling(W, H): means of windows chosen so that the output is H x W whatever the input.
--
-- Input: (N x) C x h x w; output: (N x) C x H x W. Row i of the output, from 0, is of rows floor(i h / H) up to ceil((i
-- + 1) h / H).
--
-- > #nn.SpatialAdaptiveAveragePooling(2, 3):forward(torch.ones(1, 7, 9))
--  1
--  3
--  2
-- [torch.LongStorage of size 3]
local SpatialAdaptiveAveragePooling, parent = torch.class('nn.SpatialAdaptiveAveragePooling', 'nn.Module')

function SpatialAdaptiveAveragePooling:__init(W, H)
   parent.__init(self)
   self.W, self.H = W, H
end

function SpatialAdaptiveAveragePooling:updateOutput(input)
   input.THNN.SpatialAdaptiveAveragePooling_updateOutput(input, self.output, self.W, self.H)
   return self.output
end

function SpatialAdaptiveAveragePooling:updateGradInput(input, gradOutput)
   input.THNN.SpatialAdaptiveAveragePooling_updateGradInput(input, gradOutput, self.gradInput)
   return self.gradInput
end

--- module:empty(): another name of clearState.
function SpatialAdaptiveAveragePooling:empty() self:clearState() end
