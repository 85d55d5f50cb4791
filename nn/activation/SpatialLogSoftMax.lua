-- nn.SpatialLogSoftMax(): nn.LogSoftMax over the planes of images, at every place.
--
-- Input: C x H x W or N x C x H x W; output: the same.
--
-- > nn.SpatialLogSoftMax():forward(torch.zeros(2, 1, 1)):view(2)
-- -0.6931
-- -0.6931
-- [torch.DoubleTensor of size 2]
torch.class('nn.SpatialLogSoftMax', 'nn.LogSoftMax')
