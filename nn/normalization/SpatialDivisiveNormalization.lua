-- nn.SpatialDivisiveNormalization([nInputPlane = 1, kernel = ones 9 x 9, threshold = 1e-4, thresval = threshold]):
-- divides by the standard deviation of the neighbourhood, weighted by the kernel, over all planes.
--
-- Deviations of at most threshold are replaced by thresval. Input: (N x) nInputPlane x H x W; output: the same.
--
-- > #nn.SpatialDivisiveNormalization():forward(torch.ones(1, 12, 12))
--   1
--  12
--  12
-- [torch.LongStorage of size 3]
local SpatialDivisiveNormalization, parent = torch.class('nn.SpatialDivisiveNormalization', 'nn.Module')
local subtractive = nn.SpatialSubtractiveNormalization

function SpatialDivisiveNormalization:__init(nInputPlane, kernel, threshold, thresval)
   parent.__init(self)
   self.nInputPlane = nInputPlane or 1
   self.kernel = subtractive._kernel('SpatialDivisiveNormalization', self.nInputPlane, kernel)
   self.threshold = threshold or 1e-4
   self.thresval = thresval or threshold or 1e-4
   self.meanestimator = subtractive._addMean(nn.Sequential(), self.nInputPlane, self.kernel)
   self.stdestimator = subtractive._addMean(nn.Sequential():add(nn.Square()), self.nInputPlane, self.kernel):add(nn.Sqrt())
   self.normalizer = nn.CDivTable()
   self.divider = nn.CDivTable()
   self.thresholder = nn.Threshold(self.threshold, self.thresval)
   self.coef = torch.Tensor(1, 1, 1)
end

function SpatialDivisiveNormalization:updateOutput(input)
   local coef = subtractive._coefficients(self, input)
   self.localstds = self.stdestimator:updateOutput(input):contiguous():viewAs(input)
   self.adjustedstds = self.divider:updateOutput{self.localstds, coef}
   self.thresholdedstds = self.thresholder:updateOutput(self.adjustedstds)
   self.output = self.normalizer:updateOutput{input, self.thresholdedstds}
   return self.output
end

function SpatialDivisiveNormalization:updateGradInput(input, gradOutput)
   local coef = subtractive._coefficients(self, input)
   self.gradInput:resizeAs(input):zero()
   local g = self.normalizer:updateGradInput({input, self.thresholdedstds}, gradOutput)
   local gadjusted = self.thresholder:updateGradInput(self.adjustedstds, g[2])
   local gstds = self.divider:updateGradInput({self.localstds, coef}, gadjusted)
   self.gradInput:add(self.stdestimator:updateGradInput(input, gstds[1]:contiguous():viewAs(self.stdestimator.output))):add(g[1])
   return self.gradInput
end

function SpatialDivisiveNormalization:clearState()
   self.meanestimator:clearState()
   self.stdestimator:clearState()
   self.localstds, self.adjustedstds, self.thresholdedstds = nil, nil, nil
   return parent.clearState(self)
end
