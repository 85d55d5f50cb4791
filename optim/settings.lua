-- Which keys the methods read from config and keep in state; those that are misspelled are refused.
local nearest = require 'torch.nearest'

local function words(text)
   local list = {}
   for word in text:gmatch('%S+') do list[#list + 1] = word end
   return list
end

-- method -> keys of its config and its state, which may be one table
local known = {
   sgd = words[[learningRate learningRateDecay weightDecay weightDecays momentum dampening nesterov learningRates
      evalCounter dfdx decayParameters deltaParameters]],
   nag = words[[learningRate learningRateDecay weightDecay momentum learningRates evalCounter dfdx deltaParameters]],
   adam = words[[learningRate learningRateDecay beta1 beta2 epsilon weightDecay t m v denom]],
   adamw = words[[learningRate learningRateDecay beta1 beta2 epsilon weightDecay t m v]],
   radam = words[[learningRate beta1 beta2 epsilon weightDecay t m v]], lion = words[[learningRate beta1 beta2 weightDecay m]],
   lamb = words[[learningRate beta1 beta2 epsilon weightDecay t m v u]],
   adamax = words[[learningRate beta1 beta2 epsilon weightDecay t m u max]],
   adagrad = words[[learningRate learningRateDecay weightDecay evalCounter paramVariance paramStd]],
   adadelta = words[[rho eps weightDecay evalCounter paramVariance paramStd delta accDelta]],
   rmsprop = words[[learningRate alpha epsilon weightDecay initialMean m tmp]],
   asgd = words[[eta0 lambda alpha t0 eta_t mu_t t ax tmp]],
   rprop = words[[stepsize etaplus etaminus stepsizemax stepsizemin niter delta sign psign nsign zsign]],
   cg = words[[rho sig int ext maxIter ratio maxEval verbose df0 df1 df2 df3 s x0]],
   lbfgs = words[[maxIter maxEval tolFun tolX nCorrection lineSearch lineSearchOptions learningRate verbose funcEval nIter d
      t Hdiag g_old f_old old_dirs old_stps dir_bufs stp_bufs tmp1 ro al]],
   cmaes = words[[sigma maxEval ftarget popsize min_iterations verb_disp]],
   de = words[[popsize scaleFactor crossoverRate maxFEs minRegion maxRegion]],
}

local M = {known = known}

-- What other libraries call them.
local elsewhere = {lr = 'learningRate', wd = 'weightDecay', eps = 'epsilon', betas = 'beta1'}

local anyone = {} -- keys of any method: a table may serve several
for _, keys in pairs(known) do
   for _, key in ipairs(keys) do anyone[key] = true end
end

--- own(key...): keys of a program's own, which are not taken for misspelled ones.
function M.own(...)
   for _, key in ipairs{...} do anyone[key] = true end
end

-- The keys of t that neither the method nor anyone else has, in order.
local function unknown_keys(t)
   local list = {}
   for key in pairs(t) do
      if type(key) == 'string' and #key > 1 and not anyone[key] then list[#list + 1] = key end
   end
   table.sort(list)
   return list
end

-- Whether v could be the value of an option.
local function would_fit(method, option, v)
   for _, f in ipairs(require('optim.arguments').fields(method)) do
      if f[1] == option then return f[2]:find(type(v), 1, true) ~= nil end
   end
   return false
end

local function knows(method, key)
   for _, name in ipairs(known[method]) do
      if name == key then return true end
   end
   return false
end

-- What was meant by a key, and whether that is beyond doubt: but one letter is wrong, or only upper and lower case.
local function meaning(method, key, v)
   if knows(method, elsewhere[key]) then return elsewhere[key], false end
   local meant, far = nearest(key, known[method])
   if meant and far <= 2 and #key > 2 then return meant, far <= 1 and #meant > 4 and would_fit(method, meant, v) end
end

local told = {}
local function warn(method, key, meant)
   if told[method .. key] then return end
   told[method .. key] = true
   io.stderr:write(("optim.%s: does not know '%s'; did you mean %s?\n"):format(method, key, meant))
end

local function refuse(method, at, arg, key, meant)
   require('optim.arguments').refuse(method, at, arg, ("does not know '%s'; did you mean %s? (a key of your own: require('optim.settings').own '%s')")
      :format(key, meant, key))
end

--- check(method, config, state): programs keep keys of their own in these tables. One that no method knows and that is an option of
-- this one but for a letter, while the option is not there, is an error; a less certain case a warning on the standard error stream,
-- once for each such key.
function M.check(method, config, state)
   local given = {config or {}, state ~= config and state or {}}
   for i, t in ipairs(given) do
      for _, key in ipairs(unknown_keys(t)) do
         local meant, certain = meaning(method, key, t[key])
         if meant and given[1][meant] == nil and given[2][meant] == nil then
            if certain then refuse(method, i + 2, i == 1 and 'config' or 'state', key, meant) end
            warn(method, key, meant)
         end
      end
   end
end

-- What each keeps an element of for every one of x, from the first step on.
local kept = {
   sgd = 'dfdx', nag = 'dfdx', adam = 'm', adamax = 'm', adamw = 'm', radam = 'm', lion = 'm', lamb = 'm', rmsprop = 'm',
   adagrad = 'paramVariance', adadelta = 'paramVariance', asgd = 'ax', rprop = 'delta', lbfgs = 'd',
}

-- Those that do not always look at it.
local looks = {
   sgd = function(config) return (config.momentum or 0) ~= 0 end,
   lbfgs = function(_, state) return (state.nIter or 0) ~= 0 end,
}

-- The state is that of x, not of parameters that a method was called with before.
local function check_kept(method, x, config, state)
   local key, t = kept[method], state or config or {}
   local v = key and t[key]
   if v and torch.isTensor(v) and (not looks[method] or looks[method](config or {}, t)) and v:nElement() ~= x:nElement() then
      require('optim.arguments').refuse(method, state and 4 or 3, state and 'state' or 'config', ("its %s, kept from a step before, has %d elements, "
         .. 'and x %d: other parameters take a new table'):format(key, v:nElement(), x:nElement()))
   end
end

--- checked(method, f) -> function: a method whose tables are looked at when they are first seen, and what they keep in every step.
function M.checked(method, f)
   if not known[method] then return f end
   local seen = setmetatable({}, {__mode = 'k'})
   return function(opfunc, x, config, state)
      local t = config or state
      if t and not seen[t] then
         M.check(method, config, state)
         seen[t] = true
      end
      check_kept(method, x, config, state)
      return f(opfunc, x, config, state)
   end
end

return M
