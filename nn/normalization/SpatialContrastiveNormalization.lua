-- nn.SpatialContrastiveNormalization([nInputPlane = 1, kernel = ones 9 x 9, threshold = 1e-4, thresval = threshold]):
-- nn.SpatialSubtractiveNormalization, then nn.SpatialDivisiveNormalization, with the same kernel.
--
-- Input: (N x) nInputPlane x H x W; output: the same. The kernel's sizes are odd.
--
-- > #nn.SpatialContrastiveNormalization():forward(torch.ones(1, 12, 12))
--   1
--  12
--  12
-- [torch.LongStorage of size 3]
local SpatialContrastiveNormalization, parent = torch.class('nn.SpatialContrastiveNormalization', 'nn.Module')

function SpatialContrastiveNormalization:__init(nInputPlane, kernel, threshold, thresval)
   parent.__init(self)
   self.nInputPlane = nInputPlane or 1
   self.kernel = kernel or torch.Tensor(9, 9):fill(1)
   self.threshold = threshold or 1e-4
   self.thresval = thresval or threshold or 1e-4
   nn.SpatialSubtractiveNormalization._kernel('SpatialContrastiveNormalization', self.nInputPlane, self.kernel)
   self.normalizer = nn.Sequential()
      :add(nn.SpatialSubtractiveNormalization(self.nInputPlane, self.kernel))
      :add(nn.SpatialDivisiveNormalization(self.nInputPlane, self.kernel, self.threshold, self.thresval))
end

function SpatialContrastiveNormalization:updateOutput(input)
   self.output = self.normalizer:forward(input)
   return self.output
end

function SpatialContrastiveNormalization:updateGradInput(input, gradOutput)
   self.gradInput = self.normalizer:backward(input, gradOutput)
   return self.gradInput
end
