-- Generates the Lua C bindings of the operation table.
--   luajit bindings.lua OUT.c NAME HEADER PREFIX TABLE.lua...
-- The registration function is bind_register_NAME(L): it makes `ops` of the table on top. HEADER declares the C
-- functions, whose names begin with PREFIX.
local here = arg[0]:match('^(.*)/[^/]*$') or '.'
package.path = here .. '/?.lua;' .. package.path
local optable, signature, types, gradient = require 'optable', require 'signature', require 'types', require 'gradient'

local out_path, name, header, prefix = unpack(arg, 1, 4)
local rows = optable.load{unpack(arg, 5)}
local rules, rule_of = gradient.rules(rows)
local writers = {} -- the number of each row
local out = {}
local function emit(...) out[#out + 1] = string.format(...) end

local typebit = {}
for i, t in ipairs(types) do typebit[t.name] = 2 ^ (i - 1) end

local function mask(row)
   local m = 0
   for _, t in ipairs(row.types) do m = m + typebit[t] end
   for _, t in ipairs(row.cuda) do m = m + typebit[t] * 2 ^ types.device end
   return m
end

-- A fixed element type, on the side that the call is dispatched on.
local function beside(element) return string.format('THType_beside(TH_%s, call.type)', element:upper()) end

local function cstring(s) return '"' .. s:gsub('[\\"]', '\\%0'):gsub('\n', '\\n') .. '"' end

-- How one argument is read. Returns the C arguments it becomes; adds declarations to `pre`.
local read = {}

function read.tensor(arg, at, pre, form)
   if not at then return {arg.self or 'NULL'} end
   if arg.mask then return {string.format('bind_mask(L, &call, %d)', at)} end
   if arg.type then return {string.format('bind_fixed(L, &call, %d, %s)', at, beside(arg.type))} end
   return {string.format('call.tensor[%d]', at - 1)}
end
function read.out(arg, at, pre)
   local kind = arg.kind == 'outmask' and beside('Byte') or arg.kind == 'outindex' and beside('Long') or
      arg.type and beside(arg.type) or 'call.type'
   if at then
      local get = kind == 'call.type' and string.format('call.tensor[%d]', at - 1)
         or string.format('bind_fixed(L, &call, %d, %s)', at, kind)
      pre[#pre + 1] = string.format('THAnyTensor *%s = %s;', arg.name, get)
      arg.at = tostring(at)
   else
      pre[#pre + 1] = string.format('THAnyTensor *%s = bind_newtensor(L, %s);', arg.name, kind)
      pre[#pre + 1] = string.format('const int %s_at = lua_gettop(L);', arg.name)
      arg.at = arg.name .. '_at'
   end
   return {arg.name}
end
read.outmask, read.outindex, read.newout, read.inout = read.out, read.out, read.out, read.out
function read.tensors(arg, at, pre)
   pre[#pre + 1] = string.format('int %s_n;', arg.name)
   pre[#pre + 1] = string.format('THAnyTensor **%s = bind_tensorlist(L, %d, call.type, &%s_n);', arg.name, at, arg.name)
   return {arg.name, arg.name .. '_n'}
end
function read.scalar(arg, at)
   return {string.format('THScalar_fromDouble(%s)', at and 'lua_tonumber(L, ' .. at .. ')' or arg.default)}
end
function read.number(arg, at) return {at and string.format('lua_tonumber(L, %d)', at) or tostring(arg.default)} end
function read.int(arg, at) return {at and string.format('bind_integer(L, %d)', at) or tostring(arg.default)} end
function read.index(arg, at) return {string.format('bind_integer(L, %d) - 1', at)} end
function read.dim(arg, at, pre, form)
   if at and type(arg.default) == 'number' and arg.default < 0 then -- the default can be said: cat(x, y, -1)
      return {string.format('lua_tonumber(L, %d) == %d ? %d : bind_dimension(L, %d)', at, arg.default + 1, arg.default, at)}
   end
   if at then return {string.format('bind_dimension(L, %d)', at)} end
   if arg.default == 'last' then
      local of = arg.of
      for _, a in ipairs(form) do
         if not of and a.kind == 'tensor' then of = a.name end
      end
      return {of .. '->nDimension - 1'}
   end
   return {tostring(arg.default < 0 and arg.default or arg.default - 1)}
end
function read.flag(arg, at)
   return {at and string.format('lua_toboolean(L, %d)', at) or (arg.default and '1' or '0')}
end
function read.option(arg, at)
   return {at and string.format('bind_option(L, %d, %s)', at, cstring(arg.letters)) or cstring(arg.default)}
end
function read.gen(arg, at) return {string.format('bind_generator_or_default(L, %d)', at or 0)} end
function read.dims(arg, at, pre, form, last)
   pre[#pre + 1] = string.format('BindSizes %s;', arg.name)
   pre[#pre + 1] = string.format('bind_sizes(L, %d, %s, &%s);', at, last, arg.name)
   return {arg.name .. '.n', arg.name .. '.size'}
end
function read.const(arg) return {tostring(arg.value)} end

-- Where each C argument comes from, for errors: the name of the Lua argument, or -. What is left out comes from self, or,
-- being a position or a count that depends on it, from the first tensor.
local function origin(arg, given, form)
   if given then return arg.name end
   if arg.self then return arg.self end
   if arg.kind == 'dim' or arg.kind == 'int' then
      for _, a in ipairs(form) do
         if a.kind == 'tensor' then return a.name end
      end
   end
   return '-'
end

-- Where the recorder finds what has a slot: stack indices, as C.
local function places(form, positions)
   local list, byname = {}, {}
   for i, arg in ipairs(form) do
      if positions[i] then byname[arg.name] = tostring(positions[i]) end
   end
   for _, arg in ipairs(gradient.slots(form)) do
      local made = arg.at and not byname[arg.name] and '(short)' .. arg.at
      list[#list + 1] = byname[arg.name] or made or arg.self and byname[arg.self] or '0'
   end
   return '(const short[]){' .. table.concat(list, ', ') .. '}'
end

local function emit_case(row, case, is_method)
   local form, at = case.form, 0
   local pre, args, origins, results = {}, {}, {}, {}
   for _, arg in ipairs(form) do arg.at = nil end
   -- dims may be followed by nothing, so its numbers run to the last argument
   local positions = {}
   for i, arg in ipairs(form) do
      if case.present[i] then
         at = at + 1
         positions[i] = at
      end
   end
   local needs_of = false
   for i, arg in ipairs(form) do
      if arg.kind == 'dim' and arg.default == 'last' and not positions[i] then needs_of = true end
   end
   for i, arg in ipairs(form) do
      local values = read[arg.kind](arg, positions[i], pre, form, 'call.nargs')
      if arg.kind == 'tensor' and (needs_of or row.nonzero == arg.name) then
         pre[#pre + 1] = string.format('THAnyTensor *%s = %s;', arg.name, values[1])
         values = {arg.name}
      elseif form.expr and not arg.kind:match('^out') then
         pre[#pre + 1] = string.format('const double %s = %s;', arg.name, values[1])
      end
      for _, v in ipairs(values) do
         args[#args + 1] = v
         origins[#origins + 1] = origin(arg, positions[i], form)
      end
      if arg.kind == 'out' or arg.kind == 'outmask' or arg.kind == 'outindex' or arg.kind == 'newout' or arg.kind == 'inout' then
         results[#results + 1] = arg
      end
   end
   for _, pattern in ipairs(case.patterns) do
      emit('  case %s: /* %s */', signature.pack(pattern), table.concat(pattern, ' '))
   end
   emit('  {')
   emit('    bind_enter(L, "%s", "%s", %s);', row.name, table.concat(origins, ' '), is_method and 'true' or 'false')
   for _, line in ipairs(pre) do emit('    %s', line) end
   if row.nonzero then
      for i, arg in ipairs(form) do
         if arg.name == row.nonzero and arg.kind == 'scalar' then
            emit('    THMath_checkDivisor("%s", call.type, %s, %d);', row.name, read.scalar(arg, positions[i])[1], i)
         elseif arg.name == row.nonzero then
            emit('    THMath_checkDivisors("%s", %s, %d);', row.name, arg.name, i)
         end
      end
   end
   local rule = rule_of[form]
   local places_ = rule and places(form, positions)
   local recorded = '__builtin_expect(call.recorded, 0)'
   local function given(arg) return tonumber(arg.at) ~= nil and arg.kind ~= 'newout' end
   local overwrites = false
   for _, arg in ipairs(results) do overwrites = overwrites or given(arg) end
   for i, arg in ipairs(form) do
      if arg.kind == 'tensors' then emit('    call.recorded |= bind_listrecorded(L, %d);', positions[i]) end
   end
   if rule and overwrites then emit('    if (%s) bind_before(L, &call, &rule_%d, %s);', recorded, rule.id, places_) end
   local call = form.expr and '(' .. form.expr .. ')' or string.format('%s%s(%s)', form.c:match('^TH') and '' or prefix, form.c, table.concat(args, ', '))
   if rule and form.ret then
      emit('    THScalar value = %s;', call)
      emit('    if (%s) return bind_record_number(L, &call, &rule_%d, %s, value);', recorded, rule.id, places_)
      emit('    bind_pushscalar(L, call.type, value);')
   elseif form.ret == 'real' or form.ret == 'accreal' then emit('    bind_pushscalar(L, call.type, %s);', call)
   elseif form.ret == 'boolean' then emit('    lua_pushboolean(L, %s);', call)
   elseif form.ret then emit('    lua_pushnumber(L, (double)%s);', call)
   else emit('    %s;', call) end
   if form.ret then
      emit('    return 1;')
   else
      for _, arg in ipairs(results) do
         if arg.kind == 'outindex' then emit('    THAnyTensor_add(%s, %s, THScalar_fromInt(TH_INDEX_BASE));', arg.name, arg.name) end
         if given(arg) and not row.untyped then emit('    THAnyStorage_touch(%s->storage, %d);', arg.name, writers[row]) end
      end
      local function finish(n)
         if rule then emit('    return %s ? bind_record(L, &call, &rule_%d, %s, %d) : %d;', recorded, rule.id, places_, n, n)
         else emit('    return %d;', n) end
      end
      local back = form.returns or row.returns
      if back then -- quirks of the original: which argument comes back
         emit('    lua_pushvalue(L, %s);', back == 'last' and 'call.nargs' or tostring(back))
         finish(1)
      else
         for _, arg in ipairs(results) do emit('    lua_pushvalue(L, %s);', arg.at) end
         finish(#results)
      end
   end
   emit('  }')
end

-- Whether a form has a number, which may be left out, before a tensor: then a recorded number could be taken for that.
local function has_factor(forms)
   for _, form in ipairs(forms) do
      for i, arg in ipairs(form) do
         if arg.kind == 'scalar' and arg.default and form[i + 1] and form[i + 1].kind == 'tensor' then return true end
      end
   end
end

local function emit_function(row, forms, suffix, is_method)
   emit('static int %s_%s(lua_State *L)', row.name, suffix)
   emit('{')
   emit('  BindCall call;')
   emit('  bind_begin(L, &call, &%s_info, %s);', row.name, is_method and 'true' or 'false')
   local factor = has_factor(forms)
   if factor then
      emit('  int results;')
      emit('  if (__builtin_expect(call.recorded & BIND_ELEMENT, 0) && bind_recorded_number(L, &call, &results)) return results;')
   end
   emit('again:')
   emit('  if (call.info->types >> call.type & 1) switch (call.signature) {')
   for _, case in ipairs(signature.cases(forms)) do emit_case(row, case, is_method) end
   emit('  }')
   emit('  if (bind_retry(L, &call)) goto again;')
   if not factor then emit('  int results;') end
   emit('  if (__builtin_expect(call.recorded, 0) && bind_recorded_number(L, &call, &results)) return results;')
   emit('  return bind_mismatch(L, &call);')
   emit('}\n')
end

-- ---- descriptions of the forms, for the error when none fits ----

-- What a value{} of a handwritten row may be.
local value_kinds = {any = 'ANY', LongStorage = 'SIZES', Storage = 'STORAGE', CharStorage = 'STORAGE', table = 'TABLE',
   ['function'] = 'FUNCTION', string = 'STRING', integer = 'NUMBER', ['Tensor of any type'] = 'ANYTENSOR',
   ['string or constructor'] = 'ANY', file = 'ANY'}
local described = {
   tensor = {'T', 'tensor'}, scalar = {'NUMBER', 'number'}, int = {'NUMBER', 'integer'}, index = {'NUMBER', 'position'},
   dim = {'NUMBER', 'dimension'}, flag = {'BOOLEAN', 'boolean'}, gen = {'GENERATOR', 'torch.Generator'},
   tensors = {'TABLE', 'table of tensors'}, dims = {'DIMS', 'sizes'}, outmask = {'TENSOR + TH_BYTE', 'ByteTensor'},
   outindex = {'TENSOR + TH_LONG', 'LongTensor'},
}
described.number, described.out, described.inout = described.scalar, described.tensor, described.tensor

local function describe_arg(arg)
   local kind, words
   if arg.kind == 'value' then
      kind = value_kinds[arg.shown] or arg.shown:find("^'") and 'STRING' or arg.shown:find('^%a+$') and 'ANY' or 'REST'
      words = arg.shown
   elseif arg.kind == 'option' then kind, words = 'STRING', 'one of the letters ' .. arg.letters
   elseif arg.mask then kind, words = 'MASK', 'ByteTensor'
   elseif arg.type then kind, words = 'TENSOR + TH_' .. arg.type:upper(), arg.type .. 'Tensor'
   else kind, words = unpack(described[arg.kind]) end
   return string.format('{"%s", %s, BIND_%s, %s}', arg.name, cstring(words), kind,
      signature.is_optional(arg) and 'true' or 'false')
end

-- Emits the forms of a row's functions or methods; returns the name of the list.
local function emit_forms(row, id, what, forms)
   local list, short, callable = {}, row.name:match('[^.]+$'), {}
   for _, form in ipairs(forms) do -- torch.DoubleTensor.exp(2) is no method call
      if what == 'function' or form[1].kind ~= 'number' and form[1].kind ~= 'gen' then callable[#callable + 1] = form end
   end
   if #callable == 0 then return 'NULL' end
   for i, form in ipairs(callable) do
      local args = {}
      for _, arg in ipairs(form) do
         if arg.kind ~= 'const' and arg.kind ~= 'newout' then args[#args + 1] = describe_arg(arg) end
      end
      emit('static const BindArg %s_%s_%d[] = {', id, what, i)
      for _, arg in ipairs(args) do emit('  %s,', arg) end
      emit('  {NULL, NULL, 0, false}};')
      list[i] = string.format('  {%s, %s_%s_%d},', cstring(signature.usage(short, form, what == 'method')), id, what, i)
   end
   emit('static const BindForm %s_%ss[] = {\n%s\n  {NULL, NULL}};', id, what, table.concat(list, '\n'))
   return string.format('%s_%ss', id, what)
end

emit('/* Generated by kit/gen/bindings.lua from the operation table; do not edit. */')
emit('#include "bind.h"')
emit('#include "%s"\n#include <math.h>\n', header)
for _, rule in ipairs(rules) do
   local descriptor = gradient.descriptor(rule, name ~= 'ops' and name or nil)
   if rule.row.lua == 'handwritten' then emit('extern const BindRule bind_rule_%s;\nconst BindRule bind_rule_%s = %s;', rule.row.name, rule.row.name, descriptor)
   else emit('static const BindRule rule_%d = %s;', rule.id, descriptor) end
end
for i, row in ipairs(rows) do writers[row] = name == 'ops' and i or 0 end
local table_ = {}
for _, row in ipairs(rows) do
   if row.kind == 'op' then
      local by_hand = row.lua == 'handwritten'
      local id = row.name:gsub('%.', '_')
      emit('/* ---- %s (%s:%d) ---- */\n#line %d "%s"', row.name, row.file, row.line, row.line, row.path)
      local functions = emit_forms(row, id, 'function', row.functions)
      local methods = emit_forms(row, id, 'method', row.methods)
      if by_hand then
         emit('extern const BindInfo bind_info_%s;\nconst BindInfo bind_info_%s = {"%s", 0xffff, %s, %s};', id, id, row.name, functions, methods)
      else
         emit('static const BindInfo %s_info = {"%s", 0x%x, %s, %s};', id, row.name, mask(row), functions, methods)
      end
      local f, m = 'NULL', 'NULL'
      if not by_hand and #row.functions > 0 then
         emit_function(row, row.functions, 'function', false)
         f = row.name .. '_function'
      end
      if not by_hand and #row.methods > 0 then
         emit_function(row, row.methods, 'method', true)
         m = row.name .. '_method'
      end
      table_[#table_ + 1] = string.format('  {&%s, %s, %s},', by_hand and 'bind_info_' .. id or id .. '_info', f, m)
   end
end
emit('static const BindOp ops[] = {\n%s\n  {NULL, NULL, NULL},\n};\n', table.concat(table_, '\n'))
emit('void bind_register_%s(lua_State *L);', name)
emit('void bind_register_%s(lua_State *L) { bind_openops(L, ops, "ops"); }', name)

local f = assert(io.open(out_path, 'w'))
f:write(table.concat(out, '\n'), '\n')
f:close()
