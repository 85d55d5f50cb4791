-- Files of images: PNG, JPEG, PPM and PGM. Files are read and written whole; the codecs work on ByteTensors.
--
-- An image of one channel, or three (RGB), or with alpha (2 or 4) is [channels x height x width]: 0 to 255 in a
-- ByteTensor, else 0 to 1. Saving takes [height x width], too, cuts off at 0 and 1, and drops fractions of 1/255.
local file = require('libtorch').file
local call = require 'image.call'
local torch = torch
local M = {}

-- ---- kinds of files ----

local kinds = {
   png = {name = 'PNG', module = 'libimagepng', library = 'libpng', package = 'libpng-dev'},
   jpg = {name = 'JPEG', module = 'libimagejpeg', library = 'libjpeg', package = 'libjpeg-dev'},
   ppm = {name = 'PPM', module = 'libimageppm'},
}

-- Whether the library of a kind was there when this was built.
local function available(kind)
   local ok, codec = pcall(require, kind.module)
   return ok and codec
end

local function codec_of(what, kind)
   return available(kind) or call.fail(what, '%s files need %s, which was not found when this was built: install it (%s on Debian), '
      .. 'then configure and build again', kind.name, kind.library, kind.package)
end

-- By the first bytes; nil when they tell nothing.
local function kind_of(bytes)
   local n = math.min(bytes:nElement(), 4)
   local start = ''
   for i = 1, n do start = start .. string.char(bytes[i]) end
   if start == '\137PNG' then return kinds.png end
   if start:sub(1, 2) == '\255\216' then return kinds.jpg end
   if start:find('^P[2356]%s') or start:find('^P[2356]#') then return kinds.ppm end
end

-- ---- bytes ----

local function read_file(what, path)
   local ok, bytes = pcall(function()
      local f = torch.DiskFile(path, 'r'):binary()
      f:seekEnd()
      local n = f:position() - 1
      f:seek(1)
      local storage = n > 0 and f:readByte(n)
      f:close()
      return storage and torch.ByteTensor(storage) or torch.ByteTensor()
   end)
   if not ok then call.fail(what, 'cannot read %s: %s', path, tostring(bytes):match('[^:]*: ([^\n]*)$') or tostring(bytes)) end
   return bytes
end

-- The file is there only when it is whole.
local function write_file(what, path, bytes)
   require 'torch.File'
   local ok, why = pcall(function()
      local f = file.newreplacing(path):binary()
      f:writeByte(bytes:storage())
      f:commit_()
   end)
   if not ok then call.fail(what, 'cannot write %s: %s', path, tostring(why)) end
end

-- ---- decoding ----

local function new_image(tensortype)
   if not tensortype then
      tensortype = torch.getdefaulttensortype():match('^torch%.(%w+)Tensor$'):lower()
      if tensortype ~= 'byte' and tensortype ~= 'double' then tensortype = 'float' end
   end
   return tensortype == 'byte' and torch.ByteTensor() or tensortype == 'float' and torch.FloatTensor() or torch.DoubleTensor()
end

-- Of that many channels, 1 or 3; alpha goes.
local function to_depth(img, depth)
   local channels = img:size(1)
   if not depth or depth == channels then return img end
   if depth == 1 then return channels >= 3 and require('image.colours').rgb2y(img:narrow(1, 1, 3)) or img:narrow(1, 1, 1):clone() end
   return channels >= 3 and img:narrow(1, 1, 3):clone()
      or img:narrow(1, 1, 1):expand(3, img:size(2), img:size(3)):clone()
end

local function decode(what, kind, bytes, depth, tensortype, place)
   if depth and depth ~= 1 and depth ~= 3 then call.wrong(what, 2, 'depth', '1 or 3 expected, got %d', depth) end
   local img = new_image(tensortype)
   local ok, why = codec_of(what, kind).decode(bytes, img, image.maxpixels)
   if not ok then call.fail(what, '%s%s: %s', place, kind.name, why) end
   return to_depth(img, depth)
end

local function header(what, kind, bytes, place)
   local channels, height, width = codec_of(what, kind).header(bytes)
   if not channels then call.fail(what, '%s%s: %s', place, kind.name, height) end
   return torch.LongTensor{channels, height, width}
end

local function guess(what, bytes, place)
   return kind_of(bytes) or call.fail(what, '%sneither PNG, JPEG, PPM nor PGM, by its first bytes', place)
end

local types = "[depth int], [tensortype 'byte'|'float'|'double']"

local function loader(what, kind)
   return call.define(what, {'filename string, ' .. types}, function(a)
      local bytes, place = read_file(what, a.filename), a.filename .. ': '
      return decode(what, kind or guess(what, bytes, place), bytes, a.depth, a.tensortype, place)
   end)
end

local function decompressor(what, kind)
   return call.define(what, {'bytes bytes, ' .. types}, function(a)
      return decode(what, kind or guess(what, a.bytes, ''), a.bytes, a.depth, a.tensortype, '')
   end)
end

local function sizer(what, kind)
   return call.define(what, {'filename string'}, function(a)
      local bytes, place = read_file(what, a.filename), a.filename .. ': '
      return header(what, kind or guess(what, bytes, place), bytes, place)
   end)
end

--- image.load(filename [, depth [, tensortype]]): the image in a file, of the kind that its first bytes tell.
-- depth: 1 (the luminance) or 3 channels, by default what the file has. tensortype: 'byte', 'float' or 'double', by
-- default torch's default type. image.loadPNG, loadJPG and loadPPM (PGM, too) take one kind only.
M.load = loader('load')
M.loadPNG, M.loadJPG, M.loadPPM = loader('loadPNG', kinds.png), loader('loadJPG', kinds.jpg), loader('loadPPM', kinds.ppm)

--- image.decompress(bytes [, depth [, tensortype]]): the same from a ByteTensor that holds a file. image.decompressPNG,
-- decompressJPG: one kind only.
M.decompress = decompressor('decompress')
M.decompressPNG, M.decompressJPG = decompressor('decompressPNG', kinds.png), decompressor('decompressJPG', kinds.jpg)

--- image.getSize(filename): LongTensor {channels, height, width}, of which only the head of the file is decoded.
-- image.getPNGsize, getJPGsize, getPPMsize: one kind only.
M.getSize = sizer('getSize')
M.getPNGsize, M.getJPGsize, M.getPPMsize = sizer('getPNGsize', kinds.png), sizer('getJPGsize', kinds.jpg), sizer('getPPMsize', kinds.ppm)

-- ---- encoding ----

local function encode(what, kind, img, option, place)
   local bytes, why = codec_of(what, kind).encode(img, option)
   if not bytes then call.fail(what, '%s%s', place or '', why) end
   return bytes
end

local function bits_of(what, at, bits)
   if bits and bits ~= 8 and bits ~= 16 then call.wrong(what, at, 'bits', '8 or 16 expected, got %d', bits) end
   return bits or 8
end
local function quality_of(what, at, quality)
   if quality and (quality < 0 or quality > 100) then call.wrong(what, at, 'quality', '0 to 100 expected, got %d', quality) end
   return quality or 75
end

local function saver(what, kind, option, f)
   return call.define(what, {'filename string, tensor image' .. option}, function(a)
      write_file(what, a.filename, encode(what, kind, a.tensor, f(a), a.filename .. ': '))
   end)
end

--- image.savePNG(filename, tensor [, bits]): 1 to 4 channels; bits of a sample, 8 or 16.
M.savePNG = saver('savePNG', kinds.png, ', [bits int]', function(a) return bits_of('savePNG', 3, a.bits) end)
--- image.saveJPG(filename, tensor [, quality]): 1 or 3 channels; quality from 0 to 100, by default 75.
M.saveJPG = saver('saveJPG', kinds.jpg, ', [quality int]', function(a) return quality_of('saveJPG', 3, a.quality) end)
--- image.savePPM(filename, tensor): 3 channels; image.savePGM: 1 channel.
M.savePPM = saver('savePPM', kinds.ppm, '', function() return 3 end)
M.savePGM = saver('savePGM', kinds.ppm, '', function() return 1 end)

--- image.compressJPG(tensor [, quality]), image.compressPNG(tensor [, bits]): the file as a ByteTensor.
M.compressJPG = call.define('compressJPG', {'tensor image, [quality int]'}, function(a)
   return encode('compressJPG', kinds.jpg, a.tensor, quality_of('compressJPG', 2, a.quality))
end)
M.compressPNG = call.define('compressPNG', {'tensor image, [bits int]'}, function(a)
   return encode('compressPNG', kinds.png, a.tensor, bits_of('compressPNG', 2, a.bits))
end)

-- ---- by name ----

local savers = {png = {loader = M.loadPNG, saver = M.savePNG, kind = kinds.png}, jpg = {loader = M.loadJPG, saver = M.saveJPG, kind = kinds.jpg},
   ppm = {loader = M.loadPPM, saver = M.savePPM, kind = kinds.ppm}, pgm = {loader = M.loadPPM, saver = M.savePGM, kind = kinds.ppm}}
savers.jpeg = savers.jpg

--- image.supported_filetypes: {loader=, saver=} by the ending of a file's name; without the kinds whose library is missing.
M.supported_filetypes = {}
for ending, type in pairs(savers) do
   if available(type.kind) then
      M.supported_filetypes[ending], M.supported_filetypes[ending:upper()] = type, type
   end
end

--- image.is_supported(ending): whether files of that ending ('png') can be loaded and saved in this build.
M.is_supported = call.define('is_supported', {'ending string'}, function(a)
   return M.supported_filetypes[a.ending] ~= nil
end)

--- image.save(filename, tensor): of the kind that the ending tells: png, jpg, jpeg, ppm, pgm.
M.save = call.define('save', {'filename string, tensor image'}, function(a)
   local ending = (a.filename:match('%.([^./]*)$') or ''):lower()
   local type = savers[ending]
   if not type then call.wrong('save', 1, 'filename', "ending png, jpg, jpeg, ppm or pgm expected, got '%s'", a.filename) end
   codec_of('save', type.kind)
   type.saver(a.filename, a.tensor)
end)

return M
