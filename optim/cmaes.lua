--- optim.cmaes(opfunc, x [, config, state]) -> x, {f...}, evaluations: CMA-ES, an evolution strategy with adaptation of the
-- covariance matrix, for functions without gradients.
-- x may be a list of tensors; opfunc then returns f(x) alone.
--
-- All settings are read from state: sigma (required: standard deviation to start with, about a third
-- of the range to search), maxEval (1e3 N^2), ftarget (-inf), popsize (4 + floor(3 ln N)),
-- min_iterations (1), verb_disp (false: report every so many iterations).
-- opfunc need not return a gradient. The result is a flat tensor, the best point seen; x is left alone.
--
-- > x = optim.cmaes(function(x) return x:dot(x) end, torch.Tensor{3, 4}, {sigma = 1, ftarget = 1e-6})
-- > x:norm() < 0.01
-- true
--
-- Source: N. Hansen, The CMA evolution strategy: a tutorial, 2016; notation from there.
local numbers = require 'optim.numbers'

-- Strategy parameters that depend on dimension and population alone.
local function constants(N, lambda)
   local c = {lambda = lambda, mu = math.floor(lambda / 2), weights = {}}
   local sum, squares = 0, 0
   for i = 1, c.mu do
      c.weights[i] = math.log(lambda / 2 + 0.5) - math.log(i)
      sum = sum + c.weights[i]
   end
   for i = 1, c.mu do
      c.weights[i] = c.weights[i] / sum
      squares = squares + c.weights[i] * c.weights[i]
   end
   c.mueff = 1 / squares
   c.cc = (4 + c.mueff / N) / (N + 4 + 2 * c.mueff / N)              -- path of C
   c.cs = (c.mueff + 2) / (N + c.mueff + 5)                          -- path of sigma
   c.c1 = 2 / ((N + 1.3) * (N + 1.3) + c.mueff)                      -- rank one
   c.cmu = numbers.min(1 - c.c1, 2 * (c.mueff - 2 + 1 / c.mueff) / ((N + 2) * (N + 2) + c.mueff))  -- rank mu
   c.damps = 2 * c.mueff / lambda + 0.3 + c.cs
   c.chiN = math.sqrt(N) * (1 - 1 / (4 * N) + 1 / (21 * N * N))      -- E |N(0, I)|
   return c
end

-- C = B diag(D^2) B'. Eigenvalues that rounding made negative are lifted.
local function decompose(s)
   s.C:add(s.C:t():clone()):mul(0.5)
   local values, vectors = torch.symeig(s.C, 'V')
   s.D = values:clamp(1e-20, math.huge):sqrt()
   s.B = vectors
   s.invsqrt = torch.mm(s.B, torch.diag(torch.cinv(s.D))) * s.B:t()
end

local function ask(s, c, N)
   local points = {}
   for k = 1, c.lambda do
      local step = torch.mv(s.B, s.mean.new():randn(N):cmul(s.D))
      points[k] = torch.add(s.mean, s.sigma, step)
   end
   return points
end

-- Moves mean, paths, covariance and sigma; points are sorted, best first.
local function tell(s, c, N, points, generation)
   local old = s.mean:clone()
   s.mean:zero()
   for i = 1, c.mu do s.mean:add(c.weights[i], points[i]) end
   local y = torch.add(s.mean, -1, old):div(s.sigma)

   s.ps:mul(1 - c.cs):add(math.sqrt(c.cs * (2 - c.cs) * c.mueff), torch.mv(s.invsqrt, y))
   local length = s.ps:norm()
   local hsig = length / math.sqrt(1 - (1 - c.cs) ^ (2 * generation)) / c.chiN < 1.4 + 2 / (N + 1) and 1 or 0
   s.pc:mul(1 - c.cc):add(hsig * math.sqrt(c.cc * (2 - c.cc) * c.mueff), y)

   s.C:mul(1 - c.c1 - c.cmu + (1 - hsig) * c.c1 * c.cc * (2 - c.cc))
   s.C:addr(c.c1, s.pc, s.pc)
   for i = 1, c.mu do
      local d = torch.add(points[i], -1, old):div(s.sigma)
      s.C:addr(c.cmu * c.weights[i], d, d)
   end
   s.sigma = s.sigma * math.exp(numbers.min(1, c.cs / c.damps * (length / c.chiN - 1)))
end

local function cmaes(opfunc, x, config, state)
   state = state or config or {}
   if type(state.sigma) ~= 'number' then
      error('optim.cmaes: state.sigma, the initial standard deviation, must be a number', 2)
   end
   local N = x:nElement()
   local maxEval = state.maxEval or 1e3 * N * N
   local target, min_iterations = state.ftarget or -math.huge, state.min_iterations or 1
   local c = constants(N, state.popsize or 4 + math.floor(3 * math.log(N)))
   local s = {
      mean = x.new():resize(N):copy(x), sigma = state.sigma,
      ps = x.new(N):zero(), pc = x.new(N):zero(), C = torch.diag(x.new(N):fill(1)),
   }
   decompose(s)

   local best, fbest, evaluations, history = x.new(N):copy(x), math.huge, 0, {}
   local generation, decomposed = 0, 0
   while evaluations < maxEval do
      generation = generation + 1
      local points = ask(s, c, N)
      local f = {}
      for _, point in ipairs(points) do
         local value = opfunc(point:viewAs(x))
         f[point] = value == value and value or math.huge  -- NaN would spoil the order
         evaluations = evaluations + 1
      end
      table.sort(points, function(a, b) return f[a] < f[b] end)
      local first = f[points[1]]
      history[generation] = first
      if first < fbest then
         fbest = first
         best:copy(points[1])
      end
      if state.verb_disp and state.verb_disp ~= 0 and generation % state.verb_disp == 0 then
         print(('<optim.cmaes> %d evaluations: f = %g, sigma = %g'):format(evaluations, fbest, s.sigma))
      end
      tell(s, c, N, points, generation)
      -- the decomposition costs N^3: once in a while is enough
      if evaluations - decomposed > c.lambda / (c.c1 + c.cmu) / N / 10 then
         decomposed = evaluations
         decompose(s)
      end
      if generation >= min_iterations then
         if fbest < target or s.sigma * s.D:max() < 1e-12 then break end
         -- a population of equal values says nothing any more
         if f[points[#points]] - first < 1e-12 * numbers.max(1, math.abs(first)) * 1e-3 then break end
      end
   end
   return best, history, evaluations
end

return cmaes
