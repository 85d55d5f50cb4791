-- image: pictures as tensors [channels x height x width], of Bytes from 0 to 255 or of numbers from 0 to 1: files,
-- scaling and bending, colours, filters, drawing. docs/image.md tells of each function.
require 'torch'
local torch = torch

image = {}

--- The largest picture, in pixels, that is loaded; a small file can announce any size.
image.maxpixels = 2 ^ 28

for _, part in ipairs{'files', 'geometry', 'colours', 'filters', 'draw', 'display', 'samples'} do
   for name, f in pairs(require('image.' .. part)) do image[name] = f end
end

--- image.test([names]): checks of this installation (image/test.lua).
function image.test(...) return require('image.test')(...) end

-- The kernels by element type, as Torch7's are called: img.image.scaleBilinear(src, dst).
for type, kernels in pairs(require('image.kernels')) do
   image[type] = kernels
   torch.getmetatable('torch.' .. type:gsub('^%l', string.upper) .. 'Tensor').image = kernels
end

require('torch.help').source('image.help')

return image
