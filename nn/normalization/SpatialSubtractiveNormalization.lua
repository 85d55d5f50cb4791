-- nn.SpatialSubtractiveNormalization([nInputPlane = 1, kernel = ones 9 x 9]): subtracts the mean of the neighbourhood,
-- weighted by the kernel, over all planes; at the border, of what is there.
--
-- kernel: a matrix or a vector, which is applied along height and width, of odd sizes. Input: (N x) nInputPlane x H x
-- W; output: the same.
--
-- > nn.SpatialSubtractiveNormalization():forward(torch.ones(1, 12, 12)):abs():max() < 1e-12
-- true
local SpatialSubtractiveNormalization, parent = torch.class('nn.SpatialSubtractiveNormalization', 'nn.Module')
local wrong, describe = require('nn.check').wrong, require('libtorch').describe

-- Adds the weighted mean over the neighbourhood to a network; used by SpatialDivisiveNormalization too.
function SpatialSubtractiveNormalization._addMean(net, nInputPlane, kernel)
   local h, w = math.floor(kernel:size(1) / 2), math.floor(kernel:size(kernel:dim()) / 2)
   net:add(nn.SpatialZeroPadding(w, w, h, h))
   if kernel:dim() == 2 then
      local conv = nn.SpatialConvolution(nInputPlane, 1, kernel:size(2), kernel:size(1))
      for i = 1, nInputPlane do conv.weight[1][i]:copy(kernel) end
      conv.bias:zero()
      net:add(conv)
   else
      local along = nn.SpatialConvolutionMap(nn.tables.oneToOne(nInputPlane), kernel:size(1), 1)
      local across = nn.SpatialConvolution(nInputPlane, 1, 1, kernel:size(1))
      for i = 1, nInputPlane do
         along.weight[i]:copy(kernel)
         across.weight[1][i]:copy(kernel)
      end
      along.bias:zero()
      across.bias:zero()
      net:add(along):add(across)
   end
   return net:add(nn.Replicate(nInputPlane, 1, 3))
end

-- the kernel with sum 1 over all planes
function SpatialSubtractiveNormalization._kernel(class, nInputPlane, kernel)
   kernel = (kernel or torch.Tensor(9, 9):fill(1)):clone()
   local dims = kernel:nDimension()
   if dims ~= 2 and dims ~= 1 then wrong(class, 2, 'kernel', '1-D or 2-D tensor expected, got %s', describe(kernel)) end
   if kernel:size(1) % 2 == 0 or dims == 2 and kernel:size(2) % 2 == 0 then
      wrong(class, 2, 'kernel', 'odd sizes expected, got %s', describe(kernel))
   end
   -- a 1-D kernel is applied twice
   return kernel:div(kernel:sum() * (dims == 2 and nInputPlane or math.sqrt(nInputPlane)))
end

-- means of ones, for the border, in the shape of the input
function SpatialSubtractiveNormalization._coefficients(self, input)
   local n = input:dim()
   if n ~= 3 and n ~= 4 or input:size(n - 2) ~= self.nInputPlane then
      wrong(self, 1, 'input', 'expected input of (batch x) %d x height x width, got %s', self.nInputPlane,
         table.concat(input:size():totable(), ' x '))
   end
   local h, w = input:size(n - 1), input:size(n)
   if self.coef:dim() ~= 3 or self.coef:size(2) ~= h or self.coef:size(3) ~= w
      or self.coef:size(1) ~= self.nInputPlane then
      local ones = input.new():resize(self.nInputPlane, h, w):fill(1)
      self.coef = self.meanestimator:updateOutput(ones):contiguous():viewAs(ones):clone()
   end
   return n == 4 and self.coef:view(1, self.nInputPlane, h, w):expandAs(input) or self.coef
end

function SpatialSubtractiveNormalization:__init(nInputPlane, kernel)
   parent.__init(self)
   self.nInputPlane = nInputPlane or 1
   self.kernel = self._kernel('SpatialSubtractiveNormalization', self.nInputPlane, kernel)
   self.meanestimator = self._addMean(nn.Sequential(), self.nInputPlane, self.kernel)
   self.subtractor = nn.CSubTable()
   self.divider = nn.CDivTable()
   self.coef = torch.Tensor(1, 1, 1)
end

function SpatialSubtractiveNormalization:updateOutput(input)
   local coef = self._coefficients(self, input)
   self.localsums = self.meanestimator:updateOutput(input):contiguous():viewAs(input)
   self.adjustedsums = self.divider:updateOutput{self.localsums, coef}
   self.output = self.subtractor:updateOutput{input, self.adjustedsums}
   return self.output
end

function SpatialSubtractiveNormalization:updateGradInput(input, gradOutput)
   local coef = self._coefficients(self, input)
   self.gradInput:resizeAs(input):zero()
   local g = self.subtractor:updateGradInput({input, self.adjustedsums}, gradOutput)
   local gsums = self.divider:updateGradInput({self.localsums, coef}, g[2])
   self.gradInput:add(self.meanestimator:updateGradInput(input, gsums[1]:contiguous():viewAs(self.meanestimator.output))):add(g[1])
   return self.gradInput
end

function SpatialSubtractiveNormalization:clearState()
   self.meanestimator:clearState()
   self.localsums, self.adjustedsums = nil, nil
   return parent.clearState(self)
end
