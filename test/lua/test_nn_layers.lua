--- Layers of nn against loops over their definition.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(11)

local function near(a, b, tol, what)
   check.ok(a:isSameSizeAs(b) and (a - b):abs():max() <= tol, what)
end

-- the same values, not contiguous
local function scattered(x)
   local size = x:size():totable()
   size[#size + 1] = 2
   return x.new(torch.LongStorage(size)):fill(7):select(#size, 1):copy(x)
end

-- ---- SpatialDepthWiseConvolution ----

-- y and gradients of sum(g y), of one image
local function depthwise(m, x, g)
   local w, b = m.weight:double():view(m.nOutputPlane, m.nInputPlane, m.kH, m.kW), m.bias:double()
   local y, gx, gw, gb = torch.zeros(g:size()), torch.zeros(x:size()), torch.zeros(w:size()), torch.zeros(b:size())
   for i = 1, m.nInputPlane do
      for o = 1, m.nOutputPlane do
         local plane = (i - 1) * m.nOutputPlane + o
         for h = 1, y:size(2) do
            for v = 1, y:size(3) do
               local sum, go = b[o][i], g[plane][h][v]
               gb[o][i] = gb[o][i] + go
               for p = 1, m.kH do
                  for q = 1, m.kW do
                     local r, c = (h - 1) * m.dH - m.padH + p, (v - 1) * m.dW - m.padW + q
                     if r >= 1 and r <= x:size(2) and c >= 1 and c <= x:size(3) then
                        sum = sum + x[i][r][c] * w[o][i][p][q]
                        gx[i][r][c] = gx[i][r][c] + go * w[o][i][p][q]
                        gw[o][i][p][q] = gw[o][i][p][q] + go * x[i][r][c]
                     end
                  end
               end
               y[plane][h][v] = sum
            end
         end
      end
   end
   return y, gx, gw, gb
end

for _, case in ipairs{{{2, 3, 3, 2}, {2, 5, 7}}, {{3, 1, 3, 3, 1, 1, 1, 1}, {3, 4, 3}}, {{1, 4, 2, 3, 2, 1, 0, 2}, {1, 6, 5}}} do
   for _, kind in ipairs{'torch.DoubleTensor', 'torch.FloatTensor'} do
      local m = nn.SpatialDepthWiseConvolution(unpack(case[1])):type(kind)
      local tol = kind == 'torch.FloatTensor' and 1e-5 or 1e-12
      local x = torch.randn(2, unpack(case[2])):type(kind)
      local name = tostring(m) .. ' of ' .. table.concat(case[2], 'x') .. ', ' .. kind
      local out = m:forward(x):clone()
      local g = torch.randn(out:size()):type(kind)
      check.eq(out:size(2), m.nInputPlane * m.nOutputPlane, name .. ': planes')
      m:zeroGradParameters()
      local gi = m:backward(x, g):clone()
      m:accGradParameters(x, g, .5) -- gradients add up
      local gw, gb = torch.zeros(m.gradWeight:size()), torch.zeros(m.gradBias:size())
      for k = 1, 2 do
         local y, gx, dw, db = depthwise(m, x[k]:double(), g[k]:double())
         near(out[k]:double(), y, tol, name .. ': output')
         near(gi[k]:double(), gx, tol, name .. ': gradInput')
         gw:add(1.5, dw)
         gb:add(1.5, db)
      end
      near(m.gradWeight:double(), gw, tol * 30, name .. ': gradWeight')
      near(m.gradBias:double(), gb, tol * 30, name .. ': gradBias')
      near(m:forward(scattered(x)), out, 0, name .. ': not contiguous')
      near(m:backward(scattered(x), scattered(g)), gi, 0, name .. ': gradients, not contiguous')
      near(m:forward(x[1]), out[1], 0, name .. ': one image')
      local copy = torch.deserialize(torch.serialize(m))
      near(copy:clearState():forward(x), out, 0, name .. ': from a file')
      check.eq(copy:noBias():parameters()[2], nil, name .. ': noBias')
      near(copy:forward(x):view(2, m.nInputPlane, m.nOutputPlane, -1)
         + m.bias:t():contiguous():view(1, m.nInputPlane, m.nOutputPlane, 1), out:view(2, m.nInputPlane, m.nOutputPlane, -1), tol,
         name .. ': without bias')
   end
end
do
   local m = nn.SpatialDepthWiseConvolution(3, 2, 3, 3)
   check.eq(m.weight:size():totable(), {2, 27}, 'SpatialDepthWiseConvolution: weight as made')
   check.error(function() m:forward(torch.ones(2, 5, 5)) end, 'expected 3 input planes, got input of %[2 x 5 x 5%]', 'planes')
   check.eq(m.weight:size():totable(), {2, 3, 3, 3}, 'and once used')
   check.error(function() m:forward(torch.ones(3, 2, 5)) end, 'smaller than the kernel', 'too small')
   check.error(function() m:forward(torch.ones(3, 5, 5):float()) end, 'types must be equal', 'types')
   m:forward(torch.ones(3, 5, 5))
   check.error(function() m:backward(torch.ones(3, 5, 5), torch.ones(6, 3, 4)) end, 'gradOutput', 'gradOutput')
   check.eq(tostring(m), 'nn.SpatialDepthWiseConvolution(3 -> 2, 3x3)', 'text')
end

-- of one plane it is SpatialConvolution: all widths around the blocks of the kernel, padding, kernels wider than the image
for width = 1, 37 do
   for _, k in ipairs{{1, 1, 1, 1, 0, 0}, {3, 2, 1, 1, 1, 0}, {5, 3, 1, 1, 4, 2}, {2, 3, 2, 1, 1, 1}, {4, 1, 1, 2, 3, 0}} do
      local kW, kH, dW, dH, padW, padH = unpack(k)
      if width + 2 * padW >= kW then
         local m, c = nn.SpatialDepthWiseConvolution(1, 1, unpack(k)), nn.SpatialConvolution(1, 1, unpack(k))
         c.weight:copy(m.weight)
         c.bias:copy(m.bias)
         local x = torch.randn(2, 1, 4, width)
         local out = c:forward(x)
         local g, name = torch.randn(out:size()), tostring(m) .. ' of width ' .. width
         near(m:forward(x), out, 1e-12, name)
         m:zeroGradParameters()
         c:zeroGradParameters()
         near(m:backward(x, g), c:backward(x, g), 1e-12, name .. ': gradInput')
         near(m.gradWeight, c.gradWeight, 1e-11, name .. ': gradWeight')
         m:float()
         near(m:forward(x:float()):double(), out, 1e-5, name .. ': Float')
         near(m:backward(x:float(), g:float()):double(), c.gradInput, 1e-5, name .. ': gradInput, Float')
      end
   end
end

-- ---- VolumetricFractionalMaxPooling: time comes last ----
do
   local m = nn.VolumetricFractionalMaxPooling(2, 2, 2, 1, 3, 5)
   local x = torch.rand(1, 8, 6, 4)
   local y = m:forward(x)
   check.eq(y:size():totable(), {1, 5, 3, 1}, 'VolumetricFractionalMaxPooling: height, width, time')
   -- windows end with the volume: the last one is the corner's
   check.eq(y[1][5][3][1], x[{1, {7, 8}, {5, 6}, {3, 4}}]:max(), 'its windows')
   local r = nn.VolumetricFractionalMaxPooling(2, 2, 2, .5, .7, .8):forward(torch.rand(2, 3, 10, 10, 10))
   check.eq(r:size():totable(), {2, 3, 8, 7, 5}, 'ratios of time, width, height')
   -- where windows begin follows the three random numbers of a plane, for time, width and height
   local u = {.9, .1, .6}
   m = nn.VolumetricFractionalMaxPooling(2, 2, 2, 3, 4, 5):fixPoolingRegions()
   m.randomSamples = torch.Tensor(u):view(1, 1, 3)
   local function starts(size, out, sample)
      local step, list = (size - 2) / (out - 1), {}
      for o = 0, out - 2 do list[o + 1] = math.floor((o + sample) * step) - math.floor(sample * step) + 1 end
      list[out] = size - 1
      return list
   end
   x = torch.rand(1, 13, 11, 9)
   y = m:forward(x)
   local h, w, t = starts(13, 5, u[3]), starts(11, 4, u[2]), starts(9, 3, u[1])
   local same = true
   for i = 1, 5 do
      for j = 1, 4 do
         for k = 1, 3 do
            same = same and y[1][i][j][k] == x[{1, {h[i], h[i] + 1}, {w[j], w[j] + 1}, {t[k], t[k] + 1}}]:max()
         end
      end
   end
   check.ok(same, 'windows of every plane by its random numbers')
   check.error(function() nn.VolumetricFractionalMaxPooling(2, 2, 2, 4, 1, 1):forward(torch.rand(1, 8, 8, 4)) end,
      'pool time too large', 'too many outputs')
end

-- ---- Linear of a vector is W x + b, to the last bit ----
for _, kind in ipairs{'torch.DoubleTensor', 'torch.FloatTensor'} do
   for _, n in ipairs{1, 3, 10, 257} do
      local m, x = nn.Linear(n, 33):type(kind), torch.randn(n):type(kind)
      check.ok(m:forward(x):equal(m.weight * x + m.bias), ('Linear of %d numbers, %s'):format(n, kind))
      check.ok(m:forward(scattered(x)):equal(m.weight * x + m.bias), 'not contiguous')
      m.weight = scattered(m.weight)
      check.ok(m:forward(x):equal(m.weight * x + m.bias), 'nor the weight')
      check.ok(m:noBias():forward(x):equal(m.weight * x), 'without bias')
   end
end
check.error(function() nn.Linear(3, 2):forward(torch.ones(4)) end, 'size mismatch', 'Torch7\'s words')

-- ---- identities ----
do
   local m, x = nn.Contiguous(), torch.randn(3, 4)
   local out = m.output
   check.ok(rawequal(m:forward(x), out) and out:data() == x:data(), 'Contiguous: its own tensor, the memory of the input')
   local y = m:forward(x:t())
   check.ok(rawequal(y, out) and y:isContiguous() and y:equal(x:t()), 'a copy of the same memory')
   check.ok(x:equal(x:clone()) and y:data() ~= x:data(), 'leaves that alone')
   check.ok(rawequal(m:forward(x), out) and out:equal(x), 'back again')
   local g = m.gradInput
   check.ok(rawequal(m:backward(x, x), g) and rawequal(m:backward(x, scattered(x)), g) and g:equal(x), 'gradients, too')
   check.ok(rawequal(m:backward(x, x), g) and rawequal(m:backward(x:t(), x:t()), g) and g:equal(x:t()), 'of the same memory')

   local f, t = nn.FlattenTable(), {torch.ones(1), {torch.ones(2), {torch.ones(3)}}}
   local flat = f:forward(t)
   check.ok(rawequal(f:forward(t), flat) and rawequal(flat[3], t[2][2][1]), 'FlattenTable: the same tensors, the same table')
   check.ok(rawequal(f:forward{t[1], {t[2][1], {t[2][2][1]}}}, flat), 'in other tables, too')
   local gi = f:backward(t, flat)
   check.ok(rawequal(f:backward(t, {unpack(flat)}), gi) and rawequal(gi[2][2][1], flat[3]), 'gradients, too')
   t[2][1] = torch.ones(2)
   local new = f:forward(t)
   check.ok(not rawequal(new, flat) and rawequal(new[2], t[2][1]) and not rawequal(flat[2], new[2]), 'another tensor, another table')
   check.eq(#f:forward{t[1]}, 1, 'fewer')
end

-- ---- CMul and CAdd of a batch whose samples have other dimensions ----
for _, size in ipairs{{1, 3, 4, 5, 1}, {60}, {12, 5}, {3, 4, 5}, {1, 3, 4, 5}} do
   local name = table.concat(size, 'x')
   local x, g = torch.rand(7, 3, 4, 5), torch.rand(7, 3, 4, 5)
   for _, class in ipairs{'CMul', 'CAdd'} do
      local m = nn[class](unpack(size))
      local p = class == 'CMul' and m.weight or m.bias
      local row = p:view(1, 60):expand(7, 60)
      local flat = class == 'CMul' and torch.cmul(x:view(7, 60), row) or x:view(7, 60) + row
      near(m:forward(x), flat:viewAs(x), 1e-15, class .. '(' .. name .. '): a row per sample')
      m:zeroGradParameters()
      local gi = m:backward(x, g)
      near(gi, class == 'CMul' and torch.cmul(g:view(7, 60), row):viewAs(g) or g, 1e-15, 'its gradInput')
      local sum = (class == 'CMul' and torch.cmul(g, x) or g):sum(1):view(p:size())
      near(class == 'CMul' and m.gradWeight or m.gradBias, sum, 1e-12, 'its gradient')
   end
end

-- ---- transposed convolutions: the tensor that gives the size has one zero as its gradient ----
do
   local function zeros_of(m, x, t)
      local gi = m:backward({x, t}, m:forward{x, t})
      local z = gi[2]
      check.ok(z:isSameSizeAs(t) and z:storage():size() == 1 and z:sum() == 0 and z:type() == t:type(), tostring(m))
      for d = 1, z:dim() do check.ok(z:size(d) == 1 or z:stride(d) == 0, 'one element') end
      check.ok(gi[1]:isSameSizeAs(x), 'the other is whole')
      check.ok(torch.isTensor(m:backward(x, m:forward(x))) and #m:backward({x, t}, m:forward{x, t}) == 2, 'and back')
   end
   zeros_of(nn.SpatialFullConvolution(2, 3, 3, 3, 2, 2), torch.randn(2, 2, 4, 5), torch.randn(2, 1, 10, 12))
   zeros_of(nn.SpatialFullConvolution(2, 3, 3, 3):float(), torch.randn(2, 4, 5):float(), torch.randn(1, 6, 7):float())
   zeros_of(nn.VolumetricFullConvolution(2, 3, 3, 3, 3, 2, 2, 2), torch.randn(2, 3, 4, 5), torch.randn(1, 8, 10, 12))
end

-- ---- windows: every family says the same of sizes that do not fit ----
do
   local image, volume, sequence = torch.ones(2, 6, 6), torch.ones(1, 2, 4, 6, 6), torch.ones(6, 2)
   local function refused(m, input, text, field, value)
      if field then m[field] = value end
      check.error(function() m:forward(input) end, text, torch.typename(m) .. ' ' .. tostring(field))
   end
   local function families(kernel) -- a module of each family with that kernel, its input, and the number of its dimensions
      return {
         {nn.SpatialConvolution(2, 3, kernel, kernel), image, 2}, {nn.SpatialMaxPooling(kernel, kernel), image, 2},
         {nn.SpatialAveragePooling(kernel, kernel), image, 2}, {nn.SpatialConvolutionMap(nn.tables.full(2, 3), kernel, kernel), image, 2},
         {nn.SpatialDepthWiseConvolution(2, 3, kernel, kernel), image, 2}, {nn.VolumetricConvolution(2, 3, kernel, kernel, kernel), volume, 3},
         {nn.VolumetricMaxPooling(kernel, kernel, kernel), volume, 3}, {nn.VolumetricAveragePooling(kernel, kernel, kernel), volume, 3},
         {nn.TemporalRowConvolution(2, kernel, 1), sequence, 1},
      }
   end
   for _, f in ipairs(families(3)) do refused(f[1], f[2], 'stride should be greater than zero, got 0', 'dW', 0) end
   for _, f in ipairs(families(9)) do
      refused(f[1], f[2], '%(input%): Given input size: %(2 x [%d x]+%)%. Calculated output size: %(%d[ x0]+%)%. '
         .. 'Output size is too small: the input is smaller than the kernel of 9' .. (' x 9'):rep(f[3] - 1) .. '$')
   end
   for _, m in ipairs{nn.SpatialConvolution(2, 3, 3, 3), nn.SpatialMaxPooling(3, 3), nn.SpatialDilatedMaxPooling(3, 3, 1, 1, 0, 0, 2, 2)} do
      refused(m, image, 'padding should not be negative, got %-1', 'padH', -1)
   end
   refused(nn.SpatialDilatedMaxPooling(3, 3), image, 'dilation should be greater than zero, got 0', 'dilationH', 0)
   refused(nn.SpatialFullConvolution(2, 3, 3, 3, 1, 1, 9, 9), image, 'output size: %(3 x %-10 x %-10%)%. Output size is too small$')
   refused(nn.SpatialFullConvolution(2, 3, 3, 3), image, 'output adjustment 2 must be smaller than stride or dilation', 'adjW', 2)
   refused(nn.TemporalConvolution(2, 3, 2), sequence, 'stride should be greater than zero, got 0', 'dW', 0)
end

-- ---- type() tells, type(t) converts ----

for name, class in pairs(nn.loadAll()) do
   local meta = torch.getmetatable('nn.' .. tostring(name))
   if type(class) == 'table' and torch.isTypeOf(meta, 'nn.Module') and rawget(meta, 'type') then
      check.eq(meta.type(setmetatable({_type = 'torch.FloatTensor', modules = {}}, meta)), 'torch.FloatTensor', name .. ':type()')
   end
end

check.finish()
