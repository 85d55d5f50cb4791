-- Transforms of images [channels x height x width], of Bytes from 0 to 255 or Floats or Doubles from 0 to 1, for
-- set:map. They are objects, so that they travel to workers and into files, and print as what they do.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
local M = {}

--- data.Transform(name, arguments): a transform of images; made by data.hflip and its sisters.
local Transform = torch.class('data.Transform', data)
local kernels = {} -- name -> f(image, arguments, generator)
local function new(name, arguments) return data.Transform(name, arguments) end

function Transform:__init(name, arguments)
   self.name, self.arguments = name, arguments
end

--- transform:apply(image [, generator]) -> tensor: the transformed image, a new tensor or a view. Random ones draw
-- from generator, by default torch's own. transform(image, generator) is the same.
function Transform:apply(image, generator) return kernels[self.name](image, self.arguments, generator) end
function Transform:__call__(image, generator) return self:apply(image, generator) end

function Transform:__tostring__()
   local parts = {}
   for key, v in pairs(self.arguments) do
      parts[#parts + 1] = (type(key) == 'string' and key .. '=' or '') .. (torch.isTensor(v) and 'tensor' or tostring(v))
   end
   table.sort(parts)
   return ('data.%s(%s)'):format(self.name, table.concat(parts, ', '))
end

local function uniform(generator, low, high)
   if generator then return torch.uniform(generator, low, high) end
   return torch.uniform(low, high)
end

-- A whole number from 0 to n.
local function whole(generator, n) return math.min(n, math.floor(uniform(generator, 0, n + 1))) end

local function image() return require 'image' end

-- Width and height: numbers, or one for both.
local function size_of(name, width, height)
   checks.check(name, 1, 'width', 'whole', width)
   checks.check(name, 2, 'height', 'whole|nil', height)
   return {width = width, height = height or width}
end

local function check_share(name, at, arg, v, default)
   if v == nil then return default end
   if type(v) ~= 'number' or v < 0 or v > 1 then checks.wrong(name, at, arg, 'number from 0 to 1 expected, got %s', tostring(v)) end
   return v
end

--- data.compose(transform, ...) -> transform: one transform that does several, in order.
function M.compose(...)
   for k, t in ipairs{...} do
      if not torch.isTypeOf(t, 'data.Transform') then checks.wrong('compose', k, 'transform', 'transform expected, got %s', torch.type(t)) end
   end
   return new('compose', {...})
end
function kernels.compose(x, list, generator)
   for _, t in ipairs(list) do x = t:apply(x, generator) end
   return x
end

--- data.scale(width [, height=width]) -> transform: scaled to that size (image.scale, bilinear).
function M.scale(width, height) return new('scale', size_of('scale', width, height)) end
function kernels.scale(x, a) return image().scale(x, a.width, a.height) end

-- A view of x; at the far side when it has to.
local function window(name, x, top, left, a)
   local dim = x:dim()
   if x:size(dim) < a.width or x:size(dim - 1) < a.height then
      checks.fail(name, 'the image is %d x %d (height x width), smaller than %d x %d', x:size(dim - 1), x:size(dim), a.height, a.width)
   end
   return x:narrow(dim - 1, top + 1, a.height):narrow(dim, left + 1, a.width)
end

local function padded(x, pad)
   if pad == 0 then return x end
   local sizes = x:size():totable()
   local d = #sizes
   sizes[d - 1], sizes[d] = sizes[d - 1] + 2 * pad, sizes[d] + 2 * pad
   local wide = x.new():resize(torch.LongStorage(sizes)):zero()
   wide:narrow(d - 1, pad + 1, x:size(d - 1)):narrow(d, pad + 1, x:size(d)):copy(x)
   return wide
end

--- data.centerCrop(width [, height=width]) -> transform: the middle part of that size, a view.
function M.centerCrop(width, height) return new('centerCrop', size_of('centerCrop', width, height)) end
function kernels.centerCrop(x, a)
   local d = x:dim()
   return window('centerCrop', x, math.max(0, math.floor((x:size(d - 1) - a.height) / 2)), math.max(0, math.floor((x:size(d) - a.width) / 2)), a)
end

--- data.randomCrop(width [, height=width [, pad=0]]) -> transform: a part of that size from anywhere, after `pad`
-- zeros were put around.
function M.randomCrop(width, height, pad)
   local a = size_of('randomCrop', width, height)
   checks.check('randomCrop', 3, 'pad', 'number|nil', pad)
   a.pad = pad or 0
   return new('randomCrop', a)
end
function kernels.randomCrop(x, a, generator)
   x = padded(x, a.pad)
   local d = x:dim()
   local top = whole(generator, math.max(0, x:size(d - 1) - a.height))
   return window('randomCrop', x, top, whole(generator, math.max(0, x:size(d) - a.width)), a)
end

--- data.randomScaleCrop(width [, height=width [, least=0.25]]) -> transform: a part of the image that covers a share
-- from `least` to 1 of it and is 3/4 to 4/3 as wide as high, scaled to that size.
function M.randomScaleCrop(width, height, least)
   local a = size_of('randomScaleCrop', width, height)
   a.least = check_share('randomScaleCrop', 3, 'least', least, 0.25)
   return new('randomScaleCrop', a)
end
function kernels.randomScaleCrop(x, a, generator)
   local d = x:dim()
   local h, w = x:size(d - 1), x:size(d)
   local area, ratio = h * w * uniform(generator, a.least, 1), math.exp(uniform(generator, math.log(3 / 4), math.log(4 / 3)))
   local part = {width = math.max(1, math.min(w, math.floor(math.sqrt(area * ratio) + 0.5))),
      height = math.max(1, math.min(h, math.floor(math.sqrt(area / ratio) + 0.5)))}
   local top = whole(generator, h - part.height)
   local view = window('randomScaleCrop', x, top, whole(generator, w - part.width), part)
   return image().scale(view:contiguous(), a.width, a.height)
end

local function flips(name, kernel)
   M[name] = function(p) return new(name, {p = check_share(name, 1, 'p', p, 0.5)}) end
   kernels[name] = function(x, a, generator)
      if uniform(generator, 0, 1) >= a.p then return x end
      return image()[kernel](x)
   end
end

--- data.hflip([p=0.5]) -> transform: mirrored left to right with probability p.
flips('hflip', 'hflip')
--- data.vflip([p=0.5]) -> transform: turned upside down with probability p.
flips('vflip', 'vflip')

--- data.rotate(degrees) -> transform: turned by an angle from -degrees to degrees (bilinear); what comes in is 0.
function M.rotate(degrees)
   checks.check('rotate', 1, 'degrees', 'number', degrees)
   return new('rotate', {degrees = degrees})
end
function kernels.rotate(x, a, generator)
   return image().rotate(x:contiguous(), math.rad(uniform(generator, -a.degrees, a.degrees)), 'bilinear')
end

local function blend(x, other, share) return x:mul(share):add(1 - share, other) end

--- data.colourJitter{brightness=0, contrast=0, saturation=0}: each b of these multiplies brightness, the distance
-- from the mean, or that from gray by a number from 1 - b to 1 + b; results stay within 0..1. Images of one or three
-- channels, not of Bytes.
function M.colourJitter(options)
   local names = {brightness = 'number', contrast = 'number', saturation = 'number'}
   return new('colourJitter', checks.options('colourJitter', 1, names, options))
end
function kernels.colourJitter(x, a, generator)
   local function factor(b) return uniform(generator, 1 - (b or 0), 1 + (b or 0)) end
   local brightness, contrast, saturation = factor(a.brightness), factor(a.contrast), factor(a.saturation)
   local y = torch.mul(x, brightness)
   blend(y, y.new(1):fill(y:mean()):view(1, 1, 1):expandAs(y), contrast)
   if y:dim() == 3 and y:size(1) == 3 then blend(y, y:mean(1):expandAs(y), saturation) end
   return y:clamp(0, 1)
end

--- data.noise(std) -> transform: Gaussian noise of that deviation is added. Not of Bytes.
function M.noise(std)
   checks.check('noise', 1, 'std', 'number', std)
   return new('noise', {std = std})
end
function kernels.noise(x, a, generator)
   local noise = x.new():resizeAs(x)
   if generator then noise:normal(generator, 0, a.std) else noise:normal(0, a.std) end
   return noise:add(x)
end

--- data.erase([p=0.5 [, share=0.25]]) -> transform: with probability p a rectangle is set to 0 that covers up to that
-- share of the image.
function M.erase(p, share)
   return new('erase', {p = check_share('erase', 1, 'p', p, 0.5), share = check_share('erase', 2, 'share', share, 0.25)})
end
function kernels.erase(x, a, generator)
   if uniform(generator, 0, 1) >= a.p then return x end
   local d, side = x:dim(), math.sqrt(a.share)
   local part = {}
   for name, dim in pairs{height = d - 1, width = d} do part[name] = math.max(1, math.floor(x:size(dim) * side)) end
   local height = 1 + whole(generator, part.height - 1)
   local width = 1 + whole(generator, part.width - 1)
   local y = x:clone()
   local top = whole(generator, x:size(d - 1) - height)
   window('erase', y, top, whole(generator, x:size(d) - width), {height = height, width = width}):zero()
   return y
end

local function channels(name, at, arg, v)
   if type(v) == 'number' then v = {v} end
   checks.check(name, at, arg, 'table', v)
   return v
end

--- data.normalize(mean, std) -> transform: (x - mean) / std; numbers, or lists of one for each channel. Bytes become
-- Floats from 0 to 1 first.
function M.normalize(mean, std)
   return new('normalize', {mean = channels('normalize', 1, 'mean', mean), std = channels('normalize', 2, 'std', std)})
end
function kernels.normalize(x, a)
   local bytes = torch.typename(x) == 'torch.ByteTensor'
   local y = bytes and x:float():div(255) or x:clone()
   if #a.mean == 1 and #a.std == 1 then return y:add(-a.mean[1]):div(a.std[1]) end
   if y:dim() ~= 3 or y:size(1) ~= #a.mean or #a.mean ~= #a.std then
      checks.fail('normalize', 'an image has %s channels, mean has %d and std %d', y:dim() == 3 and y:size(1) or 'no', #a.mean, #a.std)
   end
   for c = 1, #a.mean do y[c]:add(-a.mean[c]):div(a.std[c]) end
   return y
end

return M
