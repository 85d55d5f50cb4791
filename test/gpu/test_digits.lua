--- The digit example on the GPU: the same step as on the CPU, and a checkpoint that a program without
-- cutorch loads as CPU tensors.
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local th, script = arg[-1] or 'th', here .. '/../../examples/mnist.lua'
local folder = os.tmpname()
os.remove(folder)
assert(check.succeeds('mkdir ' .. folder))

local function run(command)
   local p = io.popen(command .. ' 2>&1; echo "ended $?"')
   local text = p:read('*a')
   p:close()
   return text, text:match('ended 0\n$') ~= nil
end

local function file(name) return folder .. '/' .. name .. '.t7' end

local function example(options)
   local text, ok = run(('%s %s %s'):format(th, script, options))
   check.ok(ok, 'mnist.lua ' .. options .. (ok and '' or ': ' .. text:sub(-400)))
   return text
end

-- Where training leads depends on every rounding: an activation that ties takes another way on other
-- kernels. So both devices make one step from one state.
example('--epochs 1 --train 200 --test 100 --dropout 0 --save ' .. file('start'))
for _, device in ipairs{'cpu', 'cuda'} do
   local text = example(('--resume %s --device %s --epochs 2 --batch 200 --save %s'):format(file('start'), device, file(device)))
   check.match(text, 'test accuracy: [%d.]+ %%', 'accuracy on ' .. device)
   -- in a program of its own, which knows nothing of GPUs
   local line = ([[local s = torch.load('%s') local p = s.model:getParameters()
      print(package.loaded.cutorch == nil, torch.typename(p), torch.typename(s.sgd.dfdx))]]):format(file(device))
   local answer, loaded = run(('env -u THC %s -e "require \'nn\' %s"'):format(th, line))
   check.ok(loaded, 'the checkpoint of ' .. device .. ' loads' .. (loaded and '' or ': ' .. answer:sub(-400)))
   local plain, class, dfdx = answer:match('(%S+)%s+(%S+)%s+(%S+)')
   check.eq(plain, 'true', device .. ': loaded without cutorch')
   check.eq(class, 'torch.FloatTensor', device .. ': parameters are CPU tensors')
   check.eq(dfdx, 'torch.FloatTensor', device .. ': so is the state of the optimiser')
end

require 'nn'
local start, cpu, cuda = torch.load(file('start')), torch.load(file('cpu')), torch.load(file('cuda'))
check.ok(math.abs(cpu.loss - cuda.loss) <= 1e-4 * cpu.loss, ('losses %.6f and %.6f'):format(cpu.loss / 200, cuda.loss / 200))
local before, here_, there = start.model:getParameters(), cpu.model:getParameters(), cuda.model:getParameters()
local step, apart = (here_ - before):norm(), (here_ - there):norm()
check.ok(step > 0 and apart <= 0.01 * step, ('a step of length %.6f, the ends %.2g apart'):format(step, apart))
os.execute('rm -r ' .. folder)
check.finish()
