-- nn.SpatialDilatedConvolution(nInputPlane, nOutputPlane, kW, kH [, dW = 1, dH = 1, padW = 0, padH = padW, dilationW =
-- 1, dilationH = dilationW, groups = 1]): nn.SpatialConvolution whose kernel elements lie `dilation` apart.
--
-- Input: (N x) nInputPlane x H x W; the output is as large as with a kernel of dilation (k - 1) + 1.
--
-- > #nn.SpatialDilatedConvolution(1, 1, 3, 3, 1, 1, 0, 0, 2, 2):forward(torch.ones(1, 7, 7))
--  1
--  3
--  3
-- [torch.LongStorage of size 3]
local SpatialDilatedConvolution, parent = torch.class('nn.SpatialDilatedConvolution', 'nn.SpatialConvolution')
local cut = require 'nn.convolution.groups'

function SpatialDilatedConvolution:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, dilationW, dilationH,
   groups)
   parent.__init(self, nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, groups)
   self.dilationW, self.dilationH = dilationW or 1, dilationH or 1
end

function SpatialDilatedConvolution:updateOutput(input)
   if self.groups then return cut.updateOutput(self, input) end
   input.THNN.SpatialDilatedConvolution_updateOutput(input, self.output, self.weight, self.bias, nil, nil, self.kW,
      self.kH, self.dW, self.dH, self.padW, self.padH, self.dilationW, self.dilationH)
   return self.output
end

function SpatialDilatedConvolution:updateGradInput(input, gradOutput)
   if self.gradInput then
      if self.groups then return cut.updateGradInput(self, input, gradOutput, self.gradInput) end
      input.THNN.SpatialDilatedConvolution_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil,
         self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.dilationW, self.dilationH)
      return self.gradInput
   end
end

function SpatialDilatedConvolution:accGradParameters(input, gradOutput, scale)
   if self.groups then return cut.accGradParameters(self, input, gradOutput, scale) end
   input.THNN.SpatialDilatedConvolution_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, nil, nil,
      self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.dilationW, self.dilationH, scale or 1)
end

function SpatialDilatedConvolution:__tostring__()
   local s = string.format('%s(%d -> %d, %dx%d', torch.type(self), self.nInputPlane, self.nOutputPlane, self.kW, self.kH)
   local padded = self.padW ~= 0 or self.padH ~= 0
   if self.dW ~= 1 or self.dH ~= 1 or padded then s = s .. string.format(', %d,%d', self.dW, self.dH) end
   if padded then s = s .. ', ' .. self.padW .. ',' .. self.padH end
   s = s .. ', ' .. self.dilationW .. ',' .. self.dilationH .. cut.text(self)
   return s .. (self.bias and ')' or ') without bias')
end
