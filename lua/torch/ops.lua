-- Puts the generated operations into torch and into the tensor classes, and defines the arithmetic
-- operators on them.
local C = require 'libtorch'
local torch = torch
local bit = require 'bit'
local arguments = require 'torch.arguments'
local fail, added = arguments.error, arguments.added
local M = {}

-- Puts what the type of that number (THType) has of a package into its class.
local function put_added(ops, mt, number)
   local own = rawget(mt, 'torch')
   for name, op in pairs(ops) do
      local f, m, mask = op[1], op[2], op[3]
      if bit.band(mask, bit.lshift(1, number)) ~= 0 then
         if m then rawset(mt, name, m) end
         if f then own[name] = f end
      end
   end
end
for _, name, f in C.nextop, C.ops, 0 do
   if f then torch[name] = f end
end

local add, csub, mul, remainder, div = torch.add, torch.csub, torch.mul, torch.remainder, torch.div
local type = type

local recorded -- lua/autograd, once it is loaded: its products and quotients by recorded numbers

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
   local scaled = recorded and recorded.product(a, b)
   if scaled then return scaled end
   local da, db = a:dim(), b:dim()
   if da == 1 and db == 1 then return a:dot(b) end
   if da == 2 and db == 1 then return torch.mv(a, b) end
   if da == 2 and db == 2 then return torch.mm(a, b) end
   fail('x * y', 2, 'y', 'multiplication between %dD and %dD tensors not yet supported', da, db)
end

-- Of an operator that takes a tensor and a number. instead: how to write it for other operands.
local function check_operands(sign, a, b, instead)
   local name = ('x %s s'):format(sign)
   if not torch.isTensor(a) then
      fail(name, 1, 'x', 'tensor expected, got %s; ' .. instead[1], torch.type(a))
   elseif type(b) ~= 'number' then
      fail(name, 2, 's', 'number expected, got %s; ' .. instead[2], torch.type(b))
   end
end
function operators.__div__(a, b)
   local quotient = recorded and recorded.quotient(a, b)
   if quotient then return quotient end
   check_operands('/', a, b, {'torch.cinv(x) * s divides a number by x', 'torch.cdiv(x, y) divides element by element'})
   return div(a, b)
end
function operators.__mod__(a, b)
   check_operands('%', a, b, {'for a number %% x, fill a tensor with it and use torch.cremainder', 'torch.cremainder(x, y) takes element by element'})
   return remainder(a, b)
end

-- The metamethod of an event, which calls the operator that the class has now: programs may replace it. No tail call, for
-- levels count.
local function metamethod(mt, event)
   return function(a, b)
      local result = mt[event](a, b)
      return result
   end
end

--- The operators ask core.product and core.quotient first.
function M.recorded(core) recorded = core end

local defined = {} -- {class, THType} of every tensor class

--- A set of operations, as bind_openops makes it: name -> {function, method, mask of types, info}.
function M.listed(set)
   local ops = {}
   for _, name, f, method, mask, info in C.nextop, set, 0 do ops[name] = {f, method, mask, info} end
   return ops
end

--- The same of all operations, those of packages included.
function M.all()
   local ops = M.listed(C.ops)
   for name, op in pairs(added) do ops[name] = op end
   return ops
end

--- Operations of another package (see listed): functions of torch, and methods of all tensor classes, also of later ones.
function M.add(package_name, ops)
   for name, op in pairs(ops) do
      if arguments.operation(name) or op[1] and torch[name] ~= nil then
         error(("%s: cannot add the operation '%s': torch.%s is there already"):format(package_name, name, name), 0)
      end
   end
   for name, op in pairs(ops) do
      added[name] = op
      if op[1] then torch[name] = op[1] end
   end
   for _, class in ipairs(defined) do put_added(ops, class[1], class[2]) end
end

--- Operations and operators of the tensor class `name`, whose THType is `number`.
function M.define(name, number)
   local mt = torch.getmetatable('torch.' .. name .. 'Tensor')
   rawset(mt, 'torch', {})
   C.putops(C.ops, mt, rawget(mt, 'torch'), number)
   put_added(added, mt, number)
   defined[#defined + 1] = {mt, number}
   if not rawget(mt, 'add') then return end -- a type without arithmetic
   for event, f in pairs(operators) do
      rawset(mt, event, f)
      rawset(mt, event:sub(1, -3), metamethod(mt, event)) -- without luaT's look at both operands
   end
end

return M
