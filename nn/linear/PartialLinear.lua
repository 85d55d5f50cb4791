-- nn.PartialLinear(inputSize, outputSize [, bias = true]): nn.Linear that computes only some of its outputs, set by
-- setPartition(indices), until resetPartition().
--
-- Input: inputSize, or N x inputSize; output: as many columns as there are indices, or outputSize.
--
-- > m = nn.PartialLinear(3, 100)
-- > m:setPartition(torch.LongTensor{7, 42})
-- > #m:forward(torch.ones(5, 3))
--  5
--  2
-- [torch.LongStorage of size 2]
local PartialLinear, Module = torch.class('nn.PartialLinear', 'nn.Module')
local wrong = require('nn.check').wrong

function PartialLinear:__init(inputsize, outputsize, bias)
   Module.__init(self)
   self.network = nn.Sequential():add(nn.ParallelTable():add(nn.Identity()):add(nn.LookupTable(outputsize, inputsize)))
      :add(nn.MM(false, true))
   if bias ~= false then
      self.bias = torch.Tensor(1, outputsize):zero()
      self.gradBias = torch.Tensor(1, outputsize):zero()
   end
   self.inputsize = inputsize
   self.outputsize = outputsize
   self.allcolumns = torch.range(1, self.outputsize)
   self:resetPartition()
end

--- module:setPartition(indices): computes only these outputs, a LongTensor, from now on.
function PartialLinear:setPartition(indices)
   self.partition = indices:type(self.allcolumns:type())
end

--- module:resetPartition(): computes all outputs again.
function PartialLinear:resetPartition()
   self.partition = self.allcolumns
end

function PartialLinear:parameters()
   local params, grads = self.network:parameters()
   local p, g = {params[1]}, {grads[1]}
   if self.bias then p[2], g[2] = self.bias, self.gradBias end
   return p, g
end

function PartialLinear:updateOutput(input)
   if input:dim() ~= 2 or input:size(2) ~= self.inputsize then
      wrong('PartialLinear', 1, 'input', 'expected input of N x %d, got %s', self.inputsize,
         table.concat(input:size():totable(), ' x '))
   end
   self.output:resize(input:size(1), self.partition:nElement()):copy(self.network:forward{input, self.partition})
   if self.bias then self.output:add(self.bias:index(2, self.partition:long()):expandAs(self.output)) end
   return self.output
end

function PartialLinear:updateGradInput(input, gradOutput)
   if self.gradInput then
      self.network:updateGradInput({input, self.partition}, gradOutput)
      self.gradInput:set(self.network.gradInput[1])
   end
   return self.gradInput
end

function PartialLinear:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   self.network:accGradParameters({input, self.partition}, gradOutput, scale)
   if self.bias then self.gradBias:indexAdd(2, self.partition:long(), gradOutput:sum(1):mul(scale)) end
end

function PartialLinear:accUpdateGradParameters(input, gradOutput, lr)
   local rows = self.network:get(1):get(2)
   local saved, savedBias = rows.gradWeight, self.gradBias
   rows.gradWeight, self.gradBias = rows.weight, self.bias
   self:accGradParameters(input, gradOutput, -lr)
   rows.gradWeight, self.gradBias = saved, savedBias
end
PartialLinear.sharedAccUpdateGradParameters = PartialLinear.accUpdateGradParameters

function PartialLinear:zeroGradParameters()
   self.network:zeroGradParameters()
   if self.bias then self.gradBias:zero() end
end

function PartialLinear:updateParameters(lr)
   self.network:updateParameters(lr)
   if self.bias then self.bias:add(-lr, self.gradBias) end
end

function PartialLinear:__tostring__()
   return torch.type(self) .. string.format('(%d -> %d)', self.inputsize, self.outputsize)
      .. (self.bias == nil and ' without bias' or '')
end
