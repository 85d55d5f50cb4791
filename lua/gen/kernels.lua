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
function read.tensor(a, at) return string.format('kernel_%stensor(L, %d)', a.optional and 'optional_' or '', at) end
function read.number(_, at) return string.format('kernel_number(L, %d)', at) end
function read.int(_, at) return string.format('kernel_int(L, %d)', at) end
function read.flag(_, at) return string.format('lua_toboolean(L, %d)', at) end
function read.gen(_, at) return string.format('kernel_generator(L, %d)', at) end

-- The frame of a call (BindFrame): the C function's first argument is its state.
local function names(row)
   local list = {'-'}
   for i, a in ipairs(row[1]) do list[i + 1] = a.name end
   return table.concat(list, ' ')
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
      emit('  static const BindFrame frame = {"nn.%s", "%s", false};', (row.name:gsub('_%a+$', '')), names(row))
      emit('  kernel_enter(L, &frame, %d);', #row[1])
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
