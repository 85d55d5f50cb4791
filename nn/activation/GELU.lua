-- nn.GELU([approximate = false]): x times the probability that a normal variable is less than x, x (1 + erf(x / sqrt 2)) / 2: a
-- smooth ReLU, whose least value is -0.170 at x = -0.752. approximate = true takes
-- x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 instead, as GPT-2 does; it differs by less than 5e-4.
-- Source: D. Hendrycks, K. Gimpel, Gaussian error linear units, 2016.
local GELU, parent = torch.class('nn.GELU', 'nn.Module')

GELU.__arguments = '[approximate boolean]'

function GELU:__init(approximate)
   parent.__init(self)
   self.approximate = approximate or false
end

function GELU:updateOutput(input)
   input.THNN.GELU_updateOutput(input, self.output, self.approximate)
   return self.output
end

function GELU:updateGradInput(input, gradOutput)
   input.THNN.GELU_updateGradInput(input, gradOutput, self.gradInput, self.approximate)
   return self.gradInput
end

function GELU:__tostring__() return torch.type(self) .. (self.approximate and '(tanh)' or '') end

function GELU.__cases()
   return {{nn.GELU(), torch.DoubleTensor(3, 4), -6, 6}, {nn.GELU(true), torch.DoubleTensor(3, 4), -6, 6}}
end
