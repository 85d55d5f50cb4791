--- What programs do with the FFI: structs of tensors and storages, functions of libTH, classes of cdata, addresses.
require 'torch'
local ffi = require 'ffi'
local check = dofile((arg[0]:match('^(.*)/') or '.') .. '/check.lua')
local eq, ok = check.eq, check.ok

-- ---- structs ----

local x = torch.FloatTensor{{1, 2, 3}, {4, 5, 6}}:t()
local c = x:cdata()
eq({c.nDimension, tonumber(c.size[0]), tonumber(c.stride[0]), tonumber(c.storageOffset), c.refcount}, {2, 3, 1, 0, 1}, 'fields of a tensor')
eq({tonumber(c.storage.size), c.storage.data[4]}, {6, 5}, 'fields of its storage')
c.storage.data[4] = 7
eq(x[{2, 2}], 7, 'an element set through the struct')
eq(tostring(ffi.typeof(c)), 'ctype<struct THFloatTensor *>', 'the type of cdata()')
eq(ffi.istype('THFloatStorage *', x:storage():cdata()), true, 'that of a storage')

-- ---- functions: libTH's names are the process's ----

ffi.cdef[[
void THDoubleTensor_retain(THDoubleTensor *);
void THDoubleTensor_free(THDoubleTensor *);
double THDoubleTensor_sumall(THDoubleTensor *);
]]
local y = torch.ones(3)
ffi.C.THDoubleTensor_retain(y:cdata())
eq(y:cdata().refcount, 2, 'retain')
ffi.C.THDoubleTensor_free(y:cdata())
eq(y:cdata().refcount, 1, 'free')
eq(ffi.C.THDoubleTensor_sumall(y:cdata()), 3, 'a function of a tensor')
ffi.C.THDoubleTensor_retain(y:cdata())
local shared = torch.pushudata(y:cdata(), 'torch.DoubleTensor')
ok(torch.isequal(shared, y) and torch.pointer(shared) == torch.pointer(y), 'pushudata gives a tensor for a count')
local generator = torch.pushudata(ffi.cast('uintptr_t', (function()
   ffi.cdef 'typedef struct THGenerator THGenerator; THGenerator *THGenerator_new(void);'
   return ffi.C.THGenerator_new()
end)()), 'torch.Generator')
torch.manualSeed(generator, 1)
local expected = torch.random(generator)
torch.manualSeed(1)
eq(expected, torch.random(), 'and a generator')
check.error(function() torch.pushudata(0, 'torch.Generator') end, 'argument #1 %(address%)', 'no address')
check.error(function() torch.pushudata(y:cdata(), 'torch.None') end, 'argument #2 %(class%): unknown class', 'no class')

-- ---- addresses ----

eq(torch.pointer(ffi.cast('int *', 0x1234)), 0x1234, 'the address that a pointer holds')
eq(torch.pointer(y:cdata()), torch.pointer(y), 'a tensor and its struct')
local struct = ffi.new('struct {int a;}')
eq(torch.pointer(struct), tonumber(ffi.cast('uintptr_t', ffi.cast('void *', struct))), 'where a struct lies')

-- ---- classes of cdata: the FFI's metatable stays, luaT notes the name ----

ffi.cdef 'typedef struct test_point {double x, y;} test_point;'
local methods = {norm = function(p) return math.sqrt(p.x * p.x + p.y * p.y) end}
local mt = {__index = methods, __len = function() return 2 end}
ffi.metatype('test_point', mt)
torch.metatype('test.Point', mt, 'test_point')
torch.metatype('test.Point', mt, 'test_point &')
local p = ffi.new('test_point', 3, 4)
eq({torch.typename(p), torch.type(p), torch.isTypeOf(p, 'test.Point'), p:norm(), #p}, {'test.Point', 'test.Point', true, 5, 2}, 'an object')
eq(torch.typename(ffi.new('test_point[1]')[0]), 'test.Point', 'a reference to one')
eq({torch.typename(ffi.new('test_point[1]')), torch.type(1LL)}, {nil, 'cdata'}, 'other cdata')
ok(torch.getmetatable('test.Point') == mt, 'the class by its name')

check.finish()
