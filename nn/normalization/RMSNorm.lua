-- nn.RMSNorm(size [, eps = 1e-6, affine = true]): the last dimension of an input, or the last ones where `size` is a LongStorage,
-- divided by its root mean square, x / sqrt(mean(x^2) + eps), and, with affine, multiplied by weight (1 at first).
--
--    nn.RMSNorm(128):forward(torch.randn(16, 64, 128))
--
-- Source: B. Zhang, R. Sennrich, Root mean square layer normalization, 2019.
local RMSNorm = torch.class('nn.RMSNorm', 'nn.LayerNorm')

RMSNorm.__arguments = 'size size|torch.LongStorage, [eps number], [affine boolean]'
RMSNorm.centred = false
RMSNorm.defaultEps = 1e-6

function RMSNorm.__cases()
   local T = torch.DoubleTensor
   return {{nn.RMSNorm(5), T(3, 5)}, {nn.RMSNorm(35), T(2, 2, 35)}, {nn.RMSNorm(4, 1e-3, false), T(4)}}
end
