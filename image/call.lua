-- Calls of image's functions: which argument is which, and what is wrong when they fit no form.
--
-- A form is a list of "name type" or, when it may be left out, "[name type]". Types: image (Byte, Float or Double,
-- of 2 or 3 dimensions), rgb (the same, 3 x height x width), result (such a tensor of any shape), tensor (of any type), bytes (a
-- ByteTensor), size (a number of at least 1) and int, whose fractions are dropped, number, boolean, string, table;
-- 'word', a string that is just that; several by |. What may be left out may be nil, too.
local C = require 'libtorch'
local arguments = require 'torch.arguments'
local torch, type = torch, type
local M = {}

-- ---- types ----

local pictures = {['torch.ByteTensor'] = true, ['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true}
local function finite(v) return type(v) == 'number' and v > -1e15 and v < 1e15 end
local fits = {
   result = function(v) return pictures[torch.typename(v) or ''] end,
   image = function(v) return pictures[torch.typename(v) or ''] and (v:dim() == 2 or v:dim() == 3) end,
   rgb = function(v) return pictures[torch.typename(v) or ''] and v:dim() == 3 and v:size(1) == 3 end,
   tensor = torch.isTensor,
   bytes = function(v) return torch.typename(v) == 'torch.ByteTensor' end,
   size = function(v) return finite(v) and v >= 1 end,
   int = finite,
}
for _, name in ipairs{'number', 'boolean', 'string', 'table'} do
   fits[name] = function(v) return type(v) == name end
end
local words = {result = 'Byte, Float or Double tensor', image = 'image (Byte, Float or Double, of 2 or 3 dimensions)',
   rgb = 'image of 3 channels (Byte, Float or Double)', bytes = 'ByteTensor', size = 'number of at least 1', int = 'number'}

-- ---- forms ----

local function parse(text)
   local list = {}
   for item in text:gmatch('[^,]+') do
      item = item:match('^%s*(.-)%s*$')
      local name, types = item:match('^%[?(%S+) ([^%]]+)%]?$')
      local arg = {name = name, optional = item:find('^%[') ~= nil, types = {}, text = item}
      for t in types:gmatch('[^|]+') do table.insert(arg.types, t) end
      list[#list + 1] = arg
   end
   return list
end

local function accepts(arg, v)
   for _, t in ipairs(arg.types) do
      if t:sub(1, 1) == "'" then
         if v == t:sub(2, -2) then return true end
      elseif fits[t](v) then
         return true
      end
   end
end

local function expected(arg)
   local list = {}
   for i, t in ipairs(arg.types) do list[i] = words[t] or t end
   return table.concat(list, ' or ')
end

local function whole(arg, v)
   local t = arg.types[1]
   if type(v) ~= 'number' or t ~= 'size' and t ~= 'int' then return v end
   return v < 0 and math.ceil(v) or math.floor(v)
end

-- Keeps the furthest place where something fits nowhere, for the error; that something is missing counts as one less far. A form
-- that begins with a result is read with it first; of the two readings that come as far the one without counts.
local function note(fault, form, found, at, arg, values)
   local reach, first = at > values.n and at - 1 or at, form[1]
   local given = first and first.name == 'dst' and (arg == first or found.dst ~= nil)
   local best = fault.reach or -1
   if reach < best or reach == best and (fault.form ~= form or fault.given == given or not arg) then return end
   fault.reach, fault.form, fault.given = reach, form, given
   fault.at, fault.arg, fault.value = at, arg, values[at]
end

-- Gives the values from `at` on to the arguments of the form from k on, in `found`.
local function assign(form, k, values, at, found, fault)
   local arg = form[k]
   if not arg then
      if at > values.n then return true end
      note(fault, form, found, at, nil, values)
      return false
   end
   local v = values[at]
   if v ~= nil and accepts(arg, v) then
      found[arg.name] = whole(arg, v)
      if assign(form, k + 1, values, at + 1, found, fault) then return true end
      found[arg.name] = nil
   elseif arg.optional and v == nil and at <= values.n and assign(form, k + 1, values, at + 1, found, fault) then
      return true
   elseif not (arg.optional and at > values.n) then
      note(fault, form, found, at, arg, values)
   end
   return arg.optional and assign(form, k + 1, values, at, found, fault)
end

-- ---- functions ----

local defined = {}

local function forms_of(name, forms, indent)
   local lines = {}
   for i, form in ipairs(forms) do
      local args = {}
      for k, arg in ipairs(form) do args[k] = arg.text end
      lines[i] = ('%simage.%s(%s)'):format(indent, name, table.concat(args, ', '))
   end
   return table.concat(lines, '\n')
end

local function usage(name, forms)
   return (#forms > 1 and 'expected arguments, one of:\n' or 'expected arguments:\n') .. forms_of(name, forms, '   ')
end

--- The forms of image.<name>, for help.
function M.usage(name) return defined[name] and forms_of(name, defined[name], '') end

local function refuse(name, forms, fault)
   if not fault.arg then
      arguments.error('image.' .. name, fault.at, '?', 'no further argument expected\n%s', usage(name, forms))
   end
   arguments.error('image.' .. name, fault.at, fault.arg.name, '%s expected, got %s\n%s', expected(fault.arg),
      C.describe(fault.value), usage(name, forms))
end

--- The function image.<name>, which is called by one of the forms and calls f with a table of the arguments by name.
function M.define(name, forms, f)
   for i, form in ipairs(forms) do forms[i] = parse(form) end
   defined[name] = forms
   return function(...)
      local values, fault = {n = select('#', ...), ...}, {}
      for _, form in ipairs(forms) do
         local found = {}
         if assign(form, 1, values, 1, found, fault) then return f(found) end
      end
      refuse(name, forms, fault)
   end
end

-- The argument of that name in a form, and its number.
local function lookup(form, name)
   for k, arg in ipairs(form) do
      if arg.name == name then return arg, k end
   end
end

local function from_table(name, form, given)
   local found = {}
   for key, v in pairs(given) do
      local arg, k = lookup(form, key)
      if not arg then
         arguments.error('image.' .. name, 1, tostring(key), 'no such argument\n%s', usage(name, {form}))
      elseif not accepts(arg, v) then
         refuse(name, {form}, {at = k, arg = arg, value = v})
      end
      found[key] = whole(arg, v)
   end
   for k, arg in ipairs(form) do
      if not arg.optional and found[arg.name] == nil then refuse(name, {form}, {at = k, arg = arg}) end
   end
   return found
end

--- The same for a function that takes its arguments by name in one table, or in the order of the form.
function M.named(name, text, f)
   local form = parse(text)
   local positional = M.define(name, {text}, f)
   return function(...)
      local given = ...
      if select('#', ...) == 1 and type(given) == 'table' and given[1] == nil then
         return f(from_table(name, form, given))
      end
      return positional(...)
   end
end

--- Checks a table of options that argument number `at`, called opts, of image.<name> is.
function M.options(name, at, text, given)
   local form = parse(text)
   for key, v in pairs(given or {}) do
      local arg = lookup(form, key)
      if not arg then arguments.error('image.' .. name, at, 'opts', 'no such option: %s', tostring(key)) end
      if not accepts(arg, v) then
         arguments.error('image.' .. name, at, 'opts', '%s: %s expected, got %s', key, expected(arg), C.describe(v))
      end
   end
   return given or {}
end

--- Raises: argument `at`, called `arg`, of image.<name> is wrong.
function M.wrong(name, at, arg, message, ...)
   arguments.error('image.' .. name, at, arg, message, ...)
end

--- Raises an error of image.<name> that is about no argument, at the user's line.
function M.fail(name, message, ...)
   error(C.where() .. 'image.' .. name .. ': ' .. message:format(...), 0)
end

return M
