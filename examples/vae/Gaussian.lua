--- nn.Gaussian(): a code drawn from a normal distribution whose mean and log of variance are given.
--
-- Input {mean, logvar}, tensors of one shape; output mean + exp(logvar / 2) * noise, with fresh noise in each forward pass; without
-- noise in evaluation mode. forward leaves in `divergence` that of the distribution from the standard one, summed,
--
--    KL = sum (exp(logvar) + mean^2 - 1 - logvar) / 2,
--
-- and backward adds its gradient to that of the output: a net with this module is trained on the sum of both.
-- Source: Kingma and Welling, Auto-encoding variational Bayes, 2014.
local Gaussian, parent = torch.class('nn.Gaussian', 'nn.Module')

function Gaussian:__init()
   parent.__init(self)
   self.noise, self.deviation = torch.Tensor(), torch.Tensor()
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

function Gaussian:updateOutput(input)
   local mean, logvar = input[1], input[2]
   self.deviation:mul(logvar, 0.5):exp()
   self.noise:resizeAs(mean)
   if self.train == false then self.noise:zero() else self.noise:normal() end
   self.divergence = (self.deviation:dot(self.deviation) + mean:dot(mean) - mean:nElement() - logvar:sum()) / 2
   return self.output:cmul(self.deviation, self.noise):add(mean)
end

-- With output = mean + s * noise, s = exp(logvar / 2): ds/dlogvar = s / 2, and d KL/dlogvar = (s^2 - 1) / 2.
function Gaussian:updateGradInput(input, gradOutput)
   self.gradInput[1]:add(gradOutput, input[1])
   self.gradInput[2]:cmul(gradOutput, self.noise):add(self.deviation):cmul(self.deviation):add(-1):div(2)
   return self.gradInput
end
