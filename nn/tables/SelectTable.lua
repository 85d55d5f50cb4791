-- nn.SelectTable(index): entry `index` of a table, by number (negative: from the end) or by key. The others get a
-- gradient of zero.
--
-- > nn.SelectTable(-1):forward{torch.Tensor{1}, torch.Tensor{2}}
--  2
-- [torch.DoubleTensor of size 1]
local SelectTable, parent = torch.class('nn.SelectTable', 'nn.Module')
local expect = require('nn.check').expect

function SelectTable:__init(index)
   parent.__init(self)
   self.index = index
   self.gradInput = {}
end

local function place(self, input)
   if type(self.index) == 'number' and self.index < 0 then return #input + self.index + 1 end
   return self.index
end

function SelectTable:updateOutput(input)
   local index = place(self, input)
   expect(input[index] ~= nil, self, 1, 'input', 'index does not exist in the input table: %s', tostring(index))
   self.output = input[index]
   return self.output
end

-- zeros of the structure of x, in the memory of `old` where that fits
local function zeros(old, x)
   if type(x) == 'table' then
      old = type(old) == 'table' and old or {}
      for k, v in pairs(x) do old[k] = zeros(old[k], v) end
      for k in pairs(old) do
         if x[k] == nil then old[k] = nil end
      end
      return old
   end
   old = torch.type(old) == torch.type(x) and old or x.new()
   return old:resizeAs(x):zero()
end

function SelectTable:updateGradInput(input, gradOutput)
   local index = place(self, input)
   self.gradInput[index] = nil -- may be a gradOutput of before: not ours to zero
   self.gradInput = zeros(self.gradInput, input)
   self.gradInput[index] = nn.utils.recursiveCopy(self.gradInput[index], gradOutput)
   return self.gradInput
end

function SelectTable:type(type, tensorCache)
   self.gradInput = {}
   self.output = {}
   return parent.type(self, type, tensorCache)
end

function SelectTable:clearState() return nn.utils.release(self, 'output', 'gradInput') end

function SelectTable:__tostring__() return torch.type(self) .. '(' .. self.index .. ')' end
