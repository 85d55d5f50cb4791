package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local rows = require 'rows'
require 'nn'
torch.setdefaulttensortype('torch.FloatTensor')

-- Layers, forward and forward + backward (gradients of input and parameters), floats. The peer's backward is autograd's.

local PY = [[
import torch.nn as nn
import torch.nn.functional as F
m = %s
x = torch.rand(%s)
x.requires_grad_(%s)
with torch.enable_grad():
   g = torch.ones_like(%s)
def both():
   with torch.enable_grad():
      y = %s
      y.backward(g)
]]

local function pair(cases, name, module, size, peer, floating, call)
   local L = ('local m, x = %s, torch.FloatTensor(%s):uniform() local y = m:forward(x) local g = y:clone():fill(1) ')
      :format(module, size)
   call = call or 'm(x)'
   local P = PY:format(peer, size, floating == false and 'False' or 'True', call, call)
   cases[#cases + 1] = {name .. ', forward', L, 'm:forward(x)', P, call}
   cases[#cases + 1] = {name .. ', forward + backward', L, 'm:forward(x) m:backward(x, g)', P, 'both()'}
end

local cases = {}
for _, s in ipairs{{16, 64, 64}, {64, 784, 512}, {16, 4096, 1000}} do
   pair(cases, ('Linear %d->%d, batch %d'):format(s[2], s[3], s[1]), ('nn.Linear(%d, %d)'):format(s[2], s[3]),
      ('%d, %d'):format(s[1], s[2]),
      ('nn.Linear(%d, %d)'):format(s[2], s[3]))
end
for _, b in ipairs{{16, 100}, {64, 1000}, {128, 10000}} do
   local size = ('%d, %d'):format(b[1], b[2])
   local at = (' %dx%d'):format(b[1], b[2])
   for _, a in ipairs{{'ReLU', 'nn.ReLU()'}, {'Tanh', 'nn.Tanh()'}, {'Sigmoid', 'nn.Sigmoid()'}, {'ELU', 'nn.ELU()'},
      {'SoftPlus', 'nn.Softplus()'},
      {'LeakyReLU', 'nn.LeakyReLU()', 'nn.LeakyReLU(0.01)'}, {'HardTanh', 'nn.Hardtanh()'}, {'SoftMax',
       'nn.Softmax(1)'}, {'LogSoftMax', 'nn.LogSoftmax(1)'}} do
      pair(cases, a[1] .. at, a[3] or 'nn.' .. a[1] .. '()', size, a[2])
   end
   pair(cases, 'BatchNormalization' .. at, ('nn.BatchNormalization(%d)'):format(b[2]), size, ('nn.BatchNorm1d(%d)')
      :format(b[2]))
   pair(cases, 'Dropout' .. at, 'nn.Dropout(0.5)', size, 'nn.Dropout(0.5)')
   pair(cases, 'PReLU' .. at, 'nn.PReLU()', size, 'nn.PReLU()')
end
bench.run('Layers of vectors, floats', rows(cases))

cases = {}
for _, c in ipairs{ -- inputs, outputs, kernel, side, padding, batch
   {1, 20, 5, 28, 0, 64}, {20, 50, 5, 12, 0, 64}, {3, 64, 7, 64, 3, 8}, {16, 16, 3, 32, 1, 32}, {32, 32, 3, 16, 1, 32},
   {64, 64, 3, 8, 1, 32}, {64, 128, 3, 28, 1, 16}, {64, 192, 5, 27, 2, 16}, {64, 64, 1, 16, 0, 64}, {256, 256, 3, 14, 1, 1},
} do
   local nin, nout, k, side, pad, batch = unpack(c)
   pair(cases, ('convolution %d->%d %dx%d on %d, batch %d'):format(nin, nout, k, k, side, batch),
      ('nn.SpatialConvolution(%d, %d, %d, %d, 1, 1, %d, %d)'):format(nin, nout, k, k, pad, pad), ('%d, %d, %d, %d')
         :format(batch, nin, side, side),
      ('nn.Conv2d(%d, %d, %d, padding=%d)'):format(nin, nout, k, pad))
end
pair(cases, 'convolution 64->64 3x3 stride 2 on 32, batch 16', 'nn.SpatialConvolution(64, 64, 3, 3, 2, 2, 1, 1)',
   '16, 64, 32, 32', 'nn.Conv2d(64, 64, 3, 2, 1)')
pair(cases, 'dilated convolution 32->32 3x3 on 32, batch 16',
   'nn.SpatialDilatedConvolution(32, 32, 3, 3, 1, 1, 2, 2, 2, 2)', '16, 32, 32, 32', 'nn.Conv2d(32, 32, 3, 1, 2, 2)')
pair(cases, 'full convolution 32->16 4x4 stride 2 on 16, batch 16',
   'nn.SpatialFullConvolution(32, 16, 4, 4, 2, 2, 1, 1)', '16, 32, 16, 16', 'nn.ConvTranspose2d(32, 16, 4, 2, 1)')
pair(cases, 'depthwise convolution 64 3x3 on 32, batch 16', 'nn.SpatialDepthWiseConvolution(64, 1, 3, 3, 1, 1, 1, 1)',
   '16, 64, 32, 32', 'nn.Conv2d(64, 64, 3, 1, 1, groups=64)')
pair(cases, 'volumetric convolution 3->16 3x3x3 on 8x16x16, batch 8', 'nn.VolumetricConvolution(3, 16, 3, 3, 3)',
   '8, 3, 8, 16, 16', 'nn.Conv3d(3, 16, 3)')
pair(cases, 'temporal convolution 64->64 3 on 100, batch 16', 'nn.TemporalConvolution(64, 64, 3)', '16, 100, 64',
   'nn.Conv1d(64, 64, 3)', true, 'm(x.transpose(1, 2))')
bench.run('Convolutions, floats', rows(cases))

cases = {}
for _, s in ipairs{{8, 8, 16}, {32, 32, 32}, {32, 64, 56}} do
   local size, at = ('%d, %d, %d, %d'):format(s[1], s[2], s[3], s[3]), (' %dx%dx%dx%d'):format(s[1], s[2], s[3], s[3])
   pair(cases, 'max pooling 2x2' .. at, 'nn.SpatialMaxPooling(2, 2, 2, 2)', size, 'nn.MaxPool2d(2)')
   pair(cases, 'max pooling 3x3 stride 2' .. at, 'nn.SpatialMaxPooling(3, 3, 2, 2)', size, 'nn.MaxPool2d(3, 2)')
   pair(cases, 'average pooling 2x2' .. at, 'nn.SpatialAveragePooling(2, 2, 2, 2)', size, 'nn.AvgPool2d(2)')
   pair(cases, 'SpatialBatchNormalization' .. at, ('nn.SpatialBatchNormalization(%d)'):format(s[2]), size,
      ('nn.BatchNorm2d(%d)'):format(s[2]))
   pair(cases, 'ReLU' .. at, 'nn.ReLU()', size, 'nn.ReLU()')
   pair(cases, 'nearest upsampling by 2' .. at, 'nn.SpatialUpSamplingNearest(2)', size, 'nn.Upsample(scale_factor=2)')
   pair(cases, 'cross-map normalisation' .. at, 'nn.SpatialCrossMapLRN(5)', size, 'nn.LocalResponseNorm(5)')
   pair(cases, 'reflection padding' .. at, 'nn.SpatialReflectionPadding(1, 1, 1, 1)', size, 'nn.ReflectionPad2d(1)')
end
bench.run('Layers of images, floats', rows(cases))
cases = {}
for _, s in ipairs{{1000, 16, 10}, {10000, 64, 50}, {30000, 128, 1000}} do
   local L = ('local m, x = nn.LookupTable(%d, %d), torch.LongTensor(16, %d):random(%d) local y = m:forward(x) local g = y:clone():fill(1) '):format(s[1], s[2], s[3], s[1])
   local P = ('m = torch.nn.Embedding(%d, %d)\nx = torch.randint(0, %d, (16, %d))\ng = torch.ones(16, %d, %d)\ndef both():\n   with torch.enable_grad():\n      m(x).backward(g)\n')
      :format(s[1], s[2], s[1], s[3], s[3], s[2])
   local name = ('LookupTable %dx%d, 16x%d'):format(s[1], s[2], s[3])
   cases[#cases + 1] = {name .. ', forward', L, 'm:forward(x)', P, 'm(x)'}
   cases[#cases + 1] = {name .. ', forward + backward', L, 'm:forward(x) m:backward(x, g)', P, 'both()'}
end
bench.run('Tables, floats', rows(cases))
