--- Training steps on the GPU: how often they wait for it, which the simulator counts, and steps recorded as graphs, compared
-- with steps that are not. THC in the environment says on what: the simulator or a real GPU.
--   th test/gpu/test_steps.lua
require 'cunn'
require 'optim'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(3)

-- ---- nets with an input and classes for each output row ----

local function labels(n, classes)
   local t = torch.LongTensor(n)
   for i = 1, n do t[i] = i * 7 % classes + 1 end
   return t:cudaLong()
end

local cases = {}
local function case(name, net, input, rows, classes)
   cases[#cases + 1] = {name = name, net = net:cuda(), input = input, target = labels(rows, classes)}
end

case('MLP', nn.Sequential():add(nn.Linear(6, 8)):add(nn.BatchNormalization(8)):add(nn.ReLU()):add(nn.Linear(8, 4)):add(nn.LogSoftMax()),
   torch.CudaTensor(5, 6):uniform(), 5, 4)
case('LeNet', nn.Sequential():add(nn.SpatialConvolution(1, 3, 3, 3)):add(nn.SpatialBatchNormalization(3)):add(nn.ReLU())
   :add(nn.SpatialMaxPooling(2, 2)):add(nn.SpatialConvolution(3, 4, 2, 2)):add(nn.Tanh()):add(nn.View(4 * 2 * 2)):add(nn.Linear(16, 4))
   :add(nn.LogSoftMax()), torch.CudaTensor(3, 1, 8, 8):uniform(), 3, 4)
case('LSTM of words', nn.Sequential():add(nn.LookupTable(7, 5)):add(nn.SeqLSTM(5, 6)):add(nn.SeqGRU(6, 6)):add(nn.View(-1, 6))
   :add(nn.Linear(6, 7)):add(nn.LogSoftMax()), labels(12, 7):view(4, 3), 12, 7)
case('Transformer', nn.Sequential():add(nn.TransformerEncoder(1, 8, 2, 12, 0, true)):add(nn.LayerNorm(8)):add(nn.View(-1, 8))
   :add(nn.Linear(8, 4)):add(nn.LogSoftMax()), torch.CudaTensor(2, 5, 8):uniform(), 10, 4)
case('Dropout', nn.Sequential():add(nn.Linear(6, 8)):add(nn.Dropout(0.5)):add(nn.Linear(8, 4)):add(nn.LogSoftMax()),
   torch.CudaTensor(5, 6):uniform(), 5, 4)

-- forward, backward, update; `read` takes the loss
local function step_of(c, net, update, read)
   local criterion = nn.ClassNLLCriterion():cuda()
   local parameters, gradients = net:getParameters()
   local forward = read and criterion.forward or function(self, input, target)
      package.loaded.cutorch._recording = true -- the loss stays on the GPU
      local loss = self:updateOutput(input, target)
      package.loaded.cutorch._recording = nil
      return loss
   end
   return function()
      gradients:zero()
      local loss = forward(criterion, net:forward(c.input), c.target)
      net:backward(c.input, criterion:backward(net.output, c.target))
      update(parameters, gradients)
      return loss
   end, parameters
end

local function plain(parameters, gradients) parameters:add(-0.1, gradients) end

-- ---- how often a step waits ----

local function simulator()
   if cutorch.platform == 'CUDA' then return nil end
   local ffi = require 'ffi'
   ffi.cdef 'size_t thc_simt_waits(void);'
   return ffi.load('libTHCsimt.so.1')
end
local library = simulator()
local function waits() return tonumber(library.thc_simt_waits()) end
local function waits_of(f)
   local before = waits()
   f()
   return waits() - before
end

if not library then
   print('skipped: how often steps wait is counted in the simulator only')
elseif not cutorch.isCachingAllocatorEnabled() then
   print('skipped: how often steps wait; without the cache of freed memory every allocation does')
else
   local x = torch.CudaTensor(3):fill(1)
   x:sum()
   local one = waits_of(function() x:sum() end)
   check.ok(one > 0, 'reading a value waits')
   x:copy(torch.FloatTensor(3)) -- takes page-locked memory, once
   check.eq(waits_of(function() x:copy(torch.FloatTensor(3)) end), 0, 'data from the CPU need no waiting')
   local list = {torch.CudaTensor{3, 0}, torch.CudaTensor(), torch.CudaTensor{{4}}}
   optim.clipNorm(list, 10)
   check.eq(waits_of(function() optim.clipNorm(list, 1) end), one, 'clipNorm waits once for a list')
   for _, c in ipairs(cases) do
      for name, update in pairs{plain = plain, sgd = optim.sgd, adam = optim.adam, rmsprop = optim.rmsprop, adagrad = optim.adagrad} do
         local state = {learningRate = 0.01, momentum = name == 'sgd' and 0.9 or nil}
         local function optimized(parameters, gradients)
            if update == plain then return plain(parameters, gradients) end
            update(function() return 0, gradients end, parameters, state)
         end
         local what = c.name .. ', ' .. name
         local step, reading = step_of(c, c.net, optimized, false), step_of(c, c.net, optimized, true)
         for _ = 1, 3 do step() end
         check.eq(waits_of(step), 0, what .. ': waits of a step')
         for _ = 1, 3 do reading() end
         check.eq(waits_of(reading), one, what .. ': waits of a step whose loss is read')
      end
   end
end

-- Data of copies that wait in a stream are those of the time of the call, however many there are.
do
   cutorch.reserveStreams(1)
   cutorch.setStream(1)
   local host, targets = torch.FloatTensor(20000), {}
   for i = 1, 20 do targets[i] = torch.CudaTensor(20000):copy(host:fill(i)) end
   host:fill(-1)
   cutorch.streamSynchronize(1)
   for i = 1, 20 do check.ok(targets[i]:float():eq(i):all(), 'copy ' .. i .. ' of 20 from one tensor') end
   cutorch.setDefaultStream()
end

-- ---- graphs ----

for _, c in ipairs(cases) do
   local eager, eager_parameters = step_of(c, c.net:clone(), plain, true)
   local step, parameters = step_of(c, c.net:clone(), plain, true)
   parameters:copy(eager_parameters)
   cutorch.manualSeed(11)
   local expected = {}
   for i = 1, 6 do expected[i] = eager() end
   cutorch.manualSeed(11)
   local graph, loss = cutorch.graph(step), nil -- two steps
   local got = {}
   for i = 3, 6 do
      loss = graph()
      got[i] = torch.isTensor(loss) and loss[1] or loss
   end
   for i = 3, 6 do check.ok(math.abs(got[i] - expected[i]) <= 1e-5, ('%s: loss %d of a graph: %g, expected %g'):format(c.name, i, got[i], expected[i])) end
   check.ok((parameters - eager_parameters):abs():max() <= 1e-5, c.name .. ': parameters after a graph')
   if library then check.ok(graph:size() > 5, c.name .. ': launches in it') end
   if library and cutorch.isCachingAllocatorEnabled() then check.eq(waits_of(graph), 0, c.name .. ': waits of a replay') end
end

-- new data in the same tensors; results are f's
local x, y = torch.CudaTensor{1, 2, 3}, torch.CudaTensor(3)
local graph = cutorch.graph(function()
   y:copy(x):mul(2)
   return y, 'and more'
end)
x:copy(torch.FloatTensor{4, 5, 6})
local a, b = graph()
check.eq({a:totable(), b}, {{8, 10, 12}, 'and more'}, 'results of a replay')
check.eq(torch.pointer(a), torch.pointer(y), 'they are those of the function')

-- what the function allocates is nobody else's, and is given back in the end
do
   local function chain()
      local t = torch.add(x, 1)
      for _ = 1, 5 do t = torch.mul(t, 2) end
      return t
   end
   local g = cutorch.graph(chain)
   local others = {}
   for i = 1, 20 do others[i] = torch.CudaTensor(3):fill(i) end
   for _ = 1, 3 do g() end
   for i = 1, 20 do check.eq(others[i]:totable(), {i, i, i}, 'tensors beside a graph') end
   check.eq(g():totable(), {160, 192, 224}, 'temporaries of a graph')
   others = nil
   cutorch.releaseMemory()
   check.eq(g():totable(), {160, 192, 224}, 'its memory is not given back meanwhile')
   local used = cutorch.memoryStats().inUse
   for _ = 1, 5 do cutorch.graph(chain) end
   g = nil
   collectgarbage()
   collectgarbage()
   check.ok(cutorch.memoryStats().inUse <= used, 'memory of graphs that are gone')
end

-- graphs that are collected while another one is recorded
do
   local others, runs = {}, 0
   for i = 1, 3 do others[i] = cutorch.graph(function() torch.add(x, 1) end) end
   local g = cutorch.graph(function()
      runs = runs + 1
      if runs == 2 then -- it is being recorded
         others = nil
         collectgarbage()
         collectgarbage()
      end
      return torch.add(x, 2)
   end)
   check.eq(g():totable(), {6, 7, 8}, 'garbage in a graph')
end

-- random numbers go on, and follow the seed
do
   local r = torch.CudaTensor(50)
   local draws = cutorch.graph(function() r:uniform() end)
   draws()
   local first = r:float()
   draws()
   check.ok((r:float() - first):abs():max() > 0, 'replays draw other numbers')
   cutorch.manualSeed(5)
   draws()
   local again = r:float()
   cutorch.manualSeed(5)
   draws()
   check.eq((r:float() - again):abs():max(), 0, 'the same seed, the same numbers')
   cutorch.manualSeed(5)
   check.eq((torch.CudaTensor(50):uniform():float() - again):abs():max(), 0, 'those that it draws without a graph')
end

-- mistakes
if os.getenv('THC_SYNC') ~= '1' then
   local n = 0
   check.error(function()
      cutorch.graph(function()
         n = n + 1
         return x:sum()
      end)
   end, 'cannot wait for the GPU', 'a value that is read in a graph')
   check.eq(n, 2, 'it ran once before')
   check.error(function() cutorch.graph(function() return x:float() end) end, 'cannot wait for the GPU', 'a copy to the CPU')
   check.error(function() cutorch.graph(function() error('mine', 0) end) end, '^mine$', 'its own error')
   check.error(function() cutorch.graph(function() cutorch.graph(function() end) end) end, 'being made already', 'a graph in a graph')
   check.eq(x:sum(), 15, 'things go on after that')
   y:fill(3)
   graph()
   check.eq(y:totable(), {8, 10, 12}, 'so do graphs')
end
check.error(function() cutorch.graph(3) end, 'function expected', 'no function')
check.ok(cutorch.memorySummary():find('kept for reuse'), 'memorySummary')

check.finish()
