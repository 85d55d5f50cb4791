-- nn.SpatialMaxPooling(kW, kH [, dW = kW, dH = kH, padW = 0, padH = 0]): largest element of windows of kH x kW.
--
-- Input: (N x) C x H x W; output: (N x) C x oH x oW with oH = floor((H + 2 padH - kH) / dH) + 1, or rounded up after
-- ceil(). pad is at most half of k. The field indices has the place of each maximum in its plane, 1 .. H W; of equal
-- ones the first counts.
--
-- > nn.SpatialMaxPooling(2, 2):forward(torch.range(1, 4):view(1, 2, 2)):view(1)
--  4
-- [torch.DoubleTensor of size 1]
local SpatialMaxPooling, parent = torch.class('nn.SpatialMaxPooling', 'nn.Module')

function SpatialMaxPooling:__init(kW, kH, dW, dH, padW, padH)
   parent.__init(self)
   self.kW, self.kH = kW, kH
   self.dW, self.dH = dW or kW, dH or kH
   self.padW, self.padH = padW or 0, padH or 0
   self.ceil_mode = false
   self.indices = torch.LongTensor()
end

--- module:ceil() -> module: rounds the output's size up from now on.
function SpatialMaxPooling:ceil()
   self.ceil_mode = true
   return self
end

--- module:floor() -> module: rounds the output's size down from now on, as at first.
function SpatialMaxPooling:floor()
   self.ceil_mode = false
   return self
end

function SpatialMaxPooling:updateOutput(input)
   self.indices = nn.utils.long(self.indices, input)
   self.padW, self.padH = self.padW or 0, self.padH or 0 -- absent in old files
   input.THNN.SpatialMaxPooling_updateOutput(input, self.output, self.indices, self.kW, self.kH, self.dW, self.dH,
      self.padW, self.padH, self.ceil_mode)
   self.iheight, self.iwidth = input:size(input:dim() - 1), input:size(input:dim()) -- for unpooling
   return self.output
end

function SpatialMaxPooling:updateGradInput(input, gradOutput)
   input.THNN.SpatialMaxPooling_updateGradInput(input, gradOutput, self.gradInput, self.indices, self.kW, self.kH,
      self.dW, self.dH, self.padW, self.padH, self.ceil_mode)
   return self.gradInput
end

--- module:empty() -> module: another name of clearState.
function SpatialMaxPooling:empty() return self:clearState() end

function SpatialMaxPooling:clearState()
   if self.indices then self.indices:set() end
   return parent.clearState(self)
end

SpatialMaxPooling.__tostring__ = nn.utils.windowText
