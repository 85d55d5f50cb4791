-- nn.AddConstant(constant [, inplace = false]): x + constant, a number, or a vector that is added to every row.
--
-- Input: any shape; d or N x d for a vector of d; output: the same. inplace changes the input, and backward changes it
-- back.
--
-- > nn.AddConstant(10):forward(torch.Tensor{1, 2})
--  11
--  12
-- [torch.DoubleTensor of size 2]
local AddConstant, parent = torch.class('nn.AddConstant', 'nn.Module')
local expect, describe = require('nn.check').expect, require('libtorch').describe

function AddConstant:__init(constant_scalar, ip)
   parent.__init(self)
   local c = constant_scalar
   expect(not torch.isTensor(c) or c:dim() == 1 or (c:dim() == 2 and c:size(1) == c:nElement()), self, 1, 'constant',
      'a number or a 1-D tensor expected, got %s', describe(c))
   self.constant_scalar = constant_scalar
   self.inplace = ip or false
end

-- the constant in a form that can be added to x
local function constant(self, x)
   local c = self.constant_scalar
   if not torch.isTensor(c) then return c end
   expect(x:nDimension() <= 2 and x:size(x:nDimension()) == c:size(1), 'AddConstant', 1, 'input',
      'input dimensions don\'t match the constant')
   return x:nDimension() == 1 and c or c:view(1, -1):expandAs(x)
end

function AddConstant:updateOutput(input)
   local c = constant(self, input)
   if self.inplace then
      input:add(c)
      self.output:set(input)
   else
      self.output:resizeAs(input):copy(input):add(c)
   end
   return self.output
end

function AddConstant:updateGradInput(input, gradOutput)
   if self.inplace then
      self.gradInput:set(gradOutput)
      local c = constant(self, input)
      if torch.isTensor(c) then input:add(-1, c) else input:add(-c) end -- undoes the forward pass
   else
      self.gradInput:resizeAs(input):copy(gradOutput)
   end
   return self.gradInput
end
