-- nn.NaN(module [, id = counted from 1]): raises when output, gradInput or gradients of the module hold NaN; the error
-- names id.
--
-- torch.checkNaN(true) does so for every module, without changing the net.
--
-- > nn.NaN(nn.Square()):forward(torch.Tensor{2})
--  4
-- [torch.DoubleTensor of size 1]
local NaN, parent = torch.class('nn.NaN', 'nn.Decorator')

local idseq = 0

--- NaN.newId() -> number: the next id for a module without one.
function NaN.newId()
   idseq = idseq + 1
   return idseq
end

function NaN:__init(module, id)
   parent.__init(self, module)
   self.id = id or NaN.newId()
end

--- module:recursiveIsNaN(x) -> boolean, tensor: whether a tensor, or a nest of them, holds NaN; then also which.
function NaN:recursiveIsNaN(x)
   if torch.isTensor(x) then return x:nElement() > 0 and x:ne(x):any(), x end
   if type(x) == 'table' then
      for _, v in pairs(x) do
         local found, which = self:recursiveIsNaN(v)
         if found then return found, which end
      end
   end
   return false
end

local function refuse(self, x, what)
   if self:recursiveIsNaN(x) then error(string.format('NaN found in %s of module :\n%s', what, self:__tostring__())) end
end

function NaN:updateOutput(input)
   self.output = self.modules[1]:updateOutput(input)
   if self:recursiveIsNaN(self.output) then
      refuse(self, input, 'input')
      refuse(self, (self:parameters()), 'parameters')
      refuse(self, self.output, 'output')
   end
   return self.output
end

function NaN:updateGradInput(input, gradOutput)
   self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
   if self:recursiveIsNaN(self.gradInput) then
      refuse(self, gradOutput, 'gradOutput')
      refuse(self, self.gradInput, 'gradInput')
   end
   return self.gradInput
end

function NaN:accGradParameters(input, gradOutput, scale)
   self.modules[1]:accGradParameters(input, gradOutput, scale)
   local _, gradParams = self:parameters()
   refuse(self, gradParams, 'gradParameters')
end

function NaN:__tostring__()
   local text = tostring(self.modules[1])
   return torch.type(self) .. '(' .. self.id .. ') @ ' .. text
end
