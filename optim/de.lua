--- optim.de(opfunc, x, config) -> x, values: differential evolution, best/1, for functions without gradients.
-- x may be a list of tensors; opfunc then returns f(x) alone.
--
-- config: popsize (10 per coordinate), scaleFactor, crossoverRate, maxFEs (evaluations; required),
--   minRegion (-30), maxRegion (30): the box of the first population.
-- x gives only type and size. Returns the best solution, flat, and a tensor of all values in order.
-- Random numbers come from a generator of its own, seeded with 1.
--
-- Two habits of Torch7's version are kept, so that runs come out the same: the search starts around
-- the worst of the first population, not the best, and what surely crosses over is not one drawn
-- coordinate of each individual but all of an individual whose number comes up.
--
-- > x = optim.de(function(x) return x:dot(x) end, torch.Tensor(2), {maxFEs = 2000, scaleFactor = 0.5, crossoverRate = 0.9})
-- > x:norm() < 1
-- true
--
-- Source: R. Storn, K. Price, Differential evolution, 1997.
local function two_others(gen, i, n)
   local a, b
   repeat a = torch.random(gen, 1, n) until a ~= i
   repeat b = torch.random(gen, 1, n) until b ~= a and b ~= i
   return a, b
end

local function de(opfunc, x, config)
   config = config or {}
   local factor, crossover, maxFEs = config.scaleFactor, config.crossoverRate, config.maxFEs
   for _, name in ipairs{'scaleFactor', 'crossoverRate', 'maxFEs'} do
      if type(config[name]) ~= 'number' then error('optim.de: config.' .. name .. ' must be a number', 2) end
   end
   local D = x:nElement()
   local n = config.popsize or 10 * D
   if n < 3 then error('optim.de: config.popsize must be at least 3', 2) end
   local gen = torch.Generator()
   torch.manualSeed(gen, 1)

   local evaluations, values = 0, {}
   local function evaluate(point)
      local f = opfunc(point)
      evaluations = evaluations + 1
      values[evaluations] = f
      return f
   end

   local population = x.new(n, D):uniform(gen, config.minRegion or -30, config.maxRegion or 30)
   local children, fitness, child_fitness = x.new(n, D), {}, {}
   local best, fbest = x.new(D), math.huge
   for i = 1, n do
      fitness[i] = evaluate(population[i])
      if i == 1 or fitness[i] > fbest then
         fbest = fitness[i]
         best:copy(population[i])
      end
   end

   while evaluations < maxFEs do
      for i = 1, n do
         local a, b = two_others(gen, i, n)
         local always = torch.random(gen, 1, D)
         for j = 1, D do
            if torch.uniform(gen, 0, 1) < crossover or i == always then
               children[{i, j}] = best[j] + factor * (population[{a, j}] - population[{b, j}])
            else
               children[{i, j}] = population[{i, j}]
            end
         end
         child_fitness[i] = evaluate(children[i])
      end
      for i = 1, n do
         if child_fitness[i] <= fitness[i] then
            population[i]:copy(children[i])
            fitness[i] = child_fitness[i]
            if fitness[i] < fbest then
               fbest = fitness[i]
               best:copy(children[i])
            end
         end
      end
   end
   return best, x.new(values)
end

return de
