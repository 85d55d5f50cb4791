-- nn.LeakyReLU([negval = 0.01, inplace = false]): x where x > 0, else negval x.
--
-- Input: any shape; output: the same. With inplace, negval must not be negative.
--
-- > nn.LeakyReLU(0.1):forward(torch.Tensor{-2, 3})
-- -0.2000
--  3.0000
-- [torch.DoubleTensor of size 2]
local LeakyReLU, parent = torch.class('nn.LeakyReLU', 'nn.Module')

function LeakyReLU:__init(negval, ip)
   parent.__init(self)
   if type(negval) == 'boolean' then
      self.inplace = negval
      self.negval = 1 / 100
   else
      self.negval = negval or 1 / 100
   end
   self.inplace = ip or false -- as in Torch7, a boolean in first place does not count
   if self.negval < 0 then self.inplace = false end
end

function LeakyReLU:updateOutput(input)
   input.THNN.LeakyReLU_updateOutput(input, self.output, self.negval, self.inplace)
   return self.output
end

function LeakyReLU:updateGradInput(input, gradOutput)
   input.THNN.LeakyReLU_updateGradInput(input, gradOutput, self.gradInput, self.negval, self.inplace)
   return self.gradInput
end

function LeakyReLU:__tostring__() return torch.type(self) .. string.format('(%g)', self.negval) end
