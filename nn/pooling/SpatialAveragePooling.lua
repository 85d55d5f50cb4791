-- nn.SpatialAveragePooling(kW, kH [, dW = 1, dH = 1, padW = 0, padH = 0]): mean of windows of kH x kW.
--
-- Input: (N x) C x H x W; output: (N x) C x oH x oW with oH = floor((H + 2 padH - kH) / dH) + 1, or rounded up after
-- ceil(). Zeros at the border count unless setCountExcludePad().
--
-- > nn.SpatialAveragePooling(2, 2):forward(torch.range(1, 4):view(1, 2, 2)):view(1)
--  2.5000
-- [torch.DoubleTensor of size 1]
local SpatialAveragePooling, parent = torch.class('nn.SpatialAveragePooling', 'nn.Module')

function SpatialAveragePooling:__init(kW, kH, dW, dH, padW, padH)
   parent.__init(self)
   self.kW, self.kH = kW, kH
   self.dW, self.dH = dW or 1, dH or 1
   self.padW, self.padH = padW or 0, padH or 0
   self.ceil_mode = false
   self.count_include_pad = true
   self.divide = true
end

--- module:ceil() -> module: rounds the output's size up from now on.
function SpatialAveragePooling:ceil()
   self.ceil_mode = true
   return self
end

--- module:floor() -> module: rounds the output's size down from now on, as at first.
function SpatialAveragePooling:floor()
   self.ceil_mode = false
   return self
end

--- module:setCountIncludePad() -> module: counts zeros around the image from now on, as at first.
function SpatialAveragePooling:setCountIncludePad()
   self.count_include_pad = true
   return self
end

--- module:setCountExcludePad() -> module: divides by the elements of the image only, from now on.
function SpatialAveragePooling:setCountExcludePad()
   self.count_include_pad = false
   return self
end

-- fields of files from old versions
local function backCompatibility(self)
   self.ceil_mode = self.ceil_mode or false
   if self.count_include_pad == nil then self.count_include_pad = true end
   if self.divide == nil then self.divide = true end
   self.padW, self.padH = self.padW or 0, self.padH or 0
end

function SpatialAveragePooling:updateOutput(input)
   backCompatibility(self)
   input.THNN.SpatialAveragePooling_updateOutput(input, self.output, self.kW, self.kH, self.dW, self.dH, self.padW,
      self.padH, self.ceil_mode, self.count_include_pad)
   if not self.divide then self.output:mul(self.kW * self.kH) end -- sums
   return self.output
end

function SpatialAveragePooling:updateGradInput(input, gradOutput)
   if self.gradInput then
      input.THNN.SpatialAveragePooling_updateGradInput(input, gradOutput, self.gradInput, self.kW, self.kH, self.dW,
         self.dH, self.padW, self.padH, self.ceil_mode, self.count_include_pad)
      if not self.divide then self.gradInput:mul(self.kW * self.kH) end
      return self.gradInput
   end
end

SpatialAveragePooling.__tostring__ = nn.utils.windowText
