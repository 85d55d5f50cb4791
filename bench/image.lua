package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
require 'image'

-- Images of 1000 x 1000: beside PyTorch's functions that do the same, and files beside Pillow where PYTHON has it.

torch.setdefaulttensortype('torch.FloatTensor')
local N = 1000
local photo = image.scale(image.lena(), N, N)
local pixels = N * N
local start = 'import torch.nn.functional as F\nimport math\nx = torch.rand(1, 3, 1000, 1000)\n'

local function call(f, ...)
   local args = {...}
   return function()
      local dst = torch.FloatTensor()
      return function(n) for _ = 1, n do f(dst, unpack(args)) end end
   end
end

local function scaled(to, mode, peer)
   return {name = ('scale to %d, %s'):format(to, mode), per = to * to, setup = call(image.scale, photo, to, to, mode), peer_setup = start,
      peer = ('F.interpolate(x, size=(%d, %d), %s)'):format(to, to, peer)}
end

local turn = 'F.affine_grid(torch.tensor([[[math.cos(t), -math.sin(t), 0], [math.sin(t), math.cos(t), 0]]]), '
   .. '(1, 3, 1000, 1000), align_corners=True)'
local grid = start .. 't = math.pi / 7\ng = ' .. turn
local function sampled(mode) return ("F.grid_sample(x, g, mode='%s', align_corners=True)"):format(mode) end

local field = torch.randn(2, N, N):mul(3)
local function gauss(size) return image.gaussian{size = size, normalize = true} end
local function convolved(size)
   return {name = ('convolve by %dx%d, valid'):format(size, size), per = pixels, setup = call(image.convolve, photo, gauss(size)),
      peer_setup = start .. ('k = torch.rand(3, 1, %d, %d)'):format(size, size), peer = 'F.conv2d(x, k, groups=3)'}
end

bench.run('image, 3 x 1000 x 1000 floats; a pixel of the result', {
   scaled(500, 'bilinear', "mode='area'"),
   scaled(224, 'bilinear', "mode='area'"),
   scaled(1700, 'bilinear', "mode='bilinear', align_corners=True"),
   scaled(1700, 'bicubic', "mode='bicubic', align_corners=True"),
   scaled(1700, 'simple', "mode='nearest'"),
   {name = 'rotate, simple', per = pixels, setup = call(image.rotate, photo, math.pi / 7), peer_setup = grid,
    peer = 'g = ' .. turn .. '\n' .. sampled('nearest')},
   {name = 'rotate, bilinear', per = pixels, setup = call(image.rotate, photo, math.pi / 7, 'bilinear'), peer_setup = grid,
    peer = 'g = ' .. turn .. '\n' .. sampled('bilinear')},
   {name = 'warp, bilinear', per = pixels, setup = call(image.warp, photo, field), peer_setup = grid, peer = sampled('bilinear')},
   {name = 'warp, bicubic', per = pixels, setup = call(image.warp, photo, field, 'bicubic'), peer_setup = grid, peer = sampled('bicubic')},
   convolved(3), convolved(9),
   {name = 'hflip', per = pixels, setup = call(image.hflip, photo), peer_setup = start, peer = 'x.flip(3)'},
   {name = 'rgb2y', per = pixels, setup = call(image.rgb2y, photo), peer_setup = start .. 'w = torch.tensor([.299, .587, .114])',
    peer = "torch.einsum('bchw,c->bhw', x, w)"},
   {name = 'rgb2hsv', per = pixels, setup = call(image.rgb2hsv, photo)},
   {name = 'rgb2lab', per = pixels, setup = call(image.rgb2lab, photo)},
})

-- ---- files ----

local pillow = bench.succeeds((os.getenv('PYTHON') or 'python3') .. ' -c "import PIL, torch" >/dev/null 2>&1')

local function file_cases(kind, compress, decompress)
   if not image.is_supported(kind) then return {} end
   local bytes, path = compress(photo), os.tmpname() .. '.' .. kind
   image.save(path, photo)
   local open = ('from PIL import Image\nimport io\nd = open(%q, "rb").read()\nimg = Image.open(io.BytesIO(d))\nimg.load()\n'):format(path)
   local pillow_kind = kind == 'jpg' and 'JPEG' or 'PNG'
   return {
      {name = ('decompress %s, %d KB, to Bytes'):format(kind, bytes:nElement() / 1024), per = pixels,
       setup = function() return function(n) for _ = 1, n do decompress(bytes, 3, 'byte') end end end,
       peer_setup = open, peer = pillow and 'Image.open(io.BytesIO(d)).load()' or nil},
      {name = ('decompress %s, to Floats'):format(kind), per = pixels,
       setup = function() return function(n) for _ = 1, n do decompress(bytes, 3, 'float') end end end},
      {name = ('compress %s'):format(kind), per = pixels, setup = function() return function(n) for _ = 1, n do compress(photo) end end end,
       peer_setup = open, peer = pillow and ('img.save(io.BytesIO(), "%s")'):format(pillow_kind) or nil},
   }
end
for _, cases in ipairs{file_cases('jpg', image.compressJPG, image.decompressJPG), file_cases('png', image.compressPNG, image.decompressPNG)} do
   bench.run('files, 1000 x 1000 RGB; a pixel', cases)
end
