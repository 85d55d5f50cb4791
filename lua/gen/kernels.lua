-- Generates the Lua bindings of nn's kernels.
--   luajit kernels.lua OUT.c OPS.lua...
-- Unlike operations, kernels have one form each, with every argument at its place. The output is
-- included by nn/THNN/binding.c, which defines the readers (kernel_tensor and so on).
local here = arg[0]:match('^(.*)/[^/]*$') or '.'
package.path = here .. '/?.lua;' .. package.path
local optable = require 'optable'

local rows = optable.load{unpack(arg, 2)}
local out = {'/* Generated from nn/ops.lua by lua/gen/kernels.lua. */'}
local function emit(...) out[#out + 1] = string.format(...) end

local read = {}
function read.tensor(a, at) return string.format('kernel_%stensor(L, %d, usage)', a.optional and 'optional_' or '', at) end
function read.number(_, at) return string.format('kernel_number(L, %d, usage)', at) end
function read.int(_, at) return string.format('kernel_int(L, %d, usage)', at) end
function read.flag(_, at) return string.format('lua_toboolean(L, %d)', at) end
function read.gen(_, at) return string.format('kernel_generator(L, %d)', at) end

local function usage(row)
   local names = {}
   for i, a in ipairs(row[1]) do
      local kind = a.kind == 'tensor' and (a.type and a.type .. 'Tensor' or 'Tensor') or a.kind == 'flag' and 'boolean'
         or a.kind == 'gen' and 'Generator' or 'number'
      names[i] = (a.optional and '[' or '') .. kind .. ' ' .. a.name .. (a.optional and ' or nil]' or '')
   end
   return row.name .. '(' .. table.concat(names, ', ') .. ')'
end

for _, row in ipairs(rows) do
   if row.kind == 'kernel' then
      local args = {'NULL'}
      for i, a in ipairs(row[1]) do
         if not read[a.kind] then error(row.name .. ': kernels take no ' .. a.kind, 0) end
         args[i + 1] = read[a.kind](a, i)
      end
      emit('static int kernel_%s(lua_State *L)', row.name)
      emit('{')
      emit('  static const char usage[] = "%s";', usage(row))
      emit('  kernel_enter(L, "%s", %d, usage);', row.name:gsub('_%a+$', ''), #row[1])
      emit('  THNN_%s(%s);', row.name, table.concat(args, ', '))
      emit('  return 0;')
      emit('}')
   end
end
emit('static const luaL_Reg kernels[] = {')
for _, row in ipairs(rows) do
   if row.kind == 'kernel' then emit('  {"%s", kernel_%s},', row.name, row.name) end
end
emit('  {NULL, NULL}};')

local file = assert(io.open(arg[1], 'w'))
file:write(table.concat(out, '\n'), '\n')
file:close()
