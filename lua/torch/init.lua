-- require 'torch': classes, tensors, storages, the operations of the table, and the tools.
local luaT = require 'luaT'
local C = require 'libtorch'
paths = luaT.later 'paths' -- scripts rely on its being here

torch = torch or {}
local torch = torch
local compiling = jit.status() and pcall(jit.off) -- as luaT.once: what follows runs once

for _, name in ipairs{'typename', 'type', 'isTypeOf', 'newmetatable', 'getmetatable', 'setmetatable', 'class', 'factory',
   'getconstructortable', 'metatype', 'version', 'getenv', 'setenv'} do
   torch[name] = luaT[name]
end
for _, name in ipairs{'setnumthreads', 'getnumthreads', 'getnumcores', 'memorystats', 'releasememory', 'failallocation',
   'cpuinfo', 'pointer', 'isequal', 'isatty', 'updateerrorhandlers', 'pushudata'} do
   torch[name] = C[name]
end
luaT.isequal = C.isequal
C.setroot(debug.getinfo(1, 'S').source:match('^@(.*)torch/init%.lua$'))

local tensors = {} -- of metatables of userdata, whether these are tensors'

--- Whether obj is a tensor, of any type.
function torch.isTensor(obj)
   local mt = type(obj) == 'userdata' and debug.getmetatable(obj)
   local known = tensors[mt]
   if known == nil then
      local name = torch.typename(obj)
      known = name ~= nil and name:find('torch%..*Tensor') ~= nil
      if mt then tensors[mt] = known end
   end
   return known
end

--- Whether obj is a storage, of any type.
function torch.isStorage(obj)
   local name = torch.typename(obj)
   return name ~= nil and name:find('torch%..*Storage') ~= nil
end

--- Whether garbage is collected at the pace at which tensors take memory (the default).
function torch.setheaptracking(on)
   C.setheaptracking(on)
   torch._heaptracking = on
end

--- torch.getheaptracking() -> boolean: whether garbage is collected at the pace at which tensors take memory.
function torch.getheaptracking() return torch._heaptracking end
torch._heaptracking = true

--- Names the first module, criterion or operation that makes a NaN or an infinity: nn/checknan.lua.
function torch.checkNaN(on)
   if on ~= nil and type(on) ~= 'boolean' then
      require('torch.arguments').error('checkNaN', 1, 'on', 'boolean expected, got %s', torch.type(on))
   end
   require 'nn'
   return require('nn.checknan')(on)
end

local Storage = require 'torch.Storage'
local classes = require 'torch.classes'
for _, name in ipairs(Storage.types) do classes.declare(name) end
require 'torch.utils'
require 'torch.random'

-- What a session may never use is there at once and loaded when it is first used.
for name, file in pairs{
   CmdLine = 'torch.CmdLine', Tester = 'torch.Tester', Timer = 'torch.Timer',
   File = 'torch.File', DiskFile = 'torch.File', PipeFile = 'torch.File', MemoryFile = 'torch.File',
} do
   luaT.declare('torch.' .. name, torch, function() luaT.load(file) end)
end
--- torch.Allocator(): a class without methods, kept for old scripts.
luaT.declare('torch.Allocator', torch, function() luaT.newmetatable('torch.Allocator') end) -- a name that programs ask for

--- torch.test([names]) -> boolean: runs the project's own suites, or those named, each in a process of its own; whether
-- they passed.
function torch.test(...)
   torch.test = require('torch.selftest')('torch.test', 'lua')
   return torch.test(...)
end
for name, file in pairs{
   save = 'torch.File', load = 'torch.File', saveobj = 'torch.File', loadobj = 'torch.File',
   serialize = 'torch.File', deserialize = 'torch.File', serializeToStorage = 'torch.File',
   deserializeFromStorage = 'torch.File', TestSuite = 'torch.TestSuite', fuse = 'torch.fuse',
} do
   torch[name] = function(...)
      luaT.load(file)  -- puts the function itself here
      return torch[name](...)
   end
end

if compiling then jit.on() end
return torch
