-- labels: quick
-- Convolutions of floats against the same in doubles: the ways that nn.convolutionWays names, the bounds of
-- their errors, samples against batches, numbers of threads.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'nn'
torch.manualSeed(3)
local fast = torch.cpuinfo().isa ~= 'base'

-- inputs, outputs, kernel, stride, padding, dilation, height, width, batch
local shapes = {
   {16, 16, 3, 1, 1, 1, 32, 32, 3}, {3, 16, 3, 1, 1, 1, 9, 10, 2}, {33, 40, 3, 1, 0, 1, 8, 8, 5}, {64, 64, 3, 1, 1, 1, 8, 8, 9},
   {16, 20, 3, 1, 2, 1, 5, 41, 1}, {17, 16, 5, 1, 2, 1, 12, 12, 4}, {16, 32, 5, 1, 0, 1, 12, 12, 3}, {24, 16, 5, 1, 4, 1, 6, 9, 1},
   {16, 32, 3, 2, 1, 1, 12, 12, 3}, {16, 24, 3, 2, 0, 1, 9, 8, 2}, {12, 16, 5, 2, 2, 1, 11, 13, 2}, {16, 32, 1, 2, 0, 1, 9, 9, 3},
   {16, 16, 3, 3, 1, 1, 10, 11, 2}, {16, 16, 1, 1, 0, 1, 7, 5, 3}, {16, 16, 3, 1, 2, 2, 9, 9, 2}, {2, 3, 3, 1, 1, 1, 6, 6, 2},
   {16, 16, 3, 2, 1, 2, 9, 10, 2}, {16, 16, 2, 3, 1, 1, 9, 10, 2}, {24, 33, 5, 3, 4, 1, 7, 8, 1}, {33, 16, 3, 4, 0, 1, 16, 13, 2},
   {17, 8, 4, 2, 3, 1, 1, 6, 2}, {16, 16, 3, 2, 1, 1, 1, 1, 2}, {40, 16, 6, 4, 2, 1, 10, 11, 3},
   {96, 160, 3, 1, 1, 1, 14, 13, 2}, {16, 16, 3, 1, 2, 2, 12, 10, 3}, {20, 33, 3, 1, 3, 3, 12, 9, 2}, {16, 17, 5, 1, 4, 2, 12, 12, 2},
   {16, 16, 3, 1, 0, 2, 12, 10, 2}, {32, 32, 3, 1, 2, 2, 32, 32, 17},
}

local function make(s)
   local nin, nout, k, d, pad, dil = unpack(s)
   if dil > 1 then return nn.SpatialDilatedConvolution(nin, nout, k, k, d, d, pad, pad, dil, dil) end
   return nn.SpatialConvolution(nin, nout, k, k, d, d, pad, pad)
end

-- Output, gradInput and gradWeight.
local function passes(m, x, g)
   m:zeroGradParameters()
   local y = m:forward(x):clone()
   if not g then return {y} end
   local gx = m:backward(x, g):clone()
   return {y, gx, m.gradWeight:clone(), m.gradBias:clone()}
end
local names = {'output', 'gradInput', 'gradWeight', 'gradBias'}

-- Errors in units of 2^-24 times the sum of absolute products: root mean square, and largest.
local function errors(got, exact, size)
   local e = (got:double() - exact):abs():cdiv(size + 1e-30):mul(2 ^ 24)
   return math.sqrt(e:pow(2):mean()), math.sqrt(e:max())
end

-- A sample has the values that it has in a batch, whichever way they are computed.
local function samples_alone(m, x, g, label)
   local got = passes(m, x, g)
   for i = 1, x:size(1) do
      local alone, single = passes(m, x:narrow(1, i, 1), g:narrow(1, i, 1)), passes(m, x[i], g[i])
      for pass = 1, 2 do
         check.ok(alone[pass]:equal(got[pass]:narrow(1, i, 1)) and single[pass]:equal(got[pass][i]),
            ('%s, %s: sample %d alone'):format(label, names[pass], i))
      end
   end
end

-- A module of doubles and its float twin; ways: how the passes are done, where that is known.
local function compare(exact, x, label, ways)
   local m = exact:clone():float()
   exact.weight:copy(m.weight)
   exact.bias:copy(m.bias)
   local g = torch.randn(exact:forward(x:double()):size()):float()
   local want = passes(exact, x:double(), g:double())
   local sizes = exact:clone() -- sums of absolute values
   sizes.weight:abs()
   sizes.bias:abs()
   sizes = passes(sizes, x:double():abs(), g:double():abs())
   torch.setnumthreads(1)
   local got = passes(m, x, g)
   for i = 1, 4 do
      local rms, worst = errors(got[i], want[i], sizes[i])
      local filtered = i < 4 and ((ways[i] or 'winograd') == 'winograd' or ways[i] == 'apart')
      check.ok(rms < (filtered and 4 or 1.5) and worst < (filtered and 80 or 20),
         ('%s, %s (%s): error %.2f, largest %.1f'):format(label, names[i], ways[i] or '', rms, worst))
   end
   for _, threads in ipairs{2, 3, 7} do
      torch.setnumthreads(threads)
      local other = passes(m, x, g)
      for i = 1, 4 do check.ok(got[i]:equal(other[i]), ('%s, %s: %d threads'):format(label, names[i], threads)) end
   end
   samples_alone(m, x, g, label)
   samples_alone(exact, x:double(), g:double(), label .. ', doubles')
end

for _, on in ipairs{true, false} do
   nn.winograd(on)
   for _, s in ipairs(shapes) do
      local m = make(s)
      local ways = {nn.convolutionWays(m, s[7], s[8])}
      local label = table.concat(s, ' ') .. (on and '' or ', without minimal filtering')
      if not on then check.ok(not table.concat(ways):find('winograd'), label .. ': no minimal filtering') end
      compare(m, torch.randn(s[9], s[1], s[7], s[8]):float(), label, ways)
   end
   for i, m in ipairs{nn.SpatialFullConvolution(17, 20, 3, 3, 2, 2, 1, 1, 1, 1), nn.SpatialFullConvolution(20, 16, 4, 4, 2, 2, 1, 1),
      nn.SpatialFullConvolution(16, 16, 5, 5, 3, 3, 0, 0, 2, 1), nn.SpatialFullConvolution(24, 18, 3, 3, 1, 1, 1, 1)} do
      compare(m, torch.randn(2, m.nInputPlane, 6, 7):float(), 'transposed ' .. i, {})
   end
end
nn.winograd(true)
local uneven = nn.SpatialDilatedConvolution(16, 20, 3, 3, 1, 1, 3, 2, 3, 2)
compare(uneven, torch.randn(3, 16, 8, 9):float(), 'rows and columns dilated differently', {nn.convolutionWays(uneven, 8, 9)})
for i, m in ipairs{nn.VolumetricConvolution(3, 16, 3, 3, 3), nn.VolumetricConvolution(2, 19, 2, 3, 5, 2, 1, 3, 1, 2, 1),
   nn.VolumetricConvolution(5, 40, 1, 3, 3, 1, 2, 2, 0, 1, 1), nn.VolumetricConvolution(4, 33, 3, 1, 1, 1, 1, 1, 2, 0, 0),
   nn.VolumetricConvolution(3, 7, 3, 3, 3, 1, 1, 1, 1, 1, 1), nn.VolumetricConvolution(6, 12, 1, 1, 1),
   nn.VolumetricDilatedConvolution(3, 18, 3, 2, 3, 1, 2, 1, 2, 1, 3, 2, 1, 3), nn.VolumetricFullConvolution(9, 3, 2, 3, 3, 2, 2, 2)} do
   compare(m, torch.randn(3, m.nInputPlane, 5, 8, 19):float(), 'volumes ' .. i, {})
end

-- ---- what is told and chosen ----
local conv = nn.SpatialConvolution(16, 16, 3, 3, 1, 1, 1, 1)
local function ways() return table.concat({nn.convolutionWays(conv, 32, 32)}, ' ') end
check.eq(ways(), fast and 'winograd winograd winograd' or 'product product product', 'ways')
local function dilated(d, pad, size)
   return (nn.convolutionWays(nn.SpatialDilatedConvolution(32, 32, 3, 3, d, d, pad, pad, 2, 2), size, size))
end
check.eq(dilated(1, 2, 32), fast and 'apart' or 'product', 'images with dilated windows come apart')
for _, args in ipairs{{1, 1, 32}, {1, 2, 31}, {2, 2, 32}} do
   check.ok(dilated(unpack(args)) ~= 'apart', 'strides, and what dilation does not divide, do not: ' .. table.concat(args, ' '))
end
check.eq(nn.winograd(false), true, 'nn.winograd returns what it was')
check.eq(ways(), fast and 'direct direct direct' or 'product product product', 'ways without minimal filtering')
check.eq(nn.winograd(), false, 'nn.winograd() changes nothing')
check.eq(nn.winograd(true), false, 'on again')
check.error(function() nn.winograd(1) end, 'argument #1 %(on%): boolean expected, got number', 'nn.winograd')
check.error(function() nn.convolutionWays(nn.Linear(2, 2), 3, 3) end, 'nn.SpatialConvolution expected, got nn.Linear', 'module')
check.error(function() nn.convolutionWays(conv, 3) end, 'argument #3 %(width%): number expected, got no value', 'width')
check.error(function() nn.convolutionWays(conv, 0, 3) end, 'out of range', 'height')
conv.dW = 0
check.error(function() nn.convolutionWays(conv, 3, 3) end, 'out of range', 'stride')

check.finish()
