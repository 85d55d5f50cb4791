-- nn.VolumetricDilatedMaxPooling(... [, dilationT, dilationW, dilationH]): nn.VolumetricMaxPooling over
-- window elements that lie `dilation` apart.
local VolumetricDilatedMaxPooling, parent = torch.class('nn.VolumetricDilatedMaxPooling', 'nn.VolumetricMaxPooling')

function VolumetricDilatedMaxPooling:__init(kT, kW, kH, dT, dW, dH, padT, padW, padH, dilationT, dilationW, dilationH)
   parent.__init(self, kT, kW, kH, dT, dW, dH, padT, padW, padH)
   self.dilationT, self.dilationW, self.dilationH = dilationT or 1, dilationW or 1, dilationH or 1
end

function VolumetricDilatedMaxPooling:updateOutput(input)
   local dims = input:dim()
   self.itime, self.iheight, self.iwidth = input:size(dims - 2), input:size(dims - 1), input:size(dims)
   self.indices = nn.utils.long(self.indices, input)
   input.THNN.VolumetricDilatedMaxPooling_updateOutput(input, self.output, self.indices, self.kT, self.kW, self.kH,
      self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.dilationT, self.dilationW, self.dilationH,
      self.ceil_mode)
   return self.output
end

function VolumetricDilatedMaxPooling:updateGradInput(input, gradOutput)
   input.THNN.VolumetricDilatedMaxPooling_updateGradInput(input, gradOutput, self.gradInput, self.indices, self.kT,
      self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.dilationT, self.dilationW,
      self.dilationH, self.ceil_mode)
   return self.gradInput
end

function VolumetricDilatedMaxPooling:__tostring__()
   return parent.__tostring__(self):sub(1, -2) .. ', ' .. self.dilationT .. ',' .. self.dilationW .. ','
      .. self.dilationH .. ')'
end
