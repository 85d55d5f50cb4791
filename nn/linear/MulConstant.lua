-- nn.MulConstant(constant [, inplace = false]): constant x.
--
-- Input: any shape; output: the same. inplace changes the input, and backward changes it back.
--
-- > nn.MulConstant(10):forward(torch.Tensor{1, 2})
--  10
--  20
-- [torch.DoubleTensor of size 2]
local MulConstant, parent = torch.class('nn.MulConstant', 'nn.Module')

function MulConstant:__init(constant_scalar, ip)
   parent.__init(self)
   self.constant_scalar = constant_scalar
   self.inplace = ip or false
end

function MulConstant:updateOutput(input)
   if self.inplace then
      input:mul(self.constant_scalar)
      self.output:set(input)
   else
      self.output:mul(input, self.constant_scalar)
   end
   return self.output
end

function MulConstant:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   if self.inplace then
      gradOutput:mul(self.constant_scalar)
      self.gradInput:set(gradOutput)
      input:div(self.constant_scalar) -- undoes the forward pass
   else
      self.gradInput:mul(gradOutput, self.constant_scalar)
   end
   return self.gradInput
end
