--- Who saved a tensor for a derivative learns by its version that it was written to: everything that writes a tensor counts, kernels of
-- modules, optimizers and images, too. So what modules and optimizers overwrite between forward and backward is an error, or computed
-- anew, and no wrong gradient.
require 'nn'
require 'optim'
local C = require 'libtorch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/check.lua')
torch.setdefaulttensortype('torch.DoubleTensor')
torch.manualSeed(5)

local function contents(x) return torch.serialize(x:contiguous():clone()) end

-- ---- every kernel counts what it writes, and says so in its row ----

do
   local rows = dofile(here .. '/kernels.lua')
   local calls, kernels = dofile(here .. '/kernel_calls.lua').recorded()
   local shown, only_counted, written = {}, {}, {}
   for _, call in ipairs(calls) do
      local args, before, versions = {}, {}, {}
      for i = 1, call.n do
         args[i] = call[i]
         if torch.isTensor(args[i]) then
            args[i] = args[i]:clone()
            before[i], versions[i] = contents(args[i]), (C.version(args[i]))
         end
      end
      kernels[call.name](unpack(args, 1, call.n))
      for i, c in pairs(before) do
         local what, name = rows[call.name][i], call.name .. ': ' .. rows[call.name][i].name
         local wrote, counted = contents(args[i]) ~= c, C.version(args[i]) ~= versions[i]
         if wrote and not counted and not shown[name] then
            shown[name] = true
            check.ok(false, name .. ' is written, and not counted: out in its row')
         end
         if wrote or what.written then written[name] = true elseif counted then only_counted[name] = true end
      end
   end
   for name in pairs(only_counted) do check.ok(written[name], name .. ' is counted, and written by no call') end
   check.ok(#calls > 200, 'kernels were called')
end

-- ---- so does everything else ----

local function counts(what, x, f)
   local version = C.version(x)
   f(x)
   check.ok(C.version(x) ~= version, what .. ' is counted')
end

do
   local p, g = torch.ones(4), torch.ones(4)
   for _, name in ipairs{'sgd', 'adam', 'adamw', 'adamax', 'radam', 'lamb', 'lion', 'adagrad', 'adadelta', 'rmsprop', 'rprop', 'nag', 'asgd',
      'cg', 'lbfgs'} do
      counts('optim.' .. name, p, function(x) optim[name](function() return 1, g end, x, {learningRate = .1}) end)
   end
end
counts('apply', torch.ones(3), function(x) x:apply(function() return 2 end) end)
counts('apply of a column', torch.ones(3, 2):select(2, 1), function(x) x:apply(function() return 2 end) end)
counts('map', torch.ones(3), function(x) x:map(x, function(a, b) return a + b end) end)
counts('map2', torch.ones(3), function(x) x:map2(x, x, function(a, b, c) return a + b + c end) end)
counts('fill of a storage', torch.ones(3), function(x) x:storage():fill(2) end)
counts('copy of a storage', torch.ones(3), function(x) x:storage():copy(torch.DoubleStorage{4, 5, 6}) end)
counts('text of a storage', torch.ByteTensor{1, 2}, function(x) x:storage():string('ab') end)
counts('reading from a file', torch.ones(1), function(x)
   local f = torch.MemoryFile('rw'):binary()
   f:writeDouble(7)
   f:seek(1)
   f:readDouble(x:storage())
end)
local has_image = pcall(require, 'image')
if has_image then
   counts('image.scale', torch.ones(2, 2), function(x) image.scale(x, torch.ones(4, 4), 'simple') end)
else
   print('image.scale: skipped, no package image')
end

-- ---- what an operation saved ----

do
   local function overwritten(what, by, saved, write)
      local x = torch.randn(2, 3):requiresGrad()
      local y = torch.cmul(x, saved):sum()
      write()
      check.error(function() y:backward() end, 'cmul saved a tensor .* and ' .. by .. ' has changed it in place since', what)
   end
   local a_kernel, input = 'a module, optimizer or kernel', torch.randn(2, 3)
   local tanh, relu = nn.Tanh(), nn.ReLU(true)
   overwritten('the output of a module', a_kernel, tanh:forward(input), function() tanh:forward(torch.randn(2, 3)) end)
   overwritten('what a module in place was given', a_kernel, input, function() relu:forward(input) end)
   tanh:backward(input, torch.randn(2, 3))
   overwritten('gradInput', a_kernel, tanh.gradInput, function() tanh:backward(input, torch.randn(2, 3)) end)
   local linear = nn.Linear(3, 2)
   overwritten('a weight, by an optimizer', a_kernel, linear.weight, function()
      optim.sgd(function() return 1, torch.ones(6) end, linear.weight:view(-1), {learningRate = .1})
   end)
   overwritten('a weight, by updateParameters', '%a+', linear.weight, function() linear:updateParameters(.1) end)
end

-- ---- what a module saved ----

do -- a step between forward and backward
   local linear = nn.Linear(3, 2)
   local w, g = linear:getParameters()
   local y = linear(torch.randn(4, 3):requiresGrad()):sum()
   optim.adam(function() return 1, g:fill(1) end, w, {learningRate = .1})
   check.error(function() y:backward() end, 'nn.Linear saved a tensor .* and a module, optimizer or kernel has changed it', 'a step between forward and backward')
end

-- The gradient of a module or criterion that has run again meanwhile, by `again`: as without it.
local function same_gradient(what, module, again, x, target)
   x = (x or torch.rand(2, 3) + .1):requiresGrad()
   local function gradient(f)
      x:zeroGrad()
      local y = target and module(x, target) or module(x)
      f()
      y:sum():backward()
      return x:grad():clone()
   end
   local plain = gradient(function() end)
   check.ok((gradient(again) - plain):abs():max() < 1e-12, what)
end
local other = torch.rand(2, 3) + .1
for _, module in ipairs{nn.Tanh(), nn.Sigmoid(), nn.Exp(), nn.LogSoftMax(), nn.Sqrt(), nn.Normalize(2), nn.TemporalMaxPooling(2)} do
   local name = torch.type(module)
   same_gradient(name .. ' ran in a container', module, function() nn.Sequential():add(module):add(nn.MulConstant(2)):forward(other) end)
   same_gradient(name .. ' ran by updateOutput', module, function() module:updateOutput(other) end)
   same_gradient('a container of ' .. name, nn.Sequential():add(module):add(nn.MulConstant(2)), function() module:forward(other) end)
end
-- Modules whose output is set to the input, or to what is in it: the same tensor shows other memory.
for _, module in ipairs{nn.ELU(1, true), nn.Dropout(.5, false, true), nn.Sequential():add(nn.GradientReversal())} do
   local x = torch.ones(2, 3):requiresGrad()
   local function gradient(rows)
      torch.manualSeed(1)
      x:zeroGrad()
      local y = module(x * -1):sum()
      if rows then torch.noGrad(function() nn.Sequential():add(module):forward(torch.ones(rows, 3) * 1) end) end
      y:backward()
      return x:grad():clone()
   end
   local plain = gradient()
   for rows = 1, 2 do check.ok(gradient(rows):equal(plain), torch.type(module) .. ' set its output to another ' .. rows .. ' rows') end
end
-- And so do rows of one batch.
do
   local module = nn.ELU(1, true)
   local x = torch.ones(2, 3):requiresGrad()
   local function gradient(rows)
      x:zeroGrad()
      local batch = torch.cmul(x, torch.Tensor{{-1, -1, -1}, {-2, -2, -2}})
      local y = module(batch[1]):sum()
      if rows then module:updateOutput(module.output.new(module.output:storage(), 1, rows, 3)) end
      y:backward()
      return x:grad():clone()
   end
   local plain = gradient()
   check.ok(gradient(1):equal(plain), 'an output set to the same memory')
   -- A parameter set to other memory, of the same version, is not the one that the forward had.
   local linear, input = nn.Linear(3, 2), torch.rand(4, 3):requiresGrad()
   local both = torch.rand(2, 2, 3)
   linear.weight:set(both[1])
   local y = linear(input):sum()
   linear.weight:set(both[2])
   check.error(function() y:backward() end, 'nn.Linear saved a tensor', 'a weight set to the memory beside it')
   y = linear(input):sum()
   linear.weight:set(torch.rand(2, 3))
   local same = linear.weight
   check.error(function() y:backward() end, 'nn.Linear saved a tensor', 'a weight set to other memory')
   y = linear(input):sum()
   linear.weight:set(same)
   y:backward()
   check.eq(input:grad():size(2), 3, 'a weight set to what it is')
   local criterion = nn.CrossEntropyCriterion(torch.Tensor{1, 2})
   local loss = criterion(linear(input), torch.LongTensor{1, 2, 1, 2})
   criterion.nll.weights:set(torch.Tensor{3, 4})
   check.error(function() loss:backward() end, 'nn.CrossEntropyCriterion saved a tensor', "weights of a criterion's set to other memory")
   loss = criterion(linear(input), torch.LongTensor{1, 2, 1, 2})
   criterion.nll.weights:mul(2)
   check.error(function() loss:backward() end, 'nn.CrossEntropyCriterion saved a tensor', 'weights of a criterion that have changed')
end
do
   local target, criterion = torch.LongTensor{2, 1}, nn.CrossEntropyCriterion()
   local margin = nn.MultiLabelMarginCriterion()
   same_gradient('a criterion ran by updateOutput', criterion, function() criterion:updateOutput(other, target) end, nil, target)
   same_gradient('a criterion ran in another', criterion, function() nn.MultiCriterion():add(criterion):forward(other, target) end, nil, target)
   same_gradient('positions in a criterion', margin, function() margin:updateOutput(other, torch.LongTensor{{3, 0, 0}, {2, 1, 0}}) end, nil,
      torch.LongTensor{{1, 0, 0}, {3, 2, 0}})
end

check.finish()
