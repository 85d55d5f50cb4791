-- nn.Parallel(inputDimension, outputDimension): module i gets slice i of the input along inputDimension; the outputs
-- are joined along outputDimension.
--
-- Input: a tensor with as many slices as there are modules, or fewer.
--
-- > m = nn.Parallel(1, 1):add(nn.Identity()):add(nn.Square())
-- > m:forward(torch.Tensor{{2, 3}, {4, 5}})
--   2
--   3
--  16
--  25
-- [torch.DoubleTensor of size 4]
local Parallel, parent = torch.class('nn.Parallel', 'nn.Container')
local wrong = require('nn.check').wrong

function Parallel:__init(inputDimension, outputDimension)
   parent.__init(self)
   self.modules = {}
   self.inputDimension = inputDimension
   self.outputDimension = outputDimension
end

function Parallel:updateOutput(input)
   local n = input:size(self.inputDimension)
   local outs, size = {}, nil
   for i = 1, n do
      if not self.modules[i] then
         wrong(self, 1, 'input', 'dimension %d has size %d, but there are %d modules', self.inputDimension, n, #self.modules)
      end
      local out = self:rethrowErrors(self.modules[i], i, 'updateOutput', input:select(self.inputDimension, i))
      outs[i] = out
      if i == 1 then
         nn.utils.checkDimension(self, out, self.outputDimension)
         size = out:size()
      else
         size[self.outputDimension] = size[self.outputDimension] + out:size(self.outputDimension)
      end
   end
   self.output:resize(size)
   local offset = 1
   for i = 1, n do
      local length = outs[i]:size(self.outputDimension)
      self.output:narrow(self.outputDimension, offset, length):copy(outs[i])
      offset = offset + length
   end
   return self.output
end

local function each(self, input, gradOutput, f)
   local offset = 1
   for i = 1, input:size(self.inputDimension) do
      local length = self.modules[i].output:size(self.outputDimension)
      f(i, self.modules[i], input:select(self.inputDimension, i),
         gradOutput:narrow(self.outputDimension, offset, length))
      offset = offset + length
   end
end

function Parallel:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input)
   each(self, input, gradOutput, function(i, module, x, g)
      self.gradInput:select(self.inputDimension, i):copy(self:rethrowErrors(module, i, 'updateGradInput', x, g))
   end)
   return self.gradInput
end

function Parallel:accGradParameters(input, gradOutput, scale)
   each(self, input, gradOutput, function(i, module, x, g)
      self:rethrowErrors(module, i, 'accGradParameters', x, g, scale or 1)
   end)
end

function Parallel:accUpdateGradParameters(input, gradOutput, lr)
   each(self, input, gradOutput, function(i, module, x, g)
      self:rethrowErrors(module, i, 'accUpdateGradParameters', x, g, lr)
   end)
end

function Parallel:__tostring__() return self:_branches() end
