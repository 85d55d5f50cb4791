#!/usr/bin/env th
--- Tests of RadialBasis.lua: values at a point, the Jacobian by finite differences, files, and what is refused.
require 'nn'
local here = arg[0]:match('^(.*/)') or './'
package.path = here .. '?.lua;' .. package.path
require 'RadialBasis'

local tests, tester = torch.TestSuite(), torch.Tester()
torch.manualSeed(1)

function tests.values()
   local m = nn.RadialBasis(2, 1)
   m.weight:copy(torch.Tensor{{1, 2}})
   m.bias:fill(0)
   tester:eq(m:forward(torch.Tensor{{1, 2}, {1, 3}}), torch.exp(torch.Tensor{{0}, {-1}}), 1e-12)
   tester:eq(m:forward(torch.Tensor{1, 3}), torch.exp(torch.Tensor{-1}), 1e-12)
end

-- Backward computes what forward's differences are: for the input, and for both parameters.
function tests.jacobian()
   local m, input = nn.RadialBasis(4, 3), torch.randn(5, 4)
   local function check(what, error_) tester:assertlt(error_, 1e-5, what) end
   check('input', nn.Jacobian.testJacobian(m, input))
   check('weight', nn.Jacobian.testJacobianParameters(m, input, m.weight, m.gradWeight))
   check('bias', nn.Jacobian.testJacobianParameters(m, input, m.bias, m.gradBias))
   local forward, backward = nn.Jacobian.testIO(m, input)
   tester:eq({forward, backward}, {0, 0}, 'a copy from a file computes the same')
end

function tests.refusal()
   tester:assertErrorPattern(function() nn.RadialBasis(4, 3):forward(torch.ones(2, 5)) end, 'N x 4 expected, got 2 x 5')
end

tester:add(tests)
tester:run()
