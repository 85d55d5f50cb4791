-- Generates the C side of the operation table.
--   luajit capi.lua cpu|cuda|package OUT.h OUT.c [NAME PREFIX LIST TYPED] TABLE.lua...
-- OUT.h: the untyped functions of rows that name loops (THAnyTensor_exp), and the typed public
-- functions of every row (THFloatTensor_exp). OUT.c: their definitions, a line or two each. For `cuda`
-- the typed functions of the rows that run on the GPU (THCudaTensor_exp), which take a THCState first;
-- what takes positions or a mask has a second form for those of the CPU (THCudaTensor_indexAdd_long).
-- For `package`, PREFIX_exp, whose map loops are lines of the package's LIST, and the prototypes of what the
-- package defines itself; PREFIX_Floatexp when TYPED is typed.
local here = arg[0]:match('^(.*)/[^/]*$') or '.'
package.path = here .. '/?.lua;' .. package.path
local write = require('describe').write
local optable, types = require 'optable', require 'types'

local cuda, header_path, source_path = arg[1] == 'cuda', arg[2], arg[3]
local own -- of a package
if arg[1] == 'package' then own = {name = arg[4], prefix = arg[5], list = arg[6], typed = arg[7] == 'typed'} end
local rows = optable.load{unpack(arg, own and 8 or 4)}
local header, source = {}, {}
local function h(...) header[#header + 1] = string.format(...) end
local function c(...) source[#source + 1] = string.format(...) end

-- THFloat, or THCuda.
local function th(type) return 'TH' .. (cuda and types[type].gpu or type) end

-- The untyped function, and the name of a typed one.
local function any(c_name) return (own and own.prefix .. '_' or 'THAnyTensor_') .. c_name end
local function of_type(type, c_name)
   return own and own.prefix .. '_' .. type .. c_name or th(type) .. 'Tensor_' .. c_name
end

-- A tensor argument as the untyped function takes it; @ stands for its number.
local function checked(name, type, on_cpu)
   return string.format('TH_CHECKED(%s, TH_%s%s, @)', name, type:upper(), cuda and not on_cpu and ' | TH_DEVICE' or '')
end

-- C parameters and the expressions that pass them on to the untyped function.
local function typed_argument(a, type)
   local tensor = th(type) .. 'Tensor *'
   local k, n = a.kind, a.name
   if k == 'tensor' and a.type then return {th(a.type) .. 'Tensor *' .. n}, {checked(n, a.type)} end
   if k == 'out' and a.type then return {th(a.type) .. 'Tensor *' .. n .. '_'}, {checked(n .. '_', a.type)} end
   if k == 'outindex' then return {th'Long' .. 'Tensor *' .. n .. '_'}, {checked(n .. '_', 'Long')} end
   if k == 'outmask' then return {th'Byte' .. 'Tensor *' .. n .. '_'}, {checked(n .. '_', 'Byte')} end
   if k == 'out' or k == 'newout' then return {tensor .. n .. '_'}, {checked(n .. '_', type)} end
   if k == 'inout' or k == 'tensor' then return {tensor .. n}, {checked(n, type)} end
   if k == 'tensors' then
      return {th(type) .. 'Tensor **' .. n, 'int ' .. n .. '_n'}, {'(THAnyTensor *const *)' .. n, n .. '_n'}
   end
   if k == 'scalar' then
      local t = types[type]
      local from = t.kind == 'FLOATING' and 'THScalar_fromDouble(%s)' or t.kind == 'INTEGER' and 'THScalar_fromInt(%s)' or
         'THScalar_load(TH_' .. t.code .. ', &%s)'
      return {t.real .. ' ' .. n}, {from:format(n)}
   end
   if k == 'number' then return {'double ' .. n}, {n} end
   if k == 'int' or k == 'index' then return {'int64_t ' .. n}, {n} end
   if k == 'dim' or k == 'flag' or k == 'const' then return {'int ' .. n}, {n} end
   if k == 'option' then return {'const char *' .. n}, {n} end
   if k == 'gen' then return {'THGenerator *' .. n}, {n} end
   if k == 'dims' then return {'THLongStorage *' .. n}, {'(int)' .. n .. '->size', n .. '->data'} end
   error('no C form of ' .. k)
end

local function any_argument(a)
   local k, n = a.kind, a.name
   if k == 'out' or k == 'outmask' or k == 'outindex' or k == 'newout' then return 'THAnyTensor *' .. n .. '_' end
   if k == 'inout' or k == 'tensor' then return 'THAnyTensor *' .. n end
   if k == 'tensors' then return ('THAnyTensor *const *%s, int %s_n'):format(n, n) end
   if k == 'dims' then return ('int %s_n, const int64_t *%s'):format(n, n) end
   local ctype = {scalar = 'THScalar ', dim = 'int ', const = 'int ', flag = 'int ', int = 'int64_t ', index = 'int64_t ',
      number = 'double ', option = 'const char *', gen = 'THGenerator *'}
   return ctype[k] .. n
end

local returns = {boolean = 'int', int = 'int64_t', number = 'double', real = 'THScalar', accreal = 'THScalar'}

-- The untyped function that a package defines itself.
local function declared(form)
   local params = {}
   for i, a in ipairs(form) do params[i] = any_argument(a) end
   h('TH_API %s %s(%s);', returns[form.ret] or 'void', any(form.c), table.concat(params, ', '))
end

-- The untyped function of a form whose row names loops.
local function untyped(row, form)
   local params, inputs, scalars, places, r, dim = {}, {}, {}, 0, nil, nil -- places: the inputs' numbers, as in THKernel
   for _, a in ipairs(form) do
      params[#params + 1] = any_argument(a)
      if a.kind:match('^out') then r = a.name .. '_'
      elseif a.kind == 'inout' then r = a.name
      elseif a.kind == 'tensor' then
         places = places + #params * 16 ^ #inputs
         inputs[#inputs + 1] = a.name
      elseif a.kind == 'scalar' then scalars[#scalars + 1] = a.name
      elseif a.kind == 'dim' then dim = string.format('%s, %d', a.name, #params) end
   end
   local zero = 'THScalar_fromInt(0)'
   local ret = form.ret and 'THScalar' or 'void'
   local proto = string.format('%s %s(%s)', ret, any(form.c), table.concat(params, ', '))
   h('TH_API %s;', proto)
   local ins = #inputs > 0 and string.format('(THAnyTensor *[]){%s}', table.concat(inputs, ', ')) or 'NULL'
   local body
   local map = form.map or row.map
   if own then
      if not map then error(('%s: %s: a package has loops for map only'):format(row.file, row.name), 0) end
      body = string.format('THMath_line("%s", %s_line(%s_map_%s), %s, %s, %s, %d, %s, 0x%x)', row.name, own.name, own.name,
         type(map) == 'string' and map or form.c, r, scalars[1] or zero, scalars[2] or zero, #inputs, ins, places)
   elseif map or row.compare then
      body = string.format('THMath_%s("%s", TH_%s_%s, %s, %s, %s, %d, %s, 0x%x)', map and 'map' or 'compare', row.name,
         map and 'MAP' or 'COMPARE', type(map) == 'string' and map or form.c, r, scalars[1] or zero,
         scalars[2] or zero, #inputs, ins, places)
   elseif form.ret then
      body = string.format('return THReduce_all("%s", TH_REDUCE_%s, %s, %s)', row.name, row.reduce, inputs[1], scalars[1] or zero)
   else
      body = string.format('THReduce_dim("%s", TH_REDUCE_%s, %s, %s, %s, keepdim, %s)', row.name, row.reduce, r, inputs[1],
         dim, scalars[1] or zero)
   end
   c('%s { %s; }', proto, body)
end

-- moved: positions and masks are the CPU's, and are copied to the GPU for the call.
local function typed(row, form, type, name, byte_result, moved)
   local params, values, moves = {}, {}, ''
   if cuda then params[1] = 'THCState *state' end
   for _, a in ipairs(form) do
      if cuda and a.kind == 'gen' then -- the GPU has generators of its own
         values[#values + 1] = 'NULL'
         a = nil
      elseif a.kind == 'outmask' and not byte_result then a = {kind = 'out', name = a.name} end
      if a then
         local p, v = typed_argument(a, type)
         if moved and a.type then
            p, v = {string.format('TH%sTensor *%s', a.type, a.name)}, {checked(a.name, a.type, true)}
            moves = moves .. string.format(' TH_AUTO(THAnyTensor) %s_here = new_moved(%s);', a.name,
               (v[1]:gsub('@', #params + 1)))
            v = {a.name .. '_here'}
         end
         local number = #params + 1
         for i = 1, #p do params[#params + 1] = p[i] end
         for i = 1, #v do values[#values + 1] = (v[i]:gsub('@', number)) end
      end
   end
   local call = string.format('%s(%s)', any(form.c), table.concat(values, ', '))
   local ret = 'void'
   if form.ret == 'real' or form.ret == 'accreal' then
      local t, floating = types[type], types.is_floating(type)
      ret = form.ret == 'real' and t.real or floating and 'double' or 'int64_t'
      if ret == t.real and t.kind ~= 'INTEGER' and t.kind ~= 'FLOATING' then
         call = string.format('%s value; THScalar_store(TH_%s, &value, %s); return value', ret, t.code, call)
      else
         call = string.format('return (%s)%s.%s', ret, call, floating and 'd' or 'i')
      end
   elseif form.ret then
      ret = returns[form.ret]
      call = 'return ' .. call
   end
   local proto = string.format('%s %s(%s)', ret, of_type(type, name), table.concat(params, ', '))
   h('TH_API %s;', proto)
   c(cuda and '%s { (void)state;' .. moves .. ' %s; }' or '%s { %s; }', proto, call)
end

-- Torch7's suffix of the forms that take the CPU's positions or mask; nil: the form has none.
local function moved_suffix(form)
   if not cuda then return nil end
   if form.c:match('^masked') then return 'Byte' end
   return form.c:match('^index') and '_long' or nil
end

-- The name of a form's typed functions. Probabilities of a type of their own: the name says which.
local function typed_name(form)
   local p = cuda and form.c == 'bernoulliTensor' and form[3]
   return p and p.type and 'bernoulli_' .. p.type .. 'Tensor' or form.c
end

local name = own and own.prefix .. 'Ops' or cuda and 'THCTensorOps' or 'THTensorOps'
local guard = own and name:upper() .. '_H' or cuda and 'THC_TENSOR_OPS_H' or 'TH_TENSOR_OPS_H'
h('#ifndef %s\n#define %s', guard, guard)
h('/* Generated by kit/gen/capi.lua from the operation table; do not edit. */')
h('#include "%s"\n', cuda and 'THCTypes.h' or 'THTensorHeaders.h')
if own then h('#include "THRandom.h"') end
c('/* Generated by kit/gen/capi.lua from the operation table; do not edit. */')
c('#include "%s.h"', name)
if cuda then c('#include "THTensorOps.h"') end
c('#include "THHalf.h"\n#include "plan/THReduce.h"\n#include "plan/THPointwise.h"\n')
if own and own.list ~= '-' then
   c('#define TH_LOOP_NAME %s\n#define TH_LOOP_LIST "%s"\n#include "loops/package.h"\n', own.name, own.list)
end
if cuda then
   c[[
static THAnyTensor *new_moved(THAnyTensor *src)
{
  TH_AUTO(THAnyTensor) self = THAnyTensor_newWithSizeNd(src->type | TH_DEVICE, src->nDimension, src->size, NULL);
  THAnyTensor_copy(self, src);
  THAnyTensor_retain(self);
  return self;
}]]
end
local done = {}
for _, row in ipairs(rows) do
   local forms, told = {}, false
   for _, form in ipairs(row.functions) do forms[#forms + 1] = form end
   for _, form in ipairs(row.methods) do forms[#forms + 1] = form end
   for _, form in ipairs(forms) do
      if row.kind == 'op' and row.lua ~= 'handwritten' and form.c and not form.c:match('^TH') and not form.expr
         and not form.scalar and not done[typed_name(form)] then
         local name, suffix = typed_name(form), moved_suffix(form)
         done[name] = true
         if not told then
            told = true
            h('\n/* %s: %s%s */', row.name, row.doc, row.math and '  ' .. row.math or '')
            c('\n/* %s (%s:%d) */\n#line %d "%s"', row.name, row.file, row.line, row.line, row.path)
         end
         local loops = form.map or row.map or row.compare or row.reduce
         if loops and not form.handwritten and not cuda then untyped(row, form)
         elseif own then declared(form) end
         if not (form.untyped or row.untyped or own and not own.typed) then
            for _, type in ipairs(cuda and row.cuda or row.types) do
               typed(row, form, type, name, true)
               if row.compare then typed(row, form, type, name .. 'T', false) end
               if suffix then typed(row, form, type, name .. suffix, true, true) end
            end
         end
      end
   end
end
h('\n#endif')

write(header_path, header)
write(source_path, source)
