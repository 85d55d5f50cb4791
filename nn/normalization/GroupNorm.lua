-- nn.GroupNorm(groups, channels [, eps = 1e-5, affine = true]): samples, N x channels x ..., whose channels are cut into `groups`
-- neighbouring ones; every group of a sample is brought to mean 0 and variance 1 (the biased one, plus eps), then, with
-- affine, every channel is scaled by weight (1 at first) and shifted by bias (0). It is the same in training and evaluation.
--
--    nn.GroupNorm(4, 32):forward(torch.randn(8, 32, 14, 14))
--
-- Errors: groups must divide channels; the input must have dimension 2 of that size.
-- Source: Y. Wu, K. He, Group normalization, 2018.
local GroupNorm, parent = torch.class('nn.GroupNorm', 'nn.Module')
local wrong = require('nn.check').wrong

GroupNorm.__arguments = 'groups size, channels size, [eps number], [affine boolean]'
GroupNorm.centred = true -- whether the mean is subtracted

function GroupNorm:__init(groups, channels, eps, affine)
   parent.__init(self)
   if channels % groups ~= 0 then wrong('GroupNorm', 1, 'groups', '%d do not divide %d channels', groups, channels) end
   self.groups, self.channels = groups, channels
   self:_start(torch.LongStorage{channels}, eps or 1e-5, affine)
end

-- eps and the parameters, of that size.
function GroupNorm:_start(size, eps, affine)
   self.eps = eps
   self.mean, self.invstd = torch.Tensor(), torch.Tensor()
   if affine == false then return end
   self.weight, self.gradWeight = torch.Tensor(size), torch.Tensor(size):zero()
   if self.centred then self.bias, self.gradBias = torch.Tensor(size), torch.Tensor(size):zero() end
   self:reset()
end

function GroupNorm:reset()
   if self.weight then self.weight:fill(1) end
   if self.bias then self.bias:zero() end
end

-- The channels of an input, positions of each and groups of a sample, as the kernels want them.
function GroupNorm:_shape(input)
   if input:dim() < 2 or input:size(2) ~= self.channels then
      wrong(self, 1, 'input', 'expected N x %d x ..., got %s', self.channels, nn.utils.sizeText(input))
   end
   local positions = 1
   for d = 3, input:dim() do positions = positions * input:size(d) end
   return self.channels, positions, self.groups
end

function GroupNorm:updateOutput(input)
   local channels, positions, groups = self:_shape(input)
   input.THNN.GroupNorm_updateOutput(input, self.output, self.weight, self.bias, self.mean, self.invstd, channels,
      positions, groups, self.centred, self.eps)
   return self.output
end

function GroupNorm:updateGradInput(input, gradOutput)
   local channels, positions, groups = self:_shape(input)
   input.THNN.GroupNorm_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.mean, self.invstd, channels,
      positions, groups, self.centred)
   return self.gradInput
end

function GroupNorm:accGradParameters(input, gradOutput, scale)
   if not self.weight then return end
   local channels, positions, groups = self:_shape(input)
   input.THNN.GroupNorm_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, self.mean, self.invstd,
      channels, positions, groups, scale or 1)
end

function GroupNorm:clearState()
   nn.utils.clear(self, 'mean', 'invstd')
   return parent.clearState(self)
end

function GroupNorm:__tostring__() return ('%s(%d groups of %d channels)'):format(torch.type(self), self.groups, self.channels) end

function GroupNorm.__cases()
   local T = torch.DoubleTensor
   return {{nn.GroupNorm(2, 6), T(3, 6, 5)}, {nn.GroupNorm(3, 3), T(2, 3, 2, 3)},
      {nn.GroupNorm(2, 4), T(3, 4)}, {nn.GroupNorm(1, 4, 1e-5, false), T(2, 4, 3)}}
end
