--- What is saved from a GPU: it comes back on the current GPU, or as CPU tensors where there is no cutorch; the same
-- program again, as a child process, proves the latter. Also which errors `require 'cutorch'` gives.
--   th test/gpu/test_cutorch_files.lua             the test
--   th test/gpu/test_cutorch_files.lua read FILE   the child: writes what it found as lines
local here = arg[0]:match('^(.*)/') or '.'

local function describe(x)
   if torch.isTensor(x) then
      return torch.typename(x) .. ' ' .. table.concat(x:size():totable(), 'x') .. ': ' ..
         (x:dim() == 0 and '' or table.concat(x:double():contiguous():view(-1):totable(), ' '))
   end
   return torch.typename(x) .. ': ' .. table.concat(x:totable(), ' ')
end

local order = {'floats', 'transposed', 'part', 'empty', 'storage', 'bytes', 'halves', 'doubles', 'longs', 'chars', 'shorts', 'ints'}

if arg[1] == 'read' then
   require 'nn'
   assert(not package.loaded.cutorch and not cutorch, 'this process has cutorch')
   local t = torch.load(arg[2])
   for _, name in ipairs(order) do print(name .. ' ' .. describe(t[name])) end
   t.part:fill(9)
   print('shared ' .. t.floats:sum())
   local y = t.net:forward(torch.FloatTensor(2, 3):fill(1))
   print('net ' .. t.net:type() .. ' ' .. torch.typename(y) .. (' %.5f'):format(y:sum()))
   return
end

require 'cutorch'
require 'cunn'
local check = dofile(here .. '/../lua/check.lua')
local eq, ok, match = check.eq, check.ok, check.match
local gpus = cutorch.getDeviceCount()

-- ---- what is saved ----

local t = {floats = torch.CudaTensor{{1, 2, 3}, {4, 5.5, 6}}, empty = torch.CudaTensor(), storage = torch.CudaIntStorage{7, 8},
   bytes = torch.CudaByteTensor{0, 255}, halves = torch.CudaHalfTensor{0.5, 65504}, doubles = torch.CudaDoubleTensor{1 / 3, -1e300},
   longs = torch.CudaLongTensor{2 ^ 53, -1}, chars = torch.CudaCharTensor{-128, 127}, shorts = torch.CudaShortTensor{-32768, 1},
   ints = torch.CudaIntTensor{2 ^ 31 - 1, -5}}
t.transposed, t.part = t.floats:t(), t.floats:narrow(2, 2, 1)
t.net = nn.Sequential():add(nn.Linear(3, 4)):add(nn.ReLU()):add(nn.Linear(4, 2)):cuda()
local input = torch.CudaTensor(2, 3):fill(1)
local expected = t.net:forward(input):float()

local function all_equal(got, what)
   for _, name in ipairs(order) do eq(describe(got[name]), describe(t[name]), what .. ': ' .. name) end
   eq(torch.pointer(got.part:storage()), torch.pointer(got.floats:storage()), what .. ': shared storages stay shared')
   local before = got.floats[1][2]
   got.part[1][1] = 70
   eq({got.floats[1][2], got.transposed[2][1]}, {70, 70}, what .. ': views see what is written')
   got.floats[1][2] = before
   eq(describe(got.net:forward(input):float()), describe(expected), what .. ': the network')
   eq(got.net:type(), 'torch.CudaTensor', what .. ': the network stays on the GPU')
end

local file = os.tmpname()
for _, mode in ipairs{'binary', 'ascii'} do
   torch.save(file, t, mode)
   all_equal(torch.load(file, mode), mode)
end
all_equal(torch.deserialize(torch.serialize(t)), 'serialize')
all_equal({floats = t.floats, transposed = t.transposed, part = t.part, empty = t.empty, storage = t.storage, bytes = t.bytes, halves = t.halves,
   doubles = t.doubles, longs = t.longs, chars = t.chars, shorts = t.shorts, ints = t.ints, net = t.net:clone()}, 'clone')
if gpus >= 2 then
   torch.save(file, t)
   local got = cutorch.withDevice(2, function() return torch.load(file) end)
   eq({got.floats:getDevice(), got.storage:getDevice(), got.net:get(1).weight:getDevice()}, {2, 2, 2}, 'files are read onto the current GPU')
   cutorch.withDevice(2, function()
      for _, name in ipairs(order) do eq(describe(got[name]), describe(t[name]), 'GPU 2: ' .. name) end
      torch.save(file, got)
   end)
   eq(torch.load(file).floats:getDevice(), 1, 'whatever GPU they were written from')
   local far = cutorch.withDevice(2, function() return torch.CudaTensor{4, 5} end)
   torch.save(file, far)
   eq(describe(torch.load(file)), describe(torch.CudaTensor{4, 5}), 'a tensor of another GPU is saved')
end
torch.save(file, torch.FloatTensor{1, 2})
eq(torch.typename(torch.load(file)), 'torch.FloatTensor', 'CPU tensors stay on the CPU')

-- ---- without cutorch ----

local function th()
   local i = 0
   while arg[i - 1] do i = i - 1 end
   return arg[i]
end
local function run(environment, ...)
   local words = {'env', '-u', 'THC'}
   if environment ~= '' then words[#words + 1] = environment end
   for _, word in ipairs{th(), ...} do words[#words + 1] = "'" .. word:gsub("'", "'\\''") .. "'" end
   local pipe = io.popen(table.concat(words, ' ') .. ' 2>&1')
   local text = pipe:read('*a')
   pipe:close()
   return text
end

t.net:float()
local on_cpu = t.net:forward(input:float())
t.net:cuda()
do
   torch.save(file, t)
   local lines = {}
   for line in run('', arg[0], 'read', file):gmatch('[^\n]+') do lines[#lines + 1] = line end
   for i, name in ipairs(order) do
      local line = name .. ' ' .. describe(t[name])
      line = line:gsub('torch%.Cuda(%u)', 'torch.%1'):gsub('torch%.Tensor', 'torch.FloatTensor'):gsub('torch%.Storage', 'torch.FloatStorage')
      eq(lines[i], line, 'without cutorch: ' .. name)
   end
   eq(lines[#order + 1], 'shared 32', 'without cutorch: shared storages stay shared')
   eq(lines[#order + 2], ('net torch.FloatTensor torch.FloatTensor %.5f'):format(on_cpu:sum()), 'without cutorch: the network')
end

-- ---- files that are cut short ----

local function bytes_of(name)
   local f = assert(io.open(name, 'rb'))
   local text = f:read('*a')
   f:close()
   return text
end
local function objects()
   collectgarbage()
   collectgarbage()
   return torch.memorystats().objects
end
torch.save(file, {t.floats, t.part, t.storage, t.doubles})
local whole = bytes_of(file)
torch.load(file)
local before = objects()
local memory = cutorch.memoryStats().inUse
for n = 0, #whole - 1, 7 do
   local f = assert(io.open(file, 'wb'))
   f:write(whole:sub(1, n))
   f:close()
   if pcall(torch.load, file) then check.ok(false, 'a file cut after ' .. n .. ' bytes raises') end
end
for n = 1, #whole - 8, 5 do -- a count that is no count
   local f = assert(io.open(file, 'wb'))
   f:write(whole:sub(1, n - 1), ('\255'):rep(6), '\127', whole:sub(n + 7))
   f:close()
   pcall(torch.load, file)
end
ok(objects() <= before, 'damaged files leave no objects')
eq(cutorch.memoryStats().inUse, memory, 'nor memory of the GPU')
os.remove(file)

-- ---- what chooses the platform ----

local function require_with(environment) return run(environment, '-e', "require 'cutorch' print('loaded on ' .. cutorch.platform)") end
match(require_with('THC=nonsense'), "THC must be 'cuda' or 'simt' in the environment, got 'nonsense'", 'a THC of no meaning')
match(require_with('THC=simt'), 'the simulator stands in for a GPU', 'the simulator says that it is one')
match(require_with('THC=simt'), 'loaded on the simulator', 'and is loaded')
for _, choice in ipairs{'', 'THC=cuda', 'THC='} do
   local text = require_with(choice)
   ok(text:find('loaded on CUDA', 1, true) or text:find('no GPU that CUDA can use', 1, true) or text:find('this build has no CUDA part', 1, true),
      choice .. ' chooses the GPU, or says why it cannot: ' .. text)
   ok(text:find('loaded', 1, true) or text:find('THC=simt', 1, true), choice .. ' tells of the simulator')
end
local bare = "package.cpath = '' require 'cutorch'" -- as in a build that has neither library
match(run('THC=simt', '-e', bare), 'this build has no simulator', 'a build without the simulator')
match(run('THC=cuda', '-e', bare), 'this build has no CUDA part; THC=simt', 'a build without CUDA')
match(run('THC=simt', '-e', "io.stderr:write('') require 'cutorch' print(cutorch.getDeviceCount())"), '%d', 'the simulator counts its GPUs')
local bad = run('THC_SIMT_DEVICES=many', '-e', 'os.execute("") print(1)') -- not read before cutorch is loaded
match(bad, '1', 'settings of the simulator do not matter without it')
match(run("THC=simt THC_SIMT_DEVICES=many", '-e', "require 'cutorch'"), 'THC_SIMT_DEVICES=many: expected a number', 'a setting of no meaning')
match(run("THC=simt THC_SIMT_DEVICES=0", '-e', "require 'cutorch'"), 'no GPU that CUDA can use', 'a machine without a GPU')
match(run('', '-e', "print(pcall(torch.load, 'x')) print(torch.CudaTensor)"), 'nil', 'torch alone has no CudaTensor')
match(run('', '-e', "torch.FloatTensor(2):cuda()"), "method 'cuda'", 'x:cuda() without cutorch')
match(run('', '-e', "torch.setdefaulttensortype('torch.CudaTensor')"), "require 'cutorch' first", 'the default type without cutorch')
match(run('', '-e', "print(pcall(torch.FloatTensor(2).type, torch.FloatTensor(2), 'torch.CudaTensor'))"), "require 'cutorch'", 'x:type of a GPU type without cutorch')
match(run('', '-e', "print(pcall(torch.FloatTensor().type, torch.FloatTensor(), 'torch.CudaTensor'))"), "require 'cutorch'", 'also of an empty tensor')

check.finish()
