-- nn.SpatialZeroPadding(pad_l [, pad_r = pad_l, pad_t = pad_l, pad_b = pad_l]): zeros around images; negative sizes
-- crop.
--
-- Input: (N x) C x H x W; output: (N x) C x (H + pad_t + pad_b) x (W + pad_l + pad_r).
--
-- > nn.SpatialZeroPadding(1, 1, 0, 0):forward(torch.Tensor{5, 6, 7}:view(1, 1, 3))
-- (1,.,.) =
--   0  5  6  7  0
-- [torch.DoubleTensor of size 1x1x5]
local padding = require 'nn.shape.padding'
local SpatialZeroPadding = torch.class('nn.SpatialZeroPadding', 'nn.Module')
local wrong = require('nn.check').wrong
SpatialZeroPadding.__init, SpatialZeroPadding.__tostring__ = padding.init, padding.text

-- the part of the larger image that is in both: of x from cropping, of y from padding
local function overlap(self, x, y)
   local h, w = x:dim() - 1, x:dim()
   local function both(dim, before, after)
      local n = x:size(dim) + math.min(before, 0) + math.min(after, 0)
      x = x:narrow(dim, 1 + math.max(-before, 0), n)
      y = y:narrow(dim, 1 + math.max(before, 0), n)
   end
   both(h, self.pad_t, self.pad_b)
   both(w, self.pad_l, self.pad_r)
   return x, y
end

function SpatialZeroPadding:updateOutput(input)
   local n = input:dim()
   if n ~= 3 and n ~= 4 then wrong('SpatialZeroPadding', 1, 'input', 'must be 3 or 4-dimensional') end
   local size = input:size()
   size[n - 1] = size[n - 1] + self.pad_t + self.pad_b
   size[n] = size[n] + self.pad_l + self.pad_r
   if size[n - 1] < 1 or size[n] < 1 then wrong('SpatialZeroPadding', 1, 'input', 'input is too small') end
   self.output:resize(size):zero()
   local x, y = overlap(self, input, self.output)
   y:copy(x)
   return self.output
end

function SpatialZeroPadding:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):zero()
   local x, y = overlap(self, self.gradInput, gradOutput)
   x:copy(y)
   return self.gradInput
end
