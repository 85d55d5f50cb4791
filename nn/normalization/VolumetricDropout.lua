-- nn.VolumetricDropout([p = 0.5, stochasticInference = false]): nn.SpatialDropout for volumes.
--
-- Input: C x T x H x W or N x C x T x H x W; output: the same.
--
-- > m = nn.VolumetricDropout(0.25)
-- > m:evaluate()
-- > m:forward(torch.ones(1, 1, 1, 1)):view(1)
--  0.7500
-- [torch.DoubleTensor of size 1]
local VolumetricDropout = torch.class('nn.VolumetricDropout', 'nn.SpatialDropout')
VolumetricDropout._sampleDim = 4
