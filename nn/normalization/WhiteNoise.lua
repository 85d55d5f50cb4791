-- nn.WhiteNoise([mean = 0, std = 0.1]): adds normal noise in training; its mean in evaluation.
--
-- Input: any shape; output: the same. backward is for training only.
--
-- > m = nn.WhiteNoise()
-- > m:evaluate()
-- > m:forward(torch.Tensor{1, 2})
--  1
--  2
-- [torch.DoubleTensor of size 2]
local WhiteNoise, parent = torch.class('nn.WhiteNoise', 'nn.Module')
local fail = require('nn.check').fail

function WhiteNoise:__init(mean, std)
   parent.__init(self)
   self.mean = mean or 0
   self.std = std or 0.1
   self.noise = torch.Tensor()
end

function WhiteNoise:updateOutput(input)
   self.output:resizeAs(input):copy(input)
   if self.train ~= false then
      self.noise:resizeAs(input):normal(self.mean, self.std)
      self.output:add(self.noise)
   elseif self.mean ~= 0 then
      self.output:add(self.mean)
   end
   return self.output
end

function WhiteNoise:updateGradInput(input, gradOutput)
   if self.train == false then fail(self, 'backprop only defined while training') end
   self.gradInput:resizeAs(gradOutput):copy(gradOutput)
   return self.gradInput
end

function WhiteNoise:clearState()
   if self.noise then self.noise:set() end
   return parent.clearState(self)
end

function WhiteNoise:__tostring__()
   return string.format('%s mean: %f, std: %f', torch.type(self), self.mean, self.std)
end
