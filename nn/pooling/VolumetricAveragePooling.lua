-- nn.VolumetricAveragePooling(kT, kW, kH [, dT = kT, dW = kW, dH = kH]): mean of windows of kT x kH x kW.
--
-- Input: (N x) C x T x H x W; output: (N x) C x oT x oH x oW with oT = floor((T - kT) / dT) + 1.
--
-- > #nn.VolumetricAveragePooling(2, 2, 2):forward(torch.ones(1, 4, 6, 8))
--  1
--  2
--  3
--  4
-- [torch.LongStorage of size 4]
local VolumetricAveragePooling, parent = torch.class('nn.VolumetricAveragePooling', 'nn.Module')

function VolumetricAveragePooling:__init(kT, kW, kH, dT, dW, dH)
   parent.__init(self)
   self.kT, self.kW, self.kH = kT, kW, kH
   self.dT, self.dW, self.dH = dT or kT, dW or kW, dH or kH
end

function VolumetricAveragePooling:updateOutput(input)
   input.THNN.VolumetricAveragePooling_updateOutput(input, self.output, self.kT, self.kW, self.kH, self.dT, self.dW,
      self.dH, 0, 0, 0, false, true)
   return self.output
end

function VolumetricAveragePooling:updateGradInput(input, gradOutput)
   input.THNN.VolumetricAveragePooling_updateGradInput(input, gradOutput, self.gradInput, self.kT, self.kW, self.kH,
      self.dT, self.dW, self.dH, 0, 0, 0, false, true)
   return self.gradInput
end

--- module:empty() -> module: another name of clearState.
function VolumetricAveragePooling:empty() return parent.clearState(self) end

function VolumetricAveragePooling:__tostring__()
   return string.format('%s(%dx%dx%d, %d,%d,%d)', torch.type(self), self.kT, self.kW, self.kH, self.dT, self.dW, self.dH)
end
