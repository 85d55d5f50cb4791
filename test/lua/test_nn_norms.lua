--- Normalisation within samples, GELU, embeddings and encodings of positions: values against naive references.
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(5)
local selftest = require 'nn.selftest'

local function near(got, expected, tol, what)
   local apart = selftest.apart(got, expected)
   check.ok(apart <= tol, ('%s: apart by %g'):format(what, apart))
end

-- ---- GELU ----

-- PyTorch 2.15: F.gelu(x).tolist(), F.gelu(x, approximate='tanh').tolist()
local x = torch.Tensor{-3, -1, -0.1, 0, 0.5, 2}
local exact = torch.Tensor{-0.00404969409489031, -0.15865525393145702, -0.0460172162722971, 0, 0.34573123063700656, 1.9544997361036416}
local formula = torch.Tensor{-0.0036373920817729943, -0.15880800939172324, -0.04601724895456484, 0, 0.34571400982514394, 1.954597694087775}
near(nn.GELU():forward(x), exact, 1e-14, 'GELU')
near(nn.GELU(true):forward(x), formula, 1e-14, 'GELU by tanh')
near(nn.GELU():float():forward(x:float()):double(), exact, 1e-6, 'GELU of floats')
near(nn.GELU():forward(torch.Tensor{-40, 40}), torch.Tensor{0, 40}, 0, 'GELU far out')
do
   local x = torch.linspace(-9, 9, 5001)
   local one, wide, narrow = x:clone():fill(1), nn.GELU(), nn.GELU():float()
   near(narrow:backward(x:float(), one:float()):double(), wide:backward(x, one), 4e-7, 'gradient of GELU of floats')
   local far = torch.FloatTensor{-math.huge, -40, 40, math.huge}
   near(narrow:backward(far, far:clone():fill(3)), torch.FloatTensor{0, 0, 3, 3}, 0, 'gradient of GELU far out')
   near(wide:backward(far:double(), far:double():fill(3)), torch.DoubleTensor{0, 0, 3, 3}, 0, 'gradient of GELU of doubles far out')
   narrow:backward(torch.FloatTensor{0 / 0}, torch.FloatTensor{1})
   assert(narrow.gradInput[1] ~= narrow.gradInput[1], 'gradient of GELU of NaN')
end

-- ---- normalisation ----

-- rows of n x size: y = (x - m) / sqrt(mean((x - m)^2) + eps), m = mean(x) or 0
local function rows_normalised(t, eps, centred)
   local y = t:clone()
   for i = 1, t:size(1) do
      local row = y:select(1, i)
      if centred then row:add(-row:mean()) end
      row:div(math.sqrt(torch.cmul(row, row):mean() + eps))
   end
   return y
end

for _, n in ipairs{1, 2, 3, 7, 8, 9, 31, 64, 65, 130} do
   local t = torch.randn(5, n)
   local norm, rms = nn.LayerNorm(n), nn.RMSNorm(n)
   for _, m in ipairs{norm, rms} do m.weight:uniform() end
   norm.bias:uniform()
   local y = rows_normalised(t, 1e-5, true):cmul(norm.weight:view(1, n):expandAs(t)):add(norm.bias:view(1, n):expandAs(t))
   near(norm:forward(t), y, 1e-12, 'LayerNorm of ' .. n)
   near(norm:forward(t:view(1, 5, n)), y:view(1, 5, n), 1e-12, 'LayerNorm of three dimensions, ' .. n)
   near(rms:forward(t), rows_normalised(t, 1e-6, false):cmul(rms.weight:view(1, n):expandAs(t)), 1e-12, 'RMSNorm of ' .. n)
   near(norm:clone():float():forward(t:float()):double(), y, 2e-5, 'LayerNorm of floats, ' .. n)
end

-- Over the batch: as many features as make blocks of any width, and rests; equal for any number of threads.
for _, s in ipairs{{2, 1}, {5, 17}, {8, 64}, {7, 300}, {130, 1003}, {3000, 40}} do
   local n, f = s[1], s[2]
   local t, g = torch.randn(n, f):add(3), torch.randn(n, f)
   local m = nn.BatchNormalization(f)
   m.weight:uniform()
   m.bias:uniform()
   local function all(v) return v:view(1, f):expand(n, f) end
   local std = t:var(1, true):add(1e-5):sqrt():view(f)
   local scaled = (t - all(t:mean(1):view(f))):cdiv(all(std))
   local dot = torch.cmul(g, scaled):sum(1):view(f)
   local gx = (g - all(g:mean(1):view(f)) - torch.cmul(scaled, all(dot)) / n):cmul(all(m.weight)):cdiv(all(std))
   local what = (' of %d x %d'):format(n, f)
   near(m:forward(t), torch.cmul(scaled, all(m.weight)):add(all(m.bias)), 1e-12, 'BatchNormalization' .. what)
   near(m.running_mean, t:mean(1):view(f):mul(.1), 1e-13, 'running mean' .. what)
   near(m.running_var, t:var(1):view(f):mul(.1):add(.9), 1e-12, 'running variance' .. what)
   m:zeroGradParameters()
   near(m:backward(t, g), gx, 1e-11, 'gradient of BatchNormalization' .. what)
   near(m.gradWeight, dot, 1e-11, 'gradient of its weights' .. what)
   near(m.gradBias, g:sum(1):view(f), 1e-11, 'gradient of its biases' .. what)
   local narrow, before = m:clone():float()
   for _, threads in ipairs{1, 2, 3, 7} do
      torch.setnumthreads(threads)
      narrow:zeroGradParameters()
      local got = {narrow:forward(t:float()):clone(), narrow:backward(t:float(), g:float()):clone(), narrow.gradWeight:clone()}
      before = before or got
      for i = 1, 3 do check.ok(got[i]:equal(before[i]), 'BatchNormalization' .. what .. (' by %d threads'):format(threads)) end
   end
   torch.setnumthreads(torch.getnumcores())
   near(before[1]:double(), m.output, 1e-4, 'BatchNormalization of floats' .. what)
   near(before[2]:double(), m.gradInput, 1e-4, 'gradient of BatchNormalization of floats' .. what)
end

local t = torch.randn(3, 6, 2, 5)
near(nn.GroupNorm(2, 6):forward(t), rows_normalised(t:view(6, 30), 1e-5, true):view(3, 6, 2, 5), 1e-12, 'GroupNorm')
near(nn.InstanceNorm(6):forward(t), rows_normalised(t:view(18, 10), 1e-5, true):view(3, 6, 2, 5), 1e-12, 'InstanceNorm')
near(nn.GroupNorm(6, 6, 1e-5, false):forward(t), nn.InstanceNorm(6):forward(t), 0, 'a group a channel is InstanceNorm')
local scaled = nn.InstanceNorm(6, 1e-5, true)
scaled.weight:copy(torch.range(1, 6))
scaled.bias:copy(torch.range(-6, -1))
near(scaled:forward(t):select(2, 4), nn.InstanceNorm(6):forward(t):select(2, 4) * 4 - 3, 1e-12, 'weights are those of channels')
near(nn.LayerNorm(4):forward(torch.Tensor(2, 4):fill(3)), torch.zeros(2, 4), 0, 'equal numbers are normalised to 0')

-- Floats whose squares are none, far from 0, and one beside many: as doubles have them.
for what, t in pairs{large = torch.randn(3, 300):mul(1e25), ['far from 0'] = torch.randn(3, 300):add(100),
   ['one beside many'] = torch.cat(torch.Tensor(1, 1):fill(1e6), torch.ones(1, 299), 2)} do
   t = t:float()
   for _, m in ipairs{nn.LayerNorm(300), nn.RMSNorm(300), nn.GroupNorm(3, 300)} do
      local name = ('%s of floats %s'):format(torch.type(m), what)
      local want = m:forward(t:double()):clone()
      near(m:float():forward(t):double(), want, 1e-5, name)
   end
end
for _, scale in ipairs{1e-22, 1e-30} do -- their squares lose digits, or are 0
   local t = torch.randn(3, 300):mul(scale):float()
   for _, m in ipairs{nn.LayerNorm(300, 0), nn.RMSNorm(300, 0), nn.GroupNorm(3, 300, 0)} do
      local want = m:forward(t:double()):clone()
      near(m:float():forward(t):double(), want, 1e-5, ('%s of floats near %g'):format(torch.type(m), scale))
   end
end

-- what Torch7's module of many gives, which has its eps elsewhere
local many, one = nn.LayerNormalization(6), nn.LayerNorm(6, 0)
local rows = torch.randn(4, 6)
near(many:forward(rows), one:forward(rows), 1e-9, 'LayerNorm as LayerNormalization')

-- ---- Embedding ----

local e = nn.Embedding(5, 3, 2)
near(e.weight[2], torch.zeros(3), 0, 'the padding row is 0')
local index = torch.LongTensor{{{1, 2}, {5, 1}}}
local out = e:forward(index)
check.eq(out:size():totable(), {1, 2, 2, 3}, 'Embedding: the input, and the width')
near(out[1][2][1], e.weight[5], 0, 'Embedding: rows')
e:zeroGradParameters()
e:backward(index, torch.ones(1, 2, 2, 3))
near(e.gradWeight:select(2, 1), torch.Tensor{2, 0, 0, 0, 1}, 0, 'Embedding: gradients, none for the padding')
local short = nn.Embedding(4, 3, nil, 1)
short.weight:fill(1)
short:forward(torch.LongTensor{2})
near(short.weight:norm(2, 2):view(4), torch.Tensor{3 ^ .5, 1, 3 ^ .5, 3 ^ .5}, 1e-6, 'Embedding: rows in use are shortened')

-- ---- positions ----

local p = nn.PositionalEncoding(4, 10):forward(torch.zeros(1, 3, 4))[1]
near(p, torch.Tensor{{0, 1, 0, 1}, {math.sin(1), math.cos(1), math.sin(.01), math.cos(.01)},
   {math.sin(2), math.cos(2), math.sin(.02), math.cos(.02)}}, 1e-12, 'waves')
local later = nn.PositionalEncoding(4, 10)
later.offset = 2
near(later:forward(torch.zeros(1, 1, 4))[1][1], p[3], 0, 'offset')
local learned = nn.PositionalEncoding(4, 6, true)
learned:zeroGradParameters()
learned:forward(torch.zeros(2, 3, 4))
learned:backward(torch.zeros(2, 3, 4), torch.ones(2, 3, 4))
near(learned.gradWeight:select(2, 1), torch.Tensor{2, 2, 2, 0, 0, 0}, 0, 'gradients of positions')

-- ---- errors ----

local function refused(message, f, ...)
   local ok, err = pcall(f, ...)
   check.ok(not ok and tostring(err):find(message, 1, true), 'refused: ' .. message .. ': ' .. tostring(err))
end
refused('argument #1 (groups): 4 do not divide 6 channels', nn.GroupNorm, 4, 6)
refused('expected N x 6 x ..., got 2 x 5', function() nn.GroupNorm(2, 6):forward(torch.ones(2, 5)) end)
refused('expected ... x 2 x 3, got 2 x 5', function() nn.LayerNorm(torch.LongStorage{2, 3}):forward(torch.ones(2, 5)) end)
refused('step 7 of a sequence, made for 6', function() learned:forward(torch.zeros(1, 7, 4)) end)
refused('expected batch x steps x 4, got 3 x 4', function() learned:forward(torch.zeros(3, 4)) end)

check.finish()
