-- Scaling, cropping, turning and bending images. The result may be given before the source, is then resized
-- and returned, and may be the source itself.
local C = require 'libimage'
local call = require 'image.call'
local torch = torch
local M = {}

-- Height and width.
local function size_of(img)
   local n = img:dim()
   return img:size(n - 1), img:size(n)
end

local function result(a) return a.dst or a.src.new() end

-- ---- scale ----

local modes = "[mode 'simple'|'bilinear'|'bicubic']"

local function side(v) return math.max(math.floor(v), 1) end

-- Height and width that a size means: the longer side, '^n' the shorter one, 'WxH', '*s' or '*a/b' a factor.
local function parse_size(size, height, width)
   local text = tostring(size)
   local n = tonumber(type(size) == 'number' and size or size:match('^%d+$'))
   if n and n >= 1 and n < 2 ^ 31 then
      local longer = math.max(height, width)
      return side(height * n / longer), side(width * n / longer)
   end
   local shorter = tonumber(text:match('^%^(%d+)$'))
   if shorter and shorter >= 1 then
      local least = math.min(height, width)
      return side(height * shorter / least), side(width * shorter / least)
   end
   local w, h = text:match('^(%d+)x(%d+)$')
   if w and tonumber(w) >= 1 and tonumber(h) >= 1 then return tonumber(h), tonumber(w) end
   local over, under = text:match('^%*([%d.]+)/?([%d.]*)$')
   local factor = tonumber(over) and tonumber(over) / (under ~= '' and tonumber(under) or 1)
   if factor and factor > 0 and factor < math.huge then return side(height * factor), side(width * factor) end
end

--- image.scale([dst,] src, width, height [, mode]), image.scale([dst,] src, size [, mode]), image.scale(dst, src [, mode]):
-- size is the longer side in pixels, '^n' for the shorter one, 'WxH', or '*s' and '*a/b' for a factor.
-- mode: 'bilinear' (the default; means over areas when it shrinks), 'bicubic', 'simple'.
M.scale = call.define('scale', {
   '[dst result], src image, width size, height size, ' .. modes,
   'dst image, src image, ' .. modes,
   '[dst result], src image, size number|string, ' .. modes,
}, function(a)
   local height, width = a.height, a.width
   if a.size then
      height, width = parse_size(a.size, size_of(a.src))
      if not height then
         call.wrong('scale', a.dst and 3 or 2, 'size', "n, '^n', 'WxH', '*s' or '*a/b' expected, got '%s'", tostring(a.size))
      end
   elseif not height then
      height, width = size_of(a.dst)
   end
   local r = result(a)
   C.scale(r, a.src, height, width, a.mode or 'bilinear')
   return r
end)

-- ---- crop, translate, flip ----

-- The part of dst, and of src, that share their place when src begins at (x, y) in dst: nil when there is none.
local function overlap(dst, src, x, y)
   local n = src:dim()
   for d, shift in pairs{[n - 1] = y, [n] = x} do
      local first, last = math.max(shift, 0), math.min(shift + src:size(d), dst:size(d))
      if first >= last then return end
      dst, src = dst:narrow(d, first + 1, last - first), src:narrow(d, first - shift + 1, last - first)
   end
   return dst, src
end

--- image.translate([dst,] src, x, y): moved by x pixels to the right and y down; what comes in is 0.
M.translate = call.define('translate', {'[dst result], src image, x int, y int'}, function(a)
   local src = a.dst and a.dst:storage() == a.src:storage() and a.src:clone() or a.src
   local r = result(a):resizeAs(src):zero()
   local to, from = overlap(r, src, a.x, a.y)
   if to then to:copy(from) end
   return r
end)

-- Where a part of the size named by a corner, or c for the centre, begins.
local function corner(format, height, width, h, w)
   if format == 'c' then return math.floor((width - w) / 2), math.floor((height - h) / 2) end
   return format:sub(2) == 'r' and width - w or 0, format:sub(1, 1) == 'b' and height - h or 0
end

local function check_part(src, x1, y1, x2, y2)
   local height, width = size_of(src)
   if x1 < 0 or y1 < 0 or x2 > width or y2 > height or x1 >= x2 or y1 >= y2 then
      call.fail('crop', 'columns %d to %d and rows %d to %d (from 0, the last not included) are not in the image, which is %d wide and %d high',
         x1, x2, y1, y2, width, height)
   end
end

local function part_of(src, x1, y1, x2, y2)
   check_part(src, x1, y1, x2, y2)
   local n = src:dim()
   return src:narrow(n - 1, y1 + 1, y2 - y1):narrow(n, x1 + 1, x2 - x1)
end

local function crop_from(a)
   if a.dst and a.dst:dim() < 2 then a.dst = nil end
   local height, width = size_of(a.src)
   if a.dst then height, width = size_of(a.dst) else height, width = height - a.y1, width - a.x1 end
   return part_of(a.src, a.x1, a.y1, a.x1 + width, a.y1 + height)
end

--- image.crop([dst,] src, x1, y1, x2, y2): columns x1 to x2 and rows y1 to y2, counted from 0, the last ones not included;
-- a dst that has a size keeps it, and the part is scaled into it.
-- image.crop([dst,] src, format, width, height): format 'c' for the middle, 'tl', 'tr', 'bl', 'br' for a corner.
-- image.crop([dst,] src, x1, y1): as much as fits into dst, by default to the end.
M.crop = call.define('crop', {
   '[dst result], src image, x1 int, y1 int, x2 int, y2 int',
   "[dst result], src image, format 'c'|'tl'|'tr'|'bl'|'br', width size, height size",
   '[dst result], src image, x1 int, y1 int',
}, function(a)
   if not a.x2 and not a.format then
      local part = crop_from(a):clone()
      return a.dst and a.dst:resizeAs(part):copy(part) or part
   end
   if a.format then
      a.x1, a.y1 = corner(a.format, a.src:size(a.src:dim() - 1), a.src:size(a.src:dim()), a.height, a.width)
      a.x2, a.y2 = a.x1 + a.width, a.y1 + a.height
   end
   local part = part_of(a.src, a.x1, a.y1, a.x2, a.y2)
   if not a.dst then return part:clone() end
   if a.dst:dim() >= 2 then return M.scale(a.dst, part) end
   return a.dst:resizeAs(part):copy(part)
end)

local function flipper(name, from_end)
   return call.define(name, {'[dst result], src image'}, function(a)
      local r = result(a)
      C.flip(r, a.src, a.src:dim() - from_end)
      return r
   end)
end
--- image.hflip([dst,] src): left and right change places; image.vflip: above and below.
M.hflip, M.vflip = flipper('hflip', 0), flipper('vflip', 1)

--- image.flip([dst,] src, dim): the other way round along a dimension of a tensor of any type and shape.
M.flip = call.define('flip', {'[dst tensor], src tensor, dim int'}, function(a)
   if a.dim < 1 or a.dim > a.src:dim() then
      call.wrong('flip', a.dst and 3 or 2, 'dim', 'dimension %d out of range of %dD tensor', a.dim, a.src:dim())
   end
   local r = result(a)
   C.flip(r, a.src, a.dim)
   return r
end)

-- ---- rotate, polar ----

--- image.rotate([dst,] src, theta [, mode]): turned by theta radians, counterclockwise; of the same size, what comes
-- in is 0. mode: 'simple' (the default: the nearest pixel) or 'bilinear'.
M.rotate = call.define('rotate', {"[dst result], src image, theta number, [mode 'simple'|'bilinear']"}, function(a)
   local r = result(a)
   C.rotate(r, a.src, a.theta, a.mode or 'simple')
   return r
end)

local function polar(name, logarithmic)
   return call.define(name, {"[dst result], src image, [interp 'simple'|'bilinear'], [mode 'valid'|'full']"}, function(a)
      local height, width = size_of(a.src)
      height = math.max(height, width)
      width = height
      if a.dst and a.dst:dim() >= 2 then height, width = size_of(a.dst) end
      local r = result(a)
      C.polar(r, a.src, height, width, logarithmic, a.mode == 'full', a.interp or 'simple')
      return r
   end)
end
--- image.polar([dst,] src [, interp [, mode]]): angles downward, distances from the centre to the right; of dst's size or
-- else a square as large as the longer side. interp: 'simple' or 'bilinear'; mode: 'valid' (the default) to the nearest
-- edge, 'full' to the corners. image.logpolar: logarithms of distances.
M.polar, M.logpolar = polar('polar', false), polar('logpolar', true)

-- ---- warp ----

local warp_modes = "[mode 'simple'|'bilinear'|'bicubic'|'lanczos']"

--- image.warp([dst,] src, field [, mode [, offset [, clamp_mode [, pad_value]]]]): field [2 x height x width] says where each
-- pixel comes from: rows, then columns, relative to its own place when offset (the default), else counted from 0.
-- clamp_mode: 'clamp' (the default) moves what is outside to the edge, 'pad' takes pad_value.
M.warp = call.define('warp', {
   "[dst result], src image, field tensor, " .. warp_modes .. ", [offset boolean], [clamp_mode 'clamp'|'pad'], [pad_value number]",
}, function(a)
   if a.field:dim() ~= 3 or a.field:size(1) ~= 2 then
      call.wrong('warp', a.dst and 3 or 2, 'field', 'tensor [2 x height x width] expected, got [%s]',
         table.concat(a.field:size():totable(), ' x '))
   end
   local r = result(a)
   C.warp(r, a.src, a.field, a.mode or 'bilinear', a.offset ~= false, a.clamp_mode == 'pad', a.pad_value or 0)
   return r
end)

-- Positions from which an affine map takes the pixels of a plane.
local function affine_field(matrix, translation, height, width)
   local yc, xc = (height - 1) / 2, (width - 1) / 2
   local y = torch.range(0, height - 1):double():add(-yc):view(height, 1):expand(height, width)
   local x = torch.range(0, width - 1):double():add(-xc):view(1, width):expand(height, width)
   local field = torch.DoubleTensor(2, height, width)
   for i, centre in ipairs{yc, xc} do
      field[i]:mul(y, matrix[i][1]):add(matrix[i][2], x):add(centre - translation[i])
   end
   return field
end

--- image.affinetransform([dst,] src, matrix [, mode [, translation [, clamp_mode [, pad_value]]]]): pixel p of the result is
-- src at c + matrix (p - c) - translation, c being the centre; pairs are (row, column). The rest is as in image.warp.
M.affinetransform = call.define('affinetransform', {
   '[dst result], src image, matrix tensor, ' .. warp_modes .. ", [translation tensor|table], [clamp_mode 'clamp'|'pad'], [pad_value number]",
}, function(a)
   local at = a.dst and 3 or 2
   if a.matrix:dim() ~= 2 or a.matrix:size(1) ~= 2 or a.matrix:size(2) ~= 2 then
      call.wrong('affinetransform', at, 'matrix', 'tensor [2 x 2] expected, got [%s]', table.concat(a.matrix:size():totable(), ' x '))
   end
   local t = a.translation or {0, 0}
   if torch.isTensor(t) and t:nElement() ~= 2 or not torch.isTensor(t) and not (tonumber(t[1]) and tonumber(t[2])) then
      call.wrong('affinetransform', at + 2, 'translation', 'two numbers expected')
   end
   local field = affine_field(a.matrix, t, size_of(a.src))
   return M.warp(a.dst, a.src, field, a.mode, false, a.clamp_mode, a.pad_value)
end)

return M
