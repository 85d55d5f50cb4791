--- data.Concat(set, ...): several sets, one behind the other; made by set:concat.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
local Concat = torch.class('data.Concat', 'data.Set', data)

function Concat:__init(...)
   self.sets, self.ends = {...}, {}
   local n = 0
   for k, set in ipairs(self.sets) do
      if not torch.isTypeOf(set, 'data.Set') then checks.wrong('Set.concat', k - 1, 'other', 'set expected, got %s', torch.type(set)) end
      n = n + set:size()
      self.ends[k] = n
   end
end

function Concat:size() return self.ends[#self.ends] end

-- The set that sample i is of, and its number there.
function Concat:_place(i)
   for k, last in ipairs(self.ends) do
      if i <= last then return self.sets[k], i - (self.ends[k - 1] or 0) end
   end
   checks.wrong('Set.get', 1, 'i', 'number of a sample from 1 to %d expected, got %s', self:size(), tostring(i))
end

function Concat:get(i, generator)
   local set, k = self:_place(i)
   return set:get(k, generator)
end

function Concat:name(i)
   local set, k = self:_place(i)
   return set:name(k)
end

function Concat:draws()
   for _, set in ipairs(self.sets) do
      if set:draws() then return true end
   end
   return false
end
