-- nn.MM([transA = false, transB = false]): product of two matrices, or of every pair of two batches; transA and transB
-- transpose first.
--
-- Input: {A, B}, n x m and m x p, or N x n x m and N x m x p; output: n x p, or N x n x p.
--
-- > nn.MM():forward{torch.Tensor{{1, 2}, {3, 4}}, torch.eye(2)}
--  1  2
--  3  4
-- [torch.DoubleTensor of size 2x2]
local MM, parent = torch.class('nn.MM', 'nn.Module')
local expect = require('nn.check').expect

function MM:__init(transA, transB)
   parent.__init(self)
   self.transA = transA or false
   self.transB = transB or false
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

local function product(r, a, b)
   if a:dim() == 2 then
      r:resize(a:size(1), b:size(2))
      r:mm(a, b)
   else
      r:resize(a:size(1), a:size(2), b:size(3))
      r:bmm(a, b)
   end
   return r
end

local function flipped(x, trans)
   if not trans then return x end
   return x:transpose(x:dim() - 1, x:dim())
end

local function check(input)
   expect(#input == 2, 'MM', 1, 'input', 'must be a pair of minibatch matrices')
   local a, b = input[1], input[2]
   expect(a:nDimension() == 2 or a:nDimension() == 3, 'MM', 1, 'input', 'input tensors must be 2D or 3D')
   expect(b:nDimension() == a:nDimension(), 'MM', 1, 'input', 'second input tensor must be %sD', a:nDimension())
   expect(a:nDimension() == 2 or a:size(1) == b:size(1), 'MM', 1, 'input',
      'inputs must contain the same number of minibatches')
   return a, b
end

function MM:updateOutput(input)
   local a, b = check(input)
   a, b = flipped(a, self.transA), flipped(b, self.transB)
   expect(a:size(a:dim()) == b:size(b:dim() - 1), 'MM', 1, 'input', 'matrix sizes do not match')
   return product(self.output, a, b)
end

function MM:updateGradInput(input, gradOutput)
   self.gradInput[1] = self.gradInput[1] or input[1].new()
   self.gradInput[2] = self.gradInput[2] or input[2].new()
   expect(#input == 2, 'MM', 1, 'input', 'must be a pair of tensors')
   local a, b = check(input)
   expect(gradOutput:dim() == a:dim(), 'MM', 2, 'gradOutput', 'arguments must be of the same dimension')
   local g = gradOutput
   if self.transA then product(self.gradInput[1], flipped(b, self.transB), flipped(g, true))
   else product(self.gradInput[1], g, flipped(b, not self.transB)) end
   if self.transB then product(self.gradInput[2], flipped(g, true), flipped(a, self.transA))
   else product(self.gradInput[2], flipped(a, not self.transA), g) end
   return self.gradInput
end
