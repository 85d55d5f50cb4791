-- nn.SparseLinear(inputSize, outputSize [, doGradInput = false]): nn.Linear for inputs of which most elements are 0.
--
-- Input: a sample is n x 2, rows of (index, value); a batch is a table of samples, or N x n x 2. Output: outputSize, or
-- N x outputSize. With doGradInput the gradient of the values is computed. Fields: weight, outputSize x inputSize;
-- bias; weightDecay.
--
-- > #nn.SparseLinear(1000, 2):forward(torch.Tensor{{7, 0.5}, {900, 1}})
--  2
-- [torch.LongStorage of size 1]
local SparseLinear, parent = torch.class('nn.SparseLinear', 'nn.Module')
local wrong = require('nn.check').wrong

function SparseLinear:__init(inputSize, outputSize, doGradInput)
   parent.__init(self)
   self.weightDecay = 0
   self.doGradInput = doGradInput or false
   self.weight = torch.Tensor(outputSize, inputSize):zero()
   self.bias = torch.Tensor(outputSize):zero()
   self.gradWeight = torch.Tensor(outputSize, inputSize):zero()
   self.gradBias = torch.Tensor(outputSize):zero()
   self.sparseUpdate = 0
   self.gradInput = {}
   self:reset()
end

function SparseLinear:reset(stdv)
   stdv = nn.utils.uniformRange(stdv, self.weight:size(2))
   self.weight:uniform(-stdv, stdv)
   self.bias:uniform(-stdv, stdv):mul(0.000001)
end

--- module:reshapeInput(input) -> table: the input as a table of samples.
function SparseLinear:reshapeInput(input)
   if type(input) == 'table' then return input, true end
   if input:dim() == 2 then return {input}, false end
   if input:dim() ~= 3 then wrong('SparseLinear', 1, 'input', 'expected a table, or n x 2 or batch x n x 2, got %sD',
      input:dim()) end
   local samples = {}
   for i = 1, input:size(1) do samples[i] = input[i] end
   return samples, true
end

-- rows of (sample, index, value)
local function coordinates(samples)
   local parts = {}
   for i, s in ipairs(samples) do
      if s:dim() ~= 2 or s:size(2) ~= 2 then
         wrong('SparseLinear', 1, 'input', 'sample %d: expected rows of (index, value), n x 2, got %s', i,
            table.concat(s:size():totable(), ' x '))
      end
      parts[i] = torch.cat(s.new():resize(s:size(1), 1):fill(i), s, 2)
   end
   return torch.cat(parts, 1)
end

function SparseLinear:updateOutput(input)
   local samples, batch = self:reshapeInput(input)
   self.output:resize(#samples, self.weight:size(1))
   self.weight.THNN.SparseLinear_updateOutput(coordinates(samples), self.output, self.weight, self.bias)
   if not batch then self.output:resize(self.weight:size(1)) end
   return self.output
end

function SparseLinear:accGradParameters(input, gradOutput, scale)
   local samples = self:reshapeInput(input)
   self.weight.THNN.SparseLinear_accGradParameters(coordinates(samples),
      gradOutput:contiguous():view(#samples, self.weight:size(1)), self.gradWeight, self.gradBias, self.weight, self.bias,
      self.weightDecay or 0, scale or 1)
end

function SparseLinear:updateGradInput(input, gradOutput)
   if not self.doGradInput then return self.gradInput end
   local samples = self:reshapeInput(input)
   local g = gradOutput:contiguous():view(#samples, self.weight:size(1)) * self.weight
   self.gradInput = {}
   for i = 1, #samples do
      local n = self.weight:size(2)
      self.gradInput[i] = torch.cat(torch.range(1, n):typeAs(g):view(n, 1), g[i]:view(n, 1), 2)
   end
   return self.gradInput
end

function SparseLinear:updateParameters(lr) parent.updateParameters(self, lr) end
function SparseLinear:zeroGradParameters() parent.zeroGradParameters(self) end

function SparseLinear:clearState()
   self.output:set()
   self.gradInput = {}
   return self
end
