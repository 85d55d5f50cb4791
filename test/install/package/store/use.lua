--- Uses the package store from Lua; run by test/install/run.
local check = dofile(arg[1])
local eq, ok, raises = check.eq, check.ok, check.error
local store = require 'store'
local F, luaT = store.functions, store.luaT

-- ---- a class that lies in no global table ----

ok(rawget(_G, 'store') == nil and torch.getconstructortable('store.Hash') == store.Hash, 'the constructor is in the module')
local h = store.Hash()
h.a, h.flag, h.x = 2, true, torch.Tensor{1, 2}
h.inner = store.Hash()
h.inner.b = 3
eq({torch.type(h), #h, h.a, h.flag, h.x:sum(), h.inner.b, #h.inner}, {'store.Hash', 4, 2, true, 3, 3, 1}, '__index__, __newindex__, __len__')
h.x:fill(5)
eq(h.x:sum(), 10, 'a tensor is held, not copied')
h.a, h.flag = 5, nil
eq({h.a, h.flag, #h}, {5, nil, 3}, 'replaced and removed')
raises(function() h.s = {} end, 'number, boolean, tensor or hash expected, got table', 'luaT_typerror')
local names = {}
for name, value in h:pairs() do names[#names + 1] = name .. ' ' .. torch.type(value) end
table.sort(names)
eq(names, {'a number', 'inner store.Hash', 'x torch.DoubleTensor'}, 'an iterator')
local again = F.attach(h:retain())
ok(torch.isequal(h, again) and torch.pointer(h) == torch.pointer(again), 'an object by its address')
h.inner, again = nil, nil
collectgarbage() collectgarbage()
eq({F.alive(), h.a}, {1, 5}, 'counts')

-- ---- names of classes ----

eq({F.classes(h)}, {'store.Hash', true, 'store', 'Hash', true, true}, 'typename, typenameid, parts of the name')
eq({F.classes(torch.LongTensor())}, {'torch.LongTensor', true, 'torch', 'LongTensor', true, true}, '... of a tensor')
eq({F.classes(3), F.classes{}}, {}, '... of no object')
eq({F.ids(h)}, {'store.Hash', true, false, true}, 'ids of older packages')
eq(F.checkid('torch.File'), 'torch.File', 'an id')
raises(function() F.checkid('store.Nothing') end, 'there is no class store.Nothing', 'no id')

-- ---- arguments ----

eq({F.options(7, true)}, {7, 0, true, true}, 'checkinteger, tolong of no number, checkboolean, optboolean')
eq({F.options(7, false, false)}, {7, 0, false, false}, '... given')
raises(function() F.options('x', true) end, 'options: argument #1: number expected, got string', 'checkinteger')
raises(function() F.options(1, 2) end, 'options: argument #2: boolean expected, got number', 'checkboolean')
raises(function() F.options(1, true, 2) end, 'options: argument #3: boolean expected, got number', 'optboolean')
eq(F.fromhandle(F.handle()), 1, 'light userdata of a field')
raises(function() F.fromhandle{handle = 3} end, 'field handle: light userdata expected, got number', '... of another kind')
eq(F.entered(), 2, 'onentry')
local pipe = io.popen(("'%s' -e \"F = require('store').functions F.dump(1.5, 'text', true, torch.Tensor())\""):format(arg[-1]))
local text = pipe:read('*a')
pipe:close()
check.match(text, '^  1%. 1.5\n  2%. "text"\n  3%. true\n  4%. torch.DoubleTensor 0x%x+\n$', 'stackdump')

-- ---- luaT's functions for Lua ----

for name, f in pairs(luaT) do ok(type(f) == 'function' and type(torch[name]) == 'function', name .. ' is one of torch, too') end
eq({luaT.typename(h), luaT.version(h), luaT.pointer(h)}, {'store.Hash', 1, torch.pointer(h)}, 'typename, version, pointer')
ok(luaT.isequal(h, h) and not luaT.isequal(h, store.Hash()), 'isequal')
ok(luaT.getmetatable('store.Hash') == getmetatable(h) and luaT.getconstructortable('store.Hash') == store.Hash, 'tables of a class')
eq(torch.type(luaT.factory('store.Hash')()), 'store.Hash', 'factory')
luaT.setenv(h, {mine = 1})
eq(luaT.getenv(h).mine, 1, 'an environment')
local mt = luaT.newmetatable('store.Lua')
function mt.answer() return 42 end
local object = luaT.setmetatable({}, 'store.Lua')
eq({torch.type(object), object.answer()}, {'store.Lua', 42}, 'newmetatable, setmetatable')
local x = torch.Tensor{1, 2, 3}
local ffi = require 'ffi'
ffi.cdef 'void THDoubleTensor_retain(THDoubleTensor *); typedef struct store_point {int x;} store_point;'
ffi.C.THDoubleTensor_retain(x:cdata())
eq(luaT.pushudata(luaT.pointer(x), 'torch.DoubleTensor'):sum(), 6, 'pushudata')
local point = {__index = {}}
ffi.metatype('store_point', point)
luaT.metatype('store.Point', point, 'store_point')
eq(torch.typename(ffi.new('store_point')), 'store.Point', 'metatype')

-- ---- what was made at build time ----

eq({store.names.exp(0), store.names.sqrt(9), store.names.log1p(0)}, {1, 3, 0}, 'ADD_TORCH_WRAP')

-- ---- a pool of threads over luaT and torch.serialize ----

-- Results of f(i), i = 1 to n, each in a thread and a state of its own.
local function parallel(n, f)
   local threads, results = {}, {}
   for i = 1, n do
      threads[i] = store.Thread(([[
         require 'torch'
         local job = torch.deserialize(%q)
         return torch.serialize({job(%d)})]]):format(torch.serialize(f), i))
   end
   for i, thread in ipairs(threads) do results[i] = torch.deserialize(thread:wait())[1] end
   return results
end

local base = torch.Tensor{10, 20}
eq(parallel(4, function(i) return (base * i):sum() end), {30, 60, 90, 120}, 'jobs with upvalues in other states')
local shared = store.Hash()
shared.n = 7
eq(parallel(2, (function(address) return function(i) -- the same object in another state
   local hash = require('store').functions.attach(address[i])
   return hash.n + i
end end){shared:retain(), shared:retain()}), {8, 9}, 'an object of C by its address')
eq(torch.type(F.attach(store.Hash():retain())), 'store.Hash', 'a name in a variable of C, after states that had set it have gone')
raises(function() parallel(1, function() error('in a thread') end) end, 'in a thread', 'errors')

check.finish()
