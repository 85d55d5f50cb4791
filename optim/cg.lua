--- optim.cg(opfunc, x [, config, state]) -> x, {f...}, evaluations: nonlinear conjugate gradient, Polak-Ribiere, with the line search of C. E. Rasmussen's `minimize`:
-- cubic and quadratic interpolation between steps that are too long, extrapolation beyond steps that
-- are too short, until the Wolfe-Powell conditions hold.
-- x may be a list of tensors; opfunc then returns the loss as a recorded tensor, or a list of gradients behind it.
--
-- config: rho (0.01, decrease), sig (0.5, slope), int (0.1, nearest to the ends of the bracket), ext (3,
--   longest extrapolation), maxIter (20, evaluations in a line search), ratio (100, largest growth of
--   the first step), maxEval (1.25 maxIter), verbose (0).
-- state: buffers df0, df1, df2, df3, s (direction), x0
--
-- f holds the value at the start and after each line search that succeeded; the first that fails ends
-- the run.
--
-- > x, values = optim.cg(function(x) return x[1]^2, x * 2 end, torch.Tensor{3})
-- > math.abs(x[1]) < 1e-6
-- true
local numbers = require 'optim.numbers'
local min, max, sqrt, abs, huge = numbers.min, numbers.max, math.sqrt, math.abs, math.huge

local function finite(v) return v == v and v ~= huge and v ~= -huge end

-- Points of a line search are {f, d}: value and slope; z is how far the other one is.
local function cubic(a, b, z)
   return 6 * (a.f - b.f) / z + 3 * (a.d + b.d), 3 * (b.f - a.f) - z * (b.d + 2 * a.d)
end

-- Step from point 2, too far out, back into the bracket [2, 3]; z3 leads from 2 to 3.
local function interpolate(p1, p2, p3, z3, int)
   local z
   if p2.f > p1.f then
      z = z3 - 0.5 * p3.d * z3 * z3 / (p3.d * z3 + p2.f - p3.f)
   else
      local A, B = cubic(p2, p3, z3)
      z = (sqrt(B * B - A * p2.d * z3 * z3) - B) / A
   end
   if not finite(z) then z = z3 / 2 end
   return max(min(z, int * z3), (1 - int) * z3)
end

-- Step from point 2, not far enough; z1 is the way so far, limit how far it may be (nil: anywhere).
local function extrapolate(p2, p3, z1, z3, limit, int, ext)
   local A, B = cubic(p2, p3, z3)
   local z = -p2.d * z3 * z3 / (B + sqrt(B * B - A * p2.d * z3 * z3))
   if not finite(z) or z < 0 then
      return limit and (limit - z1) / 2 or z1 * (ext - 1)
   elseif limit and z + z1 > limit then
      return (limit - z1) / 2
   elseif not limit and z + z1 > z1 * ext then
      return z1 * (ext - 1)
   elseif z < -z3 * int then
      return -z3 * int
   elseif limit and z < (limit - z1) * (1 - int) then
      return (limit - z1) * (1 - int)
   end
   return z
end

-- Moves x along s from point p1. evaluate(z) steps by z and gives the new point. Returns the point
-- reached, how far it is, and whether it will do.
local function line_search(evaluate, p1, z1, budget, c)
   local p2, p3, z3 = evaluate(z1), p1, -z1
   local limit
   local function too_far() return p2.f > p1.f + z1 * c.rho * p1.d or p2.d > -c.sig * p1.d end
   while true do
      while too_far() and budget > 0 do
         limit = z1
         local z = interpolate(p1, p2, p3, z3, c.int)
         z1, z3 = z1 + z, z3 - z
         p2 = evaluate(z)
         budget = budget - 1
      end
      if too_far() then return p2, z1, false end
      if p2.d > c.sig * p1.d then return p2, z1, true end
      if budget <= 0 then return p2, z1, false end
      local z = extrapolate(p2, p3, z1, z3, limit, c.int, c.ext)
      p3, z3 = p2, -z
      z1 = z1 + z
      p2 = evaluate(z)
      budget = budget - 1
   end
end

local function cg(opfunc, x, config, state)
   config = config or {}
   state = state or config
   local c = {rho = config.rho or 0.01, sig = config.sig or 0.5, int = config.int or 0.1, ext = config.ext or 3}
   local maxIter = config.maxIter or 20
   local maxEval = abs(config.maxEval or maxIter * 1.25)
   local ratio = config.ratio or 100
   for _, name in ipairs{'df0', 'df1', 'df2', 'df3', 's', 'x0'} do
      state[name] = (state[name] or x.new()):resizeAs(x)
   end
   local df0, df1, df2, s, x0 = state.df0, state.df1, state.df2, state.s, state.x0

   local evaluations = 0
   local function evaluate(z)
      x:add(z, s)
      local f, g = opfunc(x)
      df2:copy(g)
      evaluations = evaluations + 1
      return {f = f, d = df2:dot(s)}
   end

   local f, g = opfunc(x)
   evaluations = 1
   df1:copy(g)
   s:mul(df1, -1)
   local history = {f}
   local here = {f = f, d = -s:dot(s)}
   local step = 1 / (1 - here.d)

   while evaluations < maxEval do
      x0:copy(x)
      df0:copy(df1)
      local reached, z1, ok = line_search(evaluate, here, step, min(maxIter, maxEval - evaluations), c)
      if not ok then
         x:copy(x0)
         df1:copy(df0)
         break
      end
      history[#history + 1] = reached.f
      if (config.verbose or 0) > 0 then print(('<optim.cg> evaluation %d: f = %g'):format(evaluations, reached.f)) end
      -- Polak-Ribiere; along the gradient where that would lead uphill
      s:mul((df2:dot(df2) - df2:dot(df1)) / df1:dot(df1)):add(-1, df2)
      df1, df2 = df2, df1
      state.df1, state.df2 = df1, df2
      local slope = df1:dot(s)
      if slope > 0 then
         s:mul(df1, -1)
         slope = -s:dot(s)
      end
      step = z1 * min(ratio, here.d / (slope - 1e-320))
      here = {f = reached.f, d = slope}
   end
   return x, history, evaluations
end

return cg
