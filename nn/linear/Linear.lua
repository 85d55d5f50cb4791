-- nn.Linear(inputSize, outputSize [, bias = true]): y = W x + b.
--
-- Input: inputSize, or N x inputSize, a batch; output: outputSize, or N x outputSize. Fields: weight, outputSize x
-- inputSize, and bias, outputSize (nil without), drawn from U(-s, s) with s = 1 / sqrt(inputSize); gradWeight,
-- gradBias. Raises when the last size of the input is not inputSize, or for more dimensions: nn.Bottle takes those.
--
-- > m = nn.Linear(3, 2)
-- > #m:forward(torch.ones(5, 3))
--  5
--  2
-- [torch.LongStorage of size 2]
local Linear, parent = torch.class('nn.Linear', 'nn.Module')

function Linear:__init(inputSize, outputSize, bias)
   parent.__init(self)
   if bias == nil then bias = true end
   self.weight = torch.Tensor(outputSize, inputSize)
   self.gradWeight = torch.Tensor(outputSize, inputSize)
   if bias then
      self.bias = torch.Tensor(outputSize)
      self.gradBias = torch.Tensor(outputSize)
   end
   self:reset()
end

Linear.noBias = nn.utils.noBias

function Linear:reset(stdv)
   stdv = nn.utils.uniformRange(stdv, self.weight:size(2))
   if nn.oldSeed then -- the order in which old versions drew
      for i = 1, self.weight:size(1) do
         self.weight:select(1, i):apply(function() return torch.uniform(-stdv, stdv) end)
         if self.bias then self.bias[i] = torch.uniform(-stdv, stdv) end
      end
   else
      self.weight:uniform(-stdv, stdv)
      if self.bias then self.bias:uniform(-stdv, stdv) end
   end
   return self
end

function Linear:updateOutput(input)
   self.weight.THNN.Linear_updateOutput(input, self.output, self.weight, self.bias)
   return self.output
end

function Linear:updateGradInput(input, gradOutput)
   if self.gradInput then
      self.weight.THNN.Linear_updateGradInput(input, gradOutput, self.gradInput, self.weight)
      return self.gradInput
   end
end

function Linear:accGradParameters(input, gradOutput, scale)
   self.weight.THNN.Linear_accGradParameters(input, gradOutput, nil, nil, nil, self.gradWeight, self.gradBias, nil,
      scale or 1)
end

Linear.sharedAccUpdateGradParameters = Linear.defaultAccUpdateGradParameters

--- module:updateAddBuffer(input): makes addBuffer a vector of ones as long as the batch; kept for old scripts.
function Linear:updateAddBuffer(input)
   local nframe = input:size(1)
   self.addBuffer = self.addBuffer or input.new()
   if self.addBuffer:nElement() ~= nframe then self.addBuffer:resize(nframe):fill(1) end
end

function Linear:clearState()
   if self.addBuffer then self.addBuffer:set() end
   return parent.clearState(self)
end

function Linear:__tostring__()
   return torch.type(self) .. string.format('(%d -> %d)', self.weight:size(2), self.weight:size(1))
      .. (self.bias == nil and ' without bias' or '')
end
