--- nn's modules for sparse inputs: IndexLinear against Linear of the dense input, in every form of input, with its
-- updates, weight decay and normalization.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(3)
local L = torch.LongTensor

local function near(a, b, tol, what)
   check.ok(a:isSameSizeAs(b) and (a - b):abs():max() <= tol, what)
end

-- ---- IndexLinear ----

local keys = {L{1, 4}, L{2, 7, 8}, L{4}, L{4, 4}} -- the same feature in several samples, and twice in one
local values = {{2, -1}, {.5, 3, 1}, {-2}, {1, .25}}

-- all forms of the four samples, and the dense matrix
local function samples(Tensor)
   local v, dense, sizes = {}, Tensor(4, 8):zero(), L{2, 3, 1, 2}
   for i, list in ipairs(values) do
      v[i] = Tensor(list)
      for j = 1, keys[i]:size(1) do dense[i][keys[i][j]] = dense[i][keys[i][j]] + list[j] end
   end
   return {{keys, v}, {torch.cat(keys, 1), torch.cat(v, 1), sizes}}, dense
end

local function pair(Tensor, ...)
   local m, reference = nn.IndexLinear(8, 3, ...), nn.Linear(8, 3)
   m:type(torch.typename(Tensor()))
   reference:type(m:type())
   reference.weight:copy(m.weight:t())
   reference.bias:copy(m.bias)
   return m, reference
end

for _, Tensor in ipairs{torch.DoubleTensor, torch.FloatTensor} do
   local name, tol = torch.typename(Tensor()), Tensor == torch.FloatTensor and 1e-5 or 1e-12
   local forms, dense = samples(Tensor)
   for form, input in ipairs(forms) do
      local what = ('IndexLinear, form %d, %s: '):format(form, name)
      local m, reference = pair(Tensor, true)
      near(m:forward(input), reference:forward(dense), tol, what .. 'output')
      local g = Tensor(4, 3):uniform(-1, 1)
      reference:zeroGradParameters()
      m:zeroGradParameters()
      for k = 1, 2 do
         local gi, expected = m:backward(input, g, k), reference:backward(dense, g, k)
         local got = form == 1 and gi[2][3] or gi[2]:view(4, 8)[3]
         near(got, expected[3], tol, what .. 'gradInput')
         check.eq((form == 1 and gi[1][3] or gi[1]:narrow(1, 17, 8)):totable(), {1, 2, 3, 4, 5, 6, 7, 8}, what .. 'its keys')
      end
      local p, gp = m:parameters()
      check.ok(rawequal(gp[1], m.running) and rawequal(p[1], m.weight), what .. 'parameters')
      m:updateParameters(.1)
      reference:updateParameters(.1)
      near(m.weight:t(), reference.weight, tol, what .. 'updated weight')
      near(m.bias, reference.bias, tol, what .. 'updated bias')
      m:zeroGradParameters()
      m:updateParameters(.1)
      near(m.weight:t(), reference.weight, tol, what .. 'nothing to apply')
      m:forward(input)
      m:accUpdateGradParameters(input, g, .2)
      reference:forward(dense)
      reference:accUpdateGradParameters(dense, g, .2)
      near(m.weight:t(), reference.weight, tol, what .. 'accUpdateGradParameters')
      near(m.bias, reference.bias, tol, what .. 'its bias')
   end
end

do -- one sample, keys that begin elsewhere, a weight that is given, and none of the gradients
   local m = nn.IndexLinear(4, 2, false, 10, torch.range(1, 8):view(4, 2), torch.Tensor{1, -1})
   check.eq(m:forward{L{10, 13}, torch.Tensor{1, 2}}:totable(), {1 + 1 + 14, -1 + 2 + 16}, 'keysOffset')
   check.eq(m:updateGradInput({L{10}, torch.Tensor{1}}, torch.ones(2)), {}, 'no gradInput')
   check.error(function() m:forward{L{10, 9}, torch.ones(2)} end, 'keys need to be in the range 10 to 13, got 9 at position 2', 'key')
   check.error(function() m:forward{L{14}, torch.ones(1)} end, 'got 14 at position 1', 'key above')
   check.error(function() m:forward{L{10, 11}, torch.ones(1)} end, 'a value for each key', 'values')
   check.error(function() m:forward{L{10, 11}, torch.ones(2), L{1}} end, 'sizes must add up to the number of keys, 2, got 1', 'sizes')
   check.error(function() m:forward{L{10, 11}, torch.ones(2), L{3, -1}} end, 'sizes must add up', 'negative size')
   check.error(function() m:forward{{L{10}}, torch.ones(1)} end, 'both be tables', 'mixed')
   check.error(function() m:forward{{}, {}} end, 'no sample', 'nothing')
   check.error(function() m:forward(3) end, 'expected {keys, values}', 'a number')
   check.error(function() m:forward{torch.ones(1), torch.ones(1)} end, 'torch.LongTensor expected', 'keys of another type')
   check.error(function() m:forward{L{10}, torch.FloatTensor{1}} end, 'types must be equal', 'values of another type')
   check.error(function() nn.IndexLinear(4, 2, false, 1, torch.ones(2, 4)) end, 'expected 4 x 2', 'weight of another size')
   local y = m:forward{{L(), L{12}}, {torch.Tensor(), torch.Tensor{1}}}
   check.eq(y[1]:totable(), {1, -1}, 'a sample without features is the bias')
end

do -- weight decay: once per feature that occurs
   local m = nn.IndexLinear(5, 2)
   m.weightDecay = .5
   local before = m.weight:clone()
   m:forward{{L{2, 2}, L{2}}, {torch.ones(2), torch.ones(1)}}
   m:zeroGradParameters()
   m:accGradParameters({{L{2, 2}, L{2}}, {torch.ones(2), torch.ones(1)}}, torch.zeros(2, 2))
   m:updateParameters(.1)
   near(m.weight[2], before[2] * .95, 1e-12, 'weight decay')
   near(m.weight:narrow(1, 3, 3), before:narrow(1, 3, 3), 0, 'of the features that occur')
   m:accUpdateGradParameters({L{2, 2}, torch.ones(2)}, torch.zeros(2), .1)
   near(m.weight[2], before[2] * .95 * .95, 1e-12, 'at once')
end

do -- normalization: values become v / max + b
   local m = nn.IndexLinear(3, 2, false, 1, nil, nil, true)
   local w = m.weight:narrow(2, 5, 2)
   check.eq(m.weight:size():totable(), {3, 6}, 'four columns more')
   local function expected(x) return w:t() * torch.Tensor(x) + m.bias end
   near(m:forward{L{1, 3}, torch.Tensor{4, -2}}, expected{1, 0, -1}, 1e-12, 'the first value is the largest')
   near(m:forward{L{1, 3}, torch.Tensor{2, -8}}, expected{.5, 0, -1}, 1e-12, 'the largest so far')
   m:evaluate()
   near(m:forward{L{1, 3}, torch.Tensor{9, -2}}, expected{1, 0, -.25}, 1e-12, 'evaluation does not learn it')
   check.eq({m.weight[1][1], m.weight[3][1], m.weight[3][2]}, {4, 8, 1 / 8}, 'what is known of a feature')
   m:training()
   -- an update is a step down the gradient of sum(g y)
   local input, g = {L{1, 3}, torch.Tensor{2, -2}}, torch.Tensor{1, -2}
   m.weight[1][4], m.weight[3][4] = .3, -.2
   local base = m:forward(input):clone()
   near(base, expected{.8, 0, -.45}, 1e-12, 'a number is added')
   local before = m.weight:clone()
   m:zeroGradParameters()
   m:accGradParameters(input, g)
   m:updateParameters(1)
   for _, f in ipairs{1, 3} do
      local v = f == 1 and .8 or -.45
      check.ok(math.abs(before[f][4] - m.weight[f][4] - before:narrow(2, 5, 2)[f] * g) < 1e-12, 'gradient of that number')
      near(before:narrow(2, 5, 2)[f] - w[f], g * v, 1e-12, 'gradient of the weights')
   end
   check.error(function() nn.IndexLinear(3, 2, true, 1, nil, nil, true):updateGradInput(input, g) end, 'no gradInput', 'gradInput')
end

do -- files, types, clearState, threads
   local m, forms = nn.IndexLinear(8, 3, true), samples(torch.DoubleTensor)
   local y, g = m:forward(forms[1]):clone(), torch.randn(4, 3)
   m:backward(forms[1], g)
   local copy = torch.deserialize(torch.serialize(m))
   near(copy:forward(forms[2]), y, 0, 'from a file')
   copy:updateParameters(1)
   m:updateParameters(1)
   near(copy.weight, m.weight, 0, 'with the gradients')
   m:accGradParameters(forms[1], g)
   m:float()
   check.eq(torch.typename(m.running.keys[1]), 'torch.LongTensor', 'keys stay Long')
   check.eq(torch.typename(m.running.gradWeight[1]), 'torch.FloatTensor', 'gradients do not')
   m:updateParameters(1)
   m:double():clearState()
   check.ok(m.output:dim() == 0 and m.running.counter == 1 and not m.keys and not m.values, 'clearState')
   m:backward(forms[1], m:forward(forms[1]))
   local wide = nn.IndexLinear(50, 300)
   local k, v, s = L(4000):random(1, 50), torch.randn(4000), L(100):fill(40)
   local results = {}
   for i, n in ipairs{1, 2, 7} do
      torch.setnumthreads(n)
      local net = wide:clone()
      local out = net:forward{k, v, s}:clone()
      net:zeroGradParameters()
      net:accGradParameters({k, v, s}, out)
      net:updateParameters(.01)
      results[i] = {out, net.weight, net.bias}
   end
   for i = 2, 3 do
      for j = 1, 3 do check.ok(results[i][j]:equal(results[1][j]), 'threads do not matter') end
   end
   torch.setnumthreads(2)
end

check.finish()
