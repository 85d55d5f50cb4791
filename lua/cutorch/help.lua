-- Texts of ?cutorch.name and of the methods that cutorch gives to tensors: name -> text, in the form of docs/documentation.md. They
-- are there on machines without a GPU, too.
local texts = {}
local function text(name, usage, doc) texts[name] = usage .. ': ' .. doc end
local function func(name, usage, doc) text('cutorch.' .. name, 'cutorch.' .. name .. usage, doc) end

-- GPUs
func('getDeviceCount', '() -> number', 'how many GPUs there are; they are counted from 1.')
func('getDevice', '() -> number', "the current GPU, on which tensors are made and operations run.")
func('setDevice', '(i)', 'makes GPU i the current one.')
func('withDevice', '(i, f) -> results of f', 'calls f with GPU i as the current one; returns or raises what f does.')
func('synchronize', '()', 'waits until the current GPU has done its work.')
func('synchronizeAll', '()', 'waits until every GPU has done its work.')
func('getDeviceProperties', '([i]) -> table', 'Name, memory, processors and capability of GPU i, else of the current one.')
func('getRuntimeVersion', '() -> number', "version of the CUDA runtime, such as 13000.")
func('getDriverVersion', '() -> number', "version of CUDA that the driver serves; also the field cutorch.driverVersion.")
func('hasHalfInstructions', '() -> boolean', 'whether the current GPU computes in half precision.')
func('hasFastHalfInstructions', '() -> boolean', 'whether it does so at twice the speed of single precision.')
func('setFloatPrecision', '(precision)', "how products and convolutions of floats are computed: 'float', in full, as at start; 'tf32', factors rounded " ..
   "to 10 bits behind the point, or 'bf16', to 7, sums being kept in float. THC_FLOAT_PRECISION in the environment says the same.")
func('getFloatPrecision', '() -> string', "what cutorch.setFloatPrecision said last.")
func('getPeerToPeerAccess', '(i, j) -> boolean', "whether GPU i reaches GPU j's memory directly.")
func('setPeerToPeerAccess', '(i, j, enable)', 'lets it, or not; at start all do that can. Copies work either way.')
func('test', '([names]) -> boolean', 'runs the tests of GPUs, or those named, in a tree of the source; whether they passed.')
func('getState', '() -> light userdata', 'the THCState of the C API; also the field cutorch._state.')
func('getKernelPeerToPeerAccess', '() -> false', 'operations take tensors of the current GPU only; copies go between any two.')
func('setKernelPeerToPeerAccess', '(enable)', 'raises for true: operations take tensors of the current GPU only.')
func('reserveBlasHandles', '(n)', 'kept for programs that call it: every GPU and stream has a cuBLAS handle of its own.')
func('getNumBlasHandles', '() -> number', 'the n of cutorch.reserveBlasHandles; 1 at start.')
func('setBlasHandle', '(i)', 'kept for programs that call it; changes nothing.')
func('getBlasHandle', '() -> number', 'the i of cutorch.setBlasHandle; 1 at start.')

-- memory
func('setHeapTracking', '(enabled)', 'whether memory in use speeds up the garbage collector; it does from the start.')
func('isManaged', '(x) -> boolean', 'whether a tensor has memory shared by the CPU and the GPUs (cutorch.createCudaUVATensor).')
func('isManagedPtr', '(address) -> boolean', 'the same for an address.')
for _, name in ipairs{'Float', 'Cuda'} do
   func('create' .. name .. 'UVATensor', '(sizes...) -> torch.' .. name .. 'Tensor',
      'a tensor in memory shared by the CPU and the GPUs. Call cutorch.synchronize() before the CPU reads what a GPU wrote.')
   func('to' .. name .. 'UVATensor', '(x) -> torch.' .. name .. 'Tensor', 'a tensor in such memory seen as one of the ' ..
      (name == 'Float' and 'CPU' or 'GPU') .. '; both share it.')
end
func('deviceReset', '()', 'waits for the current GPU and gives back the memory that is kept for reuse. Tensors stay as they are.')
func('_sleep', '(cycles)', 'keeps the current stream busy for that many cycles of the GPU.')
func('getMemoryUsage', '([i]) -> free, total', "bytes of GPU i, else of the current one. What the allocator keeps for reuse counts as free.")
func('memoryStats', '([i]) -> table', 'bytes inUse, cached and at the peak; requests that the cache served (hits) and that it did not (misses).')
func('memorySummary', '([i]) -> string', 'what the memory of GPU i, else of the current one, is used for.')
func('releaseMemory', '()', 'gives the memory that the allocator keeps for reuse back to the GPUs.')
func('isCachingAllocatorEnabled', '() -> boolean', 'whether freed memory is kept for reuse: unless THC_CACHING_ALLOCATOR=0 is in the environment.')
for _, element in ipairs{'', 'Float', 'Double', 'Int', 'Long', 'Byte', 'Half'} do
   func('createCudaHost' .. element .. 'Tensor', '(sizes...) -> torch.' .. (element == '' and 'Float' or element) .. 'Tensor',
      'a CPU tensor in page-locked memory, which x:copyAsync needs to run beside the work of the CPU.')
end

-- graphs
func('graph', '(f) -> graph', 'calls f, records its launches, and replays them once; graph() replays them again, as one launch. ' ..
   'f uses the same tensors each time and waits for nothing. See docs/gpu.md.')

-- streams and events
func('reserveStreams', '(n [, nonblocking])', 'makes streams 1 to n on every GPU; their number only grows. Stream 0 is the default one.')
func('getNumStreams', '() -> number', 'how many streams were reserved.')
func('setStream', '(s)', 'work goes into stream s from now on, on whatever GPU is current.')
func('getStream', '() -> number', 'the current stream.')
func('setDefaultStream', '()', 'the same as cutorch.setStream(0).')
func('streamSynchronize', '(s)', 'waits until stream s of the current GPU has done its work.')
func('streamWaitFor', '(s, {streams...})', 'stream s of the current GPU goes on after what is in the others now.')
func('streamBarrier', '{streams...}', 'each of these streams of the current GPU goes on after what is in all of them now.')
func('streamWaitForMultiDevice', '(gpu, s, {[gpu] = {streams...}})', 'streamWaitFor across GPUs.')
func('streamBarrierMultiDevice', '({[gpu] = {streams...}})', 'streamBarrier across GPUs.')
func('Event', '() -> event', [[marks this place in the current stream.
event:waitOn() makes the current stream wait for it; event:synchronize() makes the caller wait; event:query() tells
whether it has happened; event:elapsed(later) gives the milliseconds between two that have.]])

-- random numbers
func('manualSeed', '(seed)', 'starts the random numbers of the current GPU anew, from a seed of 0 to 2^53.')
func('manualSeedAll', '(seed)', 'the same on every GPU.')
func('seed', '() -> number', 'starts the random numbers of the current GPU from a seed of the system, and returns it.')
func('seedAll', '() -> number', 'the same on every GPU.')
func('initialSeed', '() -> number', 'the seed of the current GPU.')
func('getRNGState', '() -> torch.ByteTensor', "state of the current GPU's random numbers.")
func('setRNGState', '(state)', 'goes back to such a state.')

-- methods
text('getDevice', 'x:getDevice() -> number', 'the GPU where a tensor or storage lives; 0 for an empty tensor.')
text('copyAsync', 'x:copyAsync(y) -> x', [[copies between a CPU and a GPU tensor, contiguous and of one element type, in the
current stream. Returns at once when the CPU tensor is page-locked (cutorch.createCudaHostTensor): it must stay as it is
until the stream has been waited for.]])
for _, t in ipairs(require('libtorch').types) do
   local name = t.gpu and t.gpu:gsub('^C', 'c')
   if name then text(name, 'x:' .. name .. '() -> torch.' .. t.gpu .. 'Tensor', 'copy on the current GPU; the same tensor if it has that type.') end
end

return texts
