-- torch.fuse: a function of pointwise operations becomes a program that runs in one pass. For every combination of
-- element types the function is called once, with values that stand for its arguments and note what is done with them;
-- which operations there are, and what arguments they take, the operation table tells.
local C = require 'libtorch'
local Storage = require 'torch.Storage'
local arguments = require 'torch.arguments'
local bit = require 'bit'

-- ---- the rows ----

-- Those that have no loop of the table's: their lines, by C function.
local lines = {pow = 'pow', cremainder = 'cremainder', fill = 'fill', zero = 'fill'}
local ends = {sum = true, prod = true, mean = true, min = true, max = true, norm = true} -- of a chain
local simple = {sum = true, prod = true, mean = true, min = true, max = true} -- those that C knows, of all elements

local rows = {}
for _, row in ipairs(require 'torchdata.cases') do
   if not row.class then rows[row.name] = row end
end

-- Name of the loop of a form, nil when there is none: what it says, else what the row says.
local function line_of(row, form)
   if type(form.map) == 'string' then return form.map end
   if row.map or row.compare then return type(row.map) == 'string' and row.map or form.c end
   return lines[form.c]
end

-- ---- what stands for tensors and numbers ----

-- state[v]: of a tensor {type =, value =, origin =}, of a number {number =}, of a reduction {reduction =}. A value is a number
-- of the recording: inputs are -1, -2..., steps 1, 2... Nothing here refers to the recording, which refers to the keys:
-- weak tables keep such cycles alive.
local state = setmetatable({}, {__mode = 'k'})
local template = newproxy(true)
local mt = getmetatable(template)
local recording -- the one under way

local function fail(message, ...) error(C.where() .. 'fuse: ' .. message:format(...), 0) end

local function new(s)
   local v = newproxy(template)
   s.of = recording.token
   state[v] = s
   return v
end

local function state_of(v)
   local s = state[v]
   if s and s.of ~= recording.token then fail('a value of an earlier call is used; what the function keeps is not a tensor') end
   return s
end

-- ---- numbers ----

local function add_number(entry)
   local list = recording.numbers
   list[#list + 1] = entry
   return #list - 1
end

-- Place of a number in the list of a run.
local function number(v)
   local s = state_of(v)
   if s then return s.number end
   local known = recording.constants
   local key = v ~= v and 'nan' or v == 0 and tostring(v) or v
   if not known[key] then known[key] = add_number{value = v} end
   return known[key]
end

local function is_number(v)
   local s = state[v]
   return s and s.number ~= nil or type(v) == 'number'
end

local function compute(op, a, b) return new{number = add_number{op = op, a = number(a), b = number(b)}} end
local ADD, SUB, MUL, DIV, MOD, POW = 2, 3, 4, 5, 6, 7

-- ---- tensors ----

-- What stands for a tensor that the function refers to.
local function captured(x)
   local r = recording
   for k, tensor in ipairs(r.tensors) do
      if rawequal(tensor, x) then return r.captured[k] end
   end
   local k = #r.tensors + 1
   r.tensors[k] = x
   r.inputs[#r.inputs + 1] = {type = C.tensortype(x), at = -k}
   r.captured[k] = new{type = r.inputs[#r.inputs].type, value = -#r.inputs, original = -#r.inputs, at = -k}
   return r.captured[k]
end

-- The state behind an argument that is a tensor; nil for others.
local function tensor(v)
   local s = state_of(v)
   if s then return s.type and s end
   if torch.isTensor(v) then return state[captured(v)] end
end

local function add_step(step, type_)
   local steps = recording.steps
   steps[#steps + 1] = step
   step.result = type_
   return #steps
end

-- ---- calls ----

local DEVICE = 16 -- TH_DEVICE of THTypes.h

-- The type of bytes beside tensors of type t.
local function bytes_beside(t) return Storage.number.Byte + bit.band(t, DEVICE) end

-- Whether an argument is what a form has there, tensors being of type t.
local function fits(arg, v, t)
   local kind = arg.kind
   if kind == 'scalar' then return is_number(v) end
   local s = tensor(v)
   if not s then return false end
   if kind == 'outmask' then return s.type == bytes_beside(t) end
   return not arg.type and (kind == 'out' or kind == 'inout' or kind == 'tensor') and s.type == t
end

local function may_miss(arg) return arg.kind:match('^out') or arg.default ~= nil or arg.self ~= nil end

-- Reads args[j...] as form[i...]; values by the names of arguments, or nil. What may be left out is there if it can be.
local function read(form, i, args, j, t)
   local arg = form[i]
   if not arg then return j > args.n and {} or nil end
   if arg.kind == 'const' then return read(form, i + 1, args, j, t) end
   if j <= args.n and fits(arg, args[j], t) then
      local values = read(form, i + 1, args, j + 1, t)
      if values then
         values[arg.name] = args[j]
         return values
      end
   end
   return may_miss(arg) and read(form, i + 1, args, j, t) or nil
end

-- Form, values, type and place of the form of a call; by the type of each tensor in turn, as bindings try them.
local function match(row, method, args)
   local tried = {}
   local _, _, mask = arguments.operation(row.name)
   for i = 1, args.n do
      local s = tensor(args[i])
      if s and not tried[s.type] and bit.band(mask, bit.lshift(1, s.type)) ~= 0 then
         tried[s.type] = true
         for k, form in ipairs(method and row.methods or row.functions) do
            local values = line_of(row, form) and read(form, 1, args, 1, s.type)
            if values then return form, values, s.type, k end
         end
      end
   end
end

local type_names, type_numbers = {}, {}
local function name_type(i, name) type_names[i], type_numbers['torch.' .. name] = name, i end
for name, i in pairs(Storage.number) do
   name_type(i, name .. 'Tensor')
   if Storage.type[name].gpu then name_type(i + DEVICE, 'Cuda' .. (name == 'Float' and '' or name) .. 'Tensor') end
end

local function describe(args)
   local words = {}
   for i = 1, args.n do
      local s = state[args[i]]
      words[i] = s and (s.number and 'number' or s.type and (type_names[s.type] or 'tensor') or 'a reduction') or torch.type(args[i])
   end
   return table.concat(words, ', ')
end

local function refuse(row, method, args)
   local text = require('torchdata.help')[row.name]
   fail('no form of %s takes these arguments (%s):\n%s', row.name, describe(args), text:match('^(.-)\n\n') or text)
end

-- The result of a step: over a tensor that was given, or a new one.
local function put(given, value, type_)
   local s = given and tensor(given)
   if not s then return new{type = type_, value = value} end
   s.value = value
   return given
end

local function scalars_of(form, values)
   local list = {}
   for _, arg in ipairs(form) do
      if arg.kind == 'scalar' then list[#list + 1] = number(values[arg.name] or arg.default) end
   end
   return list
end

-- The step of a form, and its result; what may not be 0 is noted.
local function call(row, form, values, t)
   local step = {name = row.name, line = line_of(row, form), kind = row.compare and 'compare' or 'map', inputs = {}}
   local given, type_ = nil, t
   for _, arg in ipairs(form) do
      if arg.kind == 'tensor' then
         local s = tensor(values[arg.name] or values[arg.self])
         step.inputs[#step.inputs + 1] = s.value
         if row.nonzero == arg.name then step.divisor = s.value end
      elseif arg.kind:match('^out') or arg.kind == 'inout' then
         given = values[arg.name]
         if arg.kind == 'outmask' then type_, step.byte = bytes_beside(t), 1 end
      elseif row.nonzero == arg.name then
         step.checked = 1
      end
   end
   step.over = given and tensor(given).value
   if form.c == 'cremainder' and step.over == step.inputs[2] and bit.band(t, DEVICE - 1) < Storage.number.Float then step.line = 'cfmod' end
   local list = scalars_of(form, values)
   if form.c == 'zero' then list[1] = number(0) end
   step.s, step.t = list[1], list[2]
   if #step.inputs == 0 then step.kind, step.inputs = 'fill', {step.over} end
   return put(given, add_step(step, type_), type_)
end

local function copy(v, type_)
   local s = tensor(v)
   local r = new{type = type_, value = add_step({name = 'copy', line = 'copy', kind = 'to', inputs = {s.value}, type = type_}, type_)}
   if recording.tape then recording.tape.copied(s.value, state[r].value, s.type) end
   return r
end

local function convert(v, type_) return tensor(v).type == type_ and v or copy(v, type_) end

-- Methods that are no rows with loops.
local methods = {clone = function(v) return copy(v, tensor(v).type) end}
for name, i in pairs(Storage.number) do
   methods[name:lower()] = function(v) return convert(v, i) end
   if Storage.type[name].gpu then methods[name == 'Float' and 'cuda' or 'cuda' .. name] = function(v) return convert(v, i + DEVICE) end end
end
function methods.typeAs(v, other)
   local s = tensor(other)
   if not s then fail('typeAs: tensor expected, got %s', torch.type(other)) end
   return convert(v, s.type)
end
function methods.type(v, name)
   local s = tensor(v)
   if name == nil then return 'torch.' .. type_names[s.type] end
   local type_ = type_numbers[name]
   if not type_ then fail("type: '%s' is no tensor type", tostring(name)) end
   return convert(v, type_)
end

local function reduce(name, args)
   local s = tensor(args[1])
   local rest = {unpack(args, 2, args.n)}
   for i, v in ipairs(rest) do
      if type(v) ~= 'number' then fail('%s: argument #%d is no number of the program text', name, i) end
   end
   local node = recording.tape and recording.tape.reduced(name, s.value, #rest)
   return new{reduction = name, value = s.value, type = nil, from = s.type, rest = rest, node = node}
end

local function check_chain(name, a)
   local s = state_of(a)
   if s and s.reduction then fail('%s ends a chain: %s cannot go on with its result', s.reduction, name) end
end

-- ---- for gradients (autograd/fused.lua) ----

-- Another value for what one is now: steps to come write over tensors.
local function freeze(v)
   local s = state[v]
   return s and s.type and new{type = s.type, value = s.value} or v
end

-- Values of a call by the names of its arguments, before it is noted.
local function frozen(form, values)
   local list = {}
   for _, arg in ipairs(form) do
      local v = values[arg.name]
      if v == nil and arg.self then v = values[arg.self] end
      if torch.isTensor(v) then v = captured(v) end
      list[arg.name] = freeze(v)
   end
   return list
end

-- What bindings and methods come to with an argument that stands for another.
local function operation(name, method, ...)
   if not recording then fail('a value of an earlier call is used; what the function keeps is not a tensor') end
   local args = {n = select('#', ...), ...}
   for i = 1, args.n do check_chain(name, args[i]) end
   local row = rows[name]
   if method and methods[name] and tensor(args[1]) then return methods[name](...) end
   if row and ends[name] and args.n >= 1 and tensor(args[1]) and not (args.n > 1 and tensor(args[2])) then return reduce(name, args) end
   local form, values, t
   if row and row.lua ~= 'handwritten' then
      for _, f in ipairs(method and row.methods or row.functions) do form = form or line_of(row, f) end
   end
   if not form then fail('%s is no pointwise operation; only these fuse, and %s at the end', name, 'sum, prod, mean, min, max, norm') end
   local place
   form, values, t, place = match(row, method, args)
   if not form then refuse(row, method, args) end
   local tape = recording.tape
   if not tape then return call(row, form, values, t) end
   local before = frozen(form, values)
   local r = call(row, form, values, t)
   tape.note(name .. (method and ' methods' or ' functions'), place, before, freeze(r))
   return r
end

-- ---- operators and questions ----

mt.__operation = operation
function mt.__index(v, name)
   if type(name) ~= 'string' then fail('x[%s]: elements are not known while a function is recorded', tostring(name)) end
   local s = state_of(v)
   if not s.type then fail('%s of a %s: it is not a tensor', name, s.number and 'number' or 'reduction') end
   return function(...) return operation(name, true, ...) end
end
function mt.__newindex(_, name) fail('x[%s] = ...: elements cannot be set in a fused function', tostring(name)) end

local function binary(name, code, tensors)
   mt['__' .. name] = function(a, b)
      if is_number(a) and is_number(b) then return compute(code, a, b) end
      check_chain(name, a)
      check_chain(name, b)
      return tensors(a, b)
   end
end
binary('add', ADD, function(a, b)
   if is_number(a) then a, b = b, a end
   return operation('add', false, a, b)
end)
binary('sub', SUB, function(a, b)
   if is_number(a) then return operation('add', true, operation('mul', false, b, -1), a) end
   return operation('csub', false, a, b)
end)
binary('mul', MUL, function(a, b)
   if is_number(a) then a, b = b, a end
   if not is_number(b) then fail('x * y is a product of matrices or vectors, no pointwise operation: cmul multiplies element by element') end
   return operation('mul', false, a, b)
end)
binary('div', DIV, function(a, b)
   if is_number(a) then fail('x / s takes a tensor and a number: torch.cinv(x) * s divides a number by x') end
   if not is_number(b) then fail('x / s takes a tensor and a number: torch.cdiv(x, y) divides element by element') end
   return operation('div', false, a, b)
end)
binary('mod', MOD, function(a, b)
   if is_number(a) or not is_number(b) then fail('x %% s takes a tensor and a number: torch.cremainder(x, y) takes element by element') end
   return operation('remainder', false, a, b)
end)
binary('pow', POW, function() fail('x ^ p is not defined for tensors: torch.pow(x, p)') end)
function mt.__unm(a)
   if is_number(a) then return compute(SUB, 0, a) end
   return operation('mul', false, a, -1)
end

local function unknown()
   fail('a comparison decides what is recorded, but values are not known then: the comparisons of tensors (x:gt(0)) do fuse')
end
mt.__lt, mt.__le, mt.__eq = unknown, unknown, unknown
function mt.__len() fail('#x: sizes are not known while a function is recorded') end
function mt.__call() fail('a tensor was called') end
function mt.__concat() fail('values are not known while a function is recorded, so they make no text') end

-- ---- a program of what was recorded ----

-- Numbers of values as C has them: inputs from 0, then steps.
local function renumber(r)
   local n = #r.inputs
   local function of(v) return v and (v < 0 and -v - 1 or n + v - 1) end
   for _, step in ipairs(r.steps) do
      for k, v in ipairs(step.inputs) do step.inputs[k] = of(v) end
      step.over, step.divisor = of(step.over), of(step.divisor)
   end
   return of
end

local TENSOR_AT, STORED, REDUCED, PLAIN = 0, 1, 2, 3

local function add_result(r, kind, at) r.results[#r.results + 1] = {kind = kind, at = at} end

local function store(r, of, s, at)
   r.stores[#r.stores + 1] = {value = of(s.value), type = s.type, at = at}
   return #r.stores - 1
end

-- A tensor that is returned: an argument, one that was returned before, or a new one.
local function add_tensor(r, of, s)
   if s.at then
      add_result(r, TENSOR_AT, s.at)
   else
      s.stored = s.stored or store(r, of, s, 0)
      add_result(r, STORED, s.stored)
   end
end

local function check_not_overwritten(r, s)
   for _, step in ipairs(r.steps) do
      if step.over == s.value then fail('%s ends a chain, but its tensor is written to afterwards', s.reduction) end
   end
end

-- A reduction: by the program, or of a new tensor by `finish`.
local function add_reduction(r, of, s, finish)
   if simple[s.reduction] and #s.rest == 0 then
      r.reductions[#r.reductions + 1] = {name = s.reduction, value = of(s.value), type = s.from}
      add_result(r, REDUCED, #r.reductions - 1)
   else
      add_result(r, STORED, store(r, of, {value = s.value, type = s.from}, 0))
      finish[#r.results] = s
   end
end

-- finish[i] = a reduction: what makes the results out of those of the program.
local function finisher(finish, n)
   if not next(finish) then return nil end
   return function(...)
      local results, out = {...}, {n = 0}
      for i = 1, n do
         local s = finish[i]
         local some = s and {torch[s.reduction](results[i], unpack(s.rest))} or {results[i]}
         for _, v in ipairs(some) do
            out.n = out.n + 1
            out[out.n] = v
         end
      end
      return unpack(out, 1, out.n)
   end
end

local function finish_recording(r, results)
   local finish = {}
   for i = 1, results.n do -- before the numbers of values change
      local s = state_of(results[i])
      if s and s.reduction then check_not_overwritten(r, s) end
      if not s and torch.isTensor(results[i]) then captured(results[i]) end
   end
   local of = renumber(r)
   for i = 1, results.n do
      local v = results[i]
      local s = state_of(v)
      if s and s.reduction then add_reduction(r, of, s, finish)
      elseif is_number(v) then add_result(r, PLAIN, number(v))
      elseif tensor(v) then add_tensor(r, of, tensor(v))
      else fail('result #%d is a %s; a fused function returns tensors and numbers', i, torch.type(v)) end
   end
   for _, v in ipairs(r.given) do
      local s = state[v]
      if s.value ~= s.original then store(r, of, s, s.at) end
   end
   for _, v in ipairs(r.captured) do
      local s = state[v]
      if s.value ~= s.original then store(r, of, s, s.at) end
   end
   r.tensors.finish = finisher(finish, results.n)
   return C.fusedprogram(r)
end

-- Stand-ins for arguments of these kinds: lua/torch/fuse.c.
local function stand_ins(r, kinds)
   local args = {n = #kinds}
   for i = 1, #kinds do
      local kind = kinds:byte(i)
      if kind == 1 then
         args[i] = new{number = add_number{op = 0, a = i}}
      else
         r.inputs[#r.inputs + 1] = {type = kind - 2, at = i}
         args[i] = new{type = kind - 2, value = -#r.inputs, original = -#r.inputs, at = i}
         r.given[#r.given + 1] = args[i]
      end
   end
   return args
end

-- What Lua and its functions say of a value that is not known: why it is not.
local function explain(message)
   if type(message) == 'string' and message:find('userdata', 1, true) and not message:find('fuse: ', 1, true) then
      return message .. '\n   (torch.fuse records: numbers and elements are not known yet, only operations of tensors and arithmetic of numbers are noted)'
   end
   return message
end

local function pack(ok, ...) return ok, {n = select('#', ...), ...} end

--- record(f, kinds) -> a program of C, and what it was made from (its results, stores...), which says what the function does.
local function record(f, kinds)
   local outer = recording
   local r = {token = {}, inputs = {}, steps = {}, numbers = {}, constants = {}, stores = {}, reductions = {}, results = {}, tensors = {},
      captured = {}, given = {}}
   recording = r
   local ok, result = pack(pcall(function()
      local args = stand_ins(r, kinds)
      local _, results = pack(true, f(unpack(args, 1, args.n)))
      return finish_recording(r, results)
   end))
   recording = outer
   if not ok then error(explain(result[1]), 0) end
   return result[1], r
end

--- Within a function that is being recorded: tape.note, .copied and .reduced hear of every operation from now on.
local function start_tape(tape) recording.tape = tape end

--- torch.fuse(f) -> function: see the table's row.
function torch.fuse(f)
   if type(f) ~= 'function' then arguments.error('fuse', 1, 'f', 'function expected, got %s', torch.type(f)) end
   return C.fusedfunction(function(kinds) return record(f, kinds) end, f)
end

return {record = record, startTape = start_tape, state = function(v) return state[v] end, convert = convert, STORED = STORED, REDUCED = REDUCED}
