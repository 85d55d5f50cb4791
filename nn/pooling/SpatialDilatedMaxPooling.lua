-- nn.SpatialDilatedMaxPooling(kW, kH [, dW = kW, dH = kH, padW = 0, padH = 0, dilationW = 1, dilationH = dilationW]):
-- nn.SpatialMaxPooling over window elements that lie `dilation` apart.
--
-- Input: (N x) C x H x W; the output is as large as with a window of dilation (k - 1) + 1.
--
-- > #nn.SpatialDilatedMaxPooling(2, 2, 1, 1, 0, 0, 2, 2):forward(torch.ones(1, 5, 5))
--  1
--  3
--  3
-- [torch.LongStorage of size 3]
local SpatialDilatedMaxPooling, parent = torch.class('nn.SpatialDilatedMaxPooling', 'nn.SpatialMaxPooling')

function SpatialDilatedMaxPooling:__init(kW, kH, dW, dH, padW, padH, dilationW, dilationH)
   parent.__init(self, kW, kH, dW, dH, padW, padH)
   self.dilationW, self.dilationH = dilationW or 1, dilationH or 1
end

function SpatialDilatedMaxPooling:updateOutput(input)
   self.indices = nn.utils.long(self.indices, input)
   input.THNN.SpatialDilatedMaxPooling_updateOutput(input, self.output, self.indices, self.kW, self.kH, self.dW,
      self.dH, self.padW, self.padH, self.dilationW, self.dilationH, self.ceil_mode)
   self.iheight, self.iwidth = input:size(input:dim() - 1), input:size(input:dim())
   return self.output
end

function SpatialDilatedMaxPooling:updateGradInput(input, gradOutput)
   input.THNN.SpatialDilatedMaxPooling_updateGradInput(input, gradOutput, self.gradInput, self.indices, self.kW,
      self.kH, self.dW, self.dH, self.padW, self.padH, self.dilationW, self.dilationH, self.ceil_mode)
   return self.gradInput
end

function SpatialDilatedMaxPooling:__tostring__()
   local s = parent.__tostring__(self)
   return s:sub(1, -2) .. ', ' .. self.dilationW .. ',' .. self.dilationH .. ')'
end
