--- Every row of the operation table with an input for its result: the same tensor, a view of it, an empty one
-- on its storage. What comes out is what comes out apart, or an error says why not.
--   SEED=n draws other arguments.
-- labels: slow
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check, T = dofile(here .. '/check.lua'), dofile(here .. '/optest.lua')
local W = assert(loadfile(here .. '/wrong.lua')){check = check, T = T, class = T.class}
local draw = W.draw

-- Sizes and elements of every result, in one list.
local function describe(results)
   local list = {empty = {}}
   for i, r in ipairs(results) do
      list.empty[i] = r:dim() == 0 -- it is not asked for, or says how many are
      list[i] = table.concat(r:size():totable(), 'x') .. ':'
   end
   for _, r in ipairs(results) do
      for _, v in ipairs(T.values(r)) do list[#list + 1] = v end
   end
   return list
end

local function text(list)
   local words = {}
   for i, v in ipairs(list) do words[i] = tostring(v) end
   return table.concat(words, ' ')
end

-- A function may round otherwise where the layout is another.
local function equal(a, b, type_)
   if #a ~= #b then return false end
   for i, v in ipairs(a) do
      if type(v) == 'string' then
         if v ~= b[i] then return false end
      elseif not T.close(v, b[i], type_ == 'Float' and 1e-5 or 1e-12) then return false end
   end
   return true
end

local function same_geometry(x)
   if x:dim() == 0 then return x.new() end
   return x.new(torch.LongStorage(x:size():totable()), torch.LongStorage(x:stride():totable())):copy(x)
end

-- What draws do not hit: arguments of some rows by name, as sizes or elements.
local square, spd = {3, 3}, {{4, 1, 0}, {1, 4, 1}, {0, 1, 4}}
local index = {x = square, d = 1, index = {2, 1, 3}, y = square}
local of_index = {x = square, d = 1, index = {{1, 3, 2}, {2, 2, 1}, {3, 1, 3}}, y = square}
local of_mask = {x = square, m = {{1, 0, 1}, {0, 1, 1}, {1, 1, 0}}, y = square}
local fitting = {
   maskedFill = of_mask, maskedCopy = of_mask, maskedSelect = of_mask, bmm = {A = {2, 3, 3}, B = {2, 3, 3}},
   gesv = {B = square, A = spd}, addr = {r = square, M = square, x = {3}, y = {3}}, scatter = of_index, scatterAdd = of_index, gather = of_index,
   addmm = {r = square, M = square, A = square, B = square}, addmv = {r = {3}, M = {3}, A = square, x = {3}},
   addbmm = {r = square, M = square, A = {2, 3, 3}, B = {2, 3, 3}}, baddbmm = {r = {2, 3, 3}, M = {2, 3, 3}, A = {2, 3, 3}, B = {2, 3, 3}},
   indexCopy = index, indexAdd = index, trtrs = {B = square, A = spd}, potrf = {A = spd}, potri = {chol = spd}, pstrf = {A = spd},
   ormqr = {a = square, tau = {{0.5, 0.25, 1}}, C = square}, multinomialAliasSetup_ = {p = {{0.25, 0.25, 0.5}}},
}
local function fitting_argument(row, a, type_)
   local v = fitting[row.name] and fitting[row.name][a.name]
   if type(v) ~= 'table' then return v end
   local new = T.class(a.type or type_).new
   if type(v[1]) == 'table' then return #v == 1 and new(v[1]) or new(v) end
   if a.type == 'Long' then return new(v) end
   local x = new(torch.LongStorage(v))
   local flat = x:storage()
   for i = 1, flat:size() do flat[i] = draw(4) end
   return x
end

-- A call: the values of its arguments, and which of them are results.
local function draw_call(row, form, type_)
   local fits = draw(2) == 1
   local call = {args = {}, n = 0, results = {}, inputs = {}, type = type_, poison = 1}
   for _, a in ipairs(form) do
      if a.kind == 'tensors' or a.kind == 'dims' then
         local list = W.arguments({a}, type_)
         if a.kind == 'dims' then list = {torch.LongStorage{draw(3), draw(3)}} end
         for _, v in ipairs(list) do
            call.n = call.n + 1
            call.args[call.n] = v
         end
      elseif a.kind ~= 'const' and a.kind ~= 'newout' and a.kind ~= 'gen' and not (a.self or a.optional or a.default ~= nil and draw(2) == 1) then
         call.n = call.n + 1
         if a.kind:find('^out') then
            local own = a.kind == 'outmask' and 'Byte' or a.kind == 'outindex' and 'Long' or type_
            call.args[call.n] = T.class(a.type or own).new()
            call.results[#call.results + 1] = call.n
         else
            call.args[call.n] = fits and fitting_argument(row, a, type_) or W.draw_argument(a, type_)
            if a.kind == 'inout' then
               call.results[#call.results + 1] = call.n
               call.inout = call.n
            elseif torch.isTensor(call.args[call.n]) then
               call.inputs[#call.inputs + 1] = call.n
            end
         end
      end
   end
   return call
end

-- Runs f on copies of the arguments, after replace(copies); the results described, or nil and the error. New
-- memory holds none of the right values.
local function run(f, call, replace)
   local args, results = {}, {}
   for i = 1, call.n do
      local v = call.args[i]
      if torch.isTensor(v) then v = same_geometry(v)
      elseif type(v) == 'table' then
         local list = {}
         for k, e in ipairs(v) do list[k] = torch.isTensor(e) and same_geometry(e) or e end
         v = list
      end
      args[i] = v
   end
   if replace then replace(args) end
   for k, i in ipairs(call.results) do results[k] = args[i] end
   torch.manualSeed(7)
   T.class(call.type).new(call.poison):fill(77):set() -- what the next block of that size holds
   local ok, err = pcall(f, unpack(args, 1, call.n))
   if not ok then return nil, T.why(err) end
   return describe(results)
end

-- Whether two elements of x are at one place: no result is that.
local function overlaps(x)
   for d = 1, x:dim() do
      if x:stride(d) == 0 and x:size(d) > 1 then return true end
   end
   return false
end

-- How a result may come to share memory with the input x.
local sharing = {
   itself = function(x) return x end,
   header = function(x) return x.new(x) end,
   empty = function(x) return x:dim() > 0 and x.new(x:storage(), 1) end,
   reversed = function(x) return x:dim() > 1 and x:transpose(1, x:dim()) end,
   part = function(x) return x:dim() > 0 and x:narrow(1, x:size(1), 1) end,
}

local tried, compared, aliased = {}, 0, 0
local function try(row, f, call, what, type_)
   local expected = run(f, call)
   if not expected then return end
   call.poison = math.max(#expected - #call.results, 1)
   tried[row.name] = true
   for k, r in ipairs(call.results) do
      for _, i in ipairs(not expected.empty[k] and call.inputs or {}) do
         local x = call.args[i]
         if torch.typename(x) == torch.typename(call.args[r]) and not overlaps(x) and not overlaps(call.args[r]) then
            local names = r == call.inout and {'itself'} or {'itself', 'header', 'empty', 'reversed', 'part'}
            for _, name in ipairs(names) do
               local apart = expected
               if r == call.inout then -- the result's value counts: an input of that value
                  apart = run(f, call, function(args) args[i] = same_geometry(args[r]) end)
               end
               local got = run(f, call, function(args)
                  if r == call.inout then args[i] = args[r]
                  else args[r] = sharing[name](args[i]) or args[r] end
               end)
               compared = compared + 1
               if got then aliased = aliased + 1 end
               if apart and got and not equal(got, apart, type_) then
                  check.ok(false, ('%s, argument %d is the result (%s)\n  with    %s\n  apart   %s'):format(what, i, name, text(got), text(apart)))
                  return
               end
            end
         end
      end
      -- the elements of a list
      for i = 1, call.n do
         local list = call.args[i]
         if type(list) == 'table' and torch.isTensor(list[1]) and not overlaps(list[1]) then
            local got = run(f, call, function(args) args[r] = args[i][1] end)
            compared = compared + 1
            if got and not equal(got, expected, type_) then check.ok(false, what .. ', the first of the list is the result') end
         end
      end
   end
end

local function walk(row, forms, f, what, type_)
   for k, form in ipairs(forms) do
      for _ = 1, 80 do try(row, f, draw_call(row, form, type_), ('%s (form %d) of %s'):format(what, k, type_), type_) end
   end
end

local function has_result(row)
   for _, forms in ipairs{row.functions, row.methods} do
      for _, form in ipairs(forms) do
         for _, a in ipairs(form) do
            if a.kind:find('out') and a.kind ~= 'newout' then return true end
         end
      end
   end
end

local rows = 0
for _, row in ipairs(T.cases) do
   if W.visits(row) and row.lua ~= 'handwritten' and has_result(row) then
      rows = rows + 1
      for _, type_ in ipairs(row.types) do
         if type_ == 'Double' or type_ == 'Byte' or type_ == 'Long' or (type_ == 'Float' and #row.types < 4) then
            local own = rawget(T.class(type_), 'torch')[row.name]
            if type(own) == 'function' then walk(row, row.functions, own, 'torch.' .. row.name, type_) end
            local m = T.class(type_)[row.name]
            if m and #row.methods > 0 then walk(row, row.methods, m, 'x:' .. row.name, type_) end
         end
      end
      check.ok(tried[row.name], row.name .. ' is called rightly')
   end
end
local count = 0
for _ in pairs(tried) do count = count + 1 end
print(rows .. ' rows, ' .. count .. ' called, ' .. compared .. ' comparisons, ' .. aliased .. ' without an error')
check.finish()
