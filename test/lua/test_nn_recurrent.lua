--- nn.SeqLSTM, nn.SeqGRU, nn.SeqBRNN: against PyTorch's numbers, step by step in Lua, lengths, remembered states, threads.
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

-- The numbers are those of PyTorch 2.15, doubles:
--   def fill(t, k): t.copy_(torch.sin(torch.arange(t.numel()) * k + k).view(t.shape))
--   m = torch.nn.LSTM(2, 3)                               # and GRU
--   for i, p in enumerate(m.parameters()): fill(p, 0.7 + 0.3 * i)
--   x = torch.empty(4, 2, 2); fill(x, 1.3); x.requires_grad_(); y, _ = m(x)
--   g = torch.empty(4, 2, 3); fill(g, 0.9); y.backward(g)
--   y[-1], x.grad[0], m.weight_ih_l0.grad[:, 0], m.weight_hh_l0.grad[:, 0], m.bias_ih_l0.grad, m.bias_hh_l0.grad
local function fill(k, ...)
   local t = T(...)
   local flat = t:view(-1)
   for i = 1, flat:size(1) do flat[i] = math.sin((i - 1) * k + k) end
   return t
end

local recorded = {
   SeqLSTM = {
      y = {-0.2263394933, -0.0227781985, 0.08411318539, -0.575881779, -0.588207263, 0.0296585911},
      x = {-0.1220698474, -0.2673014695, 0.1410286221, 0.1070327798},
      {-0.06362495912, -0.07514293315, 0.03772709591, -0.06685779666, -0.07071433892, -0.005340101926, 1.123303498, 0.2366980051,
         0.1285948538, -0.4506735321, -0.2759170119, -0.002585325376},
      {-0.01963038079, 0.03052572555, -0.00389168024, -0.02319815964, -0.0387233398, 0.003354470612, -0.05061228243, 0.05128783086,
         -0.01702954674, -0.1418925465, 0.09515538233, 0.002838017862},
      {-0.0009121586726, -0.1987943512, -0.1274652151, 0.002388862351, 0.07803629461, -0.02290968164, 1.28456962, 0.1296627219,
         -0.2141901875, 0.09970647114, -0.5673067041, -0.05023654173},
   },
   SeqGRU = {
      y = {-0.6843056321, 0.2101898025, -0.1272561223, -0.7422979491, -0.3177437804, -0.3660492816},
      x = {0.1866711489, 0.03191975536, 0.2629846614, 0.03290281848},
      {-0.1990698532, 0.03345422534, 0.05543307184, 0.08533613204, 0.4053811395, 0.1393155349, 1.763112064, 0.3720552152, 0.1534227616},
      {-0.08330411881, 0.02095004056, -0.009280002272, -0.01416651911, -0.2313768414, -0.04634414626, 0.1421516305, 0.06327277153,
         -0.01471800131},
      {0.001557131584, -0.01324219307, -0.0926707034, 0.08846063588, 0.9323905459, 0.2081692414, 1.293924351, 0.3355698078,
         -0.1089738147},
      hiddenBias = {1.301135316, 0.2085564489, -0.1421838091},
   },
}

for class, gates in pairs{SeqLSTM = 4, SeqGRU = 3} do
   local m, want = nn[class](2, 3, class == 'SeqGRU' or nil), recorded[class]
   local theirs = {fill(.7, gates * 3, 2), fill(1, gates * 3, 3), fill(1.3, gates * 3), fill(1.6, gates * 3)}
   m:fromPyTorch(unpack(theirs))
   local x, g = fill(1.3, 4, 2, 2), fill(.9, 4, 2, 3)
   near(m:forward(x)[4]:clone():view(-1), T(want.y), 1e-9, class .. ' as in PyTorch')
   m:zeroGradParameters()
   near(m:backward(x, g)[1]:clone():view(-1), T(want.x), 1e-9, class .. ': gradient of the input')
   local gradient = m:clone()
   gradient.weight, gradient.bias, gradient.hiddenBias = m.gradWeight, m.gradBias, m.gradHiddenBias
   local ih, hh, bias, hidden = gradient:toPyTorch()
   near(ih:select(2, 1):clone(), T(want[1]), 1e-9, class .. ': gradient of weight_ih')
   near(hh:select(2, 1):clone(), T(want[2]), 1e-9, class .. ': gradient of weight_hh')
   near(bias, T(want[3]), 1e-9, class .. ': gradient of the bias')
   if want.hiddenBias then near(hidden:narrow(1, 7, 3):clone(), T(want.hiddenBias), 1e-9, class .. ': of the hidden bias') end
   local ih2, hh2, b1, b2 = m:toPyTorch()
   near({ih2, hh2}, {theirs[1], theirs[2]}, 1e-15, class .. ': to PyTorch and back')
   near(torch.add(b1, b2), torch.add(theirs[3], theirs[4]), 1e-15, class .. ': biases')
   near(nn[class](2, 3, class == 'SeqGRU' or nil):fromPyTorch(ih2, hh2, b1, b2):forward(x), m:forward(x), 1e-15, class .. ': again')
end
check.error(function() nn.SeqGRU(2, 3):toPyTorch() end, 'nn.SeqGRU%(inputsize, outputsize, true%)', 'a form that PyTorch lacks')

-- ---- parameters as in rnn ----

local lstm = nn.SeqLSTM(5, 4)
check.eq({lstm.weight:size(1), lstm.weight:size(2), lstm.bias:size(1)}, {9, 16, 16}, 'weight (D + H) x 4 H')
near(lstm.bias, torch.cat({torch.zeros(4), torch.ones(4), torch.zeros(8)}), 0, 'the bias of forget is 1')
check.eq({lstm._remember, lstm.batchfirst, lstm.maskzero}, {'neither', false, false}, 'defaults')

-- ---- step by step ----

local function sigmoid(t) return torch.sigmoid(t) end
local steps_of = {}
function steps_of.SeqLSTM(m, x, h, c)
   local n, out = m.outputsize, T(x:size(1), x:size(2), m.outputsize)
   for t = 1, x:size(1) do
      local sums = torch.cat(x[t], h, 2) * m.weight + m.bias:view(1, -1):expand(x:size(2), 4 * n)
      local function gate(i) return sums:narrow(2, (i - 1) * n + 1, n) end
      c = torch.cmul(sigmoid(gate(2)), c) + torch.cmul(sigmoid(gate(1)), torch.tanh(gate(4)))
      h = torch.cmul(sigmoid(gate(3)), torch.tanh(c))
      out[t]:copy(h)
   end
   return out
end
function steps_of.SeqGRU(m, x, h)
   local n, d, out = m.outputsize, m.inputsize, T(x:size(1), x:size(2), m.outputsize)
   local wx, wh = m.weight:narrow(1, 1, d), m.weight:narrow(1, d + 1, n)
   for t = 1, x:size(1) do
      local sums = x[t] * wx + m.bias:view(1, -1):expand(x:size(2), 3 * n)
      local gates = sigmoid(sums:narrow(2, 1, 2 * n) + h * wh:narrow(2, 1, 2 * n))
      local u, r, own = gates:narrow(2, 1, n), gates:narrow(2, n + 1, n), wh:narrow(2, 2 * n + 1, n)
      local inner = m.hiddenBias and torch.cmul(r, h * own + m.hiddenBias:view(1, -1):expandAs(h)) or torch.cmul(r, h) * own
      h = h + torch.cmul(u, torch.tanh(sums:narrow(2, 2 * n + 1, n) + inner) - h)
      out[t]:copy(h)
   end
   return out
end

local function make(class, d, n, after)
   local m = nn[class](d, n, after)
   for _, p in ipairs((m:parameters())) do p:normal(0, .5) end
   return m
end
local kinds = {{'SeqLSTM'}, {'SeqGRU'}, {'SeqGRU', true}}
for _, kind in ipairs(kinds) do
   local class, after = unpack(kind)
   for _, s in ipairs{{1, 1, 1, 1}, {3, 2, 5, 7}, {2, 23, 3, 16}, {4, 49, 2, 17}, {5, 101, 3, 9}} do
      local m = make(class, s[3], s[4], after)
      local x, h0, c0 = torch.randn(s[1], s[2], s[3]), torch.randn(s[2], s[4]), torch.randn(s[2], s[4])
      local what = ('%s%s %dx%d, %d -> %d'):format(class, after and ' reset after' or '', unpack(s))
      near(m:forward(x), steps_of[class](m, x, h0 * 0, c0 * 0), 1e-12, what)
      m.userPrevOutput, m.userPrevCell = h0, c0
      near(m:forward(x), steps_of[class](m, x, h0, c0), 1e-12, what .. ' from a state')
      near(m:clone():float():forward(x:float()):double(), m.output, 1e-4, what .. ' of floats')
   end
end

-- ---- states ----

for _, kind in ipairs(kinds) do
   local class, after = unpack(kind)
   local m, x = make(class, 3, 4, after), torch.randn(6, 2, 3)
   local whole = m:forward(x):clone()
   m:remember()
   near(torch.cat(m:forward(x:narrow(1, 1, 2)):clone(), m:forward(x:narrow(1, 3, 4)):clone(), 1), whole, 1e-15, class .. ' remembers')
   m:forget()
   near(m:forward(x), whole, 0, class .. ' forgets')
   check.error(function() m:forward(torch.randn(6, 5, 3)) end, 'forget%(%) drops a remembered one', class .. ': another batch')
   m:remember('eval'):forward(x)
   near(m:forward(x), whole, 0, class .. ' in training remembers nothing')
   check.error(function() m:remember('always') end, "expected 'both'", 'a mode there is not')

   -- gradients of the first and the last state, by differences: the loss is dot(y, g) + dot(last output, gl)
   local start = make(class, 3, 4, after)
   start.userPrevOutput, start.userPrevCell = torch.randn(2, 4), torch.randn(2, 4)
   local g, gl = torch.randn(6, 2, 4), torch.randn(2, 4)
   start.userNextGradOutput = gl
   local function loss()
      local y = start:forward(x)
      return y:dot(g) + y[6]:dot(gl)
   end
   loss()
   start:backward(x, g)
   for _, pair in ipairs{{'userPrevOutput', 'userGradPrevOutput'}, {'userPrevCell', 'userGradPrevCell'}} do
      local got = start[pair[2]]
      if got then
         got = got:clone()
         local flat, worst = start[pair[1]]:view(-1), 0
         for i = 1, flat:size(1) do
            local v = flat[i]
            flat[i] = v + 1e-6
            local above = loss()
            flat[i] = v - 1e-6
            local below = loss()
            flat[i] = v
            worst = math.max(worst, math.abs((above - below) / 2e-6 - got:view(-1)[i]))
         end
         check.ok(worst < 1e-7, class .. ': ' .. pair[2])
      end
   end
end

-- ---- lengths ----

for _, kind in ipairs(kinds) do
   local class, after = unpack(kind)
   local m, x = make(class, 3, 4, after), torch.randn(5, 3, 3)
   local lengths = torch.LongTensor{5, 2, 4}
   local y = m:setLengths(lengths):forward(x):clone()
   local g = torch.randn(y:size())
   m:zeroGradParameters()
   local gx, gw = m:backward(x, g):clone(), m.gradWeight:clone()
   m:setLengths()
   m:zeroGradParameters()
   for i = 1, 3 do
      local part, rest = x:narrow(2, i, 1):narrow(1, 1, lengths[i]), 5 - lengths[i]
      local what = ('%s, sample %d of its length'):format(class, i)
      near(y:narrow(2, i, 1):narrow(1, 1, lengths[i]), m:forward(part), 1e-14, what)
      near(gx:narrow(2, i, 1):narrow(1, 1, lengths[i]), m:backward(part, g:narrow(2, i, 1):narrow(1, 1, lengths[i])), 1e-13, what .. ': gradient')
      if rest > 0 then
         check.eq({y:narrow(2, i, 1):narrow(1, lengths[i] + 1, rest):abs():max(), gx:narrow(2, i, 1):narrow(1, lengths[i] + 1, rest):abs():max()},
            {0, 0}, what .. ': then 0')
      end
   end
   near(gw, m.gradWeight, 1e-13, class .. ': gradients of parameters, of samples of their lengths')
   for i = 1, 3 do
      if lengths[i] < 5 then x:narrow(2, i, 1):narrow(1, lengths[i] + 1, 5 - lengths[i]):zero() end
   end
   near(m:maskZero():forward(x), y, 0, class .. ': steps of zeros are masked')
end

-- ---- both directions, batch first ----

local both = nn.SeqBRNN(3, 4, false, nn.JoinTable(3))
local x = torch.randn(5, 3, 3)
local y = both:forward(x):clone()
near(y:narrow(3, 1, 4), both:get(1):forward(x), 0, 'forwards')
local order = torch.range(5, 1, -1):long()
near(y:narrow(3, 5, 4), both:get(2):forward(x:index(1, order)):index(1, order), 0, 'backwards')
local first = both:clone()
first:get(1).batchfirst, first:get(2).batchfirst = true, true
near(first:forward(x:transpose(1, 2)):transpose(1, 2), y, 0, 'batch first')
both:setLengths(torch.LongTensor{5, 2, 4})
local cut = both:forward(x):clone()
both:setLengths()
near(cut:narrow(2, 2, 1):narrow(1, 1, 2), both:forward(x:narrow(2, 2, 1):narrow(1, 1, 2)), 1e-14, 'both directions, of its length')
check.error(function() nn.SeqBRNN(2, 3, false, nil, 'Elman') end, "expected 'LSTM', 'GRU' or 'RNN'", 'a cell there is not')

-- ---- threads ----

for _, kind in ipairs(kinds) do
   local m = make(kind[1], 9, 33, kind[2])
   local long, g = torch.randn(7, 101, 9), torch.randn(7, 101, 33)
   local all
   for _, threads in ipairs{1, 2, 3, 7} do
      torch.setnumthreads(threads)
      m:zeroGradParameters()
      local got = {m:forward(long):clone(), m:backward(long, g):clone(), m.gradWeight:clone()}
      all = all or got
      near(got, all, 0, kind[1] .. ' in ' .. threads .. ' threads')
   end
   torch.setnumthreads(2)
end

-- ---- back twice after one pass forward; states and outputs may be written to meanwhile, an LSTM's input, too ----
for _, class in ipairs{'SeqLSTM', 'SeqGRU', 'SeqRNN'} do
   local m, x, g = nn[class](5, 4), torch.randn(6, 3, 5), torch.randn(6, 3, 4)
   m:setLengths(torch.LongTensor{6, 2, 4})
   m.userPrevOutput = torch.randn(3, 4)
   m:forward(x)
   local once = m:updateGradInput(x, g):clone()
   m:accGradParameters(x, g)
   local parameters = m.gradWeight:clone()
   if m.hasCell then x:fill(7) end
   m.output:fill(9) m.userPrevOutput:fill(8)
   m:double() -- lengths still count
   check.eq(selftest.apart(m:updateGradInput(x, g), once), 0, class .. ': back again')
   m:zeroGradParameters()
   m:accGradParameters(x, g)
   check.eq(selftest.apart(m.gradWeight, parameters), 0, class .. ': parameters again')
   check.eq({m.output:min(), m.output:max()}, {9, 9}, class .. ': the output is left alone')
end

do -- a mask's orders stay through another type
   local m, x, mask, g = nn.SeqMasked(nn.SeqRNN(3, 2)), torch.randn(4, 2, 3), torch.ByteTensor{{1, 0}, {0, 1}, {1, 1}, {0, 1}}, torch.randn(4, 2, 2)
   m:forward{x, mask}
   local gx = m:backward({x, mask}, g)[1]:clone()
   m:float():double()
   near(m:backward({x, mask}, g)[1], gx, 1e-6, 'SeqMasked after type()')
end

check.error(function() lstm:forward(torch.randn(3, 5)) end, 'expected steps x batch x 5, got 3 x 5', 'an input of two dimensions')
lstm:forward(torch.randn(3, 2, 5))
check.error(function() lstm:backward(torch.randn(3, 2, 5), torch.randn(3, 2, 5)) end, 'argument #2 %(gradOutput%): expected size 3 x 2 x 4',
   'a gradient of another size')

for _, class in ipairs{'SeqLSTM', 'SeqGRU'} do
   local m = nn[class](5, 4):double()
   check.error(function() m:forward(torch.FloatTensor(3, 2, 5):zero()) end,
      "argument #1 %(input%): torch.DoubleTensor expected, as the module's weight is, got torch.FloatTensor", class .. ': an input of another type')
   m:forward(torch.DoubleTensor(3, 2, 5):zero())
   check.eq(torch.type(m.output), 'torch.DoubleTensor', class .. ': goes on after it')
end

-- ---- what is not given as it should be is told at the user's line ----
for _, m in ipairs{nn.SeqLSTM(5, 4), nn.SeqBRNN(5, 4), nn.MultiHeadAttention(8, 2)} do
   for _, lengths in ipairs{3, {1, 2}, torch.LongTensor{-1, 2}, torch.DoubleTensor{1.5, 2}, torch.DoubleTensor{0 / 0, 2}, torch.LongTensor(2, 2):fill(1)} do
      check.error(function() m:setLengths(lengths) end, 'test_nn_recurrent.lua:%d+: ' .. torch.type(m):gsub('%.', '%%.') .. ': argument #1 %(lengths%)', 'lengths')
   end
   check.eq(m.lengths, nil, 'wrong lengths are not kept')
end
do
   local m = nn.SeqLSTM(5, 4)
   check.error(function() m:fromPyTorch() end, 'test_nn_recurrent.lua:%d+: .* 4 gates, one below the other, expected, got nil', 'no weights')
   m:forward(torch.randn(3, 2, 5))
   check.error(function() m:accGradParameters(torch.randn(3, 2, 5), torch.randn(3, 2, 4)) end, 'comes after updateGradInput', 'parameters first')
   m:backward(torch.randn(3, 2, 5), torch.randn(3, 2, 4))
   m:forward(torch.randn(3, 2, 5))
   check.error(function() m:accGradParameters(torch.randn(3, 2, 5), torch.randn(3, 2, 4)) end, 'comes after updateGradInput', 'parameters of a pass before')
   m:clearState()
   check.error(function() m:backward(torch.randn(3, 2, 5), torch.randn(3, 2, 4)) end, 'call forward first', 'back before forward')
   check.error(function() m:accGradParameters(torch.randn(3, 2, 5), torch.randn(3, 2, 4)) end, 'comes after updateGradInput', 'parameters of nothing')
   m:forward(torch.randn(3, 2, 5))
   m.userNextGradCell = torch.randn(4, 2)
   check.error(function() m:backward(torch.randn(3, 2, 5), torch.randn(3, 2, 4)) end, 'userNextGradCell: expected 2 x 4, got 4 x 2', 'a gradient of a state turned')
   m.userPrevCell = torch.IntTensor(2, 4):zero()
   check.error(function() m:forward(torch.randn(3, 2, 5)) end, 'userPrevCell: torch.DoubleTensor expected, got torch.IntTensor', 'a state of another type')
   m.userPrevOutput = 3
   check.error(function() m:forward(torch.randn(3, 2, 5)) end, 'userPrevOutput: tensor expected, got number', 'a state that is none')
end

check.finish()
