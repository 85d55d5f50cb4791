--- What nn says when it is used wrongly: the sentence, the place in the net, the user's line.
local here = arg[0]:match('^(.*/)') or './'
local check = dofile(here .. 'check.lua')
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')

local script = debug.getinfo(1, 'S').short_src
local function line() return debug.getinfo(2, 'l').currentline end

local function message(f, ...)
   local ok, err = pcall(f, ...)
   check.ok(not ok, 'raises')
   return err
end

-- ---- the place in the net ----
do
   local inner = nn.Sequential():add(nn.Tanh()):add(nn.Linear(5, 2))
   local net = nn.Sequential():add(nn.Linear(3, 2)):add(inner)
   local x = torch.ones(4, 3)
   local at
   local err = message(function() at = line() net:forward(x) end)
   check.match(err, '^' .. script:gsub('%p', '%%%0') .. ':' .. at .. ': ', 'the line that asked comes first')
   check.match(err, 'size mismatch: expected input with 5 features %(size N x 5%), got %[4 x 2%]', 'the sentence')
   check.match(err, '\nIn 2 module of nn.Sequential:\nIn 2 module of nn.Sequential:\nnn.Linear%(5 %-> 2%)$', 'the place')
   check.ok(not err:find('traceback') and not err:find('/nn/'), 'and nothing else')
   check.eq(message(function() at = line() net:forward(x) end):gsub('^.-: ', ''), err:gsub('^.-: ', ''), 'twice the same')

   for _, container in ipairs{nn.ConcatTable(), nn.Concat(2), nn.DepthConcat(2), nn.Parallel(1, 1), nn.ParallelTable(), nn.MapTable()} do
      container:add(nn.Linear(5, 2))
      local input = (torch.isTypeOf(container, 'nn.ParallelTable') or torch.isTypeOf(container, 'nn.MapTable')) and {x} or x
      err = message(function() container:forward(input) end)
      check.match(err, '\nIn 1 module of ' .. torch.type(container) .. ':\nnn.Linear%(5 %-> 2%)$', torch.type(container))
   end

   local p = nn.Parallel(1, 1):add(nn.Linear(1, 1))
   local deep = nn.Sequential():add(nn.Identity()):add(nn.Concat(1):add(p))
   err = message(function() deep:forward(torch.ones(1, 2, 2)) end)
   check.ok(err:find('In 2 module of nn.Sequential:\nIn 1 module of nn.Concat:\nIn 1 module of nn.Parallel:\n', 1, true),
      'every container, as Torch7 writes it')

   local fine = nn.Sequential(nn.Linear(3, 2))
   fine:forward(x)
   err = message(function() fine:backward(x, torch.ones(4, 7)) end)
   check.match(err, '\nIn 1 module of nn.Sequential:\nnn.Linear%(3 %-> 2%)$', 'backward')

   -- errors of the user's own
   local Odd = torch.class('nn.TestOdd', 'nn.Module')
   function Odd:updateOutput(input) return self.what(input) end
   local odd = nn.TestOdd()
   local own = nn.Sequential(odd)
   odd.what = function() at = line() error('my own') end
   check.match(message(own.forward, own, x), '^[^\n]*:' .. at .. ': my own\nIn 1 module of nn.Sequential:\nnn.TestOdd$', 'own line')
   local object = {code = 7}
   odd.what = function() error(object) end
   check.ok(rawequal(message(own.forward, own, x), object), 'error objects pass')
   odd.what = function() error(nil) end
   check.eq(message(own.forward, own, x), nil, 'nil passes')
   odd.what = function() return fine:forward(torch.ones(1)) end
   message(own.forward, own, x)
   odd.what = function(input) return input end
   check.eq(own:forward(x), x, 'and the net works on')
end

-- ---- containers take modules only, and are not changed by what they refuse ----
do
   local makers = {
      Sequential = nn.Sequential, ConcatTable = nn.ConcatTable, ParallelTable = nn.ParallelTable,
      Concat = function() return nn.Concat(1) end, Parallel = function() return nn.Parallel(1, 1) end,
   }
   for name, make in pairs(makers) do
      local c = make()
      for _, wrong in ipairs{3, 'nn.Linear', true, torch.ones(2), nn.Linear, nn.MSECriterion(), {nn.Tanh()}} do
         local at
         local err = message(function() at = line() c:add(wrong) end)
         check.match(err, ':' .. at .. ': nn.' .. name .. ':add: expected a module, got ', name .. ':add')
         check.eq(#c.modules, 0, name .. ' is as it was')
      end
      message(c.add, c)
      check.eq(#c:add(nn.Tanh()).modules, 1, name .. ' takes a module')
   end
   local s = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
   check.eq(#s.modules, 2, 'Sequential of modules')
   check.ok(rawequal(s:get(2), s.modules[2]) and s:forward(torch.ones(3)):dim() == 1, 'in order')
   check.eq({#nn.ConcatTable(nn.Tanh(), nn.Abs()).modules, #nn.ParallelTable(nn.Tanh()).modules}, {2, 1}, 'tables of modules')
   check.eq(nn.Concat(2).dimension, 2, 'Concat keeps its argument')
   check.error(function() nn.Sequential(nn.Tanh(), 3) end, 'nn.Sequential: argument #2: expected a module, got number',
      'Sequential of a number')
   check.error(function() s:insert(3, 1) end, 'nn.Sequential:insert: expected a module', 'insert')
   check.eq(#s.modules, 2, 'as it was')
   check.error(function() nn.Bottle(5) end, 'nn.Bottle: argument #1 %(module%): module expected, got number', 'decorators')
   check.error(function() nn.MapTable(5) end, 'nn.MapTable: argument #1 %(module%): module expected, got number', 'MapTable')
   for _, class in ipairs{'MultiCriterion', 'ParallelCriterion'} do
      check.error(function() nn[class]():add(nn.Tanh()) end, class .. ':add: expected a criterion, got nn.Tanh', class)
   end
end

-- ---- operations inside modules: the module comes first ----
for text, f in pairs{
   ['nn.LookupTable: index: argument #3 %(index%): index 5 out of range'] = function() nn.LookupTable(3, 2):forward(torch.Tensor{5}) end,
   ['nn.Reshape: view: argument #2 %(size%): Wrong size for view'] = function() nn.Reshape(3):forward(torch.ones(4)) end,
   ['nn.CAddTable: add: argument #2 %(y%): inconsistent tensor size'] = function() nn.CAddTable():forward{torch.ones(4), torch.ones(3)} end,
   ['add: argument #1 %(y%): inconsistent tensor size'] = function() torch.ones(3):add(torch.ones(4)) end,
   ['nn.BCECriterion: argument #2 %(target%): input and target size mismatch: torch.DoubleTensor %[3%] and torch.DoubleTensor %[4%]'] =
      function() nn.BCECriterion():forward(torch.rand(3), torch.rand(4)) end,
} do check.error(f, '^[^\n]*test_nn_errors.lua:%d+: ' .. text, text) end

-- ---- types ----
do
   local x, net = torch.ones(2, 3), nn.Sequential(nn.Linear(3, 2))
   check.error(function() net:forward(x:float()) end,
      'argument #1 %(input%): torch.DoubleTensor expected, .*got torch.FloatTensor: types must be equal, convert with input:double%(%), or net:float%(%)',
      'Float input, Double net')
   check.error(function() net:float():forward(x) end, 'convert with input:float%(%), or net:double%(%)', 'the other way')
   check.error(function() nn.Tanh():float():forward(x) end, 'types must be equal', 'modules without parameters')
   check.error(function() nn.MSECriterion():forward(x, x:float()) end, 'types must be equal', 'criterions')
end

-- ---- gradients that are none, and the class's own name ----
for name, m in pairs{SeqLSTM = nn.SeqLSTM(4, 4), SeqGRU = nn.SeqGRU(4, 4), MultiHeadAttention = nn.MultiHeadAttention(4, 2),
   PositionalEncoding = nn.PositionalEncoding(4, 6)} do
   local x = torch.randn(3, 2, 4)
   m:forward(x)
   local argument = '^[^\n]*: nn.' .. name .. ': argument #2 %(gradOutput%): '
   check.error(function() m:backward(x, 'g') end, argument .. "tensor expected, got string 'g'", name .. ' with a string')
   check.error(function() m:backward(x, {x}) end, argument .. 'tensor expected, got table', name .. ' with a table')
   check.error(function() m:backward(x, x:float()) end, argument .. 'torch.DoubleTensor expected, got torch.FloatTensor', name .. ' with floats')
   check.error(function() m:backward(x, torch.randn(1)) end, argument .. 'expected size 3 x 2 x 4, got 1', name .. ' of another size')
end
for name, m in pairs{SeqLSTM = nn.SeqLSTM(4, 4), RMSNorm = nn.RMSNorm(4), InstanceNorm = nn.InstanceNorm(4), ReLU = nn.ReLU()} do
   check.error(function() m:forward('x') end, ": nn." .. name .. ": argument #1 %(input%): tensor expected, got string 'x'", name .. ' names itself')
end

-- ---- a result that is an operand as well ----
-- Its sizes were checked before it is resized: another size is refused, the same is work in place.
do
   local x, w, b = torch.ones(2, 3), torch.ones(6, 3), torch.ones(6)
   local own = 'a result of .* is an operand as well.*results must be tensors of their own'
   check.error(function() x.THNN.Linear_updateOutput(x, w, w, b) end, own, 'Linear, output is the weight')
   check.error(function() x.THNN.Linear_updateOutput(x, b, w, b) end, own, 'Linear, output is the bias')
   check.error(function() x.THNN.BatchNormalization_updateOutput(x, torch.Tensor(), nil, nil, torch.ones(3), torch.ones(3), x, torch.Tensor(), true, 0.1, 1e-5) end, own,
      'BatchNormalization, save_mean is the input')
   local mean = torch.Tensor()
   check.error(function() x.THNN.GroupNorm_updateOutput(x, torch.Tensor(), nil, nil, mean, x, 3, 1, 1, true, 1e-5) end, own, 'GroupNorm, invstd is the input')
   check.eq({w:size(1), w:size(2), b:size(1)}, {6, 3, 6}, 'nothing was resized')
   local t = torch.Tensor{-1, 2}
   t.THNN.Threshold_updateOutput(t, t, 0, 0, true)
   check.eq(t:totable(), {0, 2}, 'in place it goes')
   x.THNN.Linear_updateOutput(x, torch.Tensor(), w, b)
end

-- ---- what a newcomer does wrong with containers and tables is told at his line ----

for pattern, f in pairs{
   ['nn.Concat: outputs cannot be joined along dimension 2: the first is 3'] = function() nn.Concat(2):add(nn.Linear(2, 3)):add(nn.Linear(2, 3)):forward(torch.ones(2)) end,
   ['nn.DepthConcat: outputs cannot be joined along dimension 3'] = function() nn.DepthConcat(3):add(nn.Identity()):add(nn.Identity()):forward(torch.ones(2, 2)) end,
   ['nn.Parallel: outputs cannot be joined along dimension 2'] = function() nn.Parallel(1, 2):add(nn.Linear(2, 3)):add(nn.Linear(2, 3)):forward(torch.ones(2, 2)) end,
   ['nn.Parallel: argument #1 %(input%): dimension 1 has size 2, but there are 1 modules'] = function() nn.Parallel(1, 1):add(nn.Linear(2, 3)):forward(torch.ones(2, 2)) end,
   ['nn.JoinTable: outputs cannot be joined along dimension 2: the first is 2'] = function() nn.JoinTable(2):forward{torch.ones(2), torch.ones(2)} end,
   ['nn.JoinTable: argument #1 %(input%): table of tensors expected, got an empty one'] = function() nn.JoinTable(1):forward{} end,
   ['nn.CAddTable: argument #1 %(input%): table of tensors expected, got torch.DoubleTensor %[2%]'] = function() nn.CAddTable():forward(torch.ones(2)) end,
   ['nn.CMulTable: argument #1 %(input%): table of tensors expected, got an empty one'] = function() nn.CMulTable():forward{} end,
   ['nn.MapTable: argument #1 %(input%): table expected, got torch.DoubleTensor'] = function() nn.MapTable(nn.Linear(2, 2)):forward(torch.ones(2)) end,
   ['nn.CrossEntropyCriterion: argument #2 %(target%): class or tensor of classes expected, got table'] = function() nn.CrossEntropyCriterion():forward(torch.ones(2, 3), {1, 2}) end,
   ['nn.Sequential: remove: index 1 out of range, there are 0 modules'] = function() nn.Sequential():remove(1) end,
   ['nn.Sequential: insert: index 5 out of range, expected 1 to 1'] = function() nn.Sequential():insert(nn.Tanh(), 5) end,
   ['nn.Dropout: argument #1 %(p%): number of at least 0 and below 1 expected, got number 1'] = function() nn.Dropout(1) end,
   ['nn.Threshold: in%-place processing requires value %(2%) not exceed threshold %(1%)'] = function() nn.Threshold(1, 2, true):forward(torch.ones(2)) end,
   ['nn.SpatialFullConvolution: argument #9 %(adjW%): less than the stride, 1, expected, got 2'] = function() nn.SpatialFullConvolution(1, 1, 2, 2, 1, 1, 0, 0, 2, 2) end,
   ['nn.Linear: argument #1 %(learningRate%): number expected, got nil'] = function() nn.Linear(2, 2):updateParameters() end,
   ['nn.StochasticGradient: argument #1 %(dataset%): table of examples'] = function() nn.StochasticGradient(nn.Linear(2, 1), nn.MSECriterion()):train{} end,
} do
   check.error(f, '^[^\n]*test_nn_errors.lua:%d+: ' .. pattern, pattern)
end

check.finish()
