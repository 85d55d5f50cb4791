-- th test.lua: the kernels and the module, on the CPU, and on the GPU where THC says that there is one. The operation is
-- tested by its row: th share/torch/kit/test/lua/test_ops.lua package=squareplus, and gpu/test_table.lua.
require 'nn'
local gpu = os.getenv('THC')
if gpu == 'simt' then require 'cunn' end -- before the package; test_table.lua has it behind
local squareplus = require 'squareplus'
local C = require 'libsquareplus'
local tester, tests = torch.Tester(), torch.TestSuite()

function tests.values()
   local x = torch.randn(7, 5)
   local expected = x:clone():apply(function(v) return (v + math.sqrt(v * v + 4)) / 2 end)
   tester:eq(torch.squareplus(x), expected, 1e-15)
   tester:eq(x:float():squareplus(), expected:float(), 1e-6)
end

function tests.module()
   nn.test 'SquarePlus'
   nn.testTHNN 'SquarePlus'
end

-- The rule of the row: gradients of first and second order; kernels have none, and say so.
function tests.gradients()
   local x = torch.randn(6):requiresGrad()
   local y = torch.squareplus(x, 3)
   local g = torch.grad(y:sum(), x, {createGraph = true})
   local function slope(v) return (1 + v / math.sqrt(v * v + 3)) / 2 end
   tester:eq(g:detach(), x:detach():clone():apply(slope), 1e-14)
   g:sum():backward()
   tester:eq(x:grad(), x:detach():clone():apply(function(v) return 1.5 * (v * v + 3) ^ -1.5 end), 1e-14)
   tester:assertErrorPattern(function() C.rowMean(torch.Tensor(), torch.ones(2, 2):requiresGrad()) end, 'argument #2 %(x%): the tensor is recorded')
   local rows = torch.Function{
      forward = function(ctx, m) ctx:save(m:size()) return squareplus.rowMean(m) end,
      backward = function(ctx, h) local size = ctx:saved() return (h:contiguous():view(-1, 1) / size[2]):expand(size) end,
   }
   local m = torch.randn(3, 4):requiresGrad()
   rows(m):sum():backward()
   tester:eq(m:grad(), torch.Tensor(3, 4):fill(0.25), 1e-15)
end

function tests.rows()
   local x = torch.randn(1000, 11)
   tester:eq(squareplus.rowMean(x), x:mean(2):squeeze(), 1e-14)
   tester:eq(squareplus.rowMean(x:t()), x:mean(1):squeeze(), 1e-14)
end

function tests.errors()
   tester:assertErrorPattern(function() torch.squareplus(torch.IntTensor(2)) end, 'squareplus')
   tester:assertErrorPattern(function() torch.squareplus('x') end, 'squareplus: argument #1 %(x%)')
   tester:assertErrorPattern(function() torch.squareplusBackward(torch.FloatTensor(2), torch.Tensor(2)) end,
      'squareplusBackward: argument #2 %(d%)')
   tester:assertErrorPattern(function() C.rowMean(torch.Tensor(), torch.Tensor(2)) end, 'argument #2')
   tester:assertErrorPattern(function() C.rowMean(torch.Tensor(), 3) end, 'argument #2 %(x%): tensor expected, got number')
end

-- Errors unwind the package's C frames: nothing is left.
function tests.leaks()
   local x, r = torch.randn(5, 4):t(), torch.Tensor(4, 2):select(2, 1) -- both are copied
   local function objects()
      collectgarbage() collectgarbage()
      return torch.memorystats().objects
   end
   local before = objects()
   for allocation = 1, 20 do
      torch.failallocation(allocation)
      pcall(C.rowMean, r, x)
      torch.failallocation(0)
   end
   tester:eq(objects(), before)
end

function tests.help()
   tester:assert(require('torch.help').lookup('squareplus'):find('A smooth ReLU', 1, true) ~= nil)
end

if gpu == 'simt' then
   function tests.gpu()
      local x = torch.randn(40, 11)
      tester:eq(torch.squareplus(x:cuda()):double(), torch.squareplus(x), 1e-6)
      tester:eq(squareplus.rowMean(x:cudaDouble()):double(), x:mean(2):squeeze(), 1e-14)
      local net, g = nn.SquarePlus(3), torch.randn(40, 11)
      local y, gx = net:forward(x):clone(), net:backward(x, g):clone()
      net:cuda()
      tester:eq(net:forward(x:cuda()):double(), y, 1e-6)
      tester:eq(net:backward(x:cuda(), g:cuda()):double(), gx, 1e-6)
   end
end

tester:add(tests):run()
