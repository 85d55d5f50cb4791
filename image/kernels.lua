-- The kernels under their names in Torch7, source first, into a destination that has its size:
-- image.float.scaleBilinear(src, dst), img.image.vflip(dst, src). One table serves the three element types.
local C = require 'libimage'
local filters, draw = require 'image.filters', require 'image.draw'
local geometry = require 'image.geometry'

local function height(x) return x:size(x:dim() - 1) end
local function width(x) return x:size(x:dim()) end

local kernels = {}
for name, mode in pairs{scaleSimple = 'simple', scaleBilinear = 'bilinear', scaleBicubic = 'bicubic'} do
   kernels[name] = function(src, dst) C.scale(dst, src, height(dst), width(dst), mode) end
end
for suffix, mode in pairs{[''] = 'simple', Bilinear = 'bilinear'} do
   kernels['rotate' .. suffix] = function(src, dst, theta) C.rotate(dst, src, theta, mode) end
   for name, logarithmic in pairs{polar = false, logPolar = true} do
      kernels[name .. suffix] = function(src, dst, full)
         C.polar(dst, src, height(dst), width(dst), logarithmic, full == true or full == 1, mode)
      end
   end
end

function kernels.translate(src, dst, x, y) geometry.translate(dst, src, x, y) end
function kernels.cropNoScale(src, dst, x, y) geometry.crop(dst, src, x, y) end

local warp_modes = {[0] = 'simple', 'bilinear', 'bicubic', 'lanczos'}
--- mode: 0 simple, 1 bilinear, 2 bicubic, 3 lanczos; clamp_mode: 0 clamp, 1 pad.
function kernels.warp(dst, src, field, mode, offset, clamp_mode, pad_value)
   C.warp(dst, src, field, warp_modes[mode] or mode, offset, clamp_mode == 1, pad_value or 0)
end

for _, name in ipairs{'rgb2y', 'rgb2hsv', 'rgb2hsl', 'hsv2rgb', 'hsl2rgb', 'rgb2lab', 'lab2rgb'} do
   kernels[name] = function(src, dst) C[name](dst, src) end
end

--- Cuts off at 0 and 1, or leaves Bytes as they are.
function kernels.saturate(x)
   return torch.typename(x) == 'torch.ByteTensor' and x or x:clamp(0, 1)
end

--- Fills a tensor [height x width]: amplitude, normalize, sigmas and means as parts of the sizes.
function kernels.gaussian(dst, amplitude, normalize, sigma_horz, sigma_vert, mean_horz, mean_vert)
   filters.gaussian{width = width(dst), height = height(dst), amplitude = amplitude, normalize = normalize, sigma_horz = sigma_horz,
      sigma_vert = sigma_vert, mean_horz = mean_horz, mean_vert = mean_vert, tensor = dst}
end

function kernels.vflip(dst, src) C.flip(dst, src, src:dim() - 1) end
function kernels.hflip(dst, src) C.flip(dst, src, src:dim()) end
function kernels.flip(dst, src, dim) C.flip(dst, src, dim) end

--- dst[c][y][x] = map[label[y][x] + 1][c].
function kernels.colorize(dst, label, map) C.colorize(dst, label, map) end

function kernels.text(img, text, x, y, size, r, g, b, back_r, back_g, back_b, wrap)
   draw.drawText(img, text, x, y, {size = size, color = {r, g, b}, bg = back_r and back_r >= 0 and {back_r, back_g, back_b} or nil,
      wrap = wrap, inplace = true})
end
function kernels.drawRect(img, x1, y1, x2, y2, line_width, r, g, b)
   draw.drawRect(img, x1, y1, x2, y2, {lineWidth = line_width, color = {r, g, b}, inplace = true})
end

return {byte = kernels, float = kernels, double = kernels}
