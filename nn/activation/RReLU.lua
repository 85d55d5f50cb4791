-- nn.RReLU([lower = 1/8, upper = 1/3, inplace = false]): x where x > 0, else slope x. In training every element's slope
-- is drawn from U(lower, upper); otherwise it is (lower + upper) / 2.
--
-- Input: any shape; output: the same. The field noise holds the slopes of the last pass.
--
-- > m = nn.RReLU(0.25, 0.75)
-- > m:evaluate()
-- > m:forward(torch.Tensor{-2, 3})
-- -1
--  3
-- [torch.DoubleTensor of size 2]
--
-- Source: B. Xu, N. Wang, T. Chen, M. Li, Empirical evaluation of rectified activations in convolutional network, 2015.
local RReLU, parent = torch.class('nn.RReLU', 'nn.Module')
local expect = require('nn.check').expect

function RReLU:__init(l, u, ip)
   parent.__init(self)
   self.lower = l or 1 / 8
   self.upper = u or 1 / 3
   expect(self.lower >= 0, self, 1, 'lower', 'at least 0 expected, got %s', self.lower)
   expect(self.upper >= self.lower, self, 2, 'upper', 'at least lower, %s, expected, got %s', self.lower, self.upper)
   self.noise = torch.Tensor()
   self.train = true
   self.inplace = ip or false
end

function RReLU:updateOutput(input)
   input.THNN.RReLU_updateOutput(input, self.output, self.noise, self.lower, self.upper, self.train, self.inplace)
   return self.output
end

function RReLU:updateGradInput(input, gradOutput)
   input.THNN.RReLU_updateGradInput(input, gradOutput, self.gradInput, self.noise, self.lower, self.upper,
      self.train, self.inplace)
   return self.gradInput
end

function RReLU:clearState()
   if self.noise then self.noise:set() end
   return parent.clearState(self)
end

function RReLU:__tostring__()
   return string.format('%s (l:%f, u:%f)', torch.type(self), self.lower, self.upper)
end
