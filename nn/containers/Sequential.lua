-- nn.Sequential([modules...]): modules one after another: each gets the output of the one before.
--
-- The output is that of the last module, the same tensor; without any module it is the input.
--
-- > net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())
-- > net
-- nn.Sequential {
--   [input -> (1) -> (2) -> output]
--   (1): nn.Linear(3 -> 2)
--   (2): nn.Tanh
-- }
-- > net:size()
-- 2
local Sequential, parent = torch.class('nn.Sequential', 'nn.Container')
local fail = require('nn.check').fail
local errors = require 'nn.errors'

function Sequential:__init(...)
   parent.__init(self)
   self:_addAll(...)
end

function Sequential:__len() return #self.modules end

--- net:add(module) -> net: appends a module.
--
-- > nn.Sequential():add(nn.Linear(2, 2)):add(nn.Tanh()):size()
-- 2
function Sequential:add(module, ...)
   errors.check_module(torch.type(self) .. ':add', module, ...)
   if #self.modules == 0 then self.gradInput = module.gradInput end
   table.insert(self.modules, module)
   self.output = module.output
   return self
end

--- net:insert(module [, index = after the last]): puts a module before place `index`. Raises where that would leave a
-- gap.
function Sequential:insert(module, index)
   errors.check_module(torch.type(self) .. ':insert', module)
   index = index or (#self.modules + 1)
   if index > (#self.modules + 1) or index < 1 then fail(self, 'insert: index %d out of range, expected 1 to %d', index, #self.modules + 1) end
   table.insert(self.modules, index, module)
   self.output = self.modules[#self.modules].output
   self.gradInput = self.modules[1].gradInput
end

--- net:remove([index = the last]): takes away a module. Raises where there is none.
function Sequential:remove(index)
   index = index or #self.modules
   if index > #self.modules or index < 1 then fail(self, 'remove: index %d out of range, there are %d modules', index, #self.modules) end
   table.remove(self.modules, index)
   if #self.modules > 0 then
      self.output = self.modules[#self.modules].output
      self.gradInput = self.modules[1].gradInput
   else
      self.output = torch.Tensor()
      self.gradInput = torch.Tensor()
   end
end

function Sequential:updateOutput(input)
   local current = input
   local modules = self.modules
   for i = 1, #modules do current = self:rethrowErrors(modules[i], i, 'updateOutput', current) end
   self.output = current
   return current
end

-- From the last module to the first; each one's input is the output of the one before.
function Sequential:_backward(method, input, gradOutput, ...)
   local current = gradOutput
   local modules = self.modules
   for i = #modules, 1, -1 do
      local before = i > 1 and modules[i - 1].output or input
      local r = self:rethrowErrors(modules[i], i, method, before, current, ...)
      current = method == 'backward' and r or method == 'updateGradInput' and r or modules[i].gradInput
   end
   return current
end

function Sequential:updateGradInput(input, gradOutput)
   self.gradInput = self:_backward('updateGradInput', input, gradOutput)
   return self.gradInput
end

function Sequential:accGradParameters(input, gradOutput, scale)
   self:_backward('accGradParameters', input, gradOutput, scale or 1)
end

function Sequential:backward(input, gradOutput, scale)
   self.gradInput = self:_backward('backward', input, gradOutput, scale or 1)
   return self.gradInput
end

function Sequential:accUpdateGradParameters(input, gradOutput, lr)
   self:_backward('accUpdateGradParameters', input, gradOutput, lr)
end

function Sequential:__tostring__()
   local s = 'nn.Sequential {\n  [input' -- subclasses too, as in Torch7
   for i = 1, #self.modules do s = s .. ' -> (' .. i .. ')' end
   s = s .. ' -> output]'
   for i = 1, #self.modules do s = s .. '\n  (' .. i .. '): ' .. self._indented(self.modules[i]) end
   return s .. '\n}'
end
