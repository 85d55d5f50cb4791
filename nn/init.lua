-- nn: the modules that networks are made of, and the criterions to train them by. ? nn.Linear tells of one.
--
-- A class's file is loaded when the class is first used, in Lua (nn.Linear()), by torch.class (a parent) or by
-- torch.load (an object), so the package loads at once.
require 'torch'
local luaT = require 'luaT'

nn = nn or {}
local nn = nn
local ok, files = luaT.once(require, 'nn.modules')
if not ok then error(files, 0) end

-- loaded when the first one is called, or nn.THNN is looked at
local kernels = {}
local function load_kernels()
   for name, f in pairs(luaT.load 'libnn') do rawset(kernels, name, f) end
   setmetatable(kernels, nil)
end
setmetatable(kernels, {__index = function(_, name)
   load_kernels()
   return kernels[name]
end})
local kind = {Float = 'real', Double = 'real', Half = 'real', Byte = 'integer', Char = 'integer', Short = 'integer', Int = 'integer',
   Long = 'integer'}
require('torch.classes').each(function(name, class)
   if kind[name] then class.THNN = kernels end -- they refuse what is not Float or Double
   if kind[name] == 'integer' then class.nn = {} end -- a name of Torch7's
end)

local internals = {}

-- Where the kernels of a type are; kept for modules written for Torch7.
internals.THNN = {
   kernels = {['torch.FloatTensor'] = kernels, ['torch.DoubleTensor'] = kernels},
   optionalTensor = function(t) return t end,
   runKernel = function(f, type, ...) return nn.THNN.kernels[type][f](...) end,
   getState = function() end,
}

--- Tests of the modules, of all or of some names (nn/selftest.lua).
function internals.test(names) return require('nn.selftest').test(names) end
function internals.testTHNN(names) return require('nn.selftest').testTHNN(names) end

-- How convolutions are done: nn.winograd(on), nn.convolutionWays(module, height, width).
for _, name in ipairs{'winograd', 'convolutionWays'} do
   internals[name] = function(...) return require('nn.convolution.ways')[name](...) end
end

--- nn.summary(net, size) -> summary: shapes, parameters, flops, memory and time of the modules of a net; see nn/summary.lua.
function internals.summary(...) return require('nn.summary')(...) end

--- Loads every file.
function internals.loadAll()
   for name in pairs(files) do luaT.define(getmetatable(nn[name]) or {}) end
   return nn
end

-- Classes are there at once and loaded when they are used; tables of functions when they are named.
local libraries = {Jacobian = true, SparseJacobian = true, hessian = true, tables = true, utils = true}
local function load_class(typename)
   local name = typename:sub(4)
   local file = files[name]
   luaT.load('nn.' .. file)
   require('nn.check').install(name, file:match('^[^.]*'))
end
luaT.once(function()
   for name in pairs(files) do
      if not libraries[name] then luaT.declare('nn.' .. name, nn, load_class) end
   end
end)
setmetatable(nn, {
   __index = function(_, name)
      if name == 'THNN' and getmetatable(kernels) then load_kernels() end
      if not libraries[name] then return internals[name] end
      require('nn.' .. files[name])
      return rawget(nn, name)
   end,
   __names = libraries, -- what pairs does not show, for completion and the like
})

if package.loaded['autograd.methods'] then require('luaT').load('autograd.modules') end
return nn
