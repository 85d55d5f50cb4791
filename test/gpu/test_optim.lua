--- The steps of optim on the GPU: what operations of tensors give; a list of tensors as the flat vector, bit for bit, by one launch for
-- each 64 tensors; no waiting. THC in the environment says on what: the simulator or a real GPU.
--   th test/gpu/test_optim.lua
require 'cutorch'
require 'optim'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
torch.setdefaulttensortype('torch.FloatTensor')
local fused = require 'optim.fused'
local exact_platform = cutorch.platform ~= 'CUDA' -- nvcc makes fused multiply-adds of what the simulator rounds twice

local configs = dofile(here .. '/../lua/optim_settings.lua')
local same_as_operations = {sgd = true, adam = true, rmsprop = true, adagrad = true, adadelta = true}

local function copy(t)
   local c = {}
   for k, v in pairs(t) do c[k] = v end
   return c
end

-- Random numbers, the same for a seed, on the GPU.
local function randn(kind, n, seed)
   torch.manualSeed(seed)
   return torch.randn(n):type(kind)
end

-- The vector after some steps, and its last gradient.
local function run(name, config, kind, n)
   local x, scale = randn(kind, n, 1), randn(kind, n, 2)
   local settings, state, g = copy(config), {}, nil
   for _ = 1, 6 do
      optim[name](function(p)
         g = torch.cmul(p, scale)
         return 0, g
      end, x, settings, state)
   end
   return x, g
end

local function without_kernels(f, ...)
   local fits = fused.fits
   fused.fits = function() return false end
   local x, g = f(...)
   fused.fits = fits
   return x, g
end

for name, list in pairs(configs) do
   for i, config in ipairs(list) do
      for _, kind in ipairs{'torch.CudaTensor', 'torch.CudaDoubleTensor'} do
         for _, n in ipairs{1, 33, 5000} do
            local what = ('%s %d, %d of %s'):format(name, i, n, kind)
            local x, g = run(name, config, kind, n)
            local x2, g2 = without_kernels(run, name, config, kind, n)
            local exact = exact_platform and same_as_operations[name]
            local tolerance = exact and 0 or kind == 'torch.CudaTensor' and 2e-5 or 1e-13
            local largest = math.max(1, x2:clone():abs():max())
            check.ok((x - x2):abs():max() <= tolerance * largest, what .. ': as by operations')
            check.ok(not exact or (g - g2):abs():max() == 0, what .. ': so is the gradient')
         end
      end
   end
end

-- ---- lists ----

-- One of more than a chunk, one without elements, one of one element; then many.
local shapes = {{3, 2}, {5000}, {}, {1}, {4, 1, 5}}
local function sizes(n)
   local list = {}
   for i = 1, n do list[i] = shapes[(i - 1) % #shapes + 1] end
   return list
end

local function tensors(kind, list)
   local x, total = {}, 0
   for i, size in ipairs(list) do
      x[i] = torch[kind](unpack(size))
      if x[i]:nElement() > 0 then x[i]:copy(randn('torch.' .. kind, x[i]:nElement(), 3 + total)) end
      total = total + x[i]:nElement()
   end
   return x, total
end

local function join(list, kind, total)
   local flat, first = torch[kind](total), 1
   for _, t in ipairs(list) do
      local n = t:nElement()
      if n > 0 then flat:narrow(1, first, n):copy(t) end
      first = first + n
   end
   return flat
end

local function scaled(list)
   local g = {}
   for i, t in ipairs(list) do g[i] = t * 0.3 end
   return g
end

for name, list in pairs(configs) do
   for i, config in ipairs(list) do
      for _, kind in ipairs{'CudaTensor', 'CudaDoubleTensor'} do
         local x, total = tensors(kind, sizes(7))
         local flat, c, c_flat = join(x, kind, total), copy(config), copy(config)
         for _ = 1, 4 do
            optim[name](function(p) return 0, scaled(p) end, x, c)
            optim[name](function(p) return 0, p * 0.3 end, flat, c_flat)
         end
         local off = (join(x, kind, total) - flat):abs():max()
         if name ~= 'lamb' then check.eq(off, 0, ('%s %d of %s: a list as the flat vector'):format(name, i, kind)) end -- its steps are as long as each tensor
      end
   end
end

-- launches of a step
local function launches(f)
   f() -- makes the state
   return cutorch.graph(f):size()
end
if os.getenv('THC_SYNC') ~= '1' then
   for name, list in pairs(configs) do
      if name ~= 'lamb' then
         for _, c in ipairs(list) do
            for _, n in ipairs{5, 64, 65, 150} do
               local x = tensors('CudaTensor', sizes(n))
               local g, config = scaled(x), copy(c)
               local got = launches(function() optim[name](function() return 0, g end, x, config) end)
               check.eq(got, math.ceil(n / 64), ('%s: launches for %d tensors'):format(name, n))
            end
            local x, config = randn('torch.CudaTensor', 6000, 1), copy(c)
            local g = x * 0.3
            check.eq(launches(function() optim[name](function() return 0, g end, x, config) end), 1, name .. ': launches for a vector')
         end
      end
   end
end

-- tensors that share memory take their steps one after another, as on the CPU
do
   local function tied(kind)
      local w = torch[kind]{1, 2, 3, 4}
      local x = {w, w:narrow(1, 1, 2), w}
      local g = torch[kind]{1, 1, 1, 1}
      local config = {learningRate = 0.1, weightDecay = 0.5}
      for _ = 1, 3 do optim.sgd(function() return 0, {g, g:narrow(1, 1, 2), g} end, x, config) end
      return w:float()
   end
   check.ok((tied 'CudaTensor' - tied 'FloatTensor'):abs():max() < 1e-6, 'parameters that share memory')
end

-- a tensor between them that goes by operations, as it is not contiguous, comes in its turn
for name, list in pairs(configs) do
   for i, config in ipairs(list) do
      local function tied(kind)
         local w, g = randn('torch.' .. kind, 100, 5), randn('torch.' .. kind, 100, 6)
         local x, c = {w:narrow(1, 1, 60), w:view(10, 10):t(), w:narrow(1, 41, 60)}, copy(config)
         for _ = 1, 3 do optim[name](function() return 0, {g:narrow(1, 1, 60), g:view(10, 10):t(), g:narrow(1, 41, 60)} end, x, c) end
         return w:double()
      end
      check.ok((tied 'CudaDoubleTensor' - tied 'DoubleTensor'):abs():max() < 1e-12, ('%s %d: memory shared with what is not contiguous'):format(name, i))
   end
end

-- an error in the middle: steps of the tensors before it are done, later calls are not put off
do
   local x = {torch.CudaTensor{1}, torch.CudaTensor{2}, torch.CudaTensor{3, 3, 3}}
   local function step(last, state)
      optim.sgd(function() return 0, {torch.CudaTensor{1}, torch.CudaTensor{1}, last} end, x, {learningRate = 1, weightDecay = 1, momentum = 0.9}, state)
   end
   check.error(function() step(torch.CudaTensor{1, 2}, {}) end, 'gradient 3 is', 'a gradient of another size')
   check.eq({x[1][1], x[2][1], x[3][1]}, {1, 2, 3}, 'no step before all gradients fit')
   check.error(function() step(torch.CudaTensor{1, 2, 3}, {parts = {{}, {}, {dfdx = torch.CudaTensor{1, 2}}}}) end, 'its dfdx, kept', 'a state of another size')
   check.eq({x[1][1], x[2][1], x[3][1]}, {-1, -1, 3}, 'what came before it')
   local y = torch.CudaTensor{1}
   optim.sgd(function() return 0, torch.CudaTensor{1} end, y, {learningRate = 1})
   check.eq(y[1], 0, 'steps after an error')
end

-- methods without kernels, on lists too
do
   local function steps(name, on)
      local x, c = {on(torch.Tensor{3, 4}), on(torch.Tensor()), on(torch.Tensor{{1, -2}}):t()}, {}
      for _ = 1, 3 do optim[name](function(p) return 0, scaled(p) end, x, c) end
      return torch.cat(x[1]:float(), x[3]:float():view(-1), 1)
   end
   for _, name in ipairs{'adamax', 'nag', 'asgd', 'rprop'} do
      local off = steps(name, function(t) return t:cuda() end) - steps(name, function(t) return t end)
      check.ok(off:abs():max() < 1e-6, name .. ': as on the CPU')
   end
end

-- what the kernels do not take goes by operations, also among those that they take
do
   local function mixed(on)
      local x = {torch.FloatTensor{1, 2}, torch.FloatTensor{{1, 2}, {3, 4}}, torch.FloatTensor{5}}
      for i, t in ipairs(x) do x[i] = on(t) end
      x[2] = x[2]:t()
      local config = {learningRate = 0.1}
      for _ = 1, 3 do optim.adam(function() return 0, {on(torch.ones(2)), on(torch.ones(2, 2)), on(torch.ones(1))} end, x, config) end
      return x[1]:float(), x[2]:float(), x[3]:float()
   end
   local a, b = {mixed(function(t) return t:cuda() end)}, {mixed(function(t) return t end)}
   for i = 1, 3 do check.ok((a[i] - b[i]):abs():max() < 1e-6, 'a list of which one is not contiguous: ' .. i) end
   local h = torch.CudaHalfTensor{1, 2}
   optim.sgd(function() return 0, torch.CudaHalfTensor{1, 1} end, h, {learningRate = 0.5})
   check.eq(h:float():totable(), {0.5, 1.5}, 'halves')
end

-- lamb, whose norms stay on the GPU, against the CPU; a tensor of zeros, and a direction of zeros
do
   local function steps(on)
      local x = {on(torch.Tensor{3, 4}), on(torch.Tensor{0, 0}), on(torch.Tensor{1, 2})}
      local state = {}
      for _ = 1, 4 do
         optim.lamb(function(p) return 0, {p[1] * 2, p[2] + 1, p[3] * 0} end, x, {learningRate = 0.1, weightDecay = 0}, state)
      end
      return torch.cat({x[1]:float(), x[2]:float(), x[3]:float()}, 1)
   end
   check.ok((steps(function(t) return t:cuda() end) - steps(function(t) return t end)):abs():max() < 1e-5, 'lamb as on the CPU')
   if os.getenv('THC_SYNC') ~= '1' then
      local x, g, config = {torch.CudaTensor{3, 4}}, {torch.CudaTensor{1, 1}}, {}
      local function step() optim.lamb(function() return 0, g end, x, config) end
      step()
      check.ok(cutorch.graph(step):size() > 0, 'lamb waits for nothing: a graph takes it')
   end
end

-- clipping
for _, p in ipairs{1, 2, 3, math.huge} do
   local function clipped(on)
      local list = {on(torch.FloatTensor{3, -7}), on(torch.FloatTensor()), on(torch.FloatTensor{{4, 1}, {2, -1}}):t()}
      return optim.clipNorm(list, 2, p), torch.cat(list[1]:float(), list[3]:float():contiguous():view(-1), 1)
   end
   local n, x = clipped(function(t) return t end)
   local n2, x2 = clipped(function(t) return t:cuda() end)
   check.ok(math.abs(n - n2) < 1e-5 and (x - x2):abs():max() < 1e-6, 'clipNorm with p = ' .. p)
end
check.ok(optim.clipNorm(torch.CudaTensor{0 / 0, 1}, 1) ~= 1, 'a gradient of NaN')

-- a second GPU: the tensors must be on the current one
if cutorch.getDeviceCount() > 1 then
   local x = {torch.CudaTensor{1}, cutorch.withDevice(2, function() return torch.CudaTensor{1} end)}
   check.error(function() optim.sgd(function() return 0, {torch.CudaTensor{1}, torch.CudaTensor{1}} end, x, {}) end, 'is on GPU 2', 'a tensor of another GPU')
end

check.finish()
