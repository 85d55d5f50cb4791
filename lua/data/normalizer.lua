-- Inputs of mean 0 and deviation 1.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
--- data.Normalizer(x): what data.normalizer makes. Fields: mean, std.
local Normalizer = torch.class('data.Normalizer', data)
local M = {}

function Normalizer:__init(x)
   if not torch.isTensor(x) or x:dim() < 1 or x:size(1) == 0 then
      checks.wrong('normalizer', 1, 'x', 'tensor [samples x ...] expected, got %s', require('libtorch').describe(x))
   end
   self.mean, self.std = x:mean(1), x:size(1) > 1 and x:std(1) or x:mean(1):fill(1)
   self.std:maskedFill(self.std:eq(0), 1)
end

--- normalizer:apply(x) -> tensor: (x - mean) / std of [samples x ...], a new tensor.
function Normalizer:apply(x) return torch.add(x, -1, self.mean:expandAs(x)):cdiv(self.std:expandAs(x)) end

--- normalizer:invert(x) -> tensor: x * std + mean.
function Normalizer:invert(x) return torch.cmul(x, self.std:expandAs(x)):add(self.mean:expandAs(x)) end

--- data.normalizer(x) -> normalizer: learns mean and deviation of each feature of x [samples x ...], for apply and
-- invert; features that do not vary keep their size. It can be saved with the net: what is predicted has to pass
-- through the same one.
function M.normalizer(x) return data.Normalizer(x) end

return M
