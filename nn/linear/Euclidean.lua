-- nn.Euclidean(inputSize, outputSize): distance of the input to every column of weight.
--
-- Input: inputSize, or N x inputSize; output: outputSize, or N x outputSize. Fields: weight, inputSize x outputSize.
--
-- > m = nn.Euclidean(2, 1)
-- > m.weight:zero();
-- > m:forward(torch.Tensor{3, 4})
--  5
-- [torch.DoubleTensor of size 1]
local Euclidean, parent = torch.class('nn.Euclidean', 'nn.Module')

function Euclidean:__init(inputSize, outputSize)
   parent.__init(self)
   self.weight = torch.Tensor(inputSize, outputSize)
   self.gradWeight = torch.Tensor(inputSize, outputSize)
   self.fastBackward = true -- the gradient reuses the distances of the forward pass
   self:reset()
end

function Euclidean:reset(stdv)
   stdv = nn.utils.uniformRange(stdv, self.weight:size(1))
   if nn.oldSeed then
      for i = 1, self.weight:size(2) do
         self.weight:select(2, i):apply(function() return torch.uniform(-stdv, stdv) end)
      end
   else
      self.weight:uniform(-stdv, stdv)
   end
end

-- n x inputs x outputs: x - w
local function differences(self, input)
   local x = input:dim() == 1 and input:view(1, -1) or input:contiguous()
   local n, i, o = x:size(1), self.weight:size(1), self.weight:size(2)
   local d = x:view(n, i, 1):expand(n, i, o):clone()
   return d:add(-1, self.weight:view(1, i, o):expand(n, i, o)), n, i, o
end

function Euclidean:updateOutput(input)
   local d, n, _, o = differences(self, input)
   self.output:resize(n, o)
   self.output:copy(torch.norm(d, 2, 2):view(n, o))
   if input:dim() == 1 then self.output:resize(o) end
   return self.output
end

-- gradOutput (x - w) / y for every pair
local function gradients(self, input, gradOutput)
   local d, n, i, o = differences(self, input)
   local f = torch.cdiv(gradOutput:contiguous():view(n, o), torch.add(self.output:view(n, o), 1e-7))
   return d:cmul(f:view(n, 1, o):expand(n, i, o)), n, i, o
end

function Euclidean:updateGradInput(input, gradOutput)
   if not self.gradInput then return end
   if not self.fastBackward then self:updateOutput(input) end
   local g = gradients(self, input, gradOutput)
   self.gradInput:resizeAs(input):copy(g:sum(3):view(input:size()))
   return self.gradInput
end

function Euclidean:accGradParameters(input, gradOutput, scale)
   local g, _, i, o = gradients(self, input, gradOutput)
   self.gradWeight:add(-(scale or 1), g:sum(1):view(i, o))
end
