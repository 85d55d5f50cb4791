--- Uses what the rocks of one tree have: use.lua check.lua TREE, by the th of that tree.
local check = dofile(arg[1])
local eq, ok = check.eq, check.ok
local tree = arg[2]

for _, name in ipairs {'torch', 'paths', 'sys', 'xlua', 'trepl', 'nn', 'optim', 'graph', 'nngraph', 'image', 'gnuplot', 'threads', 'data', 'train', 'profile',
                       'dist', 'env'} do
   ok(require(name), name)
   eq(package.searchpath(name, package.path):sub(1, #tree), tree, 'place of ' .. name)
end

-- A step of training, by a graph
local input = nn.Identity()()
local net = nn.gModule({input}, {nn.Tanh()(nn.Linear(3, 2)(input))})
local criterion, x, y = nn.MSECriterion(), torch.ones(4, 3), torch.zeros(4, 2)
local w, dw = net:getParameters()
local function loss()
   dw:zero()
   local l = criterion:forward(net:forward(x), y)
   net:backward(x, criterion:backward(net.output, y))
   return l, dw
end
local before = loss()
optim.sgd(loss, w, {learningRate = 0.1})
ok(loss() < before, 'training')

-- An image to a file and back
local name = os.tmpname()
image.savePPM(name, torch.ByteTensor(3, 2, 2):fill(7))
eq(image.loadPPM(name, 3, 'byte'):sum(), 84, 'image')
os.remove(name)

local pool = require('threads').Threads(2, function() require 'torch' end)
local sum
pool:addjob(function() return torch.ones(5):sum() end, function(s) sum = s end)
pool:synchronize()
pool:terminate()
eq(sum, 5, 'threads')

check.finish()
