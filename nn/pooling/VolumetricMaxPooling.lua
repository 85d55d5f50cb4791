-- nn.VolumetricMaxPooling(kT, kW, kH [, dT = kT, dW = kW, dH = kH, padT = 0, padW = 0, padH = 0]): largest element of
-- windows over time, height and width.
--
-- Input: (N x) C x T x H x W; output: (N x) C x oT x oH x oW with oT = floor((T + 2 padT - kT) / dT) + 1, or rounded up
-- after ceil().
--
-- > #nn.VolumetricMaxPooling(2, 2, 2):forward(torch.ones(1, 4, 6, 8))
--  1
--  2
--  3
--  4
-- [torch.LongStorage of size 4]
local VolumetricMaxPooling, parent = torch.class('nn.VolumetricMaxPooling', 'nn.Module')

VolumetricMaxPooling.__version = 2

function VolumetricMaxPooling:__init(kT, kW, kH, dT, dW, dH, padT, padW, padH)
   parent.__init(self)
   self.kT, self.kW, self.kH = kT, kW, kH
   self.dT, self.dW, self.dH = dT or kT, dW or kW, dH or kH
   self.padT, self.padW, self.padH = padT or 0, padW or 0, padH or 0
   self.ceil_mode = false
   self.indices = torch.LongTensor()
end

--- module:ceil() -> module: rounds the output's size up from now on.
function VolumetricMaxPooling:ceil()
   self.ceil_mode = true
   return self
end

--- module:floor() -> module: rounds the output's size down from now on, as at first.
function VolumetricMaxPooling:floor()
   self.ceil_mode = false
   return self
end

function VolumetricMaxPooling:updateOutput(input)
   local dims = input:dim()
   self.itime, self.iheight, self.iwidth = input:size(dims - 2), input:size(dims - 1), input:size(dims)
   self.indices = nn.utils.long(self.indices, input)
   input.THNN.VolumetricMaxPooling_updateOutput(input, self.output, self.indices, self.kT, self.kW, self.kH, self.dT,
      self.dW, self.dH, self.padT, self.padW, self.padH, self.ceil_mode)
   return self.output
end

function VolumetricMaxPooling:updateGradInput(input, gradOutput)
   input.THNN.VolumetricMaxPooling_updateGradInput(input, gradOutput, self.gradInput, self.indices, self.kT, self.kW,
      self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.ceil_mode)
   return self.gradInput
end

--- module:empty(): another name of clearState.
function VolumetricMaxPooling:empty() self:clearState() end

function VolumetricMaxPooling:clearState()
   if self.indices then self.indices:set() end
   return parent.clearState(self)
end

function VolumetricMaxPooling:read(file, version)
   parent.read(self, file)
   if version < 2 then self.ceil_mode = false end
end

function VolumetricMaxPooling:__tostring__()
   local s = string.format('%s(%dx%dx%d, %d,%d,%d', torch.type(self), self.kT, self.kW, self.kH, self.dT, self.dW, self.dH)
   if self.padT ~= 0 or self.padW ~= 0 or self.padH ~= 0 then
      s = s .. ', ' .. self.padT .. ',' .. self.padW .. ',' .. self.padH
   end
   return s .. ')'
end
