-- nn.Bilinear(inputSize1, inputSize2, outputSize [, bias = true]): y_k = x1' W_k x2 + b_k.
--
-- Input: {x1, x2}, N x inputSize1 and N x inputSize2; output: N x outputSize. Fields: weight, outputSize x inputSize1 x
-- inputSize2; bias.
--
-- > #nn.Bilinear(3, 4, 2):forward{torch.ones(5, 3), torch.ones(5, 4)}
--  5
--  2
-- [torch.LongStorage of size 2]
local Bilinear, parent = torch.class('nn.Bilinear', 'nn.Module')
local expect = require('nn.check').expect

function Bilinear:__assertInput(input)
   expect(input and type(input) == 'table' and #input == 2, 'Bilinear', 1, 'input',
      'input should be a table containing two data Tensors')
   expect(input[1]:nDimension() == 2 and input[2]:nDimension() == 2, 'Bilinear', 1, 'input',
      'input Tensors should be two-dimensional')
   expect(input[1]:size(1) == input[2]:size(1), 'Bilinear', 1, 'input',
      'input Tensors should have the same number of rows (instances)')
   expect(input[1]:size(2) == self.weight:size(2), 'Bilinear', 1, 'input', 'dimensionality of first input is erroneous')
   expect(input[2]:size(2) == self.weight:size(3), 'Bilinear', 1, 'input', 'dimensionality of second input is erroneous')
end

function Bilinear:__assertInputGradOutput(input, gradOutput)
   expect(input[1]:size(1) == gradOutput:size(1), 'Bilinear', 2, 'gradOutput',
      'number of rows in gradOutput does not match input')
   expect(gradOutput:size(2) == self.weight:size(1), 'Bilinear', 2, 'gradOutput',
      'number of columns in gradOutput does not output size of layer')
end

function Bilinear:__init(inputSize1, inputSize2, outputSize, bias)
   parent.__init(self)
   if bias == nil then bias = true end
   self.weight = torch.Tensor(outputSize, inputSize1, inputSize2)
   self.gradWeight = torch.Tensor(outputSize, inputSize1, inputSize2)
   if bias then
      self.bias = torch.Tensor(outputSize)
      self.gradBias = torch.Tensor(outputSize)
   end
   self.gradInput = {torch.Tensor(), torch.Tensor()}
   self:reset()
end

function Bilinear:reset(stdv)
   if stdv then expect(type(stdv) == 'number' and stdv > 0, self, 1, 'stdv', 'a number above 0 expected, got %s', tostring(stdv))
      stdv = stdv * math.sqrt(3)
   else
      stdv = 1 / math.sqrt(self.weight:size(2))
   end
   self.weight:uniform(-stdv, stdv)
   if self.bias then self.bias:uniform(-stdv, stdv) end
   return self
end

function Bilinear:updateOutput(input)
   self:__assertInput(input)
   self.buff2 = self.buff2 or self.output.new()
   self.buff2:resizeAs(input[2])
   self.output:resize(input[1]:size(1), self.weight:size(1))
   for k = 1, self.weight:size(1) do
      torch.mm(self.buff2, input[1], self.weight[k])
      self.buff2:cmul(input[2])
      self.output:narrow(2, k, 1):copy(self.buff2:sum(2))
   end
   if self.bias then self.output:add(self.bias:view(1, -1):expandAs(self.output)) end
   return self.output
end

function Bilinear:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   self:__assertInput(input)
   self:__assertInputGradOutput(input, gradOutput)
   if #self.gradInput ~= 2 then self.gradInput = {input[1].new(), input[2].new()} end
   local g1, g2 = self.gradInput[1], self.gradInput[2]
   g1:resizeAs(input[1]):zero()
   g2:resizeAs(input[2]):zero()
   for k = 1, self.weight:size(1) do
      local g = gradOutput:narrow(2, k, 1)
      g1:add(torch.cmul(g:expandAs(g1), torch.mm(input[2], self.weight[k]:t())))
      g2:add(torch.cmul(g:expandAs(g2), torch.mm(input[1], self.weight[k])))
   end
   return self.gradInput
end

function Bilinear:accGradParameters(input, gradOutput, scale)
   self:__assertInput(input)
   self:__assertInputGradOutput(input, gradOutput)
   for k = 1, self.weight:size(1) do
      local scaled = torch.cmul(input[1], gradOutput:narrow(2, k, 1):expandAs(input[1]))
      self.gradWeight[k]:addmm(scale or 1, scaled:t(), input[2])
   end
   if self.bias then self.gradBias:add(scale or 1, gradOutput:sum(1):view(-1)) end
end

Bilinear.sharedAccUpdateGradParameters = Bilinear.defaultAccUpdateGradParameters

function Bilinear:clearState()
   nn.utils.clear(self, 'buff1', 'buff2')
   return parent.clearState(self)
end

function Bilinear:__tostring__()
   return torch.type(self) .. string.format('(%dx%d -> %d) %s', self.weight:size(2), self.weight:size(3),
      self.weight:size(1), (self.bias == nil and ' without bias' or ''))
end
