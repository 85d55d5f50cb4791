-- nn.SpatialLogSoftMax(): nn.LogSoftMax over the planes of images.
torch.class('nn.SpatialLogSoftMax', 'nn.LogSoftMax')
