-- nn.GradientReversal([lambda = 1]): the identity, whose gradient is -lambda times that of the output.
--
-- Input: a tensor, or a table of them; output: the input itself. What comes before learns to make hard what comes
-- after, as in adversarial training on domains.
--
-- > m = nn.GradientReversal(0.5)
-- > m:updateGradInput(torch.ones(2), torch.ones(2))
-- -0.5000
-- -0.5000
-- [torch.DoubleTensor of size 2]
--
-- Source: Y. Ganin, V. Lempitsky, Unsupervised domain adaptation by backpropagation, 2015.
local GradientReversal, parent = torch.class('nn.GradientReversal', 'nn.Module')

GradientReversal.__version = 2

function GradientReversal:__init(lambda)
   parent.__init(self)
   self.lambda = lambda or 1
end

--- module:setLambda([lambda = 1]): sets the factor of the gradient.
function GradientReversal:setLambda(lambda) self.lambda = lambda or 1 end

function GradientReversal:updateOutput(input)
   self.output:set(input)
   return self.output
end

function GradientReversal:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(gradOutput):copy(gradOutput):mul(-self.lambda)
   return self.gradInput
end

function GradientReversal:read(file, version)
   parent.read(self, file)
   if version < 2 then self.lambda = 1 end
end
