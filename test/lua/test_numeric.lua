--- Right values at the edges: NaN, infinities, numbers whose powers overflow or vanish, factors of 0,
-- results that a type cannot hold.
require 'torch'
local check = dofile((arg[0]:match('^(.*)/') or '.') .. '/check.lua')

local inf, nan = math.huge, 0 / 0
local floats = {'Float', 'Double'}
local all_types = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'}

local function tensor(type_, list) return torch[type_ .. 'Tensor'](list) end
local function isnan(v) return v ~= v end
local function near(got, expected, what, tol)
   local close = got == expected or isnan(got) and isnan(expected) or math.abs(got - expected) <= (tol or 1e-6) * math.abs(expected)
   return check.ok(close, ('%s: got %.17g, expected %.17g'):format(what, got, expected))
end
local function all_nan(x, what) return check.eq(x:ne(x):sum(), x:nElement(), what) end

-- The ways in which a vector can lie in memory.
local function layouts(list, type_)
   local x = tensor(type_ or 'Double', list)
   local n = x:size(1)
   local wide = x.new(n, 3):fill(7)
   wide:select(2, 2):copy(x)
   return {contiguous = x, strided = wide:select(2, 2)}
end

-- ---- norms ----

local function naive_norm(list, p)
   local most, least, sum = 0, inf, 0
   for _, v in ipairs(list) do
      most, least = math.max(most, math.abs(v)), math.min(least, math.abs(v))
   end
   if p == inf then return most elseif p == -inf then return least end
   if p == 0 then
      for _, v in ipairs(list) do sum = sum + (v ~= 0 and 1 or 0) end
      return sum
   end
   local scale = p < 0 and least or most
   if scale == 0 then return 0 end
   for _, v in ipairs(list) do sum = sum + (math.abs(v) / scale) ^ p end
   return scale * sum ^ (1 / p)
end

local samples = {
   Float = {{3, -4}, {1e20, 1, 1}, {3e20, 4e20}, {1e-25, 2e-25}, {1e-42, 0}, {-2, 5, 1, 0.5}, {0, 0}, {1e4, 2e4, 5}},
   Double = {{3, -4}, {1e200, 1e200}, {1e-200, 3e-200, 0}, {1e-310, 2e-310}, {-2, 5, 1, 0.5}, {0, 0}, {1e300, -1e300}},
}
for _, type_ in ipairs(floats) do
   for _, list in ipairs(samples[type_]) do
      for _, p in ipairs{0, 0.5, 1, 1.5, 2, 3, 7, 100, 1000, -1, -3, inf, -inf} do
         for layout, x in pairs(layouts(list, type_)) do
            local what = ('%s {%s}, p = %g, %s'):format(type_, table.concat(list, ' '), p, layout)
            local expected = naive_norm(list, p)
            if type_ == 'Float' and expected < 1e-38 then expected = expected * (1 + 1e-3) - expected * 1e-3 end
            local tol = expected < 1e-38 and 1e-2 or 1e-6
            near(x:norm(p), expected, 'norm of ' .. what, tol)
            if type_ == 'Float' and expected > 3.4e38 then expected = inf end
            near(x:norm(p, 1)[1], expected, 'norm along 1 of ' .. what, tol)
            local pair = torch.cat(x, x:clone():fill(1), 2) -- a lane beside one that needs no care
            near(torch.norm(pair, p, 1)[1][1], x:norm(p, 1)[1], 'beside another lane, ' .. what, 0)
            if p > 0 or p == 0 then
               near(torch.dist(x, x:clone():zero(), p), naive_norm(list, p), 'dist of ' .. what, tol)
            end
         end
      end
   end
   for _, p in ipairs{0.5, 1, 2, 3, inf, -inf} do
      check.ok(isnan(tensor(type_, {1, nan, 3}):norm(p)), ('norm %g of NaN'):format(p))
      check.ok(isnan(tensor(type_, {nan, 1}):norm(p, 1)[1]), ('norm %g of NaN first'):format(p))
      if p > 0 then near(tensor(type_, {1, -inf}):norm(p), inf, ('norm %g of an infinity'):format(p)) end
   end
   check.eq(torch.dist(tensor(type_, {1, 2, 3}), tensor(type_, {1, 5, 3}), 0), 1, 'dist counts what differs')
   -- slices
   local r = tensor(type_, {{1, 5}, {1, 2}}):renorm(inf, 1, 1)
   near(r[1][1], 0.2, 'renorm by the maximum')
   near(r[1][2], 1, 'renorm by the maximum')
   near(r[2][2], 1, 'renorm by the maximum')
   check.eq(tensor(type_, {{3, 4}, {0, 1}}):renorm(2, 1, 0):sum(), 0, 'renorm to 0')
   check.eq(tensor(type_, {{3, 4}, {0, 1}}):renorm(2, 1, inf):sum(), 8, 'renorm to anything')
   local large = type_ == 'Float' and 1e30 or 1e200
   near(tensor(type_, {{3 * large, 4 * large}, {1, 0}}):renorm(2, 1, 5)[1][1], 3, 'renorm of large elements')
   near(tensor(type_, {{3, 4}, {1, 0}}):renorm(200, 1, 2)[1][2], 2, 'renorm with a large p')
   check.error(function() tensor(type_, {{1, 2}}):renorm(2, 1, -1) end, 'maxnorm', 'negative maxnorm')
   local t = tensor(type_, {{3, 0}, {4, 1}}):t()
   near(torch.renorm(t, 2, 1, 1)[1][2], 0.8, 'renorm of a transposed matrix')
end

-- ---- powers ----

local odd = {-inf, -2, -1, -0.0, 0, 0.5, 1, 2, inf, nan}
for _, type_ in ipairs(floats) do
   local x = tensor(type_, odd)
   for _, p in ipairs{0, 0.5, 1, 2, 3, -0.5, -1, -2, 2.5, inf, -inf} do
      local got, expected = torch.pow(x, p), torch.cpow(x, x:clone():fill(p))
      for i = 1, #odd do
         local what = ('pow of %g, %g, %s'):format(odd[i], p, type_)
         near(got[i], expected[i], what)
         near(1 / got[i], 1 / expected[i], 'sign of ' .. what)
      end
   end
end

-- ---- extremes with NaN ----

for _, type_ in ipairs(floats) do
   for _, n in ipairs{1, 7, 40, 67} do
      local a, b = tensor(type_, n):fill(nan), tensor(type_, n):fill(1)
      for _, name in ipairs{'cmax', 'cmin'} do
         local what = (' %s %s, %d'):format(type_, name, n)
         all_nan(torch[name](a, b), 'NaN, 1' .. what)
         all_nan(torch[name](b, a), '1, NaN' .. what)
         all_nan(torch[name](a, 1), 'NaN and a number' .. what)
         all_nan(torch[name](b, nan), 'a number that is NaN' .. what)
         all_nan(torch[name](a.new(n, 2):fill(nan):select(2, 1), b), 'strided' .. what)
         check.eq(torch[name](b, b:clone():fill(2)):sum(), name == 'cmax' and 2 * n or n, 'numbers' .. what)
      end
      all_nan(torch.clamp(a, 0, 1), 'clamp of NaN')
      all_nan(torch.clamp(b, nan, 1), 'clamp to NaN from below')
      all_nan(torch.clamp(b, 0, nan), 'clamp to NaN from above')
   end
end

-- One rule for order: NaN is above every number and equal to NaN; max and min, which look for one
-- element, give it first.
for _, type_ in ipairs(floats) do
   for _, n in ipairs{5, 200, 3000} do
      local x = torch.range(1, n):type('torch.' .. type_ .. 'Tensor')
      x[2], x[n - 1] = nan, -nan
      for layout, y in pairs{contiguous = x, strided = x.new(n, 2):copy(x:view(n, 1):expand(n, 2)):select(2, 2)} do
         local what = (' of %d %ss with NaN, %s'):format(n, type_, layout)
         local up, at = y:sort()
         check.ok(up[1] == 1 and up[n - 2] == n, 'sort' .. what)
         check.ok(isnan(up[n - 1]) and isnan(up[n]) and at[n - 1] == 2 and at[n] == n - 1, 'sort' .. what)
         local down, from = y:sort(1, true)
         check.ok(isnan(down[1]) and from[1] == 2 and isnan(down[2]) and from[2] == n - 1 and down[3] == n, 'sort down' .. what)
         local top = y:topk(3, 1, true, true)
         check.ok(isnan(top[1]) and isnan(top[2]) and top[3] == n, 'topk' .. what)
         check.eq(y:topk(1)[1], 1, 'smallest by topk' .. what)
         check.ok(isnan((y:kthvalue(n))[1]) and (y:kthvalue(1))[1] == 1, 'kthvalue' .. what)
         check.eq((y:median())[1], up[math.floor((n - 1) / 2) + 1], 'median' .. what)
         for _, name in ipairs{'max', 'min'} do
            check.ok(isnan(y[name](y)), name .. what)
            local v, i = y[name](y, 1)
            check.ok(isnan(v[1]) and i[1] == 2, name .. ' along a dimension' .. what)
         end
         local v, i = y:mode()
         check.ok(isnan(v[1]) and i[1] == n - 1, 'mode' .. what)
         check.ok(isnan(y:sum()) and isnan(y:mean()) and isnan(y:prod()) and isnan(y:var()) and isnan(y:std()), 'sums' .. what)
         check.ok(isnan(y:var(1)[1]) and isnan(y:std(1)[1]) and isnan(y:cumsum()[n]), 'sums along a dimension' .. what)
      end
   end
end

-- max and min over the only dimension of a view leave one element, and its place in the view.
for _, type_ in ipairs{'Byte', 'Long', 'Float', 'Double'} do
   local x = tensor(type_, {{1, 5, 3}, {7, 2, 9}})
   for what, v in pairs{row = x[2], column = x:select(2, 2), ['transposed row'] = x:t()[3], ['narrowed column'] = x:narrow(2, 3, 1):select(2, 1)} do
      for _, name in ipairs{'max', 'min'} do
         local best = name == 'max' and math.max(unpack(v:totable())) or math.min(unpack(v:totable()))
         local value, at = v[name](v, 1)
         what = ('%s of a %s of %ss'):format(name, what, type_)
         check.eq({value:dim(), value:size(1), value[1], v[at[1]]}, {1, 1, best, best}, what)
         check.eq({value:type(), at:type()}, {x:type(), 'torch.LongTensor'}, what .. ', types')
         check.error(function() return v[name](v, 2) end, 'dimension 2 out of range of 1D tensor', what .. ', dimension 2')
      end
   end
end

-- ---- variance ----

for _, type_ in ipairs(floats) do
   local base = type_ == 'Float' and 1e7 or 1e15
   local x = tensor(type_, {base, base + 1, base + 2, base + 3})
   near(x:var(), 5 / 3, type_ .. ' variance about a large mean')
   near(x:var(true), 5 / 4, type_ .. ' biased')
   near(x:view(4, 1):var(1)[1][1], 5 / 3, type_ .. ' variance along a dimension')
   near(x:view(4, 1):expand(4, 40):clone():std(1)[1][40], math.sqrt(5 / 3), type_ .. ' deviation of columns')
   check.eq(x:clone():fill(base):std(), 0, type_ .. ' deviation of a constant')
   local one = tensor(type_, {5})
   check.ok(isnan(one:var()) and isnan(one:std()) and isnan(one:var(1)[1]), type_ .. ' variance of one element')
   check.eq(one:var(true), 0, type_ .. ' biased variance of one element')
   check.eq((one:median())[1], 5, 'median of one element')
   check.eq((one:mode())[1], 5, 'mode of one element')
   check.eq((one:kthvalue(1))[1], 5, 'kthvalue of one element')
end
for _, name in ipairs{'var', 'std', 'median', 'mode', 'max', 'min', 'mean'} do
   check.error(function() local x = torch.Tensor() return x[name](x) end, name, name .. ' of nothing')
end
check.error(function() torch.Tensor():kthvalue(1) end, 'kthvalue', 'kthvalue of nothing')

-- ---- lerp ----

check.eq(torch.lerp(torch.Tensor{1e20}, torch.Tensor{1}, 1)[1], 1, 'lerp ends at b')
check.eq(torch.lerp(1e20, 1, 1), 1, 'lerp of numbers ends at b')
for _, type_ in ipairs(floats) do
   torch.manualSeed(1)
   local a, b = torch.randn(1000):type('torch.' .. type_ .. 'Tensor'), torch.randn(1000):type('torch.' .. type_ .. 'Tensor')
   check.eq(torch.lerp(a, b, 1):ne(b):sum(), 0, type_ .. ' lerp by 1')
   check.eq(torch.lerp(a, b, 0):ne(a):sum(), 0, type_ .. ' lerp by 0')
   check.ok(torch.dist(torch.lerp(a, b, 0.75), a * 0.25 + b * 0.75) < 1e-4, type_ .. ' lerp between')
end

-- ---- factors of 0 ----

-- A matrix full of NaN, as BLAS can read it or not.
local function bad(type_, layout, n, m)
   local x
   if layout == 'contiguous' then x = torch[type_ .. 'Tensor'](n, m)
   elseif layout == 'transposed' then x = torch[type_ .. 'Tensor'](m, n):t()
   else x = torch[type_ .. 'Tensor'](n, m, 2):select(3, 1) end
   return x:fill(nan)
end
local function no_nan(x, what) check.eq(x:ne(x):sum(), 0, what) end
for _, type_ in ipairs(floats) do
   for _, n in ipairs{1, 2, 3, 8, 17, 40, 64, 100, 101, 128, 200} do
      local m = n % 3 + n
      local C, c = torch[type_ .. 'Tensor'](n, n):fill(1), torch[type_ .. 'Tensor'](n):fill(1)
      local M, v = torch[type_ .. 'Tensor'](n, m):fill(1), torch[type_ .. 'Tensor'](m):fill(1)
      for _, layout in ipairs{'contiguous', 'transposed', 'strided'} do
         local A, B = bad(type_, layout, n, m), bad(type_, layout, m, n)
         local what = (' of %s %d x %d, %s'):format(type_, n, m, layout)
         for _, beta in ipairs{0, 1, 2} do
            check.eq(torch.addmm(beta, C, 0, A, B):sum(), beta * n * n, 'addmm' .. what)
            check.eq(torch.addmm(beta, C:t(), 0, A, B):sum(), beta * n * n, 'addmm to a transposed one' .. what)
            check.eq(torch.addmv(beta, c, 0, A, v):sum(), beta * n, 'addmv' .. what)
            check.eq(torch.addr(beta, C, 0, A:select(2, 1), A:select(2, 1)):sum(), beta * n * n, 'addr' .. what)
            check.eq(torch.addbmm(beta, C, 0, A:contiguous():view(1, n, m), B:contiguous():view(1, m, n)):sum(), beta * n * n,
               'addbmm' .. what)
            check.eq(torch.baddbmm(beta, C:view(1, n, n), 0, A:contiguous():view(1, n, m), B:contiguous():view(1, m, n)):sum(),
               beta * n * n, 'baddbmm' .. what)
         end
         no_nan(torch.addmm(0, bad(type_, layout, n, n), 1, M, M:t()), 'addmm over NaN' .. what)
         no_nan(torch.addmv(0, A:select(2, 1), 1, M, v), 'addmv over NaN' .. what)
         no_nan(bad(type_, layout, n, n):addmm(0, bad(type_, layout, n, n), 1, M, M:t()), 'addmm into NaN' .. what)
         no_nan(torch.addr(0, bad(type_, layout, n, n), 1, c, c), 'addr over NaN' .. what)
         no_nan(bad(type_, layout, n, n):mm(M, M:t()), 'mm into NaN' .. what)
         no_nan(bad(type_, layout, n, m):select(2, 1):mv(M, v), 'mv into NaN' .. what)
      end
   end
end

-- ---- what a type cannot hold ----

local most = {Byte = 255, Char = 127, Short = 32767}
for type_, top in pairs(most) do
   local new = torch[type_ .. 'Tensor']
   check.eq(new():randperm(top):sort()[top], top, type_ .. ' randperm of all it holds')
   check.error(function() new():randperm(top + 1) end, 'cannot hold', type_ .. ' randperm of more')
   check.eq(new():range(top - 5, top)[6], top, type_ .. ' range to the end')
   check.error(function() new():range(top - 5, top + 1) end, 'cannot hold', type_ .. ' range beyond the end')
   check.eq(new():range(top - 4, top + 2, 4):size(1), 2, type_ .. ' range whose last step is not taken')
   local least = type_ == 'Byte' and 0 or -top - 1
   check.eq(new():range(least, least + 2):size(1), 3, type_ .. ' range from the start')
   check.error(function() new():range(least - 1, least + 2) end, 'cannot hold', type_ .. ' range from before the start')
   check.eq(new():range(top, least, -1):size(1), top - least + 1, type_ .. ' range downwards')
   check.error(function() new(3):random(0, top + 1) end, 'cannot hold', type_ .. ' random beyond the end')
   check.error(function() new(3):random(least - 1, 0) end, 'cannot hold', type_ .. ' random before the start')
   local x = new(4000):random(least, top)
   check.ok(x:min() >= least and x:max() <= top and x:max() > top * 0.9, type_ .. ' random over all it holds')
end
check.error(function() torch.FloatTensor():randperm(2 ^ 24 + 2) end, 'cannot hold', 'Float randperm')
check.eq(torch.LongTensor():range(-2 ^ 62, 2 ^ 62, 2 ^ 61):size(1), 5, 'range over half of all Longs')
check.eq(torch.LongTensor():range(2 ^ 62, -2 ^ 62, -2 ^ 61)[5], -2 ^ 62, 'the same downwards')
check.eq(torch.linspace(-1e308, 1e308, 3)[2], 0, 'linspace over more than a Double')
check.error(function() torch.linspace(0, inf, 3) end, 'finite', 'linspace to infinity')

-- ---- histograms ----

for _, type_ in ipairs(floats) do
   local function histogram(list, ...) return torch.totable(tensor(type_, list):histc(...)) end
   check.error(function() histogram({1, inf, 2}, 4) end, 'not finite', 'histc up to infinity')
   check.error(function() histogram({1, -inf, 2}, 4) end, 'not finite', 'histc from infinity')
   check.error(function() histogram({1, nan, 2}, 4) end, 'not finite', 'histc with NaN')
   check.error(function() histogram({1, 2}, 4, 0, inf) end, 'not finite', 'histc to a given infinity')
   check.error(function() histogram({1, 2}, 4, 3, 1) end, 'below', 'histc with its limits the wrong way round')
   check.eq(histogram({-inf, 0, 1, 2, 3, 4, inf, nan}, 2, 0, 3), {2, 2}, 'histc leaves out what lies outside')
   check.eq(histogram({0, 1, 2, 3}, 3), {1, 1, 2}, 'the last bin has its upper limit')
   check.eq(histogram({5, 5, 5}, 3), {0, 3, 0}, 'histc of a constant')
   local large = type_ == 'Float' and 3e38 or 1.5e308
   check.eq(histogram({-large, 0, large}, 3), {1, 1, 1}, 'histc over the whole type')
   check.eq(histogram({1e20, 1e20}, 3), {0, 2, 0}, 'histc of a large constant')
   check.eq(torch.totable(tensor(type_, {{0, 1}, {inf, nan}}):bhistc(2, 0, 1)), {{1, 1}, {0, 0}}, 'bhistc')
end
check.error(function() torch.FloatTensor{1}:histc(4, 1, 1 + 1e-12) end, 'different', 'limits that are one Float')

-- ---- a scale of 0 adds nothing, whatever it stands before ----

local nn = require 'nn'
for _, type_ in ipairs(floats) do
   local function module(m) return m:type('torch.' .. type_ .. 'Tensor') end
   for _, m in ipairs{nn.Linear(9, 5), nn.SpatialConvolution(2, 3, 3, 3), nn.TemporalConvolution(4, 5, 3), nn.SpatialConvolution(2, 3, 1, 1),
      nn.SpatialConvolution(2, 32, 3, 3), nn.SpatialConvolution(2, 32, 2, 3), nn.SpatialConvolution(2, 2, 3, 3, 1, 1, 0, 0, 2),
      nn.SpatialDepthWiseConvolution(2, 2, 3, 3), nn.SpatialConvolutionMap(nn.tables.full(2, 3), 3, 3)} do
      module(m)
      m:zeroGradParameters()
      local shape = torch.typename(m) == 'nn.Linear' and {7, 9} or torch.typename(m):find('Temporal') and {6, 4} or {2, 6, 6}
      local x = torch.rand(unpack(shape)):type('torch.' .. type_ .. 'Tensor')
      local y = m:forward(x)
      m:accGradParameters(x:clone():fill(nan), y:clone():fill(1), 0)
      no_nan(m.gradWeight, torch.typename(m) .. ': weights with a scale of 0')
      check.eq(m.gradWeight:sum(), 0, torch.typename(m) .. ': weights with a scale of 0')
   end
end

-- ---- exp and pow of floats among others ----
-- A stretch of plain numbers takes another way than one with a number whose exponential is no normal one: the same values.
do
   local x = torch.FloatTensor(700):uniform(-86, 86)
   local y = torch.exp(x)
   for _, odd in ipairs{88, -88, -103, 200, -200, inf, -inf, nan} do
      for _, place in ipairs{1, 17, 300, 700} do
         local z = x:clone()
         z[place] = odd
         local e = torch.exp(z)
         local alone = torch.exp(torch.FloatTensor{odd})[1]
         check.ok(e[place] == alone or odd ~= odd and e[place] ~= e[place], ('exp(%g) at %d'):format(odd, place))
         e[place] = y[place]
         check.ok(e:equal(y), ('exp of the others beside %g at %d'):format(odd, place))
      end
   end
   local base = torch.FloatTensor(700):uniform(-2, 3)
   for _, p in ipairs{2.5, -3, 7, 0.3, 1e9, -inf} do
      local filled = base:clone():fill(p)
      local function same(a, b, what) check.ok(a:eq(b):add(a:ne(a):cmul(b:ne(b))):min() == 1, what) end
      same(torch.pow(base, p), torch.cpow(base, filled), 'pow and cpow, ' .. p)
      same(torch.pow(p, base), torch.cpow(filled, base), 'pow of a number and cpow, ' .. p)
   end
end

check.finish()
