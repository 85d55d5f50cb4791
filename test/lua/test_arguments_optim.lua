--- One wrong call per argument of every function of optim, and wrong fields of config and state.
require 'torch'
require 'optim'
local here = arg[0]:match('^(.*)/') or '.'
local check, told = dofile(here .. '/check.lua'), dofile(here .. '/told.lua')
local A = require 'optim.arguments'

local calls = 0
local function expect(what, at, name, f, ...)
   calls = calls + 1
   local ok, err = pcall(f, ...)
   if ok then return check.ok(false, what .. ' raises') end
   local number, names = told(err)
   check.ok(number == at and names[name] and err:find('^%S*test_arguments_optim.lua:%d+: optim%.') ~= nil,
      string.format('%s #%d (%s): %s', what, at, name, tostring(err):match('[^\n]*')))
end

local function square(x) return x:dot(x), x * 2 end
local right = {['function'] = function() return square end, tensor = function() return torch.ones(3) end, table = function() return {} end,
   number = function() return 1 end, string = function() return 'x' end, boolean = function() return false end, any = function() return {} end}

local functions = {}
for name in pairs(A.arguments) do functions[#functions + 1] = name end
table.sort(functions)
for _, name in ipairs(functions) do
   local list, f = A.parse(name), optim[name]
   for i, a in ipairs(list) do
      local function arguments(v)
         local args = {}
         for j, other in ipairs(list) do args[j] = right[other.types:match('^%w+')]() end
         args[i] = v
         return unpack(args, 1, #list)
      end
      if a.types ~= 'any' then
         expect(name .. ': wrong kind', i, a.name, f, arguments(coroutine.create(print)))
         if not a.optional then expect(name .. ': missing', i, a.name, f, arguments(nil)) end
         if a.types == 'table' then
            for _, field in ipairs(A.fields(name)) do expect(name .. '.' .. field[1], i, a.name, f, arguments{[field[1]] = coroutine.create(print)}) end
         end
      end
   end
end

-- the same in the file that lists what there is
local listed = {}
for name in io.open(here .. '/../../optim/init.lua'):read('*a'):match("ipairs{(.-)}"):gmatch("'(%w+)'") do listed[#listed + 1] = name end
table.sort(listed)
check.eq(listed, functions, 'every function of optim declares its arguments')

local _, err = pcall(optim.sgd, square, torch.ones(3), {momentum = 'a', learningRate = print, mine = print})
check.match(err, 'config%): learningRate: number expected, got function', 'of several the first by name')
check.ok(optim.sgd(square, torch.ones(3), {learningRate = 0.1, mine = print, m = 3, alpha = 'x'}) ~= nil, 'fields of others do not matter')
local callable = setmetatable({}, {__call = function(_, x) return square(x) end})
check.ok(optim.sgd(callable, torch.ones(3)) ~= nil, 'opfunc may be an object')
for _, name in ipairs{'sgd', 'nag', 'adam', 'adamax', 'adagrad', 'adadelta', 'rmsprop', 'asgd', 'rprop', 'cg', 'lbfgs'} do
   check.error(function() optim[name](function() return 1 end, torch.ones(3), {}) end,
      'test_arguments_optim.lua:%d+: optim.' .. name .. ': argument #1 %(opfunc%): f%(x%) and df/dx, a tensor, expected from it; the second was nil$',
      name .. ' without a gradient')
end
for name in pairs(A.arguments) do
   local list = A.parse(name)
   if list[1].name == 'opfunc' and name ~= 'cmaes' and name ~= 'de' then
      local given = {torch.ones(3), 1, torch.ones(3), 1, torch.ones(3), -1}
      local function expect_refused(what, opfunc, pattern)
         check.error(function() optim[name](opfunc, unpack(name == 'lswolfe' and given or {torch.ones(3)})) end,
            'test_arguments_optim.lua:%d+: optim.' .. name .. ': argument #1 %(opfunc%): ' .. pattern, name .. ': ' .. what)
      end
      local of_x = 'df/dx has to be of the type and number of elements of x, torch.DoubleTensor %[3%]; it is '
      expect_refused('a gradient of another size', function() return 1, torch.ones(4) end, of_x .. 'torch.DoubleTensor %[4%]$')
      expect_refused('an empty gradient', function() return 1, torch.Tensor() end, of_x)
      expect_refused('a gradient of another type', function() return 1, torch.FloatTensor(3) end, of_x .. 'torch.FloatTensor %[3%]$')
   end
end
for _, name in ipairs{'cg', 'lbfgs', 'lswolfe', 'checkgrad'} do
   check.error(function() optim[name](function() return nil, torch.ones(3) end, unpack(name == 'lswolfe' and
      {torch.ones(3), 1, torch.ones(3), 1, torch.ones(3), -1} or {torch.ones(3)})) end,
      'optim.' .. name .. ': argument #1 %(opfunc%): f%(x%), a number, expected from it first; that was nil$', name .. ' without f(x)')
end
for name, config in pairs{de = {popsize = 5, maxFEs = 20, scaleFactor = .5, crossoverRate = .5}, cmaes = {maxEval = 20, sigma = 1}} do
   check.error(function() optim[name](function() end, torch.ones(2), config) end,
      'test_arguments_optim.lua:%d+: optim.' .. name .. ': argument #1 %(opfunc%): f%(x%), a number, expected from it first; that was nil$',
      name .. ' without f(x)')
end
check.ok(optim.sgd(function(x) return nil, x:clone():resize(1, 3) end, torch.ones(3)) ~= nil, 'a gradient of another shape will do')
check.ok(optim.de(function(x) return x:sum() end, torch.ones(2), {popsize = 5, maxFEs = 20, scaleFactor = .5, crossoverRate = .5}) ~= nil,
   'de needs no gradient')
print(calls .. ' wrong calls of ' .. #functions .. ' functions')
check.finish()
