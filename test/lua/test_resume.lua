--- A run that was killed and goes on from its saved state ends with the same bits, though its loops are
-- interpreted in some steps and compiled in others.
--   th test_resume.lua                           runs the test
--   th test_resume.lua worker PATH STEPS JIT     trains until step STEPS and saves; goes on from PATH if it is there
require 'nn'
require 'optim'

-- Scalars in Lua, of the kind that decide in training scripts: squares as products, comparisons for extremes.
local function clipped(v, low, high) return v < low and low or v > high and high or v end

local function worker(path, last)
   local file = io.open(path, 'rb')
   local run
   if file then
      file:close()
      run = torch.load(path)
   else
      torch.manualSeed(3)
      run = {step = 0, config = {learningRate = 0.05, momentum = 0.9}, best = 1 / 0, chaos = 0.3,
         net = nn.Sequential(nn.Linear(3, 8), nn.ELU(), nn.BatchNormalization(8), nn.Dropout(0.2), nn.Linear(8, 1))}
   end
   if run.generator then torch.setRNGState(run.generator) end
   local loss = nn.MSECriterion()
   local params, grads = run.net:getParameters()
   while run.step < last do
      run.step = run.step + 1
      local x, y = torch.randn(16, 3), torch.Tensor(16, 1)
      for i = 1, 16 do
         local a, b = x[i][1], x[i][2]
         y[i][1] = a * a - 0.3 * b * b + clipped(x[i][3], -0.7, 0.9)
      end
      local f
      optim.sgd(function()
         grads:zero()
         f = loss:forward(run.net:forward(x), y)
         run.net:backward(x, loss:backward(run.net.output, y))
         return f, grads
      end, params, run.config)
      if f < run.best then run.best = f end
      for _ = 1, 500 do run.chaos = 3.9 * (run.chaos - run.chaos * run.chaos) end -- every bit counts
   end
   local simplex = nn.ClassSimplexCriterion(5).simplex
   run.generator = torch.getRNGState()
   torch.save(path, run)
   local low = optim.polyinterp{{0, run.best, -1}, {1, run.chaos, 0.3}}
   local best = optim.cmaes(function(p) return (p - 1):norm() end, torch.zeros(3), {sigma = 0.3, maxEval = 60})
   return torch.serialize{params, run.best, run.chaos, simplex, low, best}
end

if arg[1] == 'worker' then
   if arg[4] == 'off' then jit.off() end
   local bits = worker(arg[2], tonumber(arg[3]))
   io.write((bits:gsub('.', function(c) return ('%02x'):format(c:byte()) end)))
   os.exit(0)
end

local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')

-- What a run prints that is killed after all steps listed but the last. A negative number: interpreted to there.
local function runs(steps)
   local path = os.tmpname()
   os.remove(path)
   local out
   for _, last in ipairs(steps) do
      local mode = last < 0 and 'off' or 'on'
      local pipe = io.popen(("'%s' '%s' worker '%s' %d %s"):format(arg[-1], arg[0], path, math.abs(last), mode))
      out = pipe:read('*a')
      pipe:close()
   end
   os.remove(path)
   return out
end

local whole = runs{120}
check.ok(#whole > 100, 'a whole run')
check.ok(runs{61, 120} == whole, 'killed once')
check.ok(runs{1, 2, 60, 119, 120} == whole, 'killed again and again')
check.ok(runs{-70, 120} == whole, 'interpreted, then compiled')
check.ok(runs{50, -120} == whole, 'compiled, then interpreted')
check.finish()
