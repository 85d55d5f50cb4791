-- image: every allocation failing in turn is an ordinary error that leaves nothing behind; neither do broken files.
-- labels: mem
local here = arg[0]:match('^(.*/)') or './'
local check, T = dofile(here .. 'check.lua'), dofile(here .. 'optest.lua')
require 'image'
torch.setdefaulttensortype('torch.FloatTensor')
torch.setnumthreads(1)

local function attempt(f)
   local ok, err = pcall(f)
   return ok, not ok and tostring(err) or nil
end

-- the allocations of f, each failing
local function walk(name, f)
   f()
   local before, worst = T.objects(), 0
   for n = 1, 100 do
      torch.failallocation(n)
      local ok, err = attempt(f)
      torch.failallocation(0)
      if ok then return check.ok(n > 1 and worst <= before, ('%s: %d objects after failures, %d before'):format(name, worst, before)) end
      if not check.match(err, 'memory', ('%s: allocation %d'):format(name, n)) then return end
      worst = math.max(worst, T.objects())
   end
   check.ok(false, name .. ': fails after 100 allocations')
end

local x = torch.rand(3, 6, 5)
local turned = x:transpose(2, 3)
for name, f in pairs{
   scale = function() return image.scale(x, 9, 9) end,
   ['scale, simple'] = function() return image.scale(turned, 2, 3, 'simple') end,
   ['scale, in place'] = function()
      local y = x:clone()
      return image.scale(y, y, 4, 3)
   end,
   rotate = function() return image.rotate(turned, 1, 'bilinear') end,
   warp = function() return image.warp(x:byte(), torch.IntTensor(2, 3, 4):fill(1), 'bicubic') end,
   flip = function() return image.flip(turned, 1) end,
   colours = function() return image.rgb2hsv(turned) end,
   colorize = function() return image.y2jet(x[1]) end,
   convolve = function() return image.convolve(x, torch.ones(2, 2), 'same') end,
   ppm = function() return image.decompress(torch.ByteTensor(torch.ByteStorage():string('P6 1 1 255\nabc'))) end,
} do
   walk(name, f)
end

local kinds = {}
if image.is_supported('png') then
   kinds.png = {image.compressPNG, image.decompressPNG}
else
   print('skipped: png: this build has no libpng')
end
if image.is_supported('jpg') then
   kinds.jpg = {image.compressJPG, image.decompressJPG}
else
   print('skipped: jpg: this build has no libjpeg')
end

-- Memory of the process in KB, that of the libraries included; nil where it tells nothing: under the address sanitizer, which keeps
-- what is freed and takes terabytes of addresses.
local function resident()
   collectgarbage()
   collectgarbage()
   local f = io.open('/proc/self/status')
   local status = f and f:read('*a') or ''
   if f then f:close() end
   local addresses = tonumber(status:match('VmSize:%s*(%d+)'))
   return addresses and addresses < 2 ^ 32 and tonumber(status:match('VmRSS:%s*(%d+)')) or nil
end

for kind, codec in pairs(kinds) do
   local compress, decompress = unpack(codec)
   local bytes = compress(x)
   walk('compress ' .. kind, function() return compress(turned) end)
   walk('decompress ' .. kind, function() return decompress(bytes) end)
   local cut = bytes:narrow(1, 1, math.floor(bytes:nElement() * .8))
   local function fail()
      pcall(decompress, cut)
      pcall(compress, torch.FloatTensor(1, 1, 70000))
      torch.failallocation(2)
      pcall(decompress, bytes)
      torch.failallocation(0)
   end
   for _ = 1, 100 do fail() end
   local before = resident()
   if before then
      for _ = 1, 2000 do fail() end
      check.ok(resident() - before < 20000, ('%s: %d KB after failures, %d before'):format(kind, resident(), before))
   else
      print('skipped: memory of the process: no /proc/self/status, or the address sanitizer')
   end
end

check.finish()
