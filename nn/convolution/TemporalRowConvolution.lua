-- nn.TemporalRowConvolution(inputFrameSize, kW [, dW = 1, featFirst = false]): every place of the frame is convolved
-- over time with a kernel of its own.
--
-- Input: (N x) T x inputFrameSize, or inputFrameSize x T with featFirst; output: the same with T' = floor((T - kW) /
-- dW) + 1. Fields: weight, inputFrameSize x 1 x kW; bias.
--
-- > #nn.TemporalRowConvolution(4, 3):forward(torch.ones(10, 4))
--  8
--  4
-- [torch.LongStorage of size 2]
local TemporalRowConvolution, parent = torch.class('nn.TemporalRowConvolution', 'nn.Module')

function TemporalRowConvolution:__init(inputFrameSize, kW, dW, featFirst)
   parent.__init(self)
   self.inputFrameSize = inputFrameSize
   self.kW = kW
   self.dW = dW or 1
   self.featFirst = featFirst or false
   self.weight = torch.Tensor(inputFrameSize, 1, kW)
   self.bias = torch.Tensor(inputFrameSize)
   self.gradWeight = torch.Tensor(inputFrameSize, 1, kW)
   self.gradBias = torch.Tensor(inputFrameSize)
   self:reset()
end

TemporalRowConvolution.noBias = nn.SpatialConvolution.noBias

function TemporalRowConvolution:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.kW * self.inputFrameSize)
end

function TemporalRowConvolution:updateOutput(input)
   input.THNN.TemporalRowConvolution_updateOutput(input, self.output, self.weight, self.bias, nil, nil, self.kW,
      self.dW, 0, self.featFirst)
   return self.output
end

function TemporalRowConvolution:updateGradInput(input, gradOutput)
   if self.gradInput then
      input.THNN.TemporalRowConvolution_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil, nil,
         self.kW, self.dW, 0, self.featFirst)
      return self.gradInput
   end
end

function TemporalRowConvolution:accGradParameters(input, gradOutput, scale)
   input.THNN.TemporalRowConvolution_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, nil, nil,
      self.kW, self.dW, 0, self.featFirst, scale or 1)
end

function TemporalRowConvolution:type(type, tensorCache)
   self.finput = self.finput and torch.Tensor()
   self.fgradInput = self.fgradInput and torch.Tensor()
   return parent.type(self, type, tensorCache)
end

function TemporalRowConvolution:clearState()
   nn.utils.clear(self, 'finput', 'fgradInput', '_input', '_gradOutput')
   return parent.clearState(self)
end

function TemporalRowConvolution:__tostring__()
   local s = string.format('%s(%d, %d', torch.type(self), self.inputFrameSize, self.kW)
   if self.dW ~= 1 then s = s .. string.format(', %d', self.dW) end
   return s .. (self.bias and ')' or ') without bias')
end
