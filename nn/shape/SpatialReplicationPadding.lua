-- nn.SpatialReplicationPadding(pad_l [, pad_r = pad_l, pad_t = pad_l, pad_b = pad_l]): images continued by their
-- border.
--
-- Input: (N x) C x H x W. Negative sizes crop.
--
-- > nn.SpatialReplicationPadding(1, 1, 0, 0):forward(torch.Tensor{5, 6, 7}:view(1, 1, 3))
-- (1,.,.) =
--   5  5  6  7  7
-- [torch.DoubleTensor of size 1x1x5]
require('nn.shape.padding').define(torch.class('nn.SpatialReplicationPadding', 'nn.Module'), 'SpatialReplicationPadding')
