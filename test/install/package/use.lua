--- Uses the package bag from Lua, as its users would; run by test/install/run and test/rocks/run.
local check = dofile(arg[1])
local eq, ok, raises = check.eq, check.ok, check.error
require 'bag'
local ffi = require 'ffi'
local function list(x) return x:totable() end
local types = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'}

-- ---- a class of C is a class like any other ----

local b = bag.Bag():add(1):add(2)
eq(torch.typename(b), 'bag.Bag', 'typename')
eq(torch.type(b), 'bag.Bag', 'type')
eq(tostring(b), 'bag.Bag', 'tostring without __tostring__')
eq({b:sum(), b:size(), #b, b:mean(), b[1], b[2]}, {3, 2, 2, 1.5, 1, 2}, 'methods, operators, a method of Lua')
eq((b + bag.Bag():add(5)):sum(), 8, '__add__')
eq(b.nothing, nil, 'no such field')
raises(function() b.x = 1 end, 'the class bag.Bag cannot be indexed', 'no field is set on a userdata')
raises(function() return b - b end, 'both bag.Bag and bag.Bag have no substraction operator', 'no __sub__')
raises(function() return b[3] end, 'out of range', 'luaL_argcheck')

local w = bag.Weighted(10):add(4)
eq({w:sum(), w[1], #w}, {40, 4, 1}, 'methods, __index__ and __len__ of the parent')
ok(torch.isTypeOf(w, 'bag.Bag') and torch.isTypeOf(w, bag.Bag) and not torch.isTypeOf(b, 'bag.Weighted'), 'isTypeOf')
eq(torch.type((w + b)), 'bag.Bag', 'an operator of the parent')
ok(rawequal(torch.getconstructortable('bag.Bag'), bag.Bag), 'constructor table')
ok(torch.factory('bag.Weighted') and torch.factory('bag.Bag'), 'factories')
eq(torch.version(w), 1, 'version')
ok(torch.isequal(b, b) and not torch.isequal(b, w), 'isequal')
raises(function() torch.class('bag.Bag') end, 'has been already assigned a factory', 'a class is defined once')
raises(function() w.sum(torch.ones(2)) end, 'argument #1: bag.Bag expected, got torch.DoubleTensor', 'another class')
raises(function() w:sum('x') w.sum() end, 'argument #1: bag.Bag expected, got no value', 'no object')
raises(function() local x = w x.add(3) end, 'use.lua:%d+: add: argument #1: bag.Bag expected, got number', 'an error names the line')

local Child, parent = torch.class('bag.Child', 'bag.Bag')
function Child:__init(n) self.n = n end
function Child:sum() return self.n end
eq(bag.Child(7):sum(), 7, 'a class of Lua derived from one of C')
ok(rawequal(parent, torch.getmetatable('bag.Bag')), 'its parent')
ok(torch.isTypeOf(bag.Child(1), 'bag.Bag'), 'it is one')
raises(function() return bag.Child(7):size() end, 'bag.Bag expected, got bag.Child', "C's methods refuse what is no userdata")

-- ---- files ----

local again = torch.deserialize(torch.serialize{w, w, other = b})
eq({again[1]:sum(), torch.type(again[1]), again.other:sum()}, {40, 'bag.Weighted', 3}, 'written and read back by write, read and factory')
ok(torch.isequal(again[1], again[2]), 'one object stays one')

-- ---- memory ----

again, b, w = nil, nil, nil
collectgarbage() collectgarbage()
eq(bag.live(), 0, 'destructors run')
eq(pcall(bag.Weighted, 'x'), false, 'a constructor that raises')
eq(bag.live(), 0, '... leaks nothing')

-- ---- tensors of every type ----

for _, name in ipairs(types) do
   local x = torch[name .. 'Tensor']{{1, 2, 3}, {4, 5, 6}}
   local y = x.bag.double(x)
   eq(torch.typename(y), 'torch.' .. name .. 'Tensor', name .. ': a tensor made in C')
   eq(list(y:t()), {{2, 8}, {4, 10}, {6, 12}}, name .. ': is one for the operations of torch')
   eq(list(y:clone():add(1)), {{3, 5, 7}, {9, 11, 13}}, name .. ': and for arithmetic')
   eq(x.bag.total(x:t()), 21, name .. ': TH_TENSOR_APPLY')
   eq(list(x.bag.mix(x.new(), x, x:t():contiguous():t())), {{2, 5, 10}, {17, 26, 37}}, name .. ': TH_TENSOR_APPLY3')
   eq(list(x.bag.position(x:clone())), {{1, 2, 3}, {1, 2, 3}}, name .. ': TH_TENSOR_APPLY_D')
   local values, where = x.bag.largest(x:t())
   eq({list(values), list(where)}, {{{4}, {5}, {6}}, {{2}, {2}, {2}}}, name .. ': TH_TENSOR_DIM_APPLY3')
   eq({x.bag.trace(x:t())}, {6, 6, 6}, name .. ': fields, macros, storages')
   local rows, sum = x.bag.rows(x:storage(), 3)
   eq({list(rows), sum}, {{{1, 2}, {3, 4}, {5, 6}}, 6}, name .. ': a view of a storage')
   eq(torch.pointer(rows:storage()), torch.pointer(x:storage()), name .. ': shares it')
   eq(x.bag.kind(), (name == 'Byte' and 'byte' or name:find('[FD]') and 'floating' or 'integer') .. ' ' .. x:elementSize(),
      name .. ': TH_REAL_IS_...')
   raises(function() x.bag.double(torch.HalfTensor(2)) end, 'torch.' .. name .. 'Tensor expected, got torch.HalfTensor',
      name .. ': another type')
end
eq(torch.deserialize(torch.serialize(torch.ones(2).bag.double(torch.ones(2))))[2], 2, 'tensors made in C are written to files')

-- Errors of TH arrive in the coroutine that called, after its line.
local x, y = torch.ones(2), torch.ones(3)
raises(function() x.bag.mix(x, x, y) end, 'use.lua:%d+: mix: sizes do not match', 'THArgCheck')
raises(function() x.bag.trace(x) end, 'use.lua:%d+: trace: matrix expected, got 1D tensor', 'THError')
local inside = coroutine.wrap(function()
   local good, why = pcall(x.bag.trace, x)
   coroutine.yield(why)
   return x:sum()
end)
ok(inside():find('matrix expected') ~= nil, 'THError in a coroutine')
raises(function() x.bag.trace(x) end, 'matrix expected', '... and outside')
eq(inside(), 2, '... and the coroutine goes on')

-- ---- other objects ----

local gen, file, storage, none = bag.others()
eq({torch.type(gen), torch.type(file), torch.type(storage), none}, {'torch.Generator', 'torch.MemoryFile', 'torch.FloatStorage'}, 'classes')
local other = torch.Generator()
torch.manualSeed(other, 7)
eq(torch.random(gen), torch.random(other), "a generator made in C is torch's")
file:writeObject{1, 'two'}
file:seek(1)
eq(file:readObject(), {1, 'two'}, 'so is a file')
file:close()
eq({storage[1], storage[2], #storage}, {1, 2, 2}, 'so is a storage')
torch.manualSeed(3)
local r = bag.shuffled(10)
torch.manualSeed(3)
eq(list(r), list(torch.randperm(10):add(-1):long()), 'torch._gen in C')
eq(bag.fields{number = 2.5, flag = true, text = 'text', tensor = torch.LongTensor(4), list = {1, 2}}, '2.5 2 yes text 4 2', 'fields')
raises(function() bag.fields{number = {}} end, 'fields: argument #1: field number: number expected, got table', 'a wrong field')
raises(function() bag.fields{number = 1, flag = true, text = '', tensor = torch.ones(1)} end,
   'field tensor: torch.LongTensor expected, got torch.DoubleTensor', 'a field of another class')

-- ---- the same by the FFI ----

ffi.cdef[[
void THFloatTensor_retain(THFloatTensor *);
void THFloatTensor_free(THFloatTensor *);
THFloatTensor *THFloatTensor_newWithSize2d(long, long);
void THFloatTensor_fill(THFloatTensor *, float);
]]
local made = ffi.C.THFloatTensor_newWithSize2d(2, 3)
ffi.C.THFloatTensor_fill(made, 4)
local t = torch.pushudata(made, 'torch.FloatTensor')
eq({t:sum(), t:cdata().refcount, tonumber(t:cdata().size[1])}, {24, 1, 3}, 'a tensor made by the FFI')
eq(torch.pointer(t), torch.pointer(made), 'its address')
t:cdata().storage.data[5] = 9
eq(t[2][3], 9, 'its struct')

check.finish()
