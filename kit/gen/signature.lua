-- Accepted argument patterns of a form, and the numbers they are switched on.
local M = {}
local function u64(n) return require('ffi').cast('uint64_t', n) end

local types = require 'types'
-- ORDER KINDS, as in lua/torch/bind.h
local codes = {number = 1, T = 2, boolean = 3, string = 4, table = 5, generator = 6, sizes = 7, ['nil'] = 8 + types.device}
for i, t in ipairs(types) do codes[t.name] = 7 + i end
local MAXARGS, MAXSIZES = 12, 9

local lua_kind = {
   out = 'T', inout = 'T', outmask = 'Byte', outindex = 'Long', scalar = 'number', number = 'number', int = 'number',
   index = 'number', dim = 'number', flag = 'boolean', option = 'string', gen = 'generator', tensors = 'table',
}
local optional = {out = true, outmask = true, outindex = true, gen = true}

local function is_optional(arg)
   return optional[arg.kind] or arg.default ~= nil or arg.self ~= nil or arg.optional
end

-- Every way to leave out optional arguments: {presence by argument index}, fullest first as listed.
local function presences(form)
   local list = {{}}
   for i, arg in ipairs(form) do
      local next_ = {}
      for _, p in ipairs(list) do
         local function with(v)
            local q = {}
            for k, x in pairs(p) do q[k] = x end
            q[i] = v
            next_[#next_ + 1] = q
         end
         if arg.kind == 'newout' or arg.kind == 'const' then with(false)
         elseif is_optional(arg) then with(true) with(false)
         else with(true) end
      end
      list = next_
   end
   return list
end

-- Packs a list of kind names into the number that bind_begin computes; a hex literal.
function M.pack(pattern)
   local hi, lo = 0, 0 -- 30 bits each, five a kind
   for i = #pattern, 1, -1 do
      local code = assert(codes[pattern[i]], pattern[i])
      if i > 6 then hi = hi * 32 + code else lo = lo * 32 + code end
   end
   local value = u64(hi) * 1073741824ULL + u64(lo)
   local hex = bit.tohex(value):gsub('^0+', '')
   return '0x' .. (hex == '' and '0' or hex) .. 'ull'
end



--- Cases of a list of forms: {form=, present=, patterns={lists of kinds}}. `loose` patterns, where an
-- index or mask tensor has the dispatched type itself, come after all others.
function M.cases(forms)
   local cases, taken = {}, {}
   local function offer(case, pattern)
      if #pattern > MAXARGS then return end
      local key = table.concat(pattern, ' ')
      if taken[key] then return end
      taken[key] = true
      case.patterns[#case.patterns + 1] = pattern
   end
   for _, form in ipairs(forms) do
      for _, present in ipairs(presences(form)) do
         cases[#cases + 1] = {form = form, present = present, patterns = {}}
      end
   end
   for _, loose in ipairs{false, true} do
      for _, case in ipairs(cases) do
         local patterns, has_typed = {{}}, false
         local function append(...)
            local next_ = {}
            for _, p in ipairs(patterns) do
               for i = 1, select('#', ...) do
                  local q = {unpack(p)}
                  for _, kind in ipairs((select(i, ...))) do q[#q + 1] = kind end
                  next_[#next_ + 1] = q
               end
            end
            patterns = next_
         end
         for i, arg in ipairs(case.form) do
            if case.present[i] then
               local typed = (arg.kind == 'tensor' or arg.kind == 'out') and arg.type or arg.kind == 'outmask' and 'Byte' or
                  arg.kind == 'outindex' and 'Long'
               if arg.kind == 'dims' then
                  local forms_ = {{'sizes'}}
                  for n = 1, MAXSIZES do
                     local numbers = {}
                     for k = 1, n do numbers[k] = 'number' end
                     forms_[#forms_ + 1] = numbers
                  end
                  append(unpack(forms_))
               elseif typed then
                  has_typed = true
                  local kinds = {{typed}}
                  if arg.mask then kinds[#kinds + 1] = {'Bool'} end
                  if loose then kinds[#kinds + 1] = {'T'} end
                  append(unpack(kinds))
               elseif arg.kind == 'tensor' then append{'T'}
               else append{(assert(lua_kind[arg.kind], arg.kind))} end
            end
         end
         if not loose or has_typed then
            for _, p in ipairs(patterns) do offer(case, p) end
         end
      end
   end
   local live = {}
   for _, case in ipairs(cases) do
      if #case.patterns > 0 then live[#live + 1] = case end
   end
   return live
end

-- ---- usage ----

local shown = {out = 'Tensor', outmask = 'ByteTensor', outindex = 'LongTensor', inout = 'Tensor', scalar = 'number',
   number = 'number', int = 'integer', index = 'index', dim = 'dim', flag = 'boolean', gen = 'Generator',
   dims = 'sizes...', tensors = '{Tensor...}'}

local function show(arg)
   local kind = arg.kind == 'tensor' and (arg.type and arg.type .. 'Tensor' or 'Tensor') or
      arg.kind == 'option' and arg.letters:gsub('.', '%0|'):sub(1, -2) or arg.kind == 'value' and arg.shown or
      shown[arg.kind]
   local text = arg.name .. ' ' .. kind
   if arg.default ~= nil then text = text .. '=' .. tostring(arg.default) end
   if is_optional(arg) then text = '[' .. text .. ']' end
   return text
end

-- Which argument a method's form is called on: the first that must be there and can have methods.
local function self_of(form)
   for i, arg in ipairs(form) do
      if arg.kind == 'inout' or arg.kind == 'tensor' and not is_optional(arg) or
         arg.kind == 'value' and arg.shown:find('^%u') then return i end
   end
end

local numeric = {real = true, accreal = true, int = true, number = true}

--- What a form returns, in words: a list.
function M.results(form)
   if form.ret then return {numeric[form.ret] and 'number' or form.ret} end
   local results = {}
   for _, arg in ipairs(form) do
      if arg.kind:match('^out') or arg.kind == 'inout' or arg.kind == 'newout' then results[#results + 1] = arg.name end
   end
   return results
end

--- Arguments of a call in order; for a method without self and the results that precede it.
function M.arguments(form, method)
   local list, first = {}, method and self_of(form) or 0
   for i, arg in ipairs(form) do
      if arg.kind ~= 'const' and arg.kind ~= 'newout' and i > (first or 0) then list[#list + 1] = arg end
   end
   return list, first and form[first]
end

--- One line: what a form looks like to its caller.
function M.usage(name, form, method)
   local list, self_ = M.arguments(form, method)
   local args = {}
   for i, arg in ipairs(list) do args[i] = show(arg) end
   local prefix = method and (self_ and self_.name or 'x') .. ':' or 'torch.'
   local results = table.concat(M.results(form), ', ')
   return prefix .. name .. '(' .. table.concat(args, ', ') .. ')' .. (results ~= '' and ' -> ' .. results or '')
end

M.is_optional = is_optional

return M
