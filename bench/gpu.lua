package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
require 'cunn'
-- GPUs (scripts/gpu-test runs this): the cost of a launch, memory bandwidth against the card's own copies, a
-- large product, and the digit example's training step. Every timing ends by waiting for the GPU.

local N = 1e8
local sync = 'torch.cuda.synchronize()'

-- n times f, then the wait.
local function timed(f)
   return function(n)
      for _ = 1, n do f() end
      cutorch.synchronize()
   end
end

-- Copies of that many bytes in and out together, by the driver.
local function copies(bytes)
   return function()
      local x = torch.CudaTensor(bytes / 8):zero()
      local y = x:clone()
      return timed(function() y:copy(x) end)
   end
end

print(cutorch.getDeviceProperties(1).name)

bench.run('Launches, GPU', {
   {name = 'x:add(1), 10 elements', setup = function()
      local x = torch.CudaTensor(10):zero()
      return timed(function() x:add(1) end)
   end, peer = 'x.add_(1)', peer_setup = 'x = torch.zeros(10, device="cuda")', peer_end = sync},
   {name = 'z = x + y, 10 elements', setup = function()
      local x = torch.CudaTensor(10):zero()
      return timed(function() local z = x + x end)
   end, peer = 'z = x + x', peer_setup = 'x = torch.zeros(10, device="cuda")', peer_end = sync},
})

bench.run('Bandwidth, 1e8 floats, GPU; limit: copies of as many bytes', {
   {name = 'torch.add(z, x, y)', setup = function()
      local x, y, z = torch.CudaTensor(N):zero(), torch.CudaTensor(N):zero(), torch.CudaTensor(N)
      return timed(function() torch.add(z, x, y) end)
   end, peer = 'torch.add(x, y, out=z)', peer_end = sync,
    peer_setup = 'x = torch.zeros(100000000, device="cuda")\ny = torch.zeros_like(x)\nz = torch.zeros_like(x)',
    limit = copies(12 * N)},
   {name = 'y:copy(x:t()), 10000 x 10000', setup = function()
      local x, y = torch.CudaTensor(1e4, 1e4):zero(), torch.CudaTensor(1e4, 1e4)
      return timed(function() y:copy(x:t()) end)
   end, peer = 'y.copy_(x.t())', peer_end = sync,
    peer_setup = 'x = torch.zeros(10000, 10000, device="cuda")\ny = torch.zeros_like(x)', limit = copies(8 * N)},
   {name = 'x:sum()', setup = function()
      local x = torch.CudaTensor(N):zero()
      return timed(function() x:sum() end)
   end, peer = 'x.sum().item()', peer_end = sync, peer_setup = 'x = torch.zeros(100000000, device="cuda")',
    limit = copies(4 * N)},
   {name = 'torch.sum(r, x, 1), 10000 x 10000', setup = function()
      local x, r = torch.CudaTensor(1e4, 1e4):zero(), torch.CudaTensor()
      return timed(function() torch.sum(r, x, 1) end)
   end, peer = 'torch.sum(x, 0, out=r)', peer_end = sync,
    peer_setup = 'x = torch.zeros(10000, 10000, device="cuda")\nr = torch.zeros(10000, device="cuda")', limit = copies(4 * N)},
   {name = 'torch.sum(r, x, 2), 10000 x 10000', setup = function()
      local x, r = torch.CudaTensor(1e4, 1e4):zero(), torch.CudaTensor()
      return timed(function() torch.sum(r, x, 2) end)
   end, peer = 'torch.sum(x, 1, out=r)', peer_end = sync,
    peer_setup = 'x = torch.zeros(10000, 10000, device="cuda")\nr = torch.zeros(10000, device="cuda")', limit = copies(4 * N)},
})

-- A row of the operation that f calls on n random floats; beside it torch.<peer>.
local function along(name, peer, size, f)
   return {name = name, setup = function()
      local x = torch.CudaTensor(unpack(size)):uniform()
      return timed(function() f(x) end)
   end, peer = peer, peer_end = sync, peer_setup = ('x = torch.rand(%s, device="cuda")'):format(table.concat(size, ', ')),
      limit = copies(8 * size[1] * (size[2] or 1))}
end
local values, places = torch.CudaTensor(), torch.CudaLongTensor()

bench.run('Along a dimension, GPU; limit: copies of as many bytes as x has, in and out', {
   along('sort, 1e8', 'torch.sort(x)', {N}, function(x) torch.sort(values, places, x) end),
   along('sort(x, 2), 1e5 x 1000', 'torch.sort(x, 1)', {1e5, 1000}, function(x) torch.sort(values, places, x, 2) end),
   along('topk 100, 1e8', 'torch.topk(x, 100)', {N}, function(x) torch.topk(values, places, x, 100, 1, true, true) end),
   along('median(x, 2), 1000 x 1e4', 'torch.median(x, 1)', {1000, 1e4}, function(x) torch.median(values, places, x, 2) end),
   along('cumsum, 1e8', 'torch.cumsum(x, 0)', {N}, function(x) torch.cumsum(values, x) end),
   along('cumsum(x, 1), 1e4 x 1e4', 'torch.cumsum(x, 0)', {1e4, 1e4}, function(x) torch.cumsum(values, x, 1) end),
   along('var(x, 2), 1e4 x 1e4', 'torch.var(x, 1)', {1e4, 1e4}, function(x) torch.var(values, x, 2) end),
   along('histc, 100 bins, 1e8', 'torch.histc(x, 100)', {N}, function(x) torch.histc(values, x, 100) end),
})

bench.run('Products, GPU', {
   {name = 'mm 4096, floats', setup = function()
      local a, b, c = torch.CudaTensor(4096, 4096):zero(), torch.CudaTensor(4096, 4096):zero(), torch.CudaTensor(4096, 4096)
      return timed(function() torch.mm(c, a, b) end)
   end, peer = 'torch.mm(a, b, out=c)', peer_end = sync,
    peer_setup = 'a = torch.zeros(4096, 4096, device="cuda")\nb = torch.zeros_like(a)\nc = torch.zeros_like(a)'},
})

local function matrix(name, peer, f)
   return {name = name, setup = function()
      local x = torch.CudaTensor(1000, 1000):uniform()
      local s = torch.mm(x, x:t()):add(torch.eye(1000):cuda())
      return timed(function() f(s) end)
   end, peer = peer, peer_end = sync,
      peer_setup = 'x = torch.rand(1000, 1000, device="cuda")\ns = x @ x.t() + torch.eye(1000, device="cuda")'}
end

bench.run('Linear algebra, 1000 x 1000, GPU', {
   matrix('inverse', 'torch.linalg.inv(s)', function(s) torch.inverse(s) end),
   matrix('potrf', 'torch.linalg.cholesky(s)', function(s) torch.potrf(s) end),
   matrix('symeig', 'torch.linalg.eigh(s)', function(s) torch.symeig(s, 'V') end),
   matrix('qr', 'torch.linalg.qr(s)', function(s) torch.qr(s) end),
})

local function digit_step()
   local net = nn.Sequential():add(nn.SpatialConvolution(1, 16, 5, 5)):add(nn.SpatialMaxPooling(2, 2, 2, 2)):add(nn.ReLU(true))
      :add(nn.SpatialConvolution(16, 32, 5, 5)):add(nn.SpatialMaxPooling(2, 2, 2, 2)):add(nn.ReLU(true)):add(nn.View(512))
      :add(nn.Linear(512, 128)):add(nn.ReLU(true)):add(nn.Linear(128, 10)):add(nn.LogSoftMax()):cuda()
   local criterion = nn.ClassNLLCriterion():cuda()
   local input = torch.FloatTensor(128, 1, 28, 28):uniform():cuda()
   local target = torch.range(0, 127):remainder(10):add(1):cudaLong()
   local parameters, gradients = net:getParameters()
   return timed(function()
      gradients:zero()
      local output = net:forward(input)
      criterion:forward(output, target)
      net:backward(input, criterion:backward(output, target))
      parameters:add(-0.01, gradients)
   end)
end

bench.run('Training steps, GPU', {
   {name = 'digit example, batch 128', setup = digit_step,
    peer_setup = [[
N = torch.nn
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
with torch.enable_grad():
   net = N.Sequential(N.Conv2d(1, 16, 5), N.MaxPool2d(2), N.ReLU(), N.Conv2d(16, 32, 5), N.MaxPool2d(2), N.ReLU(),
      N.Flatten(), N.Linear(512, 128), N.ReLU(), N.Linear(128, 10), N.LogSoftmax(1)).cuda()
x = torch.rand(128, 1, 28, 28, device="cuda")
t = torch.arange(128, device="cuda") % 10
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)]],
    peer = [[
with torch.enable_grad():
   optimizer.zero_grad(set_to_none=False)
   loss = torch.nn.functional.nll_loss(net(x), t)
   loss.backward()
optimizer.step()]], peer_end = sync},
})
