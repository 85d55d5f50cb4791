--- Random numbers where rounding, width or weight make it hard: bounds, ranges beyond a word, weights that
-- dominate. Moments and streams are in test/c/test_random.c.
require 'torch'
local check = dofile((arg[0]:match('^(.*)/') or '.') .. '/check.lua')
local inf, nan = math.huge, 0 / 0
torch.manualSeed(1)

-- ---- uniform: the bound is never drawn, though most types round to it ----

for type_, cases in pairs{Float = {{1000, 1001}, {1001, 1000}, {-1001, -1000}, {-1000, -1001}, {2 ^ 24, 2 ^ 24 + 2}, {1, 1 + 1e-7}},
                          Double = {{2 ^ 50, 2 ^ 50 + 1}, {2 ^ 50 + 1, 2 ^ 50}, {-2 ^ 50 - 1, -2 ^ 50}}} do
   for _, c in ipairs(cases) do
      local a, b = c[1], c[2]
      local x = torch[type_ .. 'Tensor'](200000):uniform(a, b)
      local what = ('%s uniform(%.17g, %.17g)'):format(type_, a, b)
      check.eq(x:eq(b):sum(), 0, what .. ' has not its bound')
      if a < b then check.ok(x:min() >= a and x:max() < b, what .. ' lies within')
      else check.ok(x:max() <= a and x:min() > b, what .. ' lies within') end
   end
end
for _ = 1, 1000 do
   local v = torch.uniform(2 ^ 52, 2 ^ 52 + 1)
   check.ok(v < 2 ^ 52 + 1, 'one number')
end
check.eq(torch.FloatTensor(10):uniform(3, 3):ne(3):sum(), 0, 'uniform between equal bounds')
local wide = torch.Tensor(10000):uniform(-1.7e308, 1.7e308)
check.ok(wide:max() < 1.7e308 and wide:min() >= -1.7e308 and wide:ne(wide):sum() == 0, 'uniform over more than a Double')
check.ok(wide:gt(0):sum() > 4700 and wide:gt(1e308):sum() > 1900, 'spreads over all of it')
check.ok(math.abs(torch.uniform(-1.7e308, 1.7e308)) <= 1.7e308, 'one number of those')
for _, c in ipairs{{0, inf}, {-inf, 0}, {nan, 1}, {0, nan}} do
   check.error(function() torch.Tensor(3):uniform(c[1], c[2]) end, 'finite', 'uniform with a bound that is none')
   check.error(function() torch.uniform(c[1], c[2]) end, 'finite', 'one number with a bound that is none')
end

-- ---- integers ----

local n = 100000
local function share(x, limit) return x:le(limit):sum() / x:nElement() end
local function near(got, expected, what) check.ok(math.abs(got - expected) < 0.01, ('%s: %g, not %g'):format(what, got, expected)) end
local x = torch.LongTensor(n):random(2 ^ 33)
check.ok(x:max() > 2 ^ 32 and x:min() >= 1 and x:max() <= 2 ^ 33, 'random(2^33)')
near(x:double():mean() / 2 ^ 32, 1, 'its mean')
near(share(torch.LongTensor(n):random(3 * 2 ^ 30), 2 ^ 30), 1 / 3, 'random(3*2^30), below a third')
near(share(torch.LongTensor(n):random(3 * 2 ^ 51), 2 ^ 51), 1 / 3, 'random(3*2^51), below a third')
near(share(torch.LongTensor(n):random(-2 ^ 52, 2 ^ 52), 0), 1 / 2, 'random on both sides of 0')
local below, top = 0, 0
for _ = 1, 20000 do
   local v = torch.random(1, 2 ^ 40)
   top = math.max(top, v)
   if torch.random(3 * 2 ^ 30) <= 2 ^ 30 then below = below + 1 end
end
check.ok(top > 2 ^ 39, 'one number of 2^40')
near(below / 20000, 1 / 3, 'one number of 3*2^30')
for _, b in ipairs{10, 3 * 2 ^ 30, 2 ^ 32, 2 ^ 40} do -- a fill is as many single draws
   torch.manualSeed(7)
   local fill = torch.DoubleTensor(2000):random(b)
   torch.manualSeed(7)
   local differ = 0
   for i = 1, 2000 do differ = differ + (fill[i] == torch.random(b) and 0 or 1) end
   check.eq(differ, 0, ('random(%d), filled and one by one'):format(b))
end
local byte = torch.ByteTensor(20000):geometric(0.99)
check.ok(byte:eq(255):sum() > 1000 and byte:eq(0):sum() == 0, 'geometric numbers do not wrap around')
check.ok(torch.CharTensor(20000):geometric(0.99):min() >= 1, 'nor in Chars')
for _, p in ipairs{0, 1, -0.5, 2, nan} do
   check.error(function() torch.geometric(p) end, 'geometric', 'geometric of ' .. p)
   check.error(function() torch.Tensor(2):geometric(p) end, 'geometric', 'geometric of ' .. p)
end

-- ---- other distributions ----

for _, p in ipairs{-0.1, 1.1, nan, inf} do
   check.error(function() torch.bernoulli(p) end, 'bernoulli', 'bernoulli of ' .. p)
   check.error(function() torch.Tensor(2):bernoulli(p) end, 'bernoulli', 'bernoulli of ' .. p)
   check.error(function() torch.Tensor(2):bernoulli(torch.Tensor{0.5, p}) end, 'bernoulli', 'bernoulli of a tensor with ' .. p)
end
check.eq(torch.Tensor(10000):bernoulli(0):sum(), 0, 'bernoulli(0)')
check.eq(torch.Tensor(10000):bernoulli(1):sum(), 10000, 'bernoulli(1)')
for _, rate in ipairs{0, -1, nan} do
   check.error(function() torch.exponential(rate) end, 'exponential', 'exponential of ' .. rate)
   check.error(function() torch.Tensor(2):exponential(rate) end, 'exponential', 'exponential of ' .. rate)
end
for _, std in ipairs{0, -1, nan} do
   check.error(function() torch.normal(0, std) end, 'standard deviation', 'normal with ' .. std)
   check.error(function() torch.Tensor(2):normal(0, std) end, 'standard deviation', 'normal with ' .. std)
   check.error(function() torch.Tensor(2):logNormal(0, std) end, 'standard deviation', 'logNormal with ' .. std)
   check.error(function() torch.Tensor(2):normal(0, torch.Tensor{1, std}) end, 'standard deviation', 'normal with a tensor of ' .. std)
end
for _, name in ipairs{'normal', 'exponential', 'cauchy', 'logNormal'} do
   local y = torch.FloatTensor(300000)
   if name == 'exponential' then y:exponential(1e-3) else y[name](y, 0, 1) end
   check.ok(y:max() < inf and y:min() > -inf, name .. ' is finite')
end

-- ---- categories ----

local function repeated(p, k)
   local d = 0
   for _ = 1, 100 do
      local s = torch.multinomial(p, k, false):sort()
      for j = 2, k do if s[j] == s[j - 1] then d = d + 1 end end
   end
   return d
end
for _, ahead in ipairs{1e10, 1e15, 1e16, 1e17, 1e30, 1e300} do
   local p = torch.ones(20)
   p[7] = ahead
   check.eq(repeated(p, 5), 0, ('nothing is drawn twice, one weight of %g'):format(ahead))
   check.eq(torch.multinomial(p, 20, false):sort():ne(torch.range(1, 20):long()):sum(), 0, 'all are drawn in the end')
end
local second = torch.zeros(3)
for _ = 1, 3000 do
   local k = torch.multinomial(torch.Tensor{1e20, 1, 2, 3}, 2)[2] - 1
   second[k] = second[k] + 1
end
check.ok(second[1] > 300 and second[2] > 700 and second[3] > 1100, 'what is left keeps its proportions')
check.eq(torch.multinomial(torch.Tensor{0, 1, 0, 2, 0}, 5000, true):eq(2):sum() > 1400, true, 'weights')
local drawn = torch.multinomial(torch.Tensor{0, 1, 0, 2, 0}, 5000, true)
check.eq(drawn:eq(1):sum() + drawn:eq(3):sum() + drawn:eq(5):sum(), 0, 'weight 0 is never drawn')
check.error(function() torch.multinomial(torch.Tensor{0, 1, 0, 2}, 3) end, 'only 2', 'more than there are')
check.eq(torch.multinomial(torch.Tensor{0, 1, 0, 2}, 2):sort()[2], 4, 'as many as there are')
for _, v in ipairs{-1, nan, inf} do
   check.error(function() torch.multinomial(torch.Tensor{1, v, 1}, 1) end, 'multinomial', 'a weight of ' .. v)
   check.error(function() torch.multinomial(torch.Tensor{1, v, 1}, 1, true) end, 'multinomial', 'a weight of ' .. v)
end
check.error(function() torch.multinomial(torch.zeros(3), 1) end, 'multinomial', 'no weight at all')

-- ---- alias tables ----

for seed = 1, 40 do
   torch.manualSeed(seed)
   local p = torch.rand(5)
   if seed % 4 == 0 then p[2] = 0 end
   p:div(p:sum())
   local state = torch.multinomialAliasSetup(p)
   local J = state[1]:clone()
   for call = 1, 3 do
      local r = torch.multinomialAlias(torch.LongTensor(20000), state)
      check.ok(r:min() >= 1 and r:max() <= 5, 'aliases are categories')
      local far = 0
      for k = 1, 5 do far = math.max(far, math.abs(r:eq(k):sum() / 20000 - p[k])) end
      check.ok(far < 0.02, ('as often as they should be, call %d: off by %g'):format(call, far))
   end
   check.eq(state[1]:ne(J):sum(), 0, 'the tables stay as they are')
end
local state = torch.multinomialAliasSetup(torch.Tensor{0.1, 0.2, 0.3, 0.4})
state[1][1] = 0
check.error(function() torch.multinomialAlias(torch.LongTensor(3), state) end, 'no category', 'tables with a wrong alias')

check.finish()
