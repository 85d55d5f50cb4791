-- th test.lua, with the built package beside it on package.cpath
require 'nn'
local squareplus = require 'squareplus'
local tester, tests = torch.Tester(), torch.TestSuite()

function tests.values()
   local x = torch.randn(7, 5)
   local expected = x:clone():apply(function(v) return (v + math.sqrt(v * v + 4)) / 2 end)
   tester:eq(squareplus.squareplus(x), expected, 1e-15)
   tester:eq(squareplus.squareplus(x:t()), expected:t(), 1e-15)
   tester:eq(squareplus.squareplus(x:float()), expected:float(), 1e-6)
end

function tests.gradient()
   local module = nn.SquarePlus(2)
   tester:assertlt(nn.Jacobian.testJacobian(module, torch.randn(4, 3)), 1e-6)
end

function tests.rows()
   local x = torch.randn(1000, 11)
   tester:eq(squareplus.rowMean(x), x:mean(2):squeeze(), 1e-14)
   tester:eq(squareplus.rowMean(x:t()), x:mean(1):squeeze(), 1e-14)
end

function tests.errors()
   local C = require 'libsquareplus'
   tester:assertErrorPattern(function() C.forward(torch.Tensor(), torch.IntTensor(2), 1) end, 'squareplus.forward: argument #2 %(x%)')
   tester:assertErrorPattern(function() C.forward(torch.Tensor(), 3, 1) end, 'argument #2 %(x%): tensor expected, got number')
   tester:assertErrorPattern(function() C.rowMean(torch.Tensor(), torch.Tensor(2)) end, 'argument #2')
end

tester:add(tests):run()
