-- nn.LayerNorm(size [, eps = 1e-5, affine = true]): the last dimension of an input, or the last ones where `size` is a LongStorage,
-- is brought to mean 0 and variance 1 (the biased one, plus eps), then, with affine, multiplied by weight (1 at first) and
-- added to bias (0), which have that size. One pass over memory each way; nn.LayerNormalization is Torch7's, of many modules.
--
--    nn.LayerNorm(128):forward(torch.randn(16, 64, 128))
--    nn.LayerNorm(torch.LongStorage{4, 5}):forward(torch.randn(16, 4, 5))
--
-- Errors: the input must end in that size.
-- Source: J. Ba, J. Kiros, G. Hinton, Layer normalization, 2016.
local LayerNorm, parent = torch.class('nn.LayerNorm', 'nn.GroupNorm')
local wrong = require('nn.check').wrong

LayerNorm.__arguments = 'size size|torch.LongStorage, [eps number], [affine boolean]'

function LayerNorm:__init(size, eps, affine)
   nn.Module.__init(self)
   self.size = nn.utils.sizeOf(size)
   self:_start(self.size, eps or self.defaultEps, affine)
end
LayerNorm.defaultEps = 1e-5

local numbers = setmetatable({}, {__mode = 'k'}) -- of a size

function LayerNorm:_shape(input)
   local n, size = 1, numbers[self.size]
   if not size then
      size = self.size:totable()
      numbers[self.size] = size
   end
   local count, dims = #size, input:dim()
   local fits = dims >= count
   for d = 1, count do
      local s = size[d]
      n = n * s
      fits = fits and input:size(dims - count + d) == s
   end
   if not fits then
      wrong(self, 1, 'input', 'expected ... x %s, got %s', table.concat(size, ' x '), nn.utils.sizeText(input))
   end
   return n, 1, 1
end

function LayerNorm:__tostring__() return ('%s(%s)'):format(torch.type(self), table.concat(self.size:totable(), 'x')) end

function LayerNorm.__cases()
   local T = torch.DoubleTensor
   return {{nn.LayerNorm(5), T(3, 5)}, {nn.LayerNorm(67), T(2, 3, 67)},
      {nn.LayerNorm(torch.LongStorage{2, 3}), T(4, 2, 3)}, {nn.LayerNorm(4, 1e-3, false), T(4)}}
end
