--- optim.lswolfe(opfunc, x, t, d, f, g, gtd [, options]) -> f, g, x, t, evaluations: line search to a point that satisfies
-- the strong Wolfe conditions: a bracket is sought, then zoomed into.
--
-- x start; t first step; d direction; f, g value and gradient at x; gtd = g . d.
-- options: c1 (1e-4, decrease), c2 (0.9, curvature), tolX (1e-9), maxIter (20), verbose (false).
-- x is moved to x + t d. A gradient tensor that opfunc uses again and again is copied.
--
-- Source: J. Nocedal, S. Wright, Numerical optimization, algorithms 3.5 and 3.6.
local numbers = require 'optim.numbers'

local polyinterp = optim.polyinterp

local function is_number(v) return v == v and math.abs(v) ~= math.huge end

-- A trial step: t, value, slope along d, gradient.
local function interpolate(a, b, ...)
   return (polyinterp({{a.t, a.f, a.slope}, {b.t, b.f, b.slope}}, ...))
end

-- Grows the step until the interval between two trials must hold an acceptable point. Returns one
-- trial that is acceptable or two around one.
local function bracket(try, start, first, slope0, o, say)
   local last, now = start, first
   for iteration = 0, o.maxIter - 1 do
      if not is_number(now.f) then
         -- stepped out of the domain: halve back towards the last good point
         say('illegal value, step halved')
         now = try((last.t + now.t) / 2)
      elseif now.f > start.f + o.c1 * now.t * slope0 or (iteration > 1 and now.f >= last.f) then
         return last, now, iteration
      elseif math.abs(now.slope) <= -o.c2 * slope0 then
         return now, nil, iteration
      elseif now.slope >= 0 then
         return last, now, iteration
      else
         local t = interpolate(last, now, now.t + 0.01 * (now.t - last.t), now.t * 10)
         last, now = now, try(t)
      end
   end
   say('no bracket within maxIter steps')
   return start, now, o.maxIter
end

-- A step inside the bracket that does not creep along one of its ends: the second time it comes
-- within a tenth of one, it is pushed inside.
local function safeguarded(a, b, crept)
   local t = interpolate(a, b)
   local low, high = numbers.min(a.t, b.t), numbers.max(a.t, b.t)
   local width = high - low
   if numbers.min(high - t, t - low) / width >= 0.1 then return t, false end
   if not (crept or t >= high or t <= low) then return t, true end
   return math.abs(t - high) < math.abs(t - low) and high - 0.1 * width or low + 0.1 * width, false
end

-- Shrinks the bracket around an acceptable point; returns the lower end.
local function zoom(try, low, high, f0, slope0, iteration, o, say)
   local crept = false
   while iteration < o.maxIter do
      if high.f < low.f then low, high = high, low end
      local t
      t, crept = safeguarded(low, high, crept)
      local now = try(t)
      iteration = iteration + 1
      local previous = low
      if now.f > f0 + o.c1 * t * slope0 or now.f >= low.f then
         high = now
      else
         if math.abs(now.slope) <= -o.c2 * slope0 then return now end
         if now.slope * (high.t - low.t) >= 0 then high = previous end
         low = now
      end
      if math.abs((high.t - low.t) * now.slope) < o.tolX then
         say('line search cannot make further progress')
         break
      end
   end
   return high.f < low.f and high or low
end

local function lswolfe(opfunc, x, t, d, f, g, gtd, options)
   options = options or {}
   local o = {
      c1 = options.c1 or 1e-4, c2 = options.c2 or 0.9, tolX = options.tolX or 1e-9, maxIter = options.maxIter or 20,
   }
   local function say(text)
      if options.verbose then print('<optim.lswolfe> ' .. text) end
   end
   local origin = x:clone()
   local evaluations = 0
   local function try(step)
      x:add(origin, step, d)
      local value, gradient = opfunc(x)
      evaluations = evaluations + 1
      return {t = step, f = value, g = gradient:clone(), slope = gradient:dot(d)}
   end

   local start = {t = 0, f = f, g = g:clone(), slope = gtd}
   local low, high, iterations = bracket(try, start, try(t), gtd, o, say)
   local best = low
   if high then best = zoom(try, low, high, f, gtd, iterations, o, say) end
   x:add(origin, best.t, d)
   return best.f, best.g, x, best.t, evaluations
end

return lswolfe
