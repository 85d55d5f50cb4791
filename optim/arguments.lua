-- What the functions of optim are given, and what they read from config and state: for errors that name the argument.
local C = require 'libtorch'
local M = {}

local method = 'opfunc function, x tensor|table, [config table], [state table]' -- a tensor or a list of them

--- Arguments of each, in order; in brackets what may be left out.
M.arguments = {
   sgd = method, nag = method, adam = method, adamax = method, adagrad = method, adadelta = method, rmsprop = method, asgd = method,
   adamw = method, radam = method, lion = method, lamb = method, clipNorm = 'g tensor|table, most number', clipValue = 'g tensor|table, most number',
   rprop = method, cg = method, lbfgs = method, cmaes = method, de = 'opfunc function, x tensor|table, [config table]',
   FistaLS = 'f function, g function, pl function, xinit tensor, [params table]',
   lswolfe = 'opfunc function, x tensor, t number, d tensor, f number, g tensor, gtd number, [options table]',
   polyinterp = 'points any, [xmin number], [xmax number]', checkgrad = 'opfunc function, x tensor, [eps number]',
   ConfusionMatrix = 'nclasses number|table, [classes table]', Logger = '[filename string], [timestamp boolean]',
}

-- Fields of config and state that each looks at: numbers, but for those below.
local fields = {
   sgd = 'learningRate learningRateDecay weightDecay weightDecays momentum dampening nesterov learningRates evalCounter dfdx',
   nag = 'learningRate learningRateDecay weightDecay momentum learningRates evalCounter dfdx',
   adam = 'learningRate learningRateDecay beta1 beta2 epsilon weightDecay t m v denom', adamax = 'learningRate beta1 beta2 epsilon weightDecay t m u',
   adamw = 'learningRate learningRateDecay beta1 beta2 epsilon weightDecay t m v', radam = 'learningRate beta1 beta2 epsilon weightDecay t m v',
   lion = 'learningRate beta1 beta2 weightDecay m', lamb = 'learningRate beta1 beta2 epsilon weightDecay t m v u',
   adagrad = 'learningRate learningRateDecay weightDecay evalCounter paramVariance', adadelta = 'rho eps weightDecay evalCounter paramVariance',
   rmsprop = 'learningRate alpha epsilon weightDecay initialMean m', asgd = 'eta0 lambda alpha t0 t',
   rprop = 'stepsize etaplus etaminus stepsizemax stepsizemin niter', cg = 'rho sig int ext maxIter ratio maxEval',
   lbfgs = 'maxIter maxEval tolFun tolX nCorrection lineSearch lineSearchOptions learningRate',
   cmaes = 'sigma maxEval ftarget popsize min_iterations', de = 'popsize scaleFactor crossoverRate maxFEs minRegion maxRegion',
   FistaLS = 'L Lstep maxiter maxline errthres', lswolfe = 'c1 c2 tolX maxIter',
}
local types_of = {
   learningRates = 'tensor', weightDecays = 'tensor', nesterov = 'boolean', lineSearch = 'function', lineSearchOptions = 'table',
   dfdx = 'tensor', paramVariance = 'tensor', m = 'tensor', v = 'tensor', denom = 'tensor', u = 'tensor',
   maxIter = 'number|string', maxEval = 'number|string', stepsize = 'number|tensor', -- tensors once it has begun
}

--- {name, types} of the fields that a function looks at, by name.
function M.fields(name)
   local list = {}
   for field in (fields[name] or ''):gmatch('%S+') do list[#list + 1] = {field, types_of[field] or 'number'} end
   table.sort(list, function(x, y) return x[1] < y[1] end)
   return list
end

local function is(v, t)
   local kind = type(v)
   if t == 'tensor' then return kind == 'userdata' and torch.isTensor(v) end
   if t == 'function' and kind == 'table' then return (getmetatable(v) or {}).__call ~= nil end
   return t == 'any' or kind == t
end

local function fits(v, types)
   for t in types:gmatch('[^|]+') do
      if is(v, t) then return true end
   end
   return false
end

--- Raises what is wrong with argument `at`, called arg, of a function.
function M.refuse(name, at, arg, message)
   error(string.format('%soptim.%s: argument #%d (%s): %s', C.where(), name, at, arg, message), 0)
end

local function fail(name, at, arg, field, types, v)
   error(string.format('%soptim.%s: argument #%d (%s): %s%s expected, got %s\nexpected arguments:\n   optim.%s(%s)', C.where(), name, at,
      arg, field and field .. ': ' or '', types:gsub('|', ' or '), C.describe(v), name, M.arguments[name]), 0)
end

--- {name=, types=, optional=} of every argument of a function.
function M.parse(name)
   local list = {}
   for item in M.arguments[name]:gmatch('[^,]+') do
      local arg, types = item:match('([%w_]+) ([%w|]+)')
      list[#list + 1] = {name = arg, types = types, optional = item:find('%[') ~= nil}
   end
   return list
end

-- The first field, by name, of a wrong type. Those that are not listed are somebody else's.
local function check_fields(name, at, arg, list, t)
   for _, f in ipairs(list) do
      local v = t[f[1]]
      if v ~= nil and type(v) ~= f[2] and not fits(v, f[2]) then fail(name, at, arg, f[1], f[2], v) end
   end
end

-- Those that look at f(x).
local compares = {cg = true, lbfgs = true, lswolfe = true, checkgrad = true, cmaes = true, de = true}

local function of_opfunc(name, message, ...)
   error(string.format('%soptim.%s: argument #1 (opfunc): ' .. message, C.where(), name, ...), 0)
end

-- What opfunc has returned for x. wanted: of the gradient, 'tensor', or 'table' where x is a list of tensors; false where there need
-- not be one.
local function with_gradient(name, x, wanted, fx, g, ...)
   if compares[name] and type(fx) ~= 'number' and not is(fx, 'tensor') then
      of_opfunc(name, 'f(x), a number, expected from it first; that was %s', C.describe(fx))
   end
   if wanted == 'table' and g ~= nil and not is(g, 'table') then
      of_opfunc(name, 'f(x) and a list of gradients, as x is a list, expected from it; the second was %s', C.describe(g))
   elseif wanted == 'tensor' and not is(g, 'tensor') then
      of_opfunc(name, 'f(x) and df/dx, a tensor, expected from it; the second was %s', C.describe(g))
   elseif wanted == 'tensor' and (getmetatable(g) ~= getmetatable(x) or g:nElement() ~= x:nElement()) then
      of_opfunc(name, 'df/dx has to be of the type and number of elements of x, %s; it is %s', C.describe(x), C.describe(g))
   end
   return fx, g, ...
end

--- f, which looks at its arguments first, and at what its opfunc returns.
function M.checked(name, f)
   if not M.arguments[name] then return f end
   local list, fields_ = M.parse(name), M.fields(name)
   local evaluates, needs_gradient = list[1].name == 'opfunc', name ~= 'cmaes' and name ~= 'de'
   local function check(...)
      for i, a in ipairs(list) do
         local v = (select(i, ...))
         if not (v == nil and a.optional) and not fits(v, a.types) then fail(name, i, a.name, nil, a.types, v) end
         if v and a.types == 'table' then check_fields(name, i, a.name, fields_, v) end
      end
   end
   if type(f) == 'table' then -- a class
      local mt = require('luaT').getmetatable('optim.' .. name)
      local construct = mt.__constructor
      rawset(mt, '__constructor', function(...)
         check(...)
         return construct(...)
      end)
      return f
   end
   if not evaluates then
      return function(...)
         check(...)
         return f(...)
      end
   end
   return function(opfunc, x, ...)
      check(opfunc, x, ...)
      local wanted = needs_gradient and (type(x) == 'table' and 'table' or 'tensor')
      return f(function(...) return with_gradient(name, x, wanted, opfunc(...)) end, x, ...)
   end
end

return M
