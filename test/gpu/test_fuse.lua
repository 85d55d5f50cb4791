--- Fused functions of GPU tensors: the kernel's text, compiled by NVRTC where that is found (no GPU is wanted), and in the
-- simulator by the C++ compiler and run: every result is, bit for bit, that of the operations one after the other. On a GPU the
-- same functions run as NVRTC made them.
--   THC=simt th test/gpu/test_fuse.lua
require 'cutorch'
local ffi = require 'ffi'
local C = require 'libtorch'
local here = arg[0]:match('^(.*)/') or '.'
local root = here .. '/../../'
local check = dofile(here .. '/../lua/check.lua')
local ok, eq = check.ok, check.eq
local simulated = cutorch.platform ~= 'CUDA'

local function read(path)
   local file = assert(io.open(path))
   local text = file:read('*a')
   file:close()
   return text
end

-- ---- NVRTC ----

ffi.cdef [[
int nvrtcCreateProgram(void **program, const char *text, const char *name, int n, const char *const *headers, const char *const *names);
int nvrtcCompileProgram(void *program, int n, const char *const *options);
int nvrtcGetProgramLogSize(void *program, size_t *size);
int nvrtcGetProgramLog(void *program, char *log);
int nvrtcGetCUBINSize(void *program, size_t *size);
int nvrtcDestroyProgram(void **program);
typedef void (*THC_fused_launcher)(bool packs, unsigned grid, void *stream, const void *piece);
THC_fused_launcher (*THC_simtFusedCompiler)(const char *text);
]]

local function load_nvrtc()
   for _, name in ipairs{'libnvrtc.so.13', 'libnvrtc.so.12', '/usr/local/cuda/lib64/libnvrtc.so'} do
      local found, library = pcall(ffi.load, name)
      if found then return library end
   end
   print('skipped: kernels compiled by NVRTC; libnvrtc was not found')
end
local nvrtc = load_nvrtc()

local function strings(list) return ffi.new('const char *[?]', #list, list) end

local names, headers = {}, {}
for _, path in ipairs{'THC/kernels/THCFuse.cuh', 'THC/kernels/THCMath.cuh', 'THC/kernels/THCDevice.cuh', 'TH/loops/THMathNames.h',
   'THC/cuda/nvrtc/math.h', 'THC/cuda/nvrtc/stdint.h', 'THC/cuda/nvrtc/THTypes.h', 'THC/cuda/nvrtc/cuda_runtime.h',
   'THC/cuda/nvrtc/cuda_fp16.h'} do
   names[#names + 1] = path:match('loops/[^/]*$') or path:match('[^/]*$')
   headers[#headers + 1] = read(root .. path)
end

-- As THC/cuda/THCFuseNvrtc.cpp does it. Machine code's size, or 0 and the log.
local function by_nvrtc(text)
   local program, size = ffi.new('void *[1]'), ffi.new('size_t[1]')
   assert(nvrtc.nvrtcCreateProgram(program, text, 'fused.cu', #names, strings(headers), strings(names)) == 0)
   local options = {'--gpu-architecture=sm_90', '--std=c++17', '--device-as-default-execution-space', '--fmad=false', '--disable-warnings'}
   local result, log = nvrtc.nvrtcCompileProgram(program[0], #options, strings(options)), ''
   if result == 0 then
      nvrtc.nvrtcGetCUBINSize(program[0], size)
   else
      nvrtc.nvrtcGetProgramLogSize(program[0], size)
      log = ffi.new('char[?]', size[0])
      nvrtc.nvrtcGetProgramLog(program[0], log)
      log, size[0] = ffi.string(log), 0
   end
   nvrtc.nvrtcDestroyProgram(program)
   return tonumber(size[0]), log
end

-- ---- the simulator's compiler: this test ----

local launch_text = [[

#include "THCLaunch.h"
extern "C" __attribute__((visibility("default"))) void launch_fused(bool packs, unsigned grid, cudaStream_t stream, const THCFused *piece)
{
  if (packs) THC_LAUNCH((fusedPacks), grid, THC_BLOCK, 0, stream, *piece);
  else THC_LAUNCH((fusedStrided), grid, THC_BLOCK, 0, stream, *piece);
}
]]
local compiler = os.getenv('CXX') or 'c++'
local libraries, texts = {}, {}

-- Where libTHCsimt.so lies: it is loaded.
local function folder()
   for line in io.lines('/proc/self/maps') do
      local path = line:match('(/%S*)/libTHCsimt%.so')
      if path then return path end
   end
end

local function by_host(text)
   local name = os.tmpname()
   os.remove(name)
   local file = assert(io.open(name .. '.cpp', 'w'))
   file:write(text, launch_text)
   file:close()
   local lib = folder()
   local includes = {'THC/simt/include', 'THC', 'THC/kernels', 'TH', 'TH/include', 'TH/include/TH'}
   for i, path in ipairs(includes) do includes[i] = '-I ' .. root .. path end
   local command = ('%s -std=c++17 -O1 -shared -fPIC -fexceptions -ffp-contract=off -fwrapv -w -DTHC_SIMT=1 %s %s.cpp -o %s.so %s/libTHCsimt.so %s/libTH.so')
      :format(compiler, table.concat(includes, ' '), name, name, lib, lib)
   local built = check.succeeds(command)
   local library = built and ffi.load(name .. '.so')
   os.remove(name .. '.cpp')
   os.remove(name .. '.so')
   if not built then error('the C++ compiler does not take this text:\n' .. text) end
   ffi.cdef 'void launch_fused(bool packs, unsigned grid, void *stream, const void *piece);'
   libraries[#libraries + 1] = library
   return library.launch_fused
end

local host
if simulated then
   if not check.succeeds(compiler .. ' --version >/dev/null 2>&1') then
      print('skipped: kernels run in the simulator; there is no C++ compiler (' .. compiler .. ')')
   else
      host = ffi.load('libTHCsimt.so.1')
   end
end
local message
local callback = host and ffi.cast('THC_fused_launcher (*)(const char *)', function(text)
   texts[#texts + 1] = ffi.string(text)
   local found, launch = pcall(by_host, texts[#texts])
   if found then return launch end
   message = launch
   return nil
end)

-- ---- functions ----

local function bytes(x)
   x = x:contiguous()
   local flat = x.new(x:storage(), x:storageOffset(), torch.LongStorage{x:nElement()})
   local cpu = flat:type((torch.type(x):gsub('Cuda', '', 1):gsub('torch%.Tensor', 'torch.FloatTensor')))
   return ffi.string(cpu:data(), cpu:nElement() * cpu:elementSize())
end

local function same(a, b)
   if type(a) == 'number' then return a == b or a ~= a and b ~= b end
   return torch.type(a) == torch.type(b) and a:isSameSizeAs(b) and bytes(a) == bytes(b)
end

-- A tensor of the GPU with values in (-2, 2) or small integers that are not 0.
local function tensor(type_, ...)
   local x = torch.DoubleTensor(...)
   local i = 0
   x:apply(function()
      i = i + 1
      return type_:find('Byte') and i % 7 + 1 or (i * 37 % 101 - 50) / 25
   end)
   if not (type_ == 'Cuda' or type_ == 'CudaDouble' or type_ == 'CudaHalf') then x:apply(function(v) return math.floor(v * 3) + 9 end) end
   return x:type('torch.' .. type_ .. 'Tensor')
end

-- Copies that keep the layout.
local function copy_of(x)
   if not torch.isTensor(x) then return x end
   local flat = x.new(x:storage(), 1, torch.LongStorage{x:storage():size()})
   return x.new(flat:clone():storage(), x:storageOffset(), x:size(), x:stride())
end

local function run(compiled, f, args)
   if host then host.THC_simtFusedCompiler = compiled and callback or nil end
   local copies = {}
   for i = 1, #args do copies[i] = copy_of(args[i]) end
   local results = {f(unpack(copies, 1, #args))}
   for i = 1, #args do if torch.isTensor(args[i]) then results[#results + 1] = copies[i] end end
   return results
end

-- f, fused, beside itself as it is; in one kernel unless `apart`.
local function compare(what, f, args, apart)
   local fused = torch.fuse(f)
   local expected, got = run(false, f, args), run(true, fused, args)
   if host or not simulated then eq(C.inonepass(), not apart, what .. (apart and ': one by one' or ': one kernel')) end
   local equal = #expected == #got
   for i = 1, #expected do equal = equal and same(expected[i], got[i]) end
   ok(equal, what .. ': the same values')
   if message then print(message) message = nil end
   for i = 1, #expected do expected[i] = nil end
   local again = run(true, fused, args)
   for i = 1, #got do equal = equal and same(got[i], again[i]) end
   ok(equal, what .. ': and again')
end

local function arithmetic(x, y, s) return (x * s + y):cmul(x):add(1):cmul(y) end
local function functions(x, y, s) return torch.tanh(x * s + y):cmul(x):exp() end

for _, n in ipairs{1, 4, 5, 1023, 4096} do
   compare('arithmetic, ' .. n, arithmetic, {tensor('Cuda', n), tensor('Cuda', n), 1.5})
end
compare('functions', functions, {tensor('Cuda', 1001), tensor('Cuda', 1001), 1.5})
compare('doubles', arithmetic, {tensor('CudaDouble', 333), tensor('CudaDouble', 333), 1.5})
compare('halves', functions, {tensor('CudaHalf', 333), tensor('CudaHalf', 333), .5})
compare('bounds', function(x, y, s) return torch.cmax(x, y):mul(s):clamp(.2, .9):add(x):abs() end, {tensor('Cuda', 77), tensor('Cuda', 77), 2})
for _, type_ in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long'} do
   compare(type_, function(x, y, s) return torch.cmul(x, y):add(s):div(2):remainder(5) end, {tensor('Cuda' .. type_, 130), tensor('Cuda' .. type_, 130), 3})
end
compare('comparisons', function(x, y) return x:gt(.2), x:lt(y), torch.cmul(x, y) end, {tensor('Cuda', 61), tensor('Cuda', 61)})
for _, p in ipairs{1, 2, 3, .5, -.5, -1, 2.5} do
   compare('power ' .. p, function(x, q) return torch.pow(x, q):mul(2) end, {tensor('Cuda', 40):abs():add(.1), p})
end
compare('in place, several results', function(p, g, m, rate)
   m:mul(.9):add(g)
   p:add(-rate, m)
end, {tensor('Cuda', 500), tensor('Cuda', 500), tensor('Cuda', 500), .1})
compare('reductions', function(x, y) return torch.cmul(x, y):add(1):sum(), x:max() end, {tensor('Cuda', 700), tensor('Cuda', 700)})
compare('filling', function(x) return x:clone():fill(3):add(x) end, {tensor('Cuda', 9)})
compare('changes of type', function(x, y) return x:gt(y):cuda():mul(2), x:cudaDouble():type('torch.CudaIntTensor'):add(1) end, {tensor('Cuda', 61), tensor('Cuda', 61):mul(-1)})
do -- the result over the divisor: as cfmod, one by one and fused
   local function over(x, y) return y:cremainder(x, y) end
   local x, y = torch.CudaLongTensor{-7, 7, -7}, torch.CudaLongTensor{3, -3, -3}
   eq(torch.fuse(over)(x, y:clone()):long():totable(), over(x, y:clone()):long():totable(), 'cremainder over its divisor')
end
do -- a recorded reduction
   local w = torch.CudaTensor{.5, -1, 2}:requiresGrad()
   local function loss(a) return torch.tanh(a * 2):sum() end
   local plain, fused = torch.grad(loss(w), {w})[1], torch.grad(torch.fuse(loss)(w), {w})[1]
   ok((plain - fused):abs():max() < 1e-6, 'the gradient of a sum')
   local name = torch.fuse(function(a) return a:type() == 'torch.CudaTensor' and a * 2 or a end)(torch.CudaTensor{1})
   eq(name[1], 2, 'the name of a type')
   check.error(function() torch.fuse(function(a) return a:type('torch.CudaBoolTensor') end)(torch.CudaTensor{1}) end, 'is no tensor type', 'a type that GPUs lack')
end

-- Layouts.
local x = tensor('Cuda', 12, 10)
compare('transposed', arithmetic, {x:t(), tensor('Cuda', 10, 12), 2})
compare('broadcast', arithmetic, {tensor('Cuda', 12, 10), tensor('Cuda', 1, 10):expand(12, 10), 2})
compare('expanded shapes', function(a, b) return torch.add(a, b):mul(2) end, {tensor('Cuda', 12, 10), tensor('Cuda', 10)})
compare('off the packs', arithmetic, {tensor('Cuda', 101):narrow(1, 2, 100), tensor('Cuda', 100), 2})
compare('many dimensions', arithmetic, {tensor('Cuda', 3, 4, 5, 6):transpose(1, 3), tensor('Cuda', 5, 4, 3, 6):transpose(2, 4):contiguous():transpose(2, 4), 2})

-- What cannot be one kernel runs one after the other.
compare('integers divided by tensors', function(a, b) return torch.cdiv(a, b):add(1) end, {tensor('CudaInt', 20), tensor('CudaInt', 20)}, true)

if simulated then
   run(false, torch.fuse(arithmetic), {tensor('Cuda', 9), tensor('Cuda', 9), 2})
   eq(C.inonepass(), false, 'without a compiler operations run one after the other')
end
if host then
   host.THC_simtFusedCompiler = nil
   for i, text in ipairs(nvrtc and texts or {}) do
      local size, log = by_nvrtc(text)
      ok(size > 0, ('NVRTC takes text %d for sm_90: %s'):format(i, size > 0 and '' or log .. text))
   end
end
check.finish()
