-- Text and rectangles on images of three channels. Places are counted from 1, like elements.
local call = require 'image.call'
local font = require 'image.font'
local torch = torch
local M = {}

-- Fills columns x1 to x2 of rows y1 to y2, as far as they are in the image.
local function fill(img, x1, y1, x2, y2, colour)
   x1, y1 = math.max(x1, 1), math.max(y1, 1)
   x2, y2 = math.min(x2, img:size(3)), math.min(y2, img:size(2))
   if x1 > x2 or y1 > y2 then return end
   local part = img:narrow(2, y1, y2 - y1 + 1):narrow(3, x1, x2 - x1 + 1)
   for c = 1, 3 do part[c]:fill(colour[c]) end
end

-- Three numbers from 0 to 255 as elements of the image.
local function colour_of(name, at, colour, img)
   local unit = torch.typename(img) == 'torch.ByteTensor' and 1 or 255
   local r = {}
   for c = 1, 3 do
      if type(colour[c]) ~= 'number' or colour[c] ~= colour[c] then call.wrong(name, at, 'opts', 'a color is three numbers from 0 to 255') end
      r[c] = math.max(0, math.min(255, colour[c])) / unit
   end
   return r
end

local red = {255, 0, 0}

--- image.drawRect(img, x1, y1, x2, y2 [, {color={255, 0, 0}, lineWidth=1, inplace=false}]): a rectangle whose corners are pixels
-- (x1, y1) and (x2, y2); wider lines grow to both sides. The image, or a copy unless inplace.
M.drawRect = call.define('drawRect', {'img rgb, x1 int, y1 int, x2 int, y2 int, [opts table]'}, function(a)
   local opts = call.options('drawRect', 6, 'color table, lineWidth size, inplace boolean', a.opts)
   local img, colour = opts.inplace and a.img or a.img:clone(), colour_of('drawRect', 6, opts.color or red, a.img)
   local width = math.floor(opts.lineWidth or 1)
   local before = math.floor(width / 2)
   local after = width - 1 - before
   local left, right = math.min(a.x1, a.x2), math.max(a.x1, a.x2)
   local top, bottom = math.min(a.y1, a.y2), math.max(a.y1, a.y2)
   for _, y in ipairs{top, bottom} do fill(img, left - before, y - before, right + after, y + after, colour) end
   for _, x in ipairs{left, right} do fill(img, x - before, top - before, x + after, bottom + after, colour) end
   return img
end)

-- A character whose cell begins at (x, y): dots of size x size.
local function draw_glyph(img, glyph, x, y, size, colour)
   for row = 1, 7 do
      for column = 1, 5 do
         if glyph[row][column] then
            local left, top = x + (column - 1) * size, y + (row - 1) * size
            fill(img, left, top, left + size - 1, top + size - 1, colour)
         end
      end
   end
end

--- image.drawText(img, text, x, y [, {color={255, 0, 0}, bg=, size=1, wrap=true, inplace=false}]): text whose top left corner is pixel (x, y),
-- in cells of 6 x 8 pixels times size; bg is a colour to put behind, wrap goes to the next line at the right edge. ASCII;
-- other bytes are drawn as a box. The image, or a copy unless inplace.
M.drawText = call.define('drawText', {'img rgb, text string, x int, y int, [opts table]'}, function(a)
   local opts = call.options('drawText', 5, 'color table, bg table, size size, wrap boolean, inplace boolean', a.opts)
   local img, size = opts.inplace and a.img or a.img:clone(), math.floor(opts.size or 1)
   local colour, behind = colour_of('drawText', 5, opts.color or red, img), opts.bg and colour_of('drawText', 5, opts.bg, img)
   local x, y = a.x, a.y
   for character in a.text:gmatch('.') do
      if character ~= '\n' and opts.wrap ~= false and x + 6 * size - 1 > img:size(3) and x > a.x then x, y = a.x, y + 8 * size end
      if character == '\n' then
         x, y = a.x, y + 8 * size
      elseif character ~= '\r' then
         if behind then fill(img, x, y, x + 6 * size - 1, y + 8 * size - 1, behind) end
         draw_glyph(img, font(character), x, y, size, colour)
         x = x + 6 * size
      end
      if y > img:size(2) then break end
   end
   return img
end)

return M
