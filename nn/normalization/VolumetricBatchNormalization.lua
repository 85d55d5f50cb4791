-- nn.VolumetricBatchNormalization: nn.BatchNormalization over batch x planes x time x height x width.
local VolumetricBatchNormalization = torch.class('nn.VolumetricBatchNormalization', 'nn.BatchNormalization')
VolumetricBatchNormalization.__version = 2
VolumetricBatchNormalization.nDim = 5
