-- nn.TemporalConvolution(inputFrameSize, outputFrameSize, kW [, dW = 1]): convolution over a sequence of frames, kW of
-- them at a time.
--
-- Input: (N x) T x inputFrameSize; output: (N x) T' x outputFrameSize with T' = floor((T - kW) / dW) + 1. Fields:
-- weight, outputFrameSize x (inputFrameSize kW); bias.
--
-- > #nn.TemporalConvolution(4, 2, 3):forward(torch.ones(10, 4))
--  8
--  2
-- [torch.LongStorage of size 2]
local TemporalConvolution, parent = torch.class('nn.TemporalConvolution', 'nn.Module')

function TemporalConvolution:__init(inputFrameSize, outputFrameSize, kW, dW)
   parent.__init(self)
   self.inputFrameSize = inputFrameSize
   self.outputFrameSize = outputFrameSize
   self.kW = kW
   self.dW = dW or 1
   self.weight = torch.Tensor(outputFrameSize, inputFrameSize * kW)
   self.bias = torch.Tensor(outputFrameSize)
   self.gradWeight = torch.Tensor(outputFrameSize, inputFrameSize * kW)
   self.gradBias = torch.Tensor(outputFrameSize)
   self:reset()
end

function TemporalConvolution:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.kW * self.inputFrameSize)
end

function TemporalConvolution:updateOutput(input)
   input.THNN.TemporalConvolution_updateOutput(input, self.output, self.weight, self.bias, self.kW, self.dW,
      self.inputFrameSize, self.outputFrameSize)
   return self.output
end

function TemporalConvolution:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   input.THNN.TemporalConvolution_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.kW, self.dW)
   return self.gradInput
end

function TemporalConvolution:accGradParameters(input, gradOutput, scale)
   input.THNN.TemporalConvolution_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, self.kW, self.dW,
      scale or 1)
end

TemporalConvolution.sharedAccUpdateGradParameters = TemporalConvolution.defaultAccUpdateGradParameters
