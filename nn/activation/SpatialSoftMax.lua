-- nn.SpatialSoftMax(): nn.SoftMax over the planes of images.
local SpatialSoftMax = torch.class('nn.SpatialSoftMax', 'nn.SoftMax')
