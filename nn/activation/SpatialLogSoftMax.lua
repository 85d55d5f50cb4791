-- nn.SpatialLogSoftMax(): nn.LogSoftMax over the planes of images.
local SpatialLogSoftMax = torch.class('nn.SpatialLogSoftMax', 'nn.LogSoftMax')
