-- nn.SpatialReflectionPadding(pad_l [, pad_r = pad_l, pad_t = pad_l, pad_b = pad_l]): images continued by their mirror
-- image, the border itself not repeated.
--
-- Input: (N x) C x H x W. Each size is less than the image's; negative ones crop.
--
-- > nn.SpatialReflectionPadding(1, 1, 0, 0):forward(torch.Tensor{5, 6, 7}:view(1, 1, 3))
-- (1,.,.) =
--   6  5  6  7  6
-- [torch.DoubleTensor of size 1x1x5]
require('nn.shape.padding').define(torch.class('nn.SpatialReflectionPadding', 'nn.Module'), 'SpatialReflectionPadding')
