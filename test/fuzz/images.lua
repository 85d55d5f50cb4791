--- Mutated files of images, read: an error that says why, or an image. Every kind, as every type. It passes when nothing
-- crashes and no error is of another kind; under the sanitizers, when nothing is reported.
--   th test/fuzz/images.lua [files=2000, or seconds as 600s] [seed=1]
require 'image'
local here = arg[0]:match('^(.*/)') or './'
local png = dofile(here .. '../lua/png.lua')
local F = dofile(here .. 'fuzz.lua')(2000)
local draw, pick = F.draw, F.pick
image.maxpixels = 2 ^ 20

-- ---- what is mutated ----

local function string_of(bytes) return bytes:storage():string() end
local function contents(path)
   local f = io.open(path, 'rb')
   local s = f:read('*a')
   f:close()
   return s
end

local function add_png(list, picture)
   for _, kind in ipairs{{0, 1}, {0, 4}, {0, 16}, {2, 8}, {3, 2}, {3, 8}, {4, 8}, {6, 16}} do
      for _, interlaced in ipairs{false, true} do
         local most = 2 ^ kind[2] - 1
         list[#list + 1] = png.write{colour = kind[1], bits = kind[2], width = 13, height = 9, interlaced = interlaced,
            palette = kind[1] == 3 and ('\1\2\3'):rep(2 ^ kind[2]) or nil, trns = kind[1] == 3 and '\7\9' or kind[1] == 0 and '\0\1' or nil,
            sample = function(x, y, c) return (x * 7 + y * 5 + c) % (most + 1) end}
      end
   end
   for channels = 1, 4 do
      list[#list + 1] = string_of(image.compressPNG(torch.cat(picture, picture:narrow(1, 1, 1), 1):narrow(1, 1, channels)))
   end
end

local function add_jpg(list, picture)
   for _, quality in ipairs{10, 75, 100} do list[#list + 1] = string_of(image.compressJPG(picture, quality)) end
   list[#list + 1] = string_of(image.compressJPG(picture[1]))
   for _, name in ipairs{'cmyk', 'cmyk_adobe', 'ycck', 'progressive'} do list[#list + 1] = contents(here .. '../data/image/' .. name .. '.jpg') end
end

local function originals()
   local list, picture = {}, image.scale(image.lena(), 24, 18)
   if image.is_supported('png') then add_png(list, picture) end
   if image.is_supported('jpg') then add_jpg(list, picture) end
   for _, text in ipairs{'P2\n# gray\n3 2\n255\n1 2 3\n4 5 6\n', 'P3 1 2 1000 1 2 3 400 500 600 ', 'P5 4 2 255\n12345678', 'P6 2 2 255\nabcdefghijkl',
      'P5 2 2 65535\n12345678', 'P6 1 1 300\nabcdef'} do
      list[#list + 1] = text
   end
   return list
end
local texts = originals()

-- ---- mutations ----

local function big(v, n) return png.big(v % 256 ^ n, n) end
local numbers = {0, 1, 2, 3, 7, 8, 15, 16, 127, 128, 255, 256, 32767, 65535, 2 ^ 16, 2 ^ 20, 2 ^ 31 - 1, 2 ^ 31, 2 ^ 32 - 1}
local words = {'0', '-1', '1', '2', '65536', '2147483647', '4294967296', '99999999999999999999', 'P6', '#', ''}

local mutations = {
   function(s, at) return s:sub(1, at - 1) .. string.char(draw(256) - 1) .. s:sub(at + 1) end,
   function(s, at) return s:sub(1, at - 1) .. string.char(bit.bxor(s:byte(at), 2 ^ (draw(8) - 1))) .. s:sub(at + 1) end,
   function(s, at) return s:sub(1, at) .. string.char(draw(256) - 1) .. s:sub(at + 1) end,
   function(s, at) return s:sub(1, at - 1) .. s:sub(at + draw(8)) end,
   function(s, at) return s:sub(1, at - 1) end,
   function(s, at) return s:sub(1, at - 1) .. big(pick(numbers), 4) .. s:sub(at + 4) end,
   function(s, at) return s:sub(1, at - 1) .. big(pick(numbers), 2) .. s:sub(at + 2) end,
   function(s, at)
      local from = draw(#s)
      return s:sub(1, at - 1) .. s:sub(from, from + draw(60)) .. s:sub(at + draw(60))
   end,
   function(s, at) return s:sub(1, at - 1) .. s:sub(at, at + draw(30)):rep(draw(4)) .. s:sub(at) end,
   function(s, at)
      local first, last = s:find('%d+', at)
      return first and s:sub(1, first - 1) .. pick(words) .. s:sub(last + 1) or s
   end,
   function(s) return s:sub(1, draw(40)) .. pick(texts):sub(draw(40)) end,
}

-- A PNG is refused at the first wrong checksum: mends those of its chunks.
local function mend(s)
   if s:sub(1, 8) ~= '\137PNG\r\n\26\n' then return s end
   local chunks, at = {s:sub(1, 8)}, 9
   while at + 8 <= #s do
      local a, b, c, d = s:byte(at, at + 3)
      local n = ((a * 256 + b) * 256 + c) * 256 + d
      if at + n + 11 > #s then break end
      chunks[#chunks + 1] = png.chunk(s:sub(at + 4, at + 7), s:sub(at + 8, at + 7 + n))
      at = at + n + 12
   end
   return table.concat(chunks) .. s:sub(at)
end

local function mutate(s)
   for _ = 1, draw(3) do
      if #s > 0 then s = pick(mutations)(s, draw(#s)) end
   end
   return draw(4) > 1 and mend(s) or s
end

-- ---- use ----

local function bytes_of(s) return torch.ByteTensor(torch.ByteStorage():string(s)) end

local names = {'decompress', 'decompressPNG', 'decompressJPG'}
local total, read = 0, 0
for k in F.rounds() do
   total = k
   local bytes = bytes_of(mutate(pick(texts)))
   local name = draw(10) == 1 and pick(names) or 'decompress'
   local ok, img = pcall(image[name], bytes, pick{1, 3, false} or nil, pick{'byte', 'float', 'double'})
   if ok then
      assert(img:dim() == 3 and img:nElement() <= 4 * image.maxpixels and tonumber(img:sum()), 'not an image')
      read = read + 1
   else
      assert(img:find('image%.decompress%a*: '), img)
   end
end
print(('%d mutated images, %d of them could be read, seed %d'):format(total, read, F.seed))
