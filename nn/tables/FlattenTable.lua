-- nn.FlattenTable(): the tensors of nested tables, in one table.
--
-- As long as the tensors are the same, so is the table; and so with gradients.
--
-- > #nn.FlattenTable():forward{torch.ones(1), {torch.ones(2), {torch.ones(3)}}}
-- 3
local FlattenTable, parent = torch.class('nn.FlattenTable', 'nn.Module')
local expect = require('nn.check').expect

function FlattenTable:__init()
   parent.__init(self)
   self.output = {}
   self.input_map = {}
   self.gradInput = {}
end

-- appends to flat; returns where each came from, as the same nest of positions
local function flatten(flat, x)
   if type(x) ~= 'table' then
      flat[#flat + 1] = x
      return #flat
   end
   local map = {}
   for i = 1, #x do map[i] = flatten(flat, x[i]) end
   return map
end

local function unflatten(map, flat)
   if type(map) ~= 'table' then return flat[map] end
   local r = {}
   for i = 1, #map do r[i] = unflatten(map[i], flat) end
   return r
end

-- old, if it holds the same values in the same nest as new, else new
local function kept(old, new)
   local function same(a, b)
      if type(a) ~= 'table' or type(b) ~= 'table' then return rawequal(a, b) end
      if #a ~= #b then return false end
      for i = 1, #a do
         if not same(a[i], b[i]) then return false end
      end
      return true
   end
   return same(old, new) and old or new
end

function FlattenTable:updateOutput(input)
   expect(type(input) == 'table', self, 1, 'input', 'input must be a table')
   local flat = {}
   self.input_map = flatten(flat, input)
   self.output = kept(self.output, flat)
   return self.output
end

function FlattenTable:updateGradInput(input, gradOutput)
   expect(type(input) == 'table', self, 1, 'input', 'input must be a table')
   expect(type(gradOutput) == 'table', self, 2, 'gradOutput', 'gradOutput must be a table')
   self.gradInput = kept(self.gradInput, unflatten(self.input_map, gradOutput))
   return self.gradInput
end

function FlattenTable:type(type, tensorCache)
   self.output, self.input_map, self.gradInput = {}, {}, {}
   return parent.type(self, type, tensorCache)
end

function FlattenTable:clearState()
   self.input_map = {}
   return parent.clearState(self)
end
