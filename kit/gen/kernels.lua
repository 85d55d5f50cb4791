-- Generates what a package's kernels need beside their definitions: prototypes, typed functions, and
-- the Lua bindings.
--   luajit kernels.lua PACKAGE PREFIX STATE TYPED OUTDIR ROWS.lua...
-- A row `kernel "Abs_updateOutput"` declares the C function PREFIX_Abs_updateOutput(state, input, output), with
-- one form and every argument at its place. STATE is the type of a first argument that Lua does not give, or -.
-- In OUTDIR: PREFIXKernels.h has the prototypes, for tensors of any type and, when TYPED is typed, for each type
-- (PREFIX_FloatAbs_updateOutput), PREFIXKernels.c the typed functions, PREFIXKernels_lua.c the bindings (kit/kernel.h
-- has the readers). PREFIXKernels_gpu.h and .c have the typed functions for GPUs (PREFIX_CudaAbs_updateOutput), for the package's
-- library there.
local here = arg[0]:match('^(.*)/[^/]*$') or '.'
package.path = here .. '/?.lua;' .. package.path
local optable, describe = require 'optable', require 'describe'

local package_name, prefix, state, with_types, outdir = unpack(arg, 1, 5)
local name = prefix .. 'Kernels'
if state == '-' then state = nil end
local rows = {}
for _, row in ipairs(optable.load{unpack(arg, 6)}) do
   if row.kind == 'kernel' then rows[#rows + 1] = row end
end
local files = {h = {}, c = {}, lua = {}, gpu_h = {}, gpu_c = {}}
local function emit(file, ...) table.insert(files[file], select('#', ...) > 1 and string.format(...) or (...)) end

local ctype = {tensor = 'THAnyTensor *', number = 'double ', int = 'int ', long = 'int64_t ', flag = 'bool ', gen = 'THGenerator *',
   dim = 'int ', choice = 'int '}

local read = {
   tensor = function(a, at) return ('kernel_%stensor(L, %d)'):format(a.optional and 'optional_' or '', at) end,
   flag = function(_, at) return ('lua_toboolean(L, %d)'):format(at) end,
   dim = function(_, at) return ('bind_dimension(L, %d)'):format(at) end,
   choice = function(a, at) return ('kernel_choice(L, %d, "%s")'):format(at, table.concat(a.choices, ' ')) end,
}
for kind, reader in pairs{number = 'number', int = 'int', long = 'long', gen = 'generator'} do
   read[kind] = function(_, at) return ('kernel_%s(L, %d)'):format(reader, at) end
end

-- Text in lines of 100 columns at most, continued with an indent.
local function wrap(text, indent)
   local lines, line = {}, ''
   for word in text:gmatch('%S+') do
      if #line + #word + 1 > 98 and line ~= '' then
         lines[#lines + 1], line = line, indent .. word
      else
         line = line == '' and word or line .. ' ' .. word
      end
   end
   lines[#lines + 1] = line
   return table.concat(lines, '\n')
end

local gpu_types = {{'Float', 'Cuda'}, {'Double', 'CudaDouble'}, {'Half', 'CudaHalf'}}

-- A C function's parameters and the arguments with which it passes them on; type: of a typed function; gpu: for GPUs.
local function parameters(row, type, gpu)
   local declared, passed = {}, {}
   if state then declared[1], passed[1] = state .. ' *state', 'state' end
   for _, a in ipairs(row[1]) do
      local t, value = ctype[a.kind], a.name
      if type and a.kind == 'tensor' then
         local own = a.type or type
         local side, place = gpu and (own == 'Float' and 'Cuda' or 'Cuda' .. own) or own, gpu and ' | TH_DEVICE' or ''
         t, value = 'TH' .. side .. 'Tensor *', ('TH_CHECKED(%s, TH_%s%s, %d)'):format(a.name, own:upper(), place, #declared + 1)
         if a.optional then value = ('%s ? %s : NULL'):format(a.name, value) end
      end
      declared[#declared + 1], passed[#passed + 1] = t .. a.name, value
   end
   return declared[1] and table.concat(declared, ', ') or 'void', table.concat(passed, ', ')
end

local function header(row)
   if row.doc then emit('h', '\n' .. wrap('/* ' .. row.doc:gsub('%s+', ' '):gsub('^ ', '') .. '\0*/', '   '):gsub('%z', ' ')) end
   emit('h', wrap(('TH_API void %s_%s(%s);'):format(prefix, row.name, (parameters(row))), '    '))
end

local function typed_function(row, shown, h, c, declared, passed)
   local proto = ('void %s_%s%s(%s)'):format(prefix, shown, row.name, declared)
   emit(h, wrap('TH_API ' .. proto .. ';', '    '))
   emit(c, '%s\n{\n  %s_%s(%s);\n}', wrap(proto, '    '), prefix, row.name, passed)
end

local function typed(row)
   for _, type in ipairs(row.types) do typed_function(row, type, 'h', 'c', parameters(row, type)) end
   for _, t in ipairs(gpu_types) do typed_function(row, t[2], 'gpu_h', 'gpu_c', parameters(row, t[1], true)) end
end

-- The frame of a call (BindFrame) counts the state among the C function's arguments.
local function frame_names(row)
   local list = {state and '-'}
   for _, a in ipairs(row[1]) do list[#list + 1] = a.name end
   return table.concat(list, ' ')
end

local function binding(row)
   local args, written = {state and 'NULL'}, {}
   for i, a in ipairs(row[1]) do
      args[#args + 1] = a.written and a.name or read[a.kind](a, i)
      if a.written then written[#written + 1] = {a.name, read[a.kind](a, i)} end
   end
   emit('lua', 'static int kernel_%s(lua_State *L)', row.name)
   emit('lua', '{')
   emit('lua', '  static const BindFrame frame = {"%s.%s", "%s", false};', package_name,
      (row.name:gsub('_%a+$', '')), frame_names(row))
   emit('lua', '  kernel_enter(L, &frame, %d);', #row[1])
   for _, w in ipairs(written) do emit('lua', '  THAnyTensor *const %s = %s;', w[1], w[2]) end
   emit('lua', '  %s_%s(%s);', prefix, row.name, table.concat(args, ', '))
   for _, w in ipairs(written) do emit('lua', '  kernel_written(%s);', w[1]) end
   emit('lua', '  TH_operandsBegin();')
   emit('lua', '  return 0;')
   emit('lua', '}')
end

local notice = ('/* Generated from %s by kit/gen/kernels.lua. */'):format(arg[6]:match('([^/]+/[^/]+)/[^/]*$') or 'rows')
local guard = name:upper() .. '_H'
emit('h', '#ifndef %s\n#define %s\n%s\n#include "THTensor.h"\n#include "THRandom.h"', guard, guard, notice)
if state then emit('h', '\ntypedef void %s;', state) end
emit('c', '%s\n#include "%s.h"\n', notice, name)
emit('gpu_h', '#ifndef %s_GPU_H\n#define %s_GPU_H\n%s\n#include "THC.h"\n#include "%s.h"\n', name:upper(), name:upper(), notice, name)
emit('gpu_c', '%s\n#include "%s_gpu.h"\n', notice, name)
emit('lua', notice)
for _, row in ipairs(rows) do
   for _, a in ipairs(row[1]) do
      if not ctype[a.kind] then error(('%s: %s: kernels take no %s'):format(row.file, row.name, a.kind), 0) end
   end
   header(row)
   binding(row)
end
if with_types == 'typed' then
   emit('h', '\n/* The same for one type. */')
   for _, row in ipairs(rows) do typed(row) end
end
emit('h', '\n#endif')
emit('gpu_h', '\n#endif')
emit('lua', 'static const luaL_Reg kernels[] = {')
for _, row in ipairs(rows) do emit('lua', '  {"%s", kernel_%s},', row.name, row.name) end
emit('lua', '  {NULL, NULL}};')

describe.write(outdir .. '/' .. name .. '.h', files.h)
describe.write(outdir .. '/' .. name .. '.c', files.c)
describe.write(outdir .. '/' .. name .. '_lua.c', files.lua)
describe.write(outdir .. '/' .. name .. '_gpu.h', files.gpu_h)
describe.write(outdir .. '/' .. name .. '_gpu.c', files.gpu_c)
