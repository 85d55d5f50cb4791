-- nn.MapTable([module, shared = true]): a module applied to every entry of a table, by clones that share its
-- parameters.
--
-- Input: a table of any length; output: the table of results. shared: true, or a table of the names of fields that
-- clones share.
--
-- > nn.MapTable(nn.Square()):forward{torch.Tensor{2}, torch.Tensor{3}}[2]
--  9
-- [torch.DoubleTensor of size 1]
local MapTable, parent = torch.class('nn.MapTable', 'nn.Container')
local errors = require 'nn.errors'

function MapTable:__init(module, shared)
   parent.__init(self)
   self.shared = (shared == nil) and true or shared
   self.sharedparams = {'weight', 'bias', 'gradWeight', 'gradBias'}
   self.output = {}
   self.gradInput = {}
   if module ~= nil then self:add(module) end
end

-- clones up to n
function MapTable:_extend(n)
   self.sharedparams = self.sharedparams or {'weight', 'bias', 'gradWeight', 'gradBias'}
   self.modules[1] = self.module
   for i = 2, n do
      if not self.modules[i] then
         if self.shared then self.modules[i] = self.module:clone(unpack(self.sharedparams))
         else self.modules[i] = self.module:clone() end
      end
   end
end

--- module:resize(n): makes n clones of the module, as for a table of n entries.
function MapTable:resize(n)
   self:_extend(n)
   for i = n + 1, #self.modules do self.modules[i] = nil end -- by number, from the end
end

function MapTable:add(module)
   errors.check_module('nn.MapTable', module)
   if self.module then errors.raise('nn.MapTable:add: it has a module already, ' .. torch.type(self.module)) end
   self.module = module
   self.modules[1] = self.module
   return self
end

function MapTable:updateOutput(input)
   self.output = {}
   self:_extend(#input)
   for i = 1, #input do
      self.output[i] = self:rethrowErrors(self.modules[i], i, 'updateOutput', input[i])
   end
   return self.output
end

function MapTable:updateGradInput(input, gradOutput)
   self.gradInput = {}
   self:_extend(#input)
   for i = 1, #input do
      self.gradInput[i] = self:rethrowErrors(self.modules[i], i, 'updateGradInput', input[i], gradOutput[i])
   end
   return self.gradInput
end

function MapTable:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   self:_extend(#input)
   for i = 1, #input do
      self:rethrowErrors(self.modules[i], i, 'accGradParameters', input[i], gradOutput[i], scale)
   end
end

function MapTable:accUpdateGradParameters(input, gradOutput, lr)
   lr = lr or 1
   self:_extend(#input)
   for i = 1, #input do
      self:rethrowErrors(self.modules[i], i, 'accUpdateGradParameters', input[i], gradOutput[i], lr)
   end
end

-- the clones share the parameters of the first
for _, name in ipairs{'zeroGradParameters', 'updateParameters'} do
   MapTable[name] = function(self, ...)
      if self.module then
         if self.shared then self.module[name](self.module, ...)
         else parent[name](self, ...) end
      end
   end
end

function MapTable:clearState()
   for i = #self.modules, 2, -1 do self.modules[i] = nil end
   return parent.clearState(self)
end

function MapTable:__tostring__()
   local s = torch.type(self)
   if self.module then return s .. ' {\n  ' .. tostring(self.module):gsub('\n', '\n  ') .. '\n}' end
   return s .. ' { }'
end
