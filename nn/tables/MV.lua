-- nn.MV([trans = false]): product of a matrix and a vector, or of every pair of two batches; trans transposes the
-- matrix.
--
-- Input: {M, v}, n x m and m, or N x n x m and N x m; output: n, or N x n.
--
-- > nn.MV():forward{torch.Tensor{{1, 2}, {3, 4}}, torch.ones(2)}
--  3
--  7
-- [torch.DoubleTensor of size 2]
local MV, parent = torch.class('nn.MV', 'nn.Module')
local expect = require('nn.check').expect

function MV:__init(trans)
   parent.__init(self)
   self.trans = trans or false
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

local function check(input)
   expect(#input == 2, 'MV', 1, 'input', 'must be a pair of minibatch matrices')
   local m, v = input[1], input[2]
   expect(m:nDimension() == 2 or m:nDimension() == 3, 'MV', 1, 'input', 'input matrix must be 2D or 3D')
   expect(v:nDimension() == m:nDimension() - 1, 'MV', 1, 'input', 'input vector must be %sD', (m:nDimension() - 1))
   expect(m:nDimension() == 2 or m:size(1) == v:size(1), 'MV', 1, 'input', 'inputs must have the same number of batches')
   return m, v
end

function MV:updateOutput(input)
   local m, v = check(input)
   if self.trans then m = m:transpose(m:dim() - 1, m:dim()) end
   expect(m:size(m:dim()) == v:size(v:dim()), 'MV', 1, 'input', 'matrix and vector sizes do not match')
   if m:dim() == 2 then
      self.output:resize(m:size(1))
      self.output:mv(m, v)
   else
      self.output:resize(m:size(1), m:size(2), 1)
      self.output:bmm(m, v:contiguous():view(v:size(1), v:size(2), 1)):resize(m:size(1), m:size(2))
   end
   return self.output
end

function MV:updateGradInput(input, gradOutput)
   local m, v = check(input)
   if #self.gradInput ~= 2 then self.gradInput = {m.new(), v.new()} end
   local gm, gv = self.gradInput[1], self.gradInput[2]
   gm:resizeAs(m)
   gv:resizeAs(v)
   local n = m:dim() == 3 and m:size(1) or 1
   local g3 = gradOutput:contiguous():view(n, -1, 1)
   local v3 = v:contiguous():view(n, 1, -1)
   local m3 = m:dim() == 3 and m or m:contiguous():view(1, m:size(1), m:size(2))
   if self.trans then
      gm:view(n, m3:size(2), m3:size(3)):bmm(v3:transpose(2, 3), g3:transpose(2, 3))
      gv:view(n, -1, 1):bmm(m3, g3)
   else
      gm:view(n, m3:size(2), m3:size(3)):bmm(g3, v3)
      gv:view(n, -1, 1):bmm(m3:transpose(2, 3), g3)
   end
   return self.gradInput
end
