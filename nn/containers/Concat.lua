-- nn.Concat(dim): every module gets the whole input; their outputs are joined along dimension dim.
--
-- Input: what the modules take. Outputs must agree in all dimensions but dim. The gradient of the input is the sum of
-- theirs.
--
-- > m = nn.Concat(1):add(nn.Identity()):add(nn.Square())
-- > m:forward(torch.Tensor{2, 3})
--  2
--  3
--  4
--  9
-- [torch.DoubleTensor of size 4]
local Concat, parent = torch.class('nn.Concat', 'nn.Container')

function Concat:__init(dimension)
   parent.__init(self)
   self.outputSize = torch.LongStorage()
   self.dimension = dimension
end

function Concat:updateOutput(input)
   local outs = {}
   for i = 1, #self.modules do
      local out = self:rethrowErrors(self.modules[i], i, 'updateOutput', input)
      outs[i] = out
      if i == 1 then
         nn.utils.checkDimension(self, out, self.dimension)
         self.outputSize = out:size()
      else
         self.outputSize[self.dimension] = self.outputSize[self.dimension] + out:size(self.dimension)
      end
   end
   self.output:resize(self.outputSize)
   local offset = 1
   for _, out in ipairs(outs) do
      local n = out:size(self.dimension)
      self.output:narrow(self.dimension, offset, n):copy(out)
      offset = offset + n
   end
   return self.output
end

-- gradOutput's part for a module, contiguous
local function part(self, gradOutput, offset, module)
   return gradOutput:narrow(self.dimension, offset, module.output:size(self.dimension)):contiguous()
end

local function accumulate(self, i, input, current)
   if type(input) == 'table' then
      if i == 1 then self.gradInput = nn.utils.recursiveCopy(type(self.gradInput) == 'table' and self.gradInput or {}, current)
      else nn.utils.recursiveAdd(self.gradInput, 1, current) end
   elseif i == 1 then
      self.gradInput = torch.isTensor(self.gradInput) and self.gradInput or input.new()
      self.gradInput:resizeAs(current):copy(current)
   else
      self.gradInput:add(current)
   end
end

function Concat:updateGradInput(input, gradOutput)
   local offset = 1
   for i, module in ipairs(self.modules) do
      local g = part(self, gradOutput, offset, module)
      accumulate(self, i, input, self:rethrowErrors(module, i, 'updateGradInput', input, g))
      offset = offset + module.output:size(self.dimension)
   end
   return self.gradInput
end

function Concat:backward(input, gradOutput, scale)
   scale = scale or 1
   local offset = 1
   for i, module in ipairs(self.modules) do
      local g = part(self, gradOutput, offset, module)
      accumulate(self, i, input, self:rethrowErrors(module, i, 'backward', input, g, scale))
      offset = offset + module.output:size(self.dimension)
   end
   return self.gradInput
end

function Concat:accGradParameters(input, gradOutput, scale)
   local offset = 1
   for i, module in ipairs(self.modules) do
      self:rethrowErrors(module, i, 'accGradParameters', input, part(self, gradOutput, offset, module), scale or 1)
      offset = offset + module.output:size(self.dimension)
   end
end

function Concat:accUpdateGradParameters(input, gradOutput, lr)
   local offset = 1
   for i, module in ipairs(self.modules) do
      self:rethrowErrors(module, i, 'accUpdateGradParameters', input, part(self, gradOutput, offset, module), lr)
      offset = offset + module.output:size(self.dimension)
   end
end

function Concat:__tostring__() return self:_branches('         ') end
