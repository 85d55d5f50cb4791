-- nn.WeightedEuclidean(inputSize, outputSize): distance to every column of weight, each axis stretched by a learned
-- factor: sqrt(sum_i diagCov_i^2 (w_i - x_i)^2).
--
-- Input: inputSize, or N x inputSize; output: outputSize, or N x outputSize. Fields: weight and diagCov, inputSize x
-- outputSize.
--
-- > m = nn.WeightedEuclidean(2, 1)
-- > m.weight:zero();
-- > m:forward(torch.Tensor{3, 4})
--  5
-- [torch.DoubleTensor of size 1]
local WeightedEuclidean, parent = torch.class('nn.WeightedEuclidean', 'nn.Module')

function WeightedEuclidean:__init(inputSize, outputSize)
   parent.__init(self)
   self.weight = torch.Tensor(inputSize, outputSize)
   self.gradWeight = torch.Tensor(inputSize, outputSize)
   self.diagCov = torch.Tensor(inputSize, outputSize)
   self.gradDiagCov = torch.Tensor(inputSize, outputSize)
   self:reset()
end

function WeightedEuclidean:reset(stdv)
   stdv = nn.utils.uniformRange(stdv, self.weight:size(1))
   self.weight:uniform(-stdv, stdv)
   self.diagCov:fill(1)
end

function WeightedEuclidean:parameters()
   return {self.weight, self.diagCov}, {self.gradWeight, self.gradDiagCov}
end

-- n x inputs x outputs: x - w, and diagCov^2
local function differences(self, input)
   local x = input:dim() == 1 and input:contiguous():view(1, -1) or input:contiguous()
   local n, i, o = x:size(1), self.weight:size(1), self.weight:size(2)
   local d = x:view(n, i, 1):expand(n, i, o):clone()
   d:add(-1, self.weight:view(1, i, o):expand(n, i, o))
   return d, self.diagCov:view(1, i, o):expand(n, i, o), n, i, o
end

function WeightedEuclidean:updateOutput(input)
   local d, c, n, _, o = differences(self, input)
   self.output:resize(n, o)
   self.output:copy(torch.norm(d:cmul(c), 2, 2):view(n, o))
   if input:dim() == 1 then self.output:resize(o) end
   return self.output
end

local function factor(self, gradOutput, n, i, o)
   local f = torch.cdiv(gradOutput:contiguous():view(n, o), torch.add(self.output:view(n, o), 1e-7))
   return f:view(n, 1, o):expand(n, i, o)
end

function WeightedEuclidean:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   local d, c, n, i, o = differences(self, input)
   local g = d:cmul(c):cmul(c):cmul(factor(self, gradOutput, n, i, o))
   self.gradInput:resizeAs(input):copy(g:sum(3):view(input:size()))
   return self.gradInput
end

function WeightedEuclidean:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   local d, c, n, i, o = differences(self, input)
   local f = factor(self, gradOutput, n, i, o)
   local gc = torch.cmul(d, d):cmul(c):cmul(f)
   self.gradDiagCov:add(scale, gc:sum(1):view(i, o))
   self.gradWeight:add(-scale, d:cmul(c):cmul(c):cmul(f):sum(1):view(i, o))
end

function WeightedEuclidean:accUpdateGradParameters(input, gradOutput, lr)
   local gradWeight, gradDiagCov = self.gradWeight, self.gradDiagCov
   self.gradWeight, self.gradDiagCov = self.weight, self.diagCov
   self:accGradParameters(input, gradOutput, -lr)
   self.gradWeight, self.gradDiagCov = gradWeight, gradDiagCov
end
