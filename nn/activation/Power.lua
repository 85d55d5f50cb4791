-- nn.Power(pow): x^pow of every element.
--
-- Input: any shape; output: the same. nan for a negative x unless pow is whole.
--
-- > nn.Power(3):forward(torch.Tensor{-2, 3})
--  -8
--  27
-- [torch.DoubleTensor of size 2]
local Power, parent = torch.class('nn.Power', 'nn.Module')
local fail = require('nn.check').fail

function Power:__init(p)
   parent.__init(self)
   self.pow = p
   if not p then fail(self, 'nn.Power(power)') end
end

function Power:updateOutput(input)
   self.output:resizeAs(input):copy(input)
   self.output:pow(self.pow)
   return self.output
end

function Power:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):copy(input)
   self.gradInput:pow(self.pow - 1)
   self.gradInput:cmul(gradOutput):mul(self.pow)
   return self.gradInput
end
