-- nn.LinearWeightNorm(inputSize, outputSize [, bias = true, eps = 1e-16]): nn.Linear whose rows are g v / |v|; v and g
-- are learned.
--
-- Input and output: as nn.Linear. Fields: v, outputSize x inputSize; g, outputSize x 1; bias; weight, made of them; eps
-- is added to the norm.
--
-- > #nn.LinearWeightNorm(3, 2):forward(torch.ones(5, 3))
--  5
--  2
-- [torch.LongStorage of size 2]
--
-- Source: T. Salimans, D. Kingma, Weight normalization, 2016.
local LinearWeightNorm, parent = torch.class('nn.LinearWeightNorm', 'nn.Linear')

function LinearWeightNorm:__init(inputSize, outputSize, bias, eps)
   nn.Module.__init(self)
   if bias == nil then bias = true end
   self.eps = eps or 1e-16
   self.outputSize, self.inputSize = outputSize, inputSize
   self.v = torch.Tensor(outputSize, inputSize)
   self.gradV = torch.Tensor(outputSize, inputSize)
   self.weight = torch.Tensor(outputSize, inputSize)
   self.g = torch.Tensor(outputSize, 1)
   self.gradG = torch.Tensor(outputSize, 1)
   self.norm = torch.Tensor(outputSize, 1)
   self.scale = torch.Tensor(outputSize, 1)
   if bias then
      self.bias = torch.Tensor(outputSize)
      self.gradBias = torch.Tensor(outputSize)
   end
   self:reset()
end

function LinearWeightNorm:evaluate()
   if self.train ~= false then self:updateWeightMatrix() end
   parent.evaluate(self)
end

--- module:initFromWeight([weight]) -> module: sets v and g such that the weight matrix is `weight`, by default what it
-- is.
function LinearWeightNorm:initFromWeight(weight)
   weight = weight or self.weight
   self.g:norm(weight, 2, 2):clamp(self.eps, math.huge)
   self.v:copy(weight)
   return self
end

--- LinearWeightNorm.fromLinear(linear) -> module: one that computes what an nn.Linear does.
--
-- > m = nn.Linear(3, 2)
-- > nn.LinearWeightNorm.fromLinear(m)
-- nn.LinearWeightNorm(3 -> 2)
function LinearWeightNorm.fromLinear(linear)
   local module = nn.LinearWeightNorm(linear.weight:size(2), linear.weight:size(1), linear.bias ~= nil)
   module.weight:copy(linear.weight)
   module:initFromWeight()
   if linear.bias then module.bias:copy(linear.bias) end
   return module
end

--- module:toLinear() -> nn.Linear: one that computes what this module does.
function LinearWeightNorm:toLinear()
   self:updateWeightMatrix()
   local module = nn.Linear(self.inputSize, self.outputSize, self.bias ~= nil)
   module.weight:copy(self.weight)
   if self.bias then module.bias:copy(self.bias) end
   return module
end

function LinearWeightNorm:parameters()
   if self.bias then return {self.v, self.g, self.bias}, {self.gradV, self.gradG, self.gradBias} end
   return {self.v, self.g}, {self.gradV, self.gradG}
end

function LinearWeightNorm:reset(stdv)
   stdv = nn.utils.uniformRange(stdv, self.inputSize)
   self.weight:uniform(-stdv, stdv)
   self:initFromWeight()
   if self.bias then self.bias:uniform(-stdv, stdv) end
end

--- module:updateWeightMatrix(): computes weight from v and g.
function LinearWeightNorm:updateWeightMatrix()
   self.norm:norm(self.v, 2, 2):clamp(self.eps, math.huge)
   self.scale:cdiv(self.g, self.norm)
   self.weight:cmul(self.v, self.scale:expandAs(self.v))
end

function LinearWeightNorm:updateOutput(input)
   if self.train ~= false then self:updateWeightMatrix() end
   return parent.updateOutput(self, input)
end

-- gradients of v and g, of which the former takes the place of the weight's
local function gradients(self, gradWeight)
   local gradG = torch.cmul(gradWeight, self.v):sum(2):cdiv(self.norm)
   local along = torch.cmul(gradG, self.scale):cdiv(self.norm)
   return gradWeight:cmul(self.scale:expandAs(self.v)):addcmul(-1, along:expandAs(self.v), self.v), gradG
end

-- As in Torch7, gradV enters as if it were a gradient of the weight: call zeroGradParameters before.
function LinearWeightNorm:accGradParameters(input, gradOutput, scale)
   input.THNN.Linear_accGradParameters(input, gradOutput, nil, nil, nil, self.gradV, self.gradBias, nil, scale or 1)
   local _, gradG = gradients(self, self.gradV)
   self.gradG:copy(gradG)
end

function LinearWeightNorm:defaultAccUpdateGradParameters(input, gradOutput, lr)
   local gradWeight = self.weight.new():resizeAs(self.weight):zero()
   input.THNN.Linear_accGradParameters(input, gradOutput, nil, nil, nil, gradWeight, self.bias, nil, -lr)
   local stepV, stepG = gradients(self, gradWeight)
   self.v:add(stepV)
   self.g:add(stepG)
end
LinearWeightNorm.sharedAccUpdateGradParameters = LinearWeightNorm.defaultAccUpdateGradParameters

function LinearWeightNorm:clearState()
   nn.utils.clear(self, 'weight', 'norm', 'scale')
   self.weight:resizeAs(self.v)
   self.norm:resizeAs(self.g)
   self.scale:resizeAs(self.g)
   self:updateWeightMatrix()
   return parent.clearState(self)
end

function LinearWeightNorm:__tostring__()
   return torch.type(self) .. string.format('(%d -> %d)', self.inputSize, self.outputSize)
      .. (self.bias == nil and ' without bias' or '')
end
