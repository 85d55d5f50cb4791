-- nn.Threshold([threshold = 1e-6, value = 0, inplace = false]): x where x > threshold, else value.
--
-- Input: any shape; output: the same. The gradient passes where x > threshold. With inplace, value must not exceed
-- threshold.
--
-- > nn.Threshold(1, -1):forward(torch.Tensor{0, 2})
-- -1
--  2
-- [torch.DoubleTensor of size 2]
local Threshold, parent = torch.class('nn.Threshold', 'nn.Module')
local fail = require('nn.check').fail

function Threshold:__init(th, v, ip)
   parent.__init(self)
   self.threshold = th or 1e-6
   self.val = v or 0
   self.inplace = ip or false
   self:validateParameters()
end

function Threshold:updateOutput(input)
   if self.inplace then self:validateParameters() end
   input.THNN.Threshold_updateOutput(input, self.output, self.threshold, self.val, self.inplace)
   return self.output
end

function Threshold:updateGradInput(input, gradOutput)
   if self.inplace then self:validateParameters() end
   input.THNN.Threshold_updateGradInput(input, gradOutput, self.gradInput, self.threshold, self.val, self.inplace)
   return self.gradInput
end

--- module:validateParameters(): raises when in place the backward pass, which sees the output, could not tell which
-- elements were above the threshold.
function Threshold:validateParameters()
   self.inplace = self.inplace or false
   if self.inplace and self.val > self.threshold then
      fail(self, 'in-place processing requires value (%g) not exceed threshold (%g)', self.val, self.threshold)
   end
end
