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

function SelectTable:updateGradInput(input, gradOutput)
   local index = place(self, input)
   self.gradInput[index] = nil -- may be a gradOutput of before: not ours to zero
   self.gradInput = nn.utils.recursiveFill(nn.utils.recursiveResizeAs(self.gradInput, input), 0)
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
