-- Puts the generated operations into torch and into the tensor classes, and defines the arithmetic
-- operators on them.
local C = require 'libtorch'
local torch = torch
local bit = require 'bit'
local M = {}

-- Puts what the type of that number (THType) has into its class.
local function put_operations(mt, number)
   local own = {}
   for name, op in pairs(C.ops) do
      local f, m, mask = op[1], op[2], op[3]
      if bit.band(mask, bit.lshift(1, number)) ~= 0 then
         if m then rawset(mt, name, m) end
         if f then own[name] = f end
      end
   end
   rawset(mt, 'torch', own)
end
for name, op in pairs(C.ops) do
   if op[1] then torch[name] = op[1] end
end

local add, csub, mul, remainder, div = torch.add, torch.csub, torch.mul, torch.remainder, torch.div
local type = type

local function shape_error(a, b)
   error(string.format('multiplication between %dD and %dD tensors not yet supported', a:dim(), b:dim()), 3)
end

local operators = {}
function operators.__add__(a, b)
   if type(a) == 'number' then return add(b, a) end
   return add(a, b)
end
function operators.__sub__(a, b)
   if type(a) == 'number' then
      local r = mul(b, -1)
      return r:add(a)
   end
   return csub(a, b)
end
function operators.__unm__(a) return mul(a, -1) end
function operators.__mul__(a, b)
   if type(a) == 'number' then return mul(b, a) end
   if type(b) == 'number' or not (torch.isTensor(a) and torch.isTensor(b)) then return mul(a, b) end
   local da, db = a:dim(), b:dim()
   if da == 1 and db == 1 then return a:dot(b) end
   if da == 2 and db == 1 then return torch.mv(a, b) end
   if da == 2 and db == 2 then return torch.mm(a, b) end
   shape_error(a, b)
end
function operators.__div__(a, b)
   if type(b) ~= 'number' then error('tensor / number: number expected, got ' .. torch.type(b), 2) end
   return div(a, b)
end
function operators.__mod__(a, b)
   if type(b) ~= 'number' then error('tensor % number: number expected, got ' .. torch.type(b), 2) end
   return remainder(a, b)
end

--- Operations and operators of the tensor class `name`, whose THType is `number`.
function M.define(name, number)
   local mt = torch.getmetatable('torch.' .. name .. 'Tensor')
   put_operations(mt, number)
   if name == 'Half' then return end -- a storage type on the CPU
   for event, f in pairs(operators) do
      rawset(mt, event, f)
      rawset(mt, event:sub(1, -3), f) -- straight to it, past luaT's look-up
   end
end

return M
