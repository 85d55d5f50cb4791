-- torch.fuse: every operation that fuses, alone and in chains, gives what it gives unfused, bit for bit.
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check, T = dofile(here .. '/check.lua'), dofile(here .. '/optest.lua')
local ok, eq = check.ok, check.eq
local C, same = T.C, T.same

local seed = 1
local function any(n) -- an integer in [0, n)
   seed = (seed * 16807) % 2147483647
   return seed % n
end

local function values(type_, n)
   local x = torch[type_ .. 'Tensor'](n)
   local data, whole = x:data(), type_ ~= 'Float' and type_ ~= 'Double'
   for i = 0, n - 1 do data[i] = whole and any(9) + 1 or (any(1000) - 400) / 500 end
   return x
end

-- n elements in a layout.
local layouts = {
   contiguous = function(t, n) return values(t, n) end,
   strided = function(t, n) return values(t, 2 * n):unfold(1, 1, 2):select(2, 1):narrow(1, 1, n) end,
   offset = function(t, n) return values(t, n + 3):narrow(1, 4, n) end,
   transposed = function(t, n) return n % 10 == 0 and values(t, n):view(10, n / 10):t() or values(t, n):view(n, 1):t():t() end,
   repeated = function(t, n) return n % 10 == 0 and values(t, n / 10):view(n / 10, 1):expand(n / 10, 10) or values(t, 1):expand(n) end,
}

-- Copies that keep layout and sharing: what a call changes is seen there.
local function copy_of(x)
   if not torch.isTensor(x) or not x:storage() then return torch.isTensor(x) and x:clone() or x end
   local storage = torch[torch.type(x):match('torch%.(.*)Tensor') .. 'Storage'](x:storage():size()):copy(x:storage())
   return x.new(storage, x:storageOffset(), x:size(), x:stride())
end

local function copies(args)
   local list = {}
   for i = 1, #args do list[i] = copy_of(args[i]) end
   return list
end

local function flat(ok_, ...) return ok_, {n = select('#', ...), ...} end

-- f and its fused form, with equal arguments: the same results, arguments afterwards, or both an error.
local function compare(what, f, args, fused)
   fused = fused or torch.fuse(f)
   local a, b = copies(args), copies(args)
   local ok1, expected = flat(pcall(f, unpack(a)))
   local ok2, got = flat(pcall(fused, unpack(b)))
   if not ok1 then return ok(not ok2, what .. ': no error when fused: ' .. tostring(expected[1])) end
   if not ok2 then return ok(false, what .. ': ' .. tostring(got[1])) end
   local equal = expected.n == got.n
   for i = 1, expected.n do equal = equal and same(expected[i], got[i]) end
   for i = 1, #args do equal = equal and same(a[i], b[i]) end
   return ok(equal, what)
end

-- ---- every row ----

-- Arguments of a form; nil where it takes what a fused function has not.
local function arguments_of(form, type_, n, layout, method)
   local args = {}
   for i, a in ipairs(form) do
      if a.kind == 'tensor' and not a.type then args[#args + 1] = layout(type_, n)
      elseif a.kind == 'scalar' then args[#args + 1] = 2
      elseif a.kind == 'inout' and (method and i == 1) then args[#args + 1] = layout(type_, n)
      elseif a.kind ~= 'out' and a.kind ~= 'outmask' then return nil end -- those are left out
   end
   return args
end

local own = {pow = true, cremainder = true, fill = true, zero = true}
local walked = 0

local function walk_form(row, form, type_, method)
   for name, layout in pairs(layouts) do
      for _, n in ipairs{1, 7, 1000} do
         local args = arguments_of(form, type_, n, layout, method)
         if not args or #args == 0 or not torch.isTensor(args[1]) and method then return end
         local written = method and form[1].kind == 'inout'
         if not (written and name == 'repeated') then
            walked = walked + 1
            compare(('%s%s, %s, %s, %d'):format(method and ':' or '', row.name, type_, name, n), function(...)
               if method then return (...)[row.name](...) end
               return torch[row.name](...)
            end, args)
         end
      end
   end
end

for _, row in ipairs(T.cases) do
   if row.map or row.compare or own[row.name] then
      local has = {}
      for _, t in ipairs(row.types) do has[t] = true end
      for _, t in ipairs{'Float', 'Double', 'Int'} do
         if has[t] then
            for _, form in ipairs(row.functions) do
               if not form.expr then walk_form(row, form, t, false) end
            end
            for _, form in ipairs(row.methods) do
               if not form.expr then walk_form(row, form, t, true) end
            end
         end
      end
   end
end
ok(walked > 1000, 'the table has rows that fuse')

-- ---- chains ----

local steps = {
   {'all', function(x, y, s) return x * s + y end}, {'all', function(x, y) return x:clone():cmul(y) end},
   {'all', function(x, y) return torch.cmax(x, y) end}, {'all', function(x, _, s) return s - x end}, {'all', function(x) return -x end},
   {'all', function(x, y, s) return torch.addcmul(x, s, x, y) end}, {'all', function(x, y) return x:clone():add(y):add(y) end},
   {'all', function(x, _, s) return x:gt(s):typeAs(x):add(x) end}, {'all', function(x) return torch.clamp(x, -1, 3) end},
   {'all', function(x, y) local r = x - y r:abs() return r end}, {'all', function(x) return torch.sign(x) end},
   {'float', function(x) return torch.tanh(x) end}, {'float', function(x, y) return torch.exp(-x):cmul(y) end},
   {'float', function(x, y) return torch.cdiv(x, y) end}, {'float', function(x) return torch.pow(x, 2) end},
   {'float', function(x, _, s) return torch.pow(torch.abs(x), s) end}, {'float', function(x) return torch.sigmoid(x):sqrt() end},
   {'all', function(x, y, s) return torch.add(x, s / 2 + 1, y) end}, {'all', function(x) return x:double():add(.5):typeAs(x) end},
   {'all', function(x, y) return x:eq(y):typeAs(x) end}, {'float', function(x) return torch.log1p(torch.square and torch.pow(x, 2) or x) end},
   {'int', function(x) return x % 5 end}, {'int', function(x) return x:clone():bitand(6) end},
}

local function chain(type_, length)
   local list = {}
   while #list < length do
      local step = steps[any(#steps) + 1]
      if step[1] == 'all' or (step[1] == 'float') == (type_ ~= 'Int') then list[#list + 1] = step[2] end
   end
   return function(x, y, z, s)
      local a, b = x, y
      for i = 1, #list do a, b = list[i](a, i % 2 == 0 and z or b, s), a end
      return a
   end
end

local function same_layout(name) return function() return name end end
local names = {'contiguous', 'strided', 'offset', 'transposed', 'repeated'}
for i = 1, 60 do
   local type_ = ({'Float', 'Double', 'Int'})[i % 3 + 1]
   local f = chain(type_, any(7) + 2)
   local fused = torch.fuse(f)
   for _, n in ipairs{1, 7, 1000, i % 10 == 0 and 100000 or 10} do
      local pick = i % 2 == 0 and same_layout(names[any(5) + 1]) or function() return names[any(3) + 1] end
      local args = {layouts[pick()](type_, n), layouts[pick()](type_, n), layouts[pick()](type_, n), any(3) + 1}
      compare(('chain %d, %s, %d'):format(i, type_, n), f, args, fused)
   end
end

-- Arithmetic in a row goes through registers: every line with every kind of operand, sizes around strips and cache lines.
local lines = {
   function(a, _, s) return a + s end, function(a, _, s) return torch.csub(a, s) end, function(a, _, s) return a * s end, function(a, _, s) return a / s end,
   function(a, _, s) return torch.clamp(a, -s, s / 2) end, function(a) return torch.cmaxValue and torch.cmaxValue(a, .5) or torch.cmax(a, .5) end, function(a) return torch.cmin(a, .5) end,
   function(a, b, s) return torch.add(a, s, b) end, function(a, b, s) return torch.csub(b, s, a) end, function(a, b) return torch.cmul(a, b) end,
   function(a, b) return torch.cdiv(b, a) end, function(a, b) return torch.cdiv(a, b) end, function(a, b) return torch.cmax(a, b) end,
   function(a, b) return torch.cmax(b, a) end, function(a, b) return torch.cmin(a, b) end, function(a, b) return torch.absdiff(b, a) end,
   function(a) return torch.neg(a) end, function(a) return torch.abs(a) end, function(a) return torch.cinv(a) end,
   function(a) return torch.pow(a, 2) end, function(a) return torch.pow(a, 3) end, function(a) return torch.cmul(a, a) end, function(a) return a + a end,
}
local special = {0, -0.0, 1 / 0, -1 / 0, 0 / 0, 1e-40, -1e-40, 1e38, -3}
for i = 1, #lines * 2 do
   local list = {lines[(i - 1) % #lines + 1], lines[any(#lines) + 1], lines[any(#lines) + 1]}
   local f = function(a, b, s)
      local first = list[1](a, b, s)
      local r = list[3](list[2](first, b, s), a, s)
      if i % 3 == 0 then return r, first end -- a value in the middle leaves the registers
      return r
   end
   local fused = torch.fuse(f)
   for _, type_ in ipairs{'Float', 'Double'} do
      for _, n in ipairs{1, 15, 127, 128, 129, 1000, 2500} do
         local a, b = values(type_, n), values(type_, n)
         for k = 1, math.min(n, #special) do a[k] = special[k] b[n - k + 1] = special[k] end
         compare(('in registers %d, %s, %d'):format(i, type_, n), f, {a, b, 1.5}, fused)
      end
   end
end

-- What will not fit in the cache is written past it.
do
   local n = 9e6 + 77
   local a, b = torch.FloatTensor(n + 3):fill(.5):narrow(1, 4, n), torch.FloatTensor(n):fill(2)
   for k = 1, n, 1e5 + 1 do a[k] = k / n end
   local f = function(u, v, s) return (u * s + v):cmul(u):add(1) end
   local r, expected = torch.fuse(f)(a, b, 3), f(a, b, 3)
   eq((r - expected):abs():max(), 0, 'a large result')
   f = function(u, v, s) return torch.exp(u * s):add(v):cmul(u) end
   eq((torch.fuse(f)(a, b, 3) - f(a, b, 3)):abs():max(), 0, 'a large result, with a function in the chain')
   f = function(u, v, s) u:add(s, v):mul(2) end
   local c, d = a:clone(), a:clone()
   torch.fuse(f)(c, b, 3)
   f(d, b, 3)
   eq((c - d):abs():max(), 0, 'large, in place')
   collectgarbage()
end

-- Any number of threads, and one that an argument is in another place for.
local threads = torch.getnumthreads()
local deep = function(x, y, s) return torch.tanh(x * s + y):cmul(x):exp():add(y) end
local total = function(x, y, s) return (torch.tanh(x * s + y):cmul(x)):sum() end
for _, n in ipairs{1, 2, 3, 7} do
   torch.setnumthreads(n)
   for _, type_ in ipairs{'Float', 'Double'} do
      local args = {values(type_, 300000), values(type_, 300000), 3}
      compare(n .. ' threads', deep, args)
      compare(n .. ' threads, a sum', total, args)
   end
end
torch.setnumthreads(threads)

-- ---- shapes ----

local x, row, column = values('Float', 600):view(20, 30), values('Float', 30):view(1, 30), values('Float', 20):view(20, 1)
local both = function(a, b, c) return torch.cmul(a + b, c):add(b) end
compare('broadcast', both, {x, row, column})
ok(C.inonepass(), 'broadcasting takes one pass')
compare('a result wider than the first', function(a, b) return torch.exp(a) + b end, {row, column})
ok(C.inonepass(), 'outer sum takes one pass')
compare('a row, then all', function(a, b) return torch.tanh(a * 2) + b end, {row, x})
compare('fewer dimensions', function(a, b) return a + torch.exp(b) end, {x, values('Float', 30)})
compare('paired by count', function(a, b) return torch.exp(a) + b end, {x, values('Float', 600)})
ok(not C.inonepass(), 'pairing takes one operation after the other')
compare('results of two shapes', function(a, b) return a * 2, a + b end, {row, x})
compare('empty', function(a) return torch.exp(a) * 2 end, {torch.FloatTensor()})
compare('sizes that do not go together', both, {x, values('Float', 29), column})
compare('nine dimensions', function(a) return torch.exp(a) + 1 end, {values('Float', 512):view(2, 2, 2, 2, 2, 2, 2, 2, 2)})
compare('many arguments', function(...)
   local r = (...) * 2
   for i = 2, select('#', ...) do r = r + select(i, ...) end
   return r
end, {x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x})
compare('many values at once', function(a)
   local list, r = {}, a
   for i = 1, 100 do list[i] = a * i end
   for i = 1, 100 do r = r + list[i] end
   return r
end, {x})

-- ---- what is written to ----

local update = function(p, g, m, rate)
   m:mul(.9):add(.1, g)
   p:add(-rate, m)
   return p
end
compare('an update', update, {values('Float', 1000), values('Float', 1000), values('Float', 1000), .1})
ok(C.inonepass(), 'an update takes one pass')
compare('a transposed tensor is written to', function(p, g) return p:add(g):cmul(g) end, {values('Double', 600):view(20, 30):t(), values('Double', 600):view(30, 20)})
compare('a result that is given', function(r, a) return torch.tanh(r, a * 2) end, {torch.FloatTensor(3), values('Float', 100)})
compare('a result that is an input', function(r, a) r:add(a) torch.exp(a, r) return r, a end, {values('Float', 100), values('Float', 100)})
compare('a copy keeps what was', function(a)
   local old = a:clone()
   a:mul(3)
   return a - old
end, {values('Float', 100)})
compare('the argument comes back', function(a, b) return b, a + b, a end, {values('Float', 100), values('Float', 100)})
compare('one result twice', function(a) local r = a * 2 return r, r end, {values('Float', 100)})
compare('comparisons', function(a, b) return a:gt(b), torch.lt(a, 0), a:ge(b):eq(1) end, {values('Float', 100), values('Float', 100)})

-- Views of one storage: what comes later sees what was written.
do
   local function shared(f, fused)
      local base = values('Float', 200)
      local a, b = base:narrow(1, 1, 100), base:narrow(1, 51, 100)
      local r = (fused and torch.fuse(f) or f)(a, b)
      return base, r
   end
   local function f(a, b) a:mul(2):add(1) b:add(a) return b * 2 end
   seed = 5
   local base1, r1 = shared(f)
   seed = 5
   local base2, r2 = shared(f, true)
   ok(same(base1, base2) and same(r1, r2), 'views that overlap')
   seed = 5
   local one = values('Float', 100)
   seed = 5
   local other = values('Float', 100)
   local function g(a, b) a:add(1) return b * 2 end
   ok(same(g(one, one), torch.fuse(g)(other, other)) and same(one, other), 'one tensor as two arguments')
   local t = values('Float', 100):view(10, 10)
   local u = t:clone()
   local function turn(a, b) a:add(b) return a end
   ok(same(turn(t, t:t()), torch.fuse(turn)(u, u:t())), 'a tensor and its transpose')
end

-- Functions within a chain, whose vectors go through the first cache: whole strips, the rest, and what is special.
do
   local special = {0 / 0, math.huge, -math.huge, 0, -0.0, 1e-45, -1e-40, 88.7, 88.8, 89, -87.4, -103, -104, -200, 9.01, 9.02, -9.03, 200, 3e38}
   local function f(x, y) return torch.tanh(x * 1 + y):cmul(x):exp():add(1), torch.sigmoid(torch.exp(x):neg()) end
   for _, n in ipairs{5, 128, 400, 5000} do
      local x = values('Float', n)
      for i, v in ipairs(special) do x[(i * 7) % n + 1] = v end
      compare('functions in registers, ' .. n, f, {x, torch.FloatTensor(n):zero()})
   end
end

-- ---- ends of chains ----

for _, type_ in ipairs{'Float', 'Double', 'Int'} do
   for _, n in ipairs{1, 7, 1000, 100000} do
      for name, layout in pairs(layouts) do
         local args = {layout(type_, n), layout(type_, n)}
         local what = ('%s, %s, %d'):format(type_, name, n)
         compare('sum, ' .. what, function(a, b) return torch.cmul(a, b):add(1):sum() end, args)
         compare('max and min, ' .. what, function(a, b) local r = a * 2 + b return r:max(), r:min(), r end, args)
      end
   end
end
local float = values('Float', 50000)
compare('mean', function(a) return torch.mean(a * 2) end, {float})
ok(C.inonepass(), 'a mean takes one pass')
compare('norms', function(a) return (a * 2):norm(), torch.norm(a + 1, 3), a:norm(1) end, {float})
compare('along a dimension', function(a, s) return (a * s):sum(1), torch.mean(a, 2), (a + 1):max(2) end, {float:view(100, 500), 3})
compare('sum of an argument', function(a) return a:sum() end, {float})
compare('sum of nothing', function(a) return (a * 2):sum() end, {torch.FloatTensor()})
compare('mean of nothing', function(a) return (a * 2):mean() end, {torch.FloatTensor()})

-- ---- calls ----

do
   local calls = 0
   local f = torch.fuse(function(a, s)
      calls = calls + 1
      return a * s
   end)
   for i = 1, 5 do eq(f(torch.FloatTensor{i}, i)[1], i * i, 'numbers are parameters') end
   eq(calls, 1, 'recorded once')
   f(torch.DoubleTensor{1}, 2)
   f(2, torch.FloatTensor{1})
   eq(calls, 3, 'once for every combination of types')
   local weight = torch.FloatTensor{2, 3}
   local g = torch.fuse(function(a) return torch.cmul(weight, a):add(weight) end)
   eq(g(torch.FloatTensor{1, 1}):totable(), {4, 6}, 'tensors that the function refers to')
   weight:fill(5)
   eq(g(torch.FloatTensor{1, 1}):totable(), {10, 10}, 'and what they are at the call')
   local counter = torch.FloatTensor{0, 0}
   local h = torch.fuse(function(a) counter:add(a) end)
   h(weight) h(weight)
   eq(counter:totable(), {10, 10}, 'which may be written to')
   local inner = torch.fuse(function(a) return a * 2 end)
   eq(torch.fuse(function(a) return inner(a + 1) end)(torch.FloatTensor{1})[1], 4, 'a fused function in another')
   local n, r = torch.fuse(function(s, a, t) return s * 2 ^ t - 1 / s + s % 3, -a * (s - t) end)(5, torch.FloatTensor{1}, 2)
   eq({n, r[1]}, {5 * 4 - 1 / 5 + 2, -3}, 'arithmetic of numbers')
   eq(torch.fuse(function(a) return torch.add(2, a) end and function(a) return 2 + a end)(torch.IntTensor{1})[1], 3, 'operators')
end

-- ---- errors ----

local errors = {
   {'mm is no pointwise operation', function(a) return torch.mm(a, a) end},
   {'size is no pointwise operation', function(a) return a:size(1) end},
   {'elements are not known', function(a) return a[1] end},
   {'elements cannot be set', function(a) a[1] = 2 end},
   {'cmul multiplies', function(a) return a * a end},
   {'torch.cdiv', function(a) return a / a end},
   {'not known', function(a) return a < a end},
   {'not known', function(a) return a:sum() > 1 and a or -a end},
   {'sum ends a chain', function(a) return a * a:sum() end},
   {'sum ends a chain, but', function(a) local r = a * 2 local s = r:sum() r:add(1) return s, r end},
   {'no form of cmul', function(a) return a:cmul(torch.DoubleTensor(3)) end},
   {'no form of exp', function(a) return torch.exp(a:byte()) end},
   {'result #1 is a string', function() return 'text' end},
   {'userdata', function(_, s) return math.sqrt(s) end},
   {'bang', function() error('bang') end},
}
for _, e in ipairs(errors) do
   local fused = torch.fuse(e[2])
   check.error(function() fused(torch.FloatTensor(3), 2) end, e[1]:gsub('[#%%]', '%%%0'), 'error: ' .. e[1])
   check.error(function() fused(torch.FloatTensor(3), 2) end, e[1]:gsub('[#%%]', '%%%0'), 'and again: ' .. e[1])
end
check.error(function() torch.fuse(3) end, 'fuse: argument #1 %(f%): function expected, got number', 'no function')
check.error(function() torch.fuse(torch.exp)('a') end, "argument #1: tensor or number expected, got string", 'an argument of another kind')
check.error(function() torch.fuse(function(a, s) return a / s end)(torch.IntTensor{1}, 0) end, 'division by zero', 'a zero')
check.error(function() torch.fuse(torch.cdiv)(torch.IntTensor{1, 2}, torch.IntTensor{1, 0}) end, 'division by zero', 'a zero in a tensor')
check.error(function() torch.fuse(torch.exp)(torch.IntTensor{1}) end, 'no form of exp', 'a type without the operation')
do
   local kept
   torch.fuse(function(a) kept = a return a * 2 end)(torch.FloatTensor(3))
   check.error(function() torch.exp(kept) end, 'earlier call', 'a value that was kept')
   check.error(function() torch.fuse(function(a) return a + kept end)(torch.FloatTensor(3)) end, 'earlier call', 'in another function')
end

-- ---- nothing leaks ----

do
   local args = {values('Float', 100):view(10, 10), values('Float', 10), 2}
   local good = torch.fuse(function(a, b, s) return torch.exp(a * s) + b, (a * 2):sum() end)
   local function all()
      good(unpack(args))
      torch.fuse(function(a, b) return a + b end)(args[1], args[2])
      for _, e in ipairs(errors) do pcall(torch.fuse(e[2]), args[1], 2) end
      pcall(good, args[1], torch.FloatTensor(7), 2)
   end
   all()
   local before = T.objects()
   for _ = 1, 20 do all() end
   eq(T.objects(), before, 'objects after many calls')
   for n = 1, 12 do
      torch.failallocation(n)
      pcall(good, unpack(args))
      torch.failallocation(0)
   end
   eq(T.objects(), before, 'objects after allocations that failed')
end

-- Programs are as many as combinations of types, and go with their function.
do
   local pool, f = {}, torch.fuse(function(a, b, s) return (a * s):double() + b:double() end)
   for i, t in ipairs{'Float', 'Double', 'Int', 'Long', 'Short', 'Byte'} do pool[i] = torch[t .. 'Tensor'](10):fill(1) end
   local function many(n)
      for i = 1, n do
         f(pool[i % 6 + 1], pool[i * 5 % 6 + 1], i)
         torch.fuse(function(x) return x * i end)(pool[1])
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage('count')
   end
   many(200)
   local before = many(500)
   ok(many(2000) - before < 100, 'memory after many calls')
end

check.finish()
