-- nn.VolumetricDilatedMaxPooling(kT, kW, kH [, dT = kT, dW = kW, dH = kH, padT = 0, padW = 0, padH = 0, dilationT = 1,
-- dilationW = dilationT, dilationH = dilationW]): nn.VolumetricMaxPooling over window elements that lie `dilation`
-- apart.
--
-- Input: (N x) C x T x H x W; the output is as large as with a window of dilation (k - 1) + 1.
--
-- > #nn.VolumetricDilatedMaxPooling(2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 2, 2):forward(torch.ones(1, 5, 6, 7))
--  1
--  3
--  4
--  5
-- [torch.LongStorage of size 4]
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
