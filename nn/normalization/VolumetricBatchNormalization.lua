-- nn.VolumetricBatchNormalization(nOutput [, eps = 1e-5, momentum = 0.1, affine = true]): nn.BatchNormalization of the
-- planes of volumes, over batch, time, height and width.
--
-- Input: N x nOutput x T x H x W; output: the same.
--
-- > #nn.VolumetricBatchNormalization(3):forward(torch.ones(2, 3, 4, 5, 6))
--  2
--  3
--  4
--  5
--  6
-- [torch.LongStorage of size 5]
local VolumetricBatchNormalization = torch.class('nn.VolumetricBatchNormalization', 'nn.BatchNormalization')
VolumetricBatchNormalization.__version = 2
VolumetricBatchNormalization.nDim = 5
