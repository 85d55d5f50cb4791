-- nn.InstanceNorm(channels [, eps = 1e-5, affine = false]): every channel of every sample, N x channels x ..., is brought to mean
-- 0 and variance 1 over its positions, then, with affine, scaled by weight and shifted by bias. No running statistics are kept.
--
--    nn.InstanceNorm(32):forward(torch.randn(8, 32, 14, 14))
--
-- Source: D. Ulyanov, A. Vedaldi, V. Lempitsky, Instance normalization, 2016.
local InstanceNorm, parent = torch.class('nn.InstanceNorm', 'nn.GroupNorm')

InstanceNorm.__arguments = 'channels size, [eps number], [affine boolean]'

function InstanceNorm:__init(channels, eps, affine) parent.__init(self, channels, channels, eps, affine or false) end

function InstanceNorm:__tostring__() return ('%s(%d)'):format(torch.type(self), self.channels) end

function InstanceNorm.__cases()
   return {{nn.InstanceNorm(3), torch.DoubleTensor(2, 3, 5)},
      {nn.InstanceNorm(2, 1e-4, true), torch.DoubleTensor(3, 2, 3, 2)}}
end
