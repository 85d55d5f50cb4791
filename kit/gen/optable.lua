-- The operation table: the words in which lua/ops/*.lua and nn/ops/*.lua are written, and the checks
-- that every row must pass. Returns the rows in a normal form that the generators share.
--
-- A row:
--
--   op "gather" {
--      doc = "One sentence.", math = "r[i][j] = x[index[i][j]][j]",
--      types = MATH, method = "same", c = "gather",
--      {out"r", tensor"x", dim"d", tensor{"index", type="Long"}},
--      example = "...", source = "...",
--   }
--
-- Each {...} is one accepted form, its arguments in the order of the C call THAnyTensor_<c>.
--
--   out"r"            result of the dispatched type: optional in Lua, made when absent, returned
--                     out{"r", type="Int"}: of a fixed type. Of a kernel: a tensor that it writes; always given,
--                     unless optional=true, and not returned
--   outmask"r"        the same, a ByteTensor by default
--   outindex"i"       the same, a LongTensor; C writes 0-based positions, Lua gets 1-based ones
--   newout"r"         result that cannot be given
--   inout"x"          given, changed and returned
--   tensor"x"         input; tensor{"index", type="Long"} of a fixed type; mask"m" a ByteTensor or a BoolTensor
--   tensors"xs"       a table of tensors -> (THAnyTensor *const *, int)
--   scalar"s"         number of the element type; scalar{"s", default=1}
--   number"p"         a double, number{"p", default=0}
--   int"n"            an int64_t, int{"n", default=1}; of a kernel an int, and long"n" an int64_t;  index"i": 1-based in Lua, 0-based in C
--   dim"d"            dimension, 1-based in Lua, 0-based in C; dim{"d", default=1}, default="last"
--                     (of the tensor named by of="x", by default the first input), default=-1 passes -1
--   flag"b"           boolean -> int; flag{"b", default=false}
--   option{"uplo", "UL", default="U"}   a string of which the first letter counts -> const char *
--   choice{"mode", "simple", "bilinear"}   of a kernel: one of these words -> int, counted from 0
--   gen"g"            generator, torch._gen when absent
--   dims"size"        numbers or a LongStorage -> (int n, const int64_t *size)
--   const{"keepdim", 1}   not seen from Lua; an int parameter in C
--   value{"f", "function"}   anything else, described by that word; in handwritten rows only
--
-- A row with lua = "handwritten" has no generated binding: it documents a function written in Lua or in
-- the glue. Its forms need no c, `ret` says in a word what they return, `family` names the page of the
-- reference they are on (by default the file), `class` the class whose methods they are.
--
-- A form may have c = "name" (another C function), ret = "real", "accreal", "int", "boolean" or
-- "number" (what the C function returns); a c that starts with TH is the whole name and has no typed
-- forms; expr = "..." (a C expression instead of a call).
--
-- Instead of c a row may name loops: map = "exp" (a line of TH/loops/map_list.h),
-- compare = "ltValue", reduce = "sum" (with c the dimensional function is written out for you).
-- untyped = true: the typed C functions are written by hand (TH/include/TH/generic/THTensor.h).
-- devices = BOTH: the operation also runs on the GPU, for every element type (floating-point types when
-- types = FLOATS; Half included, which has arithmetic there), or for those listed in cuda = {...}. Rows
-- that name loops do so by themselves: TH/loops is compiled for both.
--
-- ulp = {Float = 4, Double = 4}: the largest errors on the CPU, in units in the last place. Tested and in the
-- reference.
--
-- grad = {x = "g*y"}: the gradient by an argument, as a Lua expression of g, the result's gradient, of r, the result, and
-- of the arguments, in which * and / work elementwise; sizes(x) needs no more than x's sizes. What has no expression has the
-- derivative 0, and grad = false says that of all: results record nothing. A form may have a grad of its own. Arguments that
-- were broadcast get the sum; so they do in rows without loops that say fit = true, or the argument. Functions are those of
-- lua/autograd/functions.lua and of torch; docs/gradients.md. Tested against differences, to the second order. value = "x*y": the result likewise, the reference of the
-- tests of a package's row that names a loop (torch's have theirs in test/lua/reference.lua).
--
-- nonzero = "y" raises, on integer types, when that argument is or holds a zero.
--
-- method: "same"     the method has the function's forms, self being the first tensor
--         "inplace"  self is the result and the default first input: x:add(2)
--         "result"   self is the result
--         false      no method;  "only": no function torch.<name>
--         or a list of forms of its own
local types = require 'types'
local M = {}

local function set(...)
   local s = {}
   for _, v in ipairs{...} do s[v] = true end
   return s
end

local kinds = set('out', 'outmask', 'outindex', 'newout', 'inout', 'tensor', 'mask', 'tensors', 'scalar',
   'number', 'int', 'long', 'index', 'dim', 'flag', 'option', 'choice', 'gen', 'dims', 'const', 'value')

M.ALL = types.names(function() return true end)
M.FLOATS = types.names(function(t) return t.kind == 'FLOATING' end)
M.INTS = types.names(function(t) return t.kind == 'INTEGER' end)
M.MATH = types.names(function(t) return t.kind == 'INTEGER' or t.kind == 'FLOATING' end)

M.BOTH = {'cpu', 'cuda'}
M.DEVICE = types.names(function(t) return t.gpu end)
M.DEVICE_FLOATS = types.names(function(t) return t.gpu and types.is_floating(t.name) end)

-- Element types that a row has on the GPU.
local function device_types(row)
   local loops = row.map or row.compare or row.reduce
   if row.devices == nil and not loops or row.devices and row.devices[2] ~= 'cuda' then return {} end
   if row.cuda then return row.cuda end
   return row.types == M.FLOATS and M.DEVICE_FLOATS or (row.types == M.MATH or row.types == M.ALL) and M.DEVICE or row.types
end

local function argument(kind)
   return function(a)
      if type(a) == 'string' then a = {a} end
      local arg = {kind = kind, name = a[1]}
      for k, v in pairs(a) do
         if type(k) == 'string' then arg[k] = v end
      end
      if kind == 'option' then arg.letters = a[2] end
      if kind == 'choice' then arg.choices = {unpack(a, 2)} end
      if kind == 'const' then arg.value = a[2] end
      if kind == 'value' then arg.shown = a[2] end
      if kind == 'mask' then arg.kind, arg.type, arg.mask = 'tensor', 'Byte', true end
      return arg
   end
end

local function fail(row, message) error(row.file .. ': ' .. row.name .. ': ' .. message, 0) end

local function check_form(row, form)
   for _, arg in ipairs(form) do
      if type(arg) ~= 'table' or not kinds[arg.kind] then fail(row, 'a form holds something that is no argument') end
      if not arg.name then fail(row, 'an argument has no name') end
   end
   local function named(v) return type(v) == 'string' and v or nil end
   form.c = form.c or row.c or named(form.map) or named(row.map) or named(row.reduce)
   if not form.c and not form.expr and row.lua ~= 'handwritten' then fail(row, 'a form has no C function') end
   return form
end

local function copy_args(form, change)
   local new = {c = form.c, ret = form.ret, expr = form.expr, map = form.map, grad = form.grad, handwritten = form.handwritten}
   for i, arg in ipairs(form) do
      new[i] = {}
      for k, v in pairs(arg) do new[i][k] = v end
      if change then change(new[i], i) end
   end
   return new
end

-- The method's forms, from the function's.
local function method_forms(row)
   local how = row.method
   if how == nil or how == false then return {} end
   if type(how) == 'table' then
      for _, form in ipairs(how) do check_form(row, form) end
      return how
   end
   local forms = {}
   for i, form in ipairs(row) do
      if how == 'same' or how == 'only' then
         forms[i] = form
      elseif how == 'result' or how == 'inplace' then
         local first
         forms[i] = copy_args(form, function(arg)
            if arg.kind == 'out' and not first then arg.kind, first = 'inout', arg.name
            elseif how == 'inplace' and arg.kind == 'tensor' and first and first ~= true then
               arg.self, first = first, true -- when absent, it is the result
            end
         end)
      else
         fail(row, 'unknown method "' .. tostring(how) .. '"')
      end
   end
   return forms
end

--- Loads table files; returns {rows in order}, each with name, file, line, doc, types (list), forms,
-- methods, and the fields it was written with.
function M.load(files)
   local rows, byname = {}, {}
   local env = {MATH = M.MATH, ALL = M.ALL, FLOATS = M.FLOATS, INTS = M.INTS, BOTH = M.BOTH, DEVICE_FLOATS = M.DEVICE_FLOATS,
      ipairs = ipairs, pairs = pairs,
      string = string, table = table, unpack = unpack}
   for kind in pairs(kinds) do env[kind] = argument(kind) end
   local file, path_of_file
   local function add(kind, name, row)
      row.kind, row.name, row.file, row.path = kind, name, file, path_of_file
      row.line = debug.getinfo(3, 'l').currentline
      if byname[name] then fail(row, 'declared twice, also in ' .. byname[name].file) end
      if kind == 'op' then
         for _, field in ipairs{'doc', 'types'} do
            if not row[field] then fail(row, 'has no ' .. field) end
         end
         if row.lua ~= 'handwritten' and not row.example then fail(row, 'has no example') end
      end
      row.types = row.types or M.FLOATS
      row.cuda = device_types(row)
      for _, form in ipairs(row) do check_form(row, form) end
      row.methods = method_forms(row)
      row.functions = {}
      if row.method ~= 'only' then
         for i, form in ipairs(row) do row.functions[i] = form end
      end
      byname[name] = row
      rows[#rows + 1] = row
   end
   env.op = function(name) return function(row) add('op', name, row) end end
   env.kernel = function(name) return function(row)
      local form = {c = name}
      for i, arg in ipairs(row) do
         if arg.kind == 'out' then arg.kind, arg.written = 'tensor', true end
         form[i], row[i] = arg, nil
      end
      row[1] = form
      add('kernel', name, row)
   end end
   for _, path in ipairs(files) do
      file, path_of_file = path:match('[^/]+/[^/]+$') or path, path
      local chunk, err = loadfile(path)
      if not chunk then error(err, 0) end
      setfenv(chunk, env)()
   end
   return rows
end

return M
