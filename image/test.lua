-- image.test(): what an installation should be able to do, by torch.Tester. The tests of the project say more.
local torch = torch
local tests, tester = torch.TestSuite(), nil

-- lossless: the same bytes; JPEG: close to them.
local function round_trip(compress, decompress, most)
   local x = image.scale(image.lena(), 64, 48):mul(255):byte()
   local y = decompress(compress(x), 3, 'byte')
   tester:assert(y:isSameSizeAs(x), 'size')
   tester:assertle((y:double() - x:double()):abs():mean(), most, 'mean difference')
end

function tests.png()
   if image.is_supported('png') then round_trip(image.compressPNG, image.decompressPNG, 0) end
end
function tests.jpg()
   if image.is_supported('jpg') then round_trip(image.compressJPG, image.decompressJPG, 10) end
end

function tests.ppm()
   local x, path = image.fabio():mul(255):byte(), os.tmpname()
   image.savePGM(path, x)
   tester:eq(image.load(path, 1, 'byte')[1], x)
   os.remove(path)
end

function tests.scale()
   local x = torch.Tensor{{0, 1}, {2, 3}}
   tester:eq(image.scale(x, 3, 3), torch.Tensor{{0, .5, 1}, {1, 1.5, 2}, {2, 2.5, 3}}, 1e-12)
   tester:eq(image.scale(x, 1, 1), torch.Tensor{{1.5}}, 1e-12)
end

function tests.turns()
   local x = torch.rand(2, 4, 5)
   tester:eq(image.hflip(image.hflip(x)), x)
   tester:eq(image.flip(image.vflip(x), 2), x)
   tester:eq(image.rotate(torch.range(1, 9):view(3, 3), math.pi / 2), torch.Tensor{{3, 6, 9}, {2, 5, 8}, {1, 4, 7}})
   tester:eq(image.warp(x, torch.zeros(2, 4, 5)), x)
end

function tests.colours()
   local x = torch.rand(3, 5, 7)
   for _, space in ipairs{'yuv', 'hsl', 'hsv', 'lab'} do
      tester:eq(image[space .. '2rgb'](image['rgb2' .. space](x)), x, 1e-4, space)
   end
end

function tests.filters()
   tester:assertalmosteq(image.gaussian{size = 5, normalize = true}:sum(), 1, 1e-12)
   tester:eq(image.convolve(torch.ones(4, 4), torch.ones(3, 3)), torch.Tensor(2, 2):fill(9))
end

--- Runs all tests, or those named in a table; prints the result.
return function(names)
   tester = torch.Tester()
   tester:add(tests)
   tester:run(names)
   return tester
end
