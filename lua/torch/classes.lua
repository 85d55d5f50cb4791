-- The storage and tensor class of one element type, on the CPU or on a GPU: the same steps for each. Few programs use more
-- than three or four types: those of the CPU are there at once and defined when one is first used.
local C = require 'libtorch'
local luaT = require 'luaT'
local Storage, Tensor = require 'torch.Storage', require 'torch.Tensor'
local ops, index = require 'torch.ops', require 'torch.index'
local torch = torch

local function tensor_text(x) return require('torch.print').tensor(x) end
local function storage_text(s) return require('torch.print').storage(s) end

local M = {}

local defined, additions = {}, {} -- name -> class of the tensors; functions

--- Calls f(name, class) for the tensor class of every type: at once for those that are defined, later for others.
function M.each(f)
   additions[#additions + 1] = f
   for name, class in pairs(defined) do f(name, class) end
end

--- Defines torch.<name>Storage and torch.<name>Tensor. number: the THType; type_: of the element (Storage.type);
-- remote: elements lie in memory that the CPU does not see.
function M.define(name, number, type_, remote)
   if remote then Storage.declare(name, type_) end
   Storage.define(name, type_, remote)
   Tensor.define(name)
   ops.define(name, number)
   index.define(name, remote)
   local class = torch.getmetatable('torch.' .. name .. 'Tensor')
   rawset(class, '__tostring__', tensor_text)
   rawset(torch.getmetatable('torch.' .. name .. 'Storage'), '__tostring__', storage_text)
   if type_.kind ~= 'INTEGER' and type_.kind ~= 'FLOATING' then require('torch.small')(name) end
   for _, f in ipairs(additions) do f(name, class) end
   defined[name] = class
end

local define_later

local function declare(name)
   for _, class in ipairs{'torch.' .. name .. 'Storage', 'torch.' .. name .. 'Tensor'} do
      C.setclass(class, nil)
      luaT.declare(class, torch, define_later)
   end
end

function define_later(class)
   local name = class:match('^torch%.(.*)Tensor$') or class:match('^torch%.(.*)Storage$')
   local ok, message = pcall(M.define, name, Storage.number[name], Storage.type[name])
   if ok then return end
   declare(name) -- interrupted: both classes are to be defined from the start
   error(message, 0)
end

--- Declares both classes of a type of the CPU.
function M.declare(name)
   Storage.declare(name, Storage.type[name])
   declare(name)
end

return M
