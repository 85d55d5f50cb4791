-- Values travel as copies, but for tensors and storages: those are the same objects in both threads, sizes included. Who
-- uses one in several threads at a time has to see to it that they do not write what others read.
--
-- save(value) -> CharStorage, list of the objects that the bytes refer to; load(storage, list) -> value
local copies = require 'threads.serialize'
local M = {shared = true}

local parts = {'__factory', '__write', '__read'}
local classes -- metatables of tensors and storages
local objects -- of the value that is being saved or loaded

local function find_classes()
   classes = {}
   for _, name in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'} do
      for _, kind in ipairs{'Tensor', 'Storage'} do
         local mt = torch.getmetatable('torch.' .. name .. kind)
         if mt then classes[#classes + 1] = mt end
      end
   end
end

local by_place = {
   __factory = function(file) return objects[file:readInt()] end,
   __write = function(object, file)
      objects[#objects + 1] = object
      file:writeInt(#objects)
   end,
   __read = function() end,
}

local function swap(to)
   for i, mt in ipairs(classes) do
      for _, part in ipairs(parts) do rawset(mt, part, to(i, part)) end
   end
end

-- f(value), while tensors and storages are written and read as places in the list.
local function sharing(list, f, value)
   if not classes then find_classes() end
   local before, outer = {}, objects
   for i, mt in ipairs(classes) do
      before[i] = {}
      for _, part in ipairs(parts) do before[i][part] = rawget(mt, part) end
   end
   objects = list
   swap(function(_, part) return by_place[part] end)
   local ok, result = pcall(f, value)
   swap(function(i, part) return before[i][part] end)
   objects = outer
   if not ok then error(result, 0) end
   return result
end

function M.save(value)
   local list = {}
   return sharing(list, copies.save, value), list
end

function M.load(bytes, list) return sharing(list, copies.load, bytes) end

return M
