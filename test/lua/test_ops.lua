--- test_ops.lua [package=NAME]: walks the operation table, torch's or a package's: bindings, help, examples, and results against naive references over
-- types, sizes and layouts; then threads.
-- labels: slow
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
local T, R, G = dofile(here .. '/optest.lua'), dofile(here .. '/reference.lua'), dofile(here .. '/differences.lua')
local class, values, close = T.class, T.values, T.close
local draws = dofile(here .. '/draws.lua')

-- ---- every row: bindings, help, example ----

-- Numbers and truth values after -->, or nil when there are other words.
local function expected_of(comment)
   local text = comment:gsub('positions?', ''):gsub('[,/]', ' ')
   local list = {}
   for word in text:gmatch('%S+') do
      local v = tonumber(word)
      if word == 'true' or word == 'false' then v = word == 'true' end
      if v == nil then return nil end
      list[#list + 1] = v
   end
   return #list > 0 and list or nil
end

local function run_example(row, type_)
   local f, comment = T.example(row)
   local before = torch.getdefaulttensortype()
   torch.setdefaulttensortype('torch.' .. type_ .. 'Tensor')
   local got = {pcall(f)}
   torch.setdefaulttensortype(before)
   local what = row.name .. ' example, ' .. type_
   if not got[1] then
      check.ok(false, what .. ' runs: ' .. T.why(got[2]))
      return
   end
   check.ok(true, what)
   local expected = comment and T.floating[type_] and expected_of(comment)
   if not expected then return end
   local list = T.flatten(unpack(got, 2))
   local equal = #list == #expected
   for i = 1, #list do
      local a, b = list[i], expected[i]
      equal = equal and (a == b or type(a) == 'number' and type(b) == 'number' and close(a, b, 1e-4))
   end
   check.ok(equal, what .. ' gives ' .. comment)
end

-- A type without the operation says so, and which have it.
local function lacking(row)
   local has = {}
   for _, type_ in ipairs(row.types) do has[type_] = true end
   for _, t in ipairs(require('libtorch').types) do
      local mt = class(t.name)
      if not has[t.name] and not rawget(mt, row.name) then
         local x = mt.new(2)
         local _, alone = pcall(x[row.name], x)
         local _, with_another = pcall(x[row.name], x, x)
         check.match(alone .. with_another, ('%s: [^\n:]+: torch.%sTensor does not implement the torch.%s%%(%%) function: [^\n]*torch.%sTensor'):format(
            row.name, t.name, row.name, row.types[#row.types]), row.name .. ' of ' .. t.name)
      end
   end
end

for _, row in ipairs(T.cases) do
   check.ok(row.doc and #row.doc > 0, row.name .. ' is described')
   local public = not row.name:find('_$')
   if public then check.ok(require('torch.help').lookup(row.name) ~= nil, row.name .. ' has help') end
   if row.lua ~= 'handwritten' then
      for _, type_ in ipairs(row.types) do
         local mt = class(type_)
         if #row.functions > 0 then check.ok(rawget(mt, 'torch')[row.name] ~= nil, 'function ' .. row.name .. ' of ' .. type_) end
         if #row.methods > 0 then check.eq(type(rawget(mt, row.name)), 'function', 'method ' .. row.name .. ' of ' .. type_) end
      end
      if public and #row.methods > 0 then lacking(row) end
   elseif row.class then
      local held = false -- files: disk or memory ones may have it alone
      for _, owner in ipairs(row.class == 'File' and {'File', 'DiskFile', 'MemoryFile'} or {'Double' .. row.class}) do
         held = held or type(torch.getmetatable('torch.' .. owner)[row.name:match('[^.]+$')]) == 'function'
      end
      check.ok(held, 'method ' .. row.name)
   elseif #row.methods > 0 then
      check.eq(type(class('Double')[row.name]), 'function', 'method ' .. row.name)
   end
   if #row.functions > 0 then check.ok(torch[row.name] ~= nil, 'function torch.' .. row.name) end
   if row.example then
      if row.lua == 'handwritten' then run_example(row, 'Double')
      else
         for _, type_ in ipairs(row.types) do
            if rawget(class(type_), 'torch').add then run_example(row, type_) end -- those without arithmetic lack what examples need
         end
      end
   end
end

-- ---- elementwise: against references ----

local function random_values(type_, n, seed, nonzero)
   local list, draw = {}, draws(seed)
   for i = 1, n do
      local v = draw(25) - 1
      if T.floating[type_] then v = (v - 12) / 4 elseif type_ ~= 'Byte' then v = v - 12 end
      if nonzero and v == 0 then v = 3 end
      list[i] = v
   end
   return list
end

local function new(type_, ...) return class(type_).new(...) end

local function put(x, list, rows, columns)
   for r = 1, rows do
      for c = 1, columns do x[{r, c}] = list[(r - 1) * columns + c] end
   end
   return x
end

-- Each makes a tensor that holds `list` in row-major order.
local layouts = {}
function layouts.contiguous(type_, list) return #list == 0 and new(type_) or new(type_, list) end
function layouts.transposed(type_, list)
   local rows = #list % 2 == 0 and 2 or 1
   return put(new(type_, #list / rows, rows):t(), list, rows, #list / rows)
end
function layouts.narrowed(type_, list)
   local rows = #list % 3 == 0 and 3 or 1
   return put(new(type_, rows + 2, #list / rows + 3):fill(1):narrow(1, 2, rows):narrow(2, 3, #list / rows), list, rows, #list / rows)
end
function layouts.strided(type_, list)
   local x = new(type_, #list, 2):fill(1):select(2, 2)
   for i, v in ipairs(list) do x[i] = v end
   return x
end

local function tolerance(type_) return type_ == 'Double' and 1e-11 or type_ == 'Float' and 2e-5 or 0 end
local widths = {Byte = 8, Char = 8, Short = 16, Int = 32, Long = 64}

-- What the reference gives for every element; columns: argument name -> list, or a number.
local function expect(form, reference, type_, n, given)
   local list = {}
   for i = 1, n do
      local args = {}
      for _, a in ipairs(form) do
         if given[a.name] then
            local v = given[a.name]
            args[#args + 1] = type(v) == 'table' and v[i] or v
         end
      end
      args[#args + 1] = widths[type_]
      list[i] = reference(unpack(args))
   end
   return list
end

local function agree(what, type_, got, expected)
   if #got ~= #expected then return check.ok(false, what .. ': ' .. #got .. ' elements for ' .. #expected) end
   for i = 1, #got do
      local e = expected[i]
      if type_ and e == e and math.abs(e) ~= math.huge then e = T.element(type_, e) end
      if not close(got[i], e, tolerance(type_ or 'Byte')) then
         return check.ok(false, string.format('%s: element %d is %.17g, expected %.17g', what, i, got[i], e))
      end
   end
   check.ok(true, what)
end

local function inputs(row, form, type_, n, layout)
   local args, given, tensors = {}, {}, {}
   for k, a in ipairs(form) do
      if a.kind == 'tensor' then
         local list = random_values(type_, n, 17 * k + n, row.nonzero == a.name or (row.name == 'cpow' and not T.floating[type_]))
         if row.name == 'cpow' and not T.floating[type_] then for i = 1, n do list[i] = math.abs(list[i]) % 4 end end
         given[a.name] = list
         args[#args + 1] = layout(type_, list)
         tensors[#tensors + 1] = args[#args]
      elseif a.kind == 'scalar' then
         local v = a.name == 'max' and 5 or a.name == 'w' and 0.25 or 2
         given[a.name] = v
         args[#args + 1] = v
      end
   end
   return args, given, tensors
end

local function mask_result(form)
   for _, a in ipairs(form) do
      if a.kind == 'outmask' then return true end
   end
end

local function call(type_, name, ...) return class(type_).torch[name](...) end

local function check_form(row, form, type_, reference, n, name, layout)
   local what = string.format('%s (%s) %s %d %s', row.name, form.c, type_, n, name)
   local args, given, tensors = inputs(row, form, type_, n, layout)
   local mask = mask_result(form)
   local result_type = not mask and type_ or nil
   local first = form[1]
   if first.kind == 'inout' then -- a result that must be given
      table.insert(args, 1, new(type_))
   end
   local ok, r = pcall(call, type_, row.name, unpack(args))
   if not ok then return check.ok(false, what .. ': ' .. T.why(r)) end
   local expected = expect(form, reference, type_, n, given)
   agree(what, result_type, values(r), expected)
   for k, t in ipairs(tensors) do -- inputs stay
      local unchanged, k_ = values(t), 0
      for _, a in ipairs(form) do
         if a.kind == 'tensor' then
            k_ = k_ + 1
            if k_ == k then agree(what .. ', input ' .. a.name .. ' unchanged', type_, unchanged, given[a.name]) end
         end
      end
   end
   if not mask and first.kind == 'out' then -- into the first input itself
      ok, r = pcall(call, type_, row.name, tensors[1], unpack(args))
      if not ok then return check.ok(false, what .. ' in place: ' .. T.why(r)) end
      agree(what .. ' in place', type_, values(tensors[1]), expected)
      check.ok(torch.isequal(r, tensors[1]), what .. ' returns its result')
   end
end

-- Operands of shapes 3x1, 1x4 against the same operands expanded, and those against copies.
local function check_broadcast(row, form, type_, reference)
   local count, args, full = 0, {}, {}
   for _, a in ipairs(form) do
      if a.kind == 'tensor' then
         count = count + 1
         local rows, columns = count % 2 == 1 and 3 or 1, count % 2 == 1 and 1 or 4
         local x = new(type_, random_values(type_, rows * columns, count, true)):view(rows, columns)
         if row.name == 'cpow' then x:fill(2) end
         args[#args + 1], full[#full + 1] = x, x:expand(3, 4)
      elseif a.kind == 'scalar' then
         args[#args + 1], full[#full + 1] = 1, 1
      end
   end
   if count < 2 or form[1].kind == 'inout' then return end
   local ok, r = pcall(call, type_, row.name, unpack(args))
   local what = string.format('%s (%s) %s broadcast', row.name, form.c, type_)
   if not ok then return check.ok(false, what .. ': ' .. T.why(r)) end
   check.eq(r:size():totable(), {3, 4}, what .. ', size')
   agree(what, nil, values(r), values(call(type_, row.name, unpack(full))))
   for i, x in ipairs(full) do
      if type(x) == 'userdata' then full[i] = x:clone() end
   end
   agree(what .. ', expanded against copies', nil, values(r), values(call(type_, row.name, unpack(full))))
end

local sizes = {0, 1, 7, 8, 9, 33, 1000}
local function reference_for(row, form, type_)
   local pair = R.written(row, form) or not T.package and R.map[form.map or form.c]
   return pair and (T.floating[type_] and pair.float or not T.floating[type_] and pair.int), pair
end

for _, row in ipairs(T.cases) do
   if row.map or row.compare then
      for _, form in ipairs(row.functions) do
         if not form.expr and form.c ~= 'mod' then
            local _, known = reference_for(row, form, 'Double')
            check.ok(known or R.unreferenced[row.name], row.name .. ' (' .. form.c .. ') has a reference, or a reason to have none')
            for _, type_ in ipairs(row.types) do
               local reference = reference_for(row, form, type_)
               if reference then
                  for _, n in ipairs(sizes) do
                     for name, layout in pairs(layouts) do
                        if n > 0 or name == 'contiguous' then check_form(row, form, type_, reference, n, name, layout) end
                     end
                  end
                  check_broadcast(row, form, type_, reference)
               end
            end
         end
      end
   end
end

-- ---- gradients of rows, by differences ----

-- The rule of a form, of first and second order, of Doubles between 0.5 and 2.
local function check_gradient(row, form)
   local args = {}
   for _, a in ipairs(form) do
      if a.kind == 'tensor' then args[#args + 1] = torch.DoubleTensor(9):apply(function() return 0.5 + 1.5 * torch.uniform() end)
      elseif a.kind == 'scalar' or a.kind == 'number' then args[#args + 1] = 1.5 end
   end
   G.check(check, ('%s (%s): gradients'):format(row.name, form.c), torch[row.name], args)
end

local function takes(form, name)
   for _, a in ipairs(form) do
      if a.name == name and a.kind == 'tensor' and not form.expr then return true end
   end
end

for _, row in ipairs(T.package and T.cases or {}) do -- those of torch: test_gradients.lua
   local examined = {}
   for name in pairs(row.grad or {}) do
      local found = 0
      for _, form in ipairs(row.functions) do
         if takes(form, name) then
            found = found + 1
            if not examined[form] then check_gradient(row, form) end
            examined[form] = true
         end
      end
      check.ok(found > 0, ('%s: grad names a tensor argument, %s'):format(row.name, name))
   end
end

-- ---- reductions ----

local function check_reduction(row, form, type_, name, layout)
   local reference = R.reduce[form.c]
   local n = 24
   local what = string.format('%s (%s) %s %s', row.name, form.c, type_, name)
   local list = random_values(type_, n, 5, true)
   if row.name == 'prod' then
      for i = 1, n do list[i] = i % 7 == 0 and 2 or 1 end
   end
   local x = layout(type_, list)
   if form.ret then
      local got = call(type_, row.name, x)
      return check.ok(close(got, reference(list), 1e-6), what .. ': ' .. got)
   end
   local matrix = x:contiguous():view(4, 6)
   local cube = name == 'transposed' and matrix:t():contiguous():t() or matrix
   for d = 1, 2 do
      local expected = {}
      for i = 1, d == 1 and 6 or 4 do
         local lane = {}
         for k = 1, d == 1 and 4 or 6 do lane[k] = d == 1 and list[(k - 1) * 6 + i] or list[(i - 1) * 6 + k] end
         expected[i] = reference(lane)
      end
      local r = call(type_, row.name, cube, d)
      agree(what .. ' along ' .. d, type_, values(r), expected)
      check.eq(r:size(d), 1, what .. ' keeps the dimension')
   end
end

for _, row in ipairs(T.cases) do
   if row.reduce then
      for _, form in ipairs(row.functions) do
         local known = R.reduce[form.c] ~= nil
         check.ok(known or R.unreferenced[row.name], row.name .. ' (' .. form.c .. ') has a reference, or a reason to have none')
         if known then
            for _, type_ in ipairs(row.types) do
               for name, layout in pairs(layouts) do check_reduction(row, form, type_, name, layout) end
            end
         end
      end
   end
end

-- ---- threads: results are the same bits ----

local threads = torch.getnumthreads()
local function with_threads(n, f)
   torch.setnumthreads(n)
   local r = f()
   torch.setnumthreads(threads)
   return r
end
local big = torch.DoubleTensor(150001)
for i = 1, big:size(1) do big[i] = (i * 37 % 1001 - 500) / 250 end
local function same_bits(a, b)
   if type(a) == 'number' then return a == b or a ~= a and b ~= b end
   local pa, pb = a:data(), b:data()
   for i = 0, a:nElement() - 1 do
      if pa[i] ~= pb[i] and not (pa[i] ~= pa[i] and pb[i] ~= pb[i]) then return false end
   end
   return true
end
for _, row in ipairs(T.cases) do
   if row.map or row.compare or row.reduce then
      for _, form in ipairs(row.functions) do
         local args = {}
         for _, a in ipairs(form) do
            if a.kind == 'tensor' then args[#args + 1] = big
            elseif a.kind == 'scalar' then args[#args + 1] = 2
            elseif a.kind == 'dim' then args[#args + 1] = 1
            elseif a.kind == 'inout' then args[#args + 1] = torch.DoubleTensor() end
         end
         local has_double = false
         for _, t in ipairs(row.types) do has_double = has_double or t == 'Double' end
         if has_double and not form.expr and #args > 0 then
            local run = function()
               local r = call('Double', row.name, unpack(args))
               return type(r) == 'userdata' and r:clone() or r
            end
            local ok, one = pcall(with_threads, 1, run)
            torch.setnumthreads(threads)
            if ok then
               check.ok(same_bits(one, with_threads(2, run)), row.name .. ' (' .. tostring(form.c) .. ') is the same for 1 and 2 threads')
            else
               check.match(T.why(one), 'not defined', row.name .. ' for threads')
            end
         end
      end
   end
end

check.finish()
