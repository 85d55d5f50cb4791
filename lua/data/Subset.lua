--- data.Subset(set, at): some samples of a set; made by set:subset and set:split. Fields: set; at, their numbers
-- there.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
local Subset = torch.class('data.Subset', 'data.Set', data)

function Subset:__init(set, at)
   if type(at) == 'table' then at = torch.LongTensor(at) end
   if not torch.isTensor(at) or at:dim() > 1 then
      checks.wrong('Set.subset', 1, 'indices', 'list or vector of numbers of samples expected, got %s', require('libtorch').describe(at))
   end
   at = at:long()
   if at:dim() > 0 and (at:min() < 1 or at:max() > set:size()) then
      checks.wrong('Set.subset', 1, 'indices', 'numbers from 1 to %d expected, got %d', set:size(), at:min() < 1 and at:min() or at:max())
   end
   self.set, self.at = set, at
end

function Subset:size() return self.at:nElement() end
function Subset:get(i, generator) return self.set:get(self.at[i], generator) end
function Subset:name(i) return self.set:name(self.at[i]) end
function Subset:draws() return self.set:draws() end

function Subset:batch(indices, generator)
   if not torch.isTensor(indices) then indices = torch.LongTensor(indices) end
   return self.set:batch(self.at:index(1, indices), generator)
end
