-- labels: quick
-- Training steps do not depend on the number of threads; a process may fork in the middle of training; child
-- processes see all processors.
local ffi = require 'ffi'
local check = dofile((arg[0]:match('^(.*/)') or './') .. 'check.lua')
require 'nn'

ffi.cdef 'int fork(void); void _exit(int); int waitpid(int pid, int *status, int options); unsigned alarm(unsigned);'

local function new_net(type)
   torch.manualSeed(1)
   local net = nn.Sequential()
      :add(nn.SpatialConvolution(3, 16, 3, 3, 1, 1, 1, 1)):add(nn.SpatialBatchNormalization(16)):add(nn.ReLU())
      :add(nn.SpatialMaxPooling(2, 2, 2, 2))
      :add(nn.SpatialConvolution(16, 8, 5, 5, 2, 2)):add(nn.Tanh()) -- strides: not the direct kernels
      :add(nn.SpatialAveragePooling(2, 2)):add(nn.View(-1):setNumInputDims(3))
      :add(nn.Linear(8 * 16, 300)):add(nn.Sigmoid()):add(nn.Linear(300, 10)):add(nn.LogSoftMax())
   return net:type(type), torch.randn(20, 3, 28, 28):type(type), torch.range(0, 19):fmod(10):add(1)
end

-- Parameters after a few steps.
local function train(net, x, y, steps)
   local criterion = nn.ClassNLLCriterion():type(x:type())
   local p, g = net:getParameters()
   for _ = 1, steps do
      g:zero()
      local output = net:forward(x)
      criterion:forward(output, y)
      net:backward(x, criterion:backward(output, y))
      p:add(-0.1, g)
   end
   return p
end

for _, type in ipairs{'torch.FloatTensor', 'torch.DoubleTensor'} do
   local expected
   for _, threads in ipairs{1, 2, 3, 7} do
      torch.setnumthreads(threads)
      local net, x, y = new_net(type)
      local p = train(net, x, y:type(type), 3):clone()
      expected = expected or p
      check.ok(p:ne(expected):sum() == 0, ('%s, %d threads: the same parameters, to the bit'):format(type, threads))
   end
end

torch.setnumthreads(3)
local net, x, y = new_net('torch.FloatTensor')
y = y:float()
train(net, x, y, 2)
local copy = net:clone()
io.flush()
local pid = ffi.C.fork()
if pid == 0 then
   ffi.C.alarm(120) -- a child that hangs fails
   local ok, p = pcall(train, net, x, y, 2)
   ffi.C._exit(ok and p:ne(p):sum() == 0 and 0 or 1)
end
local here = train(copy, x, y, 2)
local status = ffi.new('int[1]')
check.ok(ffi.C.waitpid(pid, status, 0) == pid and status[0] == 0, 'a child forked in the middle of training goes on')
check.ok(here:ne(here):sum() == 0, 'and so does the parent')

local pipe = io.popen('env -u OMP_NUM_THREADS nproc 2> /dev/null')
local seen = tonumber(pipe:read('*l') or '')
pipe:close()
if seen then -- a quota of processor time is not seen by nproc
   check.ok(seen >= torch.getnumcores(), ('a child process sees %d processors, this one uses %d'):format(seen, torch.getnumcores()))
else
   print('skipped: nproc is not installed')
end

-- LAPACK does not start threads, for small matrices above all: it would wait for them.
local function tasks()
   local n = 0
   for _ in paths.files('/proc/self/task') do n = n + 1 end
   return n
end
if paths.dirp('/proc/self/task') then
   local before = tasks()
   for _, n in ipairs{3, 30, 200} do
      local x = torch.rand(n, n)
      torch.qr(x)
      torch.gesv(x, x)
      torch.symeig(x + x:t(), 'V')
      torch.svd(x)
      torch.inverse(x)
   end
   check.ok(tasks() <= before + torch.getnumthreads(), 'products may be shared, no more')
   torch.setnumthreads(1)
   before = tasks()
   for _, n in ipairs{3, 30, 200} do torch.qr(torch.rand(n, n)) end
   check.eq(tasks(), before, 'one thread stays one')
else
   print('skipped: threads cannot be counted here')
end
check.finish()
