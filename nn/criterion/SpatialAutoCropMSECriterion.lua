-- nn.SpatialAutoCropMSECriterion([sizeAverage = true]): nn.MSECriterion to the centre of a larger target.
--
-- Input: (N x) C x h x w; target: (N x) C x H x W with H >= h and W >= w.
--
-- > nn.SpatialAutoCropMSECriterion():forward(torch.zeros(1, 1, 1), torch.ones(1, 3, 3))
-- 1
local SpatialAutoCropMSECriterion, parent = torch.class('nn.SpatialAutoCropMSECriterion', 'nn.MSECriterion')

local function cropped(input, target)
   local n = input:dim()
   local h, w = input:size(n - 1), input:size(n)
   local top = math.floor((target:size(n - 1) - h) / 2) + 1
   local left = math.floor((target:size(n) - w) / 2) + 1
   return target:narrow(n - 1, top, h):narrow(n, left, w)
end

function SpatialAutoCropMSECriterion:updateOutput(input, target)
   return parent.updateOutput(self, input, cropped(input, target))
end

function SpatialAutoCropMSECriterion:updateGradInput(input, target)
   return parent.updateGradInput(self, input, cropped(input, target))
end
