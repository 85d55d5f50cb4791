-- image: colours, against formulas written another way, known values and round trips; every element type, layouts, in place.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'image'
torch.manualSeed(1)

local types = {'torch.ByteTensor', 'torch.FloatTensor', 'torch.DoubleTensor'}

-- ---- one pixel: {r, g, b} -> {...} ----

local function dot(rows)
   return function(p)
      local r = {}
      for i, m in ipairs(rows) do r[i] = m[1] * p[1] + m[2] * p[2] + m[3] * p[3] end
      return r
   end
end
local function hue(p)
   local r, g, b = unpack(p)
   local v, d = math.max(r, g, b), math.max(r, g, b) - math.min(r, g, b)
   if d == 0 then return 0 end
   local h = v == r and (g - b) / d % 6 or v == g and (b - r) / d + 2 or (r - g) / d + 4
   return h / 6
end
-- the value of one primary colour at a hue, between two limits; the way of CSS
local function primary(low, high, h)
   h = h % 1 * 6
   return h < 1 and low + (high - low) * h or h < 3 and high or h < 4 and low + (high - low) * (4 - h) or low
end
local function from_limits(low, high, h) return {primary(low, high, h + 1 / 3), primary(low, high, h), primary(low, high, h - 1 / 3)} end

local pixel = {
   rgb2y = dot{{.299, .587, .114}},
   rgb2yuv = dot{{.299, .587, .114}, {-.14713, -.28886, .436}, {.615, -.51499, -.10001}},
   yuv2rgb = dot{{1, 0, 1.13983}, {1, -.39465, -.5806}, {1, 2.03211, 0}},
   rgb2nrgb = function(p)
      local sum = p[1] + p[2] + p[3] + 1e-6
      return {p[1] / sum, p[2] / sum, p[3] / sum}
   end,
   rgb2hsv = function(p)
      local v, low = math.max(unpack(p)), math.min(unpack(p))
      return {hue(p), v > 0 and (v - low) / v or 0, v}
   end,
   rgb2hsl = function(p)
      local v, low = math.max(unpack(p)), math.min(unpack(p))
      local l = (v + low) / 2
      return {hue(p), v > low and (v - low) / (1 - math.abs(2 * l - 1)) or 0, l}
   end,
   hsv2rgb = function(p) return from_limits(p[3] * (1 - p[2]), p[3], p[1]) end,
   hsl2rgb = function(p)
      local high = p[3] < .5 and p[3] * (1 + p[2]) or p[3] + p[2] - p[2] * p[3]
      return from_limits(2 * p[3] - high, high, p[1])
   end,
}

local function reference(f, src)
   local planes = src:double():div(torch.typename(src) == 'torch.ByteTensor' and 255 or 1)
   local r
   for y = 1, src:size(2) do
      for x = 1, src:size(3) do
         local values = f{planes[1][y][x], planes[2][y][x], planes[3][y][x]}
         r = r or torch.DoubleTensor(#values, src:size(2), src:size(3))
         for c, v in ipairs(values) do r[{c, y, x}] = v end
      end
   end
   return torch.typename(src) == 'torch.ByteTensor' and r:mul(255):clamp(0, 255) or r
end

local function sample(type)
   local x = torch.rand(3, 9, 12)
   -- gray, black, white, two equal, primaries
   for i, p in ipairs{{.5, .5, .5}, {0, 0, 0}, {1, 1, 1}, {.2, .7, .7}, {.7, .2, .7}, {.7, .7, .2}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}} do
      for c = 1, 3 do x[{c, i, 1}] = p[c] end
   end
   return type == 'torch.ByteTensor' and x:mul(255):byte() or x:type(type)
end
local limit = {['torch.ByteTensor'] = .51, ['torch.FloatTensor'] = 2e-6, ['torch.DoubleTensor'] = 1e-12}

for _, type in ipairs(types) do
   local src = sample(type)
   for name, f in pairs(pixel) do
      local what, expected = name .. ', ' .. type, reference(f, src)
      local got = image[name](src)
      check.ok(got:isSize(expected:size()) and torch.typename(got) == type and (got:double() - expected):abs():max() < limit[type], what)
      check.ok(image[name](src:transpose(2, 3):contiguous():transpose(2, 3)):ne(got):sum() == 0, what .. ', turned')
      local dst = src.new()
      check.ok(image[name](dst, src) == dst and dst:ne(got):sum() == 0, what .. ', into a tensor')
      dst = src.new(12, 9, got:size(1)):transpose(1, 3)
      check.ok(image[name](dst, src) == dst and dst:ne(got):sum() == 0, what .. ', into a strided tensor')
      local x = src:clone()
      check.ok(image[name](x, x):ne(got):sum() == 0, what .. ', in place')
      local large = src:expand(3, 9, 12):repeatTensor(1, 40, 40)
      torch.setnumthreads(3)
      local three = image[name](large)
      torch.setnumthreads(1)
      check.ok(image[name](large):ne(three):sum() == 0, what .. ', 1 and 3 threads')
   end
end

-- ---- round trips, known values ----

for _, type in ipairs{'torch.FloatTensor', 'torch.DoubleTensor'} do
   local src = sample(type)
   for space, most in pairs{yuv = 1e-4, hsl = 2e-6, hsv = 2e-6, lab = 2e-5} do
      local back = image[space .. '2rgb'](image['rgb2' .. space](src))
      check.ok((back - src):abs():max() < most, space .. ' and back, ' .. type)
   end
end
local function convert(name, ...) return image[name](torch.Tensor{...}:view(3, 1, 1)):view(-1):totable() end
local function close(a, b, most)
   for i = 1, 3 do
      if math.abs(a[i] - b[i]) > most then return false end
   end
   return true
end
for _, case in ipairs{{{1, 1, 1}, {100, 0, 0}}, {{0, 0, 0}, {0, 0, 0}}, {{1, 0, 0}, {53.24, 80.09, 67.2}}, {{0, 1, 0}, {87.73, -86.18, 83.18}},
   {{0, 0, 1}, {32.3, 79.19, -107.86}}, {{.5, .5, .5}, {53.39, 0, 0}}} do
   check.ok(close(convert('rgb2lab', unpack(case[1])), case[2], .02), 'Lab of ' .. table.concat(case[1], ' '))
end
check.ok(close(convert('rgb2hsv', 1, .5, 0), {1 / 12, 1, 1}, 1e-12), 'orange')
check.ok(close(convert('hsl2rgb', 2 / 3, 1, .5), {0, 0, 1}, 1e-12), 'blue')
check.error(function() image.rgb2lab(sample('torch.ByteTensor')) end, 'rgb2lab: argument #1 %(src%): Float or Double', 'Lab of Bytes')
check.error(function() image.rgb2hsv(torch.rand(4, 3, 3)) end, 'rgb2hsv: argument #1 %(src%): image of 3 channels', 'channels')
check.error(function() image.rgb2hsv(torch.FloatTensor(), torch.rand(3, 3, 3)) end, 'argument #1 %(r%)', 'types')

-- ---- maps ----

local jet = image.jetColormap(5)
check.eq(jet:totable(), {{0, 0, .5}, {0, .5, 1}, {.5, 1, .5}, {1, .5, 0}, {.5, 0, 0}}, 'jet')
check.eq(image.jetColormap(1):size():totable(), {1, 3}, 'jet of one')
local map = image.colormap(9)
check.eq(map:size():totable(), {9, 3}, 'colormap')
check.ok(map:min() >= 0 and map:max() <= 1, 'range of colormap')
for i = 1, 9 do
   for j = 1, i - 1 do check.ok((map[i] - map[j]):abs():max() > .05, ('colours %d and %d differ'):format(j, i)) end
   local hsl = convert('rgb2hsl', unpack(map[i]:totable()))
   check.ok(close(hsl, {(i - 1) * 39 % 360 / 360, .3 + (i - 1) / 9 % .7, .5}, 1e-9), 'hue of colour ' .. i)
end
for _, type in ipairs(types) do
   local gray = torch.range(0, 255):view(16, 16)
   gray = type == 'torch.ByteTensor' and gray:byte() or gray:div(255):type(type)
   local expected = image.jetColormap(256):t():contiguous():view(3, 16, 16)
   if type == 'torch.ByteTensor' then expected = expected * 255 end
   for what, r in pairs{plane = image.y2jet(gray), channel = image.y2jet(gray:view(1, 16, 16)), given = image.y2jet(gray.new(), gray)} do
      local most = type == 'torch.ByteTensor' and .5 or 1e-6
      check.ok(torch.typename(r) == type and (r:double() - expected):abs():max() <= most, ('y2jet, %s, %s'):format(type, what))
   end
end
check.error(function() image.y2jet(torch.rand(3, 4, 4)) end, 'y2jet: argument #1 %(src%): image of one channel', 'jet of three channels')
local labels = torch.Tensor{{0, 1, 2}, {-5, 99, 0 / 0}}
local r = torch.Tensor()
image.double.colorize(r, labels, torch.Tensor{{1, 2}, {3, 4}, {5, 6}})
check.eq(r:totable(), {{{1, 3, 5}, {1, 5, 1}}, {{2, 4, 6}, {2, 6, 2}}}, 'colorize')

check.finish()
