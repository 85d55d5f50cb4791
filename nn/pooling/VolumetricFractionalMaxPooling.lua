-- nn.VolumetricFractionalMaxPooling(poolSizeT, poolSizeW, poolSizeH, outT, outW, outH): nn.SpatialFractionalMaxPooling
-- over time, too.
--
-- outT, outW, outH: output sizes, or ratios of output to input when less than 1. Unlike other volumetric modules' its
-- input has time last: (N x) C x H x W x T; output: (N x) C x outH x outW x outT.
--
-- > #nn.VolumetricFractionalMaxPooling(2, 2, 2, 3, 4, 5):forward(torch.ones(1, 10, 8, 6))
--  1
--  5
--  4
--  3
-- [torch.LongStorage of size 4]
local VolumetricFractionalMaxPooling, parent = torch.class('nn.VolumetricFractionalMaxPooling', 'nn.Module')
local check = require 'nn.check'
local wrong, expect = check.wrong, check.expect

function VolumetricFractionalMaxPooling:__init(poolSizeT, poolSizeW, poolSizeH, arg1, arg2, arg3)
   parent.__init(self)
   expect(poolSizeT >= 2, self, 1, 'poolSizeT', 'at least 2 expected, got %s', poolSizeT)
   expect(poolSizeW >= 2, self, 2, 'poolSizeW', 'at least 2 expected, got %s', poolSizeW)
   expect(poolSizeH >= 2, self, 3, 'poolSizeH', 'at least 2 expected, got %s', poolSizeH)
   self.poolSizeT, self.poolSizeW, self.poolSizeH = poolSizeT, poolSizeW, poolSizeH
   self.newRandomPool = false
   self.randomSamples = nil
   if arg1 >= 1 and arg2 >= 1 and arg3 >= 1 then
      self.outT, self.outW, self.outH = arg1, arg2, arg3
   else
      for i, r in ipairs{arg1, arg2, arg3} do
         expect(r > 0 and r < 1, self, 3 + i, ('out%s'):format(('TWH'):sub(i, i)),
            'three output sizes, or three ratios between 0 and 1, expected; got %s, %s and %s', arg1, arg2, arg3)
      end
      self.ratioT, self.ratioW, self.ratioH = arg1, arg2, arg3
   end
end

-- samples for (batch x) planes
function VolumetricFractionalMaxPooling:getBufferSize_(input)
   local n = input:dim()
   if n == 4 then return 1, input:size(1) end
   if n == 5 then return input:size(1), input:size(2) end
   wrong('VolumetricFractionalMaxPooling', 1, 'input', 'must be 4D or 5D (batch mode), got %sD', n)
end

function VolumetricFractionalMaxPooling:initSampleBuffer_(input)
   local batch, planes = self:getBufferSize_(input)
   if self.randomSamples and not self.newRandomPool then
      local s = self.randomSamples
      if s:size(1) ~= batch or s:size(2) ~= planes then
         wrong('VolumetricFractionalMaxPooling', 1, 'input', 'fixed regions are for %d x %d planes, got %d x %d',
            s:size(1), s:size(2), batch, planes)
      end
      return
   end
   self.randomSamples = input.new():resize(batch, planes, 3):uniform()
end

-- time, width and height
function VolumetricFractionalMaxPooling:getOutputSizes_(input)
   local n = input:dim()
   local outT = self.outT or math.floor(input:size(n) * self.ratioT)
   local outW = self.outW or math.floor(input:size(n - 1) * self.ratioW)
   local outH = self.outH or math.floor(input:size(n - 2) * self.ratioH)
   local function check(what, out, pool, size)
      expect(out + pool - 1 < size, 'VolumetricFractionalMaxPooling', 1, 'input',
         'pool %s too large for that of the input', what)
   end
   check('time', outT, self.poolSizeT, input:size(n))
   check('width', outW, self.poolSizeW, input:size(n - 1))
   check('height', outH, self.poolSizeH, input:size(n - 2))
   return outT, outW, outH
end

--- module:fixPoolingRegions([fixed = true]) -> module: keeps the regions that were drawn, or will be next; false: draws
-- them for every pass again.
function VolumetricFractionalMaxPooling:fixPoolingRegions(val)
   if val == nil then val = true end
   self.newRandomPool = not val
   return self
end

function VolumetricFractionalMaxPooling:updateOutput(input)
   self.indices = nn.utils.long(self.indices, input)
   self:initSampleBuffer_(input)
   local outT, outW, outH = self:getOutputSizes_(input)
   input.THNN.VolumetricFractionalMaxPooling_updateOutput(input, self.output, outT, outW, outH, self.poolSizeT,
      self.poolSizeW, self.poolSizeH, self.indices, self.randomSamples)
   return self.output
end

function VolumetricFractionalMaxPooling:updateGradInput(input, gradOutput)
   if not self.randomSamples then check.fail(self, 'updateGradInput: forward has to come before it') end
   local outT, outW, outH = self:getOutputSizes_(input)
   input.THNN.VolumetricFractionalMaxPooling_updateGradInput(input, gradOutput, self.gradInput, outT, outW, outH,
      self.poolSizeT, self.poolSizeW, self.poolSizeH, self.indices)
   return self.gradInput
end

--- module:empty(): another name of clearState.
function VolumetricFractionalMaxPooling:empty() self:clearState() end

function VolumetricFractionalMaxPooling:clearState()
   self.indices = nil
   self.randomSamples = nil
   return parent.clearState(self)
end

function VolumetricFractionalMaxPooling:__tostring__()
   return string.format('%s(%dx%dx%d, %d,%d,%d)', torch.type(self), self.outT or 0, self.outW or 0, self.outH or 0,
      self.poolSizeT, self.poolSizeW, self.poolSizeH)
end
