-- Which keys the methods read from config and keep in state, and a word for those that are misspelled.
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

--- Where a table has a key that a method does not know but that is spelled almost like one it knows: a
-- warning on the standard error stream, once for each such key.
local told = {}
function M.check(method, t)
   if type(t) ~= 'table' then return end
   local set = {}
   for _, key in ipairs(known[method]) do set[key] = true end
   local unknown = {}
   for key in pairs(t) do
      if type(key) == 'string' and #key > 2 and not set[key] then unknown[#unknown + 1] = key end
   end
   table.sort(unknown)
   for _, key in ipairs(unknown) do
      local meant, far = nearest(key, known[method])
      if meant and far <= 2 and t[meant] == nil and not told[method .. key] then
         told[method .. key] = true
         io.stderr:write(("optim.%s: does not know '%s'; did you mean %s?\n"):format(method, key, meant))
      end
   end
end

--- A method whose tables are looked at when they are first seen.
function M.checked(method, f)
   if not known[method] then return f end
   local seen = setmetatable({}, {__mode = 'k'})
   return function(opfunc, x, config, state)
      local t = config or state
      if t and not seen[t] then
         seen[t] = true
         M.check(method, config)
         M.check(method, state)
      end
      return f(opfunc, x, config, state)
   end
end

return M
