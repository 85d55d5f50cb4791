-- Sets whose samples, or batches, pass through functions; made by set:map and set:mapBatches.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch

-- A call of f on a sample: transforms are for inputs alone.
local function call(f, x, y, generator)
   if type(f) == 'table' then return f:apply(x, generator), y end
   return f(x, y, generator)
end

-- ---- samples ----

--- data.Mapped(set, ...): a set whose samples pass through functions; made by set:map.
local Mapped, Set = torch.class('data.Mapped', 'data.Set', data)

function Mapped:__init(set, ...)
   local functions = {...}
   if #functions == 0 then checks.check('Set.map', 1, 'f', 'function', nil) end
   for k, f in ipairs(functions) do
      if not torch.isTypeOf(f, 'data.Transform') then checks.check('Set.map', k, 'f', 'function', f) end
   end
   self.f = functions[#functions]
   functions[#functions] = nil
   self.set = #functions > 0 and data.Mapped(set, unpack(functions)) or set
end

function Mapped:size() return self.set:size() end
function Mapped:name(i) return self.set:name(i) end

function Mapped:get(i, generator)
   local x, y = self.set:get(i, generator)
   return call(self.f, x, y, generator)
end

-- ---- batches ----

--- data.MappedBatches(set, f): a set whose batches pass through a function; made by set:mapBatches.
local MappedBatches = torch.class('data.MappedBatches', 'data.Set', data)

function MappedBatches:__init(set, f)
   checks.check('Set.mapBatches', 1, 'f', 'function', f)
   self.set, self.f = set, f
end

function MappedBatches:size() return self.set:size() end
function MappedBatches:name(i) return self.set:name(i) end

-- A batch of one.
function MappedBatches:get(i, generator)
   local x, y = self:batch({i}, generator)
   return torch.isTensor(x) and x[1] or x, torch.isTensor(y) and y[1] or y
end

function MappedBatches:batch(indices, generator)
   local x, y = self.set:batch(indices, generator)
   return self.f(x, y, generator)
end

return {Mapped, MappedBatches, Set}
