--- nn.DataParallelTable on two GPUs (or twice on one) against the net alone.
require 'cunn'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local eq, ok, err = check.eq, check.ok, check.error
torch.setdefaulttensortype('torch.FloatTensor')
local gpus = cutorch.getDeviceCount() >= 2 and {1, 2} or {1, 1}

local function near(a, b, what, tolerance)
   a, b = a:double(), b:double()
   if not ok(a:isSameSizeAs(b), what .. ': sizes') then return end
   local d = a:nElement() == 0 and 0 or (a - b):abs():max()
   if not ok(d <= (tolerance or 1e-5), what) then print(('   they differ by %g'):format(d)) end
end

local function new_net()
   torch.manualSeed(3)
   return nn.Sequential():add(nn.Linear(5, 8)):add(nn.Tanh()):add(nn.Linear(8, 3)):cuda()
end
local function table_of(net, flatten) return nn.DataParallelTable(1, flatten):add(net, gpus) end
torch.manualSeed(1)
local x, dy = torch.randn(8, 5):cuda(), torch.randn(8, 3):cuda()

-- ---- against the net alone, for batches of all sizes ----

local function compare(make, what)
   for _, n in ipairs{8, 7, 2, 1} do
      local net, table_ = new_net(), make(new_net())
      local p, g = net:getParameters()
      local params, grads = table_:getParameters()
      local input, gradOutput = x:narrow(1, 1, n), dy:narrow(1, 1, n)
      local name = ('%s, %d rows'):format(what, n)
      for step = 1, 2 do
         g:zero()
         table_:zeroGradParameters()
         near(table_:forward(input), net:forward(input), name .. ': output ' .. step)
         near(table_:backward(input, gradOutput), net:backward(input, gradOutput), name .. ': gradInput ' .. step)
         near(grads, g, name .. ': gradients ' .. step)
         p:add(-0.1, g)
         params:add(-0.1, grads) -- the other GPUs learn of it in forward
      end
      net:forward(input)
      table_:forward(input)
      near(table_:updateGradInput(input, gradOutput), net:updateGradInput(input, gradOutput), name .. ': updateGradInput')
      g:zero()
      table_:zeroGradParameters()
      net:accGradParameters(input, gradOutput, 0.5)
      table_:accGradParameters(input, gradOutput, 0.5)
      near(grads, g, name .. ': accGradParameters')
      net:updateParameters(0.1)
      table_:updateParameters(0.1)
      near(table_:forward(input), net:forward(input), name .. ': after updateParameters')
      eq(table_.output:getDevice(), gpus[1], name .. ': outputs lie on the first GPU')
   end
end
compare(table_of, 'modules')
compare(function(net) return table_of(net, true) end, 'flattened')
compare(function(net)
   local table_ = nn.DataParallelTable(1)
   for _, gpu in ipairs(gpus) do table_:add(net, gpu) end
   return table_
end, 'a GPU at a time')
if pcall(require, 'threads') then compare(function(net) return table_of(net, true):threads(function() require 'cunn' end) end, 'threads') end

-- ---- what else may go in and come out ----

local plain, spread = new_net(), table_of(new_net())
near(spread:forward(x:float()), plain:forward(x), 'a batch of the CPU')
near(spread:backward(x:float(), dy:float()), plain:backward(x, dy), 'and its gradient')
local function branches()
   torch.manualSeed(4)
   return nn.ParallelTable():add(nn.Linear(5, 2)):add(nn.Sequential():add(nn.Linear(3, 4)):add(nn.Tanh())):cuda()
end
local two, two_spread = branches(), table_of(branches())
local out, out_spread = two:forward{x, dy}, two_spread:forward{x, dy}
for k = 1, 2 do near(out_spread[k], out[k], 'tables: output ' .. k) end
local back, back_spread = two:backward({x, dy}, out), two_spread:backward({x, dy}, out_spread)
for k = 1, 2 do near(back_spread[k], back[k], 'tables: gradInput ' .. k) end
local columns = nn.DataParallelTable(2):add(nn.Square():cuda(), gpus)
near(columns:forward(x), torch.cmul(x, x), 'the second dimension')
near(columns:backward(x, x), torch.cmul(x, x):mul(2), 'its gradient')
local images = torch.randn(5, 2, 6, 6):cuda()
local function convolution()
   torch.manualSeed(2)
   return nn.Sequential():add(nn.SpatialConvolution(2, 3, 3, 3)):add(nn.SpatialMaxPooling(2, 2)):add(nn.View(-1):setNumInputDims(3)):cuda()
end
near(table_of(convolution()):forward(images), convolution():forward(images), 'images')
local classes, labels = nn.LookupTable(6, 3):cuda(), torch.LongTensor{{1, 2}, {3, 6}, {5, 5}}
near(table_of(classes:clone()):forward(labels), classes:forward(labels:cudaLong()), 'positions')

-- ---- replicas ----

local params = spread:getParameters()
params:fill(0.25)
spread:syncParameters()
for i, both in ipairs(spread:moduleParameters()) do eq(both[1][1]:float():min(), 0.25, 'syncParameters: GPU ' .. i) end
eq({spread:getParameters():nElement(), #spread:parameters()}, {75, 4}, 'parameters are those of one replica')
eq(torch.pointer(spread:get(1)), torch.pointer(spread.modules[1]), 'get(1)')
err(function() spread:get(2) end, 'nn.DataParallelTable: argument #1 %(index%): 1, the replica of the first GPU, expected, got 2', 'get(2)')
spread:apply(function(m)
   if torch.isTypeOf(m, 'nn.Linear') then m.bias:fill(7) end
end)
spread:forward(x)
for i, both in ipairs(spread:moduleParameters()) do eq(both[1][2]:float():min(), 7, 'apply: GPU ' .. i) end
spread:reset(0.1)
near(spread:forward(x), spread:get(1):forward(x), 'reset: all GPUs')
local noisy = table_of(nn.Dropout(0.5):cuda())
noisy:evaluate()
near(noisy:forward(x), x, 'evaluate')
noisy:training()
ok(noisy:forward(x):ne(x):sum() > 0, 'training')
eq(noisy.train, true, 'training tells the table, too')
noisy:clearState()
eq({noisy.output:dim(), noisy.inputGpu}, {0, nil}, 'clearState')
eq(noisy:forward(x):dim(), 2, 'and going on')

-- ---- types, copies, files ----

local double = table_of(new_net()):type('torch.CudaDoubleTensor')
eq({double:type(), torch.typename(double:forward(x:cudaDouble()))}, {'torch.CudaDoubleTensor', 'torch.CudaDoubleTensor'}, 'CudaDouble')
near(double:forward(x:cudaDouble()), new_net():forward(x), 'and what it computes')
eq(torch.typename(double:cudaHalf():forward(x:float())), 'torch.CudaHalfTensor', 'a batch of the CPU becomes what the net is of')
err(function() double:float() end, 'nn.DataParallelTable: type: torch.CudaTensor, .* expected, got torch.FloatTensor', 'no type of the CPU')
local copy = spread:clone()
near(copy:forward(x), spread:forward(x), 'clone')
ok(copy:getParameters():data() ~= spread:getParameters():data(), 'has parameters of its own')
err(function() spread:clone('weight') end, 'have parameters of their own', 'clone with names')
err(function() spread:share(copy, 'weight') end, 'have parameters of their own', 'share')
err(function() spread:accUpdateGradParameters(x, dy, 1) end, 'use backward and updateParameters', 'accUpdateGradParameters')
local bytes = torch.serialize(spread)
local read = torch.deserialize(bytes)
eq({#read.gpuAssignments, #read.modules, torch.version(read)}, {2, 1, 3}, 'a file')
near(read:forward(x), spread:forward(x), 'and what it computes')
read:threads()
near(torch.deserialize(torch.serialize(read)):forward(x), spread:forward(x), 'with threads')
nn.DataParallelTable.deserializeNGPUs = 1
local fewer = torch.deserialize(bytes)
nn.DataParallelTable.deserializeNGPUs = nil
eq(fewer.gpuAssignments, {1}, 'deserializeNGPUs')
near(fewer:forward(x), spread:forward(x), 'and what it computes')
spread.gpuAssignments = {1, 99}
bytes = torch.serialize(spread)
err(function() torch.deserialize(bytes) end, 'the file wants GPU 99, and there are %d', 'more GPUs than there are')
eq(tostring(table_of(nn.Square():cuda())), 'DataParallelTable: 2 x nn.Square', 'text')

-- ---- what is wrong ----

err(function() nn.DataParallelTable('x') end, 'nn.DataParallelTable: argument #1 %(dim%): number of a dimension expected, got string', 'dim')
err(function() nn.DataParallelTable(1, false, true) end, 'argument #3 %(usenccl%): needs flattenParams', 'usenccl')
err(function() nn.DataParallelTable(1):add(new_net(), {99}) end, 'argument #2 %(gpus%): numbers of GPUs from 1 to %d expected, got 99', 'gpus')
err(function() nn.DataParallelTable(1):add(3, {1}) end, 'argument #1 %(module%): nn.Module expected, got number', 'module')
err(function() table_of(new_net()):add(new_net(), gpus) end, 'are added once', 'two modules')
err(function() nn.DataParallelTable(1):forward(x) end, 'net:add%(module, gpus%) first', 'no module')
err(function() table_of(nn.Linear(5, 2)):forward(x) end, 'net:cuda%(%) first', 'a module of the CPU')
err(function() nn.DataParallelTable(3):add(nn.Square():cuda(), gpus):forward(x) end, 'the input has 2 dimensions and cannot be cut along dimension 3', 'no such dimension')
err(function() nn.DataParallelTable(2):add(nn.Sum(2):cuda(), gpus):forward(x) end, 'the output has 1 dimensions and cannot be joined', 'nothing to join')

check.finish()
