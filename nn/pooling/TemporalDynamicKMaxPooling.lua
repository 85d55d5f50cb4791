-- nn.TemporalDynamicKMaxPooling(minK [, factor = 0]): the k largest of every feature over time, in order of time, with
-- k = max(minK, ceil(factor T)).
--
-- Input: (N x) T x features; output: (N x) k x features.
--
-- > nn.TemporalDynamicKMaxPooling(2):forward(torch.Tensor{5, 1, 7}:view(3, 1)):view(2)
--  5
--  7
-- [torch.DoubleTensor of size 2]
--
-- Source: N. Kalchbrenner, E. Grefenstette, P. Blunsom, A convolutional neural network for modelling sentences, 2014.
local TemporalDynamicKMaxPooling, parent = torch.class('nn.TemporalDynamicKMaxPooling', 'nn.Module')
local wrong = require('nn.check').wrong

function TemporalDynamicKMaxPooling:__init(minK, factor)
   parent.__init(self)
   self.minK = minK
   self.factor = factor or 0
end

function TemporalDynamicKMaxPooling:updateOutput(input)
   local n = input:dim()
   if n ~= 2 and n ~= 3 then
      wrong('TemporalDynamicKMaxPooling', 1, 'input', 'only 2D or 3D (batch mode) input, got %sD', n)
   end
   local t = n - 1
   local k = math.max(self.minK, math.ceil(self.factor * input:size(t)))
   if k > input:size(t) then
      wrong('TemporalDynamicKMaxPooling', 1, 'input', 'input of %d time steps is shorter than k = %d', input:size(t), k)
   end
   local _, largest = input:topk(k, t, true)
   self.indices = largest:sort(t)
   self.output = input:gather(t, self.indices)
   return self.output
end

function TemporalDynamicKMaxPooling:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   self.gradInput:resizeAs(input):zero():scatter(input:dim() - 1, self.indices, gradOutput)
   return self.gradInput
end

function TemporalDynamicKMaxPooling:clearState()
   nn.utils.clear(self, 'indices')
   return parent.clearState(self)
end
