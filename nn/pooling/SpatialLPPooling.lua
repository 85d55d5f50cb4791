-- nn.SpatialLPPooling(nInputPlane, pnorm, kW, kH [, dW = kW, dH = kH]): p-norm of windows; pnorm may be math.huge.
--
-- Input: (N x) nInputPlane x H x W; output: (N x) nInputPlane x oH x oW with oH = floor((H - kH) / dH) + 1.
--
-- > nn.SpatialLPPooling(1, 2, 2, 1):forward(torch.Tensor{3, 4}:view(1, 1, 2)):view(1)
--  5
-- [torch.DoubleTensor of size 1]
local SpatialLPPooling, parent = torch.class('nn.SpatialLPPooling', 'nn.Sequential')

function SpatialLPPooling:__init(nInputPlane, pnorm, kW, kH, dW, dH)
   parent.__init(self)
   dW, dH = dW or kW, dH or kH
   self.kW, self.kH, self.dW, self.dH = kW, kH, dW, dH
   if pnorm == math.huge then
      self:add(nn.Abs()):add(nn.SpatialMaxPooling(kW, kH, dW, dH))
      return
   end
   if pnorm == 2 then self:add(nn.Square()) else self:add(nn.Power(pnorm)) end
   self:add(nn.SpatialAveragePooling(kW, kH, dW, dH))
   self:add(nn.MulConstant(kW * kH))
   if pnorm == 2 then self:add(nn.Sqrt()) else self:add(nn.Power(1 / pnorm)) end
end

-- Where powers leave the type's range, the norm is taken of the input over its largest element: a norm scales.
function SpatialLPPooling:updateOutput(input)
   self.scaled = nil
   local output = parent.updateOutput(self, input)
   local top = output:max()
   if top ~= math.huge and top ~= 0 then return output end
   local largest = math.max(input:max(), -input:min())
   if largest == 0 or largest == math.huge then return output end
   self.scaled = input / largest
   self.output = parent.updateOutput(self, self.scaled) * largest
   return self.output
end

-- The gradient of a norm does not change with the scale.
function SpatialLPPooling:_backward(method, input, ...)
   return parent._backward(self, method, self.scaled or input, ...)
end

-- nothing is learned
function SpatialLPPooling:reset() end
function SpatialLPPooling:accGradParameters() end
function SpatialLPPooling:accUpdateGradParameters() end
function SpatialLPPooling:zeroGradParameters() end
function SpatialLPPooling:updateParameters() end

function SpatialLPPooling:clearState()
   self.scaled = nil
   return parent.clearState(self)
end
