-- image: files. Round trips; PNG of every kind from a writer of its own (png.lua); JPEG of several kinds from test/data;
-- PPM as text and in binary; broken files give errors.
local here = arg[0]:match('^(.*/)') or './'
local check, png = dofile(here .. 'check.lua'), dofile(here .. 'png.lua')
require 'image'
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(1)

local has = {png = image.is_supported('png'), jpg = image.is_supported('jpg')}
for kind, package in pairs{png = 'libpng', jpg = 'libjpeg'} do
   if not has[kind] then print(('skipped: %s: this build has no %s'):format(kind, package)) end
end
local path = os.tmpname()
local files = {}
local function name(ending)
   files[#files + 1] = path .. '.' .. ending
   return files[#files]
end

local function bytes_of(s)
   return torch.ByteTensor(torch.ByteStorage():string(s))
end
local function same(a, b) return a:isSameSizeAs(b) and torch.typename(a) == torch.typename(b) and a:ne(b):sum() == 0 end

local picture = image.scale(image.lena(), 37, 23):mul(255):byte()
local function in_layouts(x)
   return {contiguous = x, turned = x:transpose(2, 3):contiguous():transpose(2, 3),
      narrowed = x.new(x:size(1), x:size(2) + 3, x:size(3) + 2):fill(7):narrow(2, 2, x:size(2)):narrow(3, 3, x:size(3)):copy(x)}
end

-- ---- lossless round trips ----

local function round_trip(what, x, save, load)
   for layout, y in pairs(in_layouts(x)) do
      save(y)
      check.ok(same(load(), x), what .. ' ' .. layout)
   end
end

for channels = 1, 4 do
   local x = torch.cat(picture, picture:narrow(1, 1, 1), 1):narrow(1, 1, channels):clone()
   if has.png then
      local file = name('png')
      round_trip('png of ' .. channels, x, function(y) image.save(file, y) end, function() return image.load(file, nil, 'byte') end)
      check.eq(image.getSize(file):totable(), {channels, 23, 37}, 'size of a png of ' .. channels)
      check.eq(image.getPNGsize(file):totable(), {channels, 23, 37}, 'getPNGsize')
      check.ok(same(image.decompressPNG(image.compressPNG(x), nil, 'byte'), x), 'compressPNG of ' .. channels)
      check.ok(same(image.decompress(image.compressPNG(x), nil, 'byte'), x), 'decompress tells a png')
   end
   if channels == 1 or channels == 3 then
      local file = name(channels == 1 and 'pgm' or 'ppm')
      round_trip('ppm of ' .. channels, x, function(y) image.save(file, y) end, function() return image.load(file, nil, 'byte') end)
      check.eq(image.getPPMsize(file):totable(), {channels, 23, 37}, 'getPPMsize')
      check.ok(same(image.loadPPM(file, nil, 'byte'), x), 'loadPPM')
   end
end

-- every value of a Byte survives as a Float and as a Double
for _, type in ipairs{'float', 'double'} do
   local x = torch.range(0, 255):byte():view(1, 16, 16)
   local file = name('pgm')
   image.save(file, x)
   local y = image.load(file, nil, type)
   check.eq(torch.typename(y):lower(), 'torch.' .. type .. 'tensor', 'type asked for')
   check.eq(y[1][16][16], 1, '255 is 1')
   image.save(file, y)
   check.ok(same(image.load(file, nil, 'byte'), x), 'bytes by way of ' .. type)
   image.save(file, torch[type == 'float' and 'FloatTensor' or 'DoubleTensor']{{-1, .5, 2, 0 / 0, 1 / 0, .499}})
   check.eq(image.load(file, nil, 'byte'):view(-1):totable(), {0, 127, 255, 0, 255, 127}, 'cut off, fractions dropped, ' .. type)
end
check.eq(torch.typename(image.decompress(bytes_of('P2 1 1 4 1'))), 'torch.FloatTensor', 'default type')
torch.setdefaulttensortype('torch.DoubleTensor')
check.eq(torch.typename(image.decompress(bytes_of('P2 1 1 4 1'))), 'torch.DoubleTensor', 'another default type')
torch.setdefaulttensortype('torch.FloatTensor')

if has.png then
   local deep = torch.rand(3, 5, 7):mul(65535):floor():div(65535)
   local y = image.decompressPNG(image.compressPNG(deep, 16))
   check.ok((y - deep):abs():max() < 1e-6, '16 bits')
   check.ok(same(image.decompressPNG(image.compressPNG(picture, 16), nil, 'byte'), picture), 'bytes by way of 16 bits')
   check.ok(same(image.decompressPNG(image.compressPNG(picture[1])), image.decompressPNG(image.compressPNG(picture:narrow(1, 1, 1)))), 'two dimensions')
   check.error(function() image.savePNG(path, picture, 4) end, 'savePNG: argument #3 %(bits%): 8 or 16', 'bits')
   check.error(function() image.compressPNG(torch.rand(5, 2, 2)) end, 'compressPNG: PNG has 1 to 4 channels.*has 5', 'channels')
end

-- ---- depth ----

for channels = 1, has.png and 4 or 0 do
   local x = torch.rand(channels, 3, 4)
   local bytes = image.compressPNG(x)
   local full = image.decompress(bytes)
   local gray, rgb = image.decompress(bytes, 1), image.decompress(bytes, 3)
   check.eq(gray:size():totable(), {1, 3, 4}, 'depth 1 of ' .. channels)
   check.eq(rgb:size():totable(), {3, 3, 4}, 'depth 3 of ' .. channels)
   local y = channels < 3 and full[1] or full[1] * .299 + full[2] * .587 + full[3] * .114
   check.ok((gray[1] - y):abs():max() < 1e-6, 'luminance of ' .. channels)
   for c = 1, 3 do check.ok(same(rgb[c], full[channels < 3 and 1 or c]), 'channel of depth 3 of ' .. channels) end
end

-- ---- PNG of every kind ----

local function levels(bits) return 2 ^ bits - 1 end
local function some(x, y, c, most) return (x * 37 + y * 101 + c * 59 + x * y * 13) % (most + 1) end

local function png_case(p)
   local most, n = levels(p.bits), ({[0] = 1, [2] = 3, [3] = 3, [4] = 2, [6] = 4})[p.colour]
   p.sample = function(x, y, c) return some(x, y, c, most) end
   local what = ('png colour %d, %d bits, %dx%d%s'):format(p.colour, p.bits, p.width, p.height, p.interlaced and ', interlaced' or '')
   local file = bytes_of(png.write(p))
   local expected = torch.DoubleTensor(n, p.height, p.width)
   for y = 0, p.height - 1 do
      for x = 0, p.width - 1 do
         for c = 1, n do
            local v = p.colour == 3 and p.palette:byte(3 * some(x, y, 1, most) + c) / 255 or some(x, y, c, most) / most
            expected[{c, y + 1, x + 1}] = v
         end
      end
   end
   local got = image.decompressPNG(file, nil, 'double')
   check.ok(got:isSameSizeAs(expected) and (got - expected):abs():max() < 1e-12, what)
   local bytes = image.decompressPNG(file, nil, 'byte')
   check.ok((bytes:double() - expected * 255):abs():max() <= .5, what .. ', as Bytes')
end

for _, kind in ipairs(has.png and {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16},
   {6, 8}, {6, 16}} or {}) do
   local colour, bits = unpack(kind)
   local palette
   if colour == 3 then
      local list = {}
      for i = 1, 3 * 2 ^ bits do list[i] = string.char((i * 71) % 256) end
      palette = table.concat(list)
   end
   for _, size in ipairs{{1, 1}, {13, 9}, {3, 17}} do
      for _, interlaced in ipairs{false, true} do
         png_case{colour = colour, bits = bits, width = size[1], height = size[2], interlaced = interlaced, palette = palette}
      end
   end
end

if has.png then
   local function column(x) return x end
   local palette = '\0\0\0\255\0\0\0\255\0'
   local file = png.write{width = 3, height = 1, bits = 8, colour = 3, palette = palette, trns = '\0\128', sample = column}
   local y = image.decompressPNG(bytes_of(file), nil, 'byte')
   check.eq(y:view(-1):totable(), {0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 128, 255}, 'palette with transparency')
   y = image.decompressPNG(bytes_of(png.write{width = 3, height = 1, bits = 8, colour = 0, trns = '\0\1', sample = column}), nil, 'byte')
   check.eq(y:view(-1):totable(), {0, 1, 2, 255, 0, 255}, 'a transparent gray')
   y = image.decompressPNG(bytes_of(png.write{width = 2, height = 1, bits = 16, colour = 2, trns = ('\0\1'):rep(3), sample = column}), nil, 'double')
   check.eq(y[4]:view(-1):totable(), {1, 0}, 'a transparent colour of 16 bits')
end

-- ---- JPEG ----

local function difference(a, b) return (a:double() - b:double()):abs():mean() end

if has.jpg then
   local x = image.scale(image.lena(), 120, 90)
   local last, worst = 0, .15
   for _, quality in ipairs{5, 50, 75, 95} do
      local bytes = image.compressJPG(x, quality)
      check.ok(bytes:nElement() > last, 'more bytes for quality ' .. quality)
      last = bytes:nElement()
      local y = image.decompressJPG(bytes)
      check.ok(y:isSameSizeAs(x) and difference(x, y) < worst, 'jpg of quality ' .. quality)
      worst = difference(x, y)
   end
   check.eq(image.compressJPG(x):nElement(), image.compressJPG(x, 75):nElement(), 'default quality')
   check.ok(difference(image.decompressJPG(image.compressJPG(x, 90)), image.decompressJPG(image.compressJPG(x:double(), 90))) == 0, 'Doubles')
   local file = name('jpg')
   image.save(file, x)
   check.eq(image.getSize(file):totable(), {3, 90, 120}, 'size of a jpg')
   check.eq(image.getJPGsize(file):totable(), {3, 90, 120}, 'getJPGsize')
   image.saveJPG(file, x[1], 100)
   local y = image.load(file, 1)
   check.ok(y:size(1) == 1 and difference(y[1], x[1]) < .01, 'gray jpg')
   check.eq(image.load(file, 3):size():totable(), {3, 90, 120}, 'gray jpg in three channels')
   for layout, z in pairs(in_layouts(x)) do check.ok(same(image.compressJPG(z), image.compressJPG(x)), 'jpg ' .. layout) end
   check.error(function() image.saveJPG(file, x, 101) end, 'saveJPG: argument #3 %(quality%): 0 to 100', 'quality')
   check.error(function() image.compressJPG(torch.rand(2, 3, 3)) end, '1 or 3 channels, the image has 2', 'channels of a jpg')
   check.error(function() image.compressJPG(torch.ByteTensor(1, 1, 70000)) end, 'at most 65500 rows', 'too wide a jpg')

   local data = here .. '../data/image/'
   local inks, plain = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {131, 106, 82}}, {{0, 255, 255}, {255, 0, 255}, {255, 255, 0}, {40, 80, 120}}
   for kind, expected in pairs{cmyk = inks, cmyk_adobe = inks, ycck = inks, progressive = plain} do
      y = image.load(data .. kind .. '.jpg', nil, 'byte')
      check.eq(y:size():totable(), {3, 16, 16}, kind)
      for i, place in ipairs{{3, 3}, {3, 13}, {13, 3}, {13, 13}} do
         for c = 1, 3 do check.ok(math.abs(y[c][place[1]][place[2]] - expected[i][c]) <= 2, kind .. ' quarter ' .. i) end
      end
   end
end

-- ---- PPM ----

local function values(text, type) return image.decompress(bytes_of(text), nil, type or 'byte'):view(-1):totable() end
check.eq(values('P2\n# a comment\n2 2\n255\n1 2\n3 4\n'), {1, 2, 3, 4}, 'P2')
check.eq(values('P3 1 2 #w h\n10 0 5 10 10 0 0'), {0, 255, 128, 0, 255, 0}, 'P3 of another largest value')
check.eq(values('P5 2 1 255\n\0\255'), {0, 255}, 'P5')
check.eq(values('P6 1 1 255\n\1\2\3'), {1, 2, 3}, 'P6')
check.eq(values('P5 2 1 65535\n\255\255\0\0', 'double'), {1, 0}, 'P5 of two bytes')
check.eq(values('P2 2 1 4 9 2', 'double'), {1, .5}, 'above the largest value')
check.error(function() image.savePPM(path, torch.rand(1, 2, 2)) end, 'PPM has 3 channels, the image has 1', 'channels of a ppm')
check.error(function() image.savePGM(path, torch.rand(3, 2, 2)) end, 'PGM has 1 channels, the image has 3', 'channels of a pgm')
for _, text in ipairs{'P2 ', 'P2 2', 'P2 2 2 255', 'P2 2 2 255 1 2 3', 'P2 2 2 255 1 2 3 x', 'P2 0 2 255 1', 'P2 2 2 0 1', 'P2 -1 2 255 1',
   'P2 99999999999 1 255 1', 'P5 2 2 255\n123', 'P5 2 2 65536\n12345678', 'P5 2 2 256\n1234', 'P6 1000000 1000000 255\n123'} do
   check.error(function() image.decompress(bytes_of(text)) end, 'image.decompress: PPM: ', 'broken ' .. text)
end

-- ---- what is no picture, or too large a one ----

check.error(function() image.load(path .. '.none') end, 'image.load: cannot read .*No such file', 'no file')
check.error(function() image.load('/') end, 'image.load: cannot read', 'a folder')
check.error(function() image.load(path) end, 'image.load: .*by its first bytes', 'an empty file')
check.error(function() image.decompress(bytes_of('hello')) end, 'image.decompress: neither PNG', 'text')
check.error(function() image.decompress(torch.ByteTensor()) end, 'neither PNG', 'nothing')
check.error(function() image.save(path .. '.gif', picture) end, "save: argument #1 %(filename%): ending png", 'unknown ending')
check.error(function() image.save('/nowhere/at/all.ppm', picture) end, 'image.save.*cannot write /nowhere', 'unknown folder')
check.error(function() image.decompress(bytes_of('P2 1 1 4 1'), 2) end, 'decompress: argument #2 %(depth%): 1 or 3', 'depth 2')
check.error(function() image.load(path, 3, 'int') end, "load: argument #3 %(tensortype%): 'byte' or 'float' or 'double'", 'type')

local good = {}
if has.png then good.png = image.compressPNG(picture) end
if has.jpg then good.jpg = image.compressJPG(picture) end
for kind, bytes in pairs(good) do
   local n = bytes:nElement()
   for _, length in ipairs{1, 4, 8, 20, math.floor(n / 2), n - (kind == 'png' and 1 or 9)} do
      check.error(function() image.decompress(bytes:narrow(1, 1, length)) end, 'image.decompress: ', kind .. ' cut short at ' .. length)
   end
end
if has.jpg then
   local n = good.jpg:nElement()
   check.ok(same(image.decompress(good.jpg:narrow(1, 1, n - 2)), image.decompress(good.jpg)), 'a jpg without its last marker')
end
if has.png then
   local function announced(width, height)
      return bytes_of(png.write{width = 1, height = 1, bits = 8, colour = 6, sample = function() return 0 end}:gsub('IHDR.-IDAT', function()
         local header = png.chunk('IHDR', png.big(width, 4) .. png.big(height, 4) .. '\8\6\0\0\0')
         return header:sub(5) .. png.big(15, 4) .. 'IDAT'
      end, 1))
   end
   check.error(function() image.decompress(announced(30000, 8000)) end, 'too short for the 30000 x 8000', 'a png that announces much')
   check.error(function() image.decompress(announced(2 ^ 31 - 1, 2 ^ 31 - 1)) end, 'image.maxpixels', 'a png that announces too much')
   -- texts, profiles and chunks that nobody knows are passed over, whatever they hold
   local plain = png.write{width = 3, height = 2, bits = 8, colour = 2, sample = function(x, y, c) return 40 * x + 20 * y + c end}
   local extra = png.chunk('iCCP', 'name\0\0' .. png.stored('no profile')) .. png.chunk('zTXt', 'a\0\0' .. png.stored(('b'):rep(1e5)))
      .. png.chunk('tEXt', 'a\0b') .. png.chunk('gAMA', png.big(1, 4)) .. png.chunk('xyZz', 'abc')
   check.ok(same(image.decompress(bytes_of(plain:sub(1, 33) .. extra .. plain:sub(34))), image.decompress(bytes_of(plain))), 'chunks that do not matter')
   image.maxpixels = 100
   check.error(function() image.decompress(good.png) end, '37 x 23 pixels are more than image.maxpixels %(100%)', 'maxpixels')
   image.maxpixels = 2 ^ 28
end

-- a kind whose library is missing
local th = arg[-1]
local script = path .. '.lua'
local f = io.open(script, 'w')
f:write [[
package.preload.libimagepng = function() error('no such library') end
require 'image'
print(image.is_supported('png'), image.supported_filetypes.PNG, image.is_supported('ppm'))
print(select(2, pcall(image.save, 'x.png', torch.rand(2, 2))))
print(select(2, pcall(image.compressPNG, torch.rand(2, 2))))
]]
f:close()
local pipe = io.popen(("'%s' '%s' 2>&1"):format(th, script))
local said = pipe:read('*a')
pipe:close()
check.match(said, 'false%s+nil%s+true', 'a kind without its library')
check.match(said, 'image.save: PNG files need libpng, .*%(libpng%-dev on Debian%)', 'what to install')
check.match(said, 'image.compressPNG: PNG files need libpng', 'what to install, of another function')

os.remove(script)
os.remove(path)
for _, file in ipairs(files) do os.remove(file) end
check.finish()
