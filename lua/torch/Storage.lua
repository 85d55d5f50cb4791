-- torch.XStorage: elements through the FFI, so that s[i] compiles.
local ffi = require 'ffi'
local C = require 'libtorch'
local luaT = require 'luaT'
local element = require 'torch.element'
local arguments = require 'torch.arguments'
local refuse = arguments.refuse
local torch = torch

ffi.cdef[[
typedef struct THAllocator {
   void *(*malloc)(void *, ptrdiff_t);
   void *(*realloc)(void *, void *, ptrdiff_t);
   void (*free)(void *, void *);
} THAllocator;
typedef signed char THChar;
typedef struct THHalf { unsigned short x; } THHalf;
typedef struct THBFloat16 { unsigned short x; } THBFloat16;
typedef unsigned char THBool;
]]

-- The list of THTypes.h: names in the order of their numbers, and {kind =, real =, size =, gpu =} and the number by name.
local M = {types = {}, type = {}, number = {}}
for i, t in ipairs(C.types) do M.types[i], M.type[t.name], M.number[t.name] = t.name, t, i - 1 end

-- The C structs of a type, whose elements are of the C type `real`.
local function declare(name, real)
   local declaration = ([[
      typedef struct TH@Storage {
         $ *data; ptrdiff_t size; int refcount; char flag; unsigned char type, device;
         THAllocator *allocator; void *allocatorContext; union { struct TH@Storage *view; uint64_t version; };
      } TH@Storage;
      typedef struct TH@Tensor {
         int64_t *size, *stride; int nDimension; TH@Storage *storage; ptrdiff_t storageOffset; int refcount;
         char flag; unsigned char type;
      } TH@Tensor;
   ]]):gsub('@', name):gsub('%$', real)
   ffi.cdef(declaration)
end

-- The FFI reads C's structs by the declarations here, which must say what C's own say (C.layout).
local function check_struct(ctype, fields)
   for field, offset in pairs(fields) do
      local ok, here = pcall(ffi.offsetof, ctype, field)
      if not (ok and here == offset) then
         error(string.format('torch: %s.%s lies at %d in libtorch, not at %s: its Lua files are of another version', ctype,
            field, offset, tostring(ok and here)), 0)
      end
   end
end

local function check_layout()
   for _, t in ipairs(C.types) do
      if ffi.sizeof(t.real) ~= t.size then error('torch: elements of ' .. t.name .. ' have another size in libtorch', 0) end
   end
   declare('Any', 'void')
   check_struct('THAllocator', C.layout.allocator)
   check_struct('THAnyStorage', C.layout.storage)
   check_struct('THAnyTensor', C.layout.tensor) -- every type's are alike: `real` is only pointed to
end
check_layout()
C.layout = nil

local cast, floor, type, tonumber = ffi.cast, math.floor, type, tonumber

local function out_of_bounds(what, s, k)
   arguments.error(what, 1, 'i', 'index %s out of bounds: storage of size %d', tostring(k), s:size())
end

-- s[3LL]
local function at_integer(s, k)
   if tonumber(k) then return s[tonumber(k)] end
end

-- s[k] = v of what is no number or no position, but for k = 3LL.
local function other_assignment(s, k, v)
   if type(k) == 'cdata' and tonumber(k) then
      s[tonumber(k)] = v
      return
   end
   if type(k) ~= 'number' then arguments.error('s[i] = v', 1, 'i', 'number expected as index, got %s', torch.type(k)) end
   arguments.error('s[i] = v', 2, 'v', 'number expected, got %s', torch.type(v))
end

-- __index and __newindex of storages whose elements are read by C.
local function by_c(mt, own_index, own_newindex, other_index, other_newindex)
   local get, set = mt.get_, mt.set_
   return function(s, k)
      if own_index and mt.__index__ ~= own_index then return other_index(s, k) end
      if type(k) ~= 'number' then
         if type(k) == 'cdata' then return at_integer(s, k) end
         return mt[k]
      end
      return get(s, k)
   end, function(s, k, v)
      if own_newindex and mt.__newindex__ ~= own_newindex then return other_newindex(s, k, v) end
      if type(k) ~= 'number' or not tonumber(v) then return other_assignment(s, k, v) end
      set(s, k, element.number(v))
   end
end

-- The same of those that the FFI reads.
local function by_ffi(name, mt, own_index, own_newindex, other_index, other_newindex)
   local pointer = ffi.typeof('TH' .. name .. 'Storage **')
   local read, write, set = element.read[name], element.write[name], mt.set_
   return function(s, k)
      if own_index and mt.__index__ ~= own_index then return other_index(s, k) end
      if type(k) ~= 'number' then
         if type(k) == 'cdata' then return at_integer(s, k) end
         return mt[k]
      end
      local p = cast(pointer, s)[0]
      local i = floor(k) - 1
      if i >= 0 and i < tonumber(p.size) then return read(p.data, i) end
      out_of_bounds('s[i]', s, k)
   end, function(s, k, v)
      if own_newindex and mt.__newindex__ ~= own_newindex then return other_newindex(s, k, v) end
      if type(k) == 'number' and type(v) == 'number' then
         local p = cast(pointer, s)[0]
         local i = floor(k) - 1
         if i >= 0 and i < tonumber(p.size) then return write(p.data, i, v) end
         out_of_bounds('s[i] = v', s, k)
      elseif type(k) == 'number' and type(v) == 'boolean' and name == 'Bool' then
         v = v and 1 or 0
      elseif type(k) ~= 'number' or not tonumber(v) then
         return other_assignment(s, k, v)
      end
      set(s, k, element.number(v))
   end
end

--- elementSize of a class: of an object, or, called without one (torch.FloatStorage.elementSize()), of the class.
function M.element_size(of_object, size)
   return function(...)
      if select('#', ...) == 0 then return size end
      return of_object(...)
   end
end

--- The C structs of a type (see M.type); before its classes.
function M.declare(name, type_) declare(name, type_.real) end

--- Makes the class of storages `name` of a type. Elements are read through the FFI where they are numbers
-- in memory that the CPU sees; Half and the types of the GPU (with `remote`) go by way of C.
function M.define(name, type_, remote)
   local pointer = ffi.typeof('TH' .. name .. 'Storage **')
   local new = C.newstorage[name]
   local function construct(...)
      local size, address = ...
      if type(address) ~= 'cdata' then return new(...) end
      return new(size, tonumber(cast('intptr_t', address)))
   end
   local mt = luaT.newmetatable('torch.' .. name .. 'Storage', nil, construct, nil, function() return construct() end)
   mt.__metatable = mt
   for k, f in pairs(C.storage) do mt[k] = f end
   mt.elementSize = M.element_size(mt.elementSize, type_.size)
   C.setclass('torch.' .. name .. 'Storage', mt)
   luaT.indexed(mt, function(...)
      if remote or not element.read[name] then return by_c(mt, ...) end
      return by_ffi(name, mt, ...)
   end)
   --- Address of the first element (nil when empty), as typed pointer or, asnumber, as intptr_t.
   function mt.data(s, asnumber)
      if type(s) ~= 'userdata' or getmetatable(s) ~= mt or asnumber ~= nil and type(asnumber) ~= 'boolean' then
         refuse('Storage.data', true, s, asnumber)
      end
      local p = cast(pointer, s)[0]
      if p.data == nil then return nil end
      return asnumber and cast('intptr_t', p.data) or p.data
   end
   --- The C struct, TH<Real>Storage *.
   function mt.cdata(s, asnumber)
      if getmetatable(s) ~= mt then error('cdata: torch.' .. name .. 'Storage expected, got ' .. torch.type(s), 2) end
      local p = cast(pointer, s)[0]
      return asnumber and cast('intptr_t', p) or p
   end
   function mt.totable(s)
      if type(s) ~= 'userdata' or getmetatable(s) ~= mt then refuse('Storage.totable', true, s) end
      local t = {}
      for i = 1, s:size() do t[i] = s[i] end
      return t
   end
   mt.__len__ = mt.size
end

return M
