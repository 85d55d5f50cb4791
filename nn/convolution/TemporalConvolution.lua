-- nn.TemporalConvolution(inputFrameSize, outputFrameSize, kW [, dW = 1]): convolution over a sequence of
-- frames, (batch x) time x frame size.
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
