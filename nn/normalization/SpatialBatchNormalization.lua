-- nn.SpatialBatchNormalization: nn.BatchNormalization over batch x planes x height x width.
local SpatialBatchNormalization = torch.class('nn.SpatialBatchNormalization', 'nn.BatchNormalization')
SpatialBatchNormalization.__version = 2
SpatialBatchNormalization.nDim = 4
