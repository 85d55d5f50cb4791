--- One wrong call per argument, for every form of every row of the operation table: the error must tell the number and
-- the name of that argument.
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
local of_rows = {setRNGState = {tensor = function() return torch.getRNGState() end, gen = makers.gen}}

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
         args[n] = (of_rows[row_name] or makers)[a.kind](a, type_, dims[i] or 2)
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
local row_names, optional -- of the row: names of all arguments; of the form: whether something may be left out
local names_at -- of the row: names that its forms have for each place
local function expect(f, what, kind, args, n, at, name, others)
   local ok, err = pcall(f, unpack(args, 1, n))
   counts[kind] = (counts[kind] or 0) + 1
   if ok then return check.ok(false, what .. ' raises: ' .. kind) end
   local number, names = told(err)
   local right = number == at and names[name]
   for _, o in ipairs(others or {}) do right = right or number == o.at and names[o.name] end
   -- a form that begins with a result, or may leave something out, reads the rest in more than one way
   for name_ in pairs(names) do right = right or number == at and (optional and row_names[name_] or names_at[at] and names_at[at][name_]) end
   check.ok(right, string.format('%s: %s of #%d (%s): %s', what, kind, at, name, T.why(err)))
end

local wrong_kind = setmetatable({flag = coroutine.create(print)}, {__index = function() return coroutine.create(print) end})
local function is_tensor(a) return a.kind == 'tensor' or a.kind == 'inout' or a.kind == 'out' end

local function try(row, f, form, type_, method)
   local list = given(form)
   row_name, row_names, names_at, optional = row.name, {}, {}, false
   for _, forms in ipairs{row.functions, row.methods} do
      for _, form_ in ipairs(forms) do
         for i, a in ipairs(form_) do
            local at = i - (method and 1 or 0)
            row_names[a.name] = true
            names_at[at] = names_at[at] or {}
            names_at[at][a.name] = true
         end
      end
   end
   for _, a in ipairs(list) do optional = optional or a.default ~= nil or a.self or a.optional or a.kind:find('^out') or a.kind == 'gen' end
   local what = (method and 'x:' or 'torch.') .. row.name .. ' of ' .. type_
   local dims = row.lua ~= 'handwritten' and find_dims(f, list, type_) or {}
   if row.lua ~= 'handwritten' then check.ok(next(dims) or #list == 0 or pcall(f, unpack((build(list, type_, {})))), what .. ': arguments that fit') end
   local shift, first = method and 1 or 0, nil -- first: of the tensors that may have any type
   for _, a in ipairs(list) do first = first or is_tensor(a) and not a.type and a.name end
   for i, a in ipairs(list) do
      if a.kind == 'value' and (a.name:find('%.%.%.') or makers.value(a, type_) == nil) then break end
      local at = i - shift
      local function call(kind, v, others)
         local args, n = build(list, type_, dims)
         args[i] = v
         expect(f, what, kind, args, n, at, a.name, others)
      end
      if a.shown ~= 'any' then call('wrong kind', wrong_kind[a.kind]) end
      if row.lua ~= 'handwritten' then
         local tensors = {}
         for j, b in ipairs(list) do
            if j ~= i and (is_tensor(b) or b.kind == 'tensors') then tensors[#tensors + 1] = {at = j - shift, name = b.name} end
            if b.kind == 'dims' then tensors[#tensors + 1] = {at = j - shift, name = b.name} end
         end
         if a.kind == 'dim' then
            call('dimension', 100)
            if type(a.default) ~= 'number' or a.default > 0 then call('dimension', 0) end
         elseif a.kind == 'index' then call('position', 100)
         elseif a.kind == 'int' then call('integer', 0 / 0)
         elseif a.kind == 'option' then call('letter', '?')
         elseif a.kind == 'dims' then call('integer', 0 / 0)
         elseif a.kind == 'tensor' and a.type == 'Long' then call('index', tensor_of('Long', dims[i] or 2):fill(100), tensors)
         elseif a.kind == 'tensor' and a.type == 'Byte' and row.name ~= 'setRNGState' then call('mask', tensor_of('Byte', dims[i] or 2):fill(2))
         end
         local free = 0 -- tensors whose types must be equal
         for _, b in ipairs(list) do free = free + ((is_tensor(b) and not b.type or b.kind == 'tensors') and 1 or 0) end
         -- bernoulli takes probabilities of either floating-point type
         if is_tensor(a) and (a.type or free > 1) and not (method and i == 1) and row.name ~= 'bernoulli' then
            call('other type', tensor_of(type_ == 'Short' and 'Char' or 'Short', dims[i] or 2), not a.type and a.name == first and tensors)
         end
         if a.kind == 'tensor' and #tensors > 0 then
            -- sizes that go with nothing: where the operation takes them all the same, there is nothing to tell
            local args, n = build(list, type_, dims)
            args[i] = small_tensor(a.type or type_, 2):resize(5, 7):fill(1)
            if not pcall(f, unpack(args, 1, n)) then
               call('sizes', small_tensor(a.type or type_, 2):resize(5, 7):fill(1), tensors)
            end
         end
         if i == #list and not optional and math.max(#row.functions, #row.methods) == 1 then -- one is missing
            local args, n = build(list, type_, dims)
            n = i - 1
            if not pcall(f, unpack(args, 1, n)) then expect(f, what, 'missing', args, n, at, a.name) end
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
