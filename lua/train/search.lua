-- Search for hyper-parameters, each trial in a process of its own.
local checks = require 'train.fail'
local torch = torch
local M = {}

-- ---- drawing ----

local function sorted_names(space)
   local names = {}
   for name in pairs(space) do names[#names + 1] = name end
   table.sort(names)
   return names
end

local function draw_one(name, range, generator)
   if type(range) ~= 'table' then checks.wrong('random', 1, 'options', 'space.%s: list, or {low=, high=}, expected, got %s', name, torch.type(range)) end
   if range[1] ~= nil then return range[math.min(#range, math.floor(torch.uniform(generator, 1, #range + 1)))] end
   local low, high = range.low, range.high
   if type(low) ~= 'number' or type(high) ~= 'number' or low > high or (range.log and low <= 0) then
      checks.wrong('random', 1, 'options', 'space.%s: list, or {low=, high=}, expected', name)
   end
   if range.whole then return math.min(high, math.floor(torch.uniform(generator, low, high + 1))) end
   if range.log then return math.exp(torch.uniform(generator, math.log(low), math.log(high))) end
   return torch.uniform(generator, low, high)
end

local function draw(space, n, seed)
   local generator, list = torch.Generator(), {}
   torch.manualSeed(generator, seed or 1)
   for i = 1, n do
      list[i] = {}
      for _, name in ipairs(sorted_names(space)) do list[i][name] = draw_one(name, space[name], generator) end
   end
   return list
end

-- ---- processes ----

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function program()
   local k = -1
   if not arg or not arg[k] then return 'th' end
   while arg[k - 1] do k = k - 1 end
   return arg[k]
end

local CODE = 'package.path, package.cpath = %q, %q require "torch" require("train.trial")(%q)'

local function start(trial)
   trial.file = os.tmpname()
   torch.save(trial.file, {f = trial.f, params = trial.params, budget = trial.budget, tensortype = torch.getdefaulttensortype()})
   local code = CODE:format(package.path, package.cpath, trial.file)
   trial.pipe = assert(io.popen(('%s -e %s < /dev/null 2>&1'):format(quoted(program()), quoted(code))))
end

local function finish(trial)
   local printed = trial.pipe:read('*a')
   trial.pipe:close()
   local ok, result = pcall(torch.load, trial.file .. '.out')
   os.remove(trial.file)
   os.remove(trial.file .. '.out')
   if not ok then result = {error = 'the process ended: ' .. printed} end
   trial.value, trial.error = result.value, result.error
   if not trial.value or trial.value ~= trial.value then trial.value = math.huge end
   trial.file, trial.pipe, trial.f = nil, nil, nil
end

-- Runs trials, `workers` at a time.
local function run(trials, workers)
   local started = 0
   for k, trial in ipairs(trials) do
      while started < math.min(#trials, k - 1 + workers) do
         started = started + 1
         start(trials[started])
      end
      finish(trial)
   end
end

local function sort(trials)
   for k, trial in ipairs(trials) do trial.order = k end
   table.sort(trials, function(a, b)
      if a.value ~= b.value then return a.value < b.value end
      return a.order < b.order
   end)
   for _, trial in ipairs(trials) do trial.order = nil end
end

local function trials_of(list, budget, f)
   local trials = {}
   for k, params in ipairs(list) do trials[k] = {params = params, budget = budget, f = f} end
   return trials
end

local function best_of(what, trials)
   if trials[1].value == math.huge then checks.fail(what, 'no trial has a value; the first says: %s', tostring(trials[1].error or 'NaN')) end
   return trials[1], trials
end

local known = {run = 'function!', space = 'table!', trials = 'whole', workers = 'whole', seed = 'number', budget = 'any', factor = 'whole', least = 'positive',
   rounds = 'whole'}

--- train.random{run=, space=, trials=20, workers=1, seed=1, budget=} -> best, trials: tries parameters that are drawn
-- at random. run(params, budget) returns a number, the smaller the better; it runs in a process of its own,
-- `workers` at a time, with its upvalues copied. space: name -> {low=, high=, log=true, whole=true} (log, whole:
-- optional) or a list to choose from. Results: {params=, value=, error=}, the best first; a run that raises has an
-- error and the value math.huge. Errors: no run has a value.
--
-- Source: Bergstra and Bengio, Random Search for Hyper-Parameter Optimization, 2012.
function M.random(options)
   local o = checks.options('random', known, options)
   local trials = trials_of(draw(o.space, o.trials or 20, o.seed), o.budget, o.run)
   run(trials, o.workers or 1)
   sort(trials)
   return best_of('random', trials)
end

--- train.halving{run=, space=, trials=27, least=1, factor=3, rounds=, workers=1, seed=1} -> best, trials: successive
-- halving. All trials are run with the budget `least`, the best 1 / factor of them with factor times as much, and so
-- on, until one is left or `rounds` are done. run(params, budget) gets along with the budget, such as a number of
-- epochs. Otherwise as train.random; trials are those of the last round.
--
-- Source: Jamieson and Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, 2016.
function M.halving(options)
   local o = checks.options('halving', known, options)
   local list, budget, factor = draw(o.space, o.trials or 27, o.seed), o.least or 1, o.factor or 3
   if factor < 2 then checks.wrong('halving', 1, 'options', 'factor: whole number from 2 on expected, got %d', factor) end
   local round = 0
   while true do
      local trials = trials_of(list, budget, o.run)
      run(trials, o.workers or 1)
      sort(trials)
      round = round + 1
      if #trials == 1 or round == o.rounds then return best_of('halving', trials) end
      list, budget = {}, budget * factor
      for k = 1, math.max(1, math.floor(#trials / factor)) do list[k] = trials[k].params end
   end
end

return M
