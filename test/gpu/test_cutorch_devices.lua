--- GPUs, streams, events, random numbers and memory, by the functions of cutorch. What needs two GPUs is left
-- out on one (THC_SIMT_DEVICES=2 simulates two); THC_CACHING_ALLOCATOR=0 and 1 take different ways.
require 'cutorch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local eq, ok, err, match = check.eq, check.ok, check.error, check.match

local simulated = cutorch.platform ~= 'CUDA'
local gpus = cutorch.getDeviceCount()
local function list(x) return x:dim() == 0 and {} or x:double():contiguous():view(-1):totable() end
local function collect()
   collectgarbage()
   collectgarbage()
end

-- ---- the current GPU ----

if gpus >= 2 then
   ok(cutorch.initialSeed() ~= cutorch.withDevice(2, cutorch.initialSeed), 'every GPU starts from a seed of its own')
end
eq(cutorch.getDevice(), 1, 'GPU 1 is the first')
ok(gpus >= 1, 'there is a GPU')
for _, bad in ipairs{0, gpus + 1, -1, 0 / 0, 2 ^ 40} do
   err(function() cutorch.setDevice(bad) end, 'out of range', 'setDevice(' .. bad .. ')')
   err(function() cutorch.withDevice(bad, print) end, 'withDevice: argument #1 %(gpu%): GPU .* out of range', 'withDevice(' .. bad .. ')')
   err(function() cutorch.memorySummary(bad) end, 'memorySummary: argument #1 %(gpu%): GPU .* out of range', 'memorySummary(' .. bad .. ')')
   err(function() cutorch.streamWaitForMultiDevice(bad, 0, {}) end, 'streamWaitForMultiDevice: argument #1 %(gpu%): GPU .* out of range', 'streams of GPU ' .. bad)
   err(function() cutorch.streamWaitForMultiDevice(1, 0, {[bad == bad and bad or -2] = {0}}) end, 'streamWaitForMultiDevice: argument #3 %(streams%): GPU .* out of range', 'waiting for GPU ' .. bad)
   err(function() cutorch.getMemoryUsage(bad) end, 'out of range', 'getMemoryUsage(' .. bad .. ')')
   err(function() cutorch.getDeviceProperties(bad) end, 'out of range', 'getDeviceProperties(' .. bad .. ')')
end
for _, name in ipairs{'setDevice', 'setStream', 'manualSeed', 'reserveStreams', 'streamSynchronize', 'setRNGState'} do
   err(cutorch[name], name, name .. '() names itself')
   err(function() cutorch[name]({}) end, name, name .. '({}) names itself')
end
eq(cutorch.getDevice(), 1, 'and stays the current one')
eq({cutorch.withDevice(gpus, function() return 1, nil, 'x' end)}, {1, nil, 'x'}, 'withDevice returns what f does')
eq(cutorch.withDevice(gpus, cutorch.getDevice), gpus, 'withDevice chooses the GPU')
eq(cutorch.getDevice(), 1, 'withDevice goes back')
err(function() cutorch.withDevice(gpus, function() error('here') end) end, 'here', 'withDevice raises what f does')
local ok_, object = pcall(cutorch.withDevice, gpus, function() error({7}) end)
eq({ok_, type(object) == 'table' and object[1]}, {false, 7}, 'withDevice raises objects')
eq(cutorch.getDevice(), 1, 'withDevice goes back after errors')
err(function() cutorch.withDevice(1) end, 'withDevice: argument #2 %(f%): function expected, got nil', 'withDevice without a function')
local p = cutorch.getDeviceProperties(1)
ok(type(p.name) == 'string' and p.major >= 1 and p.warpSize == 32 and p.totalGlobalMem > 0 and p.multiProcessorCount > 0, 'getDeviceProperties')
ok(cutorch.getDriverVersion() > 1000 and cutorch.getRuntimeVersion() > 1000 and cutorch.driverVersion > 1000, 'versions')
eq(type(cutorch.hasHalfInstructions()), 'boolean', 'hasHalfInstructions')
eq(cutorch.hasHalf, true, 'hasHalf')
eq(type(cutorch.getState()), 'userdata', 'getState')
cutorch.synchronize()
cutorch.synchronizeAll()

cutorch.reserveBlasHandles(3)
cutorch.setBlasHandle(2)
eq({cutorch.getNumBlasHandles(), cutorch.getBlasHandle()}, {3, 2}, 'BLAS handles')
err(function() cutorch.setBlasHandle(4) end, 'setBlasHandle', 'setBlasHandle out of range')
eq(cutorch.getKernelPeerToPeerAccess(), false, 'getKernelPeerToPeerAccess')
err(function() cutorch.setKernelPeerToPeerAccess(true) end, 'current GPU only', 'setKernelPeerToPeerAccess(true)')
eq(cutorch.isManaged(torch.CudaTensor(1)), false, 'isManaged')
do
   local x = cutorch.createFloatUVATensor(2, 3):fill(2)
   local y = cutorch.toCudaUVATensor(x)
   eq({torch.typename(y), y:size(1), y:size(2)}, {'torch.CudaTensor', 2, 3}, 'toCudaUVATensor')
   ok(cutorch.isManaged(x) and cutorch.isManaged(y) and not cutorch.isManaged(torch.FloatTensor(3)), 'isManaged of both')
   y:add(1)
   cutorch.synchronize()
   eq(x[2][3], 3, 'the CPU sees what the GPU wrote')
   x:fill(5)
   eq(y:sum(), 30, 'and the other way round')
   x = nil
   collectgarbage()
   eq(cutorch.toFloatUVATensor(y):sum(), 30, 'memory stays while one of the two does')
   ok(cutorch.isManagedPtr(tonumber(require('ffi').cast('intptr_t', y:data()))), 'isManagedPtr')
   eq(cutorch.createCudaUVATensor(torch.LongStorage{4}):fill(1):sum(), 4, 'createCudaUVATensor')
   err(function() cutorch.toCudaUVATensor(torch.FloatTensor(2)) end, 'toCudaUVATensor: argument #1 %(x%): UVA tensor expected', 'memory of the CPU alone')
   cutorch._sleep(1000)
   cutorch.deviceReset()
   eq(y:sum(), 30, 'tensors outlive deviceReset')
end
cutorch.setHeapTracking(true)

-- ---- two GPUs ----

local function two_gpus()
   local a = torch.CudaTensor{{1, 2, 3}, {4, 5, 6}}
   local b = cutorch.withDevice(2, function() return torch.CudaTensor{{10, 20, 30}, {40, 50, 60}} end)
   eq({a:getDevice(), b:getDevice(), b:storage():getDevice()}, {1, 2, 2}, 'tensors stay on the GPU that they were made on')
   eq(list(b), {10, 20, 30, 40, 50, 60}, 'a tensor of another GPU goes to the CPU')
   eq(b[2][3], 60, 'and is read')
   b[2][3] = 61
   eq(b[{2, 3}], 61, 'and written')
   b[1] = 7
   eq(list(b), {7, 7, 7, 40, 50, 61}, 'and filled')
   match(tostring(b), '40', 'and printed')
   eq(cutorch.getDevice(), 1, 'none of which changes the current GPU')
   b:copy(torch.FloatTensor{{10, 20, 30}, {40, 50, 60}})

   eq(list(torch.CudaTensor(2, 3):copy(b)), {10, 20, 30, 40, 50, 60}, 'copy from GPU 2 to GPU 1')
   eq(list(b:clone()), {10, 20, 30, 40, 50, 60}, 'clone')
   eq(b:clone():getDevice(), 1, 'clone makes a tensor of the current GPU')
   eq(b.new(2):getDevice(), 1, 'so does new')
   eq(b:t():getDevice(), 2, 'a view is where its storage is')
   eq(b:cudaInt():getDevice(), 1, 'conversion makes a tensor of the current GPU')
   eq(list(b:cudaInt()), {10, 20, 30, 40, 50, 60}, 'conversion between GPUs')
   eq(list(b:t():cudaDouble()), {10, 40, 20, 50, 30, 60}, 'conversion of a transposed tensor')
   eq(list(torch.CudaTensor(3, 2):t():copy(b)), {10, 20, 30, 40, 50, 60}, 'copy into a transposed tensor')
   eq(list(torch.CudaHalfTensor(3, 2):copy(b:t())), {10, 40, 20, 50, 30, 60}, 'copy of a transposed tensor, converting')
   local wide = torch.CudaLongTensor(2, 5):fill(1)
   wide:narrow(2, 2, 3):copy(b)
   eq(list(wide), {1, 10, 20, 30, 1, 1, 40, 50, 60, 1}, 'copy into a part of a tensor, converting')
   b:copy(a:t():contiguous():t())
   eq(list(b), {1, 2, 3, 4, 5, 6}, 'copy from GPU 1 to GPU 2')
   b:t():copy(torch.IntTensor{{9, 8}, {7, 6}, {5, 4}})
   eq(list(b), {9, 7, 5, 8, 6, 4}, 'copy from the CPU into a transposed tensor of GPU 2, converting')
   local host = torch.ByteTensor(3, 2):t():copy(b)
   eq(list(host), {9, 7, 5, 8, 6, 4}, 'copy from GPU 2 into a transposed tensor of the CPU, converting')
   local s = cutorch.withDevice(2, function() return torch.CudaStorage{1, 2, 3} end)
   eq(torch.CudaDoubleStorage(3):copy(s):totable(), {1, 2, 3}, 'storages are copied between GPUs')
   s:resize(5)
   s[5] = 9
   eq({s[1], s[5], s:getDevice()}, {1, 9, 2}, 'a storage that grows stays on its GPU')
   local grown = cutorch.withDevice(2, function() return torch.CudaTensor{1, 2} end)
   grown:resize(100000)
   eq({grown[1], grown[2], grown:getDevice()}, {1, 2, 2}, 'a tensor that grows stays on its GPU')
   local pushed = torch.CudaTensor(1000):fill(0)
   for i = 1, 20 do
      b:fill(i)
      pushed:narrow(1, 6 * i, 6):copy(b)
   end
   eq({pushed[6], pushed[11], pushed[120], pushed[125]}, {1, 1, 20, 20}, 'copies between GPUs keep their order')

   cutorch.withDevice(2, function()
      b:copy(torch.FloatTensor{{1, 2, 3}, {4, 5, 6}})
      eq(b:sum(), 21, 'operations on GPU 2')
      eq(list(b * 2), {2, 4, 6, 8, 10, 12}, 'and their results')
      eq((b * 2):getDevice(), 2, 'are there')
      eq(list(b * b:t()), {14, 32, 32, 77}, 'mm on GPU 2')
      eq(list(torch.cat(b, b, 1)), {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}, 'cat on GPU 2')
      eq(list(b[b:gt(4)]), {5, 6}, 'a mask on GPU 2')
      eq(b:clone():apply(function(v) return -v end):sum(), -21, 'apply on GPU 2')
      eq(list(b:index(1, torch.LongTensor{2})), {4, 5, 6}, 'index on GPU 2')
   end)

   local where = 'GPU %d'
   local wrong = {
      ['b:sum()'] = function() return b:sum() end,
      ['b:add(1)'] = function() b:add(1) end,
      ['a:add(b)'] = function() a:add(b) end,
      ['b:add(a)'] = function() b:add(a) end,
      ['a + b'] = function() return a + b end,
      ['a:cmul(b, a)'] = function() a:cmul(b, a) end,
      ['a:addcmul(1, a, b)'] = function() a:addcmul(1, a, b) end,
      ['torch.cat(a, b)'] = function() return torch.cat(a, b, 1) end,
      ['torch.cat{a, b}'] = function() return torch.cat({a, b}, 1) end,
      ['torch.cat{b, a}'] = function() return torch.cat({b, a}, 1) end,
      ['a * b:t()'] = function() return a * b:t() end,
      ['torch.mm(b, a:t())'] = function() return torch.mm(b, a:t()) end,
      ['dot'] = function() return a:view(6):dot(b:view(6)) end,
      ['mv'] = function() return a * b[1] end,
      ['ger'] = function() return torch.ger(a[1], b[1]) end,
      ['bmm'] = function() return torch.bmm(a:view(1, 2, 3), b:view(1, 3, 2)) end,
      ['a:equal(b)'] = function() return a:equal(b) end,
      ['a:dist(b)'] = function() return a:dist(b) end,
      ['a:eq(b)'] = function() return a:eq(b) end,
      ['b:max(1)'] = function() return b:max(1) end,
      ['b:sum(1)'] = function() return b:sum(1) end,
      ['b:std()'] = function() return b:std() end,
      ['b:uniform()'] = function() return b:uniform() end,
      ['b:t():normal()'] = function() return b:t():normal() end,
      ['normal of means'] = function() return a:normal(b) end,
      ['bernoulli'] = function() return a:bernoulli(cutorch.withDevice(2, function() return b:clone():fill(0.5) end)) end,
      ['a[mask of GPU 2]'] = function() return a[cutorch.withDevice(2, function() return b:gt(1) end)] end,
      ['a[mask of GPU 2] = 1'] = function() a[cutorch.withDevice(2, function() return b:gt(1) end)] = 1 end,
      ['maskedCopy'] = function() a:maskedCopy(a:gt(2), b) end,
      ['b:nonzero()'] = function() return b:nonzero() end,
      ['index of GPU 2'] = function() return a:index(1, cutorch.withDevice(2, function() return torch.CudaLongTensor{1} end)) end,
      ['b:index'] = function() return b:index(1, torch.LongTensor{1}) end,
      ['indexCopy'] = function() a:indexCopy(1, torch.LongTensor{1, 2}, b) end,
      ['gather'] = function() return a:gather(1, cutorch.withDevice(2, function() return torch.CudaLongTensor(2, 3):fill(1) end)) end,
      ['scatter'] = function() return a:scatter(1, torch.CudaLongTensor(2, 3):fill(1), b) end,
      ['a result on GPU 2'] = function() return torch.add(b, a, 1) end,
   }
   a:copy(torch.FloatTensor{{1, 2, 3}, {4, 5, 6}})
   b:copy(a)
   for text, f in pairs(wrong) do
      local fine, message = pcall(f)
      match(not fine and tostring(message) or 'no error', 'GPU 2', text .. ' raises, and says where things are')
   end
   eq({list(a), list(b)}, {{1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}}, 'and changes nothing')
   eq(cutorch.getDevice(), 1, 'errors leave the current GPU as it was')

   eq(type(cutorch.getPeerToPeerAccess(1, 2)), 'boolean', 'getPeerToPeerAccess')
   if cutorch.getPeerToPeerAccess(1, 2) then
      cutorch.setPeerToPeerAccess(1, 2, false)
      eq(cutorch.getPeerToPeerAccess(1, 2), false, 'setPeerToPeerAccess')
      eq(list(torch.CudaTensor(2, 3):copy(b)), {1, 2, 3, 4, 5, 6}, 'copies go on without it')
      cutorch.setPeerToPeerAccess(1, 2, true)
   end

   local before = cutorch.getMemoryUsage(2)
   local big = torch.CudaTensor(1000000)
   eq(cutorch.getMemoryUsage(2), before, 'memory of GPU 1 is not that of GPU 2')
   ok(big:getDevice() == 1, 'a large tensor')

   -- streams are the same index on every GPU
   cutorch.reserveStreams(2)
   cutorch.setStream(1)
   local x = torch.CudaTensor(1000):fill(3)
   local y = cutorch.withDevice(2, function() return torch.CudaTensor(1000):copy(x) end)
   eq(cutorch.withDevice(2, function() return y:sum() end), 3000, 'copies between GPUs on a stream')
   eq(cutorch.withDevice(2, cutorch.getStream), 1, 'the stream is the same on every GPU')
   cutorch.streamWaitForMultiDevice(2, 1, {[1] = {1, 2}})
   cutorch.streamBarrierMultiDevice({[1] = {1, 2}, [2] = {1}})
   cutorch.setDefaultStream()
end

-- Tensors of both sides in one call.
do
   local a, h = torch.CudaTensor{{1, 2}, {3, 4}}, torch.FloatTensor{{1, 2}, {3, 4}}
   local wrong = {
      ['a:add(h)'] = function() a:add(h) end, ['h:add(a)'] = function() h:add(a) end, ['a * h'] = function() return a * h end,
      ['torch.mm(h, a)'] = function() return torch.mm(h, a) end, ['cat{a, h}'] = function() return torch.cat({a, h}, 1) end,
      ['cat{h, a}'] = function() return torch.cat({h, a}, 1) end, ['cat(a, h)'] = function() return torch.cat(a, h, 1) end,
      ['result on the CPU'] = function() return torch.add(h, a, 1) end, ['a:max(h)'] = function() return torch.max(h, torch.LongTensor(), a, 1) end,
      ['a:cat{h} as result'] = function() return torch.cat(a, {h, h}, 1) end,
   }
   for text, f in pairs(wrong) do
      local fine, message = pcall(f)
      message = not fine and tostring(message) or 'no error'
      ok(message:find('on the GPU') and message:find('on the CPU'), text .. ' says which argument lives where: ' .. message:gsub('\n.*', ''))
   end
end
if gpus >= 2 then two_gpus() else print('one GPU: what needs two is left out') end

-- ---- streams and events ----

cutorch.reserveStreams(2)
ok(cutorch.getNumStreams() >= 2, 'reserveStreams')
local reserved = cutorch.getNumStreams()
cutorch.reserveStreams(1)
eq(cutorch.getNumStreams(), reserved, 'reserveStreams only grows')
err(function() cutorch.reserveStreams(-1) end, 'reserveStreams', 'reserveStreams(-1)')
eq(cutorch.getStream(), 0, 'stream 0 is the first')
err(function() cutorch.setStream(reserved + 1) end, ('%d is not a valid stream, valid range is: %%(0, %d%%)'):format(reserved + 1, reserved), 'setStream out of range')
err(function() cutorch.setStream(-1) end, 'not a valid stream', 'setStream(-1)')
err(function() cutorch.streamSynchronize(reserved + 1) end, 'not a valid stream', 'streamSynchronize out of range')
err(function() cutorch.streamWaitFor(1, {reserved + 1}) end, 'not a valid stream', 'streamWaitFor out of range')
err(function() cutorch.streamWaitFor(1, 2) end, 'streamWaitFor: argument #2 %(streams%): table of streams expected, got number 2', 'streamWaitFor of a number')
err(function() cutorch.streamBarrier(2) end, 'test_cutorch_devices.lua:%d+: streamBarrier: argument #1 %(streams%): table of streams', 'streamBarrier of a number')
for _, bad in ipairs{reserved + 1, -1, 'a'} do
   local what = type(bad) == 'number' and bad .. ' is not a valid stream' or 'number of a stream expected'
   what = what:gsub('%p', '%%%0')
   err(function() cutorch.streamWaitFor(bad, {1}) end, 'streamWaitFor: argument #1 %(stream%): ' .. what, 'streamWaitFor(' .. bad .. ', ...)')
   err(function() cutorch.streamBarrier{1, bad} end, 'test_cutorch_devices.lua:%d+: streamBarrier: argument #1 %(streams%): ' .. what, 'streamBarrier{1, ' .. bad .. '}')
   err(function() cutorch.streamWaitForMultiDevice(1, bad, {}) end, ': streamWaitForMultiDevice: argument #2 %(stream%): ' .. what, 'streamWaitForMultiDevice')
   err(function() cutorch.streamBarrierMultiDevice{{1, bad}} end, ': streamBarrierMultiDevice: argument #1 %(streams%): ' .. what, 'streamBarrierMultiDevice')
end
err(function() cutorch.streamBarrierMultiDevice{[99] = {1}} end, ': streamBarrierMultiDevice: argument #1 %(streams%): GPU 99 out of range', 'a GPU that is not there')
err(function() cutorch.streamBarrierMultiDevice{2} end, ': streamBarrierMultiDevice: argument #1 %(streams%): table of streams expected, got number 2', 'no table')
cutorch.setStream(2)
eq(cutorch.getStream(), 2, 'setStream')
cutorch.setDefaultStream()
eq(cutorch.getStream(), 0, 'setDefaultStream')

-- 0 .. n - 1 in page-locked memory
local function counted(n)
   local x = cutorch.createCudaHostTensor(n)
   for i = 1, n do x[i] = i - 1 end
   return x
end
local N = 1000
local from, to = counted(N), cutorch.createCudaHostTensor(N):fill(-1)
eq(from:sum(), N * (N - 1) / 2, 'page-locked tensors are CPU tensors')
eq({sizes = table.concat(cutorch.createCudaHostTensor(2, 3):size():totable(), 'x')}, {sizes = '2x3'}, 'createCudaHostTensor(2, 3)')
eq(torch.typename(cutorch.createCudaHostLongTensor(torch.LongStorage{2})), 'torch.LongTensor', 'createCudaHostLongTensor(LongStorage)')
eq(cutorch.createCudaHostDoubleTensor():dim(), 0, 'createCudaHostDoubleTensor()')
for _, bad in ipairs{-1, 0 / 0, 'a', {}, torch.FloatTensor(2)} do
   for _, name in ipairs{'createCudaHostTensor', 'createCudaHostFloatTensor', 'createFloatUVATensor'} do
      err(function() cutorch[name](2, bad) end, 'test_cutorch_devices.lua:%d+: ' .. name .. ': argument #2 %(size%): sizes of 0', name .. '(2, ' .. torch.type(bad) .. ')')
   end
end
err(function() cutorch.createCudaHostTensor(2 ^ 44) end, 'createCudaHostTensor: .*page%-locked', 'more page-locked memory than there is')
err(function() cutorch.createCudaHostLongTensor(2 ^ 44) end, 'createCudaHostLongTensor: .*page%-locked', 'of another type')
eq(counted(3):resize(5)[3], 2, 'page-locked tensors grow')

local x = torch.CudaTensor(N)
cutorch.setStream(1)
x:copyAsync(from)
x:add(1)
to:copyAsync(x)
cutorch.streamSynchronize(1)
cutorch.setDefaultStream()
eq({to[1], to[N]}, {1, N}, 'copyAsync there and back on a stream')

-- Without waiting, the result is not there: the simulator keeps the work of a stream until something waits.
to:fill(-1)
cutorch.setStream(1)
x:fill(5)
to:copyAsync(x)
local stale = to[1]
local event = cutorch.Event()
local early = event:query()
event:synchronize()
cutorch.setDefaultStream()
if simulated and (os.getenv('THC_SIMT_STREAMS') or 'lazy') == 'lazy' then
   eq(stale, -1, 'a result read before the stream has been waited for is stale')
   eq(early, false, 'and its event has not happened')
end
eq({to[1], event:query()}, {5, true}, 'after the event it is there')

-- one stream waits for another
to:fill(-1)
cutorch.setStream(1)
x:fill(7)
cutorch.streamWaitFor(2, {1})
cutorch.setStream(2)
local y = torch.CudaTensor(N)
y:copy(x)
to:copyAsync(y)
cutorch.streamSynchronize(2)
eq(to[N], 7, 'streamWaitFor')
to:fill(-1)
cutorch.setStream(1)
x:fill(8)
event = cutorch.Event()
cutorch.setStream(2)
event:waitOn()
y:copy(x)
to:copyAsync(y)
cutorch.streamSynchronize(2)
eq(to[1], 8, 'event:waitOn')
cutorch.setStream(1)
x:fill(9)
cutorch.streamBarrier({1, 2})
cutorch.setStream(2)
to:copyAsync(x)
cutorch.streamSynchronize(2)
eq(to[1], 9, 'streamBarrier')
x:fill(10)
cutorch.streamBarrier({1, 2})
cutorch.setStream(1)
to:copyAsync(x)
cutorch.streamSynchronize(1)
eq(to[1], 10, 'streamBarrier, the other way round')
cutorch.streamBarrier({})
cutorch.setDefaultStream()
local function order(wait) -- x:fill on stream 1, read on stream 2
   cutorch.synchronizeAll()
   cutorch.setStream(1)
   x:fill(11)
   if wait then cutorch.streamWaitFor(2, {1}) end
   cutorch.setStream(2)
   to:copyAsync(x)
   cutorch.streamSynchronize(2)
   cutorch.setDefaultStream()
   return to[1]
end
if simulated and (os.getenv('THC_SIMT_STREAMS') or 'lazy') == 'lazy' then eq(order(false), 10, 'a wait left out shows') end
eq(order(true), 11, 'a wait mends it')

local first = cutorch.Event()
x:fill(1)
local last = cutorch.Event()
last:synchronize()
ok(first:elapsed(last) >= 0, 'event:elapsed')
err(function() first:elapsed(3) end, 'elapsed', 'event:elapsed(number)')
err(function() first.waitOn(x) end, '', 'waitOn of a tensor')
for _ = 1, 1000 do cutorch.Event() end
collect()

err(function() x:copyAsync(torch.FloatTensor(3)) end, 'inconsistent', 'copyAsync of another count')
err(function() x:copyAsync(torch.DoubleTensor(N)) end, 'conversion', 'copyAsync of another type')
err(function() x:copyAsync(torch.FloatTensor(N, 2):select(2, 1)) end, 'contiguous', 'copyAsync of a column')
err(function() x:copyAsync() end, 'copyAsync', 'copyAsync()')
eq(torch.FloatTensor(N):copyAsync(x):sum(), N, 'copyAsync into pageable memory')

-- operations on a stream, with memory that changes hands
cutorch.setStream(1)
local total = torch.CudaTensor(256):fill(0)
for i = 1, 50 do total:add(torch.CudaTensor(256):fill(i)) end
eq(total[7], 1275, 'temporaries on a stream')
cutorch.setDefaultStream()

-- ---- random numbers ----

local fills = {
   uniform = function(z) return z:uniform(2, 5) end, normal = function(z) return z:normal(3, 2) end,
   logNormal = function(z) return z:logNormal(0.2, 0.5) end, exponential = function(z) return z:exponential(0.5) end,
   cauchy = function(z) return z:cauchy(1, 2) end, geometric = function(z) return z:geometric(0.25) end,
   bernoulli = function(z) return z:bernoulli(0.3) end,
   rand = function(z) return torch.rand(z, z:size()) end, randn = function(z) return torch.randn(z, z:size()) end,
}
for name, f in pairs(fills) do
   for _, type_ in ipairs{'Cuda', 'CudaDouble', 'CudaHalf'} do
      local make = torch[type_ .. 'Tensor']
      local what = name .. ' of ' .. type_
      cutorch.manualSeed(11)
      local one = list(f(make(7, 9)))
      local two = list(f(make(7, 9)))
      cutorch.manualSeed(11)
      eq(list(f(make(7, 9))), one, what .. ': the same seed, the same numbers')
      eq(list(f(make(7, 9))), two, what .. ': and the next ones')
      ok(table.concat(one, ' ') ~= table.concat(two, ' '), what .. ': which are others')
      cutorch.manualSeed(11)
      local strided = make(9, 7):t()
      f(strided)
      if name ~= 'rand' and name ~= 'randn' then eq(list(strided), one, what .. ': the same in a transposed tensor') end
      cutorch.manualSeed(11)
      local state = cutorch.getRNGState()
      f(make(7, 9))
      local later = cutorch.getRNGState()
      cutorch.setRNGState(state)
      eq(list(f(make(7, 9))), one, what .. ': a state put back')
      eq(list(cutorch.getRNGState()), list(later), what .. ': comes to the same state')
   end
end
for _, type_ in ipairs{'CudaByte', 'CudaInt', 'CudaLong', 'CudaShort', 'CudaChar'} do
   cutorch.manualSeed(3)
   local z = torch[type_ .. 'Tensor'](1000):bernoulli(0.5)
   local sum = z:double():sum()
   ok(sum > 400 and sum < 600 and z:double():max() == 1, 'bernoulli of ' .. type_)
   local g = torch[type_ .. 'Tensor'](1000):geometric(0.5)
   ok(math.abs(g:double():mean() - 2) < 0.3 and g:double():min() == 1, 'geometric of ' .. type_)
end
err(function() torch.CudaTensor(2):geometric(2) end, 'geometric', 'geometric(2)')
err(function() torch.CudaTensor(2):bernoulli(-1) end, 'bernoulli', 'bernoulli(-1)')
err(function() torch.CudaTensor(2):normal(0, -1) end, 'normal', 'normal(0, -1)')
err(function() cutorch.manualSeed(-1) end, 'seed', 'manualSeed(-1)')
err(function() cutorch.manualSeed(0 / 0) end, 'seed', 'manualSeed(NaN)')
err(function() cutorch.setRNGState(torch.ByteTensor(3)) end, 'bytes', 'setRNGState of 3 bytes')
err(function() cutorch.setRNGState(torch.FloatTensor(16)) end, 'ByteTensor', 'setRNGState of floats')
err(function() cutorch.setRNGState(torch.CudaByteTensor(16)) end, 'ByteTensor', 'setRNGState of a GPU tensor')
cutorch.manualSeed(77)
eq(cutorch.initialSeed(), 77, 'initialSeed')
eq(cutorch.seed(), cutorch.initialSeed(), 'seed returns the seed')
ok(cutorch.seed() ~= cutorch.seed(), 'seed draws another one each time')
eq(cutorch.seedAll(), cutorch.initialSeed(), 'seedAll')
cutorch.manualSeedAll(5)

-- Moments of n numbers within five standard errors; variance by the fourth moment's rough bound.
cutorch.manualSeed(1)
local n = 20000
local function moments(what, z, mean, variance)
   local d = z:double()
   local m = d:mean()
   ok(math.abs(m - mean) < 5 * math.sqrt(variance / n), ('mean of %s: %g, expected %g'):format(what, m, mean))
   local v = (d - m):pow(2):mean()
   ok(math.abs(v - variance) < 0.15 * variance, ('variance of %s: %g, expected %g'):format(what, v, variance))
end
for _, type_ in ipairs{'Cuda', 'CudaDouble', 'CudaHalf'} do
   local function make() return torch[type_ .. 'Tensor'](n) end
   local loose = type_ == 'CudaHalf'
   moments(type_ .. ' uniform', make():uniform(2, 5), 3.5, 9 / 12)
   local u = make():uniform()
   ok(u:double():min() >= 0 and (loose or u:double():max() < 1), type_ .. ' uniform stays in [0, 1)')
   moments(type_ .. ' normal', make():normal(3, 2), 3, 4)
   moments(type_ .. ' exponential', make():exponential(0.5), 2, 4)
   moments(type_ .. ' logNormal', make():logNormal(0.2, 0.3), math.exp(0.2 + 0.045), (math.exp(0.09) - 1) * math.exp(0.4 + 0.09))
   moments(type_ .. ' geometric', make():geometric(0.75), 4, 12)
   moments(type_ .. ' bernoulli', make():bernoulli(0.3), 0.3, 0.21)
   local c = make():cauchy(1, 2):double()
   local inside = c:gt(-1):double():mean() - c:gt(3):double():mean() -- half lie within one half-width
   ok(math.abs(inside - 0.5) < 0.02, type_ .. ' cauchy: half within a half-width')
   local z = make():normal():double()
   local lag = (z:narrow(1, 1, n - 1):clone():cmul(z:narrow(1, 2, n - 1))):mean()
   ok(math.abs(lag) < 5 / math.sqrt(n), type_ .. ' normal: neighbours are independent')
end
if gpus >= 2 then
   cutorch.manualSeedAll(9)
   local one = list(torch.CudaTensor(50):uniform())
   local two = cutorch.withDevice(2, function() return list(torch.CudaTensor(50):uniform()) end)
   eq(two, one, 'manualSeedAll gives every GPU the same numbers')
   cutorch.manualSeed(9)
   cutorch.withDevice(2, function() cutorch.manualSeed(10) end)
   eq(list(torch.CudaTensor(50):uniform()), one, 'a seed of GPU 2 leaves GPU 1 alone')
   local other = cutorch.withDevice(2, function() return list(torch.CudaTensor(50):uniform()) end)
   ok(table.concat(other, ' ') ~= table.concat(one, ' '), 'and gives other numbers there')
   eq(cutorch.withDevice(2, cutorch.initialSeed), 10, 'every GPU has a seed')
end
require 'cunn'
do
   local layer = nn.Dropout(0.4):cuda()
   local z = torch.CudaTensor(100, 100):fill(1)
   cutorch.manualSeed(4)
   local out = layer:forward(z):clone()
   cutorch.manualSeed(4)
   eq(list(layer:forward(z)), list(out), 'nn.Dropout follows the seed')
   local kept = out:gt(0):double():mean()
   ok(math.abs(kept - 0.6) < 0.025 and math.abs(out:double():max() - 1 / 0.6) < 1e-5, 'nn.Dropout keeps and scales')
   eq(list(layer:backward(z, z)), list(out), 'nn.Dropout goes back through the same mask')
   layer:evaluate()
   eq(layer:forward(z):double():mean(), 1, 'nn.Dropout rests when evaluating')
end

-- ---- how exact products of floats are ----

do
   local at_start = cutorch.getFloatPrecision()
   eq(at_start, os.getenv('THC_FLOAT_PRECISION') or 'float', 'getFloatPrecision')
   -- 1 + 2^-9 has 9 bits behind the point, 1 + 2^-12 has 12: TF32 keeps the first, bfloat16 neither
   local a, b = torch.CudaTensor(2, 8, 8):fill(1 + 2 ^ -9), torch.CudaTensor(2, 8, 8):fill(1 + 2 ^ -12)
   local exact = 8 * (1 + 2 ^ -9) * (1 + 2 ^ -12)
   local function largest_error()
      local products = {torch.mm(a[1], b[1]), torch.bmm(a, b), torch.mm(a[1]:t(), b[1]:t())}
      local most = 0
      for _, c in ipairs(products) do most = math.max(most, (c:double() - exact):abs():max()) end
      return most
   end
   local expected = {float = 1e-6, tf32 = exact - 8 * (1 + 2 ^ -9), bf16 = exact - 8}
   for name, most in pairs(expected) do
      cutorch.setFloatPrecision(name)
      eq(cutorch.getFloatPrecision(), name, 'setFloatPrecision ' .. name)
      local off = largest_error()
      ok(off <= most * 1.01 + 1e-6, ('products in %s: off by %g'):format(name, off))
      if simulated then ok(name == 'float' or off >= most * 0.99 - 1e-6, name .. ' rounds factors') end
      eq(torch.mm(a[1]:cudaDouble(), b[1]:cudaDouble())[1][1], exact, 'doubles stay as they are, ' .. name)
      local empty = torch.mm(torch.CudaTensor{{0 / 0}}, torch.CudaTensor{{1}})[1][1]
      ok(empty ~= empty, 'NaN in ' .. name)
   end
   cutorch.setFloatPrecision(at_start)
   for _, bad in ipairs{'half', '', 3, {}} do err(function() cutorch.setFloatPrecision(bad) end, "'float', 'tf32' or 'bf16' expected", 'setFloatPrecision') end
   err(cutorch.setFloatPrecision, 'setFloatPrecision', 'setFloatPrecision()')
   eq(cutorch.getFloatPrecision(), at_start, 'a mistake changes nothing')
end

dofile(here .. '/memory.lua')(check)
check.finish()
