-- nn.TemporalMaxPooling(kW [, dW = kW]): largest element of every feature over windows of kW frames.
--
-- Input: (N x) T x features; output: (N x) T' x features with T' = floor((T - kW) / dW) + 1. The field indices has the
-- places, from 0 in each window.
--
-- > nn.TemporalMaxPooling(2):forward(torch.Tensor{5, 1, 7, 8}:view(4, 1)):view(2)
--  5
--  8
-- [torch.DoubleTensor of size 2]
local TemporalMaxPooling, parent = torch.class('nn.TemporalMaxPooling', 'nn.Module')
local wrong = require('nn.check').wrong

function TemporalMaxPooling:__init(kW, dW)
   parent.__init(self)
   self.kW = kW
   self.dW = dW or kW
end

function TemporalMaxPooling:updateOutput(input)
   local n = input:dim()
   if n ~= 2 and n ~= 3 then wrong('TemporalMaxPooling', 1, 'input', '2D or 3D (batch mode) tensor expected, got %sD',
      n) end
   if input:size(n - 1) < self.kW then
      wrong('TemporalMaxPooling', 1, 'input', 'input sequence smaller than kernel size. Got: %d, Expected: %d',
         input:size(n - 1), self.kW)
   end
   local values, indices = input:unfold(n - 1, self.kW, self.dW):max(n + 1)
   local size = values:size()
   size:resize(n)
   self.output:resize(size):copy(values)
   self.indices = indices:view(size):add(-1) -- 0-based, in the window
   return self.output
end

function TemporalMaxPooling:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   self.gradInput:resizeAs(input):zero()
   local n, out = input:dim(), gradOutput:size(gradOutput:dim() - 1)
   for k = 1, self.kW do -- windows whose k-th element was the largest
      local frames = self.gradInput:narrow(n - 1, k, (out - 1) * self.dW + 1):unfold(n - 1, 1, self.dW):select(n + 1, 1)
      frames:add(torch.cmul(gradOutput, self.indices:eq(k - 1):typeAs(gradOutput)))
   end
   return self.gradInput
end

--- module:empty(): another name of clearState.
function TemporalMaxPooling:empty() self:clearState() end

function TemporalMaxPooling:clearState()
   if self.indices then self.indices:set() end
   return parent.clearState(self)
end
