-- Gradients of fused functions: those of the operations one after the other, bit for bit.
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check, T = dofile(here .. '/check.lua'), dofile(here .. '/optest.lua')
local ok, eq = check.ok, check.eq
local C, same = T.C, T.same

-- Copies of tensors, recorded where `flags` has a 1.
local function copies(args, flags)
   local list = {}
   for i, v in ipairs(args) do
      list[i] = torch.isTensor(v) and v:clone() or v
      if flags:sub(i, i) == '1' then list[i]:requiresGrad() end
   end
   return list
end

local function scalar(list)
   local loss
   for k, r in ipairs(list) do
      if torch.isTensor(r) and C.recorded(r) ~= 0 then
         local term = torch.cmul(r, r):sum() * k
         loss = loss and loss + term or term
      end
   end
   return loss
end

-- Results and gradients by f, or what it raises.
local function gradients(f, args)
   local ok_, results = pcall(function() return {f(unpack(args))} end)
   if not ok_ then return nil, results end
   local loss = scalar(results)
   if loss then
      local fine, message = pcall(loss.backward, loss)
      if not fine then return nil, message end
   end
   local list = {}
   for i, x in ipairs(args) do list[i] = torch.isTensor(x) and C.recorded(x) ~= 0 and x:grad() or nil end
   return results, list
end

-- What the unfused function refuses, for an operation in place overwrote what a derivative needs, the fused one may do.
local function compare(what, f, args, flags)
   local fused = torch.fuse(f)
   local a, b = copies(args, flags), copies(args, flags)
   local r1, g1 = gradients(f, a)
   local r2, g2 = gradients(fused, b)
   if not r1 then return ok(not r2, what .. ': no error when fused') end
   if not r2 then return ok(false, what .. ': ' .. tostring(g2)) end
   local equal = #r1 == #r2
   for k, r in ipairs(r1) do
      equal = equal and (torch.isTensor(r) and torch.isTensor(r2[k]) and same(r, r2[k]) or r == r2[k])
      if torch.isTensor(r) then equal = equal and C.recorded(r) % 2 == C.recorded(r2[k]) % 2 end
   end
   for i = 1, #args do equal = equal and same(g1[i], g2[i]) end
   ok(equal, what)
   return b
end

local seed = 1
local function values(n, low, high)
   local x = torch.DoubleTensor(n)
   for i = 1, n do
      seed = (seed * 16807) % 2147483647
      x[i] = low + (high - low) * (seed % 1000) / 1000
   end
   return x
end

-- ---- every row that has a derivative ----

local walked = 0
local function walk(row, form, method)
   local args, flags = {}, {}
   for i, a in ipairs(form) do
      if a.kind == 'tensor' and not a.type and not (method and a.self) then args[#args + 1], flags[#flags + 1] = values(50, .1, .9), '1'
      elseif a.kind == 'scalar' then args[#args + 1], flags[#flags + 1] = .5, '0'
      elseif method and i == 1 and a.kind == 'inout' then args[#args + 1], flags[#flags + 1] = values(50, .1, .9), '1'
      elseif a.kind ~= 'out' and not (method and a.self) then return end
   end
   if #args == 0 or not torch.isTensor(args[1]) and method then return end
   walked = walked + 1
   for _, type_ in ipairs{'Double', 'Float'} do
      local list = {}
      for i, v in ipairs(args) do list[i] = torch.isTensor(v) and v[type_:lower()](v) or v end
      compare(('%s%s, %s'):format(method and ':' or '', row.name, type_), function(first, ...)
         if method then return first:clone()[row.name](first * 1, ...) end
         return torch[row.name](first, ...)
      end, list, table.concat(flags))
   end
end
for _, row in ipairs(T.cases) do
   local has = {}
   for _, t in ipairs(row.types) do has[t] = true end
   if (row.map or row.name == 'cremainder') and row.grad and has.Float and not row.class then
      for _, form in ipairs(row.functions) do if not form.expr then walk(row, form, false) end end
   end
end
ok(walked > 40, 'rows with derivatives')

-- ---- chains ----

local n = 1000
local x, y, z = values(n, -.9, .9):float(), values(n, .2, 1):float(), values(n, -2, 2):float()
local chains = {
   {'a chain', function(a, b, s) return torch.cmul(torch.tanh(a * s + b), a) + b end, {x, y, 1.5}, '110'},
   {'one of two', function(a, b) return torch.cmul(a, b):add(b) end, {x, y}, '10'},
   {'and the other', function(a, b) return torch.cmul(a, b):add(b) end, {x, y}, '01'},
   {'in place', function(a, b) local r = a * 2 r:add(b) r:add(2, a) r:mul(3) return r end, {x, y}, '11'},
   {'old values', function(a, b) local r = a * 2 local t = r * 2 r:mul(3) return torch.cdiv(torch.cmul(t, r), b) end, {x, y}, '11'},
   {'bounds', function(a, b) return torch.cmax(a, b):clamp(.1, .7):abs() end, {x, y}, '11'},
   {'masks', function(a, b) return torch.cmul(a:gt(.2):typeAs(a), b):add(a) end, {x, y}, '11'},
   {'two results', function(a, b) local t = torch.sigmoid(a) return torch.cmul(t, b), t - b end, {x, y}, '11'},
   {'a result in another', function(a) local t = torch.exp(a) return t, torch.cmul(t, a), a:gt(0) end, {x}, '1'},
   {'a sum', function(a, b) return torch.cmul(a, b):add(1):sum() end, {x, y}, '11'},
   {'a mean and more', function(a, b) local t = torch.tanh(a) return t, t:mean(), (t - b):sum() end, {x, y}, '11'},
   {'a sum of what is not recorded', function(a, b) return a * 2, b:sum() end, {x, y}, '10'},
   {'conversions', function(a, b) return torch.exp(a:double()):float():cmul(b) end, {x, y}, '11'},
   {'a copy', function(a) local t = a:clone() t:mul(2) return t:cmul(a) end, {x}, '1'},
   {'powers', function(a, b) return torch.pow(b, 3) + torch.pow(b, .5) + torch.cpow(b, a) end, {x, y}, '11'},
   {'an argument comes back', function(a, b) return a, torch.cmul(a, b) end, {x, y}, '01'},
   {'a maximum', function(a) return (a * 2):max() end, {x}, '1'},
   {'a norm', function(a) return (a * 2):norm() end, {x}, '1'},
   {'sums along a dimension', function(a) return torch.exp(a):sum(1) end, {x:view(20, 50)}, '1'},
   {'broadcast', function(a, b) return torch.cmul(torch.tanh(a + b), b) end, {x:view(20, 50), values(50, -1, 1):float():view(1, 50)}, '11'},
   {'layouts', function(a, b) return torch.cmul(torch.tanh(a + b), b) end, {x:view(20, 50):t(), y:view(20, 50):t()}, '11'},
   {'a three', function(a, b, c) return torch.addcmul(a, .5, b, c):sigmoid() end, {x, y, z}, '111'},
   {'lerp', function(a, b, c) return torch.lerp(a, b, .3):cmul(c) end, {x, y, z}, '101'},
   {'arguments that are written to', function(a, b) a:add(b) return a * 2 end, {x, y}, '01'},
   {'a leaf that is written to', function(a, b) a:add(b) return a * 2 end, {x, y}, '10'},
   {'filled', function(a, b) local t = a * 2 t:fill(3) return torch.cmul(t, b) end, {x, y}, '11'},
}
for _, c in ipairs(chains) do
   compare(c[1], c[2], c[3], c[4])
   local doubles = {}
   for i, v in ipairs(c[3]) do doubles[i] = torch.isTensor(v) and v:double() or v end
   if c[1] ~= 'conversions' then compare(c[1] .. ', doubles', c[2], doubles, c[4]) end
end

-- ---- how ----

do
   local calls = 0
   local f = torch.fuse(function(a, b)
      calls = calls + 1
      return torch.tanh(a * 2 + b):cmul(a)
   end)
   local a, b = x:clone():requiresGrad(), y:clone():requiresGrad()
   local before
   for i = 1, 4 do
      f(a, b):sum():backward()
      ok(C.inonepass(), 'backward takes one pass')
      if i == 2 then before = calls end
   end
   eq(calls, before, 'recorded once')
   local r = f(a, b)
   r:sum():backward(nil, {retainGraph = true})
   r:sum():backward()
   check.error(function() r:sum():backward() end, 'went with an earlier backward', 'what it kept is gone')
   r = f(a, b)
   torch.noGrad(function() a:add(1) end)
   check.error(function() r:sum():backward() end, 'add has changed it in place', 'an argument has changed')
   torch.noGrad(function() eq(C.recorded(f(a, b)), 0, 'noGrad') end)
end

-- Gradients of gradients, and what the function refers to.
do
   local function f(a, b) return torch.cmul(torch.tanh(torch.cmul(a, b)), a) end
   local function second(g)
      local a, b = x:clone():requiresGrad(), y:clone():requiresGrad()
      local da = torch.grad(g(a, b):sum(), a, {createGraph = true})
      torch.cmul(da, da):sum():backward()
      return a:grad(), b:grad()
   end
   local a1, b1 = second(f)
   local a2, b2 = second(torch.fuse(f))
   ok(same(a1, a2) and same(b1, b2), 'second derivatives')
   local weight = y:clone():requiresGrad()
   local g = torch.fuse(function(a) return torch.cmul(a, weight) end)
   g(x):sum():backward()
   ok(same(weight:grad(), x), 'a tensor that the function refers to')
   local h = x:clone():requiresGrad()
   g(h):sum():backward()
   ok(same(h:grad(), y), 'and an argument')
   local chain = torch.fuse(function(a) return a * 3 end)
   local v = x:clone():requiresGrad()
   local u = torch.exp(v)
   chain(u):sum():backward()
   ok(same(v:grad(), torch.exp(x) * 3), 'in the middle of a graph')
   local only = torch.fuse(function(a, b) return torch.log(a), a * 2, b end)
   local zero = torch.FloatTensor{0, 1}:requiresGrad()
   local _, twice = only(zero, zero)
   twice:sum():backward()
   eq(zero:grad():totable(), {2, 2}, 'a result without gradient gives none')
   check.error(function() torch.anomaly(function() only(zero, zero):sum():backward() end) end, 'log', 'an anomaly names the operation')
end

-- ---- tensors that the function refers to ----

do
   local factor = torch.ones(3)
   local f = torch.fuse(function(a) return torch.cmul(a, factor) end)
   local a = torch.ones(3):requiresGrad()
   f(a):sum():backward()
   local r = f(a)
   factor:fill(7)
   check.error(function() r:sum():backward() end, 'fuse saved a tensor for its derivative, and fill has changed it', 'one that has changed since')
   a:zeroGrad()
   f(a):sum():backward()
   eq(a:grad():totable(), {7, 7, 7}, 'the next call reads it anew')
end

-- ---- nothing stays ----

do
   local f = torch.fuse(function(a, b) return torch.tanh(a * 2 + b):cmul(a):sum() end)
   local a, b = x:clone():requiresGrad(), y:clone():requiresGrad()
   local function step() f(a, b):backward() end
   for _ = 1, 5 do step() end
   local before = T.objects()
   for _ = 1, 200 do step() end
   eq(T.objects(), before, 'objects after many steps')
   for k = 1, 20 do
      torch.failallocation(k)
      pcall(step)
      torch.failallocation(0)
   end
   step()
   eq(T.objects(), before, 'and after allocations that failed')
end

check.finish()
