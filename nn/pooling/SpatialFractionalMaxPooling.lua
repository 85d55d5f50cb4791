-- nn.SpatialFractionalMaxPooling(poolSizeW, poolSizeH, outW, outH): largest elements of windows of poolSizeH x
-- poolSizeW at pseudorandom places.
--
-- outW, outH: sizes of the output, or ratios of output to input when less than 1. Places are drawn for every forward
-- pass unless fixPoolingRegions() was called. Input: (N x) C x H x W; output: (N x) C x outH x outW.
--
-- > #nn.SpatialFractionalMaxPooling(2, 2, 0.7, 0.7):forward(torch.ones(1, 10, 10))
--  1
--  7
--  7
-- [torch.LongStorage of size 3]
--
-- Source: B. Graham, Fractional max-pooling, 2014.
local SpatialFractionalMaxPooling, parent = torch.class('nn.SpatialFractionalMaxPooling', 'nn.Module')
local check = require 'nn.check'
local wrong, expect = check.wrong, check.expect

function SpatialFractionalMaxPooling:__init(poolSizeW, poolSizeH, arg1, arg2)
   parent.__init(self)
   expect(poolSizeW >= 2, self, 1, 'poolSizeW', 'at least 2 expected, got %s', poolSizeW)
   expect(poolSizeH >= 2, self, 2, 'poolSizeH', 'at least 2 expected, got %s', poolSizeH)
   self.poolSizeW, self.poolSizeH = poolSizeW, poolSizeH
   self.newRandomPool = false
   self.randomSamples = nil
   if arg1 >= 1 and arg2 >= 1 then
      self.outW, self.outH = arg1, arg2
   else
      for i, r in ipairs{arg1, arg2} do
         expect(r > 0 and r < 1, self, 2 + i, i == 1 and 'outW' or 'outH', 'two output sizes, or two ratios between 0 and 1, expected; got %s and %s', arg1, arg2)
      end
      self.ratioW, self.ratioH = arg1, arg2
   end
end

-- samples for (batch x) planes
function SpatialFractionalMaxPooling:getBufferSize_(input)
   local n = input:dim()
   if n == 3 then return 1, input:size(1) end
   if n == 4 then return input:size(1), input:size(2) end
   wrong('SpatialFractionalMaxPooling', 1, 'input', 'must be 3D or 4D (batch mode), got %sD', n)
end

function SpatialFractionalMaxPooling:initSampleBuffer_(input)
   local batch, planes = self:getBufferSize_(input)
   if self.randomSamples and not self.newRandomPool then
      local s = self.randomSamples
      if s:size(1) ~= batch or s:size(2) ~= planes then
         wrong('SpatialFractionalMaxPooling', 1, 'input', 'fixed regions are for %d x %d planes, got %d x %d', s:size(1),
            s:size(2), batch, planes)
      end
      return
   end
   self.randomSamples = input.new():resize(batch, planes, 2):uniform()
end

-- width and height
function SpatialFractionalMaxPooling:getOutputSizes_(input)
   local outW = self.outW or math.floor(input:size(input:dim()) * self.ratioW)
   local outH = self.outH or math.floor(input:size(input:dim() - 1) * self.ratioH)
   expect(outW + self.poolSizeW - 1 < input:size(input:dim()), 'SpatialFractionalMaxPooling', 1, 'input',
      'pool width too large for the width of the input')
   expect(outH + self.poolSizeH - 1 < input:size(input:dim() - 1), 'SpatialFractionalMaxPooling', 1, 'input',
      'pool height too large for the height of the input')
   return outW, outH
end

--- module:fixPoolingRegions([fixed = true]) -> module: keeps the regions that were drawn, or will be next; false: draws
-- them for every pass again.
function SpatialFractionalMaxPooling:fixPoolingRegions(val)
   if val == nil then val = true end
   self.newRandomPool = not val
   return self
end

function SpatialFractionalMaxPooling:updateOutput(input)
   self.indices = nn.utils.long(self.indices, input)
   self:initSampleBuffer_(input)
   local outW, outH = self:getOutputSizes_(input)
   input.THNN.SpatialFractionalMaxPooling_updateOutput(input, self.output, outW, outH, self.poolSizeW, self.poolSizeH,
      self.indices, self.randomSamples)
   return self.output
end

function SpatialFractionalMaxPooling:updateGradInput(input, gradOutput)
   if not self.randomSamples then check.fail(self, 'updateGradInput: forward has to come before it') end
   local outW, outH = self:getOutputSizes_(input)
   input.THNN.SpatialFractionalMaxPooling_updateGradInput(input, gradOutput, self.gradInput, outW, outH,
      self.poolSizeW, self.poolSizeH, self.indices)
   return self.gradInput
end

--- module:empty(): another name of clearState.
function SpatialFractionalMaxPooling:empty() self:clearState() end

function SpatialFractionalMaxPooling:clearState()
   self.indices = nil
   self.randomSamples = nil
   return parent.clearState(self)
end

function SpatialFractionalMaxPooling:__tostring__()
   return string.format('%s(%dx%d, %d,%d)', torch.type(self), self.outW or 0, self.outH or 0, self.poolSizeW,
      self.poolSizeH)
end
