-- nn.TemporalConvolution(inputFrameSize, outputFrameSize, kW [, dW = 1]): convolution over a sequence of
-- frames, (batch x) time x frame size.
local TemporalConvolution, parent = torch.class('nn.TemporalConvolution', 'nn.Module')
local wrong = require('nn.check').wrong

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
   stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.kW * self.inputFrameSize)
   self.weight:uniform(-stdv, stdv)
   self.bias:uniform(-stdv, stdv)
end

-- batch, times of input and output
local function sizes(self, input)
   local n = input:dim()
   if n ~= 2 and n ~= 3 then wrong('TemporalConvolution', 1, 'input', '2D or 3D (batch mode) tensor expected, got %sD',
      n) end
   if input:size(n) ~= self.inputFrameSize then
      wrong('TemporalConvolution', 1, 'input', 'invalid input frame size. Got: %d, Expected: %d', input:size(n),
         self.inputFrameSize)
   end
   local t = input:size(n - 1)
   if t < self.kW then
      wrong('TemporalConvolution', 1, 'input', 'input sequence smaller than kernel size. Got: %d, Expected: %d', t, self.kW)
   end
   return n == 3 and input:size(1) or 1, t, math.floor((t - self.kW) / self.dW) + 1
end

-- (batch times) x (kW frame): what every output frame sees
local function unfolded(self, input)
   local b, t, out = sizes(self, input)
   local x = input:contiguous():view(b, t, self.inputFrameSize):unfold(2, self.kW, self.dW)
   return x:transpose(3, 4):contiguous():view(b * out, self.kW * self.inputFrameSize), b, t, out
end

function TemporalConvolution:updateOutput(input)
   local x, b, _, out = unfolded(self, input)
   self.weight.THNN.Linear_updateOutput(x, self.output, self.weight, self.bias)
   if input:dim() == 3 then self.output:resize(b, out, self.outputFrameSize) end
   return self.output
end

function TemporalConvolution:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   local b, t, out = sizes(self, input)
   local f = self.inputFrameSize
   local g = gradOutput:contiguous():view(b * out, self.outputFrameSize)
   local col = torch.mm(g, self.weight):view(b, out, self.kW, f)
   self.gradInput:resizeAs(input):zero()
   local storage, offset = self.gradInput:storage(), self.gradInput:storageOffset()
   for k = 1, self.kW do -- frames k, k + dW, ...
      local frames = col.new():set(storage, offset + (k - 1) * f, torch.LongStorage{b, out, f},
         torch.LongStorage{t * f, self.dW * f, 1})
      frames:add(col:select(3, k))
   end
   return self.gradInput
end

function TemporalConvolution:accGradParameters(input, gradOutput, scale)
   local x, b, _, out = unfolded(self, input)
   local g = gradOutput:contiguous():view(b * out, self.outputFrameSize)
   self.weight.THNN.Linear_accGradParameters(x, g, nil, nil, nil, self.gradWeight, self.gradBias, nil, scale or 1)
end

TemporalConvolution.sharedAccUpdateGradParameters = TemporalConvolution.defaultAccUpdateGradParameters
