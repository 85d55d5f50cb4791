-- nn.SpatialConvolutionMap(conMatrix, kW, kH [, dW = 1, dH = 1]): convolution that connects only some pairs of planes.
--
-- conMatrix: K x 2, rows (from, to), which nn.tables makes. Input: (N x) C x H x W; output: as many planes as the
-- largest `to`. Fields: weight, K x kH x kW, a kernel for each row; bias.
--
-- > #nn.SpatialConvolutionMap(nn.tables.oneToOne(2), 3, 3):forward(torch.ones(2, 5, 5))
--  2
--  3
--  3
-- [torch.LongStorage of size 3]
local SpatialConvolutionMap, parent = torch.class('nn.SpatialConvolutionMap', 'nn.Module')
local expect, describe = require('nn.check').expect, require('libtorch').describe

function SpatialConvolutionMap:__init(conMatrix, kW, kH, dW, dH)
   parent.__init(self)
   expect(conMatrix:dim() == 2 and conMatrix:size(2) == 2, self, 1, 'conMatrix', 'n pairs of planes expected, a n x 2 tensor, got %s', describe(conMatrix))
   expect(conMatrix:min() >= 1, self, 1, 'conMatrix', 'planes count from 1; there is a %s', conMatrix:min())
   self.kW, self.kH = kW, kH
   self.dW, self.dH = dW or 1, dH or 1
   self.connTable = conMatrix
   self.nInputPlane = conMatrix:select(2, 1):max()
   self.nOutputPlane = conMatrix:select(2, 2):max()
   self.weight = torch.Tensor(conMatrix:size(1), kH, kW)
   self.bias = torch.Tensor(self.nOutputPlane)
   self.gradWeight = torch.Tensor(conMatrix:size(1), kH, kW)
   self.gradBias = torch.Tensor(self.nOutputPlane)
   self:reset()
end

function SpatialConvolutionMap:reset(stdv)
   if stdv then
      stdv = stdv * math.sqrt(3)
      self.weight:apply(function() return torch.uniform(-stdv, stdv) end)
      self.bias:apply(function() return torch.uniform(-stdv, stdv) end)
      return
   end
   local inputs = torch.zeros(self.nOutputPlane)
   for i = 1, self.connTable:size(1) do
      local to = self.connTable[i][2]
      inputs[to] = inputs[to] + 1
   end
   local function range(to) return 1 / math.sqrt(self.kW * self.kH * inputs[to]) end
   for k = 1, self.connTable:size(1) do
      local s = range(self.connTable[k][2])
      self.weight:select(1, k):apply(function() return torch.uniform(-s, s) end)
   end
   for k = 1, self.bias:size(1) do
      local s = range(k)
      self.bias[k] = torch.uniform(-s, s)
   end
end

function SpatialConvolutionMap:updateOutput(input)
   input.THNN.SpatialConvolutionMap_updateOutput(input, self.output, self.weight, self.bias, self.connTable,
      self.nInputPlane, self.nOutputPlane, self.dW, self.dH)
   return self.output
end

function SpatialConvolutionMap:updateGradInput(input, gradOutput)
   input.THNN.SpatialConvolutionMap_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.bias,
      self.connTable, self.nInputPlane, self.nOutputPlane, self.dW, self.dH)
   return self.gradInput
end

function SpatialConvolutionMap:accGradParameters(input, gradOutput, scale)
   input.THNN.SpatialConvolutionMap_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias,
      self.connTable, self.nInputPlane, self.nOutputPlane, self.dW, self.dH, scale or 1)
end

--- module:decayParameters(decay): shrinks weight and bias by `decay` of themselves.
function SpatialConvolutionMap:decayParameters(decay)
   self.weight:add(-decay, self.weight)
   self.bias:add(-decay, self.bias)
end
