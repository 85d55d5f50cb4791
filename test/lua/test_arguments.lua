--- Wrong calls of every form of every row of the operation table: each argument of another kind, another type, with other
-- sizes, out of range, missing. The error must tell the number and the name of that argument.
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check, T = dofile(here .. '/check.lua'), dofile(here .. '/optest.lua')
local told = dofile(here .. '/told.lua')

-- ---- right arguments, made anew for every call ----

local function tensor_of(type_, dims)
   local new = T.class(type_).new
   if dims == 0 then return new() end
   if dims == 1 then return T.floating[type_] and new{0.25, 0.25, 0.5} or new{1, 1, 1} end
   local m = new{{4, 1, 0}, {1, 4, 1}, {0, 1, 4}}
   return dims == 2 and m or new(3, 3, 3):fill(1)
end
local function small_tensor(type_, dims) -- indices, masks
   local size = torch.LongStorage(dims):fill(3)
   return T.class(type_).new(size):fill(1)
end

local values = { -- for value{} of handwritten rows, by what they are described as
   LongStorage = function() return torch.LongStorage{3, 3} end, Storage = function(t) return tensor_of(t, 2):storage() end,
   CharStorage = function() return torch.CharStorage(3) end, table = function() return {1, 2} end,
   ['function'] = function() return function() end end, string = function() return '/nowhere/torch.FloatTensor' end,
   integer = function() return 1 end, any = function() return 1 end, ['Tensor of any type'] = function(t) return tensor_of(t, 2) end,
}
local makers = {
   scalar = function() return 2 end, number = function() return 0.5 end, int = function() return 1 end,
   index = function() return 1 end, dim = function() return 1 end, flag = function() return false end,
   gen = function() return torch.Generator() end, option = function(a) return a.letters:sub(1, 1) end,
   tensors = function(_, t, dims) return {tensor_of(t, dims), tensor_of(t, dims)} end,
   out = function(a, t) return tensor_of(a.type or t, 0) end, outmask = function() return torch.ByteTensor() end,
   outindex = function() return torch.LongTensor() end, inout = function(_, t, dims) return tensor_of(t, dims) end,
   tensor = function(a, t, dims)
      if a.type == 'Long' or a.type == 'Byte' then return small_tensor(a.type, dims) end
      return tensor_of(a.type or t, dims)
   end,
   value = function(a, t) return values[a.shown] and values[a.shown](t) or a.shown:match("^'(.-)'") end,
}

local row_name
local function five() return 5 end
local of_rows = {linspace = {int = five}, logspace = {int = five}, setRNGState = {tensor = function() return torch.getRNGState() end}}

-- The arguments of a form that are given: all but those that Lua does not see.
local function given(form)
   local list = {}
   for _, a in ipairs(form) do
      if a.kind ~= 'const' and a.kind ~= 'newout' then list[#list + 1] = a end
   end
   return list
end

-- dims[i]: dimensions of tensor i. The position of a size list is its first number.
local function build(list, type_, dims)
   local args, n = {}, 0
   for i, a in ipairs(list) do
      if a.kind == 'dims' then
         args[n + 1], args[n + 2] = 3, 3
         n = n + 2
      else
         n = n + 1
         args[n] = (of_rows[row_name] and of_rows[row_name][a.kind] or makers[a.kind])(a, type_, dims[i] or 2)
      end
   end
   return args, n
end

-- Dimensions of the tensors with which the call succeeds; nil when none was found.
local function find_dims(f, list, type_)
   local at = {}
   for i, a in ipairs(list) do
      if a.kind == 'tensor' or a.kind == 'inout' or a.kind == 'tensors' then at[#at + 1] = i end
   end
   for code = 0, 3 ^ #at - 1 do
      local dims, rest = {}, code
      for _, i in ipairs(at) do
         dims[i] = (rest + 1) % 3 + 1 -- matrices first
         rest = math.floor(rest / 3)
      end
      local args, n = build(list, type_, dims)
      if pcall(f, unpack(args, 1, n)) then return dims end
   end
end

-- ---- wrong ones ----

local counts = {}
local function expect(f, what, kind, args, n, at, name)
   local ok, err = pcall(f, unpack(args, 1, n))
   counts[kind] = (counts[kind] or 0) + 1
   if ok then return check.ok(false, what .. ' raises: ' .. kind) end
   local number, names = told(err)
   check.ok(number == at and names[name], string.format('%s: %s: #%d (%s) expected: %s', what, kind, at, name, T.why(err)))
end

-- Which of two arguments that do not go together is told. Of other types: the first tensor gives the type, unless two others
-- outvote it. Of other sizes, and of bounds: the later one; here are the pairs that are not a first input and the next.
local bounds = {a = 'b', min = 'max'}
local pairs_of = {
   range = bounds, arange = bounds, histc = bounds, bhistc = bounds, maskedSelect = {x = 'm'},
   addmm = {A = 'B'}, addmv = {A = 'x'}, multinomialAlias_ = {J = 'q'}, normal = {means = 'stds'}, gather = {x = 'index'}, ormqr = {a = 'C'},
   gels = {A = 'B'}, gesv = {}, trtrs = {}, potrs = {}, -- A is there to be solved: B does not go with it
   addr = {}, addbmm = {}, baddbmm = {}, bmm = {}, ger = {}, conv3 = {}, xcorr3 = {}, -- a matrix is none of what they take
}
local function is_input(a)
   return a.kind == 'tensor' or a.kind == 'tensors' or a.kind == 'dims' or a.kind == 'inout' and a.name ~= 'r'
end
local function partner(row, list, i)
   local of = pairs_of[row.name]
   local name, first, second = of and of[list[i].name], nil, nil
   for j, a in ipairs(list) do
      if a.name == name then return j end
      if is_input(a) and not first then first = j
      elseif is_input(a) and not second then second = j end
   end
   return not of and i == first and second or i
end

local wrong_kind = setmetatable({flag = coroutine.create(print)}, {__index = function() return coroutine.create(print) end})
local function is_tensor(a) return a.kind == 'tensor' or a.kind == 'inout' or a.kind == 'out' end

local function has_type(row, type_)
   for _, t in ipairs(row.types) do
      if t == type_ then return true end
   end
end

-- The tensors whose types must be equal, by place.
local function of_one_type(list)
   local at = {}
   for i, a in ipairs(list) do
      if is_tensor(a) and not a.type or a.kind == 'tensors' then at[#at + 1] = i end
   end
   return at
end

-- Numbers that may be out of range: where one is refused, it is told. (Not what memory or LAPACK's results say.)
local ranges = {dim = {-5, 0, 100, 2 ^ 40, 0 / 0}, index = {-100, 0, 100, 2 ^ 40, 0 / 0}, int = {-100, -1, 0, 2 ^ 62, 0 / 0},
   scalar = {-1e30, -1, 0, 1e30, 0 / 0}, number = {-1e30, -1, 0, 1e30, 0 / 0}, dims = {-100, 2 ^ 62, 0 / 0}}

-- Nothing may be left out, and there is no other form: what is missing is the last.
local function reads_one_way(row, list)
   for _, a in ipairs(list) do
      if a.default ~= nil or a.self or a.optional or a.kind:find('^out') or a.kind == 'gen' then return false end
   end
   return math.max(#row.functions, #row.methods) == 1
end

local function try(row, f, form, type_, method)
   local list = given(form)
   row_name = row.name
   local what = (method and 'x:' or 'torch.') .. row.name .. ' of ' .. type_
   local dims = row.family ~= 'file' and find_dims(f, list, type_) or nil -- files are not to be made
   if row.lua ~= 'handwritten' then check.ok(dims, what .. ': arguments that fit') end
   local fits = dims ~= nil
   dims = dims or {}
   local shift, same = method and 1 or 0, of_one_type(list)
   for i, a in ipairs(list) do
      if a.kind == 'value' and (a.name:find('%.%.%.') or makers.value(a, type_) == nil) then break end
      local function call(kind, v, told_at, only_if_refused)
         local args, n = build(list, type_, dims)
         args[i] = v
         if only_if_refused then
            local ok, err = pcall(f, unpack(args, 1, n))
            if ok or err:find('not enough memory') or err:find('Lapack Error') then return end -- about no argument
         end
         expect(f, what, kind, args, n, (told_at or i) - shift, list[told_at or i].name)
      end
      if a.shown ~= 'any' then call('wrong kind', wrong_kind[a.kind]) end
      if fits then
         if a.kind == 'dim' and row.lua ~= 'handwritten' then call('dimension', 100) end
         for _, v in ipairs(ranges[a.kind] or {}) do call('range', v, v == v and pairs_of[row.name] and partner(row, list, i), true) end
         if a.kind == 'option' then call('letter', '?')
         elseif a.kind == 'tensor' and a.type == 'Long' then call('index', small_tensor('Long', dims[i] or 2):fill(100))
         elseif a.kind == 'tensor' and a.type == 'Byte' and row.name ~= 'setRNGState' then call('mask', small_tensor('Byte', dims[i] or 2):fill(2))
         end
         -- bernoulli takes probabilities of either floating-point type
         if is_tensor(a) and (a.type or #same > 1) and not (method and i == 1) and row.name ~= 'bernoulli' and row.lua ~= 'handwritten' then
            local other = type_ == 'Short' and 'Char' or 'Short'
            local gives_type = same[1] == i and #same == 2 and has_type(row, other)
            call('other type', tensor_of(other, dims[i] or 2), gives_type and same[2] or i)
         end
         if a.kind == 'tensor' then -- sizes that go with nothing, unless the operation takes them all the same
            call('sizes', small_tensor(a.type or type_, 2):resize(5, 7):fill(1), partner(row, list, i), true)
         end
         if i == #list and row.lua ~= 'handwritten' and reads_one_way(row, list) then
            local args, n = build(list, type_, dims)
            if not pcall(f, unpack(args, 1, i - 1)) then expect(f, what, 'missing', args, i - 1, i - shift, a.name) end
         end
      end
   end
end

-- ---- the walk ----

-- retain and free count the C object; type tells the class of anything
local forms, unwalked = 0, {retain = true, free = true, type = true}
for _, row in ipairs(T.cases) do
   if not unwalked[row.name] then
      local type_ = row.types[1]
      for _, t in ipairs(row.types) do
         if t == (row.name:find('^c?bit') and 'Int' or row.name == 'Storage.string' and 'Char' or 'Double') then type_ = t end
      end
      local own = rawget(T.class(type_), 'torch')[row.name]
      local f = row.lua == 'handwritten' and torch[row.name] or own
      for _, form in ipairs(row.functions) do
         forms = forms + 1
         try(row, f, form, type_, false)
      end
      local class = row.class and torch.getmetatable('torch.' .. type_ .. row.class) or T.class(type_)
      local m = class[row.name:match('[^.]+$')]
      for _, form in ipairs(row.methods) do
         if given(form)[1] and m and form[1].kind ~= 'number' and form[1].kind ~= 'gen' then
            forms = forms + 1
            try(row, m, form, type_, true)
         end
      end
   end
end

-- Operators have no names of their own: they tell the operation's.
local x = torch.randn(2, 3)
for _, wrong in ipairs{'a', {}, true, torch.LongStorage(2)} do
   for at, f in ipairs{function() local r = wrong * x return r end, function() local r = x * wrong return r end} do
      local ok, message = pcall(f)
      check.ok(not ok and message:find('^[^\n]*test_arguments.lua:%d+: mul: argument #' .. at), ('x * %s, argument %d: %s'):format(torch.type(wrong), at, tostring(message)))
   end
end

local kinds, total = {}, 0
for kind, n in pairs(counts) do
   kinds[#kinds + 1] = string.format('%d %s', n, kind)
   total = total + n
end
table.sort(kinds)
print(string.format('%d wrong calls of %d forms: %s', total, forms, table.concat(kinds, ', ')))
check.finish()
