-- nn.SpatialAdaptiveMaxPooling(W, H): largest elements of windows chosen so that the output is H x W.
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

function SpatialAdaptiveMaxPooling:empty() self:clearState() end

function SpatialAdaptiveMaxPooling:clearState()
   if self.indices then self.indices:set() end
   return parent.clearState(self)
end
