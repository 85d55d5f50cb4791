package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path
local bench = require 'harness'
local rows = require 'rows'
require 'cunn'
local nets = require 'nets'
-- GPUs (scripts/gpu-test runs this): the cost of a launch, memory bandwidth against the card's own copies, products,
-- layers and training steps. Every timing ends by waiting for the GPU. Both sides compute in full floats.

local N = 1e8
local EXACT = 'torch.backends.cuda.matmul.allow_tf32 = False\ntorch.backends.cudnn.allow_tf32 = False\n'
   .. 'torch.set_default_device("cuda")\n'

-- The rows, each of which ends by waiting.
local function run(title, list)
   for _, row in ipairs(list) do
      row.last, row.peer_end, row[4] = 'cutorch.synchronize()', 'torch.cuda.synchronize()', EXACT .. row[4]
   end
   bench.run(title, rows(list))
end

-- The limit: that many bytes read and written by the driver's copies.
local function copies(bytes)
   return function()
      local x = torch.CudaTensor(bytes / 8):uniform()
      local y = x:clone()
      return function(n)
         for _ = 1, n do y:copy(x) end
         cutorch.synchronize()
      end
   end
end

print(cutorch.getDeviceProperties(1).name)

local L, P = 'local x = torch.CudaTensor(10):uniform()', 'x = torch.rand(10)'
run('Launches, GPU', {
   {'x:add(1), 10 elements', L, 'x:add(1)', P, 'x.add_(1)'},
   {'z = x + y, 10 elements', L, 'local z = x + x', P, 'z = x + x'},
   {'x:sum(1), 10 elements', L, 'local z = x:sum(1)', P, 'z = x.sum(0)'},
   {'x:narrow(1, 2, 3):fill(2)', L, 'x:narrow(1, 2, 3):fill(2)', P, 'x.narrow(0, 1, 3).fill_(2)'},
})

local side = 'local x, z, r = torch.CudaTensor(10000, 10000):uniform(), torch.CudaTensor(10000, 10000), torch.CudaTensor()'
local python = 'x = torch.rand(10000, 10000)\nz = torch.empty_like(x)'
run('Bandwidth, 1e8 floats, GPU; limit: copies of as many bytes', {
   {'torch.add(z, x, x)', side, 'torch.add(z, x, x)', python, 'torch.add(x, x, out=z)', limit = copies(8 * N)},
   {'torch.exp(z, x)', side, 'torch.exp(z, x)', python, 'torch.exp(x, out=z)', limit = copies(8 * N)},
   {'z:copy(x)', side, 'z:copy(x)', python, 'z.copy_(x)', limit = copies(8 * N)},
   {'z:copy(x:t())', side, 'z:copy(x:t())', python, 'z.copy_(x.t())', limit = copies(8 * N)},
   {'x:sum()', side, 'x:sum()', python, 'x.sum().item()', limit = copies(4 * N)},
   {'x:max()', side, 'x:max()', python, 'x.max().item()', limit = copies(4 * N)},
   {'torch.sum(r, x, 1)', side, 'torch.sum(r, x, 1)', python, 'x.sum(0)', limit = copies(4 * N)},
   {'torch.sum(r, x, 2)', side, 'torch.sum(r, x, 2)', python, 'x.sum(1)', limit = copies(4 * N)},
   {'torch.max(x, 2)', side, 'torch.max(x, 2)', python, 'x.max(1)', limit = copies(4 * N)},
   {'x:index(1, 10000 rows)', side .. ' local at = torch.randperm(10000):cudaLong()', 'z:index(x, 1, at)',
    python .. '\nat = torch.randperm(10000)', 'torch.index_select(x, 0, at, out=z)', limit = copies(8 * N)},
   {'x:uniform()', side, 'x:uniform()', python, 'x.uniform_()', limit = copies(4 * N)},
   {'x:normal()', side, 'x:normal()', python, 'x.normal_()', limit = copies(4 * N)},
})

-- Along a dimension of n floats; limit: copies of as many bytes as x has, in and out.
local function along(name, size, ours, peer)
   local n = 1
   for _, m in ipairs(size) do n = n * m end
   local text = table.concat(size, ', ')
   return {name .. ', ' .. text:gsub(', ', ' x '),
      ('local x = torch.CudaTensor(%s):uniform() local r, k = torch.CudaTensor(), torch.CudaLongTensor()'):format(text),
      ours, ('x = torch.rand(%s)'):format(text), peer, limit = copies(8 * n)}
end
run('Along a dimension, GPU', {
   along('sort', {1e8}, 'torch.sort(r, k, x)', 'torch.sort(x)'),
   along('sort(x, 2)', {1e5, 1000}, 'torch.sort(r, k, x, 2)', 'torch.sort(x, 1)'),
   along('topk 100', {1e8}, 'torch.topk(r, k, x, 100, 1, true, true)', 'torch.topk(x, 100)'),
   along('topk(x, 5, 2)', {1e4, 1e4}, 'torch.topk(r, k, x, 5, 2)', 'torch.topk(x, 5, 1, False)'),
   along('median(x, 2)', {1000, 1e4}, 'torch.median(r, k, x, 2)', 'torch.median(x, 1)'),
   along('cumsum', {1e8}, 'torch.cumsum(r, x)', 'torch.cumsum(x, 0)'),
   along('cumsum(x, 1)', {1e4, 1e4}, 'torch.cumsum(r, x, 1)', 'torch.cumsum(x, 0)'),
   along('cumsum(x, 2)', {1e4, 1e4}, 'torch.cumsum(r, x, 2)', 'torch.cumsum(x, 1)'),
   along('var(x, 2)', {1e4, 1e4}, 'torch.var(r, x, 2)', 'torch.var(x, 1)'),
   along('histc, 100 bins', {1e8}, 'torch.histc(r, x, 100)', 'torch.histc(x, 100)'),
   along('maskedSelect of half', {1e7}, 'r:maskedSelect(x, x:gt(0.5))', 'x.masked_select(x > 0.5)'),
})

-- Floats whose factors are rounded; the peer's switches are for the whole process, and set back by EXACT.
local function rounded(name, precision, switch)
   return {'mm 4096, ' .. name, 'local a = torch.CudaTensor(4096, 4096):uniform() local b, c = a:clone(), a:clone()',
      ('cutorch.setFloatPrecision(%q) torch.mm(c, a, b) cutorch.setFloatPrecision("float")'):format(precision),
      ('torch.set_float32_matmul_precision("%s")\na = torch.rand(4096, 4096)\nb, c = a.clone(), a.clone()'):format(switch), 'torch.mm(a, b, out=c)'}
end
run('Products, GPU', {
   rounded('TF32', 'tf32', 'high'), rounded('floats as bfloat16', 'bf16', 'medium'),
   {'mm 4096, floats', 'local a = torch.CudaTensor(4096, 4096):uniform() local b, c = a:clone(), a:clone()', 'torch.mm(c, a, b)',
    'a = torch.rand(4096, 4096)\nb, c = a.clone(), a.clone()', 'torch.mm(a, b, out=c)'},
   {'mm 4096, halves', 'local a = torch.CudaTensor(4096, 4096):uniform():cudaHalf() local b, c = a:clone(), a:clone()',
    'torch.mm(c, a, b)', 'a = torch.rand(4096, 4096).half()\nb, c = a.clone(), a.clone()', 'torch.mm(a, b, out=c)'},
   {'bmm 256 of 64x64x64, floats', 'local a = torch.CudaTensor(256, 64, 64):uniform() local b, c = a:clone(), a:clone()',
    'torch.bmm(c, a, b)', 'a = torch.rand(256, 64, 64)\nb, c = a.clone(), a.clone()', 'torch.bmm(a, b, out=c)'},
})

local S = 'local x = torch.CudaTensor(1000, 1000):uniform() local s = torch.mm(x, x:t()):add(torch.eye(1000):cuda())'
local PS = 'x = torch.rand(1000, 1000)\ns = x @ x.t() + torch.eye(1000)'
run('Linear algebra, 1000 x 1000, GPU', {
   {'inverse', S, 'torch.inverse(s)', PS, 'torch.linalg.inv(s)'},
   {'potrf', S, 'torch.potrf(s)', PS, 'torch.linalg.cholesky(s)'},
   {'symeig', S, "torch.symeig(s, 'V')", PS, 'torch.linalg.eigh(s)'},
   {'qr', S, 'torch.qr(s)', PS, 'torch.linalg.qr(s)'},
   {'svd', S, 'torch.svd(s)', PS, 'torch.linalg.svd(s)'},
})

-- Forward and backward of a layer.
local function layer(name, module, size, peer)
   return {name,
      ('local m, x = %s:cuda(), torch.CudaTensor(%s):uniform() local g = m:forward(x):clone():uniform()'):format(module, size),
      'm:forward(x) m:backward(x, g)',
      ('N = torch.nn\nwith torch.enable_grad():\n   m = %s\n   x = torch.rand(%s).requires_grad_()\n')
         :format(peer, size) .. '   g = torch.rand_like(m(x))',
      'with torch.enable_grad(): m(x).backward(g)'}
end
run('Layers, forward + backward, GPU', {
   layer('convolution 64->64 3x3 on 56, batch 32', 'nn.SpatialConvolution(64, 64, 3, 3, 1, 1, 1, 1)', '32, 64, 56, 56',
      'N.Conv2d(64, 64, 3, padding=1)'),
   layer('convolution 256->512 1x1 on 28, batch 32', 'nn.SpatialConvolution(256, 512, 1, 1)', '32, 256, 28, 28',
      'N.Conv2d(256, 512, 1)'),
   layer('batch norm 64 on 56, batch 32', 'nn.SpatialBatchNormalization(64)', '32, 64, 56, 56',
      'N.BatchNorm2d(64)'),
   layer('max pooling 3x3 stride 2 64 on 112, batch 32', 'nn.SpatialMaxPooling(3, 3, 2, 2)', '32, 64, 112, 112',
      'N.MaxPool2d(3, 2)'),
   layer('ReLU 32x64x112x112', 'nn.ReLU()', '32, 64, 112, 112',
      'N.ReLU()'),
   layer('LogSoftMax 8192x1000', 'nn.LogSoftMax()', '8192, 1000',
      'N.LogSoftmax(1)'),
   layer('Linear 4096->4096, batch 256', 'nn.Linear(4096, 4096)', '256, 4096',
      'N.Linear(4096, 4096)'),
})

-- A step of many tensors, as nets have them.
local O = [[require 'optim' local x, g, state = {}, {}, {}
   for i = 1, 160 do x[i], g[i] = torch.CudaTensor(i % 2 == 0 and 256 or 65536):uniform(), torch.CudaTensor(i % 2 == 0 and 256 or 65536):uniform() end
   local function f() return 0, g end]]
local PO = [[with torch.enable_grad(): x = [torch.rand(256 if i % 2 else 65536).requires_grad_() for i in range(160)]
for t in x: t.grad = torch.rand_like(t)
o = torch.optim.]]
run('Optimizers, 160 tensors of 256 or 65536 elements, GPU', {
   {'sgd with momentum', O, 'optim.sgd(f, x, {learningRate = 1e-3, momentum = 0.9, dampening = 0}, state)', PO .. 'SGD(x, 1e-3, momentum=0.9)', 'o.step()'},
   {'adam', O, 'optim.adam(f, x, {}, state)', PO .. 'Adam(x)', 'o.step()'},
   {'adamw', O, 'optim.adamw(f, x, {}, state)', PO .. 'AdamW(x, fused=True)', 'o.step()'},
})

-- BENCH_COMPILE=1: beside the peer's torch.compile, too, which takes minutes to compile.
torch.setdefaulttensortype('torch.FloatTensor')
local compiled = os.getenv('BENCH_COMPILE') == '1'
local steps = {}
for _, s in ipairs{{'mlp', 64}, {'lenet', 64}, {'resnet20', 32}, {'resnet20', 256}, {'lstm', 64}, {'transformer', 32}, {'resnet50', 32}} do
   for _, graphed in ipairs{false, true} do steps[#steps + 1] = nets.case(s[1], s[2], 'cuda', compiled and not graphed, graphed) end
end
bench.run('Training steps, GPU', steps)
