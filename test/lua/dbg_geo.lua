-- image: scaling, cropping, turning and warping, against loops that follow the definitions; every element type, several
-- layouts, in place, any number of threads.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'image'
torch.manualSeed(1)

local types = {'torch.ByteTensor', 'torch.FloatTensor', 'torch.DoubleTensor'}
local function sample(type, ...)
   local x = torch.rand(...)
   return type == 'torch.ByteTensor' and x:mul(255.99):byte() or x:type(type)
end
local function most_error(type) return type == 'torch.FloatTensor' and 2e-5 or 1e-11 end

-- A number as an element; Bytes are rounded and cut off. Where rounding may go either way nil.
local function element(type, v)
   if type ~= 'torch.ByteTensor' then return v end
   return math.max(0, math.min(255, math.floor(v + .5)))
end

-- Equal but for rounding; Bytes may differ by one where a value lies between two.
local function near(a, b, type)
   if not a:isSize(b:size()) or torch.typename(a) ~= type then return false end
   local d = (a:double() - b:double()):abs():max()
   return d <= (type == 'torch.ByteTensor' and 1 or most_error(type))
end

-- Planes of a reference f(y, x, plane) of that size.
local function build(src, height, width, f)
   local r = torch.DoubleTensor(src:size(1), height, width)
   for c = 1, src:size(1) do
      local plane = src[c]:double()
      for y = 1, height do
         for x = 1, width do r[{c, y, x}] = f(y - 1, x - 1, plane) end
      end
   end
   return r
end

-- call(x [, dst]) equals expected for every layout of source and destination, and for any number of threads.
local function compare(what, src, expected, call)
   local type = torch.typename(src)
   local got = call(src)
   check.ok(near(got, expected, type), ('%s, %s'):format(what, type))
   local turned = src:transpose(2, 3):contiguous():transpose(2, 3)
   local inner = src.new(src:size(1) + 1, src:size(2) + 2, src:size(3) + 2):fill(9):narrow(1, 2, src:size(1)):narrow(2, 2, src:size(2))
      :narrow(3, 2, src:size(3)):copy(src)
   for layout, x in pairs{turned = turned, narrowed = inner} do
      check.ok(call(x):ne(got):sum() == 0, ('%s, %s, %s'):format(what, type, layout))
   end
   local size = got:size()
   for layout, dst in pairs{empty = src.new(), sized = src.new(size), strided = src.new(size[1], size[3], size[2]):transpose(2, 3)} do
      local r = call(src, dst)
      check.ok(r == dst and dst:isSameSizeAs(got) and dst:ne(got):sum() == 0, ('%s, %s, into %s'):format(what, type, layout))
   end
   if src:isSameSizeAs(got) then
      local x = src:clone()
      check.ok(call(x, x) == x and x:ne(got):sum() == 0, ('%s, %s, in place'):format(what, type))
   end
   for _, threads in ipairs{1, 3} do
      torch.setnumthreads(threads)
      check.ok(call(src):ne(got):sum() == 0, ('%s, %s, %d threads'):format(what, type, threads))
   end
end

-- ---- scale ----

local axis = {}
-- a line through the pixels, or the mean over the area of a pixel of the result
function axis.bilinear(p, n, out, o)
   if n == out then return p(o) end
   if out > n then
      local at = o * (n - 1) / (out - 1)
      local i = math.min(math.floor(at), math.max(n - 2, 0))
      local t = at - i
      return (1 - t) * p(i) + (t > 0 and t * p(i + 1) or 0)
   end
   local from, to, sum = o * n / out, (o + 1) * n / out, 0
   for i = 0, n - 1 do
      local part = math.min(i + 1, to) - math.max(i, from)
      if part > 0 then sum = sum + part * p(i) end
   end
   return sum / (to - from)
end
function axis.bicubic(p, n, out, o)
   if n == out then return p(o) end
   if n == 1 then return p(0) end
   local function q(i) return i < 0 and 2 * p(0) - p(1) or i >= n and 2 * p(n - 1) - p(n - 2) or p(i) end
   local at = out == 1 and 0 or o * (n - 1) / (out - 1)
   local i = math.min(math.floor(at + 1e-9), n - 2)
   local t = at - i
   local a, b, c, d = q(i - 1), q(i), q(i + 1), q(i + 2)
   return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
end

local function scaled(src, height, width, mode)
   local h, w, type = src:size(2), src:size(3), torch.typename(src)
   if mode == 'simple' then
      return build(src, height, width, function(y, x, p) return p[math.floor(y * h / height) + 1][math.floor(x * w / width) + 1] end)
   end
   local rows = build(src, h, width, function(y, x, p)
      return element(type, axis[mode](function(i) return p[y + 1][i + 1] end, w, width, x))
   end)
   return build(rows, height, width, function(y, x, p)
      return element(type, axis[mode](function(i) return p[i + 1][x + 1] end, h, height, y))
   end)
end

for _, type in ipairs(types) do
   for _, case in ipairs{{3, 7, 5, 11, 13}, {2, 9, 12, 4, 5}, {1, 6, 9, 9, 4}, {3, 5, 5, 5, 5}, {1, 1, 1, 3, 4}, {2, 8, 3, 1, 1}, {1, 1, 7, 4, 3}, {1, 40, 600, 20, 700}} do
      local c, h, w, height, width = unpack(case)
      local src = sample(type, c, h, w)
      for _, mode in ipairs{'simple', 'bilinear', 'bicubic'} do
         compare(('scale %dx%d to %dx%d, %s'):format(h, w, height, width, mode), src, scaled(src, height, width, mode), function(x, dst)
            if dst then return image.scale(dst, x, width, height, mode) end
            return image.scale(x, width, height, mode)
         end)
      end
   end
end

local x = torch.rand(3, 20, 30)
for size, expected in pairs{[15] = {10, 15}, ['15'] = {10, 15}, ['^10'] = {10, 15}, ['12x7'] = {7, 12}, ['*2'] = {40, 60}, ['*1/2'] = {10, 15}, ['*0.5'] = {10, 15},
   ['*1/100'] = {1, 1}, [1] = {1, 1}} do
   check.eq(image.scale(x, size):size():totable(), {3, expected[1], expected[2]}, 'size ' .. size)
end
check.ok(image.scale(x, 15):ne(image.scale(x, 15, 10)):sum() == 0, 'bilinear is the default')
check.ok(image.scale(x, 15, 'simple'):ne(image.scale(x, 15, 10, 'simple')):sum() == 0, 'size and mode')
local dst = torch.Tensor(3, 5, 6)
check.ok(image.scale(dst, x) == dst and dst:ne(image.scale(x, 6, 5)):sum() == 0, 'the size of the destination')
check.ok(image.scale(dst, x, 'simple'):ne(image.scale(x, 6, 5, 'simple')):sum() == 0, 'the size of the destination, and mode')
check.eq(image.scale(x[1], 6, 5):size():totable(), {5, 6}, 'two dimensions')
check.eq(image.scale(x, 6.9, 5.9):size():totable(), {3, 5, 6}, 'fractions of sizes are dropped')
for _, size in ipairs{'big', '*0', '0x3', '^', -3, 1 / 0, ''} do
   check.error(function() image.scale(x, size) end, 'image.scale: argument #2 %(size%)', 'size ' .. size)
end
check.error(function() image.scale(x, 3, 0) end, 'image.scale: argument #3', 'height 0')
check.error(function() image.scale(x:int(), 3, 3) end, 'argument #1 %(src%).*got torch.IntTensor', 'Ints')
check.error(function() image.scale(torch.FloatTensor(), x, 3, 3) end, 'argument #1 %(r%): .*DoubleTensor', 'another type of destination')

-- ---- flips, translation, crop ----

for _, type in ipairs(types) do
   local src = sample(type, 3, 6, 7)
   compare('hflip', src, build(src, 6, 7, function(y, c, p) return p[y + 1][7 - c] end), function(a, d) return d and image.hflip(d, a) or image.hflip(a) end)
   compare('vflip', src, build(src, 6, 7, function(y, c, p) return p[6 - y][c + 1] end), function(a, d) return d and image.vflip(d, a) or image.vflip(a) end)
   for _, shift in ipairs{{0, 0}, {2, 1}, {-3, 2}, {1, -5}, {7, 0}, {0, -9}} do
      local dx, dy = unpack(shift)
      compare(('translate %d, %d'):format(dx, dy), src, build(src, 6, 7, function(y, c, p)
         local fy, fx = y - dy, c - dx
         return fy >= 0 and fy < 6 and fx >= 0 and fx < 7 and p[fy + 1][fx + 1] or 0
      end), function(a, d) return d and image.translate(d, a, dx, dy) or image.translate(a, dx, dy) end)
   end
   local part = src:narrow(2, 3, 2):narrow(3, 2, 4)
   compare('crop', src, part:double(), function(a, d) return d and image.crop(d, a, 1, 2, 5, 4) or image.crop(a, 1, 2, 5, 4) end)
end
for _, name in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Half'} do
   local values = torch.range(1, 24):type('torch.' .. name .. 'Tensor'):view(2, 3, 4)
   for d = 1, 3 do
      local r = image.flip(values, d)
      check.ok(torch.typename(r) == torch.typename(values), 'type of flip')
      for i = 1, values:size(d) do
         check.eq(r:select(d, i):totable(), values:select(d, values:size(d) + 1 - i):totable(), ('flip %s along %d'):format(name, d))
      end
   end
end
check.eq(image.flip(torch.range(1, 3), 1):totable(), {3, 2, 1}, 'flip of a vector')
check.error(function() image.flip(x, 4) end, 'image.flip: argument #2 %(dim%): dimension 4 out of range', 'dimension')

local grid = torch.range(0, 29):view(5, 6)
for format, first in pairs{c = 8, tl = 0, tr = 4, bl = 18, br = 22} do
   check.eq(image.crop(grid, format, 2, 2):totable(), {{first, first + 1}, {first + 6, first + 7}}, 'crop ' .. format)
end
check.eq(image.crop(grid, 4, 3):totable(), {{22, 23}, {28, 29}}, 'crop to the end')
check.eq(image.crop(torch.Tensor(1, 2), grid, 1, 1):totable(), {{7, 8}}, 'crop into a size')
dst = torch.Tensor(2, 2)
check.ok(image.crop(dst, grid, 0, 0, 4, 4) == dst and (dst - image.scale(grid:narrow(1, 1, 4):narrow(2, 1, 4), 2, 2)):abs():max() == 0, 'crop is scaled into a size')
for _, part in ipairs{{-1, 0, 2, 2}, {0, 0, 7, 2}, {0, 0, 2, 6}, {2, 0, 2, 2}, {3, 0, 2, 2}} do
   check.error(function() image.crop(grid, unpack(part)) end, 'image.crop: columns.*not in the image, which is 6 wide and 5 high', 'crop outside')
end
check.error(function() image.crop(grid, 'c', 7, 2) end, 'not in the image', 'crop larger than the image')
check.error(function() image.crop(grid, 'middle', 2, 2) end, "argument #2 %(.*%): .*'middle'", 'unknown format')

-- ---- rotate ----

-- What lies more than half a pixel outside is 0; the rest is moved to the edge.
local function blank(p, y, x, f)
   local h, w = p:size(1), p:size(2)
   if y < -.5 or y >= h - .5 or x < -.5 or x >= w - .5 then return 0 end
   return f(p, math.max(0, math.min(h - 1, y)), math.max(0, math.min(w - 1, x)))
end
local function nearest(p, y, x) return p[math.floor(y + .5) + 1][math.floor(x + .5) + 1] end
local function bilinear(p, y, x)
   local i, j = math.floor(y), math.floor(x)
   local v, u = y - i, x - j
   local function at(a, b) return p[math.min(a, p:size(1) - 1) + 1][math.min(b, p:size(2) - 1) + 1] end
   return (1 - v) * ((1 - u) * at(i, j) + u * at(i, j + 1)) + v * ((1 - u) * at(i + 1, j) + u * at(i + 1, j + 1))
end
local samplers = {simple = nearest, bilinear = bilinear}

for _, type in ipairs(types) do
   local src = sample(type, 2, 9, 12)
   for _, theta in ipairs{0, .4, -2.1, math.pi / 3} do
      for mode, f in pairs(samplers) do
         local c, s = math.cos(theta), math.sin(theta)
         local expected = build(src, 9, 12, function(y, col, p)
            local v, u = y - 4, col - 5.5
            return blank(p, c * v + s * u + 4, c * u - s * v + 5.5, f)
         end)
         compare(('rotate %.2f, %s'):format(theta, mode), src, expected, function(a, d)
            return d and image.rotate(d, a, theta, mode) or image.rotate(a, theta, mode)
         end)
      end
   end
end
check.eq(image.rotate(torch.range(1, 9):view(3, 3), math.pi / 2):totable(), {{3, 6, 9}, {2, 5, 8}, {1, 4, 7}}, 'a quarter turn, counterclockwise')
local lena = image.scale(image.lena(), 64)
check.ok(image.rotate(lena, .3):ne(image.rotate(lena, .3, 'simple')):sum() == 0, 'simple is the default of rotate')

-- ---- polar ----

for _, type in ipairs(types) do
   local src = sample(type, 2, 9, 12)
   for _, name in ipairs{'polar', 'logpolar'} do
      for interp, f in pairs(samplers) do
         for _, mode in ipairs{'valid', 'full'} do
            local reach = mode == 'full' and math.sqrt(4.5 ^ 2 + 6 ^ 2) or 4.5
            local middle = interp == 'simple' and .5 or 0
            local function expected(height, width)
               return build(src, height, width, function(j, i, p)
                  local a = 2 * math.pi * j / height
                  local d = name == 'polar' and reach * i / width or math.exp(math.log(reach) * i / width)
                  return blank(p, d * math.cos(a) + 4.5 - middle, -d * math.sin(a) + 6 - middle, f)
               end)
            end
            local what = ('%s, %s, %s'):format(name, interp, mode)
            local square = image[name](src, interp, mode)
            check.eq(square:size():totable(), {2, 12, 12}, what)
            -- where a place lies on the border of a pixel, rounding decides
            local function most(a, b) return (a:double() - b):abs():gt(type == 'torch.ByteTensor' and 1 or 1e-4):double():mean() end
            check.ok(most(square, expected(12, 12)) < .06, what .. ', ' .. type)
            local d = src.new(2, 7, 10)
            check.ok(image[name](d, src, interp, mode) == d and most(d, expected(7, 10)) < .06, what .. ', into a size')
         end
      end
      check.ok(image[name](src):ne(image[name](src, 'simple', 'valid')):sum() == 0, 'defaults of ' .. name)
   end
end

-- ---- warp ----

local function clamp_at(p, i, j)
   return p[math.max(0, math.min(p:size(1) - 1, i)) + 1][math.max(0, math.min(p:size(2) - 1, j)) + 1]
end
local function windowed(weights)
   return function(p, y, x)
      local i, j = math.floor(y), math.floor(x)
      local wy, wx = weights(y - i), weights(x - j)
      local sum, total = 0, 0
      for a = -2, 3 do local v = wy[a] if v then
         for b = -2, 3 do local u = wx[b] if u then
            sum, total = sum + v * u * clamp_at(p, i + a, j + b), total + v * u end
         end
      end
      return sum / total
   end
end
samplers.bicubic = windowed(function(t) -- Keys' kernel with a = -1/2
   local r = {}
   for k = -1, 2 do
      local d = math.abs(t - k)
      r[k] = d < 1 and 1.5 * d ^ 3 - 2.5 * d ^ 2 + 1 or -.5 * d ^ 3 + 2.5 * d ^ 2 - 4 * d + 2
   end
   return r
end)
samplers.lanczos = windowed(function(t)
   local function sinc(v) return v == 0 and 1 or math.sin(math.pi * v) / (math.pi * v) end
   local r = {}
   for k = -2, 3 do r[k] = sinc(t - k) * sinc((t - k) / 3) end
   return r
end)

for _, type in ipairs(types) do
   local src = sample(type, 3, 8, 6)
   local field = torch.randn(2, 5, 140):mul(3):add(2)
   for mode, f in pairs(samplers) do
      for _, clamp_mode in ipairs{'clamp', 'pad'} do
         for _, offset in ipairs{true, false} do
            local expected = build(src, 5, 140, function(y, c, p)
               local fy, fx = field[1][y + 1][c + 1] + (offset and y or 0), field[2][y + 1][c + 1] + (offset and c or 0)
               if clamp_mode == 'pad' and (fy < 0 or fy > 7 or fx < 0 or fx > 5) then return .25 end
               return element(type, f(p, math.max(0, math.min(7, fy)), math.max(0, math.min(5, fx))))
            end)
            compare(('warp, %s, %s, offset %s'):format(mode, clamp_mode, tostring(offset)), src, expected, function(a, d)
               if d then return image.warp(d, a, field, mode, offset, clamp_mode, .25) end
               return image.warp(a, field, mode, offset, clamp_mode, .25)
            end)
         end
      end
   end
   check.ok(image.warp(src, torch.zeros(2, 8, 6)):ne(src):sum() == 0, 'warp by nothing')
   check.ok(image.warp(src, torch.zeros(2, 8, 6):float()):ne(src):sum() == 0, 'a field of Floats')
   check.ok(image.warp(src, torch.IntTensor(2, 8, 6):zero()):ne(src):sum() == 0, 'a field of Ints')
end
local nan = torch.Tensor(2, 4, 4):fill(0 / 0)
for mode in pairs(samplers) do
   check.eq(image.warp(x, nan, mode)[1][1][1], x[1][1][1], 'a field of NaN, ' .. mode)
   check.eq(image.warp(x, nan, mode, true, 'pad', 7)[1][1][1], 7, 'a field of NaN with padding, ' .. mode)
   check.ok(image.warp(x, torch.Tensor(2, 4, 4):fill(1e30), mode)[1][1][1] == x[1][20][30], 'a far field, ' .. mode)
end
check.error(function() image.warp(x, torch.zeros(3, 4, 4)) end, 'warp: argument #2 %(field%): tensor %[2 x height x width%] expected, got %[3 x 4 x 4%]', 'field')
check.error(function() image.warp(x, torch.zeros(2, 4, 4), 'cubic') end, "argument #3 %(mode%).*'cubic'", 'mode of warp')

-- ---- affine maps ----

local theta = .3
local turn = torch.Tensor{{math.cos(theta), math.sin(theta)}, {-math.sin(theta), math.cos(theta)}}
local src = torch.rand(1, 20, 20)
local difference = (image.affinetransform(src, turn) - image.rotate(src, theta, 'bilinear')):abs()
check.ok(difference:narrow(2, 6, 10):narrow(3, 6, 10):max() < 1e-10, 'an affine map that is a rotation')
check.ok(image.affinetransform(src, torch.eye(2)):ne(src):sum() == 0, 'the identity')
local moved = image.affinetransform(src, torch.eye(2), 'simple', {2, -3}, 'pad', 0)
check.ok((moved - image.translate(src, -3, 2)):abs():max() == 0, 'an affine map that is a translation')
check.ok(image.affinetransform(src, torch.eye(2), 'simple', torch.Tensor{2, -3}, 'pad', 0):ne(moved):sum() == 0, 'translation as a tensor')
check.error(function() image.affinetransform(src, torch.eye(3)) end, 'affinetransform: argument #2 %(matrix%)', 'matrix')
check.error(function() image.affinetransform(src, torch.eye(2), 'simple', {1}) end, 'argument #4 %(translation%): two numbers', 'translation')

check.finish()
