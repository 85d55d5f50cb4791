-- require 'torch': classes, tensors, storages, the operations of the table, and the tools.
-- What a session may never use is loaded when it is first asked for (see `lazy`).
local luaT = require 'luaT'
local C = require 'libtorch'

torch = torch or {}
local torch = torch

for _, name in ipairs{'typename', 'type', 'isTypeOf', 'newmetatable', 'getmetatable', 'setmetatable', 'class', 'factory',
   'getconstructortable', 'metatype'} do
   torch[name] = luaT[name]
end
for _, name in ipairs{'setnumthreads', 'getnumthreads', 'getnumcores', 'memorystats', 'releasememory', 'failallocation',
   'cpuinfo', 'pointer', 'isequal', 'isatty', 'setheaptracking', 'updateerrorhandlers', 'pushudata'} do
   torch[name] = C[name]
end
luaT.isequal = C.isequal

--- Whether obj is a tensor, of any type.
function torch.isTensor(obj)
   local name = torch.typename(obj)
   return name ~= nil and name:find('torch%..*Tensor') ~= nil
end

--- Whether obj is a storage, of any type.
function torch.isStorage(obj)
   local name = torch.typename(obj)
   return name ~= nil and name:find('torch%..*Storage') ~= nil
end

--- Names the first module, criterion or operation that makes a NaN or an infinity: nn/checknan.lua.
function torch.checkNaN(on)
   require 'nn'
   return require('nn.checknan')(on)
end

local Storage = require 'torch.Storage'
local classes = require 'torch.classes'
for i, name in ipairs(Storage.types) do classes.define(name, i - 1, Storage.ctype[name]) end
require 'torch.half'
require 'torch.utils'
require 'torch.random'

-- name -> file that defines it
local lazy = {
   CmdLine = 'torch.CmdLine', Tester = 'torch.Tester', TestSuite = 'torch.TestSuite', Timer = 'torch.Timer',
   File = 'torch.File', DiskFile = 'torch.File', PipeFile = 'torch.File', MemoryFile = 'torch.File',
   save = 'torch.File', load = 'torch.File', saveobj = 'torch.File', loadobj = 'torch.File',
   serialize = 'torch.File', deserialize = 'torch.File', serializeToStorage = 'torch.File',
   deserializeFromStorage = 'torch.File', test = 'torch.test',
}
setmetatable(torch, {
   __index = function(t, name)
      local file = lazy[name]
      if file then
         lazy[name] = nil
         require(file)
         return rawget(t, name)
      end
   end,
})
luaT.addloader(function(classname)
   local name = classname:match('^torch%.(%a+)$')
   if name and lazy[name] then return torch[name] ~= nil end
end)

return torch
