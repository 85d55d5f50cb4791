--- Kernels of nn that no module calls, against plain loops and finite differences; Float and Double, any number of
-- threads, and tensors that are not contiguous give the same.
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
require 'nn'
torch.manualSeed(3)
local T, L = torch.DoubleTensor, torch.LongTensor
local k = nn.THNN.kernels['torch.DoubleTensor']

local function random(...) return T(...):uniform(-1, 1) end
local function near(got, want, tol, what)
   check.ok(got:isSameSizeAs(want) and (got - want):abs():max() <= tol, what)
end
local function sigmoid(x) return 1 / (1 + math.exp(-x)) end

-- The gradient of f() (a number) with respect to x by central differences.
local function slope(f, x)
   local g, flat, h = x:clone(), x:view(-1), 1e-5
   for i = 1, flat:nElement() do
      local v = flat[i]
      flat[i] = v + h
      local up = f()
      flat[i] = v - h
      g:view(-1)[i] = (up - f()) / (2 * h)
      flat[i] = v
   end
   return g
end

-- ---- recurrent cells ----

local function lstm(x, h, b1, b2, c)
   local y, cy, gates = T(), T(), x:clone()
   k.LSTMFused_updateOutput(gates, h, b1, b2, c, y, cy)
   return y, cy, gates
end
local function gru(x, h, b1, b2, hx)
   local y, storage = T(), T()
   k.GRUFused_updateOutput(x, h, b1, b2, hx, y, storage)
   return y, storage
end
do
   local n = 3
   for _, bias in ipairs{true, false} do
      local x, h, c = random(2, 4 * n), random(2, 4 * n), random(2, n)
      local b1, b2 = bias and random(4 * n) or nil, bias and random(4 * n) or nil
      local y, cy, gates = lstm(x, h, b1, b2, c)
      for i = 1, 2 do
         for j = 1, n do
            local s = {}
            for gate = 0, 3 do
               local at = gate * n + j
               s[gate] = x[i][at] + h[i][at] + (bias and b1[at] + b2[at] or 0)
            end
            local cell = sigmoid(s[1]) * c[i][j] + sigmoid(s[0]) * math.tanh(s[2])
            check.ok(math.abs(cy[i][j] - cell) < 1e-12, 'LSTM: cell')
            check.ok(math.abs(y[i][j] - sigmoid(s[3]) * math.tanh(cell)) < 1e-12, 'LSTM: output')
         end
      end
      local gy, gc, gg, gcx = random(2, n), random(2, n), T(), T()
      local function loss()
         local out, cell = lstm(x, h, b1, b2, c)
         return out:dot(gy) + cell:dot(gc)
      end
      k.LSTMFused_updateGradInput(gates, gg, c, cy, gy, gc, gcx)
      near(gg, slope(loss, x), 1e-8, 'LSTM: gradient of input')
      near(gg, slope(loss, h), 1e-8, 'LSTM: gradient of hidden')
      near(gcx, slope(loss, c), 1e-8, 'LSTM: gradient of the cell')

      x, h = random(2, 3 * n), random(2, 3 * n)
      b1, b2 = bias and random(3 * n) or nil, bias and random(3 * n) or nil
      local out, storage = gru(x, h, b1, b2, c)
      for i = 1, 2 do
         for j = 1, n do
            local a, b = {}, {}
            for gate = 0, 2 do
               local at = gate * n + j
               a[gate], b[gate] = x[i][at] + (bias and b1[at] or 0), h[i][at] + (bias and b2[at] or 0)
            end
            local new, z = math.tanh(a[2] + sigmoid(a[0] + b[0]) * b[2]), sigmoid(a[1] + b[1])
            check.ok(math.abs(out[i][j] - ((1 - z) * new + z * c[i][j])) < 1e-12, 'GRU: output')
         end
      end
      local gi, gh, gx = T(), T(), T()
      local function gru_loss() return (gru(x, h, b1, b2, c)):dot(gy) end
      k.GRUFused_updateGradInput(gi, gh, gy, gx, storage)
      near(gi, slope(gru_loss, x), 1e-8, 'GRU: gradient of input')
      near(gh, slope(gru_loss, h), 1e-8, 'GRU: gradient of hidden')
      near(gx, slope(gru_loss, c), 1e-8, 'GRU: gradient of hx')
   end
   check.error(function() lstm(random(2, 11), random(2, 12), nil, nil, random(2, 3)) end, '#1 %(input%).*2 x 12', 'LSTM: input')
   check.error(function() gru(random(2, 9), random(2, 9), nil, random(8), random(2, 3)) end, '#4 %(bias2%)', 'GRU: bias')
end

-- ---- sparse inputs ----

do
   local rows, w, b = T{{{2, .5}, {0, 0}}, {{5, -1}, {2, 3}}}, random(3, 5), random(3)
   local dense, y, g = T{{0, .5, 0, 0, 0}, {0, 3, 0, 0, -1}}, T(), random(2, 3)
   k.SparseLinear_legacyUpdateOutput(rows, y, w, b)
   near(y, dense * w:t() + b:view(1, 3):expand(2, 3), 1e-14, 'legacyUpdateOutput')
   local gw, gb = random(3, 5), random(3)
   local gw0, gb0 = gw:clone(), gb:clone()
   k.SparseLinear_legacyAccGradParameters(rows, g, gw, gb, w, b, .1, 2)
   near(gw, gw0 + g:t() * dense * 2 + w * .1, 1e-14, 'legacyAccGradParameters: weight')
   near(gb, gb0 + g:sum(1):view(3) * 2, 1e-14, 'legacyAccGradParameters: bias')
   local coo = T{{1, 2, .5}, {2, 5, -1}, {2, 2, 3}, {1, 4, 0}}
   for kind, last in pairs{[''] = coo, legacy = rows} do
      local function kernel(name) return k['SparseLinear_' .. (kind == '' and name or kind .. name:gsub('^%l', string.upper))] end
      local v, c = w:clone(), b:clone()
      kernel('updateParameters')(v, c, gw, gb, last, .5)
      local want, zeroed = w:clone(), gw:clone()
      for _, j in ipairs{2, 5} do
         want:select(2, j):add(-.5, gw:select(2, j))
         zeroed:select(2, j):zero()
      end
      near(v, want, 0, kind .. 'updateParameters: weight')
      near(c, b - gb * .5, 1e-15, kind .. 'updateParameters: bias')
      local gv, gc = gw:clone(), gb:clone()
      kernel('zeroGradParameters')(gv, gc, last)
      near(gv, zeroed, 0, kind .. 'zeroGradParameters: weight')
      near(gc, T(3):zero(), 0, kind .. 'zeroGradParameters: bias')
   end
   coo[2][2] = 6
   local before = gb:clone()
   check.error(function() k.SparseLinear_zeroGradParameters(gw, gb, coo) end, '#3 %(lastInput%).*within 1 to 5', 'an index')
   near(gb, before, 0, 'nothing is written')
end

-- ---- sampling, unpooling, pooling of sequences ----

local function sampled(x, grid)
   local y = T()
   k.SpatialGridSamplerBilinear_updateOutput(x, grid, y)
   return y
end
do
   local x, grid, n = random(2, 3, 4, 5), random(2, 3, 2, 2):mul(1.4), {2, 3, 3, 2}
   local want = T(unpack(n))
   local function tent(d) return math.max(0, 1 - math.abs(d)) end
   for i = 1, 2 do for p = 1, 3 do for r = 1, 3 do for c = 1, 2 do
      local at, sum = grid[i][r][c], 0
      local px, py = (at[1] + 1) / 2 * 4 + 1, (at[2] + 1) / 2 * 3 + 1
      for h = 1, 4 do for w = 1, 5 do sum = sum + x[i][p][h][w] * tent(px - w) * tent(py - h) end end
      want[i][p][r][c] = sum
   end end end end
   near(sampled(x, grid), want, 1e-13, 'grid sampler')
   local g, gx, ggrid = random(unpack(n)), T(), T()
   local function loss() return sampled(x, grid):dot(g) end
   k.SpatialGridSamplerBilinear_updateGradInput(x, gx, grid, ggrid, g)
   near(gx, slope(loss, x), 1e-8, 'grid sampler: gradient of input')
   near(ggrid, slope(loss, grid), 1e-7, 'grid sampler: gradient of grid')
   local far = sampled(x, T(2, 1, 2, 2):fill(1e300))
   check.eq(far:abs():max() + sampled(x, T(2, 1, 2, 2):fill(0 / 0)):abs():max(), 0, 'grid sampler: far away')
   near(sampled(x:float():double(), T{{{{-1, -1}, {1, 1}}}}:expand(2, 1, 2, 2)):select(4, 2), x:float():double():select(4, 5):select(3, 4):contiguous():view(2, 3, 1),
      1e-12, 'grid sampler: corners')
   check.error(function() sampled(x, random(2, 3, 2, 3)) end, '#2 %(grid%)', 'grid sampler: grid')
end
do
   local pool, x = nn.SpatialMaxPooling(2, 2):double(), random(2, 3, 6, 4)
   local module = nn.SpatialMaxUnpooling(pool):double()
   local y = pool:forward(x)
   local out, gx, g = T(), T(), random(2, 3, 6, 4)
   k.SpatialMaxUnpooling_updateOutput(y, out, pool.indices, 4, 6)
   near(out, module:forward(y), 0, 'unpooling')
   k.SpatialMaxUnpooling_updateGradInput(y, g, gx, pool.indices, 4, 6)
   near(gx, module:updateGradInput(y, g), 0, 'unpooling: gradient')
   check.error(function() k.SpatialMaxUnpooling_updateOutput(y, out, pool.indices, 3, 6) end, 'invalid max index', 'unpooling: index')

   for _, size in ipairs{{7, 3}, {2, 7, 3}} do
      local s = random(unpack(size))
      local m, indices = nn.TemporalMaxPooling(3, 2):double(), L()
      k.TemporalMaxPooling_updateOutput(s, out, indices, 3, 2)
      near(out, m:forward(s), 0, 'TemporalMaxPooling')
      check.ok(indices:eq(m.indices):all(), 'TemporalMaxPooling: indices')
      local gs = random(unpack(out:size():totable()))
      k.TemporalMaxPooling_updateGradInput(s, gs, gx, indices, 3, 2)
      near(gx, m:updateGradInput(s, gs), 1e-15, 'TemporalMaxPooling: gradient')
      indices:fill(3)
      check.error(function() k.TemporalMaxPooling_updateGradInput(s, gs, gx, indices, 3, 2) end, 'outside a window', 'its indices')
   end
end

-- batches that threads share
do
   local gates, h, c, s, indices = random(64, 1024), random(64, 1024), random(64, 256), random(32, 200, 16), L()
   local images = random(8, 12, 17, 16)
   local before, results = torch.getnumthreads(), {}
   for n, count in ipairs{1, 7} do
      torch.setnumthreads(count)
      local y, cy, pooled = T(), T(), T()
      k.LSTMFused_updateOutput(gates:clone(), h, nil, nil, c, y, cy)
      k.TemporalMaxPooling_updateOutput(s, pooled, indices, 5, 2)
      local largest, places = T(), L()
      k.SpatialMaxPooling_updateOutput(images, largest, places, 3, 3, 2, 2, 1, 1, true)
      results[n] = {y, cy, pooled, largest, places:double()}
   end
   torch.setnumthreads(before)
   for i = 1, 5 do near(results[1][i], results[2][i], 0, 'threads') end
end

-- functions, of which few elements are enough for threads: as one thread computes them, and row by row
do
   local before = torch.getnumthreads()
   for _, name in ipairs{'sigmoid', 'exp', 'atan2'} do
      for _, x in ipairs{random(16383), random(129, 131), random(131, 129):t(), random(129, 140):narrow(2, 3, 131)} do
         local rows, results = T():resizeAs(x), {}
         local function f(r, v) return name == 'atan2' and torch.atan2(r, v, v) or torch[name](r, v) end
         torch.setnumthreads(1)
         for i = 1, x:size(1) do
            if x:dim() == 2 then rows[i]:copy(f(T(), x[i])) else rows[i] = f(T(), x:narrow(1, i, 1))[1] end
         end
         for n, count in ipairs{1, 2, 3, 7} do
            torch.setnumthreads(count)
            results[n] = f(T(), x)
            near(rows, results[n], 0, name .. ': threads')
         end
      end
   end
   torch.setnumthreads(before)
end

-- rows across lines of the cache, of which many go by shorter vectors: as one row alone
for _, type_ in ipairs{'torch.FloatTensor', 'torch.DoubleTensor'} do
   local function big() return torch.rand(130, 140):type(type_):narrow(2, 3, 131) end
   local x, y, z = big(), big(), big()
   for name, f in pairs{
      add = function(r, a) torch.add(r, a, .3) end, sqrt = function(r, a) torch.sqrt(r, a) end, round = function(r, a) torch.round(r, a) end,
      remainder = function(r, a) torch.remainder(r, a, .3) end, clamp = function(r, a) torch.clamp(r, a, .3, .7) end,
      sign = function(r, a) torch.sign(r, a) end, cadd = function(r, a, b) torch.add(r, a, .3, b) end,
      cdiv = function(r, a, b) torch.cdiv(r, a, b) end, cmax = function(r, a, b) torch.cmax(r, a, b) end,
      lerp = function(r, a, b) torch.lerp(r, a, b, .3) end, addcmul = function(r, a, b, c) torch.addcmul(r, a, .3, b, c) end,
      addcdiv = function(r, a, b, c) torch.addcdiv(r, a, .3, b, c) end} do
      for _, first in ipairs{y, y[1]:view(1, 131):expand(130, 131)} do
         local all, rows, into = x.new(), x.new(130, 131), big()
         f(all, first, x, z)
         f(into, first, x, z)
         for i = 1, 130 do
            local row = x.new()
            f(row, first[i]:clone(), x[i]:clone(), z[i]:clone())
            rows[i]:copy(row)
         end
         near(rows, all, 0, name .. ': rows across lines')
         near(rows, into, 0, name .. ': into rows across lines')
      end
   end
end

-- ---- unfolding ----

do
   local planes, ih, iw, kh, kw, dh, dw, ph, pw = 2, 5, 4, 2, 3, 2, 1, 0, 1
   local oh, ow = math.floor((ih + 2 * ph - kh) / dh) + 1, math.floor((iw + 2 * pw - kw) / dw) + 1
   local x, col, want = random(planes, ih, iw), T(), T(planes * kh * kw, oh * ow):zero()
   local added, g = random(planes, ih, iw), random(planes * kh * kw, oh * ow)
   local sums = added:clone()
   for p = 1, planes do for i = 1, kh do for j = 1, kw do for r = 1, oh do for c = 1, ow do
      local h, w, row = (r - 1) * dh - ph + i, (c - 1) * dw - pw + j, ((p - 1) * kh + i - 1) * kw + j
      if h >= 1 and h <= ih and w >= 1 and w <= iw then
         want[row][(r - 1) * ow + c] = x[p][h][w]
         sums[p][h][w] = sums[p][h][w] + g[row][(r - 1) * ow + c]
      end
   end end end end end
   k.unfolded_copy(col, x, kw, kh, dw, dh, pw, ph, planes, iw, ih, ow, oh)
   near(col, want, 0, 'unfolded_copy')
   k.unfolded_acc(g, added, kw, kh, dw, dh, pw, ph, planes, iw, ih, ow, oh)
   near(added, sums, 1e-15, 'unfolded_acc')
   check.error(function() k.unfolded_acc(g, T(3, 3), kw, kh, dw, dh, pw, ph, planes, iw, ih, ow, oh) end, '#2 %(input%)', 'unfolded_acc: input')
end

-- ---- convolutions that are several things at once, rows of a norm ----

do
   -- places along an axis: input i, kernel element k, to output o
   local function out(i, k, d, p, dil) return (i - 1) * d - p + (k - 1) * dil + 1 end
   local function scaled(numbers) -- with a scale of 1
      local list = {unpack(numbers)}
      list[#list + 1] = 1
      return list
   end
   local x, w, b, y = random(2, 2, 3, 4), random(2, 3, 2, 3), random(3), T()
   local kw, kh, dw, dh, pw, ph, lw, lh, aw, ah = 3, 2, 2, 1, 1, 0, 2, 3, 1, 0
   local want = b:view(1, 3, 1, 1):expand(2, 3, 6, 10):clone()
   for n = 1, 2 do for p = 1, 2 do for q = 1, 3 do for h = 1, 3 do for v = 1, 4 do for i = 1, kh do for j = 1, kw do
      local r, c = out(h, i, dh, ph, lh), out(v, j, dw, pw, lw)
      if r >= 1 and r <= 6 and c >= 1 and c <= 10 then want[n][q][r][c] = want[n][q][r][c] + x[n][p][h][v] * w[p][q][i][j] end
   end end end end end end end
   local numbers = {kw, kh, dw, dh, pw, ph, lw, lh, aw, ah}
   local function dilated() k.SpatialFullDilatedConvolution_updateOutput(x, y, w, b, nil, nil, unpack(numbers)) return y end
   near(dilated(), want, 1e-13, 'SpatialFullDilatedConvolution')
   local g, gx, gw, gb = random(2, 3, 6, 10), T(), T():resizeAs(w):zero(), T(3):zero()
   k.SpatialFullDilatedConvolution_updateGradInput(x, g, gx, w, nil, unpack(numbers))
   near(gx, slope(function() return dilated():dot(g) end, x), 1e-8, 'SpatialFullDilatedConvolution: gradInput')
   k.SpatialFullDilatedConvolution_accGradParameters(x, g, gw, gb, nil, nil, unpack(scaled(numbers)))
   near(gw, slope(function() return dilated():dot(g) end, w), 1e-8, 'SpatialFullDilatedConvolution: gradWeight')
   near(gb, slope(function() return dilated():dot(g) end, b), 1e-8, 'SpatialFullDilatedConvolution: gradBias')

   local X, W, B, Y = random(1, 2, 2, 3, 2), random(2, 1, 2, 2, 3), random(1), T()
   local spread = {2, 1, 2, 0, 0, 1, 2, 3, 1, 1, 0, 0} -- strides, padding, dilation, adjustment, each over time, width, height
   local Want = T(1, 1, 6, 4, 8):fill(B[1]) -- kernel of 2 x 2 x 3: time, height, width
   for p = 1, 2 do for t = 1, 2 do for h = 1, 3 do for v = 1, 2 do for a = 1, 2 do for i = 1, 2 do for j = 1, 3 do
      local o, r, c = out(t, a, 2, 0, 2), out(h, i, 2, 1, 1), out(v, j, 1, 0, 3)
      if r >= 1 and r <= 4 then Want[1][1][o][r][c] = Want[1][1][o][r][c] + X[1][p][t][h][v] * W[p][1][a][i][j] end
   end end end end end end end
   local function spread_out() k.VolumetricFullDilatedConvolution_updateOutput(X, Y, W, B, nil, nil, unpack(spread)) return Y end
   near(spread_out(), Want, 1e-13, 'VolumetricFullDilatedConvolution')
   local G, GX, GW, GB = random(1, 1, 6, 4, 8), T(), T():resizeAs(W):zero(), T(1):zero()
   k.VolumetricFullDilatedConvolution_updateGradInput(X, G, GX, W, nil, nil, unpack(spread))
   near(GX, slope(function() return spread_out():dot(G) end, X), 1e-8, 'VolumetricFullDilatedConvolution: gradInput')
   k.VolumetricFullDilatedConvolution_accGradParameters(X, G, GW, GB, nil, nil, unpack(scaled(spread)))
   near(GW, slope(function() return spread_out():dot(G) end, W), 1e-8, 'VolumetricFullDilatedConvolution: gradWeight')
   near(GB, slope(function() return spread_out():dot(G) end, B), 1e-8, 'VolumetricFullDilatedConvolution: gradBias')
end
do
   local m = nn.VolumetricConvolution(2, 3, 2, 3, 2, 2, 1, 1, 1, 0, 0):double()
   local x, y, gx = random(2, 2, 4, 5, 4), T(), T()
   local g = m:forward(x):clone()
   k.VolumetricConvolution_updateOutput(x, y, m.weight, m.bias, nil, nil, 2, 1, 1, 1, 0, 0)
   near(y, g, 0, 'VolumetricConvolution')
   k.VolumetricConvolution_updateGradInput(x, g, gx, m.weight, nil, 2, 1, 1, 1, 0, 0)
   m:zeroGradParameters()
   near(gx, m:backward(x, g, .5), 0, 'VolumetricConvolution: gradInput')
   local gw, gb = m.weight:clone():zero(), m.bias:clone():zero()
   k.VolumetricConvolution_accGradParameters(x, g, gw, gb, nil, nil, 2, 1, 1, 1, 0, 0, .5)
   near(gw, m.gradWeight, 0, 'VolumetricConvolution: gradWeight')
   near(gb, m.gradBias, 0, 'VolumetricConvolution: gradBias')
end
for _, p in ipairs{1, 2, 3} do
   local w = random(4, 3)
   local want, most = w:clone(), w[3]:norm(p) / 2
   for _, i in ipairs{1, 3} do
      if w[i]:norm(p) > most then want[i]:mul(most / (w[i]:norm(p) + 1e-7)) end
   end
   k.LookupTable_renorm(L{3, 1, 3}, w, most, p)
   near(w, want, 1e-15, 'LookupTable_renorm')
   check.error(function() k.LookupTable_renorm(L{5}, w, 1, p) end, 'got 5 at position 1', 'its index')
   check.error(function() k.LookupTable_renorm(L{1}, random(3), 1, p) end, '#2 %(weight%)', 'its weight')
end

-- ---- all of them: Float, threads, tensors that are not contiguous ----

-- x in the other order of memory
local function strided(x) return x:dim() > 1 and x:transpose(1, x:dim()):contiguous():transpose(1, x:dim()) or x end
local function same(a, b, tol)
   a, b = a:double(), b:double()
   return a:isSameSizeAs(b) and (a:nElement() == 0 or (a - b):abs():max() <= tol)
end

do
   local calls = {}
   dofile(here .. '/kernel_calls.lua').direct(setmetatable({}, {__index = function(_, name)
      return function(...)
         local call, args = {name = name, n = select('#', ...), ...}, {...}
         for i = 1, call.n do if torch.isTensor(args[i]) then call[i] = args[i]:clone() end end
         calls[#calls + 1] = call
         return k[name](...)
      end
   end}))
   -- the arguments after the call
   local function called(call, kernels, change)
      local args = {}
      for i = 1, call.n do args[i] = torch.isTensor(call[i]) and change(call[i]:clone()) or call[i] end
      kernels[call.name](unpack(args, 1, call.n))
      return args
   end
   local function alike(call, what, tol, kernels, change)
      local a, b = called(call, k, function(x) return x end), called(call, kernels, change)
      local ok = true
      for i = 1, call.n do if torch.isTensor(a[i]) then ok = ok and same(a[i], b[i], tol) end end
      check.ok(ok, call.name .. ': ' .. what)
   end
   local floats = nn.THNN.kernels['torch.FloatTensor']
   local threads = torch.getnumthreads()
   for _, call in ipairs(calls) do
      alike(call, 'Float', 1e-5, floats, function(x) return torch.type(x) == 'torch.DoubleTensor' and x:float() or x end)
      alike(call, 'not contiguous', 0, k, strided)
      torch.setnumthreads(5)
      alike(call, 'five threads', 0, k, function(x) return x end)
      torch.setnumthreads(threads)
   end
   check.ok(#calls > 15, 'kernels are called')
end
check.finish()
