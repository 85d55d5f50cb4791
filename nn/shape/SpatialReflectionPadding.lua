-- nn.SpatialReflectionPadding(left [, right, top, bottom]): images continued by their mirror image, the border itself not repeated.
-- Negative sizes crop.
require('nn.shape.padding').define(torch.class('nn.SpatialReflectionPadding', 'nn.Module'), 'SpatialReflectionPadding')
