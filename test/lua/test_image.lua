-- image: that every name of Torch7's is there and refuses what it cannot take; drawing, display, sample pictures.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
local image_ = require 'image'
check.ok(image_ == image and image == _G.image, 'the global')
torch.manualSeed(1)

-- ---- names ----

local functions = [[affinetransform colormap compressJPG compressPNG convolve crop decompress decompressJPG decompressPNG dilate display
   drawRect drawText erode fabio flip gaussian gaussian1D gaussianpyramid getJPGsize getPNGsize getPPMsize getSize hflip hsl2rgb hsv2rgb
   is_supported jetColormap lab2rgb laplacian lcn lena load loadJPG loadPNG loadPPM logpolar minmax polar rgb2hsl rgb2hsv rgb2lab rgb2nrgb
   rgb2y rgb2yuv rotate save saveJPG savePGM savePNG savePPM scale test toDisplayTensor translate vflip warp window y2jet yuv2rgb]]
local takes_nothing = {fabio = true, lena = true, test = true, window = true, gaussian = true, gaussian1D = true, laplacian = true}
local help = require('trepl.help').help
for name in functions:gmatch('%S+') do
   check.match(help('image.' .. name, true), '^image%.' .. name .. '.*\n\n.*' .. name, 'help on ' .. name)
   check.eq(type(image[name]), 'function', name)
   if not takes_nothing[name] then
      local prefix = 'test_image.lua:%d+: image.' .. name .. ': argument #1 %('
      check.error(function() image[name]() end, prefix, name .. ' of nothing')
      check.error(function() image[name](print) end, prefix, name .. ' of a function')
   end
end
for _, type_ in ipairs{'Byte', 'Float', 'Double'} do
   local kernels = torch[type_ .. 'Tensor'].image
   check.ok(kernels and kernels == image[type_:lower()], 'kernels of ' .. type_)
   check.ok(torch[type_ .. 'Tensor'](2, 2).image == kernels, 'kernels of a ' .. type_ .. ' tensor')
   for name in ([[scaleSimple scaleBilinear scaleBicubic rotate rotateBilinear polar polarBilinear logPolar logPolarBilinear translate cropNoScale
      warp saturate rgb2y rgb2hsv rgb2hsl hsv2rgb hsl2rgb rgb2lab lab2rgb gaussian vflip hflip flip colorize text drawRect]]):gmatch('%S+') do
      check.eq(type(kernels[name]), 'function', 'kernel ' .. name)
   end
end

-- ---- kernels under their old names ----

local x = torch.rand(3, 6, 8)
local function into(...) return torch.Tensor(...) end
local function same(a, b, what) check.ok(a:isSize(b:size()) and (a - b):abs():max() < 1e-12, what) end
for name, mode in pairs{scaleSimple = 'simple', scaleBilinear = 'bilinear', scaleBicubic = 'bicubic'} do
   local r = into(3, 4, 11)
   x.image[name](x, r)
   same(r, image.scale(x, 11, 4, mode), name)
end
local r = into(3, 6, 8)
x.image.rotateBilinear(x, r, .3)
same(r, image.rotate(x, .3, 'bilinear'), 'rotateBilinear')
x.image.translate(x, r, 1, 2)
same(r, image.translate(x, 1, 2), 'translate')
x.image.vflip(r, x)
same(r, image.vflip(x), 'vflip')
x.image.hflip(r, x)
same(r, image.hflip(x), 'hflip')
x.image.flip(r, x, 1)
same(r, image.flip(x, 1), 'flip')
x.image.rgb2hsl(x, r)
same(r, image.rgb2hsl(x), 'rgb2hsl')
local field = torch.randn(2, 6, 8)
x.image.warp(r, x, field, 2, true, 1, .5)
same(r, image.warp(x, field, 'bicubic', true, 'pad', .5), 'warp')
r = into(3, 2, 3)
x.image.cropNoScale(x, r, 1, 2)
same(r, x:narrow(2, 3, 2):narrow(3, 2, 3), 'cropNoScale')
x.image.polar(x, r, true)
same(r, image.polar(into(3, 2, 3), x, 'simple', 'full'), 'polar')
x.image.logPolarBilinear(x, r, false)
same(r, image.logpolar(into(3, 2, 3), x, 'bilinear'), 'logPolarBilinear')
r = into(4, 5)
r.image.gaussian(r, 2, true, .3, .2, .4, .6)
same(r, image.gaussian{width = 5, height = 4, amplitude = 2, normalize = true, sigma_horz = .3, sigma_vert = .2, mean_horz = .4, mean_vert = .6}, 'gaussian')
check.eq(torch.Tensor{-1, .5, 2}.image.saturate(torch.Tensor{-1, .5, 2}):totable(), {0, .5, 1}, 'saturate')

-- ---- drawing ----

-- The pixels that are not black, as rows of text.
local function seen(img)
   local lines = {}
   for y = 1, img:size(2) do
      local line = {}
      for column = 1, img:size(3) do line[column] = img[{{}, y, column}]:max() > 0 and '#' or '.' end
      lines[y] = table.concat(line)
   end
   return table.concat(lines, '\n')
end
local black = torch.zeros(3, 8, 12)
check.eq(seen(image.drawRect(black, 3, 2, 9, 5)), [[
............
..#######...
..#.....#...
..#.....#...
..#######...
............
............
............]], 'drawRect')
check.eq(seen(image.drawRect(black, 3, 2, 9, 6, {lineWidth = 2})), [[
.########...
.########...
.##....##...
.##....##...
.########...
.########...
............
............]], 'drawRect, wider')
check.eq(seen(image.drawRect(black, -5, 7, 40, 3)), [[
............
............
############
............
............
............
############
............]], 'drawRect beyond the image')
check.eq(seen(image.drawText(black, 'H!', 1, 1)), [[
#...#...#...
#...#...#...
#...#...#...
#####...#...
#...#...#...
#...#.......
#...#...#...
............]], 'drawText')
check.eq(seen(image.drawText(black, 'HH', 2, -2)), [[
.#####......
.#...#......
.#...#......
.#...#......
............
.#...#......
.#...#......
.#...#......]], 'drawText wraps, beyond the image')
check.eq(seen(image.drawText(black, 'HH', 2, -2, {wrap = false})), [[
.#####.#####
.#...#.#...#
.#...#.#...#
.#...#.#...#
............
............
............
............]], 'drawText without wrap')
check.eq(seen(image.drawText(black, 'HH', 2, -2, {size = 2})), [[
.##......##.
.##......##.
.##......##.
.##########.
.##########.
.##......##.
.##......##.
.##......##.]], 'drawText, larger')
check.eq(seen(image.drawText(torch.zeros(3, 7, 5), '\200', 1, 1)):sub(1, 11), '#####\n#...#', 'what is not in the font')
check.eq(black:sum(), 0, 'drawing makes a copy')
r = image.drawText(torch.zeros(3, 8, 6), '.', 1, 1, {color = {255, 51, 0}, bg = {0, 0, 255}})
check.eq({r[1][7][3], r[2][7][3], r[3][7][3]}, {1, .2, 0}, 'colour')
check.eq({r[1][1][1], r[2][1][1], r[3][8][6]}, {0, 0, 1}, 'colour behind')
local bytes = torch.ByteTensor(3, 4, 4):zero()
check.ok(image.drawRect(bytes, 1, 1, 4, 4, {inplace = true, color = {7, 300, -3}}) == bytes, 'in place')
check.eq({bytes[1][1][1], bytes[2][1][1], bytes[3][1][1]}, {7, 255, 0}, 'colour in Bytes')
check.eq(seen(image.drawText(black, 'a\nb\r', 1, 1)), seen(image.drawText(black, 'a', 1, 1)), 'lines below the image')
check.error(function() image.drawText(black, 'a', 1, 1, {colour = {1, 2, 3}}) end, 'drawText: argument #5 %(opts%): no such option: colour', 'option')
check.error(function() image.drawText(black, 'a', 1, 1, {color = {1, 2}}) end, 'three numbers', 'colour of two')
check.error(function() image.drawRect(black[1], 1, 1, 2, 2) end, 'drawRect: argument #1 %(img%): image of 3 channels', 'one plane')

-- ---- windows ----

local script = os.tmpname()
local f = io.open(script, 'w')
f:write [[
require 'image'
print(select(2, pcall(image.display, torch.rand(3, 4, 5))))
print(select(2, pcall(image.window)))
local w = {show = function(self, img) self.img = img return self end}
print(image.display{image = torch.rand(3, 4, 5), win = w, zoom = 2} == w, table.concat(w.img:size():totable(), 'x'))
]]
f:close()
local function run(environment)
   local pipe = io.popen(("env %s '%s' '%s' 2>&1"):format(environment, arg[-1], script))
   local said = pipe:read('*a')
   pipe:close()
   return said
end
local said = run('-u DISPLAY -u WAYLAND_DISPLAY')
check.match(said, 'image.window: there is no display.*image.window: there is no display', 'no display')
check.match(said, 'true%s+3x8x10', 'a window of the user')

-- a viewer hands the file that it is given through a pipe
local fifo, program = script .. '.fifo', script .. '.viewer'
if check.succeeds(("mkfifo '%s' 2>/dev/null"):format(fifo)) then
   f = io.open(program, 'w')
   f:write(('#!/bin/sh\ncat "$1" > "%s"\n'):format(fifo))
   f:close()
   os.execute(("chmod +x '%s'"):format(program))
   f = io.open(script, 'w')
   f:write(([[
      require 'image'
      local w = image.display(torch.rand(3, 4, 5))
      local f = io.open('%s', 'rb')
      local bytes = f:read('*a')
      os.remove(w.filename)
      print(table.concat(image.decompress(torch.ByteTensor(torch.ByteStorage():string(bytes))):size():totable(), 'x'))
   ]]):format(fifo))
   f:close()
   check.match(run(("DISPLAY=:0 IMAGE_VIEWER='%s'"):format(program)), '^3x4x5%s$', 'a viewer gets the picture')
   check.match(run("DISPLAY=:0 IMAGE_VIEWER=no-such-viewer PATH=/nowhere"), 'no program shows images here', 'no viewer')
else
   print('skipped: a viewer: no mkfifo')
end
for _, path in ipairs{script, fifo, program} do os.remove(path) end

-- ---- pictures ----

local lena = image.lena()
check.eq(lena:size():totable(), {3, 512, 512}, 'lena')
check.eq(image.fabio():size():totable(), {512, 512}, 'fabio')
check.ok(lena:min() >= 0 and lena:max() <= 1 and lena:std() > .1, 'range of lena')
check.ok(lena:ne(image.lena()):sum() == 0, 'lena is the same each time')

local _, ok = check.captured(image.test)
check.ok(ok, 'image.test')

check.finish()
