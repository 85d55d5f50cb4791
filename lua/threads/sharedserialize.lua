-- Values travel as copies, but for tensors and storages: those are the same objects in both threads, sizes included. Who
-- uses one in several threads at a time has to see to it that they do not write what others read.
--
-- save(value) -> CharStorage, list of the objects that the bytes refer to; load(storage, list) -> value
require 'torch.File'
local memoryof = require('libtorch').file.memoryof
local getenv = torch.getenv or debug.getfenv
local M = {shared = true}

-- The list of a file is what ObjectIO.lua writes places of.
local function sharing(file, list)
   getenv(file).shared = list
   return file:binary()
end

function M.save(value)
   local list = {}
   local file = sharing(torch.MemoryFile('rw'), list)
   file:writeObject(value)
   local bytes = file:storage()
   file:close()
   return bytes, list
end

function M.load(bytes, list)
   local file = sharing(memoryof(bytes:string()), list):unsafe(true)
   local value = file:readObject()
   file:close()
   return value
end

return M
