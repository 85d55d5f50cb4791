-- require 'nn': neural networks. Class files are loaded when a class is first named, in Lua
-- (nn.Linear), by torch.class (a parent) or by torch.load (an object), so the package loads at once.
require 'torch'
local luaT = require 'luaT'

nn = nn or {}
local nn = nn
local files = require 'nn.modules'

local kernels = require 'libnn'
for _, real in ipairs{'Float', 'Double'} do
   torch.getmetatable('torch.' .. real .. 'Tensor').THNN = kernels
end

-- Where the kernels of a type are; kept for modules written for Torch7.
nn.THNN = {
   kernels = {['torch.FloatTensor'] = kernels, ['torch.DoubleTensor'] = kernels},
   optionalTensor = function(t) return t end,
   runKernel = function(f, type, ...) return nn.THNN.kernels[type][f](...) end,
   getState = function() end,
}

local function define(name)
   local file = files[name]
   if not file then return nil end
   require('nn.' .. file)
   return rawget(nn, name)
end

setmetatable(nn, {__index = function(_, name) return define(name) end})
luaT.addloader(function(classname)
   local name = classname:match('^nn%.([%w_]+)$')
   return name ~= nil and define(name) ~= nil
end)

--- Loads every file, so that pairs(nn) lists all classes.
function nn.loadAll()
   for name in pairs(files) do define(name) end
   return nn
end

return nn
