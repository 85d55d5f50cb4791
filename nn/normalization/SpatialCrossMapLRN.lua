-- nn.SpatialCrossMapLRN(size [, alpha = 1e-4, beta = 0.75, k = 1]): x / (k + alpha / size s)^beta, s being the sum of
-- x^2 over `size` neighbouring planes at the same place.
--
-- Input: (N x) C x H x W; output: the same.
--
-- > nn.SpatialCrossMapLRN(1, 1, 1, 0):forward(torch.Tensor(1, 1, 1):fill(4)):view(1)
--  0.2500
-- [torch.DoubleTensor of size 1]
--
-- Source: A. Krizhevsky, I. Sutskever, G. Hinton, ImageNet classification with deep convolutional neural networks,
-- 2012.
local SpatialCrossMapLRN, parent = torch.class('nn.SpatialCrossMapLRN', 'nn.Module')
local wrong = require('nn.check').wrong

function SpatialCrossMapLRN:__init(size, alpha, beta, k)
   parent.__init(self)
   self.size = size
   self.alpha = alpha or 0.0001
   self.beta = beta or 0.75
   self.k = k or 1
end

-- sums of x over neighbouring planes, dimension 2
local function neighbours(self, x)
   local reach, planes = math.floor((self.size - 1) / 2), x:size(2)
   local sum = x:clone()
   for shift = 1, math.min(reach, planes - 1) do
      local n = planes - shift
      sum:narrow(2, 1, n):add(x:narrow(2, shift + 1, n))
      sum:narrow(2, shift + 1, n):add(x:narrow(2, 1, n))
   end
   return sum
end

-- as a batch
local function batched(x)
   if x:dim() == 4 then return x end
   if x:dim() ~= 3 then wrong('SpatialCrossMapLRN', 1, 'input', 'must be 3D or 4D, got %sD', x:dim()) end
   return x:contiguous():view(1, x:size(1), x:size(2), x:size(3))
end

function SpatialCrossMapLRN:updateOutput(input)
   local x = batched(input)
   self.scale = neighbours(self, torch.cmul(x, x)):mul(self.alpha / self.size):add(self.k)
   self.output:pow(self.scale, -self.beta):cmul(x)
   if input:dim() == 3 then self.output:resizeAs(input) end
   return self.output
end

function SpatialCrossMapLRN:updateGradInput(input, gradOutput)
   local x, g, y = batched(input), batched(gradOutput), batched(self.output)
   local ratio = neighbours(self, torch.cmul(g, y):cdiv(self.scale))
   self.gradInput:pow(self.scale, -self.beta):cmul(g)
   self.gradInput:addcmul(-2 * self.alpha * self.beta / self.size, ratio, x)
   if input:dim() == 3 then self.gradInput:resizeAs(input) end
   return self.gradInput
end

function SpatialCrossMapLRN:clearState()
   nn.utils.clear(self, 'scale')
   return parent.clearState(self)
end
