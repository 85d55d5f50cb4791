--- require 'cutorch': tensors on GPUs. torch.CudaTensor (float) and its sisters behave as their CPU
-- kin; x:cuda() and x:float() move between the two.
--
-- The environment variable THC chooses what stands behind them: `cuda`, the GPUs of this machine;
-- `simt`, the simulator, which runs the same kernels on the CPU, slowly. By default the GPUs.
require 'torch'
local torch = torch
local Storage, Tensor, classes = require 'torch.Storage', require 'torch.Tensor', require 'torch.classes'
local arguments, describe = require 'torch.arguments', require('libtorch').describe

local function load_library(name, without)
   local ok, C = pcall(require, name)
   if ok then return C end
   local missing = tostring(C):find("module '" .. name .. "' not found", 1, true)
   error('cutorch: ' .. (missing and without or tostring(C)), 0)
end

local function load_platform()
   local choice = os.getenv('THC') or ''
   if choice == 'simt' then
      if not rawget(_G, '__threadid') then io.stderr:write('cutorch: the simulator stands in for a GPU (THC=simt)\n') end
      return load_library('libcutorchsimt', 'this build has no simulator (it was configured with THC=off)')
   elseif choice ~= '' and choice ~= 'cuda' then
      error("cutorch: THC must be 'cuda' or 'simt' in the environment, got '" .. choice .. "'", 0)
   end
   return load_library('libcutorch', 'this build has no CUDA part; THC=simt in the environment chooses the simulator')
end
local C = load_platform()
require('torch.help').source('cutorch.help')

cutorch = cutorch or {}
local cutorch = cutorch

---------------------------------------------------------------- tensors

local libtorch = require 'libtorch'
for i, t in ipairs(libtorch.types) do
   if t.gpu then
      classes.define(t.gpu, libtorch.device + i - 1, t, true)
      local method = t.gpu:sub(1, 1):lower() .. t.gpu:sub(2)
      Tensor.methods[method] = libtorch.convert[t.gpu]
   end
end

local function each_class(f)
   local function call(name, ...)
      if name then f(torch.getmetatable('torch.' .. name .. 'Tensor'), torch.getmetatable('torch.' .. name .. 'Storage'), ...) end
   end
   for _, t in ipairs(libtorch.types) do
      call(t.name, false, t.name)
      call(t.gpu, true, t.name)
   end
end

--- x:getDevice(): the GPU where x lives; 0 for an empty tensor.
local function get_device(x) return C.tensorDevice(x) end

-- A copy on the CPU whose elements Lua reads fast.
local function host_of(x, method)
   local name = (torch.typename(x) or ''):match('^torch%.Cuda(%a*)Tensor$')
   if not name then error(method .. ': torch.Cuda*Tensor expected, got ' .. torch.type(x), 3) end
   return x:type('torch.' .. ((name == '' or name == 'Half') and 'Float' or name) .. 'Tensor')
end

-- By way of the CPU, in one copy.
local function apply(x, f)
   local host = host_of(x, 'apply')
   return x:copy(host:apply(f))
end
local function map(x, y, f)
   local host = host_of(x, 'map')
   return x:copy(host:map(host_of(y, 'map'), f))
end
local function map2(x, y, z, f)
   local host = host_of(x, 'map2')
   return x:copy(host:map2(host_of(y, 'map2'), host_of(z, 'map2'), f))
end
local function tensor_to_table(x) return host_of(x, 'totable'):totable() end
local function storage_to_table(s) return torch.DoubleStorage(s:size()):copy(s):totable() end

-- Positions, which follow the dimension, may come as LongTensors of the CPU or as tensors of x's type: they are
-- converted.
local function with_positions(method)
   return function(x, ...)
      local args, n = {...}, select('#', ...)
      for i = 2, n do
         local index = args[i]
         if type(args[i - 1]) == 'number' and torch.isTensor(index) and
            (torch.typename(index) == 'torch.LongTensor' or torch.typename(index) == torch.typename(x)) then
            args[i] = index:cudaLong()
         end
      end
      return method(x, unpack(args, 1, n))
   end
end

each_class(function(tensor, storage, remote)
   for name, f in pairs(Tensor.methods) do
      if name:match('^cuda') then rawset(tensor, name, f) end
   end
   rawset(tensor, 'copyAsync', C.copyAsync)
   if not remote then return end
   rawset(tensor, 'getDevice', get_device)
   rawset(storage, 'getDevice', C.storageDevice)
   rawset(tensor, 'apply', apply)
   rawset(tensor, 'map', map)
   rawset(tensor, 'map2', map2)
   rawset(tensor, 'totable', tensor_to_table)
   rawset(storage, 'totable', storage_to_table)
   for _, name in ipairs{'index', 'indexCopy', 'indexAdd', 'indexFill', 'gather', 'scatter', 'scatterAdd'} do
      rawset(tensor, name, with_positions(rawget(tensor, name)))
   end
end)

-- What the original has as methods of GPU tensors, or as functions, only.
for _, kind in ipairs{'', 'Double'} do
   local tensor = torch.getmetatable('torch.Cuda' .. kind .. 'Tensor')
   for _, name in ipairs{'gesv', 'gels', 'symeig', 'eig', 'svd', 'inverse', 'potri', 'potrf', 'potrs', 'qr'} do
      rawset(tensor, name, torch[name])
   end
end
for _, name in ipairs{'maskedFill', 'maskedCopy', 'maskedSelect'} do
   torch[name] = torch[name] or function(x, ...) return x[name](x, ...) end
end

---------------------------------------------------------------- GPUs, streams, random numbers

for _, name in ipairs{'getDeviceCount', 'getDevice', 'setDevice', 'synchronize', 'synchronizeAll', 'getMemoryUsage', 'memoryStats',
   'releaseMemory', 'isCachingAllocatorEnabled', 'getDeviceProperties', 'getFloatPrecision', 'setFloatPrecision',
   'getPeerToPeerAccess', 'setPeerToPeerAccess',
   'reserveStreams', 'getNumStreams', 'setStream', 'getStream', 'streamSynchronize', 'Event', 'manualSeed', 'manualSeedAll',
   'seed', 'seedAll', 'initialSeed', 'getRNGState', 'setRNGState'} do
   cutorch[name] = C[name]
end

---------------------------------------------------------------- what programs for the original may call

cutorch.setHeapTracking = torch.setheaptracking

-- There is a cuBLAS handle for every GPU and stream; these count and choose what used to be handles.
local handles, handle = 1, 1
local function check_handle(name, n, most)
   if type(n) ~= 'number' or not (n >= 1 and n <= most) then
      error(('%s: a number from 1 to %d expected, got %s'):format(name, most, tostring(n)), 3)
   end
   return math.floor(n)
end
function cutorch.reserveBlasHandles(n) handles = math.max(handles, check_handle('reserveBlasHandles', n, 1024)) end
function cutorch.getNumBlasHandles() return handles end
function cutorch.setBlasHandle(i) handle = check_handle('setBlasHandle', i, handles) end
function cutorch.getBlasHandle() return handle end

-- An operation takes tensors of the current GPU only, so that a slow program does not pass for a fast one.
function cutorch.getKernelPeerToPeerAccess() return false end
function cutorch.setKernelPeerToPeerAccess(enable)
   if enable then error('setKernelPeerToPeerAccess: operations take tensors of the current GPU only; copy what is elsewhere', 2) end
end

--- Waits for the current GPU and gives the memory that is kept for reuse back. Tensors stay.
function cutorch.deviceReset()
   C.synchronize()
   C.releaseMemory()
end

require('cutorch.graph')(cutorch, C)

local function megabytes(n) return ('%.1f MiB'):format(n / 2 ^ 20) end

-- What calls functions of C under another name checks the number of a GPU first, so that the error has the name that was called.
local function check_gpu(name, i, at, arg)
   local count = C.getDeviceCount()
   if type(i) ~= 'number' then arguments.error(name, at or 1, arg or 'gpu', 'number of a GPU expected, got %s', describe(i)) end
   if not (i >= 1 and i <= count) then arguments.error(name, at or 1, arg or 'gpu', 'GPU %g out of range, there are %d', i, count) end
end

--- What the memory of GPU i, else of the current one, is used for, as text.
function cutorch.memorySummary(i)
   if i ~= nil then check_gpu('memorySummary', i) end
   local s, free, total = C.memoryStats(i), C.getMemoryUsage(i)
   local requests = s.hits + s.misses
   return table.concat({
      ('GPU %d: %s in all'):format(i or C.getDevice(), megabytes(total)),
      ('  in use by tensors   %s, at most %s so far'):format(megabytes(s.inUse), megabytes(s.peak)),
      ('  kept for reuse      %s'):format(megabytes(s.cached)),
      ('  free                %s, what is kept included'):format(megabytes(free)),
      ('  requests            %d, of which %.1f %% were served by what is kept'):format(requests, requests > 0 and 100 * s.hits / requests or 0)
   }, '\n')
end

cutorch.isManaged, cutorch.isManagedPtr, cutorch._sleep = C.isManaged, C.isManagedPtr, C.sleep

--- The suites of the GPU, or those named: cutorch.test('lanes').
cutorch.test = require('torch.selftest')('cutorch.test', 'gpu')

cutorch.platform = C.platform
cutorch._state = C.state
cutorch.hasHalf = true
cutorch.magma = false
local runtime, driver = C.versions()
cutorch.driverVersion = driver

--- Version numbers of CUDA, such as 13000.
function cutorch.getRuntimeVersion() return runtime end
function cutorch.getDriverVersion() return driver end
function cutorch.getState() return C.state end

--- Whether the current GPU computes in half precision, and fast.
function cutorch.hasHalfInstructions()
   local p = C.getDeviceProperties()
   return p.major * 10 + p.minor >= 53
end
function cutorch.hasFastHalfInstructions()
   local p = C.getDeviceProperties()
   return p.major >= 6 and p.major * 10 + p.minor ~= 61
end

--- Calls f with GPU i as the current one; returns or raises what f does.
function cutorch.withDevice(i, f)
   check_gpu('withDevice', i)
   if type(f) ~= 'function' then arguments.error('withDevice', 2, 'f', 'function expected, got %s', torch.type(f)) end
   local before = C.getDevice()
   C.setDevice(i)
   local function finish(ok, ...)
      C.setDevice(before)
      if not ok then error((...), 0) end
      return ...
   end
   return finish(pcall(f))
end

function cutorch.setDefaultStream() C.setStream(0) end

local function check_stream(name, at, arg, stream)
   local last = C.getNumStreams()
   if type(stream) ~= 'number' then arguments.error(name, at, arg, 'number of a stream expected, got %s', describe(stream)) end
   if not (stream >= 0 and stream <= last) then arguments.error(name, at, arg, '%g is not a valid stream, valid range is: (0, %d)', stream, last) end
end
local function check_streams(name, at, streams)
   if type(streams) ~= 'table' then arguments.error(name, at, 'streams', 'table of streams expected, got %s', describe(streams)) end
   for _, stream in ipairs(streams) do check_stream(name, at, 'streams', stream) end
end
local function check_streams_of_gpus(name, at, streams)
   if type(streams) ~= 'table' then arguments.error(name, at, 'streams', 'table {[gpu] = {streams...}} expected, got %s', describe(streams)) end
   for gpu, list in pairs(streams) do
      check_gpu(name, gpu, at, 'streams')
      check_streams(name, at, list)
   end
end

local function wait_for(waiting, streams)
   local gpu = C.getDevice()
   for _, stream in ipairs(streams) do C.streamWait_(gpu, waiting, gpu, stream) end
end
--- Stream `waiting` of the current GPU waits for what is in `streams` now.
function cutorch.streamWaitFor(waiting, streams)
   check_stream('streamWaitFor', 1, 'stream', waiting)
   check_streams('streamWaitFor', 2, streams)
   wait_for(waiting, streams)
end
--- Every one of the streams of the current GPU waits for every other.
function cutorch.streamBarrier(streams)
   check_streams('streamBarrier', 1, streams)
   if not streams[1] then return end
   wait_for(streams[1], {unpack(streams, 2)})
   for i = 2, #streams do wait_for(streams[i], {streams[1]}) end
end

local function wait_for_gpus(gpu, waiting, streams)
   for other, list in pairs(streams) do
      for _, stream in ipairs(list) do C.streamWait_(gpu, waiting, other, stream) end
   end
end
--- The same across GPUs: {[gpu] = {streams}}.
function cutorch.streamWaitForMultiDevice(gpu, waiting, streams)
   check_gpu('streamWaitForMultiDevice', gpu)
   check_stream('streamWaitForMultiDevice', 2, 'stream', waiting)
   check_streams_of_gpus('streamWaitForMultiDevice', 3, streams)
   wait_for_gpus(gpu, waiting, streams)
end
function cutorch.streamBarrierMultiDevice(streams)
   check_streams_of_gpus('streamBarrierMultiDevice', 1, streams)
   for gpu, list in pairs(streams) do
      for _, stream in ipairs(list) do wait_for_gpus(gpu, stream, streams) end
   end
end

-- Sizes given as numbers or as one LongStorage, and their product.
local function host_sizes(name, ...)
   local size, count = ..., 1
   if torch.typename(size) ~= 'torch.LongStorage' then size = {...} end
   for i = 1, #size do
      if type(size[i]) ~= 'number' or not (size[i] >= 0) then
         arguments.error(name, size == ... and 1 or i, 'size', 'sizes of 0 and more expected, or a LongStorage; got %s', describe(size[i]))
      end
      count = count * size[i]
   end
   return torch.isStorage(size) and size or torch.LongStorage(size), #size > 0 and count or 0
end

-- make(x, count), one of C's functions; its errors say `name` in the place of its own one.
local function allocated(make, own, name, x, count)
   local ok, result = pcall(make, x, count)
   if not ok then error((tostring(result):gsub(own, name, 1)), 0) end
   return result
end

--- CPU tensors in page-locked memory, which copyAsync needs; sizes as for a constructor.
for _, element in ipairs{'', 'Float', 'Double', 'Int', 'Long', 'Byte', 'Half'} do
   local name, class = 'createCudaHost' .. element .. 'Tensor', (element == '' and 'Float' or element) .. 'Tensor'
   cutorch[name] = function(...)
      local size, count = host_sizes(name, ...)
      return allocated(C.pinned, 'createCudaHostTensor', name, torch[class](), count):resize(size)
   end
end

--- The same in memory that the CPU and the GPUs share.
function cutorch.createFloatUVATensor(...)
   local size, count = host_sizes('createFloatUVATensor', ...)
   return allocated(C.managed, 'createUVATensor', 'createFloatUVATensor', torch.FloatTensor(), count):resize(size)
end
function cutorch.createCudaUVATensor(...)
   local size, count = host_sizes('createCudaUVATensor', ...)
   return allocated(C.managed, 'createUVATensor', 'createCudaUVATensor', torch.CudaTensor(), count):resize(size)
end

--- The tensor seen from the other side: both share memory.
function cutorch.toCudaUVATensor(x) return C.share(x, torch.CudaTensor()) end
function cutorch.toFloatUVATensor(x) return C.share(x, torch.FloatTensor()) end

require('torch.package').gpu(cutorch.platform == 'CUDA' and 'cuda' or 'simt')

return cutorch
