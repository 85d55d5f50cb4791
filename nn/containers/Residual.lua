-- nn.Residual(module): x + module(x), for a module whose output has its input's size.
--
--    nn.Residual(nn.Sequential():add(nn.LayerNorm(8)):add(nn.Linear(8, 8))):forward(torch.randn(5, 8))
local Residual, parent = torch.class('nn.Residual', 'nn.Decorator')
local check = require 'nn.check'

Residual.__arguments = 'module module'

function Residual:updateOutput(input)
   local y = self:rethrowErrors(self.modules[1], 1, 'updateOutput', input)
   if not torch.isTensor(y) or not y:isSameSizeAs(input) then
      check.wrong(self, 1, 'input', 'the module makes %s of %s: sizes must be equal', torch.isTensor(y) and nn.utils.sizeText(y)
         or torch.type(y), nn.utils.sizeText(input))
   end
   self.output:add(input, y)
   return self.output
end

function Residual:updateGradInput(input, gradOutput)
   self.gradInput:add(gradOutput, self:rethrowErrors(self.modules[1], 1, 'updateGradInput', input, gradOutput))
   return self.gradInput
end

function Residual:backward(input, gradOutput, scale)
   self.gradInput:add(gradOutput, self:rethrowErrors(self.modules[1], 1, 'backward', input, gradOutput, scale))
   return self.gradInput
end

function Residual.__cases()
   return {{nn.Residual(nn.Linear(4, 4)), torch.DoubleTensor(3, 4)}}
end
