-- nn.IndexLinear(inputSize, outputSize [, doGradInput = false, keysOffset = 1, weight, bias, normalize = false]):
-- nn.Linear for samples given by the keys and values of a few of very many features.
--
-- Input: {keys, values} of one sample, LongTensor and tensor, {{keys...}, {values...}} of several, or {keys, values,
-- sizes}: those of several in a row, sizes saying how many each sample has. A key is in keysOffset .. keysOffset +
-- inputSize - 1. Output: outputSize, or samples x outputSize.
--
-- weight is inputSize x outputSize: a pass touches the rows of the keys alone. So do updates: accGradParameters keeps
-- the gradients by occurrence in self.running, which parameters() returns in place of a tensor; updateParameters
-- applies them, zeroGradParameters forgets them, accUpdateGradParameters applies a pass at once. self.weightDecay acts
-- on the rows whose keys occur, once per update. getParameters() is not for this module.
--
-- With normalize, weight has four more columns before the outputs: for each feature the largest absolute value seen in
-- training, by which values are divided (beyond it they count as 1 or -1), its inverse, a factor of the learning rate,
-- and a learned number that is added to what comes of the value.
--
-- > #nn.IndexLinear(1000, 2):forward{torch.LongTensor{7, 900}, torch.Tensor{1, 2}}
--  2
-- [torch.LongStorage of size 1]
local IndexLinear, parent = torch.class('nn.IndexLinear', 'nn.Module')
local wrong = require('nn.check').wrong

function IndexLinear:__init(inputSize, outputSize, doGradInput, keysOffset, weight, bias, normalize)
   parent.__init(self)
   self.normalize = normalize and 4 or 0
   self.bias = bias or torch.Tensor(outputSize):zero()
   self.weight = weight or torch.Tensor(inputSize, outputSize + self.normalize):zero()
   if self.weight:dim() ~= 2 or self.weight:size(1) ~= inputSize or self.weight:size(2) ~= outputSize + self.normalize then
      wrong('IndexLinear', 5, 'weight', 'expected %d x %d', inputSize, outputSize + self.normalize)
   end
   if self.bias:nElement() ~= outputSize then wrong('IndexLinear', 6, 'bias', 'expected %d elements', outputSize) end
   self.weightDecay = 0
   self.doGradInput = doGradInput or false
   self.offset = -(keysOffset or 1)
   self.inputSize, self.outputSize = inputSize, outputSize
   self.gradBias = torch.Tensor(outputSize):zero()
   self.gradWeight = torch.Tensor()
   self.gradWeightBuffer = torch.Tensor()
   self.valuesBuffer = torch.Tensor()
   self.normalizedValues = torch.Tensor()
   self.sizesCache, self.cumSumSizesCache = {}, {}
   self.gradInput = {}
   self.running = {cumSumSizes = {}, keys = {}, gradWeight = {}, counter = 1}
   if not (weight or bias) then self:reset() end
end

function IndexLinear:reset(stdv)
   nn.utils.drawUniform(self, stdv, self.outputSize)
   if self.normalize > 0 then -- nothing is known of any feature
      self.weight:narrow(2, 1, self.normalize):zero()
      self.weight:select(2, 3):fill(1)
   end
end

--- module:reshapeInput(input) -> keys, values, batch: the input as keys, values, and whether there are several samples.
function IndexLinear:reshapeInput(input)
   if type(input) ~= 'table' or input[1] == nil or input[2] == nil then
      wrong('IndexLinear', 1, 'input', 'expected {keys, values}, {{keys...}, {values...}} or {keys, values, sizes}')
   end
   local lists = type(input[1]) == 'table'
   if lists ~= (type(input[2]) == 'table') then wrong('IndexLinear', 1, 'input', 'keys and values must both be tables, or tensors') end
   if lists then
      if #input[1] ~= #input[2] then
         wrong('IndexLinear', 1, 'input', 'got keys of %d samples, values of %d', #input[1], #input[2])
      end
      return input[1], input[2], true
   end
   return {input[1]}, {input[2]}, input[3] ~= nil
end

--- module:longTensor(sizes...) -> LongTensor: a tensor of Longs of that size, where the weight lives.
function IndexLinear:longTensor(...) return nn.utils.long(torch.LongTensor(...), self.weight) end

-- sizes of a list of keys, each beside its values
local function sizes_of(keys, values)
   local sizes = {}
   for i = 1, #keys do
      local k, v = keys[i], values[i]
      if not torch.isTensor(k) or not torch.isTensor(v) or k:nElement() ~= v:nElement() then
         wrong('IndexLinear', 1, 'input', 'sample %d: expected a value for each key', i)
      end
      sizes[i] = k:nElement()
   end
   return sizes
end

--- module:flattenInputs(input): the input with all keys in one tensor: sets self.keys, values and sizes, and whether
-- there are several samples.
function IndexLinear:flattenInputs(input)
   local keys, values, batch = self:reshapeInput(input)
   self.isFlat, self.batchMode = #input == 3, batch
   if self.isFlat then
      self.keys, self.values, self.sizes = input[1], input[2], input[3]
   else
      if #keys == 0 then wrong('IndexLinear', 1, 'input', 'there is no sample') end
      local sizes = sizes_of(keys, values)
      self.keys = #keys == 1 and keys[1] or torch.cat(keys, 1)
      self.values = #values == 1 and values[1] or torch.cat(values, 1)
      self.sizes = self:longTensor(sizes)
   end
   if nn.utils.onGPU(self.weight) then
      self.keys, self.sizes = nn.utils.long(self.keys, self.weight), nn.utils.long(self.sizes, self.weight)
   end
   self.cumSumSizes = self.sizes:long():cumsum(1)
end

function IndexLinear:updateOutput(input)
   self:flattenInputs(input)
   self.weight.THNN.IndexLinear_updateOutput(self.keys, self.offset, self.values, self.sizes, self.cumSumSizes, self.output,
      self.weight, self.bias, self.normalizedValues, self.train ~= false and 1 or 0)
   if not self.batchMode then self.output:resize(self.outputSize) end
   return self.output
end

-- what the weights were multiplied with in the last forward pass
local function used_values(self) return self.normalize > 0 and self.normalizedValues or self.values end

local function by_sample(gradOutput, self) return gradOutput:contiguous():view(-1, self.outputSize) end

function IndexLinear:accGradParameters(input, gradOutput, scale)
   self:flattenInputs(input)
   local running = self.running
   local i = running.counter
   running.gradWeight[i] = running.gradWeight[i] or self.values.new()
   self.weight.THNN.IndexLinear_accGradParameters(self.keys, self.offset, used_values(self), self.sizes, self.cumSumSizes,
      by_sample(gradOutput, self), running.gradWeight[i], self.gradBias, self.weight, self.bias, self.valuesBuffer,
      self.weightDecay or 0, scale or 1)
   running.keys[i] = self.keys:clone() -- the user's may change before the update
   running.counter = i + 1
end

function IndexLinear:accUpdateGradParameters(input, gradOutput, lr)
   self:flattenInputs(input)
   self.weight.THNN.IndexLinear_accUpdateGradParameters(self.keys, self.offset, used_values(self), self.sizes,
      self.cumSumSizes, by_sample(gradOutput, self), self.weight, self.bias, self.weightDecay or 0, lr)
end

--- The gradient of every feature's value, if the module was made with doGradInput: in the form of the input, with all
-- keys in order. Values that are normalized have none.
function IndexLinear:updateGradInput(input, gradOutput)
   self.gradInput = {}
   if not self.doGradInput then return self.gradInput end
   if self.normalize > 0 then error('nn.IndexLinear: no gradInput where values are normalized', 2) end
   self:flattenInputs(input)
   local g = by_sample(gradOutput, self) * self.weight:t()
   local n, samples = self.inputSize, g:size(1)
   local keys = self:longTensor(torch.range(1, n):add(-self.offset - 1):totable())
   if self.isFlat then
      local all = keys:view(1, n):expand(samples, n):contiguous():view(-1)
      self.gradInput = {all, g:view(-1), self:longTensor(samples):fill(n)}
   elseif self.batchMode then
      self.gradInput = {{}, {}}
      for i = 1, samples do self.gradInput[1][i], self.gradInput[2][i] = keys:clone(), g[i] end
   else
      self.gradInput = {keys, g[1]}
   end
   return self.gradInput
end

-- what `list` holds of the passes since the last zeroGradParameters, in one tensor
local function joined(list, n)
   if n == 1 then return list[1] end
   local parts = {}
   for i = 1, n do parts[i] = list[i] end
   return torch.cat(parts, 1)
end

function IndexLinear:updateParameters(lr)
   local running = self.running
   local n = running.counter - 1
   if n < 1 then return end
   self.gradWeight = joined(running.gradWeight, n)
   self.weight.THNN.IndexLinear_updateParameters(self.gradWeight, self.gradBias, self.weight, self.bias,
      joined(running.keys, n), self.cumSumSizes, self.offset, self.weightDecay or 0, lr)
end

function IndexLinear:zeroGradParameters()
   self.gradBias:zero()
   self.running.counter = 1
end

--- {weight, bias}, {running, gradBias}; running: see above.
function IndexLinear:parameters()
   return {self.weight, self.bias}, {self.running, self.gradBias}
end

-- keys and sizes stay LongTensors
function IndexLinear:type(type, tensorCache)
   if not type then return self._type end
   local keys = self.running.keys
   self.running.keys = {}
   self.keys, self.values, self.sizes, self.cumSumSizes = nil, nil, nil, nil
   parent.type(self, type, tensorCache)
   self.running.keys = keys
   return self
end

function IndexLinear:clearState()
   self.running = {cumSumSizes = {}, keys = {}, gradWeight = {}, counter = 1}
   self.keys, self.values, self.sizes, self.cumSumSizes = nil, nil, nil, nil
   self.sizesCache, self.cumSumSizesCache = {}, {}
   nn.utils.clear(self, 'gradWeight', 'gradWeightBuffer', 'valuesBuffer', 'normalizedValues')
   return parent.clearState(self)
end
