-- nn.ELU([alpha = 1, inplace = false]): x where x > 0, else alpha (exp(x) - 1).
--
-- Input: any shape; output: the same, above -alpha. inplace overwrites the input, and in the backward pass the gradient
-- of the output.
--
-- > nn.ELU():forward(torch.Tensor{0, 3})
--  0
--  3
-- [torch.DoubleTensor of size 2]
--
-- Source: D.-A. Clevert, T. Unterthiner, S. Hochreiter, Fast and accurate deep network learning by exponential linear
-- units, 2016.
local ELU, parent = torch.class('nn.ELU', 'nn.Module')

function ELU:__init(alpha, inplace)
   parent.__init(self)
   self.alpha = alpha or 1
   self.inplace = inplace or false
end

function ELU:updateOutput(input)
   input.THNN.ELU_updateOutput(input, self.output, self.alpha, self.inplace or false)
   return self.output
end

function ELU:updateGradInput(input, gradOutput)
   input.THNN.ELU_updateGradInput(input, gradOutput, self.gradInput, self.output, self.alpha, self.inplace or false)
   return self.gradInput
end

function ELU:__tostring__() return string.format('%s (alpha:%f)', torch.type(self), self.alpha) end
