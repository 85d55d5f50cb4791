-- nn.VolumetricDropout: nn.SpatialDropout for planes x time x height x width.
local VolumetricDropout = torch.class('nn.VolumetricDropout', 'nn.SpatialDropout')
VolumetricDropout._sampleDim = 4
