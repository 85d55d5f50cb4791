--- Expanded operands: an element that stands for a row is computed once, and what comes out is what it is for operands as a whole.
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
torch.manualSeed(4)

-- d0 x d1 (x d2) numbers from 1 to 9, that repeat along the dimensions of size 1 in `own`
local function repeated(kind, own, size)
   local t = torch[kind .. 'Tensor'](unpack(own)):apply(function() return torch.random(1, 9) end)
   return t:expand(unpack(size))
end

-- results: as a whole, each second column, turned
local results = {
   function(T, size) return T(unpack(size)) end,
   function(T, size)
      local wide = {unpack(size)}
      wide[#wide + 1] = 2
      return T(unpack(wide)):fill(3):select(#wide, 2)
   end,
   function(T, size)
      local turned = {unpack(size)}
      turned[1], turned[2] = turned[2], turned[1]
      return T(unpack(turned)):transpose(1, 2)
   end,
}

local function same(r, expected, what)
   local bad = r:clone():ne(expected):sum()
   check.eq(bad, 0, what)
end

local shapes = {
   {{5, 1}, {5, 7}}, {{40, 1}, {40, 300}}, {{1, 1}, {33, 70}}, {{1, 9}, {50, 9}}, {{300, 1}, {300, 40}}, {{3, 1}, {3, 5000}}, {{1, 1}, {2, 20000}},
   {{4, 1, 6}, {4, 30, 6}}, {{4, 5, 1}, {4, 5, 90}}, {{1, 5, 1}, {8, 5, 90}}, {{1, 1, 7}, {20, 30, 7}}, {{6, 1, 1}, {6, 31, 33}},
}
for _, kind in ipairs{'Float', 'Double', 'Byte', 'Short', 'Long'} do
   local T = torch[kind .. 'Tensor']
   for _, s in ipairs(shapes) do
      local own, size = unpack(s)
      local x, y = repeated(kind, own, size), repeated(kind, own, size)
      local wx, wy = x:clone(), y:clone()
      for i, result in ipairs(results) do
         local what = ('%s %s of %s, result %d'):format(kind, table.concat(size, 'x'), table.concat(own, 'x'), i)
         local r = result(T, size)
         same(r:copy(x), wx, what .. ': copy')
         same(r:add(x, 1), torch.add(wx, 1), what .. ': add of a number')
         same(r:cmax(x, 5), torch.cmax(wx, 5), what .. ': cmax')
         same(r:cmul(x, y), torch.cmul(wx, wy), what .. ': cmul')
         same(r:add(wx, 2, y), torch.add(wx, 2, wy), what .. ': add of one expanded')
         same(r:add(x, 2, wy), torch.add(wx, 2, wy), what .. ': add of the other expanded')
         r:copy(wy)
         same(r:cmul(x), torch.cmul(wx, wy), what .. ': into one of them')
         r:fill(1)
         same(r:addcmul(1, x, y), torch.cmul(wx, wy):add(1), what .. ': addcmul')
         if kind == 'Float' or kind == 'Double' then same(r:exp(x), torch.exp(wx), what .. ': exp') end
      end
      same(x:gt(y), wx:gt(wy), kind .. ': gt')
      same(x:double(), wx:double(), kind .. ': another type')
      same(x:float(), wx:float(), kind .. ': float')
   end
end
for _, n in ipairs{1, 2, 3, 7} do
   local threads = torch.getnumthreads()
   torch.setnumthreads(n)
   local x = repeated('Float', {700, 1}, {700, 501})
   same(torch.exp(x), torch.exp(x:clone()), n .. ' threads')
   same(torch.cmul(x, x), torch.cmul(x:clone(), x:clone()), n .. ' threads, two inputs')
   torch.setnumthreads(threads)
end
do -- each element of its own where chance has a part
   local p = torch.DoubleTensor(3, 1):fill(.5):expand(3, 200)
   local drawn = torch.DoubleTensor(3, 200):bernoulli(p):sum(2)
   check.ok(drawn:min() > 40 and drawn:max() < 160, 'bernoulli of expanded probabilities')
   check.ok(torch.DoubleTensor(3, 200):normal(p, 1):std(2):min() > .5, 'normal of expanded means')
end
check.finish()
