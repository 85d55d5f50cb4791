-- nn.SpatialSoftMax(): nn.SoftMax over the planes of images.
torch.class('nn.SpatialSoftMax', 'nn.SoftMax')
