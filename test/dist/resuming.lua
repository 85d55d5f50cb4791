--- A run that saves after each step, and goes on with what it finds: th resuming.lua FILE STEPS [slow]. Each rank writes its
-- process to FILE.RANK. Prints the step that it began after, and at the end a sum over the parameters.
require 'nn'
require 'optim'
local dist = require 'dist'
local ffi = require 'ffi'
ffi.cdef 'int getpid(void);'
local path, steps, slow = arg[1], tonumber(arg[2]), arg[3] == 'slow'
local rank, size = dist.rank(), dist.size()
torch.manualSeed(1)
local x, y = torch.randn(24, 6), torch.randn(24, 2)
local first, n = rank * 24 / size + 1, 24 / size
x, y = x:narrow(1, first, n), y:narrow(1, first, n)
local net, criterion = dist.DataParallel(nn.Sequential():add(nn.Linear(6, 9)):add(nn.Tanh()):add(nn.Linear(9, 2))), nn.MSECriterion()
local params, grads = net:getParameters()

local run = dist.load(path)
if run then params:copy(run.params) else run = {step = 0, params = params, sgd = {learningRate = 0.05, momentum = 0.9}} end
run.params = params
if rank == 0 then print('began after ' .. run.step) end
local f = assert(io.open(path .. '.' .. rank, 'w'))
f:write(ffi.C.getpid())
f:close()

while run.step < steps do
   optim.sgd(function()
      grads:zero()
      criterion:forward(net:forward(x), y)
      net:backward(x, criterion:backward(net.output, y))
      return 0, grads
   end, params, run.sgd)
   run.step = run.step + 1
   if slow or run.step == steps then dist.save(path, run) end
   if dist.interrupted() then
      dist.save(path, run)
      if rank == 0 then print('interrupted at ' .. run.step) end
      os.exit(0)
   end
end
if rank == 0 then print(('sum %.17g'):format(torch.cmul(params, torch.range(1, params:nElement())):sum())) end
