-- nn.BatchNormalization(nOutput [, eps = 1e-5, momentum = 0.1, affine = true]): every feature of a batch is brought to
-- mean 0 and variance 1, then scaled and shifted: y = (x - mean) / sqrt(var + eps) weight + bias.
--
-- Input: N x nOutput; output: the same. In training mean and variance are those of the batch, and the running ones move
-- towards them by momentum: r = (1 - momentum) r + momentum v, v of the variance with n - 1. evaluate() uses the
-- running ones, as does a batch of one. Fields: weight, from U(0, 1), and bias, 0, of nOutput (nil unless affine);
-- running_mean, running_var.
--
-- > m = nn.BatchNormalization(2, 0, 0.1, false)
-- > m:forward(torch.Tensor{{1, 10}, {3, 30}})
-- -1 -1
--  1  1
-- [torch.DoubleTensor of size 2x2]
--
-- Source: S. Ioffe, C. Szegedy, Batch normalization, 2015.
local BatchNormalization, parent = torch.class('nn.BatchNormalization', 'nn.Module')
local check = require 'nn.check'
local wrong, fail = check.wrong, check.fail

BatchNormalization.__version = 2
BatchNormalization.nDim = 2 -- dimensions of the input

function BatchNormalization:__init(nOutput, eps, momentum, affine)
   parent.__init(self)
   self.affine = affine == nil or affine
   self.eps = eps or 1e-5
   self.train = true
   self.momentum = momentum or 0.1
   self.running_mean = torch.zeros(nOutput)
   self.running_var = torch.ones(nOutput)
   if self.affine then
      self.weight = torch.Tensor(nOutput)
      self.bias = torch.Tensor(nOutput)
      self.gradWeight = torch.Tensor(nOutput)
      self.gradBias = torch.Tensor(nOutput)
      self:reset()
   end
end

function BatchNormalization:reset()
   if self.weight then self.weight:uniform() end
   if self.bias then self.bias:zero() end
   self.running_mean:zero()
   self.running_var:fill(1)
end

--- module:checkInputDim(input): raises for an input of other dimensions than nDim, or whose feature count is not
-- nOutput.
function BatchNormalization:checkInputDim(input)
   local dim = input:dim()
   if not (dim == self.nDim or (dim == self.nDim - 1 and self.train == false)) then wrong(self, 1, 'input',
      'only mini-batch supported (%dD tensor), got %dD tensor instead', self.nDim, dim) end
   local features = input:size(dim == self.nDim - 1 and 1 or 2)
   if not (features == self.running_mean:nElement()) then wrong(self, 1, 'input', 'got %d-feature tensor, expected %d',
      features, self.running_mean:nElement()) end
end

-- a batch of one for evaluation
local function batched(self, x)
   if x:dim() == self.nDim - 1 and self.train == false then return nn.utils.addSingletonDimension(x) end
   return x
end

-- One value for each feature tells nothing about its spread: it is normalised as in evaluation.
local function uses_batch(self, input) return self.train and input:nElement() > input:size(2) or false end

function BatchNormalization:updateOutput(input)
   self:checkInputDim(input)
   local x = batched(self, input)
   self.save_mean = self.save_mean or input.new()
   self.save_std = self.save_std or input.new()
   if x:isContiguous() == false then x = x:contiguous() end
   input.THNN.BatchNormalization_updateOutput(x, self.output, self.weight, self.bias, self.running_mean,
      self.running_var, self.save_mean, self.save_std, uses_batch(self, x), self.momentum, self.eps)
   if input:dim() ~= x:dim() then self.output:resizeAs(input) end
   return self.output
end

local function backward(self, input, gradOutput, scale, gradInput, gradWeight, gradBias)
   self:checkInputDim(input)
   self:checkInputDim(gradOutput)
   if not (self.save_mean and self.save_std) then fail(self, 'backward: forward has to come before it') end
   local x, g = batched(self, input), batched(self, gradOutput)
   input.THNN.BatchNormalization_backward(x, g, gradInput, gradWeight, gradBias, self.weight, self.running_mean,
      self.running_var, self.save_mean, self.save_std, uses_batch(self, x), scale or 1, self.eps)
   if gradInput and input:dim() ~= x:dim() then gradInput:resizeAs(input) end
   return gradInput
end

function BatchNormalization:backward(input, gradOutput, scale)
   return backward(self, input, gradOutput, scale, self.gradInput, self.gradWeight, self.gradBias)
end

function BatchNormalization:updateGradInput(input, gradOutput)
   return backward(self, input, gradOutput, 1, self.gradInput)
end

function BatchNormalization:accGradParameters(input, gradOutput, scale)
   backward(self, input, gradOutput, scale, nil, self.gradWeight, self.gradBias)
end

function BatchNormalization:read(file, version)
   parent.read(self, file)
   if version and version < 2 and self.running_std then -- 1 / sqrt(var + eps)
      self.running_var = self.running_std:pow(-2):add(-self.eps)
      self.running_std = nil
   end
end

function BatchNormalization:clearState()
   nn.utils.clear(self, {'_input', '_gradOutput', 'save_mean', 'save_std'})
   return parent.clearState(self)
end

function BatchNormalization:__tostring__()
   return string.format('%s (%dD) (%d)', torch.type(self), self.nDim, self.running_mean:nElement())
end
