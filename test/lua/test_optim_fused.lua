--- optim's fused steps: bit for bit what the operations of tensors give; the newer methods by hand and by PyTorch's numbers; lists
-- of tensors; clipping.
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
require 'optim'
torch.setdefaulttensortype('torch.DoubleTensor')
local fused = require 'optim.fused'

-- ---- with and without ----

local configs = dofile((arg[0]:match('^(.*/)') or './') .. 'optim_settings.lua')

-- x after some steps, and the last gradient
local function run(name, config, kind, n, seed)
   torch.manualSeed(seed)
   local x, scale = torch.randn(n):type(kind), torch.rand(n):type(kind)
   local settings, state, g = {}, {}
   for k, v in pairs(config) do settings[k] = v end
   for _ = 1, 8 do
      optim[name](function(p)
         g = torch.cmul(p, scale)
         return 0, g
      end, x, settings, state)
   end
   return x, g
end

local fits = fused.fits
for name, list in pairs(configs) do
   for i, config in ipairs(list) do
      for _, kind in ipairs{'torch.FloatTensor', 'torch.DoubleTensor'} do
         for _, n in ipairs{1, 7, 16, 33, 300} do
            local used = 0
            fused.fits = function(...)
               local ok = fits(...)
               used = used + (ok and 1 or 0)
               return ok
            end
            local x, g = run(name, config, kind, n, i)
            fused.fits = function() return false end
            local x2, g2 = run(name, config, kind, n, i)
            fused.fits = fits
            local what = ('%s %d, %d of %s'):format(name, i, n, kind)
            check.eq(used, 8, what .. ': every step is fused')
            -- the newer methods have no other form to be equal to, bit for bit
            local exact = name ~= 'adamw' and name ~= 'radam' and name ~= 'lion' and name ~= 'lamb'
            local tolerance = exact and 0 or kind == 'torch.FloatTensor' and 1e-5 or 1e-14
            check.ok((x - x2):abs():max() <= tolerance, what .. ': as by operations')
            check.ok(not exact or g:equal(g2), what .. ': so is the gradient')
         end
      end
   end
end

for _, threads in ipairs{1, 2, 3, 7} do
   torch.setnumthreads(threads)
   for name, list in pairs(configs) do
      local x = run(name, list[#list], 'torch.FloatTensor', 300001, 3)
      configs[name].expected = configs[name].expected or x
      check.ok(x:equal(configs[name].expected), name .. ' in ' .. threads .. ' threads')
   end
end
torch.setnumthreads(2)

-- what does not lie side by side, or is of another type, takes the other way
local wide = torch.ones(3, 4):t()
check.ok(not fits(wide, torch.ones(4, 3)) and not fits(torch.ones(2), torch.ones(2):float()) and not fits(torch.ones(2), torch.ones(3)), 'fits')
optim.adam(function(p) return 0, torch.ones(4, 3) end, wide, {learningRate = .5})
check.ok((wide - .5):abs():max() < 1e-6, 'a step of what is not contiguous')

-- ---- PyTorch ----

-- PyTorch 2.15, doubles: x = torch.tensor([1., -1., .5]), the gradient of (torch.tensor([.5, 2., .1]) * x * x).sum():
--   7 steps of torch.optim.AdamW([x], lr=.1, weight_decay=.1), 9 of torch.optim.RAdam([x], lr=.1, weight_decay=.1)
local recorded = {
   adamw = {7, {0.279241868946, -0.279241863475, -0.117470665762}},
   radam = {9, {0.500146539757, 0.269767342219, 0.413489942544}},
}
for name, want in pairs(recorded) do
   local x, state = torch.Tensor{1, -1, .5}, {}
   for _ = 1, want[1] do
      optim[name](function(p) return 0, torch.cmul(p, torch.Tensor{1, 4, .2}) end, x, {learningRate = .1, weightDecay = .1}, state)
   end
   check.ok((x - torch.Tensor(want[2])):abs():max() < 1e-10, name .. ' as in PyTorch')
end

-- by hand
local x, state = torch.Tensor{2, -3, 0}, {}
local config = {learningRate = .1, beta1 = .9, beta2 = .5, weightDecay = .5}
optim.lion(function() return 0, torch.Tensor{1, -2, 0} end, x, config, state)
check.ok((x - torch.Tensor{2 * .95 - .1, -3 * .95 + .1, 0}):abs():max() < 1e-15, 'lion: signs')
check.ok((state.m - torch.Tensor{.5, -1, 0}):abs():max() < 1e-15, 'lion: m')
x, state = torch.Tensor{3, 4}, {}
optim.lamb(function() return 0, torch.Tensor{1, -2} end, x, {learningRate = .1, epsilon = 0, weightDecay = 0}, state)
local u = torch.Tensor{1, -1} -- signs, at the first step
check.ok((x - (torch.Tensor{3, 4} - u * (.1 * 5 / math.sqrt(2)))):abs():max() < 1e-12, 'lamb: as long as the tensor')

-- ---- lists ----

for name, list in pairs(configs) do
   local flat, parts = torch.range(1, 9), {torch.range(1, 4), torch.range(5, 9):view(5, 1)}
   local one, many = {}, {}
   for _ = 1, 5 do
      optim[name](function(p) return 1, p * .1 end, flat, {weightDecay = list[1].weightDecay}, one)
      local p, fx = optim[name](function(p) return 7, {p[1] * .1, p[2] * .1} end, parts, {weightDecay = list[1].weightDecay}, many)
      check.ok(rawequal(p, parts) and fx[1] == 7, name .. ': returns the list and {f}')
   end
   if name ~= 'lamb' then -- whose steps are as long as each tensor
      check.ok(torch.cat(parts[1], parts[2]:view(-1)):equal(flat), name .. ': a list as the flat tensor')
   end
end
local function list_error(message, f, ...)
   local ok, err = pcall(f, ...)
   check.ok(not ok and tostring(err):find(message, 1, true), message .. ': ' .. tostring(err))
end
list_error('argument #2 (x): a list of tensors expected; its element 2 is number', optim.adam, function() end, {torch.ones(1), 3})
list_error('argument #2 (x): a list of tensors expected, got an empty table', optim.adam, function() end, {})
list_error('argument #1 (opfunc): 1 gradients for 2 tensors', optim.adam, function() return 0, {torch.ones(1)} end, {torch.ones(1), torch.ones(1)})
list_error('a list of gradients, as x is a list', optim.sgd, function() return 0, torch.ones(1) end, {torch.ones(1)})
list_error('tensor expected, got table', optim.checkgrad, function() end, {torch.ones(1)})

-- ---- clipping ----

local g = {torch.Tensor{3, 0}, torch.Tensor{{4}}}
check.eq(optim.clipNorm(g, 10), 5, 'the norm of a list')
check.eq(g[1][1], 3, 'a small one stays')
check.eq(optim.clipNorm(g, 1), 5, 'the norm before')
check.ok(math.abs(g[1][1] - .6) < 1e-15 and math.abs(g[2][1][1] - .8) < 1e-15, 'scaled down together')
local t = torch.Tensor{-3, .5, 2}
check.ok(rawequal(optim.clipValue(t, 1), t) and t:equal(torch.Tensor{-1, .5, 1}), 'values')

-- ---- an allocation that fails: the next step is the first ----
for _, name in ipairs{'adamw', 'radam', 'lion', 'lamb'} do
   for n = 1, 15 do
      local x, g, state = torch.ones(50), torch.ones(50), {}
      local function step() return optim[name](function() return 1, g end, x, {learningRate = 0.1}, state) end
      torch.failallocation(n)
      local done = pcall(step)
      torch.failallocation(0)
      check.ok(done or pcall(step), ('%s after a failure of allocation %d'):format(name, n))
   end
end

for _, name in ipairs{'clipNorm', 'clipValue'} do
   check.error(function() optim[name]({torch.ones(2), 3}, 1) end, 'test_optim_fused.lua:%d+: optim.' .. name .. ': argument #1 %(g%): .*its element 2 is number', name)
   check.error(function() optim[name](torch.ones(2), -1) end, 'argument #2 %(most%): a number that is not negative expected, got %-1', name)
   check.error(function() optim[name](torch.ones(2), 0 / 0) end, 'argument #2 %(most%)', name .. ' by NaN')
end

check.finish()
