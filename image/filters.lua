-- Kernels, convolution, and what is made of them.
local call = require 'image.call'
local torch = torch
local M = {}

-- ---- kernels ----

-- Places of n pixel centres along an axis, in standard deviations from the mean: sigma and mean are parts of n.
local function places(n, sigma, mean)
   return torch.range(1, n):double():add(-(mean * n + .5)):div(sigma * n)
end

local function finish(kernel, a)
   kernel:mul(a.amplitude or 1)
   if a.normalize then kernel:div(kernel:sum()) end
   return a.tensor and a.tensor:resize(kernel:size()):copy(kernel) or kernel:type(torch.getdefaulttensortype())
end

-- Half the squared distances from the centre of a window, in standard deviations.
local function distances(a, default_sigma)
   local size, sigma = a.size or 3, a.sigma or default_sigma
   local width, height = a.width or size, a.height or size
   local x = places(width, a.sigma_horz or sigma, a.mean_horz or .5):pow(2):div(2)
   local y = places(height, a.sigma_vert or sigma, a.mean_vert or .5):pow(2):div(2)
   return torch.add(y:view(height, 1):expand(height, width), x:view(1, width):expand(height, width))
end

local window = '[size size], [sigma number], [amplitude number], [normalize boolean], [width size], [height size], '
   .. '[sigma_horz number], [sigma_vert number], [mean_horz number], [mean_vert number], [tensor result]'

--- image.gaussian{size=3, sigma=.25, amplitude=1, normalize=false, width=size, height=size, sigma_horz=sigma, sigma_vert=sigma,
-- mean_horz=.5, mean_vert=.5, tensor=}: a Gaussian [height x width]; sigma and mean are parts of the window. With normalize
-- its sum is 1. Arguments may be given in order, too.
M.gaussian = call.named('gaussian', window, function(a) return finish(distances(a, .25):neg():exp(), a) end)

--- image.laplacian{size=3, sigma=.1, ...}: the Laplacian of a Gaussian, upside down, by the arguments of image.gaussian.
M.laplacian = call.named('laplacian', window, function(a)
   local d = distances(a, .1)
   return finish(torch.cmul(torch.exp(-d), 1 - d), a)
end)

--- image.gaussian1D{size=3, sigma=.25, amplitude=1, normalize=false, mean=.5, tensor=}: the same in one dimension.
M.gaussian1D = call.named('gaussian1D',
   '[size size], [sigma number], [amplitude number], [normalize boolean], [mean number], [tensor result]', function(a)
      return finish(places(a.size or 3, a.sigma or .25, a.mean or .5):pow(2):div(-2):exp(), a)
   end)

-- ---- convolution ----

local letters = {valid = 'V', full = 'F', same = 'F'}

-- The middle of a full convolution: as large as the image.
local function middle(full, src, kernel)
   local n = src:dim()
   for d = 0, 1 do
      full = full:narrow(n - d, math.floor(kernel:size(kernel:dim() - d) / 2) + 1, src:size(n - d))
   end
   return full
end

-- Planes of src with one kernel, or each with its own.
local function convolve(src, kernel, mode)
   if src:dim() == 2 then return torch.conv2(src, kernel, letters[mode]) end
   local r
   for c = 1, src:size(1) do
      local plane = torch.conv2(src[c], kernel:dim() == 3 and kernel[c] or kernel, letters[mode])
      r = r or src.new(src:size(1), plane:size(1), plane:size(2))
      r[c]:copy(plane)
   end
   return r
end

local function check_kernel(at, src, kernel, mode)
   local n = kernel:dim()
   if n ~= 2 and not (n == 3 and src:dim() == 3 and kernel:size(1) == src:size(1)) then
      call.wrong('convolve', at, 'kernel', 'tensor [height x width], or one such kernel for each channel, expected, got [%s]',
         table.concat(kernel:size():totable(), ' x '))
   end
   for d = 0, 1 do
      if mode == 'valid' and kernel:size(n - d) > src:size(src:dim() - d) then
         call.wrong('convolve', at, 'kernel', 'it must not be larger than the image')
      end
   end
end

--- image.convolve([dst,] src, kernel [, mode]): every channel convolved with a kernel [height x width], or each with its own of
-- [channels x height x width]. mode: 'valid' (the default), where the kernel lies within the image, 'full', or 'same', the
-- middle of that. Bytes are computed in Floats, rounded and cut off.
M.convolve = call.define('convolve', {"[dst result], src image, kernel tensor, [mode 'valid'|'full'|'same']"}, function(a)
   local mode, src = a.mode or 'valid', a.src
   check_kernel(a.dst and 3 or 2, src, a.kernel, mode)
   local bytes = torch.typename(src) == 'torch.ByteTensor'
   if bytes then src = src:float() end
   local r = convolve(src, a.kernel:type(torch.typename(src)), mode)
   if mode == 'same' then r = middle(r, src, a.kernel):clone() end
   if bytes then r = r:add(.5):clamp(0, 255):byte() end
   return a.dst and a.dst:resize(r:size()):copy(r) or r
end)

--- image.gaussianpyramid([dst,] src, scales): a table of images, src scaled by each factor, src being smoothed after each.
M.gaussianpyramid = call.define('gaussianpyramid', {'[dst table], src image, scales table'}, function(a)
   local scale = require('image.geometry').scale
   local dst, tmp, n = a.dst or {}, a.src, a.src:dim()
   local kernel = M.gaussian{width = 3, normalize = true}
   for i, factor in ipairs(a.scales) do
      if type(factor) ~= 'number' or factor <= 0 then call.wrong('gaussianpyramid', a.dst and 3 or 2, 'scales', 'positive numbers expected') end
      local r = dst[i] or a.src.new()
      if factor == 1 then
         r:resizeAs(tmp):copy(tmp)
      else
         local height, width = math.floor(a.src:size(n - 1) * factor), math.floor(a.src:size(n) * factor)
         scale(r, tmp, math.max(width, 1), math.max(height, 1), 'simple')
      end
      dst[i], tmp = r, M.convolve(r, kernel, 'same')
   end
   return dst
end)

--- image.lcn(im [, kernel]): local contrast normalization of gray: mean 0 and deviation 1 of the whole, then of the window of each
-- pixel, weighted by the kernel (by default a Gaussian of 9 x 9); deviations below 1 count as 1. As large as a valid convolution.
M.lcn = call.define('lcn', {'im image, [kernel tensor]'}, function(a)
   local im = a.im
   if im:dim() == 3 and im:size(1) ~= 1 then call.wrong('lcn', 1, 'im', 'gray image expected, got %d channels', im:size(1)) end
   local x = (im:dim() == 3 and im[1] or im):double()
   local kernel = (a.kernel or M.gaussian{size = 9, sigma = 1.591 / 9, normalize = true}):double()
   check_kernel(2, x, kernel, 'valid')
   x = x - x:mean()
   local deviation = x:std()
   if deviation > 0 then x:div(deviation) end
   local mean = torch.conv2(x, kernel)
   local variance = torch.conv2(torch.cmul(x, x), kernel):add(-1, torch.cmul(mean, mean)):cmax(0)
   local top, left = math.floor(kernel:size(1) / 2) + 1, math.floor(kernel:size(2) / 2) + 1
   local inner = x:narrow(1, top, mean:size(1)):narrow(2, left, mean:size(2))
   return (inner - mean):cdiv(variance:sqrt():cmax(1))
end)

-- ---- morphology ----

-- An odd kernel, by default 3 x 3 of ones.
local function odd_kernel(name, kernel)
   if not kernel then return torch.ones(3, 3) end
   if kernel:dim() ~= 2 or kernel:size(1) % 2 == 0 or kernel:size(2) % 2 == 0 then
      call.wrong(name, 2, 'kernel', 'tensor [height x width] with odd sizes expected, got [%s]', table.concat(kernel:size():totable(), ' x '))
   end
   return kernel
end

-- im [.. x height x width] with that many rows and columns of pad around.
local function padded(im, rows, columns, pad)
   local n, size = im:dim(), im:size()
   size[n - 1], size[n] = size[n - 1] + 2 * rows, size[n] + 2 * columns
   local r = im.new(size):fill(pad)
   r:narrow(n - 1, rows + 1, im:size(n - 1)):narrow(n, columns + 1, im:size(n)):copy(im)
   return r
end

-- combine(result, neighbours) over the neighbours where the kernel is not 0.
local function gather(im, kernel, pad, turned, combine)
   local h, w, n = kernel:size(1), kernel:size(2), im:dim()
   local around, r = padded(im, (h - 1) / 2, (w - 1) / 2, pad), nil
   for i = 1, h do
      for j = 1, w do
         local k = turned and kernel[h + 1 - i][w + 1 - j] or kernel[i][j]
         if k ~= 0 then
            local part = around:narrow(n - 1, i, im:size(n - 1)):narrow(n, j, im:size(n))
            r = r and combine(r, part) or part:clone()
         end
      end
   end
   return r or im:clone():fill(pad)
end

--- image.erode(im [, kernel [, pad=1]]): the least of the pixels under the kernel, which is odd and by default 3 x 3 of ones;
-- pad is the value outside. Of images of zeros and ones: 1 where all are 1.
M.erode = call.define('erode', {'im image, [kernel tensor], [pad number]'}, function(a)
   return gather(a.im, odd_kernel('erode', a.kernel), a.pad or 1, false, function(r, part) return r:cmin(part) end)
end)

--- image.dilate(im [, kernel [, pad=0]]): the largest of the pixels under the kernel turned by 180 degrees. 1 where one is 1.
M.dilate = call.define('dilate', {'im image, [kernel tensor], [pad number]'}, function(a)
   return gather(a.im, odd_kernel('dilate', a.kernel), a.pad or 0, true, function(r, part) return r:cmax(part) end)
end)

-- ---- range ----

local function lowest(a, tensor)
   if a.min then return a.min end
   return a.symm and -math.max(math.abs(tensor:min()), math.abs(tensor:max())) or tensor:min()
end

--- image.minmax{tensor=, min=, max=, symm=false, inplace=false, saturate=true, tensorOut=}: the range from min to max becomes 0 to 1;
-- they are by default those of the tensor, with symm as far from 0 on both sides. What is outside a given range is cut off, unless
-- saturate is false.
M.minmax = call.named('minmax', 'tensor tensor, [min number], [max number], [symm boolean], [inplace boolean], [saturate boolean], [tensorOut tensor]',
   function(a)
      local r = a.inplace and a.tensor or (a.tensorOut or a.tensor.new()):resize(a.tensor:size()):copy(a.tensor)
      if r:nElement() == 0 then return r end
      local min = lowest(a, r)
      local max = a.max or a.symm and not a.min and -min or r:max()
      r:add(-min)
      if max ~= min then r:div(max - min) end
      if (a.min or a.max) and a.saturate ~= false then r:clamp(0, 1) end
      return r
   end)

return M
