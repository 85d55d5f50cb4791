-- nn.ModuleFromCriterion(criterion): {prediction, target} becomes a tensor of one element, the loss. The target has no
-- gradient: zeros.
local wrong = require('torch.arguments').error
local ModuleFromCriterion, parent = torch.class('nn.ModuleFromCriterion', 'nn.Module')

function ModuleFromCriterion:__init(criterion)
   if not torch.isTypeOf(criterion, 'nn.Criterion') then
      wrong('nn.ModuleFromCriterion', 1, 'criterion', 'criterion expected, got %s', torch.type(criterion))
   end
   parent.__init(self)
   self.criterion = criterion
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

function ModuleFromCriterion:updateOutput(input)
   local prediction, target = unpack(input)
   self.output:resize(1)
   self.output[1] = self.criterion:updateOutput(prediction, target)
   return self.output
end

-- x, or copies of the tensors in it, times s
local function scaled(buffer, x, s)
   if torch.isTensor(x) then
      buffer = torch.isTensor(buffer) and buffer:type() == x:type() and buffer or x.new()
      return buffer:resizeAs(x):copy(x):mul(s)
   end
   local r = type(buffer) == 'table' and buffer or {}
   for k, v in pairs(x) do r[k] = scaled(r[k], v, s) end
   return r
end

local function zeros(buffer, x)
   if torch.isTensor(x) or type(x) == 'table' then return nn.utils.recursiveFill((nn.utils.recursiveResizeAs(buffer, x)), 0) end
   return buffer
end

function ModuleFromCriterion:updateGradInput(input, gradOutput)
   local prediction, target = unpack(input)
   local g = self.criterion:updateGradInput(prediction, target)
   self.gradInput = {scaled(self.gradInput[1], g, gradOutput[1]), zeros(self.gradInput[2], target)}
   return self.gradInput
end
