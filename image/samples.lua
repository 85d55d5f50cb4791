-- Pictures to try things on. No photograph is shipped: lena and fabio, as scripts of Torch7 call them, are drawn
-- by formulas here, with smooth shading, edges, stripes and texture.
local torch = torch
local M = {}
local SIZE = 512

-- A value in 0 to 1 that looks random, of whole numbers.
local function noise(x, y)
   local v = math.sin(x * 12.9898 + y * 78.233) * 43758.5453
   return v - math.floor(v)
end

-- A ball of that radius about (cx, cy): how brightly it is lit there, or nil outside.
local function ball(x, y, cx, cy, radius)
   local u, v = (x - cx) / radius, (y - cy) / radius
   local d = 1 - u * u - v * v
   if d <= 0 then return end
   return math.max(0, .5 * math.sqrt(d) - .35 * u - .5 * v) + .15
end

-- Red, green and blue at a place in 0 to 1.
local function scene(x, y, i, j)
   local lit = ball(x, y, .38, .42, .24)
   if lit then return lit, .45 * lit, .3 * lit end
   lit = ball(x, y, .7, .6, .16)
   if lit then return .35 * lit, .6 * lit, lit end
   if y > .72 then -- a chessboard that goes to the horizon
      local depth = .25 / (y - .6)
      local dark = (math.floor((x - .5) * depth * 12) + math.floor(depth * 9)) % 2
      local v = .35 + .4 * dark
      return v, .9 * v, .8 * v
   end
   if x > .84 then return .5 + .5 * math.sin(400 * x * x), .5, .5 + .4 * math.cos(60 * y) end
   local grain = .06 * noise(i, j)
   return .75 - .5 * y + grain, .7 - .35 * y + grain, .55 + .3 * y + grain
end

local function draw()
   local img = torch.DoubleTensor(3, SIZE, SIZE)
   local r, g, b = img[1], img[2], img[3]
   for i = 1, SIZE do
      for j = 1, SIZE do
         r[{i, j}], g[{i, j}], b[{i, j}] = scene((j - .5) / SIZE, (i - .5) / SIZE, i, j)
      end
   end
   return img:clamp(0, 1):type(torch.getdefaulttensortype())
end

--- image.lena(): a picture [3 x 512 x 512] of the default type.
function M.lena() return draw() end

--- image.fabio(): the same in gray, [512 x 512].
function M.fabio() return require('image.colours').rgb2y(draw())[1] end

return M
