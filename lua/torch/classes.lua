-- The storage and tensor class of one element type, on the CPU or on a GPU: the same steps for each.
local Storage, Tensor = require 'torch.Storage', require 'torch.Tensor'
local ops, index = require 'torch.ops', require 'torch.index'
local torch = torch

local function tensor_text(x) return require('torch.print').tensor(x) end
local function storage_text(s) return require('torch.print').storage(s) end

local M = {}

--- Defines torch.<name>Storage and torch.<name>Tensor. number: the THType; type_: of the element (Storage.type);
-- remote: elements lie in memory that the CPU does not see.
function M.define(name, number, type_, remote)
   Storage.define(name, type_, remote)
   Tensor.define(name)
   ops.define(name, number)
   index.define(name, remote)
   rawset(torch.getmetatable('torch.' .. name .. 'Tensor'), '__tostring__', tensor_text)
   rawset(torch.getmetatable('torch.' .. name .. 'Storage'), '__tostring__', storage_text)
end

return M
