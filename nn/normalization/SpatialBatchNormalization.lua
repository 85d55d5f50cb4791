-- nn.SpatialBatchNormalization(nOutput [, eps = 1e-5, momentum = 0.1, affine = true]): nn.BatchNormalization of the
-- planes of images, over batch, height and width.
--
-- Input: N x nOutput x H x W; output: the same.
--
-- > #nn.SpatialBatchNormalization(3):forward(torch.ones(2, 3, 4, 5))
--  2
--  3
--  4
--  5
-- [torch.LongStorage of size 4]
local SpatialBatchNormalization = torch.class('nn.SpatialBatchNormalization', 'nn.BatchNormalization')
SpatialBatchNormalization.__version = 2
SpatialBatchNormalization.nDim = 4
