-- image: kernels, convolution, pyramids, normalization, morphology and grids, against loops that follow the definitions.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'image'
torch.manualSeed(1)

local function near(a, b, most) return a:isSize(b:size()) and (a:double() - b:double()):abs():max() <= (most or 1e-10) end

-- ---- kernels ----

-- By a function of the squared distance from the centre in standard deviations.
local function window(height, width, sy, sx, my, mx, f)
   local r = torch.Tensor(height, width)
   for i = 1, height do
      for j = 1, width do
         local v, u = (i - (my * height + .5)) / (sy * height), (j - (mx * width + .5)) / (sx * width)
         r[i][j] = f((u * u + v * v) / 2)
      end
   end
   return r
end
local function gauss(d) return math.exp(-d) end
local function laplace(d) return (1 - d) * math.exp(-d) end

check.ok(near(image.gaussian(), window(3, 3, .25, .25, .5, .5, gauss)), 'gaussian by default')
check.ok(near(image.gaussian{size = 5, sigma = .3, amplitude = 2}, window(5, 5, .3, .3, .5, .5, gauss) * 2), 'gaussian by name')
check.ok(near(image.gaussian(5, .3, 2), window(5, 5, .3, .3, .5, .5, gauss) * 2), 'gaussian in order')
local given = {width = 4, height = 7, sigma_horz = .2, sigma_vert = .4, mean_horz = .3, mean_vert = .7}
check.ok(near(image.gaussian(given), window(7, 4, .4, .2, .7, .3, gauss)), 'gaussian, all sides')
check.ok(near(image.laplacian(given), window(7, 4, .4, .2, .7, .3, laplace)), 'laplacian, all sides')
check.ok(near(image.laplacian(), window(3, 3, .1, .1, .5, .5, laplace)), 'laplacian by default')
local plain = window(7, 4, .4, .2, .7, .3, gauss)
check.ok(near(image.gaussian(nil, nil, nil, true, 4, 7, .2, .4, .3, .7), plain / plain:sum()), 'gaussian in order, to a sum of 1')
local line = image.gaussian1D{size = 6, sigma = .2, mean = .25, amplitude = 3}
for i = 1, 6 do check.ok(math.abs(line[i] - 3 * math.exp(-((i - 2) / 1.2) ^ 2 / 2)) < 1e-12, 'gaussian1D at ' .. i) end
check.ok(math.abs(image.gaussian1D{size = 9, normalize = true}:sum() - 1) < 1e-12, 'gaussian1D to a sum of 1')
local t = torch.FloatTensor()
check.ok(image.gaussian{size = 4, tensor = t} == t and near(t, image.gaussian(4), 1e-6), 'gaussian into a tensor')
check.eq(torch.typename(image.gaussian()), torch.getdefaulttensortype(), 'type of gaussian')

-- ---- convolution ----

local function convolved(src, kernel, mode)
   local h, w, kh, kw = src:size(1), src:size(2), kernel:size(1), kernel:size(2)
   local top, left, height, width = 0, 0, h + kh - 1, w + kw - 1
   if mode == 'valid' then top, left, height, width = kh - 1, kw - 1, h - kh + 1, w - kw + 1 end
   if mode == 'same' then top, left, height, width = math.floor(kh / 2), math.floor(kw / 2), h, w end
   local r = torch.Tensor(height, width)
   for y = 1, height do
      for x = 1, width do
         local sum = 0
         for i = 1, kh do
            for j = 1, kw do
               local a, b = y + top - i + 1, x + left - j + 1
               if a >= 1 and a <= h and b >= 1 and b <= w then sum = sum + src[a][b] * kernel[i][j] end
            end
         end
         r[y][x] = sum
      end
   end
   return r
end

for _, sizes in ipairs{{3, 3}, {2, 3}, {4, 5}, {1, 1}, {9, 2}} do
   local src, kernel = torch.rand(3, 9, 11), torch.randn(unpack(sizes))
   for _, mode in ipairs{'valid', 'full', 'same'} do
      local what = ('convolve by %dx%d, %s'):format(sizes[1], sizes[2], mode)
      local got = image.convolve(src, kernel, mode)
      for c = 1, 3 do check.ok(near(got[c], convolved(src[c], kernel, mode)), what) end
      check.ok(near(image.convolve(src[2], kernel, mode), got[2], 0), what .. ', two dimensions')
      check.ok(near(image.convolve(src:float(), kernel, mode), got, 1e-5), what .. ', Floats')
      local dst = torch.Tensor()
      check.ok(image.convolve(dst, src, kernel, mode) == dst and near(dst, got, 0), what .. ', into a tensor')
      local bytes = (src * 255):byte()
      local wide = image.convolve(bytes:double(), kernel, mode):add(.5):floor():clamp(0, 255)
      check.ok(near(image.convolve(bytes, kernel, mode), wide, 1), what .. ', Bytes')
      check.eq(torch.typename(image.convolve(bytes, kernel, mode)), 'torch.ByteTensor', what .. ', type of Bytes')
   end
   check.ok(near(image.convolve(src, kernel), image.convolve(src, kernel, 'valid'), 0), 'valid is the default')
   local own = torch.randn(3, unpack(sizes))
   for c = 1, 3 do check.ok(near(image.convolve(src, own)[c], convolved(src[c], own[c], 'valid')), 'a kernel for each channel') end
end
check.error(function() image.convolve(torch.rand(3, 3), torch.rand(4, 4)) end, 'convolve: argument #2 %(kernel%): it must not be larger', 'large kernel')
check.error(function() image.convolve(torch.rand(3, 3), torch.rand(4)) end, 'argument #2 %(kernel%): tensor %[height x width%].*got %[4%]',
   'kernel of one dimension')
check.error(function() image.convolve(torch.rand(3, 3, 3), torch.rand(2, 2, 2)) end, 'convolve: argument #2', 'kernels of other channels')

-- ---- pyramid ----

local src = torch.rand(2, 16, 20)
local kernel = image.gaussian{width = 3, normalize = true}
local pyramid = image.gaussianpyramid(src, {1, .5, .25})
local tmp = src
for i, size in ipairs{{16, 20}, {8, 10}, {4, 5}} do
   local expected = image.scale(tmp, size[2], size[1], 'simple')
   check.ok(near(pyramid[i], expected, 0), 'level ' .. i)
   tmp = image.convolve(expected, kernel, 'same')
end
local into = {torch.Tensor(), torch.Tensor()}
local first = into[1]
check.ok(image.gaussianpyramid(into, src[1], {.5, 1}) == into and into[1] == first and first:size(1) == 8, 'pyramid into a table')
check.error(function() image.gaussianpyramid(src, {0}) end, 'gaussianpyramid: argument #2 %(scales%)', 'scale 0')

-- ---- contrast ----

local gray = torch.rand(20, 23):mul(3):add(5)
local k = image.gaussian{size = 9, sigma = 1.591 / 9, normalize = true}
local x = (gray - gray:mean()) / gray:std()
local expected = torch.Tensor(12, 15)
for i = 1, 12 do
   for j = 1, 15 do
      local part = x:narrow(1, i, 9):narrow(2, j, 9)
      local mean = torch.cmul(part, k):sum()
      local deviation = math.sqrt(math.max(torch.cmul(torch.cmul(part, part), k):sum() - mean * mean, 0))
      expected[i][j] = (x[i + 4][j + 4] - mean) / math.max(deviation, 1)
   end
end
check.ok(near(image.lcn(gray), expected), 'lcn')
check.ok(near(image.lcn(gray:view(1, 20, 23)), expected), 'lcn of one channel')
check.eq(image.lcn(torch.ones(12, 12)):sum(), 0, 'lcn of one gray')
check.error(function() image.lcn(torch.rand(3, 20, 20)) end, 'lcn: argument #1 %(im%): gray image', 'lcn of colours')
check.error(function() image.lcn(torch.rand(5, 5)) end, 'larger', 'lcn of a small image')

-- ---- morphology ----

local function morph(im, window_, pad, erode)
   local r = im:clone()
   local h, w, kh, kw = im:size(1), im:size(2), window_:size(1), window_:size(2)
   for y = 1, h do
      for column = 1, w do
         local v
         for i = 1, kh do
            for j = 1, kw do
               local dy, dx = i - (kh + 1) / 2, j - (kw + 1) / 2
               local a, b = erode and y + dy or y - dy, erode and column + dx or column - dx
               if window_[i][j] ~= 0 then
                  local p = a >= 1 and a <= h and b >= 1 and b <= w and im[a][b] or pad
                  v = not v and p or erode and math.min(v, p) or not erode and math.max(v, p) or v
               end
            end
         end
         r[y][column] = v
      end
   end
   return r
end
for _, shape in ipairs{torch.ones(3, 3), torch.Tensor{{0, 1, 1}}, torch.Tensor{{0, 1, 0}, {1, 1, 0}, {0, 0, 1}}, torch.ones(5, 3)} do
   local im = torch.rand(9, 8):gt(.3):double()
   check.ok(near(image.erode(im, shape), morph(im, shape, 1, true), 0), 'erode')
   check.ok(near(image.dilate(im, shape), morph(im, shape, 0, false), 0), 'dilate')
   check.ok(near(image.erode(im, shape, 0), morph(im, shape, 0, true), 0), 'erode, padded by 0')
   check.ok(near(image.dilate(im:byte(), shape, 1), morph(im, shape, 1, false), 0), 'dilate Bytes, padded by 1')
end
local im = torch.rand(9, 8):gt(.3):double()
check.ok(near(image.erode(im), morph(im, torch.ones(3, 3), 1, true), 0), 'erode by default')
check.ok(near(image.dilate(torch.rand(2, 4, 4):gt(.5):double())[1], torch.ones(4, 4), 1), 'dilate of channels')
check.error(function() image.erode(im, torch.ones(2, 3)) end, 'erode: argument #2 %(kernel%): .*odd', 'even kernel')

-- ---- minmax ----

local values = torch.Tensor{{-2, 0}, {1, 6}}
check.eq(image.minmax{tensor = values}:totable(), {{0, .25}, {.375, 1}}, 'minmax')
check.eq(values[1][1], -2, 'minmax leaves its input')
check.eq(image.minmax(values):totable(), {{0, .25}, {.375, 1}}, 'minmax in order')
check.eq(image.minmax{tensor = values, min = 0, max = 4}:totable(), {{0, 0}, {.25, 1}}, 'minmax of a range')
check.eq(image.minmax{tensor = values, min = 0, max = 4, saturate = false}:totable(), {{-.5, 0}, {.25, 1.5}}, 'minmax of a range, not cut off')
check.eq(image.minmax{tensor = values, min = -4}:totable(), {{.2, .4}, {.5, 1}}, 'minmax with a minimum')
check.eq(image.minmax{tensor = values, max = 2}:totable(), {{0, .5}, {.75, 1}}, 'minmax with a maximum')
check.eq(image.minmax{tensor = values, symm = true}:totable(), {{4 / 12, .5}, {7 / 12, 1}}, 'minmax, symmetric')
check.eq(image.minmax{tensor = torch.ones(2)}:totable(), {0, 0}, 'minmax of equal values')
local out = torch.Tensor()
check.ok(image.minmax{tensor = values, tensorOut = out} == out and out[2][2] == 1, 'minmax into a tensor')
check.ok(image.minmax{tensor = values, inplace = true} == values and values[2][2] == 1, 'minmax in place')
check.error(function() image.minmax{max = 1} end, 'minmax: argument #1 %(tensor%)', 'minmax of nothing')

-- ---- grids ----

local batch = torch.rand(5, 3, 4, 6)
local grid = image.toDisplayTensor{input = batch, nrow = 3, min = 0, max = 1, padding = 2}
check.eq(grid:size():totable(), {3, 12, 24}, 'size of a grid')
for i = 0, 4 do
   local top, left = math.floor(i / 3) * 6 + 2, i % 3 * 8 + 2
   check.ok(near(grid:narrow(2, top, 4):narrow(3, left, 6), batch[i + 1], 1e-12), 'cell ' .. i)
end
check.eq(grid[1][1][1], batch:max(), 'what lies between')
check.eq(image.toDisplayTensor{input = batch}:size():totable(), {3, 4, 30}, 'up to six in a row')
check.eq(image.toDisplayTensor(torch.rand(10, 5, 5)):size():totable(), {10, 30}, 'gray batch')
check.eq(image.toDisplayTensor{torch.rand(3, 5, 5), torch.rand(3, 5, 5)}:size():totable(), {3, 5, 10}, 'a table of images')
check.eq(image.toDisplayTensor{input = {torch.rand(5, 5), torch.rand(5, 5)}}:size():totable(), {5, 10}, 'a table of planes')
local one = image.toDisplayTensor{input = torch.Tensor{{1, 2}, {3, 5}}}
check.eq(one:totable(), {{0, .25}, {.5, 1}}, 'one plane')
local each = image.toDisplayTensor{input = torch.cat(torch.rand(1, 4, 4), torch.rand(1, 4, 4) * 100, 1):view(2, 1, 4, 4), scaleeach = true}
for i = 0, 1 do
   check.ok(math.abs(each[1]:narrow(2, 1 + 4 * i, 4):max() - 1) < 1e-12 and each[1]:narrow(2, 1 + 4 * i, 4):min() == 0, 'each by itself')
end
check.eq(image.toDisplayTensor{input = torch.Tensor{{-1, 0}, {1, .5}}, symmetric = true}:totable(), {{0, .5}, {1, .75}}, 'symmetric')
check.error(function() image.toDisplayTensor{input = torch.rand(2)} end, 'toDisplayTensor: argument #1 %(input%): image', 'a vector')
check.error(function() image.toDisplayTensor{input = {torch.rand(2, 2), torch.rand(2, 3)}} end, 'of one size.*number 2', 'sizes that differ')
check.error(function() image.toDisplayTensor{input = {}} end, 'empty table', 'no image')

check.finish()
