--- The digit example on the GPU: the same losses as on the CPU, and a checkpoint that a program without
-- cutorch loads as CPU tensors.
require 'torch'
local here = arg[0]:match('^(.*)/') or '.'
local check = dofile(here .. '/../lua/check.lua')
local th, script = arg[-1] or 'th', here .. '/../../examples/mnist.lua'
local folder = os.tmpname()
os.remove(folder)
assert(os.execute('mkdir ' .. folder) == 0)

local function run(command)
   local p = io.popen(command .. ' 2>&1; echo "ended $?"')
   local text = p:read('*a')
   p:close()
   return text, text:match('ended 0\n$') ~= nil
end

local states = {}
for _, device in ipairs{'cpu', 'cuda'} do
   local file = folder .. '/' .. device .. '.t7'
   local text, ok = run(('%s %s --device %s --epochs 2 --train 400 --test 100 --dropout 0 --save %s'):format(th, script, device, file))
   check.ok(ok, 'training on ' .. device .. (ok and '' or ': ' .. text:sub(-400)))
   check.match(text, 'test accuracy: [%d.]+ %%', 'accuracy on ' .. device)
   -- in a program of its own, which knows nothing of GPUs
   local line = ([[local s = torch.load('%s') local p = s.model:getParameters()
      print(package.loaded.cutorch == nil, torch.typename(p), ('%%.9f'):format(s.loss), ('%%.9f'):format(p:sum()), torch.typename(s.sgd.dfdx))]]):format(file)
   local answer, loaded = run(('env -u THC %s -e "require \'nn\' %s"'):format(th, line))
   check.ok(loaded, 'the checkpoint of ' .. device .. ' loads' .. (loaded and '' or ': ' .. answer:sub(-400)))
   local plain, class, loss, sum, dfdx = answer:match('(%S+)%s+(%S+)%s+(%S+)%s+(%S+)%s+(%S+)')
   check.eq(plain, 'true', device .. ': loaded without cutorch')
   check.eq(class, 'torch.FloatTensor', device .. ': parameters are CPU tensors')
   check.eq(dfdx, 'torch.FloatTensor', device .. ': so is the state of the optimiser')
   states[device] = {loss = tonumber(loss), sum = tonumber(sum)}
end
local cpu, cuda = states.cpu, states.cuda
if cpu.loss and cuda.loss then
   check.ok(math.abs(cpu.loss - cuda.loss) / 400 <= 1e-4, ('losses %.6f and %.6f'):format(cpu.loss / 400, cuda.loss / 400))
   check.ok(math.abs(cpu.sum - cuda.sum) <= 1e-3 * math.max(1, math.abs(cpu.sum)), ('sums of the parameters %.6f and %.6f'):format(cpu.sum, cuda.sum))
end
os.execute('rm -r ' .. folder)
check.finish()
