-- Colours: conversions between spaces, and maps from numbers to colours.
local C = require 'libimage'
local call = require 'image.call'
local torch = torch
local M = {}

-- ---- spaces ----

--- image.rgb2yuv([dst,] src), yuv2rgb, rgb2hsl, hsl2rgb, rgb2hsv, hsv2rgb, rgb2lab, lab2rgb, rgb2nrgb: from 3 channels to 3;
-- image.rgb2y to 1, the luminance. Hue, saturation, lightness, value and luminance lie in 0 to 1 (in Bytes 0 to 255), U and V
-- around 0 (in Bytes what is below is lost); L of Lab in 0 to 100; nrgb is by the sum of the three.
for _, name in ipairs{'rgb2yuv', 'yuv2rgb', 'rgb2y', 'rgb2hsl', 'hsl2rgb', 'rgb2hsv', 'hsv2rgb', 'rgb2lab', 'lab2rgb', 'rgb2nrgb'} do
   local convert, lab = C[name], name:find('lab')
   M[name] = call.define(name, {'[dst result], src rgb'}, function(a)
      if lab and torch.typename(a.src) == 'torch.ByteTensor' then
         call.wrong(name, a.dst and 2 or 1, 'src', 'Float or Double tensor expected, for Lab does not fit in Bytes')
      end
      local r = a.dst or a.src.new()
      convert(r, a.src)
      return r
   end)
end

-- ---- maps ----

--- image.colormap(n): n colours [n x 3] that are easy to tell apart, around the circle of hues.
M.colormap = call.define('colormap', {'n size'}, function(a)
   local hsl = torch.DoubleTensor(3, a.n, 1)
   for i = 1, a.n do
      hsl[1][i][1] = (i - 1) * 39 % 360 / 360
      hsl[2][i][1] = .3 + (i - 1) / 9 % .7
      hsl[3][i][1] = .5
   end
   return M.hsl2rgb(hsl):select(3, 1):t():contiguous():type(torch.getdefaulttensortype())
end)

--- image.jetColormap(n): n colours [n x 3] from blue through green to red.
M.jetColormap = call.define('jetColormap', {'n size'}, function(a)
   local map = torch.Tensor(a.n, 3)
   for i = 1, a.n do
      local v = 4 * (i - 1) / math.max(a.n - 1, 1)
      for c, centre in ipairs{3, 2, 1} do
         map[{i, c}] = math.max(0, math.min(1, 1.5 - math.abs(v - centre)))
      end
   end
   return map
end)

--- image.y2jet([dst,] src): gray, [height x width] or of one channel, as colours of jetColormap(256).
M.y2jet = call.define('y2jet', {'[dst result], src image'}, function(a)
   local src = a.src
   if src:dim() == 3 then
      if src:size(1) ~= 1 then call.wrong('y2jet', a.dst and 2 or 1, 'src', 'image of one channel expected, got %d', src:size(1)) end
      src = src[1]
   end
   local map, r = M.jetColormap(256), a.dst or src.new()
   if torch.typename(src) == 'torch.ByteTensor' then
      C.colorize(r, src, map:mul(255):add(.5):byte())
   else
      C.colorize(r, src * 255, map:type(torch.typename(src)))
   end
   return r
end)

return M
