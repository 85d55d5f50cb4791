-- nn.SpatialFullConvolutionMap(connTable, kW, kH [, dW = 1, dH = 1]): the transpose of
-- nn.SpatialConvolutionMap; outputs are larger than inputs.
local SpatialFullConvolutionMap, parent = torch.class('nn.SpatialFullConvolutionMap', 'nn.Module')

function SpatialFullConvolutionMap:__init(conMatrix, kW, kH, dW, dH)
   parent.__init(self)
   self.kW, self.kH = kW, kH
   self.dW, self.dH = dW or 1, dH or 1
   self.connTable = conMatrix
   self.nInputPlane = conMatrix:select(2, 1):max()
   self.nOutputPlane = conMatrix:select(2, 2):max()
   self.weight = torch.Tensor(conMatrix:size(1), kH, kW)
   self.gradWeight = torch.Tensor(conMatrix:size(1), kH, kW)
   self.bias = torch.Tensor(self.nOutputPlane)
   self.gradBias = torch.Tensor(self.nOutputPlane)
   self:reset()
end

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
