-- nn.SpatialDropout([p = 0.5, stochasticInference = false]): in training sets whole planes to 0 with probability p; in
-- evaluation scales by 1 - p.
--
-- Input: C x H x W or N x C x H x W; output: the same. There is no scaling in training. backward is for training only.
--
-- > m = nn.SpatialDropout(0.25)
-- > m:evaluate()
-- > m:forward(torch.ones(1, 1, 1)):view(1)
--  0.7500
-- [torch.DoubleTensor of size 1]
--
-- Source: J. Tompson et al., Efficient object localization using convolutional networks, 2015.
local SpatialDropout, parent = torch.class('nn.SpatialDropout', 'nn.Module')
local fail = require('nn.check').fail
local wrong = require('nn.check').wrong

-- dimensions of one sample
SpatialDropout._sampleDim = 3

function SpatialDropout:__init(p, stochasticInference)
   parent.__init(self)
   self.p = p or 0.5
   self.train = true
   self.stochastic_inference = stochasticInference or false
   self.noise = torch.Tensor()
end

function SpatialDropout:updateOutput(input)
   self.output:resizeAs(input):copy(input)
   if not (self.train or self.stochastic_inference) then
      self.output:mul(1 - self.p)
      return self.output
   end
   local n = input:dim()
   if n ~= self._sampleDim and n ~= self._sampleDim + 1 then
      wrong(self, 1, 'input', 'Input must be %dD (nbatch, nfeat, ...) or %dD (nfeat, ...), got %dD', self._sampleDim + 1,
         self._sampleDim, n)
   end
   local size = input:size()
   for d = n - self._sampleDim + 2, n do size[d] = 1 end
   self.noise:resize(size):bernoulli(1 - self.p)
   self.output:cmul(self.noise:expandAs(input))
   return self.output
end

function SpatialDropout:updateGradInput(input, gradOutput)
   if not self.train then fail(self, 'backprop only defined while training') end
   self.gradInput:resizeAs(gradOutput):copy(gradOutput)
   self.gradInput:cmul(self.noise:expandAs(input))
   return self.gradInput
end

--- module:setp(p): sets the probability to be dropped.
function SpatialDropout:setp(p) self.p = p end

function SpatialDropout:clearState()
   if self.noise then self.noise:set() end
   return parent.clearState(self)
end

function SpatialDropout:__tostring__() return string.format('%s(%f)', torch.type(self), self.p) end
