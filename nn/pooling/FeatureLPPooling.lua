-- nn.FeatureLPPooling(width, stride, power [, batch_mode = false]): power-norms over windows of `width` features.
--
-- Input: features, of up to two more dimensions; with batch_mode N x features and so on. width: 2 .. 16; stride: 1 ..
-- 4; the output has floor((features - width) / stride) + 1 features.
--
-- > nn.FeatureLPPooling(2, 2, 2):forward(torch.Tensor{3, 4, 6, 8})
--   5
--  10
-- [torch.DoubleTensor of size 2]
local wrong = require('nn.check').wrong
local FeatureLPPooling, parent = torch.class('nn.FeatureLPPooling', 'nn.Module')

function FeatureLPPooling:__init(width, stride, power, batch_mode)
   parent.__init(self)
   if width < 2 or width > 16 then wrong(self, 1, 'width', '2 to 16 expected, got %d', width) end
   if stride < 1 or stride > 4 then wrong(self, 2, 'stride', '1 to 4 expected, got %d', stride) end
   self.width, self.stride, self.power = width, stride, power
   self.batch_mode = batch_mode
end

function FeatureLPPooling:updateOutput(input)
   input.THNN.FeatureLPPooling_updateOutput(input, self.output, self.power, self.width, self.stride, self.batch_mode)
   return self.output
end

function FeatureLPPooling:updateGradInput(input, gradOutput)
   if gradOutput:type() ~= input:type() or not gradOutput:isSameSizeAs(self.output) then -- the kernel counts otherwise
      wrong('FeatureLPPooling', 2, 'gradOutput', 'expected %s of %s, got %s of %s', input:type(),
         table.concat(self.output:size():totable(), ' x '), gradOutput:type(), table.concat(gradOutput:size():totable(), ' x '))
   end
   input.THNN.FeatureLPPooling_updateGradInput(gradOutput, input, self.output, self.gradInput, self.power, self.width,
      self.stride, self.batch_mode)
   return self.gradInput
end

function FeatureLPPooling:__tostring__()
   return string.format('%s(w%d s%d power %g%s)', torch.type(self), self.width, self.stride, self.power,
      self.batch_mode and ', batch mode' or '')
end
