-- nn.VolumetricDilatedConvolution(nInputPlane, nOutputPlane, kT, kW, kH [, dT = 1, dW = 1, dH = 1, padT = 0, padW =
-- padT, padH = padW, dilationT = 1, dilationW = 1, dilationH = 1, groups = 1]): nn.VolumetricConvolution whose kernel
-- elements lie `dilation` apart.
--
-- Input: (N x) nInputPlane x T x H x W; the output is as large as with a kernel of dilation (k - 1) + 1.
--
-- > #nn.VolumetricDilatedConvolution(1, 1, 3, 3, 3, 1, 1, 1, 0, 0, 0, 2, 2, 2):forward(torch.ones(1, 5, 6, 7))
--  1
--  1
--  2
--  3
-- [torch.LongStorage of size 4]
local VolumetricDilatedConvolution, parent = torch.class('nn.VolumetricDilatedConvolution', 'nn.VolumetricConvolution')
local cut = require 'nn.convolution.groups'

function VolumetricDilatedConvolution:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH,
   dilationT, dilationW, dilationH, groups)
   parent.__init(self, nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH, groups)
   self.dilationT, self.dilationW, self.dilationH = dilationT or 1, dilationW or 1, dilationH or 1
end

function VolumetricDilatedConvolution:updateOutput(input)
   if self.groups then return cut.updateOutput(self, input) end
   input.THNN.VolumetricDilatedConvolution_updateOutput(input, self.output, self.weight, self.bias, nil, nil, self.kT,
      self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.dilationT, self.dilationW,
      self.dilationH)
   return self.output
end

function VolumetricDilatedConvolution:updateGradInput(input, gradOutput)
   if self.groups then return cut.updateGradInput(self, input, gradOutput, self.gradInput) end
   input.THNN.VolumetricDilatedConvolution_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil, self.kT,
      self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.dilationT, self.dilationW,
      self.dilationH)
   return self.gradInput
end

function VolumetricDilatedConvolution:accGradParameters(input, gradOutput, scale)
   if self.groups then return cut.accGradParameters(self, input, gradOutput, scale) end
   input.THNN.VolumetricDilatedConvolution_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, nil,
      nil, self.kT, self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.dilationT,
      self.dilationW, self.dilationH, scale or 1)
end

function VolumetricDilatedConvolution:__tostring__()
   return self:_text() .. ', ' .. self.dilationT .. ',' .. self.dilationW .. ',' .. self.dilationH
      .. cut.text(self) .. (self.bias and ')' or ') without bias')
end
