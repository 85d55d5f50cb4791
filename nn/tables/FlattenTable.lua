-- nn.FlattenTable(): the tensors of nested tables, in one table.
local FlattenTable, parent = torch.class('nn.FlattenTable', 'nn.Module')

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

function FlattenTable:updateOutput(input)
   assert(type(input) == 'table', 'input must be a table')
   self.output = {}
   self.input_map = flatten(self.output, input)
   return self.output
end

function FlattenTable:updateGradInput(input, gradOutput)
   assert(type(input) == 'table', 'input must be a table')
   assert(type(gradOutput) == 'table', 'gradOutput must be a table')
   self.gradInput = unflatten(self.input_map, gradOutput)
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
