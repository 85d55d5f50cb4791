-- nn.SpatialFullConvolutionMap(conMatrix, kW, kH [, dW = 1, dH = 1]): the transpose of nn.SpatialConvolutionMap;
-- outputs are larger than inputs, (H - 1) dH + kH high.
--
-- Input: C x H x W; fields: weight, K x kH x kW, a kernel for each row of conMatrix; bias.
--
-- > #nn.SpatialFullConvolutionMap(nn.tables.oneToOne(2), 3, 3):forward(torch.ones(2, 5, 5))
--  2
--  7
--  7
-- [torch.LongStorage of size 3]
local SpatialFullConvolutionMap = torch.class('nn.SpatialFullConvolutionMap', 'nn.Module')

SpatialFullConvolutionMap.__init = nn.SpatialConvolutionMap.__init
SpatialFullConvolutionMap.reset = nn.SpatialConvolutionMap.reset

function SpatialFullConvolutionMap:updateOutput(input)
   input.THNN.SpatialFullConvolutionMap_updateOutput(input, self.output, self.weight, self.bias, self.connTable,
      self.nInputPlane, self.nOutputPlane, self.dW, self.dH)
   return self.output
end

function SpatialFullConvolutionMap:updateGradInput(input, gradOutput)
   input.THNN.SpatialFullConvolutionMap_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.bias,
      self.connTable, self.nInputPlane, self.nOutputPlane, self.dW, self.dH)
   return self.gradInput
end

function SpatialFullConvolutionMap:accGradParameters(input, gradOutput, scale)
   input.THNN.SpatialFullConvolutionMap_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias,
      self.connTable, self.nInputPlane, self.nOutputPlane, self.dW, self.dH, scale or 1)
end
