-- nn.SpatialReplicationPadding(left [, right, top, bottom]): images continued by their border.
-- Negative sizes crop.
require('nn.shape.padding').define(torch.class('nn.SpatialReplicationPadding', 'nn.Module'), 'SpatialReplicationPadding')
