-- How convolutions of FloatTensors are done on the CPU.
local convolution = require 'libnn.convolution'
local ways = {}

--- Whether kernels of 3x3 and 5x5 with stride 1 may be done by Winograd's minimal filtering, which is faster; its
--- rounding errors are about twice those of a sum in order. With an argument, true or false, sets it for the
--- whole process; returns what it was. True at first.
function ways.winograd(on)
   if on ~= nil and type(on) ~= 'boolean' then
      error('nn.winograd: argument #1 (on): boolean expected, got ' .. torch.type(on), 2)
   end
   return convolution.winograd(on)
end

-- planes, outputs and groups of what is convolved
local function planes(m)
   if torch.isTypeOf(m, 'nn.SpatialDepthWiseConvolution') then return m.nInputPlane, m.nInputPlane * m.nOutputPlane, m.nInputPlane end
   return m.nInputPlane, m.nOutputPlane, m.groups or 1
end

--- How a SpatialConvolution, SpatialConvolutionMM, SpatialDilatedConvolution or SpatialDepthWiseConvolution is done for
--- images of height x width: 'winograd', 'direct' (sums in registers), 'planes' (planes with few others each),
--- 'apart' (every dilation-th row and column as an image of its own), 'product' (unfolded, by BLAS), or 'groups' (one group after another), for output, gradInput and gradWeight. Shapes and
--- processor alone decide, whatever the size of the batch. nn.summary shows it for the layers of a net.
---
---    nn.convolutionWays(nn.SpatialConvolution(16, 16, 3, 3, 1, 1, 1, 1), 32, 32)  --> winograd winograd winograd
function ways.convolutionWays(module, height, width)
   if not torch.isTypeOf(module, 'nn.SpatialConvolution') and not torch.isTypeOf(module, 'nn.SpatialDepthWiseConvolution') then
      error('nn.convolutionWays: argument #1 (module): nn.SpatialConvolution expected, got ' .. torch.type(module), 2)
   end
   for at, size in pairs{height = height or false, width = width or false} do
      if type(size) ~= 'number' then
         error(('nn.convolutionWays: argument #%d (%s): number expected, got %s'):format(at == 'height' and 2 or 3, at,
            size and torch.type(size) or 'no value'), 2)
      end
   end
   local m, list = module, {}
   local nin, nout, groups = planes(m)
   for pass = 0, 2 do
      list[pass + 1] = convolution.way(pass, nin, nout, height, width, m.kH, m.kW, m.dH, m.dW, m.padH or 0, m.padW or 0,
         m.dilationH or 1, m.dilationW or 1, groups)
   end
   return unpack(list)
end

return ways
