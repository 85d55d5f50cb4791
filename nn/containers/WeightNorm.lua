-- nn.WeightNorm(module [, outputDim = 1]): learns the weight of a module as g v / |v|, a norm g and a direction v for
-- every output.
--
-- outputDim: the dimension of outputs in the module's weight. Parameters: v, g and the module's bias. Input and output:
-- the module's.
--
-- > #nn.WeightNorm(nn.Linear(3, 2)):parameters()
-- 3
--
-- Source: T. Salimans, D. Kingma, Weight normalization, 2016.
local WeightNorm, parent = torch.class('nn.WeightNorm', 'nn.Decorator')
local expect = require('nn.check').expect

local EPS = 1e-4 -- added to the square of the norm

function WeightNorm:__init(module, outputDim)
   parent.__init(self, module)
   expect(torch.isTensor(module.weight), self, 1, 'module', 'a module with a weight expected, got %s', torch.type(module))
   self.bias, self.gradBias = module.bias, module.gradBias
   self.gradWeight, self.weight = module.gradWeight, module.weight
   self.outputDim = outputDim or 1
   expect(self.outputDim <= module.weight:dim(), self, 2, 'outputDim', "one of the weight's %d dimensions expected, got %s", module.weight:dim(),
      self.outputDim)
   local permuted = self:permuteIn(self.weight)
   self.viewIn = permuted:size()
   self.viewOut = torch.LongStorage{permuted:size(1), permuted:nElement() / permuted:size(1)}
   self.v = permuted:contiguous():view(self.viewOut):clone()
   self.g = self.v:norm(2, 2)
   self.gradV = self.v.new():resize(self.viewIn):zero()
   self.gradG = self.g:clone():zero()
end

--- module:permuteIn(inpt) -> tensor: a weight with the outputs as its first dimension.
function WeightNorm:permuteIn(inpt)
   for i = self.outputDim - 1, 1, -1 do inpt = inpt:transpose(i, i + 1) end
   return inpt
end

--- module:permuteOut(outp) -> tensor: the same with them where they were.
function WeightNorm:permuteOut(outp)
   for i = 1, self.outputDim - 1 do outp = outp:transpose(i, i + 1) end
   return outp
end

--- module:resetInit(): draws directions from a normal distribution; norms are 1, the bias 0.
function WeightNorm:resetInit()
   self.v:normal(0, math.sqrt(2 / self.v:size(2)))
   self.g:fill(1)
   if self.bias then self.bias:zero() end
end

function WeightNorm:evaluate()
   if self.train ~= false then self:updateWeight() end
   parent.evaluate(self)
end

-- |v|, one for every output
local function norms(self) return torch.cmul(self.v, self.v):sum(2):add(EPS):sqrt() end

--- module:updateWeight(): computes the module's weight from v and g.
function WeightNorm:updateWeight()
   local w = torch.cmul(self.v, torch.cdiv(self.g, norms(self)):expandAs(self.v)):view(self.viewIn)
   self.weight:copy(self:permuteOut(w))
end

function WeightNorm:updateOutput(input)
   if self.train ~= false then self:updateWeight() end
   self.output:set(self.modules[1]:updateOutput(input))
   return self.output
end

function WeightNorm:accGradParameters(input, gradOutput, scale)
   self.modules[1]:accGradParameters(input, gradOutput, scale)
   local gw = self:permuteIn(self.gradWeight):contiguous():view(self.viewOut)
   local norm = norms(self)
   self.gradG:sum(torch.cmul(gw, self.v), 2):cdiv(norm)
   local along = torch.cmul(self.gradG, self.g):cdiv(norm):cdiv(norm)
   local gv = torch.cmul(gw, torch.cdiv(self.g, norm):expandAs(gw)):addcmul(-1, along:expandAs(gw), self.v)
   self.gradV:copy(gv)
end

function WeightNorm:updateGradInput(input, gradOutput)
   self.gradInput:set(self.modules[1]:updateGradInput(input, gradOutput))
   return self.gradInput
end

function WeightNorm:parameters()
   if self.bias then return {self.v, self.g, self.bias}, {self.gradV, self.gradG, self.gradBias} end
   return {self.v, self.g}, {self.gradV, self.gradG}
end

function WeightNorm:zeroGradParameters()
   self.modules[1]:zeroGradParameters()
   self.gradV:zero()
   self.gradG:zero()
end

function WeightNorm:updateParameters(lr)
   local params, grads = self:parameters()
   for i = 1, #params do params[i]:add(-lr, grads[i]) end
end

function WeightNorm:accUpdateGradParameters(input, gradOutput, lr)
   self:zeroGradParameters()
   self:accGradParameters(input, gradOutput, 1)
   self:updateParameters(lr)
end
WeightNorm.sharedAccUpdateGradParameters = WeightNorm.accUpdateGradParameters

-- files have v and g only; the weight follows from them
function WeightNorm:write(file)
   local weight, gradWeight = self.modules[1].weight, self.modules[1].gradWeight
   self.weight, self.gradWeight, self.modules[1].weight, self.modules[1].gradWeight = nil, nil, nil, nil
   if not self.weightSize then self.weightSize = weight:size() end
   parent.write(self, file)
   self.modules[1].weight, self.modules[1].gradWeight = weight, gradWeight
   self.weight, self.gradWeight = weight, gradWeight
end

function WeightNorm:read(file)
   parent.read(self, file)
   local module = self.modules[1]
   if not module.weight then
      module.weight = self.v.new():resize(self.weightSize)
      module.gradWeight = self.v.new():resize(self.weightSize):zero()
   end
   self.weight, self.gradWeight = module.weight, module.gradWeight
   self:updateWeight()
end
