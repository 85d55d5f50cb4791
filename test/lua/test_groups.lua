-- labels: quick
-- Convolutions with groups, padding that is not the same behind, and dilation, in one to three dimensions: against plain
-- loops, their transposes as adjoints, finite differences, and the modules against one of slices for each group. Floats
-- against doubles, numbers of threads, samples alone.
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'nn'
torch.manualSeed(7)
local T = torch.DoubleTensor
local function random(...) return T(...):uniform(-1, 1) end
local function near(got, want, tol, what)
   check.ok(got:isSameSizeAs(want) and (got - want):abs():max() <= tol, what)
end

-- ---- the kernels ----

-- planes, outputs, groups; kernel, stride, padding before, behind, dilation, input: {T, H, W}
local cases = {
   {4, 6, 2, {1, 3, 2}, {1, 1, 1}, {0, 1, 0}, {0, 0, 2}, {1, 1, 1}, {1, 5, 6}},
   {3, 3, 3, {1, 3, 3}, {1, 2, 2}, {0, 1, 1}, {0, 1, 1}, {1, 1, 1}, {1, 7, 6}},
   {3, 6, 3, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}, {1, 1, 1}, {1, 6, 9}},
   {6, 3, 3, {1, 2, 3}, {1, 3, 2}, {0, 0, 2}, {0, 1, 0}, {1, 2, 1}, {1, 8, 7}},
   {4, 4, 4, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}, {1, 1, 1}, {1, 3, 5}},
   {2, 2, 1, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {0, 2, 1}, {1, 1, 1}, {1, 3, 5}},
   {4, 8, 2, {1, 1, 4}, {1, 1, 2}, {0, 0, 3}, {0, 0, 1}, {1, 1, 2}, {1, 1, 11}},
   {4, 2, 2, {2, 3, 1}, {2, 1, 2}, {1, 0, 0}, {0, 2, 1}, {1, 2, 1}, {4, 6, 5}},
   {18, 34, 2, {1, 3, 3}, {1, 1, 1}, {0, 0, 1}, {0, 2, 1}, {1, 1, 1}, {1, 9, 8}},
   {32, 16, 2, {1, 3, 3}, {1, 2, 2}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}, {1, 9, 8}},
   {8, 8, 8, {1, 5, 5}, {1, 1, 1}, {0, 2, 2}, {0, 2, 2}, {1, 1, 1}, {1, 7, 19}},
   {8, 16, 4, {1, 3, 3}, {1, 1, 1}, {0, 5, 4}, {0, 4, 0}, {1, 1, 2}, {1, 3, 4}},
   {5, 5, 5, {1, 3, 3}, {1, 2, 1}, {0, 0, 1}, {0, 1, 0}, {1, 1, 1}, {1, 4, 37}},
   {8, 12, 4, {1, 3, 3}, {1, 3, 3}, {0, 1, 2}, {0, 1, 1}, {1, 2, 3}, {1, 17, 18}},
}

local function sizes(c, n)
   local planes, outputs, groups, k, d, pad, behind, dil, size = unpack(c)
   local out = {}
   for i = 1, 3 do out[i] = math.floor((size[i] + pad[i] + behind[i] - dil[i] * (k[i] - 1) - 1) / d[i]) + 1 end
   local dims = size[1] > 1 and 3 or size[2] > 1 and 2 or 1
   local function shape(a, b, s)
      local list = {a, b}
      for i = 4 - dims, 3 do list[#list + 1] = s[i] end
      return list
   end
   return shape(n, planes, size), shape(outputs, planes / groups, k), shape(n, outputs, out), out
end

-- Calls f(o, i, tap, at, to): output plane o sees plane i by an element of the kernel, from one place to another
-- (from 1, in planes and kernels as rows).
local function each_product(c, out, f)
   local planes, outputs, groups, k, d, pad, _, dil, size = unpack(c)
   local per = planes / groups
   local function inside(o, tap, i) return (o - 1) * d[i] - pad[i] + (tap - 1) * dil[i] end
   for o = 1, outputs do
      local first = math.floor((o - 1) / (outputs / groups)) * per
      for i = 1, per do
         for a = 1, k[1] do for b = 1, k[2] do for e = 1, k[3] do
            for t = 1, out[1] do for h = 1, out[2] do for w = 1, out[3] do
               local p, q, r = inside(t, a, 1), inside(h, b, 2), inside(w, e, 3)
               if p >= 0 and p < size[1] and q >= 0 and q < size[2] and r >= 0 and r < size[3] then
                  f(o, i, ((a - 1) * k[2] + b - 1) * k[3] + e, first + i, (p * size[2] + q) * size[3] + r + 1,
                     ((t - 1) * out[2] + h - 1) * out[3] + w)
               end
            end end end
         end end end
      end
   end
end

-- Output and the gradients of sum(g y) with respect to input and weight, by the definition.
local function naive(c, x, w, b, g, out)
   local y = b:view(1, -1, 1):expand(x:size(1), c[2], out[1] * out[2] * out[3]):clone()
   local gx, gw = x:clone():zero(), w:clone():zero()
   local per, inSize, outSize, taps = c[1] / c[3], c[9][1] * c[9][2] * c[9][3], out[1] * out[2] * out[3], c[4][1] * c[4][2] * c[4][3]
   local X, W, G, Y, GX, GW = x:data(), w:data(), g:data(), y:data(), gx:data(), gw:data()
   for n = 0, x:size(1) - 1 do
      each_product(c, out, function(o, i, tap, plane, at, to)
         local xi, wi = (n * c[1] + plane - 1) * inSize + at - 1, ((o - 1) * per + i - 1) * taps + tap - 1
         local yi = (n * c[2] + o - 1) * outSize + to - 1
         Y[yi] = Y[yi] + W[wi] * X[xi]
         GX[xi] = GX[xi] + W[wi] * G[yi]
         GW[wi] = GW[wi] + X[xi] * G[yi]
      end)
   end
   return y:viewAs(g), gx, gw
end

local function join(...)
   local list = {}
   for _, t in ipairs{...} do
      for i = 1, 3 do list[#list + 1] = t[({1, 3, 2})[i]] end -- T, W, H
   end
   return list
end

-- The three passes of kernels of one type; full: those of the transposed convolution.
local function passes(c, x, w, b, g, full)
   local k, scale = nn.THNN.kernels[x:type()], .5
   local numbers = join(c[5], c[6], c[7], c[8])
   local y, gx, gw, gb = x.new(), x.new(), w:clone():zero(), b and b:clone():zero()
   local name = full and 'FullConvolution_' or 'Convolution_'
   if full then
      for i = 1, 3 do
         local axis = ({1, 3, 2})[i]
         numbers[#numbers + 1] = full[axis]
      end
   end
   numbers[#numbers + 1] = c[3]
   k[name .. 'updateOutput'](x, y, w, b, unpack(numbers))
   k[name .. 'updateGradInput'](x, g, gx, w, unpack(numbers))
   numbers[#numbers + 1] = scale
   k[name .. 'accGradParameters'](x, g, gw, gb, unpack(numbers))
   return {y, gx, gw:div(scale), gb and gb:div(scale)}
end
local names = {'output', 'gradInput', 'gradWeight', 'gradBias'}

-- What the transposed output has more than the smallest one that gives such an input.
local function adjustments(c, out)
   local adj = {}
   for i = 1, 3 do
      adj[i] = c[9][i] - ((out[i] - 1) * c[5][i] - c[6][i] - c[7][i] + c[8][i] * (c[4][i] - 1) + 1)
   end
   return adj
end

local function same_everywhere(c, got, args, label)
   for _, threads in ipairs{1, 2, 3, 7} do
      torch.setnumthreads(threads)
      local other = passes(c, unpack(args))
      for i = 1, 4 do check.ok(got[i]:equal(other[i]), ('%s, %s: %d threads'):format(label, names[i], threads)) end
   end
   local x, g = args[1], args[4]
   for n = 1, x:size(1) do
      local alone = passes(c, x:narrow(1, n, 1), args[2], args[3], g:narrow(1, n, 1), args[5])
      for i = 1, 2 do check.ok(alone[i]:equal(got[i]:narrow(1, n, 1)), ('%s, %s: sample %d alone'):format(label, names[i], n)) end
   end
end

for number, c in ipairs(cases) do
   local xs, ws, ys, out = sizes(c, 3)
   local x, w, b, g = random(unpack(xs)), random(unpack(ws)), random(c[2]), random(unpack(ys))
   local y, gx, gw = naive(c, x, w, b, g, out)
   local exact = {y, gx, gw, g:view(3, c[2], -1):sum(3):sum(1):view(-1)}
   local adj, zero = adjustments(c, out), torch.zeros(c[1])
   -- the transpose has the same weight: it takes g to gx, x to y without bias, and its weight's gradient is the same
   local plain = y - b:view(1, -1, 1):expand(3, c[2], y:nElement() / 3 / c[2]):clone():viewAs(y)
   local back = {gx, plain, gw}
   for _, kind in ipairs{'torch.DoubleTensor', 'torch.FloatTensor'} do
      local tol, label = kind == 'torch.FloatTensor' and 3e-5 or 1e-11, ('case %d, %s'):format(number, kind)
      local args = {x:type(kind), w:type(kind), b:type(kind), g:type(kind)}
      local got = passes(c, unpack(args))
      for i = 1, 4 do near(got[i]:double(), exact[i], tol, label .. ': ' .. names[i]) end
      same_everywhere(c, got, args, label)
      local ok = true
      for i = 1, 3 do ok = ok and (adj[i] == 0 or adj[i] < c[5][i] or adj[i] < c[8][i]) end
      if ok then
         args = {g:type(kind), w:type(kind), zero:type(kind), x:type(kind), adj}
         got = passes(c, unpack(args))
         for i = 1, 3 do near(got[i]:double(), back[i], tol, label .. ', transposed: ' .. names[i]) end
         same_everywhere(c, got, args, label .. ', transposed')
      end
   end
end

-- ---- planes with outputs of their own, of all widths around the vectors ----
for width = 1, 37 do
   for _, s in ipairs{{3, 1, 1, 1}, {2, 1, 0, 1}, {3, 2, 1, 1}, {5, 2, 4, 1}, {3, 3, 2, 1}, {3, 4, 0, 1}, {3, 1, 2, 2}, {4, 2, 3, 3}, {1, 2, 0, 1}} do
      local k, d, pad, dil = unpack(s)
      if width + 2 * pad >= dil * (k - 1) + 1 then
         local height = dil * (k - 1) + 1 + width % 3
         local m = nn.SpatialDilatedConvolution(6, 12, k, k, d, d, pad, pad, dil, dil, width % 2 == 0 and 6 or 3):float()
         local exact, x = m:clone():double(), random(2, 6, height, width):float()
         local y = m:forward(x):clone()
         local g, label = random(2, 12, y:size(3), y:size(4)):float(), ('width %d, %s'):format(width, tostring(m))
         m:zeroGradParameters()
         exact:zeroGradParameters()
         near(y:double(), exact:forward(x:double()), 2e-5, label .. ': output')
         near(m:backward(x, g):double(), exact:backward(x:double(), g:double()), 2e-5, label .. ': gradInput')
         near(m.gradWeight:double(), exact.gradWeight, 1e-4, label .. ': gradWeight')
      end
   end
end
do
   local fast = torch.cpuinfo().isa ~= 'base'
   local m = nn.SpatialConvolution(32, 32, 3, 3, 1, 1, 1, 1, 32)
   local d = nn.SpatialDepthWiseConvolution(32, 1, 3, 3, 1, 1, 1, 1)
   for _, one in ipairs{m, d} do
      check.eq(table.concat({nn.convolutionWays(one, 56, 56)}, ' '), fast and 'planes planes planes' or 'groups groups groups', tostring(one))
   end
   check.eq((nn.convolutionWays(nn.SpatialConvolution(256, 256, 3, 3, 1, 1, 1, 1, 2), 28, 28)), 'groups', 'large groups')
   local summary = nn.summary(nn.Sequential():add(m):float(), torch.FloatTensor(1, 32, 9, 9))
   check.eq(summary.rows[2].way, fast and 'planes' or 'groups', 'nn.summary: way')
   check.match(tostring(summary), fast and ' planes\n' or ' groups\n', 'nn.summary: its column')
   d:float()
   m:float().weight:copy(d.weight)
   m.bias:copy(d.bias)
   local x = torch.rand(3, 32, 9, 11):float()
   local y = d:forward(x)
   near(m:forward(x), y, 1e-6, 'depthwise: both classes')
end

-- ---- refusals ----
do
   local k = nn.THNN.kernels['torch.DoubleTensor']
   local function forward(x, w, groups, pad, behind)
      k.Convolution_updateOutput(x, T(), w, nil, 1, 1, 1, 0, pad or 0, 0, 0, behind or 0, 0, 1, 1, 1, groups)
   end
   local x = random(2, 4, 5, 5)
   check.error(function() forward(x, random(6, 2, 3, 3), 3) end, 'Need input of dimension 3', 'planes of another number of groups')
   check.error(function() forward(x, random(5, 2, 3, 3), 2) end, 'weight of %[5 x 2 x 3 x 3%] cannot be cut into 2 groups', 'outputs')
   check.error(function() forward(x, random(4, 2, 3, 3), 0) end, 'groups should be greater than zero, got 0', 'no groups')
   check.error(function() forward(x, random(4, 2), 2) end, 'weight should be 3D, 4D or 5D', 'a matrix')
   check.error(function() forward(x, random(4, 2, 3, 3), 2, -1) end, 'padding should not be negative, got %-1', 'padding')
   check.error(function() forward(x, random(4, 2, 3, 3), 2, 1, -1) end, 'padding should not be negative, got %-1', 'padding behind')
end

-- ---- modules ----

-- One module for each group, of slices of m's parameters; make(nIn, nOut) makes one.
local function of_slices(m, make)
   local net, g = nn.Concat(2), m.groups
   local nin, nout = m.nInputPlane / g, m.nOutputPlane / g
   local rows = m.weight:size(1) / g
   for i = 1, g do
      local one = make(nin, nout):double()
      one.weight, one.bias = m.weight:narrow(1, (i - 1) * rows + 1, rows), m.bias:narrow(1, (i - 1) * nout + 1, nout)
      one.gradWeight, one.gradBias = one.weight:clone():zero(), one.bias:clone():zero()
      net:add(nn.Sequential():add(nn.Narrow(2, (i - 1) * nin + 1, nin)):add(one))
   end
   return net:double()
end

local modules = {
   {nn.SpatialConvolution(6, 9, 3, 2, 2, 1, 1, 0, 3), function(i, o) return nn.SpatialConvolution(i, o, 3, 2, 2, 1, 1, 0) end, {2, 6, 7, 8}},
   {nn.SpatialDilatedConvolution(6, 6, 3, 3, 1, 1, 1, 1, 2, 2, 6), function(i, o) return nn.SpatialDilatedConvolution(i, o, 3, 3, 1, 1, 1, 1, 2, 2) end, {2, 6, 7, 8}},
   {nn.SpatialFullConvolution(4, 6, 3, 3, 2, 2, 1, 1, 1, 0, 2), function(i, o) return nn.SpatialFullConvolution(i, o, 3, 3, 2, 2, 1, 1, 1, 0) end, {2, 4, 4, 5}},
   {nn.VolumetricConvolution(4, 6, 2, 3, 2, 1, 2, 1, 1, 0, 1, 2), function(i, o) return nn.VolumetricConvolution(i, o, 2, 3, 2, 1, 2, 1, 1, 0, 1) end, {2, 4, 4, 5, 6}},
   {nn.VolumetricDilatedConvolution(4, 4, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 1, 2, 4), function(i, o) return nn.VolumetricDilatedConvolution(i, o, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 1, 2) end, {2, 4, 4, 5, 6}},
   {nn.VolumetricFullConvolution(4, 2, 2, 3, 2, 2, 2, 1, 0, 1, 0, 1, 0, 0, 2), function(i, o) return nn.VolumetricFullConvolution(i, o, 2, 3, 2, 2, 2, 1, 0, 1, 0, 1, 0, 0) end, {2, 4, 3, 4, 5}},
}
for _, case in ipairs(modules) do
   local m, x = case[1]:double(), random(unpack(case[3]))
   local net, text = of_slices(m, case[2]), tostring(m)
   check.ok(text:find(', groups ' .. m.groups, 1, true), text .. ': text')
   local y = net:forward(x)
   local g = random(unpack(y:size():totable()))
   near(m:forward(x), y, 1e-12, text .. ': output')
   m:zeroGradParameters()
   near(m:backward(x, g), net:backward(x, g), 1e-12, text .. ': gradInput')
   local _, grads = net:parameters()
   for i = 1, m.groups do
      local rows, nout = m.weight:size(1) / m.groups, m.nOutputPlane / m.groups
      near(m.gradWeight:narrow(1, (i - 1) * rows + 1, rows), grads[2 * i - 1], 1e-12, text .. ': gradWeight')
      near(m.gradBias:narrow(1, (i - 1) * nout + 1, nout), grads[2 * i], 1e-12, text .. ': gradBias')
   end
   near(T{nn.Jacobian.testJacobian(m, x:clone(), -1, 1)}, T{0}, 1e-6, text .. ': finite differences')
   local copy = torch.deserialize(torch.serialize(m:clearState()))
   near(copy:forward(x), y, 1e-12, text .. ': from a file')
   local float = m:clone():float()
   near(float:forward(x:float()):double(), y, 1e-5, text .. ': floats')
   near(copy:noBias():forward(x), m:forward(x) - m.bias:view(1, -1, 1):expand(2, m.nOutputPlane, y:nElement() / 2 / m.nOutputPlane):clone():viewAs(y),
      1e-12, text .. ': without bias')
end
check.eq(nn.SpatialConvolution(4, 4, 3, 3, 1, 1, 0, 0, 1).groups, nil, 'one group is none')
check.error(function() nn.SpatialConvolution(4, 6, 3, 3, 1, 1, 0, 0, 4) end, 'argument #9 %(groups%): nOutputPlane 6 cannot be cut into 4 groups', 'outputs')
check.error(function() nn.SpatialConvolution(6, 4, 3, 3, 1, 1, 0, 0, 4) end, 'argument #9 %(groups%): nInputPlane 6 cannot be cut into 4 groups', 'planes')
check.error(function() nn.SpatialConvolution(6, 4, 3, 3, 1, 1, 0, 0, 0) end, 'argument #9 %(groups%)', 'none')

check.finish()
