--- Classes as other packages see them: metatables, the registry, operators, levels of the stack. Run by th.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'nn'
local eq, ok, raises = check.eq, check.ok, check.error

-- A class without a parent has no metatable; a derived class has its parent's.
local module = torch.getmetatable('nn.Module')
ok(getmetatable(module) == nil, 'a class without a parent')
ok(getmetatable(torch.getmetatable('nn.Linear')) == module, 'a derived class')
ok(getmetatable(torch.getmetatable('torch.DoubleTensor')) == nil, 'a class of userdata')
ok(getmetatable(nn.Linear) == torch.getmetatable('nn.Linear'), 'the metatable of a constructor table is the class')

-- Lua's registry knows every class, also one that is not loaded, both ways.
local registry = debug.getregistry()
for _, name in ipairs{'torch.DoubleTensor', 'torch.LongStorage', 'torch.DiskFile', 'nn.Linear', 'nn.VolumetricConvolution', 'torch.Timer'} do
   ok(registry[name] ~= nil, name .. ' is registered')
   eq(registry[registry[name]], name, name .. ' is registered by its metatable')
   ok(registry[name] == torch.getmetatable(name), name .. ' is the class')
end

-- What a type is given by.
local linear, tensor = nn.Linear(2, 2), torch.Tensor(3)
for _, case in ipairs{
   {tensor, tensor, true}, {tensor, torch.FloatTensor(1), false}, {linear, linear, true}, {linear, nn.Module, true},
   {linear, nn.Sequential(), false}, {linear, module, true}, {nn.Sequential(), linear, false}, {linear, 'nn.Module', true},
   {tensor, 'torch.*Tensor', true}, {tensor, 'Tensor', false}, {tensor, torch.DoubleTensor, true}, {3, tensor, false},
} do eq(torch.isTypeOf(case[1], case[2]), case[3], torch.type(case[1]) .. ' of ' .. torch.type(case[2])) end
raises(function() torch.isTypeOf(tensor, 3) end, 'class name, pattern, constructor or object expected', 'a number for a type')

-- Operators of tensor classes are looked up in the class.
local class = torch.getmetatable('torch.IntTensor')
for event, use in pairs{
   __add__ = function(x) return x + 1 end, __sub__ = function(x) return 1 - x end, __mul__ = function(x) return x * x end,
   __div__ = function(x) return x / 2 end, __mod__ = function(x) return x % 2 end, __unm__ = function(x) return -x end,
   __len__ = function(x) return #x end, __tostring__ = function(x) return tostring(x) end,
   __index__ = function(x) return x[1] end, __concat__ = function(x) return x .. 'a' end, __call__ = function(x) return x(1) end,
} do
   local own = rawget(class, event)
   class[event] = function() return 'mine', true end
   eq(use(torch.IntTensor{1, 2}), 'mine', event .. ' replaced')
   class[event] = own
end
local written
for _, name in ipairs{'IntTensor', 'HalfTensor', 'BFloat16Tensor', 'IntStorage', 'HalfStorage', 'BFloat16Storage'} do
   local mt = torch.getmetatable('torch.' .. name)
   local own_index, own_newindex = mt.__index__, mt.__newindex__
   local x = torch[name](2)
   own_newindex(x, 2, 7)
   eq({own_index(x, 2)}, {7, true}, name .. ' answers itself')
   eq({own_index(x, 'copy')}, {nil, false}, name .. ' leaves names to the class')
   function mt.__index__(t, k)
      if k == 'extra' then return 'found', true end
      return own_index(t, k)
   end
   function mt.__newindex__(t, k, v)
      if type(k) == 'string' then
         written = k
         return true
      end
      return own_newindex(t, k, v)
   end
   x[1], x.name = 5, 'a'
   eq({x[1], x.extra, written, x.copy == mt.copy}, {5, 'found', 'name', true}, name .. ' with an index of a program')
   mt.__index__, mt.__newindex__, written = own_index, own_newindex, nil
   ok(x.extra == nil and x[2] == 7, name .. ' with its own again')
   raises(function() x.name = 'a' end, 'argument #1', name .. ' takes no field')
end

-- __index__ of a program's classes: in a root, found by classes derived before; in a derived class.
torch.class('TestBase')
local base = torch.getmetatable('TestBase')
function TestBase:method() return 'method' end
torch.class('TestDerived', 'TestBase')
local early = TestDerived()
ok(early.answer == nil, 'no such field')
function TestBase.__index__(x, k)
   if k == 'answer' then return rawget(x, 'stored'), true end
   return nil, false
end
early.stored = 42
eq({early.answer, early:method(), TestBase().answer}, {42, 'method'}, '__index__ of a root, defined late')
function TestDerived.__index__(_, k) return k == 'other' and 'other' or nil, k == 'other' end
eq({early.other, early:method()}, {'other', 'method'}, '__index__ of a derived class')
ok(base.other == nil and TestBase().other == nil, 'its parent has none')
torch.class('TestThird', 'TestDerived')
eq({TestThird().other, TestThird():method()}, {'other', 'method'}, '__index__ is inherited')

-- Called without an object, what only depends on the class answers.
for name, size in pairs{Byte = 1, Short = 2, Float = 4, Double = 8, Half = 2, BFloat16 = 2, Bool = 1} do
   eq({torch[name .. 'Storage'].elementSize(), torch[name .. 'Tensor'].elementSize(), torch[name .. 'Tensor'](2):elementSize()},
      {size, size, size}, 'elementSize of ' .. name)
end
raises(function() torch.FloatStorage.elementSize(3) end, 'elementSize: self', 'elementSize of a number')
eq({torch.Tensor.type(3), torch.Tensor.type(torch.FloatTensor()), torch.Tensor.type(linear)}, {nil, 'torch.FloatTensor', 'nn.Linear'},
   'type as a function')
raises(function() torch.Tensor.type(3, 'torch.FloatTensor') end, 'type: self', 'a number has no copy')
raises(function() tensor:type(3) end, 'unknown tensor type 3', 'a number for a type')

-- Classes without a constructor of their own.
ok(type(torch.File) == 'table' and torch.File.writeObject == torch.MemoryFile().writeObject, 'torch.File')
ok(type(torch.Allocator) == 'table' and torch.getmetatable('torch.Allocator') == getmetatable(torch.Allocator), 'torch.Allocator')
raises(function() torch.Allocator() end, 'torch.Allocator has no constructor', 'nothing to make')

-- Heap tracking remembers its state.
ok(torch._heaptracking == true and torch.getheaptracking(), 'tracked at first')
torch.setheaptracking(false)
ok(torch._heaptracking == false and torch.getheaptracking() == false, 'switched off')
torch.setheaptracking(true)
ok(torch.getheaptracking(), 'switched on')

-- Functions that are called by a class have the same number of frames above them as under Torch7.
local function user_level(name)
   for level = 2, 20 do
      local info = debug.getinfo(level, 'S')
      if not info or info.source == name then return info and level - 1 end -- counted from the caller
   end
end
torch.class('TestLevels')
function TestLevels:__init() self.level = user_level('@user') end
for _, event in ipairs{'add', 'unm', 'call', 'concat', 'lt'} do
   TestLevels['__' .. event .. '__'] = function()
      TestLevels[event] = user_level('@user')
      return true
   end
end
assert(loadstring([[
   local a = TestLevels()
   local b, c, d, e, f = a + a, -a, a(1), a .. a, a < a
   return a]], '@user'))()
eq(TestLevels().level, nil, 'not called by the user')
local made = assert(loadstring('local a = TestLevels() return a', '@user'))()
eq(made.level, 4, '__init, the constructor, the call, the user')
for _, event in ipairs{'add', 'unm', 'call', 'concat', 'lt'} do eq(TestLevels[event], 3, event .. ': the method, the operator, the user') end

-- Other numbers of results of a call.
function TestLevels:__call__(...) return ... end
eq({TestLevels()(1, 2, 3)}, {1, 2, 3}, 'a call returns everything')

do
   local t = {}
   ok(rawequal(torch.setmetatable(t, 'TestLevels'), t) and torch.type(t) == 'TestLevels', 'setmetatable returns the table')
end

check.error(function() local a = torch.class('TestOrphan', 'no.such') end, 'test_class.lua:%d+: parent class no.such does not exist', 'no parent')
check.error(function() local a = torch.class('no_module.A') end, 'test_class.lua:%d+: no_module is an invalid module name: no table of that name is there to put no_module.A into', 'no module')
check.error(function() torch.newmetatable('TestOrphan', 'no.such') end, 'test_class.lua:%d+: parent class', 'no parent of a metatable')

do -- a class whose loading was interrupted
   local class = torch.class
   torch.class = function() error('interrupted') end
   check.error(function() nn.ReLU6() end, 'interrupted', 'a class that does not load')
   torch.class = class
   eq(nn.ReLU6():forward(torch.Tensor{7, -1}):totable(), {6, 0}, 'loads when it is used again')
end

-- a class called in place of its constructor table, whose parent has a call operator
do
   local Asked = torch.class('TestAsked')
   function Asked:__call__() return 'called' end
   local Asking = torch.class('TestAsking', 'TestAsked')
   check.eq(TestAsking()(), 'called', 'an object') -- luacheck: ignore
   check.error(function() local x = Asking(3) return x end, '^%S*test_class.lua:%d+: this is the class TestAsking, as torch.class has returned it', 'the class')
   check.eq(torch.typename(Asking.new()), 'TestAsking', 'its constructor')
end
check.finish()
