-- torch.XTensor: classes, constructors, and the methods that are Lua.
local ffi = require 'ffi'
local C = require 'libtorch'
local luaT = require 'luaT'
local arguments = require 'torch.arguments'
local Storage = require 'torch.Storage'
local torch = torch
local cast, type = ffi.cast, type
local refuse, fail = arguments.refuse, arguments.error

local Tensor = C.tensor -- methods of every tensor class
local M = {methods = Tensor}

local function istensor(x) return type(x) == 'userdata' and torch.isTensor(x) end

-- Functions of torch that are methods, too: make(method) gives either.
local functions = C.functions
local function both(name, make)
   functions[name], Tensor[name] = make(false), make(true)
end
-- A method that checks that it is called on a tensor.
local function method(name, f)
   Tensor[name] = function(...)
      if not istensor((...)) then refuse(name, true, ...) end
      return f(...)
   end
end

local loaded = {}
local function later(kind, name, file)
   return function(...)
      loaded[file] = loaded[file] or luaT.load(file)
      return loaded[file][kind][name](...)
   end
end
for file, names in pairs{['torch.views'] = {'repeatTensor', 'permute', 'split', 'chunk'},
   ['torch.compose'] = {'isnan', 'isinf', 'isfinite', 'argmax', 'argmin', 'where'}} do
   for _, name in ipairs(names) do
      functions[name], Tensor[name] = later('functions', name, file), later('methods', name, file)
   end
end
Tensor.sub = later('methods', 'sub', 'torch.views')
functions.einsum = later('functions', 'einsum', 'torch.compose')

-- Gradients: lua/autograd, loaded when something of it is first called
local function gradients(kind, name)
   return function(...) return luaT.load('autograd.methods')[kind][name](...) end
end
for _, name in ipairs{'requiresGrad', 'isRecorded', 'grad', 'zeroGrad', 'item', 'detach', 'hook', 'retainGrad', 'backward'} do
   Tensor[name] = gradients('methods', name)
end
for _, name in ipairs{'grad', 'noGrad', 'enableGrad', 'isRecording', 'anomaly'} do torch[name] = gradients('functions', name) end
for name, file in pairs{vjp = 'transforms', jvp = 'transforms', jacobian = 'transforms', hessian = 'transforms', hvp = 'transforms', vmap = 'transforms',
   Function = 'Function', checkpoint = 'Function'} do
   torch[name] = function(...) return luaT.load('autograd.' .. file)[name](...) end
end
torch.draw = function(...) return luaT.load('autograd.draw')(...) end

--- Type name, or a copy of that type; the same tensor when it has it already.
--- Called as a function (torch.Tensor.type(v)) it tells the class of anything.
function Tensor.type(x, name)
   if not name then return torch.typename(x) end
   if not istensor(x) then refuse('type', true, x, name) end
   local short = tostring(name):match('^torch%.(%w+)Tensor$')
   local convert = short and C.convert[short]
   if convert then return convert(x) end
   local mt = type(name) == 'string' and luaT.getmetatable(name)
   if not mt then fail('type', 1, 'name', "unknown tensor type %s; there are 'torch.FloatTensor', 'torch.LongTensor' and so on", tostring(name)) end
   return mt.new():resize(x:size()):copy(x)
end
method('typeAs', function(x, y)
   if not istensor(y) then refuse('typeAs', true, x, y) end
   return x:type(y:type())
end)
method('real', function(x) return x:type(torch.getdefaulttensortype()) end)
for _, name in ipairs(Storage.types) do Tensor[name:lower()] = C.convert[name] end

--- Nested tables of the elements.
both('totable', function(is_method)
   return function(x)
      if torch.isStorage(x) then return x:totable() end
      if not istensor(x) then refuse('totable', is_method, x) end
      if C.recorded(x) ~= 0 then x = C.alias(x) end -- whose elements are numbers
      local t = {}
      if x:dim() == 1 then
         for i = 1, x:size(1) do t[i] = x[i] end
      elseif x:dim() > 1 then
         for i = 1, x:size(1) do t[i] = x[i]:totable() end
      end
      return t
   end
end)

Tensor.isTensor = torch.isTensor
Tensor.__len__ = Tensor.size

ffi.cdef 'typedef struct { void *object; const void *klass; unsigned char recorded; } THLuaBox;' -- BindBox of bind.h
local box = ffi.typeof 'THLuaBox *'

-- Of data and cdata: x is of the class, asnumber a boolean. What is read or written by a pointer leaves no note.
local function check_pointer(name, is_method, mt, x, asnumber)
   if not mt or getmetatable(x) ~= mt or asnumber ~= nil and type(asnumber) ~= 'boolean' then refuse(name, is_method, x, asnumber) end
   if cast(box, x).recorded ~= 0 and C.recording() then
      fail(name, 0, 'x', 'the tensor is recorded, and what is done by its address would not be: take x:detach(), or call it within torch.noGrad')
   end
end

--- Makes the class of tensors `name`; its storages' class exists.
function M.define(name)
   local typename = 'torch.' .. name .. 'Tensor'
   local pointer = ffi.typeof('TH' .. name .. 'Tensor **')
   local construct = C.newtensor[name]
   local mt = luaT.newmetatable(typename, nil, construct, nil, function() return construct() end)
   for k, f in pairs(Tensor) do rawset(mt, k, f) end
   local size = luaT.getmetatable('torch.' .. name .. 'Storage').elementSize()
   mt.elementSize = Storage.element_size(Tensor.elementSize, size)
   --- Address of the first element (nil without storage), as typed pointer or, asnumber, as intptr_t. It holds
   -- until the storage is resized or collected.
   function mt.data(x, asnumber)
      check_pointer('data', true, mt, x, asnumber)
      local t = cast(pointer, x)[0]
      local s, last = t.storage, t.storageOffset
      if s == nil or s.data == nil and t.nDimension == 0 then return nil end
      for d = 0, t.nDimension - 1 do last = last + (t.size[d] - 1) * t.stride[d] end
      if last >= s.size and t.nDimension > 0 then
         error(string.format('data: the tensor needs %d elements of a storage that was resized to %d', tonumber(last) + 1,
            tonumber(s.size)), 2)
      end
      local p = s.data + t.storageOffset
      return asnumber and cast('intptr_t', p) or p
   end
   --- The C struct, TH<Real>Tensor *.
   function mt.cdata(x, asnumber)
      check_pointer('cdata', true, mt, x, asnumber)
      local t = cast(pointer, x)[0]
      return asnumber and cast('intptr_t', t) or t
   end
   C.setclass(typename, mt)
end
for _, name in ipairs{'data', 'cdata'} do
   torch[name] = function(x, asnumber)
      local mt = type(x) == 'userdata' and getmetatable(x)
      check_pointer(name, false, mt and mt[name] and mt, x, asnumber)
      return mt[name](x, asnumber)
   end
end
for name, f in pairs(functions) do torch[name] = f end
C.functions = nil

return M
