--- nn.MultiHeadAttention and Transformers: against PyTorch's numbers and a naive softmax, blocks, masks, the cache, threads.
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(5)
local selftest = require 'nn.selftest'
local T = torch.Tensor

local function near(got, expected, tol, what)
   local apart = selftest.apart(got, expected)
   check.ok(apart <= tol, ('%s: apart by %g'):format(what, apart))
end

-- ---- PyTorch ----

-- The numbers are those of PyTorch 2.15, doubles; fill as in test_nn_recurrent.lua:
--   m = torch.nn.MultiheadAttention(4, 2, batch_first=True)
--   for i, p in enumerate(m.parameters()): fill(p, 0.7 + 0.3 * i)
--   x = torch.empty(2, 3, 4); fill(x, 1.3); x.requires_grad_(); g = torch.empty(2, 3, 4); fill(g, 0.9)
--   y, _ = m(x, x, x, attn_mask=torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)); y.backward(g)     # and without attn_mask
--   y[1], x.grad[0, 1], m.in_proj_weight.grad[:, 1], m.out_proj.weight.grad[0]
local function fill(k, ...)
   local t = T(...)
   local flat = t:view(-1)
   for i = 1, flat:size(1) do flat[i] = math.sin((i - 1) * k + k) end
   return t
end
local recorded = {
   [false] = {
      {2.177076013, -1.343934471, -3.378279909, -0.8300119302, 1.929989683, -0.7169869125, -2.543722813, -0.6749516634, 2.540596302,
         0.315929209, -2.186452586, -1.37309367},
      {-0.8807409132, 0.1839391205, 1.162109712, 1.593721947},
      {0.6150104974, -0.5951575387, 0.7346314562, -0.6209199435, 0.1366053171, 0.1673060588, 0.08864284702, -0.1318038983, 1.973201129,
         1.117708426, -0.8128926079, -1.514396439},
      {-1.109930136, 0.6338988633, -0.6891559742, -0.5048608296},
   },
   [true] = {
      {2.481314063, -1.410919028, -3.745284723, -1.10692312, 2.586428089, -1.227761341, -3.678773889, -1.227757939, 2.540596302,
         0.315929209, -2.186452586, -1.37309367},
      {-0.06276287213, 0.1179189576, 0.243141659, 0.254011039},
      {0.125138547, -0.1383444918, 0.08199045554, -0.0008853165018, -0.1375690498, 0.05574940936, 0.03174972298, -0.1398137421,
         -0.04499502813, 0.1543583046, -0.2058098765, -0.4177526546},
      {0.007272798409, -0.3283881095, -0.6208906691, -0.1659863966},
   },
}
for causal, want in pairs(recorded) do
   local m = nn.MultiHeadAttention(4, 2, causal):fromPyTorch(fill(.7, 12, 4), fill(1, 12), fill(1.3, 4, 4), fill(1.6, 4))
   local x, what = fill(1.3, 2, 3, 4), causal and 'causal' or 'all'
   near(m:forward(x)[2]:clone():view(-1), T(want[1]), 1e-9, 'output as in PyTorch, ' .. what)
   m:zeroGradParameters()
   near(m:backward(x, fill(.9, 2, 3, 4))[1][2], T(want[2]), 1e-9, 'gradient of the input, ' .. what)
   near(m.gradWeight:select(2, 2):clone(), T(want[3]), 1e-9, 'gradient of the weight, ' .. what)
   near(m.gradOutWeight[1], T(want[4]), 1e-9, 'gradient of the last weight, ' .. what)
end

-- ---- naively ----

-- softmax(q k' / sqrt(n)) v, scores of keys that are not seen being -infinity
local function naive(q, k, v, heads, causal, mask)
   local n, out = q:size(3) / heads, q:clone():zero()
   for s = 1, q:size(1) do
      for h = 1, heads do
         local function part(t) return t[s]:narrow(2, (h - 1) * n + 1, n) end
         local scores = (part(q) * part(k):t()):div(math.sqrt(n))
         for i = 1, scores:size(1) do
            for j = 1, scores:size(2) do
               local seen = not (causal and j > i + scores:size(2) - scores:size(1)) and not (mask and mask[s][j] ~= 0)
               if not seen then scores[i][j] = -math.huge end
            end
            if scores[i]:max() > -math.huge then
               local p = torch.exp(scores[i] - scores[i]:max())
               part(out)[i]:copy(part(v):t() * (p / p:sum()))
            end
         end
      end
   end
   return out
end

local kernels = T.THNN or T().THNN
for _, s in ipairs{{1, 1, 1, 1, 1}, {2, 3, 5, 2, 3}, {1, 64, 64, 1, 4}, {1, 65, 63, 2, 5}, {2, 63, 130, 1, 8}, {1, 130, 130, 1, 7}} do
   local samples, queries, keys, heads, n = unpack(s)
   local q, k, v = torch.randn(samples, queries, heads * n), torch.randn(samples, keys, heads * n), torch.randn(samples, keys, heads * n)
   local mask = torch.ByteTensor(samples, keys):random(0, 1)
   for _, causal in ipairs{false, true} do
      for _, m in ipairs{false, mask} do
         local what = ('%d queries, %d keys, %d heads of %d%s%s'):format(queries, keys, heads, n, causal and ', causal' or '', m and ', masked' or '')
         local y, sums = T(), T()
         kernels.Attention_updateOutput(q, k, v, m or nil, y, sums, heads, 1 / math.sqrt(n), causal)
         near(y, naive(q, k, v, heads, causal, m or nil), 1e-12, what)
         local fy = torch.FloatTensor()
         kernels.Attention_updateOutput(q:float(), k:float(), v:float(), m or nil, fy, torch.FloatTensor(), heads, 1 / math.sqrt(n), causal)
         near(fy:double(), y, 1e-5, what .. ', floats')
         -- gradients: of dot(y, g) by a step along a direction
         local g, d = torch.randn(y:size()), {torch.randn(q:size()), torch.randn(k:size()), torch.randn(k:size())}
         local gq, gk, gv = q:clone(), k:clone(), v:clone()
         kernels.Attention_updateGradInput(q, k, v, m or nil, y, sums, g, gq, gk, gv, heads, 1 / math.sqrt(n), causal)
         local function at(e)
            local r = T()
            kernels.Attention_updateOutput(q + d[1] * e, k + d[2] * e, v + d[3] * e, m or nil, r, T(), heads, 1 / math.sqrt(n), causal)
            return r:dot(g)
         end
         local slope, got = (at(1e-6) - at(-1e-6)) / 2e-6, gq:dot(d[1]) + gk:dot(d[2]) + gv:dot(d[3])
         check.ok(math.abs(slope - got) < 1e-6 * (1 + math.abs(got)) * q:nElement() ^ .5, what .. (': gradient %g, by differences %g'):format(got, slope))
      end
   end
end

-- scores of any size
local y = T()
kernels.Attention_updateOutput(T(1, 2, 1):fill(1e4), T{{{1}, {2}, {-1}}}, T{{{5}, {7}, {9}}}, nil, y, T(), 1, 1, false)
near(y, T(1, 2, 1):fill(7), 0, 'scores of ten thousands')

-- ---- the module ----

local m = nn.MultiHeadAttention(6, 3, true)
local x = torch.randn(2, 70, 6)
local whole = m:forward(x):clone()
near(m:forward{x, x}, whole, 1e-14, '{query, memory}')
near(m:forward{x, x, x}, whole, 1e-14, '{query, key, value}')
near(m:forward(x:transpose(1, 2):contiguous():transpose(1, 2)), whole, 1e-14, 'an input that is not contiguous')

m:evaluate()
m:startCache()
local steps = {}
for _, piece in ipairs{{1, 1}, {2, 3}, {5, 1}, {6, 40}, {46, 25}} do steps[#steps + 1] = m:forward(x:narrow(2, piece[1], piece[2])):clone() end
near(torch.cat(steps, 2), whole, 1e-13, 'step by step with a cache')
check.error(function() m:backward(x, x) end, 'stopCache', 'no backward with a cache')
check.error(function() m:forward(torch.randn(3, 1, 6)) end, 'startCache%(%) empties it', 'another batch')
m:stopCache()
near(m:forward(x), whole, 0, 'without it again')

local all = nn.MultiHeadAttention(6, 2)
local short = all:forward(x:narrow(1, 2, 1):narrow(2, 1, 9)):clone()
near(all:setLengths(torch.LongTensor{70, 9}):forward(x):narrow(1, 2, 1):narrow(2, 1, 9), short, 1e-14, 'keys beyond the length are not seen')
local mask = torch.ByteTensor(2, 70):zero()
mask[2]:narrow(1, 10, 61):fill(1)
near(all:setKeyMask(mask):forward(x):narrow(1, 2, 1):narrow(2, 1, 9), short, 1e-14, 'the same by a mask')
near(all:setKeyMask(torch.ByteTensor(2, 70):fill(1)):forward(x), torch.zeros(2, 70, 6), 0, 'no key seen: the bias, 0')
check.error(function() all:forward(torch.randn(2, 4, 6)) end, 'a mask of 2 x 70 for 2 x 4 keys', 'a mask of another size')
check.error(function() nn.MultiHeadAttention(6, 4) end, 'argument #2 %(heads%): 4 do not divide', 'heads that do not divide the width')
check.error(function() m:forward(torch.randn(2, 6)) end, 'expected batch x steps x 6, got 2 x 6', 'an input of two dimensions')
check.error(function() m:forward{x, torch.randn(3, 4, 6)} end, 'memory: expected 2 x steps x 6, got 3 x 4 x 6', 'another batch of memory')

-- ---- stacks ----

for _, pre in ipairs{true, false} do
   local net = nn.TransformerEncoder(2, 6, 3, 8, 0, pre, true)
   local out = net:forward(x):clone()
   near(net:forward(x:narrow(2, 1, 5)), out:narrow(2, 1, 5), 1e-12, 'causal: what comes later does not matter')
   net:evaluate()
   net:startCache()
   near(torch.cat(net:forward(x:narrow(2, 1, 69)):clone(), net:forward(x:narrow(2, 70, 1)):clone(), 2), out, 1e-12, 'a stack with a cache')
   net:stopCache()
   local first = net:get(1)
   local norm1, norm2 = pre and first:get(1):get(1):get(1) or first:get(2), pre and first:get(2):get(1):get(1) or first:get(4)
   check.eq({torch.type(norm1), torch.type(norm2)}, {'nn.LayerNorm', 'nn.LayerNorm'}, 'where the norms are')
end
local dropping = nn.TransformerEncoderLayer(6, 2, 8, .5)
check.ok(selftest.apart(dropping:forward(x):clone(), dropping:forward(x)) > .1, 'dropout in training')
dropping:evaluate()
near(dropping:forward(x):clone(), dropping:forward(x), 0, 'none in evaluation')

-- ---- threads ----

local wide, g = nn.MultiHeadAttention(12, 3, true), torch.randn(2, 130, 12)
local long, first = torch.randn(2, 130, 12)
for _, threads in ipairs{1, 2, 3, 7} do
   torch.setnumthreads(threads)
   wide:zeroGradParameters()
   local got = {wide:forward(long):clone(), wide:backward(long, g):clone(), wide.gradWeight:clone(), wide.gradOutWeight:clone()}
   first = first or got
   near(got, first, 0, 'in ' .. threads .. ' threads')
end
torch.setnumthreads(2)

do -- a cache of one sample does not become one of three where it grows
   local m = nn.MultiHeadAttention(12, 3)
   m:evaluate()
   m:startCache()
   m:forward(torch.randn(1, 30, 12))
   check.error(function() m:forward(torch.randn(3, 5, 12)) end, '3 samples, but the cache is of 1', 'another number of samples')
   check.error(function() m:backward(torch.randn(1, 1, 12), torch.randn(1, 1, 12)) end, 'test_nn_attention.lua:%d+: .*stopCache', 'backward')
   m:stopCache()
   local x, mask = torch.randn(2, 3, 12), torch.ByteTensor{{0, 0, 1}, {0, 0, 0}}
   local expected = m:setKeyMask(mask):forward(x):clone()
   check.eq((m:setKeyMask(torch.BoolTensor(2, 3):copy(mask)):forward(x) - expected):abs():max(), 0, 'a mask of booleans')
   check.error(function() m:setKeyMask('x') end, 'argument #1 %(mask%): tensor or nil expected, got string', 'a mask that is none')
end

check.finish()
