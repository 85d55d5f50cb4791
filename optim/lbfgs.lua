--- optim.lbfgs(opfunc, x [, config, state]) -> x, {f...}, evaluations: limited-memory BFGS. x is changed in place.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: maxIter (20), maxEval (1.25 maxIter), tolFun (1e-5, on the sum of |g|), tolX (1e-9, on steps
--   and changes of f), nCorrection (100 pairs remembered), lineSearch (a function, such as
--   optim.lswolfe), lineSearchOptions, learningRate (1: the step without line search), verbose.
-- state, so that another call goes on: funcEval, nIter, d (direction), t (step), Hdiag, g_old, f_old,
--   old_dirs and old_stps (pairs s and y), dir_bufs and stp_bufs (free buffers), tmp1, ro, al.
--
-- > x, values = optim.lbfgs(function(x) return x[1]^2, x * 2 end, torch.Tensor{3})
-- > math.abs(x[1]) < 1e-6
-- true
--
-- Source: J. Nocedal, S. Wright, Numerical optimization, algorithms 7.4 and 7.5.
local numbers = require 'optim.numbers'

local function absolute_sum(buffer, x) return buffer:resizeAs(x):abs(x):sum() end

-- Adds the newest pair (s = t d, y = g - g_old) if the curvature along it is positive.
local function remember(state, g, capacity)
   local y = (table.remove(state.dir_bufs) or g.new()):resizeAs(g):add(g, -1, state.g_old)
   local s = (table.remove(state.stp_bufs) or g.new()):resizeAs(g):mul(state.d, state.t)
   local ys = y:dot(s)
   if ys > 1e-10 then
      if #state.old_dirs == capacity then
         state.dir_bufs[1] = table.remove(state.old_dirs, 1)
         state.stp_bufs[1] = table.remove(state.old_stps, 1)
      end
      table.insert(state.old_dirs, s)
      table.insert(state.old_stps, y)
      state.Hdiag = ys / y:dot(y)
   else
      table.insert(state.dir_bufs, y)
      table.insert(state.stp_bufs, s)
   end
end

-- d = -H g by the two-loop recursion.
local function direction(state, g)
   local s, y = state.old_dirs, state.old_stps
   local ro, al = state.ro, state.al
   local q = state.tmp1:resizeAs(g):mul(g, -1)
   for i = #s, 1, -1 do
      ro[i] = 1 / y[i]:dot(s[i])
      al[i] = s[i]:dot(q) * ro[i]
      q:add(-al[i], y[i])
   end
   local d = state.d:mul(q, state.Hdiag)
   for i = 1, #s do d:add(al[i] - y[i]:dot(d) * ro[i], s[i]) end
end

local function start(state, g)
   state.d = g.new():resizeAs(g):mul(g, -1)
   state.g_old = g.new():resizeAs(g)
   state.old_dirs, state.old_stps = {}, {}
   state.dir_bufs, state.stp_bufs = {}, {}
   state.ro, state.al = {}, {}
   state.Hdiag = 1
end

local function lbfgs(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local maxIter = tonumber(config.maxIter) or 20
   local maxEval = tonumber(config.maxEval) or maxIter * 1.25
   local tolFun, tolX = config.tolFun or 1e-5, config.tolX or 1e-9
   local rate, capacity = config.learningRate or 1, config.nCorrection or 100
   local line_search = config.lineSearch
   local function say(text)
      if config.verbose then print('<optim.lbfgs> ' .. text) end
   end
   state.funcEval, state.nIter = state.funcEval or 0, state.nIter or 0

   local f, g = opfunc(x)
   local history, evaluations = {f}, 1
   state.funcEval = state.funcEval + 1
   state.tmp1 = state.tmp1 or g.new()
   if absolute_sum(state.tmp1, g) <= tolFun then
      say('optimality condition below tolFun')
      return x, history, evaluations
   end

   for iteration = 1, maxIter do
      state.nIter = state.nIter + 1
      if state.nIter == 1 or not state.d then
         start(state, g)
      else
         remember(state, g, capacity)
         direction(state, g)
      end
      state.g_old:copy(g)
      state.f_old = f

      local d = state.d
      local slope = g:dot(d)
      if slope > -tolX then
         say('no descent along the direction')
         break
      end
      state.t = (state.nIter == 1 and numbers.min(1, 1 / absolute_sum(state.tmp1, g)) or 1) * rate

      local used = 0
      if type(line_search) == 'function' then
         f, g, x, state.t, used = line_search(opfunc, x, state.t, d, f, g, slope, config.lineSearchOptions)
         history[#history + 1] = f
      else
         x:add(state.t, d)
         if iteration ~= maxIter then  -- the last point is left for the next call to evaluate
            f, g = opfunc(x)
            used = 1
            history[#history + 1] = f
         end
      end
      evaluations = evaluations + used
      state.funcEval = state.funcEval + used

      local why = iteration == maxIter and 'maxIter iterations done'
         or evaluations >= maxEval and 'maxEval evaluations done'
         or absolute_sum(state.tmp1, g) <= tolFun and 'optimality condition below tolFun'
         or absolute_sum(state.tmp1, d) * math.abs(state.t) <= tolX and 'step size below tolX'
         or math.abs(f - state.f_old) < tolX and 'function value changes by less than tolX'
      if why then
         say(why)
         break
      end
   end
   return x, history, evaluations
end

return lbfgs
