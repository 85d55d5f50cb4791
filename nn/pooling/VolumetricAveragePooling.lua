-- nn.VolumetricAveragePooling(kT, kW, kH [, dT = kT, dW = kW, dH = kH, padT = 0, padW = 0, padH = 0]): mean of windows of
-- kT x kH x kW.
--
-- Input: (N x) C x T x H x W; output: (N x) C x oT x oH x oW with oT = floor((T + 2 padT - kT) / dT) + 1, or rounded up after
-- ceil(). Zeros at the border count unless setCountExcludePad().
--
-- > #nn.VolumetricAveragePooling(2, 2, 2):forward(torch.ones(1, 4, 6, 8))
--  1
--  2
--  3
--  4
-- [torch.LongStorage of size 4]
local VolumetricAveragePooling, parent = torch.class('nn.VolumetricAveragePooling', 'nn.Module')

function VolumetricAveragePooling:__init(kT, kW, kH, dT, dW, dH, padT, padW, padH)
   parent.__init(self)
   self.kT, self.kW, self.kH = kT, kW, kH
   self.dT, self.dW, self.dH = dT or kT, dW or kW, dH or kH
   self.padT, self.padW, self.padH = padT or 0, padW or 0, padH or 0
   self.ceil_mode, self.count_include_pad = false, true
end

--- module:ceil() -> module: rounds the output's size up from now on.
function VolumetricAveragePooling:ceil()
   self.ceil_mode = true
   return self
end

--- module:floor() -> module: rounds the output's size down from now on, as at first.
function VolumetricAveragePooling:floor()
   self.ceil_mode = false
   return self
end

--- module:setCountIncludePad() -> module: counts zeros around the volume from now on, as at first.
function VolumetricAveragePooling:setCountIncludePad()
   self.count_include_pad = true
   return self
end

--- module:setCountExcludePad() -> module: divides by the elements of the volume only, from now on.
function VolumetricAveragePooling:setCountExcludePad()
   self.count_include_pad = false
   return self
end

-- What kernels take; files of old versions have no pads.
local function window(self)
   return self.kT, self.kW, self.kH, self.dT, self.dW, self.dH, self.padT or 0, self.padW or 0, self.padH or 0,
      self.ceil_mode or false, self.count_include_pad ~= false
end

function VolumetricAveragePooling:updateOutput(input)
   input.THNN.VolumetricAveragePooling_updateOutput(input, self.output, window(self))
   return self.output
end

function VolumetricAveragePooling:updateGradInput(input, gradOutput)
   input.THNN.VolumetricAveragePooling_updateGradInput(input, gradOutput, self.gradInput, window(self))
   return self.gradInput
end

--- module:empty() -> module: another name of clearState.
function VolumetricAveragePooling:empty() return parent.clearState(self) end

function VolumetricAveragePooling:__tostring__()
   local s = string.format('%s(%dx%dx%d, %d,%d,%d', torch.type(self), self.kT, self.kW, self.kH, self.dT, self.dW, self.dH)
   local padT, padW, padH = self.padT or 0, self.padW or 0, self.padH or 0
   if padT + padW + padH > 0 then s = s .. string.format(', %d,%d,%d', padT, padW, padH) end
   return s .. ')'
end
