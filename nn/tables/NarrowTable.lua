-- nn.NarrowTable(offset [, length = 1]): `length` entries of a table from `offset` on.
--
-- > #nn.NarrowTable(2, 2):forward{torch.ones(1), torch.ones(1), torch.ones(1)}
-- 2
local NarrowTable, parent = torch.class('nn.NarrowTable', 'nn.Module')
local fail = require('nn.check').fail

function NarrowTable:__init(offset, length)
   parent.__init(self)
   self.offset = offset
   self.length = length or 1
   if not offset then fail(self, 'nn.NarrowTable(offset, length)') end
   self.output = {}
   self.gradInput = {}
end

local function count(self) return math.max(self.length, 0) end

function NarrowTable:updateOutput(input)
   local n = count(self, input)
   for i = #self.output, n + 1, -1 do self.output[i] = nil end
   for i = 1, n do self.output[i] = input[self.offset + i - 1] end
   return self.output
end

function NarrowTable:updateGradInput(input, gradOutput)
   local n = count(self, input)
   for i = 1, #gradOutput do self.gradInput[self.offset + i - 1] = gradOutput[i] end
   for i = 1, #input do
      if i < self.offset or i >= self.offset + n then
         local g = nn.utils.recursiveResizeAs(self.gradInput[i], input[i])
         self.gradInput[i] = nn.utils.recursiveFill(g, 0)
      end
   end
   for i = #self.gradInput, #input + 1, -1 do self.gradInput[i] = nil end
   return self.gradInput
end

function NarrowTable:type(type, tensorCache)
   self.output = {}
   self.gradInput = {}
   return parent.type(self, type, tensorCache)
end
