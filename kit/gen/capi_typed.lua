-- Generates the structural half of the typed C API for GPU tensors: what concerns shape, views and
-- ownership.
--   luajit capi_typed.lua tensor|storage TH/generic/TH<...>Typed.h OUT.h OUT.c
-- The functions are those of the CPU's header, for CudaTensor and its sisters and with the THCState
-- first. Each is a cast and a call of the CPU's function of the same element type: the structs are the
-- same, and the type recorded in them says where the elements are. Only functions that have no tensor
-- to look at (constructors) or reach for elements themselves (get, set) are written otherwise; copies
-- between all types, and the questions where a tensor lives, are added.
local here = arg[0]:match('^(.*)/[^/]*$') or '.'
package.path = here .. '/?.lua;' .. package.path
local write = require('describe').write
local what, input, header_path, source_path = unpack(arg)
local class = what == 'tensor' and 'Tensor' or 'Storage'

local types = require 'types'
local elements = types.names(function(t) return t.gpu end)
local function cuda(element) return 'TH' .. types[element].gpu end

-- "{r}get(THCState *state)" with the values of a table
local function fill(template, values)
   return (template:gsub('{(%w+)}', function(key) return assert(values[key], key) end))
end

-- ---- the CPU's prototypes ----

-- The generic words of a C declaration, for one type: prefix THFloat or THCuda.
local function specialise(text, prefix, element)
   text = text:gsub('%f[%w_]THTensor%f[^%w_]', prefix .. 'Tensor'):gsub('%f[%w_]THStorage%f[^%w_]', prefix .. 'Storage')
   return (text:gsub('%f[%w_]real%f[^%w_]', types[element].real))
end

local function parameters(list)
   local params = {}
   if list == '(void)' then return params end
   for p in list:sub(2, -2):gmatch('[^,]+') do
      local ctype, name = p:match('^ *(.-)([%w_]+)$')
      params[#params + 1] = {ctype = assert(ctype, p), name = name}
   end
   return params
end

-- {ret, name, params} of everything that a generic header declares.
local function read_prototypes(path)
   local f = assert(io.open(path))
   local text = f:read('*a'):gsub('/%*.-%*/', ''):gsub('%s+', ' ')
   f:close()
   local list = {}
   for ret, name, params in text:gmatch('TH_API ([^;]-)TH' .. class .. '_%((%w+)%)(%b());') do
      list[#list + 1] = {ret = ret, name = name, params = parameters(params)}
   end
   local _, declared = text:gsub('TH_API', '')
   assert(#list == declared and declared > 0, path .. ': a prototype is not understood')
   return list
end

-- ---- bodies ----

local function names(params, first)
   local list = {}
   for i = first or 1, #params do list[#list + 1] = params[i].name end
   return table.concat(list, ', ')
end

-- The general rule.
local function cast_body(p, element)
   local values = {}
   for i, param in ipairs(p.params) do
      local generic = param.ctype:match('THTensor') or param.ctype:match('THStorage')
      values[i] = (generic and '(' .. specialise(param.ctype, 'TH' .. element, element):gsub(' $', '') .. ')' or '') .. param.name
   end
   local call = string.format('TH%s%s_%s(%s)', element, class, p.name, table.concat(values, ', '))
   if p.ret == 'void ' then return call .. ';' end
   local own = p.ret:match('THTensor') or p.ret:match('THStorage')
   return 'return ' .. (own and '(' .. specialise(p.ret, cuda(element), element) .. ')' or '') .. call .. ';'
end

-- A constructor of tensors is a new tensor and the function that shapes one.
local function new_shaped(p, element, shape)
   return fill([[
TH_AUTO(THAnyTensor) self = THAnyTensor_new({type});
  {shape}((TH{element}Tensor *)self, {args});
  THAnyTensor_retain(self);
  return ({cuda}Tensor *)self;]], {type = 'TH_' .. element:upper() .. ' | TH_DEVICE', element = element, cuda = cuda(element),
      shape = 'TH' .. element .. 'Tensor_' .. shape, args = names(p.params)})
end

local function positions(p, n)
   if class == 'Storage' then return 'index' end
   local list = {}
   for i = 0, n - 1 do list[#list + 1] = 'x' .. i end
   return string.format('%d, (int64_t[]){%s}', n, table.concat(list, ', '))
end

-- Elements travel one by one.
local function get_body(p, element, n)
   return string.format('%s value;\n  THScalar_store(TH_%s, &value, THAny%s_get((const THAny%s *)self, %s));\n  return value;',
      types[element].real, element:upper(), class, class, positions(p, n))
end
local function set_body(p, element, n)
   return string.format('THAny%s_%s((THAny%s *)self, %s, THScalar_load(TH_%s, &value));', class,
      class == 'Tensor' and 'put' or 'set', class, positions(p, n), element:upper())
end

-- The body of a function, or nil: there is no such thing on the GPU.
local function tensor_body(p, element)
   local name = p.name
   if name == 'new' then
      return string.format('return (%sTensor *)THAnyTensor_new(TH_%s | TH_DEVICE);', cuda(element), element:upper())
   end
   local shaped, how = name:match('^newWith(%a+)(%d?[dN]?d?)$')
   if shaped == 'Size' then return new_shaped(p, element, 'resize' .. how) end
   if shaped == 'Storage' then
      local q = {params = {unpack(p.params)}}
      q.params[1] = {name = string.format('(TH%sStorage *)%s', element, p.params[1].name)}
      return new_shaped(q, element, 'setStorage' .. how)
   end
   local n = name:match('^get(%d)d$')
   if n then return get_body(p, element, tonumber(n)) end
   n = name:match('^set(%d)d$')
   if n then return set_body(p, element, tonumber(n)) end
   return cast_body(p, element)
end

local function storage_body(p, element)
   local name, values = p.name, {cuda = cuda(element), type = 'TH_' .. element:upper() .. ' | TH_DEVICE', real = types[element].real,
      name = p.name, args = names(p.params), n = #p.params}
   if name == 'newWithMapping' then return nil end
   if name:match('^newWithSize%d$') then
      return fill('return ({cuda}Storage *)new_with_values({type}, {n}, ({real}[]){{args}});', values)
   end
   if name == 'newWithData' then return fill('return ({cuda}Storage *)new_with_data({type}, {args});', values) end
   if name == 'new' then return fill('return ({cuda}Storage *)THAnyStorage_new({type});', values) end
   if name:match('^new') then return fill('return ({cuda}Storage *)THAnyStorage_{name}({type}, {args});', values) end
   if name == 'rawCopy' then return fill('raw_copy((THAnyStorage *){args});', values) end
   if name == 'get' then return get_body(p, element) end
   if name == 'set' then return set_body(p, element) end
   return cast_body(p, element)
end

-- ---- output ----

local header, source = {}, {}
local function h(...) header[#header + 1] = string.format(...) end
local function c(...) source[#source + 1] = string.format(...) end

local function emit(proto, body)
   h('TH_API %s;', proto)
   if body:find('\n') then c('%s\n{\n  (void)state;\n  %s\n}', proto, body)
   else c('%s { (void)state; %s }', proto, body) end
end

local function structural(p, element, body)
   local params = {'THCState *state'}
   for _, param in ipairs(p.params) do
      params[#params + 1] = specialise(param.ctype .. param.name, cuda(element), element)
   end
   emit(string.format('%s%s%s_%s(%s)', specialise(p.ret, cuda(element), element), cuda(element), class, p.name,
      table.concat(params, ', ')), body)
end

-- Copies from every GPU type, into every CPU type, and between the two of one element type.
local function copies(element)
   local gpu, cpu = cuda(element) .. class, 'TH' .. element .. class
   local function copy(to, name, from, begin)
      local call = string.format('%s(THAny%s *)self, (THAny%s *)src);', begin or 'THAny' .. class .. '_copy(', class, class)
      emit(string.format('void %s_%s(THCState *state, %s *self, %s *src)', to, name, to, from), call)
   end
   for _, other in ipairs(elements) do copy(gpu, 'copyCuda' .. other, cuda(other) .. class) end
   for _, other in ipairs(elements) do copy('TH' .. other .. class, 'copyCuda' .. element, gpu) end
   copy(cpu, 'copyCuda', gpu)
   copy(gpu, 'copyCuda', gpu)
   copy(gpu, 'copyCPU', cpu)
   if class == 'Tensor' then
      copy(gpu, 'copyIgnoringOverlaps', gpu)
      copy(gpu, 'copyAsyncCPU', cpu, 'THC_copyAsync(state, ')
      copy(cpu, 'copyAsyncCuda', gpu, 'THC_copyAsync(state, ')
   end
end

local function places(element)
   local t = cuda(element) .. class
   if class == 'Storage' then
      emit(string.format('int %s_getDevice(THCState *state, const %s *self)', t, t), 'return self->device - 1;')
      return
   end
   emit(string.format('int %s_getDevice(THCState *state, const %s *self)', t, t),
      'return self->storage ? self->storage->device - 1 : -1;')
   emit(string.format('int %s_checkGPU(THCState *state, unsigned int nTensors, ...)', t), [[
va_list tensors;
  va_start(tensors, nTensors);
  int here = on_current_gpu(nTensors, tensors);
  va_end(tensors);
  return here;]])
end

local about = {
   Tensor = [[
/* Structure of GPU tensors: the functions of TH/include/TH/generic/THTensor.h, where each has its line of
   documentation, for CudaTensor and its sisters and with the state first. Argument numbers in errors
   do not count the state. Besides: copies from and to every type; getDevice, the GPU counted from 0,
   -1 when there is no storage; checkGPU, whether all the tensors given are on the current GPU or empty.
   data() is a pointer into the GPU's memory. get and set wait for the GPU. newWith... make their
   storage on the current GPU.

   copyAsync: of equal counts, both contiguous; returns at once when the CPU's memory is page-locked
   (THCState_getCudaHostAllocator), which must then stay untouched until the stream has been waited for. */]],
   Storage = [[
/* GPU storages: the functions of TH/include/TH/generic/THStorage.h, where each has its line of documentation,
   for CudaStorage and its sisters and with the state first. Besides: copies from and to every type, and
   getDevice, the GPU counted from 0. Allocators make memory of the current GPU; newWithData takes over a
   block of THCudaMalloc or cudaMalloc; rawCopy reads from the same GPU. get and set wait for the GPU. */]],
}
local preamble = {
   Tensor = [[
#include <stdarg.h>
#include "THC.h"
#include "core/THDevice.h"

static int on_current_gpu(unsigned int n, va_list tensors)
{
  int here = TH_device->current();
  for (unsigned int i = 0; i < n; i++) {
    const THAnyTensor *t = va_arg(tensors, const THAnyTensor *);
    if (t->storage && t->storage->device != here) return 0;
  }
  return 1;
}]],
   Storage = [[
#include "THC.h"
#include "core/THDevice.h"

static THAnyStorage *new_with_values(THType type, int n, const void *values)
{
  TH_AUTO(THAnyStorage) self = THAnyStorage_newWithSize(type, n);
  for (int i = 0; i < n; i++)
    THAnyStorage_set(self, i, THScalar_load(type, (const char *)values + (size_t)i * THType_size(type)));
  THAnyStorage_retain(self);
  return self;
}

static THAnyStorage *new_with_data(THType type, void *data, ptrdiff_t size)
{
  void *context;
  THAllocator *allocator = TH_device->allocator(&context);
  return THAnyStorage_newWithDataAndAllocator(type, data, size, allocator, context);
}

static void raw_copy(THAnyStorage *self, const void *src)
{
  size_t bytes = (size_t)self->size * THType_size((THType)self->type);
  if (bytes) TH_device->transfer(self->data, self->device, src, self->device, bytes);
}]],
}

local guard = 'THC_' .. class:upper() .. '_TYPED_H'
h('#ifndef %s\n#define %s', guard, guard)
h('/* Generated by kit/gen/capi_typed.lua from %s; do not edit. */', input:match('[^/]+$'))
h('%s\n#include "THCTypes.h"', about[class])
c('/* Generated by kit/gen/capi_typed.lua from %s; do not edit. */', input:match('[^/]+$'))
c('%s', preamble[class])

local prototypes = read_prototypes(input)
for _, element in ipairs(elements) do
   local t = cuda(element) .. class
   h('\n/* ---- %s ---- */', t)
   c('\n/* ---- %s ---- */\n', t)
   for _, p in ipairs(prototypes) do
      local body = (class == 'Tensor' and tensor_body or storage_body)(p, element)
      if body then structural(p, element, body) end
   end
   copies(element)
   places(element)
   h('static inline void %s_autofree(%s **self) { THAny%s_free((THAny%s *)*self); }', t, t, class, class)
end
h('\n#endif')

write(header_path, header)
write(source_path, source)
