-- nn.SpatialSoftMax(): nn.SoftMax over the planes of images, at every place.
--
-- Input: C x H x W or N x C x H x W; output: the same.
--
-- > nn.SpatialSoftMax():forward(torch.zeros(2, 1, 1)):view(2)
--  0.5000
--  0.5000
-- [torch.DoubleTensor of size 2]
torch.class('nn.SpatialSoftMax', 'nn.SoftMax')
